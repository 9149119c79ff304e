"""Files that people already have: found, and taken into the library when they are the whole track."""

import os
from dataclasses import replace
from pathlib import Path

import pytest
from library_bench import JPEG, SECONDS, audio, mp3
from shelf_bench import FailingDisk, Killed, World
from worlds import make_track

from cloudcrate.adapters.library import disk, playlist_folder, tag
from cloudcrate.adapters.library.adopt import adopt, explore
from cloudcrate.adapters.library.disk import Disk
from cloudcrate.adapters.library.verify import CONTAINERS
from cloudcrate.core.model import StoredFile, TrackId
from cloudcrate.core.tagging import Tags, tags_of
from cloudcrate.errors import DamagedError, DiskError
from cloudcrate.ports.library import FoundFile

TRACK = make_track(7, title="Song", duration_ms=SECONDS * 1000)
STEM = "Ada/Ada - Song"


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path / "library")


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    """A folder of the user's."""
    folder = tmp_path / "mine"
    folder.mkdir()
    return folder


def put(path: Path, container: str, tags: Tags | None = None) -> FoundFile:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(audio(container))
    if tags is not None:
        tag.write(path, container, tags, JPEG)
    return FoundFile(path=str(path), seconds=float(SECONDS), tags=tag.read(path))


# --- explore ----------------------------------------------------------------------------------


@pytest.mark.parametrize("container", CONTAINERS)
def test_a_file_is_found_with_its_length_and_its_tags(mine: Path, container: str) -> None:
    path = mine / "deep" / f"x.{container.upper()}"
    put(path, container, Tags(title="Song", artist="Ada"))
    (found,) = explore(str(mine))
    assert found.path == str(path)
    assert found.seconds == pytest.approx(SECONDS, abs=0.1)
    assert found.tags == Tags(title="Song", artist="Ada")


def test_an_aiff_with_the_short_suffix_is_found(mine: Path) -> None:
    put(mine / "x.aif", "aiff")
    assert [Path(found.path).name for found in explore(str(mine))] == ["x.aif"]


