"""The catalog contract on Notion, with schemas as users make them."""

from collections.abc import Mapping

import pytest
from catalog_suite import CatalogContract, CatalogWorld, PlaylistPagesContract
from notion_fakes import line
from notion_table import FakeNotion, schema

from cloudcrate.adapters.notion.catalog import NotionCatalog
from cloudcrate.core.model import PageId

FULL: Mapping[str, object] = {
    "Title": "title",
    "Artist": "rich_text",
    "SoundCloud_URL": "url",
    "SoundCloud_ID": "number",
    "Playlists": "multi_select",
    "Downloaded": "checkbox",
    "File_path": "rich_text",
    "Duration": "number",
    "Genre": "select",
    "BPM": "number",
    "Key": "select",
    "Label": "rich_text",
    "ISRC": "rich_text",
    "Released": "date",
    "Posted": "date",
}
STATUS = {
    "options": [{"id": "1", "name": "Open"}, {"id": "2", "name": "Got it"}],
    "groups": [{"name": "To-do", "option_ids": ["1"]}, {"name": "Complete", "option_ids": ["2"]}],
}


def notion_world(columns: Mapping[str, object], *, relation: bool = False) -> CatalogWorld:
    notion = FakeNotion()
    playlists = notion.add("Playlists", schema(Name="title", URL="url"))
    if relation:
        leads = {"data_source_id": playlists.id, "database_id": playlists.database_id}
        columns = {**columns, "Playlists": {"relation": leads}}
    source = notion.add("Music Tracks", schema(**columns))  # type: ignore[arg-type]  # types by name
    catalog = NotionCatalog(line(notion).client, database=source.database_id)

    def trash(page_id: PageId) -> None:
        page = notion.page(page_id)
        assert page is not None
        page["in_trash"] = True

    one = columns.get("Playlists") == "select"
    return CatalogWorld(catalog=catalog, trash=trash, pages=catalog if relation else None, one_playlist=one)


class TestNotionCatalog(CatalogContract):
    @pytest.fixture
    def world(self) -> CatalogWorld:
        return notion_world(FULL)


class TestNotionCatalogOfTexts(CatalogContract):
    """A database in which everything is text."""

    @pytest.fixture
    def world(self) -> CatalogWorld:
        return notion_world(
            {name: "title" if kind == "title" else "rich_text" for name, kind in FULL.items()}
            | {"Downloaded": "select"}
        )


class TestNotionCatalogOfChoices(CatalogContract):
    """A database that prefers choices."""

    @pytest.fixture
    def world(self) -> CatalogWorld:
        choices = {"Artist": "multi_select", "Playlists": "select", "Genre": "multi_select", "Label": "select"}
        return notion_world({**FULL, **choices, "Downloaded": {"status": STATUS}})


class TestNotionCatalogWithoutColumns(CatalogContract):
    """A database that has little more than titles."""

    @pytest.fixture
    def world(self) -> CatalogWorld:
        return notion_world({"Song": "title", "artist(s)": "rich_text", "time": "rich_text", "Key": "formula"})


class TestNotionCatalogWithPlaylistPages(CatalogContract, PlaylistPagesContract):
    @pytest.fixture
    def world(self) -> CatalogWorld:
        return notion_world(FULL, relation=True)
