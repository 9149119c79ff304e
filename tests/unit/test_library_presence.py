"""What a dead process left in staging goes at the next look, and what a living one writes never does."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from library_bench import Bench

WRITER = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from disk_bench import TellingDisk
from library_bench import Bench

class Waiting(TellingDisk):
    def hear(self, name, path):
        if name == "replace" and path.suffix == ".m3u8":
            print("writing", flush=True)
            sys.stdin.read()

bench = Bench(Path(sys.argv[1]), disk=Waiting())
bench.store.check()
bench.store.write_playlist("Mix.m3u8", "Mix", [])
"""

needs_locks = pytest.mark.skipif(sys.platform == "win32", reason="files that are locked cannot be removed here")


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


@contextmanager
def writer(bench: Bench, folder: Path) -> Iterator["subprocess.Popen[str]"]:
    """Another process, in the midst of writing a file."""
    with subprocess.Popen(
        [sys.executable, "-c", WRITER, str(folder), str(Path(__file__).parent)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "writing\n"
            [name] = bench.staging
            fresh(bench, name)
            yield process
        finally:
            process.kill()


def fresh(bench: Bench, name: str) -> None:
    """As if it had been written just now, by the bench's clock."""
    os.utime(bench.root / ".cloudcrate" / "staging" / name, (bench.clock.time, bench.clock.time))


def renamed(bench: Bench, old: str, new: str) -> None:
    """Another name of the process in the names of its files."""
    paths = [p for p in (bench.root / ".cloudcrate").rglob("*") if p.is_file() and p.name.startswith(f"{old}-")]
    assert len(paths) == 2
    for path in paths:
        path.rename(path.with_name(new + path.name.removeprefix(old)))


def named(bench: Bench) -> tuple[str, str]:
    """The machine and the number in the name of the one staging file."""
    host, number, _ = bench.staging[0].split("-", 2)
    return host, number


@needs_locks
def test_a_killed_process_that_nobody_has_waited_for_is_dead(bench: Bench, tmp_path: Path) -> None:
    with writer(bench, tmp_path) as process:
        process.kill()
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        os.kill(process.pid, 0)  # it answers
        bench.store.check()
        assert bench.staging == []


@needs_locks
@pytest.mark.parametrize("number", [os.getppid(), os.getpid(), 1], ids=["parent", "mine", "first"])
def test_a_dead_process_whose_number_another_one_has_is_dead(bench: Bench, tmp_path: Path, number: int) -> None:
    with writer(bench, tmp_path) as process:
        process.kill()
    host, old = named(bench)
    renamed(bench, f"{host}-{old}", f"{host}-{number}")
    bench.store.check()
    assert bench.staging == []


@needs_locks
@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells which kernel runs")
def test_a_dead_process_of_another_container_of_this_machine_is_dead(bench: Bench, tmp_path: Path) -> None:
    with writer(bench, tmp_path) as process:
        process.kill()
    renamed(bench, named(bench)[0], "anothercontainer")
    bench.store.check()
    assert bench.staging == []


@needs_locks
@pytest.mark.parametrize("host", ["", "anothercontainer"])
@pytest.mark.parametrize("number", [2**22 + 1, os.getpid()], ids=["nobody", "mine"])
def test_a_living_process_is_alive_whatever_its_number_seems_to_say(
    bench: Bench, tmp_path: Path, number: int, host: str
) -> None:
    """In another container it has a number that nobody has here, or that one has who looks."""
    with writer(bench, tmp_path):
        old_host, old = named(bench)
        renamed(bench, f"{old_host}-{old}", f"{host or old_host}-{number}")
        before = bench.staging
        bench.store.check()
        assert bench.staging == before


@needs_locks
def test_a_dead_process_of_another_machine_is_not_known_to_be_dead(bench: Bench, tmp_path: Path) -> None:
    with writer(bench, tmp_path) as process:
        process.kill()
    renamed(bench, named(bench)[0], "elsewhere")
    [lock] = (bench.root / ".cloudcrate").rglob("*.lock")
    lock.write_text("another kernel")
    bench.store.check()
    assert len(bench.staging) == 1


@needs_locks
def test_the_locks_of_the_dead_go_and_nothing_of_an_ended_process_stays(bench: Bench, tmp_path: Path) -> None:
    with writer(bench, tmp_path) as process:
        process.kill()
    bench.store.check()
    with writer(bench, tmp_path) as process:
        process.communicate("")
        assert process.returncode == 0
    mine = [path.name for path in (bench.root / ".cloudcrate").rglob("*") if path.is_file()]
    assert [name.split("-")[1] for name in mine] == [str(os.getpid())]


def test_two_stores_of_one_process_leave_each_other_alone(bench: Bench, tmp_path: Path) -> None:
    staged = bench.fetched()
    fresh(bench, staged.token)
    other = Bench(tmp_path)
    other.store.check()
    assert bench.staging == [staged.token]


@needs_locks
def test_what_a_closed_store_left_is_nobodys_and_it_can_be_used_again(bench: Bench, tmp_path: Path) -> None:
    left = bench.fetched()
    bench.store.close()
    fresh(bench, left.token)
    other = Bench(tmp_path)
    other.store.check()
    assert bench.staging == []
    again = bench.fetched()
    fresh(bench, again.token)
    other.store.check()
    assert bench.staging == [again.token]


@needs_locks
def test_to_tidy_removes_what_a_dead_process_left_and_makes_nothing(bench: Bench, tmp_path: Path) -> None:
    """For a run that has nothing to do in the library."""
    with writer(bench, tmp_path) as process:
        process.kill()
    Bench(tmp_path).store.tidy()
    assert [path for path in (bench.root / ".cloudcrate").rglob("*") if path.is_file()] == []


@needs_locks
def test_to_tidy_leaves_a_living_process_its_files(bench: Bench, tmp_path: Path) -> None:
    with writer(bench, tmp_path):
        before = bench.staging
        Bench(tmp_path).store.tidy()
        assert bench.staging == before != []


def test_to_tidy_where_nothing_is_makes_nothing(tmp_path: Path) -> None:
    Bench(tmp_path).store.tidy()
    assert list(tmp_path.iterdir()) == []
