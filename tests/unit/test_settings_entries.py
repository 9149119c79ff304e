"""Entries of a table come and go, however the user wrote it; whatever else the file says stays."""

import copy
import os
import stat
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any  # Any: TOML

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from cloudcrate.errors import UsageError
from cloudcrate.settings_file import write_entries

PLAYLISTS, WATCH, SCHEDULES = ("playlists",), ("watch",), ("watch", "playlists")

SHAPES = (
    "",
    "# only a comment",
    'library = "x"  # mine',
    '# names\n[playlists]\n# the old one\nA = "u" # mine\n\n# others\n[columns]\ntitle = "T" # t\n',
    'playlists = {A = "u", "b.c" = "v"}  # short\nlibrary = "x"\n',
    'playlists.A = "u" # dotted\nlibrary = "x"\n',
    'watch.every = "1h" # dotted\nlibrary = "x"\n',
    'watch = {every = "1h"} # inline\n',
    'watch = {every = "1h", playlists = {A = "2h"}} # all inline\n[columns]\nx = "y"\n',
    '[watch]\nevery = "1h" # hourly\nplaylists = {A = "2h"} # inline\n[playlists]\nA = "u"\n',
    '[watch]\nplaylists.A = "2h" # dotted\n[playlists]\nA = "u"\n',
    '[watch]\nevery = "1h"\n[playlists]\nA = "u"\n# apart\n[watch.playlists]\nA = "2h"\n',
    '[watch.playlists]\nA = "2h" # before\n[playlists]\nA = "u"\n[watch]\n# after\nevery = "1h"\n',
    '[watch.playlists]\n"A" = "2h"',
    "[playlists]",
    "[playlists]\n# none so far",
    "[playlists]\n# none so far\n\n# below\n[watch]\n",
    "[playlists]\n'A' = '''u'''\n\"b\\\"c\" = \"v\"\n[[more]]\nA = 1\n[[more]]\nA = 2\n[z]\nd = 2026-01-01\n",
)

HOSTILE = ("a.b", 'a"b', "it's", "a\nb", "a\r\nb", "🎧 \u202e", "", "a\\b", "a\x00\x7fb", "# x", "a = 1", "]\n[z]", "A")
NAMES = st.sampled_from(HOSTILE) | st.text(max_size=8)
ENTRIES = st.dictionaries(NAMES, st.none() | st.sampled_from(HOSTILE) | st.text(max_size=8), min_size=1, max_size=3)


def settled(text: str, table: Sequence[str], entries: Mapping[str, str | None]) -> dict[str, Any]:  # Any: TOML
    """What a file is to say afterwards, empty tables aside."""
    wanted = copy.deepcopy(tomllib.loads(text))
    held = wanted
    for name in table:
        held = held.setdefault(name, {})
    for key, value in entries.items():
        held.pop(key, None)
        if value is not None:
            held[key] = value
    return filled(wanted)


def filled(document: Mapping[str, Any]) -> dict[str, Any]:  # Any: TOML
    plain = {k: filled(v) if isinstance(v, dict) else v for k, v in document.items()}
    return {k: v for k, v in plain.items() if v != {}}


def comments(text: str) -> list[str]:
    return sorted(part.strip() for line in text.splitlines() if (part := line.partition("#")[2]))


