"""Whatever a title says, its file has a safe name inside the library."""

import unicodedata
from pathlib import PurePosixPath

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pathvalidate import is_valid_filename

from cloudcrate.core.model import Availability, Track, TrackId
from cloudcrate.core.naming import path_key, playlist_path, safe_name, stem, with_id

SNIPPETS = [
    "../", "..",
    "/", "\\", "C:", "CON", "aux .", "com1", "LPT²", "nul.", "~root", "-rf", ".hidden", "\x00",
    "\n", "\x1b[2J", "\u202e", "\u200b", "\u200d", "\U000e0041", "\ud800", "e\u0301", "ﬀ", "🏮", "👩\u200d🎤",
    "a" * 90, "é" * 100, "🏮" * 60, " ", ". ", "[/red]", "?", "*", '"', "<", ">", "|", ":", "\u3000", "\u037e",
    "\u0301", "con", "_", "#", "%2e%2e%2f",
]  # fmt: skip
NAMES = st.text(st.characters(), max_size=40) | st.lists(st.sampled_from(SNIPPETS), max_size=6).map("".join)
RESERVED = {"con", "prn", "aux", "nul", "conin$", "conout$", "clock$"} | {
    f"{port}{n}" for port in ("com", "lpt") for n in "0123456789¹²³"
}


def make_track(title: str, artist: str = "Moth", uploader: str = "moth") -> Track:
    return Track(
        id=TrackId(7),
        title=title,
        artist=artist,
        uploader=uploader,
        url="https://soundcloud.com/moth/x",
        duration_ms=1,
        availability=Availability.FULL,
    )


def assert_safe(name: str, limit: int = 180) -> None:
    assert name
    assert len(name.encode()) <= limit
    assert name == unicodedata.normalize("NFC", name)
    assert not set(name) & set('/\\:|"?*<>')
    assert not any(unicodedata.category(c)[0] == "C" for c in name)
    assert name[0] not in "-.~ "
    assert name[-1] not in ". "
    assert name.partition(".")[0].rstrip().lower() not in RESERVED
    assert is_valid_filename(name, platform="universal")


@settings(max_examples=2500)
@given(NAMES)
@example("con" + "." * 200)
@example("CON." + "a" * 300)
@example("con\u200d")
@example("e?\u0301")
@example("-\u0301x")
def test_every_name_is_safe_and_making_it_safe_again_changes_nothing(text: str) -> None:
    name = safe_name(text)
    assert_safe(name)
    assert safe_name(name) == name


@settings(max_examples=500)
@given(NAMES, NAMES, NAMES)
def test_a_track_never_leaves_the_library(title: str, artist: str, uploader: str) -> None:
    path = PurePosixPath(stem(make_track(title, artist, uploader)))
    assert len(path.parts) == 2
    for part in path.parts:
        assert_safe(part)


@settings(max_examples=500)
@given(NAMES, NAMES, st.integers(1, 2**63 - 1))
def test_an_id_fits_into_every_name(title: str, artist: str, track_id: int) -> None:
    path = stem(make_track(title, artist))
    numbered = with_id(path, TrackId(track_id))
    folder, _, name = numbered.partition("/")
    assert folder == path.partition("/")[0]
    assert name.endswith(f" [{track_id}]")
    assert_safe(name, limit=200)
    assert with_id(numbered, TrackId(track_id)) == numbered


@pytest.mark.parametrize(
    ("foreign", "safe"),
    [
        ("Paper Lanterns", "Paper Lanterns"),
        ("../../etc/passwd", "etc-passwd"),
        ("..", "untitled"),
        ("", "untitled"),
        ("?", "untitled"),
        ("CON", "CON_"),
        ("aux .txt", "aux_ .txt"),
        ("nul.tar.gz", "nul_.tar.gz"),
        ("COM¹", "COM¹_"),
        ("Contact", "Contact"),
        ("~root", "root"),
        ("-rf", "rf"),
        (".hidden", "hidden"),
        ("AC/DC", "AC-DC"),
        ("all:Lo Collective", "all-Lo Collective"),
        ("Who?", "Who"),
        ('12" Mix <2>', "12' Mix (2)"),
        ("tail. . ", "tail"),
        ("\x1b[31mred\x1b[0m", "[31mred[0m"),
        ("[/red]", "[-red]"),
        ("gpj.\u202eexe", "gpj.exe"),
        ("one\ntwo", "one two"),
        ("\ud800x", "x"),
        ("e\u0301", "é"),
        ("🏮" * 60, "🏮" * 45),
        ("x" * 300, "x" * 180),
    ],
)
def test_hostile_names_become_plain_ones(foreign: str, safe: str) -> None:
    assert safe_name(foreign) == safe


@pytest.mark.parametrize(
    ("track", "path"),
    [
        (make_track("Paper Lanterns"), "Moth/Moth - Paper Lanterns"),
        (make_track("Moth - Paper Lanterns"), "Moth/Moth - Paper Lanterns"),
        (make_track("Paper Lanterns", "", "Ada"), "Ada/Ada - Paper Lanterns"),
        (make_track("Paper Lanterns", " ", " "), "Unknown Artist/Unknown Artist - Paper Lanterns"),
        (make_track("MOTH — Paper Lanterns"), "Moth/Moth - Paper Lanterns"),
        (make_track(" ", "Moth"), "Moth/Moth - SoundCloud 7"),
        (make_track("../x", "../y"), "y/y - ..-x"),
        (make_track("T", "A" * 300), "A" * 180 + "/" + "A" * 80 + " - T"),
        (make_track("t", "CON"), "CON_/CON - t"),
    ],
)
def test_a_track_lies_in_its_artists_folder(track: Track, path: str) -> None:
    assert stem(track) == path


def test_the_id_stands_behind_the_name() -> None:
    assert with_id("Moth/Moth - X", TrackId(7)) == "Moth/Moth - X [7]"
    assert with_id("X", TrackId(7)) == "X [7]"


def test_a_playlist_file_has_a_safe_name_too() -> None:
    assert playlist_path("all:Lo/../Collective") == "all-Lo-..-Collective.m3u8"


@given(NAMES)
def test_paths_are_compared_as_macos_and_windows_do(text: str) -> None:
    key = path_key(text)
    assert path_key(key) == key
    assert path_key(unicodedata.normalize("NFD", text)) == key
    assert path_key(text.casefold()) == key


def test_paths_that_differ_in_case_or_form_are_one() -> None:
    assert path_key("MOTH/É") == path_key("moth/e\u0301")
    assert path_key("moth/a") != path_key("moth/b")
