"""A shelf of bytes and pages behind the sandbox's sockets: the smallest service that its shell can front."""

import json
import ssl
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any  # Any: JSON

import httpx
import pytest

from cloudcrate.sandbox.certificates import Authority
from cloudcrate.sandbox.control import Control
from cloudcrate.sandbox.faults import parse_rules
from cloudcrate.sandbox.holds import Holds
from cloudcrate.sandbox.inprocess import InProcessTransport
from cloudcrate.sandbox.journal import Journal
from cloudcrate.sandbox.listener import Listener
from cloudcrate.sandbox.playground import Links, Playground
from cloudcrate.sandbox.proxy import Doors
from cloudcrate.sandbox.wire import Request, Response, json_response

MEDIA = "https://cf-media.sndcdn.com"
NOTION = "https://api.notion.com"


@dataclass
class Shelf:
    """A service: ``GET /bytes/SIZE/LETTER`` (ranges too), ``POST``, ``PATCH``, ``/echo`` and ``/nothing``."""

    host: str
    handled: list[tuple[str, str, float]] = field(default_factory=list)
    pages: list[Any] = field(default_factory=list)  # Any: JSON
    knobs: dict[str, Any] = field(default_factory=dict)  # Any: JSON

    def handles(self, host: str) -> bool:
        return host == self.host

    def handle(self, request: Request, now: float) -> Response:
        self.handled.append((request.method, request.path, now))
        if request.path.startswith("/bytes/"):
            return _ranged(request)
        if request.path == "/defect":
            raise RuntimeError("the service has a defect")
        if request.path == "/echo":
            return Response(status=200, headers={"content-type": "text/plain"}, body=request.body)
        if request.path == "/nothing":
            return Response(status=204)
        if request.method == "POST":
            self.pages.append(json.loads(request.body))
            return json_response(200, {"object": "page", "id": f"page-{len(self.pages)}"})
        return json_response(200, {"object": "page", "id": request.path.rpartition("/")[2]})

    def set(self, **knobs: Any) -> None:  # Any: JSON
        if "wrong" in knobs:
            raise ValueError("there is no such knob")
        self.knobs.update(knobs)


def _ranged(request: Request) -> Response:
    _, _, size, letter = request.path.split("/")
    body = letter.encode() * int(size)
    headers = {"content-type": "audio/mpeg", "accept-ranges": "bytes"}
    asked = request.headers.get("range")
    if asked is None:
        return Response(status=200, headers=headers, body=body)
    first, last = (int(number) for number in asked.removeprefix("bytes=").split("-"))
    headers["content-range"] = f"bytes {first}-{last}/{size}"
    return Response(status=206, headers=headers, body=body[first : last + 1])


@dataclass
class FakeClock:
    """A clock that only sleeping moves."""

    now: float = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


@dataclass
class Shell:
    """An open sandbox shell in this process, with a client's way in by socket and one without."""

    playground: Playground
    media: Shelf
    notion: Shelf
    clock: FakeClock
    holds: Holds = field(default_factory=Holds)
    authority: Authority = field(default_factory=Authority)
    exits: ExitStack = field(default_factory=ExitStack)

    def __post_init__(self) -> None:
        control = Control(self.playground, self.holds, {"token": "ntn_test"})
        doors = Doors(self.playground, authority=self.authority, holds=self.holds, control=control.handle)
        self.proxy = Listener(0, doors.proxy)
        self.exits.callback(self.proxy.close)
        self.plain = Listener(0, doors.plain)
        self.exits.callback(self.plain.close)
        self.exits.callback(self.holds.close)

    @property
    def trust(self) -> ssl.SSLContext:
        return self.authority.trusting_context()

    @property
    def plain_url(self) -> str:
        return f"http://127.0.0.1:{self.plain.port}"

    def client(self, timeout: float = 10.0) -> httpx.Client:
        """A client that goes through the proxy."""
        proxy = f"http://127.0.0.1:{self.proxy.port}"
        client = httpx.Client(proxy=proxy, verify=self.trust, timeout=timeout, trust_env=False)
        return self.exits.enter_context(client)

    def inside(self, timeout: float = 10.0) -> httpx.Client:
        """A client without sockets, on the fake clock."""
        transport = InProcessTransport(self.playground, self.clock.sleep)
        return self.exits.enter_context(httpx.Client(transport=transport, timeout=timeout))

    def control(self, method: str, name: str, value: object = None, **headers: str) -> httpx.Response:
        """Asks the control API."""
        content = None if value is None else json.dumps(value)
        with httpx.Client(trust_env=False, timeout=10) as client:
            return client.request(method, f"{self.plain_url}/__sandbox__/{name}", content=content, headers=headers)


OpenShell = Callable[..., Shell]


@pytest.fixture
def open_shell() -> Iterator[OpenShell]:
    """Opens a shell with the given fault rules; ``links``, ``journal`` and ``real_time`` by keyword."""
    with ExitStack() as shells:

        def open_one(
            *rules: dict[str, Any],  # Any: JSON
            links: Links | None = None,
            journal: Journal | None = None,
        ) -> Shell:
            media, notion, clock = Shelf("cf-media.sndcdn.com"), Shelf("api.notion.com"), FakeClock()
            playground = Playground(
                {"soundcloud": media, "notion": notion},
                rules=parse_rules(list(rules)),
                links=links,
                clock=clock,
                journal=journal,
            )
            shell = Shell(playground, media, notion, clock)
            shells.callback(shell.exits.close)
            return shell

        yield open_one


@pytest.fixture(params=["sockets", "in process"])
def visit(request: pytest.FixtureRequest) -> Callable[[Shell, float], httpx.Client]:
    """A client of a shell, once through its sockets and once without: both must see the same."""
    if request.param == "sockets":
        return lambda shell, timeout: shell.client(timeout)
    return lambda shell, timeout: shell.inside(timeout)
