"""What SoundCloud's refusals mean: one table from status to an error.

Recorded and documented: 400 for a question it does not know, 401 for a client id or a token, 403 from its bot
management, 404, 429 with Retry-After, and 5xx. What else comes may be from something in between.
"""

from collections.abc import Callable, Mapping

from cloudcrate.adapters import patience
from cloudcrate.adapters.http import Reply
from cloudcrate.adapters.http_address import host_of
from cloudcrate.adapters.soundcloud.detours import ChallengedError, ShapeError
from cloudcrate.errors import CredentialsError, NotFoundError, StreamGoneError, ThrottledError, UnavailableError

DEFAULT_WAIT = 60.0
"""Seconds to wait when a 429 names no time."""

LATER = "Try again later."
REFUSED_HINT = "It may have expired. Sign in again: cloudcrate login"

STREAM = {404: "SoundCloud has no clear stream there any more."}
"""Statuses that say that a stream is not there, and in which words; 403 is the bot management's."""

ORIGINAL = dict.fromkeys((403, 404), "SoundCloud does not offer the uploader's own file any more.")
"""The same of the uploader's own file: 403 and 404 say that this user is not offered it."""

NOTHING: Mapping[int, str] = {}


def refusal(reply: Reply, *, now: float, gone: Mapping[int, str] = NOTHING) -> Exception:
    """The error for an answer that is no success; ``now`` (epoch seconds) is for a Retry-After that is a date.

    ``gone``: the statuses that say that what was asked for is not there. The answer is an error of cloudcrate's or
    a ``DetourError``.
    """
    if reply.status in gone:
        return StreamGoneError(gone[reply.status])
    meant = _BY_STATUS.get(reply.status)
    if meant is not None:
        return meant(reply, now)
    return UnavailableError(f"{_name(reply)} answered {reply.status}.", hint=LATER)


def _name(reply: Reply) -> str:
    host = host_of(reply.url)
    return "SoundCloud" if host.startswith("api") else host


def _unauthorized(_: Reply, __: float) -> Exception:
    return CredentialsError("SoundCloud refuses the token.", hint=REFUSED_HINT)


def _throttled(reply: Reply, now: float) -> Exception:
    asked = patience.asked_wait(reply.headers, now)
    wait = DEFAULT_WAIT if asked is None else asked
    return ThrottledError(
        f"SoundCloud asks to slow down for {wait:.0f} s.",
        hint="cloudcrate waits and goes on by itself.",
        retry_after=wait,
    )


def _nowhere(reply: Reply, _: float) -> Exception:
    return NotFoundError(f"{_name(reply)} has nothing there.", hint="Check the link for typos.")


_BY_STATUS: Mapping[int, Callable[[Reply, float], Exception]] = {
    400: lambda _, __: ShapeError("it refuses the question"),
    401: _unauthorized,
    403: lambda _, __: ChallengedError(),
    404: _nowhere,
    410: _nowhere,
    429: _throttled,
}
