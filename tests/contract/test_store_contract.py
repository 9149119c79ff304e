"""What every Store and PlaylistFiles must do, on the real folder and on the fake."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path, PurePosixPath

import pytest
from pretend import MemorySource, MemoryStore
from sandboxed import SCENARIO, soundcloud
from worlds import make_listing, make_track

from cloudcrate.adapters.http import Budget
from cloudcrate.adapters.library.store import FolderStore
from cloudcrate.adapters.soundcloud.source import SoundCloudSource
from cloudcrate.core import naming
from cloudcrate.core.link import parse_link
from cloudcrate.core.model import StoredFile, Track
from cloudcrate.ports import Media, PlaylistFiles, Source, StagedFile, Store


@dataclass(frozen=True, kw_only=True)
class StoreWorld:
    """An empty library, and tracks that can be fetched into it."""

    store: Store
    playlists: PlaylistFiles
    source: Source
    tracks: tuple[Track, ...]
    lose: Callable[[str], None]  # takes a file away, as its user may

    def staged(self, number: int) -> StagedFile:
        """A track in staging."""
        track = self.tracks[number]
        media: Callable[[], Media] = partial(self.source.media, track, track.streams[0])
        return self.store.fetch(track, track.streams[0], media)


@pytest.fixture
def folder(tmp_path: Path) -> StoreWorld:
    _, door = soundcloud(SCENARIO)
    source = SoundCloudSource(door, cache_dir=tmp_path / "cache", media_budget=Budget(name="m", limit=999, window=600))
    link = parse_link("https://soundcloud.com/ada/sets/mix")
    assert link is not None
    whole = [t for t in source.read(link, limit=None, known={}).tracks.values() if t.streams]
    library = tmp_path / "library"
    store = FolderStore(library, door)
    return StoreWorld(
        store=store,
        playlists=store,
        source=source,
        tracks=tuple(whole[:2]),
        lose=lambda path: (library / path).unlink(),
    )


@pytest.fixture
def in_memory() -> StoreWorld:
    tracks = (make_track(1), make_track(2))
    store = MemoryStore()
    source = MemorySource(make_listing(tracks))
    return StoreWorld(store=store, playlists=store, source=source, tracks=tracks, lose=lambda p: _pop(store, p))


def _pop(store: MemoryStore, path: str) -> None:
    del store.files[path]


@pytest.fixture(params=["folder", "in_memory"])
def world(request: pytest.FixtureRequest) -> StoreWorld:
    found: StoreWorld = request.getfixturevalue(request.param)
    found.store.check()
    return found


def test_a_track_gets_the_name_that_was_asked_for_and_is_present(world: StoreWorld) -> None:
    track = world.tracks[0]
    file = world.store.place(world.staged(0), naming.stem(track))
    assert PurePosixPath(file.path).with_suffix("").as_posix() == naming.stem(track)
    assert world.store.present({track.id: file}) == {track.id: file}
    assert abs(file.seconds - track.seconds) < 0.5


def test_a_staged_file_has_no_name_yet(world: StoreWorld) -> None:
    track = world.tracks[0]
    staged = world.staged(0)
    assert staged.file.path == ""
    assert world.store.lying_at(naming.stem(track), track.id) is None


def test_two_tracks_never_share_a_file(world: StoreWorld) -> None:
    first = world.store.place(world.staged(0), "Ada/Ada - Same")
    second = world.store.place(world.staged(1), "Ada/Ada - Same")
    assert first.path != second.path
    assert str(world.tracks[1].id) in second.path
    ids = [track.id for track in world.tracks]
    assert set(world.store.present(dict(zip(ids, (first, second), strict=True)))) == set(ids)


def test_a_file_that_lies_in_its_place_is_recognised_by_its_id(world: StoreWorld) -> None:
    first, second = world.tracks
    file = world.store.place(world.staged(0), "Ada/Ada - Song")
    lying = world.store.lying_at("Ada/Ada - Song", first.id)
    assert lying is not None
    assert (lying.path, lying.size) == (file.path, file.size)
    assert world.store.lying_at("Ada/Ada - Song", second.id) is None


def test_a_file_that_was_taken_away_is_not_present(world: StoreWorld) -> None:
    track = world.tracks[0]
    file = world.store.place(world.staged(0), "Ada/Ada - Song")
    world.lose(file.path)
    assert world.store.present({track.id: file}) == {}


def test_a_playlist_file_reads_back_in_order_with_repetitions(world: StoreWorld) -> None:
    files: list[StoredFile] = [world.store.place(world.staged(n), f"Ada/Song {n}") for n in (0, 1)]
    assert world.playlists.read_playlist("Mix.m3u8") is None
    listed = [(files[1], world.tracks[1]), (files[0], None), (files[1], world.tracks[1])]
    world.playlists.write_playlist("Mix.m3u8", "Mix", listed)
    assert world.playlists.read_playlist("Mix.m3u8") == tuple(PurePosixPath(f.path) for f, _ in listed)
    shorter = [(replace(files[0]), world.tracks[0])]
    world.playlists.write_playlist("Mix.m3u8", "Mix", shorter)
    assert world.playlists.read_playlist("Mix.m3u8") == (PurePosixPath(files[0].path),)
