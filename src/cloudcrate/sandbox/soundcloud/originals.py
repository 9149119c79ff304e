"""The files that uploaders put up: of several formats, decided by the track's id, all of the same sound."""

import re
import struct
import tempfile
from array import array
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from urllib.parse import quote

from cloudcrate.sandbox.soundcloud import audio
from cloudcrate.sandbox.soundcloud.world import SandboxTrack

FORMATS = ("mp3", "wav", "wav24", "aiff", "flac")
"""The format of a track is the one at its id modulo five; ``wav`` is of 16 bits."""

_TYPES = {
    "mp3": "audio/mpeg",
    "wav": "audio/x-wav",
    "wav24": "audio/x-wav",
    "aiff": "audio/x-aiff",
    "flac": "audio/flac",
}
_RATE_EXTENDED = bytes.fromhex("400eac44000000000000")  # 44,100 as the 80-bit number that AIFF wants


@dataclass(frozen=True, slots=True, kw_only=True)
class Original:
    """A file and what its delivery host says about it."""

    data: bytes
    mime: str
    disposition: str


def original(track: SandboxTrack) -> Original:
    """The file of a track."""
    form = format_of(track)
    return Original(data=_made(form, track.id, track.seconds), mime=_TYPES[form], disposition=_disposition(track))


def format_of(track: SandboxTrack) -> str:
    """One of ``FORMATS``."""
    return FORMATS[track.id % len(FORMATS)]


def ending(track: SandboxTrack) -> str:
    """How the file's name ends."""
    return format_of(track).removesuffix("24")


def _disposition(track: SandboxTrack) -> str:
    """The name under which a browser would save the file: plain, and as RFC 6266 has it for every other script."""
    plain = re.sub(r"[^ A-Za-z0-9_()-]", "_", track.title)
    encoded = quote(f"{track.title}.{ending(track)}", safe="", errors="replace")
    return f"attachment; filename=\"{plain}.{ending(track)}\"; filename*=UTF-8''{encoded}"


@lru_cache(maxsize=16)
def _made(form: str, key: int, seconds: float) -> bytes:
    match form:
        case "wav":
            return audio.wav(key, seconds)
        case "wav24":
            return audio.riff(_in_24_bits(audio.pcm(key, seconds)), bits=24)
        case "aiff":
            return _aiff(audio.pcm(key, seconds))
        case "flac":
            return _flac(audio.wav(key, seconds))
        case _:
            return audio.mp3(key, seconds)


def _in_24_bits(pcm: bytes) -> bytes:
    """16-bit samples with a third byte below, which is not always zero."""
    wide = bytearray(len(pcm) // 2 * 3)
    wide[0::3], wide[1::3], wide[2::3] = pcm[0::2], pcm[0::2], pcm[1::2]
    return bytes(wide)


def _aiff(pcm: bytes) -> bytes:
    samples = array("h", pcm)
    samples.byteswap()
    sound = struct.pack(">II", 0, 0) + samples.tobytes()
    common = struct.pack(">hIh", 2, len(pcm) // 4, 16) + _RATE_EXTENDED
    chunks = b"COMM" + struct.pack(">I", len(common)) + common + b"SSND" + struct.pack(">I", len(sound)) + sound
    return b"FORM" + struct.pack(">I", 4 + len(chunks)) + b"AIFF" + chunks


def _flac(wav: bytes) -> bytes:
    """Into a file, not a pipe: only there its head gets the length and the checksum of the sound."""
    with tempfile.TemporaryDirectory(prefix="cloudcrate-sandbox-") as folder:
        path = Path(folder) / "original.flac"
        words = ["-f", "wav", "-i", "pipe:0", "-c:a", "flac", "-compression_level", "0", "-map_metadata", "-1"]
        audio.ffmpeg([*words, "-fflags", "+bitexact", "-flags:a", "+bitexact", str(path)], wav)
        return path.read_bytes()
