"""Makes rows through a Notion that loses answers, and counts what came twice or not at all.

``python benchmarks/lost_creates.py [--creates 10000] [--seed 0] [--settle 90]`` takes some eight minutes: the real
catalog and service on simulated time. Ends with 1 when a row is there twice or missing.
"""

import argparse
import sys
import time
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parents[1] / "tests" / part) for part in ("unit", "contract")]

from lossy_notion import Tally, lose_some  # noqa: E402  # it is the tests' own world

PER_RUN = 500
"""Tracks of one playlist."""


def show(tally: Tally) -> None:
    """Prints a line per figure."""
    faults = tally.faults
    late = faults.get("late_commit", 0)
    figures = {
        "creates": tally.creates,
        "requests to create": tally.sent,
        "replies lost after the commit": faults.get("reset_after", 0) + faults.get("timeout_after", 0),
        "5xx after the commit": faults.get("committed_503", 0) + faults.get("status", 0),
        "carried out late": late,
        "never arrived": faults.get("reset_before", 0),
        "of unknown outcome": tally.ambiguous,
        "queries to look them up": tally.lookups,
        "requests in all": tally.requests,
        "duplicates": tally.duplicates,
        "missing": tally.missing,
        "unknown to the ledger": tally.unowned,
    }
    for name, figure in figures.items():
        print(f"{name:<32}{figure:>8,}")


def main() -> int:
    """Runs the measurement."""
    parser = argparse.ArgumentParser(description="Counts rows made twice or not at all when replies are lost.")
    parser.add_argument("--creates", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--settle", type=float, default=90.0, help="seconds to wait before a row is made anew")
    given = parser.parse_args()
    began = time.perf_counter()
    tally = lose_some(given.creates, runs=-(-given.creates // PER_RUN), seed=given.seed, settle=given.settle)
    show(tally)
    print(f"{'seconds':<32}{time.perf_counter() - began:>8,.1f}")
    return 1 if tally.duplicates or tally.missing or tally.unowned else 0


if __name__ == "__main__":
    sys.exit(main())
