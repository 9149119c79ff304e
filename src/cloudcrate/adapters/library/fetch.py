"""Brings a stream's bytes into a staging file: whole, counted, and only from SoundCloud's hosts."""

from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import BinaryIO

from cloudcrate.adapters.http import MEDIA_HOSTS, Door, Outgoing, Reply, host_of
from cloudcrate.adapters.library import hls
from cloudcrate.adapters.library.verify import sniff, tolerance
from cloudcrate.core.model import Protocol
from cloudcrate.errors import CloudcrateError, DamagedError, StreamGoneError, UnavailableError
from cloudcrate.ports import Media

MAX_BYTES = 4 * 1024**3
MAX_PLAYLIST = 8 * 1024 * 1024
MIN_RATE = 2_000.0
"""Bytes per second below which a transfer is given up and tried again."""

SEGMENTS_AT_ONCE = 4
RENEWALS = 3
"""How often a link that has expired is asked for again in one transfer."""

EXPIRED = (403, 410)


class _ExpiredError(Exception):
    """The signed link is not valid any more."""


def fetch(door: Door, media: Callable[[], Media], target: Path, expected_seconds: float) -> None:
    """Writes the stream that ``media`` names to ``target``.

    Raises: DamagedError, UnavailableError, StreamGoneError, OSError from the disk.
    """
    found = media()
    with target.open("wb") as file:
        if found.stream.protocol is Protocol.HLS:
            _Segments(door, media, found, expected_seconds).write_to(file)
        else:
            _progressive(door, media, found, file, expected_seconds)


def _progressive(door: Door, media: Callable[[], Media], found: Media, file: BinaryIO, expected_seconds: float) -> None:
    for _ in range(RENEWALS):
        file.seek(0)
        file.truncate()
        deadline = 120 + 2 * expected_seconds
        outgoing = _outgoing(found.url, deadline=deadline, max_bytes=MAX_BYTES)
        reply = door.send(outgoing, sink=file.write)
        if reply.status in EXPIRED:
            found = media()
            continue
        _check_whole(reply)
        return
    raise UnavailableError(f"{host_of(found.url)} refuses links that have just been signed.", hint="Try again later.")


class _Segments:
    """An HLS stream: its segments are fetched a few at a time and written in order."""

    def __init__(self, door: Door, media: Callable[[], Media], found: Media, expected_seconds: float) -> None:
        self._door = door
        self._media = media
        self._playlist = self._read(found)
        off = abs(self._playlist.seconds - expected_seconds)
        if off > tolerance(expected_seconds):
            raise DamagedError(
                f"The stream's segments make {self._playlist.seconds:.1f} s of {expected_seconds:.1f} s."
            )

    def write_to(self, file: BinaryIO) -> None:
        """Writes everything. A link that expires on the way is renewed and the rest goes on from there."""
        written, renewals = 0, 0
        with ThreadPoolExecutor(SEGMENTS_AT_ONCE) as pool:
            if self._playlist.init is not None:
                file.write(self._segment(self._playlist.init))
            while written < len(self._playlist.segments):
                window: deque[Future[bytes]] = deque()
                try:
                    for segment in self._playlist.segments[written:]:
                        window.append(pool.submit(self._segment, segment.url))
                        if len(window) >= SEGMENTS_AT_ONCE:
                            file.write(window.popleft().result())
                            written += 1
                    while window:
                        file.write(window.popleft().result())
                        written += 1
                except _ExpiredError:
                    renewals += 1
                    if renewals >= RENEWALS:
                        raise UnavailableError("The stream's links expire faster than they can be used.") from None
                    self._renew()
                finally:
                    for future in window:
                        future.cancel()

    def _renew(self) -> None:
        renewed = self._read(self._media())
        if [s.seconds for s in renewed.segments] != [s.seconds for s in self._playlist.segments]:
            raise DamagedError("The stream has changed while it was read.")
        self._playlist = renewed

    def _read(self, found: Media) -> hls.MediaPlaylist:
        for _ in range(RENEWALS):
            outgoing = _outgoing(found.url, deadline=30, max_bytes=MAX_PLAYLIST)
            reply = self._door.retried(partial(self._get, outgoing), attempts=4)
            if reply.status not in EXPIRED:
                _check_whole(reply)
                return hls.parse(reply.body.decode("utf-8", "replace"), found.url)
            found = self._media()
        raise UnavailableError(
            f"{host_of(found.url)} refuses links that have just been signed.", hint="Try again later."
        )

    def _segment(self, url: str) -> bytes:
        return self._door.retried(lambda: self._one(url), attempts=4)

    def _one(self, url: str) -> bytes:
        reply = self._get(_outgoing(url, deadline=60, max_bytes=MAX_PLAYLIST * 4))
        if reply.status in EXPIRED:
            raise _ExpiredError
        _check_whole(reply)
        if sniff(reply.body[:16]) is None:
            raise DamagedError(f"A segment of the stream is not audio ({len(reply.body)} bytes).")
        return reply.body

    def _get(self, outgoing: Outgoing) -> Reply:
        """One request whose undecoded body is kept, so that its length can be compared."""
        parts: list[bytes] = []
        reply = self._door.send(outgoing, sink=parts.append)
        return Reply(
            status=reply.status,
            url=reply.url,
            headers=reply.headers,
            body=b"".join(parts) or reply.body,
            received=reply.received,
        )


def _outgoing(url: str, *, deadline: float, max_bytes: int) -> Outgoing:
    return Outgoing(method="GET", url=url, hosts=MEDIA_HOSTS, deadline=deadline, max_bytes=max_bytes, min_rate=MIN_RATE)


def _check_whole(reply: Reply) -> None:
    """The status, the encoding and the length of an answer. Raises: what each of them means."""
    host = host_of(reply.url)
    if reply.status == 404:
        raise StreamGoneError(f"{host} does not have the stream any more.")
    if reply.status != 200:
        raise UnavailableError(f"{host} answered {reply.status}.", hint="Try again later.")
    if reply.headers.get("content-encoding", "identity") != "identity":
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
        reply = door.retried(lambda: door.send(outgoing), attempts=3)
    except CloudcrateError as error:
        if error.exit_code == 130:
            raise
        return None
    return reply.body if reply.status == 200 else None
