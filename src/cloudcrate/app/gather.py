"""Reads everything once: playlist, catalog, ledger, library → Snapshot."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath

from cloudcrate.core import naming, rows, text
from cloudcrate.core.ending import Ending
from cloudcrate.core.link import Link
from cloudcrate.core.model import (
    OBTAINABLE,
    Availability,
    CatalogInfo,
    Field,
    KnownPlaylist,
    Listing,
    Memory,
    Page,
    PageId,
    PlaylistState,
    StoredFile,
    Track,
    TrackId,
)
from cloudcrate.core.snapshot import Snapshot, Wishes
from cloudcrate.errors import NotFoundError, RefusedError
from cloudcrate.ports.catalog import Catalog, PlaylistPages
from cloudcrate.ports.ledger import Ledger, Scope
from cloudcrate.ports.library import Peaks, PlaylistFiles, Store
from cloudcrate.ports.running import BudgetState, Engine, Listener, Spent
from cloudcrate.ports.world import Clock, Source

METADATA_LIVES = 7 * 24 * 3600.0
"""Seconds for which metadata is not read again."""

PROTECTION_LIVES = 30 * 24 * 3600.0
"""Seconds for which a track that had only encrypted streams is not tried again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tools:
    """The ports a run works with."""

    source: Source
    catalog: Catalog
    playlist_pages: PlaylistPages | None  # where playlists are pages that rows link to
    store: Store
    playlist_files: PlaylistFiles
    ledger: Ledger
    engine: Engine
    clock: Clock
    listener: Listener
    meter: Callable[[], Spent]  # since the process began
    owner: str  # names this worker in claims
    exclusive: Callable[[], AbstractContextManager[object]]  # one run at a time on one state
    settle: float  # seconds after which a create that was lost cannot appear any more
    budgets: Callable[[], tuple[BudgetState, ...]] = tuple
    ask_to_stop: Callable[[], str] = str  # the run that holds ``exclusive``; says which it is
    peaks: Peaks | None = None  # how loud a file is, for those who show it
    announce: Callable[[Ending], None] | None = None  # tells others how a run ended; never raises


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What one run is about."""

    link: Link
    name: str = ""  # the playlist's name in the catalog and on disk; empty: the one it has
    limit: int | None = None
    refresh: bool = False  # read metadata again
    understood: str = ""  # in words, what it was asked for with
    wishes: Wishes = field(default_factory=Wishes)


def gather(tools: Tools, order: Order) -> Snapshot:
    """Reads all that planning needs.

    Raises: RefusedError when a playlist that was synced before is not found any more; NotFoundError,
    CredentialsError, UnavailableError.
    """
    tools.listener.phase("reading the playlist")
    listing, known = _read(tools, order)
    name = _name(order, listing, known)
    tools.listener.phase("reading the catalog")
    info = tools.catalog.open()
    scope = Scope(catalog=info.id, library=tools.store.id)
    memory = _recall(tools, scope, listing)
    files = {track_id: m.file for track_id, m in memory.items() if m.file is not None}
    present = tools.store.present(files)
    playlist_file = _playlist_file(tools, listing, name, known)
    lines = tools.playlist_files.read_playlist(playlist_file)
    links = order.wishes.rows and info.needs_playlist_page and Field.PLAYLISTS in info.fields
    linked = tools.playlist_pages if links else None
    departed, labels = _departed(tools, listing, name, info, order.wishes)
    unwanted, theirs = _unwanted(tools, listing, scope) if order.wishes.mirror else ({}, {})
    how = order.wishes.playlist_folder
    folder = tools.playlist_files.read_folder(naming.folder_of(playlist_file), how) if how else None
    looked = _Rows(name=name, info=info, memory=memory, present=present)
    return Snapshot(
        listing=listing,
        name=name,
        catalog=info,
        has_playlist_page=linked is not None and linked.has_page(name),
        playlist_page_lacks=_lacks(linked, listing, name, order.wishes) if linked else (),
        pages=_pages(tools, listing, looked, departed, order.wishes),
        memory={**theirs, **memory},
        page_owners=tools.ledger.page_owners(info.id),
        present=present,
        taken=_taken(tools),
        playlist_file=playlist_file,
        playlist_lines=None if lines is None else tuple(map(str, lines)),
        known=known,
        vanished=_vanished(tools, listing, known),
        departed=departed,
        labels=labels | _labels(tools, unwanted),
        unwanted=unwanted,
        kept_files=len(tools.ledger.file_paths(tools.store.id)) if order.wishes.mirror else 0,
        folder_lines=folder,
        decisions=tools.ledger.decisions(info.id, list(listing.tracks)),
        wishes=order.wishes,
    )


def _read(tools: Tools, order: Order) -> tuple[Listing, KnownPlaylist | None]:
    playlists = tools.ledger.playlists()
    before = next((k for k in playlists if k.url == order.link.url), None)
    fresh: Mapping[TrackId, Track] = {}
    if before is not None and before.id is not None and not order.refresh:
        entries = tools.ledger.entries(before.id)
        fresh = tools.ledger.tracks(entries, newer_than=tools.clock.now() - METADATA_LIVES)
    try:
        listing = tools.source.read(order.link, limit=order.limit, known=fresh)
    except NotFoundError as error:
        if before is None:
            raise
        raise RefusedError(
            f"{before.name or before.title!r} was synced before and is not found any more; nothing was changed.",
            hint="It may have been deleted, renamed or made private. Its rows and files stay as they are.",
        ) from error
    new = [t for t in listing.tracks.values() if t.id not in fresh and t.secret_token is None]  # no secrets kept
    if new:
        tools.ledger.keep_tracks(new, at=tools.clock.now())
    return listing, next((k for k in playlists if k.id == listing.playlist.id), before)


def _name(order: Order, listing: Listing, known: KnownPlaylist | None) -> str:
    """The name given now, else the one given or read at the first sync, so that a renaming changes no row."""
    given = order.name or (known.name or known.title if known else "") or listing.playlist.title
    return text.clean(given) or str(listing.playlist.id)


def _recall(tools: Tools, scope: Scope, listing: Listing) -> dict[TrackId, Memory]:
    """What is remembered; that a track could not be had is forgotten after a while, so that it is tried again."""
    memory = tools.ledger.recall(scope, list(dict.fromkeys(listing.playlist.entries)))
    oldest = tools.clock.now() - PROTECTION_LIVES
    return {
        track_id: replace(m, unobtainable=None) if (m.unobtainable_at or oldest) < oldest else m
        for track_id, m in memory.items()
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class _Rows:
    """What decides whether a row must be looked at."""

    name: str
    info: CatalogInfo
    memory: Mapping[TrackId, Memory]
    present: Mapping[TrackId, StoredFile]

    def may_write(self, track: Track, wishes: Wishes) -> bool:
        """Says whether this run may write the track's row, judged by what is remembered."""
        memory, file = self.memory[track.id], self.present.get(track.id)
        obtainable = memory.unobtainable is None and track.availability in OBTAINABLE
        removed = memory.file is not None and not wishes.restore
        fetches = wishes.download and file is None and obtainable and not removed
        wanted = rows.wanted_cells(track, self.name, self.info.fields, file, memory.unobtainable)
        return wishes.recreate or fetches or rows.differs(wanted, memory.offered)


