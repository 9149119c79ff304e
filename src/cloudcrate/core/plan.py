"""Decides what is to be done: Snapshot → Plan. The only place that decides.

Pure: the same snapshot gives the same plan, and carrying it out leaves nothing to do. Every operation
says why. What only the doing can tell (a file's extension, a media call that finds nothing) is left open
in the operation and decided by ``app.apply`` when it looks.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from cloudcrate.core import codec, match, naming, rows
from cloudcrate.core.model import (
    OBTAINABLE,
    Availability,
    CatalogInfo,
    Cells,
    Choice,
    Decision,
    Field,
    KnownPlaylist,
    Listing,
    Memory,
    Page,
    PageId,
    StoredFile,
    Track,
    TrackId,
)
from cloudcrate.core.operations import (
    AdoptPage,
    CreatePage,
    Download,
    EnsurePlaylistPage,
    Leave,
    LeavePlaylist,
    Plan,
    PlaylistOperation,
    RecordFile,
    RecordPlaylist,
    Relink,
    Review,
    Side,
    State,
    TrackOperation,
    Unit,
    Unlink,
    UpdatePage,
    WritePlaylistFile,
)
from cloudcrate.errors import RefusedError


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """What the user asked for."""

    download: bool = True
    restore: bool = False  # fetch again what the user removed
    recreate: bool = False  # make rows again that the user removed
    write_order: bool = False  # write the order of the tracks into the playlist's page
    max_removals: int | None = None  # so many tracks may leave at once, even if they are more than half


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """All that planning needs, read once."""

    listing: Listing
    name: str  # of the playlist, in the catalog and on disk
    catalog: CatalogInfo
    has_playlist_page: bool
    playlist_page_lacks: tuple[str, ...]  # what its page would have to be told, even if nothing else changes
    pages: tuple[Page, ...]  # candidates, and the current state of rows that may be written
    memory: Mapping[TrackId, Memory]
    page_owners: Mapping[PageId, TrackId]
    present: Mapping[TrackId, StoredFile]  # files that are in the library now
    taken: Mapping[str, TrackId]  # library paths without suffix, as naming.path_key, and whose they are
    playlist_file: str  # its path
    playlist_lines: tuple[str, ...] | None  # what it lists now
    known: KnownPlaylist | None  # from the last sync
    vanished: int = 0  # entries of the last complete reading that this one does not have
    departed: Mapping[TrackId, PageId] = field(default_factory=dict)  # rows that are linked and should not be
    labels: Mapping[TrackId, str] = field(default_factory=dict)  # names of departed tracks, as far as they are known
    decisions: Mapping[TrackId, Decision] = field(default_factory=dict)
    wishes: Wishes = field(default_factory=Wishes)


def plan(snapshot: Snapshot) -> Plan:
    """Makes the plan. Raises: RefusedError when the playlist is suddenly empty, or half of it is gone."""
    listing = snapshot.listing
    _guard(snapshot)
    units = tuple(_units(snapshot))
    departures = tuple(_departures(snapshot))
    made = Plan(
        playlist_id=listing.playlist.id,
        name=snapshot.name,
        url=listing.playlist.url,
        catalog=snapshot.catalog.name,
        entries=len(listing.playlist.entries),
        opening=tuple(_opening(snapshot)),
        units=units,
        departures=departures,
        closing=tuple(_closing(snapshot, units)),
        notes=(*_emptiness(listing), *listing.notes, *snapshot.catalog.notes),
        basis=codec.digest(snapshot),
    )
    return replace(made, closing=(*made.closing, *_recorded(snapshot, made)))


def _guard(snapshot: Snapshot) -> None:
    """Absence needs proof: a playlist that is suddenly empty, or lacks more than half, is left alone."""
    listing, known, allowed = snapshot.listing, snapshot.known, snapshot.wishes.max_removals
    before = known.tracks if known is not None else 0
    if before and not listing.playlist.entries:
        raise RefusedError(
            f"{snapshot.name!r} held {before} tracks and is empty now; nothing was changed.",
            hint="If it was emptied on purpose there is nothing to do. If not, try again later.",
        )
    gone = max(snapshot.vanished, len(snapshot.departed))
    if 2 * gone > before and gone > (allowed or 0):
        raise RefusedError(
            f"{gone} tracks are gone from {snapshot.name!r}, which held {before}; nothing was changed.",
            hint=f"If that is meant to be: --max-removals {gone}. Their rows and files stay, unlinked.",
        )


def _emptiness(listing: Listing) -> tuple[str, ...]:
    return () if listing.playlist.entries else ("the playlist has no tracks",)


def _opening(snapshot: Snapshot) -> Iterator[PlaylistOperation]:
    if snapshot.catalog.needs_playlist_page and Field.PLAYLISTS in snapshot.catalog.fields:
        if not snapshot.has_playlist_page:
            yield EnsurePlaylistPage(name=snapshot.name, reason="rows link to the playlist's page; it has none yet")
        else:
            yield LeavePlaylist(reason="the playlist has its page")


def _units(snapshot: Snapshot) -> Iterator[Unit]:
    entries = snapshot.listing.playlist.entries
    first = {track_id: position for position, track_id in reversed(list(enumerate(entries, 1)))}
    pages = {page.id: page for page in snapshot.pages}
    strangers = [
        track
        for track_id, track in snapshot.listing.tracks.items()
        if track_id in first and snapshot.memory[track_id].page_id is None
    ]
    matches = match.match(strangers, snapshot.pages, snapshot.page_owners, refused(snapshot))
    stems = _Stems(snapshot.taken)
    for track_id in dict.fromkeys(entries):
        track = snapshot.listing.tracks.get(track_id)
        if track is None:
            operations: tuple[TrackOperation, ...] = tuple(_without_metadata(snapshot, track_id))
        else:
            file_operations = tuple(_file_operations(snapshot, track, stems))
            row_operations = tuple(_row_operations(snapshot, track, pages, matches.get(track_id)))
            recording = _recording(snapshot, snapshot.memory[track_id], pages, row_operations, file_operations)
            operations = (*row_operations, *file_operations, *recording)
        yield Unit(
            track_id=track_id,
            title=f"{track.artist} - {track.title}" if track else "",
            position=first[track_id],
            operations=operations,
        )


def refused(snapshot: Snapshot) -> match.Refused:
    """The rows of which the user has said that they are not a track's."""
    return {
        track_id: decision.page_ids
        for track_id, decision in snapshot.decisions.items()
        if decision.choice is Choice.NEW
    }


