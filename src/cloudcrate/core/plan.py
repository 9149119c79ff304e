"""Decides what is to be done: Snapshot → Plan. The only place that decides.

Pure: the same snapshot gives the same plan, and carrying it out leaves nothing to do. Every operation
says why. What only the doing can tell (a file's extension, a media call that finds nothing) is left open
in the operation and decided by ``app.apply`` when it looks.
"""

from collections.abc import Iterator
from dataclasses import replace

from cloudcrate.core import codec, match, naming, rows
from cloudcrate.core.model import Availability, Field, Listing, TrackId
from cloudcrate.core.operations import (
    Download,
    EnsurePlaylistPage,
    Leave,
    LeavePlaylist,
    Move,
    Plan,
    PlaylistOperation,
    Quarantine,
    RecordFile,
    RecordPlaylist,
    Side,
    State,
    TrackOperation,
    Unit,
    Unlink,
    WritePlaylistFile,
    WritePlaylistFolder,
)
from cloudcrate.core.plan_files import file_operations, recording
from cloudcrate.core.plan_rows import is_to_be_made_again, refused, row_operations
from cloudcrate.core.snapshot import Snapshot
from cloudcrate.errors import RefusedError


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
        basis="",
    )
    made = replace(made, closing=(*made.closing, *_recorded(snapshot, made)))
    return replace(made, basis=codec.digest(made))


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
    unwanted = len(snapshot.unwanted)
    if 2 * unwanted > snapshot.kept_files and unwanted > (allowed or 0):
        raise RefusedError(
            f"{unwanted} of the {snapshot.kept_files} files kept are in no playlist any more; nothing was changed.",
            hint=f"If they are meant to go to quarantine: --max-removals {unwanted}.",
        )


def _emptiness(listing: Listing) -> tuple[str, ...]:
    return () if listing.playlist.entries else ("the playlist has no tracks",)


def _opening(snapshot: Snapshot) -> Iterator[PlaylistOperation]:
    if snapshot.wishes.rows and snapshot.catalog.needs_playlist_page and Field.PLAYLISTS in snapshot.catalog.fields:
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
        if track_id in first
        and (snapshot.memory[track_id].page_id is None or is_to_be_made_again(snapshot, track_id, pages))
    ]
    matches = match.match(strangers, snapshot.pages, snapshot.page_owners, refused(snapshot))
    stems = naming.Stems(snapshot.taken, snapshot.wishes.template)
    for track_id in dict.fromkeys(entries):
        track = snapshot.listing.tracks.get(track_id)
        if track is None:
            operations: tuple[TrackOperation, ...] = tuple(_without_metadata(snapshot, track_id))
        else:
            file = tuple(file_operations(snapshot, track, stems))
            if snapshot.wishes.rows:
                row = tuple(row_operations(snapshot, track, pages, matches.get(track_id)))
                operations = (*row, *file, *recording(snapshot, snapshot.memory[track_id], pages, row, file))
            else:
                operations = (NO_ROW, *file)
        yield Unit(
            track_id=track_id,
            title=f"{track.artist} - {track.title}" if track else "",
            position=first[track_id],
            operations=operations,
        )


NO_ROW = Leave(side=Side.ROW, state=State.NOT_ASKED, reason="only files were asked for")


def _departures(snapshot: Snapshot) -> Iterator[Unit]:
    pages = {page.id: page for page in snapshot.pages}
    for track_id in sorted({*snapshot.departed, *snapshot.unwanted}):
        operations: list[TrackOperation] = []
        page_id, file = snapshot.departed.get(track_id), snapshot.unwanted.get(track_id)
        if page_id is not None:
            page = pages.get(page_id)
            change = rows.unlinked({} if page is None or page.trashed or page.archived else page.cells, snapshot.name)
            reason = f"it has left the playlist; its row stays{'' if file is not None else ', and its file'}"
            operations.append(Unlink(page_id=page_id, cells=change.write, settled=change.settled, reason=reason))
        if file is not None:
            reason = "no playlist wants it any more (cloudcrate restore brings it back)"
            operations.append(Quarantine(file=file, reason=reason))
            has_row = snapshot.wishes.rows and snapshot.memory[track_id].page_id is not None
            if has_row and Field.FILE_PATH in snapshot.catalog.fields:
                operations.append(RecordFile(fields=(Field.FILE_PATH,), reason="its row says where its file is"))
        title = snapshot.labels.get(track_id, "")
        yield Unit(track_id=track_id, title=title, position=0, operations=tuple(operations))


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


def _closing(snapshot: Snapshot, units: tuple[Unit, ...]) -> Iterator[PlaylistOperation]:
    listing = snapshot.listing
    expected = tuple(snapshot.present[t].path for t in listing.playlist.entries if t in snapshot.present)
    coming = sum(isinstance(o, (Download, Move)) for unit in units for o in unit.operations)
    partly = not listing.complete and snapshot.playlist_lines is not None
    if partly and len(snapshot.playlist_lines or ()) > len(expected):
        yield LeavePlaylist(reason="the playlist was read in part; its file lists more and stays")
    elif coming:
        yield WritePlaylistFile(path=snapshot.playlist_file, reason=f"{coming} of its files are on their way")
    elif not expected and not snapshot.playlist_lines:
        yield LeavePlaylist(reason="none of its files is in the library")
    elif snapshot.playlist_lines == expected:
        yield LeavePlaylist(reason="the playlist file lists every file in order")
    else:
        yield WritePlaylistFile(path=snapshot.playlist_file, reason="its list of files has changed")
    if snapshot.wishes.playlist_folder and (coming or expected) and listing.complete:
        path = naming.folder_of(snapshot.playlist_file)
        if coming or snapshot.folder_lines != expected:
            yield WritePlaylistFolder(path=path, how=snapshot.wishes.playlist_folder, reason="it is to hold its files")


def _recorded(snapshot: Snapshot, made: Plan) -> Iterator[PlaylistOperation]:
    """The playlist's page is written when something else is, or when it says something outdated."""
    if not snapshot.catalog.needs_playlist_page or not snapshot.wishes.rows:
        return
    lacks = ", ".join(snapshot.playlist_page_lacks)
    if made.changes:
        yield RecordPlaylist(reason="its page says how the run ended")
    elif lacks:
        yield RecordPlaylist(reason=f"its page lacks, or says otherwise: {lacks}")
    else:
        yield LeavePlaylist(reason="its page says what is true")
