"""Runs that several workers share: whatever happens to any of them, each track gets one row and one file."""

from collections import Counter
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from memory import MemoryCatalog
from pretend import Pretended, Trouble
from sharing_world import SharedWorld, assert_whole, ids, plain_report, songs
from worlds import make_page, snapshots

from cloudcrate.app import worker
from cloudcrate.app.running import Ended
from cloudcrate.core.model import Listing, TrackId
from cloudcrate.core.snapshot import Wishes
from cloudcrate.errors import (
    RefusedError,
)


def listings() -> st.SearchStrategy[Listing]:
    return snapshots().map(lambda snapshot: replace(snapshot.listing, complete=True))


def wishes() -> st.SearchStrategy[Wishes]:
    return st.builds(
        Wishes,
        download=st.booleans(),
        upgrade=st.booleans(),
        convert=st.sampled_from(["", "aiff"]),
        playlist_folder=st.sampled_from(["", "links"]),
        mirror=st.booleans(),
        max_removals=st.just(1000),
    )


# --- the same as alone ----------------------------------------------------------------------------


RUNS = st.lists(st.tuples(listings(), wishes()), min_size=1, max_size=2)
SOME = st.sets(st.integers(1, 40))


def prepared(world: SharedWorld | Pretended, listing: Listing, dead: set[int], strangers: set[int]) -> None:
    """Some streams are not there, and some rows were there before."""
    world.source.dead = set(map(TrackId, dead))
    for track in listing.tracks.values():
        if track.id in strangers:
            MemoryCatalog.create(world.catalog, make_page(track).cells, track, announce=lambda: None)


def synced(world: SharedWorld | Pretended, listing: Listing, asked: Wishes) -> Ended | None:
    """How a sync ended; None: a guard said no."""
    world.source.listing = listing
    try:
        return world.service.sync(replace(world.order, wishes=asked))
    except RefusedError:
        return None


@settings(max_examples=30)
@given(RUNS, SOME, SOME, st.booleans())
def test_a_shared_run_ends_as_a_local_one_does(
    runs: list[tuple[Listing, Wishes]], dead: set[int], strangers: set[int], twice: bool
) -> None:
    alone, together = Pretended(runs[0][0]), SharedWorld(runs[0][0], twice=twice)
    for world in (alone, together):
        prepared(world, runs[0][0], dead, strangers)
    for listing, asked in runs:
        expected, ended = synced(alone, listing, asked), synced(together, listing, asked)
        assert (ended is None) == (expected is None)
        if ended is None or expected is None:
            continue
        assert ended.error is None
        assert plain_report(ended) == plain_report(expected)
        assert [page.cells for page in together.catalog.every_row()] == [p.cells for p in alone.catalog.every_row()]
        assert (together.store.files, together.store.owners) == (alone.store.files, alone.store.owners)
        assert (together.store.playlists, together.store.folders) == (alone.store.playlists, alone.store.folders)
        assert together.catalog.writes == alone.catalog.writes
        assert together.service.preview(replace(together.order, wishes=asked)).changes == 0
    for track in {track for listing, _ in runs for track in listing.playlist.entries}:
        mine, its = (world.ledger.events(track, 99) for world in (together, alone))
        assert [(e.side, e.operation, e.outcome) for e in mine] == [(e.side, e.operation, e.outcome) for e in its]
    assert together.ledger.playlists() == alone.ledger.playlists()


@settings(max_examples=30)
@given(RUNS, SOME, SOME, st.integers(0, 99), st.booleans())
def test_in_whatever_order_the_jobs_are_done_the_sums_hold_and_nothing_is_left_to_do(
    runs: list[tuple[Listing, Wishes]], dead: set[int], strangers: set[int], seed: int, dies_after: bool
) -> None:
    world = SharedWorld(runs[0][0], seed=seed, dies_after=dies_after)
    prepared(world, runs[0][0], dead, strangers)
    for listing, asked in runs:
        ended = synced(world, listing, asked)
        if ended is None:
            continue
        assert (ended.error, ended.report.failed) == (None, 0)
        assert sum(ended.report.rows.values()) == sum(ended.report.files.values()) == ended.report.listed
        assert set(ids(world)) >= {int(track) for track in listing.tracks if track in listing.playlist.entries}
        assert set(ids(world).values()) <= {1}
        assert world.service.preview(replace(world.order, wishes=asked)).changes == 0


