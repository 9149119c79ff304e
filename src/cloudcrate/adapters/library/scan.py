"""Looks for the library's files on the disk: ours bear the track's id in their tags."""

import os
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path

from cloudcrate.adapters.library import disk, tag
from cloudcrate.core.model import StoredFile, TrackId

SUFFIXES = (".mp3", ".m4a")


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
    """The files of these tracks, wherever they are; hidden folders and links are left out."""
    found: dict[TrackId, list[Path]] = {track_id: [] for track_id in wanted}
    for path in _audio_files(root):
        track_id = tag.read_id(path)
        if track_id in found:
            found[track_id].append(path)
    return found


def _audio_files(root: Path) -> Iterator[Path]:
    for folder, folders, names in os.walk(root):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            path = Path(folder, name)
            # A pipe would be waited for, and a name that is not text fits neither a catalog nor a playlist.
            if path.suffix.lower() in SUFFIXES and _is_text(str(path)) and size_of(path, root) is not None:
                yield path


def _is_text(name: str) -> bool:
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return "\n" not in name and "\r" not in name
