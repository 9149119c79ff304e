"""Final names: inside the library, never another file's, and on the disk before they are told."""

import errno
import gc
import os
import shutil
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from disk_bench import TellingDisk
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from library_bench import AAC_HLS, ARTWORK, JPEG, PROGRESSIVE, Bench, Page, mp3
from worlds import make_track

from cloudcrate.adapters.library import tag
from cloudcrate.core import naming
from cloudcrate.core.model import StoredFile, TrackId
from cloudcrate.errors import DiskError
from cloudcrate.ports.library import StagedFile


class ListeningDisk(TellingDisk):
    """Does everything, tells in which order, and fails where it is told to."""

    def __init__(self, root: Path, *, fails: str = "", code: int = 0) -> None:
        self._root = root
        self._fails = fails
        self._code = code
        self.calls: list[str] = []

    def hear(self, name: str, path: Path) -> None:
        shown = "staged" if path.parent.name == "staging" else path.relative_to(self._root).as_posix()
        self.calls.append(f"{name} {shown}")
        if name == self._fails:
            raise OSError(self._code, os.strerror(self._code))


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path / "library")


def other(bench: Bench, number: int = 8) -> str:
    """Fetches and places another track under the same name; its path."""
    staged = bench.fetched(make_track(number, duration_ms=bench.track.duration_ms))
    return bench.store.place(staged, "Ada/Ada - Song").path


# --- durably ----------------------------------------------------------------------------------


def test_bytes_last_before_the_name_and_the_name_before_it_is_told(tmp_path: Path) -> None:
    disk = ListeningDisk(tmp_path)
    bench = Bench(tmp_path, disk=disk)
    staged = bench.fetched()
    disk.calls.clear()
    bench.store.place(staged, "Ada/Ada - Song")
    assert disk.calls == [
        "sync staged",
        "mkdir Ada",
        "sync .",
        "link Ada/Ada - Song.mp3",
        "unlink staged",
        "sync Ada",
        "unlink staged",
    ]


def test_a_playlist_file_lasts_before_it_replaces_the_old_one(tmp_path: Path) -> None:
    disk = ListeningDisk(tmp_path)
    bench = Bench(tmp_path, disk=disk)
    bench.store.check()
    disk.calls.clear()
    bench.store.write_playlist("Night Bus.m3u8", "Night Bus", [])
    assert disk.calls == ["sync staged", "replace Night Bus.m3u8", "sync ."]


def test_a_placed_file_is_the_staged_one(bench: Bench) -> None:
    staged = bench.fetched()
    content = bench.staged_path(staged).read_bytes()
    file = bench.store.place(staged, "Ada/Ada - Song")
    assert file == replace(staged.file, path="Ada/Ada - Song.mp3", stem="Ada/Ada - Song")
    assert (bench.root / file.path).read_bytes() == content
    assert bench.staging == []


def test_a_filesystem_without_hard_links_does_as_well(tmp_path: Path) -> None:
    bench = Bench(tmp_path, disk=ListeningDisk(tmp_path, fails="link", code=errno.EPERM))
    staged = bench.fetched()
    assert bench.store.place(staged, "Ada/Ada - Song").path == "Ada/Ada - Song.mp3"
    assert other(bench) == "Ada/Ada - Song [8].mp3"
    assert (tmp_path / "Ada/Ada - Song.mp3").stat().st_size == staged.file.size
    assert bench.staging == []


def test_a_reservation_that_fails_leaves_no_empty_file(tmp_path: Path) -> None:
    class Failing(ListeningDisk):
        def replace(self, source: Path, target: Path) -> None:
            raise OSError(errno.EIO, os.strerror(errno.EIO))

    bench = Bench(tmp_path, disk=Failing(tmp_path, fails="link", code=errno.EOPNOTSUPP))
    staged = bench.fetched()
    with pytest.raises(DiskError, match="the disk fails"):
        bench.store.place(staged, "Ada/Ada - Song")
    assert bench.files == []
    assert bench.staging == []


# --- without overwriting ----------------------------------------------------------------------


def test_two_tracks_with_one_name_are_two_files(bench: Bench) -> None:
    first = bench.store.place(bench.fetched(), "Ada/Ada - Song")
    assert other(bench) == "Ada/Ada - Song [8].mp3"
    assert tag.read_id(bench.root / first.path) == 7
    assert bench.files == ["Ada/Ada - Song [8].mp3", "Ada/Ada - Song.mp3"]


