"""What is done to files that have their names: another name, other tags, a second look.

A file is changed as a copy that takes its place when it is proved; until then it is as it was.
"""

import filecmp
import os
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path, PurePosixPath

from cloudcrate.adapters.library import disk, place, scan, tag
from cloudcrate.adapters.library.disk import Disk, disk_errors
from cloudcrate.adapters.library.ffmpeg import Ffmpeg
from cloudcrate.adapters.library.verify import container_of, tolerance, verify
from cloudcrate.core.model import StoredFile, TrackId
from cloudcrate.core.tagging import Tags
from cloudcrate.errors import DamagedError, DiskError, NotFoundError
from cloudcrate.ports.library import Finding, State

SLOWEST = 4000
"""Bytes per second of the slowest sound there is, 32 kbit/s: how long a file of a given size can be."""

_State = tuple[int, int, int]
"""What tells that a file was written to: its inode, size and time of change in nanoseconds."""


class Shelf:
    """The named files of one library.

    ``staged`` makes a fresh path in the staging folder, on the library's filesystem. Who gives names by other
    means holds ``naming`` meanwhile.
    """

    def __init__(self, root: Path, calls: Disk, ffmpeg: Ffmpeg, staged: Callable[[str], Path]) -> None:
        self.root = root
        self.ffmpeg = ffmpeg
        self._disk = calls
        self._staged = staged
        self.naming = threading.Lock()  # two threads must not both find a name free, or a folder empty

    # --- reading ----------------------------------------------------------------------------

    def size(self, file: StoredFile) -> int:
        """See ``ports.Store.size``."""
        size = scan.size_of(self.root / file.path, self.root)
        if size is None:
            raise not_there(file)
        return size

    def read(self, file: StoredFile, start: int, count: int) -> bytes:
        """See ``ports.Store.read``. Raises: DiskError, too."""
        path = self.root / file.path
        try:
            self.size(file)
            # A link that takes the file's place meanwhile is not followed.
            with os.fdopen(os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0)), "rb") as opened:
                opened.seek(start)
                return opened.read(count)
        except FileNotFoundError as error:
            raise not_there(file) from error
        except OSError as error:
            raise DiskError(
                f"{path} cannot be read: {error.strerror}.", hint="Look at it: cloudcrate verify"
            ) from error

    # --- names ------------------------------------------------------------------------------

    def move(self, file: StoredFile, stem: str) -> StoredFile:
        """See ``ports.Store.move``. Killed at any point the file has one name or two, and moving again ends well."""
        source, suffix = self.root / file.path, PurePosixPath(file.path).suffix
        with self.naming, disk_errors(self.root / f"{stem}{suffix}"):
            if scan.size_of(source, self.root) is None:
                target, name = self._moved_before(file, f"{stem}{suffix}"), stem
            else:
                target, name = self._renamed(source, stem, suffix)
            if target != source:
                disk.remove_empty_folders(self._disk, source.parent, self.root)
        return replace(file, path=self._relative(target), stem=name)

    def place(self, source: Path, file: StoredFile, stem: str) -> StoredFile:
        """Gives a staged file the name ``stem`` and the suffix of its format, over no other file.

        When the track's own file, whole and as long, bears that name already, it is the answer.
        Raises: DiskError.
        """
        track_id, suffix = tag.read_id(source), f".{file.format}"
        for name in place.names(stem, track_id):
            with self.naming, disk_errors(self.root / f"{name}{suffix}"):
                target = place.target_of(self.root, f"{name}{suffix}")
                lying = place.occupant(target)
                if lying is None:
                    try:
                        place.publish(self._disk, source, target, self.root)
                    except FileExistsError:
                        continue  # another program was quicker
                    return replace(file, path=self._relative(target), stem=name)
                same = self.sound_file_of(lying, track_id) if track_id is not None else None
                if same is not None and abs(same.seconds - file.seconds) <= tolerance(file.seconds):
                    return replace(same, preset=file.preset, stem=name)
        raise taken(f"{stem}{suffix}")

    def sound_file_of(self, path: Path, track_id: TrackId) -> StoredFile | None:
        """The file at ``path`` when it is this track's and decodes without complaint."""
        size = scan.size_of(path, self.root)
        if size is None or tag.read_id(path) != track_id:
            return None
        container = tag.SUFFIXES[path.suffix.lower()]
        try:
            decoded = self.ffmpeg.decode(path, container, expected_seconds=size / SLOWEST)
        except DamagedError:
            return None
        return None if decoded.errors else self.described(path, container, decoded.seconds)

    def described(self, path: Path, container: str, seconds: float) -> StoredFile:
        """What is recorded of a file of the library whose sound was measured."""
        return StoredFile(
            path=self._relative(path),
            size=path.stat().st_size,
            sha256=disk.sha256(path),
            format=container,
            bitrate=tag.bit_rate(path),
            seconds=round(seconds, 3),
        )

    def _renamed(self, source: Path, stem: str, suffix: str) -> tuple[Path, str]:
        """Gives a file the first of its names that is free, or its own already; where it is then, and that name."""
        for name in place.names(stem, tag.read_id(source)):
            target = place.target_of(self.root, f"{name}{suffix}")
            lying = place.occupant(target)
            if target == source:
                return source, name
            try:
                if lying is None or lying == source:
                    return self._given_name(source, target), name
            except FileExistsError:
                continue  # another program was quicker, or another file differs in case only
            if disk.is_same_file(lying, source):  # its second name, since a move that was broken off
                self._take_away(source, lying)
                return lying, name
        raise taken(f"{stem}{suffix}")

    def _given_name(self, source: Path, target: Path) -> Path:
        """Renames by a second name, so that one is there at every moment. Raises: FileExistsError."""
        disk.make_folder(self._disk, target.parent, self.root)
        try:
            two_names = self._linked(source, target)
        except FileExistsError:
            # Where names that differ in case or form are one, the new name is there already: it is the old one.
            if source.parent != target.parent or not disk.is_same_file(source, target):
                raise
            return self._respelled(source, target)
        if two_names:
            self._take_away(source, target)
        return target

    def _linked(self, source: Path, target: Path) -> bool:
        """Gives a file a second name; or, where there are no hard links, another one, and answers False."""
        try:
            self._disk.link(source, target)
        except FileExistsError:
            raise
        except OSError as error:
            if error.errno not in disk.NO_HARD_LINKS:
                raise
            disk.name_without_overwriting(self._disk, source, target)
            self._disk.sync(target.parent)
            self._disk.sync(source.parent)
            return False
        return True

    def _take_away(self, name: Path, other: Path) -> None:
        """Takes one of two names of a file away, once the other is sure to last."""
        self._disk.sync(other.parent)
        self._disk.unlink(name)
        self._disk.sync(name.parent)

    def _respelled(self, source: Path, target: Path) -> Path:
        """Changes the case or form of a name where both are one; a filesystem that keeps the old one may."""
        self._disk.replace(source, target)
        self._disk.sync(target.parent)
        names = os.listdir(target.parent)
        return source if source.name in names and target.name not in names else target

    def _moved_before(self, file: StoredFile, relative: str) -> Path:
        """Where a move has put a file that broke off before it was recorded. Raises: NotFoundError."""
        lying = place.occupant(place.target_of(self.root, relative))
        if lying is None or scan.size_of(lying, self.root) != file.size or disk.sha256(lying) != file.sha256:
            raise not_there(file)
        return lying

    # --- tags -------------------------------------------------------------------------------

    def retag(self, file: StoredFile, tags: Tags) -> StoredFile:
        """See ``ports.Store.retag``. Nothing is written when the file would not change.

        The copy that replaces the file is a file of its own: other hard links, as those in a playlist's
        folder, keep the old tags until that folder is made anew.
        """
        path = self._there(file)
        self.tagged(path, tags, file.seconds)
        with disk_errors(path):
            return replace(file, size=path.stat().st_size, sha256=disk.sha256(path))

    def tagged(self, path: Path, tags: Tags, seconds: float) -> float:
        """Writes ``tags`` into a file of the library that is ``seconds`` long; the measured length.

        The length is ``seconds`` itself when nothing had to be written.
        Raises: DamagedError when the file is not whole or was written to meanwhile, DiskError.
        """
        with disk_errors(path):
            before, container = _state(path), container_of(path)
        with self.copied(path, container) as copy:
            wanted = tag.read_id(copy) if tags.track_id is None else tags.track_id
            tag.write(copy, container, tags, None)
            if filecmp.cmp(copy, path, shallow=False):
                return seconds
            if tag.read_id(copy) != wanted:
                raise DamagedError("The track's id cannot be read back from the file.")
            measured = verify(self.ffmpeg, copy, container, seconds)
            shutil.copystat(path, copy)  # whose it is to read, and what else its user noted on it
            os.utime(copy)
            self._disk.sync(copy)
            if scan.size_of(path, self.root) is None or _state(path) != before:
                raise DamagedError(f"{self._relative(path)} was changed while it was tagged; it is left as it is.")
            self._disk.replace(copy, path)
            self._disk.sync(path.parent)
        return measured

    @contextmanager
    def copied(self, path: Path, container: str) -> Iterator[Path]:
        """A copy of a file in staging, named after its container; it goes when it is not needed any more."""
        copy = self._staged("copy").with_suffix(f".{container}")
        with disk_errors(path):
            disk.make_folder(self._disk, copy.parent, self.root)
            try:
                shutil.copyfile(path, copy)
                yield copy
            finally:
                copy.unlink(missing_ok=True)

    # --- a second look ----------------------------------------------------------------------

    def examine(self, file: StoredFile, track_id: TrackId | None = None) -> Finding:
        """See ``ports.Store.examine``. With ``track_id`` a file that bears another id is not the track's.

        A file that cannot be read is damaged, too: the reason says why.
        """
        path = self.root / file.path
        try:
            size = scan.size_of(path, self.root)
            if size is None:
                words = "something else is in its place" if os.path.lexists(path) else "it is not there"
                return Finding(state=State.MISSING, file=file, reason=words)
            digest = disk.sha256(path)
            if (size, digest) == (file.size, file.sha256):
                return Finding(state=State.SOUND, file=file)
            verify(self.ffmpeg, path, container_of(path), file.seconds)
        except DamagedError as error:
            return Finding(state=State.DAMAGED, file=file, reason=error.message)
        except OSError as error:
            return Finding(state=State.DAMAGED, file=file, reason=f"it cannot be read: {error.strerror}")
        embedded = tag.read_id(path)
        if track_id is not None and embedded not in (None, track_id):
            return Finding(state=State.DAMAGED, file=file, reason=f"it is the file of track {embedded}")
        found = replace(file, size=size, sha256=digest)
        return Finding(state=State.RETAGGED, file=found, reason="its tags were edited; the sound is whole")

    def _there(self, file: StoredFile) -> Path:
        path = self.root / file.path
        with disk_errors(path):
            if scan.size_of(path, self.root) is None:
                raise not_there(file)
        return path

    def _relative(self, path: Path) -> str:
        return path.relative_to(self.root).as_posix()


def _state(path: Path) -> _State:
    found = path.lstat()
    return found.st_ino, found.st_size, found.st_mtime_ns


def not_there(file: StoredFile) -> NotFoundError:
    """The error of a recorded file that is missing."""
    return NotFoundError(
        f"{file.path} is not in the library.", hint="Run sync: a file that you moved is found by its id."
    )


def taken(name: str) -> DiskError:
    """The error of a name that cannot be given, nor any of those with the id."""
    return DiskError(
        f"{name} and its names with the track's id are taken by other files.",
        hint="Move them out of the way and run the same command again.",
    )
