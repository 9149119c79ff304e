"""When a playlist is synced next: every so often or by a cron line, in local time, never in quiet hours.

Times are seconds since the epoch; the zone that tells what the clock on the wall shows is given. Nothing is
counted off: the next run follows from the last one alone, so that however many were missed, one makes up for all.
"""

import hashlib
import re
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta, tzinfo
from typing import Protocol

from cronsim import CronSim, CronSimError

from cloudcrate.core.text import visible
from cloudcrate.errors import UsageError

SHORTEST, LONGEST = 60.0, 366 * 86_400.0
"""Seconds between two runs of a playlist, at least and at most."""

MOST_JITTER = 300.0
"""Seconds by which a run may be moved, at most; never more than a tenth of the time between two runs."""

AHEAD = 3600.0
"""Seconds by which the last run may lie in the future. More: the clock was set back, and nothing is known."""

LEAST_AWAKE = 60
"""Minutes of a day that quiet hours must leave."""

EXAMPLES = 'Examples: "every 6h", "every 30m", "every 1d", "0 6 * * *" (minute, hour, day, month, weekday), "never".'

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}
_EVERY = re.compile(r"(?:every\s+)?(\d{1,9})\s*([smhdw])", re.IGNORECASE)
_HOURS = re.compile(r"(\d{1,2}):(\d{2})\s*[-–]\s*(\d{1,2}):(\d{2})")
_ROUNDS = 16  # so often quiet hours are left before it is given up: each round goes on by minutes at least


