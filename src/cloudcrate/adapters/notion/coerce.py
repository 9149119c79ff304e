"""Cell values to property JSON and back, for every type of column that is written.

Reading what was written gives the value again, except where the column can hold less: an option's name
has no commas and at most 100 characters, a select holds one name, m:ss holds whole seconds. What the
user wrote in a form we do not know is read as text, so that it never looks like ours.
"""

import datetime
import math
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any  # Any: JSON is whatever the service says it is

from cloudcrate.adapters.notion.columns import Column
from cloudcrate.core import text
from cloudcrate.core.model import CellValue, Field
from cloudcrate.errors import RejectedError

SEGMENT = 2000  # UTF-16 units of one rich text segment, and of a link
SEGMENTS = 100
OPTION = 100  # UTF-16 units of an option's name
OPTIONS = 100  # of one multi-select, and related pages of one write
LARGEST_NUMBER = 2**53  # Notion's numbers are doubles

_YES = ("yes", "downloaded", "done", "complete", "true", "y", "✓", "✅")
_NO = ("no", "not downloaded", "to do", "todo", "not started", "false", "n", "✗", "❌")
_NUMBER = re.compile(r"[-+]?\d{1,17}(?:\.\d{1,20})?(?:[eE][-+]?\d{1,3})?")
_CLOCK = re.compile(r"(?:(\d{1,4}):)?(\d{1,4}):([0-5]\d)")
_TRACK_URN = re.compile(r"(?:soundcloud:tracks:)?(\d{1,19})")

Property = Mapping[str, Any]  # Any: JSON
"""A property of a page, as Notion answers it."""


def encode(field: Field, column: Column, value: CellValue) -> dict[str, Any]:  # Any: JSON
    """``value`` as the property of a page write; an empty text or tuple empties the cell.

    Relations are not made here: their names must be looked up first (``related``).
    Raises: RejectedError when the column cannot hold it.
    """
    if value in ("", ()):
        return {column.type: _EMPTY.get(column.type)}
    try:
        return {column.type: _ENCODERS[column.type](field, column, value)}
    except ValueError as error:
        raise RejectedError(
            f"The column “{column.shown}” ({column.type}) cannot hold this: {error}",
            hint="Change the column's type, or leave it unmapped.",
        ) from error


def decode(field: Field, column: Column, prop: Property) -> CellValue | None:
    """The value of a property; None when the cell is empty."""
    if prop.get("type") != column.type:
        return None
    value = _DECODERS[column.type](field, column, prop.get(column.type))
    return None if value in (None, "", ()) else value


def related(ids: Iterable[str]) -> dict[str, Any]:  # Any: JSON
    """A relation to these pages. Raises: RejectedError when there are more than one write can hold."""
    pages = [{"id": page_id} for page_id in dict.fromkeys(ids)]
    if len(pages) > OPTIONS:
        raise RejectedError(
            f"Notion takes at most {OPTIONS} related pages in one write; this row has {len(pages)}.",
            hint="Unlink some of its playlists.",
        )
    return {"relation": pages}


def related_ids(prop: Property) -> tuple[str, ...]:
    """The page ids of a relation, as far as they came along."""
    return tuple(str(item["id"]) for item in _items(prop.get("relation")) if isinstance(item.get("id"), str))


def names(value: CellValue) -> tuple[str, ...]:
    """The names in a PLAYLISTS value."""
    return value if isinstance(value, tuple) else (str(value),)


def plain_text(parts: object) -> str:
    """The text of a title or rich text."""
    return "".join(str(item.get("plain_text", "")) for item in _items(parts))


def option_name(name: str) -> str:
    """``name`` as the name of an option: without commas, which Notion refuses, and not too long."""
    return _cut(" ".join(_storable(name).replace(",", " ").split()), OPTION).rstrip()


