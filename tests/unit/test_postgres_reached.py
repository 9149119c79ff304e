"""PostgreSQL that cannot be reached or refuses: what is said, what is never said, and whose time it is."""

import logging
import threading
import time
import traceback
from pathlib import Path

import pgserver
import psycopg
import pytest
from memory import SimulatedClock

from cloudcrate.adapters.clock import SystemClock
from cloudcrate.adapters.sql.postgres import PATIENCE, PostgresDatabase, open_database, open_shared_ledger
from cloudcrate.adapters.sql.postgres_clock import EVERY, DatabaseClock
from cloudcrate.adapters.sql.postgres_errors import meaning, parsed
from cloudcrate.errors import (
    BusyError,
    CloudcrateError,
    CredentialsError,
    DiskError,
    Retry,
    StateError,
    StoppedError,
    UnavailableError,
    UsageError,
)

CANARY = "canary-77c0"
NOBODY = f"host=127.0.0.1 port=1 dbname=music user=dj-ada password={CANARY}"


@pytest.fixture
def clock() -> SystemClock:
    return SystemClock(threading.Event())


def told(error: BaseException) -> str:
    """All that anybody could come to read of an error, what it is chained to included."""
    seen, parts = set[int](), list[str]()
    pending: list[BaseException | None] = [error]
    while pending:
        one = pending.pop()
        if one is not None and id(one) not in seen:
            seen.add(id(one))
            parts += [str(one), repr(one), getattr(one, "hint", ""), *traceback.format_exception(one)]
            pending += [one.__cause__, one.__context__]
    return "\n".join(parts)


# --- addresses and secrets ------------------------------------------------------------------------

MISTAKEN = [
    f"postgresql://ada:p@ss{CANARY}@host/music",
    f"postgresql://ada:p/{CANARY}@host/music",
    f"postgresql://ada:1234/{CANARY}@host/music",
    f"postgresql://ada:{CANARY} x@host/music",
    f"postgresql://ada:{CANARY}%zz@host/music",
    f"postgresql://ada@host/music?pass={CANARY}",
    f"{CANARY} something",
    f"host=x {CANARY}=y",
    f"postgresql://ada:pw@host:{CANARY}/music",
]


@pytest.mark.parametrize("dsn", MISTAKEN)
def test_an_address_that_cannot_be_understood_is_not_repeated(dsn: str, clock: SystemClock) -> None:
    with pytest.raises(UsageError) as caught:
        open_shared_ledger(dsn, clock)
    assert CANARY not in told(caught.value)
    assert "%40" in caught.value.hint


@pytest.mark.parametrize(
    ("dsn", "place"),
    [
        ("postgresql://ada:p%40ss@db.example:5433/music?sslmode=require", "db.example/music"),
        ("postgres://ada@/music?host=/run/postgresql", "/run/postgresql/music"),
        ("host=[::1] dbname=music user=ada", "[::1]/music"),
        ("host=a,b port=5432,5433 dbname=music", "a,b/music"),
        ("user=ada", "localhost/ada"),
    ],
)
def test_a_database_is_named_by_its_host_and_its_name(dsn: str, place: str) -> None:
    assert parsed(dsn)[1].place == place


