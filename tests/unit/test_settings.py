"""Settings: flags over environment over file over defaults; secrets do not print."""

from pathlib import Path
from types import ModuleType

import pytest
from pretend_keyring import PretendKeyring

from cloudcrate.core.model import Field, MappedColumn
from cloudcrate.errors import CredentialsError, UsageError
from cloudcrate.settings import load, place
from cloudcrate.tokens import KEYRING, Secret

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
    assert found.columns == {Field.ARTIST: MappedColumn(name="Who")}
    assert [(p.name, p.url) for p in found.playlists] == [("Friday", "https://soundcloud.com/ada/sets/friday")]


def test_the_defaults_need_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    found = load({}, {})
    assert found.library == tmp_path / "Music" / "cloudcrate"
    assert (found.state, found.file) == (tmp_path / "state" / "cloudcrate", None)
    assert (found.jobs, found.notion_per_minute, found.media_per_10_minutes) == (4, None, 600)
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


def test_a_column_is_a_text_a_table_or_none_at_all(env: dict[str, str]) -> None:
    Path(env["CLOUDCRATE_CONFIG"]).write_text(
        "[columns]\nartist = 'Who'\nbpm = ''\nkey = {id = 'a%3A', name = 'Key', type = 'select'}\nurl = {id = 'x'}\n",
        "utf-8",
    )
    assert load({}, env).columns == {
        Field.ARTIST: MappedColumn(name="Who"),
        Field.BPM: MappedColumn(),
        Field.KEY: MappedColumn(id="a%3A", name="Key", type="select"),
        Field.URL: MappedColumn(id="x"),
    }


def test_the_token_that_stands_nearest_is_taken_and_named(env: dict[str, str], tmp_path: Path) -> None:
    """A flag, NOTION_TOKEN and its other name, NOTION_TOKEN_FILE, the settings' file, the file beside them."""
    for name in ("flag", "variable", "settings", "notion-token"):
        (tmp_path / name).write_text(f"\ufeffntn_{name}\r\n", "utf-8")
    config = Path(env["CLOUDCRATE_CONFIG"])
    config.write_text("notion_token_file = 'settings'\n", "utf-8")
    env |= {
        "NOTION_TOKEN": "ntn_env\n",
        "NOTION_API_TOKEN": "ntn_other",
        "NOTION_TOKEN_FILE": str(tmp_path / "variable"),
    }

    def taken(flags: dict[str, object] | None = None) -> tuple[str, str]:
        found = load(flags or {}, env)
        assert found.notion_token is not None
        return found.notion_token.reveal(), found.token_source.rpartition("/")[2]

    assert taken({"notion_token_file": str(tmp_path / "flag")}) == ("ntn_flag", "flag")
    assert taken() == ("ntn_env", "NOTION_TOKEN")
    env["NOTION_TOKEN"] = " "
    assert taken() == ("ntn_other", "NOTION_API_TOKEN")
    del env["NOTION_API_TOKEN"]
    assert taken() == ("ntn_variable", "variable")
    env["NOTION_TOKEN_FILE"] = ""
    assert taken() == ("ntn_settings", "settings")
    config.write_text("", "utf-8")
    assert taken() == ("ntn_notion-token", "notion-token")
    (tmp_path / "notion-token").unlink()
    assert (load({}, env).notion_token, load({}, env).token_source) == (None, "")


@pytest.mark.parametrize("text", ["", "Bearer ntn_canary", "ntn_canary\nx", "ntn_c\u00e4nary", "ntn_\x1bcanary"])
def test_what_cannot_be_a_token_is_refused_and_not_repeated(tmp_path: Path, text: str) -> None:
    path = tmp_path / "token"
    path.write_text(text, "utf-8")
    with pytest.raises(CredentialsError, match="is no Notion token") as caught:
        load({"notion_token_file": path}, {})
    assert "nary" not in caught.value.message + caught.value.hint


# --- SoundCloud's token -------------------------------------------------------------------------


def unopened() -> ModuleType:
    """A keyring that nobody may ask for."""
    raise AssertionError("the keyring was asked for")


