"""The file ``.env``: four names, below the environment and above the settings file, and nothing of it is repeated."""

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudcrate.errors import UsageError
from cloudcrate.settings import Settings, load, survey
from cloudcrate.settings_check import notes
from cloudcrate.settings_dotenv import LIMIT, NAMES, read_dotenv


def written(folder: Path, text: str | bytes) -> Path:
    (folder / ".env").write_bytes(text if isinstance(text, bytes) else text.encode())
    return folder


def loaded(folder: Path, env: dict[str, str] | None = None, flags: dict[str, object] | None = None) -> Settings:
    config = {"CLOUDCRATE_CONFIG": str(folder / "config.toml")}
    return load(flags or {}, config | (env or {}), may_be_new=True, folder=folder)


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ("TRACKS_DB_ID=abc", "abc"),
        ("  export TRACKS_DB_ID = abc  ", "abc"),
        ("TRACKS_DB_ID=abc # mine", "abc"),
        ("TRACKS_DB_ID=abc#mine", "abc#mine"),
        ("TRACKS_DB_ID= # nothing", ""),
        ("TRACKS_DB_ID=", ""),
        ("TRACKS_DB_ID='a b # c'", "a b # c"),
        ("TRACKS_DB_ID='a\\nb' # mine", "a\\nb"),
        ('TRACKS_DB_ID="a\\"b\\\\c"', 'a"b\\c'),
        ("TRACKS_DB_ID=$HOME/${X}`id`", "$HOME/${X}`id`"),
        ('TRACKS_DB_ID="$HOME"', "$HOME"),
        ("TRACKS_DB_ID=abc\r", "abc"),
        ('TRACKS_DB_ID="abc"\r', "abc"),
        ("TRACKS_DB_ID=one\nTRACKS_DB_ID=two", "two"),
        ("\ufeffTRACKS_DB_ID=abc", "abc"),
        ("TRACKS_DB_ID=a=b", "a=b"),
    ],
)
def test_a_line_is_read_as_it_is_written(tmp_path: Path, line: str, value: str) -> None:
    found = read_dotenv(written(tmp_path, f"{line}\n"))
    assert (found.values, found.faults) == ({"TRACKS_DB_ID": value}, ())


@pytest.mark.parametrize(
    "text",
    [
        "",
        "# TRACKS_DB_ID=abc",
        "tracks_db_id=abc",
        "MY_TRACKS_DB_ID=abc",
        "TRACKS_DB_ID",
        "TRACKS_DB_ID abc",
        "KEY='one\nTRACKS_DB_ID=abc\n'",
        'KEY="one\\"\nTRACKS_DB_ID=abc\n" # two',
    ],
)
def test_what_sets_none_of_the_names_says_nothing(tmp_path: Path, text: str) -> None:
    found = read_dotenv(written(tmp_path, text))
    assert (found.values, found.faults, found.idle) == ({}, (), ())


def test_only_four_names_count_and_those_of_ours_that_do_not_are_told(tmp_path: Path) -> None:
    lines = [f"{name}=x" for name in NAMES]
    lines += ["PATH=/evil", "CLOUDCRATE_STATE=/evil", "NOTION_TOKEN_FILE=/evil", "SOUNDCLOUD_TOKEN=x", "HTTPS_PROXY=x"]
    found = read_dotenv(written(tmp_path, "\n".join(lines)))
    assert dict(found.values) == dict.fromkeys(NAMES, "x")
    assert found.idle == ("CLOUDCRATE_STATE", "NOTION_TOKEN_FILE", "SOUNDCLOUD_TOKEN")
    seen = loaded(tmp_path)
    assert (seen.soundcloud_token, "evil" in str(seen.state)) == (None, False)


