"""Which column of somebody's table could hold what: by its name and type, else by what its rows hold.

Nothing is proposed that could as well be something else; numbers that might be tempos are left alone.
"""

import re
import urllib.parse
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any  # Any: JSON is whatever the service says it is

from cloudcrate.adapters.notion import coerce
from cloudcrate.adapters.notion.columns import Column
from cloudcrate.adapters.notion.identify import same
from cloudcrate.adapters.notion.schema import fits, named, normalised
from cloudcrate.adapters.notion.synonyms import SYNONYMS
from cloudcrate.core.link import LinkKind, parse_link
from cloudcrate.core.model import CellValue, Field
from cloudcrate.errors import LinkError
from cloudcrate.ports.catalog import ColumnChoice

NAMED = "named like it"
SMALLEST_ID = 10**6  # most of SoundCloud's ids are larger; years, counts and tempos are not
ENOUGH_KEYS = 3  # so many cells, for a single letter says little

_ID_WORD = re.compile(r"(?<![^\W\d_])[iI][dD](?![^\W\d_])|(?<=[a-z])I[dD](?![a-z])")
_ELSEWHERE = re.compile(
    "amazon|apple|bandcamp|beatport|deezer|discogs|isrc|itunes|juno|mixcloud|musicbrainz|qobuz|rekordbox"
    "|serato|shazam|spotify|tidal|traktor|traxsource|youtube"
)
_CODED_KEY = re.compile(r"(?:0?[1-9]|1[0-2])[ABDMabdm]")  # Camelot, Open Key
_MUSICAL_KEY = re.compile(r"[A-G](?:#|b|♯|♭)?\s?(?:m|M|min|maj|minor|major|moll|dur)?", re.ASCII)
_AUDIO_PATH = re.compile(r"[^\r\n]+\.(?:mp3|m4a|mp4|aac|flac|wav|aiff?|ogg|opus|wma|alac)", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Clue:
    """What tells a field's column by its content. ``holds`` sees the name, the filled cells and the number of rows."""

    field: Field
    types: tuple[str, ...]
    holds: Callable[[str, Sequence[CellValue], int], bool]
    only: str
    several: str


def propose(
    columns: Sequence[Column],
    rows: Sequence[Mapping[str, Any]],  # Any: JSON
    *,
    playlists: Collection[str] = (),
) -> tuple[ColumnChoice, ...]:
    """A column for every field, in the fields' order, or why there is none; no column is given twice.

    ``rows`` are pages as Notion answers them. ``playlists`` are ids of the table that a relation of playlists
    must lead to: of its data source, its database, or both; empty: any will do.
    """
    chosen: dict[Field, tuple[Column, str]] = {}
    why_not: dict[Field, str] = {}
    title = next((column for column in columns if column.type == "title"), None)
    if title is not None:
        chosen[Field.TITLE] = title, "the title column"
    if playlists:
        _by_relation(columns, playlists, chosen, why_not)
    cells = {column.id: _cells(column, rows) for column in columns}
    free = [column for column in columns if not playlists or column.type != "relation"]
    _by_name(free, cells, chosen, why_not)
    _by_content(columns, cells, len(rows), chosen, why_not)
    return tuple(_choice(field, chosen, why_not) for field in Field)


def _choice(field: Field, chosen: Mapping[Field, tuple[Column, str]], why_not: Mapping[Field, str]) -> ColumnChoice:
    if field not in chosen:
        return ColumnChoice(
            field=field, column="", id="", type="", reason=why_not.get(field, "no column is named like it")
        )
    column, reason = chosen[field]
    return ColumnChoice(field=field, column=column.shown, id=column.id, type=column.type, reason=reason)


def _by_relation(
    columns: Sequence[Column],
    playlists: Collection[str],
    chosen: dict[Field, tuple[Column, str]],
    why_not: dict[Field, str],
) -> None:
    leading = [c for c in columns if c.type == "relation" and any(same(p, t) for p in playlists for t in c.targets)]
    leading = [column for column in leading if fits(Field.PLAYLISTS, column)]
    called = [column for column in named(columns, Field.PLAYLISTS) if column in leading]
    if called:
        chosen[Field.PLAYLISTS] = called[0], NAMED
    elif len(leading) == 1:
        chosen[Field.PLAYLISTS] = leading[0], "the only relation to the playlists table"
    elif leading:
        why_not[Field.PLAYLISTS] = f"several relations lead to the playlists table: {_list(leading)}"
    elif any(column.type == "relation" for column in named(columns, Field.PLAYLISTS)):
        why_not[Field.PLAYLISTS] = "the relation named like it leads to another table"


def _by_name(
    columns: Sequence[Column],
    cells: Mapping[str, Sequence[CellValue]],
    chosen: dict[Field, tuple[Column, str]],
    why_not: dict[Field, str],
) -> None:
    for field in SYNONYMS:
        if field in chosen:
            continue
        taken = {column.id for column, _ in chosen.values()}
        called = [column for column in named(columns, field) if column.id not in taken]
        fit = [column for column in called if fits(field, column)]
        agreeing = [column for column in fit if field is not Field.URL or not _leads_elsewhere(column, cells)]
        if agreeing:
            chosen[field] = agreeing[0], NAMED
        elif fit:
            why_not[field] = f"the links in “{fit[0].shown}” do not lead to SoundCloud tracks"
        elif called:
            why_not[field] = f"“{called[0].shown}” ({called[0].type}) is named like it and cannot hold it"


def _by_content(
    columns: Sequence[Column],
    cells: Mapping[str, Sequence[CellValue]],
    rows: int,
    chosen: dict[Field, tuple[Column, str]],
    why_not: dict[Field, str],
) -> None:
    for clue in CLUES:
        if clue.field in chosen:
            continue
        taken = {column.id for column, _ in chosen.values()}
        free = [column for column in columns if column.type in clue.types and column.id not in taken]
        found = [c for c in free if cells[c.id] and clue.holds(c.name, cells[c.id], rows)]
        if len(found) == 1:
            chosen[clue.field] = found[0], clue.only
        elif found:
            why_not[clue.field] = f"{clue.several}: {_list(found)}"


def _list(columns: Iterable[Column]) -> str:
    return ", ".join(f"“{column.shown}”" for column in columns)


def _cells(column: Column, rows: Sequence[Mapping[str, Any]]) -> tuple[CellValue, ...]:  # Any: JSON
    """The filled cells of a column whose content can tell something."""
    if column.type not in ("url", "number", "select", "rich_text"):
        return ()
    found = (coerce.decode(Field.ARTIST, column, prop) for prop in _properties(column, rows))  # texts stay texts
    return tuple(value for value in found if value is not None)


def _properties(column: Column, rows: Sequence[Mapping[str, Any]]) -> Iterable[Mapping[str, Any]]:  # Any: JSON
    for row in rows:
        properties = row.get("properties")
        for prop in properties.values() if isinstance(properties, dict) else ():
            if isinstance(prop, dict) and urllib.parse.unquote(str(prop.get("id"))) == column.id:
                yield prop


# --- what cells hold ----------------------------------------------------------------------------


def _leads_elsewhere(column: Column, cells: Mapping[str, Sequence[CellValue]]) -> bool:
    """Says whether a column that may be for any links holds none to SoundCloud's tracks."""
    said = "soundcloud" in normalised(column.name)
    return not said and bool(cells[column.id]) and not any(map(_is_track_link, cells[column.id]))


def _is_track_link(value: CellValue) -> bool:
    try:
        link = parse_link(value) if isinstance(value, str) else None
    except LinkError:
        return False
    return link is not None and link.kind is LinkKind.TRACK


def _is_id(value: CellValue) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= SMALLEST_ID


def _matches(pattern: re.Pattern[str], value: CellValue) -> bool:
    return isinstance(value, str) and pattern.fullmatch(value.strip()) is not None


def _are_track_links(_: str, cells: Sequence[CellValue], __: int) -> bool:
    return all(map(_is_track_link, cells))


def _are_ids(name: str, cells: Sequence[CellValue], rows: int) -> bool:
    called = _ID_WORD.search(name) is not None and not _ELSEWHERE.search(normalised(name))
    return called and sum(map(_is_id, cells)) * 2 > rows


def _are_keys(_: str, cells: Sequence[CellValue], __: int) -> bool:
    if not all(_matches(_CODED_KEY, cell) or _matches(_MUSICAL_KEY, cell) for cell in cells):
        return False
    return len(cells) >= ENOUGH_KEYS and any(len(str(cell).strip()) > 1 for cell in cells)  # not grades A to G


def _are_paths(_: str, cells: Sequence[CellValue], __: int) -> bool:
    return all(_matches(_AUDIO_PATH, cell) for cell in cells)


CLUES = (
    _Clue(
        field=Field.URL,
        types=("url",),
        holds=_are_track_links,
        only="the only link column with SoundCloud links",
        several="several link columns hold SoundCloud links",
    ),
    _Clue(
        field=Field.SOUNDCLOUD_ID,
        types=("number",),
        holds=_are_ids,
        only="the only number column that is called an id and holds numbers like SoundCloud's",
        several="several number columns hold ids",
    ),
    _Clue(
        field=Field.KEY,
        types=("select", "rich_text"),
        holds=_are_keys,
        only="the only column with musical keys",
        several="several columns hold musical keys",
    ),
    _Clue(
        field=Field.FILE_PATH,
        types=("rich_text",),
        holds=_are_paths,
        only="the only text column with paths of audio files",
        several="several text columns hold paths of audio files",
    ),
)
