"""Cuts the power in the real command and finishes it by a second run on what the disk kept; counts what is then wrong.

``python benchmarks/power_loss.py [--cuts 120] [--seed 0] [--workers 2] [--minutes 60]``: so many cuts with Notion and
as many with the local catalog, spread evenly over the changing calls of a run with two tracks, on a disk that keeps
what was synced; after every other one also some of the rest, out of order and torn. Each costs two to four seconds
of a core. Ends with 1 when anything acknowledged was lost, or a file that is recorded is not whole, or a database is
not sound, or the second run does not end as an undisturbed one does.
"""

import argparse
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "system"))

from cutting import MISSING, Aftermath, Cut, at_the_end, cut_power, drawn, usable  # the tests' own harness
from killing import KILLS_PER_SANDBOX, killing_range  # as above

HEAD = (
    f"{'catalog':<10}{'disk keeps':<24}{'cuts':>6}{'acked':>7}{'lost':>6}{'recorded':>10}"
    f"{'hollow':>8}{'corrupt':>9}{'wrong after':>13}{'left over':>11}"
)


def cuts_of(folder: Path, wanted: Sequence[Cut], end: float, *, notion: bool) -> Iterable[Aftermath]:
    """Cuts the power at all of them until the time is over, in sandboxes that are made anew before they grow slow."""
    for start in range(0, len(wanted), KILLS_PER_SANDBOX):
        with killing_range(folder, notion=notion) as place:
            for cut in wanted[start : start + KILLS_PER_SANDBOX]:
                found = cut_power(place, cut)
                tell(found)
                yield found
                if time.monotonic() > end:
                    return


def tell(found: Aftermath) -> None:
    """Prints where the power was cut, and at once what must not be."""
    print(found.cut.nth, found.call or "after the end", f"{found.acknowledged} acked", flush=True)
    for harm in found.harm:
        print("VIOLATION", harm, "  at", found.call, found.cut, flush=True)


def measure(folder: Path, given: argparse.Namespace, *, notion: bool) -> list[Aftermath]:
    """Draws the cuts and shares them out among workers."""
    with killing_range(folder, notion=notion) as place:
        last, calls = at_the_end(place)
    tell(last)
    wanted = drawn(given.cuts, calls, given.seed)
    print(f"a run {'with Notion' if notion else 'with the local catalog'} makes {calls} changing calls", flush=True)
    random.Random(given.seed).shuffle(wanted)  # so that a run that is broken off has seen all of it, too
    end = time.monotonic() + 60 * given.minutes
    with ThreadPoolExecutor(given.workers) as pool:
        shares = [wanted[n :: given.workers] for n in range(given.workers)]
        found = pool.map(lambda share: list(cuts_of(folder, share, end, notion=notion)), shares)
        return [last, *(one for share in found for one in share)]


def line(catalog: str, keeps: str, found: Sequence[Aftermath]) -> str:
    """One line of the table."""
    return (
        f"{catalog:<10}{keeps:<24}{len(found):>6}{sum(one.acknowledged for one in found):>7}"
        f"{sum(len(one.lost) for one in found):>6}{sum(one.recorded for one in found):>10}"
        f"{sum(len(one.hollow) for one in found):>8}{sum(len(one.corrupt) for one in found):>9}"
        f"{sum(len(one.wrong) for one in found):>13}{sum(len(one.leftovers) for one in found):>11}"
    )


def main() -> int:
    """Runs the measurement."""
    parser = argparse.ArgumentParser(description="Cuts the power in the real command and finishes it by a second run.")
    parser.add_argument("--cuts", type=int, default=120, help="with each catalog")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--minutes", type=float, default=60, help="at most so long with each catalog")
    given = parser.parse_args()
    began, rows, everything = time.perf_counter(), [HEAD], list[Aftermath]()
    with tempfile.TemporaryDirectory() as folder:
        if not usable(Path(folder) / "probe"):
            parser.error(MISSING)
        for notion, catalog in ((True, "Notion"), (False, "local")):
            found = measure(Path(folder), given, notion=notion)
            rows.append(line(catalog, "what was synced", [one for one in found if one.cut.seed is None]))
            rows.append(line(catalog, "some of the rest, too", [one for one in found if one.cut.seed is not None]))
            everything += found
    calls = Counter(one.call.split()[0] if one.call else "after the end" for one in everything)
    print(*rows, sep="\n")
    print("cut at:", ", ".join(f"{call} {count}" for call, count in calls.most_common()))
    leftovers = Counter(one.partition("-")[0] for found in everything for one in found.leftovers)
    print("left over:", dict(leftovers))
    print(f"{time.perf_counter() - began:.0f} seconds")
    return 1 if any(one.harm for one in everything) else 0


if __name__ == "__main__":
    sys.exit(main())
