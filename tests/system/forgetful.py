"""Mounts a disk that forgets at a power cut what was not synced: ``python forgetful.py BACKING MOUNT [--cut N]``.

It lives in memory. At the N-th changing call, which has no effect any more, or else when it is unmounted, what
outlasts the cut is written into the empty folder BACKING; from then on every call is refused with EIO. It prints
"ready" when it is mounted, and "cut" and the call at the cut; that call returns when a line has been read from the
input, so that whoever reads this can kill who made it. ``--deaf`` makes a disk that lies: it says that it has synced.
"""

import argparse
import errno
import os
import random
import stat
import sys
import time
from pathlib import Path
from typing import NamedTuple, TextIO

import mfusepy  # type: ignore[import-untyped]  # it tells no types
from forgetting import SECTOR, File, Folder, Tree

DEAF = ("files", "folders")
BLOCK = 4096


class Opened(NamedTuple):
    """What was opened, by which name, and whether what is written to it lasts at once."""

    node: File | Folder
    path: str
    lasts: bool


class Forgetful(mfusepy.Operations):  # type: ignore[misc]  # as above
    """The calls of one disk, one at a time."""

    use_ns = True

    def __init__(self, given: argparse.Namespace) -> None:
        self._tree = Tree()
        self._given = given
        self._backing = given.backing.absolute()  # libfuse leaves for the root folder
        self._dice = random.Random(given.seed) if given.seed is not None else None
        self._log: TextIO | None = given.log.open("w") if given.log else None
        self._open: dict[int, Opened] = {}
        self._handles = 0
        self._calls = 0
        self._dead = False

    def init_with_config(self, conn_info: mfusepy.fuse_conn_info | None, config_3: mfusepy.fuse_config | None) -> None:
        """Inode numbers and removals as they are here; the kernel's pages are right, for only it writes."""
        if config_3 is None:
            raise OSError(errno.ENOSYS, "libfuse 3 is needed")
        for name in ("use_ino", "hard_remove", "kernel_cache"):
            setattr(config_3, name, 1)
        for name in ("attr_timeout", "entry_timeout", "negative_timeout"):
            setattr(config_3, name, 0.0)  # a hard link changes what is known of its other names
        print("ready", flush=True)

    # --- the cut ----------------------------------------------------------------------------

    def _step(self, call: str, path: str, fh: int | None = None) -> None:
        """Counts a changing call; at the cut it ends everything."""
        self._alive()
        self._calls += 1
        name = self._open[fh].path if fh is not None and fh in self._open else path
        if self._log is not None:
            print(self._calls, call, name, file=self._log, flush=True)
        if self._calls == self._given.cut:
            self.cut()
            print("cut", call, name, flush=True)
            sys.stdin.readline()
            self._alive()

    def _alive(self) -> None:
        if self._dead:
            raise OSError(errno.EIO, "the power is off")

    def cut(self) -> None:
        """Writes down what lasts, once."""
        if not self._dead:
            self._dead = True
            self._tree.survive(self._backing, self._dice)

    def _deaf(self, kind: str, fh: int) -> bool:
        return self._given.deaf == kind and self._open[fh].path.startswith(self._given.below)

    # --- names ------------------------------------------------------------------------------

    def getattr(self, path: str, fh: int | None = None) -> dict[str, int]:
        """What ``stat`` tells."""
        self._alive()
        node = self._node(path, fh)
        size = len(node.data) if isinstance(node, File) else BLOCK
        return {
            "st_ino": node.number,
            "st_mode": node.mode,
            "st_nlink": node.links if isinstance(node, File) else 2,
            "st_size": size,
            "st_blocks": -(-size // SECTOR),
            "st_uid": os.getuid(),
            "st_gid": os.getgid(),
            **dict.fromkeys(("st_mtime", "st_ctime", "st_atime"), node.changed),
        }

    def readdir(self, path: str, fh: int) -> list[tuple[str, dict[str, int], int]]:
        """The names in a folder."""
        self._alive()
        node = self._open[fh].node
        names = {".": node, "..": node, **(node.names if isinstance(node, Folder) else {})}
        return [(name, {"st_mode": one.mode, "st_ino": one.number}, 0) for name, one in names.items()]

    def opendir(self, path: str) -> int:
        """Opens a folder."""
        self._alive()
        return self._opened(self._tree.folder(path), path, 0)

    def releasedir(self, path: str, fh: int) -> int:
        """Closes a folder."""
        return self.release(path, fh)

    def mkdir(self, path: str, mode: int) -> int:
        """Makes a folder."""
        self._step("mkdir", path)
        self._name(path, Folder(number=self._tree.number(), mode=stat.S_IFDIR | mode, changed=time.time_ns()))
        return 0

    def rmdir(self, path: str) -> int:
        """Removes an empty folder."""
        self._step("rmdir", path)
        if self._tree.folder(path).names:
            raise OSError(errno.ENOTEMPTY, path)
        self._name(path, None)
        return 0

    def unlink(self, path: str) -> int:
        """Takes a file's name away."""
        self._step("unlink", path)
        self._tree.file(path).links -= 1
        self._name(path, None)
        return 0

    def link(self, target: str, source: str) -> int:
        """Gives the file ``source`` the further name ``target``."""
        self._step("link", target)
        file = self._tree.file(source)
        file.links += 1
        self._name(target, file)
        return 0

    def rename(self, old: str, new: str) -> int:
        """Gives a file or folder another name; within a folder both halves last together."""
        self._step("rename", new)
        node = self._tree.at(old)
        (source, was), (target, name) = self._tree.place(old), self._tree.place(new)
        over = target.names.get(name)
        if over is node:
            return 0
        if isinstance(over, Folder) and over.names:
            raise OSError(errno.ENOTEMPTY, new)
        if isinstance(over, File):
            over.links -= 1
        if source is target:
            source.change({was: None, name: node})
        else:
            target.change({name: node})
            source.change({was: None})
        return 0

    def _name(self, path: str, node: File | Folder | None) -> None:
        folder, name = self._tree.place(path)
        folder.change({name: node})
        folder.changed = time.time_ns()

    def _node(self, path: str, fh: int | None) -> File | Folder:
        if fh is not None and fh in self._open:
            return self._open[fh].node
        return self._tree.at(path)

    def _file(self, path: str, fh: int | None) -> File:
        node = self._node(path, fh)
        if isinstance(node, Folder):
            raise IsADirectoryError(errno.EISDIR, path)
        return node

    # --- bytes ------------------------------------------------------------------------------

    def create(self, path: str, mode: int, fi: int = 0) -> int:
        """Makes a file and opens it."""
        self._step("create", path)
        file = File(number=self._tree.number(), mode=stat.S_IFREG | mode, changed=time.time_ns())
        self._name(path, file)
        return self._opened(file, path, fi)

    def open(self, path: str, flags: int) -> int:
        """Opens a file, and empties it when that is wanted."""
        self._alive()
        if flags & os.O_TRUNC:
            self.truncate(path, 0)
        return self._opened(self._tree.file(path), path, flags)

    def _opened(self, node: File | Folder, path: str, flags: int) -> int:
        self._handles += 1
        self._open[self._handles] = Opened(node, path, bool(flags & (os.O_SYNC | os.O_DSYNC)))
        return self._handles

    def release(self, path: str, fh: int) -> int:
        """Closes a file."""
        self._open.pop(fh, None)
        return 0

    def read(self, path: str, size: int, offset: int, fh: int) -> bytes:
        """Reads."""
        self._alive()
        return bytes(memoryview(self._file(path, fh).data)[offset : offset + size])

    def write(self, path: str, data: bytes, offset: int, fh: int) -> int:
        """Writes; what was opened with O_SYNC lasts at once."""
        self._step("write", path, fh)
        file = self._file(path, fh)
        file.change((offset, data))
        file.changed = time.time_ns()
        if self._open[fh].lasts:
            file.sync()
        return len(data)

    def truncate(self, path: str, length: int, fh: int | None = None) -> int:
        """Cuts a file or stretches it."""
        self._step("truncate", path, fh)
        file = self._file(path, fh)
        file.change(length)
        file.changed = time.time_ns()
        return 0

    def fsync(self, path: str, datasync: int, fh: int) -> int:
        """Makes a file's bytes last, not its name."""
        self._step("fsync", path, fh)
        if not self._deaf("files", fh):
            self._file(path, fh).sync()
        return 0

    def fsyncdir(self, path: str, datasync: int, fh: int) -> int:
        """Makes the names in a folder last."""
        self._step("fsyncdir", path, fh)
        if not self._deaf("folders", fh):
            self._node(path, fh).sync()
        return 0

    # --- what else belongs to a file ----------------------------------------------------------

    def chmod(self, path: str, mode: int) -> int:
        """Changes who may read; lasts at once, as nothing here depends on it."""
        self._alive()
        node = self._node(path, None)
        node.mode = stat.S_IFMT(node.mode) | stat.S_IMODE(mode)
        return 0

    def chown(self, path: str, uid: int, gid: int) -> int:
        """Everything is its mounter's."""
        self._alive()
        return 0

    def utimens(self, path: str, times: tuple[int, int] | None = None) -> int:
        """Sets the time of change; lasts at once."""
        self._alive()
        self._node(path, None).changed = times[1] if times else time.time_ns()
        return 0

    def statfs(self, path: str) -> dict[str, int]:
        """A gigabyte is free."""
        self._alive()
        blocks = 2**30 // BLOCK
        return {"f_bsize": BLOCK, "f_frsize": BLOCK, "f_blocks": blocks, "f_bfree": blocks, "f_bavail": blocks}


def main() -> None:
    """Mounts, serves until it is unmounted, and cuts the power if that has not been done."""
    parser = argparse.ArgumentParser(description="Mounts a disk that forgets at a power cut what was not synced.")
    parser.add_argument("backing", type=Path, help="empty folder for what outlasts the cut")
    parser.add_argument("mount", type=Path)
    parser.add_argument("--cut", type=int, default=0, help="the changing call that comes too late; 0: at the unmount")
    parser.add_argument("--seed", type=int, help="some of what was not synced outlasts the cut, by these dice")
    parser.add_argument("--deaf", choices=DEAF, help="these are not synced, whatever the disk says")
    parser.add_argument("--below", default="/", help="... so far as their paths begin so")
    parser.add_argument("--log", type=Path, help="file that gets a line per changing call")
    given = parser.parse_args()
    disk = Forgetful(given)
    mfusepy.FUSE(disk, str(given.mount), foreground=True, nothreads=True)
    disk.cut()


if __name__ == "__main__":
    main()
