"""The user's cells are the user's, in whatever order things happen; and whoever takes one is caught."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import pytest
from histories import run_history
from history_world import MakeCatalog, WatchedCatalog
from pretend import Pretended, Trouble
from worlds import NAME, make_listing, make_track

from cloudcrate.app.gather import Order
from cloudcrate.core.link import Link, LinkKind
from cloudcrate.core.model import CatalogInfo, Cells, Field, Page, PageId, PlaylistId, Stream, Track
from cloudcrate.core.rows import playlists_of
from cloudcrate.core.snapshot import Wishes
from cloudcrate.ports.world import Media

OTHER = "Day Train"
OTHER_LINK = Link(kind=LinkKind.SET, url="https://soundcloud.com/ada/sets/day-train")
BLOCK = 150


@pytest.mark.parametrize("first", range(0, 600, BLOCK))
def test_no_cell_of_the_users_is_lost_in_any_history(first: int) -> None:
    told = [run_history(seed) for seed in range(first, first + BLOCK)]
    assert [(t.seed, t.lost, t.broken) for t in told if t.lost or t.broken] == []
    assert sum(t.edits for t in told) > BLOCK
    assert sum(t.checked for t in told) > 20 * BLOCK


def test_the_same_seed_is_the_same_history() -> None:
    assert run_history(7) == run_history(7)


# --- the oracle can fail --------------------------------------------------------------------------


class OverwritesOne(WatchedCatalog):
    """With every write, one filled cell of the user's in that row is overwritten."""

    def update(self, page_id: PageId, cells: Cells) -> Page:
        page = super().update(page_id, cells)
        held = [n for (i, n), value in self.oracle.users.items() if i == page_id and isinstance(value, str)]
        return self.edit(page_id, {held[0]: "overwritten"}) if held else page


class FillsWhatWasEmptied(WatchedCatalog):
    """With every write, the cells that the user has emptied are filled again."""

    def update(self, page_id: PageId, cells: Cells) -> Page:
        super().update(page_id, cells)
        emptied = [n for (i, n), value in self.oracle.users.items() if i == page_id and value is None]
        return self.edit(page_id, {n: self.oracle.ours.get((page_id, n), "") or "" for n in emptied})


class TellsWhatWasWritten(WatchedCatalog):
    """Rows read by cloudcrate look as it left them, so that it overwrites as if it had forgotten to compare."""

    def get(self, pages: Mapping[PageId, Track]) -> dict[PageId, Page]:
        return {i: self._as_left(page) for i, page in super().get(pages).items()}

    def _as_left(self, page: Page) -> Page:
        ours = {n: v for (i, n), v in self.oracle.ours.items() if i == page.id and v is not None}
        return replace(page, cells={**page.cells, **ours})


class ForgetsOtherNames(WatchedCatalog):
    """A write of playlists' names keeps only the last of them."""

    def update(self, page_id: PageId, cells: Cells) -> Page:
        names = cells.get(Field.PLAYLISTS)
        last: Cells = {Field.PLAYLISTS: names[-1:]} if isinstance(names, tuple) else {}
        return super().update(page_id, {**cells, **last})


class MakesTwo(WatchedCatalog):
    """Every create makes two rows."""

    def create(self, cells: Cells, track: Track, *, announce: Callable[[], None]) -> Page:
        super().create(cells, track, announce=announce)
        return super().create(cells, track, announce=lambda: None)


class Restless(WatchedCatalog):
    """Every opening is a write."""

    def open(self) -> CatalogInfo:
        self.writes += 1
        return super().open()


def over(kind: type[WatchedCatalog]) -> MakeCatalog:
    """Histories over this catalog."""
    return lambda clock, trouble, fields, paged: kind(clock, trouble, fields, paged=paged)


@pytest.mark.parametrize("kind", [OverwritesOne, FillsWhatWasEmptied, TellsWhatWasWritten, ForgetsOtherNames])
def test_whoever_takes_a_cell_of_the_users_is_caught(kind: type[WatchedCatalog]) -> None:
    told = [run_history(seed, over(kind)) for seed in range(45)]
    assert sum(bool(t.lost) for t in told) >= 2


