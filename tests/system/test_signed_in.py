"""Signed in to SoundCloud: the real commands, a pretended SoundCloud, and a token that must not leak."""

import stat
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any  # Any: the command's JSON

import pytest
from running import URL, Machine, Ran, run_command, says
from sandboxes import running_sandbox

from cloudcrate.sandbox.process import Sandbox

TOKEN = "2-290123-7-canarysandbox"
STRANGER = "2-290123-8-canarystranger"
ADA = "Ada \u202eecalevol"
SHOWN = "Ada \\u202eecalevol"
SNIPPET = {"downloadable": True, "has_downloads_left": True}
SCENARIO: dict[str, Any] = {  # Any: a scenario is JSON
    "soundcloud": {
        "users": [{"permalink": "ada", "username": ADA}],
        "tracks": [
            *({"id": n, "user": "ada", "title": f"Whole {n}", "seconds": 1.5} for n in range(1, 6)),
            {"id": 102, "user": "ada", "title": "Offered", "seconds": 1.5, "kind": "original"},
            {"id": 103, "user": "ada", "title": "Snippet", "seconds": 1.5, "kind": "preview"},
            {"id": 104, "user": "ada", "title": "Offered snippet", "seconds": 1.5, "kind": "preview", "more": SNIPPET},
        ],
        "playlists": [{"user": "ada", "slug": "mix", "tracks": [1, 2, 3, 4, 5, 102, 103, 104]}],
        "oauth_tokens": [TOKEN],
        "media_per_10_minutes": 100_000,
    },
    "notion": {"per_minute": 100_000},
}


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with running_sandbox(SCENARIO) as running:
        yield running


@pytest.fixture
def machine(sandbox: Sandbox, tmp_path: Path) -> Machine:
    return Machine(sandbox=sandbox, home=tmp_path, notion=False)


def typed(machine: Machine, token: str, *words: str, env: Mapping[str, str] | None = None) -> Ran:
    """Runs ``login`` with the token on standard input."""
    return run_command(("login", *words), machine.environment(env), machine.home, typed=f"{token}\n")


def account(machine: Machine, env: Mapping[str, str] | None = None) -> dict[str, str]:
    """What ``doctor`` says about who is signed in."""
    ran = machine.run("doctor", "--json", env=env)
    assert "canary" not in ran.out + ran.err
    found = [check for check in ran.data["checks"] if check["name"] == "SoundCloud account"]
    assert len(found) == 1
    return dict(found[0])


def planned(machine: Machine, env: Mapping[str, str] | None = None) -> dict[str, tuple[str | None, list[str]]]:
    """Of every track of the playlist: the availability that its row learns, and the streams to try, if any."""
    ran = machine.run("sync", URL, "--dry-run", "--json", env=env)
    assert ran.code == 0, ran.err
    assert "canary" not in ran.out + ran.err
    found = {}
    for unit in ran.data["plan"]["units"]:
        made = {operation["is"]: operation for operation in unit["operations"]}
        row = made.get("CreatePage") or made.get("UpdatePage") or {"cells": {}}
        presets = made["Download"]["presets"] if "Download" in made else []
        found[unit["title"].partition(" - ")[2]] = (row["cells"].get("availability"), presets)
    return found


def held(machine: Machine, word: str) -> list[Path]:
    """The files that hold a text."""
    return [p for p in machine.home.rglob("*") if p.is_file() and word.encode() in p.read_bytes()]


def test_signing_in_and_out(machine: Machine) -> None:
    assert (account(machine)["state"], "not signed in" in account(machine)["message"]) == ("fine", True)
    ran = typed(machine, f"OAuth {TOKEN}")
    assert ran.code == 0, ran.err
    assert f"Signed in to SoundCloud as {SHOWN}." in ran.out
    assert "canary" not in ran.out + ran.err
    kept = machine.home / "soundcloud-token"
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert held(machine, "canary") == [kept]
    found = account(machine)
    assert (found["state"], f"signed in as {SHOWN}, by the token from {kept}" in found["message"]) == ("fine", True)
    assert machine.run("logout").code == 0
    assert held(machine, "canary") == []
    assert "not signed in" in account(machine)["message"]


def test_a_refused_token_is_not_kept_and_doctor_and_sync_say_so(machine: Machine) -> None:
    says(typed(machine, STRANGER), 4, "refuses the token")
    assert held(machine, "canary") == []
    env = {"SOUNDCLOUD_TOKEN": STRANGER}
    found = account(machine, env)
    assert (found["state"], "refuses the token" in found["message"], "login" in found["hint"]) == ("wrong", True, True)
    ran = machine.run("sync", URL, "--no-download", env=env)
    says(ran, 4, "refuses the token")
    assert "canary" not in ran.out + ran.err
    assert held(machine, "canary") == []


STREAMS = ["aac_160k", "mp3_1_0", "mp3_1_0"]


def test_what_an_account_may_have_is_planned_and_asked_for_anew_when_it_changes(machine: Machine) -> None:
    """The offered tracks stand behind the fifth place, so that their metadata is what was kept of them."""
    signed_in = {"SOUNDCLOUD_TOKEN": TOKEN}
    assert planned(machine)["Offered"] == ("full", STREAMS)
    assert planned(machine)["Offered snippet"] == ("preview", [])
    found = planned(machine, signed_in)
    assert found["Whole 1"] == ("full", STREAMS)
    assert found["Offered"] == ("original", ["original", *STREAMS])
    assert found["Snippet"] == ("preview", [])
    assert found["Offered snippet"] == ("original", ["original"])
    assert machine.run("sync", URL, "--no-download").code == 0
    machine.sandbox.mark()
    assert planned(machine)["Offered"] == (None, STREAMS)
    assert machine.sandbox.counts()["hosts"] == {"api-v2.soundcloud.com": 1}
    assert planned(machine, signed_in)["Offered"][1] == ["original", *STREAMS]
    assert planned(machine, signed_in)["Offered snippet"][1] == ["original"]
    assert held(machine, "canary") == []


def test_without_the_keyring_package_nothing_is_asked_or_kept(machine: Machine) -> None:
    (machine.home / "keyring.py").write_text("raise ImportError('not here')\n", "utf-8")
    says(typed(machine, TOKEN, "--keyring", env={"PYTHONPATH": str(machine.home)}), 2, "keyring", "cloudcrate login")
    assert held(machine, "canary") == []


def test_a_token_can_live_in_the_keyring(machine: Machine) -> None:
    """A package of that name stands for the real one; it keeps the token outside of the settings."""
    ring = machine.home / "ring"
    ring.mkdir()
    (ring / "keyring.py").write_text(KEYRING, "utf-8")
    env = {"PYTHONPATH": str(ring)}
    ran = typed(machine, TOKEN, "--keyring", env=env)
    assert ran.code == 0, ran.err
    assert held(machine, "canary") == [ring / "kept"]
    assert "by the token from the keyring" in account(machine, env)["message"]
    assert machine.run("logout", env=env).code == 0
    assert held(machine, "canary") == []
    assert "not signed in" in account(machine, env)["message"]


KEYRING = """
from pathlib import Path
KEPT = Path(__file__).with_name("kept")
def get_password(service, username):
    return KEPT.read_text() if KEPT.exists() else None
def set_password(service, username, password):
    KEPT.write_text(password)
def delete_password(service, username):
    KEPT.unlink()
"""
