"""Says whether a file is the whole track: container, full decode, measured duration.

Headers lie about length when a file is cut (measured: mp3 with a Xing header, m4a, flac, wav, aiff), so
the length is that of the decoded sound.
"""

from pathlib import Path

from cloudcrate.adapters.library.ffmpeg import Ffmpeg
from cloudcrate.errors import DamagedError

CONTAINERS = ("mp3", "m4a", "flac", "wav", "aiff", "opus")
"""What a library's file may be. A file's suffix is its container's name behind a dot."""

HEAD = 4096
"""Bytes of a file that are enough to say what it is."""

PREVIEW = 30.0
"""Seconds of what SoundCloud gives of a track that may not be heard whole."""

RATES = {3: (44100, 48000, 32000), 2: (22050, 24000, 16000), 0: (11025, 12000, 8000)}
"""Samples per second, by version (ISO 11172-3 and 13818-3) and by what the header says."""

_KILOBITS = {
    True: (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    False: (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}
"""Layer III, by MPEG 1 or not (ISO 11172-3 and 13818-3)."""

_LONGEST_FRAME = 1441

_FOREIGN = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"PK\x03\x04")
"""What could hold two bytes that look like a frame of mp3: pictures and archives."""

_PICTURES = (b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"mif1", b"msf1", b"avif", b"avis")
"""The brands of MP4 (ISO 14496-12) that are pictures."""

_WHOLE = {b"RIFF": "wav", b"RF64": "wav", b"FORM": "aiff"}
_KINDS = {"wav": (b"WAVE",), "aiff": (b"AIFF", b"AIFC")}


def tolerance(seconds: float) -> float:
    """How far a measured length may be from SoundCloud's ``full_duration``: max(0.5 s, min(0.3 %, 2 s))."""
    return max(0.5, min(0.003 * seconds, 2.0))


def sniff(head: bytes) -> str | None:
    """The container by its first bytes (``HEAD`` are enough): one of ``CONTAINERS``, or None.

    Never by what a server says. A page or an error in JSON is never taken for audio: a frame begins with
    0xFF, which no text in UTF-8 holds. What follows an ID3 tag is mp3 unless it is seen to be FLAC.
    """
    if head[:4] == b"fLaC" or head[id3_length(head) :][:4] == b"fLaC":
        return "flac"
    if head[:4] in _WHOLE:
        container = _WHOLE[head[:4]]
        return container if head[8:12] in _KINDS[container] else None
    if head[:4] == b"OggS":
        return "opus" if _first_packet(head)[:8] == b"OpusHead" else None
    if head[:4] in _FOREIGN or head[:3] in _FOREIGN:
        return None
    if head[4:8] in (b"ftyp", b"styp", b"moof", b"sidx"):
        return None if head[8:12] in _PICTURES else "m4a"
    if head[:3] == b"ID3" or _frames_begin(head):
        return "mp3"
    return None


def id3_length(head: bytes) -> int:
    """The bytes of the ID3v2 tag that begins here, its header and footer included; 0 when none does."""
    if head[:3] != b"ID3" or len(head) < 10:
        return 0
    size = sum((byte & 0x7F) << shift for byte, shift in zip(head[6:10], (21, 14, 7, 0), strict=True))
    return 10 + size + (10 if head[5] & 0x10 else 0)


def _first_packet(page: bytes) -> bytes:
    """What an Ogg page (RFC 3533) carries: behind 27 bytes, the last of which counts the segments' lengths."""
    return page[27 + page[26] :] if len(page) > 26 else b""


def frame_length(head: bytes) -> int:
    """The bytes of the MPEG audio layer III frame whose header this is; 0 when it is none."""
    if len(head) < 4 or head[0] != 0xFF or head[1] & 0xE6 != 0xE2:
        return 0
    version, rate, kilobits = head[1] >> 3 & 3, head[2] >> 2 & 3, head[2] >> 4
    if version not in RATES or rate == 3 or kilobits in (0, 15):
        return 0
    factor = 144_000 if version == 3 else 72_000
    return factor * _KILOBITS[version == 3][kilobits] // RATES[version][rate] + (head[2] >> 1 & 1)


def _frames_begin(head: bytes) -> bool:
    """Says whether a frame begins early on and another follows it, or the end."""
    for start in range(min(len(head), 2 * _LONGEST_FRAME)):
        length = frame_length(head[start : start + 4])
        if length and (start + length >= len(head) or frame_length(head[start + length : start + length + 4])):
            return True
    return False


def segment(body: bytes) -> tuple[str, bytes]:
    """A segment's container, and its bytes without an ID3 tag (RFC 8216 lets packed audio begin with one).

    Raises: DamagedError (not audio, or an MP4 box that is cut).
    """
    container = "opus" if body[:4] == b"OggS" else sniff(body[:HEAD])
    if container not in ("mp3", "m4a", "opus"):
        raise DamagedError(f"is not audio ({len(body)} bytes that begin with {body[:8]!r})")
    if container == "m4a" and not _boxes_are_whole(body):
        raise DamagedError(f"is cut off after {len(body)} bytes")
    return container, body[id3_length(body) :]


def _boxes_are_whole(body: bytes) -> bool:
    """Walks the top boxes of an MP4: the last one must end where the bytes do."""
    at = 0
    while at < len(body):
        size = int.from_bytes(body[at : at + 4])
        if size == 1:
            size = int.from_bytes(body[at + 8 : at + 16])
        if size < 8 or at + size > len(body):
            return False
        at += size
    return True


def container_of(path: Path) -> str:
    """The container of a file. Raises: DamagedError when it is none of ``CONTAINERS``."""
    with path.open("rb") as file:
        head = file.read(HEAD)
        file.seek(id3_length(head))  # a tag with a picture is longer than the head
        behind = file.read(4)
    container = "flac" if behind == b"fLaC" else sniff(head)
    if container is not None:
        return container
    if head[:4] == b"OggS" and _first_packet(head)[:7] == b"\x01vorbis":
        raise DamagedError("What arrived is Ogg Vorbis; of Ogg only Opus is taken.")
    size = path.stat().st_size
    raise DamagedError(
        f"What arrived is neither mp3 nor m4a, flac, wav, aiff or Ogg Opus ({size} bytes that begin with {head[:8]!r})."
    )


def verify(ffmpeg: Ffmpeg, path: Path, container: str, expected_seconds: float) -> float:
    """Decodes a whole file and answers with the measured seconds.

    What is missing beyond the tolerance is found in every container. Damage inside is found where the format has
    checksums (flac, opus) or a syntax to break (mp3, m4a: most of it). wav and aiff are bare samples:
    any bytes in the middle decode, and the damage cannot be seen here.

    Raises: DamagedError that says what is wrong.
    """
    decoded = ffmpeg.decode(path, container, expected_seconds=expected_seconds)
    if decoded.errors:
        raise DamagedError(f"The audio is damaged: {decoded.errors[0]}.")
    off = decoded.seconds - expected_seconds
    if abs(off) <= tolerance(expected_seconds):
        return decoded.seconds
    if off < 0 and abs(decoded.seconds - PREVIEW) <= 1.0:
        raise DamagedError(f"This is the 30 s preview of a track of {expected_seconds:.1f} s.")
    raise DamagedError(
        f"The audio is {abs(off):.1f} s {'shorter' if off < 0 else 'longer'} than the track "
        f"({decoded.seconds:.1f} of {expected_seconds:.1f} s)."
    )
