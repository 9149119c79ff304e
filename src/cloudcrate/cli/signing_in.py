"""Runs ``login`` and ``logout``: asks for a token, proves it, keeps it where only its owner can read it."""

import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import click

from cloudcrate import bootstrap, settings, settings_file, tokens
from cloudcrate.cli.interview import Terminal
from cloudcrate.core.text import visible
from cloudcrate.errors import CloudcrateError, CredentialsError, UsageError

HOW_TO_GET_ONE = """\
cloudcrate signs in with the token that your browser uses. Sign in at https://soundcloud.com there, open the
developer tools (F12), and under Storage or Application > Cookies > https://soundcloud.com copy the value of
the cookie oauth_token. It opens your whole account: give it to nobody. Signing out in that browser ends it."""

LONGEST = 4096
"""Bytes of a line that are read: a token has some thirty."""

Whose = Callable[[settings.Settings, tokens.Secret], str]
"""The name of the account that a token opens."""


def sign_in(
    *,
    keyring: bool,
    state: str | None = None,
    on_terminal: bool,
    whose: Whose = bootstrap.whose,
    keyrings: tokens.Keyrings = tokens.system_keyring,
    environment: Mapping[str, str] | None = None,
) -> None:
    """Carries ``login`` out; nothing is kept unless the token opens an account. Raises: CloudcrateError."""
    env = os.environ if environment is None else environment
    path = settings.place(env)
    loaded = settings.load({"state": state}, env, may_be_new=True, with_tokens=False)
    if keyring:
        keyrings()  # before anything is asked for
    settings_file.prove_writable(path)
    token = tokens.as_token(_asked(on_terminal), "What was given", tokens.SOUNDCLOUD)
    name = visible(whose(loaded, token))
    where = _keep_in_keyring(path, token, keyrings) if keyring else _keep_in_file(path, token, loaded, keyrings)
    click.echo(f"Signed in to SoundCloud as {name}.")
    click.echo(f"The token is kept in {visible(where)}.")
    _note_what_goes_before(where, env, keyrings)


def sign_out(
    *, keyrings: tokens.Keyrings = tokens.system_keyring, environment: Mapping[str, str] | None = None
) -> None:
    """Carries ``logout`` out: no token is left in the file or the keyring. Raises: CloudcrateError."""
    env = os.environ if environment is None else environment
    path = settings.place(env)
    in_keyring = settings.load({}, env, may_be_new=True, with_tokens=False).soundcloud_token_keyring
    forgotten = settings_file.forget_token(_file(path))
    if in_keyring:
        forgotten = _forget_in_keyring(keyrings) or forgotten
    settings_file.write(path, settings_file.Changes(soundcloud_token_keyring=False))
    click.echo("Signed out: the token is forgotten." if forgotten else "No token was kept.")
    _note_what_goes_before("", env, keyrings)


def _file(path: Path) -> Path:
    return path.parent / tokens.SOUNDCLOUD.kept_in


def _asked(on_terminal: bool) -> str:
    """The token, typed unseen, or the first line of standard input."""
    if on_terminal:
        click.echo(HOW_TO_GET_ONE, err=True)
        return Terminal().secret("Token")
    line = sys.stdin.buffer.readline(LONGEST).decode("utf-8-sig", "replace")
    if not line.strip():
        raise UsageError(
            "There is no token on standard input.",
            hint="Run cloudcrate login on a terminal; it says where to find one. Or: cloudcrate login < FILE",
        )
    return line


def _keep_in_file(path: Path, token: tokens.Secret, loaded: settings.Settings, keyrings: tokens.Keyrings) -> str:
    settings_file.write_token(_file(path), token.reveal())
    settings_file.write(path, settings_file.Changes(soundcloud_token_keyring=False))
    if loaded.soundcloud_token_keyring:
        try:
            _forget_in_keyring(keyrings)
        except CredentialsError as error:
            click.echo(f"Note: the earlier token is still in the keyring. {error.message}", err=True)
    return str(_file(path))


def _forget_in_keyring(keyrings: tokens.Keyrings) -> bool:
    """Takes the token out of the keyring, as far as this machine can reach one. Raises: CredentialsError."""
    try:
        return tokens.KeptInKeyring(keyrings).forget()
    except UsageError as error:
        click.echo(f"Note: an earlier token may still be in the keyring. {error.message}", err=True)
        return False


def _keep_in_keyring(path: Path, token: tokens.Secret, keyrings: tokens.Keyrings) -> str:
    tokens.KeptInKeyring(keyrings).keep(token)
    settings_file.write(path, settings_file.Changes(soundcloud_token_keyring=True))
    settings_file.forget_token(_file(path))
    return tokens.KEYRING


def _note_what_goes_before(kept_in: str, env: Mapping[str, str], keyrings: tokens.Keyrings) -> None:
    """Says so when a run will take its token from elsewhere."""
    try:
        source = settings.load({}, env, may_be_new=True, keyring=keyrings).soundcloud_token_source
    except CloudcrateError as error:
        click.echo(f"Note: {error.message} {error.hint}", err=True)
        return
    if source not in (kept_in, ""):
        click.echo(f"Note: runs take the token from {visible(source)}, which goes before.", err=True)
