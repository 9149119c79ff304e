"""What happened, counted so that nothing goes missing. Per distinct track:

rows listed = created + updated + unchanged + review + failed + pending + without metadata (+ not asked for);
files listed = downloaded + present + unobtainable + failed + pending + not asked for.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import ClassVar, assert_never

from cloudcrate.core.model import Availability, PlaylistState, StoredFile, TrackId
from cloudcrate.core.operations import (
    AdoptPage,
    CreatePage,
    Download,
    Leave,
    Move,
    Plan,
    Quarantine,
    RecordFile,
    Relink,
    Review,
    Side,
    State,
    TrackOperation,
    Unit,
    Unlink,
    UpdatePage,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """It is as the operation wants it."""

    TAGGED: ClassVar = True
    note: str = ""
    file: StoredFile | None = None
    wrote: bool = True  # False: its row was as the operation wants it before, or is its user's


@dataclass(frozen=True, slots=True, kw_only=True)
class Skipped:
    """It was not done, and that is final for now."""

    TAGGED: ClassVar = True
    reason: str
    availability: Availability | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    """It could not be done. ``retry`` says what may help; see ``errors.Retry``."""

    TAGGED: ClassVar = True
    code: str
    message: str
    hint: str
    retry: str


Outcome = Done | Skipped | Failed
Outcomes = Mapping[TrackId, Mapping[int, Outcome]]
"""Per track, by the operation's place in its unit. An operation without an outcome is pending."""


# --- the report ---------------------------------------------------------------------------------


class RowState(Enum):
    """How a track's row ended."""

    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    REVIEW = "review"
    FAILED = "failed"
    PENDING = "pending"
    NO_METADATA = "without_metadata"
    NOT_ASKED = "not_asked_for"  # only files were; never counted otherwise


class FileState(Enum):
    """How a track's file ended."""

    DOWNLOADED = "downloaded"
    PRESENT = "present"
    UNOBTAINABLE = "unobtainable"
    FAILED = "failed"
    PENDING = "pending"
    NOT_ASKED = "not_asked_for"


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackResult:
    """One distinct track: how its row and its file ended, and why when something is left."""

    track_id: TrackId
    position: int
    title: str
    row: RowState
    file: FileState
    path: str  # of its file, empty when there is none
    availability: Availability | None
    reason: str  # empty when nothing is left to say
    hint: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Departure:
    """A track that has left the playlist: whether its row is unlinked, and why not."""

    track_id: TrackId
    title: str
    unlinked: bool  # and its file moved, where that was asked for
    reason: str  # empty when it is
    hint: str
    moved_to: str = ""  # where its file is now, in quarantine


@dataclass(frozen=True, slots=True, kw_only=True)
class Traffic:
    """What a run cost."""

    seconds: float
    soundcloud_requests: int
    notion_requests: int
    media_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """The end of a run, as a value. ``rows`` and ``files`` both sum up to ``listed``."""

    playlist: str
    url: str
    catalog: str
    library: str
    entries: int
    listed: int  # distinct tracks
    rows: Mapping[str, int]
    files: Mapping[str, int]
    tracks: tuple[TrackResult, ...]
    departures: tuple[Departure, ...] = ()
    moved: int = 0  # files that got another place
    page_trouble: str = ""  # why the playlist's own page could not be written
    playlist_file: str
    notes: tuple[str, ...]
    traffic: Traffic
    stopped: bool
    next_step: str

    @property
    def unfinished(self) -> tuple[TrackResult, ...]:
        """The tracks about which there is something to say."""
        return tuple(t for t in self.tracks if t.reason)

    @property
    def failed(self) -> int:
        """How many tracks failed or were not reached, those that have left and the page included."""
        bad_rows, bad_files = {RowState.FAILED, RowState.PENDING}, {FileState.FAILED, FileState.PENDING}
        others = sum(not departure.unlinked for departure in self.departures) + bool(self.page_trouble)
        return others + sum(t.row in bad_rows or t.file in bad_files for t in self.tracks)


def state_of(report: Report, *, broke_off: bool, complete: bool) -> PlaylistState:
    """How a run ended, in a word. ``complete``: the playlist was read to its end."""
    done = sum(report.rows[s.value] for s in (RowState.CREATED, RowState.UPDATED, RowState.UNCHANGED))
    if not broke_off and complete and not report.failed:
        return PlaylistState.SYNCED
    return PlaylistState.PARTIAL if done else PlaylistState.FAILED


