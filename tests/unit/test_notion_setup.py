"""Finding and making the tables of a catalog, on the sandbox's Notion."""

import json
from typing import Any  # Any: JSON

import httpx
import pytest
from memory import MemoryLedger
from notion_bench import SandboxBench, lost, on
from notion_fakes import ID, FakeClock, Token, error
from worlds import make_track

from cloudcrate.adapters.notion.catalog import NotionCatalog
from cloudcrate.adapters.notion.client import NOTION_VERSION
from cloudcrate.adapters.notion.columns import read_columns
from cloudcrate.adapters.notion.setup import NotionSetup, missing
from cloudcrate.core.model import Field, MappedColumn
from cloudcrate.errors import CredentialsError, NotSharedError, UnavailableError, UsageError
from cloudcrate.ports.catalog import CatalogSetup
from cloudcrate.sandbox.notion.calls import ROOT_PAGE_ID


class World(SandboxBench):
    """A setup on a sandboxed Notion."""

    def __init__(self) -> None:
        super().__init__()
        self.setup: CatalogSetup = NotionSetup(self.client)


def test_the_token_is_said_by_its_integration_and_workspace() -> None:
    said = World().setup.workspace()
    assert "“Crates”" in said
    assert "“Sandbox”" in said


def test_a_wrong_token_is_said() -> None:
    world = World()
    world.service.set(revoked=[Token().reveal()])
    with pytest.raises(CredentialsError):
        world.setup.workspace()


# --- finding ------------------------------------------------------------------------------------


def test_tables_are_found_by_their_title_newest_first() -> None:
    world = World()
    crate = world.page("Crate")
    old = world.service.new_database("music TRACKS", {}, now=1.0)
    new = world.service.new_database("Music Tracks", {}, parent=crate, now=86_400.0)
    world.service.new_database("Music Tracks 2", {}, now=2.0)
    trashed = world.service.new_database("Music Tracks", {}, now=3.0)
    world.service.new_database("Music Tracks", {}, now=4.0, shared=False)
    world.service.set(trash=[trashed[0]])
    found = world.setup.tables("Music Tracks")
    assert [table.id for table in found] == [new[1], old[1]]
    assert [(table.name, table.place) for table in found] == [("Music Tracks", "Crate"), ("music TRACKS", "Tests")]
    assert found[0].url == f"https://www.notion.so/{new[0].replace('-', '')}"


def test_a_search_goes_on_to_its_end() -> None:
    world = World()
    for number in range(130):
        world.service.new_database("Crate" if number % 10 else "Mine", {}, now=float(number))
    assert len(world.setup.tables("crate")) == 117
    assert world.wire.asked.count("POST search") == 2


def test_a_search_that_turns_in_circles_is_broken_off() -> None:
    world = World()
    stuck = {"object": "list", "results": [], "has_more": True, "next_cursor": "1"}
    world.wire.before = on("POST", "search", lambda: httpx.Response(200, json=stuck), times=9)
    with pytest.raises(UnavailableError, match="cursor that leads nowhere"):
        world.setup.tables("Mine")


def test_a_table_is_found_by_link_and_by_both_ids() -> None:
    world = World()
    database, source = world.service.new_database("Music Tracks", {}, now=1.0)
    link = f"https://www.notion.so/Music-{database.replace('-', '')}?v={'0' * 32}"
    for given in (database, source, link):
        assert [table.id for table in world.setup.tables_at(given)] == [source]


def test_every_table_of_a_database_is_to_be_chosen_from() -> None:
    world = World()
    database, first = world.service.new_database("Music", {}, now=1.0)
    body = {"parent": {"database_id": database}, "title": [{"text": {"content": "Sets"}}], "properties": {}}
    headers = {"Authorization": f"Bearer {Token().reveal()}", "Notion-Version": NOTION_VERSION}
    with httpx.Client(transport=world.wire) as other:
        made = other.post("https://api.notion.com/v1/data_sources", json=body, headers=headers)
    assert made.status_code == 200
    found = world.setup.tables_at(database)
    assert [(table.name, table.place) for table in found] == [("Music", "Music"), ("Sets", "Music")]
    assert found[0].id == first


