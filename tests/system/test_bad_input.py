"""Bad input: one clear message, the right exit code, nothing lost, nothing written outside the library."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any  # Any: a scenario is JSON

import pytest
from running import URL, Machine, says, world
from sandboxes import running_sandbox

from cloudcrate.sandbox.process import Sandbox

TOKEN = "s-sEcReT42"
TITLES = [
    "../../etc/passwd",
    "CON",
    "x" * 300,
    "🌙🦇 emoji",
    "\u202edeliver\u202c \u200fright to left",
    "\x1b]0;owned\x07\x1b[2J terminal",
    "[/red] [link=https://example.org]markup[/link]",
    "line\nbreak",
    "...",
    "/",
    "-rf ~",
]


def scenario() -> dict[str, Any]:  # Any: as above
    made = world(3, seconds=[1, 2])
    tracks = [{"id": 900 + n, "title": title, "user": "eve", "seconds": 1.2} for n, title in enumerate(TITLES)]
    made["soundcloud"]["tracks"] = tracks
    made["soundcloud"]["playlists"] += [
        {"user": "ada", "slug": "empty", "tracks": []},
        {"user": "ada", "slug": "secret", "count": 2, "seconds": [1, 2], "private": True, "token": TOKEN},
        {"user": "eve", "slug": "evil", "title": "../../evil [/b]", "tracks": [t["id"] for t in tracks]},
    ]
    made["notion"]["databases"] = [{}, {"title": "Hidden", "shared": False}]
    return made


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with running_sandbox(scenario()) as running:
        yield running


@pytest.fixture
def machine(sandbox: Sandbox, tmp_path: Path) -> Machine:
    home = tmp_path / "home"
    home.mkdir()
    return Machine(sandbox=sandbox, home=home)


def test_what_is_no_soundcloud_link_is_said(machine: Machine) -> None:
    says(machine.run("sync", "https://example.com/a/sets/b"), 2, "example.com is not SoundCloud")
    says(machine.run("sync", "https://soundcloud.com/discover"), 2, "not a list of tracks")
    says(machine.run("sync", "what is this?"), 2, "It is unclear what is the name")


def test_a_playlist_that_does_not_exist_or_is_private_is_not_found(machine: Machine) -> None:
    says(machine.run("sync", "https://soundcloud.com/ada/sets/nope"), 2, "nothing at", "secret link")
    says(machine.run("sync", "https://soundcloud.com/ada/sets/secret"), 2, "nothing at", "secret link")


def test_a_private_playlist_works_with_its_secret_link_which_is_kept_nowhere(machine: Machine) -> None:
    ran = machine.run("sync", f"https://soundcloud.com/ada/sets/secret/{TOKEN}")
    assert ran.code == 0, ran.err
    assert TOKEN not in ran.out + ran.err
    for path in machine.home.rglob("*"):
        if path.is_file():
            assert TOKEN.encode() not in path.read_bytes(), path


def test_an_empty_playlist_is_nothing_to_do(machine: Machine) -> None:
    ran = machine.run("sync", "https://soundcloud.com/ada/sets/empty")
    assert ran.code == 0
    assert "no tracks" in ran.out


def test_a_playlist_that_was_emptied_or_deleted_is_refused_and_loses_nothing(tmp_path: Path) -> None:
    with running_sandbox(world(4, seconds=[1, 2])) as sandbox:
        machine = Machine(sandbox=sandbox, home=tmp_path)
        assert machine.run("sync", URL).code == 0
        rows, files = sandbox.rows(), machine.files()
        sandbox.knobs(soundcloud={"empty_playlist": "mix"})
        says(machine.run("sync", URL), 5, "held 4 tracks and is empty now")
        sandbox.knobs(soundcloud={"challenge": []})
        sandbox.faults(
            [{"host": "api-v2.soundcloud.com", "path": "^/resolve", "kind": "status", "status": 404, "body": "{}"}]
        )
        says(machine.run("sync", URL), 5, "was synced before and is not found any more")
        assert (sandbox.rows(), machine.files()) == (rows, files)


def test_no_network_is_said(machine: Machine) -> None:
    nowhere = {"HTTPS_PROXY": "http://127.0.0.1:9", "https_proxy": "http://127.0.0.1:9"}
    says(machine.run("sync", URL, env=nowhere), 3, "did not answer", "network")


def test_a_bad_notion_token_is_said(machine: Machine) -> None:
    ran = machine.run("sync", URL, env={"NOTION_TOKEN": "ntn_wrongcanary"})
    says(ran, 4, "token is wrong or was revoked")
    assert "ntn_wrongcanary" not in ran.out + ran.err
    says(machine.run("sync", URL, env={"NOTION_TOKEN": ""}), 4, "no token")


def test_a_revoked_token_stops_the_run(tmp_path: Path) -> None:
    with running_sandbox(world(4, seconds=[1, 2])) as sandbox:
        machine = Machine(sandbox=sandbox, home=tmp_path)
        sandbox.faults(
            [
                {
                    "host": "api.notion.com",
                    "path": "^/v1/pages$",
                    "skip": 2,
                    "kind": "status",
                    "status": 401,
                    "body": '{"object":"error","status":401,"code":"unauthorized","message":"API token is invalid."}',
                }
            ]
        )
        ran = machine.run("sync", URL)
        says(ran, 4, "revoked")
        sandbox.faults([])
        assert machine.run("sync", URL).code == 0
        assert len(sandbox.rows()) == 4


def test_a_database_that_is_not_shared_gets_the_three_clicks(machine: Machine, sandbox: Sandbox) -> None:
    ran = machine.run("sync", URL, env={"TRACKS_DB_ID": sandbox.databases[1]["database_id"]})
    says(ran, 4, "not shared", "•••", "Connections", "personal access token")


def test_what_is_no_database_is_said(machine: Machine, sandbox: Sandbox) -> None:
    says(machine.run("sync", URL, "--database", "hello"), 2, "not a Notion database")
    says(machine.run("sync", URL, "--database", sandbox.root_page), 2, "page, not to a database")


def test_a_folder_that_cannot_be_written_is_said_before_anything_is_done(machine: Machine, sandbox: Sandbox) -> None:
    sandbox.mark()
    says(machine.run("sync", URL, "--library", "/proc/cloudcrate"), 6, "/proc/cloudcrate cannot be written")
    in_the_way = machine.home / "file"
    in_the_way.write_text("mine", "utf-8")
    says(machine.run("sync", URL, "--library", str(in_the_way)), 6, "cannot be written")
    assert in_the_way.read_text("utf-8") == "mine"
    assert sandbox.counts()["notion_writes"] == 0
    says(machine.run("sync", URL, "--state", "/proc/cloudcrate"), 6, "cannot be written")


def test_settings_that_do_not_fit_are_named(machine: Machine) -> None:
    says(machine.run("sync", URL, "--jobs", "99"), 2, "--jobs", "from 1 to 32")
    says(machine.run("sync", URL, env={"CLOUDCRATE_JOBS": "many"}), 2, "CLOUDCRATE_JOBS", "whole number")
    (machine.home / "config.toml").write_text('librari = "/x"\n', "utf-8")
    says(machine.run("status"), 2, "librari", "library")
    (machine.home / "config.toml").write_text('notion_token = "ntn_x"\n', "utf-8")
    says(machine.run("status"), 2, "does not belong into the settings file", "NOTION_TOKEN")


def test_hostile_titles_stay_inside_the_library_and_do_not_act(
    machine: Machine, sandbox: Sandbox, tmp_path: Path
) -> None:
    before = {p for p in tmp_path.rglob("*") if not p.is_relative_to(machine.home)}
    ran = machine.run("sync", "https://soundcloud.com/eve/sets/evil")
    assert ran.code == 0, ran.err
    audio = [f for f in machine.files() if f.endswith((".mp3", ".m4a"))]
    assert len(audio) == len(TITLES)
    assert all(len(part.encode()) <= 200 for f in audio for part in f.split("/"))
    assert not any(
        part in ("..", "CON", "") or part.startswith((".", "-", "~")) for f in audio for part in f.split("/")
    )
    assert {p for p in tmp_path.rglob("*") if not p.is_relative_to(machine.home)} == before
    plan = machine.run("plan", "https://soundcloud.com/eve/sets/evil")
    for text in (ran.out, ran.err, plan.out, plan.err):
        assert not {"\x1b", "\x07", "\u202e", "\u200f"} & set(text)
    assert "[/red]" in plan.out
