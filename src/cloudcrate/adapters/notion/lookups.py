"""Conditions that find the rows of tracks: by id, by link, by title; at most a hundred in one query.

A track costs one condition of each kind, so that a hundred tracks cost one query by id, and those without
a row two more. A condition may find more than the row: what it finds is judged elsewhere.
"""

from collections.abc import Iterable, Iterator, Sequence

from cloudcrate.adapters.notion.client import JsonObject
from cloudcrate.adapters.notion.columns import Column
from cloudcrate.core import match, text
from cloudcrate.core.link import normal_url
from cloudcrate.core.model import CellValue, Track

CONDITIONS = 100
LENGTH = 3
"""Seconds by which a row's length may differ: what is judged later, and rounding."""

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
    """Rows with a track's link in any spelling: ``www.``, ``http:``, the ``?si=`` of shared links, a token."""
    for key in dict.fromkeys(link_key(track.url) for track in tracks):
        if key is not None:
            yield from ({"property": column.id, "rich_text": test} for test in _containing(key, "?/#"))


def by_title(column: Column, tracks: Iterable[Track], *, length: Column | None = None) -> Iterator[JsonObject]:
    """Rows whose title may be a spelling of a track's. Notion compares without regard to case.

    With a number column for the length only rows of about that length, or of none: a word like "Angle" stands in
    hundreds of titles, and each hundred rows is a request.
    """
    asked: dict[tuple[str, str, int], JsonObject] = {}
    for track in tracks:
        key = match.title_key(track)
        exact = () if key else match.title_lookups(track)
        for test in (*(_containing(key, " ") if key else ()), *({"equals": title} for title in exact)):
            ((how, words),) = test.items()
            if len(words) <= LONGEST:
                found = how, text.fold(words), round(track.seconds)
                asked.setdefault(found, {"property": column.id, "rich_text": test})
    for (_, __, seconds), test in asked.items():
        yield from _of_length(test, length, seconds)


def _of_length(test: JsonObject, length: Column | None, seconds: int) -> Iterator[JsonObject]:
    if length is None or length.type != "number" or not seconds:
        yield test
        return
    for tests in (
        ({"greater_than_or_equal_to": seconds - LENGTH}, {"less_than_or_equal_to": seconds + LENGTH}),
        ({"is_empty": True},),
    ):
        yield {"and": [test, *({"property": length.id, "number": number} for number in tests)]}


def _containing(key: str, marks: str) -> Iterator[dict[str, str]]:
    """Texts that hold ``key``. One that ends in a digit must end there, or ``song 1`` would find ``song 10`` to
    ``song 1999``."""
    if not key[-1].isdigit():
        yield {"contains": key}
        return
    yield {"ends_with": key}
    yield from ({"contains": key + mark} for mark in marks)
