"""The library folder: fetch into staging, verify, tag, and only then give the file its name.

In this order, so that nothing under a final name is ever partial and nothing recorded is ever lost:
fsync the file, link it to its name, fsync the folder, then (the caller) record it.
"""

import os
import secrets
import socket
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path, PurePosixPath

from cloudcrate.adapters.http import Door
from cloudcrate.adapters.library import disk, ffmpeg, playlist_file, tag
from cloudcrate.adapters.library.fetch import artwork, fetch
from cloudcrate.adapters.library.verify import DECODE_TIMEOUT, sniff, verify
from cloudcrate.core import naming
from cloudcrate.core.model import StoredFile, Stream, Track, TrackId
from cloudcrate.errors import DiskError
from cloudcrate.ports import Media, StagedFile

OURS = ".cloudcrate"
SUFFIXES = (".mp3", ".m4a")
ATTEMPTS = 3
"""How often a transfer that broke or came damaged is begun again in one run."""


class FolderStore:
    """See ``ports.Store`` and ``ports.PlaylistFiles``."""

    def __init__(self, root: Path, door: Door) -> None:
        self._root = root.absolute()
        self._door = door
        self._staging = self._root / OURS / "staging"

    @property
    def id(self) -> str:
        """The folder's path."""
        return str(self._root)

    def check(self) -> None:
        """See ``ports.Store.check``."""
        with disk.disk_errors(self._root):
            self._staging.mkdir(parents=True, exist_ok=True)
            self._remove_stale()
            probe = self._staged_path("probe")
            disk.replace_durably(probe, b"cloudcrate")
            target = probe.with_suffix(".linked")
            disk.name_without_overwriting(probe, target)
            target.unlink()

    def present(self, files: Mapping[TrackId, StoredFile]) -> dict[TrackId, StoredFile]:
        """See ``ports.Store.present``."""
        found, missing = {}, []
        for track_id, file in files.items():
            path = self._root / file.path
            size = path.stat().st_size if path.is_file() and not path.is_symlink() else None
            if size == file.size:
                found[track_id] = file
            elif size is not None and tag.read_id(path) == track_id:
                found[track_id] = replace(file, size=size, sha256=disk.sha256(path))  # its user changed its tags
            else:
                missing.append(track_id)
        if missing:
            moved = self._by_embedded_id()
            for track_id in missing:
                if track_id in moved:
                    path = moved[track_id]
                    found[track_id] = replace(
                        files[track_id],
                        path=path.relative_to(self._root).as_posix(),
                        size=path.stat().st_size,
                        sha256=disk.sha256(path),
                    )
        return found

    def lying_at(self, stem: str, track_id: TrackId) -> StoredFile | None:
        """See ``ports.Store.lying_at``."""
        for candidate in (stem, naming.with_id(stem, track_id)):
            for suffix in SUFFIXES:
                path = self._root / f"{candidate}{suffix}"
                if path.is_file() and not path.is_symlink() and tag.read_id(path) == track_id:
                    return self._described(path)
        return None

    def fetch(self, track: Track, stream: Stream, media: Callable[[], Media]) -> StagedFile:
        """See ``ports.Store.fetch``."""
        return self._door.retried(lambda: self._fetch(track, media), attempts=ATTEMPTS)

    def place(self, staged: StagedFile, stem: str) -> StoredFile:
        """See ``ports.Store.place``."""
        source = self._staging / staged.token
        track_id = tag.read_id(source)
        names = [stem] if track_id is None else [stem, naming.with_id(stem, track_id)]
        for name in names:
            target = self._root / f"{name}{staged.suffix}"
            with disk.disk_errors(target):
                disk.make_folder(target.parent, self._root)
                if self._is_taken(target):
                    continue
                try:
                    disk.name_without_overwriting(source, target)
                except FileExistsError:
                    continue
                disk.sync_folder(target.parent)
            return replace(staged.file, path=target.relative_to(self._root).as_posix())
        source.unlink(missing_ok=True)
        raise DiskError(
            f"Both {names[0]}{staged.suffix} and its name with the track's id are taken by other files.",
            hint="Move them out of the way and run the same command again.",
        )

    def read_playlist(self, path: str) -> tuple[PurePosixPath, ...] | None:
        """See ``ports.PlaylistFiles.read_playlist``."""
        target = self._root / path
        if not target.is_file():
            return None
        with disk.disk_errors(target):
            return playlist_file.paths(target.read_bytes())

    def write_playlist(self, path: str, title: str, entries: Sequence[tuple[StoredFile, Track | None]]) -> None:
        """See ``ports.PlaylistFiles.write_playlist``."""
        target, data = self._root / path, playlist_file.render(title, entries)
        with disk.disk_errors(target):
            disk.make_folder(target.parent, self._root)
            disk.refuse_links(target, self._root)
            if not target.is_file() or target.read_bytes() != data:
                disk.replace_durably(target, data)

    # --- staging ----------------------------------------------------------------------------

    def _fetch(self, track: Track, media: Callable[[], Media]) -> StagedFile:
        path = self._staged_path(str(track.id))
        with disk.disk_errors(self._staging):
            self._staging.mkdir(parents=True, exist_ok=True)
            try:
                return self._fetched(path, track, media)
            except BaseException:
                for leftover in self._staging.glob(f"{path.stem}.*"):
                    leftover.unlink(missing_ok=True)
                raise

    def _fetched(self, path: Path, track: Track, media: Callable[[], Media]) -> StagedFile:
        fetch(self._door, media, path, track.seconds)
        with path.open("rb") as staged:
            fragmented = sniff(staged.read(16)) == "m4a"
        if fragmented:
            whole = path.with_suffix(".remuxed")
            ffmpeg.remux(path, whole, timeout=DECODE_TIMEOUT + track.seconds / 10)
            path.unlink()
            path = whole
        container, seconds = verify(path, track.seconds)
        named = path.rename(path.with_suffix(f".{container}"))
        picture = artwork(self._door, track.artwork_url, max_bytes=tag.MAX_ARTWORK)
        rate = tag.write(named, container, track, picture)
        disk.sync_file(named)
        file = StoredFile(
            path="",
            size=named.stat().st_size,
            sha256=disk.sha256(named),
            format=container,
            bitrate=rate,
            seconds=round(seconds, 3),
        )
        return StagedFile(token=named.name, suffix=f".{container}", file=file)

    def _staged_path(self, name: str) -> Path:
        return self._staging / f"{_host()}-{os.getpid()}-{name}-{secrets.token_hex(4)}.part"

    def _remove_stale(self) -> None:
        """Removes what runs of this machine left that are not alive any more."""
        for path in self._staging.iterdir():
            host, _, rest = path.name.partition("-")
            pid = rest.partition("-")[0]
            if host == _host() and pid.isdecimal() and int(pid) != os.getpid() and not _alive(int(pid)):
                path.unlink(missing_ok=True)

    # --- looking ----------------------------------------------------------------------------

    def _described(self, path: Path) -> StoredFile:
        container = path.suffix.removeprefix(".").lower()
        decoded = ffmpeg.decode(path, container, timeout=DECODE_TIMEOUT * 5)
        return StoredFile(
            path=path.relative_to(self._root).as_posix(),
            size=path.stat().st_size,
            sha256=disk.sha256(path),
            format=container,
            bitrate=tag.bit_rate(path),
            seconds=round(decoded.seconds, 3),
        )

    def _by_embedded_id(self) -> dict[TrackId, Path]:
        """Every audio file of the library by the track's id in its tags; links and hidden folders left out."""
        return {track_id: path for path in self._audio_files() if (track_id := tag.read_id(path)) is not None}

    def _audio_files(self) -> Iterator[Path]:
        for folder, folders, names in os.walk(self._root):
            folders[:] = sorted(name for name in folders if not name.startswith("."))
            for name in sorted(names):
                path = Path(folder, name)
                if path.suffix.lower() in SUFFIXES and not path.is_symlink():
                    yield path

    def _is_taken(self, target: Path) -> bool:
        """Says whether a name is there already, on this filesystem or on one that folds case and accents."""
        key = naming.path_key(target.name)
        return any(naming.path_key(entry) == key for entry in os.listdir(target.parent))


def _host() -> str:
    return "".join(c for c in socket.gethostname() if c.isalnum()) or "host"


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True
