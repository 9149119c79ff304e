"""The calls: what each one checks, does and answers."""

from collections.abc import Mapping
from typing import Any  # Any: JSON
from urllib.parse import parse_qsl

from cloudcrate.sandbox.notion import ids, texts
from cloudcrate.sandbox.notion.answers import Answers
from cloudcrate.sandbox.notion.filters import Filters, ordered
from cloudcrate.sandbox.notion.refusals import Json, Refusal, block_limit, invalid, not_found, read_only
from cloudcrate.sandbox.notion.schema import SchemaEditor
from cloudcrate.sandbox.notion.tables import Database, DataSource, Page, Workspace
from cloudcrate.sandbox.notion.values import BOT, Values

LARGEST_PAGE = 100


class Calls:
    """One method per endpoint; ``now`` is the time of the request, ``body`` its JSON."""

    def __init__(self, mint: ids.Mint) -> None:
        self.workspace = Workspace()
        self.integration = "cloudcrate sandbox"
        self.index_lag = (0.0, 0.0)
        self.query_cap = 10_000
        self.block_limit: int | None = None
        self.can_write = True
        self._mint = mint
        self._editor = SchemaEditor(self.workspace, mint)
        self.values = Values(self.workspace, self._editor)
        self._answers = Answers(self.workspace, self.values)

    # --- databases --------------------------------------------------------------------------

    def create_database(self, version: str, now: float, query: str, body: Json) -> Json:
        self._may_write()
        parent = self._parent(body.get("parent"), now)
        title = texts.stored(body.get("title") or [], "body.title") or texts.of("New database")
        database = Database(id=self._mint.uuid4(), title=title, parent=parent, created=now, edited=now)
        self._decorate(database, {key: value for key, value in body.items() if key != "title"}, now)
        wanted = (body.get("initial_data_source") or {}).get("properties") or {}
        self.workspace.databases[database.id] = database
        source = self._add_source(database, list(title), wanted, self._mint.uuid4(), now)
        source.description = database.description
        return self._answers.database(database, version)

    def get_database(self, version: str, now: float, query: str, body: Json, database_id: str) -> Json:
        return self._answers.database(self._database(database_id), version)

    def patch_database(self, version: str, now: float, query: str, body: Json, database_id: str) -> Json:
        self._may_write()
        database = self._database(database_id)
        self._decorate(database, body, now)
        for source in database.sources:
            source.in_trash = database.in_trash
        return self._answers.database(database, version)

    # --- data sources -----------------------------------------------------------------------

    def create_source(self, version: str, now: float, query: str, body: Json) -> Json:
        self._may_write()
        database = self._database(_path_id((body.get("parent") or {}).get("database_id"), "body.parent.database_id"))
        title = texts.stored(body.get("title") or [], "body.title")
        source = self._add_source(database, title, body.get("properties") or {}, self._mint.page(), now)
        self._decorate(source, {key: value for key, value in body.items() if key != "title"}, now)
        return self._answers.source(source, version)

    def get_source(self, version: str, now: float, query: str, body: Json, source_id: str) -> Json:
        return self._answers.source(self._source(source_id), version)

    def patch_source(self, version: str, now: float, query: str, body: Json, source_id: str) -> Json:
        self._may_write()
        source = self._source(source_id)
        self._editor.change(source, body.get("properties") or {})
        self._decorate(source, body, now)
        return self._answers.source(source, version)

    def query_source(self, version: str, now: float, query: str, body: Json, source_id: str) -> Json:
        source = self._source(source_id)
        size = _page_size(body.get("page_size"))
        rows = list(self.workspace.rows_newest_first(source))
        if self.index_lag[1]:
            rows = [row for row in rows if row.created <= now - self._lag(row)]
        rows = [row for row in rows if row.archived is bool(body.get("is_archived"))]
        if body.get("sorts"):
            rows = ordered(rows, body["sorts"], source, self.values, now)
        if body.get("filter") is not None:
            test = Filters(source, self.values, now).compile(body["filter"])
            rows = [row for row in rows if test(row)]
        capped = len(rows) > self.query_cap
        rows = rows[: self.query_cap]
        start = _start(rows, body.get("start_cursor"))
        only = self._only(source, query)
        page, following = rows[start : start + size], rows[start + size : start + size + 1]
        made: Json = {
            "object": "list",
            "results": [self._answers.page(row, version, now, only) for row in page],
            "next_cursor": f"s:{self._mint.uuid4()}:{following[0].id}" if following else None,
            "has_more": bool(following),
            "type": "page_or_data_source",
            "page_or_data_source": {},
        }
        if capped:
            made["request_status"] = {"type": "incomplete", "incomplete_reason": "query_result_limit_reached"}
        return made

    # --- pages ------------------------------------------------------------------------------

    def create_page(self, version: str, now: float, query: str, body: Json) -> Json:
        self._may_write()
        wanted = body.get("parent")
        if not isinstance(wanted, Mapping):
            raise invalid("body failed validation: body.parent should be defined, instead was `undefined`.")
        if len(body.get("children") or ()) > 100:
            raise invalid(
                "body failed validation: body.children.length should be ≤ `100`, "
                f"instead was `{len(body['children'])}`."
            )
        source = self._row_parent(wanted)
        if self.block_limit is not None and len(self.workspace.pages) >= self.block_limit:
            raise block_limit()
        self.workspace.made += 1
        page = Page(
            id=self._mint.page(),
            number=self.workspace.made,
            parent={"type": "data_source_id", "data_source_id": source.id, "database_id": source.database_id}
            if source
            else self._parent(wanted, now),
            created=now,
            edited=now,
            values={},
        )
        properties = body.get("properties") or {}
        if source is not None:
            read = self.values.read(source, properties)
            self.workspace.pages[page.id] = page
            self.values.keep(source, page, read)
            self._number(source, page)
            source.rows.append(page)
        else:
            page.values["title"] = _bare_title(properties)
            self.workspace.pages[page.id] = page
        _dress(page, body)
        return self._answers.page(page, version, now, self._only(source, query))

    def get_page(self, version: str, now: float, query: str, body: Json, page_id: str) -> Json:
        page = self._page(page_id)
        return self._answers.page(page, version, now, self._only(self.workspace.source_of(page), query))

    def patch_page(self, version: str, now: float, query: str, body: Json, page_id: str) -> Json:
        self._may_write()
        page = self._page(page_id)
        trash = body.get("in_trash", body.get("archived") if version <= "2025-09-03" else None)
        if page.in_trash and trash is not False:
            raise invalid("Can't edit block that is archived. You must unarchive the block before editing.")
        source = self.workspace.source_of(page)
        if body.get("properties"):
            if source is not None:
                self.values.keep(source, page, self.values.read(source, body["properties"]))
            else:
                page.values["title"] = _bare_title(body["properties"])
        if trash is not None:
            page.in_trash = bool(trash)
        if "is_archived" in body:
            page.archived = bool(body["is_archived"])
        _dress(page, body)
        page.edited = now
        return self._answers.page(page, version, now, self._only(source, query))

    def get_property(self, version: str, now: float, query: str, body: Json, page_id: str, key: str) -> Json:
        page = self._page(page_id)
        source = self.workspace.source_of(page)
        prop = source.find(ids.decoded(key)) if source else None
        if prop is None:
            raise invalid(f"Could not find property with name or id: {key}")
        if prop.type not in ("relation", "title", "rich_text", "people"):
            return {"object": "property_item", **self.values.answered(page, prop, now)}
        found = page.values.get(prop.id) or []
        items = [{"id": i} if prop.type == "relation" else i for i in found]
        wanted = dict(parse_qsl(query))
        size, start = _page_size(int(wanted.get("page_size", LARGEST_PAGE))), int(wanted.get("start_cursor", 0))
        following = start + size if start + size < len(items) else None
        item = {"object": "property_item", "id": ids.encoded(prop.id), "type": prop.type}
        return {
            "object": "list",
            "results": [{**item, prop.type: value} for value in items[start : start + size]],
            "next_cursor": None if following is None else str(following),
            "has_more": following is not None,
            "type": "property_item",
            "property_item": {"id": ids.encoded(prop.id), "next_url": None, "type": prop.type, prop.type: {}},
        }

    # --- the rest ---------------------------------------------------------------------------

    def me(self, version: str, now: float, query: str, body: Json) -> Json:
        limits = {"max_file_upload_size_in_bytes": 5_242_880}
        owner = {"type": "workspace", "workspace": True}
        bot = {"owner": owner, "workspace_id": ROOT_PAGE_ID, "workspace_name": "Sandbox", "workspace_limits": limits}
        return {"object": "user", "id": BOT, "name": self.integration, "avatar_url": None, "type": "bot", "bot": bot}

    def search(self, version: str, now: float, query: str, body: Json) -> Json:
        words = str(body.get("query") or "").casefold()
        kind = (body.get("filter") or {}).get("value")
        found: list[Json] = []
        if kind in (None, "data_source"):
            listed = [s for s in self.workspace.sources.values() if self.workspace.is_shared(s) and not s.in_trash]
            found += [self._answers.source(s, version) for s in listed if words in texts.plain(s.title).casefold()]
        if kind in (None, "page"):
            pages = [p for p in self.workspace.pages.values() if not p.in_trash and self._is_visible(p)]
            found += [self._answers.page(p, version, now) for p in pages if words in self._title(p).casefold()]
        size = _page_size(body.get("page_size"))
        start = int(body.get("start_cursor") or 0)
        more = start + size < len(found)
        return {
            "object": "list",
            "results": found[start : start + size],
            "next_cursor": str(start + size) if more else None,
            "has_more": more,
            "type": "page_or_data_source",
            "page_or_data_source": {},
        }

    def delete_block(self, version: str, now: float, query: str, body: Json, page_id: str) -> Json:
        self._may_write()
        page = self.workspace.pages.get(page_id)
        if page is None or not self._is_visible(page):
            raise not_found("block", page_id, self.integration, BOT)
        page.in_trash, page.edited = True, now
        child = {"object": "block", "id": page.id, "type": "child_page", "child_page": {"title": self._title(page)}}
        return {**child, "parent": page.parent, "has_children": False, "in_trash": True}

    def get_children(self, version: str, now: float, query: str, body: Json, page_id: str) -> Json:
        self._page(page_id)
        return {"object": "list", "results": [], "next_cursor": None, "has_more": False, "type": "block", "block": {}}

    # --- what the calls share ---------------------------------------------------------------

    def add_database(
        self, title: str, properties: Mapping[str, Any], parent: str, now: float
    ) -> DataSource:  # Any: JSON
        """A database that stands there from the start, behind the API's back."""
        database = Database(
            id=self._mint.uuid4(),
            title=texts.of(title),
            parent={"type": "page_id", "page_id": parent},
            created=now,
            edited=now,
        )
        self.workspace.databases[database.id] = database
        return self._add_source(database, texts.of(title), properties, self._mint.uuid4(), now)

    def _add_source(
        self, database: Database, title: list[Json], wanted: Mapping[str, Any], source_id: str, now: float
    ) -> DataSource:  # Any: JSON
        source = DataSource(id=source_id, database_id=database.id, title=title, properties={}, created=now, edited=now)
        self.workspace.sources[source.id] = source
        source.properties = self._editor.properties(wanted, database.id)
        database.sources.append(source)
        for prop in list(source.properties.values()):
            self._editor.link(source, prop)
        return source

    def _lag(self, row: Page) -> float:
        """Seconds until queries show a row: its own, for the index does not take rows in the order they come."""
        shortest, longest = self.index_lag
        return shortest + (longest - shortest) * int(row.id[-8:], 16) / 0xFFFFFFFF

    def _may_write(self) -> None:
        if not self.can_write:
            raise read_only()

    def _database(self, database_id: str) -> Database:
        found = self.workspace.databases.get(database_id)
        if found is None or not found.shared:
            raise not_found("database", database_id, self.integration, BOT)
        return found

    def _source(self, source_id: str) -> DataSource:
        found = self.workspace.sources.get(source_id)
        if found is None or not self.workspace.is_shared(found):
            raise not_found("data_source", source_id, self.integration, BOT)
        return found

    def _page(self, page_id: str) -> Page:
        found = self.workspace.pages.get(page_id)
        if found is None or not self._is_visible(found):
            raise not_found("page", page_id, self.integration, BOT)
        return found

    def _is_visible(self, page: Page) -> bool:
        source = self.workspace.source_of(page)
        return source is None or self.workspace.is_shared(source)

    def _title(self, page: Page) -> str:
        source = self.workspace.source_of(page)
        return texts.plain(page.values.get(source.title_property.id if source else "title") or [])

    def _row_parent(self, parent: Mapping[str, Any]) -> DataSource | None:  # Any: JSON
        if "data_source_id" in parent:
            return self._source(_path_id(parent["data_source_id"], "body.parent.data_source_id"))
        if "database_id" in parent:
            database = self._database(_path_id(parent["database_id"], "body.parent.database_id"))
            if len(database.sources) != 1:
                raise Refusal(400, "validation_error", "Databases with multiple data sources are not supported here.")
            return database.sources[0]
        return None

    def _parent(self, parent: Any, now: float) -> Json:  # Any: JSON
        if not isinstance(parent, Mapping):
            raise invalid("body failed validation: body.parent should be defined, instead was `undefined`.")
        if parent.get("workspace") or parent.get("type") == "workspace":
            return {"type": "workspace", "workspace": True}
        page_id = _path_id(parent.get("page_id"), "body.parent.page_id")
        self._page(page_id)
        return {"type": "page_id", "page_id": page_id}

    def _decorate(self, thing: Database | DataSource, body: Json, now: float) -> None:
        for name in ("title", "description"):
            if name in body:
                setattr(thing, name, texts.stored(body[name], f"body.{name}"))
        for name in ("icon", "cover"):
            if name in body:
                setattr(thing, name, body[name])
        if isinstance(thing, Database) and "is_inline" in body:
            thing.is_inline = bool(body["is_inline"])
        if isinstance(thing, Database) and "description" in body:
            for source in thing.sources:
                source.description = thing.description
        trash = body.get("in_trash", body.get("archived"))
        if trash is not None:
            thing.in_trash = bool(trash)
        thing.edited = now

    def _number(self, source: DataSource, page: Page) -> None:
        for prop in source.properties.values():
            if prop.type == "unique_id":
                source.serial += 1
                page.values[prop.id] = source.serial

    def _only(self, source: DataSource | None, query: str) -> set[str] | None:
        """The property ids that ``filter_properties`` names. One that does not exist fails the whole call."""
        wanted = [v for k, v in parse_qsl(query) if k in ("filter_properties", "filter_properties[]")]
        if not wanted or source is None:
            return None
        found = {key: source.find(key) for key in wanted}
        for key, prop in found.items():
            if prop is None:
                raise invalid(
                    f"The schema for the data source with the following ID is malformed: {source.id}. "
                    f"The provided `filter_properties` contains an invalid attribute: {key}."
                )
        return {prop.id for prop in found.values() if prop is not None}


