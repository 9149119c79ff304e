"""``cloudcrate config``: what it prints, how it ends, and that an edited file is never lost."""

import json
import stat
import sys
from pathlib import Path
from typing import Any  # Any: the command's JSON

import pytest
from click.testing import CliRunner, Result

from cloudcrate.cli import editing
from cloudcrate.cli.main import cli
from cloudcrate.errors import UsageError
from cloudcrate.settings_example import new_file

OURS = ("NOTION_TOKEN", "NOTION_API_TOKEN", "NOTION_TOKEN_FILE", "SOUNDCLOUD_TOKEN", "TRACKS_DB_ID", "PLAYLISTS_DB_ID")


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The settings file of a user who works in a folder of their own."""
    monkeypatch.chdir(tmp_path)
    return tmp_path / "settings" / "config.toml"


def ran(file: Path, *words: str, typed: str = "", **env: str) -> Result:
    environment = {**dict.fromkeys(OURS), "CLOUDCRATE_CONFIG": str(file), "VISUAL": None, **env}
    return CliRunner().invoke(cli, ["config", *words], input=typed, env=environment)


def held(file: Path, text: str) -> Path:
    file.parent.mkdir(exist_ok=True)
    file.write_text(text, "utf-8")
    return file


def data(result: Result) -> Any:  # Any: as above
    return json.loads(result.stdout)


def script(folder: Path, code: str) -> str:
    """An editor that does one thing to the file whose path comes last."""
    path = folder / "an editor.py"
    path.write_text(f"import os, sys\npath = sys.argv[-1]\n{code}\n", "utf-8")
    return f"{sys.executable} '{path}' --wait"


def writes(folder: Path, text: str) -> str:
    return script(folder, f"open(path, 'w').write({text!r})")


def test_the_path_is_printed_whether_or_not_there_is_a_file(file: Path) -> None:
    missing = ran(file, "path")
    assert (missing.exit_code, missing.stdout, "not there yet" in missing.stderr) == (0, f"{file}\n", True)
    assert data(ran(file, "path", "--json")) == {"schema_version": 1, "path": str(file), "exists": False}
    there = ran(held(file, ""), "path")
    assert (there.stdout, there.stderr) == (f"{file}\n", "")


def test_show_prints_every_setting_with_its_origin(file: Path) -> None:
    result = ran(held(file, "jobs = 2\n"), "show", "--library", "/music", NOTION_TOKEN="ntn_canary")
    assert result.exit_code == 0
    lines = {line.split()[0]: " ".join(line.split()[1:]) for line in result.stdout.splitlines()}
    assert lines["jobs"] == f"2 [file: {file}: jobs]"
    assert lines["library"] == "/music [flag: --library]"
    assert lines["settle_seconds"] == "90 [default]"
    assert lines["notion_token"] == "set (from NOTION_TOKEN) [variable]"
    assert "canary" not in result.output
    rows = data(ran(file, "show", "--json", NOTION_TOKEN="ntn_canary"))["config"]["settings"]
    (jobs,) = (row for row in rows if row["key"] == "jobs")
    assert jobs == {"key": "jobs", "value": "2", "set": True, "origin": "file", "where": f"{file}: jobs"}
    assert "canary" not in str(rows)


def test_show_prints_what_it_can_when_something_is_wrong(file: Path) -> None:
    result = ran(held(file, "jobs = 2\nsettle_seconds = 'x'\n"), "show")
    assert (result.exit_code, "settle_seconds is 'x'" in result.stderr, "file: " in result.stdout) == (2, True, True)
    assert [f["place"] for f in data(ran(file, "show", "--json"))["config"]["faults"]] == ["settle_seconds"]


def test_check_lists_all_that_is_wrong_and_ends_with_2(file: Path) -> None:
    result = ran(held(file, "jobs = 0\njob = 1\n[handoff]\nfoldr = 'x'\n"), "check", NOTION_TOKEN="two canaries")
    assert result.exit_code == 2
    assert result.stdout.count("wrong: ") == 4
    assert f"4 things are wrong. The file is {file}." in result.stdout
    found = data(ran(file, "check", "--json"))["config"]
    assert (found["ok"], [f["place"] for f in found["faults"]]) == (False, ["job", "handoff.foldr", "jobs"])
    assert all(fault["message"] and fault["remedy"] for fault in found["faults"])
    assert "canaries" not in result.output


def test_check_of_what_is_fine_ends_with_0(file: Path) -> None:
    result = ran(held(file, "jobs = 2\n"), "check")
    assert (result.exit_code, result.stdout) == (0, f"The settings are fine. The file is {file}.\n")
    assert data(ran(file, "check", "--json"))["config"] == {
        "file": str(file),
        "ok": True,
        "faults": [],
        "notes": [],
    }


def test_edit_makes_a_file_of_comments_that_is_its_owners_alone(file: Path, tmp_path: Path) -> None:
    result = ran(file, "edit", EDITOR=script(tmp_path, "assert sys.argv[1] == '--wait'"))
    assert result.exit_code == 0, result.output
    assert file.read_text("utf-8") == new_file()
    assert (stat.S_IMODE(file.stat().st_mode), stat.S_IMODE(file.parent.stat().st_mode)) == (0o600, 0o700)
    assert "The settings are fine." in result.stderr


def test_edit_takes_visual_before_editor_and_keeps_what_is_there(file: Path, tmp_path: Path) -> None:
    held(file, "jobs = 2\n")
    result = ran(file, "edit", VISUAL=script(tmp_path, "open(path, 'a').write('upgrade = true\\n')"), EDITOR="false")
    assert (result.exit_code, file.read_text("utf-8")) == (0, "jobs = 2\nupgrade = true\n")


def test_edit_leaves_a_broken_file_and_says_what_is_wrong(file: Path, tmp_path: Path) -> None:
    result = ran(file, "edit", EDITOR=writes(tmp_path, "jobs = 0\n"))
    assert (result.exit_code, file.read_text("utf-8")) == (2, "jobs = 0\n")
    assert "from 1 to 32" in result.stderr
    result = ran(file, "edit", EDITOR=writes(tmp_path, "= x"))
    assert (result.exit_code, file.read_text("utf-8")) == (2, "= x")


def test_on_a_terminal_a_broken_file_is_edited_again(file: Path, tmp_path: Path) -> None:
    """The second time the editor finds the file as it was left."""
    mend = script(
        tmp_path, "t = open(path).read(); open(path, 'w').write('jobs = 3' if t == 'jobs = 0' else 'jobs = 0')"
    )
    env = {"CLOUDCRATE_CONFIG": str(file), "EDITOR": mend}
    asked: list[str] = []

    def answer(question: str) -> bool:
        asked.append(question)
        return True

    assert editing.edit(again=answer, environment=env)
    assert (len(asked), file.read_text("utf-8")) == (1, "jobs = 3")


def test_who_declines_keeps_the_broken_file(file: Path, tmp_path: Path) -> None:
    env = {"CLOUDCRATE_CONFIG": str(file), "EDITOR": writes(tmp_path, "jobs = 0")}
    assert not editing.edit(again=lambda question: False, environment=env)
    assert file.read_text("utf-8") == "jobs = 0"


def test_after_an_edit_no_more_people_can_read_the_file_than_before(file: Path, tmp_path: Path) -> None:
    replaces = script(
        tmp_path, "os.unlink(path); os.close(os.open(path, os.O_CREAT | os.O_WRONLY)); os.chmod(path, 0o644)"
    )
    assert ran(file, "edit", EDITOR=replaces).exit_code == 0
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


@pytest.mark.parametrize(
    ("env", "words"),
    [
        ({"EDITOR": "false"}, "ended with 1"),
        ({"EDITOR": "/nowhere/editor"}, "does not start"),
        ({"EDITOR": "vi 'x"}, "no command"),
        ({"EDITOR": " ", "PATH": ""}, "There is no editor"),
    ],
)
def test_an_editor_that_does_not_work_is_said(file: Path, env: dict[str, str], words: str) -> None:
    error = ran(file, "edit", **env).exception
    assert isinstance(error, UsageError)
    assert words in error.message
    assert error.hint


def test_an_editor_is_never_run_by_a_shell(file: Path, tmp_path: Path) -> None:
    result = ran(file, "edit", EDITOR=f"{script(tmp_path, 'pass')} ; touch owned")
    assert (result.exit_code, (tmp_path / "owned").exists()) == (0, False)
