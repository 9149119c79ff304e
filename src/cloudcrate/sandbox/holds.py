"""Requests that stand still until someone lets them go: what kill tests wait for."""

import threading
from collections.abc import Mapping

from cloudcrate.sandbox.action import Phase
from cloudcrate.sandbox.wire import Request


class Holds:
    """The held requests, oldest first. Connection threads wait in here, the control API releases them."""

    def __init__(self) -> None:
        self._condition = threading.Condition()
        self._held: dict[int, Mapping[str, object]] = {}
        self._verdicts: dict[int, bool] = {}
        self._number = 0
        self._closed = False

    def wait(self, request: Request, phase: Phase) -> bool:
        """Blocks until the request is released. True: go on; False: drop the connection."""
        with self._condition:
            self._number += 1
            number = self._number
            self._held[number] = {
                "number": number,
                "phase": phase.value,
                "host": request.host,
                "method": request.method,
                "path": request.path,
            }
            self._condition.notify_all()
            self._condition.wait_for(lambda: number in self._verdicts or self._closed)
            self._held.pop(number, None)
            return self._verdicts.pop(number, False)

    def held(self, timeout: float = 0.0) -> list[Mapping[str, object]]:
        """The held requests; waits up to ``timeout`` seconds for the first."""
        with self._condition:
            self._condition.wait_for(lambda: bool(self._held) or self._closed, timeout)
            return list(self._held.values())

    def release(self, *, drop: bool = False, number: int | None = None) -> int:
        """Lets all held requests (or only ``number``) go on, or drops them. Says how many there were."""
        with self._condition:
            chosen = [held for held in self._held if number in (None, held)]
            for held in chosen:
                del self._held[held]
                self._verdicts[held] = not drop
            self._condition.notify_all()
            return len(chosen)

    def close(self) -> None:
        """Drops all held requests, now and from now on."""
        with self._condition:
            self._closed = True
            self._condition.notify_all()
