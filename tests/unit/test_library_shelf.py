"""Files that have their names: moved, tagged anew and looked at again, and never lost on the way."""

import errno
import os
import stat
import unicodedata
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import mutagen.id3
import pytest
from library_bench import CODECS, JPEG
from shelf_bench import SEVEN, FailingDisk, Killed, World

from cloudcrate.adapters.library import disk, tag
from cloudcrate.adapters.library.disk import Disk
from cloudcrate.adapters.library.verify import CONTAINERS
from cloudcrate.core.model import TrackId
from cloudcrate.core.tagging import Tags
from cloudcrate.errors import DamagedError, DiskError, NotFoundError
from cloudcrate.ports.library import State

NFC, NFD = unicodedata.normalize("NFC", "é"), unicodedata.normalize("NFD", "é")


class FoldingDisk(Disk):
    """A filesystem where names that differ in case are one; ``respells`` as macOS does, or not, as ext4."""

    def __init__(self, *, respells: bool) -> None:
        self._respells = respells

    def link(self, source: Path, target: Path) -> None:
        if source.parent == target.parent and source.name.casefold() == target.name.casefold():
            os.link(source, target)  # the name leads to the file before the call, and after it
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST))
        super().link(source, target)

    def replace(self, source: Path, target: Path) -> None:
        (source if self._respells else target).unlink()


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path / "library")


# --- move -------------------------------------------------------------------------------------


def test_a_moved_file_is_the_same_file_and_empty_folders_go(world: World) -> None:
    file = world.put("A/B/Song.mp3")
    content = (world.root / file.path).read_bytes()
    moved = world.shelf.move(file, "Ada/Ada - Song")
    assert moved == replace(file, path="Ada/Ada - Song.mp3", stem="Ada/Ada - Song")
    assert world.files == ["Ada", "Ada/Ada - Song.mp3"]
    assert (world.root / moved.path).read_bytes() == content


def test_folders_with_something_in_them_stay(world: World) -> None:
    file = world.put("A/B/Song.mp3")
    (world.root / "A" / "cover.jpg").write_bytes(b"mine")
    world.shelf.move(file, "Song")
    assert world.files == ["A", "A/cover.jpg", "Song.mp3"]


def test_the_library_stays_when_its_last_file_moves_within_it(world: World) -> None:
    file = world.put("Song.mp3")
    assert world.shelf.move(file, "Other").path == "Other.mp3"
    assert world.files == ["Other.mp3"]


def test_the_suffix_stays_as_it_is_spelled(world: World) -> None:
    assert world.shelf.move(world.put("x.MP3"), "Ada/Song 1.5").path == "Ada/Song 1.5.MP3"


def test_moving_to_where_it_is_changes_nothing(world: World) -> None:
    file = world.put("Ada/Song.mp3")
    calls = FailingDisk()
    assert world.with_disk(calls).move(file, "Ada/Song") == replace(file, stem="Ada/Song")
    assert calls.calls == []


def test_the_new_name_lasts_before_the_old_one_goes(world: World) -> None:
    file, calls = world.put("A/Song.mp3"), FailingDisk()
    world.with_disk(calls).move(file, "Ada/Song")
    assert calls.calls == [
        "mkdir Ada", "sync library", "link Song.mp3", "sync Ada", "unlink Song.mp3", "sync A", "rmdir A",
        "sync library",
    ]  # fmt: skip


@pytest.mark.parametrize("taken", ["Song.mp3", "SONG.mp3", "song.MP3"])
def test_a_taken_name_gets_the_tracks_id(world: World, taken: str) -> None:
    file = world.put("A/Song.mp3")
    (world.root / taken).write_bytes(b"mine")
    moved = world.shelf.move(file, "Song")
    assert (moved.path, moved.stem) == ("Song [7].mp3", "Song [7]")
    assert (world.root / taken).read_bytes() == b"mine"
    assert world.shelf.move(moved, "Song") == moved


def test_a_taken_name_and_no_id_is_refused(world: World) -> None:
    file = world.put("A/Song.mp3", track_id=None)
    (world.root / "Song.mp3").write_bytes(b"mine")
    with pytest.raises(DiskError, match="taken by other files"):
        world.shelf.move(file, "Song")
    assert world.files == ["A", "A/Song.mp3", "Song.mp3"]


def test_a_file_of_the_same_track_is_another_file(world: World) -> None:
    world.put("Song.mp3")
    file = world.put("A/Song.mp3")
    assert world.shelf.move(file, "Song").path == "Song [7].mp3"
    assert world.files == ["Song [7].mp3", "Song.mp3"]


