"""The local catalog: a table of tracks in a SQLite file of its own, for those without Notion."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from cloudcrate.adapters.sql.database import Database, Row, marks
from cloudcrate.adapters.sql.migrations import CATALOG
from cloudcrate.core import codec
from cloudcrate.core.link import normal_url
from cloudcrate.core.match import title_lookups
from cloudcrate.core.model import CatalogInfo, Cells, CellValue, Field, Page, PageId, Track
from cloudcrate.core.text import fold
from cloudcrate.errors import NotFoundError

AT_ONCE = 500


class LocalCatalog:
    """See ``ports.Catalog``."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._database = Database(path, CATALOG)

    def open(self) -> CatalogInfo:
        """See ``ports.Catalog.open``."""
        return CatalogInfo(id=f"local:{self._path}", name="the local catalog", fields=frozenset(Field))

    def find(self, tracks: Sequence[Track]) -> tuple[Page, ...]:
        """See ``ports.Catalog.find``."""
        ids: list[object] = [track.id for track in tracks]
        urls: list[object] = [url for track in tracks if (url := normal_url(track.url))]
        titles: list[object] = [fold(title) for track in tracks for title in title_lookups(track)]
        found: dict[PageId, Page] = {}
        for column, values in (("soundcloud_id", ids), ("url", urls), ("title", titles)):
            for start in range(0, len(values), AT_ONCE):
                block = values[start : start + AT_ONCE]
                where = f"trashed = 0 AND {column} IN ({marks(len(block))})"
                found |= {page.id: page for page in self._pages(where, block)}
        return tuple(found.values())

    def get(self, pages: Mapping[PageId, Track]) -> dict[PageId, Page]:
        """See ``ports.Catalog.get``."""
        wanted = list(pages)
        found: dict[PageId, Page] = {}
        for start in range(0, len(wanted), AT_ONCE):
            block = wanted[start : start + AT_ONCE]
            found |= {page.id: page for page in self._pages(f"id IN ({marks(len(block))})", list(map(int, block)))}
        return {page_id: found.get(page_id, Page(id=page_id, cells={}, trashed=True)) for page_id in wanted}

    def create(self, cells: Cells, track: Track, *, announce: Callable[[], None]) -> Page:  # noqa: ARG002  # the port's
        """See ``ports.Catalog.create``."""
        announce()
        with self._database.transaction() as connection:
            row = connection.execute(
                "INSERT INTO pages (cells, soundcloud_id, url, title) VALUES (?, ?, ?, ?) RETURNING id",
                (codec.cells_to_json(cells), *_keys(cells)),
            ).fetchone()
        return Page(id=PageId(str(row[0])), cells=dict(cells))

    def update(self, page_id: PageId, cells: Cells) -> Page:
        """See ``ports.Catalog.update``."""
        with self._database.transaction() as connection:
            row = connection.execute("SELECT cells FROM pages WHERE id = ? AND trashed = 0", (int(page_id),)).fetchone()
            if row is None:
                raise NotFoundError(f"The row {page_id} of the local catalog is gone.")
            kept: dict[Field, CellValue] = {**codec.cells_from_json(row[0]), **cells}
            kept = {name: value for name, value in kept.items() if value not in ("", ())}
            connection.execute(
                "UPDATE pages SET cells = ?, soundcloud_id = ?, url = ?, title = ? WHERE id = ?",
                (codec.cells_to_json(kept), *_keys(kept), int(page_id)),
            )
        return Page(id=page_id, cells=kept)

    def trash(self, page_id: PageId) -> None:
        """Takes a row out of sight, as its user may."""
        with self._database.transaction() as connection:
            connection.execute("UPDATE pages SET trashed = 1 WHERE id = ?", (int(page_id),))

    def rows(self) -> tuple[Page, ...]:
        """Every row that is in sight, oldest first."""
        return tuple(self._pages("trashed = 0", []))

    def close(self) -> None:
        """Lets go of the file."""
        self._database.close()

    def _pages(self, where: str, values: Sequence[object]) -> list[Page]:
        """Rows by a condition of our own; values are bound."""
        rows = self._database.rows(f"SELECT id, cells, trashed FROM pages WHERE {where} ORDER BY id", values)  # noqa: S608  # see above
        return [_page(row) for row in rows]


def _page(row: Row) -> Page:
    return Page(id=PageId(str(row[0])), cells=codec.cells_from_json(row[1]), trashed=bool(row[2]))


def _keys(cells: Cells) -> tuple[int | None, str | None, str]:
    """What a row is found by."""
    number, url = cells.get(Field.SOUNDCLOUD_ID), cells.get(Field.URL)
    return (
        int(number) if isinstance(number, (int, float, str)) and str(number).isdecimal() else None,
        normal_url(url) if isinstance(url, str) else None,
        fold(str(cells.get(Field.TITLE, ""))),
    )
