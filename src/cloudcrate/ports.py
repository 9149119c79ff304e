"""What cloudcrate needs from the world. The docstrings are the contract; ``tests/contract`` holds it.

Every method blocks, may be called from several threads at once, and raises only ``CloudcrateError``.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Protocol

from cloudcrate.core.link import Link
from cloudcrate.core.model import (
    Availability,
    CatalogInfo,
    Cells,
    Decision,
    Field,
    Intent,
    KnownPlaylist,
    Listing,
    Memory,
    OpenReview,
    Page,
    PageId,
    PlaylistId,
    StoredFile,
    Stream,
    Track,
    TrackId,
)
from cloudcrate.core.operations import Plan, TrackOperation, Unit
from cloudcrate.core.report import Outcome


class Clock(Protocol):
    """Time. ``now`` may jump when somebody sets the clock; ``monotonic`` never does."""

    def now(self) -> float:
        """Seconds since the epoch, UTC."""

    def monotonic(self) -> float:
        """Seconds since some fixed moment, never going back."""

    def sleep(self, seconds: float) -> None:
        """Waits. Raises: StoppedError as soon as the user asks to stop."""


# --- SoundCloud ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Media:
    """A signed link to a stream's bytes (progressive) or playlist (HLS). It lives for minutes."""

    url: str
    stream: Stream


class Source(Protocol):
    """Where playlists and tracks come from. Reads only."""

    def read(self, link: Link, *, limit: int | None, known: Mapping[TrackId, Track]) -> Listing:
        """Reads what ``link`` names, in as few requests as can be.

        Entries keep their order and repetitions. Tracks in ``known`` are not asked for again. With
        ``limit`` only the first so many entries are read, and the listing is not complete. Ids that the
        service leaves out stand in ``absent``.

        Raises: NotFoundError (deleted, private or mistyped), CredentialsError, UnavailableError.
        """

    def media(self, track: Track, stream: Stream) -> Media:
        """Asks for the signed link of one stream: one request, inside the media budget.

        Raises: StreamGoneError (the service has no clear stream behind it any more), UnavailableError.
        """


# --- the catalog --------------------------------------------------------------------------------


