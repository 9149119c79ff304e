"""``cloudcrate add``, ``list``, ``remove`` and ``rename``: the playlists one keeps.

They change the settings file, which neither an assistant nor a page may do.
"""

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import click

from cloudcrate import errors
from cloudcrate.cli.opening import as_data, as_json_text, echo, opened, places, settings_of

if TYPE_CHECKING:
    from pathlib import Path

    from cloudcrate.app.asking import Meant
    from cloudcrate.core.model import KnownPlaylist
    from cloudcrate.core.timetable import Upcoming
    from cloudcrate.settings import Settings

_SCHEDULES = ("watch", "playlists")

ADD = """
\b
Examples:
  cloudcrate add https://soundcloud.com/artist/sets/friday
  cloudcrate add https://soundcloud.com/artist/sets/friday --name "Friday"
  cloudcrate add "night bus home by all:Lo Collective"
"""

LIST = """
\b
Examples:
  cloudcrate list
  cloudcrate list --json
"""

REMOVE = """
\b
Examples:
  cloudcrate remove "Friday"
"""

RENAME = """
\b
Examples:
  cloudcrate rename "Friday" "Friday night"
"""


@click.command(epilog=ADD)
@click.argument("what")
@click.option("--name", metavar="NAME", help="What to call it. [its title]")
@as_data
@places
def add(what: str, name: str | None, as_json: bool, **options: object) -> None:
    """Keep a playlist: it can be named, and `sync --all` and `watch` sync it. Syncs nothing yet.

    WHAT is its link, or a name to look up.
    """
    from cloudcrate.cli.choosing import meant
    from cloudcrate.core.text import clean, visible
    from cloudcrate.core.timetable import address

    settings = settings_of(options)
    with opened(options) as service:
        found = meant(service, what, as_json=as_json)
        if found.link.secret_token is not None:
            raise errors.UsageError(
                "A secret link is kept nowhere, so it cannot be added.", hint="Sync it by its link when it is wanted."
            )
        playlist = service.playlist_at(found.link)
        known = service.known()
    called = clean(name or "") or clean(found.known.name if found.known else "") or clean(playlist.title)
    url = found.link.url
    _prove_sayable(called, url, known, hint="Choose another name: --name NAME")
    before = [kept.name for kept in settings.playlists if address(kept) == _address(url) and kept.name != called]
    path = _file(settings)
    _write(path, ("playlists",), {called: url, **dict.fromkeys(before)})
    if as_json:
        click.echo(as_json_text({"added": {"name": called, "title": playlist.title, "url": url}}))
    else:
        click.echo(f"Kept as “{visible(called)}”: {visible(url)} (in {visible(str(path))})")
        click.echo(f"Sync it now: {_sync_line(called)}")


@click.command(name="list", epilog=LIST)
@as_data
@places
def list_(as_json: bool, **options: object) -> None:
    """List the playlists that are kept: their names, how many tracks, when last and when next synced."""
    with opened(options) as service:
        upcoming = service.agenda.upcoming()
    click.echo(as_json_text({"playlists": upcoming})) if as_json else echo(_list_lines(upcoming))


@click.command(epilog=REMOVE)
@click.argument("what")
@as_data
@places
def remove(what: str, as_json: bool, **options: object) -> None:
    """Keep a playlist no more: no schedule and no `sync --all` reaches it. Its rows and files stay.

    WHAT is its name or its link. To have it back: cloudcrate add, or sync it by its link.
    """
    from cloudcrate.core.text import visible
    from cloudcrate.core.timetable import address

    settings = settings_of(options)
    with opened(options) as service:
        kept = service.asking.kept(what)
        known = service.known()
        names = [named.name for named in settings.playlists if address(named) == address(kept)]
        scheduled = dict.fromkeys(_scheduled(settings, kept, known))
        _prove_counting(_SCHEDULES, scheduled)
        _write(_file(settings), ("playlists",), dict.fromkeys(names))
        for one in known:
            if address(one) == address(kept):
                service.drop(one)
    _write(_file(settings), _SCHEDULES, scheduled)
    name = kept.name or kept.title
    if as_json:
        click.echo(as_json_text({"removed": {"name": name, "url": kept.url}}))
    else:
        click.echo(f"“{visible(name)}” is kept no more. Its rows and files stay.")