def _departures(snapshot: Snapshot) -> Iterator[Unit]:
    pages = {page.id: page for page in snapshot.pages}
    for track_id, page_id in sorted(snapshot.departed.items()):
        page = pages.get(page_id)
        change = rows.unlinked({} if page is None or page.trashed or page.archived else page.cells, snapshot.name)
        unlink = Unlink(
            page_id=page_id,
            cells=change.write,
            settled=change.settled,
            reason="it has left the playlist; its row and its file stay",
        )
        yield Unit(track_id=track_id, title=snapshot.labels.get(track_id, ""), position=0, operations=(unlink,))


def _without_metadata(snapshot: Snapshot, track_id: TrackId) -> Iterator[TrackOperation]:
    availability = snapshot.listing.absent.get(track_id, Availability.GONE)
    reason = {
        Availability.PRIVATE: "private: SoundCloud shows it only to those who have its secret link",
    }.get(availability, "gone: SoundCloud lists it but shows it to nobody: deleted, or made private")
    yield Leave(side=Side.ROW, state=State.NO_METADATA, reason=reason, availability=availability)
    if track_id in snapshot.present:
        path = snapshot.present[track_id].path
        yield Leave(side=Side.FILE, state=State.UNCHANGED, reason="the file is in the library", path=path)
    else:
        yield Leave(side=Side.FILE, state=State.UNOBTAINABLE, reason=reason, availability=availability)