class Schedule(Protocol):
    """When something happens again and again. ``words`` is how the user writes it."""

    @property
    def words(self) -> str:
        """As the user writes it."""

    def after(self, last: float, key: str, zone: tzinfo) -> float:
        """When it is due after it was done at ``last``; ``key`` moves it by a little, always the same."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Every:
    """So many seconds after the last time."""

    seconds: float
    words: str

    def after(self, last: float, key: str, zone: tzinfo) -> float:
        """See ``Schedule.after``: earlier or later by the jitter, so that the mean is what was said."""
        return last + self.seconds + (2 * share(key) - 1) * jitter_of(self.seconds)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cron:
    """At the times of a cron line, by the clock on the wall.

    Around a change of the clock as Debian's cron does it: what falls into the missing hour is done right
    after it, what falls into the doubled hour is done once, unless the line names every hour.
    """

    line: str

    @property
    def words(self) -> str:
        """The line."""
        return self.line

    def after(self, last: float, key: str, zone: tzinfo) -> float:
        """See ``Schedule.after``: later by the jitter, never earlier."""
        times = (found.timestamp() for found in CronSim(self.line, datetime.fromtimestamp(last, zone)))
        first = next(at for at in times if at > last)  # in the second pass of a doubled hour it begins with the first
        return first + share(key) * jitter_of(next(times) - first)


@dataclass(frozen=True, slots=True, kw_only=True)
class Quiet:
    """Hours of the day in which nothing begins: from the first moment on, until just before the second."""

    begins: time
    ends: time

    @property
    def words(self) -> str:
        """As the user writes it."""
        return f"{self.begins:%H:%M}-{self.ends:%H:%M}"

    def holds(self, at: float, zone: tzinfo) -> bool:
        """Says whether the clock on the wall shows a quiet hour then."""
        shown = datetime.fromtimestamp(at, zone).time()
        if self.begins < self.ends:
            return self.begins <= shown < self.ends
        return shown >= self.begins or shown < self.ends

    def over(self, at: float, zone: tzinfo) -> float:
        """When the quiet hours that hold at ``at`` end; a missing or doubled hour does not mislead it."""
        day = datetime.fromtimestamp(at, zone)
        for days, fold in ((0, 0), (0, 1), (1, 0), (1, 1)):
            wall = datetime.combine(day.date() + timedelta(days=days), self.ends)
            end = wall.replace(tzinfo=zone, fold=fold).astimezone(UTC).timestamp()
            if end > at and not self.holds(end, zone):
                return end
        return at + 86_400.0  # where a whole day is missing from the calendar

    def leave(self, at: float, delay: float, zone: tzinfo) -> float:
        """``at``, or when it is quiet then: ``delay`` seconds after the quiet hours, in which it is quiet, too."""
        for _ in range(_ROUNDS):
            if self.holds(at, zone):
                at = self.over(at, zone) + delay
            elif self.holds(at - delay, zone):
                at = self.over(at - delay, zone) + delay
            else:
                break
        return at


def next_run(
    schedule: Schedule, last: float | None, now: float, key: str, zone: tzinfo, *, quiet: Quiet | None = None
) -> float:
    """When a run is due; ``now`` or earlier means that it is due.

    ``last``: when the last one ended, None before the first one, which is due at once. A run that was missed is
    due now; in quiet hours, when they are over. A last run that lies more than ``AHEAD`` in the future proves
    that the clock was set back: the run is due.
    """
    delay = share(key) * MOST_JITTER
    due = now
    if last is not None and last <= now + AHEAD:
        due = schedule.after(last, key, zone)
    if quiet is None:
        return due
    moved = quiet.leave(due, delay, zone)
    return moved if moved > now else max(moved, quiet.leave(now, delay, zone))


def jitter_of(seconds: float) -> float:
    """By how much a run that comes every so many seconds may be moved."""
    return min(MOST_JITTER, seconds / 10)


def share(key: str) -> float:
    """A number from 0 to below 1 that is always the same for ``key``, and another for another."""
    return int.from_bytes(hashlib.sha256(key.encode("utf-8", "surrogatepass")).digest()[:6]) / 2**48


def parse_schedule(text: str) -> Schedule | None:
    """Reads ``every 6h``, ``6h``, a cron line of five fields, or ``never`` (None). Raises: UsageError."""
    words = " ".join(text.split())
    if words.casefold() == "never":
        return None
    if found := _EVERY.fullmatch(words):
        seconds = float(int(found[1]) * _UNITS[found[2].lower()])
        if not SHORTEST <= seconds <= LONGEST:
            raise UsageError(f"{visible(text)!r} should be from a minute to a year.", hint=EXAMPLES)
        return Every(seconds=seconds, words=f"every {int(found[1])}{found[2].lower()}")
    if len(words) > 200 or len(words.split()) != 5:
        raise UsageError(f"{visible(text[:200])!r} is no schedule.", hint=EXAMPLES)
    try:
        next(CronSim(words, datetime(2026, 1, 1, tzinfo=UTC)))
    except CronSimError as error:
        raise UsageError(f"{visible(text)!r} is no cron line: {visible(str(error))}.", hint=EXAMPLES) from error
    except StopIteration as error:
        raise UsageError(f"{visible(text)!r} is a cron line that never comes.", hint=EXAMPLES) from error
    return Cron(line=words)


def parse_quiet(text: str) -> Quiet | None:
    """Reads ``23:00-07:00``; None when the text is empty. Raises: UsageError."""
    if not text.strip():
        return None
    found = _HOURS.fullmatch(text.strip())
    numbers = tuple(map(int, found.groups())) if found else (24, 0, 24, 0)
    if max(numbers[0], numbers[2]) > 23 or max(numbers[1], numbers[3]) > 59:
        raise UsageError(f"{visible(text[:200])!r} should be quiet hours.", hint='Example: "23:00-07:00"')
    begins, ends = time(numbers[0], numbers[1]), time(numbers[2], numbers[3])
    minutes = (ends.hour * 60 + ends.minute - begins.hour * 60 - begins.minute) % 1440
    if not 0 < minutes <= 1440 - LEAST_AWAKE:
        raise UsageError(
            f"{visible(text)!r} should leave an hour of the day or more, and begin and end at different times.",
            hint="`cloudcrate watch` runs in the rest of the day.",
        )
    return Quiet(begins=begins, ends=ends)
