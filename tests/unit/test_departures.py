"""Tracks that leave a playlist: their rows are unlinked from it and nothing else is touched."""

from dataclasses import replace

import pytest
from pretend import LINK, Pretended
from worlds import NAME, make_listing, make_track

from cloudcrate.app.gather import Order
from cloudcrate.cli import show
from cloudcrate.core.model import Cells, CellValue, Field, Listing, Page, PageId, Playlist, PlaylistId, TrackId
from cloudcrate.core.operations import Unlink
from cloudcrate.core.rows import playlists_of
from cloudcrate.core.snapshot import Wishes
from cloudcrate.errors import RefusedError, RejectedError

LONG = "A name, with commas, that is " + "very " * 20 + "long"
ASTRAL = "\N{MUSICAL SYMBOL G CLEF}" * 60 + " night"


def listing_of(*numbers: int, title: str = NAME, number: int = 1) -> Listing:
    """The playlist as it stands now; ``number`` tells one from another."""
    listing = make_listing([make_track(n) for n in numbers])
    playlist = replace(
        listing.playlist,
        id=PlaylistId(f"playlists:{number}"),
        title=title,
        url=f"https://soundcloud.com/ada/sets/set-{number}",
    )
    return replace(listing, playlist=playlist)


def order_of(playlist: Playlist, **wishes: int) -> Order:
    return Order(link=replace(LINK, url=playlist.url), wishes=Wishes(**wishes))  # type: ignore[arg-type]  # real fields


class World(Pretended):
    """Syncs the playlist that it is given, as it is given."""

    def sync(self, listing: Listing, **wishes: int) -> None:
        """One whole run, that must end well."""
        self.source.listing = listing
        ended = self.service.sync(order_of(listing.playlist, **wishes))
        assert ended.error is None
        self.report = ended.report

    def changes(self, listing: Listing) -> int:
        """How much a run would change."""
        self.source.listing = listing
        return self.service.preview(order_of(listing.playlist)).changes

    def row(self, number: int) -> Page:
        """A track's row."""
        return next(p for p in self.catalog.every_row() if p.cells.get(Field.SOUNDCLOUD_ID) == number)

    def linked(self) -> dict[int, tuple[str, ...]]:
        """The playlists of every row."""
        rows = self.catalog.every_row()
        return {int(str(page.cells[Field.SOUNDCLOUD_ID])): playlists_of(page.cells) for page in rows}


def world_of(*numbers: int, title: str = NAME) -> World:
    world = World(listing_of(*numbers, title=title))
    world.sync(world.listing)
    return world


def units(world: World) -> list[tuple[int, tuple[object, ...]]]:
    plan = world.service.preview(order_of(world.source.listing.playlist))
    return [(unit.track_id, unit.operations) for unit in plan.departures]


def test_a_track_that_left_is_unlinked_and_keeps_its_row_its_file_and_its_other_playlists() -> None:
    world = world_of(1, 2, 3)
    world.catalog.edit(world.row(3).id, {Field.PLAYLISTS: ("By hand", NAME), Field.GENRE: "mine"})
    before, files = world.row(3), dict(world.store.files)
    assert world.changes(listing_of(1, 2)) == 2  # the row, and the playlist's file
    world.sync(listing_of(1, 2))
    assert world.linked() == {1: (NAME,), 2: (NAME,), 3: ("By hand",)}
    assert {**world.row(3).cells, Field.PLAYLISTS: ("By hand", NAME)} == before.cells
    assert world.store.files == files
    assert [(d.track_id, d.title, d.unlinked, d.reason) for d in world.report.departures] == [
        (3, "Ada - Song 3", True, "")
    ]
    assert (world.report.listed, sum(world.report.rows.values()), world.report.failed) == (2, 2, 0)
    assert any("Left the playlist: 1 tracks, 1 of them unlinked" in line for line in show.report_lines(world.report))


