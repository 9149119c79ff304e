"""Makes docs/reference/tools.md: the tools of the MCP server, as the server itself lists them."""

import asyncio
import typing
from collections.abc import Iterator, Mapping
from typing import Any  # Any: JSON Schema

from mcp.types import Tool
from pages_json import as_json, in_words

from cloudcrate.app.desk import Desk
from cloudcrate.cli import fields
from cloudcrate.mcp_server import answers
from cloudcrate.mcp_server.server import WRITE_TOOLS, server
from cloudcrate.mcp_server.tools import Reading, Writing

INTRODUCTION = """\
# Tools for AI assistants

Made from the code by `docs/generate.py`. `cloudcrate mcp` serves them; [how to set it up](../assistants.md).

Those under **Writing** are there with `--allow-writes` only. What stands under a key named `untrusted` or
`untrusted_notes` was written by strangers or may quote them. Times are ISO 8601 in UTC; `more` says how many rows of a
list were left out.
"""

HINTS = {
    "readOnlyHint": ("it changes nothing", "it may change something"),
    "destructiveHint": ("it may overwrite what is there", "it overwrites nothing"),
    "idempotentHint": ("a second call changes nothing more", "a second call may change more"),
    "openWorldHint": ("it asks services", "it asks no service"),
}
"""What the annotations mean when they are true, and when they are false."""

USUAL = {
    "at": "when",
    "availability": "what of the track can be had",
    "budgets": "what the services allow, and how much of it is spent",
    "changes": "operations that change something",
    "checks": "one for each thing",
    "choice": "what was decided",
    "counts": "how many there are of each kind",
    "ended_at": "empty while it goes on",
    "entries": "of the playlist, repetitions included",
    "error_code": "the stable name of the error that ended it",
    "events": "newest first",
    "file": "how its file ended",
    "files": "how many tracks' files ended in which state; null before its end",
    "found": "the one that is meant, or those to choose from",
    "jobs": "newest first",
    "job_id": "names the job, for get_status and cancel_job",
    "kind": "failed, unobtainable, review",
    "last_synced_at": "null: never without a fault",
    "limit": "how much is allowed in the window",
    "lives_seconds": "so long can the plan be applied",
    "more": "how many rows of the list were left out",
    "name": "what it is",
    "next": "what to do now",
    "next_sync_at": "null: never by itself",
    "number": "for decide_review",
    "operation": "by its name in a plan",
    "operations": "those that change something",
    "operations_done": "so many have ended",
    "operations_failed": "so many of these failed",
    "outcome": "how it ended",
    "parked_until": "until when the service asked for no more; null: it does not now",
    "plan_id": "names the plan, for apply_plan",
    "playlists": "those that are kept",
    "position": "of the track's first entry, from 1",
    "problems": "oldest first",
    "question": "null: there is nothing to decide",
    "retry": "what helps: transient, permanent, credentials, quota, guard",
    "row": "how its row ended",
    "rows": "of the catalog",
    "run_id": "names the run, for get_report",
    "runs": "newest first; none when a job was asked for",
    "seconds": "from its beginning to its end",
    "seconds_left": "by its rate so far; null: not known",
    "side": "row, file",
    "since": "when it was first found so",
    "spent": "within the window",
    "standing": "how many tracks stand how",
    "started_at": "when it began",
    "state": "how it is",
    "stopped": "it was asked to stop before its end",
    "track_id": "SoundCloud's number of the track, for explain_track",
    "tracks": "distinct ones",
    "unfinished": "the tracks about which there is something to say",
    "untrusted": "foreign texts by what they are: title, link, reason …",
    "untrusted_notes": "what else is worth knowing; may quote strangers",
    "window_seconds": "how long what was spent counts",
    "wrong": "how many checks found something wrong",
}
"""What keys of answers mean whose definition does not say so."""


def tools_page() -> str:
    """The page."""
    made = server(typing.cast(Desk, None), allow_writes=True)  # cast: to list the tools asks nothing of it
    tools = asyncio.run(made.list_tools())
    lines = [INTRODUCTION]
    for heading, writes in (("Reading", False), ("Writing", True)):
        lines += [f"## {heading}", ""]
        for tool in tools:
            if (tool.name in WRITE_TOOLS) is writes:
                lines += _described(tool)
    lines += ["## Parts of answers", ""]
    for kind in sorted(fields.reachable(map(_answer, tools)), key=lambda kind: kind.__name__):
        if not kind.__name__.endswith("Answer") or kind is answers.JobAnswer:
            lines += [f"### {kind.__name__}", "", fields.about(kind), "", *_table(kind)]
    return "\n".join(lines).rstrip("\n") + "\n"


def _described(tool: Tool) -> Iterator[str]:
    yield f"### {tool.name}"
    yield ""
    yield f"**{tool.title}.** {tool.description}"
    yield ""
    hints = tool.annotations.model_dump(by_alias=True) if tool.annotations else {}
    said = (f"`{name}` {str(hints[name]).lower()} ({words[not hints[name]]})" for name, words in HINTS.items())
    yield f"Annotations: {', '.join(said)}."
    yield ""
    schema: Mapping[str, Any] = tool.input_schema  # Any: see the import
    if schema["properties"]:
        yield "| argument | type | default |"
        yield "|---|---|---|"
        required = schema.get("required", ())
        for name, about in schema["properties"].items():
            default = "must be given" if name in required else f"`{about.get('default')}`".replace("None", "null")
            yield f"| `{name}` | {_typed(about)} | {default} |"
        yield ""
    yield "It answers:"
    yield ""
    yield from _table(_answer(tool))


def _answer(tool: Tool) -> type:
    verb = getattr(Writing if tool.name in WRITE_TOOLS else Reading, tool.name)
    kind: type = typing.get_type_hints(verb)["return"]
    keys = tuple(member.name for member in fields.members(kind))
    if tool.output_schema is None or tuple(tool.output_schema["properties"]) != keys:
        raise ValueError(f"{tool.name} answers something else than its schema says")
    return kind


def _table(kind: type) -> Iterator[str]:
    yield "| key | type | meaning |"
    yield "|---|---|---|"
    for member in fields.members(kind):
        yield f"| `{member.name}` | {in_words(member.kind)} | {as_json(member.meaning or USUAL.get(member.name, ''))} |"
    yield ""


def _typed(about: Mapping[str, Any]) -> str:  # Any: see the import
    names = {"string": "text", "integer": "whole number", "boolean": "true or false", "null": "null"}
    if "enum" in about:
        return ", ".join(f"`{word}`" for word in about["enum"])
    if "anyOf" in about:
        return " or ".join(_typed(one) for one in about["anyOf"])
    return names[about["type"]]
