"""kill -9 anywhere: runs a command, kills it at a chosen moment, looks, runs it once more, and looks again."""

import hashlib
import random
import re
import shutil
import sqlite3
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any  # Any: fault rules and journals are JSON

from running import URL, Machine, world
from sandboxes import running_sandbox
from tracing import Event, Point, attach, events, hit, points, strace, strike

from cloudcrate.sandbox.process import Sandbox

TRACKS = 2
COMMAND = (sys.executable, "-m", "cloudcrate")
SETTLE = "0.3"  # seconds; the sandbox carries out what was sent as soon as it is released
AUDIO = "playback.*"
SINCE: Mapping[str, Mapping[str, Any]] = {  # Any: JSON
    "the first audio": {"host": AUDIO, "nth": 1},
    "the last row": {"host": "api.notion.com", "method": "PATCH", "nth": TRACKS},
}
"""Requests at which a strace is attached: so late that a thread's first calls are those that are meant."""
KILLS_PER_SANDBOX = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """A request at which a command is killed: the ``nth`` that ``rule`` counts, before it arrives or later.

    ``then`` says what becomes of the request: it goes on when the command is dead ("arrives"), or "never" does.
    """

    where: str
    rule: Mapping[str, Any]  # Any: JSON
    then: str = "arrives"


@dataclass(frozen=True, slots=True, kw_only=True)
class Struck:
    """What came of one kill. ``reached`` is the request or call that the log shows; None: the command ended first."""

    moment: Moment | Point
    reached: str | None
    sort: tuple[str, str, str] | None = None
    violations: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Range:
    """A sandbox to kill in, and what a run that nobody kills leaves behind in it."""

    sandbox: Sandbox
    folder: Path
    notion: bool
    command: Sequence[str] = COMMAND
    whole: dict[str, str] = field(default_factory=dict)
    state: frozenset[str] = frozenset()
    requests: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Victim:
    """One user's machine and database, to be killed in once."""

    machine: Machine
    database: Mapping[str, str]
    command: Sequence[str]

    @property
    def home(self) -> Path:
        """Its folder."""
        return self.machine.home

    def start(self, *before: str) -> "subprocess.Popen[str]":
        """Starts the command, after the words ``before`` of a tracer."""
        more = {"CLOUDCRATE_JOBS": "1", "CLOUDCRATE_SETTLE_SECONDS": SETTLE}
        if self.machine.notion:
            more["TRACKS_DB_ID"] = self.database["database_id"]
        with (self.home / "errors").open("w") as errors:
            return subprocess.Popen(
                [*before, *self.command, "sync", URL],
                env=self.machine.environment(more),
                cwd=self.home,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=errors,
                text=True,
            )

    def library(self) -> dict[str, str]:
        """Everything in the library and its digest; what is under a name of ours only, by that name."""
        files = {name: self.machine.library / name for name in self.machine.files()}
        return {name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in files.items()}

    def state(self) -> frozenset[str]:
        """The files of the state; those that SQLite keeps beside a database are its own business."""
        root = self.home / "state"
        found = (path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file())
        names = {
            re.sub(r"\d{8}T\d{6}Z", "TIME", name) for name in found
        }  # a backup bears the time at which it was made
        return frozenset(name for name in names if not name.endswith(("-wal", "-shm", "-journal")))

    def ids(self) -> Counter[object]:
        """How many rows each track has."""
        if self.machine.notion:
            rows = self.machine.sandbox.rows(self.database["data_source_id"])
            return Counter(row["properties"]["SoundCloud ID"] for row in rows)
        with closing(sqlite3.connect(self.home / "state" / "catalog.db")) as connection:
            found = connection.execute("SELECT soundcloud_id FROM pages WHERE trashed = 0").fetchall()
        return Counter(row[0] for row in found)


