"""Chaos: workers are killed or frozen while they work, and the database is restarted hard, by a seed."""

import random
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field

import pgserver
from many import Crowd, Process
from running import URL


@dataclass(frozen=True, slots=True, kw_only=True)
class Rhythm:
    """How often what happens, in seconds; pairs are drawn between."""

    strike: tuple[float, float] = (3.0, 6.0)
    freeze: tuple[float, float] = (2.0, 40.0)
    restart: tuple[float, float] = (25.0, 35.0)

    def slower(self, times: float) -> "Rhythm":
        """The same for a machine that is so many times slower: a worker must live to do something."""
        pairs = ((low * times, high * times) for low, high in (self.strike, self.freeze, self.restart))
        return Rhythm(**dict(zip(("strike", "freeze", "restart"), pairs, strict=True)))


@dataclass(slots=True, kw_only=True)
class Chaos:
    """What has been done to the workers of a crowd."""

    crowd: Crowd
    dice: random.Random
    rhythm: Rhythm
    workers: dict[str, Process] = field(default_factory=dict)
    frozen: dict[str, float] = field(default_factory=dict)  # until when
    done: Counter[str] = field(default_factory=Counter)
    say: Callable[[str], None] = lambda _: None

    def begin(self, count: int) -> None:
        """Starts the workers."""
        for number in range(1, count + 1):
            self._start(f"worker{number}")

    def rage(self, over: Callable[[], bool], *, seconds: float) -> bool:
        """Strikes until it is ``over``. False: it was not within so many seconds."""
        began = time.monotonic()
        strike = began + self.dice.uniform(*self.rhythm.strike)
        restart = began + self.dice.uniform(*self.rhythm.restart)
        while not over():
            now = time.monotonic()
            if now > began + seconds:
                return False
            self._thaw(now)
            self._supervise()
            if now > restart:
                self.restart()
                restart = now + self.dice.uniform(*self.rhythm.restart)
            if now > strike:
                self._strike(now)
                strike = now + self.dice.uniform(*self.rhythm.strike)
            time.sleep(0.2)  # the rhythm is the machine's
        return True

    def calm(self) -> None:
        """Thaws whoever is frozen, and ends all workers as a user would."""
        self._thaw(float("inf"))
        for worker in self.workers.values():
            worker.send(signal.SIGINT)
        for worker in self.workers.values():
            with suppress(subprocess.TimeoutExpired):
                worker.popen.wait(30)

    def restart(self) -> None:
        """Kills the database in the middle of what it does, and starts it again."""
        self._did("restart of the database")
        pgserver.server().restart()

    def kill(self, name: str) -> None:
        """Kills a worker and starts it anew."""
        self._did("kill", name)
        self.workers[name].send(signal.SIGKILL)
        self.workers[name].popen.wait(10)
        self._start(name)

    def freeze(self, name: str, seconds: float) -> None:
        """Stops a worker for so long."""
        self._did("freeze", f"{name} for {seconds:.0f} s")
        self.workers[name].send(signal.SIGSTOP)
        self.frozen[name] = time.monotonic() + seconds

    def _strike(self, now: float) -> None:
        awake = sorted(name for name in self.workers.keys() - self.frozen.keys() if self._works(name))
        if not awake:
            return
        name = self.dice.choice(awake)
        if self.dice.random() < 0.5:
            self.kill(name)
        else:
            self.freeze(name, self.dice.uniform(*self.rhythm.freeze))

    def _thaw(self, now: float) -> None:
        for name in [name for name, until in self.frozen.items() if now >= until]:
            del self.frozen[name]
            self.workers[name].send(signal.SIGCONT)

    def _supervise(self) -> None:
        """Starts anew whoever has ended by itself, as a supervisor does."""
        for name in [name for name, worker in self.workers.items() if worker.popen.poll() is not None]:
            self._did("ended by itself", f"{name} with {self.workers[name].popen.returncode}")
            self._start(name)

    def _start(self, name: str) -> None:
        self.workers[name] = self.crowd.start(name, "worker")

    def _works(self, name: str) -> bool:
        """Says whether it takes part by now: to kill it earlier would show nothing."""
        return b"taking part" in self.workers[name].err.read_bytes()

    def _did(self, what: str, to: str = "") -> None:
        self.done[what] += 1
        self.say(f"{what} {to}".rstrip())


def broken_promises(crowd: Crowd, expected: dict[str, str], tracks: int) -> Iterator[str]:
    """What is not as it should be after a run that has ended. ``expected``: what an undisturbed run leaves."""
    rows, audio = crowd.rows(), crowd.audio()
    yield from (f"{count} rows of track {track}" for track, count in rows.items() if count > 1)
    if len(rows) != tracks:
        yield f"{len(rows)} tracks have a row, of {tracks}"
    unmarked = [row for row in crowd.sandbox.rows() if not row["properties"]["Downloaded"]]
    if len(unmarked) != tracks - len(expected):
        yield f"{len(unmarked)} rows do not say that their file is there; it should be {tracks - len(expected)}"
    yield from (f"missing: {name}" for name in sorted(expected.keys() - audio.keys()))
    yield from (f"too much: {name}" for name in sorted(audio.keys() - expected.keys()))
    yield from (f"not the same: {n}" for n in sorted(expected.keys() & audio.keys()) if expected[n] != audio[n])


def command(crowd: Crowd) -> Process:
    """Starts the command, and waits until it has handed out."""
    begun = crowd.start("command", "sync", URL, "--json")
    while not crowd.going():
        assert begun.popen.poll() is None, begun.wait().err
        time.sleep(0.2)  # a poll of another process
    return begun
