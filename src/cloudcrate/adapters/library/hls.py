"""Reads HLS media playlists (RFC 8216), as far as SoundCloud's are: clear, finished, in order."""

import re
import urllib.parse
from dataclasses import dataclass

from cloudcrate.errors import DamagedError, StreamGoneError

MAX_SEGMENTS = 5_000
"""At ten seconds each, fourteen hours."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """One piece of a stream."""

    url: str
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaPlaylist:
    """The pieces of a stream, in order; ``init`` goes before them (fMP4)."""

    segments: tuple[Segment, ...]
    init: str | None

    @property
    def seconds(self) -> float:
        """The sum of the EXTINF durations."""
        return sum(segment.seconds for segment in self.segments)


def parse(text: str, base: str) -> MediaPlaylist:
    """Reads a media playlist; links are resolved against ``base``.

    Raises: DamagedError (not a whole media playlist), StreamGoneError (encrypted).
    """
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if not lines or lines[0] != "#EXTM3U":
        raise DamagedError("The stream's playlist is not a playlist.")
    if "#EXT-X-ENDLIST" not in lines:
        raise DamagedError("The stream's playlist is cut off.")
    segments: list[Segment] = []
    init, seconds = None, None
    for line in lines[1:]:
        name, _, value = line.partition(":")
        match name:
            case "#EXTINF":
                seconds = _seconds(value)
            case "#EXT-X-MAP":
                init = _init(value, base)
            case "#EXT-X-KEY" if _attribute(value, "METHOD") not in ("NONE", None):
                raise StreamGoneError("The stream is encrypted.")
            case "#EXT-X-STREAM-INF" | "#EXT-X-BYTERANGE" | "#EXT-X-DISCONTINUITY" | "#EXT-X-GAP":
                raise DamagedError(f"The stream's playlist is of a kind that is not expected ({name}).")
            case _ if not line.startswith("#"):
                if seconds is None:
                    raise DamagedError("The stream's playlist has a segment without a duration.")
                segments.append(Segment(url=urllib.parse.urljoin(base, line), seconds=seconds))
                seconds = None
    if not segments or len(segments) > MAX_SEGMENTS:
        raise DamagedError(f"The stream's playlist has {len(segments)} segments.")
    return MediaPlaylist(segments=tuple(segments), init=init)


def _seconds(value: str) -> float:
    try:
        seconds = float(value.partition(",")[0])
    except ValueError as error:
        raise DamagedError("The stream's playlist has a duration that is no number.") from error
    if not 0 <= seconds <= 3600:
        raise DamagedError("The stream's playlist has an impossible duration.")
    return seconds


def _init(value: str, base: str) -> str:
    uri = _attribute(value, "URI")
    if not uri or _attribute(value, "BYTERANGE"):
        raise DamagedError("The stream's playlist has an initialisation segment that is not expected.")
    return urllib.parse.urljoin(base, uri)


def _attribute(value: str, name: str) -> str | None:
    found = re.search(rf'(?:^|,){name}=(?:"([^"]*)"|([^",]*))', value)
    return (found.group(1) if found.group(1) is not None else found.group(2)) if found else None
