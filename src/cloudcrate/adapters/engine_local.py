"""The local engine: threads in this process, one pool per lane."""

import threading
from collections import deque
from collections.abc import Callable, Mapping, Sequence

from cloudcrate.errors import StoppedError
from cloudcrate.ports import Job

POLL = 0.5
"""Seconds between two looks of the main thread, so that signals get through on every platform."""


class LocalEngine:
    """Performs jobs on ``lanes`` (name → threads). First come, first served within a lane."""

    def __init__(self, lanes: Mapping[str, int], stop: threading.Event) -> None:
        self._lanes = dict(lanes)
        self._stop = stop

    def run(self, jobs: Sequence[Job], perform: Callable[[Job], Sequence[Job]]) -> None:
        """See ``ports.Engine.run``."""
        work = _Work(self._lanes, perform, self._stop)
        work.add(jobs)
        threads = [
            threading.Thread(target=work.serve, args=(lane,), name=f"{lane}-{n}", daemon=True)
            for lane, count in self._lanes.items()
            for n in range(count)
        ]
        for thread in threads:
            thread.start()
        try:
            for thread in threads:
                while thread.is_alive():
                    thread.join(POLL)
        except BaseException as error:
            work.fail(error)
            raise
        work.raise_error()


class _Work:
    """The queues, and what has become of the run."""

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

    def serve(self, lane: str) -> None:
        while (job := self._next(lane)) is not None:
            try:
                self.add(self._perform(job))
            except BaseException as error:  # noqa: BLE001  # raised again in the thread that called run
                self.fail(error)
            with self._changed:
                self._open -= 1
                self._changed.notify_all()

    def _next(self, lane: str) -> Job | None:
        """The next job of a lane; None when there will be none any more."""
        with self._changed:
            while self._open and self._error is None:
                if self._stop.is_set():
                    self._error = StoppedError(
                        "Stopped; what was in flight is finished.",
                        hint="Run the same command again: it goes on where it was.",
                    )
                    self._changed.notify_all()
                elif self._queues[lane]:
                    return self._queues[lane].popleft()
                else:
                    self._changed.wait(POLL)
            return None
