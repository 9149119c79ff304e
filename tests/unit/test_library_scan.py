"""What is in the library: found where it was, found where its user moved it, and never guessed."""

import os
from dataclasses import replace
from pathlib import Path

import mutagen
import pytest
from library_bench import AAC_HLS, Bench
from worlds import make_track

from cloudcrate.core.model import StoredFile, TrackId
from cloudcrate.errors import DiskError

SEVEN = TrackId(7)
STEM = "Ada/Ada - Song"


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path / "library")


@pytest.fixture
def file(bench: Bench) -> StoredFile:
    """A file of track 7 in the library."""
    return bench.store.place(bench.fetched(), STEM)


def move(bench: Bench, file: StoredFile, to: str) -> Path:
    target = bench.root / to
    target.parent.mkdir(parents=True, exist_ok=True)
    return (bench.root / file.path).rename(target)


def test_a_file_in_its_place_is_present(bench: Bench, file: StoredFile) -> None:
    assert bench.store.present({SEVEN: file}) == {SEVEN: file}
    assert bench.store.present({}) == {}


def test_a_deleted_file_is_not_present(bench: Bench, file: StoredFile) -> None:
    (bench.root / file.path).unlink()
    assert bench.store.present({SEVEN: file}) == {}


def test_nothing_is_present_in_a_library_that_is_not_there(tmp_path: Path, file: StoredFile) -> None:
    assert Bench(tmp_path / "elsewhere").store.present({SEVEN: file}) == {}


@pytest.mark.parametrize("to", ["Best of/1.mp3", "song.MP3", "Ada/Ada - Song (1).mp3"])
def test_a_moved_file_is_found_by_the_id_it_carries(bench: Bench, file: StoredFile, to: str) -> None:
    move(bench, file, to)
    assert bench.store.present({SEVEN: file}) == {SEVEN: replace(file, path=to)}


def test_a_moved_m4a_is_found_too(bench: Bench) -> None:
    bench.serve_fmp4()
    file = bench.store.place(bench.fetch(AAC_HLS), STEM)
    move(bench, file, "elsewhere.m4a")
    assert bench.store.present({SEVEN: file}) == {SEVEN: replace(file, path="elsewhere.m4a")}


@pytest.mark.parametrize("to", [None, "moved.mp3"])
def test_a_file_whose_user_edited_its_tags_is_still_the_track(bench: Bench, file: StoredFile, to: str | None) -> None:
    """It is the track, and what is remembered of it stays: the bytes that were last found to be whole."""
    path = move(bench, file, to) if to else bench.root / file.path
    tags = mutagen.id3.ID3(path)
    tags.add(mutagen.id3.COMM(encoding=3, lang="eng", desc="", text=["lovely " * 2000]))
    tags.save()
    assert path.stat().st_size != file.size
    assert bench.store.present({SEVEN: file}) == {SEVEN: replace(file, path=to or file.path)}


@pytest.mark.parametrize("to", [None, "moved.mp3"])
def test_a_file_that_lost_half_its_bytes_is_not_present(bench: Bench, file: StoredFile, to: str | None) -> None:
    path = move(bench, file, to) if to else bench.root / file.path
    path.write_bytes(path.read_bytes()[: file.size // 2 - 1])
    assert bench.store.present({SEVEN: file}) == {}


def test_another_file_of_another_size_in_its_place_is_not_the_track(bench: Bench, file: StoredFile) -> None:
    (bench.root / file.path).write_bytes(b"mine" * 20_000)
    assert bench.store.present({SEVEN: file}) == {}


def test_a_file_replaced_by_another_and_moved_is_found_where_it_went(bench: Bench, file: StoredFile) -> None:
    move(bench, file, "kept.mp3")
    (bench.root / file.path).write_bytes(b"mine")
    assert bench.store.present({SEVEN: file}) == {SEVEN: replace(file, path="kept.mp3")}


def test_of_two_copies_the_unchanged_one_is_taken(bench: Bench, file: StoredFile) -> None:
    content = move(bench, file, "z.mp3").read_bytes()
    (bench.root / "a.mp3").write_bytes(content + b"\x00" * 500)
    assert bench.store.present({SEVEN: file})[SEVEN].path == "z.mp3"


def test_another_tracks_file_is_not_taken(bench: Bench, file: StoredFile) -> None:
    other = bench.store.place(bench.fetched(make_track(8, duration_ms=6000)), "Ada/Other")
    (bench.root / file.path).unlink()
    assert bench.store.present({SEVEN: file, TrackId(8): other}) == {TrackId(8): other}


def test_hidden_folders_links_pipes_and_odd_names_are_left_out(bench: Bench, file: StoredFile, tmp_path: Path) -> None:
    content = move(bench, file, ".trash/x.mp3").read_bytes()
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "x.mp3").write_bytes(content)
    (bench.root / "link.mp3").symlink_to(tmp_path / "outside" / "x.mp3")
    (bench.root / "folder").symlink_to(tmp_path / "outside")
    (bench.root / "loop").symlink_to(bench.root)
    os.mkfifo(bench.root / "pipe.mp3")
    (bench.root / "folder.mp3").mkdir()
    (bench.root / "two\nlines.mp3").write_bytes(content)
    Path(os.fsdecode(os.fsencode(bench.root) + b"/\xff.mp3")).write_bytes(content)
    assert bench.store.present({SEVEN: file}) == {}


@pytest.mark.parametrize("path", ["../outside.mp3", "/etc/passwd", "link/x.mp3", "Ada", "Ada/Ada - Song.mp3/x", "a\0b"])
def test_a_recorded_path_that_leads_out_is_not_followed(
    bench: Bench, file: StoredFile, tmp_path: Path, path: str
) -> None:
    content = (bench.root / file.path).read_bytes()
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "x.mp3").write_bytes(content)
    (tmp_path / "outside.mp3").write_bytes(content)
    (bench.root / "link").symlink_to(tmp_path / "outside")
    assert bench.store.present({SEVEN: replace(file, path=path)}) == {SEVEN: file}


def test_a_file_that_lies_in_its_place_unrecorded_is_found(bench: Bench, file: StoredFile) -> None:
    assert bench.store.lying_at(STEM, SEVEN) == replace(file, preset="")
    assert bench.store.lying_at(STEM, TrackId(8)) is None
    assert bench.store.lying_at("Ada/Ada - Other", SEVEN) is None


def test_a_file_that_lies_there_with_the_id_in_its_name_is_found(bench: Bench) -> None:
    (bench.root / "Ada").mkdir(parents=True)
    (bench.root / "Ada" / "Ada - Song.mp3").write_bytes(b"mine")
    file = bench.store.place(bench.fetched(), STEM)
    assert file.path == "Ada/Ada - Song [7].mp3"
    assert bench.store.lying_at(STEM, SEVEN) == replace(file, preset="")


def test_a_file_that_lies_there_broken_is_not_taken(bench: Bench, file: StoredFile) -> None:
    path = bench.root / file.path
    content = path.read_bytes()
    path.write_bytes(content[:-20_000] + bytes(range(256)) * 40 + content[-10_000:])
    assert bench.store.lying_at(STEM, SEVEN) is None


def test_what_lies_behind_a_link_is_not_taken(bench: Bench, file: StoredFile, tmp_path: Path) -> None:
    (bench.root / "Ada").rename(tmp_path / "outside")
    (bench.root / "Ada").symlink_to(tmp_path / "outside")
    with pytest.raises(DiskError, match="leads out of the library"):
        bench.store.lying_at(STEM, SEVEN)
