"""``cloudcrate problems`` and ``cloudcrate retry``: what is left undone, and another try at it."""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import click

from cloudcrate.cli.opening import as_data, as_json_text, echo, opened, places

if TYPE_CHECKING:
    from cloudcrate.app.problems import Problem


PROBLEMS = """
\b
Examples:
  cloudcrate problems
  cloudcrate problems "Night Bus" --json
"""

RETRY = """
\b
Examples:
  cloudcrate retry                      every playlist that has a problem
  cloudcrate retry 123456               one track
"""


@click.command(epilog=PROBLEMS)
@click.argument("what", required=False)
@as_data
@places
def problems(what: str | None, as_json: bool, **options: object) -> None:
    """List every track that lacks its row or its file: why, since when, and when it is tried again.

    WHAT is a playlist synced before, or a track: its id or its link.
    """
    with opened(options) as service:
        found = service.problems.listed(None if what is None else service.tracks_of(what))
    click.echo(as_json_text({"problems": found})) if as_json else echo(problem_lines(found))


@click.command(epilog=RETRY)
@click.argument("what", required=False)
@as_data
@places
def retry(what: str | None, as_json: bool, **options: object) -> None:
    """Try again now what failed or could not be had: metadata is read anew, protected tracks are tried.

    WHAT is a playlist synced before, or a track: its id or its link; without it every playlist that has a
    problem is synced.
    """
    from cloudcrate.cli import show

    with opened(options, progress=not as_json) as service:
        reports = []
        for playlist in service.with_problems(what):
            ended = service.retry(playlist)
            reports.append(ended.report)
            if not as_json:
                echo(show.report_lines(ended.report))
            if ended.error is not None:
                raise ended.error
    if as_json:
        click.echo(as_json_text({"reports": reports}))
    elif not reports:
        click.echo("There is nothing to try again.")
    if any(report.failed for report in reports):
        raise SystemExit(3)


def problem_lines(found: "Sequence[Problem]") -> Iterator[str]:
    """Each problem: which, why, since when, what comes next."""
    from cloudcrate.cli.show import when
    from cloudcrate.cli.show_files import counted
    from cloudcrate.core.text import visible

    counts = ", ".join(f"{number} {kind}" for kind, number in Counter(p.kind for p in found).items())
    yield f"{counted(len(found), 'problem')}: {counts}" if found else "No problem is known."
    for problem in found:
        name = f"{visible(problem.title) or 'track'} [{problem.track_id}]"
        yield f"  {problem.side} {problem.kind}: {name}, in {visible(', '.join(problem.playlists))}"
        later = f"tried again from {when(problem.next_check)} on" if problem.next_check else "tried at the next sync"
        next_check = "it waits for your choice" if problem.kind == "review" else later
        yield f"      {visible(problem.reason)} (since {when(problem.since)}; {next_check})"
        if problem.hint:
            yield f"      {visible(problem.hint)}"
    if found:
        yield "Next: cloudcrate retry tries all of them now."
