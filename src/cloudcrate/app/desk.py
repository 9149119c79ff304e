"""Runs that a page or an assistant starts: planned first, carried out in the background, watched and stopped.

What was planned and started is known to this process alone and for a while; what the runs do is in the ledger.
"""

import secrets
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from enum import Enum
from typing import Protocol

from cloudcrate.app.gather import Order
from cloudcrate.app.running import Ended
from cloudcrate.app.service import Service
from cloudcrate.core.ending import Trouble, trouble_of
from cloudcrate.core.model import TrackId
from cloudcrate.core.operations import (
    AdoptPage,
    CreatePage,
    Download,
    Move,
    Plan,
    Quarantine,
    RecordFile,
    Relink,
    TrackOperation,
    Unit,
    Unlink,
    UpdatePage,
    changes_something,
)
from cloudcrate.core.report import Failed, Outcome, Report, Skipped
from cloudcrate.errors import BusyError, CloudcrateError, StoppedError, UsageError
from cloudcrate.ports.running import BudgetState, Listener, Silent

PLAN_LIVES = 3600.0
"""Seconds for which a plan can be started."""

MOST_PLANS = 50
MOST_JOBS = 100
"""Older ones are forgotten."""

MOST_AT_ONCE = 4
"""Runs under way or waiting for each other."""


class JobState(Enum):
    """How a background run stands."""

    WAITING = "waiting"  # reading, planning, or waiting for another run
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"  # an error ended it
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """A plan that can be started."""

    id: str
    order: Order
    plan: Plan
    understood: str
    made_at: float  # monotonic seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackLine:
    """One track of a run, as far as it is."""

    track_id: TrackId
    title: str
    position: int
    done: int  # operations
    total: int
    failed: bool
    said: str  # what was done last, in words
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class JobView:
    """A background run, as it stands. ``version`` grows with every change."""

    id: str
    plan_id: str
    playlist: str
    url: str
    state: JobState
    phase: str
    total: int  # operations that change something
    done: int
    failed: int
    started_at: float  # epoch seconds
    ended_at: float | None
    rate: float  # operations per second
    seconds_left: float | None
    budgets: tuple[BudgetState, ...]
    report: Report | None
    error: Trouble | None
    version: int


class Opened(Protocol):
    """Opens the service. ``stop`` ends what it does; ``say`` hears for whom it waits, when it may ``wait``."""

    def __call__(
        self, *, listener: Listener, stop: threading.Event, say: Callable[[str], None], wait: bool
    ) -> AbstractContextManager[Service]:
        """For the length of a block. Raises: CloudcrateError."""