def rich_text(words: str) -> list[dict[str, Any]]:  # Any: JSON
    """``words`` in segments that Notion takes. Raises: ValueError when there is too much of it."""
    rest = _storable(words)
    segments: list[dict[str, Any]] = []  # Any: JSON
    while rest:
        if len(segments) == SEGMENTS:
            raise ValueError(f"the text is longer than {SEGMENTS * SEGMENT} characters")
        segment = _cut(rest, SEGMENT)
        segments.append({"type": "text", "text": {"content": segment}})
        rest = rest[len(segment) :]
    return segments


def as_words(field: Field, value: CellValue) -> str:
    """``value`` as the text of a cell."""
    if isinstance(value, tuple):
        return ", ".join(dict.fromkeys(filter(None, map(_listed, value))))
    if field is Field.DURATION and _is_number(value):
        return _clock(float(value))
    if isinstance(value, bool):
        return "Yes" if value else "No"
    return str(value)


def from_words(field: Field, words: str) -> CellValue:
    """The value that a cell's text says; the text itself when it has another form."""
    stripped = words.strip()
    match field:
        case Field.PLAYLISTS:
            return tuple(dict.fromkeys(name.strip() for name in words.split(",") if name.strip()))
        case Field.SOUNDCLOUD_ID:
            found = _TRACK_URN.fullmatch(stripped)
            return int(found[1]) if found and found[1].isascii() else words
        case Field.DURATION:
            seconds = _seconds(stripped)
            return _number_or(words) if seconds is None else seconds
        case Field.BPM:
            return _number_or(words)
        case _:
            return words


def _listed(name: str) -> str:
    return " ".join(_storable(name).replace(",", " ").split())


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


def _number_or(words: str) -> CellValue:
    stripped = words.strip()
    if not stripped.isascii() or not _NUMBER.fullmatch(stripped):
        return words
    number = float(stripped)
    if not math.isfinite(number):
        return words
    return int(number) if number.is_integer() else number


def _clock(seconds: float) -> str:
    whole = max(0, round(seconds))
    minutes, rest = divmod(whole, 60)
    hours, short = divmod(minutes, 60)
    return f"{hours}:{short:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def _seconds(words: str) -> int | None:
    found = _CLOCK.fullmatch(words)
    if not found or not words.isascii():
        return None
    hours, minutes, seconds = (int(part or 0) for part in found.groups())
    return hours * 3600 + minutes * 60 + seconds


def _storable(words: str) -> str:
    """Without what Notion's store refuses: NUL and lone surrogates."""
    return "".join("\ufffd" if "\ud800" <= c <= "\udfff" else c for c in words if c != "\0")


def _cut(words: str, units: int) -> str:
    """The longest start of ``words`` within so many UTF-16 units; no pair is split."""
    if len(words) * 2 <= units:
        return words
    room = units
    for index, char in enumerate(words):
        room -= 2 if ord(char) > 0xFFFF else 1
        if room < 0:
            return words[:index]
    return words


def _items(value: object) -> list[dict[str, Any]]:  # Any: JSON
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


# --- writing ------------------------------------------------------------------------------------


def _write_text(field: Field, _: Column, value: CellValue) -> object:
    return rich_text(as_words(field, value))


def _write_url(_: Field, __: Column, value: CellValue) -> object:
    link = _storable(str(value)).strip()
    if not re.match(r"https?://", link) or _cut(link, SEGMENT) != link:
        raise ValueError(f"not a link of at most {SEGMENT} characters")
    return link


def _write_number(_: Field, __: Column, value: CellValue) -> object:
    number = _number_or(value) if isinstance(value, str) else value
    if not isinstance(number, (int, float)) or not _is_number(number):
        raise ValueError("not a number")
    if abs(number) > LARGEST_NUMBER:
        raise ValueError("a number too large to be kept exactly")
    return number


def _write_checkbox(_: Field, __: Column, value: CellValue) -> object:
    if not isinstance(value, bool):
        raise ValueError("not a yes or no")
    return value


def _write_select(field: Field, column: Column, value: CellValue) -> object:
    if isinstance(value, bool):
        words = _YES if value else _NO
        known = [o for word in words for o in column.options if text.fold(o) == word]
        return {"name": known[0] if known else words[0].capitalize()}
    if isinstance(value, tuple):
        value = next(iter(value))
    return _option(column, as_words(field, value))


