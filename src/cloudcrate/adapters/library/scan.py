"""Looks for the library's files on the disk: ours bear the track's id in their tags."""

import os
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path

from cloudcrate.adapters.library import disk, tag
from cloudcrate.core import naming
from cloudcrate.core.model import StoredFile, TrackId

SUFFIXES = tuple(tag.SUFFIXES)

MANIFEST = ".cloudcrate.json"
"""Marks a playlist's folder and lists what cloudcrate put there, see ``playlist_folder``."""


def size_of(path: Path, root: Path) -> int | None:
    """The bytes of a regular file that is reached without a link; None for anything else."""
    if not disk.is_inside(path, root):
        return None
    try:
        found = path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return None
    return found.st_size if stat.S_ISREG(found.st_mode) else None


def is_track(path: Path, root: Path, track_id: TrackId, file: StoredFile) -> bool:
    """Says whether ``path`` is still this file of this track.

    Editing tags or removing the picture changes the size and nothing that matters, so the embedded id
    decides; what has lost half its bytes has lost sound.
    """
    size = size_of(path, root)
    if size is None:
        return False
    return size == file.size or (2 * size >= file.size and tag.read_id(path) == track_id)


def by_id(root: Path, wanted: Iterable[TrackId]) -> dict[TrackId, list[Path]]:
    """The files of these tracks, wherever ``audio_files`` finds them but for quarantine.

    What lies there is known by its recorded path, or was put away for a better one.
    """
    found: dict[TrackId, list[Path]] = {track_id: [] for track_id in wanted}
    for path in audio_files(root):
        if naming.is_quarantined(path.relative_to(root).as_posix()):
            continue
        track_id = tag.read_id(path)
        if track_id in found:
            found[track_id].append(path)
    return found


def audio_files(root: Path) -> Iterator[Path]:
    """The files below a folder that are named as audio, in order.

    Left out: hidden folders, symbolic links, folders that cannot be read, and the folders of playlists: what
    lies there are further names and copies of the library's files, and comes and goes with the playlist.
    """
    for folder, folders, names in os.walk(root):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        if MANIFEST in names:
            continue
        for name in sorted(names):
            path = Path(folder, name)
            # A pipe would be waited for, and a name that is not text fits neither a catalog nor a playlist.
            if path.suffix.lower() in SUFFIXES and is_text(str(path)) and size_of(path, root) is not None:
                yield path


def is_text(name: str) -> bool:
    """Says whether a name is text, on one line."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return "\n" not in name and "\r" not in name
