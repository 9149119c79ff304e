"""The library folder: fetch into staging, tag, verify, and only then give the file its name.

What is verified is the tagged file, byte for byte the one that gets the name.
"""

import os
import secrets
import shutil
import socket
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from pathlib import Path, PurePosixPath

from cloudcrate.adapters.http import Door
from cloudcrate.adapters.library import adopt, partial, place, playlist_file, playlist_folder, scan, tag
from cloudcrate.adapters.library.disk import Disk, disk_errors, make_folder, refuse_links, replace_durably
from cloudcrate.adapters.library.fetch import artwork, fetch
from cloudcrate.adapters.library.ffmpeg import Ffmpeg, executable
from cloudcrate.adapters.library.ready import make_ready
from cloudcrate.adapters.library.shelf import Shelf
from cloudcrate.core import naming
from cloudcrate.core.model import StoredFile, Stream, Track, TrackId
from cloudcrate.core.tagging import Tags
from cloudcrate.errors import DamagedError, DiskError, RefusedError, StreamGoneError
from cloudcrate.ports.library import Finding, FoundFile, Recipe, StagedFile
from cloudcrate.ports.world import Media

OURS = ".cloudcrate"
ATTEMPTS = 3
"""How often a transfer that broke or came damaged is begun again in one run."""

THIS_PROCESS = secrets.token_hex(4)
"""Tells staging files of this process from those of a dead one that had its number (1, in a container)."""

LONGEST_NAME = naming.NUMBERED_BYTES + len(".aiff")
"""Bytes of a file's name, at the most."""

STALE_AFTER = 3 * 86_400.0
"""Seconds after which a staging file is nobody's, whoever made it."""


