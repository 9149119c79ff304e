"""The Ledger in memory, held to the same contract as the one on disk."""

import threading
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace

from memory_notes import MemoryNotes

from cloudcrate.core.link import normal_url
from cloudcrate.core.model import (
    Availability,
    Cells,
    Intent,
    KnownPlaylist,
    Memory,
    PageId,
    PlaylistId,
    StoredFile,
    Track,
    TrackId,
)
from cloudcrate.core.rows import playlists_of
from cloudcrate.errors import StaleClaimError, StateError
from cloudcrate.ports.ledger import Claim, RunRecord, Scope, TrackEvent
from cloudcrate.ports.world import Clock


@dataclass
class _Row:
    page_id: PageId
    written: Cells
    offered: Cells


@dataclass
class _Lease:
    owner: str
    token: int
    at: float
    until: float

    def runs(self, now: float) -> bool:
        return 2 * self.at - self.until <= now < self.until


@dataclass
class _Budget:
    spent: list[float] = field(default_factory=list)
    parked_at: float = 0.0
    parked_until: float = 0.0


class MemoryLedger(MemoryNotes):
    """A ledger that forgets everything with the process."""

    def __init__(self, clock: Clock | None = None) -> None:
        self._now = clock.now if clock else lambda: 0.0
        self._rows: dict[tuple[str, TrackId], _Row] = {}
        self._intents: dict[tuple[str, TrackId], Intent] = {}
        self._files: dict[tuple[str, TrackId], StoredFile] = {}
        self._unobtainable: dict[tuple[str, TrackId], tuple[Availability, float]] = {}
        self._leases: dict[tuple[Scope, TrackId], _Lease] = {}
        self._tracks: dict[TrackId, tuple[Track, float]] = {}
        self._playlists: dict[PlaylistId, tuple[KnownPlaylist, tuple[TrackId, ...]]] = {}
        self._budgets: dict[str, _Budget] = {}
        self._runs: dict[str, RunRecord] = {}
        self._events: list[TrackEvent] = []
        self._newest: dict[tuple[TrackId, str], tuple[str, str]] = {}
        self._notes, self._index, self._reviews, self._decisions = {}, {}, {}, {}
        self._shared = threading.RLock()
        self._closed = False

    @property
    def _lock(self) -> threading.RLock:
        """What every method holds. Raises: StateError once closed."""
        if self._closed:
            raise StateError("The ledger is closed.")
        return self._shared

    def close(self) -> None:
        """See ``ports.Ledger.close``."""
        self._closed = True

    # --- memories and intents -----------------------------------------------------------------

    def recall(self, scope: Scope, tracks: Collection[TrackId]) -> dict[TrackId, Memory]:
        """See ``ports.Memories.recall``."""
        with self._lock:
            return {track_id: self._memory(scope, track_id) for track_id in tracks}

    def page_owners(self, catalog: str) -> dict[PageId, TrackId]:
        """See ``ports.Memories.page_owners``."""
        with self._lock:
            return {row.page_id: track_id for (where, track_id), row in self._rows.items() if where == catalog}

    def linked(self, catalog: str, playlist: str) -> dict[TrackId, PageId]:
        """See ``ports.Memories.linked``."""
        with self._lock:
            return {
                track_id: row.page_id
                for (where, track_id), row in self._rows.items()
                if where == catalog and playlist in playlists_of(row.offered)
            }

    def file_paths(self, library: str) -> dict[str, TrackId]:
        """See ``ports.Memories.file_paths``."""
        with self._lock:
            return {file.path: track_id for (where, track_id), file in self._files.items() if where == library}

    def record_page(self, claim: Claim, page_id: PageId, *, written: Cells, offered: Cells) -> None:
        """See ``ports.Memories.record_page``."""
        with self._lock:
            self._fence(claim)
            key = (claim.scope.catalog, claim.track_id)
            row = self._rows.get(key)
            if row is None or row.page_id != page_id:
                row = _Row(page_id, {}, {})
                self._reviews.pop(key, None)
            self._rows[key] = _Row(page_id, {**row.written, **written}, {**row.offered, **offered})
            self._intents.pop(key, None)

    def record_file(self, claim: Claim, file: StoredFile) -> None:
        """See ``ports.Memories.record_file``."""
        with self._lock:
            self._fence(claim)
            key = (claim.scope.library, claim.track_id)
            self._files[key] = file
            self._unobtainable.pop(key, None)

    def forget_file(self, claim: Claim) -> None:
        """See ``ports.Memories.forget_file``."""
        with self._lock:
            self._fence(claim)
            self._files.pop((claim.scope.library, claim.track_id), None)

    def record_unobtainable(self, claim: Claim, availability: Availability, at: float) -> None:
        """See ``ports.Memories.record_unobtainable``."""
        with self._lock:
            self._fence(claim)
            self._unobtainable[claim.scope.library, claim.track_id] = (availability, at)

    def open_intent(self, claim: Claim, intent: Intent) -> None:
        """See ``ports.Intents.open_intent``."""
        with self._lock:
            self._fence(claim)
            self._intents[claim.scope.catalog, claim.track_id] = intent

    def drop_intent(self, claim: Claim) -> None:
        """See ``ports.Intents.drop_intent``."""
        with self._lock:
            self._fence(claim)
            self._intents.pop((claim.scope.catalog, claim.track_id), None)

    def _memory(self, scope: Scope, track_id: TrackId) -> Memory:
        row = self._rows.get((scope.catalog, track_id))
        availability, at = self._unobtainable.get((scope.library, track_id), (None, None))
        return Memory(
            track_id=track_id,
            page_id=row.page_id if row else None,
            written=row.written if row else {},
            offered=row.offered if row else {},
            intent=self._intents.get((scope.catalog, track_id)),
            file=self._files.get((scope.library, track_id)),
            unobtainable=availability,
            unobtainable_at=at,
        )

    # --- claims -------------------------------------------------------------------------------

    def claim(self, scope: Scope, track_id: TrackId, owner: str, *, lease: float, now: float) -> Claim | None:
        """See ``ports.Claims.claim``."""
        with self._lock:
            before = self._leases.get((scope, track_id))
            if before is not None and before.owner != owner and before.runs(now):
                return None
            token = before.token + 1 if before else 1
            self._leases[scope, track_id] = _Lease(owner, token, now, now + lease)
            return Claim(scope=scope, track_id=track_id, token=token)

    def confirm(self, claim: Claim) -> None:
        """See ``ports.Claims.confirm``."""
        with self._lock:
            self._fence(claim)

    def release(self, claims: Collection[Claim]) -> None:
        """See ``ports.Claims.release``."""
        with self._lock:
            for claim in claims:
                lease = self._leases.get((claim.scope, claim.track_id))
                if lease is not None and lease.token == claim.token:
                    lease.until = lease.at

    def _fence(self, claim: Claim) -> None:
        lease = self._leases.get((claim.scope, claim.track_id))
        if lease is None or lease.token != claim.token:
            raise StaleClaimError(f"Another worker has taken over track {claim.track_id}.")

    # --- the cache ----------------------------------------------------------------------------

    def tracks(self, ids: Collection[TrackId], *, newer_than: float) -> dict[TrackId, Track]:
        """See ``ports.Cache.tracks``."""
        with self._lock:
            known = {i: self._tracks[i] for i in ids if i in self._tracks}
            return {track_id: track for track_id, (track, at) in known.items() if at > newer_than}

    def keep_tracks(self, tracks: Iterable[Track], at: float) -> None:
        """See ``ports.Cache.keep_tracks``."""
        with self._lock:
            self._tracks |= {track.id: (track, at) for track in tracks}

    def find_track(self, url: str) -> TrackId | None:
        """See ``ports.Cache.find_track``."""
        with self._lock:
            wanted = normal_url(url)
            found = [(at, i) for i, (track, at) in self._tracks.items() if wanted and normal_url(track.url) == wanted]
            return max(found)[1] if found else None

    def playlists(self) -> tuple[KnownPlaylist, ...]:
        """See ``ports.Cache.playlists``."""
        with self._lock:
            return tuple(known for known, _ in self._playlists.values())

    def keep_playlist(self, playlist_id: PlaylistId, known: KnownPlaylist, entries: Sequence[TrackId]) -> None:
        """See ``ports.Cache.keep_playlist``."""
        with self._lock:
            self._playlists[playlist_id] = (known, tuple(entries))

    def entries(self, playlist_id: PlaylistId) -> tuple[TrackId, ...]:
        """See ``ports.Cache.entries``."""
        with self._lock:
            known = self._playlists.get(playlist_id)
            return known[1] if known else ()

    # --- budgets ------------------------------------------------------------------------------

    def take(self, name: str, *, limit: int, window: float, now: float) -> float:
        """See ``ports.Budgets.take``."""
        with self._lock:
            budget = self._budgets.setdefault(name, _Budget())
            length = budget.parked_until - budget.parked_at
            if now < budget.parked_at and budget.parked_at - now >= length:
                budget.parked_at, budget.parked_until = now, now + length
            if now < budget.parked_until:
                return budget.parked_until - now
            spent = (at if at <= now + window else now for at in budget.spent if at > now - 2 * window)
            budget.spent = sorted(spent)
            full = budget.spent[len(budget.spent) - limit] + window if len(budget.spent) >= limit else now
            if full > now:
                return max(0.001, full - now)
            budget.spent.append(max([now, *budget.spent]))
            return 0.0

    def park(self, name: str, *, until: float) -> None:
        """See ``ports.Budgets.park``."""
        with self._lock:
            budget = self._budgets.setdefault(name, _Budget())
            if until > budget.parked_until:
                budget.parked_at, budget.parked_until = self._now(), until

    def spent(self, name: str, *, window: float, now: float) -> int:
        """See ``ports.Budgets.spent``."""
        with self._lock:
            return sum(at > now - window for at in self._budgets.get(name, _Budget()).spent)

    def parked_until(self, name: str) -> float:
        """See ``ports.Budgets.parked_until``."""
        with self._lock:
            return self._budgets.get(name, _Budget()).parked_until

    # --- runs ---------------------------------------------------------------------------------

    def start_run(self, run: RunRecord) -> None:
        """See ``ports.Runs.start_run``."""
        with self._lock:
            self._runs[run.id] = run

    def record_events(self, events: Sequence[TrackEvent]) -> None:
        """See ``ports.Runs.record_events``."""
        with self._lock:
            for event in events:
                key, said = (event.track_id, event.side), (event.operation, event.outcome)
                if self._newest.get(key) != said:
                    self._newest[key] = said
                    self._events.append(event)

    def end_run(self, run_id: str, at: float, report: str) -> None:
        """See ``ports.Runs.end_run``."""
        with self._lock:
            if run_id in self._runs:
                self._runs[run_id] = replace(self._runs[run_id], ended_at=at, report=report)

    def last_runs(self, limit: int, playlist: PlaylistId | None = None) -> tuple[RunRecord, ...]:
        """See ``ports.Runs.last_runs``."""
        with self._lock:
            runs = [run for run in self._runs.values() if playlist in (None, run.playlist_id)]
            oldest_first = sorted(runs, key=lambda run: run.started_at)
            return tuple(oldest_first[::-1][:limit])

    def run(self, run_id: str) -> RunRecord | None:
        """See ``ports.Runs.run``."""
        with self._lock:
            return self._runs.get(run_id)

    def events(self, track_id: TrackId, limit: int) -> tuple[TrackEvent, ...]:
        """See ``ports.Runs.events``."""
        with self._lock:
            return tuple([e for e in reversed(self._events) if e.track_id == track_id][:limit])

    def newest_events(self, tracks: Collection[TrackId]) -> tuple[TrackEvent, ...]:
        """See ``ports.Runs.newest_events``."""
        with self._lock:
            return tuple({(e.track_id, e.side): e for e in self._events if e.track_id in tracks}.values())
