"""The catalog on a Notion data source."""

import re
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence

from cloudcrate.adapters.notion import lookups, resolve
from cloudcrate.adapters.notion.client import JsonObject, NotionClient
from cloudcrate.adapters.notion.columns import Column, read_columns
from cloudcrate.adapters.notion.identify import identifier, same
from cloudcrate.adapters.notion.playlists import PlaylistDirectory
from cloudcrate.adapters.notion.schema import Mapped, map_columns
from cloudcrate.adapters.notion.table import Table, in_parallel
from cloudcrate.core.model import CatalogInfo, Cells, Field, Page, PageId, Track
from cloudcrate.errors import (
    CloudcrateError,
    NotFoundError,
    NotSharedError,
    RejectedError,
    UnknownOutcomeError,
    UsageError,
)

FEW = 2
"""So many rows are asked for one by one: looking them up by key could cost as much."""

_ARTWORK_SIZE = re.compile(r"-(?:large|original|crop|badge|small|tiny|mini|t\d+x\d+)(?=\.\w{3,4}$)")


class NotionCatalog:
    """Catalog and PlaylistPages on one data source.

    ``database``: a link or id of the database or of its data source. ``mapping``: columns by name or
    property id, which win over those found by name. ``playlists_database``: where playlist pages must be,
    checked when PLAYLISTS is a relation. ``data_source_id``: known from an earlier run, saves a request.
    ``settle``: seconds in which a create whose outcome is unknown may still appear.
    """

    def __init__(
        self,
        client: NotionClient,
        *,
        database: str,
        mapping: Mapping[Field, str] | None = None,
        playlists_database: str | None = None,
        data_source_id: str | None = None,
        settle: float = 90.0,
    ) -> None:
        self._client = client
        self._database = database
        self._mapping = mapping or {}
        self._playlists_database = playlists_database
        self._known = data_source_id
        self._settle = settle
        self._lock = threading.Lock()
        self._opened: tuple[CatalogInfo, Table] | None = None

    def open(self) -> CatalogInfo:
        """Checks access and learns the columns: one request when the data source is known, else two."""
        return self._open()[0]

    def find(self, tracks: Sequence[Track]) -> tuple[Page, ...]:
        """Rows that could belong to one of ``tracks``; the whole table when it has at most 100 rows."""
        table = self._open()[1]
        if not tracks:
            return ()
        first = table.first_rows()
        if not first.more and not first.incomplete:
            return tuple(table.page(row) for row in first.rows)
        return tuple(self._looked_up(table, tracks).values())

    def get(self, pages: Mapping[PageId, Track]) -> dict[PageId, Page]:
        """These rows as they stand now, looked up by key, and one by one where that does not find them."""
        table = self._open()[1]
        looked_up = {} if len(pages) <= FEW else self._by_key(table, list(pages.values()))
        found = {page_id: page for page_id, page in looked_up.items() if page_id in pages}
        missing = [page_id for page_id in pages if page_id not in found]
        found |= {page.id: page for page in in_parallel(lambda page_id: self._one(table, page_id), missing)}
        return found

    def create(self, cells: Cells, track: Track, *, announce: Callable[[], None]) -> Page:
        """Adds a row with its cover in one request."""
        table = self._open()[1]
        body: JsonObject = {
            "parent": {"type": "data_source_id", "data_source_id": table.data_source_id},
            "properties": table.properties(cells),
        }
        cover = _cover(track.artwork_url)
        if cover is not None:
            body["cover"] = {"type": "external", "external": {"url": cover}}
        try:
            row = self._client.create_page(body, announce=announce)
        except RejectedError as error:
            raise table.explain(error) from error
        try:
            return table.page(row)
        except CloudcrateError as error:  # the row exists, whatever became of reading it
            raise UnknownOutcomeError(error.message, hint=error.hint, committed_id=str(row["id"])) from error

    def update(self, page_id: PageId, cells: Cells) -> Page:
        """Sets these cells in one request."""
        table = self._open()[1]
        properties = table.properties(cells)
        try:
            if properties:
                page = table.page(self._client.update_page(page_id, {"properties": properties}))
            else:
                page = table.page(self._client.page(page_id))
        except NotSharedError as error:
            if self._one(table, page_id).trashed:
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

    def has_page(self, name: str) -> bool:
        """Says whether the playlist ``name`` has a page in the related data source."""
        return self._directory().find(name) is not None

    def ensure_page(self, name: str, url: str) -> None:
        """Makes the playlist's page, with its link where the related data source has a column for it."""
        self._directory().ensure(name, url)

    def _open(self) -> tuple[CatalogInfo, Table]:
        with self._lock:
            if self._opened is None:
                self._opened = self._learn()
            return self._opened

    def _learn(self) -> tuple[CatalogInfo, Table]:
        source = resolve.data_source(self._client, self._database, known=self._known)
        data_source_id = str(source.get("id"))
        mapped = map_columns(read_columns(source), self._mapping)
        related = _relation(mapped)
        notes = mapped.notes + self._check_playlists(related)
        directory = None
        if related is not None and related.target is not None:
            directory = PlaylistDirectory(self._client, related.target, settle=self._settle)
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
        return info, table

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
        playlists = self._open()[1].playlists
        if playlists is None:
            raise UsageError("This catalog keeps playlists as names, not as pages.")
        return playlists

    def _looked_up(self, table: Table, tracks: Sequence[Track]) -> dict[PageId, Page]:
        found = self._by_key(table, tracks)
        rest = _without_row(tracks, found)
        title = lookups.by_title(table.columns[Field.TITLE], rest)
        return found | _ask(table, title)

    def _by_key(self, table: Table, tracks: Sequence[Track]) -> dict[PageId, Page]:
        """Rows by SoundCloud id; of those tracks that have none so, by link."""
        found: dict[PageId, Page] = {}
        if Field.SOUNDCLOUD_ID in table.columns:
            found |= _ask(table, lookups.by_id(table.columns[Field.SOUNDCLOUD_ID], tracks))
        if Field.URL in table.columns:
            rest = _without_row(tracks, found)
            found |= _ask(table, lookups.by_link(table.columns[Field.URL], rest))
        return found

    def _one(self, table: Table, page_id: PageId) -> Page:
        try:
            return table.page(self._client.page(page_id))
        except NotSharedError:
            return Page(id=page_id, cells={}, trashed=True)


