"""How playlists stand, from what is remembered: every track counted once, and nobody asked."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pretend import Pretended
from worlds import make_listing, make_track, snapshots

from cloudcrate.app.overview import Standing
from cloudcrate.core.model import Availability, Listing, PlaylistId
from cloudcrate.errors import StateError, UsageError


def listings() -> st.SearchStrategy[Listing]:
    return snapshots().map(lambda snapshot: replace(snapshot.listing, complete=True))


@given(listings())
def test_every_track_stands_in_exactly_one_way(listing: Listing) -> None:
    world = Pretended(listing)
    ended = world.service.sync(world.order)
    [overview] = world.service.overview()
    assert sum(overview.standing.values()) == overview.listed == ended.report.listed
    view = world.service.playlist(listing.playlist.id)
    assert view.overview == overview
    assert [t.position for t in view.tracks] == list(range(1, overview.listed + 1))
    assert {s: sum(t.standing is s for t in view.tracks) for s in Standing} == overview.standing


def test_what_the_last_run_did_is_told_from_what_was_there_before() -> None:
    world = Pretended(make_listing([make_track(1), make_track(2, availability=Availability.PREVIEW, streams=())]))
    world.service.sync(world.order)
    [first] = world.service.overview()
    assert (first.standing[Standing.SYNCED], first.standing[Standing.UNOBTAINABLE]) == (1, 1)
    world.service.sync(world.order)
    [again] = world.service.overview()
    assert (again.standing[Standing.ALREADY], again.standing[Standing.UNOBTAINABLE]) == (1, 1)
    tracks = world.service.playlist(PlaylistId("playlists:1")).tracks
    assert [(t.row, bool(t.path), bool(t.reason)) for t in tracks] == [(True, True, False), (True, False, True)]


def test_what_failed_says_why_and_what_to_do() -> None:
    world = Pretended(make_listing([make_track(1), make_track(2)]))
    world.store.spoiled = {make_track(2).id}
    world.service.sync(world.order)
    [overview] = world.service.overview()
    assert overview.standing[Standing.FAILED] == 1
    troubled = world.service.playlist(PlaylistId("playlists:1")).tracks[1]
    assert (troubled.standing, troubled.reason) == (Standing.FAILED, "a segment is missing")


def test_a_playlist_that_was_only_begun_is_pending() -> None:
    world = Pretended(make_listing([make_track(1), make_track(2)]))
    world.watcher.breaks_at = 1
    with pytest.raises(KeyboardInterrupt):
        world.service.sync(world.order)
    [overview] = world.service.overview()
    assert overview.standing[Standing.PENDING] == overview.listed == 2
    assert overview.last is not None
    assert overview.report is None


def test_a_report_is_found_by_its_run() -> None:
    world = Pretended(make_listing([make_track(1)]))
    ended = world.service.sync(world.order)
    assert world.service.report(world.service.runs(1)[0].id) == ended.report
    with pytest.raises(StateError):
        world.service.report("never")


def test_a_playlist_that_is_not_known_is_said() -> None:
    with pytest.raises(UsageError):
        Pretended(make_listing([])).service.playlist(PlaylistId("playlists:404"))
