"""Fetches an HLS stream: its pieces a few at a time, written in order, each one once."""

import hashlib
import json
import re
import urllib.parse
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from typing import BinaryIO

from cloudcrate.adapters.http import MEDIA_HOSTS, Door, Outgoing, Reply
from cloudcrate.adapters.http_address import host_of
from cloudcrate.adapters.library import hls
from cloudcrate.adapters.library.frames import begins_at, pages, timescale, walk_piece
from cloudcrate.adapters.library.partial import Notebook, Pieces
from cloudcrate.adapters.library.transfer import EXPIRED, Links, check_whole, outgoing, sent
from cloudcrate.adapters.library.verify import HEAD, segment, sniff, tolerance
from cloudcrate.errors import DamagedError, RefusedError

MAX_BYTES = 4 * 1024**3
MAX_SEGMENT = 32 * 1024 * 1024
MAX_PLAYLIST = 8 * 1024 * 1024

PIECE_TOLERANCE = 0.02
"""Seconds by which a piece of MP3 may differ from its EXTINF: less than a frame (recorded: 0.0002)."""

SEGMENTS_AT_ONCE = 4


class _ExpiredError(Exception):
    """The signed link is not valid any more."""


def digest_of(playlist: hls.MediaPlaylist) -> str:
    """What tells a stream from any other, however often its links are signed."""
    pieces = [
        (urllib.parse.urlsplit(piece.url).path, piece.seconds, piece.first, piece.length) for piece in playlist.pieces
    ]
    return hashlib.sha256(json.dumps(pieces).encode()).hexdigest()


