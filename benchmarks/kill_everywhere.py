"""Kills the real command everywhere and finishes it by a second run; counts what is then wrong.

``python benchmarks/kill_everywhere.py [--points all] [--moments 1000] [--seed 0] [--workers 2]``: at every distinct
changing system call of a run with two tracks (call, kind of path, before and after it), with Notion and with the
local catalog, and at further moments: a quarter inside creates, a quarter inside downloads, the rest at any request
or write. Each costs two to four seconds of a core. Ends with 1 when anything was torn, twice, missing or left over.
"""

import argparse
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "system"))

from killing import Moment, Struck, kill_all, killing_range, moments, traced  # the tests' own harness
from tracing import MISSING, Point, distinct, table, usable  # as above


class Tally:
    """What came of the kills so far."""

    def __init__(self) -> None:
        self.sorts: Counter[tuple[str, str, str]] = Counter()
        self.reached: Counter[str] = Counter()
        self.kills = 0
        self.ended_first = 0
        self.violations: list[str] = []

    def add(self, struck: Struck) -> None:
        """Counts one kill."""
        self.kills += struck.reached is not None
        self.ended_first += struck.reached is None
        if struck.sort is not None:
            self.sorts[struck.sort] += 1
        where = struck.moment.where if isinstance(struck.moment, Moment) else "system call"
        if struck.reached is not None:
            self.reached[where] += 1
        for violation in struck.violations:
            self.violations.append(f"{violation}   at {struck.reached}: {struck.moment}")
            print("VIOLATION", self.violations[-1], flush=True)


def shares(wanted: Sequence[Moment | Point], workers: int) -> list[Sequence[Moment | Point]]:
    """The same work for each worker."""
    return [share for n in range(workers) if (share := wanted[n::workers])]


def run(
    folder: Path, wanted: Sequence[Moment | Point], *, notion: bool, workers: int, minutes: float
) -> Iterable[Struck]:
    """Kills at all of them, some at once, until the time is over."""
    end = time.monotonic() + 60 * minutes

    def some(share: Sequence[Moment | Point]) -> list[Struck]:
        struck = []
        for one in kill_all(folder, share, notion=notion):
            struck.append(one)
            if time.monotonic() > end:
                break
        return struck

    with ThreadPoolExecutor(workers) as pool:
        for struck in pool.map(some, shares(wanted, workers)):
            yield from struck


def measure(given: argparse.Namespace, folder: Path, tally: Tally) -> None:
    """Traces, kills at the points, kills at the moments."""
    everything: set[tuple[str, str, str]] = set()
    for notion in (True, False):
        with killing_range(folder, notion=notion) as place:
            found, sorts = traced(place)
            drawn = moments(given.moments, place, writes(found), given.seed) if notion else []
        new = {(*sort, phase) for sort in sorts for phase in ("before", "after")} - everything
        everything |= new
        for count in range(given.rounds if given.points == "all" else 0):
            wanted = new - tally.sorts.keys()
            if not wanted:
                break
            if count:  # which of the threads is faster decides what comes in their way
                with killing_range(folder, notion=notion) as place:
                    found, _ = traced(place)
            points = [p for p in distinct(found, given.each + 2 * bool(count)) if p.sort in wanted]
            for struck in run(folder, points, notion=notion, workers=given.workers, minutes=given.minutes):
                tally.add(struck)
            with_what = "Notion" if notion else "the local catalog"
            print(f"{len(points)} points with {with_what}; kills so far: {tally.kills}", flush=True)
        for struck in run(folder, drawn, notion=notion, workers=given.workers, minutes=given.minutes):
            tally.add(struck)
    if given.points == "all":
        again = everything - tally.sorts.keys()
        print(f"{'distinct (call, kind of path, phase)':<40}{len(everything):>6,}")
        print(f"{'of those reached':<40}{len(everything) - len(again):>6,}")
        print(*sorted(again), sep="\n")


def writes(found: Sequence[Point]) -> list[Point]:
    """The points that are a write."""
    return [p for p in found if p.call in ("write", "pwrite64") and p.path is None]


def main() -> int:
    """Runs the measurement."""
    parser = argparse.ArgumentParser(description="Kills the real command everywhere and finishes it by a second run.")
    parser.add_argument("--points", choices=("all", "none"), default="all", help="system calls to be killed at")
    parser.add_argument("--each", type=int, default=1, help="how many calls of each distinct sort")
    parser.add_argument("--rounds", type=int, default=5, help="how often what was not reached is tried")
    parser.add_argument("--moments", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--minutes", type=float, default=600, help="at most so long for each of the parts")
    given = parser.parse_args()
    if not usable():
        parser.error(MISSING)
    began, tally = time.perf_counter(), Tally()
    with tempfile.TemporaryDirectory() as folder:
        measure(given, Path(folder), tally)
    print(*table(tally.sorts), sep="\n")
    for where, count in sorted(tally.reached.items()):
        print(f"{'killed in a ' + where:<40}{count:>6,}")
    print(f"{'kills':<40}{tally.kills:>6,}")
    print(f"{'ended before that moment came':<40}{tally.ended_first:>6,}")
    print(f"{'violations':<40}{len(tally.violations):>6,}")
    print(f"{'seconds':<40}{time.perf_counter() - began:>6,.0f}")
    return 1 if tally.violations else 0


if __name__ == "__main__":
    sys.exit(main())
