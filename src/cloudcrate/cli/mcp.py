"""``cloudcrate mcp``: serves an AI assistant over stdin and stdout; ``mcp install`` says how to add it to one."""

import json
import os
import shlex
import sys
import threading
from typing import TYPE_CHECKING

import click

from cloudcrate import errors
from cloudcrate.cli.opening import as_data, as_json_text, echo, places, say, settings_of, stoppable

if TYPE_CHECKING:
    from cloudcrate.app.desk import Desk

NAME = "cloudcrate"
ARGUMENTS = ("-m", "cloudcrate", "mcp")
FILES = {"claude": ".mcp.json", "cursor": ".cursor/mcp.json", "vscode": ".vscode/mcp.json"}
"""Where each client looks in a project's folder."""

CLIENTS = {"claude": "Claude Code", "cursor": "Cursor", "vscode": "VS Code"}

EXAMPLES = """
\b
Examples:
  cloudcrate mcp                                        read-only: it can plan, not apply
  cloudcrate mcp --allow-writes                         it can also apply plans and decide reviews
  cloudcrate mcp install --client claude --print        what to add to Claude Code
"""

INSTALL = """
\b
Examples:
  cloudcrate mcp install --client claude
  cloudcrate mcp install --client vscode --print
"""


@click.group(invoke_without_command=True, epilog=EXAMPLES)
@click.option("--allow-writes", is_flag=True, help="Let the assistant sync and decide, not only look and plan.")
@places
@click.pass_context
def mcp(context: click.Context, /, allow_writes: bool, **options: object) -> None:
    """Serve an AI assistant (Model Context Protocol) over standard input and output.

    A client starts this; by hand it waits for a client's messages. docs/assistants.md says what it offers.
    """
    if context.invoked_subcommand is not None:
        return
    try:
        from cloudcrate.mcp_server.server import serve
    except ModuleNotFoundError as error:
        if error.name is None or error.name.partition(".")[0] == NAME:
            raise
        raise errors.missing_extra("The MCP server", "mcp") from error
    from cloudcrate import bootstrap

    with stoppable() as stop, bootstrap.desk(lambda: settings_of(options)) as desk:
        threading.Thread(target=_end, args=(stop, desk), daemon=True).start()
        serve(desk, allow_writes=allow_writes)


def _end(stop: threading.Event, desk: "Desk") -> None:
    """Ends the process when a signal asks for it: the SDK reads on until the client closes its end."""
    stop.wait()
    desk.close()
    os._exit(130)


@mcp.command(epilog=INSTALL)
@click.option("--client", type=click.Choice(tuple(FILES)), required=True, help="The assistant to add it to.")
@click.option("--allow-writes", is_flag=True, help="Let the assistant sync and decide, not only look and plan.")
@click.option("--print", "only_print", is_flag=True, help="Print only what goes into the client's file.")
@as_data
def install(client: str, allow_writes: bool, only_print: bool, as_json: bool) -> None:
    """Say how to add cloudcrate to an AI assistant. Writes nothing: the client's files are yours."""
    arguments = [*ARGUMENTS, *(["--allow-writes"] if allow_writes else [])]
    content = _snippet(client, arguments)
    command = f"claude mcp add {NAME} -- {shlex.join([sys.executable, *arguments])}" if client == "claude" else ""
    if as_json:
        told = {"client": client, "file": FILES[client], "content": content, "command": command}
        echo([as_json_text({"install": told})])
        return
    snippet = json.dumps(content, indent=2)
    if only_print:
        echo([snippet])
        return
    if command:
        say("Run this, in the folder of your project or with --scope user for all:\n")
        echo([command])
        say("\nOr, to share it with everybody who has the project, add this to .mcp.json in its folder:\n")
    else:
        say(f"Add this to {FILES[client]} in the folder of your project ({CLIENTS[client]}):\n")
    echo([snippet])
    say(
        "\nTokens do not belong there: `cloudcrate init` and `cloudcrate login` keep them where this server finds them."
    )


def _snippet(client: str, arguments: list[str]) -> dict[str, object]:
    """What a client's file says of a server: VS Code has a key and a type of its own.

    The command is this installation's own Python, by its whole path: clients start it in any folder and with any PATH.
    """
    server: dict[str, object] = {"command": sys.executable, "args": arguments}
    if client == "vscode":
        return {"servers": {NAME: {"type": "stdio", **server}}}
    return {"mcpServers": {NAME: server}}
