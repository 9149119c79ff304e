"""The commands. Each reads its words, calls one verb of ``Service`` and prints what it answers."""

from typing import Any  # Any: click hands options over untyped

import click

from cloudcrate import __doc__ as about
from cloudcrate.cli.completion import completion
from cloudcrate.cli.config import config
from cloudcrate.cli.init import init
from cloudcrate.cli.keep import adopt, restore, retag, verify
from cloudcrate.cli.login import login, logout
from cloudcrate.cli.mcp import mcp
from cloudcrate.cli.opening import as_data, as_json_text, echo, opened, places
from cloudcrate.cli.playlists import add, list_, remove, rename
from cloudcrate.cli.problems import problems, retry
from cloudcrate.cli.repair import repair
from cloudcrate.cli.review import review
from cloudcrate.cli.sharing import cancel, worker
from cloudcrate.cli.sharing import follow as watched
from cloudcrate.cli.syncing import ask, plan, sync
from cloudcrate.cli.watch import runs, watch
from cloudcrate.cli.web import web

EXAMPLES = """
\b
Examples:
  cloudcrate sync https://soundcloud.com/artist/sets/name
  cloudcrate sync https://soundcloud.com/artist/sets/name --dry-run
  cloudcrate sync "Make sure the all:Lo Collective playlist is synced and downloaded"
  cloudcrate demo
"""


STATUS = """
\b
Examples:
  cloudcrate status
  cloudcrate status "Night Bus"         what there is of each of its tracks
  cloudcrate status --follow            how the run that is going on stands, to its end
"""

WHY = """
\b
Examples:
  cloudcrate why https://soundcloud.com/artist/track
  cloudcrate why 123456 --json
"""

DOCTOR = """
\b
Examples:
  cloudcrate doctor
  cloudcrate doctor --json
"""

DEMO = """
\b
Examples:
  cloudcrate demo
  cloudcrate demo --keep                leaves the files for you to look at
"""

SANDBOX = """
\b
Examples:
  cloudcrate sandbox                    prints where it listens, as a line of JSON
  cloudcrate sandbox --print-env        prints it as lines for a shell
  cloudcrate sandbox --help             all its options
"""


@click.group(help=f"{about}\n{EXAMPLES}", context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="cloudcrate", prog_name="cloudcrate")
@click.option("--debug", is_flag=True, help="Show the traceback of an error.")
@click.option(
    "--log-format",
    type=click.Choice(("text", "json")),
    default="text",
    help="Progress, messages and errors on stderr as text, or as lines of JSON.",
)
@click.pass_context
def cli(context: click.Context, debug: bool, log_format: str) -> None:
    """See above."""
    context.obj = log_format


@cli.command(epilog=STATUS)
@click.argument("what", required=False)
@places
@click.option("--follow", is_flag=True, help="Watch the run that is going on, on whatever machines, to its end.")
@as_data
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


@cli.command(epilog=WHY)
@click.argument("track")
@places
@as_data
def why(track: str, as_json: bool, **options: Any) -> None:
    """Show what was decided and done about a track, and why. TRACK is its id or its link."""
    from cloudcrate.cli import show

    with opened(options) as service:
        found = service.why(service.find_track(track))
    click.echo(as_json_text({"why": found})) if as_json else echo(show.why_lines(found))


@cli.command(epilog=DOCTOR)
@places
@as_data
def doctor(as_json: bool, **options: Any) -> None:
    """Look at everything a run needs, and say what to do about what is wrong."""
    from cloudcrate.cli import show

    with opened(options) as service:
        checks = service.doctor()
    click.echo(as_json_text({"checks": checks})) if as_json else echo(show.check_lines(checks))
    if any(check.state == "wrong" for check in checks):
        raise SystemExit(1)


@cli.command(epilog=DEMO)
@click.option("--keep", is_flag=True, help="Keep the folder with the demo's files and state.")
@as_data
def demo(keep: bool, as_json: bool) -> None:
    """Sync and download a playlist of a pretended SoundCloud into a pretended Notion, on this machine alone."""
    from cloudcrate.cli.demo import run

    raise SystemExit(run(keep=keep, as_json=as_json))


@cli.command(
    epilog=SANDBOX,
    context_settings={"ignore_unknown_options": True, "allow_extra_args": True, "help_option_names": []},
    add_help_option=False,
)
@click.pass_context
def sandbox(context: click.Context) -> None:
    """Start a pretended SoundCloud and Notion on this machine, for rehearsals and for your own clients."""
    from cloudcrate.sandbox.__main__ import main

    raise SystemExit(main(context.args))


COMMANDS = (
    *(sync, plan, ask, add, list_, remove, rename, watch, runs),
    *(review, problems, retry, verify, retag, restore, adopt, repair),
    *(init, login, logout, config, worker, cancel, web, mcp, completion),
)

for command in COMMANDS:
    cli.add_command(command)