@pytest.mark.parametrize(("old", "new"), [("song", "Song"), (f"Caf{NFD}", f"Caf{NFC}"), (f"Caf{NFC}", f"CAF{NFD}")])
def test_a_name_changes_in_case_or_form_only(world: World, old: str, new: str) -> None:
    file = world.put(f"Ada/{old}.mp3")
    assert world.shelf.move(file, f"Ada/{new}").path == f"Ada/{new}.mp3"
    assert world.files == ["Ada", f"Ada/{new}.mp3"]


def test_another_file_that_differs_in_case_is_in_the_way_of_respelling(world: World) -> None:
    file = world.put("SONG.mp3")
    (world.root / "Song.mp3").write_bytes(b"mine")
    assert world.shelf.move(file, "Song").path == "Song [7].mp3"
    assert world.files == ["Song [7].mp3", "Song.mp3"]


@pytest.mark.parametrize(("respells", "path"), [(True, "Song.mp3"), (False, "song.mp3")])
def test_a_filesystem_that_folds_names_keeps_one_of_them(world: World, path: str, *, respells: bool) -> None:
    file = world.put("song.mp3")
    moved = world.with_disk(FoldingDisk(respells=respells)).move(file, "Song")
    assert (moved.path, moved.stem) == (path, "Song")
    assert world.files == [path]


def test_a_folder_that_differs_in_case_is_used_as_it_is(world: World) -> None:
    file = world.put("ada/x.mp3")
    assert world.shelf.move(file, "ADA/Song").path == "ada/Song.mp3"


def test_a_filesystem_without_hard_links_moves_as_well(world: World) -> None:
    file = world.put("A/Song.mp3")
    shelf = world.with_disk(FailingDisk(no_links=True))
    assert shelf.move(file, "Ada/Song").path == "Ada/Song.mp3"
    assert world.files == ["Ada", "Ada/Song.mp3"]


@pytest.mark.parametrize("no_links", [False, True])
def test_a_move_that_is_killed_leaves_the_file_and_ends_well_when_done_again(tmp_path: Path, *, no_links: bool) -> None:
    for until in range(20):
        world = World(tmp_path / f"library{until}")
        file = world.put("A/B/Song.mp3")
        content = (world.root / file.path).read_bytes()
        calls = FailingDisk(until, no_links=no_links)
        try:
            world.with_disk(calls).move(file, "Ada/Song")
        except Killed:
            there = [world.root / path for path in world.files if path.endswith(".mp3")]
            whole = [path for path in there if path.read_bytes() == content]
            assert whole
            assert all(path in whole or path.stat().st_size == 0 for path in there)
        else:
            assert until > 6
            return
        moved = World(world.root, Disk()).shelf.move(file, "Ada/Song")
        assert (world.root / moved.path).read_bytes() == content
        reserved = [path for path in world.files if path.endswith(".mp3") and path != moved.path]
        assert all(no_links and not (world.root / path).stat().st_size for path in reserved)
        assert moved.path == ("Ada/Song [7].mp3" if reserved else "Ada/Song.mp3")
        assert world.files == sorted(["Ada", moved.path, *reserved])
    pytest.fail("it never came to an end")


def test_a_file_that_is_not_there_is_told(world: World) -> None:
    file = world.put("Song.mp3")
    (world.root / "Song.mp3").unlink()
    (world.root / "Other.mp3").write_bytes(bytes(file.size))
    with pytest.raises(NotFoundError, match=r"Song\.mp3 is not in the library"):
        world.shelf.move(file, "Other")
    with pytest.raises(NotFoundError, match=r"Song\.mp3 is not in the library"):
        world.shelf.retag(file, Tags(title="x"))
    assert world.files == ["Other.mp3"]


@pytest.mark.parametrize("stem", ["../x", "/tmp/x", "Ada/../../x", "a\0b", "x" * 300, "link/x"])
def test_a_hostile_name_moves_nothing(world: World, tmp_path: Path, stem: str) -> None:
    file = world.put("Song.mp3")
    (tmp_path / "outside").mkdir()
    (world.root / "link").symlink_to(tmp_path / "outside")
    with pytest.raises(DiskError):
        world.shelf.move(file, stem)
    assert world.files == ["Song.mp3", "link"]
    assert list((tmp_path / "outside").iterdir()) == []


