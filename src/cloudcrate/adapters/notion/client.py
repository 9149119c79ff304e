"""Notion's REST calls, eleven of them: budget, retries, and what an answer means.

Reads and updates are repeated when that may help. A create never is: Notion has no idempotency key, so
its outcome is known, or unknown and said so.
"""

import random
import urllib.parse
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol  # Any: JSON is whatever the service says it is

from cloudcrate.adapters.http import Budget, Door, Hosts, Outgoing, Reply
from cloudcrate.adapters.notion import refusals
from cloudcrate.errors import (
    CloudcrateError,
    CredentialsError,
    ThrottledError,
    UnavailableError,
    UnknownOutcomeError,
)

NOTION_VERSION = "2026-03-11"
HOSTS = Hosts(name="Notion", exact=frozenset({"api.notion.com"}))
DEADLINE = 65.0  # seconds: Notion gives up after 60, and its own answer says more than our silence
MAX_BYTES = 32 * 1024 * 1024  # a page of 100 wide rows is 0.3 MB
PAGE_SIZE = 100  # Notion's maximum
SMALLEST_PAGE_SIZE = 10

OWN_LIMIT = "public_api_request_rate_limit"
"""The reason of a refusal that is about this token's requests, and not about a workspace or an endpoint."""

NOT_CREATED = frozenset({400, 401, 403, 404, 409, 413, 429, 529})
"""Statuses that say that nothing was written."""

JsonObject = dict[str, Any]  # Any: JSON
"""An object of Notion's, or one for it."""