def _pages(
    tools: Tools, listing: Listing, known: _Rows, departed: Mapping[TrackId, PageId], wishes: Wishes
) -> tuple[Page, ...]:
    """Candidates for tracks without a row, and the rows that this run may write, as they stand now."""
    if not wishes.rows:
        return ()
    strangers, looks = [], dict[PageId, Track]()
    for track_id, track in listing.tracks.items():
        if track_id not in known.memory:
            continue
        page_id = known.memory[track_id].page_id
        if page_id is None:
            strangers.append(track)
        elif known.may_write(track, wishes):
            looks[page_id] = track
    tracks = tools.ledger.tracks(list(departed), newer_than=0.0) if departed else {}
    looks |= {page_id: tracks.get(track_id, nameless(track_id)) for track_id, page_id in departed.items()}
    looked = tools.catalog.get(looks) if looks else {}
    if wishes.recreate:  # a row in the trash may have been merged into another one
        strangers += [looks[page.id] for page in looked.values() if page.trashed]
    found = tools.catalog.find(strangers) if strangers else ()
    return tuple({page.id: page for page in (*found, *looked.values())}.values())


def nameless(track_id: TrackId) -> Track:
    """A track of which nothing is known but its id: enough to look its row up."""
    return Track(id=track_id, title="", artist="", uploader="", url="", duration_ms=0, availability=Availability.GONE)


