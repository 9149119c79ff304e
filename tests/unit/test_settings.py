"""Settings: flags over environment over file over defaults; secrets do not print."""

from pathlib import Path

import pytest

from cloudcrate.core.model import Field
from cloudcrate.errors import CredentialsError, UsageError
from cloudcrate.settings import Secret, load

FILE = """
library = "~/somewhere"
jobs = 2
notion_per_minute = 600
settle_seconds = 30
database = "from-file"

[columns]
artist = "Who"

[playlists]
"Friday" = "https://soundcloud.com/ada/sets/friday"
"""


@pytest.fixture
def env(tmp_path: Path) -> dict[str, str]:
    path = tmp_path / "config.toml"
    path.write_text(FILE, "utf-8")
    return {"CLOUDCRATE_CONFIG": str(path)}


def test_flags_go_before_the_environment_and_that_before_the_file(env: dict[str, str]) -> None:
    assert load({}, env).jobs == 2
    assert load({}, env | {"CLOUDCRATE_JOBS": "3"}).jobs == 3
    assert load({"jobs": 5}, env | {"CLOUDCRATE_JOBS": "3"}).jobs == 5
    assert load({"jobs": None, "database": "flag"}, env | {"TRACKS_DB_ID": "variable"}).database == "flag"


def test_everything_in_the_file_is_read(env: dict[str, str]) -> None:
    found = load({}, env)
    assert found.library == Path.home() / "somewhere"
    assert (found.notion_per_minute, found.settle_seconds, found.database) == (600, 30.0, "from-file")
    assert found.columns == {Field.ARTIST: "Who"}
    assert [(p.name, p.url) for p in found.playlists] == [("Friday", "https://soundcloud.com/ada/sets/friday")]


def test_the_defaults_need_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    found = load({}, {})
    assert found.library == tmp_path / "Music" / "cloudcrate"
    assert (found.state, found.file) == (tmp_path / "state" / "cloudcrate", None)
    assert (found.jobs, found.notion_per_minute, found.media_per_10_minutes) == (4, 180, 600)
    assert (found.settle_seconds, found.database, found.notion_token) == (90.0, None, None)


def test_a_token_comes_from_the_environment_or_a_file_and_never_prints(tmp_path: Path) -> None:
    path = tmp_path / "token"
    path.write_text("ntn_canary\n", "utf-8")
    for found in (load({}, {"NOTION_TOKEN": "ntn_canary"}), load({}, {"NOTION_TOKEN_FILE": str(path)})):
        assert found.notion_token == Secret("ntn_canary")
        assert found.notion_token is not None
        assert found.notion_token.reveal() == "ntn_canary"
        assert "canary" not in repr(found) + str(found.notion_token) + found.notion_token.name
    with pytest.raises(CredentialsError, match="cannot be read"):
        load({}, {"NOTION_TOKEN_FILE": str(tmp_path / "nowhere")})


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("jobs = 0", "from 1 to 32"),
        ("jobs = true", "whole number"),
        ('job = "x"', "unknown setting 'job'"),
        ('notion_token = "ntn_x"', "does not belong"),
        ("= nonsense", "cannot be read"),
        ('[columns]\nartst = "Who"', "unknown field 'artst'"),
        ("[columns]\nartist = 3", "column's name"),
        ('[playlists]\nFriday = "not a link"', "SoundCloud link"),
        ("columns = 3", "should be a table"),
    ],
)
def test_what_does_not_fit_is_named(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "config.toml"
    path.write_text(text, "utf-8")
    with pytest.raises(UsageError, match=r"(?s)config\.toml") as caught:
        load({}, {"CLOUDCRATE_CONFIG": str(path)})
    assert words in caught.value.message


def test_a_settings_file_that_was_named_must_be_there(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no settings file"):
        load({}, {"CLOUDCRATE_CONFIG": str(tmp_path / "nowhere.toml")})
