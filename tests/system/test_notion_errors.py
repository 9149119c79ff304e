"""What Notion refuses: one row fails alone, the rest ends the run, and doctor says it before there is one."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any  # Any: a scenario is JSON

import pytest
from running import URL, Machine, says, world
from sandboxes import running_sandbox

from cloudcrate.sandbox.process import Sandbox

NOTION = "api.notion.com"
AT_ONCE = 8  # rows under way when a limit is met
ROOM = 3
NOBODYS = "f" * 12 + "4" + "f" * 3 + "8" + "f" * 15


def refusal(status: int, code: str, message: str, **more: object) -> dict[str, object]:
    """A fault: Notion's answer to creates."""
    body = {"object": "error", "status": status, "code": code, "message": message}
    fault = {"host": NOTION, "method": "POST", "path": "^/v1/pages$", "kind": "status", "status": status}
    return {**fault, "body": json.dumps(body), **more}


def found(machine: Machine, *words: str, env: dict[str, str] | None = None) -> dict[str, list[dict[str, str]]]:
    """What doctor says of Notion, by name of the check."""
    ran = machine.run("doctor", "--json", *words, env=env)
    checks: dict[str, list[dict[str, str]]] = {}
    for check in ran.data["checks"]:
        checks.setdefault(check["name"], []).append(check)
    wrong = any(check["state"] == "wrong" for named in checks.values() for check in named)
    assert ran.code == int(wrong), ran.out
    assert "catalog" in checks
    return checks


def wrong(check: dict[str, str], *words: str) -> None:
    assert check["state"] == "wrong", check
    assert check["hint"], check
    for word in words:
        assert word in check["message"] + check["hint"]


def creates(sandbox: Sandbox) -> int:
    journal = sandbox.journal()
    return sum(e["host"] == NOTION and e["method"] == "POST" and e["path"] == "/v1/pages" for e in journal)


# --- in a run -----------------------------------------------------------------------------------


def test_a_row_that_is_refused_fails_alone_and_names_the_column(tmp_path: Path) -> None:
    scenario = world(0)
    tracks = [{"id": n, "title": f"Song number {n}."} for n in range(1, 7)]
    scenario["soundcloud"]["tracks"] = tracks
    scenario["soundcloud"]["playlists"] = [{"user": "ada", "slug": "mix", "tracks": [t["id"] for t in tracks]}]
    words = "Artist is expected to be rich_text."
    scenario["faults"] = [refusal(400, "validation_error", words, body_matches=r"Song number 4\.")]
    with running_sandbox(scenario) as sandbox:
        machine = Machine(sandbox=sandbox, home=tmp_path)
        ran = machine.run("sync", URL, "--no-download")
        assert ran.code == 3, ran.err + ran.out
        assert len(sandbox.rows()) == 5
        (line,) = [line for line in ran.out.splitlines() if "Song number 4." in line]
        assert "failed" in line
        assert words in line
        assert "column “Artist” (rich_text)" in ran.out
        assert "run the same command again" in ran.out
        sandbox.faults([])
        assert machine.run("sync", URL, "--no-download").code == 0
        assert len(sandbox.rows()) == 6


def test_a_full_workspace_ends_the_run_within_a_few_requests_and_the_next_goes_on(tmp_path: Path) -> None:
    count = 40
    with running_sandbox(world(count)) as sandbox:
        sandbox.knobs(notion={"block_limit": 1 + ROOM})  # the page that everything lies in is one
        machine = Machine(sandbox=sandbox, home=tmp_path)
        ran = machine.run("sync", URL, "--no-download")
        says(ran, 5, "all blocks of its free plan", "personal access token", "same command again")
        assert len(sandbox.rows()) == ROOM
        assert creates(sandbox) <= ROOM + AT_ONCE
        assert f"{ROOM} created" in ran.out
        assert "0 failed" in ran.out
        sandbox.knobs(notion={"block_limit": None})
        assert machine.run("sync", URL, "--no-download").code == 0
        assert len(sandbox.rows()) == count


@pytest.mark.parametrize(
    ("fault", "code", "words"),
    [
        (refusal(409, "row_limit_exceeded", "?"), 5, "250,000"),
        (refusal(401, "unauthorized", "API token is invalid."), 4, "wrong or was revoked"),
    ],
)
def test_a_limit_or_a_revoked_token_in_the_middle_ends_the_run(
    fault: dict[str, object], code: int, words: str, tmp_path: Path
) -> None:
    with running_sandbox(world(30)) as sandbox:
        sandbox.faults([{**fault, "skip": ROOM}])
        ran = Machine(sandbox=sandbox, home=tmp_path).run("sync", URL, "--no-download")
        says(ran, code, words)
        assert len(sandbox.rows()) == ROOM
        assert creates(sandbox) <= ROOM + AT_ONCE
        assert f"{ROOM} created" in ran.out


# --- before a run -------------------------------------------------------------------------------


def scenario() -> dict[str, Any]:  # Any: as above
    made = world(3)
    row = {"Name": {"title": [{"text": {"content": "My own"}}]}}
    made["notion"]["databases"] = [
        {"rows": [row]},
        {"title": "Hidden", "shared": False},
        {"title": "Old tracks"},
        {"title": "Nothing yet"},
    ]
    return made


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with running_sandbox(scenario()) as running:
        running.knobs(notion={"integration": "Crates", "trash": [running.databases[2]["database_id"]]})
        yield running


