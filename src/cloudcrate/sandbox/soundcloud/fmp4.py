"""Fragmented MP4 with one AAC track: the initialisation segment and media segments (ISO 14496-12)."""

import struct
from collections.abc import Sequence

from cloudcrate.sandbox.soundcloud.audio import AAC_SAMPLES, RATE

_MATRIX = struct.pack(">9I", 0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000)
_CONFIG = b"\x12\x10"  # AudioSpecificConfig: AAC-LC, 44.1 kHz, two channels (ISO 14496-3)


def _box(kind: bytes, *parts: bytes) -> bytes:
    body = b"".join(parts)
    return struct.pack(">I", 8 + len(body)) + kind + body


def _full(kind: bytes, flags: int, *parts: bytes, version: int = 0) -> bytes:
    return _box(kind, struct.pack(">I", version << 24 | flags), *parts)


def init_segment() -> bytes:
    """What goes before the media segments."""
    handler = _full(b"hdlr", 0, bytes(4), b"soun", bytes(12), b"sound\0")
    media_header = _full(b"mdhd", 0, struct.pack(">IIIIHH", 0, 0, RATE, 0, 0x55C4, 0))
    reference = _box(b"dinf", _full(b"dref", 0, struct.pack(">I", 1), _full(b"url ", 1)))
    empty = [_full(kind, 0, bytes(4)) for kind in (b"stts", b"stsc", b"stco")] + [_full(b"stsz", 0, bytes(8))]
    table = _box(b"stbl", _full(b"stsd", 0, struct.pack(">I", 1), _sample_entry()), *empty)
    information = _box(b"minf", _full(b"smhd", 0, bytes(4)), reference, table)
    header = _full(
        b"tkhd",
        7,
        struct.pack(">IIIII", 0, 0, 1, 0, 0),
        bytes(8),
        struct.pack(">HHHH", 0, 0, 0x100, 0),
        _MATRIX,
        bytes(8),
    )
    track = _box(b"trak", header, _box(b"mdia", media_header, handler, information))
    movie = _full(
        b"mvhd",
        0,
        struct.pack(">IIIIIH", 0, 0, 1000, 0, 0x10000, 0x100),
        bytes(10),
        _MATRIX,
        bytes(24),
        struct.pack(">I", 2),
    )
    extends = _box(b"mvex", _full(b"trex", 0, struct.pack(">IIIII", 1, 1, AAC_SAMPLES, 0, 0)))
    return _box(b"ftyp", b"iso5", struct.pack(">I", 512), b"iso5iso6mp41") + _box(b"moov", movie, track, extends)


def _sample_entry() -> bytes:
    specific = b"\x05" + bytes([len(_CONFIG)]) + _CONFIG
    decoder = (
        b"\x04" + bytes([13 + len(specific)]) + struct.pack(">BBBHII", 0x40, 0x15, 0, 0, 160_000, 160_000) + specific
    )
    stream = struct.pack(">HB", 1, 0) + decoder + b"\x06\x01\x02"
    descriptor = _full(b"esds", 0, b"\x03" + bytes([len(stream)]) + stream)
    sound = struct.pack(">HHII", 2, 16, 0, RATE << 16)
    return _box(b"mp4a", bytes(6), struct.pack(">H", 1), bytes(8), sound, descriptor)


def media_segment(number: int, first_frame: int, frames: Sequence[bytes]) -> bytes:
    """One segment: its frames, and when they play. ``number`` counts from 1."""
    sizes = struct.pack(f">{len(frames)}I", *map(len, frames))
    decode_time = _full(b"tfdt", 0, struct.pack(">Q", first_frame * AAC_SAMPLES), version=1)
    header = _full(b"tfhd", 0x020000, struct.pack(">I", 1))
    sequence = _full(b"mfhd", 0, struct.pack(">I", number))

    def fragment(offset: int) -> bytes:
        run = _full(b"trun", 0x000201, struct.pack(">Ii", len(frames), offset), sizes)
        return _box(b"moof", sequence, _box(b"traf", header, decode_time, run))

    offset = len(fragment(0)) + 8  # the data begins behind the header of mdat
    return fragment(offset) + _box(b"mdat", *frames)
