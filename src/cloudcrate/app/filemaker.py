"""Fetches, places and moves files, and keeps the playlist's own file and folder."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from itertools import islice

from cloudcrate.app.gather import Tools
from cloudcrate.core import naming, quality
from cloudcrate.core.model import Availability, StoredFile, Track, TrackId
from cloudcrate.core.operations import (
    Download,
    Move,
    Plan,
    Quarantine,
    Relink,
    WritePlaylistFile,
    WritePlaylistFolder,
)
from cloudcrate.core.plan_files import WHY_NOT
from cloudcrate.core.report import Done, Outcome, Skipped
from cloudcrate.core.snapshot import Snapshot
from cloudcrate.core.tagging import tags_of
from cloudcrate.errors import DamagedError, ProtectedError, StaleClaimError, StreamGoneError
from cloudcrate.ports.ledger import Claim, Scope
from cloudcrate.ports.library import Recipe, StagedFile

AT_ONCE = 250
"""Tracks that are recalled with one read."""


class FileMaker:
    """The files of one run. Its methods may be called from several threads, one track at a time each."""

    def __init__(self, tools: Tools, scope: Scope, snapshot: Snapshot) -> None:
        self._tools = tools
        self._scope = scope
        self._snapshot = snapshot

    def download(self, claim: Claim, operation: Download, track: Track) -> Outcome:
        """Fetches the track's file, unless it lies in its place already."""
        store, ledger = self._tools.store, self._tools.ledger
        lying = None if operation.replaces else store.lying_at(operation.stem, track.id)
        if lying is not None:
            ledger.record_file(claim, lying)
            return Done(note="it lay in its place already", file=lying)
        try:
            staged = self._fetch(track, operation)
        except ProtectedError as error:
            if operation.replaces is not None:
                return Skipped(reason="the better one is not there any more; the file stays as it is")
            clear = {stream.preset for stream in quality.chosen(track.streams, quality.PREFERRED)}
            if not clear <= set(operation.presets):  # what is left out by the user's choice says nothing of the track
                tried = ", ".join(operation.presets)
                return Skipped(reason=f"not there any more as {tried}; --prefer leaves the others out")
            ledger.record_unobtainable(claim, Availability.PROTECTED, self._tools.clock.now())
            return Skipped(reason=error.message, availability=Availability.PROTECTED)
        try:
            ledger.confirm(claim)  # a worker that slept must not give a second file a name
        except StaleClaimError:
            store.discard(staged)
            raise
        if operation.replaces is not None:
            ledger.record_file(claim, self._quarantined(operation.replaces))
        file = replace(store.place(staged, operation.stem), checked_at=self._tools.clock.now())
        ledger.record_file(claim, file)
        return Done(note=staged.note, file=file)

    def _fetch(self, track: Track, operation: Download) -> StagedFile:
        """Tries the clear streams in order. Raises: ProtectedError when none of them is there."""
        wishes, playlist = self._snapshot.wishes, self._snapshot.listing.playlist
        album = (playlist.title, playlist.owner) if playlist.album else ("", "")
        recipe = Recipe(
            tags=tags_of(track, album=album[0], album_artist=album[1]),
            convert=operation.convert,
            lossy=wishes.convert_lossy,
            keep_original=wishes.keep_original,
        )
        damaged: DamagedError | None = None
        for stream in quality.chosen(track.streams, wishes.prefer):
            if stream.preset not in operation.presets:
                continue
            try:
                media = partial(self._tools.source.media, track, stream)
                return self._tools.store.fetch(track, stream, media, recipe)
            except StreamGoneError:
                continue
            except DamagedError as error:
                damaged = error
        if damaged is not None:
            raise damaged
        raise ProtectedError(WHY_NOT[Availability.PROTECTED])

    def put(self, claim: Claim, operation: Move | Quarantine | Relink) -> Outcome:
        """Gives a file that is there its place, or remembers the one that it has."""
        match operation:
            case Move():
                file = self._tools.store.move(operation.file, operation.stem)
            case Quarantine():
                file = self._quarantined(operation.file)
            case Relink():
                file = operation.file
        self._tools.ledger.record_file(claim, file)
        return Done(note=operation.reason if isinstance(operation, Relink) else "", file=file)

    def _quarantined(self, file: StoredFile) -> StoredFile:
        moved = self._tools.store.move(file, naming.quarantined(file.path))
        return replace(moved, stem=file.stem)

    def close(self, plan: Plan, given: Callable[[TrackId], StoredFile | None] = lambda _: None) -> None:
        """Writes the playlist's file and folder from what is there now.

        ``given`` answers with the file that the run has given a track: where the ledger says the same, the two
        need not be held beside each other.
        """
        entries = self._present_entries(given) if plan.closing else []
        for operation in plan.closing:
            if isinstance(operation, WritePlaylistFile) and (entries or self._snapshot.playlist_lines):
                self._tools.playlist_files.write_playlist(operation.path, plan.name, entries)
            if isinstance(operation, WritePlaylistFolder):
                files = [file for file, _ in entries]
                self._tools.playlist_files.write_folder(operation.path, operation.how, files)

    def _present_entries(self, given: Callable[[TrackId], StoredFile | None]) -> list[tuple[StoredFile, Track | None]]:
        """The playlist's files that are there now, in order, with their tracks."""
        ids = self._snapshot.listing.playlist.entries
        files: dict[TrackId, StoredFile] = {}
        waiting = iter(dict.fromkeys(ids))
        while block := list(islice(waiting, AT_ONCE)):  # what is remembered of the rows is much, and of no use here
            memory = self._tools.ledger.recall(self._scope, block)
            for track_id, file in ((t, m.file) for t, m in memory.items() if m.file is not None):
                same = given(track_id)
                files[track_id] = same if same is not None and same == file else file
        known = {t: f for t, f in self._snapshot.present.items() if t not in files}
        present: Mapping[TrackId, StoredFile] = {**known, **self._tools.store.present(files)}
        tracks = self._snapshot.listing.tracks
        return [(present[t], tracks.get(t)) for t in ids if t in present]
