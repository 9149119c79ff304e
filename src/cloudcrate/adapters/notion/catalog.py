"""The catalog on a Notion data source."""

import re
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from cloudcrate.adapters.notion import resolve
from cloudcrate.adapters.notion.client import JsonObject, NotionClient
from cloudcrate.adapters.notion.columns import Column, read_columns
from cloudcrate.adapters.notion.covers import dressed
from cloudcrate.adapters.notion.finder import Finder
from cloudcrate.adapters.notion.identify import identifier, same
from cloudcrate.adapters.notion.index import RowsSeen
from cloudcrate.adapters.notion.playlists import PlaylistDirectory
from cloudcrate.adapters.notion.schema import Mapped, map_columns
from cloudcrate.adapters.notion.table import Table
from cloudcrate.core.model import Candidate, CatalogInfo, Cells, Field, MappedColumn, Page, PageId, PlaylistFacts, Track
from cloudcrate.errors import (
    CloudcrateError,
    NotFoundError,
    NotSharedError,
    RejectedError,
    UnknownOutcomeError,
    UsageError,
)
from cloudcrate.ports.ledger import Notes, RowIndex


@dataclass(frozen=True, slots=True, kw_only=True)
class _Opened:
    """A data source whose columns are known."""

    info: CatalogInfo
    table: Table
    index: RowsSeen
    finder: Finder


