"""Whole runs in memory: the laws that hold whatever the world is like."""

from collections import Counter
from contextlib import suppress
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pretend import Pretended, Trouble
from worlds import make_file, make_listing, make_track, snapshots

from cloudcrate.core.model import Availability, Field, Listing, TrackId
from cloudcrate.core.operations import RecordFile
from cloudcrate.core.report import Failed
from cloudcrate.core.snapshot import Snapshot, Wishes
from cloudcrate.core.tagging import tags_of
from cloudcrate.errors import NotFoundError, RefusedError, UnavailableError, UsageError
from cloudcrate.ports.library import Recipe
from cloudcrate.ports.world import Media


def ids(world: Pretended) -> Counter[object]:
    return Counter(page.cells[Field.SOUNDCLOUD_ID] for page in world.catalog.every_row())


def listings() -> st.SearchStrategy[Listing]:
    return snapshots().map(lambda snapshot: replace(snapshot.listing, complete=True))


@given(listings())
def test_carrying_a_plan_out_leaves_nothing_to_do(listing: Listing) -> None:
    world = Pretended(listing)
    first = world.service.sync(world.order)
    assert first.error is None
    assert world.service.preview(world.order).changes == 0
    writes, fetched = world.catalog.writes, list(world.store.fetches)
    world.service.sync(world.order)
    assert (world.catalog.writes, world.store.fetches) == (writes, fetched)


def test_a_run_with_nothing_to_do_removes_what_a_dead_one_left_in_staging() -> None:
    track = make_track(1)
    world = Pretended(make_listing([track]))
    world.service.sync(world.order)
    stream = track.streams[0]
    world.store.fetch(track, stream, lambda: Media(url="https://media", stream=stream), Recipe(tags=tags_of(track)))
    assert world.store.staged == 1
    assert world.service.preview(world.order).changes == 0
    assert world.store.staged == 1
    world.service.sync(world.order)
    assert world.store.staged == 0


@given(listings())
def test_the_operations_carried_out_are_those_of_the_preview(listing: Listing) -> None:
    world = Pretended(listing)
    planned = {(u.track_id, o) for u in world.service.preview(world.order).units for o in map(repr, u.operations)}
    assert world.catalog.writes == 0
    world.service.sync(world.order)
    assert {(track, repr(operation)) for track, operation, _ in world.watcher.outcomes} == planned


@given(listings(), st.integers(1, 40))
def test_a_run_that_breaks_off_anywhere_is_finished_by_the_next(listing: Listing, moment: int) -> None:
    world = Pretended(listing)
    world.watcher.breaks_at = moment
    with suppress(KeyboardInterrupt):
        world.service.sync(world.order)
    world.watcher.breaks_at = None
    ended = world.service.sync(world.order)
    assert ended.error is None
    assert ended.report.failed == 0
    assert set(ids(world).values()) <= {1}
    assert set(ids(world)) == set(listing.tracks)
    owners = Counter(world.store.owners.values())
    assert set(owners.values()) <= {1}
    assert world.service.preview(world.order).changes == 0


@given(listings(), st.sets(st.integers(1, 40)), st.sets(st.integers(1, 40)))
def test_both_sums_hold_whatever_fails(listing: Listing, dead: set[int], damaged: set[int]) -> None:
    world = Pretended(listing)
    world.source.dead, world.store.spoiled = set(map(TrackId, dead)), set(map(TrackId, damaged))
    report = world.service.sync(world.order).report
    assert sum(report.rows.values()) == sum(report.files.values()) == report.listed
    for track in report.tracks:
        assert track.reason or track.file.value not in ("failed", "unobtainable", "pending")


@pytest.mark.parametrize("seed", range(8))
def test_every_track_gets_one_row_though_replies_are_lost(seed: int) -> None:
    """A third of the creates lose their reply after the commit, more come late or not at all."""
    trouble = Trouble(seed=seed, lost_reply=0.3, never_arrived=0.1, told=0.05, late=0.1)
    world = Pretended(make_listing([make_track(n) for n in range(1, 101)]), trouble)
    for _ in range(10):
        ended = world.service.sync(world.order)
        if not ended.report.failed:
            break
    world.clock.advance(120)
    world.catalog.settle_late()
    assert ids(world) == Counter(range(1, 101))


def test_what_is_only_known_at_the_download_is_remembered() -> None:
    world = Pretended(make_listing([make_track(1)]))
    world.source.dead = {TrackId(1)}
    first = world.service.sync(world.order).report
    assert first.files["unobtainable"] == 1
    assert first.tracks[0].availability is Availability.PROTECTED
    world.source.dead = set()
    assert world.service.preview(world.order).changes == 0
    world.clock.advance(31 * 24 * 3600.0)  # after a month it is tried again
    assert world.service.sync(world.order).report.files["downloaded"] == 1


def test_a_damaged_download_fails_alone_and_is_tried_again() -> None:
    world = Pretended(make_listing([make_track(1), make_track(2)]))
    world.store.spoiled = {TrackId(1)}
    report = world.service.sync(world.order).report
    assert (report.files["failed"], report.files["downloaded"]) == (1, 1)
    assert report.rows["created"] == 2
    world.store.spoiled = set()
    assert world.service.sync(world.order).report.files["downloaded"] == 1
    assert all(page.cells[Field.DOWNLOADED] for page in world.catalog.every_row())


