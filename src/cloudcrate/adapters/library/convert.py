"""Writes a track's sound in another format: what DJ programs and players read, bit for bit where it can be.

Tags are not carried over (ffmpeg moves the ones of DJs to other fields); they are written afterwards.
"""

import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from mutagen.flac import FLAC
from mutagen.mp3 import MP3
from mutagen.mp4 import MP4
from mutagen.oggopus import OggOpus

from cloudcrate.adapters.library.disk import disk_errors
from cloudcrate.adapters.library.ffmpeg import Ffmpeg
from cloudcrate.adapters.library.tag import UNREADABLE
from cloudcrate.adapters.library.verify import container_of, verify
from cloudcrate.errors import DamagedError, RefusedError

CONTAINER_OF = {"aiff": "aiff", "wav": "wav", "flac": "flac", "alac": "m4a", "mp3": "mp3", "m4a": "m4a"}
"""What a track can be converted to, and the container that makes."""

LOSSLESS = ("aiff", "wav", "flac", "alac")

_ENCODERS = {
    ("aiff", 16): ("-c:a", "pcm_s16be"),
    ("aiff", 24): ("-c:a", "pcm_s24be"),
    ("wav", 16): ("-c:a", "pcm_s16le"),
    ("wav", 24): ("-c:a", "pcm_s24le"),
    ("flac", 16): ("-c:a", "flac", "-sample_fmt", "s16"),
    ("flac", 24): ("-c:a", "flac", "-sample_fmt", "s32"),  # ffmpeg's encoders keep the upper 24 bits of it
    ("alac", 16): ("-c:a", "alac", "-sample_fmt", "s16p"),
    ("alac", 24): ("-c:a", "alac", "-sample_fmt", "s32p"),
}
_LOSSY_ENCODERS = {
    "mp3": ("-c:a", "libmp3lame", "-b:a", "320k"),
    "m4a": ("-c:a", "aac", "-b:a", "256k"),
}
_MUXERS = {
    "aiff": ("-f", "aiff"),
    "wav": ("-f", "wav"),
    "flac": ("-f", "flac"),
    "mp3": ("-id3v2_version", "0", "-f", "mp3"),
    "m4a": ("-movflags", "+faststart", "-f", "ipod"),
}

_PCM, _FLOAT, _EXTENSIBLE = 1, 3, 0xFFFE
"""WAVE format tags."""

_AIFF_INTEGERS = (b"NONE", b"twos", b"sowt", b"raw ", b"in24", b"in32", b"42ni", b"23ni")
_AIFF_FLOATS = (b"fl32", b"FL32", b"fl64", b"FL64")
"""The compression types of AIFF-C that compress nothing."""

_MAX_CHUNKS = 1000
"""Looked at before a header is given up: a file of gigabytes can be made of empty ones."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """What a file's header says of its samples."""

    lossless: bool
    bits: int  # that a lossless copy is written with: 16 or 24
    channels: int
    rate: int  # per second
    plain: bool = True  # in the form that every player reads: integers, and named as such


def shape(path: Path, container: str) -> Shape:
    """The samples' shape. Raises: DamagedError when the header cannot be read, OSError from the disk.

    Up to 16 bits are kept as 16, more as 24: of 32-bit integers the lowest 8 bits are lost, and of
    floating point what is finer than 24 bits or above full scale; no DJ player reads those. Lossy sound
    has no depth of its own; it gets 16 bits.
    """
    read = _READERS[container]
    try:
        found = read(path)
    except UNREADABLE as error:
        for cause in error.args:
            if isinstance(cause, OSError) and cause.errno:  # the disk's, which mutagen wraps; its own has no number
                raise cause from error
        raise DamagedError(f"The file's header cannot be read: {error}.") from error
    if found.channels < 1 or found.rate < 1:
        raise DamagedError("The file's header names no channels or no sampling rate.")
    return found


def bit_depth(path: Path, container: str) -> int:
    """The bits per sample that a lossless copy is written with: 16 or 24. Raises: see ``shape``."""
    return shape(path, container).bits


def is_lossless(path: Path, container: str) -> bool:
    """Says whether the sound was never compressed with loss, as far as the format tells. Raises: see ``shape``.

    flac, uncompressed wav and aiff, and m4a that holds ALAC or FLAC.
    """
    return shape(path, container).lossless


def why_not(container: str, *, lossless: bool, to: str, force: bool) -> str | None:
    """The reason why a file is not converted, for its user to read; None when nothing is against it."""
    if to not in CONTAINER_OF:
        return f"There is no conversion to {to}; choose one of {', '.join(CONTAINER_OF)}."
    if lossless or force:
        return None
    worse = "be bigger and sound the same" if to in LOSSLESS else "lose more"
    return f"This {container} is lossy already: as {to} it would {worse} (--convert-lossy does it)."


