"""What is shown of the settings, all that is wrong with them, and the page that describes them."""

import re
import stat
import tomllib
from pathlib import Path
from types import ModuleType

import pytest

from cloudcrate.cli.main import cli
from cloudcrate.settings import Survey, load, survey
from cloudcrate.settings_check import Note, Shown, notes, shown
from cloudcrate.settings_dotenv import NAMES
from cloudcrate.settings_example import new_file
from cloudcrate.settings_keys import Origin
from cloudcrate.settings_known import KEYS
from cloudcrate.tokens import KEYRING

PAGE = Path(__file__).parents[2] / "docs" / "settings.md"


def looked(folder: Path, text: str = "", *, env: dict[str, str] | None = None, **flags: object) -> Survey:
    path = folder / "config.toml"
    path.write_text(text, "utf-8")
    path.chmod(0o600)
    environment = {"CLOUDCRATE_CONFIG": str(path)} | (env or {})
    return survey(flags, environment, folder=folder, keyring=unopened, with_tokens=True)


def unopened() -> ModuleType:
    """A keyring that nobody may ask for."""
    raise AssertionError("the keyring was asked for")


def rows(found: Survey) -> dict[str, Shown]:
    return {row.key: row for row in shown(found)}


def said(found: Survey) -> str:
    return "\n".join(f"{note.message} {note.remedy}" for note in notes(found))


FAULTY = """
jobs = 0
job = 1
template = "x"
library = 3
notion_token = "ntn_canary"
settle_seconds = nan

[columns]
artst = "Who"
title = 3

[playlists]
"Friday" = "not a link"
"Monday" = "https://example.com/canary"

[watch]
evry = "6h"
quiet = "25:00-26:00"
playlists.A = "sometimes"
playlists.B = "rarely"

[notify]
whn = "x"
when = "never"
urls = ["canary"]

[webhook]
url = "http://example.com/canary"
"""


