"""``cloudcrate init``: what it asks, what it refuses to guess, and what it leaves behind."""

import json
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Any  # Any: the command's JSON

import click
import pytest
from click.testing import CliRunner, Result
from pretend_setup import GOOD, PretendSetup, hostile, renamed

from cloudcrate.cli import setting_up
from cloudcrate.cli.init import init
from cloudcrate.core.model import Field, MappedColumn
from cloudcrate.errors import CloudcrateError, CredentialsError, UsageError
from cloudcrate.settings import Settings, load

OURS = (
    *("TRACKS_DB_ID", "PLAYLISTS_DB_ID", "NOTION_TOKEN", "NOTION_API_TOKEN", "NOTION_TOKEN_FILE"),
    *("CLOUDCRATE_PARENT", "CLOUDCRATE_YES", "CLOUDCRATE_ADD_MISSING", "CLOUDCRATE_DATA_SOURCE"),
    *("CLOUDCRATE_NEW", "CLOUDCRATE_COLUMNS"),
)
ARTIST = MappedColumn(id="id-artist", name="Artist", type="rich_text")


class Desk:
    """A user's folder in front of a pretended Notion."""

    def __init__(self, folder: Path) -> None:
        self.setup = PretendSetup()
        self.file = folder / "settings" / "config.toml"
        self.environment = {"CLOUDCRATE_CONFIG": str(self.file), "NOTION_TOKEN": GOOD}

    def run(self, *words: str, keys: str | None = None, env: Mapping[str, str] | None = None) -> Result:
        """Runs the command; ``keys`` are what is typed on a terminal, None: there is no terminal."""
        environment = self.environment | dict(env or {})

        @click.command(params=init.params)
        def command(**options: Any) -> None:  # Any: click's options
            on_terminal = keys is not None
            given = setting_up.Options(**options)
            setting_up.run(given, on_terminal=on_terminal, opener=self.setup.opened, environment=environment)

        seen: dict[str, str | None] = dict.fromkeys(OURS)
        return CliRunner().invoke(command, words, input=keys, env=seen | environment)

    @property
    def settings(self) -> Settings:
        """What a later command reads."""
        return load({}, self.environment)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def fine(result: Result) -> str:
    assert result.exception is None, (result.exception, result.output)
    return result.output


def refused(result: Result) -> CloudcrateError:
    assert isinstance(result.exception, CloudcrateError), (result.exception, result.output)
    return result.exception


# --- without a terminal -------------------------------------------------------------------------


def test_a_database_named_and_accepted_is_written_with_ids(desk: Desk) -> None:
    desk.setup.add("ds-1", given="https://www.notion.so/db")
    said = fine(desk.run("--database", "https://www.notion.so/db", "--yes"))
    assert desk.settings.database == "ds-1"
    assert desk.settings.columns[Field.ARTIST] == ARTIST
    assert Field.KEY not in desk.settings.columns
    assert "Crate of Ada" in said
    assert f"Written: {desk.file}" in said
    assert "Next: cloudcrate sync" in said
    assert "--add-missing" in said
    assert (desk.setup.made, desk.setup.added) == ([], [])
    assert GOOD not in said + desk.file.read_text("utf-8")


def test_the_environment_says_it_as_well_as_options(desk: Desk) -> None:
    desk.setup.add("ds-1", given="db")
    desk.setup.add("ds-2", "Other", given="db")
    desk.setup.add("lists", "Playlists", title="Name")
    fine(
        desk.run(
            env={
                "TRACKS_DB_ID": "db",
                "CLOUDCRATE_DATA_SOURCE": "DS2",
                "PLAYLISTS_DB_ID": "lists",
                "CLOUDCRATE_YES": "1",
                "CLOUDCRATE_ADD_MISSING": "1",
            }
        )
    )
    assert (desk.settings.database, desk.settings.playlists_database) == ("ds-2", "lists")
    assert desk.setup.added[0][2] == "lists"
    assert set(desk.settings.columns) == set(Field)


