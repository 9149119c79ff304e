"""One SQLite file: connections, transactions, and what its errors mean."""

import os
import sqlite3
import threading
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import TypeVar

from cloudcrate.adapters.sql.database import Row, in_blocks, refuse_damaged
from cloudcrate.errors import BusyError, CloudcrateError, DiskError, StateError

T = TypeVar("T")

BUSY_TIMEOUT = 30.0
"""Seconds to wait for another process's transaction."""

CHECKPOINT_EVERY = 250
"""Commits after which the write-ahead log is copied into the file: about 4 MB."""

PRAGMAS = (
    "PRAGMA synchronous=FULL",  # with NORMAL everything since the last checkpoint is lost with the power
    "PRAGMA wal_autocheckpoint=0",  # see SqliteDatabase._checkpoint
    "PRAGMA foreign_keys=ON",
    "PRAGMA mmap_size=0",
)

_DISK = frozenset(
    {sqlite3.SQLITE_FULL, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM}
)
_BUSY = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED})


class SqliteDatabase:
    """See ``database.Database``: a SQLite file in WAL mode with ``synchronous=FULL``; one connection per thread."""

    def __init__(self, path: Path, *, name: str, remedy: str) -> None:
        """Opens the file, or makes it for its owner alone.

        ``name`` says in messages what this is, ``remedy`` what to do when it is damaged.
        Raises: DiskError, StateError, BusyError.
        """
        self.path = path
        self.name = name
        self._remedy = remedy
        self._local = threading.local()
        self._connections: dict[threading.Thread, sqlite3.Connection] = {}
        self._lock = threading.Lock()
        self._commits = 0
        self._closed = False
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            make_private(path)
            self._identity = _identity(path)
        except OSError as error:
            hint = "Choose another folder with --state, or make it writable."
            raise DiskError(f"The {name} {path} cannot be written: {error.strerror}.", hint=hint) from error

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """A write transaction that sees the newest state; committed durably at the end, or not at all."""
        with self.errors():
            connection = self._connection()
            try:
                connection.execute("BEGIN IMMEDIATE")
                self._refuse_replaced()
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                with suppress(sqlite3.Error):
                    connection.rollback()
                raise
            self._committed(connection)

    def lasting(self, work: Callable[[], T]) -> T:
        """See ``database.Database.lasting``. A file is not lost on the way: the work is done once."""
        return work()

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """Reads of this thread inside see one and the same state."""
        with self.errors():
            connection = self._connection()
            try:
                connection.execute("BEGIN")
                yield
            finally:
                with suppress(sqlite3.Error):
                    connection.rollback()

    def rows(self, statement: str, parameters: Sequence[object] = ()) -> list[Row]:
        """Reads."""
        with self.errors():
            return self._connection().execute(statement, parameters).fetchall()

    def rows_in(
        self, statement: str, before: Sequence[object], values: Collection[object], rest: str = ""
    ) -> list[Row]:
        """See ``database.Database.rows_in``."""
        return in_blocks(self.rows, statement, before, values, rest)

    def opened(self, table: str, row: Row, *, of: object) -> Row:
        """See ``database.Database.opened``."""
        return refuse_damaged(table, row, of=of, name=self.name, remedy=self._remedy)

    def close(self) -> None:
        """Closes every connection; later calls raise StateError."""
        with self._lock:
            self._closed = True
            for connection in self._connections.values():
                connection.close()
            self._connections.clear()

    @contextmanager
    def errors(self) -> Iterator[None]:
        """Turns SQLite's errors into ours."""
        try:
            yield
        except (sqlite3.Error, OverflowError, UnicodeError) as error:  # its messages quote what is damaged
            raise self._meaning(error) from error

    def _meaning(self, error: Exception) -> CloudcrateError:
        primary = getattr(error, "sqlite_errorcode", 0) & 0xFF
        if self._closed:
            return StateError(f"The {self.name} is closed.")
        if primary in _DISK:
            hint = "Make room or the folder writable, then run the same command again."
            return DiskError(f"The {self.name} {self.path} cannot be written: {error}.", hint=hint)
        if primary in _BUSY:
            hint = "Run the same command again when the other one has ended."
            return BusyError(f"Another process has held the {self.name} for {BUSY_TIMEOUT:.0f} s.", hint=hint)
        return StateError(f"The {self.name} {self.path} is damaged or cannot be used: {error}.", hint=self._remedy)

    # --- connections --------------------------------------------------------------------------

    def _connection(self) -> sqlite3.Connection:
        """This thread's own."""
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if self._closed:
            raise StateError(f"The {self.name} is closed.")
        if connection is None:
            connection = self._connect()
            with self._lock:
                for thread in [t for t in self._connections if not t.is_alive()]:
                    self._connections.pop(thread).close()
                self._connections[threading.current_thread()] = connection
            self._local.connection = connection
        return connection

    def _connect(self) -> sqlite3.Connection:
        # Used by one thread only, but closed by another when that one has ended.
        connection = sqlite3.connect(self.path, timeout=BUSY_TIMEOUT, isolation_level=None, check_same_thread=False)
        try:
            self._write_ahead(connection)
            for pragma in PRAGMAS:
                connection.execute(pragma)
        except BaseException:
            connection.close()
            raise
        return connection

    def _write_ahead(self, connection: sqlite3.Connection) -> None:
        """Turns the log on. While others do so in a new file SQLite answers "busy" without waiting: this waits."""
        patience = time.monotonic() + BUSY_TIMEOUT
        while True:
            try:
                mode = connection.execute("PRAGMA journal_mode=WAL").fetchone()[0]
                break
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode & 0xFF not in _BUSY or time.monotonic() > patience:
                    raise
                time.sleep(0.02)
        if mode != "wal":
            raise DiskError(
                f"The {self.name} {self.path} lies where SQLite cannot keep a write-ahead log.",
                hint="Choose a folder on a disk of this machine with --state.",
            )

    def _refuse_replaced(self) -> None:
        """A repair that this process waited for has put another file here: writes to the old one would be lost."""
        if _identity(self.path) != self._identity:
            raise BusyError(
                f"The {self.name} {self.path} was replaced or taken away while it was open.",
                hint="Run the same command again.",
            )

    def _committed(self, connection: sqlite3.Connection) -> None:
        with self._lock:
            self._commits += 1
            due = self._commits % CHECKPOINT_EVERY == 0
        if due:
            with suppress(sqlite3.Error):  # what was committed is durable in the log; the next one tries again
                self._checkpoint(connection)

    def _checkpoint(self, connection: sqlite3.Connection) -> None:
        """Copies the log into the file while nobody can write.

        SQLite 3.7.0 to 3.51.2 can lose a commit when one connection writes or checkpoints at the moment at
        which another's checkpoint lets the log begin anew. So none is made automatically, and these hold
        the write lock.
        """
        with closing(self._connect()) as other:
            connection.execute("BEGIN IMMEDIATE")
            try:
                other.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()
            finally:
                connection.rollback()


def make_private(path: Path) -> None:
    """Makes an empty file for its owner alone if there is none. Raises: OSError.

    One that is there is not opened: closing it would take SQLite's locks on it from this whole process.
    """
    with suppress(FileExistsError):
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))


def _identity(path: Path) -> tuple[int, int] | None:
    with suppress(FileNotFoundError):
        found = path.stat()
        return found.st_dev, found.st_ino
    return None
