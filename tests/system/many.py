"""Several machines on one state in PostgreSQL: each has a state folder of its own, all share library and database.

What they print goes to files, so that nobody waits for a reader.
"""

import hashlib
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar  # Any: scenarios are JSON

import psycopg
from running import Machine, Ran
from sandboxes import running_sandbox

from cloudcrate.sandbox.process import Sandbox

T = TypeVar("T")

TIMEOUT = 3.0
"""Seconds after which a worker that is not heard of counts as dead, in tests."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Process:
    """A command that runs, and where it prints."""

    name: str
    popen: "subprocess.Popen[bytes]"
    out: Path
    err: Path

    def wait(self, timeout: float = 60) -> Ran:
        """Waits for its end."""
        return Ran(code=self.popen.wait(timeout), out=self.out.read_text("utf-8"), err=self.err.read_text("utf-8"))

    def send(self, number: int) -> None:
        """Sends a signal."""
        self.popen.send_signal(number)

    def says(self, words: str, timeout: float = 30) -> str:
        """Waits until a line that it prints holds these words, and gives the line."""

        def line() -> str:
            lines = (self.out.read_text("utf-8") + self.err.read_text("utf-8")).splitlines()
            return next((line for line in lines if words in line), "")

        return until(line, f"{self.name} says {words!r}", timeout=timeout)


@dataclass(slots=True, kw_only=True)
class Crowd:
    """Machines that share a state. ``url`` is the database's."""

    sandbox: Sandbox
    home: Path
    url: str
    notion: bool = True
    settings: Mapping[str, str] = field(default_factory=dict)
    processes: list[Process] = field(default_factory=list)

    @property
    def shared(self) -> Machine:
        """The library, and the settings of all."""
        return Machine(sandbox=self.sandbox, home=self.home, notion=self.notion)

    def environment(self, name: str, more: Mapping[str, str] | None = None) -> dict[str, str]:
        """What a command on the machine of this name sees."""
        own = {"CLOUDCRATE_STATE": self.url, "XDG_STATE_HOME": str(self.home / name)}
        pace = {"CLOUDCRATE_WORKER_TIMEOUT_SECONDS": str(TIMEOUT)}
        return self.shared.environment({**own, **pace, **self.settings, **(more or {})})

    def start(self, name: str, *words: str, more: Mapping[str, str] | None = None) -> Process:
        """Starts a command on the machine of this name."""
        number = len(self.processes)
        out, err = (self.home / f"{number}-{name}.{kind}" for kind in ("out", "err"))
        with out.open("w") as printed, err.open("w") as said:
            popen = subprocess.Popen(
                [sys.executable, "-m", "cloudcrate", *words],
                env=self.environment(name, more),
                cwd=self.home,
                stdin=subprocess.DEVNULL,
                stdout=printed,
                stderr=said,
            )
        found = Process(name=name, popen=popen, out=out, err=err)
        self.processes.append(found)
        return found

    def run(self, name: str, *words: str, more: Mapping[str, str] | None = None, timeout: float = 90) -> Ran:
        """Runs a command to its end."""
        return self.start(name, *words, more=more).wait(timeout)

    def workers(self, count: int, *words: str) -> list[Process]:
        """Starts workers, each on a machine of its own, and waits until they take part."""
        started = [self.start(f"worker{number}", "worker", *words) for number in range(1, count + 1)]
        for worker in started:
            worker.says("taking part")
        return started

    def rows(self) -> Counter[object]:
        """How many rows each track has in Notion."""
        return Counter(row["properties"]["SoundCloud ID"] for row in self.sandbox.rows())

    def audio(self) -> dict[str, str]:
        """The audio files, and what is in them."""
        names = [name for name in self.shared.files() if name.endswith((".mp3", ".m4a")) and name[0] != "."]
        return {name: hashlib.sha256((self.shared.library / name).read_bytes()).hexdigest() for name in names}

    def leftovers(self) -> list[str]:
        """What a finished run should not leave in the library."""
        return [name for name in self.shared.files() if name.startswith(".cloudcrate/")]

    def said(self) -> str:
        """Everything that anybody has printed."""
        return "".join(p.out.read_text("utf-8") + p.err.read_text("utf-8") for p in self.processes)

    def going(self) -> bool:
        """Says whether a run is going on, by the database."""
        return bool(self.asked("SELECT 1 FROM cloudcrate.shared_runs WHERE stage <> 'ended'"))

    def ended(self) -> bool:
        """Says whether the database is there and says that the run has ended."""
        return bool(self.asked("SELECT 1 FROM cloudcrate.shared_runs WHERE stage = 'ended'"))

    def asked(self, statement: str) -> list[tuple[Any, ...]]:  # Any: what a column holds
        """What the database answers; nothing while it is away or without these tables."""
        with suppress(psycopg.Error), psycopg.connect(self.url, autocommit=True, connect_timeout=5) as connection:
            return connection.execute(statement.encode()).fetchall()
        return []

    def end(self) -> None:
        """Ends whatever still runs."""
        for process in self.processes:
            if process.popen.poll() is None:
                process.send(signal.SIGKILL)
                process.popen.wait(10)


@contextmanager
def crowd(
    scenario: Mapping[str, Any],  # Any: JSON
    home: Path,
    url: str,
    *,
    notion: bool = True,
    settings: Mapping[str, str] | None = None,
) -> Iterator[Crowd]:
    """A sandbox and machines that share a state; all of them are gone at the end."""
    with running_sandbox(scenario) as sandbox:
        home.mkdir(parents=True, exist_ok=True)
        found = Crowd(sandbox=sandbox, home=home, url=url, notion=notion, settings=settings or {})
        try:
            yield found
        finally:
            found.end()


def until(look: Callable[[], T], what: str, *, timeout: float = 60, every: float = 0.1) -> T:
    """Looks until there is something, and gives it. Fails when there is nothing in time."""
    end = time.monotonic() + timeout
    while not (found := look()):
        assert time.monotonic() < end, f"not within {timeout:g} s: {what}"
        time.sleep(every)  # a poll of another process, which tells nobody
    return found


def command_lines() -> str:
    """The command lines of all processes of this machine, as everybody can read them."""
    found = []
    for folder in Path("/proc").iterdir():
        if folder.name.isdecimal() and int(folder.name) != os.getpid():
            with suppress(OSError):
                found.append((folder / "cmdline").read_bytes().decode("utf-8", "replace"))
    return "\n".join(found)
