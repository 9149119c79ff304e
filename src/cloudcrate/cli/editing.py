"""Runs ``config edit``: the user's editor on the settings file, and a look at what came of it."""

import os
import shlex
import shutil
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path

import click

from cloudcrate import settings, settings_example, settings_file
from cloudcrate.core.text import visible
from cloudcrate.errors import UsageError

USUAL = ("sensible-editor", "nano", "vim", "vi", "notepad")
"""What is tried when the environment names no editor."""


def edit(*, again: Callable[[str], bool] | None, environment: Mapping[str, str] | None = None) -> bool:
    """Lets the user edit the file until it is fine, or they leave it; says whether it is fine.

    ``again`` asks whether to go on with a file that is not fine; None: nobody can be asked. The file is edited in
    its place: what is wrong in it stays there to be mended. Raises: UsageError, DiskError.
    """
    env = os.environ if environment is None else environment
    path = settings.place(env)
    command = editor(env)
    if settings_file.create(path, settings_example.new_file()):
        click.echo(f"Made: {visible(str(path))}", err=True)
    while True:
        _run(command, path)
        if _is_fine(path, env):
            return True
        if again is None or not again("Edit it again?"):
            return False


def editor(env: Mapping[str, str]) -> list[str]:
    """The words of the editor's command. Raises: UsageError."""
    for name in ("VISUAL", "EDITOR"):
        if env.get(name, "").strip():
            try:
                return shlex.split(env[name], posix=os.name != "nt")
            except ValueError:
                raise UsageError(f"{name} is no command: its quotes do not fit.", hint="Such as: EDITOR=nano") from None
    found = next((path for name in USUAL if (path := shutil.which(name, path=env.get("PATH")))), None)
    if found is None:
        raise UsageError("There is no editor.", hint="Name one: EDITOR=nano cloudcrate config edit")
    return [found]


def _run(command: list[str], path: Path) -> None:
    """Waits for the editor; afterwards no more people can read the file than before."""
    before = path.stat().st_mode & 0o777
    try:
        ended = subprocess.run([*command, str(path)], check=False).returncode  # noqa: S603  # the user's own editor
    except OSError as error:
        raise UsageError(f"The editor {visible(command[0])} does not start.", hint="Name one in EDITOR.") from error
    if ended != 0:
        raise UsageError(f"The editor ended with {ended}.", hint=f"The file is {path}.")
    if path.is_file() and path.stat().st_mode & 0o777 & ~before:
        path.chmod(before)


def _is_fine(path: Path, env: Mapping[str, str]) -> bool:
    faults = settings.survey({}, env).faults
    for fault in faults:
        click.echo(f"wrong: {visible(' '.join(fault.error.message.splitlines()))}", err=True)
        if fault.error.hint:
            click.echo(f"  {visible(' '.join(fault.error.hint.splitlines()))}", err=True)
    if not faults:
        click.echo(f"The settings are fine. The file is {visible(str(path))}.", err=True)
    return not faults
