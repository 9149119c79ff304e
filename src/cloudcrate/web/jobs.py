"""The live page of a run: where it is, what it may still spend, and its tracks as they change. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from cloudcrate.app.desk import JobState, JobView, TrackLine
from cloudcrate.core.text import visible
from cloudcrate.ports.running import BudgetState
from cloudcrate.web.endings import Ending, ending
from cloudcrate.web.views import ErrorPage, job_link, track_link
from cloudcrate.web.wording import Moment, count_of, lasting, moment, web_link

STATES = {
    JobState.WAITING: ("Waiting for its turn", "pending"),
    JobState.RUNNING: ("Running", "already"),
    JobState.DONE: ("Done", "synced"),
    JobState.FAILED: ("Failed", "failed"),
    JobState.STOPPED: ("Stopped", "pending"),
}
"""What is said of a job's state, and its class."""

TOLD_EVERY = 10
"""Percent between two announcements to those who listen to the page."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BudgetRow:
    """What is spent of what a service allows."""

    key: str  # for ids
    name: str
    spent: int
    limit: int
    said: str
    parked: str  # until when nothing is asked; empty: it is not parked


@dataclass(frozen=True, slots=True, kw_only=True)
class LineRow:
    """A track of a run."""

    track_id: int
    position: str
    title: str
    link: str
    kind: str
    state: str
    said: str


@dataclass(frozen=True, slots=True, kw_only=True)
class JobPage:
    """A run as it is now."""

    id: str
    link: str
    name: str
    url: str
    state: str
    kind: str
    live: bool
    phase: str
    done: int
    total: int
    percent: int
    said: str  # 120 of 500 operations
    failed: int
    rate: str
    left: str
    started: Moment
    took: str
    budgets: tuple[BudgetRow, ...]
    announced: str
    ending: Ending | None
    error: ErrorPage | None
    again: str  # the words that ask for a new plan, when this run came to no end
    lines: tuple[LineRow, ...]
    version: int


def job_page(job: JobView, lines: Sequence[TrackLine], now: float) -> JobPage:
    """A job, with those of its tracks that have moved so far."""
    live = job.ended_at is None
    state, kind = STATES[job.state]
    percent = min(100, 100 * job.done // job.total) if job.total else 0
    phase = visible(job.phase)
    return JobPage(
        id=job.id,
        link=job_link(job.id),
        name=visible(job.playlist),
        url=web_link(job.url),
        state=state,
        kind=kind,
        live=live,
        phase=phase,
        done=job.done,
        total=job.total,
        percent=percent,
        said=f"{job.done:,} of {count_of(job.total, 'operation')}" if job.total else "",
        failed=job.failed,
        rate=f"{job.rate:.1f}/s" if job.rate else "",
        left=_left(job.seconds_left) if live and job.seconds_left is not None else "",
        started=moment(job.started_at, now),
        took=lasting((now if job.ended_at is None else job.ended_at) - job.started_at),
        budgets=tuple(_budget(budget, now) for budget in job.budgets),
        announced=_announced(state, phase, percent, live=live),
        ending=ending(job.report) if job.report is not None else None,
        error=ErrorPage(status=0, message=visible(job.error.message), hint=visible(job.error.hint))
        if job.error is not None
        else None,
        again="" if live or job.state is JobState.DONE else job.url,
        lines=line_rows(lines),
        version=job.version,
    )


def _left(seconds: float) -> str:
    return lasting(seconds) if seconds < 1 else f"about {lasting(seconds)}"


def _announced(state: str, phase: str, percent: int, *, live: bool) -> str:
    """Changes seldom: it is read out every time."""
    if not live:
        return f"{state}."
    told = percent - percent % TOLD_EVERY
    return f"{state}: {phase}, {told} %" if told else f"{state}: {phase}" if phase else state


def _budget(budget: BudgetState, now: float) -> BudgetRow:
    left = budget.parked_until - now if budget.parked_until is not None else 0.0
    return BudgetRow(
        key="-".join(filter(str.isalnum, budget.name.lower().split())) or "budget",
        name=visible(budget.name),
        spent=min(budget.spent, budget.limit),
        limit=budget.limit,
        said=f"{budget.spent:,} of {budget.limit:,} in {lasting(budget.window)}",
        parked=f"asked to wait: goes on in {lasting(left)}" if left > 0 else "",
    )


def line_rows(lines: Sequence[TrackLine]) -> tuple[LineRow, ...]:
    """The tracks of a run that have moved."""
    return tuple(_line(line) for line in lines)


def _line(line: TrackLine) -> LineRow:
    kind, state = _line_state(line)
    return LineRow(
        track_id=line.track_id,
        position=str(line.position) if line.position else "left",
        title=visible(line.title) or f"Track {line.track_id}",
        link=track_link(line.track_id),
        kind=kind,
        state=state,
        said=visible(line.said),
    )


def _line_state(line: TrackLine) -> tuple[str, str]:
    """Its class, and what is said."""
    if line.failed:
        return "failed", "failed"
    if line.done >= line.total:
        return "synced", "done"
    return ("pending", f"{line.done} of {line.total}") if line.done else ("unasked", "waiting")
