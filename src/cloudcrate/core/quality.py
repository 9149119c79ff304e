"""Which of a track's streams is fetched, and whether a better one than the file's is offered."""

from collections.abc import Sequence

from cloudcrate.core.model import StoredFile, Stream
from cloudcrate.errors import UsageError

ORIGINAL = "original"
"""The preset of the uploader's own file."""

KINDS = (ORIGINAL, "aac", "mp3", "opus")
PREFERRED = (ORIGINAL, "aac", "mp3")
"""Opus only on request: no DJ program reads it."""

FORMATS = ("aiff", "wav", "flac", "alac", "mp3", "m4a")
"""What files can be converted to."""

_PER_SECOND = {ORIGINAL: 180_000, "aac": 20_500, "mp3": 16_500, "opus": 9_000}
"""Bytes: of CD quality without compression, and of the streams (160, 128 and 64 kbit/s)."""

_CONVERTED = {"aiff": 270_000, "wav": 270_000, "flac": 270_000, "alac": 270_000, "mp3": 40_000, "m4a": 33_000}
"""Bytes per second of what files are converted to: 24 bit at 44.1 kHz as it is, 320 and 256 kbit/s."""

_FINEST = {"aac": 192_000, "mp3": 144_000}
"""Bits per second that no stream exceeds."""

_OF_FORMAT = {"m4a": "aac", "mp3": "mp3", "opus": "opus", "flac": ORIGINAL, "wav": ORIGINAL, "aiff": ORIGINAL}


def preference(words: str) -> tuple[str, ...]:
    """Reads ``aac,mp3``: kinds of streams, best first; what is not named is not fetched. Raises: UsageError."""
    kinds = tuple(dict.fromkeys(part.strip().lower() for part in words.split(",") if part.strip()))
    unknown = [kind for kind in kinds if kind not in KINDS]
    if unknown or not kinds:
        raise UsageError(
            f"{words!r} names no order of qualities.", hint=f"Give some of {', '.join(KINDS)}, best first: aac,mp3"
        )
    return kinds


def format_named(word: str) -> str:
    """The format of that name; empty for ``none``. Raises: UsageError."""
    name = word.strip().lower()
    if name in ("", "none"):
        return ""
    if name not in FORMATS:
        raise UsageError(f"Nothing is converted to {word!r}.", hint=f"Choose one of {', '.join(FORMATS)}, or none.")
    return name


def kind_of(preset: str) -> str:
    """The kind that a stream's preset belongs to: ``aac_160k`` is ``aac``."""
    return preset.partition("_")[0]


def chosen(streams: Sequence[Stream], prefer: Sequence[str]) -> tuple[Stream, ...]:
    """The streams to try, best first; those of one kind in the order in which they were listed."""
    wanted = [stream for stream in streams if kind_of(stream.preset) in prefer]
    return tuple(sorted(wanted, key=lambda stream: prefer.index(kind_of(stream.preset))))


def better(file: StoredFile, streams: Sequence[Stream], prefer: Sequence[str]) -> tuple[Stream, ...]:
    """The streams of a better kind than the file is of, best first.

    Never one of a worse kind, nor of one that is not preferred; none when the file's own kind is not.
    """
    kind = kind_of(file.preset) or _kind_of_file(file)
    if kind not in prefer:
        return ()
    return chosen(streams, prefer[: prefer.index(kind)])


def _kind_of_file(file: StoredFile) -> str:
    """What a file is of whose stream nothing is known; what is finer than any stream is the uploader's own."""
    kind = _OF_FORMAT.get(file.format, "")
    return ORIGINAL if file.bitrate > _FINEST.get(kind, file.bitrate) else kind


def estimate(preset: str, convert: str, seconds: float) -> int:
    """The bytes that a file of this stream may have, at the most but for originals beyond CD quality.

    What is converted counts as it came and as it is made: both are there for a while.
    """
    return round(seconds * (_PER_SECOND.get(kind_of(preset), 180_000) + _CONVERTED.get(convert, 0)))
