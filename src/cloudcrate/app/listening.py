"""Playing what was downloaded: a track's file in parts, and how loud it is over its length."""

from collections.abc import Callable
from dataclasses import dataclass

from cloudcrate.core.model import StoredFile, TrackId
from cloudcrate.errors import NotFoundError
from cloudcrate.ports.ledger import Memories, Scope
from cloudcrate.ports.library import Peaks, Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Audio:
    """A track's file as it lies in the library now. ``read`` gives the bytes from a place on, so many at the most."""

    track_id: TrackId
    file: StoredFile
    size: int
    read: Callable[[int, int], bytes]


class Listening:
    """Finds files by their track: no path ever comes from outside."""

    def __init__(self, memories: Memories, store: Store, peaks: Peaks | None) -> None:
        self._memories = memories
        self._store = store
        self._peaks = peaks

    def audio(self, track_id: TrackId) -> Audio:
        """The file of a track. Raises: NotFoundError when it has none, or when it is not in the library any more."""
        file = self._recorded(track_id)
        try:
            size = self._store.size(file)
        except NotFoundError:
            file = self._moved(track_id, file)
            size = self._store.size(file)
        return Audio(track_id=track_id, file=file, size=size, read=lambda at, most: self._store.read(file, at, most))

    def peaks(self, track_id: TrackId) -> tuple[float, ...]:
        """How loud a track is, see ``ports.library.Peaks``. Raises: as ``audio`` and ``Peaks.of``."""
        file = self.audio(track_id).file
        if self._peaks is None:
            raise NotFoundError("Nothing here looks into files.")
        return self._peaks.of(file)

    def _recorded(self, track_id: TrackId) -> StoredFile:
        scope = Scope(catalog="", library=self._store.id)
        file = self._memories.recall(scope, [track_id])[track_id].file
        if file is None:
            raise NotFoundError(f"Track {track_id} has no file.", hint="Sync its playlist with downloads.")
        return file

    def _moved(self, track_id: TrackId, file: StoredFile) -> StoredFile:
        """Where its user has moved the file: found by the id inside."""
        found = self._store.present({track_id: file}).get(track_id)
        if found is None:
            raise NotFoundError(f"The file of track {track_id} is not in the library any more.", hint="Sync again.")
        return found
