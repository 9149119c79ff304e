"""The tables of the settings file that have no variables: [columns], [playlists] and [watch]."""

from collections.abc import Iterator
from pathlib import Path

from cloudcrate.core.link import POSSIBLE, parse_link
from cloudcrate.core.model import Field, KnownPlaylist, MappedColumn
from cloudcrate.core.timetable import Timetable, read_timetable
from cloudcrate.errors import LinkError, UsageError
from cloudcrate.settings_keys import nearest

TABLES = ("columns", "playlists", "watch")


def pieces(name: str, table: object) -> Iterator[object]:
    """A table's entries, each as a table of its own: one by one they show all that is wrong, not only the first."""
    for key, value in table.items() if isinstance(table, dict) else ():
        if name == "watch" and key == "playlists" and isinstance(value, dict):
            yield from ({key: {playlist: schedule}} for playlist, schedule in value.items())
        else:
            yield {key: value}


def columns(table: object, path: Path) -> dict[Field, MappedColumn]:
    """Which column holds which field. Raises: UsageError."""
    if not isinstance(table, dict):
        raise UsageError(f'{path}: [columns] should be a table of field = "column".')
    found = {}
    names = {f.value: f for f in Field}
    for name, column in table.items():
        if name not in names:
            raise UsageError(f"{path}: [columns] has an unknown field {name!r}.", hint=nearest(name, names))
        found[names[name]] = _column(column, f"{path}: [columns] {name}")
    return found


def _column(value: object, where: str) -> MappedColumn:
    if isinstance(value, str):
        return MappedColumn(name=value)
    parts = value if isinstance(value, dict) else {}
    known = {"id", "name", "type"}
    if not (parts.get("id") or parts.get("name")) or not set(parts) <= known or not all(map(_is_text, parts.values())):
        raise UsageError(
            f"{where} should be a column's name or id, in quotes.",
            hint='Empty quotes mean no column. A table {id = "…", name = "…", type = "…"} will do as well.',
        )
    return MappedColumn(**parts)


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def playlists(table: object, path: Path) -> tuple[KnownPlaylist, ...]:
    """The playlists that have names. Raises: UsageError."""
    if not isinstance(table, dict):
        raise UsageError(f'{path}: [playlists] should be a table of "name" = "link".')
    known = []
    for name, url in table.items():
        where = f"{path}: [playlists] {name!r}"
        try:
            link = parse_link(url) if isinstance(url, str) else None
        except LinkError as error:
            raise UsageError(f"{where}: {error.message}", hint=error.hint) from error
        if link is None:
            raise UsageError(f"{where} should be a SoundCloud link, in quotes.", hint=POSSIBLE)
        known.append(KnownPlaylist(url=url, title=name, name=name))
    return tuple(known)


def watch(table: object, path: Path) -> Timetable:
    """When what is synced. Raises: UsageError."""
    try:
        return read_timetable(table)
    except UsageError as error:
        raise UsageError(f"{path}: {error.message}", hint=error.hint) from error
