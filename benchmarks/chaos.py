"""Many machines under chaos: counts what is twice, missing, torn or left over after one run that nobody helps.

``python benchmarks/chaos.py [--tracks 2000] [--workers 3] [--seed 0]``: a real PostgreSQL, a sandbox, one command
that hands out and is killed, and workers. Every 3 to 6 seconds one of them is killed and started anew, or frozen
for 2 to 40 seconds; every 30 seconds or so the database is restarted hard. ``--slower 4``: a quarter as often, for
a machine that is busy with something else. Ends with 1 when a promise is broken.
"""

import argparse
import json
import random
import signal
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "system"))
sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "contract"))

import pgserver  # the tests' own harness: a real PostgreSQL
from chaos import Chaos, Rhythm, broken_promises, command  # as above
from many import Crowd, crowd  # as above
from running import URL, Machine, world  # as above

from cloudcrate.sandbox.process import running_sandbox

STALE = "Another worker has taken over"
ENDLESS = 3600.0  # seconds


def undisturbed(tracks: int, home: Path) -> tuple[dict[str, str], int]:
    """The files that a run on one machine leaves, and the requests that it takes."""
    home.mkdir()
    with running_sandbox(scenario(tracks)) as sandbox:
        alone = Crowd(sandbox=sandbox, home=home, url="")
        ran = Machine(sandbox=sandbox, home=home).run("sync", URL, timeout=ENDLESS)
        assert ran.code == 0, ran.err
        return alone.audio(), sandbox.counts()["requests"]


def scenario(tracks: int) -> dict[str, object]:
    """One playlist of short tracks, some of which cannot be had."""
    return world(tracks, seconds=[1, 2], mix={"preview": 1, "blocked": 1})


def disturbed(given: argparse.Namespace, home: Path, expected: dict[str, str]) -> tuple[list[str], int]:
    """Runs it under chaos; answers with the broken promises and the requests that were sent."""
    server = pgserver.server()
    url = f"postgresql://postgres@127.0.0.1:{server.port}/postgres"
    timeout = {"CLOUDCRATE_WORKER_TIMEOUT_SECONDS": str(given.timeout)}
    began = time.monotonic()

    def say(words: str) -> None:
        print(f"{time.monotonic() - began:7.1f}  {words}", flush=True)

    with crowd(scenario(given.tracks), home, url, settings=timeout) as all_of_them:
        chaos = Chaos(crowd=all_of_them, dice=random.Random(given.seed), rhythm=Rhythm().slower(given.slower), say=say)
        chaos.begin(given.workers)
        beginner = command(all_of_them)
        beginner.send(signal.SIGKILL)
        say("the command has handed out and is killed")
        ended = chaos.rage(all_of_them.ended, seconds=60 * given.minutes)
        lasted = time.monotonic() - began
        say("the run has ended" if ended else "the run has not ended")
        chaos.calm()
        broken = [] if ended else ["the run has not ended"]
        broken += broken_promises(all_of_them, expected, given.tracks)
        broken += after(all_of_them)
        requests = all_of_them.sandbox.counts(0)["requests"]
        tell(chaos, lasted)
    return broken, requests


def after(all_of_them: Crowd) -> list[str]:
    """What the run's report and one more run say."""
    reports = all_of_them.asked("SELECT report FROM cloudcrate.runs WHERE report IS NOT NULL")
    broken = [] if len(reports) == 1 else [f"{len(reports)} reports of one run"]
    for (text,) in reports:
        report = json.loads(text)
        failed = [line for line in report.get("unfinished", []) if "broke_off" in str(line)]
        broken += [f"not finished: {line}" for line in failed]
    all_of_them.sandbox.mark()
    again = all_of_them.run("again", "sync", URL, timeout=ENDLESS)
    counts = all_of_them.sandbox.counts()
    all_of_them.run("again", "doctor")  # which removes what the dead have left in staging
    broken += [f"left over: {name}" for name in all_of_them.leftovers()]
    broken += [] if again.code == 0 else [f"the second run ends with {again.code}: {again.err[-500:]}"]
    broken += [f"the second run writes {counts['notion_writes']} times"] if counts["notion_writes"] else []
    broken += [f"the second run fetches {counts['media_bytes']} bytes"] if counts["media_bytes"] else []
    return broken


def tell(chaos: Chaos, lasted: float) -> None:
    """Prints what was done, and what the workers have said."""
    for what, count in sorted(chaos.done.items()):
        print(f"{what:<40}{count:>8,}")
    lines = chaos.crowd.said().splitlines()
    print(f"{'stale writes refused':<40}{sum(STALE in line for line in lines):>8,}")
    known = (STALE, "taking part", "stopping", "reading", "Sync and")
    others = Counter(line for line in lines if line and not any(word in line for word in known))
    for line, count in others.most_common(12):
        print(f"{count:>8,} × {line[:150]}")
    print(f"{'seconds':<40}{lasted:>8,.0f}")


def main() -> int:
    """Runs the measurement."""
    parser = argparse.ArgumentParser(description="Many machines under chaos.")
    parser.add_argument("--tracks", type=int, default=2000)
    parser.add_argument("--workers", type=int, default=3)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--timeout", type=float, default=20.0, help="worker_timeout_seconds")
    parser.add_argument("--slower", type=float, default=1.0, help="how many times slower chaos strikes")
    parser.add_argument("--minutes", type=float, default=60.0, help="at most so long")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        expected, usual = undisturbed(given.tracks, Path(folder) / "undisturbed")
        broken, requests = disturbed(given, Path(folder) / "disturbed", expected)
    print(f"{'files of an undisturbed run':<40}{len(expected):>8,}")
    print(f"{'requests, as a multiple of that run':<40}{requests / usual:>8.2f}")
    print(f"{'broken promises':<40}{len(broken):>8,}", *broken[:40], sep="\n  ")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
