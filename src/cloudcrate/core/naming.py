"""Names for files and folders that are safe on every system, whatever a title says.

A component is NFC, at most 180 bytes of UTF-8 (room for `` [id].ext`` below the 200 that every
file system takes), never empty, holds no separator, control, direction mark or zero-width character,
does not begin with ``-``, ``.`` or ``~`` nor end with a dot or a space, and is no name that Windows keeps
for itself. Making a safe name safe changes nothing.
"""

import re
import unicodedata
from collections.abc import Mapping
from string import Formatter

from pathvalidate import sanitize_filename

from cloudcrate.core.model import StoredFile, Track, TrackId
from cloudcrate.core.tagging import tags_of
from cloudcrate.errors import UsageError

COMPONENT_BYTES = 180
SHARED_BYTES = 80  # of every text but the title where several share a part, so that the title always has room
NUMBERED_BYTES = 200

_REPLACED = str.maketrans({"/": "-", "\\": "-", ":": "-", "|": "-", '"': "'", "<": "(", ">": ")", "?": None, "*": None})
_RESERVED = re.compile(r"(con|prn|aux|nul|conin\$|conout\$|clock\$|(com|lpt)[0-9¹²³])", re.IGNORECASE)


def safe_name(text: str) -> str:
    """One component made from a foreign text."""
    return _component(text, COMPONENT_BYTES)


TEMPLATE = "{artist}/{artist} - {title}"
"""Where a file belongs unless its user says otherwise."""

QUARANTINE, PLAYLISTS, ORIGINALS = "quarantine", "playlists", "originals"
KEPT_FOLDERS = (QUARANTINE, PLAYLISTS, ORIGINALS)
"""Folders of the library that no artist gets: for files that no playlist wants any more, for the playlists that
are kept as folders, and for downloads as they came, beside what they were converted to."""

FIELDS = ("artist", "title", "uploader", "genre", "label", "year", "id")


def check_template(template: str) -> str:
    """The template itself, when it can name files. Raises: UsageError that says what is wrong with it."""
    wrong = ""
    try:
        used = [field for _, field, spec, conversion in Formatter().parse(template) if field is not None]
        unknown = [field for field in used if field not in FIELDS]
        plain = all(not (spec or conversion) for _, field, spec, conversion in Formatter().parse(template) if field)
    except ValueError:
        used, unknown, plain = [], [], False
    parts = template.split("/")
    if unknown:
        wrong = f"does not know {{{unknown[0]}}}"
    elif not plain:
        wrong = "has braces that do not fit"
    elif not {"title", "id"} & set(used):
        wrong = "names all tracks alike"
    elif any(not part.strip(" .") for part in parts) or "\\" in template or not template.isprintable():
        wrong = "has an empty part, or one of dots"
    if wrong:
        raise UsageError(
            f"The template {template!r} {wrong}.",
            hint=f"Use {', '.join('{' + f + '}' for f in FIELDS)} with / between folders, as in {TEMPLATE}",
        )
    return template


def stem(track: Track, template: str = TEMPLATE) -> str:
    """Where a track's file belongs, without its extension. Every part is made safe by itself.

    Where several texts share a part, all but the title are cut to 80 bytes, so that it has room.
    """
    tags = tags_of(track)
    values = {
        "artist": tags.artist or "Unknown Artist",
        "title": tags.title or f"SoundCloud {track.id}",
        "uploader": track.uploader.strip() or "Unknown Uploader",
        "genre": tags.genre or "Unknown Genre",
        "label": tags.label or "Unknown Label",
        "year": tags.year or "Unknown Year",
        "id": str(track.id),
    }
    whole = {name: _cut(_mapped(value), COMPONENT_BYTES) for name, value in values.items()}
    short = {name: value if name == "title" else _cut(value, SHARED_BYTES) for name, value in whole.items()}
    parts = [safe_name(part.format(**(whole if part.count("{") == 1 else short))) for part in template.split("/")]
    if path_key(parts[0]) in map(path_key, KEPT_FOLDERS):
        parts[0] = f"{parts[0]}_"
    return "/".join(parts)


