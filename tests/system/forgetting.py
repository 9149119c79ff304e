"""A disk that forgets: what its programs see, and what of that outlasts a power cut.

Strict POSIX. A file's bytes last from ``fsync`` of that file on, a name from ``fsync`` of its folder on, and neither
brings the other. What was not synced is lost, or reached the disk in part and out of order, as dice say.
"""

import errno
import os
import random
import stat
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")

SECTOR = 512
"""Bytes that a disk writes whole or not at all."""

Change = tuple[int, bytes] | int
"""A write at an offset, or the length that a file was cut or stretched to."""


@dataclass(slots=True, eq=False, kw_only=True)
class File:
    """A file: its bytes now, those that last, and what was done since then."""

    number: int
    mode: int
    links: int = 1
    changed: int = 0  # nanoseconds since the epoch
    data: bytearray = field(default_factory=bytearray)
    lasting: bytearray = field(default_factory=bytearray)
    pending: list[Change] = field(default_factory=list)

    def change(self, change: Change) -> None:
        """Does it now; it lasts from the next ``sync`` on."""
        _apply(self.data, change)
        self.pending.append(change)

    def sync(self) -> None:
        """Makes the bytes last."""
        for change in self.pending:
            _apply(self.lasting, change)
        self.pending.clear()

    def survivor(self, dice: random.Random | None) -> bytes:
        """The bytes after a cut: what lasts; with dice, more or less of the rest besides, some of it torn."""
        left = bytearray(self.lasting)
        for change in _arrived(self.pending, dice):
            torn = dice is not None and dice.random() < 0.25
            _apply(left, _torn(change, dice) if torn and dice is not None else change)
        return bytes(left)


@dataclass(slots=True, eq=False, kw_only=True)
class Folder:
    """A folder: its names now, those that last, and the renames, links and removals since then."""

    number: int
    mode: int
    changed: int = 0
    names: dict[str, "File | Folder"] = field(default_factory=dict)
    lasting: dict[str, "File | Folder"] = field(default_factory=dict)
    pending: list[dict[str, "File | Folder | None"]] = field(default_factory=list)

    def change(self, names: dict[str, "File | Folder | None"]) -> None:
        """Gives names or takes them away (None), at once; they last from the next ``sync`` on."""
        _rename(self.names, names)
        self.pending.append(names)

    def sync(self) -> None:
        """Makes the names last."""
        self.lasting = dict(self.names)
        self.pending.clear()

    def survivor(self, dice: random.Random | None) -> dict[str, "File | Folder"]:
        """The names after a cut."""
        left = dict(self.lasting)
        for names in _arrived(self.pending, dice):
            _rename(left, names)
        return left


class Tree:
    """The whole disk."""

    def __init__(self) -> None:
        self.made = 1
        self.root = Folder(number=1, mode=stat.S_IFDIR | 0o755)

    def number(self) -> int:
        """The next inode number."""
        self.made += 1
        return self.made

    def at(self, path: str) -> File | Folder:
        """What bears a path. Raises: FileNotFoundError, NotADirectoryError."""
        found: File | Folder = self.root
        for step in filter(None, path.split("/")):
            found = self._folder(found).names.get(step) or _missing(path)
        return found

    def file(self, path: str) -> File:
        """The file at a path. Raises: IsADirectoryError and as ``at`` does."""
        found = self.at(path)
        if isinstance(found, Folder):
            raise IsADirectoryError(errno.EISDIR, path)
        return found

    def folder(self, path: str) -> Folder:
        """The folder at a path. Raises: as ``at`` does."""
        return self._folder(self.at(path))

    def place(self, path: str) -> tuple[Folder, str]:
        """The folder that a path's last name is in, and that name."""
        parent, _, name = path.rpartition("/")
        return self.folder(parent), name

    def everything(self) -> Iterator[File | Folder]:
        """Every file and folder that has a name now."""
        yield self.root
        waiting = [self.root]
        for folder in waiting:
            for node in folder.names.values():
                yield node
                if isinstance(node, Folder):
                    waiting.append(node)

    def survive(self, target: Path, dice: random.Random | None) -> None:
        """Writes what outlasts a cut into the empty folder ``target``; hard links stay hard links."""
        seen: dict[File, Path] = {}
        waiting = [(self.root, target)]
        for folder, path in waiting:
            for name, node in sorted(folder.survivor(dice).items()):
                if isinstance(node, Folder):
                    (path / name).mkdir()
                    waiting.append((node, path / name))
                elif node in seen:
                    os.link(seen[node], path / name)
                else:
                    seen[node] = path / name
                    _write(node, path / name, dice)
        for folder, path in waiting:
            path.chmod(stat.S_IMODE(folder.mode))

    @staticmethod
    def _folder(node: File | Folder) -> Folder:
        if isinstance(node, File):
            raise NotADirectoryError(errno.ENOTDIR, "a file")
        return node


def _missing(path: str) -> File | Folder:
    raise FileNotFoundError(errno.ENOENT, path)


def _write(file: File, path: Path, dice: random.Random | None) -> None:
    path.write_bytes(file.survivor(dice))
    path.chmod(stat.S_IMODE(file.mode))
    os.utime(path, ns=(file.changed, file.changed))


def _arrived(pending: list[T], dice: random.Random | None) -> list[T]:
    """What of it reached the disk: without dice nothing; else nothing, the first of it, some of it, or everything."""
    if dice is None or not pending:
        return []
    how = dice.randrange(4)
    if how == 0:
        return []
    if how == 1:
        return pending[: dice.randint(0, len(pending))]
    return [one for one in pending if how == 3 or dice.random() < 0.5]


def _torn(change: Change, dice: random.Random) -> Change:
    """A write of which only the first sectors arrived."""
    if isinstance(change, int):
        return change
    offset, data = change
    return offset, data[: dice.randint(0, len(data) // SECTOR) * SECTOR]


def _apply(data: bytearray, change: Change) -> None:
    if isinstance(change, int):
        del data[change:]
        data.extend(bytes(change - len(data)))
        return
    offset, written = change
    if written:
        data.extend(bytes(max(0, offset - len(data))))
        data[offset : offset + len(written)] = written


def _rename(names: dict[str, File | Folder], changes: dict[str, File | Folder | None]) -> None:
    for name, node in changes.items():
        if node is None:
            names.pop(name, None)
        else:
            names[name] = node
