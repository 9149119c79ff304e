"""``cloudcrate sync``, ``plan`` and ``ask``: what is asked for, by a link, a name or a sentence, is done or shown."""

import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any  # Any: click hands options over untyped

import click

from cloudcrate import errors
from cloudcrate.cli.opening import as_data, as_json_text, echo, opened, places
from cloudcrate.cli.wishes import asked, wished

if TYPE_CHECKING:
    from cloudcrate.app.asking import Meant, Understood
    from cloudcrate.app.service import Service
    from cloudcrate.core.report import Report
    from cloudcrate.core.sentences import Request

SYNC = """
\b
Examples:
  cloudcrate sync https://soundcloud.com/artist/sets/name
  cloudcrate sync "Make sure the all:Lo Collective playlist is synced and downloaded"
  cloudcrate sync "night bus, only the first 50" --dry-run
  cloudcrate sync --all
"""

PLAN = """
\b
Examples:
  cloudcrate plan https://soundcloud.com/artist/sets/name
  cloudcrate plan "night bus" --json
"""

ASK = """
\b
Examples:
  cloudcrate ask "make sure night bus is synced, but don't download it"
  cloudcrate ask "what is missing from night bus, and why?"
  cloudcrate ask "keep night bus synced every 6 hours"
  cloudcrate ask --json "is night bus up to date?"
"""

ENDS_ALL = (errors.StoppedError, errors.BusyError, errors.StateError, errors.DiskError, errors.CredentialsError)
"""What the next playlist would meet, too."""


@click.command(epilog=SYNC)
@click.argument("what", required=False)
@click.option("--all", "everything", is_flag=True, help="Every playlist that is kept, in place of WHAT.")
@asked
@places
@click.option("--dry-run", is_flag=True, help="Print the plan and stop.")
@click.option("--strict", is_flag=True, help="Exit 3 when a track could not be obtained.")
@click.option("--results-file", type=click.Path(path_type=Path), metavar="PATH", help="Write the report as JSON.")
@click.option("--no-wait", is_flag=True, help="Exit 8 when another run holds the state.")
@click.option("--resume", is_flag=True, help="The same as without: every run goes on where the last one was.")
def sync(
    what: str | None,
    everything: bool,
    dry_run: bool,
    strict: bool,
    results_file: Path | None,
    **options: Any,  # Any: as above
) -> None:
    """Put a playlist's tracks into the catalog and on disk.

    WHAT is a SoundCloud link, a playlist's name or its owner's, or a sentence about one. A name is looked up among
    the playlists that are kept, in Notion, on your own SoundCloud profile, and in SoundCloud's search.
    """
    if (what is None) != everything:
        raise errors.UsageError("Say what to sync: a link, a name or a sentence; or --all, but not both.")
    if results_file is not None:
        _prove_writable(results_file)
    with opened(options, progress=not options.get("as_json")) as service:
        request = _request(service, what)
        if dry_run or not _changes(request):
            answer(service, request, options, preview=dry_run)
            return
        syncs = _understood(service, request, options)
        reports, error = _carried_out(service, syncs)
    _show(reports, options, results_file, single=len(syncs) == 1)
    if error is not None:
        raise error
    unobtainable = strict and any(report.files["unobtainable"] for report in reports)
    if unobtainable or any(report.failed for report in reports):
        raise SystemExit(3)


@click.command(epilog=PLAN)
@click.argument("what")
@asked
@places
def plan(what: str, **options: Any) -> None:  # Any: as above
    """Print what a sync would do, with a reason for everything. Changes nothing."""
    with opened(options, progress=not options.get("as_json")) as service:
        answer(service, _request(service, what), options, preview=True)


@click.command(epilog=ASK)
@click.argument("what")
@places
@as_data
def ask(what: str, as_json: bool, **options: Any) -> None:  # Any: as above
    """Do what a sentence asks for, or answer it.

    With --json it is only told how the sentence is understood: nothing is done, and no name is looked up.
    """
    with opened(options, progress=not as_json) as service:
        request = _request(service, what)
        if as_json:
            click.echo(as_json_text({"request": request}))
            return
        if not _changes(request):
            answer(service, request, options)
            return
        syncs = _understood(service, request, options)
        reports, error = _carried_out(service, syncs)
    _show(reports, options, None, single=len(syncs) == 1)
    if error is not None:
        raise error
    if any(report.failed for report in reports):
        raise SystemExit(3)


# --- what is meant ------------------------------------------------------------------------------


def _request(service: "Service", what: str | None) -> "Request":
    from cloudcrate.core.sentences import Action, Request

    if what is None:
        return Request(action=Action.SYNC_ALL, understood="Sync and download everything that is kept")
    request = service.asking.request(what)
    if request.action in (Action.REFUSE, Action.CLARIFY):
        raise errors.UsageError(request.understood)
    return request


