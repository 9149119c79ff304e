"""What is asked for, in values and in words."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from cloudcrate.core.text import visible


class Action(Enum):
    """What is asked for."""

    SYNC = "sync"
    DOWNLOAD_ONLY = "download_only"
    CATALOG_ONLY = "catalog_only"
    PREVIEW = "preview"
    STATUS = "status"
    MISSING = "missing"
    PROGRESS = "progress"
    STOP = "stop"
    WATCH = "watch"
    SYNC_ALL = "sync_all"
    REFUSE = "refuse"
    CLARIFY = "clarify"


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What the user wants. No playlist stands for all of them or, in a question, for no one in particular."""

    action: Action
    playlists: tuple[str, ...] = ()  # names as said, or links
    limit: int | None = None  # counted from the top
    every_hours: float | None = None
    understood: str  # in words; of what is refused or unclear, why, and what to say instead


class DeclinedError(Exception):
    """What is said cannot be done, or not so."""

    def __init__(self, action: Action, why: str, *, unread: bool = False) -> None:
        super().__init__(why)
        self.unread = unread  # the words were not understood; another way of reading them may be tried
        self.action = action
        self.why = why


def first(limit: int | None) -> str:
    """A limit, in words."""
    if limit is None:
        return ""
    return " (the first track)" if limit == 1 else f" (the first {limit} tracks)"


def often(hours: float | None) -> str:
    """An interval, in words."""
    if hours is None:
        return "at the usual interval"
    return "every hour" if hours == 1 else f"every {hours:g} hours"


def told_of(words: str, names: Sequence[str]) -> str:
    """A sentence about some names: ``{}`` stands for them; "its", and a verb after them, agree with several."""
    several = len(names) > 1
    agreed = words.replace("its files", "their files").replace("{} is", "{} are").replace("{} stands", "{} stand")
    return (agreed if several else words).format(listed(names))


def listed(names: Sequence[str]) -> str:
    """Some names, in words."""
    return ", ".join(f'"{shown(name)}"' for name in names) or "everything"


def shown(text: str) -> str:
    """A foreign text on one line, short, without what is secret in a link."""
    plain = re.sub(r"(?<=[/=])s-[A-Za-z0-9]{3,}", "s-…", visible(" ".join(text.split())))
    return plain if len(plain) <= 80 else f"{plain[:79]}…"


def quoted(text: str) -> str:
    """What was said, in quotes."""
    return f"“{shown(text)}”"