def test_a_second_run_after_a_departure_changes_nothing() -> None:
    world = world_of(1, 2, 3)
    world.sync(listing_of(1, 2))
    writes = world.catalog.writes
    assert world.changes(listing_of(1, 2)) == 0
    world.sync(listing_of(1, 2))
    assert (world.catalog.writes, world.report.departures) == (writes, ())


def test_a_plan_names_who_has_left_and_why_it_is_written() -> None:
    world = world_of(1, 2, 3)
    world.source.listing = listing_of(1, 2)
    plan = world.service.preview(order_of(world.source.listing.playlist))
    (unit,) = plan.departures
    assert (unit.track_id, unit.title, unit.position) == (3, "Ada - Song 3", 0)
    assert isinstance(unit.operations[0], Unlink)
    text = "\n".join(show.plan_lines(plan))
    assert " left  Ada - Song 3 [3]" in text
    assert "unlink: it has left the playlist" in text


def test_a_track_that_joins_again_is_linked_again() -> None:
    world = world_of(1, 2, 3)
    world.sync(listing_of(1, 2))
    fetched = list(world.store.fetches)
    world.sync(listing_of(1, 2, 3))
    assert world.linked()[3] == (NAME,)
    assert (len(world.catalog.every_row()), world.store.fetches) == (3, fetched)
    assert world.changes(listing_of(1, 2, 3)) == 0


def test_where_the_user_has_taken_the_name_off_himself_nothing_is_written() -> None:
    world = world_of(1, 2, 3)
    world.catalog.edit(world.row(3).id, {Field.PLAYLISTS: ("By hand",)})
    writes = world.catalog.writes
    world.sync(listing_of(1, 2))
    assert (world.catalog.writes, world.linked()[3]) == (writes, ("By hand",))
    assert world.changes(listing_of(1, 2)) == 0


@pytest.mark.parametrize("put_away", ["trash", "archive"])
def test_a_row_that_was_put_away_is_not_written(put_away: str) -> None:
    world = world_of(1, 2, 3)
    page = world.row(3)
    getattr(world.catalog, put_away)(page.id)
    writes = world.catalog.writes
    world.sync(listing_of(1, 2))
    assert (world.catalog.writes, world.report.failed) == (writes, 0)
    assert world.catalog.get({page.id: make_track(3)})[page.id].cells == page.cells
    assert world.changes(listing_of(1, 2)) == 0


def test_a_reading_in_part_unlinks_nothing() -> None:
    world = world_of(1, 2, 3)
    world.source.listing = listing_of(1, 2)
    world.service.sync(replace(order_of(world.source.listing.playlist), limit=1))
    assert world.linked()[3] == (NAME,)
    world.service.sync(replace(order_of(world.source.listing.playlist), limit=2))  # cuts nothing: a whole reading
    assert world.linked()[3] == ()


def test_another_known_playlist_of_the_same_name_keeps_its_tracks_linked() -> None:
    world = world_of(1, 2)
    world.sync(listing_of(3, 4, number=2, title=NAME.upper()))
    world.sync(listing_of(2, 3, number=3))
    assert set(world.linked()) == {1, 2, 3, 4}
    assert all(names for names in world.linked().values())
    world.sync(listing_of(1))  # half of it: 2 has left, but the third playlist of the name still holds it
    assert world.linked()[2] == (NAME,)
    world.sync(listing_of(3, number=3))
    assert world.linked()[2] == ()
    assert world.linked()[1] == (NAME,)


def test_more_than_half_gone_is_refused_and_nothing_is_written() -> None:
    world = world_of(1, 2, 3, 4, 5)
    rows, files, writes = world.catalog.every_row(), dict(world.store.playlists), world.catalog.writes
    world.source.listing = listing_of(1, 2)
    for allowed in (None, 0, 2):
        wishes = {} if allowed is None else {"max_removals": allowed}
        with pytest.raises(RefusedError, match=r"3 tracks are gone .* held 5; nothing was changed") as refused:
            world.service.sync(order_of(world.source.listing.playlist, **wishes))
        assert refused.value.exit_code == 5
        assert "--max-removals 3" in refused.value.hint
    assert (world.catalog.every_row(), world.store.playlists, world.catalog.writes) == (rows, files, writes)
    world.sync(listing_of(1, 2), max_removals=3)
    assert [number for number, names in world.linked().items() if not names] == [3, 4, 5]
    assert world.changes(listing_of(1, 2)) == 0