@pytest.mark.parametrize("seed", range(5))
def test_every_job_delivered_twice_changes_nothing(seed: int) -> None:
    once, twice = SharedWorld(songs(6), seed=seed), SharedWorld(songs(6), twice=True, seed=seed)
    assert plain_report(once.sync()) == plain_report(twice.sync())
    assert once.catalog.writes == twice.catalog.writes
    assert len(twice.store.fetches) == 6
    assert_whole(twice, 6)


def test_every_worker_dies_before_it_can_say_that_it_has_done_its_job() -> None:
    world = SharedWorld(songs(6), dies_after=True)
    report = world.sync().report
    assert (report.rows["created"], report.files["downloaded"], report.failed) == (6, 6, 0)
    assert len(world.store.fetches) == 6
    assert_whole(world, 6)


# --- death at every step --------------------------------------------------------------------------


SEED = 4  # of an order in which a row is made before its file, and another after it


def steps_of_a_run() -> list[str]:
    world = SharedWorld(songs(2), seed=SEED)
    world.hand_out()
    world.counts_steps()
    world.crew.drain(world.sharing.perform, world.sharing.scope)
    return world.steps.taken


STEPS = steps_of_a_run()


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("number", range(len(STEPS)), ids=[f"{n}-{name}" for n, name in enumerate(STEPS)])
def test_a_worker_that_dies_at_any_step_leaves_one_row_and_one_file(number: int, moment: str) -> None:
    world = SharedWorld(songs(2), seed=SEED)
    run_id = world.hand_out()
    world.counts_steps()
    setattr(world.steps, moment, number)
    scope = world.sharing.scope
    assert world.steps.taken == []
    world.crew.drain(lambda job: world.worker().perform(job), scope)
    assert len(world.steps.taken) > number
    world.steps.counts = False
    ended = world.sharing.ended(run_id)
    assert ended.error is None
    assert ended.report.failed == 0
    assert (ended.report.rows["created"], sum(ended.report.files.values())) == (2, 2)
    assert_whole(world, 2)


def test_the_steps_at_which_workers_die_are_those_that_matter() -> None:
    wanted = {"ledger.claim", "ledger.open_intent", "catalog.create", "ledger.record_page", "store.fetch"}
    wanted |= {"ledger.confirm", "store.place", "ledger.record_file", "work.done", "catalog.update", "work.end"}
    wanted |= {"store.write_playlist", "ledger.end_run", "ledger.record_events"}
    assert wanted <= set(STEPS)


# --- creates of unknown outcome -------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(10))
def test_every_track_gets_one_row_though_replies_are_lost(seed: int) -> None:
    trouble = Trouble(seed=seed, lost_reply=0.3, never_arrived=0.2, told=0.05, late=0.2)
    world = SharedWorld(songs(30), trouble=trouble, seed=seed, twice=bool(seed % 2))
    report = world.sync().report
    world.clock.advance(120)
    world.catalog.settle_late()
    assert ids(world) == Counter(range(1, 31))
    assert (report.rows["created"], report.failed) == (30, 0)
    for track in range(1, 31):
        sent = [at for number, at in world.catalog.sent if number == track]
        assert all(later - earlier >= 90.0 for earlier, later in pairwise(sent))
    assert any(count > 1 for count in Counter(number for number, _ in world.catalog.sent).values())


def test_a_row_is_not_sent_again_before_the_first_one_can_have_come() -> None:
    world = SharedWorld(songs(1), trouble=Trouble(never_arrived=1.0))
    world.hand_out()
    world.deliver(1, "row")
    (waiting,) = [job for job in world.work.jobs if job.errand.job == "row"]
    assert waiting.due - world.clock.monotonic() == pytest.approx(90.0)
    world.clock.advance(89.0)
    world.deliver(1, "row", to=world.worker())  # too early
    assert len(world.catalog.sent) == 1
    world.clock.advance(1.0)
    world.deliver(1, "row", to=world.worker())
    assert len(world.catalog.sent) == 2


def test_a_row_whose_outcome_can_never_be_told_is_given_up_after_some_rounds() -> None:
    world = SharedWorld(songs(2), trouble=Trouble(never_arrived=1.0))
    report = world.sync().report
    assert report.rows["failed"] == 2
    assert {track.reason for track in report.tracks} == {"whether its row was made could not be told"}
    assert max(Counter(number for number, _ in world.catalog.sent).values()) <= worker.ROUNDS
    world.trouble.never_arrived = 0.0
    world.clock.advance(600)
    assert world.sync().report.failed == 0
    assert_whole(world, 2)
