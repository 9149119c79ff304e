"""What Notion's refusals mean: one table from status and code to an error with a hint.

Status, code and wording are those of Notion's error catalogue (contracts: 400 to 529). An answer that is
not Notion's own envelope comes from something in between and says nothing about the request.
"""

import email.utils
import json
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any  # Any: JSON is whatever the service says it is

from cloudcrate.adapters.http import Reply
from cloudcrate.core import text
from cloudcrate.errors import (
    CloudcrateError,
    CredentialsError,
    NotSharedError,
    RefusedError,
    RejectedError,
    ThrottledError,
    UnavailableError,
)

DEFAULT_WAIT = 10.0  # seconds, when a throttling answer names no time
LONGEST_WAIT = 900.0  # a workspace's limit may ask for more than a minute; more than this is nonsense

MAKE_ONE = (
    "Make a token at https://www.notion.so/profile/integrations (an internal integration's secret, or a "
    "personal access token) and give it to cloudcrate again."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What an answer says about why it is no success. ``code`` is empty when it is not Notion's envelope."""

    status: int
    code: str = ""
    message: str = ""  # made visible and short
    details: Mapping[str, object] = field(default_factory=dict)
    wait: float | None = None  # seconds


def read(reply: Reply, *, now: float) -> Said:
    """Reads an answer that is no success; ``now`` (epoch seconds) is for a ``Retry-After`` that is a date."""
    envelope = _envelope(reply.body)
    details = envelope.get("additional_data")
    details = details if isinstance(details, dict) else {}
    waits = (reply.headers.get("retry-after"), details.get("retry_after"))
    return Said(
        status=reply.status,
        code=str(envelope.get("code", "")) if envelope.get("object") == "error" else "",
        message=text.visible(str(envelope.get("message", "")))[:400],
        details=details,
        wait=next((wait for wait in (_seconds(value, now) for value in waits) if wait is not None), None),
    )


def refusal(said: Said) -> CloudcrateError:
    """The error for an answer that is no success."""
    if said.status in (413, 429, 529) or (said.code and said.status in _BY_STATUS):
        return _BY_STATUS[said.status](said)
    if said.code and 400 <= said.status < 500:
        return _invalid(said)
    what = f": {said.message}" if said.message else ""
    return UnavailableError(
        f"Notion answered {said.status}{what}.".replace("..", "."),
        hint="Notion, or a proxy on the way, has a problem. Run the same command again later to go on.",
    )


def committed_id(said: Said) -> str | None:
    """The id of the page that was written although the answer is an error."""
    value = said.details.get("committed_resource_id")
    return value if isinstance(value, str) and value else None


def _envelope(body: bytes) -> Mapping[str, Any]:  # Any: JSON
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def _seconds(value: object, now: float) -> float | None:
    """A wait given as seconds or as an HTTP date."""
    if value is None:
        return None
    try:
        seconds = float(str(value))
    except ValueError:
        try:
            seconds = email.utils.parsedate_to_datetime(str(value)).timestamp() - now
        except (ValueError, OverflowError):
            return None
    return min(max(seconds, 0.0), LONGEST_WAIT) if math.isfinite(seconds) else None


def _invalid(said: Said) -> CloudcrateError:
    return RejectedError(
        f"Notion refuses this ({said.code}): {said.message}",
        hint="If a column was renamed, removed or changed its type just now, run the same command again.",
    )


def _unauthorized(said: Said) -> CloudcrateError:
    return CredentialsError(f"The Notion token is wrong or was revoked: {said.message}", hint=MAKE_ONE)


def _forbidden(said: Said) -> CloudcrateError:
    if "block_limit" in said.details:
        return RefusedError(
            "This Notion workspace has used all blocks of its free plan, so no row can be added.",
            hint="Upgrade the workspace, use a workspace with one member, or use a personal access token, "
            "which the limit does not bind.",
        )
    return CredentialsError(
        f"The Notion token may not do this: {said.message}",
        hint="Give the integration the capabilities to read, insert and update content.",
    )


def _not_found(said: Said) -> CloudcrateError:
    named = re.search(r'integration "([^"]{1,100})"', said.message)
    name = f"“{named[1]}”" if named else "your integration"
    return NotSharedError(
        f"Notion does not show this to {name}: it is not shared with it, or does not exist.",
        hint=f"In Notion, open it as a full page and click ••• → Connections → add {name}. "
        "A personal access token needs no sharing.",
    )


def _conflict(said: Said) -> CloudcrateError:
    if said.code == "row_limit_exceeded":
        return RefusedError(
            "This Notion database is full: it holds as many rows as Notion allows (250,000).",
            hint="Move rows into another database, or sync into a new one.",
        )
    return UnavailableError(
        f"Notion could not save this just now: {said.message}",
        hint="Somebody else was writing at the same time. Run the same command again to go on.",
    )


def _too_large(_: Said) -> CloudcrateError:
    return RejectedError(
        "Notion refuses this row: it is larger than 512,000 bytes.", hint="Shorten its texts and try again."
    )


def _throttled(said: Said) -> CloudcrateError:
    if said.details.get("rate_limit_reason") == "public_api_request_blocked":
        return CredentialsError(
            "Notion has blocked this token's requests.",
            hint="Waiting does not help. Ask Notion's support, or use another token.",
        )
    wait = DEFAULT_WAIT if said.wait is None else said.wait
    whose = {
        "public_api_space_request_rate_limit": " of the whole workspace",
        "public_api_endpoint_rate_limit": " of this kind of request",
    }.get(str(said.details.get("rate_limit_reason")), "")
    why = "is overloaded" if said.status == 529 else f"says that the budget{whose} is spent"
    return ThrottledError(
        f"Notion {why}; it asks for {wait:.0f} s.",
        hint="cloudcrate waits and goes on by itself.",
        retry_after=wait,
    )


_BY_STATUS: Mapping[int, Callable[[Said], CloudcrateError]] = {
    400: _invalid,
    401: _unauthorized,
    403: _forbidden,
    404: _not_found,
    409: _conflict,
    413: _too_large,
    429: _throttled,
    529: _throttled,
}
