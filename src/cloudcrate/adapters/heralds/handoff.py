"""Hands a run's end over as a JSON file in a folder that another program or agent watches.

The file appears under its name when it is whole, and never takes the place of another one. While it is written
its name begins with a dot and ends in ``.part``.
"""

import errno
import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from cloudcrate import durable
from cloudcrate.core.ending import Ending, file_name, text
from cloudcrate.errors import DiskError

MOST = 1000
"""So many files may want the same name: of one second, one name and one recipient."""


class Handoff:
    """See the module. ``name`` is whose run it is, ``recipient`` for whom the file is.

    ``link`` gives a file a second name, unless that is taken.
    """

    def __init__(
        self, folder: Path, *, name: str, recipient: str, link: Callable[[Path, Path], None] = os.link
    ) -> None:
        self._folder = folder
        self._from = name
        self._to = recipient
        self._link = link

    @property
    def name(self) -> str:
        """See ``Herald``."""
        return "the handoff folder"

    def tell(self, ending: Ending) -> None:
        """Writes the file. Raises: DiskError."""
        content = text(ending).encode("ascii")
        wanted = file_name(ending, self._from, self._to)
        try:
            self._make_folder()
            for number in range(1, MOST + 1):
                numbered = wanted if number == 1 else f"{wanted.removesuffix('.json')}__{number}.json"
                if self._write(self._folder / numbered, content):
                    return
        except OSError as error:
            reason = errno.errorcode.get(error.errno or 0, type(error).__name__)
            raise DiskError(
                f"The handoff folder {str(self._folder)!r} cannot be written ({reason}).",
                hint="Make the folder, or room in it, or name another one.",
            ) from error
        raise DiskError(f"The handoff folder {str(self._folder)!r} is full of files named {wanted!r}.")

    def _make_folder(self) -> None:
        """Makes the folder, and none above it: a mistyped path must not grow a tree. Raises: OSError."""
        if not self._folder.parent.is_dir():
            raise FileNotFoundError(errno.ENOENT, "no such folder", str(self._folder.parent))
        if not self._folder.is_dir():
            durable.make_folder(self._folder, 0o700)

    def _write(self, path: Path, content: bytes) -> bool:
        """Writes a whole file or none; False: its name is taken. Raises: OSError."""
        if os.path.lexists(path):
            return False
        part = path.with_name(f".{path.name}.part")
        try:
            descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0), 0o600)
        except FileExistsError:  # another one writes it, or died doing so
            return False
        try:
            with os.fdopen(descriptor, "wb") as file:
                os.chmod(part, 0o600)  # whatever the umask takes away
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            if not self._placed(part, path):
                return False
        finally:
            with suppress(OSError):
                os.unlink(part)
        durable.sync(path.parent)
        return True

    def _placed(self, part: Path, path: Path) -> bool:
        """Gives a file its name unless that is taken. Raises: OSError."""
        try:
            self._link(part, path)
        except FileExistsError:
            return False
        except OSError:  # no second names here (FAT, some network drives): who holds the part is alone among us
            if os.path.lexists(path):
                return False
            os.rename(part, path)
        return True