class Segments:
    """An HLS stream. What its note says is written already is not asked for again."""

    def __init__(self, door: Door, links: Links, notebook: Notebook, expected_seconds: float) -> None:
        """Reads the playlist. Raises: what ``fetch`` raises."""
        self._door = door
        self._links = links
        self._notebook = notebook
        self._written = 0
        self._bytes = 0
        self._container: str | None = None
        self._scale: int | None = None  # of MP4: units of a second
        self._offset: float | None = None  # of MP4: seconds at which the first fragment that was seen should begin
        self._page: tuple[int, int] | None = None  # of Ogg: whose page of what number has to follow
        self._playlist = self._read()
        self._digest = digest_of(self._playlist)
        seconds = self._playlist.seconds
        if abs(seconds - expected_seconds) > tolerance(expected_seconds):
            raise DamagedError(f"The stream's segments make {seconds:.1f} s of {expected_seconds:.1f} s.")

    def write_to(self, file: BinaryIO) -> None:
        """Writes what is not there yet. A link that expires on the way is renewed and the rest goes on from there."""
        self._resume(file)
        with ThreadPoolExecutor(SEGMENTS_AT_ONCE) as pool:
            while True:
                try:
                    return self._write_rest(file, pool)
                except _ExpiredError:
                    self._renew()

    def _resume(self, file: BinaryIO) -> None:
        """Takes what is there when it is the beginning of this stream, else empties the file."""
        state = self._notebook.read()
        size = file.seek(0, 2)
        file.seek(0)
        head = file.read(HEAD)
        container = sniff(head)
        if (
            isinstance(state, Pieces)
            and state.digest == self._digest
            and state.written <= len(self._playlist.pieces)
            and state.size <= size
            and container in ("mp3", "m4a", "opus")
        ):
            self._written, self._bytes, self._container = state.written, state.size, container
            self._find_place(file, head)
        else:
            self._notebook.drop()
        file.truncate(self._bytes)
        file.seek(self._bytes)

    def _find_place(self, file: BinaryIO, head: bytes) -> None:
        """Finds out what the next piece has to follow. What is there was looked at when it was written."""
        if self._container == "opus":
            file.seek(0)
            there = pages(file.read(self._bytes))
            self._page = (there.serial, there.following)
        elif self._container == "m4a":
            self._scale, first = timescale(head), begins_at(head)
            self._offset = None if first is None or self._scale is None else first / self._scale

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
            self._check_place(container, sound)
        except DamagedError as error:
            raise DamagedError(f"{self._name(self._written)} {error.message}.") from error
        if self._container not in (None, container):
            raise DamagedError(f"{self._name(self._written)} is {container} in a stream of {self._container}.")
        self._container = container
        self._bytes += len(sound)
        if self._bytes > MAX_BYTES:
            raise DamagedError("The stream is too long to be a track.")
        file.write(sound)
        file.flush()  # the note must not say more than the file has
        self._written += 1
        self._notebook.write(Pieces(digest=self._digest, written=self._written, size=self._bytes))

    def _check_place(self, container: str, sound: bytes) -> None:
        """Looks whether a piece follows the one before it. Raises: DamagedError."""
        listed = self._playlist.pieces[self._written].seconds
        if container == "opus":
            found = pages(sound)
            if self._page not in (None, (found.serial, found.first)):
                raise DamagedError("does not follow the one before it")
            self._page = (found.serial, found.following)
        elif container == "m4a" and listed:
            self._check_time(begins_at(sound), listed)
        elif container == "m4a" and self._scale is None:
            self._scale = timescale(sound)

    def _check_time(self, begins: int | None, listed: float) -> None:
        """A fragment begins when those before it end, as far as it says so and counts in known units."""
        if begins is None or self._scale is None:
            return
        before = sum(piece.seconds for piece in self._playlist.pieces[: self._written])
        off = begins / self._scale - before
        self._offset = off if self._offset is None else self._offset
        if abs(off - self._offset) > listed / 4:
            raise DamagedError(
                f"belongs {abs(off - self._offset):.1f} s {'later' if off > self._offset else 'earlier'}"
            )

    def _name(self, number: int) -> str:
        return f"Piece {number + 1} of {len(self._playlist.pieces)} of the stream"

    def _renew(self) -> None:
        self._links.renew()
        renewed = self._read()
        if renewed.lengths != self._playlist.lengths:
            raise DamagedError("The stream has changed while it was read.")
        self._playlist, self._digest = renewed, digest_of(renewed)

    def _read(self) -> hls.MediaPlaylist:
        while True:
            try:
                playlist = self._door.retried(self._listed)
                break
            except _ExpiredError:
                self._links.renew()
        for piece in playlist.pieces:  # before the first one is asked for, and each of them
            if not MEDIA_HOSTS.allows(piece.url):
                raise RefusedError(
                    f"The stream's playlist leads to {host_of(piece.url)!r}, which is not allowed.",
                    hint="cloudcrate fetches audio from SoundCloud's own hosts over https only.",
                )
        return playlist

    def _listed(self) -> hls.MediaPlaylist:
        reply = self._get(outgoing(self._links.newest.url, deadline=30, max_bytes=MAX_PLAYLIST))
        if reply.status in EXPIRED:
            raise _ExpiredError
        check_whole(reply)
        return hls.parse(reply.body.decode("utf-8", "replace"), reply.url)

    def _piece(self, number: int) -> bytes:
        """A piece that looks whole by itself; whether it is the right one is seen when it is written."""
        return self._door.retried(partial(self._looked_at, number))

    def _looked_at(self, number: int) -> bytes:
        body = self._one(number)
        try:
            container, sound = segment(body)
            if container == "mp3":
                self._check_length(number, sound)
            elif container == "opus":
                pages(sound)
        except DamagedError as error:
            raise DamagedError(f"{self._name(number)} {error.message}.") from error
        return body

    def _check_length(self, number: int, sound: bytes) -> None:
        seconds, listed = walk_piece(sound), self._playlist.pieces[number].seconds
        if abs(seconds - listed) > PIECE_TOLERANCE:
            raise DamagedError(f"lasts {seconds:.2f} s, and its playlist says {listed:.2f} s")

    def _one(self, number: int) -> bytes:
        piece = self._playlist.pieces[number]
        span = "" if piece.length is None else f"bytes={piece.first}-{piece.first + piece.length - 1}"
        headers = {"Range": span} if span else {}
        reply = self._get(outgoing(piece.url, deadline=60, max_bytes=MAX_SEGMENT, headers=headers))
        if reply.status in EXPIRED:
            raise _ExpiredError
        if reply.status == 404:
            # The playlist is there, so the stream is: a hole in it says nothing about protection.
            raise DamagedError(f"{self._name(number)} is missing.")
        check_whole(reply, part=bool(span))
        if piece.length is None:
            return reply.body
        if reply.status == 206 and not re.match(rf"bytes {piece.first}-", reply.headers.get("content-range", "")):
            raise DamagedError(f"{self._name(number)} came as another range than was asked for.")
        start = piece.first if reply.status == 200 else 0  # a server may answer a range with the whole
        body = reply.body[start : start + piece.length]
        if len(body) != piece.length:
            raise DamagedError(f"{self._name(number)} has {len(body)} of {piece.length} bytes.")
        return body

    def _get(self, request: Outgoing) -> Reply:
        """One request whose undecoded body is kept, so that its length can be compared."""
        parts: list[bytes] = []
        reply = sent(self._door, request, parts.append)
        return Reply(
            status=reply.status,
            url=reply.url,
            headers=reply.headers,
            body=b"".join(parts) or reply.body,
            received=reply.received,
        )
