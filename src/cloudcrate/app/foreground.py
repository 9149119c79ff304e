"""Work that a caller waits for: it goes on in a thread of its own, and is heard of in the caller's.

So the caller may be in any thread, an interrupt ends the work in an orderly way, and what listens to progress may
be slow, or raise, without harm to what is in flight.
"""

import queue
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Generic, TypeVar

from cloudcrate.core.operations import Plan, TrackOperation, Unit, changes_something
from cloudcrate.core.report import Failed, Outcome
from cloudcrate.ports.running import Listener

POLL = 0.2
"""Seconds between two looks for an interrupt where waiting for a queue does not end with one."""

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a run is. Operations that change nothing do not count."""

    phase: str  # what goes on: ``reading the playlist``, then the playlist's name
    total: int = 0  # operations; 0 until the plan is made
    done: int = 0
    failed: int = 0  # of those done
    title: str = ""  # of the track that was last worked on


Hearing = Callable[[Progress], None]
Work = Callable[[Listener, threading.Event, Callable[[str], None]], Result]
"""Does something: its listener, what asks it to stop, and what hears for whom it waits."""


def attend(work: Work[Result], hear: Hearing | None = None) -> Result:
    """Does ``work`` in a thread of its own and waits for it; ``hear`` is called in the caller's thread, in order.

    An interrupt (KeyboardInterrupt) and whatever ``hear`` raises ask the work to stop; what is in flight is
    finished, then that error is raised. A second interrupt is raised at once, and the work left to end by itself.
    Raises: what ``work`` raises.
    """
    errand = _Errand(work)
    errand.thread.start()
    try:
        errand.follow(hear)
    except BaseException:
        errand.stop.set()
        errand.follow(None)
        raise
    return errand.result()


class _Errand(Generic[Result]):
    """The work in its thread, and the line on which it is heard of. None says that it has ended."""

    def __init__(self, work: Work[Result]) -> None:
        self.stop = threading.Event()
        self.thread = threading.Thread(target=self._run, args=(work,), name="cloudcrate", daemon=True)
        self._line: queue.SimpleQueue[Progress | None] = queue.SimpleQueue()
        self._results: list[Result] = []
        self._error: BaseException | None = None

    def follow(self, hear: Hearing | None) -> None:
        """Waits until the work has ended."""
        while True:
            try:
                progress = self._line.get(timeout=POLL)
            except queue.Empty:
                continue
            if progress is None:
                return
            if hear is not None:
                hear(progress)

    def result(self) -> Result:
        """What came of it. Raises: what the work raised."""
        if self._error is not None:
            raise self._error
        return self._results[0]

    def _run(self, work: Work[Result]) -> None:
        counting = _Counting(self._line.put)
        try:
            self._results.append(work(counting, self.stop, counting.phase))
        except BaseException as error:  # noqa: BLE001  # raised again in the thread that waits
            self._error = error
        finally:
            self._line.put(None)


class _Counting:
    """A listener that tells how far it is."""

    def __init__(self, tell: Callable[[Progress], None]) -> None:
        self._tell = tell
        self._lock = threading.Lock()
        self._progress = Progress(phase="")

    def phase(self, words: str) -> None:
        """Tells what has begun."""
        with self._lock:
            self._progress = replace(self._progress, phase=words)
            self._tell(self._progress)

    def began(self, plan: Plan) -> None:
        """Tells how much there is to do."""
        units = (*plan.units, *plan.departures)
        total = sum(changes_something(operation) for unit in units for operation in unit.operations)
        with self._lock:
            self._progress = Progress(phase=plan.name, total=total)
            self._tell(self._progress)

    def advanced(self, unit: Unit, operation: TrackOperation, outcome: Outcome) -> None:
        """Tells that one more is done."""
        if not changes_something(operation):
            return
        with self._lock:
            before = self._progress
            failed = before.failed + isinstance(outcome, Failed)
            self._progress = replace(before, done=before.done + 1, failed=failed, title=unit.title)
            self._tell(self._progress)
