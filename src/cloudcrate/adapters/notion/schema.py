"""Which column holds what: by the user's word, else by name and type. Keyed by property id ever after."""

import difflib
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from cloudcrate.adapters.notion.columns import Column
from cloudcrate.core import text
from cloudcrate.core.model import Field
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
}
"""The column types that can hold each field, best first."""

SYNONYMS: Mapping[Field, tuple[str, ...]] = {
    Field.ARTIST: ("artist", "artistname", "artists", "artistnames"),
    Field.URL: ("soundcloudurl", "soundcloudlink", "soundcloud", "trackurl", "tracklink", "url", "link"),
    Field.SOUNDCLOUD_ID: ("soundcloudid", "soundcloudtrackid", "scid", "trackid"),
    Field.PLAYLISTS: ("playlists", "playlist", "soundcloudplaylists", "soundcloudplaylist"),
    Field.DOWNLOADED: ("downloaded", "isdownloaded"),
    Field.FILE_PATH: ("filepath", "path", "file", "filelocation", "location"),
    Field.DURATION: ("duration", "length", "time", "tracklength"),
    Field.GENRE: ("genre", "genres", "style", "styles"),
    Field.BPM: ("bpm", "averagebpm", "avgbpm", "tempo"),
    Field.KEY: ("key", "musickey", "musicalkey", "camelot", "camelotkey"),
    Field.LABEL: ("label", "recordlabel"),
    Field.ISRC: ("isrc",),
    Field.RELEASED: ("released", "releasedate", "releasedon"),
    Field.POSTED: ("posted", "postedon", "posteddate", "uploaded", "uploadedon", "uploaddate"),
}
"""Normalised column names seen in the wild, the most telling first."""

_NAMES: Mapping[Field, str] = {
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
}
_WITHOUT: Mapping[Field, str] = {
    Field.URL: "rows do not link to SoundCloud",
    Field.SOUNDCLOUD_ID: "rows are found by link or title instead",
    Field.PLAYLISTS: "rows do not say in which playlists their track is",
    Field.DOWNLOADED: "rows do not say whether there is a file",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Mapped:
    """The column of each field that has one, and what is missing or unusable, in words."""

    columns: Mapping[Field, Column]
    notes: tuple[str, ...]


def normalised(name: str) -> str:
    """A column's name for comparing: NFKC, casefold, letters and digits only."""
    return "".join(c for c in unicodedata.normalize("NFKC", name).casefold() if c.isalnum())


def map_columns(columns: Sequence[Column], asked: Mapping[Field, str]) -> Mapped:
    """Finds each field's column. ``asked`` (a column's name or property id) wins; empty: leave it unused.

    Raises: UsageError when ``asked`` names no column, an unfit one, or one twice; or there is no title.
    """
    title = next((column for column in columns if column.type == "title"), None)
    if title is None:
        raise UsageError("The Notion data source has no title column.", hint="Use a database that was made in Notion.")
    chosen = {Field.TITLE: title} | _asked(columns, asked)
    off = {field for field, words in asked.items() if not words.strip()} - {Field.TITLE}
    notes: list[str] = []
    for field in SYNONYMS:
        if field in chosen or field in off:
            continue
        taken = {column.id for column in chosen.values()}
        named = [column for column in _named(columns, field) if column.id not in taken]
        fit = [column for column in named if _fits(field, column)]
        if fit:
            chosen[field] = fit[0]
        notes += [] if fit else [_missing(field, named)]
    notes += _caveats(chosen)
    return Mapped(columns={field: chosen[field] for field in Field if field in chosen}, notes=tuple(notes))


def _asked(columns: Sequence[Column], asked: Mapping[Field, str]) -> dict[Field, Column]:
    chosen: dict[Field, Column] = {}
    for field, words in asked.items():
        if not words.strip():
            continue
        column = _column_called(columns, words)
        if column is None:
            raise _no_such_column(columns, field, words)
        if not _fits(field, column):
            raise UsageError(
                f"The column “{column.shown}” ({column.type}) cannot hold {_NAMES[field]}.",
                hint=f"Its type can be: {', '.join(TYPES[field])}.",
            )
        other = next((f for f, c in chosen.items() if c.id == column.id), None)
        if other is not None:
            raise UsageError(
                f"The column “{column.shown}” is named for both {_NAMES[other]} and {_NAMES[field]}.",
                hint="Give each its own column.",
            )
        chosen[field] = column
    return chosen


def _column_called(columns: Sequence[Column], words: str) -> Column | None:
    exact = [c for c in columns if words in (c.name, c.id)]
    return next(iter(exact or [c for c in columns if normalised(c.name) == normalised(words)]), None)


def _no_such_column(columns: Sequence[Column], field: Field, words: str) -> UsageError:
    by_name = {normalised(column.name): column.shown for column in columns}
    near = difflib.get_close_matches(normalised(words), by_name, n=1, cutoff=0.0)
    shown = text.visible(words)[:80]
    return UsageError(
        f"There is no column “{shown}” for {_NAMES[field]} in the Notion database.",
        hint=f"The nearest one is “{by_name[near[0]]}”." if near else "",
    )


def _named(columns: Sequence[Column], field: Field) -> Iterator[Column]:
    """The columns that a synonym names, the most telling name first, then the best type."""
    types = TYPES[field]
    for synonym in SYNONYMS[field]:
        named = [column for column in columns if normalised(column.name) == synonym]
        yield from sorted(named, key=lambda c: types.index(c.type) if c.type in types else len(types))


def _fits(field: Field, column: Column) -> bool:
    if column.type == "status" and not (column.complete and column.todo):
        return False
    return column.type in TYPES[field] and (column.type != "relation" or column.target is not None)


def _missing(field: Field, named: Sequence[Column]) -> str:
    without = _WITHOUT.get(field, "it is not kept")
    if named:
        column = named[0]
        return f"the column '{column.shown}' ({column.type}) cannot be used for '{_NAMES[field]}': {without}"
    return f"no column for '{_NAMES[field]}': {without}"


def _caveats(chosen: Mapping[Field, Column]) -> list[str]:
    playlists = chosen.get(Field.PLAYLISTS)
    if playlists is None or playlists.type != "select":
        return []
    return [f"the column '{playlists.shown}' (select) holds one name: a track keeps its first playlist there"]
