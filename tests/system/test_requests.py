"""How many requests a sync costs, as Notion counts them."""

from pathlib import Path

import pytest
from crowded import add_rows, add_tables, scenario, tracks
from running import URL, Machine, Ran, world
from sandboxes import running_sandbox

from cloudcrate.sandbox.process import Sandbox

NOTION = "api.notion.com"


def sync(sandbox: Sandbox, home: Path, tables: dict[str, str]) -> tuple[Ran, int]:
    """Runs the command in a home; how it ended, and the requests that Notion saw."""
    home.mkdir(exist_ok=True)
    machine = Machine(sandbox=sandbox, home=home)
    sandbox.mark()
    env = {name: value for name, value in tables.items() if name.isupper()}
    ran = machine.run("sync", URL, "--no-download", "--json", env=env, timeout=200)
    assert ran.code == 0, ran.err + ran.out
    return ran, sandbox.counts()["hosts"].get(NOTION, 0)


@pytest.mark.parametrize("relation", [True, False], ids=["pages", "names"])
def test_500_new_tracks_cost_little_more_than_a_request_each(relation: bool, tmp_path: Path) -> None:
    with running_sandbox(scenario(tracks(500), 500)) as sandbox:
        tables = add_tables(sandbox, relation=relation)
        ran, requests = sync(sandbox, tmp_path / "home", tables)
        assert ran.data["report"]["rows"]["created"] == 500
        assert requests <= 510, sandbox.counts()["endpoints"]
        _, requests = sync(sandbox, tmp_path / "home", tables)
        assert requests <= 2, sandbox.counts()["endpoints"]


def test_50_new_tracks_of_500_among_many_rows_cost_few_more_requests(tmp_path: Path) -> None:
    """Nothing remembered: the table 2, ids 5, links and titles 2, archive 1, rows 50; the playlist's
    page 2. Remembered: the table, one of ids, links and titles, rows, and the page."""
    uploads = tracks(500)
    with running_sandbox(scenario(uploads, 450)) as sandbox:
        tables = add_tables(sandbox, relation=True)
        add_rows(sandbox, tables["data_source_id"], 2_000)
        ran, _ = sync(sandbox, tmp_path / "first", tables)
        assert ran.data["report"]["rows"]["created"] == 450
        before = {row["id"] for row in sandbox.rows(tables["data_source_id"])}
        for upload in uploads[450:]:
            sandbox.knobs(soundcloud={"add_to_playlist": ["mix", upload["id"]]})

        ran, cold = sync(sandbox, tmp_path / "second", tables)
        assert ran.data["report"]["rows"]["created"] == 50
        assert cold <= 62, sandbox.counts()["endpoints"]

        new = [row["id"] for row in sandbox.rows(tables["data_source_id"]) if row["id"] not in before]
        assert len(new) == 50
        sandbox.knobs(notion={"trash": new})
        ran, warm = sync(sandbox, tmp_path / "first", tables)
        assert ran.data["report"]["rows"]["created"] == 50
        assert warm <= 56, sandbox.counts()["endpoints"]

        _, nothing = sync(sandbox, tmp_path / "first", tables)
        assert nothing <= 2, sandbox.counts()["endpoints"]


def test_a_row_made_before_its_file_was_ready_costs_one_write_more_at_most(tmp_path: Path) -> None:
    with running_sandbox(world(12, seconds=[1, 2])) as sandbox:
        machine = Machine(sandbox=sandbox, home=tmp_path)
        sandbox.mark()
        report = machine.run("sync", URL, "--json").data["report"]
        assert (report["rows"]["created"], report["files"]["downloaded"]) == (12, 12)
        calls = sandbox.counts()["endpoints"]
        assert calls["POST api.notion.com/v1/pages"] == 12
        assert calls.get("PATCH api.notion.com/v1/pages/{id}", 0) <= 12
        assert all(row["properties"]["Downloaded"] for row in sandbox.rows())
        sandbox.mark()
        machine.run("sync", URL)
        assert sandbox.counts()["notion_writes"] == 0