@given(st.sampled_from(SHAPES), st.sampled_from((PLAYLISTS, SCHEDULES)), ENTRIES, st.booleans())
@example('watch.every = "6h"\nlibrary = "x"\n', SCHEDULES, {"A": "2h"}, False)
def test_the_file_says_what_it_said_and_the_entries(
    shape: str, table: tuple[str, ...], entries: dict[str, str | None], windows: bool
) -> None:
    before = shape.replace("\n", "\r\n") if windows else shape
    with TemporaryDirectory() as folder:
        path = Path(folder) / "config.toml"
        path.write_bytes(before.encode())
        wrote = write_entries(path, table, entries)
        after = path.read_bytes().decode()
        assert filled(tomllib.loads(after)) == settled(before, table, entries)
        assert wrote == (after != before)
        assert not write_entries(path, table, entries)
        assert path.read_bytes().decode() == after
    if not wrote:
        return
    kept = [c for c in comments(shape) if not (None in entries.values() and c in ("mine", "dotted", "before"))]
    assert [c for c in kept if c not in after] == []
    if windows and "\n" in shape:
        assert "\n" not in after.replace("\r\n", "")


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize(("table", "key"), [(PLAYLISTS, "New"), (SCHEDULES, "New"), (WATCH, "every")])
def test_every_way_to_write_a_table_takes_an_entry(
    shape: str, table: tuple[str, ...], key: str, tmp_path: Path
) -> None:
    path = tmp_path / "config.toml"
    path.write_text(shape, "utf-8")
    assert write_entries(path, table, {key: "4h"})
    after = path.read_text("utf-8")
    assert filled(tomllib.loads(after)) == settled(shape, table, {key: "4h"})
    assert [c for c in comments(shape) if c not in after] == []


def test_an_entry_changes_where_it_stands(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text(SHAPES[3], "utf-8")
    write_entries(path, PLAYLISTS, {"A": "w", "New": "n"})
    assert path.read_text("utf-8") == SHAPES[3].replace('A = "u" # mine\n', 'A = "w" # mine\nNew = "n"\n')


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("table", [PLAYLISTS, SCHEDULES])
def test_taking_out_what_is_not_there_changes_nothing(shape: str, table: tuple[str, ...], tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text(shape, "utf-8")
    before = path.stat()
    assert not write_entries(path, table, {"not there": None})
    assert not write_entries(path, table, {})
    assert path.read_text("utf-8") == shape
    assert path.stat().st_ino == before.st_ino


def test_no_file_is_made_to_take_something_out_of_it(tmp_path: Path) -> None:
    assert not write_entries(tmp_path / "config.toml", PLAYLISTS, {"A": None})
    assert list(tmp_path.iterdir()) == []


def test_a_new_file_is_its_owners_alone_and_an_old_one_keeps_its_mode(tmp_path: Path) -> None:
    path = tmp_path / "new" / "config.toml"
    assert write_entries(path, PLAYLISTS, {'Night "Bus".': "u"})
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert path.read_text("utf-8") == '[playlists]\n"Night \\"Bus\\"." = "u"\n'
    path.chmod(0o640)
    assert write_entries(path, PLAYLISTS, {"B": "v"})
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


def test_a_link_is_followed(tmp_path: Path) -> None:
    real, link = tmp_path / "real.toml", tmp_path / "config.toml"
    real.write_text("# real\n", "utf-8")
    os.symlink(real, link)
    write_entries(link, PLAYLISTS, {"A": "u"})
    assert link.is_symlink()
    assert real.read_text("utf-8") == '# real\n\n[playlists]\nA = "u"\n'


@pytest.mark.parametrize("text", ['playlists = "x"\n', '[[playlists]]\nA = "u"\n', "playlists = 3\n"])
def test_what_is_no_table_is_left_and_named(text: str, tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text(text, "utf-8")
    with pytest.raises(UsageError, match=r"\[playlists\] should be a table"):
        write_entries(path, PLAYLISTS, {"A": "u"})
    assert path.read_text("utf-8") == text


@pytest.mark.parametrize("text", ["[playlists\n", 'A = "\n', "\ufffe".encode("utf-16").decode("latin-1")])
def test_a_file_that_is_no_toml_is_left_as_it_is(text: str, tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_bytes(text.encode("latin-1"))
    with pytest.raises(UsageError, match="left as it is"):
        write_entries(path, PLAYLISTS, {"A": "u"})
    assert path.read_bytes() == text.encode("latin-1")


def test_a_name_that_no_file_can_hold_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    with pytest.raises(UsageError):
        write_entries(path, PLAYLISTS, {"\udcff": "u"})
    assert not path.exists()
