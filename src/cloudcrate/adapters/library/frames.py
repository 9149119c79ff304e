"""Looks into the pieces of streams, for what a decoder passes over in silence.

MP3 is walked frame by frame: every byte of SoundCloud's streams belongs to a frame, and a piece ends with one.

That is so for what was recorded of its segments (their byte ranges are sums of frames, and their EXTINF those
frames' seconds), and it tells of bytes put in or left out, a header that is gone, a cut inside the last frame. The
fragments of an MP4 say when they begin, and the pages of an Ogg stream are numbered: pieces that are missing, come
twice or are exchanged do not follow each other.
"""

import mmap
from dataclasses import dataclass
from typing import BinaryIO

from cloudcrate.adapters.library.verify import HEAD, RATES, frame_length, id3_length, sniff
from cloudcrate.errors import DamagedError


@dataclass(frozen=True, slots=True, kw_only=True)
class Walk:
    """What the frames come to."""

    seconds: float
    end: int  # where the last one ends


def walk(sound: "bytes | mmap.mmap", start: int = 0) -> Walk:
    """Walks the frames from ``start`` to the first byte that begins none. Raises: DamagedError (a frame is cut)."""
    at, seconds = start, 0.0
    while length := frame_length(head := sound[at : at + 4]):
        if at + length > len(sound):
            raise DamagedError("ends inside a frame")
        version = head[1] >> 3 & 3
        seconds += (1152 if version == 3 else 576) / RATES[version][head[2] >> 2 & 3]
        at += length
    return Walk(seconds=seconds, end=at)


def walk_piece(sound: bytes) -> float:
    """The seconds of a piece that is frames from end to end. Raises: DamagedError."""
    found = walk(sound)
    if found.end != len(sound):
        raise DamagedError(f"has bytes that belong to no frame, from {found.end} of {len(sound)} on")
    return found.seconds


def trim(file: BinaryIO) -> None:
    """Walks a whole file, and cuts off the little that may follow its last frame (a tag, padding).

    Raises: DamagedError when frames are cut, or are not all in one row. A file that is no MP3 is left alone.
    """
    file.flush()
    with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as sound:
        start, size = id3_length(sound[:10]), len(sound)
        if sniff(sound[start : start + HEAD]) != "mp3":
            return
        try:
            end = walk(sound, start).end
        except DamagedError as error:
            raise DamagedError(f"The audio {error.message}.") from error
        if size - end > HEAD or sniff(sound[end:]) is not None:
            raise DamagedError(f"The audio is damaged: bytes that belong to no frame, from {end} of {size} on.")
    file.truncate(end)


# --- fragments of MP4 (ISO 14496-12) --------------------------------------------------------


def timescale(init: bytes) -> int | None:
    """The units of a second in which an initialisation segment counts; None when it does not say."""
    header = _box(init, (b"moov", b"trak", b"mdia", b"mdhd"))
    if header is None or len(header) < 24:
        return None
    return int.from_bytes(header[20:24] if header[0] else header[12:16]) or None


def begins_at(fragment: bytes) -> int | None:
    """When a fragment begins, in units of its stream; None when it does not say."""
    time = _box(fragment, (b"moof", b"traf", b"tfdt"))
    if time is None or len(time) < 8:
        return None
    return int.from_bytes(time[4:12] if time[0] else time[4:8])


def _box(body: bytes, path: tuple[bytes, ...]) -> bytes | None:
    """What is in the first box of that kind, in the first one of that, and so on."""
    at = 0
    while at + 8 <= len(body):
        size = int.from_bytes(body[at : at + 4])
        inner, end = at + 8, at + size
        if size == 1:
            inner, end = at + 16, at + int.from_bytes(body[at + 8 : at + 16])
        if end < inner:
            return None
        if body[at + 4 : at + 8] == path[0]:
            found = body[inner:end]
            return found if len(path) == 1 else _box(found, path[1:])
        at = end
    return None


# --- pages of Ogg (RFC 3533) ----------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Pages:
    """The pages of a piece: whose they are, the number of the first, and the one that has to follow."""

    serial: int
    first: int
    following: int


def pages(piece: bytes) -> Pages:
    """Walks a piece that is pages from end to end, of one stream, in order. Raises: DamagedError."""
    found: Pages | None = None
    at = 0
    while at < len(piece):
        head = piece[at : at + 27]
        lengths = piece[at + 27 : at + 27 + (head[26] if len(head) == 27 else 0)]
        size = 27 + len(lengths) + sum(lengths)
        if head[:4] != b"OggS" or at + size > len(piece):
            raise DamagedError(f"is cut off after {len(piece)} bytes")
        serial, number = int.from_bytes(head[14:18], "little"), int.from_bytes(head[18:22], "little")
        if found is not None and (serial, number) != (found.serial, found.following):
            raise DamagedError("has pages that do not follow each other")
        found = Pages(serial=serial, first=number if found is None else found.first, following=number + 1)
        at += size
    if found is None:
        raise DamagedError("is empty")
    return found
