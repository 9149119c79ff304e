"""Counts the user's cells that are lost in generated histories of syncs, edits and trouble.

``python benchmarks/user_cells.py [--histories 10000] [--first 0]`` lives through as many histories (see
``tests/unit/histories.py``) on all cores, and prints how many syncs, edits and looks at cells there were, how
many cells were lost, and the seeds of the histories in which something went wrong. It ends with 1 when any did.
"""

import argparse
import multiprocessing
import sys
import time
from pathlib import Path

TESTS = Path(__file__).parents[1] / "tests"
sys.path[:0] = [str(TESTS / "unit"), str(TESTS / "contract")]

from histories import Told, run_history  # noqa: E402  # it is the tests' own world

AT_ONCE = 50
"""Histories handed to a core together."""


def main() -> int:
    """Runs them all; 1 when a cell was lost or another law was broken."""
    parser = argparse.ArgumentParser(description="Counts the user's cells that are lost in generated histories.")
    parser.add_argument("--histories", type=int, default=10_000)
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    asked = parser.parse_args()
    seeds = range(asked.first, asked.first + asked.histories)
    began = time.perf_counter()
    syncs = edits = checked = 0
    bad: list[Told] = []
    with multiprocessing.get_context("spawn").Pool() as pool:
        for told in pool.imap_unordered(run_history, seeds, chunksize=AT_ONCE):
            syncs, edits, checked = syncs + told.syncs, edits + told.edits, checked + told.checked
            bad += [told] if told.lost or told.broken else []
    lost = sum(len(told.lost) for told in bad)
    print(f"histories      {len(seeds):>11,}   in {time.perf_counter() - began:,.0f} s")
    print(f"syncs          {syncs:>11,}")
    print(f"edits          {edits:>11,}")
    print(f"cells checked  {checked:>11,}")
    print(f"cells lost     {lost:>11,}")
    print(f"laws broken    {sum(len(told.broken) for told in bad):>11,}")
    for told in sorted(bad, key=lambda told: told.seed):
        print(f"seed {told.seed}: {'; '.join([*told.lost, *told.broken][:3])}")
    return int(bool(bad))


if __name__ == "__main__":
    sys.exit(main())
