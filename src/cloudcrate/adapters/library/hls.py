"""Reads HLS media playlists (RFC 8216), as far as SoundCloud's are: clear, finished, in order."""

import re
import urllib.parse
from dataclasses import dataclass

from cloudcrate.errors import DamagedError, StreamGoneError

MAX_SEGMENTS = 5_000
"""At ten seconds each, fourteen hours."""

UNEXPECTED = frozenset(
    {
        "#EXT-X-BYTERANGE",
        "#EXT-X-DEFINE",
        "#EXT-X-DISCONTINUITY",
        "#EXT-X-GAP",
        "#EXT-X-I-FRAMES-ONLY",
        "#EXT-X-PART",
        "#EXT-X-SKIP",
        "#EXT-X-STREAM-INF",
    }
)
"""Tags that change what the lines mean, and that SoundCloud does not use."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """One piece of a stream: a segment, or the initialisation segment with 0 seconds."""

    url: str
    seconds: float
    first: int = 0  # with ``length``: only these bytes of what the link names
    length: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaPlaylist:
    """The pieces of a stream, in order; the initialisation segment (fMP4) is the first."""

    pieces: tuple[Piece, ...]

    @property
    def lengths(self) -> tuple[float, ...]:
        """The seconds of every piece: the same for the same stream, however often its links are signed."""
        return tuple(piece.seconds for piece in self.pieces)

    @property
    def seconds(self) -> float:
        """The sum of the EXTINF durations."""
        return sum(self.lengths)


def parse(text: str, base: str) -> MediaPlaylist:
    """Reads a media playlist; links are resolved against ``base``.

    Raises: DamagedError (not a whole media playlist), StreamGoneError (encrypted).
    """
    lines = [line.strip() for line in text.removeprefix("\ufeff").split("\n") if line.strip()]
    if not lines or lines[0] != "#EXTM3U":
        raise DamagedError("The stream's playlist is not a playlist.")
    if "#EXT-X-ENDLIST" not in lines:
        raise DamagedError("The stream's playlist is cut off.")
    segments: list[Piece] = []
    init, seconds = None, None
    for line in lines[1:]:
        name, _, value = line.partition(":")
        if name == "#EXTINF":
            seconds = _seconds(value)
        elif name == "#EXT-X-MAP":
            init = _only_init(init, _init(value, base), begun=bool(segments))
        elif line.startswith("#"):
            _refuse(name, value)
        elif seconds is None:
            raise DamagedError("The stream's playlist has a segment without a duration.")
        else:
            segments.append(Piece(url=_join(base, line), seconds=seconds))
            seconds = None
    if not segments or len(segments) > MAX_SEGMENTS:
        raise DamagedError(f"The stream's playlist has {len(segments)} segments.")
    return MediaPlaylist(pieces=((init,) if init else ()) + tuple(segments))


def _refuse(name: str, value: str) -> None:
    """Raises for a tag that we must not pass over."""
    if name in ("#EXT-X-KEY", "#EXT-X-SESSION-KEY") and _attributes(value).get("METHOD") != "NONE":
        raise StreamGoneError("The stream is encrypted.")
    if name in UNEXPECTED:
        raise DamagedError(f"The stream's playlist is of a kind that is not expected ({name}).")


def _seconds(value: str) -> float:
    try:
        seconds = float(value.partition(",")[0])
    except ValueError as error:
        raise DamagedError("The stream's playlist has a duration that is no number.") from error
    if not 0 <= seconds <= 3600:
        raise DamagedError("The stream's playlist has an impossible duration.")
    return seconds


def _init(value: str, base: str) -> Piece:
    attributes = _attributes(value)
    span = re.fullmatch(r"(\d{1,9})(?:@(\d{1,12}))?", attributes.get("BYTERANGE", "0"))
    if not attributes.get("URI") or span is None:
        raise DamagedError("The stream's playlist has an initialisation segment that cannot be read.")
    return Piece(
        url=_join(base, attributes["URI"]),
        seconds=0.0,
        first=int(span.group(2) or 0),
        length=int(span.group(1)) or None,
    )


def _only_init(before: Piece | None, found: Piece, *, begun: bool) -> Piece:
    if begun or before not in (None, found):
        raise DamagedError("The stream's playlist has more than one initialisation segment.")
    return found


def _join(base: str, reference: str) -> str:
    try:
        return urllib.parse.urljoin(base, reference)
    except ValueError as error:
        raise DamagedError("The stream's playlist has a link that cannot be read.") from error


def _attributes(value: str) -> dict[str, str]:
    """An attribute list. Read from left to right, so that a quoted value cannot pose as an attribute."""
    found = re.findall(r'([A-Z0-9-]+)=("[^"]*"|[^",]*)(?:,|$)', value)
    return {name: text.strip('"') for name, text in reversed(found)}