class Catalog(Protocol):
    """A table of tracks, one row each: a Notion data source or a local file."""

    def open(self) -> CatalogInfo:
        """Checks access and learns which fields there are; cheap when called again.

        Raises: CredentialsError, NotSharedError, UsageError (no title column we can use).
        """

    def find(self, tracks: Sequence[Track]) -> tuple[Page, ...]:
        """Rows that could belong to one of ``tracks``: same id, same link, or same title.

        Every row with the same SoundCloud id or link is in the answer, unless it is in the trash; judging
        is not done here.
        Reads in blocks, never a request per track.
        """

    def get(self, pages: Mapping[PageId, Track]) -> dict[PageId, Page]:
        """These rows as they stand now; trashed or deleted ones come back with ``trashed``.

        The tracks are given because looking many rows up by their key is cheaper than by page.
        """

    def create(self, cells: Cells, track: Track, *, announce: Callable[[], None]) -> Page:
        """Adds a row: one write, never repeated inside.

        ``announce`` is called once, just before the request goes out and after any waiting: the caller
        records its intent there. The answer holds the cells as stored. ``track`` gives what is not a
        cell (the cover).
        Raises: UnknownOutcomeError when the row may exist; RejectedError when this row is refused.
        """

    def update(self, page_id: PageId, cells: Cells) -> Page:
        """Sets these cells of a row, all in one write, and leaves every other cell alone.

        Repeating it is harmless. An empty tuple or an empty text empties the cell.
        Raises: NotFoundError when the row is gone; RejectedError.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class TableChoice:
    """A table that may be meant, or a page that may hold one."""

    id: str
    name: str  # fit to be shown
    place: str = ""  # in what it lies, to tell two of one name apart
    url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnChoice:
    """The column proposed for a field and why, or why there is none (``column`` is empty then)."""

    field: Field
    column: str  # its name
    id: str
    type: str
    reason: str


class CatalogSetup(Protocol):
    """Finding or making the tables of a catalog, and agreeing on their columns.

    Every method raises CredentialsError (NotSharedError included), UnavailableError and UsageError.
    """

    def workspace(self) -> str:
        """Whose token this is, in words: the integration and its workspace."""

    def tables(self, name: str) -> tuple[TableChoice, ...]:
        """The tables that the token sees and whose title is ``name`` (folded), newest first."""

    def tables_at(self, given: str) -> tuple[TableChoice, ...]:
        """The tables behind an id or a link: one, or several of which the user must choose."""

    def parents(self) -> tuple[TableChoice, ...]:
        """The pages that the token sees and under which tables can be made."""

    def create_tables(self, parent: str | None) -> tuple[TableChoice, TableChoice]:
        """Makes "Music Tracks" and "Playlists", related both ways, below a page (None: at the top).

        Repeating it after a failure makes none twice below the same page.
        """

    def propose(self, table: str, *, playlists: str | None = None) -> tuple[ColumnChoice, ...]:
        """A column for every field, or why there is none; changes nothing.

        ``playlists``: the table that a relation of playlists must lead to.
        """

    def add_missing(self, table: str, fields: Collection[Field], *, playlists: str | None = None) -> None:
        """Adds columns for these fields, in one write; with ``playlists`` as a relation to that table."""


class PlaylistPages(Protocol):
    """The part of a catalog in which a playlist is a page that rows link to.

    Only used when ``CatalogInfo.needs_playlist_page``. After ``ensure_page`` (or when ``has_page`` said
    True) the name can be written into the PLAYLISTS cell of a row.
    """

    def has_page(self, name: str) -> bool:
        """Says whether the playlist ``name`` has a page already."""

    def ensure_page(self, name: str, url: str) -> None:
        """Makes the playlist's page if there is none: looks before it creates."""


# --- the library --------------------------------------------------------------------------------


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


# --- the ledger ---------------------------------------------------------------------------------


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

        Closes the track's intent and its review.

        A page id other than the remembered one starts both afresh.
        """

    def record_file(self, claim: Claim, file: StoredFile) -> None:
        """Remembers the file."""

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
        """The open questions, oldest first. An answer does not close one: recording the row does."""

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

    def last_runs(self, limit: int) -> tuple[RunRecord, ...]:
        """The newest runs, newest first."""

    def events(self, track_id: TrackId, limit: int) -> tuple[TrackEvent, ...]:
        """The newest events of a track, newest first."""


class Ledger(Memories, Intents, Decisions, Claims, Cache, Notes, RowIndex, Budgets, Runs, Protocol):
    """Everything cloudcrate remembers. Every write is durable when the method returns."""

    def close(self) -> None:
        """Lets go of the state; later calls raise StateError."""


# --- the engine ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One piece of a run's work: small, serialisable, named. ``lane`` is what it waits for."""

    lane: str  # ``rows`` | ``files``
    name: str
    track_id: TrackId


class Listener(Protocol):
    """Hears how a run goes on; called from any thread, must not block."""

    def phase(self, words: str) -> None:
        """Something has begun: ``reading the playlist``."""

    def began(self, plan: Plan) -> None:
        """The plan is made and is about to be carried out."""

    def advanced(self, unit: Unit, operation: TrackOperation, outcome: Outcome) -> None:
        """An operation has ended."""


class Engine(Protocol):
    """Carries jobs out, several at once per lane. At least once: jobs look before they act."""

    def run(self, jobs: Sequence[Job], perform: Callable[[Job], Sequence[Job]]) -> None:
        """Performs every job and the jobs those answer with; returns when none is left.

        An error that ``perform`` raises stops the run: what is in flight is finished, the rest is not
        begun, and the first error is raised. Raises StoppedError when the user asked to stop.
        """
