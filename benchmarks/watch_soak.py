"""Watches for a simulated day, or more, in minutes: does memory, threads, files or the log of the state grow?

``python benchmarks/watch_soak.py [--hours 24] [--every 30m]`` starts the sandbox and runs the real watch in this
process, with every real part but the clock: it goes on at once when somebody waits. One of the playlists gets a
track more every two hours. Prints figures per hour, and ends with 1 when one is missed.
"""

import argparse
import gc
import os
import re
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from statistics import linear_regression

from cloudcrate import bootstrap, settings
from cloudcrate.app.watch import Tried
from cloudcrate.core.timetable import Upcoming
from cloudcrate.errors import CloudcrateError, StoppedError
from cloudcrate.ports.running import Silent
from cloudcrate.sandbox.process import Sandbox, running_sandbox

HOUR = 3600.0
WARM = 2.0
"""Hours that do not count: what is loaded and kept for good is loaded then."""

MOST_SLOPE = 1.0  # MB per simulated hour
PLAYLISTS = 3
OURS = ("CLOUDCRATE_", "NOTION_", "SOUNDCLOUD_", "TRACKS_DB", "PLAYLISTS_DB")


class FastClock:
    """The system's time, and all that was slept. Ends the watch when its time is over."""

    def __init__(self, seconds: float) -> None:
        self._slept = 0.0
        self._ends = time.monotonic() + seconds
        self._lock = threading.Lock()
        self.waits: Callable[[], None] = lambda: None

    def now(self) -> float:
        """See ``ports.Clock``."""
        return time.time() + self._slept

    def monotonic(self) -> float:
        """See ``ports.Clock``."""
        return time.monotonic() + self._slept

    def sleep(self, seconds: float) -> None:
        """Lets the time be over at once. Raises: StoppedError when the day is over."""
        self.waits()
        with self._lock:
            self._slept += max(0.0, seconds)
        if self.monotonic() >= self._ends:
            raise StoppedError("The day is over.")


@dataclass(frozen=True, kw_only=True)
class Sample:
    """What the process holds."""

    hour: float
    memory: float  # MB
    threads: int
    files: int
    log: int  # bytes of the write-ahead logs of the state
    state: int  # bytes of the state


@dataclass
class Recorder:
    """A teller that takes a sample when the watch waits after a run, and lets a playlist grow."""

    clock: FastClock
    sandbox: Sandbox
    state: Path
    samples: list[Sample] = field(default_factory=list)
    done: list[Tried] = field(default_factory=list)
    began: float = 0.0
    grown: int = 0
    ran: bool = False

    def tried(self, tried: Tried) -> None:
        """See ``app.watch.Teller``."""
        self.done.append(tried)

    def upcoming(self, upcoming: Sequence[Upcoming], strangers: Sequence[str]) -> None:
        """See ``app.watch.Teller``: told after every round that synced something."""
        self.ran = True

    def waits(self) -> None:
        """Looks at the process, the first time that it waits after a round."""
        if not self.ran:
            return
        self.ran = False
        self.began = self.began or self.clock.monotonic()
        hour = (self.clock.monotonic() - self.began) / HOUR
        self.samples.append(sample(hour, self.state))
        if hour / 2 > self.grown + 1:
            self.grown += 1
            self.sandbox.knobs(soundcloud={"add_to_playlist": ["mix-0", 1_000 + self.grown]})

    def trouble(self, error: CloudcrateError) -> None:
        """See ``app.watch.Teller``. Nothing may go wrong here."""
        raise error


def sample(hour: float, state: Path) -> Sample:
    """Looks at this process and its state."""
    gc.collect()
    status = Path("/proc/self/status").read_text("ascii")
    found = re.search(r"VmRSS:\s+(\d+) kB", status)
    sizes = {path.name: path.stat().st_size for path in state.rglob("*") if path.is_file()}
    return Sample(
        hour=hour,
        memory=int(found[1]) / 1024 if found else 0.0,
        threads=threading.active_count(),
        files=len(os.listdir("/proc/self/fd")),
        log=sum(size for name, size in sizes.items() if name.endswith("-wal")),
        state=sum(sizes.values()),
    )