@contextmanager
def killing_range(folder: Path, *, notion: bool = True, command: Sequence[str] = COMMAND) -> Iterator[Range]:
    """A sandbox with two short tracks; an undisturbed run of the real command says what is to be there in the end."""
    with running_sandbox(world(TRACKS, seconds=[2, 2])) as sandbox:
        bare = Range(sandbox=sandbox, folder=folder, notion=notion)
        with new_victim(bare) as victim:
            since = sandbox.mark()
            with victim.start() as process:
                assert process.wait(120) == 0, (victim.home / "errors").read_text()
            assert sorted(victim.ids().values()) == [1] * TRACKS
            yield Range(
                sandbox=sandbox,
                folder=folder,
                notion=notion,
                command=command,
                whole=victim.library(),
                state=victim.state(),
                requests=len(sandbox.journal(since)),
            )


@contextmanager
def new_victim(place: Range) -> Iterator[Victim]:
    """A fresh machine and database in the sandbox, gone at the end."""
    home = place.folder / f"home-{threading.get_ident()}-{random.getrandbits(40):x}"
    home.mkdir(parents=True)
    database = place.sandbox.add_database() if place.notion else {}
    machine = Machine(sandbox=place.sandbox, home=home, notion=place.notion)
    try:
        yield Victim(machine=machine, database=database, command=place.command)
    finally:
        place.sandbox.faults([])
        place.sandbox.release(drop=True)
        shutil.rmtree(home, ignore_errors=True)


def torn(victim: Victim, place: Range) -> list[str]:
    """What has a final name and is not what an undisturbed run gives that name."""
    found = {name: digest for name, digest in victim.library().items() if not name.startswith(".cloudcrate/")}
    return [f"torn: {name}" for name, digest in found.items() if place.whole.get(name) != digest]


def unfinished(victim: Victim, place: Range) -> list[str]:
    """Runs the command once more, undisturbed; what is wrong after it."""
    with victim.start() as process:
        try:
            code = process.wait(120)
        except subprocess.TimeoutExpired:
            process.kill()
            return ["the second run hangs"]
    wrong = [] if code == 0 else [f"the second run ends with {code}: {(victim.home / 'errors').read_text()[-500:]}"]
    ids, library = victim.ids(), victim.library()
    wrong += [f"duplicate: {count} rows of {track}" for track, count in ids.items() if count > 1]
    wrong += ["missing: a row"] * (TRACKS - len(ids))
    wrong += [f"missing: {name}" for name in sorted(place.whole.keys() - library.keys())]
    wrong += [f"left over: {name}" for name in sorted(library.keys() - place.whole.keys())]
    wrong += [
        f"not bit-exact: {n}" for n in sorted(library.keys() & place.whole.keys()) if library[n] != place.whole[n]
    ]
    wrong += [f"left over: state/{name}" for name in sorted(victim.state() - place.state)]
    return wrong


def kill_in_request(place: Range, moment: Moment) -> Struck:
    """Kills a run inside a request and finishes it by another."""
    sandbox = place.sandbox
    with new_victim(place) as victim:
        sandbox.faults([{**moment.rule, "kind": "hold"}])
        with victim.start() as process:
            try:
                held = _held(sandbox, process)
            finally:
                process.kill()
        wrong = torn(victim, place)
        sandbox.faults([])
        sandbox.release(drop=moment.then == "never")
        wrong += unfinished(victim, place)
    request = held[0]
    reached = f"{request['method']} {request['host']} {request['path'][:9]} {request['phase']}"
    return Struck(moment=moment, reached=reached, violations=tuple(wrong))


def _held(sandbox: Sandbox, process: "subprocess.Popen[str]") -> list[dict[str, Any]]:  # Any: JSON
    """Waits for the held request. Raises: TimeoutError when the command ends without one."""
    while True:
        ended = process.poll() is not None
        with suppress(TimeoutError):
            return sandbox.wait_held(0.5)
        if ended:
            raise TimeoutError("the command ended before that request")


