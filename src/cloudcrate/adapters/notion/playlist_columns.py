"""What a playlist's page can be told, and what of it may be written: never what its user has put there.

The state, the count, the time and the order are cloudcrate's to keep up as long as the page shows that it
keeps them: the state is one of its words, or the cell holds what it last wrote, or nothing.
"""

import urllib.parse
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any  # Any: JSON is whatever the service says it is

from cloudcrate.adapters.notion import coerce
from cloudcrate.adapters.notion.client import JsonObject
from cloudcrate.adapters.notion.columns import Column
from cloudcrate.adapters.notion.covers import dressed
from cloudcrate.adapters.notion.schema import normalised
from cloudcrate.core import text
from cloudcrate.core.link import parse_link
from cloudcrate.core.model import Candidate, CellValue, Field, Origin, PlaylistFacts, PlaylistState
from cloudcrate.errors import LinkError

URL, OWNER, TRACKS, STATE, SYNCED_AT, ORDER = "link", "owner", "track count", "status", "last sync", "track order"
_OURS = (TRACKS, STATE, SYNCED_AT, ORDER)

_TYPES: Mapping[str, tuple[str, ...]] = {
    URL: ("url", "rich_text"),
    OWNER: ("rich_text", "select"),
    TRACKS: ("number",),
    STATE: ("select", "rich_text"),
    SYNCED_AT: ("date",),
    ORDER: ("rich_text",),
}
_NAMES: Mapping[str, tuple[str, ...]] = {
    URL: ("url", "link", "soundcloudurl", "soundcloudlink", "soundcloud", "playlisturl", "playlistlink"),
    OWNER: ("owner", "by", "user", "curator", "creator", "artist", "besitzer"),
    TRACKS: ("trackcount", "tracks", "numberoftracks", "trackscount", "anzahl", "titelanzahl"),
    STATE: ("status", "syncstatus", "state", "sync"),
    SYNCED_AT: ("lastsync", "lastsynced", "lastcompletesync", "syncedat", "synced", "letztesync"),
    ORDER: ("trackorder", "order", "tracklist", "reihenfolge"),
}
_WORDS = frozenset(state.value for state in PlaylistState)
LONGEST_ORDER = coerce.SEGMENT * coerce.SEGMENTS


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaylistPage:
    """A playlist's page as it stands. ``told`` is what was last written there, by kind of fact."""

    id: str
    columns: Mapping[str, Column]
    values: Mapping[str, CellValue]
    covered: bool  # it has a cover
    told: Mapping[str, CellValue]

    def lacks(self, facts: PlaylistFacts) -> dict[str, CellValue]:
        """The facts it would have to be told, but for the time."""
        wanted = {k: v for k, v in values_of(facts).items() if k != SYNCED_AT}
        return {kind: value for kind, value in wanted.items() if self._may(kind) and self._differs(kind, value)}

    def body(self, facts: PlaylistFacts) -> JsonObject:
        """The page write that tells it these facts; empty when there is nothing to tell."""
        lacks = self.lacks(facts)
        at = values_of(facts).get(SYNCED_AT)
        if at is not None and self._may(SYNCED_AT):
            lacks[SYNCED_AT] = at
        made: JsonObject = {"properties": encoded(self.columns, lacks)} if lacks else {}
        return made if self.covered or not lacks else made | dressed(facts.artwork_url)

    def _may(self, kind: str) -> bool:
        if kind not in self.columns:
            return False
        held = self.values.get(kind)
        if held is None or (kind in self.told and held == self.told[kind]):
            return True
        return kind in _OURS and text.fold(str(self.values.get(STATE, ""))) in _WORDS

    def _differs(self, kind: str, value: CellValue) -> bool:
        held = self.values.get(kind)
        return held is None if kind not in _OURS else held != value


def candidate_of(row: JsonObject, title: str) -> Candidate | None:
    """The playlist that a page names by its link; None when it has none that leads to music on SoundCloud."""
    properties = row.get("properties")
    values = read(columns_of(properties), properties) if isinstance(properties, dict) else {}
    url, owner, tracks = (values.get(kind) for kind in (URL, OWNER, TRACKS))
    try:
        link = parse_link(url) if isinstance(url, str) else None
    except LinkError:
        return None
    if link is None or not isinstance(url, str):
        return None
    return Candidate(
        title=title,
        owner=owner if isinstance(owner, str) else "",
        url=url.strip(),
        origin=Origin.NOTION,
        tracks=int(tracks) if isinstance(tracks, int | float) else None,
    )


def columns_of(properties: Mapping[str, Any]) -> dict[str, Column]:  # Any: JSON
    """The column of each kind of fact, by name and type; ``properties`` of a page or of a data source."""
    listed = [
        Column(id=urllib.parse.unquote(str(prop.get("id"))), name=name, type=str(prop.get("type")))
        for name, prop in properties.items()
        if isinstance(prop, dict)
    ]
    found: dict[str, Column] = {}
    for kind, names in _NAMES.items():
        for column in _named(listed, names, _TYPES[kind]):
            if column.id not in {other.id for other in found.values()}:
                found[kind] = column
                break
    return found


def values_of(facts: PlaylistFacts) -> dict[str, CellValue]:
    """The facts as values; what is None is left out."""
    order = None if facts.order is None else _numbered(facts.order)
    values = {
        URL: facts.url,
        OWNER: facts.owner,
        TRACKS: facts.tracks,
        STATE: facts.state.value if facts.state else None,
        SYNCED_AT: facts.synced_at,
        ORDER: order,
    }
    return {kind: value for kind, value in values.items() if value is not None and value != ""}


def encoded(columns: Mapping[str, Column], values: Mapping[str, CellValue]) -> JsonObject:
    """Values as the properties of a page write. Raises: RejectedError."""
    return {columns[kind].id: coerce.encode(_FIELDS[kind], columns[kind], value) for kind, value in values.items()}


def read(columns: Mapping[str, Column], properties: Mapping[str, Any]) -> dict[str, CellValue]:  # Any: JSON
    """What a page's properties say of each kind of fact; empty cells are left out."""
    by_id = {urllib.parse.unquote(str(p.get("id"))): p for p in properties.values() if isinstance(p, dict)}
    found = {
        kind: coerce.decode(_FIELDS[kind], column, by_id[column.id])
        for kind, column in columns.items()
        if column.id in by_id
    }
    return {kind: value for kind, value in found.items() if value is not None}


_FIELDS: Mapping[str, Field] = {  # a field whose values are written in the same form
    URL: Field.URL,
    OWNER: Field.ARTIST,
    TRACKS: Field.BPM,
    STATE: Field.GENRE,
    SYNCED_AT: Field.POSTED,
    ORDER: Field.LABEL,
}


def _named(columns: list[Column], names: tuple[str, ...], types: tuple[str, ...]) -> Iterator[Column]:
    for name in names:
        yield from (column for column in columns if normalised(column.name) == name and column.type in types)


def _numbered(order: tuple[str, ...]) -> str:
    """One line per track; what does not fit into a cell is cut with a word about it."""
    lines = [f"{place}. {name}" for place, name in enumerate(order, 1)]
    whole = "\n".join(lines)
    if len(whole) <= LONGEST_ORDER // 2:
        return whole
    kept: list[str] = []
    room = LONGEST_ORDER // 2
    for line in lines:
        room -= len(line) + 1
        if room < 40:
            return "\n".join([*kept, f"… and {len(lines) - len(kept)} more"])
        kept.append(line)
    return whole
