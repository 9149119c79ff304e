"""The Ledger in a database, and its door in SQLite. Every write is one durable transaction."""

import time
from collections.abc import Callable
from pathlib import Path

from cloudcrate.adapters.sql.budgets import SqlBudgets
from cloudcrate.adapters.sql.cache import SqlCache
from cloudcrate.adapters.sql.database import Database
from cloudcrate.adapters.sql.decisions import SqlDecisions
from cloudcrate.adapters.sql.history import SqlRuns
from cloudcrate.adapters.sql.memories import SqlClaims, SqlMemories
from cloudcrate.adapters.sql.migrations import LEDGER, migrate
from cloudcrate.adapters.sql.notes import SqlNotes
from cloudcrate.adapters.sql.sqlite import SqliteDatabase
from cloudcrate.ports.world import Clock

REMEDY = (
    "To take over what is sound and find the rest again: cloudcrate repair. Move this file away only to begin anew: "
    "rows are found by their ids, files by their tags."
)


def open_ledger(path: Path, clock: Clock | None = None) -> "SqlLedger":
    """Opens the ledger in SQLite, making or upgrading the file. Without a clock, the system's tells when a park began.

    Raises: StateError, DiskError, BusyError.
    """
    database = SqliteDatabase(path, name="ledger", remedy=REMEDY)
    try:
        migrate(database, LEDGER)
    except BaseException:
        database.close()
        raise
    return SqlLedger(database, clock.now if clock else time.time)


class SqlLedger(SqlMemories, SqlDecisions, SqlClaims, SqlCache, SqlNotes, SqlBudgets, SqlRuns):
    """See ``ports.Ledger``: made of the parts that the port is made of."""

    def __init__(self, database: Database, now: Callable[[], float]) -> None:
        self._database = database
        self._now = now

    def close(self) -> None:
        """See ``ports.Ledger.close``."""
        self._database.close()
