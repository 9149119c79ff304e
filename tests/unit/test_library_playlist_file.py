"""Playlist files: every player's M3U8, and no title can add an entry."""

from dataclasses import replace
from pathlib import Path, PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st
from library_bench import Bench
from worlds import make_track

from cloudcrate.adapters.library import playlist_file
from cloudcrate.core import naming
from cloudcrate.core.model import StoredFile, Track
from cloudcrate.errors import DiskError

NAME = "Night Bus.m3u8"
SONG = make_track(1, title="Träume", artist="Ada")


def stored(path: str, seconds: float = 182.6) -> StoredFile:
    return StoredFile(path=path, size=1, sha256="", format="mp3", bitrate=0, seconds=seconds)


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path / "library")


def test_a_playlist_file_is_what_players_read(bench: Bench) -> None:
    entries = [(stored("Ada/Ada - Träume.mp3"), SONG), (stored("Ada/Ada - Other.mp3", 61.2), None)]
    bench.store.write_playlist(NAME, "Night Bus", entries)
    assert (bench.root / NAME).read_text("utf-8") == (
        "#EXTM3U\n#PLAYLIST:Night Bus\n"
        "#EXTINF:183,Ada - Träume\nAda/Ada - Träume.mp3\n"
        "#EXTINF:61,Ada - Other\nAda/Ada - Other.mp3\n"
    )
    assert bench.store.read_playlist(NAME) == (
        PurePosixPath("Ada/Ada - Träume.mp3"),
        PurePosixPath("Ada/Ada - Other.mp3"),
    )
    assert bench.staging == []


def test_a_playlist_that_is_not_there_is_none(bench: Bench) -> None:
    assert bench.store.read_playlist(NAME) is None
    assert not bench.root.exists()


def test_a_playlist_that_would_not_change_is_not_written(bench: Bench) -> None:
    bench.store.write_playlist(NAME, "Night Bus", [(stored("a.mp3"), SONG)])
    before = (bench.root / NAME).stat().st_ino
    bench.store.write_playlist(NAME, "Night Bus", [(stored("a.mp3"), SONG)])
    assert (bench.root / NAME).stat().st_ino == before
    bench.store.write_playlist(NAME, "Night Bus", [(stored("b.mp3"), SONG)])
    assert (bench.root / NAME).stat().st_ino != before


def test_a_title_cannot_add_an_entry() -> None:
    evil = replace(SONG, title="x\n/etc/passwd\r\n#EXTINF:1,y", artist="a\u2028b\x85c\x0bd")
    data = playlist_file.render("Bus\n/etc/shadow", [(stored("a.mp3"), evil)])
    assert playlist_file.paths(data) == (PurePosixPath("a.mp3"),)
    assert len(data.decode().splitlines()) == 4


def test_an_artist_with_a_hash_sign_is_an_entry_and_no_comment() -> None:
    path = f"{naming.stem(make_track(1, artist='#1 Hits'))}.mp3"
    assert path.startswith("#")
    assert playlist_file.paths(playlist_file.render("Bus", [(stored(path), SONG)])) == (PurePosixPath(path),)


@given(st.lists(st.tuples(st.text(max_size=20), st.text(max_size=20)), max_size=5), st.text(max_size=20))
def test_every_entry_comes_back_in_order(texts: list[tuple[str, str]], title: str) -> None:
    tracks = [make_track(n, artist=artist or "x", title=name) for n, (artist, name) in enumerate(texts)]
    entries: list[tuple[StoredFile, Track | None]] = [(stored(f"{naming.stem(t)}.mp3"), t) for t in tracks]
    found = playlist_file.paths(playlist_file.render(title, entries))
    assert found == tuple(PurePosixPath(file.path) for file, _ in entries)


def test_a_file_that_its_user_saved_elsewhere_is_read(bench: Bench) -> None:
    bench.store.check()
    (bench.root / NAME).write_bytes(b"\xef\xbb\xbf#EXTM3U\r\n\r\n#EXTINF:1,x\r\nAda/a.mp3\r\n./b.mp3")
    assert bench.store.read_playlist(NAME) == (PurePosixPath("Ada/a.mp3"), PurePosixPath("b.mp3"))


@pytest.mark.parametrize("path", ["../Bus.m3u8", "/tmp/cloudcrate-bus.m3u8", "link/Bus.m3u8", "link.m3u8", "a\0b"])
def test_a_playlist_stays_inside(bench: Bench, tmp_path: Path, path: str) -> None:
    bench.store.check()
    outside = tmp_path / "outside"
    outside.mkdir()
    (tmp_path / "mine.m3u8").write_text("mine")
    (bench.root / "link").symlink_to(outside)
    (bench.root / "link.m3u8").symlink_to(tmp_path / "mine.m3u8")
    with pytest.raises(DiskError, match="leads out of the library"):
        bench.store.write_playlist(path, "Bus", [])
    assert bench.store.read_playlist(path) is None
    assert list(outside.iterdir()) == []
    assert sorted(p.name for p in tmp_path.iterdir()) == ["library", "mine.m3u8", "outside"]
    assert (tmp_path / "mine.m3u8").read_text() == "mine"