def test_it_stands_below_the_environment_and_above_the_file(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text("database = 'file'\nnotion_token_file = 'token'\n", "utf-8")
    (tmp_path / "token").write_text("ntn_file", "utf-8")
    (tmp_path / "other").write_text("ntn_other", "utf-8")

    def seen(env: dict[str, str] | None = None, flags: dict[str, object] | None = None) -> tuple[str | None, str, str]:
        found = loaded(tmp_path, env, flags)
        assert found.notion_token is not None
        return found.database, found.notion_token.reveal(), found.token_source

    assert seen() == ("file", "ntn_file", str(tmp_path / "token"))
    written(tmp_path, "TRACKS_DB_ID=dotenv\nNOTION_API_TOKEN=ntn_dotenv\nPLAYLISTS_DB_ID=p\n")
    source = f"NOTION_API_TOKEN in {tmp_path / '.env'}"
    assert seen() == ("dotenv", "ntn_dotenv", source)
    assert loaded(tmp_path).playlists_database == "p"
    assert seen({"TRACKS_DB_ID": "env"}) == ("env", "ntn_dotenv", source)
    assert seen({"TRACKS_DB_ID": ""}, {"database": "flag"})[0] == "flag"
    assert seen({"NOTION_TOKEN": "ntn_env"})[1:] == ("ntn_env", "NOTION_TOKEN")
    assert seen({"NOTION_TOKEN_FILE": str(tmp_path / "other")})[1:] == ("ntn_other", str(tmp_path / "other"))


def test_the_working_directory_is_where_it_is_looked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(written(tmp_path, "TRACKS_DB_ID=here"))
    assert load({}, {"CLOUDCRATE_CONFIG": str(tmp_path / "none.toml")}, may_be_new=True).database == "here"


def _large(folder: Path) -> None:
    written(folder, b"TRACKS_DB_ID=canary\n" + b"#" * LIMIT)


def _not_utf8(folder: Path) -> None:
    written(folder, b"TRACKS_DB_ID=canary\xff")


def _link_out(folder: Path) -> None:
    other = folder.parent / "canary"
    other.write_text("TRACKS_DB_ID=canary", "utf-8")
    (folder / ".env").symlink_to(other)


def _circle(folder: Path) -> None:
    (folder / ".env").symlink_to(".env")


def _pipe(folder: Path) -> None:
    os.mkfifo(folder / ".env")


def _device(folder: Path) -> None:
    (folder / ".env").symlink_to("/dev/zero")


def _quotes(folder: Path) -> None:
    written(folder, "A=1\nTRACKS_DB_ID='canary\n")


REFUSED = [
    (_large, "larger than 64 kB"),
    (_not_utf8, "not UTF-8"),
    (_link_out, "leads out of its folder"),
    (_circle, "cannot be read|leads nowhere|leads out"),
    (_pipe, "no file"),
    (_device, "leads out of its folder"),
    (_quotes, "line 2: the quotes of TRACKS_DB_ID do not fit"),
]


@pytest.mark.parametrize(("make", "words"), REFUSED, ids=lambda x: getattr(x, "__name__", ""))
def test_a_file_that_cannot_be_read_is_refused_where_it_would_count(tmp_path: Path, make: object, words: str) -> None:
    folder = tmp_path / "work"
    folder.mkdir()
    assert callable(make)
    make(folder)
    with pytest.raises(UsageError, match=words) as caught:
        loaded(folder)
    assert "canary" not in caught.value.message + caught.value.hint
    assert caught.value.hint
    with pytest.raises(UsageError, match=words):
        loaded(folder, {"TRACKS_DB_ID": "given"})
    enough = {"TRACKS_DB_ID": "given", "NOTION_TOKEN": "ntn_given"}
    assert loaded(folder, enough).database == "given"
    faults = survey({}, enough, folder=folder).faults
    assert [fault.place for fault in faults] == [".env"]


def test_a_large_file_that_fits_is_read(tmp_path: Path) -> None:
    line = b"TRACKS_DB_ID=abc\n"
    assert read_dotenv(written(tmp_path, line + b"#" * (LIMIT - len(line)))).values == {"TRACKS_DB_ID": "abc"}


def test_a_link_within_the_folder_is_followed(tmp_path: Path) -> None:
    (tmp_path / "dev.env").write_text("TRACKS_DB_ID=abc", "utf-8")
    (tmp_path / ".env").symlink_to("dev.env")
    assert loaded(tmp_path).database == "abc"


def test_a_folder_of_that_name_is_passed_over_and_told(tmp_path: Path) -> None:
    (tmp_path / ".env").mkdir()
    assert loaded(tmp_path).database is None
    found = survey({}, {}, folder=tmp_path)
    assert ".env" not in [fault.place for fault in found.faults]
    assert any("is a folder" in note.message for note in notes(found))


def test_a_folder_that_is_not_there_has_none(tmp_path: Path) -> None:
    assert read_dotenv(tmp_path / "nowhere").values == {}


def test_a_working_directory_that_was_removed_has_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    env = {"CLOUDCRATE_CONFIG": str(tmp_path / "none.toml"), "CLOUDCRATE_STATE": str(tmp_path)}
    assert load({}, env, may_be_new=True).database is None


@given(st.text(alphabet="AB='\"\\ \n\r\t#$xTRACKS_DB_IDexport", max_size=300))
def test_any_text_is_read_without_an_error(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    folder = tmp_path_factory.getbasetemp() / "any-dotenv"
    folder.mkdir(exist_ok=True)
    found = read_dotenv(written(folder, text))
    assert set(found.values) <= set(NAMES)


@pytest.mark.timeout(10)
@pytest.mark.parametrize("piece", ['A="', "A='", 'A="\\"', "export ", 'A="\\', "A=' '", "\t", "A = "])
def test_a_hostile_file_takes_no_time(tmp_path: Path, piece: str) -> None:
    for between in ("", "\n"):
        text = (piece + between) * (LIMIT // len(piece + between))
        assert read_dotenv(written(tmp_path, text)).values == {}