@pytest.mark.parametrize("taken", ["Ada - SONG.mp3", "ada - song.MP3", "Ada - Song.mp3"])
def test_a_name_that_differs_in_case_only_is_taken(bench: Bench, taken: str) -> None:
    (bench.root / "Ada").mkdir(parents=True)
    (bench.root / "Ada" / taken).write_bytes(b"mine")
    assert bench.store.place(bench.fetched(), "Ada/Ada - Song").path == "Ada/Ada - Song [7].mp3"
    assert (bench.root / "Ada" / taken).read_bytes() == b"mine"


def test_a_name_that_differs_in_unicode_form_only_is_taken(bench: Bench) -> None:
    (bench.root / "Ada").mkdir(parents=True)
    (bench.root / "Ada" / "Träume.mp3").write_bytes(b"mine")  # decomposed, as macOS wrote it
    assert bench.store.place(bench.fetched(), "Ada/Träume").path == "Ada/Träume [7].mp3"


def test_an_artist_spelled_in_another_case_has_one_folder(bench: Bench) -> None:
    assert bench.store.place(bench.fetched(), "ADA/ADA - Song").path == "ADA/ADA - Song.mp3"
    track = make_track(8, duration_ms=bench.track.duration_ms)
    assert bench.store.place(bench.fetched(track), "Ada/Ada - Tune").path == "ADA/Ada - Tune.mp3"
    assert bench.store.lying_at("Ada/Ada - Tune", TrackId(8)) is not None


def test_the_same_track_under_its_name_is_taken_over(bench: Bench) -> None:
    first = bench.store.place(bench.fetched(), "Ada/Ada - Song")
    again = bench.fetched()
    assert bench.store.place(again, "Ada/Ada - Song") == first
    assert bench.files == ["Ada/Ada - Song.mp3"]
    assert bench.staging == []