def test_all_that_is_wrong_is_said_at_once_with_its_place(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("TRACKS_DB_ID='canary", "utf-8")
    found = looked(tmp_path, FAULTY, env={"NOTION_TOKEN": "two canaries", "CLOUDCRATE_UPGRADE": "perhaps"})
    places = [fault.place for fault in found.faults]
    assert sorted(places) == sorted(
        ["jobs", "job", "template", "library", "notion_token", "settle_seconds", "upgrade", ".env", "notion_token"]
        + ["[columns]"] * 2
        + ["[playlists]"] * 2
        + ["watch.evry", "watch.quiet"]
        + ["[watch.playlists]"] * 2
        + ["notify.whn", "notify.when", "notify.urls", "webhook.url"]
    )
    for fault in found.faults:
        assert fault.error.message
        assert "canar" not in fault.error.message + fault.error.hint
    assert found.settings.jobs == 4
    assert shown(found)


def test_a_playlist_named_twice_is_found_although_each_entry_is_fine(tmp_path: Path) -> None:
    found = looked(tmp_path, "[watch.playlists]\nA = '6h'\na = '7h'\n")
    assert ["twice" in fault.error.message for fault in found.faults] == [True]


def test_a_file_that_is_no_toml_or_not_there_is_the_one_fault(tmp_path: Path) -> None:
    assert [fault.place for fault in looked(tmp_path, "= x").faults] == [str(tmp_path / "config.toml")]
    missing = survey({}, {"CLOUDCRATE_CONFIG": str(tmp_path / "none")}, folder=tmp_path)
    assert ["no settings file" in fault.error.message for fault in missing.faults] == [True]


def test_what_is_fine_has_no_faults_and_no_notes(tmp_path: Path) -> None:
    found = looked(tmp_path, "jobs = 2\n[notify]\nurls = ['ntfys://h/t']\n[playlists]\n")
    assert (found.faults, notes(found)) == ((), ())
    assert found.settings == load({}, {"CLOUDCRATE_CONFIG": str(tmp_path / "config.toml")}, folder=tmp_path)


def test_every_setting_says_where_it_comes_from(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("TRACKS_DB_ID=abc", "utf-8")
    text = "settle_seconds = 30\nupgrade = true\n[playlists]\nF = 'https://soundcloud.com/a/sets/b/s-canary1'\n"
    found = rows(
        looked(tmp_path, f"{text}[columns]\nartist = {{id = 'x'}}\n", env={"CLOUDCRATE_PREFER": "mp3"}, jobs=3)
    )
    path = tmp_path / "config.toml"
    assert found["jobs"] == Shown(key="jobs", value="3", is_set=True, origin=Origin.FLAG, where="--jobs")
    assert (found["prefer"].value, found["prefer"].origin) == ("mp3", Origin.VARIABLE)
    assert (found["prefer"].where, found["database"].origin) == ("CLOUDCRATE_PREFER", Origin.DOTENV)
    assert found["database"].where == f"TRACKS_DB_ID in {tmp_path / '.env'}"
    assert (found["settle_seconds"].value, found["settle_seconds"].where) == ("30", f"{path}: settle_seconds")
    assert (found["upgrade"].value, found["convert_lossy"].value) == ("true", "false")
    assert (found["template"].value, found["template"].origin) == ("{artist}/{artist} - {title}", Origin.DEFAULT)
    assert (found["playlists.F"].value, found["playlists.F"].origin) == (
        "https://soundcloud.com/a/sets/b",
        Origin.FILE,
    )
    assert found["columns.artist.id"].value == "x"
    assert {key.name for key in KEYS} - {"playlists", "columns"} < set(found)


def test_a_table_can_be_given_by_a_variable_and_then_goes_before_the_whole_table(tmp_path: Path) -> None:
    text = """
    [playlists]
    Friday = "https://soundcloud.com/ada/sets/friday"
    [watch]
    every = "2h"
    quiet = "23:00-07:00"
    playlists.Friday = "1d"
    """
    env = {
        "CLOUDCRATE_PLAYLISTS": '{"Night Bus" = "https://soundcloud.com/ada/sets/bus/s-canary1"}',
        "CLOUDCRATE_COLUMNS": 'artist = "Who", bpm = ""',
        "CLOUDCRATE_WATCH_EVERY": "never",
        "CLOUDCRATE_WATCH_PLAYLISTS": '"Night Bus" = "3h"',
    }
    looked_at = looked(tmp_path, text, env=env)
    found, settings = rows(looked_at), looked_at.settings
    assert looked_at.faults == ()
    assert [kept.name for kept in settings.playlists] == ["Night Bus"]
    assert {f.value: column.name for f, column in settings.columns.items()} == {"artist": "Who", "bpm": ""}
    assert (settings.watch.usual, list(settings.watch.called.values())) == (None, ["Night Bus"])
    assert (settings.watch.quiet is not None, found["watch.quiet"].origin) == (True, Origin.FILE)
    assert (found["playlists.Night Bus"].value, found["playlists.Night Bus"].where) == (
        "https://soundcloud.com/ada/sets/bus",
        "CLOUDCRATE_PLAYLISTS",
    )
    assert (found["watch.every"].value, found["watch.every"].origin) == ("never", Origin.VARIABLE)
    assert found["columns.artist"].value == "Who"
    assert "playlists.Friday" not in found


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("PLAYLISTS", "canary", "CLOUDCRATE_PLAYLISTS is not what it should be; it should be a table"),
        ("PLAYLISTS", "a = 1\nb = 2", "CLOUDCRATE_PLAYLISTS is not what it should be"),
        ("PLAYLISTS", "{}\nb = 2", "CLOUDCRATE_PLAYLISTS is not what it should be"),
        ("PLAYLISTS", "A = 'not a canary link'", "CLOUDCRATE_PLAYLISTS 'A'"),
        ("COLUMNS", "artst = 'Who'", "CLOUDCRATE_COLUMNS has an unknown field 'artst'"),
        ("WATCH_EVERY", "sometimes", "CLOUDCRATE_WATCH_EVERY: 'sometimes'"),
        ("WATCH_QUIET", "late", "CLOUDCRATE_WATCH_QUIET: 'late'"),
        ("WATCH_PLAYLISTS", "A = 3", "CLOUDCRATE_WATCH_PLAYLISTS 'A' should be a text"),
    ],
)
def test_a_wrong_table_in_a_variable_says_so_and_repeats_no_link(
    tmp_path: Path, name: str, text: str, words: str
) -> None:
    [fault] = looked(tmp_path, env={f"CLOUDCRATE_{name}": text}).faults
    assert words in fault.error.message
    assert "canary" not in fault.error.message + fault.error.hint


