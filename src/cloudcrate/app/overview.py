"""How the playlists that are kept stand: what a page or an assistant shows. Asks nobody."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

from cloudcrate.app.agenda import Agenda
from cloudcrate.app.gather import Tools
from cloudcrate.app.problems import Problem, Problems
from cloudcrate.core import codec
from cloudcrate.core.model import Availability, KnownPlaylist, Memory, Track, TrackId
from cloudcrate.core.report import FileState, Report, RowState, TrackResult
from cloudcrate.core.timetable import Upcoming, address
from cloudcrate.errors import StateError
from cloudcrate.ports.ledger import RunRecord, Scope


class Standing(Enum):
    """How a track of a playlist stands after the playlist's last run; every track has exactly one."""

    SYNCED = "synced"  # the last run wrote its row or fetched its file, and nothing is left to do
    ALREADY = "already"  # all of it was there before
    UNOBTAINABLE = "unobtainable"
    REVIEW = "review"  # which row is its own only the user can tell
    FAILED = "failed"
    PENDING = "pending"  # not reached yet


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """One playlist: its tracks counted by how they stand (summing up to ``listed``), its last run and its next."""

    playlist: KnownPlaylist
    listed: int  # distinct tracks
    standing: Mapping[Standing, int]
    last: RunRecord | None = None
    report: Report | None = None  # of the last run that has ended
    schedule: str = ""
    next_at: float | None = None  # epoch seconds; the past: it is due


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackView:
    """One track of a playlist, as it stands."""

    track_id: TrackId
    position: int  # of its first entry, from 1
    title: str  # empty when nothing is known of it
    artist: str
    url: str
    artwork_url: str
    seconds: float
    availability: Availability
    standing: Standing
    row: bool  # it has one
    path: str  # of its file, empty when there is none
    format: str
    reason: str  # why something is missing
    hint: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaylistView:
    """A playlist and its tracks in order."""

    overview: Overview
    tracks: tuple[TrackView, ...]


class Overviews:
    """Reads how things stand from what is remembered."""

    def __init__(
        self, tools: Tools, known: Callable[[], Sequence[KnownPlaylist]], agenda: Agenda, problems: Problems
    ) -> None:
        self._tools = tools
        self._known = known
        self._agenda = agenda
        self._problems = problems

    def every(self) -> tuple[Overview, ...]:
        """All playlists that are kept, in the order in which they are known."""
        upcoming = {address(item.playlist): item for item in self._agenda.upcoming()}
        return tuple(self._overview(known, upcoming.get(address(known))) for known in self._known())

    def playlist(self, kept: KnownPlaylist) -> PlaylistView:
        """One playlist with its tracks. Raises: StateError."""
        upcoming = next((u for u in self._agenda.upcoming() if address(u.playlist) == address(kept)), None)
        overview = self._overview(kept, upcoming)
        ledger = self._tools.ledger
        ids = list(dict.fromkeys(ledger.entries(kept.id))) if kept.id is not None else []
        tracks = ledger.tracks(ids, newer_than=0.0)
        memory = ledger.recall(self._scope(overview), ids)
        results = {t.track_id: t for t in overview.report.tracks} if overview.report is not None else {}
        troubles = {problem.track_id: problem for problem in reversed(self._problems.listed(ids))}
        views = (
            _view(position, tracks.get(i), memory[i], results.get(i), troubles.get(i))
            for position, i in enumerate(ids, 1)
        )
        return PlaylistView(overview=overview, tracks=tuple(views))

    def _overview(self, kept: KnownPlaylist, upcoming: Upcoming | None) -> Overview:
        runs = self._tools.ledger.last_runs(LOOKED_AT, kept.id) if kept.id is not None else ()
        told = next((run.report for run in runs if run.report is not None), None)
        report = None if told is None else codec.loads(Report, told)
        counted = Counter(standing_of(t) for t in report.tracks) if report is not None else Counter[Standing]()
        listed = max(kept.tracks, counted.total())
        counted[Standing.PENDING] += listed - counted.total()
        return Overview(
            playlist=kept,
            listed=listed,
            standing={standing: counted[standing] for standing in Standing},
            last=runs[0] if runs else None,
            report=report,
            schedule="" if upcoming is None else upcoming.schedule,
            next_at=None if upcoming is None else upcoming.at,
        )

    def _scope(self, overview: Overview) -> Scope:
        catalog = overview.last.scope.catalog if overview.last is not None else ""
        return Scope(catalog=catalog, library=self._tools.store.id)


LOOKED_AT = 20
"""Runs of a playlist among which the last one that has ended is looked for."""


def report_of(run: RunRecord | None, run_id: str) -> Report:
    """What a run reported. Raises: StateError when it is not known, or has not ended."""
    if run is None or run.report is None:
        raise StateError(f"No run {run_id} has ended that is still remembered.", hint="See cloudcrate runs.")
    return codec.loads(Report, run.report)


def standing_of(result: TrackResult) -> Standing:
    """How a track stands, by what its playlist's last run reported."""
    sides = {result.row.value, result.file.value}
    if {RowState.FAILED.value, FileState.FAILED.value} & sides:
        return Standing.FAILED
    if {RowState.PENDING.value, FileState.PENDING.value} & sides:
        return Standing.PENDING
    if result.row is RowState.REVIEW:
        return Standing.REVIEW
    if result.row is RowState.NO_METADATA or result.file is FileState.UNOBTAINABLE:
        return Standing.UNOBTAINABLE
    done = result.row in (RowState.CREATED, RowState.UPDATED) or result.file is FileState.DOWNLOADED
    return Standing.SYNCED if done else Standing.ALREADY


def _view(
    position: int, track: Track | None, memory: Memory, result: TrackResult | None, trouble: Problem | None
) -> TrackView:
    told = track.availability if track is not None else Availability.GONE
    standing = standing_of(result) if result is not None else Standing.PENDING
    reason, hint = (trouble.reason, trouble.hint) if trouble is not None else ("", "")
    if not reason and result is not None:
        reason, hint = result.reason, result.hint
    return TrackView(
        track_id=memory.track_id,
        position=position,
        title=track.title if track is not None else "",
        artist=track.artist if track is not None else "",
        url=track.url if track is not None else "",
        artwork_url=(track.artwork_url or "") if track is not None else "",
        seconds=track.seconds if track is not None else 0.0,
        availability=memory.unobtainable or told,
        standing=standing,
        row=memory.page_id is not None,
        path=memory.file.path if memory.file is not None else "",
        format=memory.file.format if memory.file is not None else "",
        reason=reason,
        hint=hint,
    )
