"""The figures that the Python functions give: both sums hold, and a plan foretells what comes."""

import subprocess
import sys
from collections.abc import Mapping
from dataclasses import fields, replace

import pytest
from endings_made import report_of, result
from hypothesis import given
from hypothesis import strategies as st
from pretend import Pretended
from worlds import make_listing, make_track, snapshots

import cloudcrate
from cloudcrate.api_values import (
    SyncStatistics,
    by_number,
    foretold,
    is_name_of,
    link_to,
    playlist_tracks,
    statistics,
    track_added,
    track_match,
)
from cloudcrate.app.matching import Described
from cloudcrate.core import match
from cloudcrate.core.link import parse_link
from cloudcrate.core.model import Availability, Field, KnownPlaylist, Listing, Page, PageId, PlaylistId, TrackId
from cloudcrate.core.report import (
    Departure,
    FileState,
    Report,
    RowState,
)
from cloudcrate.errors import CloudcrateError

ROWS = ("added", "updated", "skipped", "in_review", "failed", "pending", "unavailable")
FILES = ("downloaded", "present", "unobtainable", "failed", "pending", "not_asked")


def listings() -> st.SearchStrategy[Listing]:
    return snapshots().map(lambda snapshot: replace(snapshot.listing, complete=True))


def report_in(states: list[tuple[RowState, FileState]], departures: tuple[Departure, ...], trouble: str) -> Report:
    tracks = (result(n, row, file, "because" if bad(row, file) else "") for n, (row, file) in enumerate(states, 1))
    return replace(report_of(*tracks, departures=departures), page_trouble=trouble)


def bad(row: RowState, file: FileState) -> bool:
    return row in (RowState.FAILED, RowState.PENDING) or file in (FileState.FAILED, FileState.PENDING)


def hold(found: SyncStatistics) -> None:
    """Checks both sums, and that no error goes missing."""
    assert sum(getattr(found, f"tracks_{name}") for name in ROWS) == found.total_tracks
    assert sum(getattr(found, f"files_{name}") for name in FILES) == found.total_tracks
    assert len(found.track_ids) == found.total_tracks
    assert len(found.errors) == found.report.failed
    assert all(error.reason for error in found.errors)


departed = st.builds(
    Departure,
    track_id=st.integers(100, 200).map(TrackId),
    title=st.just("Gone"),
    unlinked=st.booleans(),
    reason=st.just("refused"),
    hint=st.just(""),
)


@given(
    st.lists(st.tuples(st.sampled_from(RowState), st.sampled_from(FileState)), max_size=30),
    st.lists(departed, max_size=3),
    st.sampled_from(["", "its page could not be written"]),
)
def test_both_sums_hold_for_every_report(
    states: list[tuple[RowState, FileState]], departures: list[Departure], trouble: str
) -> None:
    found = statistics(report_in(states, tuple(departures), trouble))
    hold(found)
    assert found.tracks_added == sum(row is RowState.CREATED for row, _ in states)
    assert found.tracks_skipped == sum(row in (RowState.UNCHANGED, RowState.NOT_ASKED) for row, _ in states)
    assert found.files_not_asked == sum(file is FileState.NOT_ASKED for _, file in states)
    assert [e.track_id for e in found.errors if e.track_id is None] == ([None] if trouble else [])
    assert (found.seconds, found.soundcloud_requests, found.notion_requests, found.media_bytes) == (12.4, 3, 4, 5)


def test_every_state_of_a_row_and_of_a_file_has_its_figure() -> None:
    named = {f.name for f in fields(SyncStatistics)}
    assert {f"tracks_{name}" for name in ROWS} == {n for n in named if n.startswith("tracks_")}
    assert {f"files_{name}" for name in FILES} == {n for n in named if n.startswith("files_")}
    skipped = {RowState.UNCHANGED, RowState.NOT_ASKED}  # share one
    assert (len(ROWS), len(FILES)) == (len(RowState) - len(skipped) + 1, len(FileState))


@given(listings())
def test_a_plan_foretells_the_figures_of_a_run_in_which_nothing_fails(listing: Listing) -> None:
    world = Pretended(listing)
    for _ in range(2):
        told = statistics(
            foretold(world.service.preview(world.order), library="memory:library", seconds=0.5), dry_run=True
        )
        ended = statistics(world.service.sync(world.order).report)
        hold(told)
        hold(ended)
        same = {f.name for f in fields(SyncStatistics)} - {"seconds", "dry_run", "report"}
        assert {n: getattr(told, n) for n in same} == {n: getattr(ended, n) for n in same}
        assert told.report.tracks == tuple(
            replace(track, path=ours.path) for track, ours in zip(ended.report.tracks, told.report.tracks, strict=True)
        )
    assert told.report.next_step == ended.report.next_step


@given(listings(), st.sets(st.integers(1, 40)), st.sets(st.integers(1, 40)))
def test_both_sums_hold_for_runs_in_which_something_fails(listing: Listing, dead: set[int], damaged: set[int]) -> None:
    world = Pretended(listing)
    world.source.dead, world.store.spoiled = set(map(TrackId, dead)), set(map(TrackId, damaged))
    hold(statistics(world.service.sync(world.order).report))


