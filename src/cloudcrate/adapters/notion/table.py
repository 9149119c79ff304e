"""A data source whose columns are known: rows to pages, cells to properties, and queries for rows."""

import re
import urllib.parse
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeVar

from cloudcrate.adapters.notion import coerce
from cloudcrate.adapters.notion.client import JsonObject, NotionClient, Rows
from cloudcrate.adapters.notion.columns import Column
from cloudcrate.adapters.notion.identify import same
from cloudcrate.adapters.notion.playlists import PlaylistDirectory
from cloudcrate.core.model import Cells, CellValue, Field, Page, PageId
from cloudcrate.errors import CredentialsError, RejectedError, UnavailableError

PARALLEL = 8  # requests at once for one look-up
OLDEST_FIRST = ({"timestamp": "created_time", "direction": "ascending"},)
"""A fixed order for answers of several pages: new rows come last and shift nothing."""

T = TypeVar("T")
R = TypeVar("R")


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Reads and writes rows of one data source. ``playlists`` is there when PLAYLISTS is a relation."""

    client: NotionClient
    data_source_id: str
    columns: Mapping[Field, Column]
    playlists: PlaylistDirectory | None = None

    def page(self, row: JsonObject) -> Page:
        """A row's JSON as a page. Asks for the rest of a relation that came cut.

        Raises: CredentialsError when the row came without its cells, which is not the same as empty.
        """
        properties = row.get("properties")
        if not isinstance(properties, dict):
            raise CredentialsError(
                "Notion shows rows to this token, but not what they hold.",
                hint="Give the integration the capability to read content.",
            )
        props = [prop for prop in properties.values() if isinstance(prop, dict)]
        by_id = {urllib.parse.unquote(str(prop.get("id"))): prop for prop in props}
        page_id = str(row.get("id"))
        cells: dict[Field, CellValue] = {}
        for field, column in self.columns.items():
            prop = by_id.get(column.id)
            value = None if prop is None else self._value(page_id, field, column, prop)
            if value is not None:
                cells[field] = value
        archived = row.get("is_archived") is True
        return Page(id=PageId(page_id), cells=cells, trashed=self._is_gone(row), archived=archived)

    def properties(self, cells: Cells) -> JsonObject:
        """The properties of a page write, keyed by property id. Raises: RejectedError."""
        return {
            self.columns[field].id: self._property(field, self.columns[field], value)
            for field, value in cells.items()
            if field in self.columns
        }

    def first_rows(self, *, archived: bool = False) -> Rows:
        """The first hundred rows, in whatever order: the whole table when there are no more."""
        return next(self.client.query(self.data_source_id, properties=self._ids(), archived=archived))

    def matching(self, conditions: Sequence[JsonObject], *, archived: bool = False) -> tuple[Page, ...]:
        """Every row for which any of the conditions holds; at most 100 of them, Notion's limit.

        Raises: UnavailableError when Notion cuts the answer: nothing may be concluded from a part.
        """
        rows: dict[str, JsonObject] = {}
        for answer in self.client.query(
            self.data_source_id,
            where={"or": list(conditions)},
            sorts=OLDEST_FIRST,
            properties=self._ids(),
            archived=archived,
        ):
            if answer.incomplete:
                raise UnavailableError(
                    "Notion cut the answer to a look-up at its limit of 10,000 rows.",
                    hint="Many rows share a title or link. Give the database a 'SoundCloud ID' column.",
                )
            rows |= {str(row.get("id")): row for row in answer.rows}
        return tuple(self.page(row) for row in rows.values())

    def every_row(self) -> Iterator[JsonObject]:
        """Every row outside the trash and the archive, oldest first, each once.

        Notion shows at most 10,000 rows of a query: beyond, it is asked again from the time on at which the
        last one was made. Raises: UnavailableError when more were made in one minute than it shows.
        """
        seen: set[str] = set()
        since = ""
        while True:
            where = {"timestamp": "created_time", "created_time": {"on_or_after": since}} if since else None
            cut, last = False, since
            for answer in self.client.query(
                self.data_source_id, where=where, sorts=OLDEST_FIRST, properties=self._ids()
            ):
                cut = cut or answer.incomplete
                fresh = [row for row in answer.rows if str(row.get("id")) not in seen]
                seen |= {str(row.get("id")) for row in fresh}
                yield from fresh
                last = str(answer.rows[-1].get("created_time")) if answer.rows else last
            if not cut:
                return
            if last == since:
                raise UnavailableError(
                    "More rows were made in one minute than Notion shows, so the table cannot be read whole.",
                    hint="Rows are still found one by one; only looking through the whole table is not possible.",
                )
            since = last

    def edited_since(self, since: str) -> list[JsonObject] | None:
        """The rows edited at that time (ISO) or later; None when Notion cuts the answer."""
        where = {"timestamp": "last_edited_time", "last_edited_time": {"on_or_after": since}}
        rows: dict[str, JsonObject] = {}
        for answer in self.client.query(self.data_source_id, where=where, sorts=OLDEST_FIRST, properties=self._ids()):
            if answer.incomplete:
                return None
            rows |= {str(row.get("id")): row for row in answer.rows}
        return list(rows.values())

    def explain(self, error: RejectedError) -> RejectedError:
        """``error`` with the name of the column that Notion's message is about."""
        for column in self.columns.values():
            if _mentions(error.message, column.shown) or _mentions(error.message, column.id):
                hint = f"It is about the column “{column.shown}” ({column.type}). {error.hint}"
                return RejectedError(error.message, hint=hint)
        return error

    def _value(self, page_id: str, field: Field, column: Column, prop: JsonObject) -> CellValue | None:
        if column.type != "relation" or self.playlists is None:
            return coerce.decode(field, column, prop)
        cut = prop.get("has_more") is True
        ids = self.client.related(page_id, column.id) if cut else coerce.related_ids(prop)
        return self.playlists.names(ids) or None

    def _property(self, field: Field, column: Column, value: CellValue) -> JsonObject:
        if column.type != "relation" or self.playlists is None:
            return coerce.encode(field, column, value)
        return coerce.related(self.playlists.ids(coerce.names(value)))

    def _is_gone(self, row: JsonObject) -> bool:
        parent = row.get("parent")
        home = parent.get("data_source_id") if isinstance(parent, dict) else None
        moved = isinstance(home, str) and not same(home, self.data_source_id)
        return moved or row.get("in_trash") is True

    def _ids(self) -> tuple[str, ...]:
        return tuple(column.id for column in self.columns.values())


def in_parallel(ask: Callable[[T], R], items: Sequence[T]) -> Iterator[R]:
    """What ``ask`` answers for each item, in order, a few at a time. The first error is raised."""
    if len(items) <= 1:
        yield from map(ask, items)
        return
    with ThreadPoolExecutor(max_workers=min(PARALLEL, len(items))) as pool:
        yield from pool.map(ask, items)


def _mentions(message: str, name: str) -> bool:
    return re.search(rf"(?<![\w%]){re.escape(name)}(?![\w%])", message) is not None
