"""A disk that tells of each call before it is made: whoever hears of it may keep a list, fail, or end the process."""

from pathlib import Path

from cloudcrate.adapters.library.disk import Disk


class TellingDisk(Disk):
    """Does everything, and tells ``hear`` first."""

    def hear(self, name: str, path: Path) -> None:
        """Is told of a call, and of the path that it is about."""

    def sync(self, path: Path) -> None:
        self.hear("sync", path)
        super().sync(path)

    def link(self, source: Path, target: Path) -> None:
        self.hear("link", target)
        super().link(source, target)

    def replace(self, source: Path, target: Path) -> None:
        self.hear("replace", target)
        super().replace(source, target)

    def unlink(self, path: Path) -> None:
        self.hear("unlink", path)
        super().unlink(path)

    def mkdir(self, path: Path) -> None:
        self.hear("mkdir", path)
        super().mkdir(path)

    def rmdir(self, path: Path) -> None:
        self.hear("rmdir", path)
        super().rmdir(path)
