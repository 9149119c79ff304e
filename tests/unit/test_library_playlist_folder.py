"""A playlist's folder: numbered names of the library's files, and nothing of the user's touched on the way."""

import errno
import json
import os
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from shelf_bench import FailingDisk, Killed

from cloudcrate.adapters.library import disk, playlist_folder, scan
from cloudcrate.adapters.library.disk import Disk
from cloudcrate.core.model import StoredFile
from cloudcrate.errors import DiskError

PATH = "playlists/Night Bus"
HOWS = pytest.mark.parametrize("how", ["links", "copies"])


class World:
    """A library whose files hold a few bytes each: their sound does not matter here."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.root.mkdir()
        self.folder = root / PATH

    def put(self, path: str, content: bytes | None = None) -> StoredFile:
        target = self.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(path.encode() * 9 if content is None else content)
        return self.recorded(path)

    def recorded(self, path: str) -> StoredFile:
        target = self.root / path
        size, digest = target.stat().st_size, disk.sha256(target)
        return StoredFile(path=path, size=size, sha256=digest, format="mp3", bitrate=0, seconds=6.0)

    def retag(self, file: StoredFile, content: bytes) -> StoredFile:
        """As ``Shelf.retag``: another file takes its place."""
        (self.root / file.path).unlink()
        return self.put(file.path, content)

    def write(self, *files: StoredFile, how: str = "links", calls: Disk | None = None) -> None:
        playlist_folder.write(self.root, calls or Disk(), PATH, how, files)

    def read(self) -> tuple[str, ...] | None:
        return playlist_folder.read(self.root, PATH)

    @property
    def names(self) -> list[str]:
        return sorted(name for name in os.listdir(self.folder) if name != scan.MANIFEST)

    @property
    def contents(self) -> dict[str, bytes]:
        return {name: (self.folder / name).read_bytes() for name in self.names}


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path / "library")


@pytest.fixture
def a(world: World) -> StoredFile:
    return world.put("Ada/Ada - A.mp3")


@pytest.fixture
def b(world: World) -> StoredFile:
    return world.put("Bo/Bo - B.flac")


# --- as it should be --------------------------------------------------------------------------


@HOWS
def test_a_folder_holds_the_playlist_in_order(world: World, a: StoredFile, b: StoredFile, how: str) -> None:
    assert world.read() is None
    world.write(b, a, b, how=how)
    assert world.names == ["001 Bo - B.flac", "002 Ada - A.mp3", "003 Bo - B.flac"]
    assert world.read() == (b.path, a.path, b.path)
    assert world.contents["003 Bo - B.flac"] == (world.root / b.path).read_bytes()


def test_links_are_names_of_the_file_and_copies_are_not(world: World, a: StoredFile) -> None:
    world.write(a)
    assert (world.folder / "001 Ada - A.mp3").samefile(world.root / a.path)
    world.write(a, how="copies")
    assert not (world.folder / "001 Ada - A.mp3").samefile(world.root / a.path)
    assert world.read() == (a.path,)
    assert playlist_folder.read(world.root, PATH, "links") is None
    assert playlist_folder.read(world.root, PATH, "copies") == (a.path,)
    world.write(a)
    assert (world.folder / "001 Ada - A.mp3").samefile(world.root / a.path)


def test_an_empty_playlist_is_an_empty_folder(world: World, a: StoredFile) -> None:
    world.write()
    assert world.read() == ()
    world.write(a)
    world.write()
    assert world.read() == ()
    assert world.names == []


def test_numbers_are_as_wide_as_the_playlist_needs(world: World, a: StoredFile) -> None:
    world.write(*[a] * 1000)
    assert world.names[0] == "0001 Ada - A.mp3"
    assert world.names[-1] == "1000 Ada - A.mp3"
    assert world.read() == (a.path,) * 1000


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("x" * 240 + ".mp3", "001 " + "x" * 180 + ".mp3"),
        ("é" * 120 + ".flac", "001 " + "é" * 90 + ".flac"),
        ("a:b?.MP3", "001 a-b.MP3"),
        ("con.mp3", "001 con_.mp3"),
        ("x." + "y" * 200, "001 x.mp3"),
    ],
)
def test_names_are_safe_and_short_enough(world: World, name: str, expected: str) -> None:
    file = world.put(f"Ada/{name}")
    world.write(file)
    assert world.names == [expected]
    assert world.read() == (file.path,)


@HOWS
def test_nothing_is_written_when_nothing_changes(world: World, a: StoredFile, b: StoredFile, how: str) -> None:
    world.write(a, b, how=how)
    before = {path: path.stat().st_mtime_ns for path in world.folder.iterdir()}
    calls = FailingDisk()
    world.write(a, b, how=how, calls=calls)
    assert {path: path.stat().st_mtime_ns for path in world.folder.iterdir()} == before
    assert not [call for call in calls.calls if not call.startswith("unlink .cloudcrate.json.")]


@HOWS
def test_a_changed_playlist_is_a_changed_folder(world: World, a: StoredFile, b: StoredFile, how: str) -> None:
    c = world.put("Cy/Cy - C.mp3")
    world.write(a, b, how=how)
    for files in ((c, a, b), (b, a), (a,), (a, a, c), (c, c)):
        world.write(*files, how=how)
        assert world.read() == tuple(file.path for file in files)
        assert len(world.names) == len(files)
        assert list(world.contents.values()) == [(world.root / file.path).read_bytes() for file in files]


def test_two_files_of_one_name_change_places(world: World) -> None:
    one, two = world.put("A/Intro.mp3"), world.put("B/Intro.mp3")
    for how in ("links", "copies"):
        for files in ((one, two), (two, one)):
            world.write(*files, how=how)
            assert list(world.contents.values()) == [(world.root / file.path).read_bytes() for file in files]


def test_a_copy_that_only_gets_another_number_is_not_copied_again(world: World, a: StoredFile, b: StoredFile) -> None:
    world.write(a, how="copies")
    inode = (world.folder / "001 Ada - A.mp3").stat().st_ino
    world.write(b, a, how="copies")
    assert (world.folder / "002 Ada - A.mp3").stat().st_ino == inode


@HOWS
def test_a_retagged_file_is_taken_anew(world: World, a: StoredFile, how: str) -> None:
    world.write(a, how=how)
    retagged = world.retag(a, b"other bytes")
    assert world.read() is None
    world.write(retagged, how=how)
    assert world.contents == {"001 Ada - A.mp3": b"other bytes"}
    assert world.read() == (a.path,)


def test_a_file_that_its_user_edited_in_place_is_still_the_link(world: World, a: StoredFile) -> None:
    world.write(a)
    (world.root / a.path).write_bytes(b"edited")
    assert world.read() == (a.path,)
    world.write()
    assert world.names == []
    assert (world.root / a.path).read_bytes() == b"edited"


def test_a_link_to_a_file_that_was_edited_and_moved_goes_when_its_number_changes(
    world: World, a: StoredFile, b: StoredFile
) -> None:
    world.write(a)
    (world.root / a.path).write_bytes(b"edited")
    (world.root / a.path).rename(world.root / "Ada - A.mp3")
    assert world.read() is None
    world.write(b, world.recorded("Ada - A.mp3"))
    assert world.names == ["001 Bo - B.flac", "002 Ada - A.mp3"]


def test_a_copy_of_a_file_that_changed_since_it_was_recorded_is_still_ours(world: World, a: StoredFile) -> None:
    (world.root / a.path).write_bytes(b"edited")
    world.write(a, how="copies")
    assert world.contents == {"001 Ada - A.mp3": b"edited"}
    assert world.read() == (a.path,)
    world.write(how="copies")
    assert world.names == []


def test_a_file_that_is_not_there_stops_before_anything_changes(world: World, a: StoredFile, b: StoredFile) -> None:
    world.write(a)
    (world.root / b.path).unlink()
    with pytest.raises(DiskError, match="is not in the library"):
        world.write(b, a)
    assert world.read() == (a.path,)


# --- the user's -------------------------------------------------------------------------------


@HOWS
@pytest.mark.parametrize("taken", ["001 Ada - A.mp3", "001 ADA - a.MP3"])
def test_a_name_that_the_user_has_taken_gets_a_number(world: World, a: StoredFile, how: str, taken: str) -> None:
    world.folder.mkdir(parents=True)
    (world.folder / taken).write_bytes(b"mine")
    (world.folder / "cover.jpg").write_bytes(b"mine")
    (world.folder / "001 Ada - A (2).mp3").mkdir()
    world.write(a, how=how)
    assert world.read() == (a.path,)
    assert (world.folder / "001 Ada - A (3).mp3").is_file()
    world.write(how=how)
    assert world.names == sorted([taken, "001 Ada - A (2).mp3", "cover.jpg"])
    assert (world.folder / taken).read_bytes() == b"mine"


@HOWS
@pytest.mark.parametrize("content", [b"mine", b"m" * 126])
def test_what_the_user_changed_of_ours_stays(
    world: World, a: StoredFile, b: StoredFile, how: str, content: bytes
) -> None:
    assert b.size == 126
    world.write(a, b, how=how)
    changed = world.folder / "002 Bo - B.flac"
    changed.unlink()
    changed.write_bytes(content)
    world.write(b, a, how=how)
    assert changed.read_bytes() == content
    world.write(a, b, how=how)
    assert world.names == ["001 Ada - A.mp3", "002 Bo - B (2).flac", "002 Bo - B.flac"]
    assert changed.read_bytes() == content
    assert world.read() == (a.path, b.path)


@HOWS
def test_what_the_user_took_out_comes_back(world: World, a: StoredFile, b: StoredFile, how: str) -> None:
    world.write(a, b, how=how)
    (world.folder / "001 Ada - A.mp3").unlink()
    assert world.read() is None
    world.write(a, b, how=how)
    assert world.read() == (a.path, b.path)


def test_a_link_put_in_an_entrys_place_is_the_users(world: World, a: StoredFile, tmp_path: Path) -> None:
    world.write(a)
    outside = tmp_path / "outside.mp3"
    outside.write_bytes((world.root / a.path).read_bytes())
    entry = world.folder / "001 Ada - A.mp3"
    entry.unlink()
    entry.symlink_to(outside)
    assert world.read() is None
    world.write(a)
    assert entry.is_symlink()
    assert world.names == ["001 Ada - A (2).mp3", "001 Ada - A.mp3"]


@HOWS
def test_a_file_of_the_library_that_lies_in_the_folder_itself_is_never_removed(world: World, how: str) -> None:
    file = world.put(f"{PATH}/001 Song.mp3")
    for files in ((file,), ()):
        world.write(*files, how=how)
        assert (world.root / file.path).is_file()
    assert world.names == ["001 Song.mp3"]


@HOWS
def test_a_file_that_its_user_moved_over_our_name_is_not_removed(
    world: World, a: StoredFile, b: StoredFile, how: str
) -> None:
    world.write(a, how=how)
    entry = world.folder / "001 Ada - A.mp3"
    entry.unlink()
    (world.root / a.path).rename(entry)
    world.write(b, world.recorded(f"{PATH}/{entry.name}"), how=how)
    assert entry.is_file()
    assert world.names == ["001 Ada - A.mp3", "001 Bo - B.flac", "002 001 Ada - A.mp3"]


def test_a_manifest_that_lists_a_file_as_its_own_further_name_does_not_cost_it(world: World, a: StoredFile) -> None:
    file = world.put(f"{PATH}/mine.mp3")
    world.write(a)
    manifest = json.loads((world.folder / scan.MANIFEST).read_text())
    entry = {"name": "mine.mp3", "path": file.path, "size": file.size, "sha256": file.sha256, "link": True}
    (world.folder / scan.MANIFEST).write_text(json.dumps({**manifest, "entries": [entry]}))
    world.write(a)
    assert world.names == ["001 Ada - A.mp3", "mine.mp3"]


def test_links_are_known_again_without_the_manifest(world: World, a: StoredFile, b: StoredFile) -> None:
    world.write(a, b)
    (world.folder / scan.MANIFEST).unlink()
    assert world.read() is None
    world.write(a, b)
    assert world.names == ["001 Ada - A.mp3", "002 Bo - B.flac"]
    assert world.read() == (a.path, b.path)


DAMAGED = [
    b"", b"{", b"[]", b"null", b"[" * 100_000, b"\xff", b'{"version": 1}',
    b'{"version": 1, "how": "links", "done": true, "entries": [{"name": "x"}]}',
    b'{"version": 2, "how": "links", "done": true, "entries": []}',
    b'{"how": "links", "done": true, "entries": []}',
]  # fmt: skip


@pytest.mark.parametrize("content", DAMAGED)
def test_a_damaged_manifest_makes_everything_the_users(world: World, a: StoredFile, content: bytes) -> None:
    world.write(a, how="copies")
    (world.folder / scan.MANIFEST).write_bytes(content)
    assert world.read() is None
    world.write(a, how="copies")
    assert world.names == ["001 Ada - A (2).mp3", "001 Ada - A.mp3"]
    assert world.read() == (a.path,)


@pytest.mark.parametrize("name", ["../../Ada/mine.mp3", "/tmp/mine.mp3", "..", ".", "", "a/b", ".hidden", "a\0b", 7])
def test_a_manifest_that_names_what_is_elsewhere_removes_nothing(world: World, a: StoredFile, name: object) -> None:
    world.write(a)
    mine = world.put("Ada/mine.mp3")
    manifest = json.loads((world.folder / scan.MANIFEST).read_text())
    manifest["entries"].append({**manifest["entries"][0], "name": name, "size": mine.size, "sha256": mine.sha256})
    (world.folder / scan.MANIFEST).write_text(json.dumps(manifest))
    assert world.read() is None
    world.write()
    assert (world.root / mine.path).is_file()


@pytest.mark.parametrize("path", ["../outside.mp3", "", "link/outside.mp3"])
def test_a_manifest_with_a_file_from_outside_is_damaged(world: World, a: StoredFile, tmp_path: Path, path: str) -> None:
    (tmp_path / "outside.mp3").write_bytes(b"mine")
    (world.root / "link").symlink_to(tmp_path)
    world.write(a)
    manifest = json.loads((world.folder / scan.MANIFEST).read_text())
    manifest["entries"][0]["path"] = path
    (world.folder / scan.MANIFEST).write_text(json.dumps(manifest))
    assert world.read() is None


# --- inside -----------------------------------------------------------------------------------


@pytest.mark.parametrize("link", ["playlists", PATH])
def test_a_link_in_the_library_is_not_followed(world: World, a: StoredFile, tmp_path: Path, link: str) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (world.root / link).parent.mkdir(exist_ok=True)
    (world.root / link).symlink_to(outside)
    assert world.read() is None
    with pytest.raises(DiskError, match="leads out of the library"):
        world.write(a)
    assert list(outside.iterdir()) == []


@pytest.mark.parametrize("path", ["../x", "/tmp/cloudcrate-x", "playlists/../../x"])
def test_a_folder_outside_is_refused(world: World, a: StoredFile, path: str) -> None:
    assert playlist_folder.read(world.root, path) is None
    with pytest.raises(DiskError):
        playlist_folder.write(world.root, Disk(), path, "links", [a])


def test_a_file_in_the_folders_place_is_named(world: World, a: StoredFile) -> None:
    world.put("playlists/Night Bus", b"mine")
    assert world.read() is None
    with pytest.raises(DiskError, match=r"not a folder|in the way"):
        world.write(a)
    assert world.folder.read_bytes() == b"mine"


def test_a_folder_that_differs_in_case_is_used(world: World, a: StoredFile) -> None:
    (world.root / "Playlists" / "night bus").mkdir(parents=True)
    world.write(a)
    assert (world.root / "Playlists" / "night bus" / "001 Ada - A.mp3").is_file()
    assert world.read() == (a.path,)


def test_the_files_in_the_folder_are_not_taken_for_moved_ones(world: World, a: StoredFile) -> None:
    world.write(a, how="copies")
    assert list(scan.audio_files(world.root)) == [world.root / a.path]


# --- the disk ---------------------------------------------------------------------------------


def test_without_hard_links_there_are_copies_and_they_stay(world: World, a: StoredFile, b: StoredFile) -> None:
    world.write(a, calls=FailingDisk(no_links=True))
    entry = world.folder / "001 Ada - A.mp3"
    assert not entry.samefile(world.root / a.path)
    assert world.read() == (a.path,)
    inode = entry.stat().st_ino
    world.write(b, a, calls=FailingDisk(no_links=True))
    assert world.read() == (b.path, a.path)
    assert (world.folder / "002 Ada - A.mp3").stat().st_ino == inode


def test_a_disk_that_is_full_is_named_and_the_next_run_goes_on(world: World, a: StoredFile, b: StoredFile) -> None:
    class Full(Disk):
        def link(self, source: Path, target: Path) -> None:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    world.write(b)
    with pytest.raises(DiskError, match="the disk is full"):
        world.write(a, b, calls=Full())
    assert world.read() is None
    world.write(a, b)
    assert world.names == ["001 Ada - A.mp3", "002 Bo - B.flac"]


def test_names_and_copies_last_before_the_manifest_says_that_all_is_done(world: World, a: StoredFile) -> None:
    calls = FailingDisk()
    world.write(a, how="copies", calls=calls)
    recorded = [f"{call} {scan.MANIFEST}{end}" for call, end in (("sync", ".part"), ("replace", ""))]
    folder, partial, name = "sync Night Bus", f"{scan.MANIFEST}.copy", "001 Ada - A.mp3"
    copied = [f"sync {partial}", f"link {name}", f"unlink {partial}"]
    assert calls.calls[-10:] == [*recorded, folder, *copied, folder, *recorded, folder]


STEPS = [
    (("links", "ab"), ("links", "cab")),
    (("links", "abc"), ("links", "ca")),
    (("links", "ab"), ("copies", "ba")),
    (("copies", "ab"), ("links", "bca")),
    (("copies", "ab"), ("copies", "cabb")),
    (("copies", "abc"), ("copies", "bR")),
    (("links", "abc"), ("links", "bR")),
    (("copies", "b"), ("copies", "Sb")),
]


@pytest.mark.parametrize("no_links", [False, True])
@pytest.mark.parametrize(("before", "after"), STEPS)
def test_whatever_call_it_is_killed_at_the_next_run_ends_in_the_same_state(
    tmp_path: Path, before: tuple[str, str], after: tuple[str, str], *, no_links: bool
) -> None:
    """``R`` is ``a`` with other tags, and ``S`` is ``c`` with other bytes than were recorded."""

    def begun(name: str) -> tuple[World, list[StoredFile]]:
        world = World(tmp_path / name)
        files = {letter: world.put(f"{letter}/Song {letter}.mp3") for letter in "abc"}
        (world.folder).mkdir(parents=True)
        (world.folder / "002 Song b.mp3").write_bytes(b"mine")
        world.write(*(files[letter] for letter in before[1]), how=before[0], calls=FailingDisk(no_links=no_links))
        if "R" in after[1]:
            files["R"] = world.retag(files["a"], b"retagged")
        files["S"] = replace(files["c"], sha256="0" * 64)
        return world, [files[letter] for letter in after[1]]

    world, files = begun("whole")
    world.write(*files, how=after[0], calls=FailingDisk(no_links=no_links))
    expected = world.contents
    assert expected["002 Song b.mp3"] == b"mine"
    for until in range(100):
        world, files = begun("killed")
        calls = FailingDisk(until, no_links=no_links)
        try:
            world.write(*files, how=after[0], calls=calls)
        except Killed:
            world.write(*files, how=after[0], calls=FailingDisk(no_links=no_links))
        else:
            assert until > 4
            return
        assert world.contents == expected, until
        assert world.read() == tuple(file.path for file in files)
        assert all(playlist_folder.read(world.root, PATH, how) is None for how in {"links", "copies"} - {after[0]})
        if after[0] == "links" and not no_links:
            ours = [world.folder / name for name in world.names if name != "002 Song b.mp3"]
            assert all(path.stat().st_nlink > 1 for path in ours)
        shutil.rmtree(world.root)
    pytest.fail("it never came to an end")


def test_a_file_recorded_with_other_bytes_is_compared_by_what_it_is(world: World, a: StoredFile) -> None:
    world.write(replace(a, sha256="0" * 64, size=1))
    assert world.read() == (a.path,)
