"""What an object's metadata says of the file in it, so that nothing has to be downloaded to know it.

It comes and goes with the bytes: whoever replaces an object by another program replaces its metadata, too.
"""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass

from cloudcrate.adapters.library.objects.bucket import Held
from cloudcrate.adapters.library.verify import CONTAINERS
from cloudcrate.core.model import StoredFile, TrackId

TRACK, SHA256, FORMAT, BITRATE, SECONDS, FROM, COPY = (
    f"cloudcrate-{name}" for name in ("track", "sha256", "format", "bitrate", "seconds", "from", "copy")
)
"""Names in the user metadata: ``x-amz-meta-cloudcrate-track``."""

KINDS = {
    "mp3": "audio/mpeg", "m4a": "audio/mp4", "flac": "audio/flac",
    "wav": "audio/wav", "aiff": "audio/aiff", "opus": "audio/ogg",
}  # fmt: skip
"""The media types of what a library holds."""

_NUMBER = re.compile(r"[0-9]{1,15}", re.ASCII)
_DECIMAL = re.compile(r"[0-9]{1,9}(\.[0-9]{1,6})?", re.ASCII)
_DIGEST = re.compile(r"[0-9a-f]{64}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """What is known of the file in an object."""

    track_id: TrackId | None
    file: StoredFile  # as its object has it


def metadata_of(file: StoredFile, track_id: TrackId | None) -> dict[str, str]:
    """The metadata of a file of the library."""
    told = {SHA256: file.sha256, FORMAT: file.format, BITRATE: str(file.bitrate), SECONDS: f"{file.seconds:.3f}"}
    return told if track_id is None else {TRACK: str(track_id), **told}


def read(held: Held) -> Note | None:
    """What an object's metadata says; None when it is not all there, or cannot be of these bytes.

    Anybody may have written it: nothing in it is believed that does not look as we write it.
    """
    told = held.metadata
    track, digest, form = told.get(TRACK, ""), told.get(SHA256, ""), told.get(FORMAT, "")
    bitrate, seconds = told.get(BITRATE, ""), told.get(SECONDS, "")
    if form not in CONTAINERS or not _DIGEST.fullmatch(digest) or held.sha256 not in ("", digest):
        return None
    if not _NUMBER.fullmatch(bitrate) or not _DECIMAL.fullmatch(seconds) or not (not track or _NUMBER.fullmatch(track)):
        return None
    file = StoredFile(
        path=held.key, size=held.size, sha256=digest, format=form, bitrate=int(bitrate), seconds=float(seconds)
    )
    return Note(track_id=TrackId(int(track)) if track else None, file=file)


def came_from(key: str) -> dict[str, str]:
    """What a copy says of where it was moved from: a key may be too long for a header, and is not ASCII."""
    return {FROM: hashlib.sha256(key.encode()).hexdigest()}


def without_origin(metadata: Mapping[str, str]) -> dict[str, str]:
    """The metadata without what only a move that is under way needs."""
    return {name: text for name, text in metadata.items() if name != FROM}
