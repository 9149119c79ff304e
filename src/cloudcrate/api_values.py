"""The values that the Python functions answer with, and how they follow from a run's report or its plan."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from cloudcrate.app.matching import Judged
from cloudcrate.core import match, model, report, rows
from cloudcrate.core.link import LinkKind, parse_link
from cloudcrate.core.model import Availability, Field, Listing, Page
from cloudcrate.core.operations import Plan, WritePlaylistFile
from cloudcrate.core.report import FileState, Report, RowState, TrackResult
from cloudcrate.errors import LinkError

NOTION_ID = 36
"""Characters of a Notion page's id; the local catalog's are shorter."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Track:
    """A track of a playlist. Texts are as strangers wrote them: escape them where you show them."""

    track_id: int  # SoundCloud's
    position: int  # of its first entry, from 1
    title: str
    artist: str
    url: str
    seconds: float  # of the whole track, also when only a preview can be had
    availability: Availability
    artwork_url: str | None = None
    genre: str | None = None
    tags: tuple[str, ...] = ()
    label: str | None = None
    isrc: str | None = None
    released: str | None = None  # ISO date
    posted: str | None = None  # ISO date
    purchase_url: str | None = None
    link: str = field(repr=False)  # leads to it again: a private track's holds its secret


@dataclass(frozen=True, slots=True, kw_only=True)
class UnavailableTrack:
    """An entry of which SoundCloud shows nothing but its id."""

    track_id: int
    position: int
    availability: Availability  # PRIVATE or GONE


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaylistTracks:
    """What a playlist lists: ``total_tracks`` distinct tracks = ``tracks`` + ``unavailable``."""

    playlist: str  # its title
    owner: str
    url: str
    total_tracks: int
    entries: int  # with repetitions
    complete: bool  # False: it was read in part
    tracks: tuple[Track, ...]
    unavailable: tuple[UnavailableTrack, ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RowCandidate:
    """A row that could be a track's."""

    page_id: str
    row_url: str  # of a Notion page; empty in the local catalog
    title: str
    artist: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackMatch:
    """Whether a track has a row. ``exists`` is None where only you can tell: see ``candidates``."""

    exists: bool | None
    track_id: int | None  # None: neither SoundCloud nor the row said which one it is
    page_id: str  # empty when there is no row, or several could be it
    row_url: str  # of a Notion page; empty in the local catalog
    reason: str  # the rule that found it, or why there is none
    note: str  # why SoundCloud was not heard
    candidates: tuple[RowCandidate, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackAdded:
    """How a track's row stands now, or would with ``dry_run``."""

    track_id: int
    title: str
    outcome: str  # created, updated, unchanged, review, failed, pending, or removed: you removed its row
    page_id: str  # empty when it has no row
    row_url: str  # of a Notion page; empty in the local catalog
    reason: str
    hint: str
    candidates: tuple[RowCandidate, ...]  # the rows to choose from in a review
    dry_run: bool

    @property
    def added(self) -> bool:
        """A row was made."""
        return self.outcome == RowState.CREATED.value


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackError:
    """A track that failed or was not reached. ``track_id`` is None for the playlist's own page."""

    track_id: int | None
    title: str
    reason: str
    hint: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncStatistics:
    """What a sync did, or would do with ``dry_run``: then as if nothing fails, and ``report`` too.

    Two sums hold, over distinct tracks:
    ``total_tracks`` = ``tracks_added`` + ``tracks_updated`` + ``tracks_skipped`` + ``tracks_in_review``
    + ``tracks_failed`` + ``tracks_pending`` + ``tracks_unavailable``, and
    ``total_tracks`` = ``files_downloaded`` + ``files_present`` + ``files_unobtainable`` + ``files_failed``
    + ``files_pending`` + ``files_not_asked``.

    A track that cannot be had is no error: ``report.unfinished`` says why.
    """

    playlist: str  # its name in the catalog and on disk
    url: str
    total_tracks: int
    tracks_added: int  # rows made
    tracks_updated: int
    tracks_skipped: int  # rows that were as they should be
    tracks_in_review: int  # several rows could be theirs
    tracks_failed: int
    tracks_pending: int  # not reached
    tracks_unavailable: int  # SoundCloud shows nothing but their id
    files_downloaded: int
    files_present: int
    files_unobtainable: int
    files_failed: int
    files_pending: int
    files_not_asked: int
    errors: tuple[TrackError, ...]
    track_ids: tuple[int, ...]  # in the playlist's order
    seconds: float
    soundcloud_requests: int  # of a run; reading for a plan is not counted
    notion_requests: int  # as above
    media_bytes: int
    dry_run: bool
    report: Report


# --- how they follow ----------------------------------------------------------------------------


def playlist_tracks(listing: Listing) -> PlaylistTracks:
    """What was listed."""
    playlist, places = listing.playlist, dict[model.TrackId, int]()
    for place, track_id in enumerate(playlist.entries, 1):
        places.setdefault(track_id, place)
    return PlaylistTracks(
        playlist=playlist.title,
        owner=playlist.owner,
        url=playlist.url,
        total_tracks=len(places),
        entries=len(playlist.entries),
        complete=listing.complete,
        tracks=tuple(_track(place, listing.tracks[i]) for i, place in places.items() if i in listing.tracks),
        unavailable=tuple(
            UnavailableTrack(track_id=i, position=place, availability=listing.absent.get(i, Availability.GONE))
            for i, place in places.items()
            if i not in listing.tracks
        ),
        notes=listing.notes,
    )


def _track(position: int, track: model.Track) -> Track:
    return Track(
        track_id=track.id,
        position=position,
        title=track.title,
        artist=track.artist,
        url=track.url,
        seconds=track.seconds,
        availability=track.availability,
        artwork_url=track.artwork_url,
        genre=track.genre,
        tags=track.tags,
        label=track.label,
        isrc=track.isrc,
        released=track.released,
        posted=track.posted,
        purchase_url=track.purchase_url,
        link=link_to(track),
    )


def by_number(track_id: int) -> str:
    """The link of a track of which only the id is known."""
    return f"https://api.soundcloud.com/tracks/{track_id}"


def link_to(track: model.Track) -> str:
    """The link that leads to a track again, with its secret where it has one."""
    try:
        link = parse_link(track.url)
    except LinkError:
        link = None
    url = link.url if link is not None and link.kind is LinkKind.TRACK else by_number(track.id)
    return url if track.secret_token is None else f"{url}?secret_token={track.secret_token}"


def track_match(judged: Judged) -> TrackMatch:
    """What was found."""
    found = judged.found
    exists = None if isinstance(found, match.Ambiguous) else isinstance(found, match.Found)
    page_id = found.page_id if isinstance(found, match.Found) else ""
    return TrackMatch(
        exists=exists,
        track_id=judged.track_id,
        page_id=page_id,
        row_url=_row_url(page_id),
        reason=judged.reason,
        note=judged.note,
        candidates=_candidates(judged),
    )


def track_added(
    track_id: int, title: str, judged: Judged, *, outcome: str, result: TrackResult | None = None, dry_run: bool
) -> TrackAdded:
    """How a track's row stands. ``judged``: as it was found last; ``result``: what a sync reported, or would."""
    found = judged.found
    page_id = found.page_id if isinstance(found, match.Found) else ""
    return TrackAdded(
        track_id=track_id,
        title=title,
        outcome=outcome,
        page_id=page_id,
        row_url=_row_url(page_id),
        reason=(result.reason if result is not None else "") or judged.reason,
        hint=result.hint if result is not None else "",
        candidates=_candidates(judged),
        dry_run=dry_run,
    )


def _candidates(judged: Judged) -> tuple[RowCandidate, ...]:
    return tuple(map(_candidate, judged.pages)) if isinstance(judged.found, match.Ambiguous) else ()


def _candidate(page: Page) -> RowCandidate:
    title, artist = (page.cells.get(name, "") for name in (Field.TITLE, Field.ARTIST))
    people = ", ".join(artist) if isinstance(artist, tuple) else str(artist)
    return RowCandidate(page_id=page.id, row_url=_row_url(page.id), title=str(title), artist=people)


def _row_url(page_id: str) -> str:
    return f"https://www.notion.so/{page_id.replace('-', '')}" if len(page_id) == NOTION_ID else ""


def statistics(ended: Report, *, dry_run: bool = False) -> SyncStatistics:
    """The figures of a report."""
    in_rows = {state: ended.rows.get(state.value, 0) for state in RowState}
    in_files = {state: ended.files.get(state.value, 0) for state in FileState}
    return SyncStatistics(
        playlist=ended.playlist,
        url=ended.url,
        total_tracks=ended.listed,
        tracks_added=in_rows[RowState.CREATED],
        tracks_updated=in_rows[RowState.UPDATED],
        tracks_skipped=in_rows[RowState.UNCHANGED] + in_rows[RowState.NOT_ASKED],
        tracks_in_review=in_rows[RowState.REVIEW],
        tracks_failed=in_rows[RowState.FAILED],
        tracks_pending=in_rows[RowState.PENDING],
        tracks_unavailable=in_rows[RowState.NO_METADATA],
        files_downloaded=in_files[FileState.DOWNLOADED],
        files_present=in_files[FileState.PRESENT],
        files_unobtainable=in_files[FileState.UNOBTAINABLE],
        files_failed=in_files[FileState.FAILED],
        files_pending=in_files[FileState.PENDING],
        files_not_asked=in_files[FileState.NOT_ASKED],
        errors=tuple(_errors(ended)),
        track_ids=tuple(track.track_id for track in ended.tracks),
        seconds=ended.traffic.seconds,
        soundcloud_requests=ended.traffic.soundcloud_requests,
        notion_requests=ended.traffic.notion_requests,
        media_bytes=ended.traffic.media_bytes,
        dry_run=dry_run,
        report=ended,
    )


def _errors(ended: Report) -> Iterator[TrackError]:
    """As many as ``Report.failed`` counts."""
    bad = {"failed", "pending"}
    for track in ended.tracks:
        if bad & {track.row.value, track.file.value}:
            yield TrackError(track_id=track.track_id, title=track.title, reason=track.reason, hint=track.hint)
    for left in ended.departures:
        if not left.unlinked:
            yield TrackError(track_id=left.track_id, title=left.title, reason=left.reason, hint=left.hint)
    if ended.page_trouble:
        yield TrackError(track_id=None, title=ended.playlist, reason=ended.page_trouble, hint=report.AGAIN)


def foretold(plan: Plan, *, library: str, seconds: float) -> Report:
    """The report that a plan leads to when nothing fails."""
    units = (*plan.units, *plan.departures)
    told = report.report(
        plan,
        {unit.track_id: dict.fromkeys(range(len(unit.operations)), report.Done()) for unit in units},
        library=library,
        playlist_file=next((o.path for o in plan.closing if isinstance(o, WritePlaylistFile)), ""),
        traffic=report.Traffic(
            seconds=round(max(0.0, seconds), 3), soundcloud_requests=0, notion_requests=0, media_bytes=0
        ),
    )
    return replace(told, next_step="Nothing was done: this is the plan.") if plan.changes else told


def is_name_of(playlist: model.KnownPlaylist, name: str) -> bool:
    """Says whether a kept playlist, one that is no single track, goes by this name in the catalog."""
    single = playlist.id is not None and playlist.id.startswith("tracks:")
    return not single and rows.name_key(playlist.name or playlist.title) == rows.name_key(name)
