"""One request for a stream's bytes: where it may go, how slow it may be, and what its answer means."""

from collections.abc import Callable, Mapping

from cloudcrate.adapters.http import MEDIA_HOSTS, Door, Outgoing, Reply
from cloudcrate.adapters.http_address import host_of
from cloudcrate.errors import DamagedError, StreamGoneError, ThrottledError, UnavailableError, UnknownOutcomeError
from cloudcrate.ports.world import Media

MIN_RATE = 2_000.0
"""Bytes per second below which a transfer is given up and tried again."""

RENEWALS = 2
"""How often a link that has expired is asked for again in one transfer."""

EXPIRED = (403, 410)
WAITS = "cloudcrate waits and goes on by itself."


class Links:
    """The signed link of a stream, asked for again when it has expired, a few times."""

    def __init__(self, media: Callable[[], Media]) -> None:
        self._media = media
        self._renewals = 0
        self.newest = media()

    def renew(self) -> None:
        """Asks for a new link. Raises: UnavailableError when new ones have not helped."""
        if self._renewals == RENEWALS:
            error = UnavailableError(
                f"{host_of(self.newest.url)} refuses links that have just been signed.",
                hint="Check this computer's clock and network; try again later.",
            )
            error.final = True
            raise error
        self._renewals += 1
        self.newest = self._media()


def outgoing(
    url: str,
    *,
    deadline: float,
    max_bytes: int,
    headers: Mapping[str, str] | None = None,
    answered: Callable[[int, Mapping[str, str]], None] | None = None,
) -> Outgoing:
    """A request for audio or for a playlist; see ``Outgoing``."""
    return Outgoing(
        method="GET",
        url=url,
        hosts=MEDIA_HOSTS,
        headers=headers or {},
        deadline=deadline,
        max_bytes=max_bytes,
        min_rate=MIN_RATE,
        answered=answered,
    )


def sent(door: Door, request: Outgoing, sink: Callable[[bytes], object]) -> Reply:
    """One attempt. A reading has no outcome that could be unknown: it did not arrive.

    Raises: DamagedError when it broke off on the way. Its host answers, so that another stream may be whole.
    """
    arrived = 0

    def counted(chunk: bytes) -> None:
        nonlocal arrived
        arrived += len(chunk)
        sink(chunk)

    try:
        return door.send(request, sink=counted)
    except UnknownOutcomeError as error:
        if arrived and error.__cause__ is not None:  # the network's error, not the door's own limits
            broken = f"{host_of(request.url)} broke off after {arrived} bytes."
            raise DamagedError(broken, hint=error.hint) from error
        raise UnavailableError(error.message, hint=error.hint) from error


def check_whole(reply: Reply, *, part: bool = False) -> None:
    """The status, the encoding and the length of an answer. Raises: what each of them means."""
    host = host_of(reply.url)
    if reply.status == 404:
        raise StreamGoneError(f"{host} does not have the stream any more.")
    if reply.status == 206 and not part:
        raise DamagedError(f"{host} sent a part of the audio, and the whole was asked for.")
    if reply.status == 429:
        raise ThrottledError(f"{host} asks to slow down.", hint=WAITS)  # the door keeps the time that it names
    if reply.status not in (200, 206):
        raise UnavailableError(f"{host} answered {reply.status}.", hint="Try again later.")
    if reply.headers.get("content-encoding", "identity").lower() != "identity":
        raise DamagedError(f"{host} sent the audio compressed, which nobody asked for.")
    length = reply.headers.get("content-length")
    if length is not None and length.isdecimal() and int(length) != reply.received:
        raise DamagedError(f"{host} sent {reply.received} of {length} bytes.")
    if reply.received == 0:
        raise DamagedError(f"{host} sent nothing.")
