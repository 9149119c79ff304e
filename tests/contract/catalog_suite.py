"""What every Catalog must do. An implementation's tests are a subclass that provides ``world``.

    class TestMemoryCatalog(CatalogContract):
        @pytest.fixture
        def world(self) -> CatalogWorld:
            catalog = MemoryCatalog()
            return CatalogWorld(catalog=catalog, trash=catalog.trash)

A catalog that lacks a field, or keeps a field in a form that holds less, is asked for what it says it has.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import pytest
from worlds import make_track

from cloudcrate.core import text
from cloudcrate.core.match import Found, match
from cloudcrate.core.model import Cells, CellValue, Field, Origin, Page, PageId, PlaylistFacts, PlaylistState, Track
from cloudcrate.errors import NotFoundError, StateError
from cloudcrate.ports.catalog import Catalog, PlaylistPages

LIST = "Night Bus"
OTHER = "Day Bus"


@dataclass(frozen=True, kw_only=True)
class CatalogWorld:
    """An empty catalog, and a hand that moves a row to the trash as its user would."""

    catalog: Catalog
    trash: Callable[[PageId], None]
    pages: PlaylistPages | None = None  # where ``needs_playlist_page``
    one_playlist: bool = False  # a row can hold one playlist only


def cells_of(world: CatalogWorld, track: Track, **more: CellValue) -> dict[Field, CellValue]:
    """Every cell that the catalog can hold for a track."""
    cells: dict[Field, CellValue] = {
        Field.TITLE: track.title,
        Field.ARTIST: track.artist,
        Field.URL: track.url,
        Field.SOUNDCLOUD_ID: int(track.id),
        Field.PLAYLISTS: (LIST,),
        Field.DOWNLOADED: True,
        Field.FILE_PATH: f"{track.artist}/{track.title}.mp3",
        Field.DURATION: round(track.seconds),
        Field.GENRE: "Dub Techno",
        Field.BPM: 128.5,
        Field.KEY: "8A",
        Field.LABEL: "All Lo",
        Field.ISRC: "GBABC2600001",
        Field.RELEASED: "2026-05-04",
        Field.POSTED: "2026-05-06",
    }
    cells |= {Field(name): value for name, value in more.items()}
    fields = world.catalog.open().fields
    return {name: value for name, value in cells.items() if name in fields}


def create(world: CatalogWorld, track: Track, cells: Cells | None = None) -> Page:
    """A row for a track; its playlists have their pages."""
    cells = cells_of(world, track) if cells is None else cells
    playlists = cells.get(Field.PLAYLISTS)
    if world.pages is not None and isinstance(playlists, tuple):
        for name in playlists:
            world.pages.ensure_page(name, PlaylistFacts(url="https://soundcloud.com/ada/sets/x"))
    return world.catalog.create(cells, track, announce=lambda: None)


def row(world: CatalogWorld, page: Page, track: Track) -> Page:
    """A row as it stands now."""
    return world.catalog.get({page.id: track})[page.id]


class CatalogContract:
    """Subclass it and provide ``world``."""

    @pytest.fixture
    def world(self) -> CatalogWorld:
        """A new, empty catalog."""
        raise NotImplementedError

    def test_it_says_what_it_is(self, world: CatalogWorld) -> None:
        info = world.catalog.open()
        assert info.id
        assert info.name
        assert Field.TITLE in info.fields
        assert world.catalog.open() == info
        assert info.needs_playlist_page is (world.pages is not None)

    def test_an_empty_catalog_has_no_candidates(self, world: CatalogWorld) -> None:
        assert world.catalog.find([make_track(1), make_track(2)]) == ()
        assert world.catalog.find([]) == ()
        assert world.catalog.get({}) == {}

    def test_a_row_holds_what_was_written(self, world: CatalogWorld) -> None:
        track = make_track(7)
        cells = cells_of(world, track)
        page = create(world, track)
        assert page.cells == cells
        assert not page.trashed
        assert row(world, page, track) == page

    def test_empty_cells_are_absent(self, world: CatalogWorld) -> None:
        page = create(world, make_track(7), {Field.TITLE: "Only a title"})
        kept = {name: value for name, value in page.cells.items() if value is not False}
        assert kept == {Field.TITLE: "Only a title"}

    def test_an_intent_can_be_recorded_before_anything_is_sent(self, world: CatalogWorld) -> None:
        def refuse() -> None:
            raise StateError("The intent cannot be recorded.")

        with pytest.raises(StateError):
            world.catalog.create({Field.TITLE: "Song 7"}, make_track(7), announce=refuse)
        assert world.catalog.find([make_track(7)]) == ()

    def test_a_create_is_announced_once(self, world: CatalogWorld) -> None:
        heard: list[str] = []
        world.catalog.create({Field.TITLE: "x"}, make_track(7), announce=lambda: heard.append("now"))
        assert heard == ["now"]

    def test_a_row_is_found_by_its_id_its_link_and_its_title(self, world: CatalogWorld) -> None:
        tracks = [make_track(n) for n in range(1, 131)]
        pages = {track.id: create(world, track) for track in tracks}
        found = {page.id for page in world.catalog.find([*tracks, make_track(999)])}
        assert found >= {page.id for page in pages.values()}
        fields = world.catalog.open().fields
        for name, other in (
            (Field.SOUNDCLOUD_ID, make_track(7, title="Elsewhere", artist="Bob")),
            (Field.URL, make_track(9007, title="Elsewhere")),
        ):
            if name in fields:
                wanted = other if name is Field.SOUNDCLOUD_ID else _moved(other, tracks[6].url)
                assert pages[tracks[6].id].id in {page.id for page in world.catalog.find([wanted])}
        renumbered = make_track(9008, title=tracks[7].title.upper(), duration_ms=tracks[7].duration_ms)
        assert pages[tracks[7].id].id in {page.id for page in world.catalog.find([renumbered])}

    def test_what_is_found_can_be_judged(self, world: CatalogWorld) -> None:
        tracks = [make_track(n) for n in range(1, 6)]
        pages = {track.id: create(world, track).id for track in tracks}
        if Field.ARTIST in world.catalog.open().fields:
            judged = match(tracks, world.catalog.find(tracks), {})
            assert {i: m.page_id for i, m in judged.items() if isinstance(m, Found)} == pages

    def test_what_was_just_made_is_found_exactly(self, world: CatalogWorld) -> None:
        tracks = [make_track(n) for n in range(1, 131)]
        made = {create(world, track).id for track in tracks[:120]}
        found = {page.id for page in world.catalog.find(tracks, exact=True)}
        if Field.SOUNDCLOUD_ID in world.catalog.open().fields:
            assert found == made
        else:
            assert found >= made

    def test_every_row_is_told_once_but_for_the_trash(self, world: CatalogWorld) -> None:
        assert world.catalog.every_row() == ()
        pages = [create(world, make_track(n)) for n in range(1, 125)]
        world.trash(pages[3].id)
        listed = [page.id for page in world.catalog.every_row()]
        assert sorted(listed) == sorted(page.id for page in pages if page is not pages[3])

    def test_a_row_moved_to_the_trash_is_gone_and_moving_it_again_does_no_harm(self, world: CatalogWorld) -> None:
        track = make_track(7)
        page = create(world, track)
        world.catalog.trash(page.id)
        world.catalog.trash(page.id)
        assert row(world, page, track).trashed
        assert world.catalog.find([track]) == ()

    def test_duplicates_are_all_found(self, world: CatalogWorld) -> None:
        track = make_track(7)
        pages = {create(world, track).id, create(world, track).id}
        assert pages <= {page.id for page in world.catalog.find([track])}

    def test_an_update_leaves_the_other_cells_alone(self, world: CatalogWorld) -> None:
        track, other = make_track(7), make_track(8)
        page, stranger = create(world, track), create(world, other)
        updated = world.catalog.update(page.id, {Field.TITLE: "New title"})
        assert updated == Page(id=page.id, cells={**page.cells, Field.TITLE: "New title"})
        assert world.catalog.update(page.id, {Field.TITLE: "New title"}) == updated
        assert row(world, page, track) == updated
        assert row(world, stranger, other) == stranger

    def test_an_update_can_empty_cells(self, world: CatalogWorld) -> None:
        track = make_track(7)
        page = create(world, track)
        names = {Field.ARTIST, Field.DURATION, Field.GENRE, Field.RELEASED, Field.PLAYLISTS} & page.cells.keys()
        emptied = world.catalog.update(page.id, {n: () if n is Field.PLAYLISTS else "" for n in names})
        assert emptied.cells == {n: v for n, v in page.cells.items() if n not in names}
        assert row(world, page, track) == emptied

    def test_a_playlist_can_be_added(self, world: CatalogWorld) -> None:
        track = make_track(7)
        page = create(world, track)
        if Field.PLAYLISTS not in page.cells:
            return
        if world.pages is not None:
            world.pages.ensure_page(OTHER, PlaylistFacts())
        updated = world.catalog.update(page.id, {Field.PLAYLISTS: (LIST, OTHER)})
        expected = (LIST,) if world.one_playlist else (LIST, OTHER)
        assert updated.cells[Field.PLAYLISTS] == expected

    def test_a_box_can_be_unticked(self, world: CatalogWorld) -> None:
        page = create(world, make_track(7))
        if Field.DOWNLOADED in page.cells:
            assert world.catalog.update(page.id, {Field.DOWNLOADED: False}).cells[Field.DOWNLOADED] is False

    def test_a_row_in_the_trash_is_no_candidate_and_says_so(self, world: CatalogWorld) -> None:
        track, other = make_track(7), make_track(8)
        page, kept = create(world, track), create(world, other)
        world.trash(page.id)
        assert page.id not in [p.id for p in world.catalog.find([track])]
        rows = world.catalog.get({page.id: track, kept.id: other})
        assert rows[page.id].trashed
        assert rows[kept.id] == kept

    def test_a_row_that_is_gone_cannot_be_updated(self, world: CatalogWorld) -> None:
        page = create(world, make_track(7))
        world.trash(page.id)
        with pytest.raises(NotFoundError):
            world.catalog.update(page.id, {Field.TITLE: "New title"})

    def test_many_rows_are_looked_at_together(self, world: CatalogWorld) -> None:
        tracks = {create(world, track).id: track for track in (make_track(n) for n in range(1, 121))}
        rows = world.catalog.get(tracks)
        assert {i: p.cells[Field.TITLE] for i, p in rows.items()} == {i: t.title for i, t in tracks.items()}

    @pytest.mark.parametrize(
        "title",
        [
            "'; DROP TABLE tracks; --",
            "100% %s {x} ${x} <b>&amp;</b> [[x]](y) **z**",
            '=HYPERLINK("https://example.com")',
            "مرحبا נעים 你好 🎛️👩‍🎤 é",
            "a" * 5000,
            "🎧" * 3000,
            '\\N \\u0000 "quoted" `back`',
        ],
    )
    def test_foreign_text_is_only_text(self, world: CatalogWorld, title: str) -> None:
        assert text.clean(title) == title
        track = make_track(7, title=title)
        page = create(world, track, {Field.TITLE: title})
        assert page.cells[Field.TITLE] == title
        assert row(world, page, track).cells[Field.TITLE] == title
        assert page.id in {p.id for p in world.catalog.find([track])}

    def test_rows_may_be_made_from_many_threads(self, world: CatalogWorld) -> None:
        tracks = [make_track(n) for n in range(1, 41)]
        with ThreadPoolExecutor(8) as pool:
            pages = list(pool.map(lambda track: create(world, track), tracks))
        assert len({page.id for page in pages}) == 40
        assert [p.cells[Field.TITLE] for p in pages] == [t.title for t in tracks]
        assert {page.id for page in world.catalog.find(tracks)} == {page.id for page in pages}


class PlaylistPagesContract:
    """For catalogs in which a playlist is a page. Subclass it and provide ``world``."""

    @pytest.fixture
    def world(self) -> CatalogWorld:
        """A new, empty catalog with ``pages``."""
        raise NotImplementedError

    def test_a_playlist_has_no_page_until_it_is_made(self, world: CatalogWorld) -> None:
        assert world.pages is not None
        assert not world.pages.has_page(LIST)
        world.pages.ensure_page(LIST, PlaylistFacts(url="https://soundcloud.com/ada/sets/night-bus"))
        world.pages.ensure_page(LIST, PlaylistFacts(url="https://soundcloud.com/ada/sets/night-bus"))
        assert world.pages.has_page(LIST)
        assert not world.pages.has_page(OTHER)

    def test_a_row_may_link_to_a_playlist_with_a_page(self, world: CatalogWorld) -> None:
        assert world.pages is not None
        for name in (LIST, OTHER, "a, b; “c”"):
            world.pages.ensure_page(name, PlaylistFacts())
        page = world.catalog.create(
            {Field.TITLE: "x", Field.PLAYLISTS: (LIST, "a, b; “c”", OTHER)}, make_track(1), announce=lambda: None
        )
        assert page.cells[Field.PLAYLISTS] == (LIST, "a, b; “c”", OTHER)

    def test_a_page_is_told_what_it_lacks_and_only_that(self, world: CatalogWorld) -> None:
        pages = world.pages
        assert pages is not None
        made = PlaylistFacts(
            url="https://soundcloud.com/ada/sets/night-bus", owner="Ada", tracks=2, state=PlaylistState.PARTIAL
        )
        pages.ensure_page(LIST, made)
        assert pages.lacks(LIST, made) == ()
        assert not pages.tell(LIST, made)
        ended = replace(made, tracks=3, state=PlaylistState.SYNCED, order=("Ada - One", "Ben - Two"))
        assert len(pages.lacks(LIST, ended)) == 3
        assert pages.tell(LIST, ended)
        assert pages.lacks(LIST, ended) == ()
        assert pages.lacks(LIST, replace(ended, tracks=None, state=None)) == ()

    def test_the_playlists_with_a_link_are_named_and_no_others(self, world: CatalogWorld) -> None:
        pages = world.pages
        assert pages is not None
        assert pages.named() == ()
        url = "https://soundcloud.com/ada/sets/night-bus"
        pages.ensure_page(LIST, PlaylistFacts(url=url, owner="Ada", tracks=2))
        pages.ensure_page(OTHER, PlaylistFacts())
        pages.ensure_page("Elsewhere", PlaylistFacts(url="https://example.com/ada/sets/night-bus"))
        (named,) = pages.named()
        assert (named.title, named.url, named.origin, named.name) == (LIST, url, Origin.NOTION, "")
        assert named.owner in ("Ada", "")  # as far as there is a column
        assert named.tracks in (2, None)

    def test_the_time_of_a_sync_is_written_along_and_lacks_nothing(self, world: CatalogWorld) -> None:
        pages = world.pages
        assert pages is not None
        facts = PlaylistFacts(state=PlaylistState.SYNCED, synced_at="2026-11-25T20:00:00+00:00")
        pages.ensure_page(LIST, replace(facts, synced_at=None))
        assert pages.lacks(LIST, facts) == ()
        assert pages.tell(LIST, facts)
        assert not pages.tell(LIST, replace(facts, synced_at=None))

    def test_a_playlist_is_made_once_by_many_threads(self, world: CatalogWorld) -> None:
        pages = world.pages
        assert pages is not None
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda _: pages.ensure_page(LIST, PlaylistFacts()), range(16)))
        page = world.catalog.create({Field.TITLE: "x", Field.PLAYLISTS: (LIST,)}, make_track(1), announce=lambda: None)
        assert page.cells[Field.PLAYLISTS] == (LIST,)


def _moved(track: Track, url: str) -> Track:
    return replace(track, url=url)
