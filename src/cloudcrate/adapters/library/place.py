"""Final names: safe, never taken from another file, and lasting once they are given."""

import os
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from cloudcrate.adapters.library import disk
from cloudcrate.adapters.library.disk import Disk
from cloudcrate.core import naming
from cloudcrate.core.model import TrackId

NUMBERED = 9
"""Names with the id that are tried before giving up: someone else's files can bear them too."""


def names(stem: str, track_id: TrackId | None) -> Iterator[str]:
    """The names a track's file may have, without suffix, best first."""
    yield stem
    if track_id is not None:
        marked = naming.with_id(stem, track_id)
        yield marked
        yield from (f"{marked} {n}" for n in range(2, NUMBERED + 1))


def target_of(root: Path, relative: str) -> Path:
    """Where a file goes. A folder that is there in another case or Unicode form is used as it is spelled.

    So that ``ADA`` and ``Ada`` do not become two folders here and one on a disk that folds names.
    Raises: DiskError when ``relative`` would leave ``root``.
    """
    path = root / relative
    disk.refuse_links(path.parent if path.is_symlink() else path, root)  # a link in its place is a taken name
    *folders, name = PurePosixPath(relative).parts
    path = root
    for folder in folders:
        path = path / _as_spelled(path, folder)
    return path / name


def occupant(target: Path) -> Path | None:
    """What bears the name of ``target`` already, on this filesystem or on one that folds case and accents."""
    key = naming.path_key(target.name)
    try:
        entries = sorted(os.listdir(target.parent))
    except FileNotFoundError:
        return None
    return next((target.parent / entry for entry in entries if naming.path_key(entry) == key), None)


def keys_beside(target: Path) -> frozenset[str]:
    """The names in the folder of ``target``, as a filesystem that folds case and accents tells them apart."""
    try:
        return frozenset(map(naming.path_key, os.listdir(target.parent)))
    except FileNotFoundError:
        return frozenset()


def publish(calls: Disk, source: Path, target: Path, root: Path) -> None:
    """Gives a staged file its final name: on the disk before anybody records it.

    Raises: FileExistsError when the name is taken.
    """
    # The order matters (measured: without either fsync a power cut leaves a name without bytes, or a
    # record without a file): bytes, then folders, then the name, then the folder that holds it.
    calls.sync(source)
    disk.make_folder(calls, target.parent, root)
    disk.name_without_overwriting(calls, source, target)
    calls.sync(target.parent)


def _as_spelled(parent: Path, name: str) -> str:
    if (parent / name).is_dir():
        return name
    found = occupant(parent / name)
    return found.name if found is not None and found.is_dir() and not found.is_symlink() else name
