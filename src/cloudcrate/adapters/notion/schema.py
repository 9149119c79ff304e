"""Which column holds what: by the user's word, else by name and type. Keyed by property id ever after."""

import difflib
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from cloudcrate.adapters.notion.columns import Column
from cloudcrate.adapters.notion.synonyms import SYNONYMS
from cloudcrate.core import text
from cloudcrate.core.model import Field, MappedColumn
from cloudcrate.errors import UsageError

TEXTS = ("rich_text", "select", "multi_select")

TYPES: Mapping[Field, tuple[str, ...]] = {
    Field.TITLE: ("title",),
    Field.ARTIST: TEXTS,
    Field.URL: ("url", "rich_text"),
    Field.SOUNDCLOUD_ID: ("number", "rich_text"),
    Field.PLAYLISTS: ("relation", "multi_select", "select", "rich_text"),
    Field.DOWNLOADED: ("checkbox", "status", "select"),
    Field.FILE_PATH: ("rich_text",),
    Field.DURATION: ("number", "rich_text"),
    Field.GENRE: ("select", "multi_select", "rich_text"),
    Field.BPM: ("number", "rich_text"),
    Field.KEY: ("select", "rich_text"),
    Field.LABEL: TEXTS,
    Field.ISRC: ("rich_text",),
    Field.RELEASED: ("date", "rich_text"),
    Field.POSTED: ("date", "rich_text"),
    Field.AVAILABILITY: ("select", "rich_text"),
}
"""The column types that can hold each field, best first."""

NAMES: Mapping[Field, str] = {
    Field.TITLE: "Title",
    Field.ARTIST: "Artist",
    Field.URL: "SoundCloud URL",
    Field.SOUNDCLOUD_ID: "SoundCloud ID",
    Field.PLAYLISTS: "Playlists",
    Field.DOWNLOADED: "Downloaded",
    Field.FILE_PATH: "File path",
    Field.DURATION: "Duration",
    Field.GENRE: "Genre",
    Field.BPM: "BPM",
    Field.KEY: "Key",
    Field.LABEL: "Label",
    Field.ISRC: "ISRC",
    Field.RELEASED: "Released",
    Field.POSTED: "Posted",
    Field.AVAILABILITY: "Availability",
}
"""What a column for each field is called when cloudcrate makes it."""

OURS = " (cloudcrate)"
"""Follows the name of a column that cloudcrate makes beside one of the same name."""

_WITHOUT: Mapping[Field, str] = {
    Field.URL: "rows do not link to SoundCloud",
    Field.SOUNDCLOUD_ID: "rows are found by link or title instead",
    Field.PLAYLISTS: "rows do not say in which playlists their track is",
    Field.DOWNLOADED: "rows do not say whether there is a file",
}
_NO_GROUPS = "(status) has no option that means done, or none that means not begun"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mapped:
    """The column of each field that has one, and what is missing or unusable, in words."""

    columns: Mapping[Field, Column]
    notes: tuple[str, ...]


def normalised(name: str) -> str:
    """A column's name for comparing: NFKC, casefold, letters and digits only."""
    return "".join(c for c in unicodedata.normalize("NFKC", name).casefold() if c.isalnum())


def map_columns(columns: Sequence[Column], asked: Mapping[Field, MappedColumn]) -> Mapped:
    """Finds each field's column. What was ``asked`` for wins over what is found by name.

    A column asked for by id is the one with that id, whatever it is called now; when it was deleted, or its
    type can no longer hold the field, the field has no column and a note says so. A column asked for by name
    alone (or its id in the name's place) must be there and fit. Both empty: the field has no column.

    Raises: UsageError when a name names no column or an unfit one, two fields ask for one column, or there
    is no title.
    """
    title = next((column for column in columns if column.type == "title"), None)
    if title is None:
        raise UsageError("The Notion data source has no title column.", hint="Use a database that was made in Notion.")
    chosen, notes = _asked(columns, asked)
    chosen = {Field.TITLE: title} | chosen
    for field in SYNONYMS:
        if field in asked:
            continue
        taken = {column.id for column in chosen.values()}
        known = [column for column in named(columns, field) if column.id not in taken]
        fit = [column for column in known if fits(field, column)]
        if fit:
            chosen[field] = fit[0]
        notes += [] if fit else [_missing(field, known)]
    notes += _caveats(chosen)
    return Mapped(columns={field: chosen[field] for field in Field if field in chosen}, notes=tuple(notes))


