"""The library's own commands: verify, retag, restore, import."""

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

import click

from cloudcrate.cli.opening import as_data, as_json_text, echo, opened, places
from cloudcrate.cli.wishes import template

if TYPE_CHECKING:
    from cloudcrate.app.keeping import Notes
    from cloudcrate.app.service import Service
    from cloudcrate.core.model import TrackId
    from cloudcrate.core.report import Report


VERIFY = """
\b
Examples:
  cloudcrate verify                      files that were not read in the last 30 days
  cloudcrate verify --all                every file
  cloudcrate verify "Night Bus" --fetch  damaged ones go to quarantine and are fetched again
"""


@click.command(epilog=VERIFY)
@click.argument("what", required=False)
@click.option("--all", "everything", is_flag=True, help="Also files that were found sound in the last 30 days.")
@click.option("--fetch", is_flag=True, help="Move damaged files to quarantine and fetch them again.")
@as_data
@places
def verify(what: str | None, everything: bool, fetch: bool, as_json: bool, **options: object) -> None:
    """Check that the library's files are there and have the bytes that they had.

    WHAT is a playlist synced before, or a track: its id or its link. What broke off goes on where it was.
    """
    from cloudcrate.cli import show_files

    with opened(options, progress=not as_json) as service:
        found = service.keeping.verify(_chosen(service, what), everything=everything)
        damaged, reports = show_files.damaged(found), []
        if not as_json:
            echo(show_files.checked_lines(found, fetches=fetch))
        asks = sys.stdin.isatty() and sys.stderr.isatty() and not as_json
        if damaged and (fetch or (asks and click.confirm(f"Fetch {len(damaged)} damaged files again?", err=True))):
            reports = _fetch_again(service, damaged, quiet=as_json)
            damaged = show_files.damaged(service.keeping.verify(damaged, everything=True))
    if as_json:
        click.echo(as_json_text({"checked": found, "reports": reports}))
    if damaged or show_files.missing(found):
        raise SystemExit(3)


RETAG = """
\b
Examples:
  cloudcrate retag                      every file of the library
  cloudcrate retag "Night Bus" --json
"""

RESTORE = """
\b
Examples:
  cloudcrate restore --list             what is in quarantine
  cloudcrate restore 123456             the file of one track comes back
"""

IMPORT = """
\b
Examples:
  cloudcrate import ~/Music/old --dry-run
  cloudcrate import ~/Music/old "Night Bus"
"""


@click.command(epilog=RETAG)
@click.argument("what", required=False)
@as_data
@places
def retag(what: str | None, as_json: bool, **options: object) -> None:
    """Write the tags of the library's files anew, from what is known, without fetching anything.

    WHAT is a playlist synced before, or a track: its id or its link. Pictures, and tags that other programs
    keep in a file, stay as they are.
    """
    _run(options, as_json, lambda service: service.keeping.retag(_chosen(service, what)))


@click.command(epilog=RESTORE)
@click.argument("what", required=False)
@click.option("--list", "only_list", is_flag=True, help="Show what is in quarantine and move nothing.")
@as_data
@places
def restore(what: str | None, only_list: bool, as_json: bool, **options: object) -> None:
    """Take files out of quarantine, each to where it was.

    WHAT is a track (its id or its link) or a playlist synced before; without it every file comes back.
    """

    def act(service: "Service") -> "Notes":
        if only_list:
            return service.keeping.quarantined(_chosen(service, what))
        return service.keeping.restore(_chosen(service, what))

    _run(options, as_json, act)


@click.command(name="import", epilog=IMPORT)
@click.argument("folder", type=click.Path())
@click.argument("what", required=False)
@click.option("--dry-run", is_flag=True, help="Say what would be taken in, and stop.")
@template
@as_data
@places
def adopt(folder: str, what: str | None, dry_run: bool, as_json: bool, **options: object) -> None:
    """Take in the audio files that you have already, so that they are not fetched.

    The files below FOLDER are compared with the tracks of the playlists synced before (or of WHAT, one of
    them): by the id or link in their tags, else by title, artist and length. Your files are copied, never
    moved; those in the library stay where they are.
    """

    def act(service: "Service") -> "Notes":
        finds = service.keeping.explore(folder, _chosen(service, what), template=service.usual.template)
        return finds.notes if dry_run else service.keeping.take_in(finds)

    _run(options, as_json, act)


# --- what they share ----------------------------------------------------------------------------


def _run(options: dict[str, object], as_json: bool, act: "Callable[[Service], Notes]") -> None:
    from cloudcrate.cli import show_files

    with opened(options, progress=not as_json) as service:
        notes = act(service)
    click.echo(as_json_text({"files": notes})) if as_json else echo(show_files.note_lines(notes))
    if any(note.state == "failed" for note in notes):
        raise SystemExit(3)


def _chosen(service: "Service", what: str | None) -> "tuple[TrackId, ...] | None":
    return None if what is None else service.tracks_of(what)


def _fetch_again(service: "Service", damaged: "tuple[TrackId, ...]", *, quiet: bool) -> "list[Report]":
    from cloudcrate.cli import show

    reports = []
    for playlist in service.keeping.discard(damaged):
        end = service.sync_again(playlist)
        if not quiet:
            echo(show.report_lines(end.report))
        if end.error is not None:
            raise end.error
        reports.append(end.report)
    return reports
