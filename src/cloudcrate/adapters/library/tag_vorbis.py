"""Tags of flac and opus files: Vorbis comments, and pictures in FLAC's form (RFC 9639, section 8.8)."""

import base64
import binascii
from collections.abc import Iterable
from pathlib import Path

from mutagen import FileType
from mutagen.flac import FLAC, Picture, error
from mutagen.oggopus import OggOpus

from cloudcrate.core.tagging import Tags, found_tags

NAMES = {
    "title": ("TITLE",),
    "artist": ("ARTIST",),
    "album_artist": ("ALBUMARTIST",),
    "album": ("ALBUM",),
    "genre": ("GENRE",),
    "year": ("DATE",),
    "label": ("LABEL", "ORGANIZATION"),
    "isrc": ("ISRC",),
    "url": ("URL",),
    "comment": ("COMMENT", "DESCRIPTION"),
    "track_id": ("SOUNDCLOUD_ID",),
}
ALSO = {"album_artist": ("ALBUM ARTIST",), "year": ("YEAR",), "label": ("PUBLISHER",)}
"""What other programs write for the same: read when ours is absent, and replaced with it."""

PICTURES = "METADATA_BLOCK_PICTURE"
OTHER, FRONT = 0, 3
"""Types of pictures that players show as the cover."""


def write(path: Path, container: str, tags: Tags, picture: tuple[bytes, str] | None) -> int:
    """See ``tag.write``."""
    audio = _opened(path, container)
    if audio.tags is None:
        audio.add_tags()
    for field, text in tags.texts().items():
        for name in ALSO.get(field, ()):
            if name in audio.tags:
                del audio.tags[name]
        for name in NAMES[field]:
            audio.tags[name] = [text]
    if picture is not None:
        _set_cover(audio, _picture(*picture))
    audio.save()
    return bit_rate(path, container)


def read(path: Path, container: str) -> Tags:
    """See ``tag.read``."""
    comments = _opened(path, container).tags
    if comments is None:
        return Tags()
    texts = {field: _first(comments, (*names, *ALSO.get(field, ()))) for field, names in NAMES.items()}
    places = ("URL", "PURL", "COMMENT", "DESCRIPTION", "CONTACT")
    return found_tags(texts, links=(_first(comments, (name,)) for name in places))


def bit_rate(path: Path, container: str) -> int:
    """See ``tag.bit_rate``. Opus states none: it is the file's size by its length."""
    info = _opened(path, container).info
    if container == "flac":
        return int(info.bitrate)
    return round(path.stat().st_size * 8 / info.length) if info.length else 0


def _opened(path: Path, container: str) -> FileType:
    return FLAC(path) if container == "flac" else OggOpus(path)


def _first(comments: FileType, names: Iterable[str]) -> str:
    return next((str(values[0]) for name in names if (values := comments.get(name))), "")


def _picture(data: bytes, kind: str) -> Picture:
    picture = Picture()
    picture.data, picture.mime, picture.type = data, kind, FRONT
    return picture


def _set_cover(audio: FileType, cover: Picture) -> None:
    """Replaces the front cover; a back cover or an artist's portrait stays."""
    if isinstance(audio, FLAC):
        others = [picture for picture in audio.pictures if picture.type not in (OTHER, FRONT)]
        audio.clear_pictures()
        for picture in (cover, *others):
            audio.add_picture(picture)
        return
    kept = [text for text in audio.tags.get(PICTURES, []) if _type_of(text) not in (OTHER, FRONT)]
    audio.tags[PICTURES] = [base64.b64encode(cover.write()).decode("ascii"), *kept]


def _type_of(text: str) -> int:
    """The type of a picture in a comment; one that cannot be read is nobody's."""
    try:
        return int(Picture(base64.b64decode(text)).type)
    except (error, binascii.Error, ValueError):
        return OTHER
