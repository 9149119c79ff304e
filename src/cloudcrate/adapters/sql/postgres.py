"""The ledger in PostgreSQL, shared by many machines. Loads psycopg: import this only for such a state."""

import re
import threading
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import lru_cache
from typing import TypeVar

import psycopg
from psycopg.conninfo import make_conninfo
from psycopg.pq import TransactionStatus

from cloudcrate.adapters.sql.catalog import LocalCatalog
from cloudcrate.adapters.sql.database import Connection, Results, Row, in_blocks, refuse_damaged
from cloudcrate.adapters.sql.ledger import SqlLedger
from cloudcrate.adapters.sql.migrations import CATALOG, LEDGER
from cloudcrate.adapters.sql.postgres_clock import DatabaseClock
from cloudcrate.adapters.sql.postgres_errors import LostError, meaning, parsed, refusal
from cloudcrate.adapters.sql.postgres_schema import migrate
from cloudcrate.adapters.sql.work import WORK
from cloudcrate.errors import CloudcrateError, StateError, UnavailableError, UsageError
from cloudcrate.ports.world import Clock

SCHEMA = "cloudcrate"
"""All that cloudcrate keeps in a database is in this schema: the database may be shared."""

SHARED = (*LEDGER[:2], *WORK)
"""The steps of a ledger that is shared; one that is added to ``LEDGER`` is added at the end of these, too."""

PATIENCE = 60.0
"""Seconds to wait for a database that went away."""

FIRST_PAUSE, LONGEST_PAUSE = 0.1, 2.0  # seconds between two tries; before the first one there is none

OLDEST = 130000
"""PostgreSQL 13: the first that tells by ``pg_xact_status`` what became of a transaction."""

REMEDY = (
    "Restore the database from a backup. To begin anew, drop the schema: rows are found by their ids, files by their "
    "tags."
)

_DEFAULTS = {
    "connect_timeout": "10",
    "keepalives": "1",
    "keepalives_idle": "10",
    "keepalives_interval": "5",
    "keepalives_count": "3",
    "tcp_user_timeout": "30000",  # milliseconds
    "target_session_attrs": "read-write",  # after a failover, not the one that is left behind
    "application_name": "cloudcrate",
}

# A worker that is frozen in the middle of a transaction must not hold up the others: the server ends its session.
_SETTINGS = (
    "SELECT set_config('search_path', ?, false), set_config('lock_timeout', '30s', false), "
    "set_config('idle_in_transaction_session_timeout', '10s', false), "
    "set_config('synchronous_commit', replace(current_setting('synchronous_commit'), 'off', 'on'), false), "
    "pg_postmaster_start_time()::text"
)

T = TypeVar("T")


def open_shared_ledger(dsn: str, clock: Clock, *, schema: str = SCHEMA) -> tuple[SqlLedger, DatabaseClock]:
    """Opens the ledger in PostgreSQL, and the clock by which everybody who shares it goes.

    ``dsn`` is a libpq connection string or URI; no message holds it. ``clock`` is the machine's own: it waits
    for a database that is away, and its ``sleep`` says when the user asks to stop.
    Raises: UsageError, CredentialsError, UnavailableError, StateError, BusyError, DiskError, StoppedError.
    """
    database = open_database(dsn, clock, schema=schema)
    shared = DatabaseClock(database.time, clock)
    return SqlLedger(database, shared.now), shared


def open_database(
    dsn: str, clock: Clock, *, schema: str = SCHEMA, say: Callable[[str], None] = lambda _: None
) -> "PostgresDatabase":
    """Opens the database and brings its schema up to date. Raises: as ``open_shared_ledger``."""
    database = PostgresDatabase(dsn, clock, schema=schema, say=say)
    try:
        migrate(database, SHARED, schema=schema, place=database.place)
    except BaseException:
        database.close()
        raise
    return database


def open_shared_catalog(dsn: str, clock: Clock, *, schema: str = f"{SCHEMA}_catalog") -> LocalCatalog:
    """Opens the local catalog in PostgreSQL, in a schema beside the ledger's. Raises: as ``open_shared_ledger``."""
    database = PostgresDatabase(dsn, clock, schema=schema, name="local catalog")
    try:
        migrate(database, CATALOG, schema=schema, place=database.place)
        return LocalCatalog(database, known_as=f"database:{schema}")  # the ledger that knows it is in the same database
    except BaseException:
        database.close()
        raise


