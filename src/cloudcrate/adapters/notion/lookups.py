"""Conditions that find the rows of tracks: by id, by link, by title; at most a hundred in one query."""

from collections.abc import Iterable, Iterator, Sequence

from cloudcrate.adapters.notion.client import JsonObject
from cloudcrate.adapters.notion.columns import Column
from cloudcrate.core import match, text
from cloudcrate.core.link import normal_url
from cloudcrate.core.model import CellValue, Track

CONDITIONS = 100
LONGEST = 1000
"""Characters of a text to filter by; Notion refuses a query for one text beyond its limit of 2,000 units."""


def blocks(conditions: Iterable[JsonObject]) -> list[Sequence[JsonObject]]:
    """The conditions in portions for one query each."""
    every = tuple(conditions)
    return [every[start : start + CONDITIONS] for start in range(0, len(every), CONDITIONS)]


def link_key(link: CellValue | None) -> str | None:
    """What the spellings of a track's link have in common: ``soundcloud.com/artist/track``; None: no such link."""
    key = normal_url(link) if isinstance(link, str) else None
    return key if key is not None and key.count("/") >= 2 else None


def by_id(column: Column, tracks: Iterable[Track]) -> Iterator[JsonObject]:
    """Rows that carry a track's id."""
    for track in tracks:
        if column.type == "number":
            yield {"property": column.id, "number": {"equals": int(track.id)}}
        else:
            yield {"property": column.id, "rich_text": {"equals": str(track.id)}}


def by_link(column: Column, tracks: Iterable[Track]) -> Iterator[JsonObject]:
    """Rows with a track's link in any spelling: ``www.``, ``http:``, the ``?si=`` of shared links, a token.

    Not simply what contains the key: ``song-1`` would find ``song-10`` to ``song-1999`` too.
    """
    for key in dict.fromkeys(link_key(track.url) for track in tracks):
        if key is not None:
            yield {"property": column.id, "rich_text": {"ends_with": key}}
            yield from ({"property": column.id, "rich_text": {"contains": key + mark}} for mark in "?/#")


def by_title(column: Column, tracks: Iterable[Track]) -> Iterator[JsonObject]:
    """Rows with one of the titles a track may go by. Notion compares without regard to case."""
    titles = {text.fold(title): title for track in tracks for title in match.title_lookups(track)}
    for folded, title in titles.items():
        if folded and len(title) <= LONGEST:
            yield {"property": column.id, "rich_text": {"equals": title}}