@pytest.mark.parametrize(
    ("words", "env", "named"),
    [
        (["--database", "db", "--yes"], {"NOTION_TOKEN": ""}, ["NOTION_TOKEN", "--token-file", "NOTION_TOKEN_FILE"]),
        (["--yes"], {}, ["--database", "TRACKS_DB_ID", "--new", "--parent", "CLOUDCRATE_PARENT"]),
        (["--new"], {}, ["--parent", "top", "CLOUDCRATE_PARENT"]),
        (["--database", "two", "--yes"], {}, ["--data-source", "CLOUDCRATE_DATA_SOURCE", "ds-2", "ds-3"]),
        (["--database", "two", "--data-source", "x"], {}, ["--data-source"]),
        (["--database", "db", "--playlists-database", "two"], {}, ["--playlists-database", "PLAYLISTS_DB_ID"]),
        (["--database", "db"], {}, ["--yes", "CLOUDCRATE_YES"]),
        (["--database", "db", "--column", "artst=Who"], {}, ["artst", "FIELD=COLUMN", "soundcloud_id"]),
        (["--database", "db", "--column", "artist"], {}, ["FIELD=COLUMN"]),
        (["--database", "db", "--yes", "--column", "artist=Nowhere"], {}, ["no column", "Nowhere"]),
        (["--database", "db", "--yes", "--column", "artist=URL", "--column", "url=URL"], {}, ["both artist and url"]),
    ],
)
def test_what_is_missing_or_wrong_is_named_and_nothing_is_written(
    desk: Desk, words: list[str], env: dict[str, str], named: list[str]
) -> None:
    desk.setup.add("ds-1", given="db")
    desk.setup.add("ds-2", given="two")
    desk.setup.add("ds-3", given="two")
    error = refused(desk.run(*words, env=env))
    assert isinstance(error, UsageError)
    assert [word for word in named if word not in error.message + " " + error.hint] == []
    assert not desk.file.parent.exists()
    assert (desk.setup.made, desk.setup.added) == ([], [])


def test_new_tables_are_made_below_the_page_and_need_no_accepting(desk: Desk) -> None:
    fine(desk.run("--new", "--parent", "page-1"))
    assert desk.setup.made == ["page-1"]
    assert (desk.settings.database, desk.settings.playlists_database) == ("new-tracks", "new-playlists")
    assert set(desk.settings.columns) == set(Field)


def test_a_parent_alone_asks_for_new_tables_once(desk: Desk) -> None:
    for _ in range(2):
        fine(desk.run(env={"CLOUDCRATE_PARENT": "TOP"}))
    assert desk.setup.made == [None]


def test_a_folder_that_cannot_be_written_is_said_before_tables_are_made(desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "settings").write_text("in the way", "utf-8")
    refused(desk.run("--new", "--parent", "top", env={"CLOUDCRATE_CONFIG": str(tmp_path / "settings" / "config.toml")}))
    assert desk.setup.made == []


def test_a_dry_run_shows_and_changes_nothing(desk: Desk) -> None:
    desk.setup.add("ds-1")
    said = fine(desk.run("--database", "ds-1", "--add-missing", "--dry-run"))
    assert "Artist" in said
    assert "Nothing was changed" in said
    said = fine(desk.run("--new", "--parent", "top", "--dry-run"))
    assert "Would make" in said
    assert not desk.file.parent.exists()
    assert (desk.setup.made, desk.setup.added) == ([], [])


def test_the_answer_is_data_when_asked_for(desk: Desk) -> None:
    desk.setup.add("ds-1")
    result = desk.run("--database", "ds-1", "--yes", "--column", "bpm=", "--json", "--playlists-database", "ds-1")
    fine(result)
    document = json.loads(result.stdout)
    found = document["init"]
    assert document["schema_version"] == 1
    assert found["database"] == {"id": "ds-1", "name": "Music Tracks", "place": "Music", "url": ""}
    assert found["playlists_database"]["id"] == "ds-1"
    columns = {c["field"]: c for c in found["columns"]}
    assert columns["artist"] == {
        "field": "artist",
        "column": "Artist",
        "id": "id-artist",
        "type": "rich_text",
        "standing": "proposed",
        "reason": "the name fits",
    }
    assert columns["bpm"]["standing"] == "chosen"
    assert "key" in found["missing"]
    assert "bpm" not in found["missing"]
    assert found["written"] == [str(desk.file)]
    assert desk.settings.columns[Field.BPM] == MappedColumn()