# --- rows ---------------------------------------------------------------------------------------


def _row_operations(
    snapshot: Snapshot, track: Track, pages: Mapping[PageId, Page], found: match.Match | None
) -> Iterator[TrackOperation]:
    memory = snapshot.memory[track.id]
    wanted = rows.wanted_cells(track, snapshot.name, snapshot.catalog.fields, snapshot.present.get(track.id))
    if memory.page_id is not None:
        yield _known_row(snapshot, memory, pages.get(memory.page_id), memory.page_id, wanted)
    elif _is_skipped(snapshot, track):
        yield Leave(side=Side.ROW, state=State.SKIPPED, reason="you chose to leave it without a row")
    elif isinstance(found, match.Ambiguous):
        yield Review(page_ids=found.page_ids, reason=found.reason)
    elif isinstance(found, match.Found):
        yield _adoption(pages[found.page_id], wanted, found.rule)
    elif memory.intent is not None:
        yield CreatePage(cells=wanted, reason="an earlier attempt broke off; looked for its row and found none")
    else:
        yield CreatePage(cells=wanted, reason="no row has its id, its link, or its title, artist and length")


def _is_skipped(snapshot: Snapshot, track: Track) -> bool:
    decision = snapshot.decisions.get(track.id)
    return decision is not None and decision.choice is Choice.SKIP


def _adoption(page: Page, wanted: Cells, rule: str) -> AdoptPage:
    if page.archived:
        reason = f"a row is there: {rule}; you archived it, so it is left as it is"
        return AdoptPage(page_id=page.id, cells={}, settled=wanted, reason=reason)
    change = rows.changes(wanted, page.cells, {}, {})
    return AdoptPage(page_id=page.id, cells=change.write, settled=change.settled, reason=f"a row is there: {rule}")


def _known_row(snapshot: Snapshot, memory: Memory, page: Page | None, page_id: PageId, wanted: Cells) -> TrackOperation:
    if page is None:
        return Leave(side=Side.ROW, state=State.UNCHANGED, reason="its row holds all it should")
    if page.trashed and snapshot.wishes.recreate:
        return CreatePage(cells=wanted, reason="you removed its row, and asked to have it made again")
    if page.trashed:
        return Leave(side=Side.ROW, state=State.REMOVED, reason="you removed its row (--recreate makes it again)")
    if page.archived:
        return Leave(side=Side.ROW, state=State.UNCHANGED, reason="you archived its row: it is left as it is")
    change = rows.changes(wanted, page.cells, memory.written, memory.offered)
    if change.write:
        names = ", ".join(sorted(name.value for name in change.write))
        return UpdatePage(page_id=page_id, cells=change.write, settled=change.settled, reason=f"to be written: {names}")
    return Leave(
        side=Side.ROW,
        state=State.UNCHANGED,
        reason="its row holds all it should, or what you put there",
        settled=change.settled,
    )


# --- files --------------------------------------------------------------------------------------


class _Stems:
    """Hands out paths so that no two tracks share one; a taken name gets the track's id."""

    def __init__(self, taken: Mapping[str, TrackId]) -> None:
        self._taken = dict(taken)

    def give(self, track: Track) -> str:
        stem = naming.stem(track)
        if self._taken.get(naming.path_key(stem), track.id) != track.id:
            stem = naming.with_id(stem, track.id)
        self._taken[naming.path_key(stem)] = track.id
        return stem


WHY_NOT = {
    Availability.PREVIEW: "only a 30-second preview is offered to this account",
    Availability.BLOCKED: "blocked here: by territory or by its rights holder",
    Availability.PROTECTED: "protected: only encrypted streams are offered, and those are never touched",
    Availability.PRIVATE: "private: its secret link is needed",
    Availability.GONE: "gone from SoundCloud",
}


