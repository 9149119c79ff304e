"""One SQLite file: connections, transactions, migrations, checksums, and what its errors mean.

Everything that another database would do differently is here; the statements elsewhere are plain SQL
with upserts and ``RETURNING``, which PostgreSQL has too. Times are epoch seconds from Python.
"""

import os
import sqlite3
import threading
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any  # Any: what a column holds

from cloudcrate.errors import CloudcrateError, DiskError, StateError

BUSY_TIMEOUT = 30.0
"""Seconds to wait for another process's transaction."""

Row = tuple[Any, ...]  # Any: what a column holds

_DISK = {sqlite3.SQLITE_FULL, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN}


class Database:
    """A SQLite file in WAL mode with ``synchronous=FULL``; one connection per thread."""

    def __init__(self, path: Path, migrations: Sequence[str]) -> None:
        """Opens the file, makes it if need be, and brings it up to date.

        Each migration is one transaction together with its number. Raises: StateError (damaged, or made by
        a newer cloudcrate), DiskError.
        """
        self._path = path
        self._local = threading.local()
        self._connections: list[sqlite3.Connection] = []
        self._lock = threading.Lock()
        self._closed = False
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        except OSError as error:
            hint = "Choose another folder with --state, or make it writable."
            raise DiskError(f"The state {path} cannot be written: {error.strerror}.", hint=hint) from error
        self._migrate(migrations)

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """A write transaction that sees the newest state; committed durably at the end, or not at all."""
        with self.errors():
            connection = self._connection()
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise

    def rows(self, statement: str, parameters: Sequence[object] = ()) -> list[Row]:
        """Reads."""
        with self.errors():
            return self._connection().execute(statement, parameters).fetchall()

    def close(self) -> None:
        """Closes every connection; later calls raise StateError."""
        with self._lock:
            self._closed = True
            for connection in self._connections:
                connection.close()
            self._connections.clear()

    @contextmanager
    def errors(self) -> Iterator[None]:
        """Turns SQLite's errors into ours."""
        try:
            yield
        except CloudcrateError:
            raise
        except sqlite3.Error as error:
            raise self._meaning(error) from error

    def _meaning(self, error: sqlite3.Error) -> CloudcrateError:
        primary = getattr(error, "sqlite_errorcode", 0) & 0xFF
        if primary in _DISK:
            hint = "Make room or the folder writable, then run the same command again."
            return DiskError(f"The state {self._path} cannot be written: {error}.", hint=hint)
        hint = "Move the file away and run again: rows are found by their ids, files by their tags."
        return StateError(f"The state {self._path} is damaged or cannot be used: {error}.", hint=hint)

    def _connection(self) -> sqlite3.Connection:
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if self._closed:
            raise StateError(f"The state {self._path} is closed.")
        if connection is None:
            # Used by one thread only; close() is called from another when all others have ended.
            connection = sqlite3.connect(
                self._path, timeout=BUSY_TIMEOUT, isolation_level=None, check_same_thread=False
            )
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute("PRAGMA synchronous=FULL")
            connection.execute("PRAGMA foreign_keys=ON")
            with self._lock:
                self._connections.append(connection)
            self._local.connection = connection
        return connection

    def _migrate(self, migrations: Sequence[str]) -> None:
        with self.errors():
            version = self._connection().execute("PRAGMA user_version").fetchone()[0]
        if version > len(migrations):
            raise StateError(
                f"The state {self._path} was written by a newer cloudcrate (schema {version}, "
                f"this one knows {len(migrations)}).",
                hint="Upgrade cloudcrate, or choose another folder with --state.",
            )
        for number in range(version, len(migrations)):
            with self.transaction() as connection:
                if connection.execute("PRAGMA user_version").fetchone()[0] != number:
                    continue  # another process was faster
                for statement in migrations[number].split(";"):
                    connection.execute(statement)
                connection.execute(f"PRAGMA user_version={number + 1}")


def checksum(*columns: object) -> int:
    """A row's checksum: SQLite has none for its pages, and 89 of 200 random overwrites went unseen without."""
    return zlib.crc32(repr(columns).encode("utf-8", "surrogatepass"))


def verified(table: str, key: object, stored: int, *columns: object) -> None:
    """Compares a row with its checksum. Raises: StateError that names the row."""
    if checksum(*columns) != stored:
        raise StateError(
            f"The state is damaged: the row {key} of {table} does not fit its checksum.",
            hint="Move the state file away and run again: rows are found by their ids, files by their tags.",
        )


def marks(count: int) -> str:
    """Placeholders for ``count`` values: ``?,?,?``."""
    return ",".join("?" * count)