class Desk:
    """Plans and runs of one long-lived process. Safe to use from many threads."""

    def __init__(self, opened: Opened, now: Callable[[], float], monotonic: Callable[[], float]) -> None:
        """``now``: seconds since the epoch."""
        self._opened = opened
        self._now = now
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._plans: OrderedDict[str, Planned] = OrderedDict()
        self._jobs: OrderedDict[str, _Job] = OrderedDict()

    @contextmanager
    def reading(self) -> Iterator[Service]:
        """The service, for one look or one decision: whoever asked does not wait for a run. Raises: CloudcrateError."""
        with self._opened(listener=Silent(), stop=threading.Event(), say=lambda _: None, wait=False) as service:
            yield service

    def plan(self, order: Order, understood: str = "") -> Planned:
        """Makes a plan that can be looked at and started. Raises: what reading raises."""
        with self.reading() as service:
            made = service.preview(order)
        planned = Planned(
            id=secrets.token_hex(8), order=order, plan=made, understood=understood, made_at=self._monotonic()
        )
        with self._lock:
            self._plans[planned.id] = planned
            while len(self._plans) > MOST_PLANS:
                self._plans.popitem(last=False)
        return planned

    def planned(self, plan_id: str) -> Planned:
        """A plan made here. Raises: UsageError when it is unknown or too old."""
        with self._lock:
            found = self._plans.get(plan_id)
        if found is None or self._monotonic() - found.made_at > PLAN_LIVES:
            raise UsageError("There is no such plan, or it is too old by now.", hint="Make a new one.")
        return found

    def start(self, plan_id: str, *, anew: bool = False) -> JobView:
        """Carries a plan out in the background and answers at once.

        When its playlist, rows or files have changed meanwhile the run ends with a refusal; ``anew``: it is
        planned again instead. Raises: UsageError, BusyError when too many wait already.
        """
        planned = self.planned(plan_id)
        with self._lock:
            if sum(job.alive for job in self._jobs.values()) >= MOST_AT_ONCE:
                raise BusyError(f"{MOST_AT_ONCE} runs are going on already.", hint="Wait for one, or stop one.")
            job = _Job(planned, self._now, self._monotonic)
            self._jobs[job.id] = job
            for old in [old for old in self._jobs.values() if not old.alive][: max(0, len(self._jobs) - MOST_JOBS)]:
                del self._jobs[old.id]
        job.begin(lambda: self._carry_out(job, planned, anew=anew))
        return job.view()

    def job(self, job_id: str) -> JobView:
        """A run started here. Raises: UsageError when it is unknown."""
        return self._job(job_id).view()

    def jobs(self) -> tuple[JobView, ...]:
        """The runs started here, newest first."""
        with self._lock:
            jobs = list(self._jobs.values())
        return tuple(job.view() for job in reversed(jobs))

    def lines(self, job_id: str, after: int = 0) -> tuple[TrackLine, ...]:
        """The tracks of a run that have changed since a version of it, in their order. Raises: UsageError."""
        return self._job(job_id).lines(after)

    def wait(self, job_id: str, after: int, seconds: float) -> JobView:
        """Answers when the run has a version above ``after``, has ended, or the time is up. Raises: UsageError."""
        job = self._job(job_id)
        job.wait(after, seconds)
        return job.view()

    def stop(self, job_id: str) -> JobView:
        """Asks a run to stop: what is in flight is finished. Raises: UsageError."""
        job = self._job(job_id)
        job.stop.set()
        return job.view()

    def close(self) -> None:
        """Asks every run to stop, and waits for them."""
        with self._lock:
            jobs = list(self._jobs.values())
        for job in jobs:
            job.stop.set()
        for job in jobs:
            job.join()

    def _job(self, job_id: str) -> "_Job":
        with self._lock:
            found = self._jobs.get(job_id)
        if found is None:
            raise UsageError("There is no such run here.", hint="It may have been started elsewhere: see the history.")
        return found

    def _carry_out(self, job: "_Job", planned: Planned, *, anew: bool) -> Ended:
        with self._opened(listener=job, stop=job.stop, say=job.phase, wait=True) as service:
            job.budgets = service.budgets
            try:
                return service.sync(planned.order, basis="" if anew else planned.plan.basis)
            finally:
                job.budgets = tuple