@click.command(epilog=RENAME)
@click.argument("what")
@click.argument("name")
@as_data
@places
def rename(what: str, name: str, as_json: bool, **options: object) -> None:
    """Give a playlist that is kept another name, by which it is said and, from its next sync on, kept.

    Its rows are then linked under the new name; links under the old one stay.
    """
    from cloudcrate.core.text import clean, visible
    from cloudcrate.core.timetable import address

    settings = settings_of(options)
    with opened(options) as service:
        kept = service.asking.kept(what)
        known = service.known()
    called = clean(name)
    _prove_sayable(called, kept.url, known, hint="Choose another name.")
    old = [one.name for one in settings.playlists if address(one) == address(kept) and one.name != called]
    scheduled = _scheduled(settings, kept, known)
    _prove_counting(_SCHEDULES, scheduled)
    _write(_file(settings), ("playlists",), {**dict.fromkeys(old), called: kept.url})
    if scheduled:
        key = _key_of(replace(kept, name=called), known)
        _write(_file(settings), _SCHEDULES, {**dict.fromkeys(scheduled), key: next(iter(scheduled.values()))})
    if as_json:
        click.echo(as_json_text({"renamed": {"from": kept.name or kept.title, "name": called, "url": kept.url}}))
    else:
        click.echo(f"“{visible(kept.name or kept.title)}” is “{visible(called)}” now.")


# --- schedules ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Noted:
    """A standing order, as it was noted in the settings."""

    playlists: tuple[str, ...]  # their names; none: all without a schedule of their own
    words: str  # the schedule
    file: str


def schedule(
    settings: "Settings", meant: "Sequence[Meant]", known: "Sequence[KnownPlaylist]", every_hours: float | None
) -> Noted:
    """Notes in the settings that these playlists, or all, are kept synced. ``every_hours``: None for the usual.

    Raises: UsageError when one is not kept, or no schedule can be so; DiskError.
    """
    from cloudcrate.core.schedule import parse_schedule
    from cloudcrate.core.text import visible
    from cloudcrate.core.timetable import USUAL

    words = USUAL.words if every_hours is None else _every(every_hours)
    parse_schedule(words)
    path = _file(settings)
    stranger = next((one for one in meant if one.known is None), None)
    if stranger is not None:
        raise errors.UsageError(
            f"{visible(stranger.said)} is not kept yet.", hint=f"First: cloudcrate add {visible(stranger.link.url)}"
        )
    kept = [one.known for one in meant if one.known is not None]
    if not kept:
        _write(path, ("watch",), {"every": words.removeprefix("every ")})
    for playlist in kept:
        entries: dict[str, str | None] = dict.fromkeys(_scheduled(settings, playlist, known))
        _write(path, _SCHEDULES, {**entries, _key_of(playlist, known): words})
    return Noted(playlists=tuple(one.name or one.title for one in kept), words=words, file=str(path))


def _every(hours: float) -> str:
    minutes = round(hours * 60)
    if not minutes:
        return f"every {round(hours * 3600)}s"
    return f"every {minutes // 60}h" if minutes % 60 == 0 else f"every {minutes}m"


def _scheduled(settings: "Settings", playlist: "KnownPlaylist", known: "Sequence[KnownPlaylist]") -> dict[str, str]:
    """What the timetable in the settings says of a playlist: key and schedule as written, what counts first."""
    from cloudcrate.core.timetable import address

    watch = settings.watch
    keys = [key for key in (address(playlist), *_names_alone(playlist, known)) if key in watch.called]
    return {watch.called[key]: "never" if (found := watch.playlists[key]) is None else found.words for key in keys}


def _key_of(playlist: "KnownPlaylist", known: "Sequence[KnownPlaylist]") -> str:
    """What to call a playlist in the timetable: its name where it is the only one called so."""
    from cloudcrate.core.rows import name_key
    from cloudcrate.core.text import clean
    from cloudcrate.core.timetable import address

    name = clean(playlist.name or playlist.title)
    return name if name_key(name) in _names_alone(playlist, known) else address(playlist)


