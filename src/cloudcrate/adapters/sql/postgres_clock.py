"""One time for many machines: the database's."""

import threading
from collections.abc import Callable
from contextlib import suppress

from cloudcrate.errors import CloudcrateError
from cloudcrate.ports.world import Clock

EVERY = 30.0
"""Seconds between two measurements."""

JUMP = 1.0
"""Seconds by which the wall clock may drift against the monotonic one; more is a jump, or the machine slept."""

GOOD_TRIP, TRIES = 0.05, 3
"""A round trip in seconds that is short enough; so many are made to find one."""


class DatabaseClock:
    """See ``ports.Clock``: ``now`` is the database's time; to wait and to measure are the machine's own matters.

    The database is asked now and then; in between, the monotonic clock leads on from its answer, so that
    setting this machine's clock changes nothing. While the database is away the last answer holds.
    """

    def __init__(self, ask: Callable[[], float], inner: Clock) -> None:
        """``ask`` answers with the database's time (epoch seconds), or raises a CloudcrateError."""
        self._ask = ask
        self._inner = inner
        self._lock = threading.Lock()
        self._due = float("-inf")  # monotonic
        self._wall = self._ahead = inner.now() - inner.monotonic()

    def now(self) -> float:
        """Seconds since the epoch by the database's clock."""
        monotonic, wall = self._inner.monotonic(), self._inner.now()
        jumped = abs(wall - monotonic - self._wall) > JUMP
        if (monotonic >= self._due or jumped) and self._lock.acquire(blocking=False):
            try:
                self._measure()
            finally:
                self._lock.release()
        return self._inner.monotonic() + self._ahead

    def monotonic(self) -> float:
        """Seconds since some fixed moment."""
        return self._inner.monotonic()

    def sleep(self, seconds: float) -> None:
        """Waits. Raises: StoppedError as soon as the user asks to stop."""
        self._inner.sleep(seconds)

    def _measure(self) -> None:
        """Takes the database to have answered in the middle of the quickest of a few round trips."""
        answers = list[tuple[float, float]]()  # how long it took, how far it is ahead of the monotonic clock
        with suppress(CloudcrateError):
            while len(answers) < TRIES and not (answers and answers[-1][0] <= GOOD_TRIP):
                before = self._inner.monotonic()
                told = self._ask()
                after = self._inner.monotonic()
                answers.append((after - before, told - (before + after) / 2))
        if answers:
            self._ahead = min(answers)[1]
        self._wall = self._inner.now() - self._inner.monotonic()
        self._due = self._inner.monotonic() + EVERY
