"""The catalog contract on the local catalog and on the one in memory."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from catalog_suite import CatalogContract, CatalogWorld, PlaylistPagesContract
from memory import MemoryCatalog
from worlds import make_track

from cloudcrate.adapters.sql.catalog import LocalCatalog, open_catalog
from cloudcrate.core.model import Cells, Field, Page, PageId, TrackId
from cloudcrate.errors import NotFoundError, StateError


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "catalog.db"


@pytest.fixture
def catalog(path: Path) -> Iterator[LocalCatalog]:
    opened = open_catalog(path)
    yield opened
    opened.close()


class TestLocalCatalog(CatalogContract):
    @pytest.fixture
    def world(self, catalog: LocalCatalog) -> CatalogWorld:
        return CatalogWorld(catalog=catalog, trash=catalog.trash)


class TestMemoryCatalog(CatalogContract):
    @pytest.fixture
    def world(self) -> CatalogWorld:
        catalog = MemoryCatalog()
        return CatalogWorld(catalog=catalog, trash=catalog.trash)


class TestMemoryCatalogWithPlaylistPages(CatalogContract, PlaylistPagesContract):
    @pytest.fixture
    def world(self) -> CatalogWorld:
        catalog = MemoryCatalog(needs_playlist_page=True)
        return CatalogWorld(catalog=catalog, trash=catalog.trash, pages=catalog)


class TestMemoryCatalogWithFewFields(CatalogContract):
    @pytest.fixture
    def world(self) -> CatalogWorld:
        catalog = MemoryCatalog([Field.TITLE, Field.ARTIST, Field.DURATION])
        return CatalogWorld(catalog=catalog, trash=catalog.trash)


def create(catalog: LocalCatalog, **cells: str | float) -> Page:
    return catalog.create({Field(name): value for name, value in cells.items()}, make_track(1), announce=lambda: None)


def test_rows_outlive_the_process(path: Path) -> None:
    first = open_catalog(path)
    kept, gone = create(first, title="One"), create(first, title="Two")
    first.trash(gone.id)
    first.close()
    second = open_catalog(path)
    assert second.every_row() == (kept,)
    assert second.get({kept.id: make_track(1)}) == {kept.id: kept}
    assert second.open().id == f"local:{path}"
    second.close()


def test_an_id_may_stand_there_as_text_or_as_a_float(catalog: LocalCatalog) -> None:
    rows = {create(catalog, title="x", soundcloud_id=value).id for value in ("7", " 7 ", 7.0)}
    create(catalog, title="x", soundcloud_id="7b")
    create(catalog, title="x", soundcloud_id="9" * 19)
    create(catalog, title="x", soundcloud_id=7.5)
    assert {page.id for page in catalog.find([make_track(7)])} == rows


def test_what_was_changed_is_found_by_what_it_says_now(catalog: LocalCatalog) -> None:
    page = create(catalog, title="Old", url=make_track(7).url, soundcloud_id=7)
    catalog.update(page.id, {Field.TITLE: "New", Field.URL: make_track(8).url, Field.SOUNDCLOUD_ID: ""})
    assert catalog.find([make_track(7)]) == ()
    assert [p.id for p in catalog.find([make_track(8)])] == [page.id]
    assert [p.id for p in catalog.find([make_track(9, title="NEW")])] == [page.id]


@pytest.mark.parametrize("field", [Field.SOUNDCLOUD_ID, Field.URL, Field.TITLE])
def test_a_row_in_the_trash_is_found_by_none_of_its_keys(catalog: LocalCatalog, field: Field) -> None:
    track = make_track(7)
    keys: Cells = {Field.SOUNDCLOUD_ID: int(track.id), Field.URL: track.url, Field.TITLE: track.title}
    page = catalog.create({field: keys[field]}, track, announce=lambda: None)
    assert catalog.find([track]) == (page,)
    catalog.trash(page.id)
    assert catalog.find([track]) == ()


@pytest.mark.parametrize("page_id", ["404", "0190-a-notion-page", "", "9" * 40])
def test_a_row_that_never_was_is_gone(catalog: LocalCatalog, page_id: str) -> None:
    unknown = PageId(page_id)
    assert catalog.get({unknown: make_track(1)}) == {unknown: Page(id=unknown, cells={}, trashed=True)}
    with pytest.raises(NotFoundError):
        catalog.update(unknown, {Field.TITLE: "x"})


def test_a_track_id_beyond_64_bits_has_no_row(catalog: LocalCatalog) -> None:
    assert catalog.find([make_track(10**30, title="Nobody's", artist="Nobody")]) == ()


def test_a_title_with_half_a_character_is_kept_and_found(catalog: LocalCatalog) -> None:
    track = make_track(7, title="half \ud83c")
    page = catalog.create({Field.TITLE: track.title, Field.URL: track.url}, track, announce=lambda: None)
    assert page.cells[Field.TITLE] == track.title
    assert catalog.find([track]) == (page,)


def test_many_tracks_are_found_in_a_few_questions(catalog: LocalCatalog) -> None:
    pages = [create(catalog, title=f"Song {n}", soundcloud_id=n) for n in range(1200)]
    assert catalog.find([make_track(n) for n in range(1200)]) == tuple(pages)


def test_a_damaged_row_is_refused(path: Path, catalog: LocalCatalog) -> None:
    page = create(catalog, title="One", soundcloud_id=7)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("UPDATE pages SET cells = '{\"title\": [['")
        connection.commit()
    with pytest.raises(StateError):
        catalog.find([make_track(7)])
    with pytest.raises(StateError):
        catalog.update(page.id, {Field.BPM: TrackId(1)})


def test_a_closed_catalog_says_so(catalog: LocalCatalog) -> None:
    catalog.close()
    with pytest.raises(StateError, match="closed"):
        catalog.every_row()
