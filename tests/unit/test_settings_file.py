"""What ``init`` writes: the user's file keeps everything else, and nothing is ever half written."""

import os
import stat
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudcrate.core.model import Field, MappedColumn
from cloudcrate.errors import DiskError, UsageError
from cloudcrate.settings import load
from cloudcrate.settings_file import Changes, write, write_token

WHO = MappedColumn(id="a%3Ab", name="Who", type="rich_text")

MINE = """\
# my settings
jobs = 2  # two at once

# what I call them
[playlists]
"Friday" = "https://soundcloud.com/ada/sets/friday"
"""


def made(tmp_path: Path, text: str | bytes) -> Path:
    path = tmp_path / "config.toml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode("utf-8"))
    return path


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_new_file_is_its_owners_alone_and_reads_back(tmp_path: Path) -> None:
    path = tmp_path / "new" / "config.toml"
    assert write(path, Changes(database="d", playlists_database="p", columns={Field.ARTIST: WHO}))
    assert (mode(path), mode(path.parent)) == (0o600, 0o700)
    assert path.read_text("utf-8") == (
        'database = "d"\nplaylists_database = "p"\n\n'
        '[columns]\nartist = {id = "a%3Ab", name = "Who", type = "rich_text"}\n'
    )
    found = load({}, {"CLOUDCRATE_CONFIG": str(path)})
    assert (found.database, found.playlists_database, found.columns) == ("d", "p", {Field.ARTIST: WHO})


def test_comments_and_order_stay_and_new_keys_stand_with_their_like(tmp_path: Path) -> None:
    path = made(tmp_path, MINE)
    write(path, Changes(database="d", columns={Field.ARTIST: WHO}))
    assert path.read_text("utf-8") == MINE.replace("at once\n", 'at once\ndatabase = "d"\n') + (
        '\n[columns]\nartist = {id = "a%3Ab", name = "Who", type = "rich_text"}\n'
    )


def test_a_key_changes_in_its_place_and_keeps_its_comment(tmp_path: Path) -> None:
    path = made(tmp_path, 'database = "old" # mine\njobs = 1\n[columns]\n# who\nartist = "A" # it\nbpm = "B"\n')
    write(path, Changes(database="d", columns={Field.ARTIST: MappedColumn(name="Who"), Field.KEY: MappedColumn()}))
    assert path.read_text("utf-8") == (
        'database = "d" # mine\njobs = 1\n[columns]\n# who\nartist = "Who" # it\nkey = ""\n'
    )


def test_what_is_there_already_is_not_touched(tmp_path: Path) -> None:
    text = "database = 'd'\ncolumns.artist = {name='Who', id = 'a%3Ab',type='rich_text'}\ncolumns.key = { name = 'K' }"
    path = made(tmp_path, text)
    columns = {Field.ARTIST: WHO, Field.KEY: MappedColumn(name="K")}
    before = path.stat()
    assert not write(path, Changes(database="d", playlists_database="", columns=columns))
    assert (path.stat().st_ino, path.read_text("utf-8")) == (before.st_ino, text)


def test_an_empty_text_takes_a_key_out_and_none_leaves_it(tmp_path: Path) -> None:
    path = made(tmp_path, 'jobs = 1\nplaylists_database = "p"\ndatabase = "d"\n')
    write(path, Changes(playlists_database=""))
    assert path.read_text("utf-8") == 'jobs = 1\ndatabase = "d"\n'


@pytest.mark.parametrize(
    "text",
    [
        "",
        "# only a comment",
        "jobs = 2",
        "columns.artist = 'x'\ncolumns.bpm = 'y'\njobs = 1\n",
        "columns = {artist = 'x', bpm = 'y'}\njobs = 1\n",
        "jobs = 1\n[columns]\nbpm = 'x'\n[columns.artist]\nid = 'x'\nname = 'y'\n[playlists]\na = 'b'\n",
        "[playlists]\na = 'b'\n# the end\n",
        "[columns]\n[playlists]\na = 'b'",
        '[playlists]\na = """\n[columns]\n"""\n',
    ],
)
def test_however_the_file_is_written_it_says_the_same_but_for_the_changes(tmp_path: Path, text: str) -> None:
    path = made(tmp_path, text)
    write(path, Changes(database="d", columns={Field.ARTIST: WHO, Field.KEY: MappedColumn(name="K")}))
    found = tomllib.loads(path.read_text("utf-8"))
    assert found.pop("database") == "d"
    columns = found.pop("columns")
    assert columns == {"artist": {"id": "a%3Ab", "name": "Who", "type": "rich_text"}, "key": "K"}
    assert found == {k: v for k, v in tomllib.loads(text).items() if k != "columns"}
    assert not write(path, Changes(database="d", columns={Field.ARTIST: WHO, Field.KEY: MappedColumn(name="K")}))


