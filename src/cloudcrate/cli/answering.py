"""Questions about playlists, answered from what is remembered; and standing orders."""

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any  # Any: click hands options over untyped

import click

from cloudcrate import errors
from cloudcrate.cli.opening import as_json_text, echo

if TYPE_CHECKING:
    from cloudcrate.app.overview import Overview
    from cloudcrate.app.service import Service
    from cloudcrate.cli.playlists import Noted
    from cloudcrate.core.model import KnownPlaylist
    from cloudcrate.core.sentences_request import Request

RUNS = 100
"""Runs among which the last one of a playlist is looked for."""


def answer(service: "Service", request: "Request", options: dict[str, Any]) -> None:  # Any: as above
    """Answers a question, stops a run, or notes a standing order. Raises: UsageError."""
    from cloudcrate.core.sentences_request import Action

    match request.action:
        case Action.STATUS:
            _status(service, request, options)
        case Action.MISSING:
            _missing(service, request, options)
        case Action.PROGRESS:
            _progress(service, request, options)
        case Action.STOP:
            _stop(service, request, options)
        case Action.WATCH:
            _watch(service, request, options)
        case _:
            raise errors.UsageError(request.understood)


def _status(service: "Service", request: "Request", options: dict[str, Any]) -> None:  # Any: as above
    from cloudcrate.cli import show
    from cloudcrate.core.timetable import address

    if not request.playlists:
        status = service.status()
        click.echo(as_json_text({"status": status})) if options.get("as_json") else echo(show.status_lines(status))
        return
    asked = {address(kept): kept for kept in map(service.asking.kept, request.playlists)}
    found = [(asked[address(o.playlist)], o) for o in service.overview() if address(o.playlist) in asked]
    if options.get("as_json"):
        click.echo(as_json_text({"overview": [overview for _, overview in found]}))
    else:
        echo(line for kept, overview in found for line in overview_lines(overview, kept.name))


def overview_lines(overview: "Overview", called: str = "") -> Iterator[str]:
    """How one playlist, ``called`` so now, stands: a line of what is so, and one of what is not."""
    from cloudcrate.app.overview import Standing
    from cloudcrate.cli.show import when
    from cloudcrate.core.text import visible

    playlist, standing = overview.playlist, overview.standing
    name = visible(called or playlist.name or playlist.title)
    if overview.report is None:
        yield f"“{name}” was not synced to its end yet."
        return
    open_ones = [
        f"{standing[one]} {one.value}" for one in (Standing.FAILED, Standing.PENDING, Standing.REVIEW) if standing[one]
    ]
    done = standing[Standing.SYNCED] + standing[Standing.ALREADY]
    whether = f"not complete: {', '.join(open_ones)}" if open_ones else "complete"
    at = f"last synced {when(playlist.synced_at)}" if playlist.synced_at is not None else "never synced without a fault"
    yield f"“{name}” is {whether}: {done} of {overview.listed} tracks are in place; {at}."
    if standing[Standing.UNOBTAINABLE]:
        yield f"  {standing[Standing.UNOBTAINABLE]} cannot be had: cloudcrate problems says why."


def _missing(service: "Service", request: "Request", options: dict[str, Any]) -> None:  # Any: as above
    from cloudcrate.cli.problems import problem_lines

    kept = [_synced_once(service.asking.kept(name)) for name in request.playlists]
    only = None if not kept else {track_id for playlist in kept for track_id in service.entries(playlist)}
    found = service.problems.listed(only)
    click.echo(as_json_text({"problems": found})) if options.get("as_json") else echo(problem_lines(found))


def _progress(service: "Service", request: "Request", options: dict[str, Any]) -> None:  # Any: as above
    from cloudcrate.cli import show

    kept = [_synced_once(service.asking.kept(name)) for name in request.playlists]
    found = service.status(runs=RUNS if kept else 1)
    if kept:
        latest = [next((r for r in found.runs if r.playlist_id == playlist.id), None) for playlist in kept]
        found = replace(found, runs=tuple(run for run in latest if run is not None))
    if options.get("as_json"):
        click.echo(as_json_text({"status": found}))
        return
    names = {known.id: known.name or known.title for known in found.playlists}
    for run in found.runs:
        if run.ended_at is None:
            click.echo(_going(names.get(run.playlist_id, ""), run.started_at))
        else:
            echo(show.run_lines([run]))
    if not found.runs:
        click.echo("Nothing was synced so far.")


def _going(name: str, started_at: float) -> str:
    from cloudcrate.cli.show import when
    from cloudcrate.core.text import visible

    called = f"The sync of “{visible(name)}”" if name else "The sync"
    return f"{called} that was begun at {when(started_at)} has not ended: it is going on, or it was broken off."


def _synced_once(kept: "KnownPlaylist") -> "KnownPlaylist":
    from cloudcrate.core.text import visible

    if kept.id is None:
        raise errors.UsageError(
            f"“{visible(kept.name or kept.title)}” was not synced yet: nothing is known of it.",
            hint="Sync it first.",
        )
    return kept


def _stop(service: "Service", request: "Request", options: dict[str, Any]) -> None:  # Any: as above
    from cloudcrate.core.text import visible

    if request.playlists:
        asked = [service.asking.kept(name) for name in request.playlists]
        running = next((run for run in service.runs(1) if run.ended_at is None), None)
        if running is None or all(running.playlist_id != kept.id for kept in asked):
            names = ", ".join(f"“{visible(kept.name or kept.title)}”" for kept in asked)
            raise errors.UsageError(
                f"No run of {names} is going on.", hint="To keep a playlist no more: cloudcrate remove NAME"
            )
    stopped = service.stop()
    if options.get("as_json"):
        click.echo(as_json_text({"stopped": stopped}))
    else:
        click.echo(f"Asked to stop: {visible(stopped)}." if stopped else "No run is going on.")


def _watch(service: "Service", request: "Request", options: dict[str, Any]) -> None:  # Any: as above
    from cloudcrate.cli.choosing import meant
    from cloudcrate.cli.opening import settings_of
    from cloudcrate.cli.playlists import schedule

    as_json = bool(options.get("as_json"))
    found = [meant(service, name, as_json=as_json) for name in request.playlists]
    noted = schedule(settings_of(options, with_tokens=False), found, service.known(), request.every_hours)
    if as_json:
        click.echo(as_json_text({"schedule": noted}))
        return
    echo(schedule_lines(noted))


def schedule_lines(noted: "Noted") -> Iterator[str]:
    """What was noted, and what it takes."""
    from cloudcrate.core.text import visible

    if not noted.playlists:
        yield f"Every playlist without a schedule of its own is to be synced {noted.words} (in {visible(noted.file)})."
    for name in noted.playlists:
        yield f"“{visible(name)}” is to be synced {noted.words} (in {visible(noted.file)})."
    yield "cloudcrate watch does so as long as it runs; cloudcrate watch --install lets the system start it."