def test_a_page_or_nothing_is_no_table() -> None:
    world = World()
    with pytest.raises(UsageError, match="leads to a Notion page"):
        world.setup.tables_at(ROOT_PAGE_ID)
    with pytest.raises(UsageError, match="no id in it"):
        world.setup.tables_at("my table")
    with pytest.raises(NotSharedError, match="Crates"):
        world.setup.tables_at(ID)


def test_pages_but_not_rows_are_parents() -> None:
    world = World()
    crate = world.page("Crate\x1b")
    _, source = world.service.new_database("Music Tracks", {"Name": {"title": {}}}, now=1.0)
    name = {"Name": {"title": [{"text": {"content": "A row"}}]}}
    world.client.create_page({"parent": {"data_source_id": source}, "properties": name})
    trashed = world.page("Old")
    world.service.set(trash=[trashed])
    found = {choice.id: (choice.name, choice.place) for choice in world.setup.parents()}
    assert found == {ROOT_PAGE_ID: ("Tests", ""), crate: ("Crate", "Tests")}


# --- making -------------------------------------------------------------------------------------


def test_both_tables_are_made_and_related_both_ways() -> None:
    world = World()
    tracks, playlists = world.setup.create_tables(ROOT_PAGE_ID)
    assert (tracks.name, tracks.place, playlists.name) == ("Music Tracks", "Tests", "Playlists")
    assert world.columns(playlists.id) == {
        "Name": "title",
        "URL": "url",
        "Owner": "rich_text",
        "Track count": "number",
        "Status": "select",
        "Last sync": "date",
        "Track order": "rich_text",
        "Tracks": "relation",
    }
    made = world.columns(tracks.id)
    assert made["Playlists"] == "relation"
    assert {name: made[name] for name in ("SoundCloud ID", "Label", "ISRC", "Released", "Posted")} == {
        "SoundCloud ID": "number",
        "Label": "rich_text",
        "ISRC": "rich_text",
        "Released": "date",
        "Posted": "date",
    }
    columns = {column.name: column for column in read_columns(world.client.data_source(tracks.id))}
    assert len(columns["Key"].options) == 24
    assert columns["Playlists"].target == playlists.id


def test_what_is_made_serves_as_a_catalog_for_every_field() -> None:
    world = World()
    tracks, playlists = world.setup.create_tables(ROOT_PAGE_ID)
    choices = world.setup.propose(tracks.id, playlists=playlists.id)
    assert {choice.field for choice in choices if choice.column} == set(Field)
    mapping = {c.field: MappedColumn(id=c.id, name=c.column, type=c.type) for c in choices}
    catalog = NotionCatalog(
        world.client,
        database=tracks.id,
        mapping=mapping,
        playlists_database=playlists.id,
        notes=MemoryLedger(),
        rows=MemoryLedger(),
    )
    info = catalog.open()
    assert (info.fields, info.needs_playlist_page, info.notes) == (frozenset(Field), True, ())
    page = catalog.create({Field.TITLE: "One", Field.KEY: "8A"}, make_track(1), announce=lambda: None)
    assert page.cells[Field.KEY] == "8A"


def test_making_them_again_takes_what_is_there() -> None:
    world = World()
    first = world.setup.create_tables(ROOT_PAGE_ID)
    assert world.setup.create_tables(ROOT_PAGE_ID) == first
    assert NotionSetup(world.client).create_tables(ROOT_PAGE_ID) == first
    assert world.databases == 2


def test_tables_below_another_page_are_not_taken() -> None:
    world = World()
    first = world.setup.create_tables(ROOT_PAGE_ID)
    second = NotionSetup(world.client).create_tables(world.page("Crate"))
    assert {table.id for table in first}.isdisjoint(table.id for table in second)
    at_the_top = NotionSetup(world.client).create_tables(None)
    assert at_the_top[0].place == ""
    assert world.databases == 6


def test_a_table_of_the_users_own_with_the_name_is_not_taken() -> None:
    world = World()
    own = world.service.new_database("Playlists", {"Name": {"title": {}}, "URL": {"url": {}}}, now=1.0)[1]
    assert own not in {table.id for table in world.setup.create_tables(ROOT_PAGE_ID)}
    assert world.columns(own) == {"Name": "title", "URL": "url"}


