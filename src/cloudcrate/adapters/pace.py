"""The pace of a service that has one of two limits and does not say which: learnt once, then remembered.

The lower limit holds until one request beyond it was answered. A service counts in windows that begin
whenever it likes; ours slides. So a probe may have passed only because a window of theirs ended within
ours. The next refusal shows that: a sliding window touches two of theirs at most, and with the lower limit
those hold twice that limit. A refusal with no more than that accepted teaches the lower limit again. Such
a mistake costs the probe and the requests that were on their way at the refusal, and at most one a day.
"""

import json
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass
from enum import Enum
from math import isfinite

from cloudcrate.errors import CloudcrateError
from cloudcrate.ports.ledger import Budgets, Notes

DAY = 86_400.0
"""Seconds for which the lower limit, once learnt, is not doubted."""

PROBE_LEASE = 120.0
"""Seconds that a probe is alone: longer than any request takes."""

LOOK_AGAIN = 0.5
"""Seconds after which to ask again while the limit may rise at any moment."""


class Turn(Enum):
    """What to do when the window is full."""

    WAIT = "wait"  # as long as the budget says
    LOOK = "look"  # a little, for the limit may rise meanwhile
    PROBE = "probe"  # send one request beyond the limit


@dataclass(frozen=True, slots=True, kw_only=True)
class Learnt:
    """The limit that was found out, when, and from when on it may be doubted (epoch seconds)."""

    limit: int
    at: float
    probe_after: float

    def to_note(self) -> str:
        """As it is remembered."""
        return json.dumps(asdict(self))


class Pace:
    """The rules, without a clock and without I/O. Safe to use from many threads.

    ``limit`` requests in a window are safe; ``most`` is what the limit may be instead (None: ``limit`` is
    known to be right). Methods that learn something answer with it, for whoever keeps it.
    """

    def __init__(self, *, limit: int, most: int | None, window: float) -> None:
        self._low = limit
        self._high = limit if most is None else max(limit, most)
        self.window = window
        self._learnt: Learnt | None = None
        self._full_since: float | None = None  # a window was full then, and nothing was refused since
        self._probing = False
        self._probe_refused = False
        self._on_the_way = 0
        self._unaccepted: list[float] = []  # when they were sent, of the last window
        self._lock = threading.Lock()

    @property
    def fixed(self) -> bool:
        """Says whether there is nothing to learn."""
        return self._low == self._high

    @property
    def limit(self) -> int:
        """How many requests may be sent in a window, as far as is known."""
        learnt = self._learnt
        return learnt.limit if learnt else self._low

    def recall(self, note: str | None, *, now: float) -> None:
        """Takes over what this or another process noted, unless it is older than what is known here.

        What is damaged, comes from the future or names a third limit counts as nothing.
        """
        found = _read(note)
        if found is None or found.limit not in (self._low, self._high) or found.at > now + self.window:
            return
        with self._lock:
            if self._learnt is None or found.at > self._learnt.at:
                self._learnt = found

    def full(self, *, now: float, sent_after: Callable[[float], int]) -> Turn:
        """What to do now that the window holds ``limit`` requests; ``sent_after`` counts those after a time.

        The first full window shows nothing yet. When the next one is full as well, with nothing refused
        since, one caller is told to probe; ``ended`` or ``gave_up`` must follow.
        """
        with self._lock:
            may_rise = not self._learnt or (self._learnt.limit == self._low and now >= self._learnt.probe_after)
            if self.fixed or not may_rise:
                return Turn.WAIT
            if self._probing:
                return Turn.LOOK
            if self._full_since is None or self._full_since > now:
                self._full_since = now
                return Turn.LOOK
            if sent_after(self._full_since) < self._low:
                return Turn.LOOK
            self._probing, self._probe_refused = True, False
            return Turn.PROBE

    def gave_up(self) -> None:
        """The probe was not sent."""
        with self._lock:
            self._probing = False

    def sent(self) -> None:
        """A request is about to go out."""
        with self._lock:
            self._on_the_way += 1

    def ended(self, status: int, *, sent_at: float, now: float, probe: bool) -> Learnt | None:
        """A request's answer is here; ``status`` 0: none came. A probe that was accepted teaches."""
        accepted = 0 < status < 500 and status != 429
        with self._lock:
            self._on_the_way -= 1
            if not accepted:
                self._unaccepted = [*self._recent(now), sent_at]
            if not probe:
                return None
            self._probing, self._probe_refused = False, status == 429
            quiet = self._full_since is not None
            return self._learn(self._high, now) if accepted and quiet else None

    def refused(self, *, own_limit: bool, now: float, log: int) -> Learnt | None:
        """The service refused a request, for this limit or (not ``own_limit``) for a reason that teaches nothing.

        ``log``: the requests sent in the last window, whatever became of them.
        """
        with self._lock:
            probe, self._probe_refused = self._probe_refused, False
            self._full_since = None
            if self.fixed or not own_limit:
                return None
            accepted = log - self._on_the_way - len(self._recent(now))
            mistaken = self.limit > self._low and accepted <= 2 * self._low
            return self._learn(self._low, now) if probe or mistaken else None

    def _recent(self, now: float) -> list[float]:
        return [at for at in self._unaccepted if at > now - self.window]

    def _learn(self, limit: int, now: float) -> Learnt:
        self._learnt = Learnt(limit=limit, at=now, probe_after=now + DAY)
        return self._learnt


