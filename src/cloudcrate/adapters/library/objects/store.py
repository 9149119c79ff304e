"""A library in an object store: made whole in a local folder, then uploaded and proved there.

Downloads, their resumption, conversion, tags and verification are those of a library in a folder.
"""

import logging
import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path, PurePosixPath

from cloudcrate.adapters.http import Door
from cloudcrate.adapters.library import adopt, place, playlist_file, scan, tag
from cloudcrate.adapters.library.disk import Disk, disk_errors, sha256
from cloudcrate.adapters.library.ffmpeg import Ffmpeg, executable
from cloudcrate.adapters.library.objects import folders, notes
from cloudcrate.adapters.library.objects.address import address, require_inside
from cloudcrate.adapters.library.objects.bucket import (
    Bucket,
    Held,
    Listed,
    digests_of,
    digests_of_file,
    verify_upload,
)
from cloudcrate.adapters.library.objects.keys import Keys, is_file_of_library, playlist_folders, token_of
from cloudcrate.adapters.library.objects.s3 import S3Bucket
from cloudcrate.adapters.library.shelf import Shelf, not_there
from cloudcrate.adapters.library.staging import Staging
from cloudcrate.core import naming
from cloudcrate.core.model import StoredFile, Stream, Track, TrackId
from cloudcrate.core.tagging import Tags
from cloudcrate.errors import DamagedError, DiskError, NotFoundError
from cloudcrate.ports.library import Finding, FoundFile, Recipe, StagedFile, State
from cloudcrate.ports.world import Media

OURS = ".cloudcrate"

ROOM = 4 * 1024**3
"""Bytes of staging that are asked for at the most: only what is under way lies there."""

AT_ONCE = 8
"""Objects that are asked for their metadata at once."""

_log = logging.getLogger(__name__)


