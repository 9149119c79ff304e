"""How a run goes on: a live line with rate and time left on a terminal, plain lines elsewhere. On stderr."""

import sys
import threading
import time
from contextlib import AbstractContextManager
from types import TracebackType
from typing import TYPE_CHECKING, Self, TextIO

from cloudcrate.core.operations import Plan, TrackOperation, Unit, changes_something
from cloudcrate.core.report import Failed, Outcome
from cloudcrate.core.text import visible

if TYPE_CHECKING:
    from rich.progress import TaskID

PLAIN_EVERY = 5.0
"""Seconds between two plain lines."""


class _Count:
    """How much of the work is done; operations that change nothing do not count."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.total = self.done = self.failed = 0
        self.started = time.monotonic()

    def begin(self, plan: Plan) -> None:
        self.total = sum(changes_something(o) for unit in plan.units for o in unit.operations)
        self.started = time.monotonic()

    def step(self, operation: TrackOperation, outcome: Outcome) -> bool:
        if not changes_something(operation):
            return False
        self.done += 1
        self.failed += isinstance(outcome, Failed)
        return True

    @property
    def rate(self) -> float:
        """Operations per second so far."""
        return self.done / max(0.001, time.monotonic() - self.started)


class PlainLines(AbstractContextManager["PlainLines"]):
    """A line when something begins, and one every few seconds."""

    def __init__(self, out: TextIO | None = None) -> None:
        self._out = out or sys.stderr
        self._count = _Count()
        self._said = 0.0

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        return None

    def phase(self, words: str) -> None:
        """Says what has begun."""
        self._say(f"{words} …")

    def began(self, plan: Plan) -> None:
        """Says how much there is to do."""
        self._count.begin(plan)
        self._said = time.monotonic()
        if self._count.total:
            self._say(f"{visible(plan.name)}: {self._count.total} operations for {len(plan.units)} tracks …")

    def advanced(self, unit: Unit, operation: TrackOperation, outcome: Outcome) -> None:
        """Says how far it is, every few seconds, and every failure at once."""
        with self._count.lock:
            if not self._count.step(operation, outcome):
                return
            now = time.monotonic()
            due = now - self._said >= PLAIN_EVERY or self._count.done == self._count.total
            if due:
                self._said = now
            done, total, rate = self._count.done, self._count.total, self._count.rate
        if isinstance(outcome, Failed):
            self._say(f"failed: {visible(unit.title)}: {visible(outcome.message)}")
        if due:
            left = f", about {(total - done) / rate:.0f} s left" if done < total else ""
            self._say(f"{done} of {total} operations, {rate:.1f}/s{left}")

    def _say(self, words: str) -> None:
        print(words, file=self._out, flush=True)


class LiveLine(AbstractContextManager["LiveLine"]):
    """A bar with count, rate and time left, drawn in place."""

    def __init__(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

        self._count = _Count()
        self._console = Console(stderr=True, markup=False, highlight=False, emoji=False)
        self._progress: Progress = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=24),
            MofNCompleteColumn(),
            TextColumn("{task.fields[rate]}", markup=False),
            TimeRemainingColumn(),
            TextColumn("{task.fields[now]}", markup=False),
            console=self._console,
            transient=True,
            refresh_per_second=8,
        )
        self._task: TaskID | None = None

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._progress.stop()

    def phase(self, words: str) -> None:
        """Shows what has begun."""
        self._console.print(f"{words} …")

    def began(self, plan: Plan) -> None:
        """Shows the bar."""
        self._count.begin(plan)
        if self._count.total:
            name = visible(plan.name)[:32]
            self._task = self._progress.add_task(name, total=self._count.total, rate="", now="")

    def advanced(self, unit: Unit, operation: TrackOperation, outcome: Outcome) -> None:
        """Moves the bar; a failure gets a line of its own."""
        with self._count.lock:
            if not self._count.step(operation, outcome) or self._task is None:
                return
            rate, failed = self._count.rate, self._count.failed
            self._progress.update(
                self._task,
                completed=self._count.done,
                rate=f"{rate:.1f}/s" + (f", {failed} failed" if failed else ""),
                now=visible(unit.title)[:32],
            )
        if isinstance(outcome, Failed):
            self._console.print(f"failed: {visible(unit.title)}: {visible(outcome.message)}")
