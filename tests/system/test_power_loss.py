"""Power cuts, a part of what ``benchmarks/power_loss.py`` does in full; and that a disk which lies is found out."""

import mmap
import os
import random
import shutil
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from pathlib import Path

import pytest
from cutting import MISSING, Aftermath, Cut, at_the_end, cut_power, drawn, is_mounted, mounted, usable
from forgetting import File, Folder, Tree
from killing import Range, killing_range
from shelf_bench import World

from cloudcrate.adapters import lock
from cloudcrate.adapters.library import disk, playlist_folder
from cloudcrate.adapters.library.disk import Disk
from cloudcrate.core.tagging import Tags
from cloudcrate.errors import CloudcrateError
from cloudcrate.settings_file import Changes, prove_writable, write, write_token

SEED = 11
WITH_NOTION, LOCAL = 4, 3
"""Cuts; the full run makes more than two hundred."""


@pytest.fixture(scope="module")
def fuse(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder for disks; at the end none of them is mounted any more."""
    folder = tmp_path_factory.mktemp("fuse")
    if not usable(folder / "probe"):
        pytest.skip(MISSING)
    yield folder
    left = [line for line in Path("/proc/self/mounts").read_text().splitlines() if str(folder) in line]
    assert left == []


@pytest.fixture(scope="module")
def place(fuse: Path) -> Iterator[Range]:
    """A sandbox with Notion to cut the power in."""
    with killing_range(fuse) as found:
        yield found


def after(fuse: Path, act: Callable[[Path], object], cut: Cut) -> tuple[Path, int]:
    """Acts on a disk until the cut; what lasted, and how many changing calls there were."""
    home = fuse / f"act-{random.getrandbits(40):x}"
    kept, mount, log = home / "kept", home / "mount", home / "log"
    for path in (kept, mount):
        path.mkdir(parents=True)
    with mounted(kept, mount, cut, "--log", str(log)) as running:
        assert running.stdin is not None
        running.stdin.write("\n")  # nobody has to be killed at the cut
        running.stdin.flush()
        with suppress(CloudcrateError, OSError):
            act(mount)
    assert not is_mounted(mount)
    return kept, len(log.read_text().splitlines())


# --- the command ------------------------------------------------------------------------------


def check(place: Range, count: int) -> None:
    """Cuts at the end and at so many calls do no harm."""
    last, calls = at_the_end(place)
    assert (last.call, last.acknowledged, last.recorded) == (None, 2, 2)
    found: list[Aftermath] = [last, *(cut_power(place, cut) for cut in drawn(count, calls, SEED))]
    assert [harm for one in found for harm in one.harm] == []
    assert sum(one.call is not None for one in found) >= count - 1  # the cuts fell inside the runs


def test_what_was_acknowledged_outlasts_any_cut_and_the_next_run_ends_well(place: Range) -> None:
    check(place, WITH_NOTION)


def test_a_local_catalog_outlasts_any_cut_too(fuse: Path) -> None:
    with killing_range(fuse, notion=False) as local:
        check(local, LOCAL)


@pytest.mark.parametrize("deaf", ["files", "folders"])
def test_a_disk_that_does_not_sync_the_library_is_found_out(place: Range, deaf: str) -> None:
    found = cut_power(place, Cut(nth=0, deaf=deaf, below="/library"))
    assert len(found.hollow) == found.recorded == 2


def test_a_disk_that_does_not_sync_the_ledger_is_found_out(place: Range) -> None:
    found = cut_power(place, Cut(nth=0, deaf="files", below="/state"))
    assert len(found.lost) >= found.acknowledged == 2


# --- single steps -----------------------------------------------------------------------------


def test_settings_tokens_and_a_new_state_folder_last_when_they_are_written(fuse: Path) -> None:
    def act(mount: Path) -> None:
        settings = mount / "new" / "folder" / "config.toml"
        prove_writable(settings)
        write(settings, Changes(database="d"))
        write_token(mount / "other" / "token", "secret")
        with lock.hold(mount / "a" / "state" / "lock", wait=False, say=print, stop=threading.Event()):
            disk.Disk().sync(mount / "a" / "state")

    kept, _ = after(fuse, act, Cut(nth=0))
    assert (kept / "new" / "folder" / "config.toml").read_text() == 'database = "d"\n'
    assert (kept / "other" / "token").read_text() == "secret\n"
    assert (kept / "a" / "state" / "lock").exists()


def test_the_folders_of_a_new_library_last_with_its_first_file(fuse: Path) -> None:
    def act(mount: Path) -> None:
        root = mount / "deep" / "library"
        root.mkdir(parents=True)
        disk.make_folder(Disk(), root / ".cloudcrate" / "staging", root)
        disk.replace_durably(Disk(), root / "Mix.m3u8", b"#EXTM3U\n", partial=root / ".cloudcrate" / "staging" / "p")

    kept, _ = after(fuse, act, Cut(nth=0))
    assert (kept / "deep" / "library" / "Mix.m3u8").read_bytes() == b"#EXTM3U\n"


def laid(mount: Path) -> World:
    """A library with one file, all of it synced."""
    world = World(mount / "library")
    file = world.put("Ada/Song.mp3")
    for path in (world.root / file.path, world.root / "Ada", world.root, mount):
        Disk().sync(path)
    return world


def moved(mount: Path) -> None:
    world = laid(mount)
    world.shelf.move(world.shelf.described(world.root / "Ada" / "Song.mp3", "mp3", 2.0), "Bob/Other")


def retagged(mount: Path) -> None:
    world = laid(mount)
    file = world.shelf.described(world.root / "Ada" / "Song.mp3", "mp3", 2.0)
    world.shelf.retag(file, Tags(title="New", artist="Ada"))


def foldered(mount: Path) -> None:
    world = laid(mount)
    file = world.shelf.described(world.root / "Ada" / "Song.mp3", "mp3", 2.0)
    playlist_folder.write(world.root, Disk(), "Mix", "copies", [file])


@pytest.mark.parametrize("act", [moved, retagged, foldered])
def test_a_file_is_whole_under_one_of_its_names_wherever_the_power_is_cut(
    fuse: Path, act: Callable[[Path], None]
) -> None:
    whole, calls = after(fuse, act, Cut(nth=0))
    ready, before = after(fuse, laid, Cut(nth=0))
    known = {path.read_bytes() for root in (whole, ready) for path in root.rglob("*.mp3")}
    assert calls > before + 3
    dice = random.Random(SEED)
    for nth in dice.sample(range(before + 1, calls + 1), 4):
        kept, _ = after(fuse, act, Cut(nth=nth, seed=dice.choice((None, nth))))
        there = [path for path in kept.rglob("*.mp3") if ".cloudcrate" not in path.parts]
        assert there, nth
        assert {path.read_bytes() for path in there} <= known, nth
        shutil.rmtree(kept)


# --- the disk itself --------------------------------------------------------------------------


def test_a_database_with_shared_memory_works_on_the_disk_and_keeps_what_it_committed(fuse: Path) -> None:
    def act(mount: Path) -> None:
        with (
            closing(sqlite3.connect(mount / "x.db", isolation_level=None)) as one,
            closing(sqlite3.connect(mount / "x.db", isolation_level=None)) as other,
        ):
            assert one.execute("PRAGMA journal_mode=WAL").fetchone() == ("wal",)
            one.execute("PRAGMA synchronous=FULL")
            one.execute("CREATE TABLE t (n)")
            one.execute("INSERT INTO t VALUES (1)")
            assert other.execute("SELECT n FROM t").fetchall() == [(1,)]
        with (mount / "mapped").open("w+b") as file:
            file.write(bytes(mmap.PAGESIZE))
            file.flush()
            with mmap.mmap(file.fileno(), 0) as pages:
                pages[10:13] = b"abc"
                pages.flush()
            os.fsync(file.fileno())
        Disk().sync(mount)
        (mount / "unsynced").write_bytes(b"gone")
        (mount / "done").write_bytes(b"")
        Disk().sync(mount)

    kept, _ = after(fuse, act, Cut(nth=0))
    assert (kept / "mapped").read_bytes()[10:13] == b"abc"
    assert (kept / "unsynced").read_bytes() == b""  # its name was synced with the folder, its bytes were not
    assert (kept / "done").exists()
    with closing(sqlite3.connect(kept / "x.db")) as connection:
        assert connection.execute("SELECT n FROM t").fetchall() == [(1,)]


def test_the_disk_refuses_everything_after_the_cut(fuse: Path) -> None:
    refused: list[int | None] = []

    def act(mount: Path) -> None:
        for name in ("a", "b"):
            try:
                (mount / name).mkdir()
            except OSError as error:
                refused.append(error.errno)
        (mount / "a").stat()

    kept, calls = after(fuse, act, Cut(nth=2))
    assert (len(refused), calls) == (1, 2)
    assert list(kept.iterdir()) == []


def named(tree: Tree, name: str, data: bytes) -> File:
    file = File(number=tree.number(), mode=0o100644)
    tree.root.change({name: file})
    file.change((0, data))
    return file


def survivors(tree: Tree, folder: Path, seed: int | None = None) -> dict[str, bytes]:
    folder.mkdir()
    tree.survive(folder, None if seed is None else random.Random(seed))
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


def test_neither_a_synced_file_brings_its_name_nor_a_synced_name_its_file(tmp_path: Path) -> None:
    tree = Tree()
    nameless, bare = named(tree, "nameless", b"1"), Tree()
    nameless.sync()
    assert survivors(tree, tmp_path / "one") == {}
    named(bare, "bare", b"2")
    bare.root.sync()
    assert survivors(bare, tmp_path / "two") == {"bare": b""}


def test_a_name_that_was_not_synced_away_is_back_after_the_cut(tmp_path: Path) -> None:
    tree = Tree()
    file = named(tree, "old", b"1")
    file.sync()
    tree.root.sync()
    tree.root.change({"old": None, "new": file})
    assert survivors(tree, tmp_path / "strict") == {"old": b"1"}
    by_dice = [survivors(tree, tmp_path / f"s{seed}", seed) for seed in range(30)]
    assert {tuple(one) for one in by_dice} == {("old",), ("new",)}  # a rename arrives whole or not at all


def test_unsynced_bytes_arrive_in_part_torn_and_out_of_order(tmp_path: Path) -> None:
    tree = Tree()
    file = named(tree, "file", b"a" * 1024)
    file.change((1024, b"b" * 1024))
    tree.root.sync()
    found = {survivors(tree, tmp_path / f"s{seed}", seed)["file"] for seed in range(60)}
    assert {b"", b"a" * 1024, b"a" * 1024 + b"b" * 1024} <= found
    assert bytes(1024) + b"b" * 1024 in found  # the second write without the first
    assert b"a" * 512 in found


def test_a_folder_without_a_lasting_name_takes_what_is_in_it_along(tmp_path: Path) -> None:
    tree = Tree()
    folder = Folder(number=tree.number(), mode=0o40755)
    tree.root.change({"folder": folder})
    folder.change({"file": File(number=tree.number(), mode=0o100644)})
    folder.sync()
    assert survivors(tree, tmp_path / "kept") == {}
    assert list((tmp_path / "kept").iterdir()) == []