@dataclass(frozen=True, slots=True, kw_only=True)
class Admission:
    """A request that may go out now."""

    at: float  # epoch seconds
    probe: bool = False


class Gate:
    """Lets requests of one budget out: counts in the ledger what is sent, and keeps what the pace learns there."""

    def __init__(self, name: str, pace: Pace, *, budgets: Budgets, notes: Notes | None) -> None:
        self._name = name
        self._pace = pace
        self._budgets = budgets
        self._notes = notes

    def limit(self, now: float) -> int:
        """How many requests may be sent in a window, as far as anybody knows."""
        self._recall(now)
        return self._pace.limit

    def ask(self, now: float) -> Admission | float:
        """Spends one request, or answers the seconds after which to ask again."""
        self._recall(now)
        limit = self._pace.limit
        wait = self._take(limit, now)
        if wait <= 0:
            return self._admitted(Admission(at=now))
        if self._pace.fixed:
            return wait
        if self._spent(now) < limit:  # parked, not full
            return wait
        turn = self._pace.full(now=now, sent_after=lambda at: self._spent(now, at))
        if turn is Turn.PROBE and self._probes(limit, now):
            return self._admitted(Admission(at=now, probe=True))
        return wait if turn is Turn.WAIT else min(wait, LOOK_AGAIN)

    def ended(self, admission: Admission, status: int, *, now: float) -> None:
        """Tells what became of a request; ``status`` 0: no answer came."""
        self._keep(self._pace.ended(status, sent_at=admission.at, now=now, probe=admission.probe))

    def refused(self, *, own_limit: bool, now: float) -> None:
        """Tells that the service refused one. See ``Pace.refused``."""
        self._recall(now)
        self._keep(self._pace.refused(own_limit=own_limit, now=now, log=self._spent(now)))

    def _take(self, limit: int, now: float) -> float:
        return self._budgets.take(self._name, limit=limit, window=self._pace.window, now=now)

    def _spent(self, now: float, after: float | None = None) -> int:
        window = self._pace.window if after is None else now - after
        return self._budgets.spent(self._name, window=window, now=now)

    def _admitted(self, admission: Admission) -> Admission:
        self._pace.sent()
        return admission

    def _probes(self, limit: int, now: float) -> bool:
        """Spends one request beyond the limit. The ledger sees to it that no other process does so as well."""
        probe, spent = f"{self._name} probe", False
        try:
            alone = self._budgets.take(probe, limit=1, window=PROBE_LEASE, now=now) <= 0
            spent = alone and self._take(limit + 1, now) <= 0
            return spent
        finally:
            if not spent:
                self._pace.gave_up()

    def _recall(self, now: float) -> None:
        """Every time: what another process has taken back may be long known when this one wakes up."""
        if self._notes is not None and not self._pace.fixed:
            self._pace.recall(self._notes.note(self._note), now=now)

    def _keep(self, learnt: Learnt | None) -> None:
        if learnt is not None and self._notes is not None:
            with suppress(CloudcrateError):  # a request that was answered must not look as if it had failed
                self._notes.keep_note(self._note, learnt.to_note())

    @property
    def _note(self) -> str:
        return f"pace:{self._name}"


def _read(note: str | None) -> Learnt | None:
    """What a note says; None when it is not one of ours."""
    try:
        value = json.loads(note or "null")
        limit, at, probe_after = value["limit"], value["at"], value["probe_after"]
        sound = type(limit) is int and isfinite(at) and at <= probe_after <= at + DAY
    except (ValueError, TypeError, KeyError, OverflowError, RecursionError):
        return None
    return Learnt(limit=limit, at=at, probe_after=probe_after) if sound else None
