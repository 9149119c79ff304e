"""What every Store and its PlaylistFiles must do, held against the folder, the object store and the fake."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path, PurePosixPath

import pytest
from fake_store import MemoryStore
from library_bench import MP3, PROGRESSIVE, SECONDS
from store_world import LIST, STEM, StoreWorld, folder_world, memory_world, objects_world, track

from cloudcrate.core import naming
from cloudcrate.core.model import TrackId
from cloudcrate.core.tagging import tags_of
from cloudcrate.errors import DamagedError, DiskError, StreamGoneError
from cloudcrate.ports.library import Recipe
from cloudcrate.ports.world import Media


def signed() -> Media:
    return Media(url=PROGRESSIVE, stream=MP3)


def plain(number: int) -> Recipe:
    return Recipe(tags=tags_of(track(number)))


class StoreContract:
    """The tests; a subclass provides ``world``."""

    def test_it_has_a_name_that_stays(self, world: StoreWorld) -> None:
        assert world.store.id
        assert world.store.id == world.store.id

    def test_checking_is_harmless(self, world: StoreWorld) -> None:
        world.store.check()
        file = world.stored(track(7))
        world.store.check()
        assert world.store.present({TrackId(7): file}) == {TrackId(7): file}
        assert world.files() == [file.path]

    def test_a_staged_file_has_no_name_yet(self, world: StoreWorld) -> None:
        staged = world.fetch(track(7))
        assert staged.file.path == ""
        assert (staged.suffix, staged.file.format) == (".mp3", "mp3")
        assert staged.file.seconds == pytest.approx(SECONDS, abs=0.5)
        assert staged.file.size > 0
        assert len(staged.file.sha256) == 64
        assert world.files() == []
        assert world.staged() == 1

    def test_a_placed_file_is_the_staged_one_under_its_name(self, world: StoreWorld) -> None:
        staged = world.fetch(track(7))
        file = world.store.place(staged, STEM)
        assert file == replace(staged.file, path=f"{STEM}.mp3", stem=STEM)
        assert world.files() == [file.path]
        assert world.staged() == 0

    def test_the_link_is_asked_for_just_before_it_is_needed(self, world: StoreWorld) -> None:
        asked: list[int] = []

        def media() -> Media:
            asked.append(1)
            return Media(url=PROGRESSIVE, stream=MP3)

        world.store.fetch(track(7), MP3, media, Recipe(tags=tags_of(track(7))))
        assert asked == [1]

    def test_a_stream_that_is_gone_leaves_nothing_behind(self, world: StoreWorld) -> None:
        world.withdraw(TrackId(7))
        with pytest.raises(StreamGoneError):
            world.fetch(track(7))
        assert world.staged() == 0
        assert world.files() == []
        assert world.stored(track(7)).path == f"{STEM}.mp3"

    def test_an_error_of_the_link_goes_through(self, world: StoreWorld) -> None:
        def media() -> Media:
            raise StreamGoneError("no clear stream")

        with pytest.raises(StreamGoneError, match="no clear stream"):
            world.store.fetch(track(7), MP3, media, Recipe(tags=tags_of(track(7))))
        assert world.staged() == 0

    def test_a_file_of_anothers_is_never_overwritten(self, world: StoreWorld) -> None:
        world.put(f"{STEM}.mp3")
        file = world.stored(track(7))
        marked = naming.with_id(STEM, TrackId(7))
        assert (file.path, file.stem) == (f"{marked}.mp3", marked)
        assert world.files() == sorted([f"{STEM}.mp3", file.path])

    def test_two_tracks_with_one_name_are_two_files(self, world: StoreWorld) -> None:
        first, second = world.stored(track(7)), world.stored(track(8))
        assert first.path != second.path
        assert world.store.present({TrackId(7): first, TrackId(8): second}) == {7: first, 8: second}

    def test_names_that_differ_in_case_only_are_one_name(self, world: StoreWorld) -> None:
        first, second = world.stored(track(7), "Ada/Song"), world.stored(track(8), "Ada/SONG")
        assert naming.path_key(first.path) != naming.path_key(second.path)

    def test_a_folder_is_used_as_it_is_spelled(self, world: StoreWorld) -> None:
        world.stored(track(7), "Ada/Song")
        file = world.stored(track(8), "ADA/Other")
        assert (file.path, file.stem) == ("Ada/Other.mp3", "ADA/Other")

    def test_a_staged_file_that_is_discarded_is_gone(self, world: StoreWorld) -> None:
        before = world.staged()
        world.store.discard(world.fetch(track(1), Recipe(tags=tags_of(track(1)), convert="aiff", keep_original=True)))
        assert world.staged() == before
        assert world.files() == []

    def test_a_track_placed_twice_is_one_file(self, world: StoreWorld) -> None:
        first = world.stored(track(7))
        assert world.stored(track(7)) == first
        assert world.files() == [first.path]
        assert world.staged() == 0

    def test_a_name_that_leads_out_is_refused(self, world: StoreWorld) -> None:
        with pytest.raises(DiskError):
            world.stored(track(7), "../Song")
        assert world.files() == []
        assert world.staged() == 0

    def test_a_deleted_file_is_not_present(self, world: StoreWorld) -> None:
        first, second = world.stored(track(7)), world.stored(track(8))
        world.delete(first.path)
        assert world.store.present({TrackId(7): first, TrackId(8): second}) == {8: second}

    def test_a_moved_file_is_present_where_it_is(self, world: StoreWorld) -> None:
        file = world.stored(track(7))
        world.move(file.path, "Best of/01.mp3")
        assert world.store.present({TrackId(7): file}) == {7: replace(file, path="Best of/01.mp3")}

    def test_a_foreign_file_in_its_place_is_not_the_track(self, world: StoreWorld) -> None:
        file = world.stored(track(7))
        world.delete(file.path)
        world.put(file.path)
        assert world.store.present({TrackId(7): file}) == {}

    def test_an_unrecorded_file_is_found_where_it_belongs(self, world: StoreWorld) -> None:
        file = world.stored(track(7))
        assert world.store.lying_at(STEM, TrackId(7)) == replace(file, preset="")
        assert world.store.lying_at(STEM, TrackId(8)) is None
        assert world.store.lying_at("Ada/Ada - Other", TrackId(7)) is None

    def test_an_unrecorded_file_is_found_under_its_name_with_the_id(self, world: StoreWorld) -> None:
        world.put(f"{STEM}.mp3")
        file = world.stored(track(7))
        assert world.store.lying_at(STEM, TrackId(7)) == replace(file, preset="")

    def test_many_threads_place_many_files(self, world: StoreWorld) -> None:
        with ThreadPoolExecutor(4) as pool:
            files = list(pool.map(lambda n: world.stored(track(n)), range(1, 7)))
        assert len({file.path for file in files}) == 6
        assert world.store.present({TrackId(n): f for n, f in enumerate(files, 1)}) == dict(enumerate(files, 1))

    def test_a_playlist_file_lists_its_paths_in_order(self, world: StoreWorld) -> None:
        first, second = world.stored(track(7)), world.stored(track(8), "#Eight/Song")
        assert world.playlists.read_playlist(LIST) is None
        world.playlists.write_playlist(LIST, "Night Bus", [(second, track(8)), (first, None), (second, track(8))])
        paths = (second.path, first.path, second.path)
        assert world.playlists.read_playlist(LIST) == tuple(map(PurePosixPath, paths))
        world.playlists.write_playlist(LIST, "Night Bus", [])
        assert world.playlists.read_playlist(LIST) == ()
        assert LIST in world.files()


class RoomContract:
    """What a library has to say that knows its own room; a subclass provides ``world``."""

    def test_room_that_is_not_there_is_said_before_it_is_needed(self, world: StoreWorld) -> None:
        world.store.check(1)
        with pytest.raises(DiskError, match="free"):
            world.store.check(10**24)
        assert world.stored(track(7)).path == f"{STEM}.mp3"


class TestFolderStore(StoreContract, RoomContract):
    @pytest.fixture
    def world(self, tmp_path: Path) -> StoreWorld:
        return folder_world(tmp_path / "library")


class TestObjectStore(StoreContract):
    @pytest.fixture
    def world(self, tmp_path: Path) -> Iterator[StoreWorld]:
        with objects_world(tmp_path) as world:
            yield world


class TestMemoryStore(StoreContract, RoomContract):
    @pytest.fixture
    def world(self) -> StoreWorld:
        return memory_world()

    def test_it_fails_as_it_is_told_and_then_no_more(self) -> None:
        store = MemoryStore()
        store.fetch_failures[TrackId(7)] = [DamagedError("cut"), StreamGoneError("gone")]
        for kind in (DamagedError, StreamGoneError):
            with pytest.raises(kind):
                store.fetch(track(7), MP3, signed, plain(7))
            assert store.fetch(track(8), MP3, signed, plain(8)).suffix == ".mp3"
        assert store.fetch(track(7), MP3, signed, plain(7)).suffix == ".mp3"

    def test_it_can_fail_at_every_step(self) -> None:
        store = MemoryStore()
        store.check_failure = DiskError("full")
        with pytest.raises(DiskError):
            store.check()
        store.place_failures[TrackId(7)] = [DiskError("full")]
        staged = store.fetch(track(7), MP3, signed, plain(7))
        with pytest.raises(DiskError):
            store.place(staged, STEM)
        assert store.files == {}
        assert store.fetches == [(TrackId(7), "mp3_1_0")]