def test_a_token_file_is_read_and_remembered_and_goes_before_the_environment(desk: Desk, tmp_path: Path) -> None:
    desk.setup.add("ds-1")
    kept = tmp_path / "my token"
    kept.write_text(GOOD, "utf-8")
    said = fine(desk.run("--database", "ds-1", "--yes", "--token-file", str(kept), env={"NOTION_TOKEN": "ntn_wrong"}))
    assert "NOTION_TOKEN is set, and goes before" in said
    desk.environment["NOTION_TOKEN"] = ""
    assert desk.settings.token_source == str(kept)
    assert GOOD not in said + desk.file.read_text("utf-8")


def test_a_wrong_token_is_said_and_nothing_is_asked(desk: Desk) -> None:
    assert isinstance(refused(desk.run("--yes", env={"NOTION_TOKEN": "ntn_wrong"}, keys="\n")), CredentialsError)


def test_what_the_environment_says_otherwise_is_noted(desk: Desk) -> None:
    desk.setup.add("ds-1")
    desk.setup.add("ds-2")
    said = fine(desk.run("--database", "ds-1", "--yes", env={"TRACKS_DB_ID": "ds-2"}))
    assert "Note: TRACKS_DB_ID is set, and goes before the settings file." in said
    assert "TRACKS_DB_ID" not in fine(desk.run("--yes", env={"TRACKS_DB_ID": "ds-1"}))


