"""The contract of ``ports.Work``, held to by every implementation."""

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Protocol

import pgserver
import pytest
from memory import MemoryLedger, SimulatedClock
from memory_work import MemoryWork

from cloudcrate.adapters.sql import crew
from cloudcrate.adapters.sql.ledger import SqlLedger
from cloudcrate.adapters.sql.postgres import PostgresDatabase, open_database
from cloudcrate.adapters.sql.work import SqlWork
from cloudcrate.core.model import TrackId
from cloudcrate.errors import BusyError, StaleClaimError
from cloudcrate.ports.ledger import Claim, Claims, Scope
from cloudcrate.ports.running import Spent
from cloudcrate.ports.work import END, Errand, NewPiece, SharedRun, Stage, Work

SCOPE = Scope(catalog="notion:1", library="")
ODD = "Ünïcødé 🎧 \0 \ud800 \u202e"
DONE, FAILED = '{"is":"Done","note":""}', '{"code":"x","is":"Failed","message":"y"}'
NOTHING = Spent()


class Sweeping(Work, Protocol):
    """What is swept as well."""

    def sweep(self) -> int:
        """Hands out again what was lost; answers how much."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """One implementation, and hands behind its back."""

    work: Sweeping
    claims: Claims
    waiting: Callable[[], dict[str, float]]  # each job that waits, and in how many seconds it is due
    take: Callable[[str], None]  # lets a living worker do the job of this name
    lose: Callable[[], None]  # forgets every job that was handed out


def _memory() -> Bench:
    clock = SimulatedClock()
    ledger = MemoryLedger(clock)
    work = MemoryWork(ledger, clock)

    def name(errand: Errand) -> str:
        return f"{errand.run_id}/{errand.track_id}/{errand.job}"

    def take(wanted: str) -> None:
        next(job for job in work.jobs if name(job.errand) == wanted).doing = True

    def waiting() -> dict[str, float]:
        return {name(job.errand): job.due - clock.monotonic() for job in work.jobs if not job.doing}

    return Bench(work=work, claims=ledger, waiting=waiting, take=take, lose=work.jobs.clear)


def open_shared(dsn: str) -> PostgresDatabase:
    """A database with everything in it that shared runs need."""
    database = open_database(dsn, SimulatedClock())
    crew.add_schema(database)
    return database


def _postgresql(database: PostgresDatabase) -> Bench:
    def waiting() -> dict[str, float]:
        rows = database.rows(
            "SELECT queueing_lock, extract(epoch FROM COALESCE(scheduled_at, now()) - now())::float8 "
            "FROM procrastinate_jobs WHERE status = 'todo'"
        )
        assert len(rows) == len({row[0] for row in rows})
        return {row[0]: row[1] for row in rows}

    def take(wanted: str) -> None:
        with database.transaction() as connection:
            connection.execute("INSERT INTO procrastinate_workers DEFAULT VALUES")
            connection.execute(
                "UPDATE procrastinate_jobs SET status = 'doing', "
                "worker_id = (SELECT max(id) FROM procrastinate_workers) WHERE queueing_lock = ?",
                [wanted],
            )

    def lose() -> None:
        with database.transaction() as connection:
            connection.execute("DELETE FROM procrastinate_jobs")

    claims = SqlLedger(database, lambda: 0.0)
    return Bench(work=SqlWork(database), claims=claims, waiting=waiting, take=take, lose=lose)


@pytest.fixture
def shared() -> Iterator[Bench]:
    database = open_shared(pgserver.emptied())
    yield _postgresql(database)
    database.close()


@pytest.fixture(params=["memory", "postgresql"])
def bench(request: pytest.FixtureRequest) -> Iterator[Bench]:
    if request.param == "memory":
        yield _memory()
        return
    yield request.getfixturevalue("shared")


def shared_run(run_id: str = "r1", **more: object) -> SharedRun:
    facts = {"name": "Night Bus", "by": "sync on ada", "scope": "s1", "error": "", "started_at": 1000.25}
    return SharedRun(
        run_id=run_id,
        stage=Stage.GOING,
        stopping_since=None,
        spent=Spent(soundcloud_requests=3),
        **(facts | more),  # type: ignore[arg-type]  # the tests name real fields
    )


def new(*tracks: int, jobs: frozenset[str] = frozenset({"row", "file"})) -> Callable[[], Iterator[NewPiece]]:
    return lambda: iter(
        [NewPiece(track_id=TrackId(n), piece=f'{{"n":{n}}}', jobs=jobs, outcomes={0: DONE}) for n in tracks]
    )


def errand(track: int, job: str, run_id: str = "r1", **more: int) -> Errand:
    return Errand(run_id=run_id, track_id=TrackId(track), job=job, **more)


def claimed(bench: Bench, track: int) -> Claim:
    claim = bench.claims.claim(SCOPE, TrackId(track), "ada", lease=60.0, now=0.0)
    assert claim is not None
    return claim


def do(bench: Bench, track: int, job: str, *, place: int = 1, outcome: str = DONE, follow: str = "") -> None:
    bench.work.done(errand(track, job), claimed(bench, track), {place: outcome}, follow=follow, spent=NOTHING)


END_OF_IT = f"r1/0/{END}"


# --- the beginning --------------------------------------------------------------------------------


def test_there_is_no_run_before_one_begins(bench: Bench) -> None:
    work = bench.work
    assert (work.run("r1"), work.frame("r1"), work.going(), work.piece("r1", TrackId(1))) == (None, None, None, None)
    assert list(work.pieces("r1")) == []
    assert work.changed("r1", 0) == ((), 0)
    assert (work.stop("r1"), work.busy("r1"), work.sweep(), bench.waiting()) == (False, 0, 0, {})
    work.end("r1")
    work.postpone(errand(1, "row"), 1.0)
    assert bench.waiting() == {}


def test_a_run_that_begins_is_kept_with_its_frame_and_its_jobs_are_handed_out(bench: Bench) -> None:
    bench.work.begin(shared_run(), '{"frame":1}', new(7, 3))
    assert bench.work.run("r1") == bench.work.going() == shared_run()
    assert bench.work.frame("r1") == '{"frame":1}'
    assert bench.work.run("r2") is None
    assert bench.waiting() == dict.fromkeys(["r1/7/row", "r1/7/file", "r1/3/row", "r1/3/file"], 0.0)


def test_pieces_keep_the_order_in_which_they_were_given(bench: Bench) -> None:
    bench.work.begin(shared_run(), "{}", new(9, 2, 5, 2**62))
    assert [part.track_id for part in bench.work.pieces("r1")] == [9, 2, 5, 2**62]
    piece = bench.work.piece("r1", TrackId(2))
    assert piece is not None
    assert (piece.piece, set(piece.waiting), dict(piece.outcomes)) == ('{"n":2}', {"row", "file"}, {0: DONE})
    assert bench.work.piece("r1", TrackId(4)) is None


def test_beginning_the_same_run_again_changes_nothing(bench: Bench) -> None:
    bench.work.begin(shared_run(), "{}", new(1, 2))
    do(bench, 1, "row")
    bench.work.begin(shared_run(), "{}", new(1, 2))
    piece = bench.work.piece("r1", TrackId(1))
    assert piece is not None
    assert piece.waiting == {"file"}


def test_another_run_does_not_begin_while_one_is_going_on(bench: Bench) -> None:
    bench.work.begin(shared_run(), "{}", new(1))
    before = bench.waiting()
    with pytest.raises(BusyError, match=r"'?Night Bus'?, begun by sync on ada"):
        bench.work.begin(shared_run("r2"), "{}", new(2))
    bench.work.stop("r1")
    with pytest.raises(BusyError):
        bench.work.begin(shared_run("r2"), "{}", new(2))
    assert bench.waiting().keys() == before.keys() | {END_OF_IT}


def test_what_is_kept_of_a_run_that_has_ended_goes_when_another_one_begins(bench: Bench) -> None:
    bench.work.begin(shared_run(), "{}", new(1))
    bench.work.end("r1")
    assert bench.work.going() is None
    run = bench.work.run("r1")
    assert run is not None
    assert run.stage is Stage.ENDED
    bench.work.begin(shared_run("r2"), "{}", new(2))
    assert (bench.work.run("r1"), bench.work.frame("r1"), bench.work.piece("r1", TrackId(1))) == (None, None, None)
    assert [part.track_id for part in bench.work.pieces("r2")] == [2]


def test_a_run_without_jobs_ends_at_once(bench: Bench) -> None:
    bench.work.begin(shared_run(), "{}", new(1, jobs=frozenset()))
    assert bench.waiting().keys() == {END_OF_IT}


def test_what_goes_wrong_while_a_run_begins_leaves_nothing(shared: Bench) -> None:
    def breaks() -> Iterator[NewPiece]:
        yield from new(1)()
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        shared.work.begin(shared_run(), "{}", breaks)
    assert (shared.work.going(), shared.waiting()) == (None, {})


# --- what is done ---------------------------------------------------------------------------------


def test_a_job_that_is_done_is_not_waited_for_any_more_and_its_outcomes_are_kept(bench: Bench) -> None:
    bench.work.begin(shared_run(), "{}", new(1, 2))
    spent = Spent(soundcloud_requests=1, notion_requests=2, media_bytes=2**40)
    bench.work.done(errand(1, "row"), claimed(bench, 1), {1: DONE, 2: FAILED}, follow="record", spent=spent)
    piece = bench.work.piece("r1", TrackId(1))
    assert piece is not None
    assert (set(piece.waiting), dict(piece.outcomes)) == ({"file"}, {0: DONE, 1: DONE, 2: FAILED})
    run = bench.work.run("r1")
    assert run is not None
    assert run.spent == Spent(soundcloud_requests=4, notion_requests=2, media_bytes=2**40)


def test_a_job_that_is_done_again_changes_nothing_but_what_it_cost(bench: Bench) -> None:
    bench.work.begin(shared_run(), "{}", new(1))
    do(bench, 1, "row")
    run, before = bench.work.run("r1"), (bench.work.piece("r1", TrackId(1)), bench.waiting())
    bench.work.done(errand(1, "row"), claimed(bench, 1), {1: FAILED}, follow="x", spent=Spent(notion_requests=9))
    assert (bench.work.piece("r1", TrackId(1)), bench.waiting()) == before
    after = bench.work.run("r1")
    assert run is not None
    assert after == replace(run, spent=replace(run.spent, notion_requests=run.spent.notion_requests + 9))


def test_jobs_can_be_delivered_together_and_what_is_lost_comes_again_one_by_one(shared: Bench) -> None:
    shared.work.begin(shared_run(), "{}", new(1, 2, 3, 4, 5, jobs=frozenset({"row"})), together=2)
    assert shared.waiting().keys() == {"r1/1/row", "r1/3/row", "r1/5/row"}
    assert shared.work.sweep() == 0
    shared.lose()
    assert shared.work.sweep() == 5
    assert shared.waiting().keys() == {f"r1/{n}/row" for n in range(1, 6)}


def test_a_worker_that_has_lost_its_claim_changes_nothing(bench: Bench) -> None:
    bench.work.begin(shared_run(), "{}", new(1))
    stale = claimed(bench, 1)
    claimed(bench, 1)
    before = (bench.work.piece("r1", TrackId(1)), bench.work.run("r1"), bench.waiting())
    with pytest.raises(StaleClaimError):
        bench.work.done(errand(1, "row"), stale, {1: DONE}, follow="record", spent=Spent(notion_requests=1))
    assert (bench.work.piece("r1", TrackId(1)), bench.work.run("r1"), bench.waiting()) == before
    assert bench.work.changed("r1", 0) == ((), 0)


def test_what_follows_is_handed_out_once_after_the_last_of_a_track_s_jobs(bench: Bench) -> None:
    bench.work.begin(shared_run(), "{}", new(1))
    bench.lose()
    do(bench, 1, "row", follow="record")
    assert bench.waiting() == {}
    for _ in range(2):
        do(bench, 1, "file", place=2, follow="record")
        assert bench.waiting() == {"r1/1/record": 0.0}
    piece = bench.work.piece("r1", TrackId(1))
    assert piece is not None
    assert piece.waiting == {"record"}
    do(bench, 1, "record", place=3)
    assert bench.waiting().keys() == {"r1/1/record", END_OF_IT}


def test_the_last_job_of_all_hands_the_end_out_once(bench: Bench) -> None:
    bench.work.begin(shared_run(), "{}", new(1, 2, jobs=frozenset({"row"})))
    bench.lose()
    do(bench, 1, "row")
    assert bench.waiting() == {}
    do(bench, 2, "row")
    assert bench.waiting() == {END_OF_IT: 0.0}
    bench.lose()
    do(bench, 2, "row")
    assert bench.waiting() == {}


def test_jobs_of_another_run_or_track_are_taken_for_done(bench: Bench) -> None:
    bench.work.begin(shared_run(), "{}", new(1))
    before = (bench.work.piece("r1", TrackId(1)), bench.waiting())
    for lost in (errand(1, "row", "r0"), errand(9, "row"), errand(1, "nothing")):
        bench.work.done(lost, claimed(bench, 1), {1: DONE}, follow="", spent=NOTHING)
    assert (bench.work.piece("r1", TrackId(1)), bench.waiting()) == before


def test_a_job_that_is_postponed_is_due_later_and_counts_how_often(bench: Bench) -> None:
    bench.work.begin(shared_run(), "{}", new(1))
    bench.take("r1/1/row")
    bench.work.postpone(errand(1, "row", deliveries=2, postponed=3), 90.0)
    assert bench.waiting()["r1/1/row"] == pytest.approx(90.0, abs=5.0)
    bench.work.postpone(errand(1, "row", postponed=3), 5.0)
    assert bench.waiting()["r1/1/row"] == pytest.approx(90.0, abs=5.0), "it waits already"


def test_a_job_that_is_postponed_by_nothing_is_due_at_once(bench: Bench) -> None:
    bench.work.begin(shared_run(), "{}", new(1))
    bench.take("r1/1/row")
    bench.work.postpone(errand(1, "row"), -3.0)
    assert bench.waiting()["r1/1/row"] == 0.0


# --- the end --------------------------------------------------------------------------------------


def test_a_run_that_is_stopped_hands_its_end_out_once_and_keeps_the_first_error(bench: Bench) -> None:
    bench.work.begin(shared_run(), "{}", new(1))
    assert bench.work.stop("r1")
    first = bench.work.run("r1")
    assert first is not None
    assert (first.stage, first.error) == (Stage.STOPPING, "")
    assert first.stopping_since is not None
    assert bench.work.stop("r1", '{"kind":"a"}')
    assert bench.work.stop("r1", '{"kind":"b"}')
    after = bench.work.run("r1")
    assert after == replace(first, error='{"kind":"a"}')
    assert list(bench.waiting()).count(END_OF_IT) == 1
    assert not bench.work.stop("r2")
    bench.work.end("r1")
    assert not bench.work.stop("r1", "too late")


def test_what_is_in_flight_when_a_run_stops_is_still_taken(bench: Bench) -> None:
    bench.work.begin(shared_run(), "{}", new(1))
    bench.work.stop("r1")
    do(bench, 1, "row")
    assert bench.work.piece("r1", TrackId(1)) is None, "nothing of it is to begin any more"
    assert next(bench.work.pieces("r1")).outcomes == {0: DONE, 1: DONE}


def test_jobs_that_are_being_done_are_counted_but_for_the_end(bench: Bench) -> None:
    bench.work.begin(shared_run(), "{}", new(1, 2))
    assert bench.work.busy("r1") == 0
    bench.take("r1/1/row")
    bench.take("r1/2/file")
    assert (bench.work.busy("r1"), bench.work.busy("r2")) == (2, 0)
    bench.work.stop("r1")
    bench.take(END_OF_IT)
    assert bench.work.busy("r1") == 2


def test_ending_a_run_again_changes_nothing(bench: Bench) -> None:
    bench.work.begin(shared_run(), "{}", new(1))
    bench.work.end("r1")
    bench.work.end("r1")
    assert bench.work.going() is None


# --- how far it is --------------------------------------------------------------------------------


def test_changes_are_heard_of_in_order_and_once(bench: Bench) -> None:
    bench.work.begin(shared_run(), "{}", new(1, 2, 3))
    assert bench.work.changed("r1", 0) == ((), 0)
    do(bench, 3, "row")
    do(bench, 1, "row")
    parts, after = bench.work.changed("r1", 0)
    assert [part.track_id for part in parts] == [3, 1]
    assert bench.work.changed("r1", after) == ((), after)
    do(bench, 3, "file", place=2)
    parts, after = bench.work.changed("r1", after)
    assert [(part.track_id, set(part.outcomes)) for part in parts] == [(3, {0, 1, 2})]
    assert bench.work.changed("r1", after) == ((), after)
    assert [part.track_id for part in bench.work.changed("r1", 0)[0]] == [1, 3]


def test_no_change_is_missed_though_many_are_made_at_once(bench: Bench) -> None:
    tracks = range(1, 61)
    bench.work.begin(shared_run(), "{}", new(*tracks))
    heard: dict[int, int] = {}
    ended = threading.Event()

    def work(mine: range) -> None:
        for track in mine:
            do(bench, track, "row")
            do(bench, track, "file", place=2)

    def hear() -> None:
        after, last = 0, False
        while not last:
            last = ended.is_set()
            parts, after = bench.work.changed("r1", after)
            heard.update({int(part.track_id): len(part.outcomes) for part in parts})

    workers = [threading.Thread(target=work, args=[tracks[n::4]]) for n in range(4)]
    listener = threading.Thread(target=hear)
    for thread in (listener, *workers):
        thread.start()
    for thread in workers:
        thread.join()
    ended.set()
    listener.join()
    assert heard == dict.fromkeys(tracks, 3)
    assert END_OF_IT in bench.waiting()


def test_progress_counts_tracks_that_are_done_and_those_that_have_failed(bench: Bench) -> None:
    bench.work.begin(shared_run(), "{}", new(1, 2, 3, jobs=frozenset({"row"})))
    do(bench, 1, "row")
    do(bench, 2, "row", outcome=FAILED)
    progress = bench.work.progress("r1")
    assert (progress.tracks, progress.done, progress.failed, progress.workers) == (3, 2, 1, 0)
    assert bench.work.progress("r2").tracks == 0


# --- what was lost --------------------------------------------------------------------------------


def test_a_sweep_hands_out_again_what_was_lost_and_nothing_else(bench: Bench) -> None:
    bench.work.begin(shared_run(), "{}", new(1, 2))
    assert bench.work.sweep() == 0
    everything = bench.waiting()
    bench.lose()
    assert bench.work.sweep() == 4
    assert bench.waiting() == everything
    assert bench.work.sweep() == 0
    do(bench, 1, "row")
    bench.lose()
    assert bench.work.sweep() == 3
    bench.take("r1/2/row")
    assert bench.work.sweep() == 0, "it is being done"


def test_a_sweep_finds_the_end_of_a_run_again(bench: Bench) -> None:
    bench.work.begin(shared_run(), "{}", new(1, jobs=frozenset({"row"})))
    do(bench, 1, "row")
    bench.lose()
    assert bench.work.sweep() == 1
    assert bench.waiting().keys() == {END_OF_IT}


def test_a_sweep_finds_only_the_end_of_a_run_that_is_stopping(bench: Bench) -> None:
    bench.work.begin(shared_run(), "{}", new(1, 2))
    bench.work.stop("r1")
    bench.lose()
    assert bench.work.sweep() == 1
    assert bench.waiting().keys() == {END_OF_IT}
    bench.work.end("r1")
    bench.lose()
    assert bench.work.sweep() == 0


# --- texts and sizes ------------------------------------------------------------------------------


def test_texts_of_any_kind_come_back(bench: Bench) -> None:
    text = '{"title":"Ünïcødé 🎧 \\u0000 \\ud800"}'
    bench.work.begin(
        shared_run(name="Nächte 🎧", by="sync on ädä"),
        text,
        lambda: iter([NewPiece(track_id=TrackId(1), piece=text, jobs=frozenset({"row"}), outcomes={0: text})]),
    )
    do(bench, 1, "row", outcome=text)
    bench.work.stop("r1", text)
    run, piece = bench.work.run("r1"), next(bench.work.pieces("r1"))
    assert run is not None
    assert (run.name, run.by, run.error) == ("Nächte 🎧", "sync on ädä", text)
    assert (piece.piece, dict(piece.outcomes), bench.work.frame("r1")) == (text, {0: text, 1: text}, text)


def test_texts_that_no_database_can_hold_are_taken_all_the_same(bench: Bench) -> None:
    bench.work.begin(
        shared_run(name=ODD, by=ODD),
        ODD,
        lambda: iter([NewPiece(track_id=TrackId(1), piece=ODD, jobs=frozenset({"row"}), outcomes={})]),
    )
    do(bench, 1, "row", outcome=ODD)
    bench.work.stop("r1", ODD)
    piece = next(bench.work.pieces("r1"))
    assert piece.outcomes[1] == ODD


def test_two_thousand_tracks_begin_and_are_swept(shared: Bench) -> None:
    began = time.monotonic()
    shared.work.begin(shared_run(), "{}", new(*range(1, 2001)))
    assert len(shared.waiting()) == 4000
    shared.lose()
    swept = list(iter(shared.work.sweep, 0))
    assert sum(swept) == len(shared.waiting()) == 4000
    assert sum(1 for _ in shared.work.pieces("r1")) == 2000
    assert shared.work.progress("r1").tracks == 2000
    assert time.monotonic() - began < 8.0, "about one second; fifteen when every job is looked at for each"
