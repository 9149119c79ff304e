"""Notion at the end of a wire that a test holds: a transport that answers by a function."""

import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any  # Any: JSON

import httpx

from cloudcrate.adapters.http import Budget, Door
from cloudcrate.adapters.notion.client import NotionClient
from cloudcrate.errors import StoppedError

TOKEN = "ntn_a1b2c3d4e5f6"
BUDGET = Budget(name="notion", limit=180, window=60.0)
ID = "209974f3-b388-815e-8999-d5ecd255dc26"

Answer = Callable[[httpx.Request], httpx.Response]


class FakeClock:
    """A clock that moves only when somebody sleeps; ``stopped``: the user asked to stop."""

    def __init__(self) -> None:
        self.time = 1_800_000_000.0
        self.stopped = False

    def now(self) -> float:
        return self.time

    def monotonic(self) -> float:
        return self.time

    def sleep(self, seconds: float) -> None:
        if self.stopped:
            raise StoppedError("Stopped.")
        self.time += seconds


@dataclass
class FakeBudgets:
    """Budgets without a limit; ``parked`` says until when each one waits."""

    parked: dict[str, float] = field(default_factory=dict)
    taken: int = 0

    def take(self, name: str, *, limit: int, window: float, now: float) -> float:
        wait = max(0.0, self.parked.get(name, 0.0) - now)
        self.taken += wait == 0
        return wait

    def park(self, name: str, *, until: float) -> None:
        self.parked[name] = max(until, self.parked.get(name, 0.0))

    def spent(self, name: str, *, window: float, now: float) -> int:
        return self.taken

    def parked_until(self, name: str) -> float:
        return self.parked.get(name, 0.0)


@dataclass(frozen=True)
class Token:
    """Holds the token and does not show it."""

    value: str = field(default=TOKEN, repr=False)

    def reveal(self) -> str:
        return self.value


class Wire(httpx.BaseTransport):
    """Answers each request by ``answer`` and keeps what was asked, in order."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer
        self.asked: list[httpx.Request] = []
        self._lock = threading.Lock()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        request.read()
        with self._lock:
            self.asked.append(request)
        return self.answer(request)

    @property
    def lines(self) -> list[str]:
        """Method and path of every request."""
        return [f"{r.method} {r.url.path.removeprefix('/v1/')}" for r in self.asked]

    def bodies(self) -> list[Any]:  # Any: JSON
        """The JSON sent with every request."""
        return [json.loads(r.content) if r.content else None for r in self.asked]


@dataclass
class Line:
    """A client with everything behind it."""

    client: NotionClient
    wire: Wire
    clock: FakeClock
    budgets: FakeBudgets


def line(answer: Answer, token: str = TOKEN) -> Line:
    """A client whose requests are answered by ``answer``."""
    wire, clock, budgets = Wire(answer), FakeClock(), FakeBudgets()
    door = Door(clock=clock, budgets=budgets, transport=wire)
    return Line(
        client=NotionClient(door, Token(token), budget=BUDGET),
        wire=wire,
        clock=clock,
        budgets=budgets,
    )


def in_turn(*answers: httpx.Response | Exception) -> Answer:
    """Gives these answers one after the other; the last one for ever."""
    left = list(answers)

    def answer(_: httpx.Request) -> httpx.Response:
        given = left.pop(0) if len(left) > 1 else left[0]
        if isinstance(given, Exception):
            raise given
        return httpx.Response(given.status_code, headers=given.headers, content=given.content)

    return answer


def error(
    status: int,
    code: str,
    message: str = "No.",
    details: Mapping[str, object] | None = None,
    headers: Mapping[str, str] | None = None,
) -> httpx.Response:
    """An error in Notion's envelope."""
    body = {"object": "error", "status": status, "code": code, "message": message, "request_id": "r"}
    body |= {"additional_data": details} if details else {}
    return httpx.Response(status, headers=headers, json=body)


def results(*rows: Mapping[str, object], cursor: str | None = None, **more: object) -> httpx.Response:
    """One page of a list."""
    body = {"object": "list", "results": rows, "has_more": cursor is not None, "next_cursor": cursor, **more}
    return httpx.Response(200, json=body)


def row(page_id: str, title: str = "", **properties: Mapping[str, object]) -> dict[str, Any]:  # Any: JSON
    """A page of a data source."""
    named = {"id": "title", "type": "title", "title": [{"plain_text": title}] if title else []}
    return {"object": "page", "id": page_id, "in_trash": False, "properties": {"Name": named, **properties}}
