"""Everything cloudcrate remembers."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from cloudcrate.core.model import (
    Availability,
    Cells,
    Decision,
    Intent,
    KnownPlaylist,
    Memory,
    OpenReview,
    PageId,
    PlaylistId,
    StoredFile,
    Track,
    TrackId,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Which catalog and which library a memory is about."""

    catalog: str
    library: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """The right to act on one track until the lease ends. Every write made with it checks ``token``."""

    scope: Scope
    track_id: TrackId
    token: int


class Memories(Protocol):
    """Which page and which file belong to which track, and what was last written there.

    Writes raise StaleClaimError when the claim's token is not the newest of its track.
    """

    def recall(self, scope: Scope, tracks: Collection[TrackId]) -> dict[TrackId, Memory]:
        """What is remembered of these tracks; every id asked for is in the answer."""

    def page_owners(self, catalog: str) -> dict[PageId, TrackId]:
        """Every row of this catalog that is known to belong to a track."""

    def linked(self, catalog: str, playlist: str) -> dict[TrackId, PageId]:
        """The tracks whose row was given the playlist of this name, with that row; names compare exactly."""

    def file_paths(self, library: str) -> dict[str, TrackId]:
        """Every recorded file of this library."""

    def record_page(self, claim: Claim, page_id: PageId, *, written: Cells, offered: Cells) -> None:
        """Remembers the row; merges both into what is remembered of it per cell.

        Closes the track's intent; when the row was not known before, its review too.

        A page id other than the remembered one starts both afresh.
        """

    def record_file(self, claim: Claim, file: StoredFile) -> None:
        """Remembers the file."""

    def forget_file(self, claim: Claim) -> None:
        """Forgets the track's file, as if there had never been one."""

    def record_unobtainable(self, claim: Claim, availability: Availability, at: float) -> None:
        """Remembers what only a download could tell, and when it was learnt."""


class Intents(Protocol):
    """Creates on their way: written before the request, so that a crash leaves a trace."""

    def open_intent(self, claim: Claim, intent: Intent) -> None:
        """Records that a create is about to be sent, durably. Replaces an older one of the track."""

    def drop_intent(self, claim: Claim) -> None:
        """Forgets the intent: the create is known not to have happened."""


class Decisions(Protocol):
    """What only the user can tell: the open questions, and the answers."""

    def open_review(self, catalog: str, review: OpenReview) -> None:
        """Remembers a question. One of the same track is replaced, but keeps since when it is open."""

    def reviews(self, catalog: str) -> tuple[OpenReview, ...]:
        """The open questions, oldest first. An answer does not close one: recording a row anew does."""

    def close_review(self, catalog: str, track_id: TrackId) -> None:
        """Forgets the question about a track."""

    def decide(self, catalog: str, track_id: TrackId, decision: Decision | None) -> None:
        """Remembers an answer in place of any before it; None: takes it back."""

    def decisions(self, catalog: str, tracks: Collection[TrackId]) -> dict[TrackId, Decision]:
        """The answers given for these tracks."""


class Notes(Protocol):
    """Small facts that an adapter wants to know again later: losing one costs requests, never data."""

    def note(self, key: str) -> str | None:
        """What was noted under ``key``; None when nothing was, or when it is damaged."""

    def keep_note(self, key: str, text: str) -> None:
        """Notes ``text`` in place of what was there; an empty text forgets it."""


class RowIndex(Protocol):
    """A catalog's rows as they were last seen, so that few need to be asked for again."""

    def indexed(self, catalog: str) -> dict[PageId, Cells]:
        """Every row of the index. Damaged ones are left out."""

    def index(self, catalog: str, rows: Mapping[PageId, Cells], *, afresh: bool = False) -> None:
        """Takes these rows into the index, in place of what it held of them; ``afresh``: of all rows."""


