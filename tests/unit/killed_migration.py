"""A database that dies after a number of statements; as a program: ``killed_migration.py PATH STATEMENTS``."""

import os
import sqlite3
import sys
from collections.abc import Sequence
from pathlib import Path

from cloudcrate.adapters.sql.migrations import LEDGER, Step, migrate
from cloudcrate.adapters.sql.sqlite import SqliteDatabase

DIED = 77
STEPS: Sequence[Step] = (
    *LEDGER,
    (
        "ALTER TABLE pages ADD COLUMN note TEXT",
        "UPDATE pages SET note = 'x'",
        "CREATE TABLE extra (x TEXT)",
        "INSERT INTO extra SELECT page FROM pages",
        "DROP TABLE parked",
    ),
)


class KilledError(Exception):
    """The process is no more."""


class _Dying(sqlite3.Connection):
    counter: "Counting"

    def execute(self, *arguments: object) -> sqlite3.Cursor:
        self.counter.count()
        return super().execute(*arguments)  # type: ignore[arg-type]  # as above


class Counting(SqliteDatabase):
    """Counts the statements of its connections, and dies before the one after ``kill_after``."""

    def __init__(self, path: Path, *, kill_after: int | None = None, dies: bool = False) -> None:
        super().__init__(path, name="ledger", remedy="")
        self._left = kill_after
        self._dies = dies

    def count(self) -> None:
        """One more."""
        if self._left is None:
            return
        if self._left == 0:
            if self._dies:
                os._exit(DIED)
            raise KilledError
        self._left -= 1

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(
            self.path, timeout=5, isolation_level=None, check_same_thread=False, factory=_Dying
        )
        connection.counter = self
        try:
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute("PRAGMA wal_autocheckpoint=0")
        except BaseException:
            connection.close()
            raise
        return connection


if __name__ == "__main__":
    migrate(Counting(Path(sys.argv[1]), kill_after=int(sys.argv[2]), dies=True), STEPS)
