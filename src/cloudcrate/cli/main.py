"""The commands. Each reads its words, calls one verb of ``Service`` and prints what it answers."""

from pathlib import Path
from typing import TYPE_CHECKING, Any  # Any: click hands options over untyped

import click

from cloudcrate import __doc__ as about
from cloudcrate import errors
from cloudcrate.cli.init import init
from cloudcrate.cli.keep import adopt, restore, retag, verify
from cloudcrate.cli.login import login, logout
from cloudcrate.cli.opening import as_json_text, echo, opened, places
from cloudcrate.cli.problems import problems, retry
from cloudcrate.cli.repair import repair
from cloudcrate.cli.review import review
from cloudcrate.cli.sharing import cancel, worker
from cloudcrate.cli.sharing import follow as watched
from cloudcrate.cli.watch import runs, watch
from cloudcrate.cli.wishes import asked, wished

if TYPE_CHECKING:
    from cloudcrate.app.gather import Order
    from cloudcrate.app.service import Service

EXAMPLES = """
\b
Examples:
  cloudcrate sync https://soundcloud.com/artist/sets/name
  cloudcrate sync https://soundcloud.com/artist/sets/name --dry-run
  cloudcrate sync "Make sure the all:Lo Collective playlist is synced and downloaded"
  cloudcrate demo
"""


@click.group(help=f"{about}\n{EXAMPLES}", context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="cloudcrate", prog_name="cloudcrate")
@click.option("--debug", is_flag=True, help="Show the traceback of an error.")
def cli(debug: bool) -> None:
    """See above."""


@cli.command()
@click.argument("what")
@asked
@places
@click.option("--dry-run", is_flag=True, help="Print the plan and stop.")
@click.option("--strict", is_flag=True, help="Exit 3 when a track could not be obtained.")
@click.option("--results-file", type=click.Path(path_type=Path), metavar="PATH", help="Write the report as JSON.")
@click.option("--no-wait", is_flag=True, help="Exit 8 when another run holds the state.")
@click.option("--resume", is_flag=True, help="The same as without: every run goes on where the last one was.")
def sync(what: str, dry_run: bool, strict: bool, results_file: Path | None, **options: Any) -> None:
    """Put a playlist's tracks into the catalog and on disk.

    WHAT is a SoundCloud link, the name of a playlist synced before, or a sentence with such a name.
    """
    with opened(options, progress=not options["as_json"]) as service:
        order, understood = _order(service, what, options)
        if understood:
            click.echo(understood, err=True)
        if dry_run:
            _print_plan(service, order, as_json=options["as_json"])
            return
        if results_file is not None:
            _prove_writable(results_file)
        ended = service.sync(order)
    from cloudcrate.cli import show

    text = as_json_text({"report": ended.report})
    if results_file is not None:
        _replace(results_file, text + "\n")
    click.echo(text) if options["as_json"] else echo(show.report_lines(ended.report))
    if ended.error is not None:
        raise ended.error
    unobtainable = strict and ended.report.files["unobtainable"] > 0
    if ended.report.failed or unobtainable:
        raise SystemExit(3)


@cli.command()
@click.argument("what")
@asked
@places
def plan(what: str, **options: Any) -> None:
    """Print what a sync would do, with a reason for everything. Changes nothing."""
    with opened(options, progress=not options["as_json"]) as service:
        order, understood = _order(service, what, options)
        if understood:
            click.echo(understood, err=True)
        _print_plan(service, order, as_json=options["as_json"])


@cli.command()
@click.argument("what", required=False)
@places
@click.option("--follow", is_flag=True, help="Watch the run that is going on, on whatever machines, to its end.")
@click.option("--json", "as_json", is_flag=True, help="Print data (JSON) instead of text.")
def status(what: str | None, follow: bool, as_json: bool, **options: Any) -> None:
    """Show the playlists that are kept and how the last runs ended.

    WHAT is one of them, or a track: then what is there of each track, and why what is not there is not.
    """
    from cloudcrate.cli import show, show_files

    with opened(options) as service:
        if follow:
            watched(service, as_json=as_json)
        if what is not None:
            holdings = service.holdings(what)
            click.echo(as_json_text({"tracks": holdings})) if as_json else echo(show_files.holding_lines(holdings))
            return
        found = service.status()
    click.echo(as_json_text({"status": found})) if as_json else echo(show.status_lines(found))


@cli.command()
@click.argument("track")
@places
@click.option("--json", "as_json", is_flag=True, help="Print data (JSON) instead of text.")
def why(track: str, as_json: bool, **options: Any) -> None:
    """Show what was decided and done about a track, and why. TRACK is its id or its link."""
    from cloudcrate.cli import show

    with opened(options) as service:
        found = service.why(service.find_track(track))
    click.echo(as_json_text({"why": found})) if as_json else echo(show.why_lines(found))


@cli.command()
@places
@click.option("--json", "as_json", is_flag=True, help="Print data (JSON) instead of text.")
def doctor(as_json: bool, **options: Any) -> None:
    """Look at everything a run needs, and say what to do about what is wrong."""
    from cloudcrate.cli import show

    with opened(options) as service:
        checks = service.doctor()
    click.echo(as_json_text({"checks": checks})) if as_json else echo(show.check_lines(checks))
    if any(check.state == "wrong" for check in checks):
        raise SystemExit(1)


@cli.command()
@click.option("--keep", is_flag=True, help="Keep the folder with the demo's files and state.")
def demo(keep: bool) -> None:
    """Sync and download a playlist of a pretended SoundCloud into a pretended Notion, on this machine alone."""
    from cloudcrate.cli.demo import run

    raise SystemExit(run(keep=keep))


@cli.command(
    context_settings={"ignore_unknown_options": True, "allow_extra_args": True, "help_option_names": []},
    add_help_option=False,
)
@click.pass_context
def sandbox(context: click.Context) -> None:
    """Start a pretended SoundCloud and Notion on this machine, for rehearsals and for your own clients."""
    from cloudcrate.sandbox.__main__ import main

    raise SystemExit(main(context.args))


cli.add_command(init)
cli.add_command(login)
cli.add_command(logout)
for command in (watch, runs, worker, cancel, review, repair, problems, retry, verify, retag, restore, adopt):
    cli.add_command(command)


# --- what the commands share --------------------------------------------------------------------


def _order(service: "Service", what: str, options: dict[str, Any]) -> "tuple[Order, str]":  # Any: as above
    from cloudcrate.app.gather import Order
    from cloudcrate.core.link import parse_link

    request = service.understand(what)
    playlist = request.playlist
    link = request.link or (parse_link(playlist.url) if playlist else None)
    if link is None:
        raise errors.UsageError(f"{what!r} names no link.", hint="Give a playlist's SoundCloud link.")
    order = Order(
        link=link,
        name=options["playlist_name"] or (playlist.name if playlist else ""),
        limit=options["max_tracks"],
        refresh=options["refresh"],
        wishes=wished(service.usual, options, download=request.download),
    )
    return order, request.understood


def _print_plan(service: "Service", order: "Order", *, as_json: bool) -> None:
    from cloudcrate.cli import show

    made = service.preview(order)
    click.echo(as_json_text({"plan": made})) if as_json else echo(show.plan_lines(made))


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