def named(columns: Sequence[Column], field: Field) -> Iterator[Column]:
    """The columns that are called like the field, the most telling name first, then the best type."""
    types = TYPES[field]
    for name in (normalised(NAMES[field] + OURS), *SYNONYMS[field]):
        called = [column for column in columns if normalised(column.name) == name]
        yield from sorted(called, key=lambda c: types.index(c.type) if c.type in types else len(types))


def fits(field: Field, column: Column) -> bool:
    """Says whether the column can hold the field as it is."""
    if column.type == "status" and not (column.complete and column.todo):
        return False
    return column.type in TYPES[field] and (column.type != "relation" or column.target is not None)


def _asked(columns: Sequence[Column], asked: Mapping[Field, MappedColumn]) -> tuple[dict[Field, Column], list[str]]:
    chosen: dict[Field, Column] = {}
    notes: list[str] = []
    for field, wanted in asked.items():
        if wanted.id.strip():
            column, note = _by_id(columns, field, wanted)
            notes += [note] if note else []
        else:
            column = _by_name(columns, field, wanted.name) if wanted.name.strip() else None
        if column is None:
            continue
        other = next((f for f, c in chosen.items() if c.id == column.id), None)
        if other is not None:
            raise UsageError(
                f"The column “{column.shown}” is named for both {NAMES[other]} and {NAMES[field]}.",
                hint="Give each its own column.",
            )
        chosen[field] = column
    return chosen, notes


def _by_id(columns: Sequence[Column], field: Field, wanted: MappedColumn) -> tuple[Column | None, str]:
    """The column with this id if it can hold the field, else a note; the title is found without."""
    if field is Field.TITLE:
        return None, ""
    without = _WITHOUT.get(field, "it is not kept")
    column = next((column for column in columns if column.id == wanted.id), None)
    if column is None:
        shown = text.visible(wanted.name or wanted.id)[:80]
        return None, (
            f"the column “{shown}” for {NAMES[field]} was deleted: {without}; run cloudcrate init to choose another"
        )
    if fits(field, column):
        return column, ""
    said = f"the column “{column.shown}” for {NAMES[field]}"
    if column.type in TYPES[field]:
        lacks = "leads to a table that the token does not see" if column.type == "relation" else _NO_GROUPS
        return None, f"{said} {lacks}: {without}"
    return None, f"{said} is of type {column.type} now: {without}; these types would do: {', '.join(TYPES[field])}"


def _by_name(columns: Sequence[Column], field: Field, words: str) -> Column:
    column = _column_called(columns, words)
    if column is None:
        raise _no_such_column(columns, field, words)
    if not fits(field, column):
        raise UsageError(
            f"The column “{column.shown}” ({column.type}) cannot hold {NAMES[field]}.",
            hint=f"Its type can be: {', '.join(TYPES[field])}.",
        )
    return column


def _column_called(columns: Sequence[Column], words: str) -> Column | None:
    exact = [c for c in columns if words in (c.name, c.id)]
    return next(iter(exact or [c for c in columns if normalised(c.name) == normalised(words)]), None)


def _no_such_column(columns: Sequence[Column], field: Field, words: str) -> UsageError:
    by_name = {normalised(column.name): column.shown for column in columns}
    near = difflib.get_close_matches(normalised(words), by_name, n=1, cutoff=0.0)
    shown = text.visible(words)[:80]
    return UsageError(
        f"There is no column “{shown}” for {NAMES[field]} in the Notion database.",
        hint=f"The nearest one is “{by_name[near[0]]}”." if near else "",
    )


def _missing(field: Field, named: Sequence[Column]) -> str:
    without = _WITHOUT.get(field, "it is not kept")
    if named:
        column = named[0]
        return f"the column '{column.shown}' ({column.type}) cannot be used for '{NAMES[field]}': {without}"
    return f"no column for '{NAMES[field]}': {without}"


def _caveats(chosen: Mapping[Field, Column]) -> list[str]:
    playlists = chosen.get(Field.PLAYLISTS)
    if playlists is None or playlists.type != "select":
        return []
    return [f"the column '{playlists.shown}' (select) holds one name: a track keeps its first playlist there"]
