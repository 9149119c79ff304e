"""The MCP server in memory: what it offers, what it refuses, where it cuts, and what its documents say of it."""

import asyncio
import json
import re
import subprocess
import sys
import threading
import tomllib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any  # Any: what tools answer is JSON

import pytest
from click.testing import CliRunner
from mcp import Client
from mcp.types import TextContent, Tool
from pretend import LINK, Pretended
from worlds import make_listing, make_track

from cloudcrate.app.desk import Desk
from cloudcrate.app.service import Service
from cloudcrate.cli.mcp import mcp
from cloudcrate.core.model import Availability, Candidate, Origin
from cloudcrate.errors import (
    AmbiguousError,
    CloudcrateError,
    CredentialsError,
    DiskError,
    RefusedError,
    ThrottledError,
    UnavailableError,
)
from cloudcrate.mcp_server.server import READ_TOOLS, WRITE_TOOLS, server
from cloudcrate.mcp_server.telling import FIRST, MOST
from cloudcrate.ports.running import Listener

ROOT = Path(__file__).parents[2]
MANY = MOST + 20
DOCUMENTS = ("docs/assistants.md", "skills/cloudcrate/SKILL.md", "llms.txt")


class Office:
    """A desk over a world in memory; what it opens may be in trouble."""

    def __init__(self, world: Pretended) -> None:
        self.world = world
        self.trouble: Exception | None = None
        self.desk = Desk(self.opened, world.clock.now, world.clock.monotonic)
        self.servers = {allowed: server(self.desk, allow_writes=allowed) for allowed in (False, True)}

    @contextmanager
    def opened(
        self, *, listener: Listener, stop: threading.Event, say: Callable[[str], None], wait: bool
    ) -> Iterator[Service]:
        if self.trouble is not None:
            raise self.trouble
        yield Service(self.world.tools)

    def ask(self, tool: str, *, writes: bool = False, **arguments: object) -> dict[str, Any]:  # Any: as above
        """What a tool answers; a refusal under ``refused``, read where it is JSON."""

        async def call() -> dict[str, Any]:  # Any: as above
            async with Client(self.servers[writes]) as client:
                called = await client.call_tool(tool, arguments)
            (content,) = called.content
            assert isinstance(content, TextContent)
            if called.is_error:
                told = content.text
                return {"refused": json.loads(told) if told.startswith("{") else told}
            return dict(called.structured_content or {})

        return asyncio.run(call())

    def tools(self, *, writes: bool) -> dict[str, Tool]:
        """The tools that are offered, by name."""

        async def listed() -> list[Tool]:
            async with Client(self.servers[writes]) as client:
                return (await client.list_tools()).tools

        return {tool.name: tool for tool in asyncio.run(listed())}


def crowded() -> Office:
    """Many tracks of which only a preview can be heard, synced once."""
    preview = [make_track(n, title=f"Track {n}", availability=Availability.PREVIEW) for n in range(1, MANY + 1)]
    found = Office(Pretended(make_listing(preview)))
    found.world.service.sync(found.world.order)
    return found


@pytest.fixture(scope="module")
def empty() -> Office:
    """Nothing was synced; the tests that use it change nothing."""
    return Office(Pretended(make_listing([])))


@pytest.fixture(scope="module")
def offered(empty: Office) -> dict[str, Tool]:
    """All tools."""
    return empty.tools(writes=True)


def test_only_the_tools_that_read_are_offered_unless_writing_is_allowed(
    empty: Office, offered: dict[str, Tool]
) -> None:
    assert list(empty.tools(writes=False)) == list(READ_TOOLS)
    assert list(offered) == [*READ_TOOLS, *WRITE_TOOLS]
    assert 8 <= len(READ_TOOLS) + len(WRITE_TOOLS) <= 12


@pytest.mark.parametrize("name", [*READ_TOOLS, *WRITE_TOOLS])
def test_a_tool_says_what_it_does_and_answers_and_gives_all_four_hints(name: str, offered: dict[str, Tool]) -> None:
    tool = offered[name]
    assert re.fullmatch(r"[a-z]+_[a-z]+", name)
    assert tool.title
    assert len(tool.description or "") > 60
    hints = tool.annotations
    assert hints is not None
    assert None not in (hints.destructive_hint, hints.idempotent_hint, hints.open_world_hint)
    assert hints.read_only_hint is (name in READ_TOOLS)
    assert not (hints.read_only_hint and hints.destructive_hint)
    assert tool.output_schema is not None
    assert tool.output_schema["required"]
    asked = json.dumps(tool.input_schema).lower()
    assert not any(word in asked for word in ("path", "host", "url", "token", "command", "page_id"))


def test_only_what_may_overwrite_or_unlink_is_called_destructive(offered: dict[str, Tool]) -> None:
    hints = {name: tool.annotations for name, tool in offered.items()}
    destructive = {name for name, hint in hints.items() if hint is not None and hint.destructive_hint}
    assert destructive == {"apply_plan", "sync_playlist"}


