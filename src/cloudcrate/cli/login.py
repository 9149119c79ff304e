"""``cloudcrate login`` and ``logout``: whose accounts the tracks are read with, and the rows written."""

import sys

import click

from cloudcrate import tokens
from cloudcrate.cli.opening import as_data

EXAMPLES = """
\b
Examples:
  cloudcrate login                     asks for SoundCloud's token
  cloudcrate login --notion --keyring  Notion's, kept in the system's keyring
  cloudcrate login < token.txt         without a terminal: a line on standard input

There is no option that takes the token itself: an option can be read by everyone on the machine. The
environment variable SOUNDCLOUD_TOKEN, or SOUNDCLOUD_TOKEN_FILE, goes before what is kept here; so do
NOTION_TOKEN and NOTION_TOKEN_FILE.
"""

FORGETTING = """
\b
Examples:
  cloudcrate logout
  cloudcrate logout --notion
"""

notion = click.option("--notion", is_flag=True, help="The token of Notion, which init keeps else, not SoundCloud's.")


@click.command(epilog=EXAMPLES)
@click.option("--keyring", is_flag=True, help="Keep the token in the system's keyring, not in a file of your own.")
@notion
@click.option("--state", metavar="FOLDER", help="What cloudcrate remembers. [CLOUDCRATE_STATE]")
@as_data
def login(keyring: bool, notion: bool, state: str | None, as_json: bool) -> None:
    """Sign in to SoundCloud, for the uploaders' own files and for what only your account may hear."""
    from cloudcrate.cli import signing_in

    kind = tokens.NOTION if notion else tokens.SOUNDCLOUD
    signing_in.sign_in(keyring=keyring, kind=kind, state=state, on_terminal=sys.stdin.isatty(), as_json=as_json)


@click.command(epilog=FORGETTING)
@notion
@as_data
def logout(notion: bool, as_json: bool) -> None:
    """Forget the token that login has kept: SoundCloud's, or Notion's."""
    from cloudcrate.cli import signing_in

    signing_in.sign_out(kind=tokens.NOTION if notion else tokens.SOUNDCLOUD, as_json=as_json)
