"""Tables and their columns as text. Every foreign text goes through ``visible``."""

from collections.abc import Iterator

from cloudcrate.app.setup import Agreed, Agreement, Standing
from cloudcrate.core.text import visible
from cloudcrate.ports.catalog import TableChoice

WIDEST = 40
"""Characters of a column's name or type that are shown."""


def agreement_lines(agreement: Agreement) -> Iterator[str]:
    """One line per field: its column, the column's type, and why."""
    head = ("Field", "Column", "Type", "Why")
    rows = [head, *((a.field.value, _name(a), _cut(a.column.type), _why(a)) for a in agreement.fields)]
    widths = [max(len(row[place]) for row in rows) for place in range(3)]
    for row in rows:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=False))
        yield f"  {'  '.join(cells)}  {row[3]}"


def table_words(table: TableChoice) -> str:
    """A table or page in words: its name, where it lies, its link."""
    place = f" in {visible(table.place)}" if table.place else ""
    link = f" ({visible(table.url)})" if table.url else ""
    return f"“{visible(table.name)}”{place}{link}"


def _name(agreed: Agreed) -> str:
    return _cut(agreed.column.name or agreed.column.id) or "-"


def _cut(text: str) -> str:
    shown = visible(text)
    return shown if len(shown) <= WIDEST else f"{shown[: WIDEST - 1]}…"


def _why(agreed: Agreed) -> str:
    new = "new: " if agreed.standing is Standing.PROPOSED else ""
    return new + visible(agreed.reason)
