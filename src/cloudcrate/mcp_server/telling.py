"""The domain's values told as answers: foreign texts set apart and cleaned, lists cut."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import TypeVar

from cloudcrate.app.desk import PLAN_LIVES, JobState, JobView, Planned
from cloudcrate.app.overview import Overview
from cloudcrate.app.problems import Problem
from cloudcrate.app.review import Question
from cloudcrate.app.service import Check, Why
from cloudcrate.core import codec
from cloudcrate.core.model import Candidate, CellValue
from cloudcrate.core.operations import Leave, LeavePlaylist, Plan, Review
from cloudcrate.core.report import Report
from cloudcrate.mcp_server import answers
from cloudcrate.mcp_server.clean import clean, cleaned
from cloudcrate.ports.ledger import RunRecord, TrackEvent
from cloudcrate.ports.running import BudgetState

MOST = 100
"""Rows of a list in one answer."""

FIRST = 25
"""Operations of a plan in one answer."""

Item = TypeVar("Item")

AFTERWARDS = {
    JobState.WAITING: "It works in the background. Call get_status with this job_id and wait_seconds.",
    JobState.RUNNING: "It works in the background. Call get_status with this job_id and wait_seconds.",
    JobState.DONE: "get_report names every track that is not complete, and why.",
    JobState.FAILED: "Tell the user of the error. What was done is kept; a new plan goes on from there.",
    JobState.STOPPED: "What was done is kept. A new plan goes on from there.",
}
STALE = (
    "A guard refused it; see the error. When the plan is out of date: make a new one with plan_sync and show it, or, "
    "if the user wants the same whatever has changed, call sync_playlist with this plan_id."
)
APPLY = (
    "Show the user what it would do. apply_plan carries out exactly this plan, and is refused when it is out of date."
)
NOTHING_TO_DO = "Everything is as it should be: there is nothing to apply."


def cut(items: Sequence[Item], most: int = MOST, offset: int = 0) -> tuple[Sequence[Item], int]:
    """At most so many items from ``offset`` on, and how many come after them."""
    return items[offset : offset + most], max(0, len(items) - offset - most)


def moment(at: float | None) -> str | None:
    """Epoch seconds as ISO 8601 in UTC."""
    return None if at is None else iso(at)


def iso(at: float) -> str:
    """Epoch seconds as ISO 8601 in UTC."""
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="seconds")


def candidate(found: object) -> answers.FoundPlaylist:
    """A playlist that a name may mean, as an AmbiguousError has it: errors know no playlists."""
    if not isinstance(found, Candidate):
        return answers.FoundPlaylist(origin="", tracks=None, untrusted=cleaned({"title": str(found)}))
    return answers.FoundPlaylist(
        origin=found.origin.value,
        tracks=found.tracks,
        untrusted=cleaned({"name": found.name, "title": found.title, "owner": found.owner, "link": found.url}),
    )


def kept_playlist(overview: Overview) -> answers.KeptPlaylist:
    """A playlist that is kept."""
    playlist = overview.playlist
    return answers.KeptPlaylist(
        tracks=overview.listed,
        standing={standing.value: number for standing, number in overview.standing.items()},
        last_synced_at=moment(playlist.synced_at),
        next_sync_at=moment(overview.next_at),
        untrusted=cleaned(
            {
                "name": playlist.name,
                "title": playlist.title,
                "owner": playlist.owner,
                "link": playlist.url,
                "schedule": overview.schedule,
            }
        ),
    )


def job(view: JobView) -> answers.JobAnswer:
    """A background run."""
    report, error = view.report, view.error
    texts = {"playlist": view.playlist, "link": view.url, "phase": view.phase}
    if error is not None:
        texts |= {"error": error.message, "hint": error.hint}
    if report is not None:
        texts |= {"next_step": report.next_step}
    refused = error is not None and error.code == "refused"
    return answers.JobAnswer(
        job_id=view.id,
        plan_id=view.plan_id,
        state=view.state.value,
        operations=view.total,
        operations_done=view.done,
        operations_failed=view.failed,
        started_at=iso(view.started_at),
        ended_at=moment(view.ended_at),
        seconds_left=None if view.seconds_left is None else round(view.seconds_left),
        rows=None if report is None else dict(report.rows),
        files=None if report is None else dict(report.files),
        error_code=None if error is None else error.code,
        next=STALE if refused else AFTERWARDS[view.state],
        untrusted=cleaned(texts),
    )


def run(record: RunRecord) -> answers.Run:
    """A run, as remembered."""
    return answers.Run(run_id=record.id, started_at=iso(record.started_at), ended_at=moment(record.ended_at))


def budget(state: BudgetState) -> answers.Budget:
    """A service's budget."""
    return answers.Budget(
        name=clean(state.name),
        spent=state.spent,
        limit=state.limit,
        window_seconds=state.window,
        parked_until=moment(state.parked_until),
    )


