"""``MemoryStore``: a library that is a dictionary. Quick, deterministic, and fails when it is told to."""

import hashlib
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import PurePosixPath

from cloudcrate.core import naming
from cloudcrate.core.model import StoredFile, Stream, Track, TrackId
from cloudcrate.core.tagging import Tags, tags_of
from cloudcrate.errors import CloudcrateError, DamagedError, DiskError, NotFoundError
from cloudcrate.ports.library import Finding, FoundFile, Recipe, StagedFile, State
from cloudcrate.ports.world import Media

BITRATE = 128_000
SUFFIXES = {"audio/mpeg": ".mp3", "audio/mp4": ".m4a"}
NAMED = (".mp3", ".m4a", ".wav", ".aiff", ".flac", ".opus")
FOREIGN = "foreign"
"""The checksum of a file of the user's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Staged:
    track_id: TrackId
    tags: Tags
    original: StoredFile | None = None


class MemoryStore:
    """See ``ports.Store`` and ``ports.PlaylistFiles``.

    ``fetch_failures`` and ``place_failures`` hold errors by track: each call takes the first one and raises
    it. ``check_failure`` is raised by every check.
    """

    def __init__(self, name: str = "memory:library") -> None:
        self._name = name
        self._lock = threading.RLock()
        self._staged: dict[str, _Staged] = {}
        self._numbers = 0
        self.files: dict[str, StoredFile] = {}
        self.owners: dict[str, TrackId] = {}  # the id that the file at a path carries; a foreign file has none
        self.tags: dict[str, Tags] = {}
        self.damaged: set[str] = set()
        self.outside: dict[str, FoundFile] = {}  # audio files out of the library, by path
        self.folders: dict[str, tuple[str, tuple[StoredFile, ...]]] = {}  # how they were made, and what of
        self.free = 10**12
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
        return sum(1 if waits.original is None else 2 for waits in self._staged.values())

    def check(self, needed: int = 0) -> None:
        """See ``ports.Store.check``: everything in staging is stale."""
        if self.check_failure is not None:
            raise self.check_failure
        if needed > self.free:
            raise DiskError(f"{needed} bytes are needed and {self.free} are free.")
        with self._lock:
            self._staged.clear()

    def tidy(self) -> None:
        """See ``ports.Store.tidy``: everything in staging is stale."""
        with self._lock:
            self._staged.clear()

    def present(self, files: Mapping[TrackId, StoredFile]) -> dict[TrackId, StoredFile]:
        """See ``ports.Store.present``."""
        with self._lock:
            found = {}
            for track_id, file in files.items():
                own = [path for path in sorted(self.owners) if self.owners[path] == track_id]
                paths = [path for path in own if path == file.path or not naming.is_quarantined(path)]
                if paths:
                    found[track_id] = replace(file, path=file.path if file.path in paths else paths[0])
            return found

    def lying_at(self, stem: str, track_id: TrackId) -> StoredFile | None:
        """See ``ports.Store.lying_at``."""
        with self._lock:
            for name in _names(stem, track_id):
                for suffix in NAMED:
                    path = self._spelled(f"{name}{suffix}")
                    if self.owners.get(path) == track_id and path not in self.damaged:
                        return replace(self.files[path], preset="", stem=name)
            return None

    def fetch(self, track: Track, stream: Stream, media: Callable[[], Media], recipe: Recipe) -> StagedFile:
        """See ``ports.Store.fetch``."""
        with self._lock:
            self.fetches.append((track.id, stream.preset))
        media()
        _fail(self.fetch_failures, track.id)
        came = SUFFIXES.get(stream.mime.partition(";")[0], ".wav" if stream.preset == "original" else ".mp3")
        arrived = self._made(track, stream, came, "untouched")
        wanted = {"": came, "alac": ".m4a"}.get(recipe.convert, f".{recipe.convert}")
        lossless = stream.preset == "original"
        as_it_is = wanted == came and (recipe.convert != "alac" or lossless)
        converts = not as_it_is and (lossless or recipe.lossy)
        file = self._made(track, stream, wanted if converts else came, str(recipe.tags))
        kept = arrived if converts and recipe.keep_original else None
        with self._lock:
            self._numbers += 1
            token = f"staged-{self._numbers}"
            self._staged[token] = _Staged(track_id=track.id, tags=recipe.tags, original=kept)
        return StagedFile(
            token=token,
            suffix=f".{file.format}",
            file=file,
            note="" if converts or as_it_is else f"This {arrived.format} is lossy already.",
            original=f"{token}-original" if kept else "",
        )

    def _made(self, track: Track, stream: Stream, suffix: str, tags: str) -> StoredFile:
        return StoredFile(
            path="",
            size=round(track.seconds * BITRATE / 8),
            sha256=hashlib.sha256(f"{track.id} {track.title} {stream.preset} {suffix} {tags}".encode()).hexdigest(),
            format=suffix.removeprefix("."),
            bitrate=BITRATE,
            seconds=track.seconds,
            preset=stream.preset,
        )

    def discard(self, staged: StagedFile) -> None:
        """See ``ports.Store.discard``."""
        with self._lock:
            self._staged.pop(staged.token, None)

    def place(self, staged: StagedFile, stem: str) -> StoredFile:
        """See ``ports.Store.place``."""
        with self._lock:
            waits = self._staged.pop(staged.token)
            _fail(self.place_failures, waits.track_id)
            file = self._named(staged.file, stem, staged.suffix, waits.track_id, waits.tags)
            if waits.original is not None:
                self._keep(waits.original, f"{naming.ORIGINALS}/{file.stem}", waits.track_id)
            return file

    def _named(self, file: StoredFile, stem: str, suffix: str, track_id: TrackId, tags: Tags) -> StoredFile:
        """Gives a new file its name, unless the track's own, whole, bears it already."""
        for name in _names(stem, track_id):
            path = self._spelled(f"{name}{suffix}")
            lying = self._occupant(path)
            if lying is None:
                self.files[path] = replace(file, path=path, stem=name)
                self.tags[path] = tags
                self.owners[path] = track_id
                return self.files[path]
            if self.owners.get(lying) == track_id and lying not in self.damaged:
                return replace(self.files[lying], preset=file.preset, stem=name)
        raise _taken(f"{stem}{suffix}")

    def _keep(self, original: StoredFile, stem: str, track_id: TrackId) -> None:
        """An original has no tags of ours, and so nobody's id."""
        for name in _names(stem, track_id):
            path = self._spelled(f"{name}.{original.format}")
            lying = self._occupant(path)
            if lying is None:
                self.files[path] = replace(original, path=path)
            if lying is None or self.files[lying].sha256 == original.sha256:
                return

    def _occupant(self, path: str) -> str | None:
        """What bears a name already, in whatever case or form."""
        return next((there for there in self.files if naming.path_key(there) == naming.path_key(path)), None)

    def _spelled(self, path: str) -> str:
        """``path`` with its folders spelled as they are where they are there. Raises: DiskError when it leads out."""
        *folders, name = PurePosixPath(path).parts
        if ".." in folders or path.startswith("/"):
            raise DiskError(f"{path} leads out of the library.")
        depth = len(folders)
        for there in self.files:
            parts = PurePosixPath(there).parts[:-1]
            for deep in range(min(depth, len(parts)), 0, -1):
                if naming.path_key("/".join(parts[:deep])) == naming.path_key("/".join(folders[:deep])):
                    folders[:deep] = parts[:deep]
                    break
        return "/".join([*folders, name])

    def move(self, file: StoredFile, stem: str) -> StoredFile:
        """See ``ports.Store.move``."""
        suffix = PurePosixPath(file.path).suffix
        with self._lock:
            if file.path not in self.files:
                moved = self.files.get(self._spelled(f"{stem}{suffix}"))
                if moved is None or moved.sha256 != file.sha256:
                    raise NotFoundError(f"{file.path} is not there.")
                return replace(file, path=moved.path, stem=stem)
            for name in _names(stem, self.owners.get(file.path)):
                path = self._spelled(f"{name}{suffix}")
                if self._occupant(path) in (None, file.path):
                    if path != file.path:
                        self.rename(file.path, path)
                    self.files[path] = replace(self.files[path], stem=name)
                    return replace(file, path=path, stem=name)
            raise _taken(f"{stem}{suffix}")

    def retag(self, file: StoredFile, tags: Tags) -> StoredFile:
        """See ``ports.Store.retag``."""
        with self._lock:
            if file.path not in self.files:
                raise NotFoundError(f"{file.path} is not there.")
            before = self.tags.get(file.path, Tags())
            present = {f.name: getattr(tags, f.name) for f in fields(tags) if getattr(tags, f.name)}
            after = replace(before, **present)
            there = self.files[file.path]
            if after != before:
                if file.path in self.damaged:
                    raise DamagedError(f"{file.path} is damaged.")
                self.tags[file.path] = after
                digest = hashlib.sha256(f"{there.sha256} {after}".encode()).hexdigest()
                there = self.files[file.path] = replace(there, sha256=digest)
                if after.track_id is not None:
                    self.owners[file.path] = after.track_id
            return replace(file, size=there.size, sha256=there.sha256)

    def examine(self, file: StoredFile, track_id: TrackId) -> Finding:
        """See ``ports.Store.examine``."""
        with self._lock:
            there = self.files.get(file.path)
            if there is None:
                return Finding(state=State.MISSING, file=file, reason="it is not there")
            if file.path in self.damaged:
                return Finding(state=State.DAMAGED, file=file, reason="its sound is damaged")
            if (there.size, there.sha256) == (file.size, file.sha256):
                return Finding(state=State.SOUND, file=file)
            if abs(there.seconds - file.seconds) > 0.5:
                return Finding(state=State.DAMAGED, file=file, reason="it is not the whole track")
            if self.owners.get(file.path) not in (None, track_id):
                return Finding(state=State.DAMAGED, file=file, reason="it is another track's")
            return Finding(state=State.RETAGGED, file=replace(file, size=there.size, sha256=there.sha256))

    def size(self, file: StoredFile) -> int:
        """See ``ports.Store.size``."""
        return len(self._content(file))

    def read(self, file: StoredFile, start: int, count: int) -> bytes:
        """See ``ports.Store.read``: bytes that depend on the checksum."""
        return self._content(file)[start : start + count]

    def _content(self, file: StoredFile) -> bytes:
        with self._lock:
            there = self.files.get(file.path)
        if there is None:
            raise NotFoundError(f"{file.path} is not there.")
        unit = there.sha256.encode()
        return (unit * (there.size // len(unit) + 1))[: there.size]

    def explore(self, folder: str) -> Iterator[FoundFile]:
        """See ``ports.Store.explore``: what is ``outside``, and below the store's own name what is in it."""
        with self._lock:
            inside = [
                FoundFile(path=f"{self._name}/{path}", seconds=file.seconds, tags=self.tags.get(path, Tags()))
                for path, file in self.files.items()
                if file.seconds  # what is no sound cannot be read
            ]
            known = sorted([*self.outside.values(), *inside], key=lambda found: found.path)
        below = [found for found in known if found.path.startswith(f"{folder}/")]
        if not below and folder != self._name:
            raise DiskError(f"There is no folder {folder}.")
        return iter(below)

    def adopt(self, found: FoundFile, track: Track, stem: str) -> StoredFile:
        """See ``ports.Store.adopt``."""
        if abs(found.seconds - track.seconds) > 2:
            raise DamagedError("It is not the whole track.")
        with self._lock:
            path = found.path.removeprefix(f"{self._name}/")
            if path in self.files:
                return self._taken_in(path, track)
            if found.path not in self.outside:
                raise DamagedError(f"{found.path} is not there.")
            suffix = PurePosixPath(found.path).suffix
            file = StoredFile(
                path="",
                size=round(found.seconds * BITRATE / 8),
                sha256=hashlib.sha256(found.path.encode()).hexdigest(),
                format=suffix.removeprefix("."),
                bitrate=BITRATE,
                seconds=found.seconds,
            )
            return self._named(file, stem, suffix, track.id, tags_of(track))

    def _taken_in(self, path: str, track: Track) -> StoredFile:
        if self.owners.get(path, track.id) != track.id or path in self.damaged:
            raise DamagedError(f"{path} is damaged, or another track's.")
        if path not in self.owners:
            self.retag(self.files[path], Tags(track_id=track.id))
        return replace(self.files[path], preset="", stem="")

    def read_folder(self, path: str, how: str) -> tuple[str, ...] | None:
        """See ``ports.PlaylistFiles.read_folder``."""
        with self._lock:
            made, held = self.folders.get(path, ("", ()))
            whole = all(self._bytes(file.path) == (file.size, file.sha256) for file in held)
            return tuple(file.path for file in held) if made == how and whole else None

    def write_folder(self, path: str, how: str, files: Sequence[StoredFile]) -> None:
        """See ``ports.PlaylistFiles.write_folder``."""
        with self._lock:
            self._spelled(f"{path}/x")
            missing = [file.path for file in files if file.path not in self.files]
            if missing:
                raise DiskError(f"{missing[0]} is not in the library.")
            self.folders[path] = (how, tuple(self.files[file.path] for file in files))

    def _bytes(self, path: str) -> tuple[int, str] | None:
        there = self.files.get(path)
        return None if there is None else (there.size, there.sha256)

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
            self.files[path] = StoredFile(path=path, size=4, sha256=FOREIGN, format="mp3", bitrate=0, seconds=0.0)
            if track_id is not None:
                self.owners[path] = track_id

    def rename(self, old: str, new: str) -> None:
        """Renames a file."""
        with self._lock:
            self.files[new] = replace(self.files.pop(old), path=new)
            self.tags[new] = self.tags.pop(old, Tags())
            self.owners.pop(new, None)
            if old in self.owners:
                self.owners[new] = self.owners.pop(old)
            if old in self.damaged:
                self.damaged.remove(old)
                self.damaged.add(new)

    def delete(self, path: str) -> None:
        """Deletes a file."""
        with self._lock:
            del self.files[path]
            self.owners.pop(path, None)
            self.tags.pop(path, None)
            self.damaged.discard(path)


def _names(stem: str, track_id: TrackId | None) -> tuple[str, ...]:
    """What a track's file may be called, best first."""
    if track_id is None:
        return (stem,)
    marked = naming.with_id(stem, track_id)
    return (stem, marked, *(f"{marked} {n}" for n in range(2, 10)))


def _taken(name: str) -> DiskError:
    return DiskError(f"{name} and its names with the track's id are taken by other files.")


def _fail(failures: dict[TrackId, list[CloudcrateError]], track_id: TrackId) -> None:
    if failures.get(track_id):
        raise failures[track_id].pop(0)
