"""What the ledger owes to being in PostgreSQL: many writers, lost connections, and a schema of its own."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import ledger_race
import pgserver
import psycopg
import pytest
from cutting_proxy import CuttingProxy
from ledgers import FILE, INTENT, SCOPE, claimed
from psycopg.conninfo import conninfo_to_dict
from worlds import make_track

from cloudcrate.adapters.clock import SystemClock
from cloudcrate.adapters.sql.ledger import SqlLedger
from cloudcrate.adapters.sql.memories import fence
from cloudcrate.adapters.sql.postgres import SHARED, PostgresDatabase, open_database, open_shared_ledger
from cloudcrate.core.model import Field, PageId, PlaylistId, TrackId
from cloudcrate.errors import StaleClaimError, StateError
from cloudcrate.ports.ledger import RunRecord, TrackEvent

T7 = TrackId(7)
TRACKS = 200  # for which workers race
PAGE = PageId("page-7")
RUN = RunRecord(id="r", playlist_id=PlaylistId("playlists:1"), scope=SCOPE, started_at=1.0, ended_at=None, report=None)


@pytest.fixture
def dsn(tmp_path: Path) -> str:
    return pgserver.database(tmp_path)


@pytest.fixture
def clock() -> SystemClock:
    return SystemClock(threading.Event())


@pytest.fixture
def ledger(dsn: str, clock: SystemClock) -> Iterator[SqlLedger]:
    opened, _ = open_shared_ledger(dsn, clock)
    yield opened
    opened.close()


def asked(dsn: str, question: str) -> list[tuple[object, ...]]:
    """What the database says, behind the ledger's back."""
    with psycopg.connect(dsn, autocommit=True) as connection:
        return connection.execute(question.encode()).fetchall()


def named(dsn: str) -> str:
    """The database's name."""
    return str(conninfo_to_dict(dsn)["dbname"])


def said(number: int, operation: str = "a") -> TrackEvent:
    return TrackEvent(
        run_id="r", track_id=TrackId(number), side="row", at=float(number), operation=operation, outcome="{}"
    )


# --- many writers ---------------------------------------------------------------------------------


def test_processes_never_own_the_same_track_nor_spend_too_much(dsn: str, ledger: SqlLedger) -> None:
    answers = ledger_race.race(dsn, workers=3, tracks=TRACKS)
    assert sorted(number for answer in answers for number in answer.owned) == list(range(TRACKS))
    assert sum(answer.spent for answer in answers) == ledger_race.LIMIT
    memories = ledger.recall(SCOPE, [TrackId(number) for number in range(TRACKS)])
    owners = {f"{answer.owner}/{number}" for answer in answers for number in answer.owned}
    assert {memory.file.path for memory in memories.values() if memory.file} == owners


def test_threads_that_want_the_same_tracks_at_once_share_them(ledger: SqlLedger) -> None:
    together = threading.Barrier(4)

    def take(owner: int) -> list[int]:
        won = []
        for number in range(50):
            together.wait(30)
            if ledger.claim(SCOPE, TrackId(number), f"owner {owner}", lease=60.0, now=0.0):
                won.append(number)
        return won

    with ThreadPoolExecutor(4) as pool:
        won = [number for numbers in pool.map(take, range(4)) for number in numbers]
    assert sorted(won) == list(range(50))


def test_a_track_cannot_be_taken_over_in_the_middle_of_a_write(dsn: str, clock: SystemClock) -> None:
    """The write holds the claim until it has ended, so what it checked still holds then."""
    database = open_database(dsn, clock)
    ledger = SqlLedger(database, clock.now)
    claim = claimed(ledger)
    with ThreadPoolExecutor(1) as pool:
        with database.transaction() as connection:
            fence(connection, claim)
            other = pool.submit(claimed, ledger, owner="bob", now=100.0)
            while not asked(dsn, "SELECT 1 FROM pg_locks WHERE NOT granted"):
                assert not other.done()
        assert other.result(30).token == claim.token + 1
    with pytest.raises(StaleClaimError):
        ledger.record_file(claim, FILE)
    ledger.close()


def test_two_libraries_of_one_catalog_lose_no_cell_of_each_other(ledger: SqlLedger) -> None:
    def write(library: str, name: Field) -> None:
        claim = claimed(ledger, owner=library, scope=replace(SCOPE, library=library))
        for number in range(40):
            ledger.record_page(claim, PAGE, written={name: f"{library} {number}"}, offered={})

    ledger.record_page(claimed(ledger), PAGE, written={}, offered={})
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(write, ("a", "b"), (Field.TITLE, Field.GENRE)))
    assert ledger.recall(SCOPE, [T7])[T7].written == {Field.TITLE: "a 39", Field.GENRE: "b 39"}


