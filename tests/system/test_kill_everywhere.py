"""kill -9 inside of system calls and requests, a part of what ``benchmarks/kill_everywhere.py`` does in full."""

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from killing import Moment, Range, Struck, kill, killing_range, moments, traced
from tracing import MISSING, Point, distinct, usable

SEED = 26
Traced = tuple[list[Point], set[tuple[str, str]]]
POINTS = 5
"""System calls of the run with Notion, evenly spread; the full run takes every one."""


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Range]:
    """A sandbox to kill in."""
    with killing_range(tmp_path_factory.mktemp("range")) as found:
        yield found


@pytest.fixture(scope="module")
def trace(place: Range) -> Traced:
    """What a run calls."""
    needs_strace()
    return traced(place)


def needs_strace() -> None:
    """Skips the test where there is no strace."""
    if not usable():
        pytest.skip(MISSING)


def check(struck: list[Struck]) -> None:
    """The blows fell, and did no harm."""
    assert [violation for one in struck for violation in one.violations] == []
    assert sum(one.reached is not None for one in struck) >= len(struck) - 1  # threads vary: one may come too late


def test_a_run_killed_inside_a_system_call_is_finished_by_the_next(place: Range, trace: Traced) -> None:
    found, sorts = trace
    chosen = distinct(found, 1)
    assert len({point.sort[:2] for point in chosen}) >= len(sorts) - 5  # nearly all can be named
    step = len(chosen) / POINTS
    points = [chosen[int(n * step)] for n in range(POINTS)]
    struck = [kill(place, point) for point in points]
    check(struck)
    assert {one.sort for one in struck if one.sort} <= {point.sort for point in chosen}


def test_a_run_killed_at_any_request_is_finished_by_the_next(place: Range) -> None:
    drawn = moments(4, place, [], SEED)
    assert sum(isinstance(m, Moment) and m.where == "create" for m in drawn) == 1
    check([kill(place, moment) for moment in drawn])


NAMES_FIRST = """
import os
from cloudcrate.adapters.library.disk import Disk

def link(self, source, target):
    data = source.read_bytes()
    file = os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY)
    os.write(file, data[:100])
    os.write(file, data[100:])
    os.close(file)

Disk.link = link
"""
RECORDS_FIRST = """
import os
from cloudcrate.adapters.library.store import FolderStore
from cloudcrate.adapters.sql.memories import SqlMemories

place, record = FolderStore.place, SqlMemories.record_file
hidden = {}

def place_later(self, staged, stem):
    stored = place(self, staged, stem)
    path = self._root / stored.path
    os.rename(path, path.with_suffix(".hidden"))
    hidden[stored.path] = path
    return stored

def record_before(self, claim, file):
    record(self, claim, file)
    path = hidden.pop(file.path, None)
    if path:
        os.rename(path.with_suffix(".hidden"), path)

FolderStore.place, SqlMemories.record_file = place_later, record_before
"""
MAKES_BLINDLY = """
from cloudcrate.adapters.notion.catalog import NotionCatalog
from cloudcrate.adapters.sql.memories import SqlMemories

SqlMemories.open_intent = lambda self, claim, intent: None
NotionCatalog.find = lambda self, tracks, **how: ()
"""


def faulty(folder: Path, fault: str) -> tuple[str, ...]:
    """The command with a fault in it."""
    program = folder / "faulty.py"
    program.write_text(fault + "\nfrom cloudcrate.__main__ import main\nmain()\n")
    return sys.executable, str(program)


@pytest.mark.parametrize(
    ("fault", "call", "phase", "suffix", "caught"),
    [(NAMES_FIRST, "write", "after", ".m4a", "torn: "), (RECORDS_FIRST, "rename", "before", ".hidden", "missing: ")],
    ids=["names before it writes", "records before it places"],
)
def test_a_command_that_does_things_in_the_wrong_order_is_caught(
    fault: str, call: str, phase: str, suffix: str, caught: str, tmp_path: Path
) -> None:
    needs_strace()
    with killing_range(tmp_path, command=faulty(tmp_path, fault)) as place:
        audio = next(Path(name) for name in sorted(place.whole) if name.endswith(".m4a"))
        path = f"library/{audio.with_suffix(suffix)}"
        struck = kill(place, Point(call=call, kind="audio file", phase=phase, nth=1, path=path))
    assert any(violation.startswith(caught) for violation in struck.violations), struck


def test_a_kill_while_the_cache_is_written_leaves_nothing_behind(place: Range, trace: Traced) -> None:
    point = next(p for p in trace[0] if p.call == "write" and p.kind == "cache" and p.phase == "before")
    struck = kill(place, point)
    assert struck.sort == point.sort
    assert struck.violations == ()


def test_a_command_that_makes_rows_without_looking_is_caught(tmp_path: Path) -> None:
    rule = {"host": "api.notion.com", "method": "POST", "path": "^/v1/pages$", "nth": 1, "phase": "after"}
    with killing_range(tmp_path, command=faulty(tmp_path, MAKES_BLINDLY)) as place:
        struck = kill(place, Moment(where="create", rule=rule))
    assert any(violation.startswith("duplicate: ") for violation in struck.violations), struck


def test_strace_is_there_where_the_project_is_checked() -> None:
    """``usable`` must not say no where strace works."""
    assert usable() or not shutil.which("strace")
