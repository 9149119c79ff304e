"""Corrupts streams in many ways through the real command, and counts what is published and what has no name.

``python benchmarks/corruptions.py [--corruptions 1000] [--unseen 100] [--seed 0]`` takes some ten minutes: runs of
about a hundred tracks each, against the sandbox. Ends with 1 when something damaged is published, or is not named.

The classes that no reader can know (``unseen``: bits that turn over inside a frame, a segment of another track with
the same number and length) are counted apart, and not against the command.
"""

import argparse
import random
import shutil
import sys
import tempfile
import time
from collections.abc import Iterable, Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "system"))

from corrupted import Judged, run  # it is the tests' own judge
from corruptions import SEEN, UNSEEN, scene  # as above

PER_RUN = 100
LINE = "{:<26}{:>9}{:>8}{:>10}{:>7}{:>7}"


def kinds_of(corruptions: int, unseen: int, seed: int) -> list[str]:
    """The classes, as often each, shuffled: every run meets nearly all of them."""
    kinds = [SEEN[n % len(SEEN)] for n in range(corruptions)] + [UNSEEN[n % len(UNSEEN)] for n in range(unseen)]
    random.Random(f"kinds {seed}").shuffle(kinds)
    return kinds


def show(judged: Sequence[Judged], kinds: Iterable[str]) -> None:
    """Prints a line per class."""
    for kind in kinds:
        of_kind = [j for j in judged if j.corruption.kind == kind]
        figures = (
            len(of_kind),
            sum(j.struck > 0 for j in of_kind),
            sum(j.damaged for j in of_kind),
            sum(not j.published and j.named for j in of_kind),
            sum(j.published and not j.damaged for j in of_kind),
        )
        print(LINE.format(kind, *figures))


def main() -> int:
    """Runs the measurement."""
    parser = argparse.ArgumentParser(description="Counts corrupt streams that are published or not named.")
    parser.add_argument("--corruptions", type=int, default=1000)
    parser.add_argument("--unseen", type=int, default=100, help="corruptions more, of the classes no reader can know")
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    kinds = kinds_of(given.corruptions, given.unseen, given.seed)
    runs = -(-len(kinds) // PER_RUN)
    judged: list[Judged] = []
    wrong: list[str] = []
    began = time.perf_counter()
    for number in range(runs):
        folder = Path(tempfile.mkdtemp())
        try:
            found = run(scene(1000 * given.seed + number, kinds[number::runs]), folder)
        finally:
            shutil.rmtree(folder)
        judged += found.judged
        wrong += [f"run {number}: {what}" for what in found.wrong]
        wrong += [
            f"run {number}: {j.corruption.kind} of {j.corruption.track_id}: {j.wrong}" for j in found.judged if j.wrong
        ]
        print(f"run {number + 1} of {runs}: {found.seconds:.0f} s", file=sys.stderr)
    print(LINE.format("class", "injected", "struck", "published", "named", "whole"))
    print(LINE.format("", "", "", "damaged", "", ""))
    show(judged, SEEN)
    print("what no reader can know:")
    show(judged, UNSEEN)
    print(f"{len(judged)} corruptions in {time.perf_counter() - began:.0f} s, {len(wrong)} of them ended wrong")
    for what in wrong:
        print(what)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
