"""What the disk must promise: names that are whole, writes that last, errors that are understood."""

import errno
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cloudcrate import durable
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
    errno.ENOENT: "a part of its path is not there",
}

NO_HARD_LINKS = frozenset({errno.EPERM, errno.EACCES, errno.EOPNOTSUPP, errno.ENOSYS, errno.EINVAL, errno.EMLINK})
"""What filesystems say that have no hard links (FAT, some network and FUSE ones), or no more of them."""


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


class Disk:
    """The calls whose order makes files last. A test listens to them, or lets one fail."""

    def sync(self, path: Path) -> None:
        """Makes a file's bytes last, or the names in a folder."""
        durable.sync(path)

    def link(self, source: Path, target: Path) -> None:
        """Gives a file a second name. Raises: FileExistsError."""
        os.link(source, target)

    def replace(self, source: Path, target: Path) -> None:
        """Moves a file to a name, over what bears it."""
        os.replace(source, target)

    def unlink(self, path: Path) -> None:
        """Takes a name away."""
        path.unlink(missing_ok=True)

    def mkdir(self, path: Path) -> None:
        """Makes a folder, if it is not there."""
        path.mkdir(exist_ok=True)

    def rmdir(self, path: Path) -> None:
        """Takes an empty folder away. Raises: OSError when something is in it."""
        path.rmdir()


def make_folder(disk: Disk, path: Path, root: Path) -> None:
    """Makes a folder below ``root``, and each new name last, that of a ``root`` which is empty yet, too.

    Refuses to go through links.
    """
    refuse_links(path, root)
    if path != root and not any(root.iterdir()):
        durable.keep_name(root)  # it may have been made just now, and folders above it
    missing = []
    while path != root and not path.exists():
        missing.append(path)
        path = path.parent
    for folder in reversed(missing):
        disk.mkdir(folder)
        disk.sync(folder.parent)
    if missing:
        refuse_links(missing[0], root)  # somebody could have put one there meanwhile


def remove_empty_folders(disk: Disk, path: Path, root: Path) -> None:
    """Removes the folder ``path`` and those above it that are empty, up to ``root``, which stays."""
    while path != root and is_inside(path, root):
        try:
            disk.rmdir(path)
        except FileNotFoundError:
            pass  # it went in a run that broke off before those above it did
        except OSError:
            return  # something is in it, or it may not be removed: then it stays
        if path.parent.is_dir():
            disk.sync(path.parent)
        path = path.parent


def refuse_links(path: Path, root: Path) -> None:
    """Raises: DiskError when ``path`` leaves ``root`` or goes through a symbolic link below it."""
    if not is_inside(path, root):
        raise DiskError(
            f"{path} leads out of the library.",
            hint="Remove the symbolic link from the library, or choose another folder with --library.",
        )


def is_inside(path: Path, root: Path) -> bool:
    """Says whether ``path`` stays in ``root`` and no step below it is a symbolic link."""
    if not path.is_relative_to(root) or "\0" in str(path):
        return False
    steps = path.relative_to(root).parts
    return ".." not in steps and not any(root.joinpath(*steps[: n + 1]).is_symlink() for n in range(len(steps)))


def is_same_file(one: Path, other: Path) -> bool:
    """Says whether these are two names of one file. A symbolic link is a file of its own."""
    try:
        return os.path.samestat(one.lstat(), other.lstat())
    except (FileNotFoundError, NotADirectoryError):
        return False


def name_without_overwriting(disk: Disk, source: Path, target: Path) -> None:
    """Gives ``source`` the name ``target``, at once or not at all. Raises: FileExistsError when it is taken."""
    try:
        disk.link(source, target)
    except FileExistsError:
        raise
    except OSError as error:
        if error.errno not in NO_HARD_LINKS:
            raise
        _name_by_reservation(disk, source, target)
        return
    disk.unlink(source)


def _name_by_reservation(disk: Disk, source: Path, target: Path) -> None:
    """Where there are no hard links: an empty file reserves the name, then is replaced."""
    os.close(os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666))
    try:
        disk.replace(source, target)
    except BaseException:
        disk.unlink(target)
        raise


def replace_durably(disk: Disk, path: Path, data: bytes, *, partial: Path) -> None:
    """Writes a whole file or leaves the old one; ``partial`` is its name until then, on the same filesystem."""
    try:
        partial.write_bytes(data)
        disk.sync(partial)  # first the bytes, then the name: a crash between leaves the old file
        disk.replace(partial, path)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise
    disk.sync(path.parent)


def sha256(path: Path) -> str:
    """The digest of a file as the disk has it."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
