"""``cloudcrate login`` and ``logout``: whose SoundCloud account the tracks are read and fetched with."""

import sys

import click

EXAMPLES = """
\b
Without a terminal the token is a line on standard input:
  cloudcrate login < token.txt

There is no option that takes the token itself: an option can be read by everyone on the machine. The
environment variable SOUNDCLOUD_TOKEN, or SOUNDCLOUD_TOKEN_FILE, goes before what is kept here.
"""


@click.command(epilog=EXAMPLES)
@click.option("--keyring", is_flag=True, help="Keep the token in the system's keyring, not in a file of your own.")
@click.option("--state", metavar="FOLDER", help="What cloudcrate remembers. [CLOUDCRATE_STATE]")
def login(keyring: bool, state: str | None) -> None:
    """Sign in to SoundCloud, for the uploaders' own files and for what only your account may hear."""
    from cloudcrate.cli import signing_in

    signing_in.sign_in(keyring=keyring, state=state, on_terminal=sys.stdin.isatty())


@click.command()
def logout() -> None:
    """Forget the SoundCloud token that login has kept."""
    from cloudcrate.cli import signing_in

    signing_in.sign_out()