def watch_for(hours: float, every: str, home: Path) -> Recorder:
    """Watches for so many simulated hours."""
    tracks = [{"id": 1_000 + number, "title": f"More {number}"} for number in range(1, 200)]
    lists = [
        {"user": "ada", "slug": f"mix-{number}", "title": f"Mix {number}", "count": 20, "seconds": [1, 2]}
        for number in range(PLAYLISTS)
    ]
    scenario = {"soundcloud": {"playlists": lists, "tracks": tracks, "media_per_10_minutes": 100_000}}
    named = "\n".join(f'"Mix {n}" = "https://soundcloud.com/ada/sets/mix-{n}"' for n in range(PLAYLISTS))
    (home / "config.toml").write_text(f'[playlists]\n{named}\n[watch]\nevery = "{every}"\n', "utf-8")
    with ExitStack() as stack:
        sandbox = stack.enter_context(running_sandbox(scenario))
        for name in [name for name in os.environ if name.startswith(OURS)]:
            del os.environ[name]
        places = {"CONFIG": "config.toml", "LIBRARY": "library", "STATE": "state"}
        os.environ |= sandbox.env | {f"CLOUDCRATE_{name}": str(home / place) for name, place in places.items()}
        for name in ("NOTION_TOKEN", "TRACKS_DB_ID"):
            os.environ.pop(name, None)
        clock = FastClock(hours * HOUR)
        recorder = Recorder(clock, sandbox, home / "state")
        clock.waits = recorder.waits
        bootstrap.watch(
            lambda: settings.load({}),
            listener=Silent(),
            say=print,
            stop=threading.Event(),
            teller=recorder,
            clock=clock,
        ).run()
    return recorder


def judged(recorder: Recorder) -> bool:
    """Prints the figures; says whether all are kept."""
    warm = [found for found in recorder.samples if found.hour >= WARM]
    for found in warm[:: max(1, len(warm) // 12)]:
        print(
            f"{found.hour:6.1f} h  {found.memory:7.1f} MB  {found.threads:3} threads  {found.files:3} files  "
            f"{found.log:8} bytes of log  {found.state / 1e6:6.2f} MB of state"
        )
    slope = linear_regression([found.hour for found in warm], [found.memory for found in warm]).slope
    quiet = [t.ended.report for t in recorder.done if t.ended is not None and not t.ended.report.rows["created"]]
    most = max(report.traffic.soundcloud_requests for report in quiet)
    got = sum(t.ended.report.files["downloaded"] for t in recorder.done if t.ended is not None)
    lines = [
        ("memory, MB per hour", slope, MOST_SLOPE),
        ("threads, most less least", spread([found.threads for found in warm]), 0),
        ("open files, most less least", spread([found.files for found in warm]), 0),
        ("log of the state, bytes", float(max(found.log for found in warm)), 0),
        ("requests of an unchanged playlist, at most", float(most), 1),
        ("runs that failed", float(sum(bool(tried.exit_code) for tried in recorder.done)), 0),
    ]
    print(f"{len(recorder.done)} runs, {len(quiet)} of them unchanged; {got} files; {recorder.grown} tracks came later")
    for name, figure, bound in lines:
        print(f"{name:<44}{figure:>9.3f}  (at most {bound:g}){'' if figure <= bound else '  MISSED'}")
    return all(figure <= bound for _, figure, bound in lines)


def spread(counts: Sequence[int]) -> float:
    """The most less the least."""
    return float(max(counts) - min(counts))


def main() -> int:
    """Watches, prints and judges."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--hours", type=float, default=24.0, help="simulated hours, more than 3")
    parser.add_argument("--every", default="30m", help="the schedule of each playlist")
    given = parser.parse_args()
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        recorder = watch_for(given.hours, given.every, Path(folder))
    good = judged(recorder)
    print(f"{given.hours:g} hours in {time.monotonic() - began:.0f} s")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