def _ask(table: Table, conditions: Iterable[JsonObject]) -> dict[PageId, Page]:
    answers = in_parallel(table.matching, lookups.blocks(conditions))
    return {page.id: page for answer in answers for page in answer}


def _without_row(tracks: Sequence[Track], found: Mapping[PageId, Page]) -> list[Track]:
    """The tracks whose id or link no row of ``found`` carries."""
    ids = {page.cells.get(Field.SOUNDCLOUD_ID) for page in found.values()}
    links = {lookups.link_key(page.cells.get(Field.URL)) for page in found.values()} - {None}
    return [t for t in tracks if int(t.id) not in ids and lookups.link_key(t.url) not in links]


def _relation(mapped: Mapped) -> Column | None:
    column = mapped.columns.get(Field.PLAYLISTS)
    return column if column is not None and column.type == "relation" else None


def _link(source: JsonObject) -> str:
    url = source.get("url")
    return url if isinstance(url, str) and url.startswith("https://") else ""


def _cover(artwork: str | None) -> str | None:
    """The artwork at 500 pixels; None when there is no link that Notion would take."""
    if not artwork or not artwork.startswith("https://") or len(artwork) > 2000 or not artwork.isascii():
        return None
    return _ARTWORK_SIZE.sub("-t500x500", artwork)


def _gone() -> NotFoundError:
    return NotFoundError(
        "The row is gone from Notion: deleted, in the trash, or moved.",
        hint="Run the same command again: it is made anew, or left out if you removed it on purpose.",
    )