def test_what_is_no_audio_hidden_or_behind_a_link_is_left_out(mine: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    put(outside / "x.mp3", "mp3")
    put(mine / ".hidden" / "x.mp3", "mp3")
    put(mine / ".cloudcrate" / "staging" / "x.mp3", "mp3")
    put(mine / "._x.mp3", "mp3")
    put(mine / "flac.mp3", "flac")
    put(mine / "x.mp3.part", "mp3")
    (mine / "link.mp3").symlink_to(outside / "x.mp3")
    (mine / "folder").symlink_to(outside)
    (mine / "loop").symlink_to(mine)
    (mine / "folder.mp3").mkdir()
    os.mkfifo(mine / "pipe.mp3")
    (mine / "empty.mp3").write_bytes(b"")
    (mine / "page.mp3").write_bytes(b"<!doctype html><title>404</title>" * 200)
    (mine / "tag.mp3").write_bytes(b"ID3\x03\x00\x00\x00\x00\x00\x00" + bytes(5000))
    (mine / "picture.mp3").write_bytes(b"\x89PNG" + mp3())
    (mine / "notes.txt").write_text("mine")
    (mine / "two\nlines.mp3").write_bytes(mp3())
    Path(os.fsdecode(os.fsencode(mine) + b"/\xff.mp3")).write_bytes(mp3())
    assert list(explore(str(mine))) == []


def test_the_folders_of_playlists_are_left_out(world: World) -> None:
    file = world.put("Ada/Song.mp3")
    playlist_folder.write(world.root, Disk(), "playlists/Night Bus", "copies", [file])
    assert [found.path for found in explore(str(world.root))] == [str(world.root / file.path)]


def test_a_folder_may_be_named_by_a_link_and_from_where_one_is(mine: Path, tmp_path: Path) -> None:
    put(mine / "x.mp3", "mp3")
    (tmp_path / "link").symlink_to(mine)
    assert [found.path for found in explore(str(tmp_path / "link"))] == [str(tmp_path / "link" / "x.mp3")]
    relative = os.path.relpath(mine)
    assert [found.path for found in explore(relative)] == [str(mine / "x.mp3")]


@pytest.mark.parametrize("folder", ["missing", "file", "a\0b"])
def test_a_folder_that_cannot_be_read_is_told_at_once(tmp_path: Path, folder: str) -> None:
    (tmp_path / "file").write_text("mine")
    with pytest.raises(DiskError, match="cannot be read") as caught:
        explore(str(tmp_path / folder))
    assert caught.value.hint


# --- from outside -----------------------------------------------------------------------------


@pytest.mark.parametrize("container", CONTAINERS)
def test_a_file_from_outside_is_copied_tagged_and_left_alone(world: World, mine: Path, container: str) -> None:
    found = put(mine / f"x.{container}", container, Tags(title="song 1", artist="?", album="Kept"))
    before = Path(found.path).read_bytes(), Path(found.path).stat().st_mtime_ns
    file = adopt(world.shelf, found, TRACK, STEM)
    path = world.root / file.path
    assert file.path == f"{STEM}.{container}"
    assert (file.stem, file.format, file.preset) == (STEM, container, "")
    assert (file.size, file.sha256) == (path.stat().st_size, disk.sha256(path))
    assert file.seconds == pytest.approx(SECONDS, abs=0.1)
    assert file.bitrate > 0
    assert tag.read(path) == replace(tags_of(TRACK), album="Kept")
    assert before == (Path(found.path).read_bytes(), Path(found.path).stat().st_mtime_ns)
    assert path.read_bytes().count(JPEG) == before[0].count(JPEG)
    assert world.left == []


def test_what_lies_hidden_in_the_library_is_not_in_it_yet(world: World) -> None:
    found = put(world.root / ".trash" / "x.mp3", "mp3")
    assert adopt(world.shelf, found, TRACK, STEM).path == f"{STEM}.mp3"
    assert Path(found.path).is_file()


def test_the_suffix_comes_from_the_content(world: World, mine: Path) -> None:
    found = put(mine / "x.mp3", "flac")
    assert adopt(world.shelf, found, TRACK, STEM).path == f"{STEM}.flac"


def test_a_copy_goes_over_no_other_file(world: World, mine: Path) -> None:
    (world.root / "Ada").mkdir()
    (world.root / "Ada" / "ADA - Song.mp3").write_bytes(b"mine")
    found = put(mine / "x.mp3", "mp3")
    file = adopt(world.shelf, found, TRACK, STEM)
    assert (file.path, file.stem) == (f"{STEM} [7].mp3", f"{STEM} [7]")
    assert adopt(world.shelf, found, TRACK, STEM) == file
    other = adopt(world.shelf, found, replace(TRACK, id=TrackId(8)), STEM)
    assert other.path == f"{STEM} [8].mp3"
    assert world.files == ["Ada", "Ada/ADA - Song.mp3", f"{STEM} [7].mp3", f"{STEM} [8].mp3"]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "neither mp3"),
        (b"<!doctype html><title>404</title>", "neither mp3"),
        (mp3(3.0), "shorter than the track"),
        (mp3(9.0), "longer than the track"),
        (mp3()[:-20_000] + bytes(range(256)) * 40 + mp3()[-10_000:], "damaged|shorter"),
    ],
)
def test_what_is_not_the_whole_track_is_not_taken(world: World, mine: Path, content: bytes, words: str) -> None:
    (mine / "x.mp3").write_bytes(content)
    with pytest.raises(DamagedError, match=words):
        adopt(world.shelf, FoundFile(path=str(mine / "x.mp3"), seconds=6.0, tags=Tags()), TRACK, STEM)
    assert world.files == []
    assert world.left == []
    assert (mine / "x.mp3").read_bytes() == content


@pytest.mark.parametrize("name", ["missing.mp3", "link.mp3", "folder.mp3", "file.txt/x.mp3"])
def test_a_file_that_is_not_there_any_more_is_told(world: World, mine: Path, name: str) -> None:
    put(mine / "x.mp3", "mp3")
    (mine / "link.mp3").symlink_to(mine / "x.mp3")
    (mine / "folder.mp3").mkdir()
    (mine / "file.txt").write_text("mine")
    with pytest.raises(DamagedError, match=r"cannot be read|not a file"):
        adopt(world.shelf, FoundFile(path=str(mine / name), seconds=6.0, tags=Tags()), TRACK, STEM)
    assert world.files == []