@pytest.mark.parametrize("path", ["../Song.mp3", "link/Song.mp3", "linked.mp3", "folder.mp3"])
def test_what_is_behind_a_link_or_no_file_is_not_there(world: World, tmp_path: Path, path: str) -> None:
    file = world.put("Song.mp3")
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "Song.mp3").write_bytes(b"mine")
    (world.root / "link").symlink_to(tmp_path / "outside")
    (world.root / "linked.mp3").symlink_to(world.root / "Song.mp3")
    (world.root / "folder.mp3").mkdir()
    with pytest.raises(NotFoundError):
        world.shelf.move(replace(file, path=path), "Other")
    with pytest.raises(NotFoundError):
        world.shelf.retag(replace(file, path=path), Tags(title="x"))
    assert world.shelf.examine(replace(file, path=path)).state is State.MISSING


def test_a_disk_that_fails_is_named(world: World) -> None:
    class Full(Disk):
        def link(self, source: Path, target: Path) -> None:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with pytest.raises(DiskError, match=r"Other\.mp3 cannot be written: the disk is full"):
        world.with_disk(Full()).move(world.put("Song.mp3"), "Other")
    assert world.files == ["Song.mp3"]


# --- retag ------------------------------------------------------------------------------------


@pytest.mark.parametrize("container", CONTAINERS)
def test_new_tags_take_the_place_of_old_ones_and_all_else_stays(world: World, container: str) -> None:
    file = world.put(f"Song.{container}", container)
    path = world.root / file.path
    path.chmod(0o640)
    pictures = path.read_bytes().count(JPEG)
    retagged = world.shelf.retag(file, Tags(title="Other", track_id=SEVEN))
    assert tag.read(path) == Tags(title="Other", artist="Ada", track_id=SEVEN)
    assert retagged == replace(file, size=path.stat().st_size, sha256=disk.sha256(path))
    assert retagged.sha256 != file.sha256
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert path.read_bytes().count(JPEG) == pictures
    assert world.left == []


@pytest.mark.parametrize("container", CONTAINERS)
def test_tags_that_are_there_already_are_not_written(world: World, container: str) -> None:
    file = world.shelf.retag(world.put(f"Song.{container}", container), Tags(title="Other", track_id=SEVEN))
    before = (world.root / file.path).stat()
    calls = FailingDisk()
    assert world.with_disk(calls).retag(file, Tags(title="Other", track_id=SEVEN)) == file
    after = (world.root / file.path).stat()
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
    assert calls.calls == []
    assert world.left == []


def test_the_bytes_last_before_they_take_the_files_place(world: World) -> None:
    file, calls = world.put("Song.mp3"), FailingDisk()
    world.with_disk(calls).retag(file, Tags(title="Other"))
    assert [call.partition(" ")[0] for call in calls.calls][-3:] == ["sync", "replace", "sync"]
    assert calls.calls[-2:] == ["replace Song.mp3", "sync library"]


def test_a_retag_that_is_killed_leaves_the_old_file_or_the_new_one(tmp_path: Path) -> None:
    for until in range(12):
        world = World(tmp_path / f"library{until}")
        file = world.put("Song.mp3")
        old = (world.root / file.path).read_bytes()
        try:
            world.with_disk(FailingDisk(until)).retag(file, Tags(title="Other"))
        except Killed:
            assert (world.root / file.path).read_bytes() == old or tag.read(world.root / file.path).title == "Other"
        else:
            assert until >= 3
            return
    pytest.fail("it never came to an end")