def test_the_soundcloud_token_that_stands_nearest_is_taken_and_named(env: dict[str, str], tmp_path: Path) -> None:
    """SOUNDCLOUD_TOKEN, SOUNDCLOUD_TOKEN_FILE, the settings' file, the keyring they name, the file beside them."""
    for name in ("variable", "settings", "soundcloud-token"):
        (tmp_path / name).write_text(f"\ufeff2-{name}\r\n", "utf-8")
    config = Path(env["CLOUDCRATE_CONFIG"])
    config.write_text("soundcloud_token_file = 'settings'\nsoundcloud_token_keyring = true\n", "utf-8")
    env |= {"SOUNDCLOUD_TOKEN": " OAuth  2-env\n", "SOUNDCLOUD_TOKEN_FILE": str(tmp_path / "variable")}

    def taken(*, keyring: bool = False) -> tuple[str, str]:
        found = load(
            {}, env, keyring=PretendKeyring({("cloudcrate", "soundcloud"): "oauth 2-ring"}) if keyring else unopened
        )
        assert found.soundcloud_token is not None
        assert "2-" not in repr(found)
        return found.soundcloud_token.reveal(), found.soundcloud_token_source.rpartition("/")[2]

    assert taken() == ("2-env", "SOUNDCLOUD_TOKEN")
    env["SOUNDCLOUD_TOKEN"] = " "
    assert taken() == ("2-variable", "variable")
    del env["SOUNDCLOUD_TOKEN_FILE"]
    assert taken() == ("2-settings", "settings")
    config.write_text("soundcloud_token_keyring = true\n", "utf-8")
    assert taken(keyring=True) == ("2-ring", KEYRING)
    env["CLOUDCRATE_SOUNDCLOUD_TOKEN_KEYRING"] = "no"
    assert taken() == ("2-soundcloud-token", "soundcloud-token")
    env["CLOUDCRATE_SOUNDCLOUD_TOKEN_KEYRING"] = "Yes"
    assert taken(keyring=True) == ("2-ring", KEYRING)
    config.write_text("", "utf-8")
    env["CLOUDCRATE_SOUNDCLOUD_TOKEN_KEYRING"] = ""
    (tmp_path / "soundcloud-token").unlink()
    found = load({}, env, keyring=unopened)
    assert (found.soundcloud_token, found.soundcloud_token_source) == (None, "")


@pytest.mark.parametrize(
    "text", ["OAuth", "OAuth a canary", "Bearer canary", "2-c\u00e4nary", "2-ca\nnary", "\x00nary"]
)
def test_what_cannot_be_a_soundcloud_token_is_refused_and_not_repeated(tmp_path: Path, text: str) -> None:
    path = tmp_path / "token"
    path.write_text(text, "utf-8")
    env = {"CLOUDCRATE_CONFIG": str(tmp_path / "config.toml")}
    for given in ({"SOUNDCLOUD_TOKEN": text}, {"SOUNDCLOUD_TOKEN_FILE": str(path)}):
        with pytest.raises(CredentialsError, match="is no SoundCloud token") as caught:
            load({}, env | given, may_be_new=True)
        assert "nary" not in caught.value.message + caught.value.hint


@pytest.mark.parametrize(
    ("keyring", "words"),
    [(PretendKeyring(locked=True), "does not open"), (PretendKeyring(), "holds no SoundCloud token")],
)
def test_a_keyring_without_an_answer_is_said(env: dict[str, str], keyring: PretendKeyring, words: str) -> None:
    env["CLOUDCRATE_SOUNDCLOUD_TOKEN_KEYRING"] = "1"
    with pytest.raises(CredentialsError, match=words) as caught:
        load({}, env, keyring=keyring)
    assert "canary" not in caught.value.message + caught.value.hint
    assert "cloudcrate login" in caught.value.hint


def test_tokens_can_be_left_alone(tmp_path: Path) -> None:
    env = {"NOTION_TOKEN": "two words", "SOUNDCLOUD_TOKEN": "two words", "CLOUDCRATE_STATE": str(tmp_path)}
    found = load({}, env, with_tokens=False)
    assert (found.notion_token, found.soundcloud_token) == (None, None)


def test_a_digest_tells_tokens_apart_and_gives_nothing_away() -> None:
    one, other = Secret("2-canary"), Secret("2-sparrow")
    assert one.digest != other.digest
    assert one.digest == Secret("2-canary").digest
    assert "canary" not in one.digest
    assert one.name == f"notion-{one.digest}"


def test_a_settings_file_may_be_new_where_one_is_about_to_be_made(tmp_path: Path) -> None:
    env = {"CLOUDCRATE_CONFIG": str(tmp_path / "new.toml")}
    assert place(env) == tmp_path / "new.toml"
    assert load({}, env, may_be_new=True).file is None


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("jobs = 0", "from 1 to 32"),
        ("jobs = true", "whole number"),
        ('job = "x"', "unknown setting 'job'"),
        ('notion_token = "ntn_x"', "does not belong"),
        ('soundcloud_token = "2-x"', "does not belong"),
        ('soundcloud_token_keyring = "perhaps"', "yes or no"),
        ("soundcloud_token_keyring = 1", "yes or no"),
        ("soundcloud_tokn_keyring = true", "Did you mean"),
        ("= nonsense", "cannot be read"),
        ('[columns]\nartst = "Who"', "unknown field 'artst'"),
        ('[playlists]\nFriday = "not a link"', "SoundCloud link"),
        ("columns = 3", "should be a table"),
    ],
)
def test_what_does_not_fit_is_named(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "config.toml"
    path.write_text(text, "utf-8")
    with pytest.raises(UsageError, match=r"(?s)config\.toml") as caught:
        load({}, {"CLOUDCRATE_CONFIG": str(path)})
    assert words in caught.value.message + caught.value.hint


def test_a_settings_file_that_was_named_must_be_there(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no settings file"):
        load({}, {"CLOUDCRATE_CONFIG": str(tmp_path / "nowhere.toml")})
