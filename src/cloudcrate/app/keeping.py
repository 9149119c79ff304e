"""The library's own verbs: check the files, tag them anew, take them back, take in what people have already.

None of them asks SoundCloud or the catalog for anything. Each file is recorded as soon as it is done, so
that what broke off goes on where it was.
"""

import threading
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePosixPath

from cloudcrate.app.gather import Tools
from cloudcrate.core import match, naming, rows
from cloudcrate.core.model import Cells, CellValue, Field, KnownPlaylist, Page, PageId, StoredFile, Track, TrackId
from cloudcrate.core.tagging import tags_of
from cloudcrate.errors import CloudcrateError, NotFoundError, Retry, UsageError
from cloudcrate.ports.ledger import Claim, Scope
from cloudcrate.ports.library import FoundFile, State
from cloudcrate.ports.running import Job

LEASE = 600.0
"""Seconds for which a track is claimed while its file is looked at."""

CHECK_LIVES = 30 * 24 * 3600.0
"""Seconds for which a file that was found sound is not read again."""

TELL_EVERY = 100
"""Files between two words about how far it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FileNote:
    """What became of one file, or what would."""

    track_id: TrackId | None  # None: no track is known for it
    title: str
    path: str
    state: str  # a word of the verb: sound, retagged, missing, damaged, unchanged, restored, adopted, failed …
    reason: str = ""


Notes = tuple[FileNote, ...]
_Work = Callable[[Claim, Track | None, StoredFile], FileNote]


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What checking the files has found."""

    notes: Notes
    fresh: int  # files that were found sound lately and were not read again

    def count(self, state: State) -> int:
        """How many files are in this state."""
        return sum(note.state == state.value for note in self.notes)


@dataclass(frozen=True, slots=True, kw_only=True)
class Find:
    """A file that is a track's, where it would go, and how that is known."""

    track: Track
    file: FoundFile
    stem: str
    rule: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Finds:
    """What a folder holds: what would be taken in, and what would not, with the reason."""

    takings: tuple[Find, ...]
    left: Notes

    @property
    def notes(self) -> Notes:
        """One note a file."""
        would = (
            _note(find.track.id, find.track, _seen(find.file), "to be taken in", find.rule) for find in self.takings
        )
        return (*would, *self.left)