def kill_at_call(place: Range, point: Point) -> Struck:
    """Kills a run at a system call and finishes it by another, unless it ended before it came to that call."""
    with new_victim(place) as victim:
        log = victim.home / "trace"
        killed = _killed_at(victim, point.since, point, log)
        event: Event | None = hit(log, victim.home, point) if killed else None
        wrong = (torn(victim, place) if killed else []) + unfinished(victim, place)
    sort = None if event is None or event.kind is None else (event.call, event.kind, point.phase)
    name = None if event is None else f"{point.phase} {event.call} {event.kind}"
    return Struck(moment=point, reached=name, sort=sort, violations=tuple(wrong))


def _killed_at(victim: Victim, since: str, point: Point | None, log: Path) -> bool:
    """Says whether the command died at the point; without a point it runs to its end, traced."""
    if not since:
        with victim.start(*strace(log, victim.home, point)) as process:
            return process.wait(120) == -9 if point is None else strike(process, process, log, point)
    sandbox = victim.machine.sandbox
    sandbox.faults([{**SINCE[since], "kind": "hold", "phase": "before"}])
    with victim.start() as process:
        _held(sandbox, process)
        with attach(process.pid, log, victim.home, point) as tracer:
            sandbox.release()
            killed = strike(process, tracer, log, point) if point is not None else process.wait(120) == -9
            tracer.wait(60)
    return killed


def traced(place: Range) -> tuple[list[Point], set[tuple[str, str]]]:
    """Every point that can be named in a run of this command, and every (call, kind of path) that there is."""
    found: list[Point] = []
    sorts: set[tuple[str, str]] = set()
    for since in ("", *(SINCE if place.notion else ())):
        with new_victim(place) as victim:
            log = victim.home / "trace"
            _killed_at(victim, since, None, log)
            trace = list(events(log, victim.home))
            found += points(trace, victim.home, since=since)
            sorts |= {(event.call, event.kind) for event in trace if event.kind is not None}
    return found, sorts


def moments(count: int, place: Range, writes: Sequence[Point], seed: int) -> list[Moment | Point]:
    """Moments drawn by a seed: a quarter inside creates, a quarter inside downloads, the rest at other ones."""
    dice = random.Random(seed)
    quarter = count // 4
    drawn: list[Moment | Point] = [_in_create(dice) for _ in range(quarter)]
    drawn += [_in_download(dice) for _ in range(quarter)]
    for n in range(count - 2 * quarter):
        drawn.append(dice.choice(writes) if writes and n % 2 else _in_any(dice, place.requests))
    dice.shuffle(drawn)
    return drawn


def _in_create(dice: random.Random) -> Moment:
    rule = {"host": "api.notion.com", "method": "POST", "path": "^/v1/pages$", "nth": dice.randint(1, TRACKS)}
    phase = dice.choice(("before", "after", "body"))
    return Moment(where="create", rule={**rule, "phase": phase}, then=dice.choice(("arrives", "never")))


def _in_download(dice: random.Random) -> Moment:
    rule = {"host": AUDIO, "nth": dice.randint(1, 3 * TRACKS), "phase": dice.choice(("before", "body", "after"))}
    return Moment(where="download", rule=rule, then=dice.choice(("arrives", "never")))


def _in_any(dice: random.Random, requests: int) -> Moment:
    rule = {"nth": dice.randint(1, requests), "phase": dice.choice(("before", "after"))}
    return Moment(where="any request", rule=rule, then=dice.choice(("arrives", "never")))


def kill(place: Range, moment: Moment | Point) -> Struck:
    """Kills at a request or at a system call."""
    try:
        return kill_at_call(place, moment) if isinstance(moment, Point) else kill_in_request(place, moment)
    except (TimeoutError, ValueError) as error:
        return Struck(moment=moment, reached=None, violations=(f"the harness: {error}",))


def kill_all(
    folder: Path, wanted: Sequence[Moment | Point], *, notion: bool = True, command: Sequence[str] = COMMAND
) -> Iterator[Struck]:
    """Kills at every moment, in sandboxes that are made anew before they grow slow."""
    for start in range(0, len(wanted), KILLS_PER_SANDBOX):
        with killing_range(folder, notion=notion, command=command) as place:
            for moment in wanted[start : start + KILLS_PER_SANDBOX]:
                yield kill(place, moment)
