"""What a sync and its plan can be asked for: the options, and the value they amount to."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

import click

from cloudcrate.errors import UsageError

if TYPE_CHECKING:
    from cloudcrate.core.snapshot import Wishes

template = click.option("--template", metavar="TEXT", help="Where files lie. [{artist}/{artist} - {title}]")

OPTIONS = (
    click.option("--max-tracks", type=click.IntRange(min=1), metavar="N", help="Only the first N entries."),
    click.option("--no-download", is_flag=True, help="Rows only, no files."),
    click.option("--only-files", is_flag=True, help="Files only; the catalog is left as it is."),
    click.option("--playlist-name", metavar="NAME", help="Its name in the catalog and on disk."),
    click.option("--refresh", is_flag=True, help="Read all metadata again (else after 7 days)."),
    click.option("--restore", is_flag=True, help="Fetch files again that you removed."),
    click.option("--recheck", is_flag=True, help="Try protected tracks again (else after 30 days)."),
    click.option("--upgrade", is_flag=True, help="Replace files that are offered in a better quality now."),
    click.option("--prefer", metavar="KINDS", help="Qualities, best first. [original,aac,mp3; CLOUDCRATE_PREFER]"),
    click.option("--convert", metavar="FORMAT", help="aiff, wav, flac, alac, mp3 or m4a, from lossless sources."),
    click.option("--convert-lossy", is_flag=True, help="With --convert: also what has lost something already."),
    click.option("--keep-original", is_flag=True, help="With --convert: keep the download as it came, too."),
    template,
    click.option(
        "--playlist-folders",
        type=click.Choice(("links", "copies", "none")),
        help="A folder per playlist besides its file: hard links, or copies. [none]",
    ),
    click.option("--mirror", is_flag=True, help="Move files that no playlist wants to quarantine/."),
    click.option("--recreate", is_flag=True, help="Make rows again that you removed."),
    click.option("--write-order", is_flag=True, help="Write the tracks' order into the playlist's page."),
    click.option("--max-removals", type=click.IntRange(min=0), metavar="N", help="So many may leave it at once."),
    click.option("--json", "as_json", is_flag=True, help="Print data (JSON) instead of text."),
)


Command = TypeVar("Command", bound=Callable[..., object])


def asked(command: Command) -> Command:
    """The options of a sync and its plan."""
    for option in reversed(OPTIONS):
        command = option(command)
    return command


SETTINGS = ("prefer", "convert", "template", "playlist_folders", "convert_lossy", "keep_original", "upgrade")
"""Those of the options that are settings, too: what is given for one run goes before what is usual."""


def wished(usual: "Wishes", options: Mapping[str, object]) -> "Wishes":
    """What this run is asked for besides what is usual by the settings. Raises: UsageError."""
    if options.get("no_download") and options.get("only_files"):
        raise UsageError("--no-download and --only-files together leave nothing to do.")
    most = options.get("max_removals")
    return replace(
        usual,
        download=not options.get("no_download"),
        rows=not options.get("only_files"),
        max_removals=most if isinstance(most, int) else None,
        restore=bool(options.get("restore")),
        recheck=bool(options.get("recheck")),
        mirror=bool(options.get("mirror")),
        recreate=bool(options.get("recreate")),
        write_order=bool(options.get("write_order")),
    )
