"""The tables of the settings whose entries the user names: [columns], [playlists], [watch.playlists]; and [watch]."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from cloudcrate.core.link import POSSIBLE, parse_link
from cloudcrate.core.model import Field, KnownPlaylist, MappedColumn
from cloudcrate.core.schedule import parse_quiet, parse_schedule
from cloudcrate.core.timetable import USUAL, Timetable, read_timetable
from cloudcrate.errors import LinkError, UsageError
from cloudcrate.settings_keys import Given, Key, nearest


def schedule_text(text: str) -> str:
    """The words of a schedule. Raises: UsageError."""
    parse_schedule(text)
    return text


def quiet_text(text: str) -> str:
    """The words of quiet hours. Raises: UsageError."""
    parse_quiet(text)
    return text


KEYS = (
    Key(
        name="playlists",
        about="the names by which you call playlists, and their links",
        usual="none",
        secret_variables=("CLOUDCRATE_PLAYLISTS",),  # links may be secret ones
        kind=dict,
        example='{"Friday" = "https://soundcloud.com/artist/sets/friday"}',
    ),
    Key(
        name="columns",
        about='which Notion column holds which field; `""` for none',
        usual="found by their names and types",
        variables=("CLOUDCRATE_COLUMNS",),
        kind=dict,
        example='{artist = "Who"}',
    ),
    Key(
        name="watch.every",
        about="when `cloudcrate watch` syncs a playlist: an interval, a cron expression, or `never`",
        usual=USUAL.words.removeprefix("every "),
        variables=("CLOUDCRATE_WATCH_EVERY",),
        read=schedule_text,
        example='"6h"',
    ),
    Key(
        name="watch.quiet",
        about="hours in which it begins no run",
        usual="none",
        variables=("CLOUDCRATE_WATCH_QUIET",),
        read=quiet_text,
        example='"23:00-07:00"',
    ),
    Key(
        name="watch.playlists",
        about="the schedules of single playlists, by name or link",
        usual="none",
        variables=("CLOUDCRATE_WATCH_PLAYLISTS",),
        kind=dict,
        example='{"Friday" = "0 18 * * 5"}',
    ),
)


def entries(given: Mapping[str, Given], name: str) -> Mapping[str, object]:
    """What a table holds; nothing when it is not given."""
    held = given[name].value if name in given else {}
    return held if isinstance(held, dict) else {}


def pieces(given: Mapping[str, Given], name: str) -> Iterator[Mapping[str, Given]]:
    """A table's entries, each as if it were the only one: so they show all that is wrong, not only the first."""
    for key, value in entries(given, name).items():
        yield {name: replace(given[name], value={key: value})}


def columns(given: Mapping[str, Given]) -> dict[Field, MappedColumn]:
    """Which column holds which field. Raises: UsageError."""
    found = {}
    names = {f.value: f for f in Field}
    for name, column in entries(given, "columns").items():
        where = given["columns"].where
        if name not in names:
            raise UsageError(f"{where} has an unknown field {name!r}.", hint=nearest(name, names))
        found[names[name]] = _column(column, f"{where} {name}")
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


def playlists(given: Mapping[str, Given]) -> tuple[KnownPlaylist, ...]:
    """The playlists that have names. Raises: UsageError."""
    known = []
    for name, url in entries(given, "playlists").items():
        where = f"{given['playlists'].where} {name!r}"
        try:
            link = parse_link(url) if isinstance(url, str) else None
        except LinkError as error:
            raise UsageError(f"{where}: {error.message}", hint=error.hint) from error
        if not isinstance(url, str) or link is None:
            raise UsageError(f"{where} should be a SoundCloud link, in quotes.", hint=POSSIBLE)
        known.append(KnownPlaylist(url=url, title=name, name=name))
    return tuple(known)


def watch(given: Mapping[str, Given]) -> Timetable:
    """When what is synced. Raises: UsageError."""
    usual = {name: str(given[f"watch.{name}"].value) for name in ("every", "quiet") if f"watch.{name}" in given}
    try:
        return read_timetable(**usual, playlists=entries(given, "watch.playlists"))
    except UsageError as error:
        raise UsageError(f"{given['watch.playlists'].where} {error.message}", hint=error.hint) from error
