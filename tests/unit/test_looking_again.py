"""A run that takes long looks again before it writes, many rows at once, and never over its user's cells."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

import pytest
from pretend import Pretended
from worlds import NAME, make_listing, make_track

from cloudcrate.core.model import CellValue, Field, Listing, Page, PageId, PlaylistId, Track, TrackId
from cloudcrate.core.operations import RecordFile, TrackOperation, Unit, Unlink, UpdatePage
from cloudcrate.core.report import Outcome, Report
from cloudcrate.core.rows import playlists_of
from cloudcrate.core.snapshot import Wishes

LATER = 301.0
NO_FILES = Wishes(download=False)


class World(Pretended):
    """After ``turns`` outcomes of a kind, time passes and the user does ``deed``; what is read is counted."""

    def __post_init__(self) -> None:
        Pretended.__post_init__(self)
        self.reads: list[tuple[PageId, ...]] = []
        self.passes = LATER
        self.turns, self.kind = 1, UpdatePage | RecordFile | Unlink
        self.deed: Callable[[], object] = lambda: None
        self.shaped: Callable[[Listing], Listing] = lambda listing: listing
        self._seen = 0
        get, advanced = self.catalog.get, self.watcher.advanced

        def counted(pages: Mapping[PageId, Track]) -> dict[PageId, Page]:
            self.reads.append(tuple(pages))
            return get(pages)

        def watched(unit: Unit, operation: TrackOperation, outcome: Outcome) -> None:
            advanced(unit, operation, outcome)
            self._seen += isinstance(operation, self.kind)
            if self._seen == self.turns and isinstance(operation, self.kind):
                self.clock.advance(self.passes)
                self.deed()

        self.catalog.get = counted  # type: ignore[method-assign]  # the fakes, not the code under test
        self.watcher.advanced = watched  # type: ignore[method-assign]  # as above

    def sync(self, tracks: Iterable[Track], wishes: Wishes = NO_FILES) -> Report:
        """A run that looks at everything anew; counts from its beginning."""
        self.source.listing = self.shaped(make_listing(list(tracks)))
        self.reads.clear()
        self.watcher.outcomes.clear()
        self._seen = 0
        ended = self.service.sync(replace(self.order, refresh=True, wishes=wishes))
        assert ended.error is None
        return ended.report

    def page(self, number: int) -> Page:
        """A track's row, wherever it is."""
        owners = {track: page for page, track in self.ledger.page_owners("memory:catalog").items()}
        return self.catalog._pages[owners[TrackId(number)]]


def renamed(count: int, genre: str | None = "House", **more: object) -> list[Track]:
    return [make_track(n, title=f"New {n}", genre=genre, **more) for n in range(1, count + 1)]  # type: ignore[arg-type]


def world_of(count: int) -> World:
    """``count`` tracks synced; their next titles are new, and so is their genre."""
    world = World(make_listing([make_track(n) for n in range(1, count + 1)]))
    world.turns = 0
    world.sync(world.listing.tracks.values())
    world.turns = 1
    return world


def test_within_five_minutes_nothing_is_read_again() -> None:
    world = world_of(5)
    world.passes = 299.0
    report = world.sync(renamed(5))
    assert report.rows["updated"] == 5
    assert [len(read) for read in world.reads] == [5]  # the snapshot's


def test_a_cell_that_the_user_filled_or_changed_meanwhile_is_kept() -> None:
    world = world_of(3)
    world.deed = lambda: world.catalog.edit(world.page(3).id, {Field.GENRE: "mine", Field.ARTIST: "me"})
    report = world.sync(renamed(3))
    assert report.rows["updated"] == 3
    cells = world.page(3).cells
    assert (cells[Field.GENRE], cells[Field.ARTIST], cells[Field.TITLE]) == ("mine", "me", "New 3")
    assert world.page(2).cells[Field.GENRE] == "House"
    writes = world.catalog.writes
    world.sync(renamed(3))
    assert (world.page(3).cells, world.catalog.writes) == (cells, writes)


def test_a_title_that_the_user_changed_meanwhile_is_not_asked_about_again() -> None:
    world = world_of(2)
    world.deed = lambda: world.catalog.edit(world.page(2).id, {Field.TITLE: "Mine"})
    world.sync(renamed(2, genre=None))
    assert world.page(2).cells[Field.TITLE] == "Mine"
    world.sync(renamed(2, genre=None))
    assert world.page(2).cells[Field.TITLE] == "Mine"
    assert world.reads == []  # it is settled


def test_a_cell_that_the_user_emptied_meanwhile_stays_empty() -> None:
    world = world_of(2)
    world.deed = lambda: world.catalog.edit(world.page(2).id, {Field.TITLE: ""})
    world.sync(renamed(2))
    assert Field.TITLE not in world.page(2).cells
    assert world.page(2).cells[Field.GENRE] == "House"


def test_a_row_that_was_trashed_meanwhile_is_a_failure_of_that_row_only() -> None:
    world = world_of(4)
    world.deed = lambda: world.catalog.trash(world.page(3).id)
    report = world.sync(renamed(4))
    assert (report.rows["updated"], report.rows["failed"], report.failed) == (3, 1, 1)
    (failed,) = [track for track in report.tracks if track.reason]
    assert failed.track_id == 3
    assert "removed its row while the run went on" in failed.reason
    report = world.sync(renamed(4))
    assert (report.rows["unchanged"], report.failed) == (4, 0)
    assert world.page(3).trashed