def report(
    plan: Plan,
    outcomes: Outcomes,
    *,
    library: str,
    playlist_file: str,
    traffic: Traffic,
    stopped: bool = False,
) -> Report:
    """Sums a run up."""
    ended = ((unit, outcomes.get(unit.track_id, {})) for unit in (*plan.units, *plan.departures))
    return summed(plan, ended, library=library, playlist_file=playlist_file, traffic=traffic, stopped=stopped)


def summed(
    plan: Plan,
    ended: Iterable[tuple[Unit, Mapping[int, Outcome]]],
    *,
    library: str,
    playlist_file: str,
    traffic: Traffic,
    stopped: bool = False,
) -> Report:
    """``report`` of units that come one by one with their outcomes and are not kept; the plan's own do not count."""
    tracks, departures = list[TrackResult](), list[Departure]()
    said, moved = dict[str, list[str]](), 0
    for unit, outcomes in ended:
        if not unit.position:
            departures.append(_departure(unit, outcomes))
            continue
        tracks.append(_result(unit, outcomes))
        for note in _notes(unit, outcomes):
            said.setdefault(note, []).append(unit.title)
        moved += _is_moved(unit, outcomes)
    rows, files = Counter(t.row for t in tracks), Counter(t.file for t in tracks)
    return Report(
        playlist=plan.name,
        url=plan.url,
        catalog=plan.catalog,
        library=library,
        entries=plan.entries,
        listed=len(tracks),
        rows={state.value: rows[state] for state in RowState if rows[state] or state is not RowState.NOT_ASKED},
        files={state.value: files[state] for state in FileState},
        tracks=tuple(tracks),
        departures=tuple(departures),
        moved=moved,
        playlist_file=playlist_file,
        notes=(*plan.notes, *(_fetched_so(note, titles) for note, titles in said.items())),
        traffic=traffic,
        stopped=stopped,
        next_step=_next_step(rows, files, stopped=stopped, linked=any(not d.unlinked for d in departures)),
    )


def _notes(unit: Unit, outcomes: Mapping[int, Outcome]) -> Iterator[str]:
    """What downloads say of themselves."""
    for place, operation in enumerate(unit.operations):
        outcome = outcomes.get(place)
        if isinstance(operation, Download) and isinstance(outcome, Done) and outcome.note:
            yield outcome.note


def _fetched_so(note: str, titles: Sequence[str]) -> str:
    which = f" ({'; '.join(titles)})" if len(titles) <= 5 else ""
    return f"{len(titles)} of the files fetched{which}: {note}"


def _is_moved(unit: Unit, outcomes: Mapping[int, Outcome]) -> bool:
    ended = (outcomes.get(place) for place, operation in enumerate(unit.operations) if isinstance(operation, Move))
    return any(isinstance(outcome, Done) for outcome in ended)


def _departure(unit: Unit, outcomes: Mapping[int, Outcome]) -> Departure:
    said = [_words(operation, outcomes.get(place)) for place, operation in enumerate(unit.operations)]
    reason, hint = next(((reason, hint) for reason, hint in said if reason), ("", ""))
    moved = [outcome.file.path for outcome in outcomes.values() if isinstance(outcome, Done) and outcome.file]
    return Departure(
        track_id=unit.track_id,
        title=unit.title,
        unlinked=not reason,
        reason=reason,
        hint=hint,
        moved_to=next(iter(moved), ""),
    )


def _result(unit: Unit, outcomes: Mapping[int, Outcome]) -> TrackResult:
    row, file = RowState.UNCHANGED, FileState.NOT_ASKED
    path, availability, said = "", None, []
    for place, operation in enumerate(unit.operations):
        outcome = outcomes.get(place)
        row = _row_state(operation, outcome, row)
        file = _file_state(operation, outcome, file)
        path = _path(operation, outcome) or path
        availability = _availability(operation, outcome) or availability
        said.append(_words(operation, outcome))
    left = [(reason, hint) for reason, hint in said if reason]
    return TrackResult(
        track_id=unit.track_id,
        position=unit.position,
        title=unit.title,
        row=row,
        file=file,
        path=path,
        availability=availability,
        reason="; ".join(dict.fromkeys(reason for reason, _ in left)),
        hint=next((hint for _, hint in left if hint), ""),
    )


