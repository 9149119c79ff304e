"""Writes what is known of a track into its file, so that other programs and later runs find it there."""

import re
import struct
import urllib.parse
from collections.abc import Callable
from pathlib import Path

from mutagen import MutagenError
from mutagen.id3 import APIC, ID3, TCON, TDRC, TIT2, TPE1, TPUB, TSRC, TXXX, WOAF
from mutagen.mp3 import MP3
from mutagen.mp4 import MP4, MP4Cover, MP4FreeForm

from cloudcrate.core.model import Track, TrackId
from cloudcrate.core.text import clean
from cloudcrate.errors import DamagedError

ID_FRAME = "TXXX:SOUNDCLOUD_ID"
ID_ATOM = "----:com.apple.iTunes:SOUNDCLOUD_ID"
MAX_ARTWORK = 4 * 1024 * 1024  # bytes

UNREADABLE = (MutagenError, ValueError, LookupError, TypeError, AttributeError, OverflowError, struct.error)
"""What mutagen raises on files that were made to hurt, besides its own errors."""


def picture_kind(data: bytes) -> str | None:
    """The MIME type of a picture that can be embedded: by its first bytes, and with an end."""
    if data[:3] == b"\xff\xd8\xff" and b"\xff\xd9" in data:
        return "image/jpeg"
    return "image/png" if data[:8] == b"\x89PNG\r\n\x1a\n" and b"IEND" in data else None


def write(path: Path, container: str, track: Track, artwork: bytes | None) -> int:
    """Replaces the file's tags. Answers its bit rate in bits per second.

    Raises: DamagedError when it cannot be tagged, OSError from the disk.
    """
    kind = picture_kind(artwork) if artwork is not None and len(artwork) <= MAX_ARTWORK else None
    picture = (artwork, kind) if artwork is not None and kind is not None else None
    try:
        return {"mp3": _write_mp3, "m4a": _write_m4a}[container](path, track, picture)
    except UNREADABLE as error:
        for cause in error.args:
            if isinstance(cause, OSError):  # mutagen wraps a full disk in its own error
                raise cause from error
        raise DamagedError(f"The file cannot be tagged: {error}.") from error


def read_id(path: Path) -> TrackId | None:
    """The track's id that a file carries; None for files that are not ours or cannot be read."""
    readers: dict[str, Callable[[Path], str]] = {".mp3": _mp3_id, ".m4a": _m4a_id}
    reader = readers.get(path.suffix.lower())
    if reader is None:
        return None
    try:
        text = reader(path)
    except (*UNREADABLE, OSError):
        return None
    return TrackId(int(text)) if re.fullmatch(r"[0-9]{1,19}", text) else None


def bit_rate(path: Path) -> int:
    """The bit rate a file's header states, 0 when it states none."""
    try:
        info = (MP3(path) if path.suffix.lower() == ".mp3" else MP4(path)).info
    except (*UNREADABLE, OSError):
        return 0
    return int(info.bitrate) if info is not None else 0


def _mp3_id(path: Path) -> str:
    return str(ID3(path)[ID_FRAME].text[0])


def _m4a_id(path: Path) -> str:
    return bytes(MP4(path)[ID_ATOM][0]).decode("ascii")


def _texts(track: Track) -> dict[str, str]:
    year = re.match(r"[0-9]{4}", track.released or track.posted or "")
    found = {
        "title": clean(track.title),
        "artist": clean(track.artist),
        "genre": clean(track.genre or ""),
        "label": clean(track.label or ""),
        "isrc": clean(track.isrc or ""),
        "year": year.group() if year else "",
        "url": urllib.parse.quote(clean(track.url), safe=":/?#[]@!$&'()*+,;=%~"),  # WOAF holds Latin-1 only
    }
    return {name: text for name, text in found.items() if text}


def _write_mp3(path: Path, track: Track, picture: tuple[bytes, str] | None) -> int:
    """ID3v2.3 with UTF-16 texts: what every player reads."""
    audio, texts = MP3(path), _texts(track)
    tags = ID3()
    frames = {"title": TIT2, "artist": TPE1, "genre": TCON, "label": TPUB, "isrc": TSRC, "year": TDRC}
    for name, text in texts.items():
        if name in frames:
            tags.add(frames[name](encoding=1, text=[text]))
    if "url" in texts:
        tags.add(WOAF(url=texts["url"]))
    tags.add(TXXX(encoding=1, desc="SOUNDCLOUD_ID", text=[str(track.id)]))
    if picture is not None:
        tags.add(APIC(encoding=0, mime=picture[1], type=3, desc="", data=picture[0]))
    tags.update_to_v23()
    audio.delete()
    tags.save(path, v2_version=3)
    return int(MP3(path).info.bitrate)


def _write_m4a(path: Path, track: Track, picture: tuple[bytes, str] | None) -> int:
    audio, texts = MP4(path), _texts(track)
    if audio.tags is None:
        audio.add_tags()
    audio.tags.clear()
    atoms = {"title": "\xa9nam", "artist": "\xa9ART", "genre": "\xa9gen", "year": "\xa9day", "url": "\xa9url"}
    free = {"label": "LABEL", "isrc": "ISRC", "url": "URL"}
    for name, text in texts.items():
        if name in atoms:
            audio.tags[atoms[name]] = [text]
        if name in free:
            audio.tags[f"----:com.apple.iTunes:{free[name]}"] = [MP4FreeForm(text.encode())]
    audio.tags[ID_ATOM] = [MP4FreeForm(str(track.id).encode())]
    if picture is not None:
        form = MP4Cover.FORMAT_JPEG if picture[1] == "image/jpeg" else MP4Cover.FORMAT_PNG
        audio.tags["covr"] = [MP4Cover(picture[0], imageformat=form)]
    audio.save()
    return int(MP4(path).info.bitrate)