def test_a_damaged_file_is_not_retagged(world: World) -> None:
    file = world.put("Song.mp3")
    path = world.root / file.path
    path.write_bytes(path.read_bytes()[: file.size // 2])
    content = path.read_bytes()
    with pytest.raises(DamagedError, match="shorter than the track"):
        world.shelf.retag(file, Tags(title="Other"))
    assert path.read_bytes() == content
    assert world.left == []


@pytest.mark.parametrize("content", [b"", b"<!doctype html><title>404</title>"])
def test_what_is_no_audio_is_not_retagged(world: World, content: bytes) -> None:
    file = world.put("Song.mp3")
    (world.root / file.path).write_bytes(content)
    with pytest.raises(DamagedError, match="neither mp3"):
        world.shelf.retag(file, Tags(title="Other"))
    assert (world.root / file.path).read_bytes() == content


def change(path: Path) -> None:
    path.write_bytes(path.read_bytes() + b"\0")


def swap(path: Path) -> None:
    content = path.read_bytes()
    path.unlink()
    path.write_bytes(content)


def link(path: Path) -> None:
    path.rename(path.with_name("kept.mp3"))
    path.symlink_to("kept.mp3")


@pytest.mark.parametrize("act", [change, swap, link, Path.unlink])
def test_a_file_that_changes_meanwhile_is_left_as_it_is(world: World, act: Callable[[Path], None]) -> None:
    file = world.put("Song.mp3")
    path = world.root / file.path

    class Slow(Disk):
        def sync(self, name: Path) -> None:
            if name.parent.name == "staging":
                act(path)

    before = path.read_bytes()
    with pytest.raises(DamagedError, match="was changed while it was tagged"):
        world.with_disk(Slow()).retag(file, Tags(title="Other"))
    assert not path.exists() or path.read_bytes() in (before, before + b"\0")
    assert world.left == []


def test_a_file_that_may_not_be_written_gets_its_tags_all_the_same_and_stays_so(world: World) -> None:
    file = world.put("Song.mp3")
    path = world.root / file.path
    path.chmod(0o444)
    world.shelf.retag(file, Tags(title="Other"))
    assert tag.read(path).title == "Other"
    assert stat.S_IMODE(path.stat().st_mode) == 0o444


def test_a_further_name_keeps_the_old_tags(world: World) -> None:
    file = world.put("Song.mp3")
    os.link(world.root / file.path, world.root / "001 Song.mp3")
    world.shelf.retag(file, Tags(title="Other"))
    assert tag.read(world.root / "001 Song.mp3").title == "Song"


# --- examine ----------------------------------------------------------------------------------


def test_a_file_as_it_was_is_sound(world: World) -> None:
    file = world.put("Song.mp3")
    assert world.shelf.examine(file).state is State.SOUND


def test_a_file_that_is_gone_is_missing(world: World) -> None:
    file = world.put("Song.mp3")
    (world.root / file.path).unlink()
    finding = world.shelf.examine(file)
    assert (finding.state, finding.reason) == (State.MISSING, "it is not there")


@pytest.mark.parametrize("container", CONTAINERS)
def test_other_tags_on_the_same_sound_are_told_from_damage(world: World, container: str) -> None:
    file = world.put(f"Song.{container}", container)
    path = world.root / file.path
    tag.write(path, container, Tags(title="A title of another length" * 200), None)
    finding = world.shelf.examine(file, SEVEN)
    assert finding.state is State.RETAGGED
    assert finding.file == replace(file, size=path.stat().st_size, sha256=disk.sha256(path))


def test_a_file_whose_id_was_taken_off_is_still_the_track(world: World) -> None:
    file = world.put("Song.mp3")
    tags = mutagen.id3.ID3(world.root / file.path)
    tags.delall("TXXX:SOUNDCLOUD_ID")
    tags.save()
    assert world.shelf.examine(file, SEVEN).state is State.RETAGGED


def test_the_file_of_another_track_in_its_place_is_damage(world: World) -> None:
    file = world.put("Song.mp3")
    world.put("Song.mp3", track_id=TrackId(8))
    finding = world.shelf.examine(file, SEVEN)
    assert (finding.state, finding.reason) == (State.DAMAGED, "it is the file of track 8")
    assert finding.file == file


@pytest.mark.parametrize("container", CONTAINERS)
def test_a_cut_file_is_damaged(world: World, container: str) -> None:
    file = world.put(f"Song.{container}", container)
    path = world.root / file.path
    path.write_bytes(path.read_bytes()[: file.size // 2])
    finding = world.shelf.examine(file)
    assert finding.state is State.DAMAGED
    assert finding.reason


@pytest.mark.parametrize(
    ("content", "words"),
    [(b"", "0 bytes"), (b"<!doctype html>", "neither mp3"), (b"ID3" + bytes(9000), "The audio is")],
)
def test_what_is_no_audio_is_damaged(world: World, content: bytes, words: str) -> None:
    file = world.put("Song.mp3")
    (world.root / file.path).write_bytes(content)
    finding = world.shelf.examine(file)
    assert finding.state is State.DAMAGED
    assert words in finding.reason


def test_a_flac_with_one_other_byte_is_damaged(world: World) -> None:
    file = world.put("Song.flac", "flac")
    path = world.root / file.path
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 0xFF
    path.write_bytes(content)
    assert world.shelf.examine(file).state is State.DAMAGED


def test_every_container_has_a_file_to_test_with() -> None:
    assert set(CONTAINERS) <= set(CODECS)
