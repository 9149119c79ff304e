"""What Notion's refusals mean: one table from status and code to an error with a hint.

Status, code and wording are those of Notion's error catalogue (contracts: 400 to 529). An answer that is
not Notion's own envelope comes from something in between and says nothing about the request.
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any  # Any: JSON is whatever the service says it is

from cloudcrate.adapters import patience
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

MAKE_ONE = (
    "Make a token at https://www.notion.so/profile/integrations (an internal integration's secret, or a "
    "personal access token) and give it to cloudcrate again."
)
RUN_AGAIN = "If a column was renamed, removed or changed its type just now, run the same command again."
TRY_AGAIN = "Run the same command again; if it stays, report it with these words."
OUTDATED = "Get the newest cloudcrate: this one does not speak Notion's interface of today."
LINKED_VIEW = r"does not contain any data sources|linked database"
"""What Notion says of a view that shows another database's rows (regular expression)."""

LINKED = (
    "It is a linked view of another database, or its rows are not shared with the token. "
    "In Notion, open the original database itself as a full page, copy its link, and share it."
)

_REMEDIES: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE), hint)
    for pattern, hint in (
        (r"commas not allowed", "Take the comma out of that name, or make the column a text column in Notion."),
        (LINKED_VIEW, LINKED),
        (r"multiple data sources", "Give the id of the data source that is meant instead of the database's link."),
        (r"should be a valid uuid", "That is no id of Notion's. In Notion, copy the link again (••• → Copy link)."),
        (
            r"schema has exceeded|schema (?:is|was) too large|schema size",
            "The columns hold too many options. Delete options of the largest one in Notion, or make it a text column.",
        ),
        (r"\b(?:archived|unarchive|in (?:the )?trash)\b", "Restore it from Notion's trash, or use another one."),
        (r"status option", "Add that option to the status column in Notion, or map the field to another column."),
        (
            r"read[- ]only|formula|rollup|created_time|created_by|last_edited|unique_id|\bbutton\b",
            "Notion fills this kind of column by itself. Map the field to another column, or leave it unmapped.",
        ),
        (r"length should be ≤|should be no longer", "A text or a list is longer than Notion takes: shorten it."),
        (r"start_cursor", "The rows changed while they were read. Run the same command again."),
        (r"^(?:path|body) failed validation", f"{RUN_AGAIN} {TRY_AGAIN}"),
    )
)
"""What to do about a ``validation_error``, by Notion's words; the first that fits."""


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
    waits = (patience.asked_wait(reply.headers, now), patience.seconds_of(details.get("retry_after")))
    return Said(
        status=reply.status,
        code=str(envelope.get("code", "")) if envelope.get("object") == "error" else "",
        message=text.visible(" ".join(str(envelope.get("message", "")).split()))[:400],
        details=details,
        wait=next((wait for wait in waits if wait is not None), None),
    )


def refusal(said: Said) -> CloudcrateError:
    """The error for an answer that is no success."""
    if said.status in (413, 429, 529) or (said.code and said.status in _BY_STATUS):
        return _BY_STATUS[said.status](said)
    if said.code and 400 <= said.status < 500:
        return _invalid(said)
    what = f": {said.message}" if any(char.isalnum() for char in said.message) else ""
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


def _invalid(said: Said) -> CloudcrateError:
    hint = next((remedy for words, remedy in _REMEDIES if words.search(said.message)), RUN_AGAIN)
    if said.code in ("missing_version", "invalid_request_url"):  # no other request would do better
        return RefusedError(f"Notion does not understand cloudcrate ({said.code}): {_words(said)}", hint=OUTDATED)
    if said.code == "invalid_json":
        hint = f"The request was changed on its way; is there a proxy? {TRY_AGAIN}"
    return RejectedError(f"Notion refuses this ({text.visible(said.code)[:40]}): {_words(said)}", hint=hint)


def _unauthorized(said: Said) -> CloudcrateError:
    if "Authorization" in said.message:
        return CredentialsError(
            f"The Notion token did not arrive as Notion wants it: {said.message}",
            hint="Give the token alone, without 'Bearer' and quotes; a proxy may also take it away. " + MAKE_ONE,
        )
    return CredentialsError(f"The Notion token is wrong or was revoked: {_words(said)}", hint=MAKE_ONE)


def _forbidden(said: Said) -> CloudcrateError:
    if "block_limit" in said.details:
        return RefusedError(
            "This Notion workspace has used all blocks of its free plan, so no row can be added.",
            hint="Upgrade the workspace, use a workspace with one member, or use a personal access token, "
            "which the limit does not bind. Then run the same command again: what was made stays.",
        )
    return CredentialsError(
        f"The Notion token may not do this: {_words(said)}",
        hint="Give the integration the capabilities to read, insert and update content "
        "(https://www.notion.so/profile/integrations), and the right to edit the database.",
    )


def _not_found(said: Said) -> CloudcrateError:
    named = re.search(r'integration "([^"]{1,100})"', said.message)
    name = f"“{named[1]}”" if named else "your integration"
    kind = re.search(r"Could not find (database|data_source|page|block|user)\b", said.message)
    if kind is not None and kind[1] == "user":
        return CredentialsError(
            "Notion does not show this person to the token.",
            hint="Give the integration the capability to read user information.",
        )
    what = "this" if kind is None else f"this {kind[1].replace('_', ' ')}"
    return NotSharedError(
        f"Notion does not show {what} to {name}: it is not shared with it, or does not exist.",
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
        f"Notion could not save this just now: {_words(said)}",
        hint="Somebody else was writing at the same time. Run the same command again to go on.",
    )


def _too_large(_: Said) -> CloudcrateError:
    return RejectedError(
        "Notion refuses this row: it is larger than 512,000 bytes.", hint="Shorten its texts and try again."
    )


def _words(said: Said) -> str:
    """Notion's own words, or that there are none."""
    return said.message if any(char.isalnum() for char in said.message) else "it does not say why."


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
