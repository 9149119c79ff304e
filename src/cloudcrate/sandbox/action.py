"""What is done about one request: an answer, whole or damaged, described before anything is sent.

An ``Action`` is data. The socket shell carries it out on a connection, the in-process transport turns it into
what an HTTP client would have seen.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from cloudcrate.sandbox.wire import Response


class Ending(Enum):
    """What happens to the connection once the bytes are out."""

    KEEP = "keep"
    CLOSE = "close"
    RESET = "reset"
    SILENCE = "silence"  # nothing more for `silence` seconds, then the connection is dropped


class Phase(Enum):
    """Where a held request stands: before it is handled, before its answer, in the middle of its body."""

    BEFORE = "before"
    AFTER = "after"
    BODY = "body"


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """One request's fate.

    ``response`` is the head to send; None sends no head, so that ``body`` goes out raw or nothing goes out.
    ``body`` is what is sent of the body, ``length`` the Content-Length that is claimed for it (None: no
    claim, the end of the connection is the end of the body). ``delay`` and ``silence`` are seconds, ``rate``
    is bytes per second. With ``hold`` = BEFORE the request has not been handled yet: ``resume(True)`` handles
    it and gives the action that follows, ``resume(False)`` drops it. ``index`` is the request's place in the
    journal (None while it is held before being handled).
    """

    index: int | None = None
    response: Response | None = None
    body: bytes = b""
    length: int | None = None
    delay: float = 0.0
    rate: float | None = None
    ending: Ending = Ending.KEEP
    silence: float = 0.0
    hold: Phase | None = None
    resume: "Callable[[bool], Action] | None" = None


def whole(response: Response) -> Action:
    """The action of a healthy answer."""
    return Action(response=response, body=response.body, length=len(response.body))


RESET = Action(ending=Ending.RESET)
