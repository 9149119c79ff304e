"""Runs ``login`` and ``logout``: asks for a service's token, proves it, keeps it where only its owner can read it."""

import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import click

from cloudcrate import bootstrap, settings, settings_file, tokens
from cloudcrate.cli.interview import Terminal
from cloudcrate.cli.opening import as_json_text
from cloudcrate.core.text import visible
from cloudcrate.errors import CloudcrateError, CredentialsError, UsageError

HOW_TO_GET_ONE = {
    tokens.SOUNDCLOUD: """\
cloudcrate signs in with the token that your browser uses. Sign in at https://soundcloud.com there, open the
developer tools (F12), and under Storage or Application > Cookies > https://soundcloud.com copy the value of
the cookie oauth_token. It opens your whole account: give it to nobody. Signing out in that browser ends it.""",
    tokens.NOTION: """\
Make an internal integration at https://www.notion.so/profile/integrations, copy its secret, and share your tables with
it (••• > Connections). `cloudcrate init` does this and finds the tables, too.""",
}

LONGEST = 4096
"""Bytes of a line that are read: a token has some thirty."""

Whose = Callable[[settings.Settings, tokens.Secret], str]
"""The name of the account that a token opens."""


def sign_in(
    *,
    keyring: bool,
    kind: tokens.TokenKind = tokens.SOUNDCLOUD,
    state: str | None = None,
    on_terminal: bool,
    as_json: bool = False,
    whose: Whose | None = None,
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
    token = tokens.as_token(_asked(kind, on_terminal), "What was given", kind)
    name = visible((whose or WHOSE[kind])(loaded, token))
    where = (
        _keep_in_keyring(kind, path, token, keyrings) if keyring else _keep_in_file(kind, path, token, keyrings, env)
    )
    if as_json:
        click.echo(as_json_text({"signed_in": {"service": kind.service, "account": name, "kept_in": where}}))
    else:
        click.echo(f"Signed in to {kind.service} as {name}.")
        click.echo(f"The token is kept in {visible(where)}.")
    _note_what_goes_before(kind, where, env, keyrings)


def sign_out(
    *,
    kind: tokens.TokenKind = tokens.SOUNDCLOUD,
    as_json: bool = False,
    keyrings: tokens.Keyrings = tokens.system_keyring,
    environment: Mapping[str, str] | None = None,
) -> None:
    """Carries ``logout`` out: no token is left in the file or the keyring. Raises: CloudcrateError."""
    env = os.environ if environment is None else environment
    path = settings.place(env)
    in_keyring = _in_keyring(kind, env)
    forgotten = settings_file.forget_token(_file(kind, path))
    if in_keyring:
        forgotten = _forget_in_keyring(kind, keyrings) or forgotten
    settings_file.write(path, _changes(kind, in_keyring=False))
    if as_json:
        click.echo(as_json_text({"signed_out": {"service": kind.service, "forgotten": forgotten}}))
    else:
        click.echo("Signed out: the token is forgotten." if forgotten else "No token was kept.")
    _note_what_goes_before(kind, "", env, keyrings)


def _workspace(loaded: settings.Settings, token: tokens.Secret) -> str:
    with bootstrap.setup(loaded, token) as found:
        return found.workspace()


WHOSE: Mapping[tokens.TokenKind, Whose] = {tokens.SOUNDCLOUD: bootstrap.whose, tokens.NOTION: _workspace}


def _file(kind: tokens.TokenKind, path: Path) -> Path:
    return path.parent / kind.kept_in


def _in_keyring(kind: tokens.TokenKind, env: Mapping[str, str]) -> bool:
    loaded = settings.load({}, env, may_be_new=True, with_tokens=False)
    return loaded.notion_token_keyring if kind is tokens.NOTION else loaded.soundcloud_token_keyring


def _changes(kind: tokens.TokenKind, *, in_keyring: bool) -> settings_file.Changes:
    if kind is tokens.NOTION:
        return settings_file.Changes(notion_token_keyring=in_keyring)
    return settings_file.Changes(soundcloud_token_keyring=in_keyring)


def _asked(kind: tokens.TokenKind, on_terminal: bool) -> str:
    """The token, typed unseen, or the first line of standard input."""
    if on_terminal:
        click.echo(HOW_TO_GET_ONE[kind], err=True)
        return Terminal().secret("Token")
    line = sys.stdin.buffer.readline(LONGEST).decode("utf-8-sig", "replace")
    if not line.strip():
        raise UsageError(
            "There is no token on standard input.",
            hint="Run the same command on a terminal; it says where to find one. Or: cloudcrate login < FILE",
        )
    return line


def _keep_in_file(
    kind: tokens.TokenKind, path: Path, token: tokens.Secret, keyrings: tokens.Keyrings, env: Mapping[str, str]
) -> str:
    in_keyring = _in_keyring(kind, env)
    settings_file.write_token(_file(kind, path), token.reveal())
    settings_file.write(path, _changes(kind, in_keyring=False))
    if in_keyring:
        try:
            _forget_in_keyring(kind, keyrings)
        except CredentialsError as error:
            click.echo(f"Note: the earlier token is still in the keyring. {error.message}", err=True)
    return str(_file(kind, path))


def _forget_in_keyring(kind: tokens.TokenKind, keyrings: tokens.Keyrings) -> bool:
    """Takes the token out of the keyring, as far as this machine can reach one. Raises: CredentialsError."""
    try:
        return tokens.KeptInKeyring(keyrings, kind).forget()
    except UsageError as error:
        click.echo(f"Note: an earlier token may still be in the keyring. {error.message}", err=True)
        return False


def _keep_in_keyring(kind: tokens.TokenKind, path: Path, token: tokens.Secret, keyrings: tokens.Keyrings) -> str:
    tokens.KeptInKeyring(keyrings, kind).keep(token)
    settings_file.write(path, _changes(kind, in_keyring=True))
    settings_file.forget_token(_file(kind, path))
    return tokens.KEYRING


def _note_what_goes_before(
    kind: tokens.TokenKind, kept_in: str, env: Mapping[str, str], keyrings: tokens.Keyrings
) -> None:
    """Says so when a run will take its token from elsewhere."""
    try:
        loaded = settings.load({}, env, may_be_new=True, keyring=keyrings)
    except CloudcrateError as error:
        click.echo(f"Note: {error.message} {error.hint}", err=True)
        return
    source = loaded.token_source if kind is tokens.NOTION else loaded.soundcloud_token_source
    if source not in (kept_in, ""):
        click.echo(f"Note: runs take the token from {visible(source)}, which goes before.", err=True)