class Keeping:
    """Acts on the files that are recorded. Every verb holds the state alone."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools
        self._scope = Scope(catalog="", library=tools.store.id)  # no verb here is about rows

    def verify(self, only: Collection[TrackId] | None, *, everything: bool = False) -> Checked:
        """Compares files with what was recorded: present, size, sha256; other bytes are decoded.

        A file that was found sound in the last 30 days is passed over unless ``everything``. A file whose
        tags were edited is recorded as it is now; one that has moved, too. Nothing is fetched or removed.
        """
        with self._tools.exclusive():
            self._tools.store.check()
            files = self._files(only)
            since = self._tools.clock.now() - CHECK_LIVES
            due = {t: f for t, f in files.items() if everything or not since <= f.checked_at <= since + CHECK_LIVES}
            there = self._tools.store.present(due)
            return Checked(
                notes=self._each(due, "checking", _moved_to(there, self._verified)), fresh=len(files) - len(due)
            )

    def _verified(self, claim: Claim, track: Track | None, file: StoredFile) -> FileNote:
        found = self._tools.store.examine(file, claim.track_id)
        note = _note(claim.track_id, track, file, found.state.value, found.reason)
        if found.state in (State.SOUND, State.RETAGGED):
            self._tools.ledger.record_file(claim, replace(found.file, checked_at=self._tools.clock.now()))
        elif found.state is State.DAMAGED:  # so that the next check finds it again, however soon
            self._tools.ledger.record_file(claim, replace(file, checked_at=0.0))
        return note

    def discard(self, damaged: Collection[TrackId]) -> tuple[KnownPlaylist, ...]:
        """Moves damaged files to quarantine and forgets them, so that a sync fetches them again.

        Answers the playlists to be synced for that: the first one of each track. The file of a track that is in
        no playlist stays: nothing would fetch it.
        """
        playlists = self._playlists()
        holders = {t: next((p for p in playlists if t in self._entries(p)), None) for t in damaged}
        with self._tools.exclusive():
            wanted = [track_id for track_id, holder in holders.items() if holder is not None]
            self._each(self._files(wanted), "moving away", self._discarded)
        return tuple({holder.url: holder for holder in holders.values() if holder is not None}.values())

    def _discarded(self, claim: Claim, track: Track | None, file: StoredFile) -> FileNote:
        moved = self._tools.store.move(file, naming.quarantined(file.path))
        self._tools.ledger.forget_file(claim)
        return _note(claim.track_id, track, moved, "moved")

    def retag(self, only: Collection[TrackId] | None) -> Notes:
        """Writes what is known of the tracks into their files' tags; their pictures and other tags stay."""
        with self._tools.exclusive():
            self._tools.store.check()
            albums = self._albums()
            files = self._files(only)
            there = self._tools.store.present(files)

            def work(claim: Claim, track: Track | None, file: StoredFile) -> FileNote:
                if track is None:
                    return _note(
                        claim.track_id, None, file, "failed", "nothing is known of it: sync its playlist first"
                    )
                album, owner = albums.get(track.id, ("", ""))
                made = self._tools.store.retag(file, tags_of(track, album=album, album_artist=owner))
                if made != file:
                    self._tools.ledger.record_file(claim, made)
                return _note(track.id, track, made, "unchanged" if made.sha256 == file.sha256 else "retagged")

            return self._each(files, "tagging", _moved_to(there, work))

    def quarantined(self, only: Collection[TrackId] | None) -> Notes:
        """The files that no playlist wanted any more, and where they are."""
        files = self._away(only)
        tracks = self._tools.ledger.tracks(list(files), newer_than=0.0)
        return tuple(_note(t, tracks.get(t), f, "quarantined") for t, f in files.items())

    def restore(self, only: Collection[TrackId] | None) -> Notes:
        """Takes files out of quarantine, each to where it was. Raises: UsageError when none of ``only`` is there."""
        with self._tools.exclusive():
            self._tools.store.check()
            away = self._away(only)
            if only is not None and not away:
                raise UsageError("No file of that is in quarantine.", hint="See which are: cloudcrate restore --list")

            def work(claim: Claim, track: Track | None, file: StoredFile) -> FileNote:
                home = naming.before_quarantine(file.path)
                moved = self._tools.store.move(file, home)
                own = file.stem and naming.path_key(file.stem) == naming.path_key(home)
                self._tools.ledger.record_file(claim, replace(moved, stem=moved.stem if own else file.stem))
                return _note(claim.track_id, track, moved, "restored")

            return self._each(away, "restoring", work)

    # --- files that people have already -------------------------------------------------------

    def explore(self, folder: str, only: Collection[TrackId] | None, *, template: str) -> Finds:
        """Finds the files below ``folder`` that are tracks of the playlists known. Changes nothing.

        By embedded id, then link, then title, artist and length, as rows are matched; what fits only almost
        is left alone. Tracks whose file is in the library are passed over. Raises: UsageError, DiskError.
        """
        wanted = self._without_file(only)
        found = {found.path: found for found in self._tools.store.explore(folder)}
        matches = self._matched(wanted, tuple(found.values()))
        stems = naming.Stems(self._taken(), template)
        takings = tuple(
            Find(track=wanted[t], file=found[str(m.page_id)], stem=stems.give(wanted[t]), rule=m.rule)
            for t, m in matches.items()
            if isinstance(m, match.Found)
        )
        return Finds(takings=takings, left=self._left(wanted, found, matches, takings))

    def take_in(self, finds: Finds) -> Notes:
        """Takes in what was found: verified, and copied unless it is in the library. Raises: DiskError."""
        with self._tools.exclusive():
            self._tools.store.check()
            by_track = {find.track.id: find for find in finds.takings}

            def take(claim: Claim, _: Track | None, __: StoredFile) -> FileNote:
                find = by_track[claim.track_id]
                adopted = self._tools.store.adopt(find.file, find.track, find.stem)
                self._tools.ledger.record_file(claim, replace(adopted, checked_at=self._tools.clock.now()))
                return _note(find.track.id, find.track, adopted, "adopted", find.rule)

            taken = self._each({t: _seen(find.file) for t, find in by_track.items()}, "taking in", take)
            return (*taken, *finds.left)

    def _without_file(self, only: Collection[TrackId] | None) -> dict[TrackId, Track]:
        """The tracks of known playlists that have no file in the library."""
        ids = dict.fromkeys(t for p in self._playlists() for t in self._entries(p) if only is None or t in only)
        if not ids:
            raise UsageError(
                "No track is known yet that a file could be.",
                hint="Read a playlist first, without fetching anything: cloudcrate sync LINK --no-download",
            )
        tracks = self._tools.ledger.tracks(list(ids), newer_than=0.0)
        there = self._tools.store.present(self._files(tracks))
        return {track_id: track for track_id, track in tracks.items() if track_id not in there}

    def _matched(self, tracks: Mapping[TrackId, Track], found: Sequence[FoundFile]) -> dict[TrackId, match.Match]:
        """Judges files as rows are judged: each is a row that holds what its tags say."""
        pages = [Page(id=PageId(file.path), cells=_cells(file)) for file in found]
        return match.match(list(tracks.values()), pages, {})

    def _left(
        self,
        wanted: Mapping[TrackId, Track],
        found: Mapping[str, FoundFile],
        matches: Mapping[TrackId, match.Match],
        takings: Sequence[Find],
    ) -> Notes:
        """What was not taken, and why: one note a file."""
        doubtful = {
            str(page_id): FileNote(
                track_id=t, title=rows.label(wanted[t]), path=str(page_id), state="in doubt", reason=m.reason
            )
            for t, m in matches.items()
            if isinstance(m, match.Ambiguous)
            for page_id in m.page_ids
        }
        used = {find.file.path for find in takings}
        recorded = {f"{self._tools.store.id}/{path}" for path in self._tools.ledger.file_paths(self._tools.store.id)}
        return tuple(
            doubtful.get(path) or FileNote(track_id=None, title=_shown(file), path=path, state="not recognised")
            for path, file in found.items()
            if path not in used and path not in recorded
        )

    def _taken(self) -> dict[str, TrackId]:
        paths = self._tools.ledger.file_paths(self._tools.store.id)
        return {naming.path_key(naming.bare(path)): t for path, t in paths.items()}

    # --- what the verbs share -----------------------------------------------------------------

    def _files(self, only: Collection[TrackId] | None) -> dict[TrackId, StoredFile]:
        owners = dict.fromkeys(self._tools.ledger.file_paths(self._scope.library).values())
        chosen = [track_id for track_id in owners if only is None or track_id in only]
        memory = self._tools.ledger.recall(self._scope, chosen)
        return {track_id: m.file for track_id, m in memory.items() if m.file is not None}

    def _away(self, only: Collection[TrackId] | None) -> dict[TrackId, StoredFile]:
        return {t: f for t, f in self._files(only).items() if naming.is_quarantined(f.path)}

    def _playlists(self) -> tuple[KnownPlaylist, ...]:
        return self._tools.ledger.playlists()

    def _entries(self, playlist: KnownPlaylist) -> tuple[TrackId, ...]:
        return self._tools.ledger.entries(playlist.id) if playlist.id is not None else ()

    def _albums(self) -> dict[TrackId, tuple[str, str]]:
        """The album that each track belongs to, and whose it is."""
        return {t: (p.title, p.owner) for p in self._playlists() if p.album for t in self._entries(p)}

    def _each(self, files: Mapping[TrackId, StoredFile], doing: str, work: _Work) -> Notes:
        """Does the work for every file, several at once; one that fails is a note, a failing disk ends it."""
        tracks = self._tools.ledger.tracks(list(files), newer_than=0.0) if files else {}
        notes: dict[TrackId, FileNote] = {}
        lock = threading.Lock()

        def perform(job: Job) -> Sequence[Job]:
            track, file = tracks.get(job.track_id), files[job.track_id]
            note = self._claimed(job.track_id, track, file, work)
            with lock:
                notes[job.track_id] = note
                if len(notes) % TELL_EVERY == 0:
                    self._tools.listener.phase(f"{doing}: {len(notes)} of {len(files)} files")
            return []

        self._tools.engine.run([Job(lane="files", name=doing, track_id=t) for t in files], perform)
        return tuple(notes[track_id] for track_id in files)

    def _claimed(self, track_id: TrackId, track: Track | None, file: StoredFile, work: _Work) -> FileNote:
        ledger, now = self._tools.ledger, self._tools.clock.now()
        claim = ledger.claim(self._scope, track_id, self._tools.owner, lease=LEASE, now=now)
        if claim is None:
            return _note(track_id, track, file, "failed", "another worker is busy with this track")
        try:
            return work(claim, track, file)
        except NotFoundError:
            return _note(track_id, track, file, State.MISSING.value, "it is not there")
        except CloudcrateError as error:
            if error.retry is Retry.CREDENTIALS or error.exit_code in (6, 7, 130):
                raise
            return _note(track_id, track, file, "failed", error.message)
        finally:
            ledger.release([claim])