class PostgresDatabase:
    """See ``database.Database``: a schema in PostgreSQL; one connection per thread, made anew when it is lost."""

    def __init__(
        self,
        dsn: str,
        clock: Clock,
        *,
        schema: str = SCHEMA,
        name: str = "ledger",
        say: Callable[[str], None] = lambda _: None,
    ) -> None:
        """Connects when it is first used. ``name`` says in messages what this is; ``say`` hears that it waits.

        Raises: UsageError.
        """
        if not re.fullmatch(r"[a-z_][a-z0-9_]{0,62}", schema):
            raise UsageError("A schema's name is made of small letters, digits and underscores.")
        parts, self._address = parsed(dsn)
        self._conninfo = make_conninfo(**{**_DEFAULTS, **parts, "client_encoding": "utf8"})
        self.place = self._address.place
        self.name = name
        self._schema = schema
        self._clock = clock
        self._say = say
        self._away = False  # and that was said
        self._local = threading.local()
        self._connections: dict[threading.Thread, psycopg.Connection[Row]] = {}
        self._lock = threading.Lock()
        self._closed = False

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """See ``database.Database.transaction``. Raises: LostError when it is not known to be committed."""
        with self._inside(), self._errors():
            connection = self._connection()
            try:
                begun = connection.execute(
                    "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE; SELECT pg_current_xact_id()::text", prepare=False
                )
                begun.nextset()
                number = str(begun.fetchall()[0][0])
                yield _Session(connection)
            except BaseException:
                self._undo(connection)
                raise
            self._commit(connection, number)

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """See ``database.Database.snapshot``."""
        with self._inside(), self._errors():
            connection = self._connection()
            try:
                connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", prepare=False)
                yield
            finally:
                self._undo(connection)

    def lasting(self, work: Callable[[], T]) -> T:
        """See ``database.Database.lasting``. Raises: StoppedError when the user asks to stop meanwhile."""
        return work() if self._depth() else self._patiently(work)

    def rows(self, statement: str, parameters: Sequence[object] = ()) -> list[Row]:
        """See ``database.Database.rows``."""
        return self.lasting(lambda: self._read(statement, parameters))

    def rows_in(
        self, statement: str, before: Sequence[object], values: Collection[object], rest: str = ""
    ) -> list[Row]:
        """See ``database.Database.rows_in``."""
        return in_blocks(self.rows, statement, before, values, rest)

    def opened(self, table: str, row: Row, *, of: object) -> Row:
        """See ``database.Database.opened``."""
        return refuse_damaged(table, row, of=of, name=self.name, remedy=REMEDY)

    def time(self) -> float:
        """The database's time (epoch seconds), asked for once. Raises: UnavailableError."""
        return float(self._read("SELECT extract(epoch FROM clock_timestamp())::float8", ())[0][0])

    def close(self) -> None:
        """See ``database.Database.close``."""
        with self._lock:
            self._closed = True
            for connection in self._connections.values():
                connection.close()
            self._connections.clear()

    # --- what was lost ------------------------------------------------------------------------

    def _patiently(self, work: Callable[[], T]) -> T:
        pause, since = 0.0, None
        while True:
            try:
                with self._inside():
                    return work()
            except LostError as error:
                lost = error
            since = self._clock.monotonic() if since is None else since
            if self._clock.monotonic() - since > PATIENCE:
                raise UnavailableError(lost.message, hint=lost.hint)
            if not lost.conflict:
                if pause:
                    self._tell(lost)
                    self._clock.sleep(pause)
                pause = min(LONGEST_PAUSE, pause * 2 or FIRST_PAUSE)

    def _tell(self, lost: LostError) -> None:
        """Says once for all threads that the database is away; see ``_connection`` for when that is over."""
        with self._lock:
            told, self._away = self._away, True
        if not told:
            self._say(f"{lost.message} Waiting for it, up to {PATIENCE:.0f} seconds.")

    def _commit(self, connection: psycopg.Connection[Row], number: str) -> None:
        """Commits. When the answer is lost, a server that was not restarted tells what became of the transaction."""
        server: str = self._local.server
        try:
            done = connection.execute("COMMIT", prepare=False).statusmessage == "COMMIT"
        except psycopg.Error as error:
            self._discard(connection)
            meant = self._meaning(error)
            if not isinstance(meant, LostError) or not self._patiently(lambda: self._committed(number, server)):
                raise meant from error
            return
        if not done:
            raise StateError(f"A transaction of the {self.name} {self.place} was undone by the database.", hint=REMEDY)

    def _committed(self, number: str, server: str) -> bool:
        """Says whether a transaction is known to be committed. One that is lost must have ended first.

        A server that was killed forgets numbers that had not reached its disk, and gives them to others. So of a
        server that was started since nothing is known, and whatever is done must bear to be done twice.
        """
        self._read("SELECT 1", ())
        if self._local.server != server:
            return False
        status = self._read("SELECT pg_xact_status(?::xid8)", (number,))[0][0]
        if status == "in progress":
            raise LostError(f"A lost session of the database {self.place} has not ended yet.")
        return bool(status == "committed")

    def _undo(self, connection: psycopg.Connection[Row]) -> None:
        with suppress(psycopg.Error):
            connection.rollback()
        if connection.closed or connection.info.transaction_status != TransactionStatus.IDLE:
            self._discard(connection)

    @contextmanager
    def _errors(self) -> Iterator[None]:
        """Turns psycopg's errors into ours."""
        try:
            yield
        except (psycopg.Error, OverflowError, UnicodeError) as error:
            raise self._meaning(error) from error

    def _meaning(self, error: Exception) -> CloudcrateError:
        if self._closed:
            return StateError(f"The {self.name} is closed.")
        return meaning(error, self._address, name=self.name, remedy=REMEDY)

    @contextmanager
    def _inside(self) -> Iterator[None]:
        """While inside, what is lost is done again by the outermost work, or by nobody."""
        self._local.depth = self._depth() + 1
        try:
            yield
        finally:
            self._local.depth -= 1

    def _depth(self) -> int:
        depth: int = getattr(self._local, "depth", 0)
        return depth

    # --- connections --------------------------------------------------------------------------

    def _read(self, statement: str, parameters: Sequence[object]) -> list[Row]:
        with self._errors():
            connection = self._connection()
            try:
                return connection.execute(*_marked(statement, parameters)).fetchall()
            except psycopg.Error:
                if connection.closed:
                    self._discard(connection)
                raise

    def _connection(self) -> psycopg.Connection[Row]:
        """This thread's own."""
        connection: psycopg.Connection[Row] | None = getattr(self._local, "connection", None)
        if self._closed:
            raise StateError(f"The {self.name} is closed.")
        if connection is None or connection.closed:
            connection = self._connect()
            with self._lock:
                for thread in [t for t in self._connections if not t.is_alive()]:
                    self._connections.pop(thread).close()
                self._connections[threading.current_thread()] = connection
                self._away = False
            self._local.connection = connection
        return connection

    def _discard(self, connection: psycopg.Connection[Row]) -> None:
        connection.close()
        self._local.connection = None

    def _connect(self) -> psycopg.Connection[Row]:
        refused: CloudcrateError
        try:
            connection = psycopg.connect(self._conninfo, autocommit=True)
        except psycopg.Error as error:
            refused = refusal(error, self._address)
        else:
            try:
                self._refuse_unfit(connection)
                settings = connection.execute(*_marked(_SETTINGS, (self._schema,))).fetchall()
                self._local.server = str(settings[0][-1])
            except BaseException:
                connection.close()
                raise
            return connection
        raise refused  # not chained: what psycopg says names the user

    def _refuse_unfit(self, connection: psycopg.Connection[Row]) -> None:
        encoding = connection.info.parameter_status("server_encoding")
        if encoding != "UTF8":
            hint = "Make it with ENCODING 'UTF8'."
            raise UsageError(f"The database {self.place} cannot hold every text: it is in {encoding}.", hint=hint)
        if connection.info.server_version < OLDEST:
            raise UsageError(f"The database {self.place} is older than PostgreSQL {OLDEST // 10000}.", hint="Upgrade.")


class _Session:
    """See ``database.Connection``."""

    def __init__(self, connection: psycopg.Connection[Row]) -> None:
        self._connection = connection

    def execute(self, statement: str, parameters: Sequence[object] = (), /) -> Results:
        return self._connection.execute(*_marked(statement, parameters))

    def executemany(self, statement: str, parameters: Iterable[Sequence[object]], /) -> object:
        with self._connection.cursor() as cursor:
            cursor.executemany(_with_marks(statement), parameters)
        return None


def _marked(statement: str, parameters: Sequence[object]) -> tuple[bytes, Sequence[object] | None]:
    """What psycopg's ``execute`` takes. Without values it takes a statement as it stands."""
    return (_with_marks(statement), parameters) if parameters else (statement.encode(), None)


@lru_cache(maxsize=512)
def _with_marks(statement: str) -> bytes:
    """The statement with psycopg's marks for values; ours hold no other question mark."""
    return statement.replace("%", "%%").replace("?", "%s").encode()
