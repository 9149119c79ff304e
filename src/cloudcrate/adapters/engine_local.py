"""The local engine: threads in this process, one pool per lane."""

import threading
from collections import deque
from collections.abc import Callable, Mapping, Sequence

from cloudcrate.errors import StoppedError
from cloudcrate.ports.running import Job

POLL = 0.2
"""Seconds between two looks of the calling thread at ``stop``, and for signals on Windows."""


class LocalEngine:
    """Performs jobs on ``lanes`` (name → threads). First come, first served within a lane.

    The calling thread only waits, so a signal gets through to it. Threads are daemons only for the sake of
    the user who interrupts twice: ``run`` waits for all of them.
    """

    def __init__(self, lanes: Mapping[str, int], stop: threading.Event) -> None:
        if not lanes or min(lanes.values()) < 1:
            raise ValueError("every lane needs a thread")
        self._lanes = dict(lanes)
        self._stop = stop

    def run(self, jobs: Sequence[Job], perform: Callable[[Job], Sequence[Job]]) -> None:
        """See ``ports.Engine.run``."""
        work = _Work(self._lanes, perform, self._stop)
        work.add(jobs)
        threads = [
            threading.Thread(target=work.serve, args=(lane,), name=f"{lane}-{number}", daemon=True)
            for lane, count in self._lanes.items()
            for number in range(1, count + 1)
        ]
        try:
            for thread in threads:
                thread.start()
            work.wait()
        except BaseException as error:
            work.fail(error)
            raise
        finally:
            for thread in threads:
                if thread.ident is not None:
                    _join(thread)
        work.raise_error()


def _join(thread: threading.Thread) -> None:
    while thread.is_alive():
        thread.join(POLL)


class _Work:
    """The queues, and what has become of the run. Over as soon as there is an error or nothing is open."""

    def __init__(
        self, lanes: Mapping[str, int], perform: Callable[[Job], Sequence[Job]], stop: threading.Event
    ) -> None:
        self._perform = perform
        self._stop = stop
        self._queues: dict[str, deque[Job]] = {lane: deque() for lane in lanes}
        self._open = 0  # jobs queued or under way
        self._error: BaseException | None = None
        self._changed = threading.Condition()

    def add(self, jobs: Sequence[Job]) -> None:
        with self._changed:
            for job in jobs:
                self._queues[job.lane].append(job)
            self._open += len(jobs)
            self._changed.notify_all()

    def fail(self, error: BaseException) -> None:
        with self._changed:
            self._error = self._error or error
            self._changed.notify_all()

    def raise_error(self) -> None:
        if self._error is not None:
            raise self._error

    def wait(self) -> None:
        """Returns when the work is over; what is under way may still be."""
        with self._changed:
            while not self._over():
                self._changed.wait(POLL)

    def serve(self, lane: str) -> None:
        """Performs the jobs of a lane until the work is over."""
        while (job := self._next(lane)) is not None:
            try:
                self.add(self._perform(job))
            except BaseException as error:  # noqa: BLE001  # raised again in the thread that called run
                self.fail(error)
            self._done()

    def _next(self, lane: str) -> Job | None:
        with self._changed:
            while not self._over():
                if self._queues[lane]:
                    return self._queues[lane].popleft()
                self._changed.wait()
            return None

    def _done(self) -> None:
        with self._changed:
            self._open -= 1
            self._changed.notify_all()

    def _over(self) -> bool:
        """Looks whether the user asked to stop, too. Called with the lock held."""
        if self._open and self._error is None and self._stop.is_set():
            self._error = StoppedError(
                "Stopped; what was in flight is finished.", hint="Run the same command again: it goes on where it was."
            )
            self._changed.notify_all()
        return not self._open or self._error is not None
