"""``MemoryStore``: a library that is a dictionary. Quick, deterministic, and fails when it is told to."""

import hashlib
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import PurePosixPath

from cloudcrate.core import naming
from cloudcrate.core.model import StoredFile, Stream, Track, TrackId
from cloudcrate.errors import CloudcrateError, DiskError
from cloudcrate.ports.library import StagedFile
from cloudcrate.ports.world import Media

BITRATE = 128_000
SUFFIXES = {"audio/mpeg": ".mp3", "audio/mp4": ".m4a"}


class MemoryStore:
    """See ``ports.Store`` and ``ports.PlaylistFiles``.

    ``fetch_failures`` and ``place_failures`` hold errors by track: each call takes the first one and raises
    it. ``check_failure`` is raised by every check.
    """

    def __init__(self, name: str = "memory:library") -> None:
        self._name = name
        self._lock = threading.RLock()
        self._staged: dict[str, TrackId] = {}
        self._numbers = 0
        self.files: dict[str, StoredFile] = {}
        self.owners: dict[str, TrackId] = {}  # the id that the file at a path carries; a foreign file has none
        self.playlists: dict[str, tuple[str, tuple[tuple[StoredFile, Track | None], ...]]] = {}
        self.playlist_writes = 0
        self.fetches: list[tuple[TrackId, str]] = []  # with the preset of the stream
        self.fetch_failures: dict[TrackId, list[CloudcrateError]] = {}
        self.place_failures: dict[TrackId, list[CloudcrateError]] = {}
        self.check_failure: CloudcrateError | None = None

    @property
    def id(self) -> str:
        """The name it was given."""
        return self._name

    @property
    def staged(self) -> int:
        """How many files wait in staging for their name."""
        return len(self._staged)

    def check(self) -> None:
        """See ``ports.Store.check``: everything in staging is stale."""
        if self.check_failure is not None:
            raise self.check_failure
        with self._lock:
            self._staged.clear()

    def present(self, files: Mapping[TrackId, StoredFile]) -> dict[TrackId, StoredFile]:
        """See ``ports.Store.present``."""
        with self._lock:
            found = {}
            for track_id, file in files.items():
                paths = [path for path in sorted(self.owners) if self.owners[path] == track_id]
                if paths:
                    found[track_id] = self.files[file.path if file.path in paths else paths[0]]
            return found

    def lying_at(self, stem: str, track_id: TrackId) -> StoredFile | None:
        """See ``ports.Store.lying_at``."""
        with self._lock:
            for name in (stem, naming.with_id(stem, track_id)):
                for suffix in SUFFIXES.values():
                    if self.owners.get(f"{name}{suffix}") == track_id:
                        return self.files[f"{name}{suffix}"]
            return None

    def fetch(self, track: Track, stream: Stream, media: Callable[[], Media]) -> StagedFile:
        """See ``ports.Store.fetch``."""
        with self._lock:
            self.fetches.append((track.id, stream.preset))
        media()
        _fail(self.fetch_failures, track.id)
        content = f"{track.id} {track.title} {stream.preset}".encode()
        suffix = SUFFIXES.get(stream.mime.partition(";")[0], ".mp3")
        file = StoredFile(
            path="",
            size=round(track.seconds * BITRATE / 8),
            sha256=hashlib.sha256(content).hexdigest(),
            format=suffix.removeprefix("."),
            bitrate=BITRATE,
            seconds=track.seconds,
        )
        with self._lock:
            self._numbers += 1
            token = f"staged-{self._numbers}"
            self._staged[token] = track.id
        return StagedFile(token=token, suffix=suffix, file=file)

    def place(self, staged: StagedFile, stem: str) -> StoredFile:
        """See ``ports.Store.place``."""
        with self._lock:
            track_id = self._staged.pop(staged.token)
            _fail(self.place_failures, track_id)
            if ".." in PurePosixPath(stem).parts or stem.startswith("/"):
                raise DiskError(f"{stem} leads out of the library.")
            taken = {naming.path_key(path): path for path in self.files}
            for name in (stem, naming.with_id(stem, track_id)):
                path = f"{name}{staged.suffix}"
                lying = taken.get(naming.path_key(path))
                if lying is None:
                    self.files[path] = replace(staged.file, path=path)
                    self.owners[path] = track_id
                elif self.owners.get(lying) != track_id:
                    continue
                return self.files[lying or path]
            raise DiskError(f"{stem}{staged.suffix} and its name with the track's id are taken by other files.")

    def read_playlist(self, path: str) -> tuple[PurePosixPath, ...] | None:
        """See ``ports.PlaylistFiles.read_playlist``."""
        with self._lock:
            if path not in self.playlists:
                return None
            return tuple(PurePosixPath(file.path) for file, _ in self.playlists[path][1])

    def write_playlist(self, path: str, title: str, entries: Sequence[tuple[StoredFile, Track | None]]) -> None:
        """See ``ports.PlaylistFiles.write_playlist``."""
        with self._lock:
            if self.playlists.get(path) != (title, tuple(entries)):
                self.playlists[path] = (title, tuple(entries))
                self.playlist_writes += 1

    # --- the user's hands -------------------------------------------------------------------

    def put(self, path: str, track_id: TrackId | None = None) -> None:
        """A file of the user's own; with ``track_id`` one that carries a track's id."""
        with self._lock:
            self.files[path] = StoredFile(path=path, size=4, sha256="", format="mp3", bitrate=0, seconds=0.0)
            if track_id is not None:
                self.owners[path] = track_id

    def move(self, old: str, new: str) -> None:
        """Renames a file."""
        with self._lock:
            self.files[new] = replace(self.files.pop(old), path=new)
            if old in self.owners:
                self.owners[new] = self.owners.pop(old)

    def delete(self, path: str) -> None:
        """Deletes a file."""
        with self._lock:
            del self.files[path]
            self.owners.pop(path, None)


def _fail(failures: dict[TrackId, list[CloudcrateError]], track_id: TrackId) -> None:
    if failures.get(track_id):
        raise failures[track_id].pop(0)
