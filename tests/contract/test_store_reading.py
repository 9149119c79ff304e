"""What every library must do when a part of a file is asked for, held against all of them."""

from dataclasses import replace
from pathlib import Path

import pytest
from store_world import STEM, InFolder, InMemory, InObjects, StoreWorld, track

from cloudcrate.errors import NotFoundError


class ReadingContract:
    """The tests; a subclass provides ``world``."""

    def test_a_file_has_the_size_that_is_recorded(self, world: StoreWorld) -> None:
        file = world.stored(track(7))
        assert world.store.size(file) == file.size

    def test_the_parts_of_a_file_are_the_whole(self, world: StoreWorld) -> None:
        file = world.stored(track(7))
        whole = world.store.read(file, 0, file.size)
        cut = file.size // 3
        parts = [world.store.read(file, at, cut) for at in range(0, file.size, cut)]
        assert len(whole) == file.size
        assert b"".join(parts) == whole
        assert [len(part) for part in parts[:3]] == [cut] * 3

    def test_a_part_is_the_bytes_from_its_start_on(self, world: StoreWorld) -> None:
        file = world.stored(track(7))
        whole = world.store.read(file, 0, file.size)
        assert world.store.read(file, 5, 1) == whole[5:6]
        assert world.store.read(file, 100, 1000) == whole[100:1100]

    def test_a_part_ends_where_the_file_ends(self, world: StoreWorld) -> None:
        file = world.stored(track(7))
        whole = world.store.read(file, 0, file.size + 1000)
        assert len(whole) == file.size
        assert world.store.read(file, file.size - 3, 1000) == whole[-3:]
        assert world.store.read(file, file.size, 10) == b""
        assert world.store.read(file, file.size + 10, 10) == b""

    def test_what_was_deleted_cannot_be_read(self, world: StoreWorld) -> None:
        file = world.stored(track(7))
        world.delete(file.path)
        with pytest.raises(NotFoundError):
            world.store.read(file, 0, 10)
        with pytest.raises(NotFoundError):
            world.store.size(file)

    def test_a_file_of_the_users_size_is_told_as_it_is(self, world: StoreWorld) -> None:
        file = world.stored(track(7))
        world.delete(file.path)
        world.put(file.path)
        assert world.store.size(file) == 4
        assert len(world.store.read(file, 0, file.size)) == 4

    @pytest.mark.parametrize("path", ["../secret.mp3", "/etc/hostname", "Ada/../../secret.mp3", "..", "", "Ada\0.mp3"])
    def test_nothing_out_of_the_library_is_read(self, world: StoreWorld, path: str) -> None:
        file = replace(world.stored(track(7), STEM), path=path)
        with pytest.raises(NotFoundError):
            world.store.read(file, 0, 10)
        with pytest.raises(NotFoundError):
            world.store.size(file)


class TestFolderReading(InFolder, ReadingContract):
    def test_a_link_is_not_followed(self, world: StoreWorld) -> None:
        file = world.stored(track(7))
        root = Path(world.store.id)
        (root.parent / "secret.mp3").write_bytes(b"secret")
        (root / file.path).unlink()
        (root / file.path).symlink_to(root.parent / "secret.mp3")
        with pytest.raises(NotFoundError):
            world.store.read(file, 0, 10)


class TestObjectReading(InObjects, ReadingContract):
    pass


class TestMemoryReading(InMemory, ReadingContract):
    pass