def test_secrets_only_say_that_they_are_set(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("0123456789canary", "utf-8")
    text = """
    state = "postgresql://ada:canary@db.example/music?password=canary"
    library = "s3://bucket/prefix?x=y"
    [notify]
    urls = ["ntfys://canary@h/t"]
    [webhook]
    url = "https://h.example/canary"
    secret_file = "secret"
    """
    env = {"NOTION_TOKEN": "ntn_canary", "NOTION_API_TOKEN": "ntn_canary2", "SOUNDCLOUD_TOKEN": "2-canary"}
    looked_at = looked(tmp_path, text, env=env)
    found = rows(looked_at)
    assert looked_at.faults == ()
    assert "canary" not in f"{found} {looked_at} {said(looked_at)}"
    assert found["state"].value == "postgresql://…@db.example/music?…"
    assert found["library"].value == "s3://bucket/prefix?…"
    assert found["notion_token"].value == (
        "set (from NOTION_TOKEN; NOTION_API_TOKEN holds another one and is not used)"
    )
    assert found["soundcloud_token"].value == "set (from SOUNDCLOUD_TOKEN)"
    assert found["notify.urls"].value == f"set (from {tmp_path / 'config.toml'}: notify.urls)"
    assert found["webhook.url"].value.startswith("set (from")


def test_a_keyring_is_named_and_not_asked_to_show_where_a_token_is(tmp_path: Path) -> None:
    env = {"CLOUDCRATE_CONFIG": str(tmp_path / "c.toml"), "CLOUDCRATE_NOTION_TOKEN_KEYRING": "yes"}
    (tmp_path / "c.toml").touch()
    found = survey({}, env, folder=tmp_path, keyring=unopened, with_tokens=False)
    assert rows(found)["notion_token"].value == f"set (from {KEYRING})"
    assert rows(found)["soundcloud_token"].value == "not set"


def test_hostile_text_is_made_visible(tmp_path: Path) -> None:
    text = 'database = "a\\u001b[2J"\n[playlists]\n"\\u202ex" = \'https://soundcloud.com/a/sets/b\'\n'
    found = rows(looked(tmp_path, text))
    assert found["database"].value == "a␛[2J"
    assert "playlists.\\u202ex" in found


def test_equal_tokens_are_no_matter_and_different_ones_are_noted(tmp_path: Path) -> None:
    same = looked(tmp_path, env={"NOTION_TOKEN": "ntn_a", "NOTION_API_TOKEN": " ntn_a\n"})
    assert (notes(same), rows(same)["notion_token"].value) == ((), "set (from NOTION_TOKEN)")
    other = looked(tmp_path, env={"NOTION_TOKEN": "ntn_a", "NOTION_API_TOKEN": "ntn_b"})
    assert "NOTION_TOKEN and NOTION_API_TOKEN hold different tokens; the first is used." in said(other)
    assert other.settings.token_source == "NOTION_TOKEN"


def test_what_has_no_effect_is_noted(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("CLOUDCRATE_JOBS=2\n", "utf-8")
    (tmp_path / ".env").chmod(0o644)
    text = "[notify]\nwhen = 'always'\n[handoff]\nname = 'x'\n[webhook]\nsecret = '0123456789abcdef'\n"
    found = looked(tmp_path, text, env={"CLOUDCRATE_JOB": "3", "CLOUDCRATE_SOMETHING": "x"})
    assert [note.message for note in notes(found)] == [
        f"{tmp_path / '.env'}: CLOUDCRATE_JOBS has no effect here.",
        "CLOUDCRATE_JOB in the environment is no setting.",
        "notify.when has no effect without notify.urls.",
        "handoff.name has no effect without handoff.folder.",
        "webhook.secret has no effect without webhook.url.",
    ]
    assert "Did you mean CLOUDCRATE_JOBS?" in said(found)


@pytest.mark.parametrize(
    ("file", "text", "env"),
    [
        ("config.toml", "[webhook]\nurl = 'https://h/'\nsecret = '0123456789abcdef'\n", {}),
        ("config.toml", "state = 'postgresql://ada:canary@h/x'\n", {}),
        ("notion-token", "", {}),
        ("named", "soundcloud_token_file = 'named'\n", {}),
        ("urls", "[notify]\nurls_file = 'urls'\n", {}),
        (".env", "", {}),
    ],
)
def test_a_secret_that_others_can_read_is_noted(tmp_path: Path, file: str, text: str, env: dict[str, str]) -> None:
    contents = {"notion-token": "ntn_x", "named": "2-x", "urls": "ntfys://h/x", ".env": "NOTION_TOKEN=ntn_x"}
    path = tmp_path / file
    if file in contents:
        path.write_text(contents[file], "utf-8")
        path.chmod(0o600)
    found = looked(tmp_path, text, env=env)
    assert (found.faults, notes(found)) == ((), ())
    path.chmod(0o640)
    assert notes(found) == (
        Note(
            message=f"{path} holds a secret, and others on this machine may reach it.",
            remedy=f"Let it be yours alone: chmod 600 '{path}'",
        ),
    )
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


# --- the page, and the file that one begins with ------------------------------------------------


def test_every_key_is_on_the_page_with_its_variable_and_its_flag() -> None:
    page = PAGE.read_text("utf-8")
    options = {option for command in cli.commands.values() for p in command.params for option in p.opts}
    for key in KEYS:
        assert len([*key.variables, *key.secret_variables]) == 1, key.name
        assert not (key.variables and key.secret_variables), key.name
        assert not key.flag or key.flag in options, key.name
        assert f"| `{key.name.rpartition('.')[2]}` | {key.about} (" in page
    assert set(NAMES) <= set(re.findall(r"\w+", page))


def test_the_examples_of_the_page_are_read(tmp_path: Path) -> None:
    block = PAGE.read_text("utf-8").split("## Tables\n", 1)[1].split("The variable", 1)[0]
    found = looked(tmp_path, re.sub("^    ", "", block, flags=re.MULTILINE))
    assert found.faults == ()
    assert ([p.name for p in found.settings.playlists], len(found.settings.watch.playlists)) == (["Friday"], 1)


def test_the_file_to_begin_with_changes_nothing(tmp_path: Path) -> None:
    found = looked(tmp_path, new_file())
    assert found.faults == ()
    assert {row.origin for row in shown(found)} == {Origin.DEFAULT}


def test_every_line_of_the_file_to_begin_with_can_be_used(tmp_path: Path) -> None:
    text = re.sub("^#(?! )", "", new_file(), flags=re.MULTILINE)
    text = text.replace('secret = "…"', 'secret = "0123456789abcdef"').replace("secret_file =", "#")
    text = text.replace('urls_file = "notify-urls"', "").replace("_token_keyring = true", "_token_keyring = false")
    for name in ("notion-token", "soundcloud-token"):
        (tmp_path / name).write_text("x", "utf-8")
    found = looked(tmp_path, text)
    assert found.faults == ()
    held = tomllib.loads(text)
    missing = {"notify.urls_file", "webhook.secret_file"}
    assert {key.name for key in KEYS} - set(found.given) == missing
    assert held["watch"] == {"every": "6h", "quiet": "23:00-07:00", "playlists": {"Friday": "0 18 * * 5"}}
