"""The library folder: fetch into staging, tag, verify, and only then give the file its name.

What is verified is the tagged file, byte for byte the one that gets the name.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path, PurePosixPath

from cloudcrate.adapters.http import Door
from cloudcrate.adapters.library import adopt, place, playlist_file, playlist_folder, scan, tag
from cloudcrate.adapters.library.disk import Disk, disk_errors, make_folder, refuse_links, replace_durably
from cloudcrate.adapters.library.ffmpeg import Ffmpeg, executable
from cloudcrate.adapters.library.shelf import Shelf
from cloudcrate.adapters.library.staging import Staging
from cloudcrate.core import naming
from cloudcrate.core.model import StoredFile, Stream, Track, TrackId
from cloudcrate.core.tagging import Tags
from cloudcrate.ports.library import Finding, FoundFile, Recipe, StagedFile
from cloudcrate.ports.world import Media

OURS = ".cloudcrate"

LONGEST_NAME = naming.NUMBERED_BYTES + len(".aiff")
"""Bytes of a file's name, at the most."""


class FolderStore:
    """See ``ports.Store`` and ``ports.PlaylistFiles``."""

    def __init__(
        self, root: Path, door: Door, *, ffmpeg: Callable[[], Path] = executable, disk: Disk | None = None
    ) -> None:
        self._root = root.absolute()
        self._disk = disk or Disk()
        programs = Ffmpeg(ffmpeg)
        self._staging = Staging(self._root / OURS / "staging", self._root, door, ffmpeg=programs, disk=self._disk)
        self._shelf = Shelf(self._root, self._disk, programs, self._staging.path)

    @property
    def id(self) -> str:
        """The folder's path."""
        return str(self._root)

    def close(self) -> None:
        """Leaves the library's disk, on which it is known as long as it writes there. Another call comes back."""
        self._staging.close()

    def check(self, needed: int = 0) -> None:
        """See ``ports.Store.check``."""
        with disk_errors(self._root):
            self._staging.open()
            self._staging.remove_stale()
            self._prove_names()
            self._staging.require_room(
                needed,
                hint="Make room, choose another folder with --library, or fetch less at once with --max-tracks.",
            )

    def tidy(self) -> None:
        """See ``ports.Store.tidy``."""
        self._staging.tidy()

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
        return self._staging.fetch(track, stream, media, recipe)

    def discard(self, staged: StagedFile) -> None:
        """See ``ports.Store.discard``."""
        with disk_errors(self._staging.folder):
            self._staging.drop(staged)

    def place(self, staged: StagedFile, stem: str) -> StoredFile:
        """See ``ports.Store.place``."""
        source = self._staging.folder / staged.token
        try:
            file = self._shelf.place(source, staged.file, stem)
            if staged.original:
                self._place_original(self._staging.folder / staged.original, file.stem, tag.read_id(source))
            return file
        finally:
            self._staging.drop(staged)

    def move(self, file: StoredFile, stem: str) -> StoredFile:
        """See ``ports.Store.move``."""
        return self._shelf.move(file, stem)

    def retag(self, file: StoredFile, tags: Tags) -> StoredFile:
        """See ``ports.Store.retag``."""
        return self._shelf.retag(file, tags)

    def examine(self, file: StoredFile, track_id: TrackId) -> Finding:
        """See ``ports.Store.examine``."""
        return self._shelf.examine(file, track_id)

    def size(self, file: StoredFile) -> int:
        """See ``ports.Store.size``."""
        return self._shelf.size(file)

    def read(self, file: StoredFile, start: int, count: int) -> bytes:
        """See ``ports.Store.read``."""
        return self._shelf.read(file, start, count)

    def explore(self, folder: str) -> Iterator[FoundFile]:
        """See ``ports.Store.explore``."""
        return adopt.explore(folder)

    def adopt(self, found: FoundFile, track: Track, stem: str) -> StoredFile:
        """See ``ports.Store.adopt``."""
        with disk_errors(self._root):
            self._staging.open()
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
            self._staging.open()
            replace_durably(self._disk, target, data, partial=self._staging.path("playlist"))

    def read_folder(self, path: str, how: str) -> tuple[str, ...] | None:
        """See ``ports.PlaylistFiles.read_folder``."""
        return playlist_folder.read(self._root, path, how)

    def write_folder(self, path: str, how: str, files: Sequence[StoredFile]) -> None:
        """See ``ports.PlaylistFiles.write_folder``."""
        playlist_folder.write(self._root, self._disk, path, how, files)

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
        probe = self._staging.path("probe")
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
