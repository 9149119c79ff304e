"""``cloudcrate worker`` and ``cancel``, and ``status --follow``: runs that several machines carry out together."""

from typing import TYPE_CHECKING

import click

from cloudcrate.cli.opening import as_json_text, echo, opened, places, say

if TYPE_CHECKING:
    from cloudcrate.app.service import Service

EXAMPLES = """
\b
Examples:
  CLOUDCRATE_STATE=postgresql://db.example/music cloudcrate worker
  cloudcrate worker --jobs 8
"""


CANCEL = """
\b
Examples:
  cloudcrate cancel
  cloudcrate cancel --json
"""


@click.command(epilog=EXAMPLES)
@places
def worker(**options: object) -> None:
    """Take part in the runs of a state in PostgreSQL, until asked to stop.

    Any number of machines can. Each needs the same catalog and the same library: a folder that all of them
    have at the same path, or an object store.
    """
    with opened(options) as service:
        sharing = service.sharing
        say(f"taking part in runs on {options.get('library') or 'the library of the settings'}; Ctrl-C ends it")
        sharing.take_part()


@click.command(epilog=CANCEL)
@click.option("--json", "as_json", is_flag=True, help="Print data (JSON) instead of text.")
@places
def cancel(as_json: bool, **options: object) -> None:
    """End the run that is going on, on all machines. What is in flight is finished; the next run goes on there."""
    from cloudcrate.core.text import visible

    with opened(options) as service:
        stopped = service.stop()
    if as_json:
        click.echo(as_json_text({"stopped": stopped}))
    elif stopped:
        click.echo(f"{visible(stopped)}: cancelled. What is in flight is finished; the next sync goes on there.")
    else:
        click.echo("No run is going on.")


def follow(service: "Service", *, as_json: bool) -> None:
    """Prints how the run that is going on stands, line by line, until it has ended."""
    from cloudcrate.cli import show_sharing

    any_run = False
    for going in service.sharing.progress():
        any_run = True
        click.echo(as_json_text({"going": going}, one_line=True)) if as_json else echo(show_sharing.going_lines(going))
    if not any_run and not as_json:
        click.echo("No run is going on.")