def _write_multi_select(field: Field, column: Column, value: CellValue) -> object:
    words = value if isinstance(value, tuple) else (as_words(field, value),)
    options = {text.fold(name): {"name": name} for name in (_existing(column, word) for word in words) if name}
    if len(options) > OPTIONS:
        raise ValueError(f"more than {OPTIONS} names")
    return list(options.values())


def _write_status(_: Field, column: Column, value: CellValue) -> object:
    if not isinstance(value, bool):
        raise ValueError("not a yes or no")
    group, words = (column.complete, _YES) if value else (column.todo, _NO)
    known = [option for word in words for option in group if text.fold(option) == word]
    return {"name": (known or list(group))[0]}


def _write_date(_: Field, __: Column, value: CellValue) -> object:
    day = str(value)
    datetime.datetime.fromisoformat(day)
    return {"start": day}


def _option(column: Column, words: str) -> object:
    name = _existing(column, words)
    return {"name": name} if name else None


def _existing(column: Column, words: str) -> str:
    """The column's own spelling of an option, so that none is made twice."""
    name = option_name(words)
    return next((o for o in column.options if text.fold(o) == text.fold(name)), name)


# --- reading ------------------------------------------------------------------------------------


def _read_text(field: Field, _: Column, value: object) -> CellValue | None:
    words = plain_text(value)
    return from_words(field, words) if words.strip() else None


def _read_url(_: Field, __: Column, value: object) -> CellValue | None:
    return value if isinstance(value, str) else None


def _read_number(_: Field, __: Column, value: object) -> CellValue | None:
    if not isinstance(value, (int, float)) or isinstance(value, bool):
        return None
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _read_checkbox(_: Field, __: Column, value: object) -> CellValue | None:
    return value if isinstance(value, bool) else None


def _read_select(field: Field, _: Column, value: object) -> CellValue | None:
    name = value.get("name") if isinstance(value, dict) else None
    if not isinstance(name, str) or not name:
        return None
    if field is Field.DOWNLOADED:
        folded = text.fold(name)
        return True if folded in _YES else False if folded in _NO else name
    return (name,) if field is Field.PLAYLISTS else name


def _read_multi_select(field: Field, _: Column, value: object) -> CellValue | None:
    found = tuple(str(item["name"]) for item in _items(value) if item.get("name"))
    return found if field is Field.PLAYLISTS else ", ".join(found)


def _read_status(_: Field, column: Column, value: object) -> CellValue | None:
    name = value.get("name") if isinstance(value, dict) else None
    return name in column.complete if isinstance(name, str) else None


def _read_date(_: Field, __: Column, value: object) -> CellValue | None:
    if not isinstance(value, dict) or not isinstance(value.get("start"), str):
        return None
    end = value.get("end")
    return f"{value['start']}/{end}" if isinstance(end, str) else str(value["start"])


def _read_relation(_: Field, __: Column, value: object) -> CellValue | None:
    return related_ids({"relation": value})


_EMPTY: Mapping[str, object] = {
    "title": [],
    "rich_text": [],
    "multi_select": [],
    "relation": [],
    "checkbox": False,
}

_ENCODERS: Mapping[str, Callable[[Field, Column, CellValue], object]] = {
    "title": _write_text,
    "rich_text": _write_text,
    "url": _write_url,
    "number": _write_number,
    "checkbox": _write_checkbox,
    "select": _write_select,
    "multi_select": _write_multi_select,
    "status": _write_status,
    "date": _write_date,
}

_DECODERS: Mapping[str, Callable[[Field, Column, object], CellValue | None]] = {
    "title": _read_text,
    "rich_text": _read_text,
    "url": _read_url,
    "number": _read_number,
    "checkbox": _read_checkbox,
    "select": _read_select,
    "multi_select": _read_multi_select,
    "status": _read_status,
    "date": _read_date,
    "relation": _read_relation,
}