def _changes(request: "Request") -> bool:
    """Whether it asks for a sync."""
    from cloudcrate.app.asking import SYNCING
    from cloudcrate.core.sentences import Action

    return request.action in SYNCING or request.action is Action.SYNC_ALL


def _understood(
    service: "Service", request: "Request", options: dict[str, Any]
) -> "tuple[Understood, ...]":  # Any: as above
    """The syncs that are asked for, under the options given."""
    found = service.asking.understood(
        request,
        wished(service.usual, options),
        look=lambda name: _meant(service, name, asks=not options.get("as_json")),
        limit=options.get("max_tracks"),
        refresh=bool(options.get("refresh")),
        name=options.get("playlist_name") or "",
    )
    if not found:
        raise errors.UsageError("No playlist is kept yet.", hint="Sync one by its link first, or cloudcrate add it.")
    for one in found:
        click.echo(f"understood: {one.understood}", err=True)
    return found


def _meant(service: "Service", name: str, *, asks: bool) -> "Meant":
    """The playlist that is meant; on a terminal one chooses among several that fit."""
    from cloudcrate.app.finder import called
    from cloudcrate.core.model import Candidate
    from cloudcrate.core.text import visible

    try:
        return service.asking.meant(name)
    except errors.AmbiguousError as error:
        offered = [found for found in error.candidates if isinstance(found, Candidate)]
        terminal = sys.stdin.isatty() and sys.stderr.isatty()
        if not (asks and terminal and offered):
            raise
        click.echo(visible(error.message), err=True)
        for number, found in enumerate(offered, 1):
            click.echo(f"  {number}  {called(found)}  {visible(found.url)}", err=True)
        number = click.prompt("Which one? (0: none)", type=click.IntRange(0, len(offered)), err=True)
        if not number:
            raise errors.StoppedError("None was chosen; nothing was done.") from error
        return service.asking.meant(offered[number - 1].url)


# --- what is done -------------------------------------------------------------------------------


def answer(
    service: "Service", request: "Request", options: dict[str, Any], *, preview: bool = False
) -> None:  # Any: as above
    """Shows what a request would do, or answers it."""
    from cloudcrate.cli import answering, show
    from cloudcrate.core.sentences import Action

    if not preview and request.action is not Action.PREVIEW:
        answering.answer(service, request, options)
        return
    if not _changes(request):
        request = replace(request, action=Action.PREVIEW)
    plans = [service.preview(one.order) for one in _understood(service, request, options)]
    if options.get("as_json"):
        click.echo(as_json_text({"plan": plans[0]} if len(plans) == 1 else {"plans": plans}))
        return
    for made in plans:
        echo(show.plan_lines(made))


def _carried_out(
    service: "Service", syncs: "Sequence[Understood]"
) -> "tuple[list[Report], errors.CloudcrateError | None]":
    """The reports, and the error that ends the command; what ends one playlist's run is said, and the next begins."""
    reports = list["Report"]()
    worst: errors.CloudcrateError | None = None
    for one, error in _each(service, syncs, reports):
        worst = worst or error
        if error is not None and len(syncs) > 1:
            if isinstance(error, ENDS_ALL):
                break
            click.echo(f"error: {one.understood}: {error.message}", err=True)
    return reports, worst


def _each(
    service: "Service", syncs: "Sequence[Understood]", reports: "list[Report]"
) -> "Iterator[tuple[Understood, errors.CloudcrateError | None]]":
    for one in syncs:
        try:
            ended = service.sync(one.order)
        except errors.CloudcrateError as error:
            yield one, error
        else:
            reports.append(ended.report)
            yield one, ended.error


def _show(
    reports: "Sequence[Report]", options: dict[str, Any], results_file: Path | None, *, single: bool
) -> None:  # Any: as above
    from cloudcrate.cli import show

    text = as_json_text({"report": reports[0]} if single and reports else {"reports": list(reports)})
    if results_file is not None and reports:
        _replace(results_file, text + "\n")
    if options.get("as_json"):
        if reports:
            click.echo(text)
        return
    for report in reports:
        echo(show.report_lines(report))


def _prove_writable(path: Path) -> None:
    if not path.absolute().parent.is_dir():
        raise errors.UsageError(f"--results-file: there is no folder {path.absolute().parent}.")


def _replace(path: Path, text: str) -> None:
    """Writes a whole file or none."""
    from cloudcrate import durable

    try:
        durable.replace(path, text.encode(), 0o644)
    except OSError as error:
        raise errors.DiskError(f"--results-file {path} cannot be written: {error.strerror}.") from error