def test_a_second_row_for_a_track_is_caught() -> None:
    told = [run_history(seed, over(MakesTwo)) for seed in range(20)]
    assert any("has 2 rows" in law for t in told for law in t.broken)


def test_a_write_that_nothing_called_for_is_caught() -> None:
    told = [run_history(seed, over(Restless)) for seed in range(5)]
    assert all(any("nothing to do wrote" in law for law in t.broken) for t in told)


# --- found by histories, made small ---------------------------------------------------------------


def order(world: Pretended, numbers: Sequence[int], *, other: bool = False, genre: str = "House") -> Order:
    """One of two playlists, of these tracks; from now on the source answers it."""
    world.source.listing = made = make_listing([make_track(n, genre=genre) for n in numbers])
    if not other:
        return world.order
    playlist = replace(made.playlist, id=PlaylistId("playlists:2"), title=OTHER, url=OTHER_LINK.url)
    world.source.listing = replace(made, playlist=playlist)
    return Order(link=OTHER_LINK)


def names(world: Pretended, row: int = 0) -> tuple[str, ...]:
    """The playlists that a row is linked to."""
    return playlists_of(world.catalog.every_row()[row].cells)


def meanwhile(world: Pretended, hand: Callable[[], object]) -> None:
    """At the first download of the next run six minutes pass, and then the user does something."""
    hands = [hand]

    def media(track: Track, stream: Stream) -> Media:
        if hands:
            world.clock.advance(360)
            hands.pop()()
        return Media(url="https://cf-media.sndcdn.com/x", stream=stream)

    world.source.media = media  # type: ignore[method-assign]  # the fake, not the code under test


def test_rows_that_were_read_again_together_all_count_as_read_again() -> None:
    world = Pretended(make_listing([]))
    rows_only = replace(order(world, [1, 2, 3, 4]), wishes=Wishes(download=False))
    world.service.sync(rows_only)
    rest = [page.id for page in world.catalog.every_row()[1:]]
    meanwhile(world, lambda: [world.catalog.edit(page_id, {Field.GENRE: "mine"}) for page_id in rest])
    world.service.sync(order(world, [1, 2, 3, 4], genre="Techno"))
    assert [page.cells[Field.GENRE] for page in world.catalog.every_row()] == ["Techno", "mine", "mine", "mine"]


def test_a_name_taken_off_a_row_stays_off_when_another_playlist_comes() -> None:
    world = Pretended(make_listing([]))
    world.service.sync(order(world, [1]))
    world.catalog.edit(world.catalog.every_row()[0].id, {Field.PLAYLISTS: ()})
    world.service.sync(order(world, [1], other=True))
    world.service.sync(order(world, [1]))
    assert names(world) == (OTHER,)


def test_a_name_taken_off_a_row_stays_off_when_the_track_leaves_another_playlist() -> None:
    world = Pretended(make_listing([]))
    world.service.sync(order(world, [1]))
    world.service.sync(order(world, [1, 2], other=True))
    world.catalog.edit(world.catalog.every_row()[0].id, {Field.PLAYLISTS: (OTHER,)})
    world.service.sync(order(world, [2], other=True))
    assert names(world) == ()
    world.service.sync(order(world, [1]))
    assert names(world) == ()


def test_a_name_that_the_user_wrote_is_not_taken_for_one_of_a_track_that_left() -> None:
    world = Pretended(make_listing([]))
    cells: Cells = {Field.TITLE: "mine", Field.SOUNDCLOUD_ID: 1, Field.PLAYLISTS: (OTHER,)}
    world.catalog.create(cells, make_track(1), announce=lambda: None)
    world.service.sync(order(world, [1, 2]))
    assert names(world) == (OTHER, NAME)
    world.service.sync(order(world, [2], other=True))
    assert names(world) == (OTHER, NAME)


def test_an_edit_between_a_lost_reply_and_the_look_stays() -> None:
    world = Pretended(make_listing([]), Trouble(lost_reply=1.0))
    meanwhile(world, lambda: world.catalog.edit(world.catalog.every_row()[0].id, {Field.GENRE: "mine"}))
    world.service.sync(order(world, [1, 2]))
    world.service.sync(order(world, [1, 2], genre="Techno"))
    assert world.catalog.every_row()[0].cells[Field.GENRE] == "mine"
