"""A few Notion data sources in memory, strict where Notion is: enough to hold a catalog to its wire.

Limits and wording follow Notion's documents: at most 100 conditions and 100 rows, case-blind text filters,
no commas in options, segments of 2,000 UTF-16 units, relations cut at 25, unknown properties refused.
"""

import itertools
import json
import urllib.parse
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any  # Any: JSON

import httpx
from notion_fakes import error, results

Json = dict[str, Any]  # Any: JSON


@dataclass
class Source:
    """A data source: its schema by name (ids percent-encoded, as Notion gives them) and its rows, oldest first."""

    id: str
    database_id: str
    name: str
    properties: dict[str, Json]
    pages: list[Json] = field(default_factory=list)

    def prop(self, key: str) -> Json | None:
        """A property by name or id."""
        return next((p for n, p in self.properties.items() if key in (n, p["id"], urllib.parse.unquote(p["id"]))), None)


def schema(**kinds: str | Json) -> dict[str, Json]:
    """Columns by name (``_`` stands for a blank): a type, or a type with its configuration."""
    letters = itertools.count(33)
    columns: dict[str, Json] = {}
    for name, given in kinds.items():
        kind, config = (given, {}) if isinstance(given, str) else next(iter(given.items()))
        property_id = "title" if kind == "title" else urllib.parse.quote(f"{chr(next(letters))}x:]", safe="")
        shown = name.replace("_", " ")
        columns[shown] = {"id": property_id, "name": shown, "type": kind, kind: config}
    return columns


class FakeNotion:
    """Answers requests from its sources. ``trouble`` may answer, or raise, instead; it sees the request first."""

    def __init__(self) -> None:
        self.sources: dict[str, Source] = {}
        self.trouble: Callable[[httpx.Request], httpx.Response | None] = lambda _: None
        self.lost_replies = 0
        """So many creates are carried out and not answered."""

    def add(self, name: str, properties: dict[str, Json]) -> Source:
        """A data source in a database of its own."""
        source = Source(id=str(uuid.uuid4()), database_id=str(uuid.uuid4()), name=name, properties=properties)
        self.sources[source.id] = source
        return source

    def add_row(self, source: Source, **values: object) -> Json:
        """A row with these properties, by column name (``_`` for a blank), in the form they are written."""
        sent = {name.replace("_", " "): value for name, value in values.items()}
        answer = self._create({"parent": {"data_source_id": source.id}, "properties": sent})
        assert answer.status_code == 200, answer.text
        return source.pages[-1]

    def page(self, page_id: str) -> Json | None:
        """A row, by its id."""
        return next((p for s in self.sources.values() for p in s.pages if p["id"] == page_id), None)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        answer = self.trouble(request)
        if answer is not None:
            return answer
        kind, *rest = request.url.path.removeprefix("/v1/").split("/")
        body = json.loads(request.content) if request.content else {}
        if request.method == "POST" and kind == "pages":
            created = self._create(body)
            if created.status_code == 200 and self.lost_replies > 0:
                self.lost_replies -= 1
                raise httpx.ReadError("connection reset by peer")
            return created
        if kind == "databases":
            return self._database(rest[0])
        if kind == "data_sources" and rest[0] in self.sources:
            source = self.sources[rest[0]]
            return self._query(source, body, request) if rest[1:] else httpx.Response(200, json=self._source(source))
        page = self.page(rest[0]) if kind == "pages" else None
        if page is None:
            return error(404, "object_not_found", 'Could not find it. Share it with "Crates"?')
        if request.method == "PATCH":
            return self._update(page, body)
        return self._related(page, rest[2]) if len(rest) > 1 else httpx.Response(200, json=self._shown(page))

    def _database(self, database_id: str) -> httpx.Response:
        found = [{"id": s.id, "name": s.name} for s in self.sources.values() if s.database_id == database_id]
        if not found:
            return error(404, "object_not_found", 'Could not find it with integration "Crates".')
        return httpx.Response(200, json={"object": "database", "id": database_id, "data_sources": found})

    def _source(self, source: Source) -> Json:
        return {
            "object": "data_source",
            "id": source.id,
            "title": [{"plain_text": source.name}],
            "url": f"https://www.notion.so/{source.database_id.replace('-', '')}",
            "parent": {"type": "database_id", "database_id": source.database_id},
            "properties": source.properties,
        }

    def _create(self, body: Json) -> httpx.Response:
        source = self.sources[body["parent"]["data_source_id"]]
        values, problem = self._values(source, body.get("properties", {}))
        if problem is not None:
            return problem
        minute = f"2026-01-01T{len(source.pages) // 60 % 24:02}:{len(source.pages) % 60:02}:00.000Z"
        page = {
            "object": "page",
            "id": str(uuid.uuid4()),
            "created_time": minute,
            "last_edited_time": minute,
            "parent": {"type": "data_source_id", "data_source_id": source.id},
            "in_trash": False,
            "is_archived": False,
            "cover": body.get("cover"),
            "values": values,
        }
        source.pages.append(page)
        return httpx.Response(200, json=self._shown(page))

    def _update(self, page: Json, body: Json) -> httpx.Response:
        if page["in_trash"]:
            return error(400, "validation_error", "Can't edit block that is archived. You must unarchive it first.")
        source = self.sources[page["parent"]["data_source_id"]]
        values, problem = self._values(source, body.get("properties", {}))
        page["values"] |= {} if problem else values
        page["in_trash"] = body.get("in_trash", False)
        page["cover"] = body.get("cover", page["cover"])
        return problem or httpx.Response(200, json=self._shown(page))

    def _values(self, source: Source, sent: Mapping[str, Json]) -> tuple[Json, httpx.Response | None]:
        values: Json = {}
        for key, given in sent.items():
            prop = source.prop(key)
            if prop is None:
                return {}, error(400, "validation_error", f"{key} is not a property that exists.")
            value = given.get(prop["type"], ...)
            reason = "wrong type" if value is ... else _wrong(prop["type"], value)
            if reason:
                return {}, error(400, "validation_error", f"{key}: {reason}")
            values[prop["id"]] = value
        return values, None

    def _shown(self, page: Json, only: list[str] | None = None) -> Json:
        source = self.sources[page["parent"]["data_source_id"]]
        shown = {}
        for name, prop in source.properties.items():
            if not only or urllib.parse.unquote(prop["id"]) in only:
                shown[name] = {"id": prop["id"], "type": prop["type"]} | _stored(prop, page["values"].get(prop["id"]))
        return {k: v for k, v in page.items() if k != "values"} | {"properties": shown}

    def _related(self, page: Json, property_id: str) -> httpx.Response:
        source = self.sources[page["parent"]["data_source_id"]]
        prop = source.prop(property_id)
        assert prop is not None
        items = page["values"].get(prop["id"]) or []
        return results(*({"object": "property_item", "relation": {"id": i["id"]}} for i in items))

    def _query(self, source: Source, body: Json, request: httpx.Request) -> httpx.Response:
        only = request.url.params.get_list("filter_properties")
        if any(source.prop(key) is None for key in only):
            return error(400, "validation_error", "The schema is malformed: filter_properties")
        conditions = body.get("filter", {}).get("or", [body["filter"]] if body.get("filter") else [])
        when = conditions[0] if conditions and "timestamp" in conditions[0] else None
        conditions = [] if when else conditions
        single = [part for c in conditions for part in c.get("and", [c])]
        if len(conditions) > 100 or any(source.prop(c["property"]) is None for c in single):
            return error(400, "validation_error", "Could not find property, or too many conditions")
        archived = body.get("is_archived", False)
        held = [p for p in source.pages if not p["in_trash"] and p["is_archived"] is archived]
        if when:
            held = [p for p in held if p[when["timestamp"]] >= when[when["timestamp"]]["on_or_after"]]
        tests = [_all([_test(source.prop(p["property"]), p) for p in c.get("and", [c])]) for c in conditions]
        found = [p for p in held if not tests or any(test(p["values"]) for test in tests)]
        found = found if body.get("sorts") else found[::-1]
        start = int(body.get("start_cursor", "s:0").removeprefix("s:"))
        end = start + min(body["page_size"], 100)
        cursor = f"s:{end}" if end < len(found) else None
        return results(*(self._shown(p, only) for p in found[start:end]), cursor=cursor)


