"""``cloudcrate init``: a token, a table and its columns, written into the settings."""

import sys
from pathlib import Path
from typing import Any  # Any: click hands options over untyped

import click

from cloudcrate import errors

EXAMPLES = """
\b
Without a terminal nothing is asked; say it all:
  NOTION_TOKEN=… cloudcrate init --new --parent top --yes
  NOTION_TOKEN=… cloudcrate init --database LINK --yes --add-missing

On a terminal, run it without options. There is no option that takes the token itself: an option can be read
by everyone on the machine.
"""

EXCLUSIVE = (
    ("new", "database"),
    ("new", "data_source"),
    ("new", "playlists_database"),
    ("parent", "database"),
    ("parent", "data_source"),
)


@click.command(epilog=EXAMPLES)
@click.option(
    "--token-file",
    type=click.Path(path_type=Path),
    metavar="PATH",
    help="Read the token there, and do so from now on. [NOTION_TOKEN_FILE]",
)
@click.option("--database", envvar="TRACKS_DB_ID", metavar="ID|URL", help="The table of tracks. [TRACKS_DB_ID]")
@click.option(
    "--data-source",
    envvar="CLOUDCRATE_DATA_SOURCE",
    metavar="ID",
    help="Which one, when the database has several. [CLOUDCRATE_DATA_SOURCE]",
)
@click.option(
    "--new", is_flag=True, envvar="CLOUDCRATE_NEW", help="Make new tables of tracks and of playlists. [CLOUDCRATE_NEW]"
)
@click.option(
    "--parent",
    envvar="CLOUDCRATE_PARENT",
    metavar="ID|URL|top",
    help="The page to make them in; top: in none. [CLOUDCRATE_PARENT]",
)
@click.option(
    "--playlists-database",
    envvar="PLAYLISTS_DB_ID",
    metavar="ID|URL",
    help="The table of playlists that rows link to. [PLAYLISTS_DB_ID]",
)
@click.option(
    "--column",
    "columns",
    multiple=True,
    metavar="FIELD=COLUMN",
    help="A field's column; empty: none. Repeatable. [CLOUDCRATE_COLUMNS, as TOML]",
)
@click.option("--yes", is_flag=True, envvar="CLOUDCRATE_YES", help="Accept the columns proposed. [CLOUDCRATE_YES]")
@click.option(
    "--add-missing",
    is_flag=True,
    envvar="CLOUDCRATE_ADD_MISSING",
    help="Add columns that the table does not have. [CLOUDCRATE_ADD_MISSING]",
)
@click.option("--state", metavar="FOLDER", help="What cloudcrate remembers. [CLOUDCRATE_STATE]")
@click.option("--dry-run", is_flag=True, help="Show what would be done and change nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print data (JSON) instead of text.")
@click.pass_context
def init(context: click.Context, /, **options: Any) -> None:  # Any: as above
    """Choose or make the Notion database, agree on its columns, and write the settings.

    Running it again shows what is set and proposes only what has changed.
    """
    from cloudcrate.cli import setting_up

    for one, other in EXCLUSIVE:
        if _typed(context, one) and _typed(context, other):
            raise errors.UsageError(f"--{one} and --{other.replace('_', '-')} exclude each other.")
    setting_up.run(setting_up.Options(**options), on_terminal=sys.stdin.isatty() and sys.stderr.isatty())


def _typed(context: click.Context, name: str) -> bool:
    return context.get_parameter_source(name) is click.core.ParameterSource.COMMANDLINE
