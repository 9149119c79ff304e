"""What crosses between the sandbox's socket shell and its two services.

A service is a pure function of its state, a request and a time: ``handle(request, now)``. The shell in
front of it (proxy, faults, latency, log) knows HTTP and knows nothing of SoundCloud or Notion.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol  # Any: JSON is whatever the service says it is
from urllib.parse import parse_qsl


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One HTTP request, as it arrived. Header names are lower case; ``path`` is still percent-encoded."""

    method: str
    host: str
    path: str
    query: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    def params(self) -> dict[str, str]:
        """The query string's parameters, the last value of a repeated name."""
        return dict(parse_qsl(self.query, keep_blank_values=True))


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """One HTTP answer. The shell adds Content-Length, Date and Connection."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


def json_response(status: int, value: Any, headers: Mapping[str, str] | None = None) -> Response:
    """An answer whose body is ``value`` as compact UTF-8 JSON."""
    body = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
    return Response(
        status=status,
        headers={"content-type": "application/json; charset=utf-8", **(headers or {})},
        body=body,
    )


class Service(Protocol):
    """One simulated service. ``handle`` is called with its lock held: it never blocks and never sleeps."""

    def handles(self, host: str) -> bool:
        """Says whether this service plays ``host``."""

    def handle(self, request: Request, now: float) -> Response:
        """Answers ``request`` at ``now`` (seconds since the epoch), and changes the service's state."""