def _moved_to(there: Mapping[TrackId, StoredFile], work: _Work) -> _Work:
    """``work`` on each file where it is now, in case its user has moved it."""

    def on_the_spot(claim: Claim, track: Track | None, file: StoredFile) -> FileNote:
        now = there.get(claim.track_id)
        # The bytes to compare with are those recorded: ``present`` tells what is there.
        return work(claim, track, replace(file, path=now.path) if now is not None else file)

    return on_the_spot


def _note(track_id: TrackId, track: Track | None, file: StoredFile, state: str, reason: str = "") -> FileNote:
    return FileNote(
        track_id=track_id, title=rows.label(track) if track else "", path=file.path, state=state, reason=reason
    )


def _cells(file: FoundFile) -> Cells:
    """What a file says of itself, as a row would; without a title its name must do."""
    told: dict[Field, CellValue | None] = {
        Field.TITLE: file.tags.title or PurePosixPath(file.path).stem,
        Field.ARTIST: file.tags.artist,
        Field.URL: file.tags.url,
        Field.SOUNDCLOUD_ID: int(file.tags.track_id) if file.tags.track_id is not None else None,
        Field.DURATION: file.seconds,
    }
    return {name: value for name, value in told.items() if value not in (None, "")}


def _seen(file: FoundFile) -> StoredFile:
    return StoredFile(path=file.path, size=0, sha256="", format="", bitrate=0, seconds=file.seconds)


def _shown(file: FoundFile) -> str:
    return " - ".join(filter(None, (file.tags.artist, file.tags.title))) or PurePosixPath(file.path).stem
