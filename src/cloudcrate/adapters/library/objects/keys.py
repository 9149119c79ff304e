"""The named objects of a library: where a file goes, its upload, and another name for it.

Names are given as on a disk that folds case and accents, since people mirror a library to such disks. The store
itself guards only against the very same key, so that is what two machines at once are safe from.
"""

import hashlib
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from cloudcrate.adapters.library import place, scan, tag
from cloudcrate.adapters.library.objects import notes
from cloudcrate.adapters.library.objects.address import require_inside
from cloudcrate.adapters.library.objects.bucket import (
    Bucket,
    Digests,
    Held,
    Listed,
    digests_of,
    digests_of_file,
    verify_copy,
    verify_upload,
)
from cloudcrate.adapters.library.shelf import not_there, taken
from cloudcrate.adapters.library.verify import tolerance
from cloudcrate.core import naming
from cloudcrate.core.model import StoredFile, TrackId
from cloudcrate.errors import CloudcrateError, DamagedError


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Where a file would go, and what bears that name already, as a disk would tell that folds names."""

    key: str
    lying: str | None  # a key; None: the name is free


class Keys:
    """The named objects of one library. Safe to use from many threads."""

    def __init__(self, bucket: Bucket) -> None:
        self._bucket = bucket
        self._lock = threading.Lock()
        self._reserved: set[str] = set()
        self._spelled: dict[str, str] = {}  # the folders that this process has given, by their folded names

    # --- what is there ----------------------------------------------------------------------

    def beside(self, stem: str) -> tuple[str, dict[str, str]]:
        """The folder of ``stem`` as it is spelled, and the names in it: keys, by their folded names.

        One listing of that folder; one more for each folder on the way when none of that spelling is there.
        Raises: DiskError when ``stem`` would leave the library.
        """
        require_inside(stem, self._bucket.url)
        *parts, _ = PurePosixPath(stem).parts
        folder = "".join(f"{part}/" for part in parts)
        found = self._bucket.folder(folder)
        if folder and not found.objects and not found.folders:
            spelled = self._as_spelled(parts)
            if spelled != folder:
                folder, found = spelled, self._bucket.folder(spelled)
        there = {naming.path_key(listed.key[len(folder) :]): listed.key for listed in found.objects}
        return folder, there | {naming.path_key(name): f"{folder}{name}/" for name in found.folders}

    def target(self, relative: str) -> Target:
        """Where a file goes. Raises: DiskError when that is out of the library."""
        folder, there = self.beside(relative)
        name = relative.rpartition("/")[2]
        return Target(key=f"{folder}{name}", lying=there.get(naming.path_key(name)))

    def own(self, key: str, track_id: TrackId | None) -> StoredFile | None:
        """The file of an object that is this track's, by its metadata."""
        held = self._bucket.head(key) if track_id is not None else None
        note = notes.read(held) if held is not None else None
        return note.file if note is not None and note.track_id == track_id else None

    def _as_spelled(self, parts: list[str]) -> str:
        """A folder whose name is there in another case or form is used as it is spelled."""
        folder, searching = "", True
        for part in parts:
            key = naming.path_key(f"{folder}{part}/")
            names = self._bucket.folder(folder).folders if searching else ()
            found = (
                part if part in names else next((n for n in names if naming.path_key(n) == naming.path_key(part)), "")
            )
            searching = bool(found)
            with self._lock:  # two threads that are the first in a folder must spell it alike
                folder = f"{folder}{found}/" if found else self._spelled.setdefault(key, f"{folder}{part}/")
        return folder

    # --- uploads ----------------------------------------------------------------------------

    def place(self, source: Path, file: StoredFile, stem: str) -> StoredFile:
        """Uploads a staged file under the name ``stem`` and the suffix of its format, over nothing, and proves it.

        When the track's own file, as long, bears that name already, it is the answer.
        Raises: DamagedError, UnavailableError, CredentialsError, DiskError.
        """
        track_id, suffix, digests = tag.read_id(source), f".{file.format}", digests_of_file(source)
        for name in place.names(stem, track_id):
            with self._naming(f"{name}{suffix}") as reserved:
                target = self.target(f"{name}{suffix}")
                lying = target.lying if reserved else target.key
                if lying is None:
                    metadata = notes.metadata_of(file, track_id)
                    if self.upload_new(target.key, source, digests, metadata, kind=notes.KINDS[file.format]):
                        return replace(file, path=target.key, stem=name)
                    lying = target.key  # another machine was quicker, or this one, and the answer was lost
                same = self.own(lying, track_id)
                if same is not None and abs(same.seconds - file.seconds) <= tolerance(file.seconds):
                    return replace(same, preset=file.preset, stem=name)
        raise taken(f"{stem}{suffix}")

    def upload_new(
        self, key: str, source: Path | bytes, digests: Digests, metadata: Mapping[str, str], *, kind: str
    ) -> bool:
        """Uploads an object under a name that is free, and proves it; False when the name was not.

        What does not prove to be whole is removed again, as long as it is the one that was just put.
        """
        if not self._bucket.put(key, source, digests, metadata, over="", kind=kind):
            return False
        try:
            verify_upload(self._bucket, key, digests)
        except CloudcrateError:
            with suppress(CloudcrateError):
                self._take_back(key, metadata)
            raise
        return True

    def upload_over(self, held: Held, source: Path, file: StoredFile, track_id: TrackId | None) -> Held:
        """Uploads a file in place of that version of an object, and proves it.

        Raises: DamagedError when the object is another version by now, or does not prove whole twice.
        """
        digests = digests_of_file(source)
        metadata = {**notes.without_origin(held.metadata), **notes.metadata_of(file, track_id)}
        kind = held.kind or notes.KINDS[file.format]
        if not self._bucket.put(held.key, source, digests, metadata, over=held.etag, kind=kind):
            raise DamagedError(f"{held.key} was changed while it was tagged; it is left as it is.")
        try:
            return verify_upload(self._bucket, held.key, digests)
        except DamagedError:  # what was there is gone; only the file in hand is whole
            spoilt = self._bucket.head(held.key)
            if spoilt is None or dict(spoilt.metadata) != metadata:
                raise
            self._bucket.put(held.key, source, digests, metadata, over=spoilt.etag, kind=kind)
            return verify_upload(self._bucket, held.key, digests)

    def _take_back(self, key: str, metadata: Mapping[str, str]) -> None:
        held = self._bucket.head(key)
        if held is not None and dict(held.metadata) == dict(metadata):
            self._bucket.delete(key, etag=held.etag)

    # --- another name -----------------------------------------------------------------------

    def move(self, file: StoredFile, stem: str) -> StoredFile:
        """See ``ports.Store.move``: a copy within the store, proved, and then the old one goes.

        Killed between them the file has two names; moving it again takes the old one away.
        """
        suffix = PurePosixPath(file.path).suffix
        require_inside(f"{stem}{suffix}", self._bucket.url)
        source = self._bucket.head(file.path)
        if source is None:
            return replace(file, path=self._moved_before(file, f"{stem}{suffix}"), stem=stem)
        for name in place.names(stem, self._track_of(source)):
            with self._naming(f"{name}{suffix}") as reserved:
                target = self.target(f"{name}{suffix}")
                if target.key == source.key:
                    return replace(file, path=source.key, stem=name)
                free = reserved and target.lying in (None, source.key)
                if (free and self._copied(source, target.key)) or self._is_second(source, target.lying):
                    self._bucket.delete(source.key, etag=source.etag)
                    return replace(file, path=target.key if free else target.lying or target.key, stem=name)
        raise taken(f"{stem}{suffix}")

    def _copied(self, source: Held, key: str) -> bool:
        """Copies an object to a name that is free, and proves it; False when the name was not."""
        metadata = {**notes.without_origin(source.metadata), **notes.came_from(source.key)}
        if not self._bucket.copy(source, key, metadata, over=""):
            return False
        try:
            verify_copy(self._bucket, source, key)
        except CloudcrateError:
            with suppress(CloudcrateError):
                self._take_back(key, metadata)
            raise
        return True

    def _is_second(self, source: Held, key: str | None) -> bool:
        """Says whether this is the copy that a move of the object made before it broke off, and is whole."""
        held = self._bucket.head(key) if key is not None else None
        if held is None or held.metadata.get(notes.FROM) != notes.came_from(source.key)[notes.FROM]:
            return False
        try:
            verify_copy(self._bucket, source, held.key)
        except DamagedError:
            return False
        return True

    def _moved_before(self, file: StoredFile, relative: str) -> str:
        """Where a move has put a file that broke off before it was recorded. Raises: NotFoundError."""
        lying = self.target(relative).lying
        held = self._bucket.head(lying) if lying is not None else None
        if held is None or held.size != file.size or self.sha256_of(held) != file.sha256:
            raise not_there(file)
        return held.key

    def sha256_of(self, held: Held) -> str:
        """The digest of an object: as its metadata or the store tells it, else of its bytes."""
        note = notes.read(held)
        return note.file.sha256 if note else held.sha256 or digests_of(self._bucket.read(held.key)).sha256

    @staticmethod
    def _track_of(held: Held) -> TrackId | None:
        note = notes.read(held)
        return note.track_id if note is not None else None

    @contextmanager
    def _naming(self, relative: str) -> Iterator[bool]:
        """Reserves a name among the threads of this process; False when another one is giving it right now."""
        key = naming.path_key(relative)
        with self._lock:
            free = key not in self._reserved
            self._reserved.add(key)
        try:
            yield free
        finally:
            if free:
                with self._lock:
                    self._reserved.discard(key)


def is_file_of_library(listed: Listed, playlist_folders: frozenset[str]) -> bool:
    """Says whether a listed object is named as audio, and neither hidden nor in a playlist's folder."""
    path = PurePosixPath(listed.key)
    hidden = any(part.startswith(".") for part in path.parts)
    return (
        path.suffix.lower() in scan.SUFFIXES
        and not hidden
        and scan.is_text(listed.key)
        and not any(listed.key.startswith(folder) for folder in playlist_folders)
    )


def playlist_folders(listing: Mapping[str, Listed]) -> frozenset[str]:
    """The folders that hold a playlist's copies: those with a manifest."""
    return frozenset(key[: -len(scan.MANIFEST)] for key in listing if key.rpartition("/")[2] == scan.MANIFEST)


def token_of(key: str) -> str:
    """A short name for a key, for staging files."""
    return hashlib.sha256(key.encode()).hexdigest()[:8]