class ObjectStore:
    """See ``ports.Store`` and ``ports.PlaylistFiles``.

    ``staging`` is a local folder; ``room`` as many bytes as may be needed there.
    """

    def __init__(
        self,
        bucket: Bucket,
        door: Door,
        *,
        staging: Path,
        ffmpeg: Callable[[], Path] = executable,
        disk: Disk | None = None,
        room: int = ROOM,
    ) -> None:
        self._bucket = bucket
        self._door = door
        self._room = room
        calls, programs, root = disk or Disk(), Ffmpeg(ffmpeg), staging.absolute()
        self._staging = Staging(root / "files", root, door, ffmpeg=programs, disk=calls)
        self._shelf = Shelf(root, calls, programs, self._staging.path)
        self._keys = Keys(bucket)

    @property
    def id(self) -> str:
        """The address, without credentials."""
        return self._bucket.url

    def close(self) -> None:
        """Ends the connections to the object store, and says that nothing is under way here any more."""
        self._bucket.close()
        self._staging.close()

    def check(self, needed: int = 0) -> None:
        """See ``ports.Store.check``. Five requests, more where many objects are hidden.

        That the bucket is there and can be listed, that an object can be written, proved, read about and removed,
        that one is not put over another, and that there is local room for what is under way.
        """
        with disk_errors(self._staging.folder):
            self._staging.open()
            self._staging.remove_stale()
            self._staging.require_room(min(needed, self._room), hint="Make room, or fetch with fewer --jobs at once.")
        self._bucket.folder(f"{OURS}/")
        self._prove_writing()

    def tidy(self) -> None:
        """See ``ports.Store.tidy``."""
        self._staging.tidy()

    def present(self, files: Mapping[TrackId, StoredFile]) -> dict[TrackId, StoredFile]:
        """See ``ports.Store.present``. One listing, and a request for each object that is not as recorded.

        What was moved is found by its size and the id in its metadata, which copies within a store keep.
        """
        if not files:
            return {}
        listing = self._listing()
        found: dict[TrackId, StoredFile] = {}
        changed: dict[TrackId, str] = {}
        for track_id, file in files.items():
            there = listing.get(file.path)
            if there is not None and there.size == file.size:
                found[track_id] = file
            elif there is not None and 2 * there.size >= file.size:
                changed[track_id] = there.key
        own = self._tracks_of(changed.values())
        found |= {track_id: files[track_id] for track_id, key in changed.items() if own.get(key) == track_id}
        missing = {track_id: file for track_id, file in files.items() if track_id not in found}
        return found | self._moved(missing, listing)

    def lying_at(self, stem: str, track_id: TrackId) -> StoredFile | None:
        """See ``ports.Store.lying_at``. What the metadata says of the bytes it came with is the answer."""
        _, there = self._keys.beside(stem)
        for name in place.names(stem, track_id) if there else ():
            for suffix in scan.SUFFIXES:
                key = there.get(naming.path_key(f"{name.rpartition('/')[2]}{suffix}"))
                found = self._keys.own(key, track_id) if key is not None and not key.endswith("/") else None
                if found is not None:
                    return replace(found, stem=name)
        return None

    def fetch(self, track: Track, stream: Stream, media: Callable[[], Media], recipe: Recipe) -> StagedFile:
        """See ``ports.Store.fetch``."""
        return self._staging.fetch(track, stream, media, recipe)

    def discard(self, staged: StagedFile) -> None:
        """See ``ports.Store.discard``."""
        with disk_errors(self._staging.folder):
            self._staging.drop(staged)

    def place(self, staged: StagedFile, stem: str) -> StoredFile:
        """See ``ports.Store.place``. An upload that fails or does not prove whole is made again."""
        source = self._staging.folder / staged.token
        try:
            file = self._uploaded(source, staged.file, stem)
            if staged.original:
                self._place_original(self._staging.folder / staged.original, file.stem, tag.read_id(source))
            return file
        finally:
            self._staging.drop(staged)

    def move(self, file: StoredFile, stem: str) -> StoredFile:
        """See ``ports.Store.move``. Nothing is downloaded."""
        return self._keys.move(file, stem)

    def retag(self, file: StoredFile, tags: Tags) -> StoredFile:
        """See ``ports.Store.retag``: downloaded, tagged, proved, and put over the very version that was read."""
        held = self._bucket.head(file.path)
        if held is None:
            raise not_there(file)
        with self._downloaded(held) as copy:
            self._shelf.tagged(copy, tags, file.seconds)
            digest = sha256(copy)
            if digest == file.sha256 and held.size == file.size:
                return file
            made = replace(file, size=copy.stat().st_size, sha256=digest)
            if digest != self._keys.sha256_of(held):
                self._keys.upload_over(held, copy, made, tag.read_id(copy))
            return made

    def examine(self, file: StoredFile, track_id: TrackId) -> Finding:
        """See ``ports.Store.examine``. The bytes are read; only those that are others are kept to be decoded."""
        held = self._bucket.head(file.path)
        if held is None:
            return Finding(state=State.MISSING, file=file, reason="it is not there")
        if held.size == file.size:
            found = self._door.retried(lambda: digests_of(self._bucket.read(file.path)))
            if found.sha256 == file.sha256:
                return Finding(state=State.SOUND, file=file)
        with self._downloaded(held) as copy:
            lies = copy.relative_to(self._shelf.root).as_posix()
            finding = self._shelf.examine(replace(file, path=lies), track_id)
        return replace(finding, file=replace(finding.file, path=file.path))

    def size(self, file: StoredFile) -> int:
        """See ``ports.Store.size``. One request."""
        held = self._bucket.head(self._key_of(file))
        if held is None:
            raise not_there(file)
        return held.size

    def read(self, file: StoredFile, start: int, count: int) -> bytes:
        """See ``ports.Store.read``. One request."""
        key = self._key_of(file)
        return self._door.retried(lambda: self._bucket.part(key, start, count))

    def explore(self, folder: str) -> Iterator[FoundFile]:
        """See ``ports.Store.explore``. Of the library itself every object is downloaded to be looked at."""
        if folder.rstrip("/") == self.id or folder.startswith(f"{self.id}/"):
            return self._explored(folder[len(self.id) :].strip("/"))
        return adopt.explore(folder)

    def adopt(self, found: FoundFile, track: Track, stem: str) -> StoredFile:
        """See ``ports.Store.adopt``."""
        with disk_errors(self._staging.folder):
            self._staging.open()
        if found.path.startswith(f"{self.id}/"):
            return self._kept(found, track)
        path, container = adopt.opened(found, track)
        with adopt.copied(self._shelf, path, container, track, found.seconds) as (copy, file):
            return self._uploaded(copy, file, stem)

    # --- playlists --------------------------------------------------------------------------

    def read_playlist(self, path: str) -> tuple[PurePosixPath, ...] | None:
        """See ``ports.PlaylistFiles.read_playlist``."""
        try:
            return playlist_file.paths(b"".join(self._bucket.read(path)))
        except NotFoundError:
            return None

    def write_playlist(self, path: str, title: str, entries: Sequence[tuple[StoredFile, Track | None]]) -> None:
        """See ``ports.PlaylistFiles.write_playlist``. One that would not change is not written."""
        require_inside(path, self.id)
        data = playlist_file.render(title, entries)
        digests, held = digests_of([data]), self._bucket.head(path)
        if held is not None and held.is_md5 and held.etag.strip('"') == digests.md5:
            return
        self._bucket.put(path, data, digests, {}, over=None, kind="audio/x-mpegurl")
        verify_upload(self._bucket, path, digests)

    def read_folder(self, path: str, how: str) -> tuple[str, ...] | None:
        """See ``ports.PlaylistFiles.read_folder``."""
        return folders.read(self._bucket, path, how)

    def write_folder(self, path: str, how: str, files: Sequence[StoredFile]) -> None:
        """See ``ports.PlaylistFiles.write_folder``. Raises: UsageError for ``links``, which no object store has."""
        folders.write(self._bucket, path, how, files)

    # --- steps ------------------------------------------------------------------------------

    def _prove_writing(self) -> None:
        """Puts an object, proves it, tries to put another in its place, and takes it away."""
        key, data = f"{OURS}/probe-{secrets.token_hex(8)}", b"cloudcrate"
        digests = digests_of([data])
        try:
            if not self._bucket.put(key, data, digests, {}, over="", kind="text/plain"):
                raise DiskError(f"{self.id} says that a new name is taken.", hint="Run the same command again.")
            verify_upload(self._bucket, key, digests)
            if self._bucket.put(key, data, digests, {}, over="", kind="text/plain"):
                _log.warning(
                    "%s lets one upload replace another: names are looked at before, not guarded by it. "
                    "Let one machine at a time write to it.",
                    self.id,
                )
        finally:
            self._bucket.delete(key)

    def _key_of(self, file: StoredFile) -> str:
        """Where a recorded file lies. Raises: NotFoundError when that is not in the library."""
        try:
            require_inside(file.path, self.id)
        except DiskError as error:
            raise not_there(file) from error
        return file.path

    def _uploaded(self, source: Path, file: StoredFile, stem: str) -> StoredFile:
        return self._door.retried(lambda: self._keys.place(source, file, stem))

    def _place_original(self, source: Path, stem: str, track_id: TrackId | None) -> None:
        """Keeps a download as it came, in a folder of its own; it bears no id, or it would be a second track."""
        digests = digests_of_file(source)
        kind = notes.KINDS.get(source.suffix[1:], "application/octet-stream")
        for name in place.names(f"{naming.ORIGINALS}/{stem}", track_id):
            target = self._keys.target(f"{name}{source.suffix}")
            lying = self._bucket.head(target.lying) if target.lying is not None else None
            if lying is not None and lying.size == digests.size:
                return
            if target.lying is None and self._keys.upload_new(target.key, source, digests, {}, kind=kind):
                return

    def _listing(self) -> dict[str, Listed]:
        return {listed.key: listed for listed in self._bucket.list()}

    def _files(self, listing: Mapping[str, Listed]) -> list[Listed]:
        aside = playlist_folders(listing)
        return [listed for _, listed in sorted(listing.items()) if is_file_of_library(listed, aside)]

    def _moved(self, missing: Mapping[TrackId, StoredFile], listing: Mapping[str, Listed]) -> dict[TrackId, StoredFile]:
        """Those of the missing files that lie elsewhere: not in quarantine, where only what is recorded counts."""
        sizes = {file.size for file in missing.values()}
        likely = (
            [f for f in self._files(listing) if f.size in sizes and not naming.is_quarantined(f.key)] if sizes else []
        )
        own = self._tracks_of(listed.key for listed in likely)
        found: dict[TrackId, StoredFile] = {}
        for listed in likely:
            track_id = own.get(listed.key)
            file = missing.get(track_id) if track_id is not None else None
            if track_id is not None and file is not None and file.size == listed.size:
                found.setdefault(track_id, replace(file, path=listed.key))
        return found

    def _tracks_of(self, keys: Iterable[str]) -> dict[str, TrackId]:
        """The tracks whose ids objects bear."""
        with ThreadPoolExecutor(AT_ONCE) as pool:
            heads = [held for held in pool.map(self._bucket.head, keys) if held is not None]
        told = {held.key: note for held in heads if (note := notes.read(held)) is not None}
        return {key: note.track_id for key, note in told.items() if note.track_id is not None}

    @contextmanager
    def _downloaded(self, held: Held) -> Iterator[Path]:
        """That version of an object in staging, under its suffix; it goes when it is not needed any more."""
        copy = self._staging.path(f"object-{token_of(held.key)}").with_suffix(PurePosixPath(held.key).suffix)
        with disk_errors(copy):
            self._staging.open()
            try:
                self._door.retried(lambda: self._download(held, copy))
                yield copy
            finally:
                copy.unlink(missing_ok=True)

    def _download(self, held: Held, copy: Path) -> None:
        with copy.open("wb") as file:
            for piece in self._bucket.read(held.key, etag=held.etag):
                file.write(piece)

    def _explored(self, below: str) -> Iterator[FoundFile]:
        for listed in self._files(self._listing()):
            if below and not listed.key.startswith(f"{below}/"):
                continue
            held = Held(key=listed.key, size=listed.size, etag=listed.etag)
            try:
                with self._downloaded(held) as copy:
                    found = next(iter(adopt.found([copy])), None)
            except NotFoundError:
                continue  # somebody removed it meanwhile
            if found is not None:
                yield replace(found, path=f"{self.id}/{listed.key}")

    def _kept(self, found: FoundFile, track: Track) -> StoredFile:
        """Takes in an object of the library where it is: it gets our id when it bears none, and our metadata."""
        key = found.path[len(self.id) + 1 :]
        held = self._bucket.head(key)
        if held is None:
            raise DamagedError(f"{found.path} is not there any more.")
        with self._downloaded(held) as copy:
            try:
                path, container = adopt.opened(replace(found, path=str(copy)), track)
                file = replace(adopt.kept(self._shelf, path, container, track, found.seconds), path=key)
            except DamagedError as error:
                raise DamagedError(error.message.replace(str(copy), found.path), hint=error.hint) from error
            note = notes.read(held)
            if note is None or (note.track_id, note.file.sha256) != (track.id, file.sha256):
                self._keys.upload_over(held, copy, file, track.id)
        return file


def open_objects(url: str, door: Door, *, staging: Path, ffmpeg: Callable[[], Path] = executable) -> ObjectStore:
    """The library at ``url``; ``staging`` is a local folder for what is under way. Nothing is asked yet.

    Raises: UsageError when the address cannot be understood, or the extra ``s3`` is not installed.
    """
    return ObjectStore(S3Bucket(address(url)), door, staging=staging, ffmpeg=ffmpeg)
