"""The catalog contract on Notion, with schemas as users make them."""

from collections.abc import Callable, Mapping
from typing import Any  # Any: JSON

import pytest
from catalog_suite import CatalogContract, CatalogWorld, PlaylistPagesContract
from memory import MemoryLedger, SimulatedClock
from notion_fakes import line
from notion_table import FakeNotion, schema

from cloudcrate.adapters.http import Budget, Door
from cloudcrate.adapters.notion.catalog import NotionCatalog
from cloudcrate.adapters.notion.client import NotionClient
from cloudcrate.core.model import PageId
from cloudcrate.sandbox.inprocess import InProcessTransport
from cloudcrate.sandbox.notion.service import NotionService
from cloudcrate.sandbox.playground import Playground
from cloudcrate.tokens import Secret

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


PLAYLISTS: Mapping[str, str] = {
    "Name": "title",
    "URL": "url",
    "Owner": "rich_text",
    "Track_count": "number",
    "Status": "select",
    "Last_sync": "date",
    "Track_order": "rich_text",
}


def pretended_world(columns: Mapping[str, object], *, relation: bool = False) -> CatalogWorld:
    """On the table of the unit tests, which is strict where the sandbox is lenient."""
    notion = FakeNotion()
    playlists = notion.add("Playlists", schema(**PLAYLISTS))
    if relation:
        leads = {"data_source_id": playlists.id, "database_id": playlists.database_id}
        columns = {**columns, "Playlists": {"relation": leads}}
    source = notion.add("Music Tracks", schema(**columns))  # type: ignore[arg-type]  # types by name
    catalog = NotionCatalog(line(notion).client, database=source.database_id, notes=MemoryLedger(), rows=MemoryLedger())

    def trash(page_id: PageId) -> None:
        page = notion.page(page_id)
        assert page is not None
        page["in_trash"] = True

    return _world(catalog, trash, columns, relation=relation)


def sandbox_world(columns: Mapping[str, object], *, relation: bool = False) -> CatalogWorld:
    """On the sandbox, which is written from Notion's own documents and recordings."""
    service = NotionService(per_minute=None)
    if relation:
        _, playlists = service.new_database("Playlists", _properties(PLAYLISTS), now=1.0)
        single = {"data_source_id": playlists, "type": "single_property", "single_property": {}}
        columns = {**columns, "Playlists": {"relation": single}}
    database_id, _ = service.new_database("Music Tracks", _properties(columns), now=1.0)
    clock = SimulatedClock()
    transport = InProcessTransport(Playground({"notion": service}, clock=clock.now), sleep=clock.sleep)
    door = Door(clock=clock, budgets=MemoryLedger(clock), transport=transport)
    client = NotionClient(door, Secret("ntn_sandbox"), budget=Budget(name="notion", limit=100_000, window=60.0))
    catalog = NotionCatalog(client, database=database_id, notes=MemoryLedger(), rows=MemoryLedger())
    return _world(catalog, lambda page_id: service.set(trash=[page_id]), columns, relation=relation)


def _properties(columns: Mapping[str, Any]) -> dict[str, Any]:  # Any: as above
    return {name.replace("_", " "): {kind: {}} if isinstance(kind, str) else kind for name, kind in columns.items()}


def _world(
    catalog: NotionCatalog, trash: Callable[[PageId], None], columns: Mapping[str, object], *, relation: bool
) -> CatalogWorld:
    one = columns.get("Playlists") == "select"
    return CatalogWorld(catalog=catalog, trash=trash, pages=catalog if relation else None, one_playlist=one)


MakeWorld = Callable[..., CatalogWorld]


@pytest.fixture(params=[pretended_world, sandbox_world], ids=["table", "sandbox"])
def notion_world(request: pytest.FixtureRequest) -> MakeWorld:
    """Makes a catalog on one of the Notions there are."""
    made: MakeWorld = request.param
    return made


class TestNotionCatalog(CatalogContract):
    @pytest.fixture
    def world(self, notion_world: MakeWorld) -> CatalogWorld:
        return notion_world(FULL)


class TestNotionCatalogOfTexts(CatalogContract):
    """A database in which everything is text."""

    @pytest.fixture
    def world(self, notion_world: MakeWorld) -> CatalogWorld:
        return notion_world(
            {name: "title" if kind == "title" else "rich_text" for name, kind in FULL.items()}
            | {"Downloaded": "select"}
        )


class TestNotionCatalogOfChoices(CatalogContract):
    """A database that prefers choices."""

    @pytest.fixture
    def world(self, notion_world: MakeWorld) -> CatalogWorld:
        choices = {"Artist": "multi_select", "Playlists": "select", "Genre": "multi_select", "Label": "select"}
        return notion_world({**FULL, **choices, "Downloaded": {"status": STATUS}})


class TestNotionCatalogWithoutColumns(CatalogContract):
    """A database that has little more than titles."""

    @pytest.fixture
    def world(self, notion_world: MakeWorld) -> CatalogWorld:
        return notion_world({"Song": "title", "artist(s)": "rich_text", "time": "rich_text", "Key": "formula"})


class TestNotionCatalogWithPlaylistPages(CatalogContract, PlaylistPagesContract):
    @pytest.fixture
    def world(self, notion_world: MakeWorld) -> CatalogWorld:
        return notion_world(FULL, relation=True)
