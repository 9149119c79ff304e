"""Writes what ``init`` found out into the settings file, and a token into a file of its own.

The file is the user's: comments, order and every other key stay. It is replaced whole or not at all.
"""

import copy
import os
import re
import tempfile
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import takewhile
from pathlib import Path
from typing import Any  # Any: TOML

import tomlkit
import tomlkit.exceptions
from tomlkit.items import AoT, Comment, InlineTable, Item, SingleKey, Table, Whitespace

from cloudcrate import durable
from cloudcrate.core.model import Field, MappedColumn
from cloudcrate.errors import DiskError, UsageError

PRIVATE = 0o600
PRIVATE_FOLDER = 0o700
KEYS = ("database", "playlists_database", "notion_token_file", "notion_token_keyring", "soundcloud_token_keyring")


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """What is to stand in the file. None leaves a key as it is; an empty text, or False, takes it out.

    ``columns`` is all that [columns] shall hold: other entries are taken out, equal ones are not touched.
    """

    database: str | None = None
    playlists_database: str | None = None
    notion_token_file: str | None = None
    notion_token_keyring: bool | None = None
    soundcloud_token_keyring: bool | None = None
    columns: Mapping[Field, MappedColumn] | None = None


def write(path: Path, changes: Changes) -> bool:
    """Makes the changes; says whether there were any. A new file is its owner's alone, an old one keeps its mode.

    A link is followed: the file behind it is replaced.
    Raises: UsageError when the file cannot be read as TOML (it is left alone then); DiskError.
    """
    path = Path(os.path.realpath(path))
    before, mode = _read(path)
    after = _changed(before, changes, path)
    if after == before:
        return False
    _replace(path, after.encode("utf-8"), mode)
    return True


def write_entries(path: Path, table: Sequence[str], entries: Mapping[str, str | None]) -> bool:
    """Sets entries of a table, such as ``("watch", "playlists")``; None takes one out. Otherwise as ``write``.

    Raises: UsageError when the file cannot be read as TOML, the table is something else there, or the file cannot
    be changed without changing what else it says; DiskError.
    """
    path = Path(os.path.realpath(path))
    before, mode = _read(path)
    old = tomllib.loads(before)
    wanted = _with_entries(old, table, entries, path)
    if _filled(wanted) == _filled(old):
        return False
    for way in (partial(_entered, neatly=True), partial(_entered, neatly=False), _appended):
        after = _same_lines(before, way(before, table, entries))
        if _reads_as(after, wanted):
            _replace(path, after.encode("utf-8"), mode)
            return True
    raise _by_hand(path, f"Let [{'.'.join(table)}] stand in one place, one line per entry, and run it again.")


def create(path: Path, text: str) -> bool:
    """Makes the file, its owner's alone, unless there is one; says whether it did. Raises: DiskError."""
    if path.exists():
        return False
    _replace(Path(os.path.realpath(path)), text.encode("utf-8"), PRIVATE)
    return True


def write_token(path: Path, token: str) -> None:
    """Puts the token into a file that only its owner can read, in place of what was there.

    The file is made anew and renamed: a link in its place is replaced, never written through.
    Raises: DiskError.
    """
    _replace(path, f"{token}\n".encode(), PRIVATE)


def forget_token(path: Path) -> bool:
    """Takes a token's file away; says whether there was one. Raises: DiskError."""
    try:
        path.unlink()
    except FileNotFoundError:
        return False
    except OSError as error:
        raise DiskError(f"{path} cannot be removed: {error.strerror}.", hint="Remove it by hand.") from error
    durable.sync(path.parent)
    return True


def prove_writable(path: Path) -> None:
    """Makes the file's folder if need be. Raises: DiskError when no file can be made there."""
    folder = Path(os.path.realpath(path)).parent
    try:
        durable.make_folder(folder, PRIVATE_FOLDER)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise DiskError(f"{folder} cannot be written: {error.strerror}.", hint="It is to hold the settings.") from error


def _read(path: Path) -> tuple[str, int]:
    """The file's text and mode; an empty text and the mode of a new file when there is none."""
    try:
        with path.open("rb") as file:
            mode = os.fstat(file.fileno()).st_mode & 0o777
            text = file.read().decode("utf-8")
        tomllib.loads(text)
    except FileNotFoundError:
        return "", PRIVATE
    except (OSError, ValueError) as error:
        raise UsageError(
            f"The settings file {path} cannot be read and is left as it is: {error}",
            hint="Mend it, or move it away to begin a new one.",
        ) from error
    return text, mode


