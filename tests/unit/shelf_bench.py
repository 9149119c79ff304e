"""Files under their names, and disks that end the process or fail at any of their calls."""

import errno
import os
from itertools import count
from pathlib import Path

from disk_bench import TellingDisk
from library_bench import JPEG, SECONDS, audio

from cloudcrate.adapters.library import tag
from cloudcrate.adapters.library.disk import Disk
from cloudcrate.adapters.library.ffmpeg import Ffmpeg
from cloudcrate.adapters.library.shelf import Shelf
from cloudcrate.core.model import StoredFile, TrackId
from cloudcrate.core.tagging import Tags

SEVEN = TrackId(7)


class Killed(BaseException):
    """A process that ends where it stands."""


class FailingDisk(TellingDisk):
    """Does the first ``until`` calls and then ends the process, or does what it is told to."""

    def __init__(self, until: int | None = None, *, no_links: bool = False) -> None:
        self._until = until
        self._no_links = no_links
        self.calls: list[str] = []

    def hear(self, name: str, path: Path) -> None:
        if len(self.calls) == self._until:
            raise Killed
        self.calls.append(f"{name} {path.name}")

    def link(self, source: Path, target: Path) -> None:
        if self._no_links:
            self.hear("link", target)
            raise OSError(errno.EPERM, os.strerror(errno.EPERM))
        super().link(source, target)


class World:
    """A library with files in it."""

    def __init__(self, root: Path, calls: Disk | None = None) -> None:
        self.root = root
        self.root.mkdir(exist_ok=True)
        self._numbers = count()
        self.shelf = Shelf(root, calls or Disk(), Ffmpeg(), self.staged)

    def staged(self, name: str) -> Path:
        return self.root / ".cloudcrate" / "staging" / f"{name}-{next(self._numbers)}.part"

    def put(self, path: str, container: str = "mp3", track_id: TrackId | None = SEVEN) -> StoredFile:
        target = self.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(audio(container))
        if track_id is not None:
            tag.write(target, container, Tags(title="Song", artist="Ada", track_id=track_id), JPEG)
        return self.shelf.described(target, container, SECONDS)

    def with_disk(self, calls: Disk) -> Shelf:
        return Shelf(self.root, calls, Ffmpeg(), self.staged)

    @property
    def files(self) -> list[str]:
        found = (path.relative_to(self.root) for path in self.root.rglob("*"))
        return sorted(path.as_posix() for path in found if path.parts[0] != ".cloudcrate")

    @property
    def left(self) -> list[Path]:
        folder = self.root / ".cloudcrate" / "staging"
        return list(folder.iterdir()) if folder.is_dir() else []