def test_half_of_it_may_leave_unasked() -> None:
    world = world_of(1, 2, 3, 4)
    world.sync(listing_of(1, 2))
    assert [number for number, names in world.linked().items() if not names] == [3, 4]


def test_an_empty_playlist_is_refused_whatever_may_leave() -> None:
    world = world_of(1, 2)
    world.source.listing = listing_of()
    with pytest.raises(RefusedError, match="is empty now"):
        world.service.sync(order_of(world.source.listing.playlist, max_removals=9))


def test_an_unlink_that_fails_is_reported_and_done_by_the_next_run() -> None:
    world = world_of(1, 2, 3, 4, 5)
    bad, update = world.row(4).id, world.catalog.update

    def refusing(page_id: PageId, cells: Cells) -> Page:
        if page_id == bad:
            raise RejectedError("Notion refuses this.", hint="Change the column.")
        return update(page_id, cells)

    world.catalog.update = refusing  # type: ignore[method-assign]  # the fake, not the code under test
    world.sync(listing_of(1, 2, 3))
    departures = {d.track_id: d for d in world.report.departures}
    assert departures[TrackId(5)].unlinked
    assert not departures[TrackId(4)].unlinked
    assert (departures[TrackId(4)].reason, departures[TrackId(4)].hint) == (
        "Notion refuses this.",
        "Change the column.",
    )
    assert world.report.failed == 1
    assert "Run the same command again" in world.report.next_step
    assert "Ada - Song 4 [4]: Notion refuses this." in "\n".join(show.report_lines(world.report))
    world.catalog.update = update  # type: ignore[method-assign]  # as above
    assert [number for number, _ in units(world)] == [4]
    world.sync(listing_of(1, 2, 3))
    assert (world.linked()[4], world.report.failed) == ((), 0)
    assert world.changes(listing_of(1, 2, 3)) == 0


def test_a_run_that_breaks_off_between_two_unlinks_is_finished_by_the_next() -> None:
    world = world_of(1, 2, 3, 4, 5)
    world.source.listing = listing_of(1, 2, 3)
    world.watcher.breaks_at = len(world.watcher.outcomes) + 7  # six sides are left alone, then the first unlink
    with pytest.raises(KeyboardInterrupt):
        world.service.sync(order_of(world.source.listing.playlist))
    assert [number for number, names in world.linked().items() if not names] == [4]
    world.sync(listing_of(1, 2, 3))
    assert [number for number, names in world.linked().items() if not names] == [4, 5]


class OptionCatalog:
    """What Notion's options do to names: no commas, at most 100 UTF-16 units."""

    def __init__(self, world: World) -> None:
        self._kept = world.catalog._kept

    def kept(self, before: Cells, cells: Cells) -> dict[Field, CellValue]:
        names = [" ".join(name.replace(",", " ").split()) for name in playlists_of(cells)]
        cut = tuple(name.encode("utf-16-le")[:200].decode("utf-16-le", "ignore").rstrip() for name in names)
        return self._kept(before, {**cells, Field.PLAYLISTS: cut} if Field.PLAYLISTS in cells else cells)


