"""Brings a stream's bytes into a staging file: whole, counted, and only from SoundCloud's hosts."""

from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import BinaryIO

from cloudcrate.adapters.http import MEDIA_HOSTS, Door, Outgoing, Reply, host_of
from cloudcrate.adapters.library import hls
from cloudcrate.adapters.library.verify import segment, tolerance
from cloudcrate.core.model import Protocol
from cloudcrate.errors import (
    CloudcrateError,
    DamagedError,
    RefusedError,
    StoppedError,
    StreamGoneError,
    UnavailableError,
    UnknownOutcomeError,
)
from cloudcrate.ports.world import Media

MAX_BYTES = 4 * 1024**3
MAX_SEGMENT = 32 * 1024 * 1024
MAX_PLAYLIST = 8 * 1024 * 1024
MIN_RATE = 2_000.0
"""Bytes per second below which a transfer is given up and tried again."""

SEGMENTS_AT_ONCE = 4
SEGMENT_ATTEMPTS = 3
RENEWALS = 2
"""How often a link that has expired is asked for again in one transfer."""

EXPIRED = (403, 410)


class _ExpiredError(Exception):
    """The signed link is not valid any more."""


def fetch(door: Door, media: Callable[[], Media], target: Path, expected_seconds: float) -> None:
    """Writes the stream that ``media`` names to ``target``.

    Raises: DamagedError, UnavailableError, StreamGoneError, RefusedError (a host that is not allowed),
    OSError from the disk.
    """
    links = _Links(media)
    with target.open("wb") as file:
        if links.newest.stream.protocol is Protocol.HLS:
            _Segments(door, links, expected_seconds).write_to(file)
        else:
            _progressive(door, links, file, expected_seconds)


class _Links:
    """The signed link of a stream, asked for again when it has expired, a few times."""

    def __init__(self, media: Callable[[], Media]) -> None:
        self._media = media
        self._renewals = 0
        self.newest = media()

    def renew(self) -> None:
        """Asks for a new link. Raises: UnavailableError when new ones have not helped."""
        if self._renewals == RENEWALS:
            raise UnavailableError(
                f"{host_of(self.newest.url)} refuses links that have just been signed.",
                hint="Check this computer's clock and network; try again later.",
            )
        self._renewals += 1
        self.newest = self._media()


def _progressive(door: Door, links: _Links, file: BinaryIO, expected_seconds: float) -> None:
    while True:
        file.seek(0)
        file.truncate()
        outgoing = _outgoing(links.newest.url, deadline=120 + 2 * expected_seconds, max_bytes=MAX_BYTES)
        reply = _sent(door, outgoing, file.write)
        if reply.status not in EXPIRED:
            return _check_whole(reply)
        links.renew()