def test_what_a_failure_left_is_taken_the_next_time() -> None:
    world = World()
    refusals = iter([None, error(403, "restricted_resource")])
    world.wire.before = lambda r: next(refusals, None) if r.method == "POST" and r.url.path == "/v1/databases" else None
    with pytest.raises(CredentialsError):
        world.setup.create_tables(ROOT_PAGE_ID)
    assert world.databases == 1
    NotionSetup(world.client).create_tables(ROOT_PAGE_ID)
    assert world.databases == 2


def test_a_lost_answer_makes_no_second_table() -> None:
    world = World()
    world.wire.after = on("POST", "databases", lost, times=2)
    world.setup.create_tables(ROOT_PAGE_ID)
    assert world.databases == 2
    assert world.wire.asked.count("POST databases") == 2


def test_a_lost_request_is_made_again_after_looking_twice() -> None:
    world = World()
    world.wire.before = on("POST", "databases", lost)
    began = world.clock.now()
    world.setup.create_tables(ROOT_PAGE_ID)
    assert world.databases == 2
    assert world.clock.now() - began >= 90.0


def test_a_table_that_the_search_shows_late_is_not_made_twice() -> None:
    world = World()
    world.wire.after = on("POST", "databases", lost)
    empty = {"object": "list", "results": [], "has_more": False, "next_cursor": None}
    world.wire.before = on("POST", "search", lambda: httpx.Response(200, json=empty), times=2)
    world.setup.create_tables(ROOT_PAGE_ID)
    assert world.databases == 2


def test_a_table_that_notion_says_it_saved_is_taken() -> None:
    world = World()
    made: list[str] = []

    def committed(request: httpx.Request) -> httpx.Response | None:
        if request.url.path != "/v1/databases" or made:
            return None
        made.extend(s["parent"]["database_id"] for s in world.client.search("data_source"))
        return error(503, "service_unavailable", details={"committed_resource_id": made[0]})

    world.wire.after = committed
    world.setup.create_tables(ROOT_PAGE_ID)
    assert world.databases == 2
    assert world.clock.now() < FakeClock().now() + 60


def test_a_failure_after_the_making_makes_no_second_table() -> None:
    world = World()
    world.wire.before = on("GET", "data_sources", lambda: error(500, "internal_server_error"), times=50)
    with pytest.raises(UnavailableError):
        world.setup.create_tables(ROOT_PAGE_ID)
    assert world.databases == 1
    world.wire.before = lambda _: None
    world.setup.create_tables(ROOT_PAGE_ID)
    assert world.databases == 2


def test_the_other_side_of_the_relation_may_be_late() -> None:
    world = World()
    late = error(400, "validation_error", "x is not a property that exists.")
    world.wire.before = on("PATCH", "data_sources", lambda: late, times=2)
    _, playlists = world.setup.create_tables(ROOT_PAGE_ID)
    assert "Tracks" in world.columns(playlists.id)


def test_the_other_side_keeps_the_name_that_its_user_gave_it() -> None:
    world = World()
    _, playlists = world.setup.create_tables(ROOT_PAGE_ID)
    world.client.update_data_source(playlists.id, {"properties": {"Tracks": {"name": "Songs"}}})
    NotionSetup(world.client).create_tables(ROOT_PAGE_ID)
    assert "Songs" in world.columns(playlists.id)


def test_what_notion_refuses_to_make_is_said_with_a_way_out() -> None:
    world = World()
    world.wire.before = on("POST", "databases", lambda: error(400, "validation_error", "Not at the top."))
    with pytest.raises(UsageError, match=r"does not make the tables here.*Not at the top") as caught:
        world.setup.create_tables(None)
    assert "Choose a page" in caught.value.hint
    with pytest.raises(NotSharedError, match="Crates"):
        world.setup.create_tables(ID)
    world.service.set(read_only=True)
    with pytest.raises(CredentialsError) as refused:
        world.setup.create_tables(ROOT_PAGE_ID)
    assert "insert" in refused.value.hint


# --- columns ------------------------------------------------------------------------------------


