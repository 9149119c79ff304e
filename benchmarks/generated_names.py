"""Names thousands of tracks with hostile and colliding texts in a real folder, and counts what goes wrong.

``python benchmarks/generated_names.py [--tracks 10000] [--seed 0]`` takes some ten minutes: a folder is listed for
every file that comes into it. A third of the names is taken by foreign files before. Ends with 1 when a file leaves
the library, is overwritten, shares its name with another on a disk that folds case or accents, or bears a name that
some system refuses.
"""

import argparse
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "unit"))

from hostile_names import TEMPLATES, Figures, run  # it is the tests' own judge


def show(figures: Figures, words: str) -> None:
    """Prints the figures of one folder."""
    kinds = Counter(kind for kind, _ in figures.wrong)
    print(
        f"{words}: {figures.tracks} tracks in {figures.folders} folders beside {figures.foreign} foreign files, "
        f"{figures.aside} of them under another name than was meant; longest part {figures.longest} bytes"
    )
    escapes, over = kinds["escape"], kinds["overwritten"] + kinds["foreign overwritten"] + kinds["shared"]
    rest = sum(kinds.values()) - escapes - over - kinds["one name"]
    print(f"  escapes {escapes}, overwritten {over}, names that are one elsewhere {kinds['one name']}, other {rest}")
    for kind, what in figures.wrong[:20]:
        print(f"  {kind}: {what!r}")


def main() -> int:
    """Runs the measurement."""
    parser = argparse.ArgumentParser(description="Counts what goes wrong with the names of hostile tracks.")
    parser.add_argument("--tracks", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    wrong = 0
    for template in TEMPLATES:
        began = time.perf_counter()
        with tempfile.TemporaryDirectory() as folder:
            figures = run(Path(folder, "library"), given.tracks, seed=given.seed, template=template)
        show(figures, f"{template} ({time.perf_counter() - began:.0f} s)")
        wrong += len(figures.wrong)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