class _Segments:
    """An HLS stream: its pieces are fetched a few at a time and written in order."""

    def __init__(self, door: Door, links: _Links, expected_seconds: float) -> None:
        self._door = door
        self._links = links
        self._written = 0
        self._bytes = 0
        self._container: str | None = None
        self._playlist = self._read()
        seconds = self._playlist.seconds
        if abs(seconds - expected_seconds) > tolerance(expected_seconds):
            raise DamagedError(f"The stream's segments make {seconds:.1f} s of {expected_seconds:.1f} s.")

    def write_to(self, file: BinaryIO) -> None:
        """Writes everything. A link that expires on the way is renewed and the rest goes on from there."""
        with ThreadPoolExecutor(SEGMENTS_AT_ONCE) as pool:
            while True:
                try:
                    return self._write_rest(file, pool)
                except _ExpiredError:
                    self._renew()

    def _write_rest(self, file: BinaryIO, pool: ThreadPoolExecutor) -> None:
        window: deque[Future[bytes]] = deque()
        try:
            for number in range(self._written, len(self._playlist.pieces)):
                window.append(pool.submit(self._piece, number))
                if len(window) == SEGMENTS_AT_ONCE:
                    self._write(file, window.popleft().result())
            while window:
                self._write(file, window.popleft().result())
        finally:
            for future in window:
                future.cancel()

    def _write(self, file: BinaryIO, body: bytes) -> None:
        try:
            container, sound = segment(body)
        except DamagedError as error:
            raise DamagedError(f"{self._name(self._written)} {error.message}.") from error
        if self._container not in (None, container):
            raise DamagedError(f"{self._name(self._written)} is {container} in a stream of {self._container}.")
        self._container = container
        self._bytes += len(sound)
        if self._bytes > MAX_BYTES:
            raise DamagedError("The stream is too long to be a track.")
        file.write(sound)
        self._written += 1

    def _name(self, number: int) -> str:
        return f"Piece {number + 1} of {len(self._playlist.pieces)} of the stream"

    def _renew(self) -> None:
        self._links.renew()
        renewed = self._read()
        if renewed.lengths != self._playlist.lengths:
            raise DamagedError("The stream has changed while it was read.")
        self._playlist = renewed

    def _read(self) -> hls.MediaPlaylist:
        while True:
            outgoing = _outgoing(self._links.newest.url, deadline=30, max_bytes=MAX_PLAYLIST)
            reply = self._door.retried(partial(self._get, outgoing), attempts=SEGMENT_ATTEMPTS)
            if reply.status not in EXPIRED:
                break
            self._links.renew()
        _check_whole(reply)
        playlist = hls.parse(reply.body.decode("utf-8", "replace"), reply.url)
        for piece in playlist.pieces:  # before the first one is asked for, and each of them
            if not MEDIA_HOSTS.allows(piece.url):
                raise RefusedError(
                    f"The stream's playlist leads to {host_of(piece.url)!r}, which is not allowed.",
                    hint="cloudcrate fetches audio from SoundCloud's own hosts over https only.",
                )
        return playlist

    def _piece(self, number: int) -> bytes:
        return self._door.retried(lambda: self._one(number), attempts=SEGMENT_ATTEMPTS)

    def _one(self, number: int) -> bytes:
        piece = self._playlist.pieces[number]
        span = "" if piece.length is None else f"bytes={piece.first}-{piece.first + piece.length - 1}"
        headers = {"Range": span} if span else {}
        reply = self._get(_outgoing(piece.url, deadline=60, max_bytes=MAX_SEGMENT, headers=headers))
        if reply.status in EXPIRED:
            raise _ExpiredError
        if reply.status == 404:
            # The playlist is there, so the stream is: a hole in it says nothing about protection.
            raise DamagedError(f"{self._name(number)} is missing.")
        _check_whole(reply, part=bool(span))
        if piece.length is None:
            return reply.body
        start = piece.first if reply.status == 200 else 0  # a server may answer a range with the whole
        body = reply.body[start : start + piece.length]
        if len(body) != piece.length:
            raise DamagedError(f"{self._name(number)} has {len(body)} of {piece.length} bytes.")
        return body

    def _get(self, outgoing: Outgoing) -> Reply:
        """One request whose undecoded body is kept, so that its length can be compared."""
        parts: list[bytes] = []
        reply = _sent(self._door, outgoing, parts.append)
        return Reply(
            status=reply.status,
            url=reply.url,
            headers=reply.headers,
            body=b"".join(parts) or reply.body,
            received=reply.received,
        )


def _outgoing(url: str, *, deadline: float, max_bytes: int, headers: dict[str, str] | None = None) -> Outgoing:
    return Outgoing(
        method="GET",
        url=url,
        hosts=MEDIA_HOSTS,
        headers=headers or {},
        deadline=deadline,
        max_bytes=max_bytes,
        min_rate=MIN_RATE,
    )


def _sent(door: Door, outgoing: Outgoing, sink: Callable[[bytes], object]) -> Reply:
    """One attempt. A reading has no outcome that could be unknown: it did not arrive."""
    try:
        return door.send(outgoing, sink=sink)
    except UnknownOutcomeError as error:
        raise UnavailableError(error.message, hint=error.hint) from error


def _check_whole(reply: Reply, *, part: bool = False) -> None:
    """The status, the encoding and the length of an answer. Raises: what each of them means."""
    host = host_of(reply.url)
    if reply.status == 404:
        raise StreamGoneError(f"{host} does not have the stream any more.")
    if reply.status != 200 and not (part and reply.status == 206):
        raise UnavailableError(f"{host} answered {reply.status}.", hint="Try again later.")
    if reply.headers.get("content-encoding", "identity").lower() != "identity":
        raise DamagedError(f"{host} sent the audio compressed, which nobody asked for.")
    length = reply.headers.get("content-length")
    if length is not None and length.isdecimal() and int(length) != reply.received:
        raise DamagedError(f"{host} sent {reply.received} of {length} bytes.")
    if reply.received == 0:
        raise DamagedError(f"{host} sent nothing.")


def artwork(door: Door, url: str | None, *, max_bytes: int) -> bytes | None:
    """A picture, or None when it cannot be had: a track does not fail for its picture."""
    if url is None:
        return None
    outgoing = Outgoing(method="GET", url=url, hosts=MEDIA_HOSTS, deadline=30, max_bytes=max_bytes)
    try:
        reply = door.retried(lambda: door.send(outgoing), attempts=2)
    except StoppedError:
        raise
    except CloudcrateError:
        return None
    return reply.body if reply.status == 200 else None