@pytest.mark.parametrize("elsewhere", ["https://evil.example/ada/sets/mix", "file:///etc/passwd", "http://10.0.0.1/x"])
def test_a_link_to_another_host_is_refused_by_every_tool_that_takes_one(empty: Office, elsewhere: str) -> None:
    assert empty.ask("plan_sync", playlist=elsewhere)["refused"]["error"] == "link"
    assert empty.ask("find_playlist", name=elsewhere)["refused"]["error"] == "link"
    assert empty.ask("list_problems", playlist=elsewhere)["refused"]["error"] == "link"


@pytest.mark.parametrize(
    ("tool", "arguments", "words"),
    [
        ("plan_sync", {"playlist": "../../etc/passwd"}, '"usage"'),
        ("plan_sync", {"playlist": "$(id)"}, '"usage"'),
        ("plan_sync", {"playlist": ""}, '"usage"'),
        ("plan_sync", {"playlist": "x" * 501}, '"usage"'),
        ("plan_sync", {"playlist": LINK.url, "limit": 0}, "limit"),
        ("list_problems", {"offset": -1}, "offset"),
        ("get_status", {"job_id": "0" * 16}, '"usage"'),
        ("get_report", {"run_id": "0" * 16}, '"state"'),
        ("explain_track", {"track_id": 404}, '"usage"'),
        ("apply_plan", {"plan_id": "0" * 16}, '"usage"'),
        ("sync_playlist", {"plan_id": "0" * 16}, '"usage"'),
        ("cancel_job", {"job_id": "0" * 16}, '"usage"'),
        ("decide_review", {"track_id": 1, "choice": "adopt"}, "row_number"),
        ("decide_review", {"track_id": 1, "choice": "new", "row_number": 1}, "row_number"),
        ("decide_review", {"track_id": 1, "choice": "skip"}, "not under review"),
        ("decide_review", {"track_id": 1, "choice": "delete"}, "choice"),
    ],
)
def test_what_is_not_understood_is_refused_in_words(
    empty: Office, tool: str, arguments: dict[str, object], words: str
) -> None:
    assert words in json.dumps(empty.ask(tool, writes=True, **arguments)["refused"])


@pytest.mark.parametrize("name", WRITE_TOOLS)
def test_a_tool_that_writes_is_refused_by_a_read_only_server_whatever_it_is_given(empty: Office, name: str) -> None:
    for arguments in ({}, {"plan_id": "x"}, {"job_id": "x"}, {"track_id": 1, "choice": "skip"}):
        assert "read-only" in empty.ask(name, **arguments)["refused"]


def test_long_lists_are_cut_and_say_how_much_is_left() -> None:
    office = crowded()
    first = office.ask("list_problems")
    assert first["counts"] == {"unobtainable": MANY}
    assert (len(first["problems"]), first["more"]) == (MOST, MANY - MOST)
    rest = office.ask("list_problems", offset=MOST)
    assert (len(rest["problems"]), rest["more"]) == (MANY - MOST, 0)
    ids = [problem["track_id"] for problem in (*first["problems"], *rest["problems"])]
    assert sorted(ids) == list(range(1, MANY + 1))
    report = office.ask("get_report")
    assert (len(report["unfinished"]), report["more"]) == (MOST, MANY - MOST)


def test_a_plan_shows_its_first_changes_and_counts_all_of_it() -> None:
    office = Office(Pretended(make_listing([make_track(n) for n in range(1, 41)])))
    plan = office.ask("plan_sync", playlist=LINK.url)
    assert len(plan["operations"]) == FIRST
    assert plan["changes"] == FIRST + plan["more"]
    assert plan["counts"]["CreatePage"] == plan["counts"]["Download"] == 40
    assert all(operation["untrusted"]["reason"] for operation in plan["operations"])
    rows_only = office.ask("plan_sync", playlist=LINK.url, download=False, limit=3)
    assert "Download" not in rows_only["counts"]
    assert rows_only["tracks"] == 3
    assert not office.world.catalog.every_row()


def test_a_name_that_fits_several_playlists_gives_them_to_choose_from() -> None:
    office = Office(Pretended(make_listing([])))
    fits = [
        Candidate(
            title=f"Mix\u200b {n}",
            owner="Ada",
            url=f"https://soundcloud.com/ada/sets/{n}",
            origin=Origin.KEPT,
            tracks=3,
        )
        for n in range(MANY)
    ]
    office.trouble = AmbiguousError("It fits several.", candidates=tuple(fits))
    answer = office.ask("find_playlist", name="mix")
    assert (len(answer["found"]), answer["more"]) == (MOST, MANY - MOST)
    assert answer["found"][0]["untrusted"] == {
        "title": "Mix 0",
        "owner": "Ada",
        "link": "https://soundcloud.com/ada/sets/0",
    }
    assert "Ask the user" in answer["next"]


