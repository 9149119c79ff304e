"""Whole runs in memory with changing wishes about files: whatever is asked for in between, nothing is lost."""

from contextlib import suppress
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pretend import Pretended
from worlds import AAC, MP3, OPUS, ORIGINAL, make_listing, make_track, snapshots

from cloudcrate.core import naming, quality
from cloudcrate.core.model import Availability, Listing, TrackId
from cloudcrate.core.operations import Download
from cloudcrate.core.snapshot import Wishes
from cloudcrate.errors import DiskError, RefusedError


def wishes() -> st.SearchStrategy[Wishes]:
    return st.builds(
        Wishes,
        upgrade=st.booleans(),
        recheck=st.booleans(),
        mirror=st.booleans(),
        prefer=st.sampled_from([quality.PREFERRED, ("mp3", "aac"), ("mp3",)]),
        convert=st.sampled_from(["", "aiff"]),
        template=st.sampled_from([naming.TEMPLATE, "{title}", "{uploader}/{title}"]),
        playlist_folder=st.sampled_from(["", "links", "copies"]),
        max_removals=st.just(1000),
    )


def listings() -> st.SearchStrategy[Listing]:
    return snapshots().map(lambda snapshot: replace(snapshot.listing, complete=True))


@settings(max_examples=70)
@given(st.lists(st.tuples(listings(), wishes()), min_size=1, max_size=4))
def test_whatever_changes_between_syncs_each_leaves_nothing_to_do(runs: list[tuple[Listing, Wishes]]) -> None:
    world = Pretended(runs[0][0])
    ever: set[TrackId] = set()
    for listing, asked in runs:
        world.source.listing = listing
        order = replace(world.order, wishes=asked)
        with suppress(RefusedError):  # of a playlist that is suddenly empty
            ended = world.service.sync(order)
            assert ended.error is None
            assert ended.report.failed == 0
            assert world.service.preview(order).changes == 0
        owned = set(world.store.owners.values())
        assert ever <= owned, "no track loses its file"
        ever |= owned
        keys = [naming.path_key(path) for path in world.store.files]
        assert len(keys) == len(set(keys))
        remembered = world.ledger.file_paths(world.store.id)
        assert set(remembered) <= set(world.store.files)
        assert all(world.store.owners[path] == track_id for path, track_id in remembered.items())


@settings(max_examples=70)
@given(listings(), st.lists(st.tuples(wishes(), st.integers(1, 40)), min_size=1, max_size=4))
def test_runs_that_break_off_are_finished_by_the_next(listing: Listing, runs: list[tuple[Wishes, int]]) -> None:
    world = Pretended(listing)
    for asked, moment in runs:
        world.watcher.breaks_at = len(world.watcher.outcomes) + moment
        with suppress(KeyboardInterrupt):
            world.service.sync(replace(world.order, wishes=asked))
    world.watcher.breaks_at = None
    order = replace(world.order, wishes=runs[-1][0])
    ended = world.service.sync(order)
    assert ended.error is None
    assert world.service.preview(order).changes == 0
    wanted = {t.id for t in listing.tracks.values() if quality.chosen(t.streams, runs[-1][0].prefer)}
    assert wanted & set(listing.playlist.entries) <= set(world.store.owners.values())


def test_an_upgrade_puts_the_lesser_file_away_and_the_better_one_in_its_place() -> None:
    world = Pretended(make_listing([make_track(1, streams=(MP3,))]))
    world.service.sync(world.order)
    world.source.listing = make_listing([make_track(1, streams=(ORIGINAL, AAC, MP3))])
    world.service.sync(world.order)
    assert sorted(world.store.files) == ["Ada/Ada - Song 1.mp3"]
    report = world.service.sync(replace(world.order, wishes=Wishes(upgrade=True))).report
    assert report.files["downloaded"] == 1
    assert sorted(world.store.files) == ["Ada/Ada - Song 1.wav", "quarantine/Ada/Ada - Song 1.mp3"]
    assert world.service.preview(replace(world.order, wishes=Wishes(upgrade=True))).changes == 0


def test_an_upgrade_that_fails_leaves_the_file_that_is_there() -> None:
    world = Pretended(make_listing([make_track(1, streams=(MP3,))]))
    world.service.sync(world.order)
    world.source.listing = make_listing([make_track(1, streams=(AAC, MP3))])
    world.store.spoiled = {TrackId(1)}
    report = world.service.sync(replace(world.order, wishes=Wishes(upgrade=True))).report
    assert report.files["failed"] == 1
    assert sorted(world.store.files) == ["Ada/Ada - Song 1.mp3"]


def test_an_upgrade_whose_stream_is_gone_keeps_the_file_and_does_not_call_the_track_protected() -> None:
    world = Pretended(make_listing([make_track(1, streams=(MP3,))]))
    world.service.sync(world.order)
    world.source.listing = make_listing([make_track(1, streams=(AAC, MP3))])
    world.source.dead = {TrackId(1)}
    world.service.sync(replace(world.order, wishes=Wishes(upgrade=True)))
    assert sorted(world.store.files) == ["Ada/Ada - Song 1.mp3"]
    (held,) = world.service.holdings("1")
    assert (held.path, held.availability) == ("Ada/Ada - Song 1.mp3", Availability.FULL)
    assert world.service.preview(world.order).changes == 0


def test_a_better_stream_that_is_gone_does_not_bring_a_second_copy_of_what_is_there() -> None:
    """Only the better streams are tried: falling back to the one that the file came from would gain nothing."""
    world = Pretended(make_listing([make_track(1, streams=(MP3,))]))
    world.service.sync(world.order)
    world.source.listing = make_listing([make_track(1, streams=(ORIGINAL, MP3))])
    made = world.service.preview(replace(world.order, wishes=Wishes(upgrade=True)))
    assert [o.presets for u in made.units for o in u.operations if isinstance(o, Download)] == [("original",)]


def test_streams_that_the_user_left_out_say_nothing_of_the_track() -> None:
    world = Pretended(make_listing([make_track(1, streams=(MP3, OPUS))]))
    world.source.dead = {TrackId(1)}
    report = world.service.sync(replace(world.order, wishes=Wishes(prefer=("opus",)))).report
    assert "--prefer leaves the others out" in report.tracks[0].reason
    world.source.dead = set()
    assert world.service.sync(world.order).report.files["downloaded"] == 1, "it is not taken to be protected"


def test_what_was_not_converted_is_said_once_for_all() -> None:
    for count, named in ((2, " (Ada - Song 1; Ada - Song 2)"), (6, "")):
        world = Pretended(make_listing([make_track(number) for number in range(1, count + 1)]))
        report = world.service.sync(replace(world.order, wishes=Wishes(convert="aiff"))).report
        (note,) = (note for note in report.notes if "lossy" in note)
        assert note == f"{count} of the files fetched{named}: This mp3 is lossy already."


def test_a_damaged_file_of_a_track_in_no_playlist_stays() -> None:
    world = Pretended(make_listing([make_track(1), make_track(2)]))
    world.service.sync(world.order)
    world.source.listing = make_listing([make_track(1)])
    world.service.sync(world.order)
    world.store.damaged.add("Ada/Ada - Song 2.mp3")
    assert world.service.keeping.discard([TrackId(2)]) == ()
    assert "Ada/Ada - Song 2.mp3" in world.store.files


def test_more_room_than_there_is_ends_a_run_before_it_begins() -> None:
    world = Pretended(make_listing([make_track(1)]))
    world.store.free = 1000
    with pytest.raises(DiskError):
        world.service.sync(world.order)
    assert world.store.fetches == []
    assert world.catalog.writes == 0