NAMES = {"long": LONG, "astral": ASTRAL, "comma": "Ärger, im Bus", "space": "x" * 99 + " y and more", "form": "ﬁ" * 120}


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES.keys())
def test_a_name_that_the_catalog_keeps_in_another_spelling_is_linked_once_and_unlinked(name: str) -> None:
    world = World(listing_of(1, 2, 3, title=name))
    world.catalog._kept = OptionCatalog(world).kept  # type: ignore[method-assign]  # the fake, as above
    world.sync(world.listing)
    assert len(world.linked()[3]) == 1
    assert world.linked()[3] != (name,)
    assert world.changes(listing_of(1, 2, 3, title=name)) == 0
    world.sync(listing_of(1, 2, title=name))
    assert [len(names) for names in world.linked().values()] == [1, 1, 0]
    assert world.changes(listing_of(1, 2, title=name)) == 0


# --- rows of two playlists ----------------------------------------------------------------------


def other(*numbers: int) -> Listing:
    return listing_of(*numbers, title="Other", number=2)


def test_a_row_of_two_playlists_loses_each_when_its_track_leaves_it() -> None:
    world = world_of(1, 2, 3)
    world.sync(other(2, 3))
    assert world.linked()[3] == (NAME, "Other")
    world.sync(listing_of(1, 2))
    assert world.linked() == {1: (NAME,), 2: (NAME, "Other"), 3: ("Other",)}
    world.sync(other(2))
    assert world.linked() == {1: (NAME,), 2: (NAME, "Other"), 3: ()}
    assert (world.changes(listing_of(1, 2)), world.changes(other(2))) == (0, 0)


def test_an_adopted_row_that_named_both_playlists_already_loses_each_one() -> None:
    world = World(listing_of(1, 2))
    world.sync(world.listing)
    there: dict[Field, CellValue] = {Field.SOUNDCLOUD_ID: 3, Field.PLAYLISTS: (NAME, "Other")}
    world.catalog.create(there, make_track(3), announce=lambda: None)
    world.sync(listing_of(1, 2, 3))
    world.sync(other(2, 3))
    world.sync(listing_of(1, 2))
    assert world.linked()[3] == ("Other",)
    world.sync(other(2))
    assert world.linked()[3] == ()


def test_a_name_that_the_user_took_off_does_not_return_when_another_playlist_is_written() -> None:
    world = world_of(1, 2)
    world.catalog.edit(world.row(2).id, {Field.PLAYLISTS: ()})
    world.sync(other(2))
    assert world.linked()[2] == ("Other",)
    world.sync(listing_of(1, 2))
    assert world.linked()[2] == ("Other",)


def test_a_link_that_the_user_made_himself_is_not_taken_off() -> None:
    world = world_of(1, 2)
    world.sync(other(1))
    world.catalog.edit(world.row(2).id, {Field.PLAYLISTS: (NAME, "Third", "Other")})  # he likes it there
    third = listing_of(2, title="Third again", number=3)
    world.sync(third)
    assert world.linked()[2] == (NAME, "Third", "Other", "Third again")
    world.sync(other(1))
    assert world.linked()[2] == (NAME, "Third", "Other", "Third again")


def test_the_file_of_a_playlist_lists_what_is_left() -> None:
    world = world_of(1, 2, 3)
    world.sync(listing_of(2, 1))
    lines = world.store.read_playlist(world.report.playlist_file)
    assert lines is not None
    assert [line.name for line in lines] == ["Ada - Song 2.mp3", "Ada - Song 1.mp3"]


def test_the_file_of_a_playlist_forgets_the_last_file_that_left() -> None:
    world = world_of(1, 2)
    world.store.files.clear()
    world.store.owners.clear()
    world.sync(listing_of(2), download=0)
    assert world.store.read_playlist(world.report.playlist_file) == ()


def test_a_namesake_does_not_unlink_what_a_run_that_was_killed_has_linked() -> None:
    world = world_of()
    world.source.listing = listing_of(1, 2, 3)
    world.watcher.breaks_at = 4
    with pytest.raises(KeyboardInterrupt):
        world.service.sync(order_of(world.source.listing.playlist))
    before = world.linked()
    assert before
    world.sync(listing_of(7, 8, number=2))
    assert {number: names for number, names in world.linked().items() if number in before} == before
