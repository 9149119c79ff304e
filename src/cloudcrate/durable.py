"""Files and names that outlast a power cut (POSIX: bytes last once synced, a name once its folder is)."""

import os
import tempfile
from contextlib import suppress
from pathlib import Path


def sync(path: Path) -> None:
    """Makes a file's bytes last, or the names in a folder. Raises: OSError."""
    if os.name == "nt" and path.is_dir():
        return  # no handle of a folder there, and no need
    descriptor = os.open(path, os.O_RDWR if os.name == "nt" else os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def keep_name(path: Path) -> None:
    """Makes the name of a folder that is there last, and the names of those above it. Raises: OSError.

    Without that a power cut takes a new folder and, with it, everything that was synced inside. A folder that may
    not be read cannot be synced.
    """
    for folder in reversed(path.absolute().parents):
        with suppress(PermissionError):
            sync(folder)


def make_folder(path: Path, mode: int) -> None:
    """Makes a folder and those above it, as far as they are missing. Raises: OSError."""
    missing = [one for one in (path, *path.parents) if not one.exists()]
    path.mkdir(parents=True, exist_ok=True, mode=mode)
    for one in missing:
        with suppress(PermissionError):  # as above
            sync(one.parent)


def replace(path: Path, content: bytes, mode: int) -> None:
    """Writes a whole file or none, never readable by more than ``mode``. Raises: OSError; it is as it was then."""
    temporary = ""
    try:
        descriptor, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.chmod(temporary, mode)
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except OSError:
        with suppress(OSError):
            os.unlink(temporary)
        raise
    sync(path.parent)