class FolderStore:
    """See ``ports.Store`` and ``ports.PlaylistFiles``."""

    def __init__(
        self, root: Path, door: Door, *, ffmpeg: Callable[[], Path] = executable, disk: Disk | None = None
    ) -> None:
        self._root = root.absolute()
        self._door = door
        self._ffmpeg = Ffmpeg(ffmpeg)
        self._disk = disk or Disk()
        self._staging = self._root / OURS / "staging"
        self._shelf = Shelf(self._root, self._disk, self._ffmpeg, self._staged_path)

    @property
    def id(self) -> str:
        """The folder's path."""
        return str(self._root)

    def check(self, needed: int = 0) -> None:
        """See ``ports.Store.check``."""
        with disk_errors(self._root):
            self._open_staging()
            self._remove_stale()
            self._prove_names()
            free = shutil.disk_usage(self._staging).free
        if free < needed:
            raise DiskError(
                f"{self._root} has {_size(free)} free, and what is to be fetched may take {_size(needed)}.",
                hint="Make room, choose another folder with --library, or fetch less at once with --max-tracks.",
            )

    def present(self, files: Mapping[TrackId, StoredFile]) -> dict[TrackId, StoredFile]:
        """See ``ports.Store.present``."""
        with disk_errors(self._root):
            found = {
                track_id: self._as_it_is(self._root / file.path, file)
                for track_id, file in files.items()
                if scan.is_track(self._root / file.path, self._root, track_id, file)
            }
            missing = {track_id: file for track_id, file in files.items() if track_id not in found}
            moved = scan.by_id(self._root, missing) if missing else {}
            for track_id, paths in moved.items():
                whole = [path for path in paths if scan.is_track(path, self._root, track_id, missing[track_id])]
                if whole:
                    found[track_id] = self._as_it_is(_closest(whole, missing[track_id].size), missing[track_id])
        return found

    def lying_at(self, stem: str, track_id: TrackId) -> StoredFile | None:
        """See ``ports.Store.lying_at``."""
        with disk_errors(self._root / stem):
            there = place.keys_beside(place.target_of(self._root, stem))  # one look in place of many
        for name in place.names(stem, track_id) if there else ():
            for suffix in scan.SUFFIXES:
                path = f"{name}{suffix}"
                if naming.path_key(path.rpartition("/")[2]) not in there:
                    continue
                with disk_errors(self._root / path):
                    found = self._shelf.sound_file_of(place.target_of(self._root, path), track_id)
                if found is not None:
                    return replace(found, stem=name)
        return None

    def fetch(self, track: Track, stream: Stream, media: Callable[[], Media], recipe: Recipe) -> StagedFile:
        """See ``ports.Store.fetch``."""
        path = self._staged_path(str(track.id))
        with disk_errors(self._staging):
            self._open_staging()
            partial.claim(self._staging, track.id, stream.preset, path)
            try:
                return self._door.retried(lambda: self._fetch(path, track, stream, media, recipe), attempts=ATTEMPTS)
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

    def place(self, staged: StagedFile, stem: str) -> StoredFile:
        """See ``ports.Store.place``."""
        source = self._staging / staged.token
        try:
            file = self._shelf.place(source, staged.file, stem)
            if staged.original:
                self._place_original(self._staging / staged.original, file.stem, tag.read_id(source))
            return file
        finally:
            for leftover in filter(None, (staged.token, staged.original)):
                self._disk.unlink(self._staging / leftover)

    def move(self, file: StoredFile, stem: str) -> StoredFile:
        """See ``ports.Store.move``."""
        return self._shelf.move(file, stem)

    def retag(self, file: StoredFile, tags: Tags) -> StoredFile:
        """See ``ports.Store.retag``."""
        return self._shelf.retag(file, tags)

    def examine(self, file: StoredFile, track_id: TrackId) -> Finding:
        """See ``ports.Store.examine``."""
        return self._shelf.examine(file, track_id)

    def explore(self, folder: str) -> Iterator[FoundFile]:
        """See ``ports.Store.explore``."""
        return adopt.explore(folder)

    def adopt(self, found: FoundFile, track: Track, stem: str) -> StoredFile:
        """See ``ports.Store.adopt``."""
        with disk_errors(self._root):
            self._open_staging()
        return adopt.adopt(self._shelf, found, track, stem)

    def read_playlist(self, path: str) -> tuple[PurePosixPath, ...] | None:
        """See ``ports.PlaylistFiles.read_playlist``."""
        target = self._root / path
        with disk_errors(target):
            if scan.size_of(target, self._root) is None:
                return None
            return playlist_file.paths(target.read_bytes())

    def write_playlist(self, path: str, title: str, entries: Sequence[tuple[StoredFile, Track | None]]) -> None:
        """See ``ports.PlaylistFiles.write_playlist``. A file that would not change is not written."""
        target, data = self._root / path, playlist_file.render(title, entries)
        refuse_links(target, self._root)
        with disk_errors(target):
            if scan.size_of(target, self._root) == len(data) and target.read_bytes() == data:
                return
            make_folder(self._disk, target.parent, self._root)
            self._open_staging()
            replace_durably(self._disk, target, data, partial=self._staged_path("playlist"))

    def read_folder(self, path: str, how: str) -> tuple[str, ...] | None:
        """See ``ports.PlaylistFiles.read_folder``."""
        return playlist_folder.read(self._root, path, how)

    def write_folder(self, path: str, how: str, files: Sequence[StoredFile]) -> None:
        """See ``ports.PlaylistFiles.write_folder``."""
        playlist_folder.write(self._root, self._disk, path, how, files)

    # --- staging ----------------------------------------------------------------------------

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
            for leftover in self._staging.glob(f"{path.stem}.*"):
                if leftover not in (path, partial.note_path(path)):
                    leftover.unlink(missing_ok=True)
            raise

    def _open_staging(self) -> None:
        self._root.mkdir(parents=True, exist_ok=True)
        make_folder(self._disk, self._staging, self._root)

    def _staged_path(self, name: str) -> Path:
        return self._staging / f"{_host()}-{os.getpid()}-{THIS_PROCESS}-{name}-{secrets.token_hex(4)}.part"

    def _remove_stale(self) -> None:
        partial.sweep(self._staging, self._door.clock.now() - STALE_AFTER, _is_dead)

    # --- names ------------------------------------------------------------------------------

    def _place_original(self, source: Path, stem: str, track_id: TrackId | None) -> None:
        """Keeps a download as it came, in a folder of its own: beside the other it would be a second track."""
        for name in place.names(f"{naming.ORIGINALS}/{stem}", track_id):
            with self._shelf.naming, disk_errors(self._root / f"{name}{source.suffix}"):
                target = place.target_of(self._root, f"{name}{source.suffix}")
                lying = place.occupant(target)
                if lying is not None and scan.size_of(lying, self._root) == source.stat().st_size:
                    return
                if lying is None:
                    place.publish(self._disk, source, target, self._root)
                    return

    def _prove_names(self) -> None:
        """Writes a file, gives it a name as long as names get, and takes both away."""
        probe = self._staged_path("probe")
        linked = probe.with_name(f"{probe.stem}-".ljust(LONGEST_NAME, "n"))
        try:
            replace_durably(self._disk, probe, b"cloudcrate", partial=probe.with_suffix(".partial"))
            place.publish(self._disk, probe, linked, self._root)
        finally:
            for leftover in (probe, linked):
                with suppress(OSError):
                    leftover.unlink(missing_ok=True)

    def _as_it_is(self, path: Path, file: StoredFile) -> StoredFile:
        """``file`` where it is now. Size and checksum stay those of the bytes that were last found whole."""
        return replace(file, path=self._relative(path))

    def _relative(self, path: Path) -> str:
        return path.relative_to(self._root).as_posix()


def _closest(paths: Sequence[Path], size: int) -> Path:
    """Of several copies the one that was changed least."""
    return min(paths, key=lambda path: abs(path.stat().st_size - size))


def _size(count: int) -> str:
    return f"{count / 1e9:.1f} GB" if count >= 1e9 else f"{count / 1e6:.1f} MB"


def _host() -> str:
    return "".join(c for c in socket.gethostname() if c.isalnum()) or "host"


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except (OSError, OverflowError):
        return True
    return True


def _is_dead(path: Path) -> bool:
    """Says whether a staging file is one of this machine's processes that are not alive any more."""
    host, _, rest = path.name.partition("-")
    pid = rest.partition("-")[0]
    mine = pid == str(os.getpid()) and THIS_PROCESS not in path.name  # its number was another's before
    return host == _host() and pid.isdecimal() and (mine or not _alive(int(pid)))