def with_id(stem: str, track_id: TrackId) -> str:
    """``stem`` with the track's id behind it, for when its name is taken."""
    mark = f" [{track_id}]"
    folder, slash, name = stem.rpartition("/")
    return f"{folder}{slash}{_cut(name.removesuffix(mark), NUMBERED_BYTES - len(mark))}{mark}"


class Stems:
    """Hands out paths so that no two tracks share one; a taken name gets the track's id."""

    def __init__(self, taken: Mapping[str, TrackId], template: str) -> None:
        self._taken = dict(taken)
        self._template = template

    def give(self, track: Track) -> str:
        """Where the track's file belongs, for it alone from now on."""
        given = stem(track, self._template)
        if self._taken.get(path_key(given), track.id) != track.id:
            given = with_id(given, track.id)
        self._taken[path_key(given)] = track.id
        return given


def is_quarantined(path: str) -> bool:
    """Says whether a file lies in quarantine."""
    return path_key(path.partition("/")[0]) == QUARANTINE


def quarantined(path: str) -> str:
    """The name, without suffix, that a file has in quarantine."""
    return f"{QUARANTINE}/{bare(path)}"


def before_quarantine(path: str) -> str:
    """The name, without suffix, that a file in quarantine had before."""
    return bare(path).partition("/")[2]


def may_move(file: StoredFile) -> bool:
    """Says whether a file lies where cloudcrate has put it: its user's own places are kept."""
    return is_quarantined(file.path) or (bool(file.stem) and path_key(bare(file.path)) == path_key(file.stem))


def belongs(file: StoredFile, stem: str, track_id: TrackId) -> bool:
    """Says whether a file bears the name ``stem``, or that with its id where the name was taken."""
    lies, marked = path_key(bare(file.path)), path_key(with_id(stem, track_id))
    return lies == path_key(stem) or lies == marked or lies.startswith(f"{marked} ")


def bare(path: str) -> str:
    """A file's path without its suffix."""
    folder, slash, name = path.rpartition("/")
    return f"{folder}{slash}{name.rpartition('.')[0] or name}"


def folder_of(playlist_file: str) -> str:
    """The folder of a playlist, beside its file."""
    return f"{PLAYLISTS}/{playlist_file.removesuffix('.m3u8')}"


FOLDER_KINDS = ("links", "copies")
"""What a playlist's folder can hold: further names of the library's files, or copies of them."""


def folder_kind(word: str) -> str:
    """The kind of that name; empty for ``none``. Raises: UsageError."""
    name = word.strip().lower()
    if name not in (*FOLDER_KINDS, "none", ""):
        raise UsageError(f"A playlist's folder does not hold {word!r}.", hint="Choose links, copies or none.")
    return "" if name == "none" else name


def playlist_path(name: str) -> str:
    """The playlist file of a playlist, relative to the library."""
    return f"{safe_name(name)}.m3u8"


def path_key(path: str) -> str:
    """``path`` for comparing as macOS and Windows do: names that differ in case or form only are one."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFD", path).casefold())


def _mapped(text: str) -> str:
    """``text`` in NFC and one line, without the characters that no name may hold."""
    kept = "".join(c for c in " ".join(text.split()) if unicodedata.category(c)[0] != "C")
    return unicodedata.normalize("NFC", kept.translate(_REPLACED))


def _component(text: str, limit: int) -> str:
    mapped = _mapped(text)
    name = sanitize_filename(mapped, platform="universal", max_len=len(mapped) * 4 + 4)
    name = _cut(" ".join(name.split()).lstrip("-.~ "), limit) or "untitled"
    base = name.partition(".")[0].rstrip()
    return _cut(f"{base}_{name[len(base) :]}", limit) if _RESERVED.fullmatch(base) else name


def _cut(name: str, limit: int) -> str:
    """``name`` cut to ``limit`` bytes on a character boundary, without a dot or space at the end."""
    return name.encode()[:limit].decode(errors="ignore").rstrip(" .")
