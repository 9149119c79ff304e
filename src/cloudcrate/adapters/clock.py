"""The system's clock, whose sleep ends when the user asks to stop."""

import threading
import time

from cloudcrate.errors import StoppedError


class SystemClock:
    """Time from the operating system."""

    def __init__(self, stop: threading.Event) -> None:
        self._stop = stop

    def now(self) -> float:
        """Seconds since the epoch, UTC."""
        return time.time()

    def monotonic(self) -> float:
        """Seconds since some fixed moment."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Waits. Raises: StoppedError as soon as the user asks to stop."""
        if self._stop.wait(max(0.0, seconds)):
            raise StoppedError("Stopped while waiting.", hint="Run the same command again: it goes on where it was.")