class Claims(Protocol):
    """Who works on what."""

    def claim(self, scope: Scope, track_id: TrackId, owner: str, *, lease: float, now: float) -> Claim | None:
        """Takes a track for ``lease`` seconds; None while another owner's lease runs.

        The token is higher than any before it. The same owner may claim again.
        """

    def confirm(self, claim: Claim) -> None:
        """Makes sure that a claim still holds, before something is done that cannot be refused later.

        Raises: StaleClaimError.
        """

    def release(self, claims: Collection[Claim]) -> None:
        """Gives tracks back. A stale claim is ignored."""


class Cache(Protocol):
    """Metadata read before, and playlists synced before."""

    def tracks(self, ids: Collection[TrackId], *, newer_than: float) -> dict[TrackId, Track]:
        """Those of ``ids`` whose metadata was read after ``newer_than`` (epoch seconds)."""

    def keep_tracks(self, tracks: Iterable[Track], at: float) -> None:
        """Remembers metadata read at ``at``."""

    def find_track(self, url: str) -> TrackId | None:
        """The track whose metadata has this link (compared as ``core.link.normal_url`` does)."""

    def playlists(self) -> tuple[KnownPlaylist, ...]:
        """Every playlist synced before."""

    def keep_playlist(self, playlist_id: PlaylistId, known: KnownPlaylist, entries: Sequence[TrackId]) -> None:
        """Remembers a playlist and its entries in order."""

    def entries(self, playlist_id: PlaylistId) -> tuple[TrackId, ...]:
        """The entries remembered, in order; empty when the playlist is not known."""


class Budgets(Protocol):
    """How much of each service's budget is spent; shared by threads, processes and later runs."""

    def take(self, name: str, *, limit: int, window: float, now: float) -> float:
        """Spends one request if at most ``limit`` fall into any ``window`` seconds.

        Answers 0 when it was spent, else the seconds to wait before asking again (nothing is spent).
        """

    def park(self, name: str, *, until: float) -> None:
        """Lets ``take`` answer a wait until then (epoch seconds): the service said so."""

    def spent(self, name: str, *, window: float, now: float) -> int:
        """The requests in the last ``window`` seconds."""

    def parked_until(self, name: str) -> float:
        """Until when (epoch seconds) the service asked for no more; 0 when it never did."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRecord:
    """One run of one playlist, as remembered."""

    id: str
    playlist_id: PlaylistId
    scope: Scope
    started_at: float
    ended_at: float | None
    report: str | None  # JSON by core.codec


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackEvent:
    """What one run decided and did about one track; ``operation`` and ``outcome`` are JSON by core.codec."""

    run_id: str
    track_id: TrackId
    side: str  # ``row``, ``file`` or ``record``
    at: float
    operation: str
    outcome: str


class Runs(Protocol):
    """What was done, so that ``status`` and ``why`` can answer."""

    def start_run(self, run: RunRecord) -> None:
        """Remembers that a run has begun."""

    def record_events(self, events: Sequence[TrackEvent]) -> None:
        """Remembers what was done, in one go.

        An event that says the same as the newest of its track and side (operation and outcome equal) is
        not kept again: a run that finds everything in place adds nothing.
        """

    def end_run(self, run_id: str, at: float, report: str) -> None:
        """Remembers how a run ended."""

    def last_runs(self, limit: int, playlist: PlaylistId | None = None) -> tuple[RunRecord, ...]:
        """The newest runs, of one playlist or of all, newest first."""

    def run(self, run_id: str) -> RunRecord | None:
        """One run, as far as it is still remembered."""

    def events(self, track_id: TrackId, limit: int) -> tuple[TrackEvent, ...]:
        """The newest events of a track, newest first."""

    def newest_events(self, tracks: Collection[TrackId]) -> tuple[TrackEvent, ...]:
        """The newest event of each of these tracks and each of its sides: how it stands, and since when."""


class Ledger(Memories, Intents, Decisions, Claims, Cache, Notes, RowIndex, Budgets, Runs, Protocol):
    """Everything cloudcrate remembers. Every write is durable when the method returns."""

    def close(self) -> None:
        """Lets go of the state; later calls raise StateError."""