def test_a_wrong_password_is_refused_at_once_and_never_said(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    clock = SimulatedClock()
    with pytest.raises(CredentialsError) as caught:
        open_shared_ledger(pgserver.server().dsn("contract", user="locked", password=CANARY, tcp=True), clock)
    assert caught.value.message == "The database 127.0.0.1/contract refuses the user or the password."
    assert clock.slept == []
    assert CANARY not in told(caught.value) + caplog.text
    assert "locked" not in caught.value.message + caught.value.hint
    assert caught.value.__cause__ is None


def test_a_user_who_may_not_make_a_schema_is_told_so(clock: SystemClock) -> None:
    address = pgserver.server().dsn("contract", user="locked", password=pgserver.PASSWORD)
    with pytest.raises(CredentialsError, match="permission denied") as caught:
        open_database(address, clock, schema="forbidden")
    assert pgserver.PASSWORD not in told(caught.value)
    assert "schema" in caught.value.hint


def test_a_database_that_does_not_exist_is_a_matter_of_the_address() -> None:
    clock = SimulatedClock()
    with pytest.raises(UsageError, match=r"There is no database .*/nowhere\."):
        open_shared_ledger(pgserver.server().dsn("nowhere"), clock)
    assert clock.slept == []


def test_a_database_that_cannot_hold_every_text_is_refused(clock: SystemClock) -> None:
    pgserver.server().execute(
        "DROP DATABASE IF EXISTS latin", "CREATE DATABASE latin ENCODING 'LATIN1' TEMPLATE template0"
    )
    with pytest.raises(UsageError, match="LATIN1"):
        open_shared_ledger(pgserver.server().dsn("latin"), clock)


@pytest.mark.parametrize("schema", ["", "a b", 'x"; DROP', "Ü", "x" * 64])
def test_a_schema_has_a_plain_name(schema: str, clock: SystemClock) -> None:
    with pytest.raises(UsageError, match="schema"):
        PostgresDatabase("host=x", clock, schema=schema)


# --- a database that is away ----------------------------------------------------------------------


def test_a_database_that_stays_away_is_waited_for_and_then_named(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    clock = SimulatedClock()
    with pytest.raises(UnavailableError) as caught:
        open_shared_ledger(NOBODY, clock)
    assert type(caught.value) is UnavailableError
    assert (caught.value.exit_code, caught.value.retry) == (3, Retry.TRANSIENT)
    assert "127.0.0.1/music, cannot be reached" in caught.value.message
    assert "refused" in caught.value.message
    assert "same command" in caught.value.hint
    assert clock.slept[:6] == [0.1, 0.2, 0.4, 0.8, 1.6, 2.0]
    assert PATIENCE < sum(clock.slept) < PATIENCE + 3
    assert CANARY not in told(caught.value) + caplog.text
    assert "dj-ada" not in told(caught.value)


def test_who_asks_to_stop_does_not_wait_for_a_database() -> None:
    stop = threading.Event()
    stop.set()
    with pytest.raises(StoppedError):
        open_shared_ledger(NOBODY, SimulatedClock(stop=stop))


class Ended(psycopg.OperationalError):
    """A session that ended without a word; libpq gives no code then."""


CODES: list[tuple[psycopg.Error, type[CloudcrateError]]] = [
    (psycopg.errors.AdminShutdown("x"), UnavailableError),
    (psycopg.errors.CrashShutdown("x"), UnavailableError),
    (psycopg.errors.CannotConnectNow("x"), UnavailableError),
    (psycopg.errors.IdleInTransactionSessionTimeout("x"), UnavailableError),
    (psycopg.errors.TooManyConnections("x"), UnavailableError),
    (psycopg.errors.ReadOnlySqlTransaction("x"), UnavailableError),
    (psycopg.errors.ConnectionFailure("x"), UnavailableError),
    (psycopg.errors.SerializationFailure("x"), UnavailableError),
    (psycopg.errors.DeadlockDetected("x"), UnavailableError),
    (psycopg.InterfaceError("the connection is closed"), UnavailableError),
    (Ended("server closed the connection unexpectedly"), UnavailableError),
    (psycopg.errors.LockNotAvailable("x"), BusyError),
    (psycopg.errors.DiskFull("x"), DiskError),
    (psycopg.errors.InsufficientPrivilege("x"), CredentialsError),
    (psycopg.errors.UndefinedTable("x"), StateError),
    (psycopg.errors.DataCorrupted("x"), StateError),
    (psycopg.DataError("NUL"), StateError),
]


@pytest.mark.parametrize(("error", "kind"), CODES, ids=lambda value: type(value).__name__)
def test_every_error_has_a_meaning(error: psycopg.Error, kind: type[CloudcrateError]) -> None:
    _, address = parsed(NOBODY)
    meant = meaning(error, address, name="ledger", remedy="Restore it.")
    assert isinstance(meant, kind)
    assert "127.0.0.1/music" in meant.message
    assert meant.hint


def test_a_message_shows_foreign_text_in_print_and_no_secret() -> None:
    _, address = parsed(NOBODY)
    meant = meaning(Ended(f'\x1b[2Jno "dj-ada" with {CANARY}\nhere.'), address, name="ledger", remedy="")
    assert meant.message.endswith('cannot be reached: ␛[2Jno "…" with … here.')


# --- whose time it is -----------------------------------------------------------------------------


class Server:
    """The clock of a database that is ``ahead``; asking takes ``trip`` seconds, and there may be nobody."""

    def __init__(self, inner: SimulatedClock, ahead: float, trip: float = 0.01) -> None:
        self.inner, self.ahead, self.trip = inner, ahead, trip
        self.away = False
        self.asked = 0

    def time(self) -> float:
        """Tells the time in the middle of the trip."""
        self.asked += 1
        self.inner.advance(self.trip / 2)
        if self.away:
            raise UnavailableError("away")
        told = self.inner.now() + self.ahead
        self.inner.advance(self.trip / 2)
        return told


def test_it_is_as_late_as_the_database_says() -> None:
    inner = SimulatedClock(1000.0)
    server = Server(inner, ahead=500.0)
    clock = DatabaseClock(server.time, inner)
    assert clock.now() == pytest.approx(inner.now() + 500.0)
    inner.advance(EVERY - 1.0)
    server.ahead = 600.0
    assert clock.now() == pytest.approx(inner.now() + 500.0)
    inner.advance(1.0)
    assert clock.now() == pytest.approx(inner.now() + 600.0)
    assert server.asked == 2


def test_setting_this_machines_clock_changes_nothing() -> None:
    inner = SimulatedClock(1000.0)
    server = Server(inner, ahead=0.0)
    clock = DatabaseClock(server.time, inner)
    before = clock.now()
    inner.set_wall(5.0)
    server.ahead = before - 5.0
    assert clock.now() == pytest.approx(before, abs=0.1)
    assert server.asked == 2
    assert clock.now() == pytest.approx(before, abs=0.1)
    assert server.asked == 2


def test_while_the_database_is_away_its_last_answer_holds() -> None:
    inner = SimulatedClock(1000.0)
    server = Server(inner, ahead=500.0)
    clock = DatabaseClock(server.time, inner)
    clock.now()
    server.away = True
    inner.advance(EVERY)
    assert clock.now() == pytest.approx(inner.now() + 500.0)
    inner.set_wall(0.0)
    assert clock.now() == pytest.approx(1500.0 + EVERY, abs=0.2)
    asked = server.asked
    assert [clock.now() for _ in range(9)]
    assert server.asked == asked


def test_of_slow_answers_the_quickest_counts() -> None:
    inner = SimulatedClock(1000.0)
    trips = iter([4.0, 0.2, 2.0])
    server = Server(inner, ahead=500.0)

    def time_with_delay() -> float:
        server.trip = 0.0
        trip = next(trips)
        inner.advance(trip * 0.9)
        told = server.time()
        inner.advance(trip * 0.1)
        return told

    clock = DatabaseClock(time_with_delay, inner)
    assert clock.now() == pytest.approx(inner.now() + 500.0, abs=0.1)
    assert server.asked == 3


def test_a_real_database_tells_its_time(tmp_path: Path, clock: SystemClock) -> None:
    ledger, shared = open_shared_ledger(pgserver.database(tmp_path), clock)
    assert shared.now() == pytest.approx(time.time(), abs=2.0)  # the server is on this machine
    ledger.close()
    assert shared.now() == pytest.approx(time.time(), abs=2.0)