def _names_alone(playlist: "KnownPlaylist", known: "Sequence[KnownPlaylist]") -> list[str]:
    """A playlist's name and title, folded, as far as no other that is kept is called so."""
    from cloudcrate.core.timetable import address

    others = {key for other in known if address(other) != address(playlist) for key in _folded(other)}
    twins = [playlist, *(twin for twin in known if address(twin) == address(playlist))]
    return list(dict.fromkeys(key for twin in twins for key in _folded(twin) if key not in others))


def _folded(playlist: "KnownPlaylist") -> list[str]:
    from cloudcrate.core.rows import name_key
    from cloudcrate.core.text import clean

    return [key for name in (playlist.name, playlist.title) if (key := name_key(clean(name)))]


# --- names and words ----------------------------------------------------------------------------


def _list_lines(upcoming: "Sequence[Upcoming]") -> Iterator[str]:
    from cloudcrate.cli.show import when
    from cloudcrate.cli.show_files import counted
    from cloudcrate.core.text import visible

    if not upcoming:
        yield "No playlist is kept yet. Keep one: cloudcrate add LINK, or sync one by its link."
    for item in upcoming:
        playlist = item.playlist
        owner = f" by {visible(playlist.owner)}" if playlist.owner else ""
        yield f"{visible(playlist.name or playlist.title)}{owner}"
        last = f"last synced {when(playlist.synced_at)}" if playlist.synced_at is not None else "not synced yet"
        following = f"next {when(item.at)}" if item.at is not None else "never by itself"
        yield f"    {counted(playlist.tracks, 'track')}, {last}; {item.schedule}, {following}"
        yield f"    {visible(playlist.url)}"


def _prove_sayable(name: str, url: str, known: "Sequence[KnownPlaylist]", *, hint: str) -> None:
    """Raises UsageError unless a playlist can be said by this name: it is no link, and no other's name."""
    from cloudcrate.core.link import normal_url
    from cloudcrate.core.rows import name_key
    from cloudcrate.core.text import visible
    from cloudcrate.core.timetable import address

    if not name_key(name):
        raise errors.UsageError("A name must have something that can be read.", hint=hint)
    if normal_url(name) is not None:
        raise errors.UsageError(f"“{visible(name)}” is a link, which is no name.", hint=hint)
    named = [kept for kept in known if kept.name and name_key(kept.name) == name_key(name)]
    taken = next((kept for kept in named if address(kept) != _address(url)), None)
    if taken is not None:
        raise errors.UsageError(
            f"“{visible(name)}” is the name of another playlist already: {visible(taken.url)}", hint=hint
        )


def _address(url: str) -> str:
    from cloudcrate.core.link import normal_url

    return normal_url(url) or url


def _sync_line(name: str) -> str:
    """The command that syncs a playlist, to be copied into a shell."""
    import shlex

    from cloudcrate.core.text import visible

    return f"cloudcrate sync {shlex.quote(visible(name))}"


def _file(settings: "Settings") -> "Path":
    from cloudcrate import settings as where

    return settings.file or where.place()


def _write(path: "Path", table: Sequence[str], entries: dict[str, str | None]) -> None:
    from cloudcrate import settings_file

    _prove_counting(table, entries)
    settings_file.write_entries(path, table, entries)


def _prove_counting(table: Sequence[str], entries: Mapping[str, str | None]) -> None:
    """Refuses to write what has no effect while a variable goes before it. Raises: UsageError."""
    from cloudcrate.settings_known import KEYS

    names = {".".join(table), *(".".join((*table, entry)) for entry in entries)} if entries else set()
    for variable in (name for key in KEYS if key.name in names for name in (*key.variables, *key.secret_variables)):
        if os.environ.get(variable):
            raise errors.UsageError(
                f"{variable} in the environment goes before [{'.'.join(table)}] in the settings file.",
                hint="Unset it, or change it there.",
            )