def planned(made: Planned) -> answers.PlanAnswer:
    """A plan: what it would do, counted, and the first of it."""
    plan = made.plan
    every = list(_operations(plan))
    changes = [operation for operation in every if operation.operation not in _IDLE]
    first, more = cut(changes, FIRST)
    return answers.PlanAnswer(
        plan_id=made.id,
        lives_seconds=round(PLAN_LIVES),
        entries=plan.entries,
        tracks=len(plan.units),
        changes=plan.changes,
        counts=dict(Counter(operation.operation for operation in every)),
        operations=list(first),
        more=more,
        next=APPLY if plan.changes else NOTHING_TO_DO,
        untrusted=cleaned({"playlist": plan.name, "link": plan.url, "understood": made.understood}),
        untrusted_notes=_notes(plan.notes),
    )


_IDLE = frozenset(kind.__name__ for kind in (Leave, LeavePlaylist, Review))


def _operations(plan: Plan) -> Iterable[answers.PlannedOperation]:
    for around in plan.opening:
        yield _operation(around)
    for unit in (*plan.units, *plan.departures):
        for operation in unit.operations:
            yield _operation(operation, track_id=unit.track_id, position=unit.position, title=unit.title)
    for around in plan.closing:
        yield _operation(around)


def _operation(
    operation: object, *, track_id: int | None = None, position: int | None = None, title: str = ""
) -> answers.PlannedOperation:
    return answers.PlannedOperation(
        track_id=track_id,
        position=position or None,
        operation=type(operation).__name__,
        untrusted=cleaned({"title": title, "reason": getattr(operation, "reason", "")}),
    )


def track(why: Why, question: Question | None) -> answers.TrackAnswer:
    """What is known about a track."""
    return answers.TrackAnswer(
        track_id=why.track_id,
        events=[_event(event) for event in why.events],
        question=None if question is None else _question(question),
        untrusted=cleaned({"title": why.title, "link": why.url}),
    )


def _event(event: TrackEvent) -> answers.Event:
    operation, outcome = codec.tagged(event.operation), codec.tagged(event.outcome)
    said = {
        "reason": operation.get("reason"),
        "outcome": outcome.get("message") or outcome.get("reason") or outcome.get("note"),
        "hint": outcome.get("hint") or operation.get("hint"),
    }
    return answers.Event(
        at=iso(event.at),
        run_id=event.run_id,
        side=event.side,
        operation=clean(str(operation.get("is", ""))),
        outcome=clean(str(outcome.get("is", ""))),
        untrusted=cleaned({name: str(text) for name, text in said.items() if text}),
    )


def _question(question: Question) -> answers.Question:
    rows, _ = cut(question.numbered)
    return answers.Question(
        rows=[
            answers.Row(
                number=number,
                own=page.id == question.owned,
                untrusted=cleaned({field.value: _cell(value) for field, value in page.cells.items()}),
            )
            for number, page in rows
        ],
        answered=None if question.decision is None else question.decision.choice.value,
        untrusted=cleaned({"reason": question.review.reason, "playlist": question.review.playlist}),
    )


def _cell(value: CellValue) -> str:
    return ", ".join(value) if isinstance(value, tuple) else str(value)


def problem(found: Problem) -> answers.TrackProblem:
    """A track that lacks something."""
    texts = {"title": found.title, "playlists": ", ".join(found.playlists), "reason": found.reason, "hint": found.hint}
    return answers.TrackProblem(
        track_id=found.track_id,
        side=found.side,
        kind=found.kind,
        retry=found.retry,
        since=iso(found.since),
        next_check=moment(found.next_check),
        untrusted=cleaned(texts),
    )


def report(run_id: str, told: Report, offset: int) -> answers.ReportAnswer:
    """How a run ended, and its tracks that are not complete."""
    unfinished, more = cut(told.unfinished, MOST, offset)
    return answers.ReportAnswer(
        run_id=run_id,
        entries=told.entries,
        tracks=told.listed,
        rows=dict(told.rows),
        files=dict(told.files),
        stopped=told.stopped,
        seconds=round(told.traffic.seconds, 1),
        unfinished=[
            answers.UnfinishedTrack(
                track_id=result.track_id,
                position=result.position,
                row=result.row.value,
                file=result.file.value,
                availability=None if result.availability is None else result.availability.value,
                untrusted=cleaned({"title": result.title, "reason": result.reason, "hint": result.hint}),
            )
            for result in unfinished
        ],
        more=more,
        untrusted=cleaned({"playlist": told.playlist, "link": told.url, "next_step": told.next_step}),
        untrusted_notes=_notes((*told.notes, told.page_trouble)),
    )


def checks(found: Sequence[Check]) -> answers.DoctorAnswer:
    """What doctor found."""
    return answers.DoctorAnswer(
        wrong=sum(check.state == "wrong" for check in found),
        checks=[
            answers.Checked(
                name=check.name,
                state=check.state,
                untrusted=cleaned({"message": check.message, "hint": check.hint}),
            )
            for check in found
        ],
    )


def _notes(notes: Iterable[str]) -> list[str]:
    shown, _ = cut([line for note in notes if (line := clean(note))])
    return list(shown)