class NotionCatalog:
    """Catalog and PlaylistPages on one data source.

    ``database``: a link or id of the database or of its data source. ``mapping``: columns by name or
    property id, which win over those found by name. ``playlists_database``: where playlist pages must be,
    checked when PLAYLISTS is a relation. ``notes`` and ``rows`` remember what saves requests later.
    ``settle``: seconds in which a create whose outcome is unknown may still appear.
    """

    def __init__(
        self,
        client: NotionClient,
        *,
        database: str,
        mapping: Mapping[Field, MappedColumn] | None = None,
        playlists_database: str | None = None,
        notes: Notes,
        rows: RowIndex,
        settle: float = 90.0,
    ) -> None:
        self._client = client
        self._database = database
        self._mapping = mapping or {}
        self._playlists_database = playlists_database
        self._notes = notes
        self._rows = rows
        self._settle = settle
        self._lock = threading.Lock()
        self._opened: _Opened | None = None

    def open(self) -> CatalogInfo:
        """Checks access and learns the columns: one request when the data source is known, else two."""
        return self._open().info

    def find(self, tracks: Sequence[Track], *, exact: bool = False) -> tuple[Page, ...]:
        """Rows that could belong to one of ``tracks``; the whole table when it has at most 100 rows."""
        finder = self._open().finder
        return finder.exact(tracks) if exact else finder.find(tracks)

    def get(self, pages: Mapping[PageId, Track]) -> dict[PageId, Page]:
        """These rows as they stand now."""
        return self._open().finder.get(pages)

    def every_row(self) -> tuple[Page, ...]:
        """All rows: read once, and from then on only what was edited since."""
        return self._open().finder.every()

    def create(self, cells: Cells, track: Track, *, announce: Callable[[], None]) -> Page:
        """Adds a row with its cover in one request."""
        opened = self._open()
        table = opened.table
        body: JsonObject = {
            "parent": {"type": "data_source_id", "data_source_id": table.data_source_id},
            "properties": table.properties(cells),
            **dressed(track.artwork_url),
        }
        try:
            row = self._client.create_page(body, announce=announce)
        except RejectedError as error:
            raise table.explain(error) from error
        try:
            page = table.page(row)
        except CloudcrateError as error:  # the row exists, whatever became of reading it
            raise UnknownOutcomeError(error.message, hint=error.hint, committed_id=str(row["id"])) from error
        opened.index.made(page)
        return page

    def update(self, page_id: PageId, cells: Cells) -> Page:
        """Sets these cells in one request."""
        table = self._open().table
        properties = table.properties(cells)
        try:
            if properties:
                page = table.page(self._client.update_page(page_id, {"properties": properties}))
            else:
                page = table.page(self._client.page(page_id))
        except NotSharedError as error:
            if self._open().finder.one(page_id).trashed:
                raise _gone() from error
            raise RejectedError(
                "Notion cannot find a page that this row should link to.",
                hint="A playlist's page was deleted just now. Run the same command again.",
            ) from error
        except RejectedError as error:
            if re.search(r"\b(?:archived|trash(?:ed)?)\b", error.message, re.IGNORECASE):
                raise _gone() from error
            raise table.explain(error) from error
        if page.trashed:
            raise _gone()
        return page

    def trash(self, page_id: PageId) -> None:
        """Moves a row to Notion's trash, where it stays for a while and can be restored."""
        try:
            self._client.update_page(page_id, {"in_trash": True})
        except (NotSharedError, RejectedError):
            if not self._open().finder.one(page_id).trashed:
                raise
        self._open().index.forget([page_id])

    def has_page(self, name: str) -> bool:
        """Says whether the playlist ``name`` has a page in the related data source."""
        return self._directory().find(name) is not None

    def ensure_page(self, name: str, facts: PlaylistFacts) -> None:
        """Makes the playlist's page, with what its data source has columns for."""
        self._directory().ensure(name, facts)

    def lacks(self, name: str, facts: PlaylistFacts) -> tuple[str, ...]:
        """Which facts its page would have to be told."""
        return self._directory().lacks(name, facts)

    def tell(self, name: str, facts: PlaylistFacts) -> bool:
        """Tells its page what it lacks, in one write."""
        return self._directory().tell(name, facts)

    def named(self) -> tuple[Candidate, ...]:
        """The playlist pages with a link: a request per hundred; nothing when playlists are no pages here."""
        playlists = self._open().table.playlists
        return () if playlists is None else playlists.named()

    def _open(self) -> _Opened:
        with self._lock:
            if self._opened is None:
                self._opened = self._learn()
            return self._opened

    def _learn(self) -> _Opened:
        key = f"database:{identifier(self._database)}"
        source = resolve.data_source(self._client, self._database, known=self._notes.note(key))
        data_source_id = str(source.get("id"))
        self._remember(key, data_source_id)
        mapped = map_columns(read_columns(source), self._mapping)
        related = _relation(mapped)
        notes = mapped.notes + self._check_playlists(related)
        directory = None
        if related is not None and related.target is not None:
            directory = PlaylistDirectory(self._client, related.target, settle=self._settle, notes=self._notes)
        info = CatalogInfo(
            id=f"notion:{data_source_id}",
            name=resolve.title(source),
            fields=frozenset(mapped.columns),
            needs_playlist_page=directory is not None,
            url=_link(source),
            notes=notes,
        )
        table = Table(
            client=self._client,
            data_source_id=data_source_id,
            columns=mapped.columns,
            playlists=directory,
        )
        index = RowsSeen(table, info.id, self._notes, self._rows)
        finder = Finder(table, index, self._notes, self._client.door.clock)
        return _Opened(info=info, table=table, index=index, finder=finder)

    def _remember(self, key: str, data_source_id: str) -> None:
        if self._notes.note(key) != data_source_id:
            self._notes.keep_note(key, data_source_id)

    def _check_playlists(self, related: Column | None) -> tuple[str, ...]:
        if self._playlists_database is None:
            return ()
        wanted = identifier(self._playlists_database)
        if related is None:
            note = "no relation column leads to the playlists database: share it with the integration too"
            return (note,)
        if not any(same(wanted, target) for target in related.targets):
            raise UsageError(
                f"The column “{related.shown}” leads to another database than the playlists database given.",
                hint="Map the playlists field to the right relation, or give that column's database.",
            )
        return ()

    def _directory(self) -> PlaylistDirectory:
        playlists = self._open().table.playlists
        if playlists is None:
            raise UsageError("This catalog keeps playlists as names, not as pages.")
        return playlists


def _relation(mapped: Mapped) -> Column | None:
    column = mapped.columns.get(Field.PLAYLISTS)
    return column if column is not None and column.type == "relation" else None


def _link(source: JsonObject) -> str:
    url = source.get("url")
    return url if isinstance(url, str) and url.startswith("https://") else ""


def _gone() -> NotFoundError:
    return NotFoundError(
        "The row is gone from Notion: deleted, in the trash, or moved.",
        hint="Run the same command again: it is made anew, or left out if you removed it on purpose.",
    )