def test_the_line_ends_of_another_system_stay(tmp_path: Path) -> None:
    path = made(tmp_path, MINE.replace("\n", "\r\n"))
    write(path, Changes(database="d", columns={Field.ARTIST: WHO}))
    text = path.read_bytes()
    assert text.count(b"\r\n") == text.count(b"\n") == MINE.count("\n") + 4


def test_a_file_keeps_its_mode_and_a_link_stays_a_link(tmp_path: Path) -> None:
    real = made(tmp_path, MINE)
    real.chmod(0o640)
    link = tmp_path / "link.toml"
    link.symlink_to(real)
    write(link, Changes(database="d"))
    assert link.is_symlink()
    assert mode(real) == 0o640
    assert 'database = "d"' in real.read_text("utf-8")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["config.toml", "link.toml"]


@pytest.mark.parametrize("text", [b"= nonsense", b"\xff\xfe", b"jobs = 1\njobs = 2\n", b"\xef\xbb\xbfjobs = 1\n"])
def test_a_file_that_cannot_be_read_is_left_alone(tmp_path: Path, text: bytes) -> None:
    path = made(tmp_path, text)
    with pytest.raises(UsageError, match="left as it is"):
        write(path, Changes(database="d"))
    assert path.read_bytes() == text
    assert [p.name for p in tmp_path.iterdir()] == ["config.toml"]


def test_a_file_whose_columns_stand_in_two_places_is_changed_rightly_or_left_alone(tmp_path: Path) -> None:
    text = "[columns.artist]\nname = 'x'\n[playlists]\na = 'b'\n[columns.bpm]\nname = 'y'\n"
    path = made(tmp_path, text)
    try:
        write(path, Changes(columns={Field.ARTIST: WHO}))
    except UsageError:
        assert path.read_text("utf-8") == text
    else:
        found = tomllib.loads(path.read_text("utf-8"))
        assert found["playlists"] == {"a": "b"}
        assert set(found["columns"]) == {"artist"}


@given(
    database=st.text(min_size=1).filter(lambda t: t.isprintable()),
    name=st.text(st.characters(exclude_categories=["Cs"]), min_size=1),
    old=st.sampled_from(["", MINE, "columns = {bpm = 'x'}", "[columns]\nartist = 'x' # y\n"]),
)
def test_any_name_reads_back(tmp_path_factory: pytest.TempPathFactory, database: str, name: str, old: str) -> None:
    path = made(tmp_path_factory.mktemp("any"), old)
    column = MappedColumn(id="x", name=name, type="rich_text")
    write(path, Changes(database=database, columns={Field.ARTIST: column, Field.KEY: MappedColumn(name=name)}))
    found = load({}, {"CLOUDCRATE_CONFIG": str(path)})
    assert found.database == database
    assert found.columns == {Field.ARTIST: column, Field.KEY: MappedColumn(name=name)}


def test_a_token_file_is_its_owners_alone_from_its_first_byte(tmp_path: Path) -> None:
    path = tmp_path / "notion-token"
    path.write_text("old", "utf-8")
    path.chmod(0o644)
    write_token(path, "ntn_canary")
    assert (path.read_text("utf-8"), mode(path)) == ("ntn_canary\n", 0o600)
    assert [p.name for p in tmp_path.iterdir()] == ["notion-token"]


def test_a_token_is_never_written_through_a_link(tmp_path: Path) -> None:
    other = tmp_path / "somebody"
    other.write_text("else", "utf-8")
    path = tmp_path / "notion-token"
    path.symlink_to(other)
    write_token(path, "ntn_canary")
    assert other.read_text("utf-8") == "else"
    assert not path.is_symlink()


def test_a_folder_that_cannot_be_written_is_said_and_the_token_is_not(tmp_path: Path) -> None:
    in_the_way = tmp_path / "file"
    in_the_way.touch()
    with pytest.raises(DiskError, match="cannot be written") as caught:
        write_token(in_the_way / "notion-token", "ntn_canary")
    assert "canary" not in str(caught.value)
    with pytest.raises(DiskError):
        write(Path("/proc") / "cloudcrate" / "config.toml", Changes(database="d"))
    assert os.listdir(tmp_path) == ["file"]
