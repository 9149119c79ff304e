"""Small facts of adapters, and catalogs' rows as they were last seen. All of it can be asked for again."""

from collections.abc import Mapping

from cloudcrate.adapters.sql.database import Database, Row, durable, sealed, utf8
from cloudcrate.core import codec
from cloudcrate.core.model import Cells, PageId


class SqlNotes:
    """See ``ports.Notes`` and ``ports.RowIndex``. What is damaged counts as never noted."""

    _database: Database

    def note(self, key: str) -> str | None:
        """See ``ports.Notes.note``."""
        rows = self._database.rows("SELECT key, text, checksum FROM notes WHERE key = ?", [utf8(key)])
        return next((str(row[1]) for row in rows if _whole("notes", row)), None)

    @durable
    def keep_note(self, key: str, text: str) -> None:
        """See ``ports.Notes.keep_note``."""
        with self._database.transaction() as connection:
            if not text:
                connection.execute("DELETE FROM notes WHERE key = ?", (utf8(key),))
                return
            connection.execute(
                "INSERT INTO notes VALUES (?, ?, ?) ON CONFLICT (key) DO UPDATE SET "
                "text = excluded.text, checksum = excluded.checksum",
                sealed("notes", utf8(key), utf8(text)),
            )

    def indexed(self, catalog: str) -> dict[PageId, Cells]:
        """See ``ports.RowIndex.indexed``."""
        rows = self._database.rows(
            "SELECT catalog, page, cells, checksum FROM indexed WHERE catalog = ?", [utf8(catalog)]
        )
        return {PageId(row[1]): codec.cells_from_json(row[2]) for row in rows if _whole("indexed", row)}

    @durable
    def index(self, catalog: str, rows: Mapping[PageId, Cells], *, afresh: bool = False) -> None:
        """See ``ports.RowIndex.index``."""
        kept = [
            sealed("indexed", utf8(catalog), page_id, utf8(codec.cells_to_json(cells)))
            for page_id, cells in sorted(rows.items(), key=lambda item: item[0])
        ]
        with self._database.transaction() as connection:
            if afresh:
                connection.execute("DELETE FROM indexed WHERE catalog = ?", (utf8(catalog),))
            connection.executemany(
                "INSERT INTO indexed VALUES (?, ?, ?, ?) ON CONFLICT (catalog, page) DO UPDATE SET "
                "cells = excluded.cells, checksum = excluded.checksum",
                kept,
            )


def _whole(table: str, row: Row) -> bool:
    return sealed(table, *row[:-1]) == row
