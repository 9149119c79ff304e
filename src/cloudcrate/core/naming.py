"""Names for files and folders that are safe on every system, whatever a title says.

A component is NFC, at most 180 bytes of UTF-8 (room for `` [id].ext`` below the 200 that every
file system takes), never empty, holds no separator, control, direction mark or zero-width character,
does not begin with ``-``, ``.`` or ``~`` nor end with a dot or a space, and is no name that Windows keeps
for itself. Making a safe name safe changes nothing.
"""

import re
import unicodedata

from pathvalidate import sanitize_filename

from cloudcrate.core.model import Track, TrackId
from cloudcrate.core.text import fold

COMPONENT_BYTES = 180
ARTIST_BYTES = 80  # of the artist inside a file's name, so that the title always has room
NUMBERED_BYTES = 200

_REPLACED = str.maketrans({"/": "-", "\\": "-", ":": "-", "|": "-", '"': "'", "<": "(", ">": ")", "?": None, "*": None})
_RESERVED = re.compile(r"(con|prn|aux|nul|conin\$|conout\$|clock\$|(com|lpt)[0-9¹²³])", re.IGNORECASE)


def safe_name(text: str) -> str:
    """One component made from a foreign text."""
    return _component(text, COMPONENT_BYTES)


def stem(track: Track) -> str:
    """Where a track's file belongs, without its extension: ``Artist/Artist - Title``."""
    artist = track.artist.strip() or track.uploader.strip() or "Unknown Artist"
    title = track.title.strip() or f"SoundCloud {track.id}"
    if not re.match(rf"{re.escape(fold(artist))} [-–—] ", fold(title)):
        title = f"{_component(artist, ARTIST_BYTES)} - {title}"
    return f"{safe_name(artist)}/{safe_name(title)}"


def with_id(stem: str, track_id: TrackId) -> str:
    """``stem`` with the track's id behind it, for when its name is taken."""
    mark = f" [{track_id}]"
    folder, slash, name = stem.rpartition("/")
    return f"{folder}{slash}{_cut(name.removesuffix(mark), NUMBERED_BYTES - len(mark))}{mark}"


def playlist_path(name: str) -> str:
    """The playlist file of a playlist, relative to the library."""
    return f"{safe_name(name)}.m3u8"


def path_key(path: str) -> str:
    """``path`` for comparing as macOS and Windows do: names that differ in case or form only are one."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFD", path).casefold())


def _component(text: str, limit: int) -> str:
    spaced = " ".join(text.split())
    mapped = "".join(c for c in spaced if unicodedata.category(c)[0] != "C").translate(_REPLACED)
    name = sanitize_filename(unicodedata.normalize("NFC", mapped), platform="universal", max_len=len(mapped) * 4 + 4)
    name = _cut(" ".join(name.split()).lstrip("-.~ "), limit) or "untitled"
    base = name.partition(".")[0].rstrip()
    return _cut(f"{base}_{name[len(base) :]}", limit) if _RESERVED.fullmatch(base) else name


def _cut(name: str, limit: int) -> str:
    """``name`` cut to ``limit`` bytes on a character boundary, without a dot or space at the end."""
    return name.encode()[:limit].decode(errors="ignore").rstrip(" .")
