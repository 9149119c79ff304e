"""Files that people already have: looks for them, and takes one into the library."""

import os
import stat
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from cloudcrate.adapters.library import disk, scan, tag
from cloudcrate.adapters.library.shelf import Shelf
from cloudcrate.adapters.library.verify import container_of, verify
from cloudcrate.core.model import StoredFile, Track
from cloudcrate.core.tagging import Tags, tags_of
from cloudcrate.errors import DamagedError, DiskError
from cloudcrate.ports.library import FoundFile

ALIKE = 2.0
"""Seconds by which a file may differ from the track: as far as titles are compared. Its sound must be whole."""


def explore(folder: str) -> Iterator[FoundFile]:
    """See ``ports.Store.explore``. What ``scan.audio_files`` leaves out, and hidden files, are left out here, too.

    So is a file whose content is not what its name says, or whose header states no length.
    Raises: DiskError at once, before the first file is asked for.
    """
    top = Path(os.path.abspath(folder))  # without following links, and without ``..``
    try:
        os.scandir(top).close()
    except (OSError, ValueError) as error:
        words = error.strerror if isinstance(error, OSError) else "its name cannot be one"
        raise DiskError(f"{top} cannot be read: {words}.", hint="Name a folder with audio files in it.") from error
    return found(scan.audio_files(top))


def found(paths: Iterable[Path]) -> Iterator[FoundFile]:
    """Those of these files that are sound, as their names say, and not hidden."""
    for path in paths:
        if path.name.startswith(".") or not _is_what_it_says(path):
            continue
        seconds = tag.seconds(path)
        if seconds is not None:
            yield FoundFile(path=str(path), seconds=round(seconds, 3), tags=tag.read(path))


def _is_what_it_says(path: Path) -> bool:
    try:
        return container_of(path) == tag.SUFFIXES[path.suffix.lower()]
    except (DamagedError, OSError):
        return False


def adopt(shelf: Shelf, found: FoundFile, track: Track, stem: str) -> StoredFile:
    """See ``ports.Store.adopt``. A file of the library gets our id when it bears none, and nothing else."""
    path, container = opened(found, track)
    try:
        inside = _inside(path, shelf.root)
    except OSError as error:
        raise DamagedError(f"{path} cannot be read: {error.strerror}.") from error
    if inside is not None:
        return kept(shelf, inside, container, track, found.seconds)
    with copied(shelf, path, container, track, found.seconds) as (copy, file):
        return shelf.place(copy, file, stem)


def opened(found: FoundFile, track: Track) -> tuple[Path, str]:
    """The file and its container, when it can be the track's. Raises: DamagedError."""
    path = Path(found.path)
    if abs(found.seconds - track.seconds) > ALIKE:
        raise DamagedError(f"{path} is {found.seconds:.1f} s long, and the track {track.seconds:.1f} s.")
    try:
        if not stat.S_ISREG(path.lstat().st_mode):
            raise DamagedError(f"{path} is not a file any more.")
        return path, container_of(path)
    except OSError as error:
        raise DamagedError(f"{path} cannot be read: {error.strerror}.") from error


def _inside(path: Path, root: Path) -> Path | None:
    """The file's path below ``root`` when it lies there, by whatever links it was found; else None.

    A hidden folder of the library, staging for one, is not the library.
    """
    real, top = path.parent.resolve() / path.name, root.resolve()
    if not disk.is_inside(real, top) or any(part.startswith(".") for part in real.relative_to(top).parts):
        return None
    return root / real.relative_to(top)


def kept(shelf: Shelf, path: Path, container: str, track: Track, length: float) -> StoredFile:
    """Takes in a file that lies below ``shelf.root``, where it is. Raises: DamagedError, DiskError."""
    if tag.SUFFIXES.get(path.suffix.lower()) != container:
        raise DamagedError(f"{path} is {container}, which its name does not say.", hint="Rename it, and try again.")
    embedded = tag.read_id(path)
    if embedded is None:
        seconds = shelf.tagged(path, Tags(track_id=track.id), length)
    else:
        if embedded != track.id:
            raise DamagedError(f"{path} is the file of another track: its tags hold the id {embedded}.")
        with disk.disk_errors(path):
            seconds = verify(shelf.ffmpeg, path, container, length)
    with disk.disk_errors(path):
        return shelf.described(path, container, seconds)


@contextmanager
def copied(shelf: Shelf, path: Path, container: str, track: Track, length: float) -> Iterator[tuple[Path, StoredFile]]:
    """A verified copy of somebody's file in staging, with our tags; what is recorded of it, without a path.

    It keeps its cover and the tags that ours do not name; nothing is downloaded for it.
    Raises: DamagedError, DiskError.
    """
    with shelf.copied(path, container) as copy:
        bitrate = tag.write(copy, container, tags_of(track), None)
        seconds = verify(shelf.ffmpeg, copy, container, length)
        if tag.read_id(copy) != track.id:
            raise DamagedError("The track's id cannot be read back from the file.")
        file = StoredFile(
            path="",
            size=copy.stat().st_size,
            sha256=disk.sha256(copy),
            format=container,
            bitrate=bitrate,
            seconds=round(seconds, 3),
        )
        yield copy, file