@pytest.mark.parametrize(
    ("error", "helps"),
    [
        (UnavailableError("Playlist \u202eignore\x1b[2J this"), "later"),
        (CredentialsError("No \u202eignore\x1b[2J access"), "run_doctor"),
        (ThrottledError("\u202eignore\x1b[2J"), "budget"),
        (RefusedError("\u202eignore\x1b[2J vanished"), "user can decide"),
        (DiskError("\u202eignore\x1b[2J is full"), "changes nothing"),
    ],
)
def test_an_error_says_what_helps_in_our_words_and_what_happened_as_untrusted(
    error: CloudcrateError, helps: str
) -> None:
    office = Office(Pretended(make_listing([])))
    office.trouble = error
    refused = office.ask("plan_sync", playlist=LINK.url)["refused"]
    assert (refused["error"], "ignore" in refused["next"]) == (error.code, False)
    assert helps in refused["next"]
    assert "ignore[2J" in refused["untrusted"]["message"]


def test_a_fault_of_ours_is_told_without_what_it_said() -> None:
    office = Office(Pretended(make_listing([])))
    office.trouble = RuntimeError("ntn_secret in /home/ada")
    assert office.ask("run_doctor")["refused"] == "Error executing tool run_doctor"


# --- the command and the documents ----------------------------------------------------------------


@pytest.mark.parametrize(("client", "key"), [("claude", "mcpServers"), ("cursor", "mcpServers"), ("vscode", "servers")])
def test_install_prints_what_goes_into_the_clients_file(client: str, key: str) -> None:
    printed = CliRunner().invoke(mcp, ["install", "--client", client, "--print"])
    assert printed.exit_code == 0
    added = json.loads(printed.stdout)[key]["cloudcrate"]
    assert [added["command"], *added["args"]] == [sys.executable, "-m", "cloudcrate", "mcp"]
    assert added.get("type") == ("stdio" if client == "vscode" else None)
    writing = CliRunner().invoke(mcp, ["install", "--client", client, "--print", "--allow-writes"])
    assert json.loads(writing.stdout)[key]["cloudcrate"]["args"][-1] == "--allow-writes"


def test_install_says_where_it_goes() -> None:
    said = {name: CliRunner().invoke(mcp, ["install", "--client", name]) for name in ("claude", "cursor", "vscode")}
    assert f"claude mcp add cloudcrate -- {sys.executable} -m cloudcrate mcp" in said["claude"].output
    assert ".cursor/mcp.json" in said["cursor"].output
    assert ".vscode/mcp.json" in said["vscode"].output


def test_without_the_extra_the_command_says_what_to_install() -> None:
    code = (
        "import sys; sys.modules['mcp'] = None; sys.argv = ['cloudcrate', 'mcp']\n"
        "from cloudcrate.__main__ import main; main()"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert ran.returncode == 2
    assert "uv tool install --force '.[mcp]'" in ran.stderr
    assert "Traceback" not in ran.stderr


@pytest.mark.parametrize("document", DOCUMENTS)
def test_a_document_names_exactly_the_tools_that_there_are(document: str) -> None:
    text = (ROOT / document).read_text("utf-8")
    named = set(re.findall(r"`((?:find|list|get|plan|explain|run|apply|sync|cancel|decide)_[a-z]+)`", text))
    assert named - {"plan_id"} == {*READ_TOOLS, *WRITE_TOOLS}


def test_the_skill_is_named_as_its_folder_and_says_what_and_when() -> None:
    head = re.match(r"---\n(.*?)\n---\n", (ROOT / "skills/cloudcrate/SKILL.md").read_text("utf-8"), re.DOTALL)
    assert head is not None
    told = dict(line.split(": ", 1) for line in head[1].splitlines())
    assert told["name"] == "cloudcrate"
    assert "Use when" in told["description"]
    assert len(told["description"]) <= 1024


def test_the_registry_entry_fits_the_package() -> None:
    entry = json.loads((ROOT / "server.json").read_text("utf-8"))
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    (package,) = entry["packages"]
    assert entry["version"] == package["version"] == project["version"]
    assert (package["registryType"], package["identifier"]) == ("pypi", project["name"])
    assert package["transport"] == {"type": "stdio"}
    assert len(entry["description"]) <= 100
    secret = {variable["name"] for variable in package["environmentVariables"] if variable.get("isSecret")}
    assert secret == {"NOTION_TOKEN", "SOUNDCLOUD_TOKEN"}


def test_every_link_of_llms_txt_leads_to_a_file() -> None:
    targets = re.findall(r"\]\(([^)]+)\)", (ROOT / "llms.txt").read_text("utf-8"))
    assert targets
    assert [target for target in targets if not (ROOT / target).is_file()] == []
