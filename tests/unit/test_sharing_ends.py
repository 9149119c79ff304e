"""Shared runs that stop, break off or are waited for: how they end, and who hears of it."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace

import pytest
from memory_work import DiedError
from sharing_world import SharedWorld, assert_whole, errand, ids, songs
from worlds import AAC, MP3, make_listing, make_track

from cloudcrate import errors
from cloudcrate.app import worker
from cloudcrate.app.gather import Order
from cloudcrate.core.model import TrackId
from cloudcrate.errors import (
    BusyError,
    CloudcrateError,
    CredentialsError,
    DamagedError,
    DiskError,
    NotSharedError,
    RefusedError,
    StateError,
    StoppedError,
    UnavailableError,
)
from cloudcrate.ports.work import END, Errand, Stage

# --- what ends a run ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "error",
    [
        CredentialsError("the token was revoked", hint="make a new one"),
        NotSharedError("not shared any more"),
        DiskError("the disk is full"),
        RefusedError("ten thousand rows are too many"),
        StateError("the state is damaged"),
    ],
    ids=lambda error: error.code,
)
def test_what_concerns_every_track_stops_the_run_with_that_error(error: CloudcrateError) -> None:
    world, failures = SharedWorld(songs(6)), [error]
    create = world.catalog.create

    def refuse(*arguments: object, **named: object) -> object:
        if len(world.catalog.every_row()) == 2 and failures:
            raise failures.pop()
        return create(*arguments, **named)  # type: ignore[arg-type]  # passed on as they came

    world.catalog.create = refuse  # type: ignore[method-assign, assignment]  # the fake, not the code under test
    ended = world.sync()
    assert type(ended.error) is type(error)
    assert (ended.error.message, ended.error.hint, ended.error.exit_code) == (
        error.message,
        error.hint,
        error.exit_code,
    )
    assert (ended.report.rows["created"], ended.report.rows["pending"]) == (2, 4)
    assert sum(ended.report.files.values()) == ended.report.listed == 6
    assert world.work.going() is None
    assert [world.service.runs(1)[0].id, world.service.runs(1)[0].report is not None] == [world.run_id, True]
    after = world.sync()
    assert (after.error, after.report.failed) == (None, 0), "the next run goes on at once: no claim is left behind"
    assert_whole(world, 6)


def test_the_first_of_several_errors_counts() -> None:
    world = SharedWorld(songs(3))
    run_id = world.hand_out()
    world.store.fetch_failures = {TrackId(1): [DiskError("full")], TrackId(2): [DiskError("fuller")]}
    other = world.worker()
    world.deliver(1, "file")
    world.work.stop(run_id, "what came later")
    other.perform(errand(run_id, 2, "file"))
    world.crew.drain(world.sharing.perform, world.sharing.scope)
    error = world.sharing.ended(run_id).error
    assert isinstance(error, DiskError)
    assert error.message == "full"


def test_a_service_that_is_gone_ends_the_run_and_the_next_goes_on() -> None:
    world = SharedWorld(songs(40))
    world.store.fetch_failures = {TrackId(n): [UnavailableError("no answer")] for n in range(5, 41)}
    ended = world.sync()
    assert isinstance(ended.error, UnavailableError)
    assert "12 attempts in a row" in ended.error.message
    assert ended.report.files["pending"]
    world.store.fetch_failures = {}
    assert world.sync().report.failed == 0
    assert_whole(world, 40)


def public_errors(kind: type[CloudcrateError] = CloudcrateError) -> list[type[CloudcrateError]]:
    below = [found for narrower in kind.__subclasses__() for found in public_errors(narrower)]
    return [kind, *below] if kind.__module__ == errors.__name__ else below


class OddError(DiskError):
    """One that only this process knows, and that is made in another way."""

    def __init__(self, device: int) -> None:
        super().__init__(f"device {device} is gone", hint="plug it in")


@pytest.mark.parametrize("kind", public_errors(), ids=lambda kind: kind.__name__)
def test_every_kind_of_error_can_end_a_run_and_is_the_same_elsewhere(kind: type[CloudcrateError]) -> None:
    world = SharedWorld(songs(1))
    world.store.close_failure = kind("so it is", hint="do that")
    ended = world.sync()
    if kind in (StoppedError, errors.StaleClaimError):
        assert ended.error is None, "that is the worker's own affair"
        return
    assert type(ended.error) is kind
    assert (ended.error.message, ended.error.hint) == ("so it is", "do that")
    assert ended.report.rows["created"] == 1


def test_an_error_of_a_kind_that_others_do_not_know_is_the_nearest_one_that_they_do() -> None:
    world = SharedWorld(songs(1))
    world.store.close_failure = OddError(3)
    error = world.sync().error
    assert type(error) is DiskError
    assert (error.message, error.hint, error.exit_code) == ("device 3 is gone", "plug it in", 6)


def test_what_goes_wrong_while_the_end_is_told_is_the_run_s_error_too() -> None:
    world = SharedWorld(songs(1))
    world.hand_out()
    world.store.read_failure = DiskError("the playlist cannot be read")
    world.crew.drain(world.sharing.perform, world.sharing.scope)
    ended = world.sharing.ended(world.run_id)
    assert isinstance(ended.error, DiskError)
    assert (ended.error.message, ended.report.rows["created"]) == ("the playlist cannot be read", 1)


def test_an_end_that_can_never_be_recorded_ends_the_run_all_the_same() -> None:
    """Nobody may wait for ever for a report that cannot be made."""
    world, tried = SharedWorld(songs(1)), list[float]()
    world.hand_out()

    def fail(_: object) -> None:
        tried.append(world.clock.monotonic())
        raise DiskError("the state cannot be written")

    record, world.ledger.record_events = world.ledger.record_events, fail  # type: ignore[method-assign, assignment]  # the fake
    world.crew.drain(world.sharing.perform, world.sharing.scope)
    assert len(tried) == worker.TRIES
    assert world.work.going() is None
    with pytest.raises(DiskError, match="cannot be written"):
        world.sharing.ended(world.run_id)
    world.ledger.record_events = record  # type: ignore[method-assign]  # the fake
    assert world.sync().report.failed == 0


# --- cancelled, secret, or nothing to do ----------------------------------------------------------


def test_a_cancelled_run_ends_as_stopped_and_the_next_goes_on() -> None:
    world = SharedWorld(songs(4))
    run_id = world.hand_out()
    for job in ("row", "file"):
        world.deliver(1, job)
    cancelled = world.worker().cancel()
    assert cancelled is not None
    assert cancelled.run_id == run_id
    ended = world.sharing.ended(run_id)
    assert isinstance(ended.error, StoppedError)
    assert ended.error.exit_code == 130
    assert ended.report.stopped
    assert (ended.report.rows["created"], ended.report.rows["pending"]) == (1, 3)
    assert world.sync().report.failed == 0
    assert_whole(world, 4)


def test_how_a_shared_run_ended_is_told_once_by_whoever_ends_it() -> None:
    world = SharedWorld(songs(3))
    run_id = world.hand_out()
    ended = world.sharing.attend(run_id)
    assert [ending.run_id for ending in world.announced] == [run_id]
    assert world.announced[0].report == ended.report
    world.sync()
    assert len(world.announced) == 2


def test_a_run_that_cannot_begin_is_told_as_well() -> None:
    world = SharedWorld(songs(3))
    world.sync()
    world.source.listing = songs(0)
    with pytest.raises(RefusedError):
        world.sync()
    assert [(ending.report is None, ending.exit_code) for ending in world.announced] == [(False, 0), (True, 5)]


def test_there_is_nothing_to_cancel_when_no_run_is_going_on() -> None:
    world = SharedWorld(songs(1))
    assert world.sharing.cancel() is None
    world.sync()
    assert world.sharing.cancel() is None


def test_a_playlist_reached_by_a_secret_link_is_not_shared() -> None:
    world = SharedWorld(songs(2))
    link = replace(world.order.link, secret_token="s-canary")
    assert world.service.sync(Order(link=link)).report.files["downloaded"] == 2
    assert world.crew.delivered == []


def test_a_playlist_with_a_secret_track_is_not_shared() -> None:
    world = SharedWorld(make_listing([make_track(1), make_track(2, secret_token="s-canary")]))
    assert world.sync().report.files["downloaded"] == 2
    assert world.crew.delivered == []


def test_a_run_that_changes_nothing_is_not_shared() -> None:
    world = SharedWorld(songs(2))
    world.sync()
    delivered = len(world.crew.delivered)
    assert world.sync().report.rows["unchanged"] == 2
    assert len(world.crew.delivered) == delivered


# --- who waits for whom ---------------------------------------------------------------------------


def test_another_command_works_along_before_it_begins_its_own_run() -> None:
    world = SharedWorld(songs(3))
    run_id = world.hand_out()
    ended = world.sync()
    assert world.gate.waited_for == ["'Night Bus', begun by sync on ada"]
    assert world.sharing.ended(run_id).report.rows["created"] == 3
    assert (ended.report.rows["unchanged"], ended.report.files["present"]) == (3, 3)


def test_a_command_that_may_not_wait_says_for_whom() -> None:
    world = SharedWorld(songs(1), wait=False)
    world.hand_out()
    with pytest.raises(BusyError, match="'Night Bus', begun by sync on ada"):
        world.sync()
    assert world.work.going() is not None


def test_a_plan_made_while_the_database_was_away_is_made_anew() -> None:
    world = SharedWorld(songs(2))
    world.gate.lost = 2
    assert world.sync().report.failed == 0
    assert_whole(world, 2)


def test_a_plan_is_not_handed_out_while_the_database_keeps_going_away() -> None:
    world = SharedWorld(songs(1))
    world.gate.lost = 99
    with pytest.raises(BusyError):
        world.sync()
    assert world.work.going() is None
    assert world.work.jobs == []


def test_whoever_follows_hears_of_everything_once() -> None:
    world = SharedWorld(songs(25))
    world.work.at_once = 10
    run_id = world.hand_out()
    world.crew.drain(world.sharing.perform, world.sharing.scope)
    world.watcher.outcomes.clear()
    world.worker().follow(run_id)
    heard = Counter((track, repr(type(operation))) for track, operation, _ in world.watcher.outcomes)
    assert set(heard.values()) == {1}
    assert {track for track, _ in heard} == set(range(1, 26))


# --- workers that sleep, stop or break off --------------------------------------------------------


def test_a_frozen_worker_that_thaws_gives_no_second_file_a_name() -> None:
    """Not even one of another format, whose name is free."""
    world = SharedWorld(make_listing([make_track(1, streams=(AAC, MP3))]))
    run_id = world.hand_out()
    other, job = world.worker(), errand(run_id, 1, "file")
    files: list[list[str]] = []

    def meanwhile() -> None:
        world.store.fetch_failures = {TrackId(1): [DamagedError("a segment is missing")]}
        other.perform(replace(job, deliveries=1))
        files.append(sorted(world.store.files))

    world.store.meanwhile = [meanwhile]
    world.sharing.perform(job)
    assert [preset for _, preset in world.store.fetches] == ["aac_160k", "aac_160k", "mp3_1_0"]
    assert files == [sorted(world.store.files)] == [["Ada/Ada - Song 1.mp3"]]
    memory = world.ledger.recall(world.scope, [TrackId(1)])[TrackId(1)]
    assert memory.file is not None
    assert memory.file.path == "Ada/Ada - Song 1.mp3"
    part = world.work.piece(run_id, TrackId(1))
    assert part is not None
    assert part.waiting == {"row"}
    assert len(part.outcomes) == 1
    assert "Failed" not in str(part.outcomes)


def test_a_frozen_worker_that_thaws_makes_no_second_row() -> None:
    world = SharedWorld(songs(1))
    run_id = world.hand_out()
    other, job = world.worker(), errand(run_id, 1, "row")
    create, taken = world.catalog.create, list[int]()

    def freeze(cells: object, track: object, *, announce: Callable[[], None]) -> object:
        if not taken:
            taken.append(1)
            other.perform(replace(job, deliveries=1))
        return create(cells, track, announce=announce)  # type: ignore[arg-type]  # passed on as they came

    world.catalog.create = freeze  # type: ignore[method-assign, assignment]  # the fake, not the code under test
    world.sharing.perform(job)
    assert ids(world) == Counter([1])
    part = world.work.piece(run_id, TrackId(1))
    assert part is not None
    assert "Failed" not in str(part.outcomes)


def test_a_job_whose_workers_always_die_is_given_up_and_the_run_goes_on() -> None:
    world = SharedWorld(songs(3))
    run_id = world.hand_out()
    deaths = list[Errand]()

    def perform(job: Errand) -> None:
        if (job.track_id, job.job) == (2, "file") and job.deliveries < worker.TRIES:
            deaths.append(job)
            raise DiedError
        world.sharing.perform(job)

    world.crew.drain(perform, world.sharing.scope)
    assert len(deaths) == worker.TRIES
    report = world.sharing.ended(run_id).report
    assert (report.files["failed"], report.files["downloaded"], report.rows["created"]) == (1, 2, 3)
    (failed,) = [track for track in report.tracks if track.reason]
    assert failed.reason == "its worker broke off 5 times"
    assert world.sync().report.failed == 0
    assert_whole(world, 3)


def test_of_jobs_delivered_together_whose_worker_died_each_is_delivered_by_itself() -> None:
    """One of them may be what kills workers."""
    world = SharedWorld(songs(3))
    run_id = world.hand_out()
    (taken,) = [w for w in world.work.jobs if (w.errand.track_id, w.errand.job) == (2, "file")]
    world.work.jobs.remove(taken)
    world.sharing.perform(replace(taken.errand, deliveries=1, among=3))
    part = world.work.piece(run_id, TrackId(2))
    assert part is not None
    assert "file" in part.waiting
    (again,) = [w.errand for w in world.work.jobs if (w.errand.track_id, w.errand.job) == (2, "file")]
    assert (again.among, again.postponed) == (1, 1)
    world.crew.drain(world.sharing.perform, world.sharing.scope)
    assert_whole(world, 3)


def test_a_worker_that_is_asked_to_stop_leaves_its_job_to_the_others() -> None:
    world = SharedWorld(songs(2))
    run_id = world.hand_out()
    world.store.fetch_failures = {TrackId(1): [StoppedError("stopped")]}
    world.deliver(1, "file")
    assert {job.errand.job: job.errand.postponed for job in world.work.jobs if job.errand.track_id == 1} == {
        "row": 0,
        "file": 1,
    }
    assert world.work.going() is not None
    world.crew.drain(world.worker().perform, world.sharing.scope)
    ended = world.sharing.ended(run_id)
    assert (ended.error, ended.report.failed, ended.report.stopped) == (None, 0, False)


def test_a_worker_that_is_asked_to_stop_while_it_ends_the_run_leaves_that_to_another() -> None:
    world = SharedWorld(songs(1))
    world.store.close_failure = StoppedError("stopped")
    ended = world.sync()
    assert (ended.error, ended.report.stopped) == (None, False)
    assert world.store.playlists


def test_a_command_that_is_asked_to_stop_leaves_the_run_to_the_workers() -> None:
    world = SharedWorld(songs(2))
    run_id = world.hand_out()
    world.stop.set()
    with pytest.raises(StoppedError, match="the run goes on"):
        world.sharing.follow(run_id)
    assert world.work.going() is not None


def test_a_track_that_somebody_else_has_claimed_is_tried_again_later() -> None:
    world = SharedWorld(songs(1))
    run_id = world.hand_out()
    scope = replace(world.scope, library="")
    world.ledger.claim(scope, TrackId(1), "somebody", lease=100.0, now=world.clock.now())
    world.crew.drain(world.sharing.perform, world.sharing.scope)
    assert world.sharing.ended(run_id).report.failed == 0
    assert world.clock.monotonic() >= 100.0
    assert_whole(world, 1)


def test_jobs_of_runs_that_have_ended_change_nothing() -> None:
    world = SharedWorld(songs(1))
    run_id = world.hand_out()
    world.crew.drain(world.sharing.perform, world.sharing.scope)
    writes, fetched = world.catalog.writes, len(world.store.fetches)
    for job in ("row", "file", "record", END):
        for known in (run_id, "another"):
            world.worker().perform(errand(known, 1, job))
    assert (world.catalog.writes, len(world.store.fetches)) == (writes, fetched)
    run = world.work.run(run_id)
    assert run is not None
    assert run.stage is Stage.ENDED


def test_nothing_is_begun_while_a_run_is_stopping() -> None:
    world = SharedWorld(songs(2))
    run_id = world.hand_out()
    world.work.stop(run_id)
    world.sharing.perform(errand(run_id, 1, "file"))
    assert world.store.fetches == []


def test_the_end_of_a_stopped_run_waits_for_what_is_in_flight_but_not_for_ever() -> None:
    world = SharedWorld(songs(2))
    run_id = world.hand_out()
    taken = world.work.take(world.sharing.scope)
    assert taken is not None
    world.work.stop(run_id)
    world.sharing.perform(errand(run_id, 0, END))
    assert world.work.going() is not None
    began = world.clock.monotonic()
    world.crew.drain(world.sharing.perform, world.sharing.scope)
    assert world.work.going() is None
    assert worker.PATIENCE <= world.clock.monotonic() - began < worker.PATIENCE + 2


def test_what_every_worker_has_sent_is_in_the_report() -> None:
    world = SharedWorld(songs(2))
    run_id = world.hand_out()
    workers = [world.worker() for _ in range(3)]

    def perform(job: Errand) -> None:
        workers[len(world.crew.delivered) % 3].perform(job)

    world.crew.drain(perform, world.sharing.scope)
    jobs = len(world.crew.delivered)
    assert jobs == 2 * len(("row", "file")) + len((END,)), "the last of both tells the row of the file"
    assert world.sharing.ended(run_id).report.traffic.soundcloud_requests == jobs + 1, "and of the beginning"
