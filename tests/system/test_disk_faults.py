"""Full, read-only and failing disks, a part of what ``benchmarks/disk_faults.py`` does in full."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from disk_faults import FFMPEG, Fault, fail, faults
from killing import Range, killing_range
from tracing import MISSING, Point, usable


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Range]:
    """A sandbox to run in."""
    if not usable():
        pytest.skip(MISSING)
    with killing_range(tmp_path_factory.mktemp("range")) as found:
        yield found


@pytest.fixture(scope="module")
def found(place: Range) -> list[Fault]:
    """Every call that can fail."""
    return faults(place)


TELLING = (
    ("ledger's wal", "pwrite64", "ENOSPC"),
    ("audio file", "link", "EROFS"),
    ("staged playlist file", "fsync", "EIO"),
    ("backup", "pwrite64", "ENOSPC"),
    (FFMPEG, "write", "ENOSPC"),
)


@pytest.mark.parametrize(("kind", "call", "error"), TELLING)
def test_a_disk_that_fails_ends_a_run_cleanly_and_the_next_one_finishes_it(
    place: Range, found: list[Fault], kind: str, call: str, error: str
) -> None:
    fault = next(f for f in found if (f.point.kind, f.point.call, f.error) == (kind, call, error))
    came = fail(place, fault)
    assert came.violations == ()
    assert came.code in fault.codes  # it struck


SWALLOWS = """
import os
from cloudcrate.adapters.library.disk import Disk

def link(self, source, target):
    try:
        os.link(source, target)
    except OSError:
        target.write_bytes(source.read_bytes()[:100])

Disk.link = link
from cloudcrate.__main__ import main
main()
"""


def test_a_command_that_makes_do_with_half_a_file_is_caught(place: Range, tmp_path: Path) -> None:
    program = tmp_path / "faulty.py"
    program.write_text(SWALLOWS)
    with killing_range(tmp_path, command=(sys.executable, str(program))) as faulty:
        audio = next(name for name in sorted(place.whole) if name.endswith(".m4a"))
        point = Point(call="link", kind="audio file", phase="before", nth=1, path=f"library/{audio}")
        came = fail(faulty, Fault(point=point, error="ENOSPC"))
    assert any(violation.startswith("torn: ") for violation in came.violations), came
    assert any(violation.startswith("it ends with 0") for violation in came.violations), came