def _vanished(tools: Tools, listing: Listing, known: KnownPlaylist | None) -> int:
    """How many tracks of the last complete reading are not in this one."""
    if known is None or known.id is None or not listing.complete:
        return 0
    return len(set(tools.ledger.entries(known.id)) - set(listing.playlist.entries))


def _departed(
    tools: Tools, listing: Listing, name: str, info: CatalogInfo, wishes: Wishes
) -> tuple[dict[TrackId, PageId], dict[TrackId, str]]:
    """Rows linked to this playlist whose track is not in it any more, and the tracks' names.

    Another playlist of the same name keeps its tracks linked. A reading in part proves nothing.
    """
    if not wishes.rows or not listing.complete or Field.PLAYLISTS not in info.fields:
        return {}, {}
    linked = tools.ledger.linked(info.id, name)
    stay = set(listing.playlist.entries)
    for other in tools.ledger.playlists():
        namesake = rows.name_key(text.clean(other.name or other.title)) == rows.name_key(name)
        if namesake and other.id is not None and other.id != listing.playlist.id:
            stay |= set(tools.ledger.entries(other.id))
    departed = {track_id: page_id for track_id, page_id in linked.items() if track_id not in stay}
    tracks = tools.ledger.tracks(list(departed), newer_than=0.0) if departed else {}
    return departed, {track_id: rows.label(track) for track_id, track in tracks.items()}


def _unwanted(tools: Tools, listing: Listing, scope: Scope) -> tuple[dict[TrackId, StoredFile], dict[TrackId, Memory]]:
    """Recorded files of tracks that are in no playlist any more. A reading in part proves nothing."""
    if not listing.complete:
        return {}, {}
    wanted = set(listing.playlist.entries)
    for other in tools.ledger.playlists():
        if other.id is not None and other.id != listing.playlist.id:
            wanted |= set(tools.ledger.entries(other.id))
    owners = {track_id for track_id in tools.ledger.file_paths(scope.library).values() if track_id not in wanted}
    memory = tools.ledger.recall(scope, owners)
    files = {t: m.file for t, m in memory.items() if m.file is not None and not naming.is_quarantined(m.file.path)}
    present = tools.store.present(files) if files else {}
    return present, {track_id: memory[track_id] for track_id in present}


def _labels(tools: Tools, unwanted: Mapping[TrackId, StoredFile]) -> dict[TrackId, str]:
    tracks = tools.ledger.tracks(list(unwanted), newer_than=0.0) if unwanted else {}
    return {track_id: rows.label(track) for track_id, track in tracks.items()}


def _lacks(pages: PlaylistPages, listing: Listing, name: str, wishes: Wishes) -> tuple[str, ...]:
    """What the playlist's page would have to be told if all went well."""
    if not pages.has_page(name):
        return ()
    state = PlaylistState.SYNCED if listing.complete else None
    order = wishes.write_order
    return pages.lacks(name, rows.playlist_facts(listing, state=state, synced_at=None, order=order))


def _taken(tools: Tools) -> dict[str, TrackId]:
    paths = tools.ledger.file_paths(tools.store.id)
    return {naming.path_key(str(PurePosixPath(path).with_suffix(""))): owner for path, owner in paths.items()}


def _playlist_file(tools: Tools, listing: Listing, name: str, known: KnownPlaylist | None) -> str:
    if known is not None and known.file and known.name in ("", name):
        return known.file
    path = naming.playlist_path(name)
    others = {naming.path_key(k.file) for k in tools.ledger.playlists() if k.file and k.id != listing.playlist.id}
    if naming.path_key(path) in others:
        path = naming.playlist_path(f"{name} [{listing.playlist.id.replace(':', ' ')}]")
    return path
