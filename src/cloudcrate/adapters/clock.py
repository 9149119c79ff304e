"""The system's clock, whose sleep ends when the user asks to stop, and its time zone."""

import threading
import time
from datetime import UTC, datetime, timedelta, tzinfo

from cloudcrate.errors import StoppedError

_WITH_SLEEP: int | None = getattr(time, "CLOCK_BOOTTIME", None)  # on Linux


class SystemClock:
    """Time from the operating system."""

    def __init__(self, stop: threading.Event) -> None:
        self._stop = stop

    def now(self) -> float:
        """Seconds since the epoch, UTC."""
        return time.time()

    def monotonic(self) -> float:
        """Seconds since some fixed moment, those for which the machine slept included where the system can tell."""
        return time.monotonic() if _WITH_SLEEP is None else time.clock_gettime(_WITH_SLEEP)

    def sleep(self, seconds: float) -> None:
        """Waits. Raises: StoppedError as soon as the user asks to stop."""
        if self._stop.wait(max(0.0, seconds)):
            raise StoppedError("Stopped while waiting.", hint="Run the same command again: it goes on where it was.")


class SystemZone(tzinfo):
    """Local time as the operating system tells it, at any date: summer time, too."""

    def utcoffset(self, moment: datetime | None) -> timedelta | None:
        """See ``datetime.tzinfo``; an hour that comes twice is told by ``fold``."""
        return None if moment is None else moment.replace(tzinfo=None).astimezone().utcoffset()

    def dst(self, moment: datetime | None) -> timedelta | None:
        """Not known: nobody asks."""
        return None

    def tzname(self, moment: datetime | None) -> str | None:
        """See ``datetime.tzinfo``."""
        return None if moment is None else moment.replace(tzinfo=None).astimezone().tzname()

    def fromutc(self, moment: datetime) -> datetime:
        """See ``datetime.tzinfo``; sets ``fold``, which the inherited way does not."""
        here = moment.replace(tzinfo=UTC).astimezone()
        shown = here.replace(tzinfo=self)
        return shown if shown.utcoffset() == here.utcoffset() else shown.replace(fold=1)