ROOT_PAGE_ID = "5a4db0c5-0000-4000-8000-00000000c0de"
"""The page that is shared from the start."""


def _path_id(value: Any, where: str) -> str:  # Any: JSON
    if not ids.is_uuid(value):
        shown = "undefined" if value is None else str(value)[:55]
        raise invalid(f"body failed validation: {where} should be a valid uuid, instead was `{shown}`.")
    return ids.normal(str(value))


def _page_size(value: Any) -> int:  # Any: JSON
    """Up to 100; more is taken as 100."""
    if value is None:
        return LARGEST_PAGE
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise invalid(f"body failed validation: body.page_size should be ≥ `1` or `undefined`, instead was `{value}`.")
    return min(value, LARGEST_PAGE)


def _start(rows: list[Page], cursor: Any) -> int:  # Any: JSON
    """Where a cursor points to: ``s:<session>:<row id>``, or a bare row id."""
    if cursor is None:
        return 0
    wanted = str(cursor).rsplit(":", 1)[-1]
    for place, row in enumerate(rows):
        if row.id == wanted:
            return place
    raise invalid(f"The start_cursor provided is invalid: {cursor}")


def _bare_title(properties: Mapping[str, Any]) -> list[Json]:  # Any: JSON
    """The title of a page that is no row."""
    value = properties.get("title", properties.get("Name", []))
    return texts.stored(value.get("title", []) if isinstance(value, Mapping) else value, "body.properties.title")


def _dress(page: Page, body: Json) -> None:
    for name in ("icon", "cover"):
        if name in body:
            setattr(page, name, body[name])
