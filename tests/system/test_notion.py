"""The real command against Notion databases as people have them, and on a line that loses replies."""

from collections import Counter
from pathlib import Path

import pytest
from running import URL, Machine, world
from sandboxes import running_sandbox

from cloudcrate.sandbox.process import Sandbox

LOST = [
    {"host": "api.notion.com", "method": "POST", "path": "^/v1/pages$", "p": 0.3, "seed": 5, "kind": "reset_after"},
    {"host": "api.notion.com", "method": "POST", "path": "^/v1/pages$", "p": 0.2, "seed": 6, "kind": "reset_before"},
    {"host": "api.notion.com", "method": "POST", "path": "^/v1/pages$", "p": 0.2, "seed": 7, "kind": "committed_503"},
]


def ids(sandbox: Sandbox, column: str = "SoundCloud ID", source: str | None = None) -> Counter[str]:
    return Counter(str(row["properties"][column]) for row in sandbox.rows(source))


def test_replies_that_are_lost_make_no_second_row(tmp_path: Path) -> None:
    with running_sandbox(world(30) | {"faults": LOST}) as sandbox:
        machine = Machine(sandbox=sandbox, home=tmp_path)
        ran = machine.run("sync", URL, "--no-download", "--json", timeout=200)
        assert ran.code == 0, ran.err + ran.out
        faults = sandbox.counts(0)["faults"]
        assert all(faults.get(kind, 0) for kind in ("reset_after", "reset_before", "committed_503")), faults
        assert set(ids(sandbox).values()) == {1}
        assert len(ids(sandbox)) == 30


def test_playlists_that_are_pages_are_made_once_and_linked_to(tmp_path: Path) -> None:
    with running_sandbox(world(5, seconds=[1, 2])) as sandbox:
        pages = sandbox.add_database(title="Playlists", properties={"Name": {"title": {}}, "URL": {"url": {}}})
        leads = {"data_source_id": pages["data_source_id"], "type": "dual_property", "dual_property": {}}
        columns = {
            "TITLE": {"title": {}},
            "artist name": {"rich_text": {}},
            "SoundCloud id": {"rich_text": {}},
            "playlist": {"relation": leads},
            "is downloaded": {"checkbox": {}},
            "Location": {"rich_text": {}},
        }
        mine = sandbox.add_database(title="My tracks", properties=columns)
        machine = Machine(sandbox=sandbox, home=tmp_path)
        env = {"TRACKS_DB_ID": mine["database_id"]}
        dry = machine.run("plan", URL, "--json", env=env)
        assert dry.data["plan"]["opening"][0]["is"] == "EnsurePlaylistPage"
        assert sandbox.counts(0)["notion_writes"] == 0
        ran = machine.run("sync", URL, env=env)
        assert ran.code == 0, ran.err + ran.out
        listed = sandbox.rows(pages["data_source_id"])
        assert [row["properties"]["Name"] for row in listed] == ["Ada's mix"]
        rows = sandbox.rows(mine["data_source_id"])
        assert len(rows) == 5
        assert {tuple(row["properties"]["playlist"]) for row in rows} == {(listed[0]["id"],)}
        assert all(row["properties"]["is downloaded"] and row["properties"]["Location"] for row in rows)
        assert set(ids(sandbox, "SoundCloud id", mine["data_source_id"]).values()) == {1}
        sandbox.mark()
        assert machine.run("sync", URL, env=env).code == 0
        assert sandbox.counts()["notion_writes"] == 0


@pytest.mark.parametrize("kind", ["select", "multi_select", "rich_text"])
def test_playlists_as_names_are_written_in_the_column_there_is(kind: str, tmp_path: Path) -> None:
    with running_sandbox(world(3)) as sandbox:
        columns: dict[str, object] = {"Name": {"title": {}}, "Playlist": {kind: {}}, "Link": {"url": {}}}
        mine = sandbox.add_database(title="Few columns", properties=columns)
        machine = Machine(sandbox=sandbox, home=tmp_path)
        ran = machine.run("sync", URL, "--no-download", "--database", mine["database_id"])
        assert ran.code == 0, ran.err + ran.out
        assert "no column for 'SoundCloud ID'" in ran.out
        rows = sandbox.rows(mine["data_source_id"])
        held = {
            row["properties"]["Playlist"] if kind != "multi_select" else row["properties"]["Playlist"][0]
            for row in rows
        }
        assert held == {"Ada's mix"}
        doctor = machine.run("doctor", "--database", mine["database_id"])
        assert "no column for 'Artist'" in doctor.out


def test_a_row_that_is_there_is_adopted_and_keeps_what_its_user_wrote(tmp_path: Path) -> None:
    number = 4711
    mine = {
        "Name": {"title": [{"text": {"content": "My own name"}}]},
        "SoundCloud ID": {"number": number},
        "Genre": {"select": {"name": "Mine"}},
    }
    scenario = world(1)
    scenario["soundcloud"]["tracks"] = [{"id": number, "genre": "House"}, {"id": 4712}]
    scenario["soundcloud"]["playlists"] = [{"user": "ada", "slug": "mix", "tracks": [number, 4712]}]
    scenario["notion"]["databases"] = [{"rows": [mine]}]
    with running_sandbox(scenario) as sandbox:
        machine = Machine(sandbox=sandbox, home=tmp_path)
        report = machine.run("sync", URL, "--no-download", "--json").data["report"]
        assert (report["rows"]["created"], report["rows"]["updated"]) == (1, 1)
        (row,) = [row["properties"] for row in sandbox.rows() if row["properties"]["SoundCloud ID"] == number]
        assert (row["Name"], row["Genre"]) == ("My own name", "Mine")
        assert row["SoundCloud URL"].startswith("https://soundcloud.com/")
        assert len(sandbox.rows()) == 2
