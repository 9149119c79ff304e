"""The real command tells others how its runs ended, and no trouble with that fails a run."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any  # Any: scenarios are JSON

import pytest
from receiver import receiving
from running import Machine
from sandboxes import running_sandbox

from cloudcrate.sandbox.process import Sandbox

SECRET = "canary-secret-of-a-webhook"
URL = "https://soundcloud.com/ada/sets/mix"


def scenario() -> dict[str, Any]:  # Any: as above
    playlists = [{"user": "ada", "slug": "mix", "title": "Ada's mix", "count": 2, "seconds": [1, 2]}]
    return {"soundcloud": {"playlists": playlists}, "notion": {"databases": [{}]}}


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with running_sandbox(scenario()) as running:
        yield running


@pytest.fixture
def machine(sandbox: Sandbox, tmp_path: Path) -> Machine:
    home = tmp_path / "home"
    home.mkdir()
    return Machine(sandbox=sandbox, home=home, notion=False)


def test_all_three_hear_of_a_run_and_only_one_of_a_run_that_changed_nothing(machine: Machine, tmp_path: Path) -> None:
    with receiving() as receiver:
        machine.environment()
        (machine.home / "config.toml").write_text(
            f'[handoff]\nfolder = "{tmp_path / "inbox"}"\nname = "studio"\nrecipient = "agent"\n'
            f'[webhook]\nurl = "http://127.0.0.1:{receiver.port}/hook"\n'
        )
        told = {
            "CLOUDCRATE_WEBHOOK_SECRET": SECRET,
            "CLOUDCRATE_NOTIFY_URLS": f"json://user:canary-password@127.0.0.1:{receiver.port}/notify",
        }
        first = machine.run("sync", URL, env=told)
        assert first.code == 0, first.err
        assert [posted.path for posted in receiver.posted] == ["/hook", "/notify"]
        again = machine.run("sync", URL, env=told)
        assert again.code == 0, again.err
        assert [posted.path for posted in receiver.posted[2:]] == ["/hook"]
    files = sorted((tmp_path / "inbox").iterdir())
    assert len(files) == 2
    assert all("__HANDOFF__studio__agent" in file.name for file in files)
    document = json.loads(files[0].read_text())
    assert document == json.loads(receiver.posted[0].body)
    assert document["report"]["files"]["downloaded"] == 2
    assert (document["request"]["playlist"], document["request"]["url"]) == ("Ada's mix", URL)
    assert document["request"]["understood"].startswith("Sync and download")
    assert document["exit_code"] == 0
    run_id = document["run_id"]
    assert run_id in [run["id"] for run in machine.run("runs", "--json", env=told).data["runs"]]
    everything = "".join((first.err, first.out, again.err, again.out, *(file.read_text() for file in files)))
    assert "canary" not in everything


def test_who_cannot_be_told_is_said_and_the_run_has_ended_well(machine: Machine, tmp_path: Path) -> None:
    (tmp_path / "inbox").write_text("a file is in the way")
    env = {"CLOUDCRATE_HANDOFF_FOLDER": str(tmp_path / "inbox")}
    ran = machine.run("sync", URL, env=env)
    assert ran.code == 0
    assert "was not told how the run ended" in ran.err
    assert "2 downloaded" in ran.out


def test_a_run_that_cannot_begin_is_told_too(machine: Machine, tmp_path: Path) -> None:
    env = {"CLOUDCRATE_HANDOFF_FOLDER": str(tmp_path / "inbox")}
    ran = machine.run("sync", "https://soundcloud.com/ada/sets/nowhere", env=env)
    assert ran.code == 2
    [file] = (tmp_path / "inbox").iterdir()
    document = json.loads(file.read_text())
    assert (document["report"], document["exit_code"], document["error"]["code"]) == (None, 2, "not_found")
