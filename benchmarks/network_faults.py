"""Syncs a playlist through a network that fails in twelve ways, and counts what that costs and what it breaks.

``python benchmarks/network_faults.py [--tracks 500] [--lasting 30] [--kinds reset,500] [--p 0.05,0.2,0.5]`` runs the
real command against the sandbox, with SoundCloud's API, its media and Notion failing alike; ends with 1 when a promise
is broken. Of a stall and a slow drip every single one costs its request's deadline (20 to 65 s), so that these kinds
are run on ``--lasting`` tracks. The first column says at which size a line was run.

At p = 0.05 and 0.2 everything must be complete, at 0.5 nothing wrong, and whatever is missing listed with its reason.
"""

import argparse
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "system"))

from faulty_network import KINDS, LASTING, Judged, Reference, judge, refer, scenario  # it is the tests' own judge

from cloudcrate.sandbox.process import Sandbox, running_sandbox

HEAD = ("tracks", "kind", "p", "faults", "requests", "times", "most", "early", "longest", "twice", "missing", "listed")
LAST = ("damaged", "exit", "s")
LINE = "{:>6}  {:<15}{:>5}{:>8}{:>9}{:>7}{:>7}{:>6}{:>9}{:>6}{:>8}{:>7}{:>8}{:>5}{:>7}"


def show(kind: str, judged: Judged) -> None:
    """Prints a line, and what is wrong with it."""
    figures = (
        judged.tracks,
        kind,
        judged.p,
        judged.faults,
        judged.requests,
        f"{judged.ratio:.2f}",
        f"{judged.most:.2f}",
        judged.early,
        f"{judged.beyond:+.0f} s",
        judged.duplicates,
        judged.missing,
        judged.missing - judged.unlisted,
        judged.damaged,
        judged.code,
        f"{judged.seconds:.0f}",
    )
    print(LINE.format(*figures), flush=True)
    for what in judged.wrong:
        print(f"        BROKEN: {what}", flush=True)
    if judged.wrong and judged.code not in (0, 3):
        print(judged.said)


def main() -> int:
    """Runs the measurement."""
    parser = argparse.ArgumentParser(description="Counts what a faulty network costs and breaks.")
    parser.add_argument("--tracks", type=int, default=500)
    parser.add_argument("--lasting", type=int, default=30, help="tracks for the kinds that cost a deadline each")
    parser.add_argument("--kinds", default=",".join(kind.replace(",", "") for kind in KINDS))
    parser.add_argument("--p", default="0.05,0.2,0.5")
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    named = {kind.replace(",", ""): kind for kind in KINDS}
    kinds = [named[word.strip()] for word in given.kinds.split(",")]
    broken = 0
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        worlds: dict[int, tuple[Sandbox, Reference]] = {}
        print(LINE.format(*HEAD, *LAST))
        for kind in kinds:
            tracks = min(given.tracks, given.lasting) if kind in LASTING else given.tracks
            if tracks not in worlds:
                sandbox = stack.enter_context(running_sandbox(scenario(tracks)))
                reference = refer(sandbox, folder / str(tracks))
                worlds[tracks] = (sandbox, reference)
                print(f"{tracks:>6}  {'no faults':<15}{'':13}{reference.requests:>9}{'':70}{reference.seconds:>7.0f}")
            for p in map(float, given.p.split(",")):
                home = folder / f"{tracks} {kind} {p}".replace(",", "")
                judged = judge(*worlds[tracks][:1], home, worlds[tracks][1], KINDS[kind](p, 100 + given.seed), p)
                show(kind, judged)
                broken += bool(judged.wrong)
    print(f"{broken} lines with a broken promise")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