class _Job:
    """One run in a thread of its own; hears of it as its listener."""

    def __init__(self, planned: Planned, now: Callable[[], float], monotonic: Callable[[], float]) -> None:
        self.id = secrets.token_hex(8)
        self.stop = threading.Event()
        self.budgets: Callable[[], tuple[BudgetState, ...]] = tuple
        self._planned = planned
        self._now = now
        self._monotonic = monotonic
        self._changed = threading.Condition()
        self._lines: dict[TrackId, TrackLine] = {}
        self._state, self._phase = JobState.WAITING, "waiting to begin"
        self._total = self._done = self._failed = self._version = 0
        self._started_at = now()
        self._ended_at: float | None = None
        self._began = monotonic()
        self._report: Report | None = None
        self._error: Trouble | None = None
        self._thread: threading.Thread | None = None

    @property
    def alive(self) -> bool:
        return self._ended_at is None

    def begin(self, carry_out: Callable[[], Ended]) -> None:
        self._thread = threading.Thread(target=self._run, args=(carry_out,), name=f"run {self.id}", daemon=True)
        self._thread.start()

    def join(self) -> None:
        if self._thread is not None:
            self._thread.join()

    def view(self) -> JobView:
        budgets = self._budgets()
        with self._changed:
            spent = max(0.001, self._monotonic() - self._began)
            rate = self._done / spent if self._state is JobState.RUNNING else 0.0
            return JobView(
                id=self.id,
                plan_id=self._planned.id,
                playlist=self._planned.plan.name,
                url=self._planned.plan.url,
                state=self._state,
                phase=self._phase,
                total=self._total,
                done=self._done,
                failed=self._failed,
                started_at=self._started_at,
                ended_at=self._ended_at,
                rate=rate,
                seconds_left=(self._total - self._done) / rate if rate else None,
                budgets=budgets,
                report=self._report,
                error=self._error,
                version=self._version,
            )

    def lines(self, after: int) -> tuple[TrackLine, ...]:
        with self._changed:
            found = [line for line in self._lines.values() if line.version > after]
        return tuple(sorted(found, key=lambda line: (line.position, line.track_id)))

    def wait(self, after: int, seconds: float) -> None:
        with self._changed:
            self._changed.wait_for(lambda: self._version > after or self._ended_at is not None, seconds)

    # --- the listener -------------------------------------------------------------------------

    def phase(self, words: str) -> None:
        with self._moved():
            self._phase = words

    def began(self, plan: Plan) -> None:
        with self._moved():
            self._state, self._phase = JobState.RUNNING, "syncing"
            self._began = self._monotonic()
            for unit in (*plan.units, *plan.departures):
                total = sum(map(changes_something, unit.operations))
                self._total += total
                if total:
                    self._lines[unit.track_id] = TrackLine(
                        track_id=unit.track_id,
                        title=unit.title,
                        position=unit.position,
                        done=0,
                        total=total,
                        failed=False,
                        said="",
                        version=self._version,
                    )

    def advanced(self, unit: Unit, operation: TrackOperation, outcome: Outcome) -> None:
        before = self._lines.get(unit.track_id)
        if before is None or not changes_something(operation):
            return
        with self._moved():
            before = self._lines[unit.track_id]
            failed = isinstance(outcome, Failed)
            self._done += 1
            self._failed += failed
            self._lines[unit.track_id] = TrackLine(
                track_id=unit.track_id,
                title=unit.title,
                position=unit.position,
                done=before.done + 1,
                total=before.total,
                failed=before.failed or failed,
                said=before.said if before.failed else _said(operation, outcome),
                version=self._version,
            )

    # --- its thread ---------------------------------------------------------------------------

    def _run(self, carry_out: Callable[[], Ended]) -> None:
        report, error = None, None
        try:
            ended = carry_out()
            report, error = ended.report, ended.error
        except CloudcrateError as raised:
            error = raised
        except Exception as raised:  # noqa: BLE001 - the end of a thread: whoever watches must learn of it
            error = CloudcrateError(f"Something went wrong that should not have: {type(raised).__name__}.")
        with self._moved():
            self._report = report
            if error is not None:
                self._error = trouble_of(error)
            stopped = isinstance(error, StoppedError)
            self._state = JobState.STOPPED if stopped else JobState.FAILED if error else JobState.DONE
            self._phase = ""
            self._ended_at = self._now()

    @contextmanager
    def _moved(self) -> Iterator[None]:
        with self._changed:
            self._version += 1
            yield
            self._changed.notify_all()

    def _budgets(self) -> tuple[BudgetState, ...]:
        try:
            return self.budgets()
        except CloudcrateError:  # the state is being closed, or is away for a moment
            return ()


def _said(operation: TrackOperation, outcome: Outcome) -> str:
    if isinstance(outcome, Failed):
        return outcome.message
    if isinstance(outcome, Skipped):
        return outcome.reason
    return WORDS.get(type(operation), "done")


WORDS: dict[type, str] = {
    CreatePage: "row made",
    AdoptPage: "row adopted",
    UpdatePage: "row updated",
    Unlink: "row unlinked",
    Download: "downloaded",
    Relink: "file found again",
    Move: "file moved",
    Quarantine: "file moved to quarantine",
    RecordFile: "row told of its file",
}
"""What was done, in words."""
