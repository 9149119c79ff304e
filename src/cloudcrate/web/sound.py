"""A track's file for a player. Plain functions that block; nothing but a track's id names a file."""

from dataclasses import dataclass
from pathlib import PurePosixPath
from urllib.parse import quote

from cloudcrate.app.desk import Desk
from cloudcrate.app.listening import Audio
from cloudcrate.core.model import TrackId
from cloudcrate.errors import DamagedError

PIECE = 1024 * 1024
"""Bytes that are read at once."""

KINDS = {
    "mp3": "audio/mpeg",
    "m4a": "audio/mp4",
    "flac": "audio/flac",
    "wav": "audio/wav",
    "aiff": "audio/aiff",
    "opus": "audio/ogg",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Sound:
    """What is told of a file before its bytes."""

    size: int
    etag: str
    kind: str
    disposition: str


def sound_of(desk: Desk, track_id: TrackId) -> Sound:
    """A track's file as it is now. Raises: NotFoundError when there is none."""
    with desk.reading() as service:
        audio = service.audio(track_id)
    return Sound(
        size=audio.size,
        etag=f'"{audio.file.sha256[:32]}-{audio.size}"',
        kind=KINDS.get(audio.file.format, "application/octet-stream"),
        disposition=_disposition(audio),
    )


def piece_of(desk: Desk, track_id: TrackId, start: int, end: int) -> bytes:
    """The bytes of a part, or its beginning. Raises: DamagedError when the file has become shorter."""
    with desk.reading() as service:
        piece = service.audio(track_id).read(start, min(PIECE, end - start))
    if not piece:
        raise DamagedError(f"The file of track {track_id} has become shorter meanwhile.")
    return piece


def _disposition(audio: Audio) -> str:
    """Shown, not saved; under its own name when it is (RFC 6266)."""
    suffix = audio.file.format if audio.file.format.isalnum() and audio.file.format.isascii() else "bin"
    name = quote(PurePosixPath(audio.file.path).name, safe="", errors="replace")
    return f"inline; filename=\"track-{audio.track_id}.{suffix}\"; filename*=UTF-8''{name}"
