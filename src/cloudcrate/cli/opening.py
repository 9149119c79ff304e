"""What the commands share: where things are, the service opened, and how an answer is printed."""

import json
import os
import signal
import sys
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any  # Any: click hands options over untyped

import click

from cloudcrate.cli.wishes import SETTINGS

if TYPE_CHECKING:
    from cloudcrate.app.service import Service
    from cloudcrate.errors import CloudcrateError
    from cloudcrate.settings import Settings


GRACE = 9.0
"""Seconds for what is in flight when the user asks to stop: it ends within ten."""


as_data = click.option("--json", "as_json", is_flag=True, help="Print data (JSON) instead of text.")


def places(command: Any) -> Any:  # Any: click decorates callables
    """The options that say where things are."""
    for option in (
        click.option("--library", metavar="FOLDER", help="Where the audio files go. [CLOUDCRATE_LIBRARY]"),
        click.option("--state", metavar="FOLDER", help="What cloudcrate remembers. [CLOUDCRATE_STATE]"),
        click.option("--database", metavar="ID|URL", help="The Notion database. [TRACKS_DB_ID]"),
        click.option("--jobs", type=int, metavar="N", help="Downloads at once. [CLOUDCRATE_JOBS]"),
    ):
        command = option(command)
    return command


@contextmanager
def opened(options: dict[str, Any], *, progress: bool = False) -> "Iterator[Service]":  # Any: as above
    """The service for the places that the options name."""
    from cloudcrate import bootstrap

    loaded = settings_of(options)
    wait = not options.get("no_wait")
    with (
        _listener(progress) as listener,
        stoppable() as stop,
        bootstrap.service(loaded, listener=listener, say=say, wait=wait, stop=stop) as service,
    ):
        yield service


def settings_of(options: dict[str, Any], *, with_tokens: bool = True) -> "Settings":  # Any: as above
    """The settings, under the options that were given. Raises: UsageError, CredentialsError."""
    from cloudcrate import settings

    keys = ("library", "state", "database", "jobs", *SETTINGS)
    given = {key: value for key in keys if (value := options.get(key)) is not False}
    return settings.load(given, with_tokens=with_tokens)


@contextmanager
def stoppable() -> Iterator[threading.Event]:
    """Ctrl-C and SIGTERM ask the run to stop; what is in flight is finished. A second one ends at once.

    What is in flight gets ``GRACE``. To end in its midst is harmless: it is what a kill does.
    """
    stop = threading.Event()
    timer = threading.Timer(GRACE, _end_now)
    timer.daemon = True

    def ask(number: int, frame: object) -> None:
        if stop.is_set():
            os._exit(130)
        stop.set()
        timer.start()
        say("stopping: finishing what is in flight (once more to end at once)")

    before = {number: signal.signal(number, ask) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stop
    finally:
        timer.cancel()
        for number, handler in before.items():
            signal.signal(number, handler)


def _end_now() -> None:
    say("what was in flight took too long and is left; the next run goes on with it")
    os._exit(130)


@contextmanager
def _listener(progress: bool) -> Iterator[Any]:  # Any: one of four listeners
    from cloudcrate.cli.progress import LiveLine, PlainLines
    from cloudcrate.ports.running import Silent

    if in_json():
        from cloudcrate.cli.machine import JsonLines

        yield JsonLines()
        return
    if not progress:
        yield Silent()
        return
    with LiveLine() if sys.stderr.isatty() else PlainLines() as listener:
        yield listener


def in_json() -> bool:
    """Says whether what goes to stderr is to be lines of JSON."""
    context = click.get_current_context(silent=True)
    return context is not None and context.find_root().obj == "json"


def echo(lines: Iterable[str]) -> None:
    """Prints lines: the answer."""
    click.echo("\n".join(lines))


def say(words: str) -> None:
    """Says something that is not the answer."""
    if in_json():
        from cloudcrate.cli.machine import line

        words = line("message", message=words)
    click.echo(words, err=True)


def tell(error: "CloudcrateError", words: Sequence[str]) -> None:
    """Says on stderr what ended a command: in words, or as data when its ``words`` asked for data."""
    from cloudcrate.core.text import visible

    if wants_data(words):
        from cloudcrate.cli.machine import error_line

        print(error_line(error), file=sys.stderr)
        return
    said = error.message if error.message.startswith("unexpected error") else f"error: {error.message}"
    hint = [f"  {line}" for line in error.hint.splitlines()]
    print(*map(visible, [*said.splitlines(), *hint]), sep="\n", file=sys.stderr)


def wants_data(words: Sequence[str]) -> bool:
    """Says whether the words of a command ask for data."""
    after = words.index("--log-format") + 1 if "--log-format" in words else len(words)
    return bool({"--json", "--log-format=json"} & set(words)) or "json" in words[after : after + 1]


def as_json_text(value: dict[str, object], *, one_line: bool = False) -> str:
    """Values as the JSON document that a command prints; on ``one_line`` where several follow each other."""
    from cloudcrate.core import codec

    document = {"schema_version": codec.SCHEMA_VERSION, **codec.plain(value)}
    return json.dumps(document, ensure_ascii=True, indent=None if one_line else 2)