def test_a_row_and_a_file_that_the_user_removed_stay_away_unless_asked_for() -> None:
    world = Pretended(make_listing([make_track(1), make_track(2)]))
    world.service.sync(world.order)
    world.catalog.trash(world.catalog.every_row()[0].id)
    for path in list(world.store.files):
        world.store.delete(path)
    assert world.service.preview(world.order).changes <= 1  # the playlist file at most
    assert len(world.catalog.every_row()) == 1
    asked = replace(world.order, wishes=Wishes(restore=True, recreate=True))
    report = world.service.sync(asked).report
    assert report.rows["created"] == 1
    assert report.files["downloaded"] == 2
    assert ids(world) == Counter([1, 2])


@given(st.dictionaries(st.sampled_from([Field.TITLE, Field.GENRE, Field.KEY, Field.DOWNLOADED]), st.just("mine")))
def test_what_the_user_writes_into_a_row_stays(edits: dict[Field, str]) -> None:
    world = Pretended(make_listing([make_track(1)]))
    world.store.spoiled = {TrackId(1)}
    world.service.sync(world.order)
    page = world.catalog.every_row()[0]
    world.catalog.edit(page.id, dict(edits))
    world.source.listing = make_listing([make_track(1, title="Renamed", genre="New")])
    world.store.spoiled = set()
    world.service.sync(replace(world.order, refresh=True))
    for name, value in edits.items():
        assert world.catalog.every_row()[0].cells[name] == value
    if Field.TITLE not in edits:
        assert world.catalog.every_row()[0].cells[Field.TITLE] == "Renamed"


def test_a_network_that_is_gone_ends_the_run_and_the_next_goes_on() -> None:
    world = Pretended(make_listing([make_track(n) for n in range(1, 41)]))
    errors = {TrackId(n): [UnavailableError("no answer")] for n in range(5, 41)}
    world.store.fetch_failures = {t: list(e) for t, e in errors.items()}
    ended = world.service.sync(world.order)
    assert isinstance(ended.error, UnavailableError)
    assert len(world.store.fetches) < 20  # it gave up, rather than trying every one
    assert sum(ended.report.files.values()) == 40
    assert ended.report.files["pending"]
    world.store.fetch_failures = {}
    assert world.service.sync(world.order).report.files["downloaded"] + 4 >= 36
    assert len(world.store.owners) == 40


def test_a_known_playlist_that_is_gone_is_refused() -> None:
    world = Pretended(make_listing([make_track(1)]))
    world.service.sync(world.order)

    class Gone:
        def read(self, *_: object, **__: object) -> Listing:
            raise NotFoundError("nothing there")

    world.source.read = Gone().read  # type: ignore[method-assign]  # the fake, not the code under test
    with pytest.raises(RefusedError, match="was synced before"):
        world.service.sync(world.order)


def test_a_reading_in_part_is_continued_by_a_whole_one() -> None:
    world = Pretended(make_listing([make_track(n) for n in range(1, 6)]))
    world.service.sync(replace(world.order, limit=2))
    assert len(world.catalog.every_row()) == 2
    world.service.sync(world.order)
    assert ids(world) == Counter(range(1, 6))
    lines = world.store.read_playlist("Night Bus.m3u8")
    world.service.sync(replace(world.order, limit=2))
    assert world.store.read_playlist("Night Bus.m3u8") == lines


def test_why_answers_for_every_track_seen_and_for_no_other() -> None:
    world = Pretended(make_listing([make_track(1)]))
    world.service.sync(world.order)
    assert [e.side for e in world.service.why(TrackId(1)).events]
    assert world.service.find_track("1") == 1
    assert world.service.find_track(make_track(1).url + "?si=x") == 1
    with pytest.raises(UsageError):
        world.service.why(TrackId(99))
    with pytest.raises(UsageError):
        world.service.find_track("https://soundcloud.com/nobody/nothing")


@given(snapshots())
def test_a_row_learns_of_its_file_in_the_same_run(snapshot: Snapshot) -> None:
    world = Pretended(replace(snapshot.listing, complete=True))
    world.service.sync(world.order)
    recorded = [
        o for _, o, outcome in world.watcher.outcomes if isinstance(o, RecordFile) and not isinstance(outcome, Failed)
    ]
    downloaded = set(world.store.owners.values())
    told = {page.cells[Field.SOUNDCLOUD_ID] for page in world.catalog.every_row() if page.cells.get(Field.DOWNLOADED)}
    assert told == downloaded
    assert len(recorded) >= len(downloaded)


def test_paths_in_rows_are_those_on_disk() -> None:
    world = Pretended(make_listing([make_track(1), make_track(2, title="Song 1")]))
    world.service.sync(world.order)
    for page in world.catalog.every_row():
        assert world.store.owners[str(page.cells[Field.FILE_PATH])] == page.cells[Field.SOUNDCLOUD_ID]
    assert make_file(make_track(1)).path in world.store.files


def test_only_files_leaves_the_catalog_as_it_is() -> None:
    world = Pretended(make_listing([make_track(1), make_track(2)]))
    only_files = replace(world.order, wishes=replace(world.order.wishes, rows=False))
    ended = world.service.sync(only_files)
    assert (world.catalog.writes, ended.report.rows["not_asked_for"], ended.report.files["downloaded"]) == (0, 2, 2)
    assert sum(ended.report.rows.values()) == sum(ended.report.files.values()) == 2
    assert world.service.preview(only_files).changes == 0
    again = world.service.sync(world.order)
    assert (again.report.rows["created"], again.report.files["present"]) == (2, 2)
    assert "not_asked_for" not in again.report.rows