@pytest.mark.parametrize("stem", ["../x", "/tmp/cloudcrate-x", "a\0b", "x" * 300])
def test_a_hostile_name_places_nothing(world: World, mine: Path, stem: str) -> None:
    with pytest.raises(DiskError):
        adopt(world.shelf, put(mine / "x.mp3", "mp3"), TRACK, stem)
    assert world.files == []
    assert world.left == []


def test_an_adoption_that_is_killed_ends_well_when_done_again(tmp_path: Path, mine: Path) -> None:
    found = put(mine / "x.mp3", "mp3")
    for until in range(12):
        world = World(tmp_path / f"library{until}")
        try:
            adopt(world.with_disk(FailingDisk(until)), found, TRACK, STEM)
        except Killed:
            file = adopt(world.shelf, found, TRACK, STEM)
            assert world.files == ["Ada", file.path]
            assert file.path == f"{STEM}.mp3"
        else:
            assert until > 4
            return
    pytest.fail("it never came to an end")


# --- in the library ---------------------------------------------------------------------------


def inside(world: World, path: str, container: str = "mp3", tags: Tags | None = None) -> FoundFile:
    return put(world.root / path, container, tags)


@pytest.mark.parametrize("container", CONTAINERS)
def test_a_file_of_the_library_stays_and_gets_our_id_alone(world: World, container: str) -> None:
    theirs = Tags(title="song 1", artist="?", comment="lovely")
    found = inside(world, f"Old/1.{container}", container, theirs)
    file = adopt(world.shelf, found, TRACK, STEM)
    path = Path(found.path)
    assert (file.path, file.stem, file.preset) == (f"Old/1.{container}", "", "")
    assert (file.size, file.sha256) == (path.stat().st_size, disk.sha256(path))
    assert tag.read(path) == replace(theirs, track_id=TRACK.id)
    assert world.files == ["Old", file.path]
    assert world.left == []


def test_a_file_that_bears_our_id_is_not_written(world: World) -> None:
    found = inside(world, "1.mp3", tags=Tags(track_id=TRACK.id))
    before = Path(found.path).stat()
    assert adopt(world.shelf, found, TRACK, STEM).path == "1.mp3"
    after = Path(found.path).stat()
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_the_file_of_another_track_is_not_taken(world: World) -> None:
    found = inside(world, "1.mp3", tags=Tags(track_id=TrackId(8)))
    with pytest.raises(DamagedError, match="its tags hold the id 8"):
        adopt(world.shelf, found, TRACK, STEM)
    assert tag.read_id(Path(found.path)) == 8


def test_a_file_named_as_what_it_is_not_stays_untouched(world: World) -> None:
    found = inside(world, "1.mp3", "flac")
    with pytest.raises(DamagedError, match="flac"):
        adopt(world.shelf, found, TRACK, STEM)
    assert world.files == ["1.mp3"]


@pytest.mark.parametrize("tags", [None, Tags(track_id=TRACK.id)])
def test_a_file_of_the_library_that_is_not_whole_is_left_as_it_is(world: World, tags: Tags | None) -> None:
    found = inside(world, "1.mp3", tags=tags)
    path = Path(found.path)
    path.write_bytes(path.read_bytes()[:-40_000])
    content = path.read_bytes()
    with pytest.raises(DamagedError, match="shorter than the track"):
        adopt(world.shelf, found, TRACK, STEM)
    assert path.read_bytes() == content
    assert world.left == []


def test_a_library_found_by_another_way_is_still_the_library(world: World, tmp_path: Path) -> None:
    inside(world, "1.mp3")
    (tmp_path / "link").symlink_to(world.root)
    (found,) = explore(str(tmp_path / "link"))
    assert adopt(world.shelf, found, TRACK, STEM).path == "1.mp3"
    (again,) = explore(str(world.root))
    by_link = World(tmp_path / "link")
    expected: StoredFile = adopt(by_link.shelf, again, TRACK, STEM)
    assert expected.path == "1.mp3"
    assert world.files == ["1.mp3"]