def test_a_plan_says_that_it_is_one() -> None:
    world = Pretended(make_listing([make_track(1)]))
    told = foretold(world.service.preview(world.order), library="/music", seconds=0.1)
    assert "plan" in told.next_step
    assert told.playlist_file == "Night Bus.m3u8"
    assert world.catalog.writes == 0


@given(listings())
def test_what_is_listed_is_there_once_in_order_or_named_as_unavailable(listing: Listing) -> None:
    found = playlist_tracks(listing)
    assert found.total_tracks == len(found.tracks) + len(found.unavailable)
    assert found.entries == len(listing.playlist.entries)
    together: Mapping[int, int] = {
        **{track.position: track.track_id for track in found.tracks},
        **{entry.position: entry.track_id for entry in found.unavailable},
    }
    assert list(dict.fromkeys(listing.playlist.entries)) == [together[place] for place in sorted(together)]
    assert all(listing.playlist.entries.index(TrackId(i)) + 1 == place for place, i in together.items())
    assert all(parse_link(track.link) is not None for track in found.tracks)


@pytest.mark.parametrize("url", ["https://soundcloud.com/ada/song-1", "https://soundcloud.com/you", "http://[", ""])
def test_a_private_track_s_link_leads_to_it_and_is_not_shown(url: str) -> None:
    secret = replace(make_track(1), url=url, secret_token="s-abcdef")
    shown = playlist_tracks(make_listing([secret])).tracks[0]
    link = parse_link(shown.link)
    assert link is not None
    assert link.secret_token == "s-abcdef"
    assert link.url == (url if "song" in url else by_number(1))
    assert "s-abcdef" not in repr(shown)
    assert "secret_token" not in link_to(replace(secret, secret_token=None))


def test_a_row_s_address_is_given_where_it_has_one() -> None:
    world = Pretended(make_listing([make_track(1)]))
    world.service.sync(world.order)
    judged = world.service.matching.match(Described(url=make_track(1).url))
    local = track_match(judged)
    assert (local.exists, local.page_id, local.row_url, local.candidates) == (True, "page-1", "", ())
    notion = PageId("12345678-1234-1234-1234-123456789abc")
    page = Page(id=notion, cells=judged.pages[0].cells)
    found = replace(judged, found=match.Found(page_id=notion, rule=match.REMEMBERED), pages=(page,))
    assert track_match(found).row_url == "https://www.notion.so/12345678123412341234123456789abc"
    added = track_added(1, "Song 1", found, outcome="created", dry_run=False)
    assert added.added
    assert added.row_url == track_match(found).row_url


def test_what_is_unsure_is_none_with_its_candidates() -> None:
    world = Pretended(make_listing([make_track(1)]))
    world.catalog.create({Field.TITLE: "Song 1", Field.ARTIST: "Ada"}, make_track(1), announce=lambda: None)
    found = track_match(world.service.matching.match(Described(title="Song 1", artist="Ada")))
    assert found.exists is None
    assert found.page_id == ""
    assert [(c.page_id, c.title, c.artist) for c in found.candidates] == [("page-1", "Song 1", "Ada")]
    assert found.reason
    nothing = track_match(world.service.matching.match(Described(title="Other", artist="Ada")))
    assert (nothing.exists, nothing.candidates) == (False, ())


def test_only_a_list_of_tracks_keeps_its_name_for_itself() -> None:
    kept = KnownPlaylist(url="https://soundcloud.com/ada/sets/x", title="Night  Bus", id=PlaylistId("playlists:1"))
    assert is_name_of(kept, "night bus")
    assert not is_name_of(replace(kept, id=PlaylistId("tracks:1")), "night bus")
    assert not is_name_of(kept, "singles")


# --- the package --------------------------------------------------------------------------------


def test_the_package_alone_loads_nothing() -> None:
    code = (
        "import sys; before = set(sys.modules)\n"
        "import cloudcrate\n"
        "assert set(sys.modules) - before == {'cloudcrate'}, set(sys.modules) - before\n"
        "assert 'sync_playlist_to_notion' in dir(cloudcrate)\n"
        "from cloudcrate import CloudcrateError\n"
        "ours = {name for name in set(sys.modules) - before if name.startswith('cloudcrate')}\n"
        "assert ours == {'cloudcrate', 'cloudcrate.errors'}, ours\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


def test_every_name_offered_is_there_and_no_other() -> None:
    offered = {name: getattr(cloudcrate, name) for name in cloudcrate.__all__}
    assert list(offered) == sorted(offered)
    assert all(value.__doc__ for value in offered.values())
    assert issubclass(offered["UsageError"], CloudcrateError)
    assert offered["Availability"] is Availability
    with pytest.raises(AttributeError, match="nothing_like_it"):
        _ = cloudcrate.nothing_like_it  # type: ignore[attr-defined]  # that is the point
