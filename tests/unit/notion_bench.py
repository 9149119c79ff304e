"""A catalog on a fake Notion, and hands to fill it; and a client on the sandbox's Notion."""

from collections import Counter
from collections.abc import Callable
from typing import Any  # Any: JSON

import httpx
from memory import MemoryLedger
from notion_fakes import BUDGET, FakeBudgets, FakeClock, Line, Token, line
from notion_table import FakeNotion, Source, schema
from worlds import make_track

from cloudcrate.adapters.http import Door
from cloudcrate.adapters.notion.catalog import NotionCatalog
from cloudcrate.adapters.notion.client import NotionClient
from cloudcrate.sandbox.inprocess import InProcessTransport
from cloudcrate.sandbox.notion.calls import ROOT_PAGE_ID
from cloudcrate.sandbox.notion.service import NotionService
from cloudcrate.sandbox.playground import Playground

PLAIN = {
    "Title": "title",
    "Artist": "rich_text",
    "SoundCloud_URL": "url",
    "SoundCloud_ID": "number",
    "Playlists": "multi_select",
    "Downloaded": "checkbox",
    "Duration": "number",
}


class Bench:
    """A catalog on a fake Notion."""

    def __init__(self, columns: dict[str, object] | None = None, *, relation: bool = False, **options: object) -> None:
        self.notion = FakeNotion()
        self.playlists = self.notion.add("Playlists", schema(Name="title", Link="url"))
        leads = {"relation": {"data_source_id": self.playlists.id, "database_id": self.playlists.database_id}}
        columns = {**(columns or PLAIN), **({"Playlists": leads} if relation else {})}
        self.source: Source = self.notion.add("Music Tracks", schema(**columns))  # type: ignore[arg-type]  # types by name
        self.at: Line = line(self.notion)
        self.ledger = MemoryLedger()
        self.catalog = self.again(**options)

    def again(self, **options: object) -> NotionCatalog:
        """The catalog as the next run opens it, with what is noted."""
        given = {"database": self.source.database_id, "notes": self.ledger, "rows": self.ledger, **options}
        return NotionCatalog(self.at.client, **given)  # type: ignore[arg-type]  # real options

    @property
    def queries(self) -> int:
        return sum("query" in asked for asked in self.at.wire.lines)

    def fill(self, count: int, *, first: int = 1, **more: object) -> None:
        for number in range(first, first + count):
            track = make_track(number)
            self.notion.add_row(
                self.source,
                Title=text(track.title),
                SoundCloud_ID={"number": number},
                SoundCloud_URL={"url": track.url},
                **more,
            )


def text(words: str) -> dict[str, object]:
    return {k: [{"type": "text", "text": {"content": words}}] for k in ("title", "rich_text")}


def nothing() -> None:
    """Announces to nobody."""


Trouble = Callable[[httpx.Request], httpx.Response | None]


class Unreliable(httpx.BaseTransport):
    """Leads to the sandbox. ``before`` may answer in its place, ``after`` may lose what it answered."""

    def __init__(self, inner: httpx.BaseTransport) -> None:
        self.inner = inner
        self.before: Trouble = lambda _: None
        self.after: Trouble = lambda _: None
        self.asked: list[str] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        request.read()
        self.asked.append(f"{request.method} {request.url.path.split('/')[2]}")
        answer = self.before(request)
        if answer is not None:
            return answer
        reply = self.inner.handle_request(request)
        return self.after(request) or reply


class SandboxBench:
    """A client on a sandboxed Notion."""

    def __init__(self) -> None:
        self.service = NotionService(per_minute=None, tokens={Token().reveal(): "Crates"})
        self.service.set(integration="Crates")
        self.clock = FakeClock()
        playground = Playground({"notion": self.service}, clock=self.clock.now)
        self.wire = Unreliable(InProcessTransport(playground, sleep=self.clock.sleep))
        self.client = NotionClient(
            Door(clock=self.clock, budgets=FakeBudgets(), transport=self.wire), Token(), budget=BUDGET
        )

    def columns(self, table: str) -> dict[str, Any]:  # Any: JSON
        return {name: prop["type"] for name, prop in self.client.data_source(table)["properties"].items()}

    @property
    def databases(self) -> int:
        """So many stand there."""
        return sum(1 for _ in self.client.search("data_source"))

    def page(self, title: str, parent: dict[str, Any] | None = None) -> str:  # Any: JSON
        words = {"title": [{"text": {"content": title}}]}
        home = parent or {"type": "page_id", "page_id": ROOT_PAGE_ID}
        return str(self.client.create_page({"parent": home, "properties": {"title": words}})["id"])


def on(method: str, kind: str, answer: Callable[[], httpx.Response], *, times: int = 1) -> Trouble:
    """Answers so many of these requests."""
    left = Counter({"times": times})

    def trouble(request: httpx.Request) -> httpx.Response | None:
        if request.method != method or request.url.path.split("/")[2] != kind or left["times"] <= 0:
            return None
        left["times"] -= 1
        return answer()

    return trouble


def lost() -> httpx.Response:
    raise httpx.ReadError("connection reset by peer")
