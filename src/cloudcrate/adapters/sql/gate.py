"""One command at a time reads and plans on a state in PostgreSQL: an advisory lock, which dies with its session."""

import os
import socket
import sys
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from cloudcrate.adapters.sql.postgres import PostgresDatabase
from cloudcrate.core.text import visible
from cloudcrate.errors import BusyError, CloudcrateError
from cloudcrate.ports.world import Clock

POLL = 0.5
"""Seconds between two tries while waiting."""

KIND = 0x636C6F75
"""The first half of the lock's number, so that locks of others are not met."""


def signature() -> str:
    """Which command on which machine this is. Of the command only its verb: a link may hold a secret."""
    command = " ".join(["cloudcrate", *(word for word in sys.argv[1:2] if word.isalpha())])
    return f"{command} on {socket.gethostname()}, process {os.getpid()}"


class DatabaseGate:
    """See ``ports.Gate``. The lock is of the connection of the thread that takes it."""

    def __init__(
        self, database: PostgresDatabase, clock: Clock, *, name: str, wait: bool, say: Callable[[str], None]
    ) -> None:
        """``name``: of the schema, so that two states in one database do not wait for each other."""
        self._database = database
        self._clock = clock
        self._key = [KIND, zlib.crc32(name.encode()) & 0x7FFFFFFF]
        self._wait = wait
        self._say = say
        self._said = ""

    @contextmanager
    def held(self) -> Iterator[None]:
        """See ``ports.Gate.held``."""
        while not self._database.rows("SELECT pg_try_advisory_lock(?::int, ?::int)", self._key)[0][0]:
            self.wait_for(self._holder())
            self._clock.sleep(POLL)
        try:
            yield
        finally:
            with suppress(CloudcrateError):  # a session that was lost has let go of it
                self._database.rows("SELECT pg_advisory_unlock(?::int, ?::int)", self._key)

    def confirm(self) -> None:
        """See ``ports.Gate.confirm``."""
        held = self._database.rows(
            "SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND granted AND pid = pg_backend_pid() "
            "AND classid = ?::bigint::oid AND objid = ?::bigint::oid",
            self._key,
        )
        if not held:
            raise BusyError("The database was away while this was planned.", hint="Run the same command again.")

    def wait_for(self, whom: str) -> None:
        """See ``ports.Gate.wait_for``."""
        if not self._wait:
            hint = "Wait for it, or leave --no-wait out."
            raise BusyError(f"Another run is going on: {whom}.", hint=hint)
        if whom != self._said:
            self._say(f"waiting for another run: {whom}")
            self._said = whom

    def _holder(self) -> str:
        rows = self._database.rows(
            "SELECT application_name FROM pg_locks JOIN pg_stat_activity USING (pid) WHERE locktype = 'advisory' "
            "AND granted AND classid = ?::bigint::oid AND objid = ?::bigint::oid",
            self._key,
        )
        return visible(str(rows[0][0])) if rows and rows[0][0] else "one that has just begun"
