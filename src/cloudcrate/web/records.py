"""What was done before, what is known about one track, and what the doctor says. Pure."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any  # stored JSON, for showing only

from cloudcrate.app.service import Check, Why
from cloudcrate.core import codec
from cloudcrate.core.report import FileState, Report, RowState
from cloudcrate.core.text import spaced, visible
from cloudcrate.ports.ledger import RunRecord, TrackEvent
from cloudcrate.web.endings import Ending, ending
from cloudcrate.web.views import run_link
from cloudcrate.web.wording import Moment, count_of, lasting, moment, web_link

CHECK_KINDS = {"fine": "synced", "note": "pending", "wrong": "failed"}
"""The class of what a check says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRow:
    """A past run in one line."""

    link: str  # empty: nothing more is known of it
    name: str
    started: Moment
    took: str
    kind: str
    state: str
    said: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryPage:
    """The last runs."""

    runs: tuple[RunRow, ...]
    said: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RunPage:
    """A past run."""

    id: str
    ending: Ending


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckRow:
    """What the doctor says of one thing."""

    name: str
    kind: str
    state: str
    message: str
    hint: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DoctorPage:
    """What the doctor says: what is wrong comes first."""

    checks: tuple[CheckRow, ...]
    said: str
    good: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class EventRow:
    """Something decided or done about a track."""

    at: Moment
    what: str
    reason: str
    kind: str
    ended: str
    said: str
    link: str  # of its run


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackPage:
    """What is known about a track."""

    title: str
    id: int
    url: str
    audio: str
    events: tuple[EventRow, ...]


def history_page(runs: Sequence[RunRecord], now: float) -> HistoryPage:
    """The last runs, newest first."""
    return HistoryPage(runs=tuple(_run(run, now) for run in runs), said=count_of(len(runs), "run"))


def _run(run: RunRecord, now: float) -> RunRow:
    started = moment(run.started_at, now)
    if run.report is None:
        return RunRow(
            link="", name=visible(run.playlist_id), started=started, took="", kind="pending", state="open", said=OPEN
        )
    told = codec.tagged(run.report)  # not loaded whole: a page lists dozens of them, of hundreds of tracks each
    made, got = (_count(told, side, state) for side, state in ((ROWS, RowState.CREATED), (FILES, FileState.DOWNLOADED)))
    failed = _undone(told)
    state = "stopped" if told.get("stopped") else "incomplete" if failed else "complete"
    undone = f", {failed:,} left undone" if failed else ""
    return RunRow(
        link=run_link(run.id),
        name=visible(str(told.get("playlist", ""))),
        started=started,
        took=lasting(run.ended_at - run.started_at) if run.ended_at is not None else "",
        kind={"complete": "synced", "stopped": "pending"}.get(state, "failed"),
        state=state,
        said=f"{count_of(told.get('listed', 0), 'track')}: {count_of(made, 'row')} made, "
        f"{count_of(got, 'file')} downloaded{undone}",
    )


OPEN = "It goes on, or broke off: the next sync goes on where it was."
ROWS, FILES = "rows", "files"
UNDONE = frozenset({RowState.FAILED.value, RowState.PENDING.value, FileState.FAILED.value, FileState.PENDING.value})


def _undone(told: Mapping[str, Any]) -> int:  # Any: stored JSON
    """What ``Report.failed`` counts."""
    tracks = sum(not UNDONE.isdisjoint((track.get("row"), track.get("file"))) for track in told.get("tracks", ()))
    left = sum(not departure.get("unlinked") for departure in told.get("departures", ()))
    return tracks + left + bool(told.get("page_trouble"))


def _count(told: Mapping[str, Any], side: str, state: RowState | FileState) -> int:  # Any: stored JSON
    return int(told.get(side, {}).get(state.value, 0))


def run_page(run_id: str, report: Report) -> RunPage:
    """A past run that has ended."""
    return RunPage(id=run_id, ending=ending(report))


def doctor_page(checks: Sequence[Check]) -> DoctorPage:
    """What the doctor says: what is wrong first, then what is worth knowing."""
    order = list(reversed(CHECK_KINDS))
    found = sorted(checks, key=lambda check: order.index(check.state) if check.state in order else len(order))
    counts = Counter(check.state for check in checks)
    wrong, notes = counts["wrong"], counts["note"]
    noted = f"{count_of(notes, 'note')}" if notes else ""
    said = f"{count_of(wrong, 'thing is', 'things are')} wrong" if wrong else "Everything a sync needs is there"
    return DoctorPage(
        checks=tuple(_check(check) for check in found),
        said=f"{said}; {noted}." if noted else f"{said}.",
        good=not wrong,
    )


def _check(check: Check) -> CheckRow:
    return CheckRow(
        name=visible(check.name),
        kind=CHECK_KINDS.get(check.state, "pending"),
        state=visible(check.state),
        message=visible(check.message),
        hint=visible(check.hint),
    )


def track_page(why: Why, now: float, *, playable: bool) -> TrackPage:
    """What was decided and done about a track, newest first."""
    return TrackPage(
        title=visible(why.title) or f"Track {why.track_id}",
        id=why.track_id,
        url=web_link(why.url),
        audio=f"/tracks/{why.track_id}/audio" if playable else "",
        events=tuple(_event(event, now) for event in why.events),
    )


def _event(event: TrackEvent, now: float) -> EventRow:
    operation, outcome = codec.tagged(event.operation), codec.tagged(event.outcome)
    side = f" {operation['side']}" if "side" in operation else ""
    ended = str(outcome.get("is", ""))
    return EventRow(
        at=moment(event.at, now),
        what=visible(f"{spaced(str(operation.get('is', '')))}{side}"),
        reason=visible(str(operation.get("reason", ""))),
        kind={"Done": "synced", "Failed": "failed", "Skipped": "unobtainable"}.get(ended, "pending"),
        ended=visible(spaced(ended)),
        said=visible(str(outcome.get("message") or outcome.get("reason") or outcome.get("note") or "")),
        link=run_link(event.run_id),
    )