def convert(ffmpeg: Ffmpeg, source: Path, container: str, target: Path, to: str, expected_seconds: float) -> None:
    """Writes the sound of ``source`` to ``target`` as ``to`` (a key of ``CONTAINER_OF``) and verifies it.

    Lossless targets keep the sampling rate and 16 or 24 bits, see ``shape``; mp3 (320 kbit/s) and m4a (AAC,
    256 kbit/s) get at most 48 kHz. What is at ``target`` is overwritten; it is removed when this fails.
    Ask ``why_not`` first.

    Raises: RefusedError (more than two channels), DamagedError, DiskError.
    """
    with disk_errors(source):
        found = shape(source, container)
    if found.channels > 2:
        raise RefusedError(
            f"The track has {found.channels} channels; only mono and stereo are converted.",
            hint="Mix it down to stereo in an audio editor first, or keep it as it is.",
        )
    made = CONTAINER_OF[to]
    try:
        ffmpeg.encode(source, container, target, _codec(found, to), expected_seconds=expected_seconds)
        with disk_errors(target):
            if to == "wav":
                _name_plain_pcm(target)
            if container_of(target) != made:
                raise DamagedError(f"What was written is not {made}.")
        verify(ffmpeg, target, made, expected_seconds)
    except BaseException:
        target.unlink(missing_ok=True)
        raise


def _codec(found: Shape, to: str) -> tuple[str, ...]:
    muxer = _MUXERS[CONTAINER_OF[to]]
    if to in LOSSLESS:
        return (*_ENCODERS[to, found.bits], *muxer)
    rate = () if found.rate <= 48_000 else ("-ar", "44100" if found.rate % 44_100 == 0 else "48000")
    return (*_LOSSY_ENCODERS[to], *rate, *muxer)


def _name_plain_pcm(path: Path) -> None:
    """Changes the format tag of a WAV from WAVE_FORMAT_EXTENSIBLE to PCM.

    ffmpeg writes the former for 24 bits and for more than 48 kHz, and CDJs refuse it (error E-8305). The
    fields behind it are the same, and its extension is skipped by who reads PCM.
    """
    with path.open("r+b") as file:
        head = file.read(22)
        if head[12:16] == b"fmt " and head[20:22] == struct.pack("<H", _EXTENSIBLE):
            file.seek(20)
            file.write(struct.pack("<H", _PCM))


# --- what headers say -----------------------------------------------------------------------


def _wav_shape(path: Path) -> Shape:
    """By hand: mutagen reads neither RF64 nor what is behind an extensible format."""
    chunk = _chunk(path, b"fmt ", "<")
    named, channels, rate, _, _, bits = struct.unpack_from("<HHIIHH", chunk)
    tag = named
    if tag == _EXTENSIBLE:
        (tag,) = struct.unpack_from("<H", chunk, 24)
    lossless = tag in (_PCM, _FLOAT)
    kept = _kept(bits, lossless=lossless)
    return Shape(lossless=lossless, bits=kept, channels=channels, rate=rate, plain=named == _PCM and bits == kept)


def _aiff_shape(path: Path) -> Shape:
    """By hand: mutagen does not say how an AIFF-C is compressed."""
    chunk = _chunk(path, b"COMM", ">")
    channels, _, bits, exponent, mantissa = struct.unpack_from(">HIHHQ", chunk)
    kind = chunk[18:22] or b"NONE"  # plain AIFF ends before
    lossless = kind in _AIFF_INTEGERS or kind in _AIFF_FLOATS
    kept = 24 if kind in _AIFF_FLOATS else _kept(bits, lossless=lossless)
    plain = kind in _AIFF_INTEGERS and bits == kept
    return Shape(lossless=lossless, bits=kept, channels=channels, rate=_extended(exponent, mantissa), plain=plain)


def _extended(exponent: int, mantissa: int) -> int:
    """A sampling rate as AIFF has it: IEEE 754 extended precision. 0 for what is none."""
    shift = 16383 + 63 - (exponent & 0x7FFF)
    return mantissa >> shift if 0 <= shift < 64 else 0


def _flac_shape(path: Path) -> Shape:
    info = FLAC(path).info
    bits = _kept(info.bits_per_sample, lossless=True)
    return Shape(lossless=True, bits=bits, channels=info.channels, rate=info.sample_rate)


def _m4a_shape(path: Path) -> Shape:
    info = MP4(path).info
    lossless = info.codec in ("alac", "fLaC")
    bits = _kept(info.bits_per_sample, lossless=lossless)
    return Shape(lossless=lossless, bits=bits, channels=info.channels, rate=info.sample_rate)


def _mp3_shape(path: Path) -> Shape:
    info = MP3(path).info
    return Shape(lossless=False, bits=16, channels=info.channels, rate=info.sample_rate)


def _opus_shape(path: Path) -> Shape:
    return Shape(lossless=False, bits=16, channels=OggOpus(path).info.channels, rate=48_000)  # always decoded to that


def _kept(bits: int, *, lossless: bool) -> int:
    return 24 if lossless and bits > 16 else 16


_READERS: dict[str, Callable[[Path], Shape]] = {
    "mp3": _mp3_shape,
    "m4a": _m4a_shape,
    "flac": _flac_shape,
    "wav": _wav_shape,
    "aiff": _aiff_shape,
    "opus": _opus_shape,
}


def _chunk(path: Path, name: bytes, order: str) -> bytes:
    """The first bytes of a chunk of RIFF or IFF. Raises: LookupError when there is none of that name."""
    with path.open("rb") as file:
        for found, size in _chunks(file, order):
            if found == name:
                return file.read(min(size, 64))
    raise LookupError(f"there is no chunk {name!r}")


def _chunks(file: BinaryIO, order: str) -> Iterator[tuple[bytes, int]]:
    """The names and lengths of the chunks; at each the file stands at its content."""
    at = 12
    for _ in range(_MAX_CHUNKS):
        file.seek(at)
        head = file.read(8)
        if len(head) < 8:
            return
        name, size = struct.unpack(f"{order}4sI", head)
        yield name, size
        at += 8 + size + size % 2
