"""The real command with a settings file, a ``.env`` and both: what goes before what, and that no secret comes out."""

import json
import os
import shlex
import sys
from pathlib import Path
from typing import Any  # Any: the command's JSON

import pytest
from running import Ran, run_command

OURS = ("CLOUDCRATE_", "NOTION_", "SOUNDCLOUD_", "TRACKS_DB", "PLAYLISTS_DB", "VISUAL", "EDITOR")


class Desk:
    """A user's home, and the folder that they work in."""

    def __init__(self, folder: Path) -> None:
        self.home, self.work = folder / "home", folder / "work"
        self.home.mkdir()
        self.work.mkdir()
        self.file = self.home / ".config" / "cloudcrate" / "config.toml"

    def run(self, *words: str, **env: str) -> Ran:
        kept = {name: value for name, value in os.environ.items() if not name.startswith((*OURS, "XDG_"))}
        return run_command(words, {**kept, "HOME": str(self.home), **env}, self.work)

    def data(self, *words: str, **env: str) -> Any:  # Any: as above
        return json.loads(self.run("config", *words, "--json", **env).out)["config"]

    def dotenv(self, text: str) -> None:
        (self.work / ".env").write_text(text, "utf-8")
        (self.work / ".env").chmod(0o600)

    def mender(self, *words: str) -> str:
        """An editor that replaces each first word by its second."""
        pairs = list(zip(words[::2], words[1::2], strict=True))
        code = f"import sys, pathlib; p = pathlib.Path(sys.argv[1]); t = p.read_text()\nfor a, b in {pairs!r}: "
        return shlex.join([sys.executable, "-c", f"{code}t = t.replace(a, b)\np.write_text(t)"])

    def editor(self, text: str) -> str:
        """An editor that adds a text."""
        code = f"import sys; open(sys.argv[1], 'a').write({text!r})"
        return shlex.join([sys.executable, "-c", code])


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def value(rows: list[dict[str, Any]], key: str) -> tuple[str, str]:  # Any: as above
    return next((row["value"], row["origin"]) for row in rows if row["key"] == key)


def test_a_file_is_made_edited_checked_and_mended(desk: Desk) -> None:
    broken = desk.run("config", "edit", EDITOR=desk.editor("\n[notify]\nwhn = 'always'\n"))
    assert broken.code == 2
    assert "cannot be read" in broken.err  # [notify] stands in the new file already
    assert "whn" in desk.file.read_text("utf-8")
    assert desk.file.stat().st_mode & 0o777 == 0o600
    desk.file.write_text("jobs = 2\n[notify]\nwhn = 'always'\n[handoff]\nname = '/'\n", "utf-8")
    checked = desk.run("config", "check")
    assert (checked.code, checked.out.count("wrong: "), "Traceback" in checked.err) == (2, 2, False)
    assert "Did you mean 'when'?" in checked.out
    refused = desk.run("status")
    assert (refused.code, "Did you mean 'when'?" in refused.err) == (2, True)
    mended = desk.run("config", "edit", EDITOR=desk.mender("name = '/'", "name = 'x'", "whn", "when"))
    assert mended.code == 0, mended.err


def test_a_dotenv_gives_the_names_that_people_have_and_no_others(desk: Desk) -> None:
    desk.dotenv("export NOTION_API_TOKEN='ntn_canary' # mine\nTRACKS_DB_ID=abc\nCLOUDCRATE_JOBS=9\n")
    source = f"set (from NOTION_API_TOKEN in {desk.work / '.env'})"
    rows = desk.data("show")["settings"]
    assert "canary" not in str(rows)
    assert value(rows, "notion_token") == (source, ".env")
    assert value(rows, "database") == ("abc", ".env")
    assert value(rows, "jobs") == ("4", "default")
    above = desk.data("show", "--database", "flag", NOTION_TOKEN="ntn_env")["settings"]
    assert value(above, "database") == ("flag", "flag")
    assert value(above, "notion_token") == ("set (from NOTION_TOKEN)", "variable")
    (note,) = desk.data("check")["notes"]
    assert "CLOUDCRATE_JOBS has no effect here" in note["message"]


def test_a_dotenv_that_cannot_be_read_ends_a_command_with_a_sentence(desk: Desk) -> None:
    (desk.home / "canary").write_text("TRACKS_DB_ID=canary", "utf-8")
    (desk.work / ".env").symlink_to(desk.home / "canary")
    refused = desk.run("status")
    assert (refused.code, "leads out of its folder" in refused.err) == (2, True)
    assert "Traceback" not in refused.err
    (fault,) = desk.data("check")["faults"]
    assert fault["place"] == ".env"