def test_ten_workers_that_open_it_at_once_make_its_schema_once(dsn: str, clock: SystemClock) -> None:
    together = threading.Barrier(10)

    def opened(_: int) -> SqlLedger:
        together.wait(30)
        return open_shared_ledger(dsn, clock)[0]

    with ThreadPoolExecutor(10) as pool:
        for ledger in pool.map(opened, range(10)):
            ledger.close()
    assert asked(dsn, "SELECT version FROM cloudcrate.schema") == [(len(SHARED),)]


# --- the schema -----------------------------------------------------------------------------------


def test_everything_is_in_a_schema_of_its_own(dsn: str, ledger: SqlLedger) -> None:
    ledger.keep_note("a", "b")
    found = "SELECT DISTINCT schemaname FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema')"
    assert asked(dsn, found) == [("cloudcrate",)]


def test_a_newer_state_is_refused_with_a_sentence(dsn: str, ledger: SqlLedger, clock: SystemClock) -> None:
    pgserver.server().execute("UPDATE cloudcrate.schema SET version = 9", database=named(dsn))
    with pytest.raises(StateError, match=rf"newer cloudcrate \(schema 9; this one knows {len(SHARED)}\)") as caught:
        open_database(dsn, clock)
    assert "Upgrade cloudcrate" in caught.value.hint


def test_a_schema_made_beforehand_asks_for_no_right_to_make_one(dsn: str, clock: SystemClock) -> None:
    name = named(dsn)
    pgserver.server().execute("CREATE SCHEMA theirs AUTHORIZATION locked", database=name)
    address = pgserver.server().dsn(name, user="locked", password=pgserver.PASSWORD)
    ledger = SqlLedger(open_database(address, clock, schema="theirs"), clock.now)
    ledger.keep_note("a", "b")
    assert ledger.note("a") == "b"
    ledger.close()


def test_a_link_of_any_length_is_kept(ledger: SqlLedger) -> None:
    long = replace(make_track(7), url=f"https://soundcloud.com/ada/{'x' * 5000}")
    ledger.keep_tracks([long, make_track(8)], at=1.0)
    assert ledger.tracks([T7], newer_than=0.0) == {T7: long}
    assert ledger.find_track(long.url) == T7


def test_every_commit_is_durable_even_where_the_server_is_told_otherwise(dsn: str, clock: SystemClock) -> None:
    name = named(dsn)
    pgserver.server().execute(f"ALTER DATABASE {name} SET synchronous_commit = off")
    database = open_database(dsn, clock)
    assert database.rows("SHOW synchronous_commit") == [("on",)]
    database.close()


def test_threads_that_have_ended_leave_no_connection_behind(dsn: str, ledger: SqlLedger) -> None:
    for _ in range(20):
        thread = threading.Thread(target=ledger.playlists)
        thread.start()
        thread.join()
    found = (
        "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'cloudcrate' AND datname = current_database()"
    )
    ledger.playlists()
    thread = threading.Thread(target=ledger.playlists)
    thread.start()
    thread.join()
    number = asked(dsn, found)[0][0]
    assert isinstance(number, int)
    assert 1 <= number <= 4


# --- lost connections -----------------------------------------------------------------------------


def test_a_server_that_is_killed_in_the_middle_of_writes_loses_none_and_needs_nobody(
    dsn: str, ledger: SqlLedger
) -> None:
    written = threading.Semaphore(0)

    def write(numbers: range) -> None:
        for number in numbers:
            claim = claimed(ledger, number, owner=f"from {numbers.start}", now=1000.0)
            ledger.open_intent(claim, replace(INTENT, track_id=TrackId(number)))
            ledger.record_page(claim, PageId(f"page-{number}"), written={Field.TITLE: f"{number}"}, offered={})
            ledger.record_file(claim, replace(FILE, path=f"{number}.mp3"))
            ledger.record_events([said(number), said(number, "b"), said(number)])
            assert ledger.take("x", limit=10_000, window=60.0, now=1000.0) == 0.0
            written.release()

    with ThreadPoolExecutor(3) as pool:
        writers = [pool.submit(write, range(start, start + 40)) for start in (0, 40, 80)]
        for _ in range(2):
            for _ in range(25):
                assert written.acquire(timeout=60)
            pgserver.server().restart()
        for writer in writers:
            writer.result(120)
    memories = ledger.recall(SCOPE, [TrackId(number) for number in range(120)])
    assert [memory.page_id for memory in memories.values()] == [f"page-{number}" for number in range(120)]
    assert [memory.file and memory.file.path for memory in memories.values()] == [f"{n}.mp3" for n in range(120)]
    assert all(memory.intent is None for memory in memories.values())
    assert [len(ledger.events(TrackId(number), 9)) for number in range(120)] == [3] * 120
    assert 120 <= ledger.spent("x", window=60.0, now=1000.0) <= 126  # never less than what was sent


