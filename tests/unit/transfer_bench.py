"""Transfers on a bench: one target that is fetched again and again, and a server that breaks off."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest
from library_bench import MP3, SECONDS, Bench, mp3

from cloudcrate.adapters.library.fetch import fetch
from cloudcrate.adapters.library.partial import note_path
from cloudcrate.core.model import Stream, TrackId
from cloudcrate.errors import DamagedError, UnavailableError

OLD, NEW = '"v1"', '"v2"'
DATE, MADE = "Thu, 26 Nov 2026 12:00:00 GMT", "Mon, 02 Mar 2026 08:30:00 GMT"
CUT = 20_000


@dataclass
class Server:
    """A server of one file, that keeps to RFC 9110 as far as its fields do not tell it otherwise."""

    body: bytes = field(default_factory=mp3)
    headers: dict[str, str] = field(default_factory=lambda: {"etag": OLD})
    cut: int | None = None  # an answer breaks off after so many bytes
    ranges: bool = True
    instead: list[httpx.Response] = field(default_factory=list)  # answers to the next requests for a rest
    asked: list[tuple[str | None, str | None]] = field(default_factory=list)  # Range, If-Range
    sent: int = 0

    def __call__(self, request: httpx.Request) -> httpx.Response:
        span, condition = request.headers.get("range"), request.headers.get("if-range")
        self.asked.append((span, condition))
        if span is not None and self.instead:
            return self.instead.pop(0)
        if span is None or not self.ranges or condition not in (None, *self.headers.values()):
            return self.answer(200, self.body)
        start = int(span.removeprefix("bytes=").removesuffix("-"))
        if start >= len(self.body):
            return httpx.Response(416, headers={"content-range": f"bytes */{len(self.body)}"})
        stated = f"bytes {start}-{len(self.body) - 1}/{len(self.body)}"
        return self.answer(206, self.body[start:], {"content-range": stated})

    def answer(self, status: int, body: bytes, more: Mapping[str, str] | None = None) -> httpx.Response:
        headers = {**self.headers, "content-length": str(len(body)), **(more or {})}
        return httpx.Response(status, headers=headers, stream=Cut(self, body, self.cut))


class Cut(httpx.SyncByteStream):
    """A body that may break off."""

    def __init__(self, server: Server, body: bytes, cut: int | None) -> None:
        self._server, self._body, self._cut = server, body, cut

    def __iter__(self) -> Iterator[bytes]:
        whole = self._body if self._cut is None else self._body[: self._cut]
        for start in range(0, len(whole), 7_000):
            self._server.sent += len(whole[start : start + 7_000])
            yield whole[start : start + 7_000]
        if self._cut is not None:
            raise httpx.ReadError("broken")


@dataclass
class Transfer:
    """One target that is fetched again and again."""

    bench: Bench
    server: Server
    target: Path

    def fetch(self, stream: Stream = MP3, *, track_id: int = 7) -> bytes:
        fetch(self.bench.door, lambda: self.bench.media(stream), self.target, SECONDS, TrackId(track_id))
        assert not note_path(self.target).exists()
        return self.target.read_bytes()

    def breaks(self, stream: Stream = MP3, kind: type[UnavailableError] = DamagedError) -> str:
        with pytest.raises(kind) as caught:
            self.fetch(stream)
        return caught.value.message

    def broken(self, at: int = CUT) -> "Transfer":
        """Broken off at a byte; the server is well again, and has forgotten it."""
        self.server.cut = at
        assert "broke off after" in self.breaks()
        self.server.cut, self.server.sent = None, 0
        self.server.asked.clear()
        return self

    def note(self) -> dict[str, object]:
        found = json.loads(note_path(self.target).read_text())
        assert isinstance(found, dict)
        return found


def transfer_in(folder: Path) -> Transfer:
    bench, server = Bench(folder / "library"), Server()
    bench.wire.answer = server
    return Transfer(bench, server, folder / "X.part")


def hls_transfer(folder: Path) -> Transfer:
    transfer = transfer_in(folder)
    transfer.bench.wire.answer = transfer.bench.site
    return transfer