@pytest.fixture
def machine(sandbox: Sandbox, tmp_path: Path) -> Iterator[Machine]:
    yield Machine(sandbox=sandbox, home=tmp_path)
    sandbox.knobs(notion={"revoked": [], "read_only": False})


def test_doctor_names_the_integration_and_its_workspace_and_that_rows_may_be_edited(machine: Machine) -> None:
    before = machine.sandbox.rows()
    checks = found(machine)
    fine, note = checks["Notion token"]
    assert "“Crates” of the workspace “Sandbox”" in fine["message"]
    assert "1,000 blocks" in note["message"]
    assert note["state"] == "note"
    assert [check["state"] for check in checks["editing"]] == ["fine"]
    assert machine.sandbox.rows() == before


def test_doctor_cannot_know_of_editing_before_the_first_row(machine: Machine, sandbox: Sandbox) -> None:
    (check,) = found(machine, "--database", sandbox.databases[3]["database_id"])["editing"]
    assert check["state"] == "note"
    assert "before the first" in check["message"]


def test_a_revoked_token(machine: Machine, sandbox: Sandbox) -> None:
    sandbox.knobs(notion={"revoked": [sandbox.token]})
    says(machine.run("sync", URL, "--no-download"), 4, "wrong or was revoked", "notion.so/profile/integrations")
    checks = found(machine)
    wrong(checks["Notion token"][0], "wrong or was revoked", "Make a token")
    assert "editing" not in checks  # the catalog could not be opened: said once


@pytest.mark.parametrize(("given", "words"), [("ntn_two words", "is no Notion token"), ("", "no token")])
def test_a_token_that_is_malformed_or_missing(given: str, words: str, machine: Machine) -> None:
    env = {"NOTION_TOKEN": given}
    says(machine.run("sync", URL, env=env), 4, words, "NOTION_TOKEN")
    says(machine.run("doctor", env=env), 4, words, "NOTION_TOKEN")


def test_a_token_that_may_not_edit(machine: Machine, sandbox: Sandbox) -> None:
    sandbox.knobs(notion={"read_only": True})
    ran = machine.run("sync", URL, "--no-download")
    says(ran, 4, "may not do this", "capabilities to read, insert and update content")
    checks = found(machine)
    wrong(checks["editing"][0], "may not do this", "capabilities to read, insert and update content")
    assert checks["catalog"][0]["state"] == "fine"


def test_a_database_that_is_not_shared_says_whose_token_it_is(machine: Machine, sandbox: Sandbox) -> None:
    said = ("does not show this", "integration “Crates” of the workspace “Sandbox”", "another workspace", "Connections")
    for database in (sandbox.databases[1]["database_id"], NOBODYS):
        says(machine.run("sync", URL, "--database", database), 4, *said)
        wrong(found(machine, "--database", database)["catalog"][0], *said)


@pytest.mark.parametrize("kind", ["trash", "page", "row", "words"])
def test_what_is_no_database_to_use(kind: str, machine: Machine, sandbox: Sandbox) -> None:
    given, words = {
        "trash": (sandbox.databases[2]["database_id"], ("“Old tracks” is in the trash", "Restore it")),
        "page": (f"https://www.notion.so/Tests-{sandbox.root_page.replace('-', '')}", ("“Tests”", "full page")),
        "row": (sandbox.rows()[0]["id"], ("“My own”", sandbox.database_id)),
        "words": ("hello", ("“hello” is not a Notion database", "copy its link")),
    }[kind]
    says(machine.run("sync", URL, "--database", given), 2, *words)
    wrong(found(machine, "--database", given)["catalog"][0], *words)


def test_a_column_that_notion_fills_itself_is_refused_by_name(tmp_path: Path) -> None:
    with running_sandbox(world(1)) as sandbox:
        columns: dict[str, object] = {
            "Name": {"title": {}},
            "Made": {"created_time": {}},
            "No.": {"unique_id": {}},
            "Go": {"button": {}},
        }
        mine = sandbox.add_database(title="Mine", properties=columns)
        machine = Machine(sandbox=sandbox, home=tmp_path)
        for column, kind in (("Made", "created_time"), ("No.", "unique_id"), ("Go", "button")):
            (tmp_path / "config.toml").write_text(f'[columns]\nartist = "{column}"\n', "utf-8")
            words = (f"“{column}” ({kind}) cannot hold Artist", "Its type can be")
            says(machine.run("sync", URL, "--database", mine["database_id"]), 2, *words)
        wrong(found(machine, "--database", mine["database_id"])["catalog"][0], "cannot hold Artist")


def test_a_playlists_database_that_no_column_leads_to_or_that_is_not_shared(machine: Machine, sandbox: Sandbox) -> None:
    elsewhere = {"PLAYLISTS_DB_ID": sandbox.databases[3]["database_id"]}
    (check,) = found(machine, env=elsewhere)["playlists"]
    wrong(check, "leads to “Nothing yet”", "add a relation")
    (check,) = found(machine, env={"PLAYLISTS_DB_ID": sandbox.databases[1]["database_id"]})["playlists"]
    wrong(check, "does not show this", "Connections")
