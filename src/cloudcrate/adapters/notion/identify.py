"""What a user pastes for a Notion database, read as an id."""

import re
import urllib.parse

from cloudcrate.core import text
from cloudcrate.errors import UsageError

_HOSTS = re.compile(r"(?:[a-z0-9-]+\.)*notion\.(?:so|com|site)")
_HEX32 = re.compile(r"[0-9a-f]{32}")


def identifier(given: str) -> str:
    """The dashed id in an id or a link: ``https://www.notion.so/ws/Title-<id>?v=<view>`` gives ``<id>``.

    The ``v`` of a link names a view and is never taken.
    Raises: UsageError when there is no id in it.
    """
    words = given.strip()
    parts = _link(words)
    candidate = words if parts is None else parts.path.rstrip("/").rpartition("/")[2]
    digits = candidate.replace("-", "").lower()
    if parts is not None:
        digits = digits[-32:]  # the title stands before the id
    if not _HEX32.fullmatch(digits):
        shown = text.visible(words)[:80]
        raise UsageError(
            f"“{shown}” is not a Notion database: there is no id in it.",
            hint="In Notion, open the database as a full page and copy its link (••• → Copy link).",
        )
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))


def same(one: str, other: str) -> bool:
    """Says whether two ids, dashed or not, are the same."""
    return one.replace("-", "").lower() == other.replace("-", "").lower()


def _link(words: str) -> urllib.parse.SplitResult | None:
    """``words`` as a link to Notion; None when it is none."""
    try:
        parts = urllib.parse.urlsplit(words if "://" in words else f"https://{words}")
        host = (parts.hostname or "").lower()
    except ValueError:
        return None
    return parts if _HOSTS.fullmatch(host) and "/" in words else None