class Secret(Protocol):
    """Holds a token; only ``reveal`` shows it."""

    def reveal(self) -> str:
        """The token itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """One page of a query's answer. ``incomplete``: the whole answer is cut at Notion's cap."""

    rows: tuple[JsonObject, ...]
    more: bool
    incomplete: bool


class NotionClient:
    """One token's way to Notion. Safe to use from many threads.

    Every method raises CredentialsError (NotSharedError included), RejectedError, RefusedError,
    ThrottledError and UnavailableError as ``refusals`` maps them.
    """

    def __init__(self, door: Door, token: Secret, *, budget: Budget) -> None:
        self._door = door
        self._token = token
        self._budget = budget

    @property
    def door(self) -> Door:
        """The door requests go through."""
        return self._door

    def me(self) -> JsonObject:
        """The bot that the token belongs to: the cheapest check of a token."""
        return self._repeated("GET", "users/me")

    def database(self, database_id: str) -> JsonObject:
        """A database: a container that lists its data sources."""
        return self._repeated("GET", f"databases/{_segment(database_id)}")

    def data_source(self, data_source_id: str) -> JsonObject:
        """A data source with its schema."""
        return self._repeated("GET", f"data_sources/{_segment(data_source_id)}")

    def search(self, kind: str, words: str = "") -> Iterator[JsonObject]:
        """What the token sees of a kind (``data_source`` or ``page``) with ``words`` in its title, last edited first.

        One request for every hundred, made as they are asked for. Notion's index lags behind, by seconds as a
        rule, and does not promise to hold everything: what is not found may exist.
        """
        body: JsonObject = {
            "filter": {"property": "object", "value": kind},
            "sort": {"timestamp": "last_edited_time", "direction": "descending"},
            "page_size": PAGE_SIZE,
            **({"query": words} if words else {}),
        }
        while True:
            answer = self._repeated("POST", "search", body)
            cursor = _next_cursor(answer)
            yield from (found for found in _objects(answer.get("results")) if found.get("object") == kind)
            if cursor is None:
                return
            if cursor == body.get("start_cursor"):
                raise _broken("a cursor that leads nowhere")
            body["start_cursor"] = cursor

    def page(self, page_id: str) -> JsonObject:
        """A page. Relations of more than 25 pages come cut, with ``has_more``."""
        return self._repeated("GET", f"pages/{_segment(page_id)}")

    def related(self, page_id: str, property_id: str) -> tuple[str, ...]:
        """The ids of every page that a relation of a page names; ``property_id`` is decoded."""
        path = f"pages/{_segment(page_id)}/properties/{_segment(property_id)}"
        found: list[str] = []
        cursor: str | None = None
        while True:
            query = {"page_size": "100", **({"start_cursor": cursor} if cursor else {})}
            answer = self._repeated("GET", f"{path}?{urllib.parse.urlencode(query)}")
            items = _objects(answer.get("results"))
            found += [str(item["relation"]["id"]) for item in items if isinstance(item.get("relation"), dict)]
            following = _next_cursor(answer)
            if following is None:
                return tuple(found)
            if following == cursor:
                raise _broken("a cursor that leads nowhere")
            cursor = following

    def query(
        self,
        data_source_id: str,
        *,
        where: Mapping[str, object] | None = None,
        sorts: Sequence[Mapping[str, str]] = (),
        properties: Sequence[str] = (),
        archived: bool = False,
    ) -> Iterator[Rows]:
        """The pages of a query's answer, one request each, made as they are asked for.

        ``properties`` are decoded property ids, and only those come back. ``archived``: the rows that their
        user has archived instead of the others. When a query takes Notion too
        long, smaller pages are asked for, down to 10 rows.
        """
        wanted = urllib.parse.urlencode([("filter_properties", name) for name in properties])
        path = f"data_sources/{_segment(data_source_id)}/query" + (f"?{wanted}" if wanted else "")
        body: JsonObject = {"page_size": PAGE_SIZE, "result_type": "page"}
        body |= {"filter": where} if where else {}
        body |= {"sorts": list(sorts)} if sorts else {}
        body |= {"is_archived": True} if archived else {}
        while True:
            answer = self._query_once(path, body)
            cursor = _next_cursor(answer)
            status = answer.get("request_status")
            yield Rows(
                rows=tuple(row for row in _objects(answer.get("results")) if row.get("object") == "page"),
                more=cursor is not None,
                incomplete=isinstance(status, dict) and status.get("type") == "incomplete",
            )
            if cursor is None:
                return
            if cursor == body.get("start_cursor"):
                raise _broken("a cursor that leads nowhere")
            body["start_cursor"] = cursor

    def create_page(self, body: JsonObject, *, announce: Callable[[], None] | None = None) -> JsonObject:
        """Makes a page with one request, never repeated; ``announce`` is called just before it goes out.

        Raises: UnknownOutcomeError when it may exist, with its id when Notion gives it; every other error
        says that it does not.
        """
        return self._created("pages", body, announce=announce)

    def create_database(self, body: JsonObject) -> JsonObject:
        """Makes a database with one request, never repeated; raises as ``create_page`` does.

        The answer lists its data source, without the columns.
        """
        return self._created("databases", body)

    def update_data_source(self, data_source_id: str, body: JsonObject) -> JsonObject:
        """Changes a data source's columns with one request, never repeated: a second one may add them twice.

        Raises: UnknownOutcomeError when they may be changed; look at the schema before asking again.
        """
        return self._answer(self._send("PATCH", f"data_sources/{_segment(data_source_id)}", body))

    def update_page(self, page_id: str, body: JsonObject) -> JsonObject:
        """Sets what ``body`` names and leaves the rest; repeated when need be, which is harmless."""
        return self._repeated("PATCH", f"pages/{_segment(page_id)}", body)

    def _created(self, path: str, body: JsonObject, *, announce: Callable[[], None] | None = None) -> JsonObject:
        reply = self._send("POST", path, body, announce=announce)
        if reply.status in NOT_CREATED:
            raise self._refusal(reply)
        if reply.status == 200:
            try:
                made = _json_object(reply)
            except UnavailableError as error:
                raise _unknown(error.message, None) from error
            if not isinstance(made.get("id"), str):
                raise _unknown("Notion answered without the id of what it made.", None)
            return made
        said = refusals.read(reply, now=self._door.clock.now())
        raise _unknown(f"Notion answered {said.status}: {said.message or 'no reason given'}", said)

    def _query_once(self, path: str, body: JsonObject) -> JsonObject:
        def attempt() -> JsonObject:
            slow = True
            try:
                reply = self._send("POST", path, body)
                slow = reply.status in (503, 504)
            finally:
                if slow:
                    body["page_size"] = max(SMALLEST_PAGE_SIZE, body["page_size"] // 2)
            return self._answer(reply)

        return self._retried(attempt)

    def _repeated(self, method: str, path: str, body: JsonObject | None = None) -> JsonObject:
        return self._retried(lambda: self._answer(self._send(method, path, body)))

    def _retried(self, attempt: Callable[[], JsonObject]) -> JsonObject:
        def reading() -> JsonObject:
            try:
                return attempt()
            except UnknownOutcomeError as error:  # nothing hangs on the outcome of what may be repeated
                raise UnavailableError(error.message, hint=error.hint) from error

        return self._door.retried(reading)

    def _send(
        self,
        method: str,
        path: str,
        body: JsonObject | None = None,
        *,
        announce: Callable[[], None] | None = None,
    ) -> Reply:
        headers = {
            "Authorization": f"Bearer {_checked(self._token.reveal())}",
            "Notion-Version": NOTION_VERSION,
            "Accept": "application/json",
            **({"Content-Type": "application/json"} if body is not None else {}),
        }
        return self._door.send(
            Outgoing(
                method=method,
                url=f"https://api.notion.com/v1/{path}",
                hosts=HOSTS,
                headers=headers,
                json=body,
                budget=self._budget,
                deadline=DEADLINE,
                max_bytes=MAX_BYTES,
                follow=False,
                announce=announce,
            )
        )

    def _answer(self, reply: Reply) -> JsonObject:
        if reply.status == 200:
            return _json_object(reply)
        raise self._refusal(reply)

    def _refusal(self, reply: Reply) -> CloudcrateError:
        said = refusals.read(reply, now=self._door.clock.now())
        error = refusals.refusal(said)
        if isinstance(error, ThrottledError):
            reason = said.details.get("rate_limit_reason", OWN_LIMIT)
            own_limit = said.status == 429 and said.code != "" and reason == OWN_LIMIT
            self._door.throttled(self._budget, error.retry_after + random.uniform(0, 0.25), own_limit=own_limit)
        return error


def _checked(token: str) -> str:
    token = token.strip()
    if not token or not token.isascii() or not token.isprintable() or " " in token:
        raise CredentialsError(
            "The Notion token is empty or holds characters that no token has.",
            hint=refusals.MAKE_ONE,
        )
    return token


def _segment(value: str) -> str:
    return urllib.parse.quote(value, safe="")


def _json_object(reply: Reply) -> JsonObject:
    value = reply.json()
    if not isinstance(value, dict):
        raise _broken("something that is not a JSON object")
    return value


def _objects(value: object) -> list[JsonObject]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _next_cursor(answer: JsonObject) -> str | None:
    if not isinstance(answer.get("results"), list):
        raise _broken("a list without results")
    if answer.get("has_more") is not True:
        return None
    cursor = answer.get("next_cursor")
    if not isinstance(cursor, str) or not cursor:
        raise _broken("a list that goes on without a cursor")
    return cursor


def _broken(what: str) -> UnavailableError:
    return UnavailableError(f"Notion answered {what}.", hint="Run the same command again later to go on.")


def _unknown(message: str, said: refusals.Said | None) -> UnknownOutcomeError:
    return UnknownOutcomeError(
        message,
        hint="It may exist already; cloudcrate looks for it before it makes it again.",
        committed_id=refusals.committed_id(said) if said else None,
    )