def _test(prop: Json | None, condition: Json) -> Callable[[Json], bool]:
    """A condition on one property as a test of a row's values."""
    assert prop is not None
    key = prop["id"]
    if prop["type"] == "number":
        ((how, number),) = condition["number"].items()
        return lambda values: _NUMBERS[how](values.get(key), number)
    ((how, given),) = condition["rich_text"].items()
    wanted = given.casefold()
    compare = {"contains": str.__contains__, "equals": str.__eq__, "ends_with": str.endswith}[how]
    return lambda values: bool(compare(_words(values.get(key)), wanted))


_NUMBERS: dict[str, Callable[[Any, Any], bool]] = {  # Any: JSON
    "equals": lambda held, number: bool(held == number),
    "is_empty": lambda held, _: held is None,
    "greater_than_or_equal_to": lambda held, number: held is not None and held >= number,
    "less_than_or_equal_to": lambda held, number: held is not None and held <= number,
}


def _all(tests: list[Callable[[Json], bool]]) -> Callable[[Json], bool]:
    return lambda values: all(test(values) for test in tests)


def _words(value: Any) -> str:  # Any: JSON
    words = value if isinstance(value, str) else "".join(p["text"]["content"] for p in value or [])
    return words.casefold()


def _wrong(kind: str, value: Any) -> str | None:  # Any: JSON
    if kind in ("title", "rich_text"):
        sizes = [len(part["text"]["content"].encode("utf-16-le")) // 2 for part in value]
        return "too long" if len(sizes) > 100 or any(size > 2000 for size in sizes) else None
    if kind in ("select", "status", "multi_select") and value:
        names = [option["name"] for option in (value if isinstance(value, list) else [value])]
        bad = len(names) > 100 or any("," in n or not 0 < len(n) <= 100 for n in names)
        return "Invalid select option, commas not allowed" if bad else None
    if kind == "relation":
        return "too many" if len(value) > 100 else None
    return None if kind in ("url", "number", "checkbox", "select", "status", "multi_select", "date") else "read only"


def _stored(prop: Json, value: Any) -> Json:  # Any: JSON
    """A value as Notion answers it."""
    kind = prop["type"]
    if kind in ("title", "rich_text"):
        return {kind: [{"type": "text", **part, "plain_text": part["text"]["content"]} for part in value or []]}
    if kind == "relation":
        return {kind: (value or [])[:25], "has_more": len(value or []) > 25}
    empty = {"multi_select": [], "checkbox": False}
    return {kind: empty.get(kind) if value is None else value}
