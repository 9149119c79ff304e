"""Brings a stream's bytes into a staging file: whole, counted, and only from SoundCloud's hosts.

A transfer that broke off leaves its part and its note where they are (see ``partial``), and the next one to the
same target goes on from there, as far as the server's bytes are still the same ones.
"""

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import BinaryIO

from cloudcrate.adapters.http import MEDIA_HOSTS, Door, Outgoing
from cloudcrate.adapters.http_address import host_of
from cloudcrate.adapters.library.fetch_hls import MAX_BYTES, Segments
from cloudcrate.adapters.library.frames import trim
from cloudcrate.adapters.library.partial import Notebook, Progressive, validator_of
from cloudcrate.adapters.library.tag import picture_kind
from cloudcrate.adapters.library.transfer import EXPIRED, Links, check_whole, outgoing, sent
from cloudcrate.core.model import Protocol, TrackId
from cloudcrate.core.quality import ORIGINAL
from cloudcrate.errors import CloudcrateError, DamagedError, StoppedError, UnavailableError
from cloudcrate.ports.world import Media

RANGE_REFUSED = (400, 412, 416)
"""Answers to a request for the rest, after which the whole is asked for."""

_CONTENT_RANGE = re.compile(r"bytes (\d{1,15})-(\d{1,15})/(\d{1,15}|\*)", re.ASCII)


class _OtherBytesError(Exception):
    """The rest that the server sends does not belong to the bytes that are there."""


def fetch(
    door: Door,
    media: Callable[[], Media],
    target: Path,
    expected_seconds: float,
    track_id: TrackId,
) -> None:
    """Writes the stream that ``media`` names to ``target``, or the rest of it when a part of it is there.

    When everything has arrived the note is gone: a file that then proves to be damaged is fetched from its
    beginning. After an error ``target`` and its note are left for the caller to fetch again, ``partial.keep`` or
    ``partial.forget``.

    Raises: DamagedError, UnavailableError, StreamGoneError, RefusedError (a host that is not allowed),
    OSError from the disk.
    """
    links = Links(media)
    notebook = Notebook(target, track_id, links.newest.stream.preset)
    with target.open("r+b" if target.exists() else "w+b") as file:
        if links.newest.stream.protocol is Protocol.HLS:
            Segments(door, links, notebook, expected_seconds).write_to(file)
            notebook.drop()
        else:
            _Progressive(door, links, notebook, file).write(deadline=120 + 2 * expected_seconds)
            notebook.drop()
            if links.newest.stream.preset != ORIGINAL:  # whose frames may have anything between them
                trim(file)


class _Progressive:
    """A stream in one piece."""

    def __init__(self, door: Door, links: Links, notebook: Notebook, file: BinaryIO) -> None:
        self._door = door
        self._links = links
        self._notebook = notebook
        self._file = file
        self._known: Progressive | None = None  # what the first ``_start`` bytes are
        self._start = 0
        self._end: int | None = None  # of the bytes that are coming, as far as a 206 told it
        self._look()

    def write(self, *, deadline: float) -> None:
        """Writes the rest, or everything. A link that has expired is renewed."""
        while True:
            try:
                reply = sent(self._door, self._request(deadline), self._file.write)
            except _OtherBytesError:
                self._start_anew()
                continue
            if reply.status in EXPIRED:
                self._links.renew()
            elif reply.status in RANGE_REFUSED and self._known is not None:
                self._start_anew()  # the next request has no range: it cannot come here again
            else:
                break
        check_whole(reply, part=self._known is not None)
        host = host_of(reply.url)
        arrived = self._start + reply.received
        if self._end is not None and arrived != self._end:
            raise DamagedError(f"{host} sent {arrived} of {self._end} bytes.")
        if self._end is None and not {"content-length", "transfer-encoding"} & reply.headers.keys():
            # Of a stream in one piece nothing else tells a cut at a frame's end, just before the end.
            raise DamagedError(f"{host} did not say how long the audio is, so it may be cut off.")

    def _look(self) -> None:
        """Finds out what is there. When that is everything its last byte is asked for again, to be told so."""
        state, size = self._notebook.read(), self._file.seek(0, 2)
        if isinstance(state, Progressive) and 0 < size <= (state.total or size):
            self._known = state
            self._start = size if state.total is None else min(size, state.total - 1)
        if self._start == 0:
            self._start_anew()

    def _start_anew(self) -> None:
        self._known, self._start, self._end = None, 0, None
        self._notebook.drop()  # first the note, then the bytes: never a note of bytes that are not there
        self._file.seek(0)
        self._file.truncate()

    def _request(self, deadline: float) -> Outgoing:
        known = self._known
        return outgoing(
            self._links.newest.url,
            deadline=deadline,
            max_bytes=MAX_BYTES - self._start,
            headers={} if known is None else {"Range": f"bytes={self._start}-", "If-Range": known.validator},
            answered=self._begin,
        )

    def _begin(self, status: int, headers: Mapping[str, str]) -> None:
        """Makes the file ready for the body that is coming. Raises: _OtherBytesError."""
        if status == 206 and self._known is not None:
            self._end = _end_of_rest(headers, self._known, self._start)
            self._file.seek(self._start)
            self._file.truncate()
            return
        self._start_anew()
        validator = validator_of(headers)
        if status == 200 and validator is not None:
            length = headers.get("content-length", "")
            total = int(length) if re.fullmatch(r"[1-9]\d{0,14}", length, re.ASCII) else None
            self._notebook.write(Progressive(validator=validator, total=total))


def _end_of_rest(headers: Mapping[str, str], known: Progressive, start: int) -> int:
    """Where the whole ends of which a 206 sends the rest; of unknown length, where the rest ends.

    Raises: _OtherBytesError unless range, total and validator are stated and are the right ones.
    """
    span = _CONTENT_RANGE.fullmatch(headers.get("content-range", ""))
    if span is None or int(span.group(1)) != start or validator_of(headers) != known.validator:
        raise _OtherBytesError
    last, total = int(span.group(2)), None if span.group(3) == "*" else int(span.group(3))
    if known.total is not None and total != known.total:
        raise _OtherBytesError
    end = last + 1 if total is None else total
    if not start <= last < end:
        raise _OtherBytesError
    return end


def artwork(door: Door, url: str | None, *, max_bytes: int) -> bytes | None:
    """A picture, or None when it cannot be had: a track does not fail for its picture."""
    if url is None:
        return None
    request = Outgoing(method="GET", url=url, hosts=MEDIA_HOSTS, deadline=30, max_bytes=max_bytes)

    def picture() -> bytes | None:
        reply = door.send(request)
        if reply.status == 429 or reply.status >= 500:
            raise UnavailableError(f"{host_of(url)} answered {reply.status}.")
        if reply.status == 200 and picture_kind(reply.body) is None:
            raise UnavailableError(f"What {host_of(url)} sent is not a picture, or cut off.")
        return reply.body if reply.status == 200 else None

    try:
        return door.retried(picture)
    except StoppedError:
        raise
    except CloudcrateError:
        return None
