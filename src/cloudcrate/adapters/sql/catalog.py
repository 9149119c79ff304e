"""The local catalog: a table of tracks for those without Notion, in a SQLite file of its own or in PostgreSQL."""

import re
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from cloudcrate.adapters.sql.database import Connection, Database, Row, durable, fits, sealed, utf8
from cloudcrate.adapters.sql.migrations import CATALOG, migrate
from cloudcrate.adapters.sql.sqlite import SqliteDatabase
from cloudcrate.core import codec, match
from cloudcrate.core.link import normal_url
from cloudcrate.core.model import CatalogInfo, Cells, CellValue, Field, Page, PageId, Track
from cloudcrate.core.text import fold
from cloudcrate.errors import NotFoundError

REMEDY = "To take over what is sound, and the rest from the newest backup: cloudcrate repair"

_ROWS = "SELECT id, cells, created_at, updated_at, trashed, checksum FROM pages WHERE"

_LOCK = "UPDATE pages SET trashed = trashed WHERE id = ?"
"""Keeps a row from being read for a change by anybody else until this change is made."""

_NUMBER = re.compile(r"[0-9]{1,19}")


def open_catalog(path: Path) -> "LocalCatalog":
    """Opens the file, making or upgrading it. Raises: StateError, DiskError, BusyError."""
    database = SqliteDatabase(path, name="local catalog", remedy=REMEDY)
    try:
        migrate(database, CATALOG)
        return LocalCatalog(database, known_as=f"local:{path.absolute()}")
    except BaseException:
        database.close()
        raise


class LocalCatalog:
    """See ``ports.Catalog``. Every field can be written, and a playlist is a name in a cell."""

    _database: Database

    def __init__(self, database: Database, *, known_as: str) -> None:
        """Closes ``database`` with itself. ``known_as``: its id in the ledger."""
        self._database = database
        self._id = known_as
        self._seal_old_rows()

    def open(self) -> CatalogInfo:
        """See ``ports.Catalog.open``."""
        return CatalogInfo(id=self._id, name="the local catalog", fields=frozenset(Field))

    def find(self, tracks: Sequence[Track], *, exact: bool = False) -> tuple[Page, ...]:
        """See ``ports.Catalog.find``. Reading every row takes less time than asking for every title."""
        if not exact:
            return match.nearby(tracks, self.every_row()) if tracks else ()
        rows = self._database.rows_in(f"{_ROWS} trashed = 0 AND soundcloud_id IN", [], [t.id for t in tracks])
        return tuple(map(self._page, rows))

    def every_row(self) -> tuple[Page, ...]:
        """See ``ports.Catalog.every_row``: oldest first."""
        rows = self._database.rows(f"{_ROWS} 1 = 1 ORDER BY id")  # a damaged row must not hide
        return tuple(page for page in map(self._page, rows) if not page.trashed)

    def get(self, pages: Mapping[PageId, Track]) -> dict[PageId, Page]:
        """See ``ports.Catalog.get``."""
        numbers = [number for page_id in pages if (number := _number(page_id)) is not None]
        rows = self._database.rows_in(f"{_ROWS} id IN", [], numbers)
        found = {page.id: page for page in map(self._page, rows)}
        return {page_id: found.get(page_id, Page(id=page_id, cells={}, trashed=True)) for page_id in pages}

    def create(self, cells: Cells, track: Track, *, announce: Callable[[], None]) -> Page:
        """See ``ports.Catalog.create``."""
        announce()
        return self._add(_kept(cells), time.time())

    @durable
    def _add(self, kept: Cells, now: float) -> Page:
        with self._database.transaction() as connection:
            stored = _stored(kept)
            there = connection.execute(f"{_ROWS} title = ? AND created_at = ?", (stored[-1], now)).fetchone()
            if there is not None:  # it was committed before the connection was lost
                return self._page(there)
            number = connection.execute(
                "INSERT INTO pages (cells, soundcloud_id, url, title, created_at, updated_at) "
                "VALUES (?, ?, ?, ?, ?, ?) RETURNING id",
                (*stored, now, now),
            ).fetchone()[0]
            return self._page(_seal(connection, number))

    @durable
    def update(self, page_id: PageId, cells: Cells) -> Page:
        """See ``ports.Catalog.update``."""
        number = _number(page_id)
        with self._database.transaction() as connection:
            connection.execute(_LOCK, (number,))
            row = connection.execute(f"{_ROWS} id = ?", (number,)).fetchone()
            if row is None or (page := self._page(row)).trashed:
                raise NotFoundError(f"The row {page_id} of the local catalog is gone.")
            connection.execute(
                "UPDATE pages SET cells = ?, soundcloud_id = ?, url = ?, title = ?, updated_at = ? WHERE id = ?",
                (*_stored(_kept({**page.cells, **cells})), time.time(), number),
            )
            return self._page(_seal(connection, row[0]))

    @durable
    def trash(self, page_id: PageId) -> None:
        """See ``ports.Catalog.trash``."""
        number = _number(page_id)
        with self._database.transaction() as connection:
            connection.execute(_LOCK, (number,))
            row = connection.execute(f"{_ROWS} id = ?", (number,)).fetchone()
            if row is None:
                return
            self._page(row)
            connection.execute("UPDATE pages SET trashed = 1, updated_at = ? WHERE id = ?", (time.time(), number))
            _seal(connection, row[0])

    def close(self) -> None:
        """Lets go of the file; later calls raise StateError."""
        self._database.close()

    def _page(self, row: Row) -> Page:
        number, cells, _, _, trashed = self._database.opened("pages", row, of=f"row {row[0]}")
        return Page(id=PageId(str(number)), cells=codec.cells_from_json(cells), trashed=bool(trashed))

    @durable
    def _seal_old_rows(self) -> None:
        """Gives those rows a checksum that are from before there were any."""
        if self._database.rows("SELECT 1 FROM pages WHERE checksum IS NULL LIMIT 1"):
            with self._database.transaction() as connection:
                for row in connection.execute("SELECT id FROM pages WHERE checksum IS NULL").fetchall():
                    _seal(connection, row[0])


def derived(cells: str) -> Row:
    """The keys that a row with these cells is found by: its SoundCloud id, link and title. Raises: StateError."""
    return _stored(codec.cells_from_json(cells))[1:]


def _seal(connection: Connection, number: int) -> Row:
    row = connection.execute(f"{_ROWS} id = ?", (number,)).fetchone()
    whole = sealed("pages", *row[:-1])
    connection.execute("UPDATE pages SET checksum = ? WHERE id = ?", (whole[-1], number))
    return whole


def _kept(cells: Cells) -> dict[Field, CellValue]:
    """The cells that hold something."""
    return {name: value for name, value in cells.items() if value not in ("", ())}


def _stored(cells: Cells) -> tuple[str, int | None, str | None, str]:
    """A row's cells, and the keys it is found by."""
    number, url = cells.get(Field.SOUNDCLOUD_ID), cells.get(Field.URL)
    return (
        utf8(codec.cells_to_json(cells)),
        _number(str(int(number) if isinstance(number, float) and number.is_integer() else number)),
        normal_url(url) if isinstance(url, str) else None,
        _title(str(cells.get(Field.TITLE, ""))),
    )


def _title(text: str) -> str:
    return utf8(fold(text))


def _number(text: str) -> int | None:
    """A whole number that a column can hold; None for any other text."""
    text = text.strip()
    return int(text) if _NUMBER.fullmatch(text) and fits(int(text)) else None
