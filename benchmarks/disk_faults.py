"""Lets every distinct changing system call of the real command fail, and finishes it by a second run.

``python benchmarks/disk_faults.py [--errors ENOSPC EIO EROFS] [--workers 2] [--minutes 600]``: one call of each
(call, kind of path) of a run with two tracks, with Notion and with the local catalog, each with every error, by
strace; ffmpeg's own as well. Each costs two to four seconds of a core. Ends with 1 when a run ends otherwise than
its kind of path says, anything is torn, twice, missing or left over, or a database is damaged.
"""

import argparse
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "system"))

from disk_faults import ERRORS, Came, Fault, fail_all, faults, table  # the tests' own harness
from killing import killing_range  # as above
from tracing import MISSING, usable  # as above


def run(folder: Path, wanted: list[Fault], *, notion: bool, workers: int, end: float) -> list[Came]:
    """All of them, some at once, until the time is over."""

    def some(share: list[Fault]) -> list[Came]:
        came = []
        for one in fail_all(folder, share, notion=notion):
            came.append(one)
            for violation in one.violations:
                print(f"VIOLATION {violation}   at {one.fault}", flush=True)
            if time.monotonic() > end:
                break
        return came

    with ThreadPoolExecutor(workers) as pool:
        shares = [share for n in range(workers) if (share := wanted[n::workers])]
        return [one for share in pool.map(some, shares) for one in share]


def main() -> int:
    """Runs the measurement."""
    parser = argparse.ArgumentParser(description="Lets system calls fail and finishes the command by a second run.")
    parser.add_argument("--errors", nargs="+", choices=ERRORS, default=list(ERRORS))
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--minutes", type=float, default=600, help="at most so long")
    given = parser.parse_args()
    if not usable():
        parser.error(MISSING)
    began = time.monotonic()
    end = began + 60 * given.minutes
    came: list[Came] = []
    planned = 0
    seen: set[tuple[str, str, str]] = set()
    with tempfile.TemporaryDirectory() as folder:
        for notion in (True, False):
            with killing_range(Path(folder), notion=notion) as place:
                found = [f for f in faults(place) if f.error in given.errors]
            new = [f for f in found if (f.point.call, f.point.kind, f.error) not in seen]
            seen |= {(f.point.call, f.point.kind, f.error) for f in new}
            planned += len(new)
            came += run(Path(folder), new, notion=notion, workers=given.workers, end=end)
    print(*table(came), sep="\n")
    reached = [one for one in came if one.code is not None]
    violations = sum(len(one.violations) for one in came)
    for what, count in (
        ("faults planned (call, kind of path, error)", planned),
        ("faults that struck", len(reached)),
        ("runs that did not come to the call", len(came) - len(reached)),
        ("exit 6", sum(one.code == 6 for one in reached)),
        ("exit 0", sum(one.code == 0 for one in reached)),
        ("violations", violations),
        ("seconds", int(time.monotonic() - began)),
    ):
        print(f"{what:<46}{count:>6,}")
    return 1 if violations else 0


if __name__ == "__main__":
    sys.exit(main())
