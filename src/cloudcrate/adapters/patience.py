"""When a request may be made again: what the service says comes first, else pauses that grow, with jitter."""

import email.utils
import math
import random
import threading
from collections.abc import Callable, Mapping

from cloudcrate.errors import CloudcrateError, DamagedError, Retry, ThrottledError

ATTEMPTS = 10
"""How often what may be repeated is tried: of 10,000 requests that fail one in five times each, none is given up."""

ATTEMPTS_UNREACHED = 6
"""The same while nobody has ever answered: there is most likely no network."""

ATTEMPTS_DAMAGED = 5
"""The same of what arrives and is not whole: the origin itself may be damaged."""

FIRST_PAUSE, LONGEST_PAUSE, UNREACHED_PAUSE = 0.5, 8.0, 0.5  # seconds
LONGEST_WAIT = 900.0  # seconds: a workspace's limit may ask for more than a minute; more than this is nonsense
SPREAD = 0.25  # seconds in which those who waited for the same moment go on

REFUSING = frozenset({429, 503, 529})
"""Statuses whose Retry-After is about the next request (RFC 9110, 10.2.3; 529 is Notion's)."""


def asked_wait(headers: Mapping[str, str], now: float) -> float | None:
    """The seconds that a Retry-After asks for, given as a number or as an HTTP date; None: it asks for nothing.

    A date counts from the answer's own Date where there is one, so that a clock that is wrong does no harm.
    """
    value = headers.get("retry-after")
    seconds = seconds_of(value)
    if seconds is not None or value is None:
        return seconds
    until, said = _epoch(value), _epoch(headers.get("date", ""))
    return None if until is None else seconds_of(until - (now if said is None else said))


def seconds_of(value: object) -> float | None:
    """A wait in seconds, within reason; None when it is not a number."""
    try:
        seconds = float(str(value))
    except ValueError:
        return None
    return min(max(seconds, 0.0), LONGEST_WAIT) if math.isfinite(seconds) else None


def _epoch(date: str) -> float | None:
    try:
        return email.utils.parsedate_to_datetime(date).timestamp()
    except (ValueError, TypeError, OverflowError):
        return None


def may_repeat(error: CloudcrateError, attempt: int, attempts: int) -> bool:
    """Says whether a call may follow the ``attempt``-th one, of ``attempts`` at the most.

    An error after the last one becomes final, so that whoever is above does not multiply the attempts.
    """
    if error.retry not in (Retry.TRANSIENT, Retry.QUOTA) or error.final:
        return False
    most = min(attempts, ATTEMPTS_DAMAGED) if isinstance(error, DamagedError) else attempts
    error.final = attempt >= most
    return not error.final


def pause(attempt: int, error: CloudcrateError, *, longest: float = LONGEST_PAUSE) -> float:
    """Seconds to wait after the ``attempt``-th failure: never less than was asked for, and never the same."""
    growing = min(longest, FIRST_PAUSE * 2.0 ** min(attempt - 1, 30)) * random.uniform(0.5, 1.0)
    asked = error.retry_after if isinstance(error, ThrottledError) else 0.0
    return max(growing, asked + random.uniform(0.0, SPREAD))


class Holds:
    """Hosts that have asked to be left alone, and until when. Safe to use from many threads."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._until: dict[str, float] = {}
        self._lock = threading.Lock()

    def hold(self, host: str, seconds: float) -> None:
        """Nothing goes to ``host`` for so long."""
        with self._lock:
            self._until[host] = max(self._until.get(host, 0.0), self._monotonic() + seconds)

    def left(self, host: str) -> float:
        """Seconds until ``host`` may be asked; 0 when it may."""
        with self._lock:
            return max(0.0, self._until.get(host, 0.0) - self._monotonic())
