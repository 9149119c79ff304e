"""Playlists in an object store, and objects that are taken in or looked at again."""

from dataclasses import replace
from pathlib import Path

import pytest
from library_bench import SECONDS, mp3
from objects_bench import STEM, Crate
from worlds import make_track

from cloudcrate.core.model import TrackId
from cloudcrate.core.tagging import Tags
from cloudcrate.errors import DamagedError, DiskError, UsageError
from cloudcrate.ports.library import FoundFile, State

OTHER = "Best of/01 Song"
SEVEN = TrackId(7)


@pytest.fixture
def crate(tmp_path: Path) -> Crate:
    return Crate(tmp_path)


def test_links_are_refused_with_what_to_do_instead(crate: Crate) -> None:
    file = crate.stored()
    with pytest.raises(UsageError, match="one name") as caught:
        crate.store.write_folder("playlists/Night Bus", "links", [file])
    assert "copies" in caught.value.hint
    assert crate.keys == [file.path]


def test_what_the_user_has_in_a_playlists_folder_stays(crate: Crate) -> None:
    file, folder = crate.stored(), "playlists/Night Bus"
    crate.foreign(f"{folder}/001 Ada - Song.mp3")
    crate.store.write_folder(folder, "copies", [file])
    assert crate.store.read_folder(folder, "copies") == (file.path,)
    ours = f"{folder}/001 Ada - Song (2).mp3"
    assert ours in crate.keys
    crate.foreign(ours, crate.bucket.bodies[ours])  # the user's from now on, though it is as long
    crate.store.write_folder(folder, "copies", [])
    assert [key for key in crate.keys if key.startswith(folder) and "001" in key] == [
        ours,
        f"{folder}/001 Ada - Song.mp3",
    ]


def test_a_playlists_folder_is_copied_within_the_store(crate: Crate) -> None:
    file, folder = crate.stored(), "playlists/Night Bus"
    crate.store.write_folder(folder, "copies", [file])
    assert (crate.bucket.asked["copy"], crate.bucket.asked["put"]) == (1, 3)  # the file, and the manifest twice
    crate.bucket.asked.clear()
    crate.store.write_folder(folder, "copies", [file])
    assert dict(crate.bucket.asked) == {"list": 1, "read": 1}
    assert crate.store.present({SEVEN: file}) == {SEVEN: file}


def test_a_playlist_file_that_would_not_change_is_not_uploaded(crate: Crate) -> None:
    file = crate.stored()
    crate.store.write_playlist("Night Bus.m3u8", "Night Bus", [(file, None)])
    puts = crate.bucket.asked["put"]
    crate.store.write_playlist("Night Bus.m3u8", "Night Bus", [(file, None)])
    assert crate.bucket.asked["put"] == puts


@pytest.mark.parametrize("path", ["../x.m3u8", "a/../../x.m3u8", "/x.m3u8", "x\0.m3u8", "a//b.m3u8", "x" * 1100])
def test_a_playlist_file_that_leads_out_is_refused(crate: Crate, path: str) -> None:
    with pytest.raises(DiskError):
        crate.store.write_playlist(path, "Night Bus", [])
    assert crate.keys == []


def test_an_object_that_is_taken_in_gets_the_id_and_its_metadata(crate: Crate) -> None:
    crate.foreign("mine/x.mp3", mp3())
    (found,) = crate.store.explore(crate.store.id)
    file = crate.store.adopt(found, make_track(7, duration_ms=SECONDS * 1000), STEM)
    assert crate.is_whole(file)
    moved = crate.store.move(file, OTHER)
    assert crate.store.present({SEVEN: file}) == {SEVEN: replace(file, path=moved.path)}
    assert crate.leftovers == []


def test_an_object_that_is_not_the_track_is_named_as_its_user_knows_it(crate: Crate) -> None:
    crate.foreign("mine/x.wav", mp3())
    found = FoundFile(path=f"{crate.store.id}/mine/x.wav", seconds=SECONDS, tags=Tags())
    with pytest.raises(DamagedError, match=r"s3://memory/music/mine/x\.wav is mp3"):
        crate.store.adopt(found, make_track(7, duration_ms=SECONDS * 1000), STEM)


def test_examining_reads_every_byte(crate: Crate) -> None:
    file = crate.stored()
    body = crate.bucket.bodies[file.path]
    crate.bucket.bodies[file.path] = body[:-1] + bytes([body[-1] ^ 1])  # rotten, and the store has not noticed
    assert crate.store.examine(file, SEVEN).state is not State.SOUND
    assert crate.leftovers == []
