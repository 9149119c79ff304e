"""Says whether a file is the whole track: container, full decode, measured duration.

Headers lie about length when a file is cut (measured: mp3 with a Xing header, m4a, flac, wav), so the
length is that of the decoded sound.
"""

from pathlib import Path

from cloudcrate.adapters.library import ffmpeg
from cloudcrate.errors import DamagedError

DECODE_TIMEOUT = 60.0
"""Seconds, and a tenth of the track's length besides."""


def tolerance(seconds: float) -> float:
    """How far a measured length may be from SoundCloud's ``full_duration``: max(0.5 s, min(0.3 %, 2 s))."""
    return max(0.5, min(0.003 * seconds, 2.0))


def sniff(head: bytes) -> str | None:
    """The container by its first bytes: ``mp3``, ``m4a`` or None. Never by what a server says."""
    if head[4:8] in (b"ftyp", b"styp", b"moof", b"sidx"):
        return "m4a"
    if head[:3] == b"ID3" or (len(head) >= 4 and head[0] == 0xFF and _is_layer_3(head)):
        return "mp3"
    return None


def _is_layer_3(head: bytes) -> bool:
    """An MPEG audio frame header of layer III, with a bit rate and a sampling rate that exist."""
    synced, layer_3 = head[1] & 0xE0 == 0xE0, head[1] & 0x06 == 0x02
    return synced and layer_3 and head[1] & 0x18 != 0x08 and head[2] >> 4 not in (0, 15) and head[2] & 0x0C != 0x0C


def verify(path: Path, expected_seconds: float) -> tuple[str, float]:
    """The container and the measured seconds of a whole track.

    Raises: DamagedError that says what is wrong.
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        head = file.read(16)
    container = sniff(head)
    if container is None:
        raise DamagedError(f"What arrived is not audio ({size} bytes that begin with {head[:8]!r}).")
    decoded = ffmpeg.decode(path, container, timeout=DECODE_TIMEOUT + expected_seconds / 10)
    if decoded.errors:
        raise DamagedError(f"The audio is damaged: {decoded.errors[0][:120]}.")
    off = decoded.seconds - expected_seconds
    if abs(off) > tolerance(expected_seconds):
        kind = "shorter" if off < 0 else "longer"
        raise DamagedError(
            f"The audio is {abs(off):.1f} s {kind} than the track ({decoded.seconds:.1f} of {expected_seconds:.1f} s)."
        )
    return container, decoded.seconds