@pytest.fixture
def way(dsn: str) -> Iterator[CuttingProxy]:
    proxy = CuttingProxy(pgserver.server().port)
    yield proxy
    proxy.close()


@pytest.fixture
def far(dsn: str, way: CuttingProxy, clock: SystemClock) -> Iterator[SqlLedger]:
    name = named(dsn)
    address = f"host=127.0.0.1 port={way.port} dbname={name} user=postgres sslmode=disable gssencmode=disable"
    opened, _ = open_shared_ledger(address, clock)
    yield opened
    opened.close()


@pytest.mark.parametrize("when", ["before", "after"])
def test_whatever_gets_lost_at_a_commit_it_is_done_once(far: SqlLedger, way: CuttingProxy, when: str) -> None:
    first = claimed(far, owner="ada")
    for cuts in range(1, 5):
        way.arm(when)
        match cuts:
            case 1:
                far.record_events([said(7), said(7, "b"), said(7)])
            case 2:
                assert far.take("x", limit=9, window=60.0, now=1.0) == 0.0
            case 3:
                assert claimed(far, owner="ada").token == first.token + 1
            case _:
                far.start_run(RUN)
        assert way.cut == cuts
    assert [event.operation for event in far.events(T7, 9)] == ["a", "b", "a"]
    assert far.spent("x", window=60.0, now=1.0) == 1
    assert far.last_runs(9) == (RUN,)


def test_what_a_generator_gives_is_kept_whole_when_the_commit_gets_lost(far: SqlLedger, way: CuttingProxy) -> None:
    tracks = {TrackId(number): make_track(number) for number in range(1, 5)}
    way.arm("before")
    far.keep_tracks((track for track in tracks.values()), at=1.0)
    assert (way.cut, far.tracks(list(tracks), newer_than=0.0)) == (1, tracks)


def test_what_a_killed_server_had_committed_after_all_is_done_once(ledger: SqlLedger) -> None:
    """After such an end nothing is known, and everything is done again."""
    for _ in range(2):
        ledger.record_events([said(7), said(7, "b"), said(7)])
        ledger.start_run(RUN)
    assert [event.operation for event in ledger.events(T7, 9)] == ["a", "b", "a"]
    ledger.record_events([replace(event, at=8.0) for event in (said(7), said(7, "b"), said(7))])
    assert [event.operation for event in ledger.events(T7, 9)] == ["a", "b", "a", "b", "a"]
    assert ledger.last_runs(9) == (RUN,)


def test_a_session_that_was_ended_between_two_calls_is_not_noticed(dsn: str, ledger: SqlLedger) -> None:
    ledger.keep_note("a", "b")
    ends = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'cloudcrate'"
    asked(dsn, ends)
    assert ledger.note("a") == "b"
    asked(dsn, ends)
    ledger.keep_note("a", "c")
    asked(dsn, ends)
    assert ledger.recall(SCOPE, [T7])[T7].page_id is None
    assert ledger.note("a") == "c"


def test_work_that_met_anothers_is_done_again(dsn: str, clock: SystemClock) -> None:
    """Two that wait for each other: the server ends one of them, and both get done."""
    database = open_database(dsn, clock)
    together, tries = threading.Barrier(2), list[str]()

    def work(names: str) -> None:
        def body() -> None:
            tries.append(names)
            with database.transaction() as connection:
                for name in names:
                    connection.execute(
                        "INSERT INTO notes VALUES (?, ?, 0) ON CONFLICT (key) DO UPDATE SET text = excluded.text",
                        (name, names),
                    )
                    if tries.count(names) == 1 and name == names[0]:
                        together.wait(30)

        database.lasting(body)

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(work, ("ab", "ba")))
    assert len(tries) >= 3
    assert len({str(row[0]) for row in database.rows("SELECT text FROM notes")}) == 1
    database.close()


def test_reads_of_one_memory_show_one_moment(dsn: str, clock: SystemClock, ledger: SqlLedger) -> None:
    database = PostgresDatabase(dsn, clock)
    with database.snapshot():
        assert database.rows("SELECT count(*) FROM notes") == [(0,)]
        ledger.keep_note("a", "b")
        assert database.rows("SELECT count(*) FROM notes") == [(0,)]
    assert database.rows("SELECT count(*) FROM notes") == [(1,)]
    database.close()
