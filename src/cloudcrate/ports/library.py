"""The folder with the audio files."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import PurePosixPath
from typing import Protocol

from cloudcrate.core.model import StoredFile, Stream, Track, TrackId
from cloudcrate.core.tagging import Tags
from cloudcrate.ports.world import Media


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """What becomes of a download before it gets its name."""

    tags: Tags
    convert: str = ""  # a format of ``core.quality.FORMATS``, where the source allows that; empty: as it comes
    lossy: bool = False  # convert what has lost something already, too
    keep_original: bool = False  # keep the download as it came beside what it was converted to


@dataclass(frozen=True, slots=True, kw_only=True)
class StagedFile:
    """A verified and tagged file that has no final name yet."""

    token: str  # the store's own name for it
    suffix: str  # from its content: ``.mp3``
    file: StoredFile  # with ``path`` empty
    note: str = ""  # what did not go as asked: not converted, because …
    original: str = ""  # the token of the untouched download, when it is kept


class State(Enum):
    """What a second look at a recorded file finds."""

    SOUND = "sound"
    MISSING = "missing"
    RETAGGED = "retagged"  # other bytes, the same sound in full: its tags were edited
    DAMAGED = "damaged"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """The answer of a second look. ``file`` is as it is now, unless it is missing or damaged."""

    state: State
    file: StoredFile
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundFile:
    """An audio file that people already have: where it is, how long it is and what its tags say."""

    path: str  # absolute
    seconds: float
    tags: Tags


class Store(Protocol):
    """The folder with the audio files, all paths relative to it and POSIX.

    Nothing under a final name is ever partial, and nothing of the user's is overwritten or deleted.
    """

    @property
    def id(self) -> str:
        """Names this library in the ledger."""

    def check(self, needed: int = 0) -> None:
        """Makes the folder if need be and proves what placing needs; removes stale staging files.

        That it can be written, that a file gets its name at once and over no other, that names may be as
        long as they get, and that ``needed`` bytes are free. Raises: DiskError.
        """

    def tidy(self) -> None:
        """Removes what dead runs have left in staging, where it can be removed. Raises: nothing.

        For a run that has nothing to do here: it makes nothing, and costs a look.
        """

    def present(self, files: Mapping[TrackId, StoredFile]) -> dict[TrackId, StoredFile]:
        """Those of ``files`` that are in the library, at their path or moved (found by embedded id).

        Size and checksum in the answer are those asked with: ``examine`` tells whether they still hold.
        """

    def lying_at(self, stem: str, track_id: TrackId) -> StoredFile | None:
        """The track's own file (by embedded id) when it lies at ``stem`` already, whatever its suffix.

        A run that broke off between naming a file and recording it left one there.
        """

    def fetch(self, track: Track, stream: Stream, media: Callable[[], Media], recipe: Recipe) -> StagedFile:
        """Downloads, verifies, converts and tags one track into staging, with its artwork where there is one.

        ``media`` is called just before the first byte, and again when the link has expired.
        What breaks off is gone on with by the next fetch of the stream, as far as the server's bytes are still
        the same. Raises: DamagedError, UnavailableError, StreamGoneError, DiskError.
        """

    def discard(self, staged: StagedFile) -> None:
        """Removes a staged file that is not to be placed."""

    def place(self, staged: StagedFile, stem: str) -> StoredFile:
        """Gives a staged file its final name ``stem + suffix``, durably and without overwriting.

        When the name is taken by another file the track's id goes into the name.
        Raises: DiskError.
        """

    def move(self, file: StoredFile, stem: str) -> StoredFile:
        """Gives a file of the library the name ``stem`` and its suffix, over no other file; its bytes stay.

        When the name is taken the track's id goes into the name. Folders that are empty then go, too.
        Raises: DiskError, NotFoundError when the file is not there.
        """

    def retag(self, file: StoredFile, tags: Tags) -> StoredFile:
        """Writes these tags into a file of the library, in place of those that cloudcrate writes; others stay.

        The file is replaced whole or not at all. Raises: DamagedError, DiskError, NotFoundError.
        """

    def examine(self, file: StoredFile, track_id: TrackId) -> Finding:
        """Looks whether a track's recorded file is there and has the bytes that it had.

        Of other bytes it looks whether the sound is whole, and the id, if there is one, still the track's.
        """

    def size(self, file: StoredFile) -> int:
        """The bytes that a file of the library has now. Raises: NotFoundError when it is not there."""

    def read(self, file: StoredFile, start: int, count: int) -> bytes:
        """At most ``count`` bytes (one or more) of a file of the library from ``start`` on; fewer only where it ends.

        Raises: NotFoundError when it is not there, DiskError when it cannot be read.
        """

    def explore(self, folder: str) -> Iterator[FoundFile]:
        """The audio files below a folder, in or out of the library, that can be read. Raises: DiskError."""

    def adopt(self, found: FoundFile, track: Track, stem: str) -> StoredFile:
        """Takes a file that people already have into the library: verified, and copied unless it is there.

        One that is in the library stays where it is. The other is left alone, and its copy gets our tags.
        Raises: DamagedError when it is not the whole track, DiskError.
        """


class PlaylistFiles(Protocol):
    """The playlist files of a library."""

    def read_playlist(self, path: str) -> tuple[PurePosixPath, ...] | None:
        """The paths a playlist file lists, in order, relative to the library; None: there is no file."""

    def write_playlist(self, path: str, title: str, entries: Sequence[tuple[StoredFile, Track | None]]) -> None:
        """Replaces a playlist file atomically. Raises: DiskError."""

    def read_folder(self, path: str, how: str) -> tuple[str, ...] | None:
        """The files of the library that a playlist's folder holds, in order; None: it is not as ``how`` makes it."""

    def write_folder(self, path: str, how: str, files: Sequence[StoredFile]) -> None:
        """Makes a folder hold these files, numbered in order: ``links`` (hard links) or ``copies``.

        What cloudcrate did not put there stays. Raises: DiskError.
        """


class Peaks(Protocol):
    """How loud a file is from its beginning to its end, for drawing it."""

    def of(self, file: StoredFile) -> tuple[float, ...]:
        """The loudest sample of each of equally long parts, 0 to 1; worked out once per content.

        Raises: NotFoundError when the file is not there, DamagedError when nothing of it can be decoded,
        UnavailableError, DiskError.
        """
