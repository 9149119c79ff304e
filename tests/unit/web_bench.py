"""The dashboard over a world in memory, and browsers that ask it."""

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from urllib.parse import unquote_to_bytes

import anyio
from httpx2 import Response
from pretend import Pretended
from starlette.testclient import TestClient
from starlette.types import Message
from worlds import make_listing, make_track

from cloudcrate.app.desk import Desk, JobView
from cloudcrate.app.service import Service
from cloudcrate.core.model import Listing, StoredFile
from cloudcrate.ports.running import BudgetState, Listener
from cloudcrate.web.app import application
from cloudcrate.web.entrance import Bind, Entrance

PATIENCE = 10.0
BIND = Bind(host="127.0.0.1", port=8137)
OWN = "http://127.0.0.1:8137"
NOTION = BudgetState(name="Notion", spent=3, limit=180, window=60.0, parked_until=None)


class FakePeaks:
    def of(self, file: StoredFile) -> tuple[float, ...]:
        return (0.0, 0.5, 1.0)


class House:
    """A desk, the way in, and the application over both. Runs wait at ``gate``."""

    def __init__(self, listing: Listing | None = None, *, password: str = "", bind: Bind = BIND) -> None:
        self.world = Pretended(listing or make_listing([make_track(n) for n in (1, 2, 3)]))
        self.gate = threading.Event()
        self.gate.set()
        self.trouble: Exception | None = None
        self.opened = 0
        clock = self.world.clock
        self.desk = Desk(self._open, clock.now, clock.monotonic)
        self.entrance = Entrance(clock.monotonic, password=password)
        self.stop = threading.Event()
        self.bind = bind
        self.app = application(self.desk, bind=bind, entrance=self.entrance, now=clock.now, stop=self.stop)

    @contextmanager
    def _open(
        self, *, listener: Listener, stop: threading.Event, say: Callable[[str], None], wait: bool
    ) -> Iterator[Service]:
        self.opened += 1
        assert self.gate.wait(PATIENCE)
        if self.trouble is not None:
            raise self.trouble
        tools = replace(self.world.tools, listener=listener, budgets=lambda: (NOTION,), peaks=FakePeaks())
        yield Service(tools)

    def synced(self) -> JobView:
        """Syncs the playlist through the desk."""
        job = self.desk.start(self.desk.plan(self.world.order).id)
        while (job := self.desk.wait(job.id, job.version, PATIENCE)).ended_at is None:
            pass
        return job

    def stranger(self) -> TestClient:
        """A browser that was not let in."""
        return TestClient(self.app, base_url=self.bind.url, follow_redirects=False, raise_server_exceptions=True)

    def guest(self) -> "Browser":
        """A browser that came by the link."""
        client = self.stranger()
        assert client.get("/", params={"token": self.entrance.token}).status_code == 303
        return Browser(self, client)


def status_of_raw(house: House, path: str, cookie: str = "") -> tuple[int, bytes]:
    """What a server hands on of a path that no client has tidied up: status and body."""
    answers: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        answers.append(message)

    raw = path.encode("utf-8", "surrogateescape")
    headers = [(b"host", house.bind.url.removeprefix("http://").encode()), (b"cookie", cookie.encode())]
    scope = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": unquote_to_bytes(raw).decode("utf-8", "replace"),
        "raw_path": raw,
        "root_path": "",
        "query_string": b"",
        "headers": headers,
        "server": (house.bind.host, house.bind.port),
        "client": ("127.0.0.1", 50000),
    }
    anyio.run(house.app, scope, receive, send)
    return answers[0]["status"], b"".join(answer.get("body", b"") for answer in answers[1:])


class Browser:
    """Sends forms as pages do."""

    def __init__(self, house: House, client: TestClient) -> None:
        self.house = house
        self.client = client

    @property
    def cookie(self) -> str:
        """The header that lets in."""
        name = f"cloudcrate-{self.house.bind.port}"
        return f"{name}={self.client.cookies.get(name)}"

    @property
    def csrf(self) -> str:
        session = self.house.entrance.session(str(self.client.cookies.get(f"cloudcrate-{self.house.bind.port}")))
        assert session is not None
        return session.csrf

    def get(self, path: str, headers: Mapping[str, str] | None = None) -> Response:
        return self.client.get(path, headers=headers)

    def post(self, path: str, form: Mapping[str, str] | None = None, **headers: str) -> Response:
        told = {"csrf": self.csrf, **(form or {})}
        return self.client.post(path, data=told, headers={"Origin": self.house.bind.url, **headers})
