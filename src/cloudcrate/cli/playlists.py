"""``cloudcrate add``, ``list``, ``remove`` and ``rename``: the playlists one keeps.

They change the settings file, which neither an assistant nor a page may do.
"""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any  # Any: click hands options over untyped

import click

from cloudcrate import errors
from cloudcrate.cli.opening import as_data, as_json_text, echo, opened, places, settings_of

if TYPE_CHECKING:
    from pathlib import Path

    from cloudcrate.app.asking import Meant
    from cloudcrate.core.model import KnownPlaylist
    from cloudcrate.core.timetable import Upcoming
    from cloudcrate.settings import Settings

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
def add(what: str, name: str | None, as_json: bool, **options: Any) -> None:  # Any: as above
    """Keep a playlist: it can be named, and `sync --all` and `watch` sync it. Syncs nothing yet.

    WHAT is its link, or a name to look up.
    """
    from cloudcrate.core.text import clean, visible

    settings = settings_of(options)
    with opened(options) as service:
        meant = service.asking.meant(what)
        found = service.playlist_at(meant.link)
    called = clean(name or "") or clean(meant.known.name if meant.known else "") or clean(found.title)
    if not called:
        raise errors.UsageError("The playlist has no title.", hint="Give it a name: --name NAME")
    _refuse_taken(settings, called, found.url)
    if meant.link.secret_token is not None:
        raise errors.UsageError("A secret link is kept nowhere.", hint="Sync it by its link.")
    path = _file(settings)
    before = [kept.name for kept in settings.playlists if kept.url == meant.link.url and kept.name != called]
    _write(path, ("playlists",), {called: meant.link.url, **dict.fromkeys(before)})
    if as_json:
        click.echo(as_json_text({"added": {"name": called, "title": found.title, "url": meant.link.url}}))
    else:
        click.echo(f"Kept as “{visible(called)}”: {visible(meant.link.url)} (in {path})")
        click.echo(f'Sync it now: cloudcrate sync "{visible(called)}"')


@click.command(name="list", epilog=LIST)
@as_data
@places
def list_(as_json: bool, **options: Any) -> None:  # Any: as above
    """List the playlists that are kept: their names, how many tracks, when last and when next synced."""
    with opened(options) as service:
        upcoming = service.agenda.upcoming()
    click.echo(as_json_text({"playlists": upcoming})) if as_json else echo(_list_lines(upcoming))


@click.command(epilog=REMOVE)
@click.argument("what")
@as_data
@places
def remove(what: str, as_json: bool, **options: Any) -> None:  # Any: as above
    """Keep a playlist no more: no schedule and no `sync --all` reaches it. Its rows and files stay.

    WHAT is its name or its link. To have it back: cloudcrate add, or sync it by its link.
    """
    from cloudcrate.core.text import visible

    settings = settings_of(options)
    with opened(options) as service:
        kept = service.asking.kept(what)
        names = [known.name for known in settings.playlists if known.url == kept.url]
        if names:
            _write(_file(settings), ("playlists",), dict.fromkeys(names))
        service.drop(kept)
    scheduled = [key for key in settings.watch.called.values() if key in (*names, kept.title, kept.url)]
    if scheduled:
        _write(_file(settings), ("watch", "playlists"), dict.fromkeys(scheduled))
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
def rename(what: str, name: str, as_json: bool, **options: Any) -> None:  # Any: as above
    """Give a playlist that is kept another name, by which it is said and, from its next sync on, kept.

    Its rows are then linked under the new name; links under the old one stay.
    """
    from cloudcrate.core.text import clean, visible

    settings = settings_of(options)
    with opened(options) as service:
        kept = service.asking.kept(what)
    called = clean(name)
    if not called:
        raise errors.UsageError("A name must have something to be read.")
    _refuse_taken(settings, called, kept.url)
    old = [known.name for known in settings.playlists if known.url == kept.url and known.name != called]
    _write(_file(settings), ("playlists",), {**dict.fromkeys(old), called: kept.url})
    for key, words in _schedules(settings, old):
        _write(_file(settings), ("watch", "playlists"), {key: None, called: words})
    if as_json:
        click.echo(as_json_text({"renamed": {"from": kept.name or kept.title, "name": called, "url": kept.url}}))
    else:
        click.echo(f"“{visible(kept.name or kept.title)}” is “{visible(called)}” now.")


def schedule(settings: "Settings", meant: "Sequence[Meant]", every_hours: float | None) -> Iterator[str]:
    """Notes a standing order in the settings: these playlists, or all, are kept synced.

    Raises: UsageError, DiskError.
    """
    from cloudcrate.core.text import visible
    from cloudcrate.core.timetable import USUAL

    words = USUAL.words if every_hours is None else _every(every_hours)
    path = _file(settings)
    if not meant:
        _write(path, ("watch",), {"every": words.removeprefix("every ")})
        yield f"Every playlist that is kept is to be synced {words} (in {path})."
    for one in meant:
        if one.known is None:
            raise errors.UsageError(
                f"{visible(one.said)} is not kept yet.", hint=f"First: cloudcrate add {visible(one.link.url)}"
            )
        key = one.known.name or one.known.title
        _write(path, ("watch", "playlists"), {key: words})
        yield f"“{visible(key)}” is to be synced {words} (in {path})."
    yield "cloudcrate watch does so as long as it runs; cloudcrate watch --install lets the system start it."


def _every(hours: float) -> str:
    minutes = round(hours * 60)
    return f"every {minutes // 60}h" if minutes % 60 == 0 else f"every {minutes}m"


def _schedules(settings: "Settings", names: Sequence[str]) -> Iterator[tuple[str, str]]:
    for folded, key in settings.watch.called.items():
        chosen = settings.watch.playlists.get(folded)
        if key in names:
            yield key, "never" if chosen is None else chosen.words


def _list_lines(upcoming: "Sequence[Upcoming]") -> Iterator[str]:
    from cloudcrate.cli.show import when
    from cloudcrate.core.text import visible

    if not upcoming:
        yield "No playlist is kept yet. Keep one: cloudcrate add LINK, or sync one by its link."
    for item in upcoming:
        playlist = item.playlist
        owner = f" by {visible(playlist.owner)}" if playlist.owner else ""
        yield f"{visible(playlist.name or playlist.title)}{owner}"
        last = f"last synced {when(playlist.synced_at)}" if playlist.synced_at is not None else "not synced yet"
        following = f"next {when(item.at)}" if item.at is not None else "never by itself"
        yield f"    {playlist.tracks} tracks, {last}; {item.schedule}, {following}"
        yield f"    {visible(playlist.url)}"


def _refuse_taken(settings: "Settings", name: str, url: str) -> None:
    from cloudcrate.core.rows import name_key
    from cloudcrate.core.text import visible

    taken: KnownPlaylist | None = next(
        (kept for kept in settings.playlists if name_key(kept.name) == name_key(name) and kept.url != url), None
    )
    if taken is not None:
        raise errors.UsageError(
            f"“{visible(name)}” is the name of another playlist already: {visible(taken.url)}.",
            hint="Choose another name: --name NAME",
        )


def _file(settings: "Settings") -> "Path":
    from cloudcrate import settings as where

    return settings.file or where.place()


def _write(path: "Path", table: Sequence[str], entries: dict[str, str | None]) -> None:
    from cloudcrate import settings_file

    settings_file.write_entries(path, table, entries)
