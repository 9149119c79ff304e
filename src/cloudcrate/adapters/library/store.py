"""The library folder: fetch into staging, tag, verify, and only then give the file its name.

What is verified is the tagged file, byte for byte the one that gets the name.
"""

import os
import secrets
import socket
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path, PurePosixPath

from cloudcrate.adapters.http import Door
from cloudcrate.adapters.library import place, playlist_file, scan, tag
from cloudcrate.adapters.library.disk import Disk, disk_errors, make_folder, refuse_links, replace_durably, sha256
from cloudcrate.adapters.library.fetch import artwork, fetch
from cloudcrate.adapters.library.ffmpeg import Ffmpeg, executable
from cloudcrate.adapters.library.verify import container_of, tolerance, verify
from cloudcrate.core.model import StoredFile, Stream, Track, TrackId
from cloudcrate.errors import DamagedError, DiskError, RefusedError
from cloudcrate.ports.library import StagedFile
from cloudcrate.ports.world import Media

OURS = ".cloudcrate"
ATTEMPTS = 3
"""How often a transfer that broke or came damaged is begun again in one run."""

THIS_PROCESS = secrets.token_hex(4)
"""Tells staging files of this process from those of a dead one that had its number (1, in a container)."""

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
        self._naming = threading.Lock()  # two threads must not both find a name free

    @property
    def id(self) -> str:
        """The folder's path."""
        return str(self._root)

    def check(self) -> None:
        """See ``ports.Store.check``."""
        probe = self._staged_path("probe")
        linked = probe.with_suffix(".linked")
        with disk_errors(self._root):
            self._open_staging()
            self._remove_stale()
            try:
                replace_durably(self._disk, probe, b"cloudcrate", partial=probe.with_suffix(".partial"))
                place.publish(self._disk, probe, linked, self._root)
            finally:
                for leftover in (probe, linked):
                    leftover.unlink(missing_ok=True)

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
        for name in place.names(stem, track_id):
            for suffix in scan.SUFFIXES:
                with disk_errors(self._root / f"{name}{suffix}"):
                    found = self._sound_file_of(place.target_of(self._root, f"{name}{suffix}"), track_id)
                if found is not None:
                    return found
        return None

    def fetch(self, track: Track, stream: Stream, media: Callable[[], Media]) -> StagedFile:
        """See ``ports.Store.fetch``."""
        try:
            return self._door.retried(lambda: self._fetch(track, media), attempts=ATTEMPTS)
        except RefusedError as error:
            raise DamagedError(f"The {stream.preset} stream is refused: {error.message}", hint=error.hint) from error

    def place(self, staged: StagedFile, stem: str) -> StoredFile:
        """See ``ports.Store.place``."""
        source = self._staging / staged.token
        try:
            with self._naming:
                return self._placed(source, staged, stem)
        finally:
            self._disk.unlink(source)

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

    # --- staging ----------------------------------------------------------------------------

    def _fetch(self, track: Track, media: Callable[[], Media]) -> StagedFile:
        path = self._staged_path(str(track.id))
        with disk_errors(self._staging):
            self._open_staging()
            try:
                return self._fetched(path, track, media)
            except BaseException:
                for leftover in self._staging.glob(f"{path.stem}.*"):
                    leftover.unlink(missing_ok=True)
                raise

    def _fetched(self, path: Path, track: Track, media: Callable[[], Media]) -> StagedFile:
        fetch(self._door, media, path, track.seconds)
        container = container_of(path)
        named = path.with_suffix(f".{container}")
        if container == "m4a":
            # A fragmented MP4 plays, but says that it is 0 seconds long.
            self._ffmpeg.remux(path, named, expected_seconds=track.seconds)
            path.unlink()
        else:
            path.rename(named)
        bitrate = tag.write(named, container, track, artwork(self._door, track.artwork_url, max_bytes=tag.MAX_ARTWORK))
        seconds = verify(self._ffmpeg, named, container, track.seconds)
        if tag.read_id(named) != track.id:
            raise DamagedError("The track's id cannot be read back from the file.")
        file = StoredFile(
            path="",
            size=named.stat().st_size,
            sha256=sha256(named),
            format=container,
            bitrate=bitrate,
            seconds=round(seconds, 3),
        )
        return StagedFile(token=named.name, suffix=f".{container}", file=file)

    def _open_staging(self) -> None:
        self._root.mkdir(parents=True, exist_ok=True)
        make_folder(self._disk, self._staging, self._root)

    def _staged_path(self, name: str) -> Path:
        return self._staging / f"{_host()}-{os.getpid()}-{THIS_PROCESS}-{name}-{secrets.token_hex(4)}.part"

    def _remove_stale(self) -> None:
        """Removes what runs of this machine left that are not alive any more, and what is old."""
        oldest = self._door.clock.now() - STALE_AFTER
        for path in self._staging.iterdir():
            host, _, rest = path.name.partition("-")
            pid = rest.partition("-")[0]
            mine = pid == str(os.getpid()) and THIS_PROCESS not in path.name  # its number was another's before
            dead = host == _host() and pid.isdecimal() and (mine or not _alive(int(pid)))
            if not path.is_dir() and (dead or path.lstat().st_mtime < oldest):
                path.unlink(missing_ok=True)

    # --- names ------------------------------------------------------------------------------

    def _placed(self, source: Path, staged: StagedFile, stem: str) -> StoredFile:
        track_id = tag.read_id(source)
        for name in place.names(stem, track_id):
            with disk_errors(self._root / f"{name}{staged.suffix}"):
                target = place.target_of(self._root, f"{name}{staged.suffix}")
                lying = place.occupant(target)
                if lying is None:
                    try:
                        place.publish(self._disk, source, target, self._root)
                    except FileExistsError:
                        continue  # another program was quicker
                    return replace(staged.file, path=self._relative(target))
                same = self._sound_file_of(lying, track_id) if track_id is not None else None
                if same is not None and abs(same.seconds - staged.file.seconds) <= tolerance(staged.file.seconds):
                    return same
        raise DiskError(
            f"{stem}{staged.suffix} and its names with the track's id are taken by other files.",
            hint="Move them out of the way and run the same command again.",
        )

    def _sound_file_of(self, path: Path, track_id: TrackId) -> StoredFile | None:
        """The file at ``path`` when it is this track's and decodes without complaint."""
        size = scan.size_of(path, self._root)
        if size is None or tag.read_id(path) != track_id:
            return None
        container = path.suffix.removeprefix(".").lower()
        try:
            decoded = self._ffmpeg.decode(path, container, expected_seconds=size / 4000)  # the slowest: 32 kbit/s
        except DamagedError:
            return None
        if decoded.errors:
            return None
        return StoredFile(
            path=self._relative(path),
            size=size,
            sha256=sha256(path),
            format=container,
            bitrate=tag.bit_rate(path),
            seconds=round(decoded.seconds, 3),
        )

    def _as_it_is(self, path: Path, file: StoredFile) -> StoredFile:
        """``file`` with where and what it is now: moved, or with tags that its user changed."""
        relative, size = self._relative(path), path.stat().st_size
        if size == file.size:
            return replace(file, path=relative)
        return replace(file, path=relative, size=size, sha256=sha256(path))

    def _relative(self, path: Path) -> str:
        return path.relative_to(self._root).as_posix()


def _closest(paths: Sequence[Path], size: int) -> Path:
    """Of several copies the one that was changed least."""
    return min(paths, key=lambda path: abs(path.stat().st_size - size))


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
