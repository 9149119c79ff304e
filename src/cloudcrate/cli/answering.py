"""Questions about playlists, answered from what is remembered; and standing orders."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any  # Any: click hands options over untyped

import click

from cloudcrate import errors
from cloudcrate.cli.opening import as_json_text, echo

if TYPE_CHECKING:
    from cloudcrate.app.overview import Overview
    from cloudcrate.app.service import Service
    from cloudcrate.core.sentences import Request


def answer(service: "Service", request: "Request", options: dict[str, Any]) -> None:  # Any: as above
    """Answers a question, stops a run, or notes a standing order. Raises: UsageError."""
    from cloudcrate.core.sentences import Action

    match request.action:
        case Action.STATUS:
            _status(service, request, options)
        case Action.MISSING:
            _missing(service, request, options)
        case Action.PROGRESS:
            _progress(service, options)
        case Action.STOP:
            _stop(service, request, options)
        case Action.WATCH:
            _watch(service, request, options)
        case _:
            raise errors.UsageError(request.understood)


def _status(service: "Service", request: "Request", options: dict[str, Any]) -> None:  # Any: as above
    from cloudcrate.cli import show

    if not request.playlists:
        found = service.status()
        click.echo(as_json_text({"status": found})) if options.get("as_json") else echo(show.status_lines(found))
        return
    asked = {service.asking.kept(name).url for name in request.playlists}
    overviews = [overview for overview in service.overview() if overview.playlist.url in asked]
    if options.get("as_json"):
        click.echo(as_json_text({"overview": overviews}))
    else:
        echo(line for overview in overviews for line in overview_lines(overview))


def overview_lines(overview: "Overview") -> Iterator[str]:
    """How one playlist stands: a line of what is so, and one of what is not."""
    from cloudcrate.app.overview import Standing
    from cloudcrate.cli.show import when
    from cloudcrate.core.text import visible

    playlist, standing = overview.playlist, overview.standing
    name = visible(playlist.name or playlist.title)
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

    kept = [service.asking.kept(name) for name in request.playlists]
    only = None if not kept else {track_id for playlist in kept for track_id in service.entries(playlist)}
    found = service.problems.listed(only)
    click.echo(as_json_text({"problems": found})) if options.get("as_json") else echo(problem_lines(found))


def _progress(service: "Service", options: dict[str, Any]) -> None:  # Any: as above
    from cloudcrate.cli import show

    found = service.status(runs=1)
    if options.get("as_json"):
        click.echo(as_json_text({"status": found}))
    else:
        echo(show.run_lines(found.runs) if found.runs else ["Nothing was synced so far."])


def _stop(service: "Service", request: "Request", options: dict[str, Any]) -> None:  # Any: as above
    from cloudcrate.core.text import visible

    if request.playlists:
        asked = service.asking.kept(request.playlists[0])
        running = next((run for run in service.runs(1) if run.ended_at is None), None)
        if running is None or running.playlist_id != asked.id:
            raise errors.UsageError(
                f"No run of “{visible(asked.name or asked.title)}” is going on.",
                hint="To keep a playlist no more: cloudcrate remove NAME.",
            )
    stopped = service.stop()
    if options.get("as_json"):
        click.echo(as_json_text({"stopped": stopped}))
    else:
        click.echo(f"asked to stop: {visible(stopped)}" if stopped else "No run is going on.")


def _watch(service: "Service", request: "Request", options: dict[str, Any]) -> None:  # Any: as above
    from cloudcrate.cli.opening import settings_of
    from cloudcrate.cli.playlists import schedule

    meant = [service.asking.meant(name) for name in request.playlists]
    for line in schedule(settings_of(options, with_tokens=False), meant, request.every_hours):
        click.echo(line)