def _file_operations(snapshot: Snapshot, track: Track, stems: _Stems) -> Iterator[TrackOperation]:
    memory, present = snapshot.memory[track.id], snapshot.present.get(track.id)
    availability = memory.unobtainable or track.availability
    if present is not None:
        if memory.file is None or memory.file.path != present.path:
            yield Relink(file=present, reason="found in the library by its id")
        yield Leave(side=Side.FILE, state=State.UNCHANGED, reason=f"the file is in the library: {present.path}")
    elif not snapshot.wishes.download:
        yield Leave(side=Side.FILE, state=State.NOT_ASKED, reason="downloads were not asked for")
    elif memory.file is not None and not snapshot.wishes.restore:
        yield Leave(side=Side.FILE, state=State.REMOVED, reason="you removed its file (--restore fetches it again)")
    elif availability in OBTAINABLE and track.streams:
        offered = ", ".join(stream.preset for stream in track.streams)
        yield Download(stem=stems.give(track), reason=f"not in the library; offered as {offered}")
    else:
        availability = Availability.PROTECTED if availability in OBTAINABLE else availability
        yield Leave(side=Side.FILE, state=State.UNOBTAINABLE, reason=WHY_NOT[availability], availability=availability)


def _recording(
    snapshot: Snapshot,
    memory: Memory,
    pages: Mapping[PageId, Page],
    row: tuple[TrackOperation, ...],
    file: tuple[TrackOperation, ...],
) -> Iterator[RecordFile]:
    """A row that stays or comes learns of a file that is on its way, in the cells that are not the user's."""
    if not any(isinstance(o, Download) for o in file) or not all(_keeps_row(o) for o in row):
        return
    wanted = rows.file_cells("\0")  # the path is not known yet; any that was never offered will do
    if any(isinstance(o, CreatePage) for o in row):
        may = wanted
    else:
        page_id = next((o.page_id for o in row if isinstance(o, (AdoptPage, UpdatePage))), memory.page_id)
        page = pages.get(page_id) if page_id is not None else None
        may = {}
        if page is not None and not page.archived:
            may = dict(rows.changes(wanted, page.cells, memory.written, memory.offered).write)
    fields = tuple(name for name in rows.FILE_FIELDS if name in may and name in snapshot.catalog.fields)
    if fields:
        yield RecordFile(fields=fields, reason="once the file is there, its row says so")


def _keeps_row(operation: TrackOperation) -> bool:
    if isinstance(operation, Leave):
        return operation.state is State.UNCHANGED
    return not isinstance(operation, Review)


# --- the playlist's own file and page -----------------------------------------------------------


def _closing(snapshot: Snapshot, units: tuple[Unit, ...]) -> Iterator[PlaylistOperation]:
    listing = snapshot.listing
    expected = tuple(snapshot.present[t].path for t in listing.playlist.entries if t in snapshot.present)
    downloads = sum(isinstance(o, Download) for unit in units for o in unit.operations)
    if not listing.complete and snapshot.playlist_lines is not None and len(snapshot.playlist_lines) > len(expected):
        yield LeavePlaylist(reason="the playlist was read in part; its file lists more and stays")
    elif downloads:
        yield WritePlaylistFile(path=snapshot.playlist_file, reason=f"{downloads} of its files are on their way")
    elif not expected and not snapshot.playlist_lines:
        yield LeavePlaylist(reason="none of its files is in the library")
    elif snapshot.playlist_lines == expected:
        yield LeavePlaylist(reason="the playlist file lists every file in order")
    else:
        yield WritePlaylistFile(path=snapshot.playlist_file, reason="its list of files has changed")


def _recorded(snapshot: Snapshot, made: Plan) -> Iterator[PlaylistOperation]:
    """The playlist's page is written when something else is, or when it says something outdated."""
    if not snapshot.catalog.needs_playlist_page:
        return
    lacks = ", ".join(snapshot.playlist_page_lacks)
    if made.changes:
        yield RecordPlaylist(reason="its page says how the run ended")
    elif lacks:
        yield RecordPlaylist(reason=f"its page lacks, or says otherwise: {lacks}")
    else:
        yield LeavePlaylist(reason="its page says what is true")