def test_what_a_dotenv_says_otherwise_is_noted(desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.setup.add("ds-1")
    desk.setup.add("ds-2")
    monkeypatch.chdir(tmp_path)
    dotenv = tmp_path / ".env"
    dotenv.write_text("TRACKS_DB_ID=ds-2\nNOTION_TOKEN=ntn_canary\n", "utf-8")
    kept = tmp_path / "kept"
    kept.write_text(GOOD, "utf-8")
    said = fine(desk.run("--database", "ds-1", "--yes", "--token-file", str(kept), env={"NOTION_TOKEN": ""}))
    assert f"Note: TRACKS_DB_ID in {dotenv} is set, and goes before the settings file." in said
    assert f"Note: NOTION_TOKEN in {dotenv} is set, and goes before the settings file." in said
    assert "canary" not in said
    assert desk.settings.database == "ds-2"
    followed = fine(desk.run("--yes"))
    assert "Note:" not in followed
    dotenv.write_text("TRACKS_DB_ID=ds-2\n", "utf-8")
    assert "TRACKS_DB_ID is set" not in fine(desk.run("--yes", env={"TRACKS_DB_ID": "ds-1"}))


def test_no_keyring_goes_before_a_token_file_that_the_settings_name(desk: Desk, tmp_path: Path) -> None:
    desk.setup.add("ds-1")
    desk.file.parent.mkdir()
    desk.file.write_text("notion_token_keyring = true\n", "utf-8")
    kept = tmp_path / "kept"
    kept.write_text(GOOD, "utf-8")
    said = fine(desk.run("--database", "ds-1", "--yes", "--token-file", str(kept), env={"NOTION_TOKEN": ""}))
    assert "Note:" not in said
    desk.environment["NOTION_TOKEN"] = ""
    assert desk.settings.token_source == str(kept)


# --- again --------------------------------------------------------------------------------------


def test_a_second_run_changes_nothing_and_asks_nothing(desk: Desk) -> None:
    desk.setup.add("ds-1", given="db")
    fine(desk.run("--database", "db", "--yes"))
    before = desk.file.stat()
    assert "Nothing to change" in fine(desk.run())
    assert desk.file.stat().st_ino == before.st_ino


def test_a_column_that_was_renamed_keeps_its_id(desk: Desk) -> None:
    table = desk.setup.add("ds-1")
    fine(desk.run("--database", "ds-1", "--yes"))
    renamed(table, "Artist", "Wer")
    fine(desk.run("--yes"))
    assert desk.settings.columns[Field.ARTIST].id == "id-artist"
    table.stands_for["Wer"] = Field.LABEL
    assert "it was called “Artist”" in fine(desk.run("--yes"))
    assert desk.settings.columns[Field.ARTIST] == MappedColumn(id="id-artist", name="Wer", type="rich_text")
    assert Field.LABEL not in desk.settings.columns


def test_a_new_column_is_proposed_and_a_choice_by_hand_is_kept(desk: Desk) -> None:
    table = desk.setup.add("ds-1")
    fine(desk.run("--database", "ds-1", "--yes", "--column", "bpm=", "--column", "artist=URL", "--column", "url="))
    chosen = desk.settings.columns
    table.columns["id-key"] = "Key"
    table.stands_for["Key"] = Field.KEY
    assert isinstance(refused(desk.run()), UsageError)
    said = fine(desk.run("--yes"))
    assert "new: the name fits" in said
    assert desk.settings.columns == {**chosen, Field.KEY: MappedColumn(id="id-key", name="Key", type="rich_text")}
    assert desk.settings.columns[Field.ARTIST].id == "id-url"


def test_columns_chosen_by_the_environment_are_taken_as_those_by_hand(desk: Desk) -> None:
    desk.setup.add("ds-1")
    chosen = {"CLOUDCRATE_COLUMNS": 'bpm = "", artist = "URL", url = ""'}
    said = fine(desk.run("--database", "ds-1", "--yes", env=chosen))
    assert "CLOUDCRATE_COLUMNS is set, and goes before the settings file." in said
    assert desk.settings.columns[Field.ARTIST].id == "id-url"
    assert desk.settings.columns[Field.BPM] == MappedColumn()


def test_a_column_that_was_deleted_gives_way_to_the_proposal(desk: Desk) -> None:
    table = desk.setup.add("ds-1")
    fine(desk.run("--database", "ds-1", "--yes"))
    del table.columns["id-artist"]
    table.columns["id-other"] = "Artist"
    del table.columns["id-bpm"]
    said = fine(desk.run("--yes"))
    assert "gone or does not fit any more; the name fits" in said
    assert desk.settings.columns[Field.ARTIST].id == "id-other"
    assert Field.BPM not in desk.settings.columns


def test_another_table_starts_afresh(desk: Desk) -> None:
    desk.setup.add("ds-1", bpm="Tempo", title="Name")
    desk.setup.add("ds-2", title="Name", artist="Who")
    fine(desk.run("--database", "ds-1", "--yes", "--playlists-database", "ds-2", "--column", "url="))
    fine(desk.run("--database", "ds-2", "--yes"))
    assert (desk.settings.database, desk.settings.playlists_database) == ("ds-2", None)
    assert set(desk.settings.columns) == {Field.TITLE, Field.ARTIST}


def test_columns_written_by_hand_before_are_honoured(desk: Desk) -> None:
    table = desk.setup.add("ds-1")
    table.columns["id-mine"] = "Mine"
    desk.file.parent.mkdir()
    desk.file.write_text("# mine\njobs = 2\n[columns]\nartist = 'Mine'\nbpm = ''\n", "utf-8")
    fine(desk.run("--database", "ds-1", "--yes"))
    assert desk.settings.columns[Field.ARTIST] == MappedColumn(name="Mine")
    assert desk.settings.columns[Field.BPM] == MappedColumn()
    assert desk.file.read_text("utf-8").startswith(
        "# mine\njobs = 2\ndatabase = \"ds-1\"\n\n[columns]\nartist = 'Mine'\n"
    )


def test_a_settings_file_that_cannot_be_read_is_refused_before_anything(desk: Desk) -> None:
    desk.file.parent.mkdir()
    desk.file.write_text("= nonsense", "utf-8")
    refused(desk.run("--new", "--parent", "top"))
    assert desk.setup.made == []


# --- on a terminal ------------------------------------------------------------------------------


def test_a_newcomer_pastes_a_token_and_uses_the_table_that_is_found(desk: Desk) -> None:
    desk.setup.add("ds-1")
    desk.environment["NOTION_TOKEN"] = ""
    said = fine(desk.run(keys=f"two words\nntn_wrong\n{GOOD}\n1\n\nn\n"))
    assert "personal access token" in said
    assert "is no Notion token" in said
    assert "the token is wrong" in said
    token = desk.file.with_name("notion-token")
    assert token.read_text("utf-8") == GOOD + "\n"
    assert stat.S_IMODE(token.stat().st_mode) == 0o600
    assert GOOD not in said + desk.file.read_text("utf-8")
    assert "wrong\n" not in said.replace("the token is wrong", "")
    assert desk.settings.token_source == str(token)
    assert (desk.settings.database, desk.setup.added) == ("ds-1", [])


def test_a_kept_token_that_was_revoked_can_be_replaced(desk: Desk) -> None:
    desk.setup.add("ds-1")
    desk.environment["NOTION_TOKEN"] = ""
    desk.file.parent.mkdir()
    token = desk.file.with_name("notion-token")
    token.write_text("ntn_revoked", "utf-8")
    fine(desk.run("--database", "ds-1", "--yes", keys=f"{GOOD}\n"))
    assert token.read_text("utf-8") == GOOD + "\n"


def test_a_link_is_pasted_until_it_leads_somewhere_and_one_of_several_is_chosen(desk: Desk) -> None:
    desk.setup.add("ds-1", "Mine", given="link")
    desk.setup.add("ds-2", "Mine too", given="link")
    said = fine(desk.run("--yes", keys="1\nnowhere\nlink\n2\n"))
    assert "nowhere is no database" in said
    assert desk.settings.database == "ds-2"


@pytest.mark.parametrize(
    ("keys", "parent"), [("2\n1\n", "page-1"), ("2\n2\n", None), ("2\n3\nhttps://page\n", "https://page")]
)
def test_new_tables_go_where_the_user_says(desk: Desk, keys: str, parent: str | None) -> None:
    desk.setup.pages = [desk.setup.add("page-1", "A page").choice]
    fine(desk.run(keys=keys))
    assert desk.setup.made == [parent]


def test_columns_are_changed_by_hand_until_they_are_accepted(desk: Desk) -> None:
    desk.setup.add("ds-1")
    said = fine(desk.run("--database", "ds-1", keys="artist=Nowhere\nnonsense\nartist=URL\nurl=\nbpm=\n\nn\n"))
    assert "There is no column “Nowhere”" in said
    assert "FIELD=COLUMN" in said
    assert desk.settings.columns[Field.ARTIST].id == "id-url"
    assert desk.settings.columns[Field.URL] == desk.settings.columns[Field.BPM] == MappedColumn()


def test_missing_columns_are_added_only_when_that_is_said(desk: Desk) -> None:
    desk.setup.add("ds-1")
    fine(desk.run("--database", "ds-1", keys="bpm=\n\n\n"))
    assert desk.setup.added == []
    said = fine(desk.run(keys="y\n"))
    assert "No column for: soundcloud_id" in said
    ((table, fields, _),) = desk.setup.added
    assert table == "ds-1"
    assert Field.KEY in fields
    assert Field.BPM not in fields
    assert desk.settings.columns[Field.KEY].id == "id-key"


@pytest.mark.parametrize("keys", ["", "1\n", "1\nartist=URL\n"])
def test_breaking_off_leaves_nothing_behind(desk: Desk, keys: str) -> None:
    desk.setup.add("ds-1")
    assert desk.run(keys=keys).exit_code == 1
    assert not desk.file.parent.exists()


def test_foreign_texts_are_shown_and_do_not_act(desk: Desk) -> None:
    table = desk.setup.add("ds-1", title="Name\x1b[2J", artist="\u202eWho\x07" + "x" * 300)
    hostile(table)
    desk.setup.workspace_name = "\x1b]0;owned\x07"
    desk.setup.pages = [table.choice]
    said = fine(desk.run(keys="1\nnowhere\nds-1\n\nn\n"))
    assert desk.settings.columns[Field.ARTIST].name.startswith("\u202eWho\x07")
    desk.setup.held.pop("ds-1")
    said += fine(desk.run("--new", keys="1\n"))
    assert "owned" in said
    assert not {"\x1b", "\x07", "\u202e"} & set(said)