def _changed(before: str, changes: Changes, path: Path) -> str:
    text = before
    values = {name: getattr(changes, name) for name in KEYS}
    try:
        text = _with_keys(text, {name: value for name, value in values.items() if value is not None})
        if changes.columns is not None:
            text = _with_columns(text, {f.value: _written(column) for f, column in changes.columns.items()})
    except tomlkit.exceptions.TOMLKitError as error:
        raise _by_hand(path) from error
    text = _same_lines(before, text)
    if not _says(text, tomllib.loads(before), changes):
        raise _by_hand(path)
    return text


def _same_lines(before: str, text: str) -> str:
    """The text with the ends of lines that were there before."""
    if "\r\n" in before and not re.search(r"(?<!\r)\n", before):
        return re.sub(r"(?<!\r)\n", "\r\n", text)
    return text


COLUMNS_BY_HAND = "Let [columns] stand in one place, one line per field, and run the same command again."


def _by_hand(path: Path, hint: str = COLUMNS_BY_HAND) -> UsageError:
    return UsageError(
        f"The settings file {path} is written in a way that cannot be changed safely; it is left as it is.",
        hint=hint,
    )


# --- entries of a table -------------------------------------------------------------------------


def _with_entries(
    old: Mapping[str, Any],  # Any: TOML
    table: Sequence[str],
    entries: Mapping[str, str | None],
    path: Path,
) -> dict[str, Any]:  # Any: as above
    """What the file is to say. Raises: UsageError when the table is something else."""
    wanted = copy.deepcopy(dict(old))
    held = wanted
    for name in table:
        held = held.setdefault(name, {})
        if not isinstance(held, dict):
            raise UsageError(f"{path}: [{'.'.join(table)}] should be a table.", hint="Mend it by hand.")
    held.update({key: value for key, value in entries.items() if value is not None})
    for key, value in entries.items():
        if value is None:
            held.pop(key, None)
    return wanted


def _filled(document: Mapping[str, Any]) -> dict[str, Any]:  # Any: TOML
    """A document without its empty tables: they say what no table says."""
    plain = {key: _filled(value) if isinstance(value, dict) else value for key, value in document.items()}
    return {key: value for key, value in plain.items() if value != {}}


def _reads_as(text: str, wanted: Mapping[str, Any]) -> bool:  # Any: TOML
    """Whether a new text says what is wanted, and can be kept."""
    try:
        text.encode("utf-8")
        return _filled(tomllib.loads(text)) == _filled(wanted)
    except ValueError:
        return False


def _entered(before: str, table: Sequence[str], entries: Mapping[str, str | None], *, neatly: bool) -> str:
    """The text with the entries where the table stands; as it was when the library cannot do it.

    ``neatly``: a new entry stands behind the last one, not behind what is said above the next table.
    """
    try:
        document = tomlkit.parse(before)
        held: Any = document  # Any: whatever the file holds
        for name in table:
            if name not in held:
                held[name] = tomlkit.inline_table() if isinstance(held, InlineTable) else tomlkit.table()
            held = held[name]
        for key, value in entries.items():
            if value is None:
                held.pop(key, None)
            elif key not in held and neatly and isinstance(held, Table):
                _add_line(held, key, value)
            elif held.get(key) != value:
                held[key] = value
        return tomlkit.dumps(document)
    except (tomlkit.exceptions.TOMLKitError, ValueError):
        return before


def _add_line(table: Table, key: str, value: str) -> None:
    """Puts an entry behind the last one of a table; into an empty one, behind what is said of it."""
    body = table.value.body
    at = max((i + 1 for i, (k, item) in enumerate(body) if k and not isinstance(item, (Table, AoT))), default=0)
    at = at or sum(1 for _ in takewhile(lambda entry: isinstance(entry[1], Comment), body))
    before = body[at - 1][1].trivia if at else table.trivia
    before.trail = before.trail or "\n"  # where the file ends without one
    body.insert(at, (None, tomlkit.ws(f"{SingleKey(key).as_string()} = {tomlkit.item(value).as_string()}\n")))


