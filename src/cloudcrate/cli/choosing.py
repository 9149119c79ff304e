"""A name is looked up; on a terminal one chooses among several playlists that fit."""

import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

import click

from cloudcrate import errors
from cloudcrate.cli.opening import in_json

if TYPE_CHECKING:
    from cloudcrate.app.asking import Meant
    from cloudcrate.app.service import Service
    from cloudcrate.core.model import Candidate


def meant(service: "Service", name: str, *, as_json: bool) -> "Meant":
    """The playlist that is meant. ``as_json``: whoever asks for data is asked nothing.

    Raises: AmbiguousError where nobody can be asked, StoppedError when none is chosen; what ``Asking.meant`` raises.
    """
    from cloudcrate.app.finder import called
    from cloudcrate.core.model import Candidate

    try:
        return service.asking.meant(name)
    except errors.AmbiguousError as error:
        offered = [found for found in error.candidates if isinstance(found, Candidate)]
        terminal = sys.stdin.isatty() and sys.stderr.isatty()
        if as_json or in_json() or not terminal or not offered:
            raise
        chosen = _choose(error.message, offered)
    if chosen is None:
        raise errors.StoppedError("None was chosen; nothing was done.")
    return replace(service.asking.meant(chosen.url), said=called(chosen))


def _choose(message: str, offered: "Sequence[Candidate]") -> "Candidate | None":
    from cloudcrate.app.finder import called
    from cloudcrate.core.text import visible

    click.echo(visible(message), err=True)
    for number, found in enumerate(offered, 1):
        tracks = f", {found.tracks} tracks" if found.tracks is not None else ""
        click.echo(f"  {number}  {called(found)}{tracks}  {visible(found.url)}", err=True)
    with _ended_by_ctrl_c():
        number = click.prompt("Which one? (0: none)", type=click.IntRange(0, len(offered)), err=True)
    return offered[number - 1] if number else None


@contextmanager
def _ended_by_ctrl_c() -> Iterator[None]:
    """Ctrl-C ends the question, and the command with it: nothing is in flight that could be finished."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