def test_a_proposal_looks_at_the_rows_and_changes_nothing() -> None:
    world = World()
    schema: dict[str, Any] = {"Name": {"title": {}}, "Listen": {"url": {}}, "Harmony": {"rich_text": {}}}  # Any: JSON
    _, source = world.service.new_database("Mine", schema, now=1.0)
    for key in ("8A", "9A", "1B"):
        cells = {
            "Listen": {"url": "https://soundcloud.com/ada/one"},
            "Harmony": {"rich_text": [{"text": {"content": key}}]},
        }
        world.client.create_page({"parent": {"data_source_id": source}, "properties": cells})
    world.wire.asked.clear()
    found = {choice.field: choice.column for choice in world.setup.propose(source) if choice.column}
    assert found == {Field.TITLE: "Name", Field.URL: "Listen", Field.KEY: "Harmony"}
    assert world.wire.asked == ["GET data_sources", "POST data_sources"]


def test_missing_columns_are_added_in_one_write_and_proposed_then() -> None:
    world = World()
    playlists = world.service.new_database("Sets", {"Name": {"title": {}}}, now=1.0)
    schema: dict[str, Any] = {"Name": {"title": {}}, "Genre": {"checkbox": {}}, "Label": {"rich_text": {}}}  # Any: JSON
    _, source = world.service.new_database("Mine", schema, now=1.0)
    world.setup.add_missing(source, list(Field), playlists=playlists[1])
    assert world.wire.asked.count("PATCH data_sources") == 1
    columns = world.columns(source)
    assert (columns["Genre"], columns["Genre (cloudcrate)"], columns["Playlists"]) == ("checkbox", "select", "relation")
    assert len(columns) == len(Field) + 1
    assert world.columns(playlists[1]) == {"Name": "title"}
    choices = {c.field: c.column for c in world.setup.propose(source, playlists=playlists[0])}
    assert all(choices.values())
    assert choices[Field.GENRE] == "Genre (cloudcrate)"
    world.setup.add_missing(source, list(Field), playlists=playlists[1])
    assert world.wire.asked.count("PATCH data_sources") == 1


def test_without_a_playlists_table_playlists_are_names() -> None:
    world = World()
    _, source = world.service.new_database("Mine", {"Name": {"title": {}}}, now=1.0)
    world.setup.add_missing(source, [Field.PLAYLISTS, Field.TITLE])
    assert world.columns(source) == {"Name": "title", "Playlists": "multi_select"}


def test_columns_added_by_an_unanswered_write_are_not_added_twice() -> None:
    world = World()
    _, source = world.service.new_database("Mine", {"Name": {"title": {}}}, now=1.0)
    world.wire.after = on("PATCH", "data_sources", lost)
    world.setup.add_missing(source, [Field.GENRE, Field.BPM])
    assert world.columns(source) == {"Name": "title", "Genre": "select", "BPM": "number"}
    assert world.wire.asked.count("PATCH data_sources") == 1


def test_columns_that_cannot_be_added_are_said() -> None:
    world = World()
    _, source = world.service.new_database("Mine", {"Name": {"title": {}}}, now=1.0)
    too_large = error(400, "validation_error", "The schema is too large; the largest property is Tags.")
    world.wire.before = on("PATCH", "data_sources", lambda: too_large)
    with pytest.raises(UsageError, match="largest property is Tags") as caught:
        world.setup.add_missing(source, [Field.GENRE])
    assert "50 KB" in caught.value.hint
    world.service.set(read_only=True)
    with pytest.raises(CredentialsError) as refused:
        world.setup.add_missing(source, [Field.GENRE])
    assert refused.value.hint


def test_both_names_may_be_taken() -> None:
    names = ("Genre", "genre (Cloudcrate)")
    schema = {name: {"id": name, "type": "checkbox"} for name in names}
    with pytest.raises(UsageError, match="“Genre” and “Genre \\(cloudcrate\\)” have other types"):
        missing(read_columns({"properties": schema}), [Field.GENRE], None)


def test_the_bodies_sent_are_small() -> None:
    """Columns with options count against what Notion lets a schema hold."""
    made = missing((), list(Field), None)
    assert len(json.dumps(made)) < 2_000
