"""Notion's API as one service: order of checks, budgets, routes."""

import json
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any  # Any: JSON
from urllib.parse import unquote

from cloudcrate.sandbox.notion import ids, refusals, texts, times
from cloudcrate.sandbox.notion.budget import ANCHORS, Window
from cloudcrate.sandbox.notion.calls import ROOT_PAGE_ID, Calls
from cloudcrate.sandbox.notion.refusals import Json, Refusal
from cloudcrate.sandbox.notion.tables import Page
from cloudcrate.sandbox.wire import Request, Response, json_response

__all__ = ["ROOT_PAGE_ID", "NotionService"]

HOST = "api.notion.com"
VERSIONS = frozenset({"2025-09-03", "2026-03-11"})
TOO_OLD = frozenset({"2021-05-11", "2021-05-13", "2021-08-16", "2022-02-22", "2022-06-28"})
LARGEST_BODY = 512_000
TOKENS: Mapping[str, str] = {"ntn_sandbox": "cloudcrate sandbox"}
_ID = r"([0-9A-Za-z-]+)"


class NotionService:
    """See ``wire.Service``. ``tokens`` maps tokens to their integrations' names."""

    def __init__(
        self,
        *,
        seed: int = 0,
        tokens: Mapping[str, str] | None = None,
        root_page: str = ROOT_PAGE_ID,
        per_minute: int | None = 180,
        workspace_per_minute: int | None = None,
        index_lag: float | Sequence[float] = 0.0,
        query_cap: int = 10_000,
        block_limit: int | None = None,
    ) -> None:
        self.counts: Counter[str] = Counter()
        self._mint = ids.Mint(seed)
        self._calls = Calls(self._mint)
        self._tokens = dict(TOKENS if tokens is None else tokens)
        self._revoked: set[str] = set()
        self._asked_at = 0.0
        self._root_page = root_page
        self._per_minute = per_minute
        self._window_anchor = "first"
        self._windows: dict[str, Window] = {}
        self._workspace_window = Window(workspace_per_minute, "public_api_space_request_rate_limit")
        self.set(index_lag=index_lag, query_cap=query_cap, block_limit=block_limit)
        self._add_root(root_page)
        self._routes = self._routed()

    def set(self, **knobs: Any) -> None:  # noqa: C901  # one case per knob  # Any: knobs are JSON
        """Turns knobs: ``per_minute``, ``workspace_per_minute``, ``window_anchor`` ("first" or "clock"),
        ``index_lag`` (seconds, or [from, to]: each row its own), ``query_cap``, ``block_limit``, ``revoked``
        (tokens), ``read_only``, ``integration`` (its name), ``unshare`` and ``share`` (database ids), ``trash``
        (page or database ids), ``edit`` ([page id, {property: value}]), ``rows`` ([data source id, when they were
        made (epoch seconds), the properties of each]).

        Raises: ValueError for an unknown one.
        """
        for name, value in knobs.items():
            match name:
                case "per_minute":
                    self._per_minute = value
                    for window in self._windows.values():
                        window.limit = value
                case "workspace_per_minute":
                    self._workspace_window.limit = value
                case "window_anchor":
                    self._anchor_windows(value)
                case "index_lag" | "query_cap" | "block_limit" | "integration":
                    setattr(self._calls, name, _span(value) if name == "index_lag" else value)
                case "read_only":
                    self._calls.can_write = not value
                case "revoked":
                    self._revoked = set(value)
                case "unshare" | "share":
                    for database_id in value:
                        self._calls.workspace.databases[database_id].shared = name == "share"
                case "trash":
                    for object_id in value:
                        self._trash(object_id)
                case "edit" | "rows":
                    (self._edit if name == "edit" else self._add_rows)(*value)
                case _:
                    raise ValueError(f"notion has no knob {name!r}")

    def handles(self, host: str) -> bool:
        """Says whether this service plays ``host``."""
        return host == HOST

    def handle(self, request: Request, now: float) -> Response:
        """Answers one request. ``X-Emulator-Now`` (an ISO time) stands for the time of it."""
        if "x-emulator-now" in request.headers:
            now = datetime.fromisoformat(request.headers["x-emulator-now"].replace("Z", "+00:00")).timestamp()
        self._asked_at = now
        request_id = self._mint.uuid4()
        headers = {"x-notion-request-id": request_id}
        if len(request.body) > LARGEST_BODY:
            too_large = {"isNotionError": False, "name": "PayloadTooLargeError", "message": "request entity too large"}
            return json_response(413, too_large)
        try:
            answer = self._answer(request, now)
        except Refusal as refusal:
            return json_response(refusal.status, refusal.body(request_id), headers | refusal.headers)
        return json_response(200, {**answer, "request_id": request_id}, headers)

    # --- for scenarios and tests ------------------------------------------------------------

    def new_database(
        self, title: str, properties: Mapping[str, Any], *, parent: str | None = None, now: float, shared: bool = True
    ) -> tuple[str, str]:  # Any: Notion's property schema
        """A database that stands there from the start: its id and its data source's."""
        source = self._calls.add_database(title, properties, parent or self._root_page, now)
        self._calls.workspace.databases[source.database_id].shared = shared
        return source.database_id, source.id

    def rows(self, data_source_id: str) -> list[dict[str, Any]]:  # Any: plain values
        """The rows of a table that are not in the trash, oldest first, as plain values."""
        source = self._calls.workspace.sources[data_source_id]
        return [
            {
                "id": page.id,
                "created_time": times.to_minute(page.created),
                "in_trash": page.in_trash,
                "cover": page.cover,
                "properties": {
                    p.name: self._calls.values.plain(page, p, page.edited) for p in source.properties.values()
                },
            }
            for page in source.rows
            if not page.in_trash
        ]

    def _trash(self, object_id: str) -> None:
        """Moves a page or a database to the trash as its user would, in the app."""
        database = self._calls.workspace.databases.get(object_id)
        if database is None:
            self._calls.workspace.pages[object_id].in_trash = True
            return
        database.in_trash = True
        for source in database.sources:
            source.in_trash = True

    def _anchor_windows(self, anchor: str) -> None:
        if anchor not in ANCHORS:
            raise ValueError(f"window_anchor is one of {', '.join(ANCHORS)}")
        self._window_anchor = anchor
        for window in (self._workspace_window, *self._windows.values()):
            window.anchor = anchor

    def _edit(self, page_id: str, properties: Mapping[str, Any]) -> None:  # Any: JSON
        """Changes a row as its user would, in the app."""
        page = self._calls.workspace.pages[page_id]
        source = self._calls.workspace.source_of(page)
        if source is not None:
            self._calls.values.keep(source, page, self._calls.values.read(source, dict(properties)))
            page.edited = max(page.edited, self._asked_at)

    def _add_rows(self, data_source_id: str, at: float, rows: Sequence[Mapping[str, Any]]) -> None:  # Any: JSON
        """Rows that stand there from the start; they cost no budget."""
        parent = {"type": "data_source_id", "data_source_id": data_source_id}
        for properties in rows:
            self._calls.create_page(max(VERSIONS), at, "", {"parent": parent, "properties": properties})

    def _add_root(self, page_id: str) -> None:
        root = Page(
            id=page_id, number=0, parent={"type": "workspace", "workspace": True}, created=0.0, edited=0.0, values={}
        )
        root.values["title"] = texts.of("Tests")
        self._calls.workspace.pages[page_id] = root

    # --- one request ------------------------------------------------------------------------

    def _answer(self, request: Request, now: float) -> Json:
        """The order of checks was measured: JSON, URL, credential, version, then what the call checks."""
        body = _parsed(request)
        call, found = self._route(request)
        window = self._window(request.headers.get("authorization"))
        version = _version(request.headers.get("notion-version"))
        self._workspace_window.spend(now)
        window.spend(now)
        self.counts[f"{request.method} {call.__name__}"] += 1
        places = [ids.dashed(text, f"path.{name}") for name, text in found[:1]] + [text for _, text in found[1:]]
        answer: Json = call(version, now, request.query, body, *places)
        return answer

    def _window(self, authorization: str | None) -> Window:
        scheme, _, token = (authorization or "").partition(" ")
        if scheme != "Bearer" or not token:
            raise refusals.unauthorized('Authorization header must use the format "Bearer <token>".')
        if token not in self._tokens or token in self._revoked:
            raise refusals.unauthorized()
        if token not in self._windows:
            self._windows[token] = Window(self._per_minute, "public_api_request_rate_limit", self._window_anchor)
        return self._windows[token]

    def _route(self, request: Request) -> tuple[Callable[..., Json], list[tuple[str, str]]]:
        for method, pattern, names, call in self._routes:
            if method == request.method and (found := pattern.fullmatch(request.path)):
                return call, list(zip(names, (unquote(g) for g in found.groups()), strict=True))
        raise refusals.no_such_url()

    def _routed(self) -> list[tuple[str, re.Pattern[str], tuple[str, ...], Callable[..., Json]]]:
        calls = self._calls
        table: list[tuple[str, str, tuple[str, ...], Callable[..., Json]]] = [
            ("GET", "users/me", (), calls.me),
            ("POST", "search", (), calls.search),
            ("POST", "databases", (), calls.create_database),
            ("GET", f"databases/{_ID}", ("database_id",), calls.get_database),
            ("PATCH", f"databases/{_ID}", ("database_id",), calls.patch_database),
            ("POST", "data_sources", (), calls.create_source),
            ("GET", f"data_sources/{_ID}", ("data_source_id",), calls.get_source),
            ("PATCH", f"data_sources/{_ID}", ("data_source_id",), calls.patch_source),
            ("POST", f"data_sources/{_ID}/query", ("data_source_id",), calls.query_source),
            ("POST", "pages", (), calls.create_page),
            ("GET", f"pages/{_ID}", ("page_id",), calls.get_page),
            ("PATCH", f"pages/{_ID}", ("page_id",), calls.patch_page),
            ("GET", rf"pages/{_ID}/properties/([^/]+)", ("page_id", "property_id"), calls.get_property),
            ("DELETE", f"blocks/{_ID}", ("block_id",), calls.delete_block),
            ("GET", f"blocks/{_ID}/children", ("block_id",), calls.get_children),
        ]
        return [(method, re.compile(f"/v1/{path}"), names, call) for method, path, names, call in table]


def _span(value: Any) -> tuple[float, float]:  # Any: a knob is JSON
    """A number, or two from which each row gets its own."""
    pair = (value, value) if isinstance(value, (int, float)) else tuple(value)
    if len(pair) != 2 or not all(isinstance(v, (int, float)) for v in pair) or not 0 <= pair[0] <= pair[1]:
        raise ValueError("index_lag is a number of seconds, or [from, to]")
    return float(pair[0]), float(pair[1])


def _parsed(request: Request) -> Json:
    if not request.body:
        return {}
    try:
        body = json.loads(request.body)
    except ValueError as error:
        raise refusals.unreadable() from error
    if not isinstance(body, dict):
        raise refusals.invalid("body failed validation: body should be an object.")
    return body


def _version(given: str | None) -> str:
    if given in TOO_OLD:
        raise refusals.no_such_url()
    if given is None or given not in VERSIONS:
        raise refusals.missing_version(given)
    return given
