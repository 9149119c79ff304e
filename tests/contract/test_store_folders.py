"""What every library must do with a playlist's folder, held against all of them."""

import pytest
from store_world import InFolder, InMemory, InObjects, StoreWorld, track

from cloudcrate.core import naming
from cloudcrate.core.model import TrackId
from cloudcrate.core.tagging import Tags
from cloudcrate.errors import DiskError

SEVEN = TrackId(7)
OTHER = "Best of/01 Song"
FOLDER = "playlists/Night Bus"


class PlaylistFolderContract:
    """A playlist as a folder; a subclass provides ``world`` and is given the kinds that it can make."""

    def test_a_folder_holds_its_files_in_order(self, world: StoreWorld, how: str) -> None:
        first, second = world.stored(track(7)), world.stored(track(8), "#Eight/Song")
        assert world.playlists.read_folder(FOLDER, how) is None
        world.playlists.write_folder(FOLDER, how, [second, first, second])
        assert world.playlists.read_folder(FOLDER, how) == (second.path, first.path, second.path)
        world.playlists.write_folder(FOLDER, how, [first])
        assert world.playlists.read_folder(FOLDER, how) == (first.path,)
        world.playlists.write_folder(FOLDER, how, [])
        assert world.playlists.read_folder(FOLDER, how) == ()

    def test_a_file_that_was_moved_is_not_as_it_should_be_until_that_is_written(
        self, world: StoreWorld, how: str
    ) -> None:
        first, second = world.stored(track(7)), world.stored(track(8), "x")
        world.playlists.write_folder(FOLDER, how, [first, second])
        moved = world.store.move(first, OTHER)
        assert world.playlists.read_folder(FOLDER, how) is None
        world.playlists.write_folder(FOLDER, how, [moved, second])
        assert world.playlists.read_folder(FOLDER, how) == (moved.path, second.path)

    def test_a_file_that_is_deleted_is_not_as_it_should_be(self, world: StoreWorld, how: str) -> None:
        first, second = world.stored(track(7)), world.stored(track(8))
        world.playlists.write_folder(FOLDER, how, [first, second])
        world.delete(first.path)
        assert world.playlists.read_folder(FOLDER, how) is None
        with pytest.raises(DiskError):
            world.playlists.write_folder(FOLDER, how, [first, second])
        world.playlists.write_folder(FOLDER, how, [second])
        assert world.playlists.read_folder(FOLDER, how) == (second.path,)

    def test_a_file_that_is_written_anew_is_not_as_it_should_be(self, world: StoreWorld, how: str) -> None:
        file = world.stored(track(7))
        world.playlists.write_folder(FOLDER, how, [file])
        written = world.store.retag(file, Tags(comment="words " * 2000))
        assert world.playlists.read_folder(FOLDER, how) is None
        world.playlists.write_folder(FOLDER, how, [written])
        assert world.playlists.read_folder(FOLDER, how) == (file.path,)

    def test_what_lies_in_a_folder_is_no_further_file_of_the_library(self, world: StoreWorld, how: str) -> None:
        file = world.stored(track(7))
        world.playlists.write_folder(FOLDER, how, [file])
        assert [f.path for f in world.store.explore(world.store.id)] == [f"{world.store.id}/{file.path}"]
        world.delete(file.path)
        assert world.store.present({SEVEN: file}) == {}

    def test_a_folder_that_leads_out_is_refused(self, world: StoreWorld, how: str) -> None:
        file = world.stored(track(7))
        assert world.playlists.read_folder("../Night Bus", how) is None
        with pytest.raises(DiskError):
            world.playlists.write_folder("../Night Bus", how, [file])


class BothKindsContract:
    """A folder that is made in the other way; a subclass provides ``world``."""

    @pytest.mark.parametrize("how", naming.FOLDER_KINDS)
    def test_a_folder_that_is_made_otherwise_is_not_as_it_should_be(self, world: StoreWorld, how: str) -> None:
        file = world.stored(track(7))
        (other,) = set(naming.FOLDER_KINDS) - {how}
        world.playlists.write_folder(FOLDER, other, [file])
        assert world.playlists.read_folder(FOLDER, how) is None
        world.playlists.write_folder(FOLDER, how, [file])
        assert world.playlists.read_folder(FOLDER, how) == (file.path,)
        assert world.playlists.read_folder(FOLDER, other) is None


@pytest.mark.parametrize("how", naming.FOLDER_KINDS)
class TestPlaylistFolderInFolder(InFolder, PlaylistFolderContract): ...


@pytest.mark.parametrize("how", naming.FOLDER_KINDS)
class TestPlaylistFolderInMemory(InMemory, PlaylistFolderContract): ...


@pytest.mark.parametrize("how", ["copies"])
class TestPlaylistFolderInObjects(InObjects, PlaylistFolderContract): ...


class TestBothKindsInFolder(InFolder, BothKindsContract): ...


class TestBothKindsInMemory(InMemory, BothKindsContract): ...
