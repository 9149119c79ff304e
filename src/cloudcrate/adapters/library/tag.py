"""Writes what is known of a track into its file, and reads what a file says: the door to every format.

Only what ``Tags`` and the picture name is replaced. What other programs keep in a file (cue points, beat
grids, tempo, key, ratings, groupings) stays as it is.
"""

import re
import struct
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Protocol

from mutagen import FileType, MutagenError
from mutagen.flac import FLAC
from mutagen.mp4 import MP4
from mutagen.oggopus import OggOpus

from cloudcrate.adapters.library import tag_id3, tag_mp4, tag_vorbis
from cloudcrate.core.model import TrackId
from cloudcrate.core.tagging import Tags
from cloudcrate.errors import DamagedError

MAX_ARTWORK = 4 * 1024 * 1024  # bytes

UNREADABLE = (
    MutagenError, ValueError, LookupError, TypeError, AttributeError, ArithmeticError, EOFError, RecursionError,
    AssertionError, struct.error,
)  # fmt: skip
"""What mutagen raises on files that were made to hurt, besides its own errors."""

Picture = tuple[bytes, str]
"""A picture and its MIME type."""


class Format(Protocol):
    """What a module of one family of files does."""

    def write(self, path: Path, container: str, tags: Tags, picture: Picture | None, /) -> int:
        """See ``tag.write``."""

    def read(self, path: Path, container: str, /) -> Tags:
        """See ``tag.read``. Raises: UNREADABLE, OSError."""

    def bit_rate(self, path: Path, container: str, /) -> int:
        """See ``tag.bit_rate``. Raises: UNREADABLE, OSError."""


FORMATS: Mapping[str, Format] = {
    "mp3": tag_id3, "aiff": tag_id3, "wav": tag_id3, "m4a": tag_mp4, "flac": tag_vorbis, "opus": tag_vorbis,
}  # fmt: skip
OPENERS: Mapping[str, Callable[..., FileType]] = {**tag_id3.OPENERS, "m4a": MP4, "flac": FLAC, "opus": OggOpus}
SUFFIXES = {f".{container}": container for container in FORMATS} | {".aif": "aiff"}


def picture_kind(data: bytes) -> str | None:
    """The MIME type of a picture that can be embedded: by its first bytes, and with an end."""
    if data[:3] == b"\xff\xd8\xff" and b"\xff\xd9" in data:
        return "image/jpeg"
    return "image/png" if data[:8] == b"\x89PNG\r\n\x1a\n" and b"IEND" in data else None


def write(path: Path, container: str, tags: Tags, artwork: bytes | None) -> int:
    """Sets what ``tags`` names, and the front cover. Answers the file's bit rate in bits per second.

    What is absent is left as it stands in the file: texts, and the cover when ``artwork`` is None or none that
    can be embedded (JPEG or PNG up to ``MAX_ARTWORK``). So is a comment that somebody wrote over ours in a file
    that bears the track's id already.

    Raises: DamagedError when it cannot be tagged, OSError from the disk.
    """
    kind = picture_kind(artwork) if artwork is not None and len(artwork) <= MAX_ARTWORK else None
    picture = (artwork, kind) if artwork is not None and kind is not None else None
    try:
        return FORMATS[container].write(path, container, _without_own_comment(path, container, tags), picture)
    except UNREADABLE as error:
        for cause in error.args:
            if isinstance(cause, OSError) and cause.errno:  # the disk's, which mutagen wraps; its own has no number
                raise cause from error
        raise DamagedError(f"The file cannot be tagged: {error}.") from error


def read(path: Path) -> Tags:
    """What a file says of itself, whoever wrote it; nothing for a file that cannot be read.

    A link to SoundCloud is found in any of the places where programs put one, the comment included.
    """
    container = SUFFIXES.get(path.suffix.lower())
    try:
        return Tags() if container is None else FORMATS[container].read(path, container)
    except (*UNREADABLE, OSError):
        return Tags()


def read_id(path: Path) -> TrackId | None:
    """The track's id that a file carries; None for files that are not ours or cannot be read."""
    return read(path).track_id


def bit_rate(path: Path) -> int:
    """The bit rate a file's header states, 0 when it states none."""
    container = SUFFIXES.get(path.suffix.lower())
    try:
        return 0 if container is None else max(0, FORMATS[container].bit_rate(path, container))
    except (*UNREADABLE, OSError):
        return 0


def seconds(path: Path) -> float | None:
    """The length that a file's header states: a claim, not a measurement. None when it states none."""
    container = SUFFIXES.get(path.suffix.lower())
    try:
        return None if container is None else float(OPENERS[container](path).info.length) or None
    except (*UNREADABLE, OSError):
        return None


def _without_own_comment(path: Path, container: str, tags: Tags) -> Tags:
    """``tags`` without a comment when the file, tagged before, holds one that is more than a link."""
    try:
        there = FORMATS[container].read(path, container)
    except UNREADABLE:
        return tags
    written = re.sub(r"\S*soundcloud\.com/\S*", "", there.comment).strip()
    again = tags.track_id is not None and there.track_id == tags.track_id
    return replace(tags, comment="") if again and written else tags
