"""What the disk must promise: names that are whole, writes that last, errors that are understood."""

import errno
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cloudcrate.errors import DiskError

WORDS = {
    errno.ENOSPC: "the disk is full",
    errno.EDQUOT: "the quota is used up",
    errno.EROFS: "the filesystem is read-only",
    errno.EACCES: "it may not be written",
    errno.EPERM: "it may not be written",
    errno.EIO: "the disk fails",
    errno.ENOTDIR: "a part of its path is not a folder",
    errno.EEXIST: "a file of that name is in the way",
    errno.ENAMETOOLONG: "its name is too long for this filesystem",
}


@contextmanager
def disk_errors(path: Path) -> Iterator[None]:
    """Turns the operating system's errors into ours."""
    try:
        yield
    except OSError as error:
        words = WORDS.get(error.errno or 0, error.strerror or type(error).__name__)
        raise DiskError(
            f"{path} cannot be written: {words}.",
            hint="Make room, or choose another folder with --library; then run the same command again.",
        ) from error


def sync_file(path: Path) -> None:
    """Makes a file's bytes last."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_folder(path: Path) -> None:
    """Makes the names in a folder last. Windows has no such call and needs none."""
    if os.name == "nt":
        return
    sync_file(path)


def make_folder(path: Path, root: Path) -> None:
    """Makes a folder below ``root``, and each new name last. Refuses to go through links."""
    missing = []
    while path != root and not path.exists():
        missing.append(path)
        path = path.parent
    refuse_links(path, root)
    for folder in reversed(missing):
        folder.mkdir(exist_ok=True)
        sync_folder(folder.parent)
    if missing:
        refuse_links(missing[0], root)


def refuse_links(path: Path, root: Path) -> None:
    """Raises: DiskError when ``path`` leaves ``root`` or goes through a symbolic link below it."""
    inside = path.relative_to(root) if path.is_relative_to(root) else None
    steps = [root.joinpath(*inside.parts[: n + 1]) for n in range(len(inside.parts))] if inside else []
    if inside is None or ".." in inside.parts or any(step.is_symlink() for step in steps):
        raise DiskError(f"{path} leads out of the library.", hint="Remove the symbolic link from the library.")


def name_without_overwriting(source: Path, target: Path) -> None:
    """Gives ``source`` the name ``target``, at once or not at all. Raises: FileExistsError when it is taken."""
    try:
        os.link(source, target)
    except FileExistsError:
        raise
    except OSError:
        # A filesystem without hard links (FAT): an empty file reserves the name, then is replaced.
        os.close(os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666))
        os.replace(source, target)
        return
    os.unlink(source)


def replace_durably(path: Path, data: bytes) -> None:
    """Writes a whole file or leaves the old one: write, fsync, rename, fsync the folder."""
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        with partial.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(partial, path)
    finally:
        partial.unlink(missing_ok=True)
    sync_folder(path.parent)


def sha256(path: Path) -> str:
    """The digest of a file as the disk has it."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
