"""Where a download becomes a whole, tagged file: a folder of its own, in which nothing has its final name yet."""

import secrets
import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

from cloudcrate.adapters.http import Door
from cloudcrate.adapters.library import partial, tag
from cloudcrate.adapters.library.disk import Disk, disk_errors, make_folder
from cloudcrate.adapters.library.fetch import artwork, fetch
from cloudcrate.adapters.library.ffmpeg import Ffmpeg
from cloudcrate.adapters.library.presence import Presence
from cloudcrate.adapters.library.ready import make_ready
from cloudcrate.core.model import Stream, Track
from cloudcrate.errors import DamagedError, DiskError, RefusedError, StreamGoneError
from cloudcrate.ports.library import Recipe, StagedFile
from cloudcrate.ports.world import Media

STALE_AFTER = 3 * 86_400.0
"""Seconds after which a staging file is nobody's, whoever made it."""


class Staging:
    """The staging folder of one library, at or below ``root``, which is made with it."""

    def __init__(self, folder: Path, root: Path, door: Door, *, ffmpeg: Ffmpeg, disk: Disk) -> None:
        self.folder = folder
        self._root = root
        self._door = door
        self._ffmpeg = ffmpeg
        self._disk = disk
        self._presence = Presence(folder.with_name(f"{folder.name}.alive"))

    def open(self) -> None:
        """Makes the folder. Raises: DiskError, OSError."""
        self._root.mkdir(parents=True, exist_ok=True)
        for folder in (self.folder, self._presence.folder):
            make_folder(self._disk, folder, self._root)
        self._presence.declare()

    def close(self) -> None:
        """Says that nothing here is being written any more, and leaves the disk to others."""
        self._presence.close()

    def path(self, name: str) -> Path:
        """A fresh path in the folder, that of this process."""
        return self.folder / f"{self._presence.mark}-{name}-{secrets.token_hex(4)}.part"

    def remove_stale(self) -> None:
        """Removes what is nobody's any more. Raises: OSError."""
        with self._presence.deaths() as is_dead:
            partial.sweep(self.folder, self._door.clock.now() - STALE_AFTER, is_dead)

    def tidy(self) -> None:
        """Does so where there is anything, on a disk that lets it. Raises: nothing."""
        with suppress(OSError):
            if self.folder.is_dir() and any((*self.folder.iterdir(), *self._presence.folder.glob("*"))):
                self.remove_stale()

    def require_room(self, needed: int, *, hint: str) -> None:
        """Raises: DiskError when fewer bytes are free, OSError."""
        free = shutil.disk_usage(self.folder).free
        if free < needed:
            raise DiskError(
                f"{self._root} has {_size(free)} free, and what is to be fetched may take {_size(needed)}.", hint=hint
            )

    def fetch(self, track: Track, stream: Stream, media: Callable[[], Media], recipe: Recipe) -> StagedFile:
        """See ``ports.Store.fetch``. The file's token is its name in the folder."""
        path = self.path(str(track.id))
        with disk_errors(self.folder):
            self.open()
            partial.claim(self.folder, track.id, stream.preset, path)
            try:
                return self._door.retried(lambda: self._fetch(path, track, stream, media, recipe))
            except RefusedError as error:
                partial.forget(path)
                raise DamagedError(
                    f"The {stream.preset} stream is refused: {error.message}", hint=error.hint
                ) from error
            except StreamGoneError:
                partial.forget(path)
                raise
            except BaseException:
                partial.keep(path, track.id, stream.preset)
                raise

    def drop(self, staged: StagedFile) -> None:
        """Removes a staged file, and the download that was kept beside it."""
        for leftover in filter(None, (staged.token, staged.original)):
            self._disk.unlink(self.folder / leftover)

    def _fetch(
        self, path: Path, track: Track, stream: Stream, media: Callable[[], Media], recipe: Recipe
    ) -> StagedFile:
        """One attempt. What arrived in part stays at ``path`` for the next one."""
        try:
            with ThreadPoolExecutor(1) as beside:  # the picture's round trip passes while the sound comes
                picture = beside.submit(artwork, self._door, track.artwork_url, max_bytes=tag.MAX_ARTWORK)
                fetch(self._door, media, path, track.seconds, track.id)
            return make_ready(self._ffmpeg, path, track, stream, recipe, picture.result())
        except BaseException:
            for leftover in self.folder.glob(f"{path.stem}.*"):
                if leftover not in (path, partial.note_path(path)):
                    leftover.unlink(missing_ok=True)
            raise


def _size(count: int) -> str:
    return f"{count / 1e9:.1f} GB" if count >= 1e9 else f"{count / 1e6:.1f} MB"
