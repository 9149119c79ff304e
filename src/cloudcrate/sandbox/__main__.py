"""Runs the sandbox: ``python -m cloudcrate.sandbox``. Ends on SIGTERM, SIGINT or stdin's end."""

import argparse
import json
import os
import shlex
import signal
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any  # Any: scenarios and facts are JSON

from cloudcrate.sandbox.certificates import Authority
from cloudcrate.sandbox.control import Control
from cloudcrate.sandbox.environment import environment
from cloudcrate.sandbox.holds import Holds
from cloudcrate.sandbox.journal import Journal
from cloudcrate.sandbox.listener import Listener
from cloudcrate.sandbox.playground import Playground
from cloudcrate.sandbox.proxy import Doors
from cloudcrate.sandbox.scenario import root_page_of, token_of

_ENDING = frozenset({signal.SIGTERM, signal.SIGINT})


def main(argv: Sequence[str] | None = None) -> int:
    """Plays SoundCloud and Notion on loopback until told to end. Gives the exit code."""
    options = _parser().parse_args(argv)
    try:
        scenario = _read_scenario(options.scenario, first_line_only=options.until_eof)
        with ExitStack() as stack:
            log = stack.enter_context(options.log.open("a", encoding="utf-8")) if options.log else None
            playground = Playground.from_scenario(scenario, journal=Journal(log))
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="cloudcrate-sandbox-")))
            stack.enter_context(_signals_blocked())
            facts = _open_doors(stack, playground, scenario, options, options.ca or folder / "ca.pem")
            _announce(facts, playground, shell=options.print_env)
            if options.until_eof:
                threading.Thread(target=_end_with_stdin, daemon=True).start()
            signal.sigwait(_ENDING)
    except (OSError, ValueError) as error:
        print(f"cloudcrate sandbox: {error}", file=sys.stderr)
        return 2
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="cloudcrate sandbox",
        description="Plays SoundCloud and Notion on loopback, behind a proxy with its own certificates.",
    )
    parser.add_argument("--proxy-port", type=int, default=0, metavar="PORT", help="port of the proxy (default: any)")
    parser.add_argument(
        "--notion-port",
        type=int,
        default=0,
        metavar="PORT",
        help="port of plain-HTTP Notion and control (default: any)",
    )
    parser.add_argument("--scenario", metavar="FILE", help="what is there, as JSON; - reads standard input")
    parser.add_argument("--ca", type=Path, metavar="FILE", help="where to write the certificate to trust")
    parser.add_argument("--log", type=Path, metavar="FILE", help="append every request to FILE, a JSON line each")
    parser.add_argument(
        "--print-env",
        action="store_true",
        help="print shell lines that point programs here, in place of the JSON line",
    )
    parser.add_argument(
        "--until-eof",
        action="store_true",
        help="end when standard input closes; --scenario - then reads its first line only",
    )
    return parser


def _read_scenario(source: str | None, *, first_line_only: bool) -> dict[str, Any]:  # Any: JSON
    if source is None:
        return {}
    if source == "-":
        text = sys.stdin.readline() if first_line_only else sys.stdin.read()
    else:
        text = Path(source).read_text(encoding="utf-8")
    scenario = json.loads(text)
    if not isinstance(scenario, dict):
        raise ValueError("a scenario is a JSON object")
    return scenario


def _open_doors(
    stack: ExitStack,
    playground: Playground,
    scenario: Mapping[str, Any],  # Any: JSON
    options: argparse.Namespace,
    ca_file: Path,
) -> dict[str, Any]:  # Any: JSON
    authority = Authority()
    authority.write(ca_file)
    holds = Holds()
    facts: dict[str, Any] = {}  # Any: JSON
    control = Control(playground, holds, facts)
    doors = Doors(playground, authority=authority, holds=holds, control=control.handle)
    proxy = Listener(options.proxy_port, doors.proxy)
    stack.callback(proxy.close)
    plain = Listener(options.notion_port, doors.plain)
    stack.callback(plain.close)
    stack.callback(holds.close)
    facts.update(
        proxy_port=proxy.port,
        notion_port=plain.port,
        proxy_url=f"http://127.0.0.1:{proxy.port}",
        notion_url=f"http://127.0.0.1:{plain.port}",
        ca_file=str(ca_file.resolve()),
        token=token_of(scenario),
        root_page=root_page_of(scenario),
    )
    return facts


def _announce(facts: Mapping[str, Any], playground: Playground, *, shell: bool) -> None:  # Any: JSON
    if shell:
        for name, value in environment(facts).items():
            print(f"export {name}={shlex.quote(value)}")
    else:
        databases = [asdict(database) for database in playground.databases]
        print(json.dumps({"ready": True, **facts, "databases": databases}))
    sys.stdout.flush()


@contextmanager
def _signals_blocked() -> Iterator[None]:
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _ENDING)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _end_with_stdin() -> None:
    while os.read(sys.stdin.fileno(), 65536):
        pass
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    sys.exit(main())
