"""The folder with the audio files."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Protocol

from cloudcrate.core.model import StoredFile, Stream, Track, TrackId
from cloudcrate.ports.world import Media


@dataclass(frozen=True, slots=True, kw_only=True)
class StagedFile:
    """A verified and tagged file that has no final name yet."""

    token: str  # the store's own name for it
    suffix: str  # from its content: ``.mp3``
    file: StoredFile  # with ``path`` empty


class Store(Protocol):
    """The folder with the audio files, all paths relative to it and POSIX.

    Nothing under a final name is ever partial, and nothing of the user's is overwritten or deleted.
    """

    @property
    def id(self) -> str:
        """Names this library in the ledger."""

    def check(self) -> None:
        """Makes the folder if need be and proves that it can be written; removes stale staging files.

        Raises: DiskError.
        """

    def present(self, files: Mapping[TrackId, StoredFile]) -> dict[TrackId, StoredFile]:
        """Those of ``files`` that are in the library, at their path or moved (found by embedded id)."""

    def lying_at(self, stem: str, track_id: TrackId) -> StoredFile | None:
        """The track's own file (by embedded id) when it lies at ``stem`` already, whatever its suffix.

        A run that broke off between naming a file and recording it left one there.
        """

    def fetch(self, track: Track, stream: Stream, media: Callable[[], Media]) -> StagedFile:
        """Downloads, verifies and tags one track into staging, with its artwork where there is one.

        ``media`` is called just before the first byte, and again when the link has expired.
        Raises: DamagedError, UnavailableError, StreamGoneError, DiskError; leaves nothing behind then.
        """

    def place(self, staged: StagedFile, stem: str) -> StoredFile:
        """Gives a staged file its final name ``stem + suffix``, durably and without overwriting.

        When the name is taken by another file the track's id goes into the name.
        Raises: DiskError.
        """


class PlaylistFiles(Protocol):
    """The playlist files of a library."""

    def read_playlist(self, path: str) -> tuple[PurePosixPath, ...] | None:
        """The paths a playlist file lists, in order, relative to the library; None: there is no file."""

    def write_playlist(self, path: str, title: str, entries: Sequence[tuple[StoredFile, Track | None]]) -> None:
        """Replaces a playlist file atomically. Raises: DiskError."""
