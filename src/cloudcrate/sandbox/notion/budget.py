"""Budgets: a fixed window of a minute, as documented in September 2026. When one begins is not documented.

Anchored "first", a window begins with its first request; anchored "clock", with every minute.
"""

import math

from cloudcrate.sandbox.notion.refusals import rate_limited

WINDOW = 60.0
ANCHORS = ("first", "clock")


class Window:
    """Counts requests; refuses beyond the limit until the window is over. None: no limit."""

    def __init__(self, limit: int | None, reason: str, anchor: str = "first") -> None:
        self.limit = limit
        self.anchor = anchor
        self._reason = reason
        self._began = float("-inf")
        self._count = 0

    def spend(self, now: float) -> None:
        """Counts one request. Raises: Refusal with the seconds until the window resets."""
        if now >= self._began + WINDOW:
            self._began = now if self.anchor == "first" else now // WINDOW * WINDOW
            self._count = 0
        if self.limit is not None and self._count >= self.limit:
            raise rate_limited(max(1, math.ceil(self._began + WINDOW - now)), self._reason)
        self._count += 1
