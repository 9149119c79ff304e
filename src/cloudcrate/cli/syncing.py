"""``cloudcrate sync``, ``plan`` and ``ask``: what is asked for, by a link, a name or a sentence, is done or shown."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any  # Any: click hands options over untyped

import click

from cloudcrate import errors
from cloudcrate.cli.opening import as_data, as_json_text, echo, in_json, opened, places, say
from cloudcrate.cli.wishes import asked, wished

if TYPE_CHECKING:
    from cloudcrate.app.asking import Understood
    from cloudcrate.app.service import Service
    from cloudcrate.core.report import Report
    from cloudcrate.core.sentences_request import Request

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
        done = _carried_out(service, _understood(service, request, options), options)
    _end(done, options, results_file, strict=strict)


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

    With --json it is only told how the sentence is understood, be it refused or unclear: nothing is done, and no
    name is looked up.
    """
    with opened(options, progress=not as_json) as service:
        if as_json:
            click.echo(as_json_text({"request": _told(service.asking.request(what))}))
            return
        request = _request(service, what)
        if not _changes(request):
            answer(service, request, options)
            return
        done = _carried_out(service, _understood(service, request, options), options)
    _end(done, options)


# --- what is meant ------------------------------------------------------------------------------


def _request(service: "Service", what: str | None) -> "Request":
    from cloudcrate.core.sentences_request import Action, Request

    if what is None:
        return Request(action=Action.SYNC_ALL, understood="Sync and download everything that is kept")
    request = service.asking.request(what)
    if request.action in (Action.REFUSE, Action.CLARIFY):
        raise errors.UsageError(request.understood, hint="Nothing was done.")
    return request


def _told(request: "Request") -> "Request":
    """A request as it may be shown: a secret link without its secret."""
    from cloudcrate.core.sentences_request import shown

    return replace(request, playlists=tuple(map(shown, request.playlists)))


def _changes(request: "Request") -> bool:
    """Whether it asks for a sync."""
    from cloudcrate.app.asking import SYNCING
    from cloudcrate.core.sentences_request import Action

    return request.action in SYNCING or request.action is Action.SYNC_ALL


def _understood(
    service: "Service", request: "Request", options: dict[str, Any]
) -> "tuple[Understood, ...]":  # Any: as above
    """The syncs that are asked for, under the options given; says them."""
    from cloudcrate.cli.choosing import meant

    found = service.asking.understood(
        request,
        wished(service.usual, options),
        look=lambda name: meant(service, name, as_json=bool(options.get("as_json"))),
        limit=options.get("max_tracks"),
        refresh=bool(options.get("refresh")),
        name=options.get("playlist_name") or "",
    )
    for one in found:
        say(f"understood: {one.understood}")
    return found


# --- what is done -------------------------------------------------------------------------------


def answer(
    service: "Service", request: "Request", options: dict[str, Any], *, preview: bool = False
) -> None:  # Any: as above
    """Shows what a request would do, or answers it."""
    from cloudcrate.cli import answering, show
    from cloudcrate.core.sentences_request import Action

    if not preview and request.action is not Action.PREVIEW:
        answering.answer(service, request, options)
        return
    if request.action in (Action.STOP, Action.PROGRESS):
        raise errors.UsageError(f"There is no plan for this: {request.understood}.", hint="Name a playlist.")
    if not _changes(request):
        request = replace(request, action=Action.PREVIEW)
    plans = [service.preview(one.order) for one in _understood(service, request, options)]
    if options.get("as_json"):
        click.echo(as_json_text({"plan": plans[0]} if len(plans) == 1 else {"plans": plans}))
        return
    for made in plans:
        echo(show.plan_lines(made))


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """A sync, one of several, that an error has ended."""

    understood: str
    url: str
    code: str
    message: str
    hint: str
    exit_code: int


@dataclass(slots=True)
class _Done:
    """What became of the syncs that were asked for."""

    asked: int
    reports: "list[Report]" = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)
    error: errors.CloudcrateError | None = None  # what has ended the only one


def _carried_out(service: "Service", syncs: "Sequence[Understood]", options: dict[str, Any]) -> _Done:  # Any: as above
    """Carries syncs out, one after the other: what ends one is said, and does not end the next."""
    done = _Done(asked=len(syncs))
    for one in syncs:
        error = _synced(service, one, done.reports)
        if error is None:
            continue
        if done.asked == 1:
            done.error = error
            break
        done.failures.append(_failure(one, error))
        _tell(done.failures[-1], as_json=bool(options.get("as_json")))
        if isinstance(error, ENDS_ALL):
            break
    return done


def _end(
    done: _Done,
    options: dict[str, Any],  # Any: as above
    results_file: Path | None = None,
    *,
    strict: bool = False,
) -> None:
    """Shows how syncs ended. Raises: what has ended the only one; SystemExit with the code of the command."""
    _show(done, options, results_file)
    if done.error is not None:
        raise done.error
    if done.failures:
        raise SystemExit(done.failures[0].exit_code)
    unobtainable = strict and any(report.files["unobtainable"] for report in done.reports)
    if unobtainable or any(report.failed for report in done.reports):
        raise SystemExit(3)


def _synced(service: "Service", one: "Understood", reports: "list[Report]") -> errors.CloudcrateError | None:
    """Carries one out and adds its report, if there is one; what has ended it."""
    try:
        ended = service.sync(one.order)
    except errors.CloudcrateError as error:
        return error
    reports.append(ended.report)
    return ended.error


def _failure(one: "Understood", error: errors.CloudcrateError) -> Failure:
    return Failure(
        understood=one.understood,
        url=one.order.link.url,
        code=error.code,
        message=error.message,
        hint=error.hint,
        exit_code=error.exit_code,
    )


def _tell(failure: Failure, *, as_json: bool) -> None:
    """Says on stderr what has ended one of several syncs, when it has ended it."""
    from cloudcrate.cli.machine import line
    from cloudcrate.core.text import visible

    if as_json or in_json():
        said = {name: getattr(failure, name) for name in ("understood", "url", "code", "message", "hint", "exit_code")}
        click.echo(line("error", **said), err=True)
        return
    click.echo(f"error: {failure.understood}: {visible(failure.message)}", err=True)
    if failure.hint:
        click.echo(f"  {visible(failure.hint)}", err=True)


def _show(done: _Done, options: dict[str, Any], results_file: Path | None) -> None:  # Any: as above
    from cloudcrate.cli import show

    if done.asked == 1 and not done.reports:
        return
    single = done.asked == 1
    text = as_json_text({"report": done.reports[0]} if single else {"reports": done.reports, "errors": done.failures})
    if results_file is not None:
        _replace(results_file, text + "\n")
    if options.get("as_json"):
        click.echo(text)
        return
    for report in done.reports:
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