def _appended(before: str, table: Sequence[str], entries: Mapping[str, str | None]) -> str:
    """The text with a new table at its end."""
    new = tomlkit.table()
    new.update({key: value for key, value in entries.items() if value is not None})
    gap = "" if not before else "\n" if before.endswith("\n") else "\n\n"
    return f"{before}{gap}[{'.'.join(table)}]\n{new.as_string()}"


# --- what `init` writes -------------------------------------------------------------------------


def _says(text: str, old: Mapping[str, object], changes: Changes) -> bool:
    """Whether a file's new text says what it shall and, of all else, what it said before."""
    wanted = dict(old)
    for name in KEYS:
        value = getattr(changes, name)
        if value:
            wanted[name] = value
        elif value is not None:
            wanted.pop(name, None)
    if changes.columns is not None:
        wanted["columns"] = {f.value: _written(column) for f, column in changes.columns.items()}
    try:
        found = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return False
    return _plain(found) == _plain(wanted)


def _plain(document: Mapping[str, object]) -> dict[str, object]:
    """A document with its columns in one form; none of them is the same as no table of them."""
    columns = document.get("columns", {})
    if not isinstance(columns, dict):
        return dict(document)
    return {**document, "columns": {name: _one_form(value) for name, value in columns.items()}}


def _one_form(value: object) -> object:
    """A column as a table with what is not empty in it; a text is a name."""
    if isinstance(value, str):
        value = {"name": value}
    return {k: v for k, v in value.items() if v} if isinstance(value, dict) else value


def _written(column: MappedColumn) -> str | dict[str, str]:
    """A column as the file holds it: a text when there is only a name."""
    if not column.id:
        return column.name
    parts = {"id": column.id, "name": column.name, "type": column.type}
    return {name: text for name, text in parts.items() if text}


def _with_keys(text: str, values: Mapping[str, str | bool]) -> str:
    document = tomlkit.parse(text)
    new: dict[str, str | bool] = {}
    for name, value in values.items():
        if not value:
            document.pop(name, None)
        elif name not in document:
            new[name] = value
        elif document[name] != value:
            document[name] = value
    return _with_lines(document, [f"{name} = {tomlkit.item(value).as_string()}" for name, value in new.items()])


def _with_lines(document: tomlkit.TOMLDocument, lines: list[str]) -> str:
    """The document with lines behind its last top-level key, before the first table and the comments above it."""
    text = tomlkit.dumps(document)
    if not lines:
        return text
    body = document.body
    at = next((i for i, (_, item) in enumerate(body) if isinstance(item, (Table, AoT))), len(body))
    first = at < len(body)
    while first and at and isinstance(body[at - 1][1], (Comment, Whitespace)):
        at -= 1
    marker = "#" + os.urandom(12).hex()
    body.insert(at, (None, tomlkit.ws(f"{marker}\n")))
    head, _, tail = tomlkit.dumps(document).partition(f"{marker}\n")
    if head and not head.endswith("\n"):
        head += "\n"
    if tail and not tail.startswith(("\n", "\r\n")):
        tail = "\n" + tail
    return head + "\n".join(lines) + "\n" + tail


def _with_columns(text: str, columns: Mapping[str, str | dict[str, str]]) -> str:
    if columns and "columns" not in tomllib.loads(text):
        gap = "" if not text else "\n" if text.endswith("\n") else "\n\n"
        text = f"{text}{gap}[columns]\n"
    document = tomlkit.parse(text)
    table = document.get("columns", {})
    for name in [name for name in table if name not in columns]:
        del table[name]
    for name, column in columns.items():
        held = table.get(name)
        if held is None or _one_form(held.unwrap() if isinstance(held, Item) else held) != _one_form(column):
            table[name] = _inline(column) if isinstance(column, dict) else column
    return tomlkit.dumps(document)


def _inline(parts: Mapping[str, str]) -> InlineTable:
    table = tomlkit.inline_table()
    table.update(parts)
    return table


def _replace(path: Path, content: bytes, mode: int) -> None:
    """Writes a whole file or none: durable under its name when this returns, and never readable by more than mode."""
    try:
        durable.make_folder(path.parent, PRIVATE_FOLDER)
        durable.replace(path, content, mode)
    except OSError as error:
        raise DiskError(f"{path} cannot be written: {error.strerror}.", hint="It is as it was.") from error
