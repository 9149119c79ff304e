"""Budgets: a fixed window of a minute that begins with its first request, as documented in September 2026."""

import math

from cloudcrate.sandbox.notion.refusals import rate_limited

WINDOW = 60.0


class Window:
    """Counts requests; refuses beyond the limit until the window is over. None: no limit."""

    def __init__(self, limit: int | None, reason: str) -> None:
        self.limit = limit
        self._reason = reason
        self._began = float("-inf")
        self._count = 0

    def spend(self, now: float) -> None:
        """Counts one request. Raises: Refusal with the seconds until the window resets."""
        if now >= self._began + WINDOW:
            self._began, self._count = now, 0
        if self.limit is not None and self._count >= self.limit:
            raise rate_limited(max(1, math.ceil(self._began + WINDOW - now)), self._reason)
        self._count += 1