def test_a_row_that_was_archived_meanwhile_is_left_as_it_is() -> None:
    world = world_of(4)
    before = world.page(3).cells
    world.deed = lambda: world.catalog.archive(world.page(3).id)
    report = world.sync(renamed(4))
    assert (report.failed, world.page(3).cells, world.page(4).cells[Field.TITLE]) == (0, before, "New 4")
    writes = world.catalog.writes
    world.sync(renamed(4))
    assert (world.page(3).cells, world.catalog.writes) == (before, writes)


def test_a_playlist_that_the_user_linked_meanwhile_stays_and_ours_is_added() -> None:
    world = world_of(2)
    second = PlaylistId("playlists:2")
    world.shaped = lambda made: replace(made, playlist=replace(made.playlist, title="Other", id=second, url="other"))
    world.order = replace(world.order, link=replace(world.order.link, url="https://soundcloud.com/ada/sets/other"))
    world.deed = lambda: world.catalog.edit(world.page(2).id, {Field.PLAYLISTS: ("By hand",)})
    world.sync(make_track(n) for n in (1, 2))
    assert playlists_of(world.page(1).cells) == (NAME, "Other")
    assert playlists_of(world.page(2).cells) == ("By hand", "Other")
    assert world.ledger.linked("memory:catalog", "By hand") == {}


def test_a_link_that_the_user_took_off_meanwhile_is_taken_off_by_nobody_else() -> None:
    world = world_of(5)
    world.deed = lambda: world.catalog.edit(world.page(5).id, {Field.PLAYLISTS: ("By hand",)})
    writes = world.catalog.writes
    report = world.sync([make_track(n) for n in (1, 2, 3)])
    assert [departure.unlinked for departure in report.departures] == [True, True]
    assert world.catalog.writes == writes + 1
    assert playlists_of(world.page(5).cells) == ("By hand",)
    assert world.service.preview(replace(world.order, wishes=NO_FILES)).changes == 0


def test_an_unlink_takes_off_no_name_that_came_meanwhile() -> None:
    world = world_of(5)
    world.deed = lambda: world.catalog.edit(world.page(5).id, {Field.PLAYLISTS: (NAME, "By hand")})
    world.sync([make_track(n) for n in (1, 2, 3)])
    assert playlists_of(world.page(5).cells) == ("By hand",)


def test_an_unlink_of_a_row_that_was_trashed_meanwhile_fails_alone() -> None:
    world = world_of(7)
    world.deed = lambda: world.catalog.trash(world.page(6).id)
    report = world.sync([make_track(n) for n in (1, 2, 3, 4)])
    assert {d.track_id: d.unlinked for d in report.departures} == {5: True, 6: False, 7: True}
    assert report.failed == 1
    assert world.sync([make_track(n) for n in (1, 2, 3, 4)]).failed == 0


@pytest.mark.parametrize(("count", "turns", "expected"), [(90, 1, [89]), (250, 30, [100, 100, 20]), (250, 249, [1])])
def test_many_rows_are_read_again_at_once(count: int, turns: int, expected: list[int]) -> None:
    world = world_of(count)
    world.turns = turns
    world.sync(renamed(count))
    assert [len(read) for read in world.reads[1:]] == expected
    read = [page for pages in world.reads[1:] for page in pages]
    assert len(set(read)) == len(read)  # none twice, and none that is written already
    assert all(world.page(n).cells[Field.TITLE] == f"New {n}" for n in range(1, count + 1))


def test_rows_that_were_adopted_are_read_again_at_once_when_their_files_have_come() -> None:
    world = World(make_listing([make_track(n) for n in range(1, 61)]))
    for track in world.listing.tracks.values():
        there: dict[Field, CellValue] = {Field.SOUNDCLOUD_ID: int(track.id), Field.TITLE: track.title}
        world.catalog.create(there, track, announce=lambda: None)
    world.kind, world.turns = RecordFile, 20
    report = world.sync(world.listing.tracks.values(), Wishes())
    assert (report.rows["updated"], report.files["downloaded"]) == (60, 60)
    assert [len(read) for read in world.reads] == [40]
    assert all(world.page(n).cells[Field.DOWNLOADED] for n in range(1, 61))


def test_rows_that_were_made_are_read_again_at_once_when_their_files_have_come() -> None:
    world = World(make_listing([make_track(n) for n in range(1, 61)]))
    world.kind, world.turns = RecordFile, 20
    world.deed = lambda: world.catalog.edit(world.page(60).id, {Field.FILE_PATH: "mine"})
    world.sync(world.listing.tracks.values(), Wishes())
    assert [len(read) for read in world.reads] == [40]
    assert world.page(60).cells[Field.FILE_PATH] == "mine"
    assert world.page(60).cells[Field.DOWNLOADED] is True


def test_rows_that_only_had_to_be_made_are_not_read_again() -> None:
    world = world_of(3)
    world.passes = LATER
    tracks = [*(make_track(n) for n in range(10, 40)), *renamed(3)]
    report = world.sync(tracks)
    assert (report.rows["created"], report.rows["updated"]) == (30, 3)
    assert [len(read) for read in world.reads] == [3, 2]
