"""Every row of a data source as it was last seen: whole after one reading, then kept up by what was edited.

Notion rounds the time of an edit down to its minute, so each look overlaps the last by two. Rows in the
trash are in no answer: what the index holds is a hint where to look, never proof that a row is there.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from cloudcrate.adapters.notion.client import JsonObject
from cloudcrate.adapters.notion.table import Table
from cloudcrate.core.model import Cells, Field, Page, PageId
from cloudcrate.errors import CredentialsError
from cloudcrate.ports.ledger import Notes, RowIndex

OVERLAP = timedelta(minutes=2)
KEPT = (Field.TITLE, Field.ARTIST, Field.URL, Field.SOUNDCLOUD_ID, Field.DURATION)
"""What tells whose a row is."""

TOGETHER = 50
"""Rows of our own making that are noted at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _State:
    """``seen_to``: every edit before is in the index; empty: the index is not whole. ``due``: rows that the next
    look brings in any case, for they were made since or come again."""

    columns: str
    seen_to: str = ""
    due: int = 0


class RowsSeen:
    """The index of one data source. Not for several threads at once but for ``made``."""

    def __init__(self, table: Table, catalog: str, notes: Notes, rows: RowIndex) -> None:
        self._table = table
        self._catalog = catalog
        self._notes = notes
        self._rows = rows
        self._made: dict[PageId, Cells] = {}
        self._key = f"index:{catalog}"

    @property
    def whole(self) -> bool:
        """Says whether every row is in the index, but for what was edited since."""
        return bool(self._state().seen_to)

    @property
    def expected(self) -> int:
        """How many queries a refreshing takes at least."""
        return 1 + self._state().due // 100

    def take(self, rows: Iterable[JsonObject]) -> tuple[Page, ...]:
        """Begins afresh with every row there is."""
        listed = list(rows)
        pages = tuple(map(self._table.page, listed))
        self._rows.index(self._catalog, {page.id: _kept(page) for page in pages}, afresh=True)
        self._keep_seen(listed, "")
        return pages

    def refreshed(self) -> tuple[Page, ...] | None:
        """Every row, after asking for what was edited since; None when that cannot be told: begin afresh."""
        state = self._state()
        if not state.seen_to:
            return None
        listed = self._table.edited_since(_overlapping(state.seen_to).isoformat())
        if listed is None:
            self._notes.keep_note(self._key, "")
            return None
        changed = {page.id: _kept(page) for page in map(self._table.page, listed)}
        if changed:
            self._rows.index(self._catalog, changed)
        self._keep_seen(listed, state.seen_to)
        return tuple(
            Page(id=page_id, cells=cells) for page_id, cells in self._rows.indexed(self._catalog).items() if cells
        )

    def forget(self, page_ids: Iterable[PageId]) -> None:
        """These rows are gone."""
        gone: dict[PageId, Cells] = {page_id: {} for page_id in page_ids}
        if gone and self.whole:
            self._rows.index(self._catalog, gone)

    def made(self, page: Page) -> None:
        """A row of our own making; noted with others, for losing a few costs only a longer look."""
        self._made[page.id] = _kept(page)
        if len(self._made) >= TOGETHER and self.whole:
            batch, self._made = self._made, {}
            state = self._state()
            self._rows.index(self._catalog, batch)
            self._keep(_State(columns=state.columns, seen_to=state.seen_to, due=state.due + len(batch)))

    def _state(self) -> _State:
        """What is noted, if it is about the columns of today."""
        columns = self._columns()
        try:
            noted = _State(**json.loads(self._notes.note(self._key) or "{}"))
            datetime.fromisoformat(noted.seen_to or "2026-01-01")
        except (ValueError, TypeError):
            return _State(columns=columns)
        return noted if noted.columns == columns else _State(columns=columns)

    def _keep_seen(self, listed: Iterable[JsonObject], before: str) -> None:
        """Notes that every edit is in the index up to the newest of these rows, or up to ``before``."""
        edits = [_edited(row) for row in listed]
        seen_to = max(edits, default=before)
        due = sum(datetime.fromisoformat(edit) >= _overlapping(seen_to) for edit in edits)
        self._keep(_State(columns=self._columns(), seen_to=max(seen_to, before), due=due))

    def _keep(self, state: _State) -> None:
        noted = {"columns": state.columns, "seen_to": state.seen_to, "due": state.due}
        self._notes.keep_note(self._key, json.dumps(noted))

    def _columns(self) -> str:
        kept = [self._table.columns[field] for field in KEPT if field in self._table.columns]
        return " ".join(f"{column.id}:{column.type}" for column in kept)


def _kept(page: Page) -> Cells:
    return {field: page.cells[field] for field in KEPT if field in page.cells} or {Field.TITLE: " "}


def _overlapping(seen_to: str) -> datetime:
    return datetime.fromisoformat(seen_to) - OVERLAP


def _edited(row: JsonObject) -> str:
    """When a row was last edited. Raises: CredentialsError when it does not say."""
    edited = row.get("last_edited_time")
    if not isinstance(edited, str):
        raise CredentialsError("Notion shows rows to this token, but not when they were edited.")
    return edited