_LEFT_ROWS = {
    State.UNCHANGED: RowState.UNCHANGED,
    State.REMOVED: RowState.UNCHANGED,
    State.SKIPPED: RowState.UNCHANGED,
    State.NO_METADATA: RowState.NO_METADATA,
    State.NOT_ASKED: RowState.NOT_ASKED,
    State.UNOBTAINABLE: RowState.UNCHANGED,
}
_LEFT_FILES = {
    State.UNCHANGED: FileState.PRESENT,
    State.REMOVED: FileState.NOT_ASKED,
    State.SKIPPED: FileState.NOT_ASKED,
    State.NO_METADATA: FileState.UNOBTAINABLE,
    State.NOT_ASKED: FileState.NOT_ASKED,
    State.UNOBTAINABLE: FileState.UNOBTAINABLE,
}


def _row_state(operation: TrackOperation, outcome: Outcome | None, before: RowState) -> RowState:
    match operation:
        case CreatePage():
            return _ended(outcome, RowState.CREATED)
        case AdoptPage() | UpdatePage() | Unlink():
            return _ended(outcome, RowState.UPDATED if operation.cells and _wrote(outcome) else RowState.UNCHANGED)
        case RecordFile():
            if outcome is None or isinstance(outcome, Skipped) or not _wrote(outcome):
                return before
            ended = _ended(outcome, RowState.UPDATED)
            return before if before is not RowState.UNCHANGED and ended is RowState.UPDATED else ended
        case Review():
            return RowState.REVIEW
        case Leave():
            return _LEFT_ROWS[operation.state] if operation.side is Side.ROW else before
        case Download() | Relink() | Move() | Quarantine():
            return before
        case _:
            assert_never(operation)


def _wrote(outcome: Outcome | None) -> bool:
    return not isinstance(outcome, Done) or outcome.wrote


def _ended(outcome: Outcome | None, done: RowState) -> RowState:
    match outcome:
        case None:
            return RowState.PENDING
        case Done():
            return done
        case Skipped():
            return RowState.REVIEW
        case Failed():
            return RowState.FAILED
        case _:
            assert_never(outcome)


def _file_state(operation: TrackOperation, outcome: Outcome | None, before: FileState) -> FileState:
    if isinstance(operation, Leave) and operation.side is Side.FILE:
        return _LEFT_FILES[operation.state]
    if not isinstance(operation, Download):
        return before
    match outcome:
        case None:
            return FileState.PENDING
        case Done():
            return FileState.DOWNLOADED
        case Skipped():
            return FileState.UNOBTAINABLE if operation.replaces is None else FileState.PRESENT
        case Failed():
            return FileState.FAILED
        case _:
            assert_never(outcome)


def _availability(operation: TrackOperation, outcome: Outcome | None) -> Availability | None:
    if isinstance(outcome, Skipped) and outcome.availability:
        return outcome.availability
    return operation.availability if isinstance(operation, Leave) else None


def _path(operation: TrackOperation, outcome: Outcome | None) -> str:
    if isinstance(outcome, Done) and outcome.file:
        return outcome.file.path
    return operation.path if isinstance(operation, Leave) else ""


def _words(operation: TrackOperation, outcome: Outcome | None) -> tuple[str, str]:
    """What is left to say about an operation, and what would help."""
    if isinstance(outcome, Failed):
        return outcome.message, outcome.hint
    if isinstance(outcome, Skipped):
        return outcome.reason, ""
    if isinstance(operation, Review):
        return operation.reason, "See both sides and choose: cloudcrate review"
    if isinstance(operation, Leave):
        quiet = operation.state in (State.UNCHANGED, State.NOT_ASKED, State.SKIPPED)
        return ("", "") if quiet else (operation.reason, operation.hint)
    if outcome is None and not isinstance(operation, RecordFile):
        return "not reached", "Run the same command again to go on."
    return "", ""


AGAIN = "Run the same command again: only what failed is tried."


def _next_step(rows: Counter[RowState], files: Counter[FileState], *, stopped: bool, linked: bool) -> str:
    if stopped or rows[RowState.PENDING] or files[FileState.PENDING]:
        return "Run the same command again: it goes on where it was."
    if rows[RowState.FAILED] or files[FileState.FAILED] or linked:
        return AGAIN
    if rows[RowState.REVIEW]:
        return "See the tracks under review and choose their rows: cloudcrate review"
    return "Nothing is left to do."