def test_a_broken_file_of_the_same_track_is_neither_taken_over_nor_touched(bench: Bench) -> None:
    first = bench.store.place(bench.fetched(), "Ada/Ada - Song")
    path = bench.root / first.path
    path.write_bytes(path.read_bytes()[: first.size // 2])
    assert bench.store.place(bench.fetched(), "Ada/Ada - Song").path == "Ada/Ada - Song [7].mp3"
    assert path.stat().st_size == first.size // 2


def test_a_name_with_the_id_that_is_taken_gets_a_number(bench: Bench) -> None:
    (bench.root / "Ada").mkdir(parents=True)
    for name in ("Ada - Song.mp3", "Ada - Song [7].mp3"):
        (bench.root / "Ada" / name).write_bytes(b"mine")
    assert bench.store.place(bench.fetched(), "Ada/Ada - Song").path == "Ada/Ada - Song [7] 2.mp3"


def test_when_every_name_is_taken_somebody_must_look(bench: Bench) -> None:
    (bench.root / "Ada").mkdir(parents=True)
    for name in ("Ada - Song.mp3", "Ada - Song [7].mp3", *(f"Ada - Song [7] {n}.mp3" for n in range(2, 10))):
        (bench.root / "Ada" / name).write_bytes(b"mine")
    with pytest.raises(DiskError, match="taken by other files"):
        bench.store.place(bench.fetched(), "Ada/Ada - Song")
    assert {(bench.root / path).read_bytes() for path in bench.files} == {b"mine"}
    assert bench.staging == []


def test_threads_that_want_one_name_get_one_each(bench: Bench) -> None:
    staged = [bench.fetched(make_track(n, duration_ms=bench.track.duration_ms)) for n in range(1, 7)]
    stems = ["Ada/Song", "ada/song", "ADA/SONG", "Ada/sonG", "Ada/Song", "aDa/Song"]
    with ThreadPoolExecutor(6) as pool:
        placed = list(pool.map(bench.store.place, staged, stems))
    assert len({naming.path_key(file.path) for file in placed}) == 6
    assert [tag.read_id(bench.root / file.path) for file in placed] == [1, 2, 3, 4, 5, 6]


# --- inside -----------------------------------------------------------------------------------


@pytest.mark.parametrize("stem", ["../x", "Ada/../../x", "/tmp/cloudcrate-x", "Ada/\0x", "Ada/" + "x" * 300])
def test_a_hostile_stem_stays_inside(bench: Bench, stem: str) -> None:
    before = sorted(bench.root.parent.iterdir())
    with pytest.raises(DiskError):
        bench.store.place(bench.fetched(), stem)
    assert sorted(bench.root.parent.iterdir()) == before or before == []
    assert bench.files == []
    assert bench.staging == []
    assert not Path("/tmp/cloudcrate-x.mp3").exists()


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(artist=st.text(max_size=40), title=st.text(max_size=40))
def test_any_title_makes_a_name_inside(tmp_path: Path, artist: str, title: str) -> None:
    bench = Bench(tmp_path / "library")
    bench.store.check()
    content = once_staged(tmp_path)
    (bench.root / ".cloudcrate" / "staging" / "copy.mp3").write_bytes(content)
    file = StoredFile(path="", size=len(content), sha256="", format="mp3", bitrate=64_000, seconds=6.0)
    stem = naming.stem(make_track(7, title=title, artist=artist))
    placed = bench.store.place(StagedFile(token="copy.mp3", suffix=".mp3", file=file), stem)
    path = bench.root / placed.path
    assert path.resolve().is_relative_to(bench.root.resolve())
    assert path.is_file()
    assert sorted(p.name for p in tmp_path.iterdir()) == ["library", "staged"]


def once_staged(folder: Path) -> bytes:
    """A staged file of track 7, made at the first call."""
    kept = folder / "staged"
    if not kept.exists():
        bench = Bench(folder / "library")
        path = bench.staged_path(bench.fetched())
        path.rename(kept)
    return kept.read_bytes()


@pytest.mark.parametrize("link", ["Ada", ".cloudcrate", ".cloudcrate/staging"])
def test_a_link_in_the_library_is_not_followed(bench: Bench, tmp_path: Path, link: str) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    planted = bench.root / link
    planted.parent.mkdir(parents=True, exist_ok=True)
    planted.symlink_to(outside)
    bench.site.put(PROGRESSIVE, Page(body=mp3()))
    with pytest.raises(DiskError, match="leads out of the library"):
        bench.store.place(bench.fetch(), "Ada/Ada - Song")
    assert list(outside.iterdir()) == []
    assert planted.is_symlink()


@pytest.mark.parametrize("there", [True, False])
def test_a_link_in_the_place_of_a_file_is_a_taken_name(bench: Bench, tmp_path: Path, *, there: bool) -> None:
    outside = tmp_path / "mine"
    if there:
        outside.write_text("mine")
    (bench.root / "Ada").mkdir(parents=True)
    (bench.root / "Ada" / "Ada - Song.mp3").symlink_to(outside)
    assert bench.store.place(bench.fetched(), "Ada/Ada - Song").path == "Ada/Ada - Song [7].mp3"
    assert outside.exists() == there
    assert not there or outside.read_text() == "mine"


def test_the_library_itself_may_be_a_link(tmp_path: Path) -> None:
    real, link = tmp_path / "real", tmp_path / "Music"
    real.mkdir()
    link.symlink_to(real)
    bench = Bench(link)
    assert bench.store.place(bench.fetched(), "Ada/Ada - Song").path == "Ada/Ada - Song.mp3"
    assert (real / "Ada" / "Ada - Song.mp3").is_file()


# --- the disk ---------------------------------------------------------------------------------


@pytest.mark.parametrize("fails", ["sync", "link", "mkdir"])
@pytest.mark.parametrize(
    ("code", "words"),
    [
        (errno.ENOSPC, "the disk is full"),
        (errno.EDQUOT, "the quota is used up"),
        (errno.EROFS, "the filesystem is read-only"),
        (errno.EIO, "the disk fails"),
    ],
)
def test_a_disk_that_fails_while_placing_is_named(tmp_path: Path, fails: str, code: int, words: str) -> None:
    bench = Bench(tmp_path)
    staged = bench.fetched()
    failing = Bench(tmp_path, disk=ListeningDisk(tmp_path, fails=fails, code=code))
    with pytest.raises(DiskError, match=words) as caught:
        failing.store.place(staged, "Ada/Ada - Song")
    assert caught.value.hint
    assert bench.files == []
    assert bench.staging == []


@pytest.fixture
def little_disk(tmp_path: Path) -> Iterator[Path]:
    """A filesystem of 64 kB; a track needs 48."""
    folder = tmp_path / "little"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(folder)]
    if os.geteuid() or subprocess.run(mount, capture_output=True, check=False, timeout=10).returncode:
        pytest.skip("mounting a small tmpfs needs root")
    yield folder
    gc.collect()  # a store that an error still holds is known on its disk
    subprocess.run(["umount", str(folder)], check=True, timeout=10)


def test_a_disk_that_fills_up_while_fetching_stops_the_run(little_disk: Path) -> None:
    bench = Bench(little_disk)
    bench.store.check()
    (little_disk / "mine").write_bytes(bytes(30_000))
    with pytest.raises(DiskError, match="the disk is full"):
        bench.fetched()
    assert bench.media_calls == 1  # a full disk is not tried again
    assert bench.staging == []


def test_a_disk_that_fills_up_while_tagging_stops_the_run(little_disk: Path) -> None:
    bench = Bench(little_disk)
    bench.site.put(ARTWORK, Page(body=JPEG + bytes(30_000)))
    with pytest.raises(DiskError, match="the disk is full"):
        bench.fetched(replace(bench.track, artwork_url=ARTWORK))
    assert bench.media_calls == 1
    assert bench.staging == []


def test_a_disk_that_fills_up_while_remuxing_stops_the_run(little_disk: Path) -> None:
    bench = Bench(little_disk)
    bench.serve_fmp4()
    with pytest.raises(DiskError, match=r"[Nn]o space left|full"):
        bench.fetch(AAC_HLS)
    assert bench.media_calls == 1
    assert bench.staging == []


def test_a_full_disk_keeps_the_playlist_file_as_it_was(little_disk: Path) -> None:
    bench = Bench(little_disk)
    bench.store.write_playlist("Night Bus.m3u8", "Night Bus", [])
    (little_disk / "mine").write_bytes(bytes(shutil.disk_usage(little_disk).free))
    with pytest.raises(DiskError, match="the disk is full"):
        bench.store.write_playlist("Night Bus.m3u8", "x" * 9000, [])
    assert (little_disk / "Night Bus.m3u8").read_text() == "#EXTM3U\n#PLAYLIST:Night Bus\n"
    assert bench.staging == []


# --- check ------------------------------------------------------------------------------------


def test_check_makes_the_folder_and_leaves_nothing(bench: Bench) -> None:
    bench.store.check()
    assert bench.root.is_dir()
    assert bench.staging == []
    assert bench.files == []


def test_a_root_that_is_a_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "library").write_text("mine")
    with pytest.raises(DiskError, match="a file of that name is in the way"):
        Bench(tmp_path / "library").store.check()
    with pytest.raises(DiskError, match="not a folder"):
        Bench(tmp_path / "library" / "deeper").store.check()


