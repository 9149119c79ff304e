"""``cloudcrate init`` against the sandbox: from nothing to a table that a sync can fill."""

import os
import select
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any  # Any: a scenario is JSON

import pytest
from running import URL, Machine, world
from sandboxes import running_sandbox

from cloudcrate.sandbox.process import Sandbox

NOWHERE = {"TRACKS_DB_ID": ""}
TOKENLESS = {"TRACKS_DB_ID": "", "NOTION_TOKEN": ""}
OWNING_A_TERMINAL = (
    "import fcntl, os, sys, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0); "
    "os.execv(sys.executable, [sys.executable, '-m', 'cloudcrate', *sys.argv[1:]])"
)
PATIENCE = 30.0  # seconds for a question to appear


def scenario() -> dict[str, Any]:  # Any: a scenario is JSON
    made = world(3, seconds=[1, 2])
    made["notion"]["databases"] = [{"title": "Music Tracks"}]
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


def held(machine: Machine, word: str) -> list[Path]:
    """The files that hold a text."""
    return [p for p in machine.home.rglob("*") if p.is_file() and word.encode() in p.read_bytes()]


def test_new_tables_are_made_once_and_a_sync_fills_them(machine: Machine, sandbox: Sandbox) -> None:
    made = machine.run("init", "--new", "--parent", sandbox.root_page, "--json", env=NOWHERE)
    assert made.code == 0, made.err
    again = machine.run("init", "--new", "--parent", sandbox.root_page, "--json", env=NOWHERE)
    found = made.data["init"]
    assert again.data["init"]["database"] == found["database"]
    assert (found["missing"], again.data["init"]["written"]) == ([], [])
    ran = machine.run("sync", URL, "--no-download", env=NOWHERE)
    assert ran.code == 0, ran.err
    assert len(sandbox.rows(found["database"]["id"])) == 3
    assert len(sandbox.rows(found["playlists_database"]["id"])) == 1
    assert held(machine, sandbox.token) == []


def test_a_table_is_used_as_it_is_and_a_second_run_writes_nothing(machine: Machine, sandbox: Sandbox) -> None:
    (machine.home / "config.toml").write_text("# mine\nsettle_seconds = 2 # short\n", "utf-8")
    before = sandbox.add_database(title="Mine")
    words = ("init", "--database", before["database_id"], "--yes")
    assert machine.run(*words, env=NOWHERE).code == 0
    text = (machine.home / "config.toml").read_text("utf-8")
    assert text.startswith(
        f'# mine\nsettle_seconds = 2 # short\ndatabase = "{before["data_source_id"]}"\n\n[columns]\n'
    )
    sandbox.mark()
    again = machine.run("init", env=NOWHERE)
    assert (again.code, "Nothing to change" in again.out) == (0, True), again.err
    assert sandbox.counts()["notion_writes"] == 0
    assert (machine.home / "config.toml").read_text("utf-8") == text


def test_missing_columns_are_added_only_when_that_is_said(machine: Machine, sandbox: Sandbox) -> None:
    bare = sandbox.add_database(title="Bare", properties={"Name": {"title": {}}, "Artist": {"rich_text": {}}})
    words = ("init", "--database", bare["database_id"], "--yes", "--json")
    shown = machine.run(*words, "--add-missing", "--dry-run", env=NOWHERE).data["init"]
    assert "soundcloud_id" in shown["missing"]
    assert machine.run(*words, env=NOWHERE).data["init"]["missing"] == shown["missing"]
    full = machine.run(*words, "--add-missing", env=NOWHERE).data["init"]
    assert (full["missing"], full["added"]) == ([], shown["missing"])


@pytest.mark.parametrize(
    ("words", "env", "code", "named"),
    [
        ((), TOKENLESS, 2, "--token-file"),
        ((), NOWHERE, 2, "--database"),
        (("--new", "--database", "x"), NOWHERE, 2, "exclude each other"),
        (("--database", "hello"), NOWHERE, 2, "not a Notion database"),
        ((), {"NOTION_TOKEN": "ntn_wrongcanary"}, 4, "wrong or was revoked"),
    ],
)
def test_what_is_missing_or_wrong_is_one_message(
    machine: Machine, words: tuple[str, ...], env: dict[str, str], code: int, named: str
) -> None:
    ran = machine.run("init", *words, env=env)
    assert (ran.code, named in ran.err) == (code, True), ran.err
    assert [line for line in ran.err.splitlines() if line.startswith("error: ")] == ran.err.splitlines()[:1]
    assert "canary" not in ran.out + ran.err
    assert (machine.home / "config.toml").read_bytes() == b""


def test_a_token_file_that_others_can_read_is_used_and_noted(machine: Machine, sandbox: Sandbox) -> None:
    token = machine.home / "my token"
    token.write_text(sandbox.token, "utf-8")
    token.chmod(0o644)
    env = {"TRACKS_DB_ID": sandbox.database_id, "NOTION_TOKEN": ""}
    assert machine.run("init", "--token-file", str(token), "--yes", env=env).code == 0
    assert held(machine, sandbox.token) == [token]
    checks = {c["name"]: c for c in machine.run("doctor", "--json", env=TOKENLESS).data["checks"]}
    assert (checks["token"]["state"], "mode 644" in checks["token"]["message"]) == ("note", True)


@pytest.mark.skipif(os.name != "posix", reason="a terminal of our own needs POSIX")
def test_a_newcomer_on_a_terminal_pastes_a_token_that_is_neither_shown_nor_spread(tmp_path: Path) -> None:
    with running_sandbox(scenario()) as sandbox:
        begin(Machine(sandbox=sandbox, home=tmp_path), sandbox)


def begin(machine: Machine, sandbox: Sandbox) -> None:
    """Types what a newcomer would, and looks at what is left."""
    ours, theirs = os.openpty()
    seen = ""

    def answers(question: str, keys: str) -> None:
        nonlocal seen
        start = len(seen)
        while question not in seen[start:]:
            ready, _, _ = select.select([ours], [], [], PATIENCE)
            assert ready, f"{question!r} was not asked: {seen}"
            seen += os.read(ours, 4096).decode("utf-8", "replace")
        os.write(ours, f"{keys}\n".encode())

    process = subprocess.Popen(
        [sys.executable, "-c", OWNING_A_TERMINAL, "init"],
        env=machine.environment(TOKENLESS),
        cwd=machine.home,
        stdin=theirs,
        stdout=subprocess.PIPE,
        stderr=theirs,
        start_new_session=True,
        text=True,
    )
    os.close(theirs)
    with process:
        try:
            answers("Token:", "ntn_wrongcanary")
            answers("Token:", sandbox.token)
            answers("Number:", "1")
            answers("Accept, or change:", "bpm=")
            answers("Accept, or change:", "")
            answers("Add them to the table?", "")
            out, _ = process.communicate(timeout=60)
        finally:
            process.kill()
            os.close(ours)
    assert process.returncode == 0, out + seen
    kept = machine.home / "notion-token"
    assert held(machine, sandbox.token) == [kept]
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert sandbox.token not in seen + out
    assert "canary" not in seen + out
    assert "personal access token" in out
    assert 'bpm = ""' in (machine.home / "config.toml").read_text("utf-8")
    assert machine.run("init", "--yes", env=TOKENLESS).code == 0
