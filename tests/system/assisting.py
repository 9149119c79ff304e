"""An assistant: the SDK's own client over the real command, which speaks to a sandbox."""

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable, Iterator
from typing import Any, TypeVar  # Any: what tools answer is JSON

from mcp import Client, StdioServerParameters
from mcp.types import TextContent
from running import Machine

T = TypeVar("T")
PATIENCE = 120.0  # seconds after which a test has failed


class Assistant:
    """Calls tools and keeps what the server reports meanwhile."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.progress: list[tuple[float, float | None, str]] = []

    async def names(self) -> list[str]:
        """The tools that are offered."""
        return [tool.name for tool in (await self.client.list_tools(cache_mode="bypass")).tools]

    async def ask(self, tool: str, **arguments: object) -> dict[str, Any]:  # Any: as above
        """What a tool answers, which must be no error, and the same as text as in structure."""
        called = await self.client.call_tool(tool, arguments, progress_callback=self._hear)
        (content,) = called.content
        assert isinstance(content, TextContent)
        assert not called.is_error, content.text
        assert called.structured_content == json.loads(content.text)
        return dict(called.structured_content or {})

    async def refusal(self, tool: str, **arguments: object) -> str:
        """What a tool says that refuses."""
        called = await self.client.call_tool(tool, arguments)
        (content,) = called.content
        assert isinstance(content, TextContent)
        assert called.is_error, content.text
        return content.text

    async def finished(self, job_id: str) -> dict[str, Any]:  # Any: as above
        """A job once it has ended."""
        while True:
            (job,) = (await self.ask("get_status", job_id=job_id, wait_seconds=20))["jobs"]
            if job["ended_at"] is not None:
                return dict(job)

    async def _hear(self, progress: float, total: float | None, message: str | None) -> None:
        self.progress.append((progress, total, message or ""))


def assist(machine: Machine, talk: Callable[[Assistant], Awaitable[T]], *, writes: bool = False) -> T:
    """Starts the server as a client does, and talks to it."""
    server = StdioServerParameters(
        command=sys.executable,
        args=["-m", "cloudcrate", "mcp", *(["--allow-writes"] if writes else [])],
        env=machine.environment(),
        cwd=machine.home,
    )

    async def connected() -> T:
        async with asyncio.timeout(PATIENCE), Client(server) as client:
            return await talk(Assistant(client))

    return asyncio.run(connected())


def texts(answer: object, *, trusted: bool = True) -> Iterator[tuple[bool, str]]:
    """Every text of an answer, and whether it stands outside all that is marked as untrusted."""
    match answer:
        case str():
            yield trusted, answer
        case dict():
            for key, value in answer.items():
                yield trusted, str(key)
                yield from texts(value, trusted=trusted and not str(key).startswith("untrusted"))
        case list():
            for value in answer:
                yield from texts(value, trusted=trusted)