@pytest.mark.parametrize("fails", ["sync", "link", "replace"])
def test_check_finds_out_that_the_disk_cannot_do_it(tmp_path: Path, fails: str) -> None:
    bench = Bench(tmp_path, disk=ListeningDisk(tmp_path, fails=fails, code=errno.EROFS))
    with pytest.raises(DiskError, match="read-only"):
        bench.store.check()
    assert bench.staging == []


def test_check_removes_what_dead_runs_left_in_staging_and_nothing_else(bench: Bench) -> None:
    bench.store.check()
    staging = bench.root / ".cloudcrate" / "staging"
    living = bench.staged_path(bench.fetched())
    host, _, _ = living.name.partition("-")
    dead = subprocess.Popen(["true"])
    dead.wait()
    (staging / f"{host}-{dead.pid}-7-abc.part").write_bytes(b"x")
    (staging / "elsewhere-1-7-abc.part").write_bytes(b"x")
    (staging / "elsewhere-1-8-abc.part").write_bytes(b"x")
    (staging / "folder").mkdir()
    for path, age in ((living, 10.0), (staging / "elsewhere-1-7-abc.part", 10.0)):
        os.utime(path, (bench.clock.time - age, bench.clock.time - age))
    old = bench.clock.time - 4 * 86_400
    os.utime(staging / "elsewhere-1-8-abc.part", (old, old))
    (bench.root / f"{host}-{dead.pid}-7-abc.part").write_bytes(b"mine")
    bench.store.check()
    assert bench.staging == sorted([living.name, "elsewhere-1-7-abc.part", "folder"])
    assert bench.files == [f"{host}-{dead.pid}-7-abc.part"]
