"""Shared runs in memory: ``MemoryWork``, held to the same contract as the one in PostgreSQL, and those who work."""

import random
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from memory import SimulatedClock

from cloudcrate.core import codec
from cloudcrate.core.model import TrackId
from cloudcrate.errors import BusyError
from cloudcrate.ports.ledger import Claim, Claims
from cloudcrate.ports.running import Spent
from cloudcrate.ports.work import END, Errand, NewPiece, Progress, SharedPiece, SharedRun, Stage

ATTEMPTS = 8
"""Deliveries after which a job that always breaks off is dropped; the sweep finds it again."""

ENOUGH = 5_000
"""Deliveries after which a test is taken to go round in circles."""


class DiedError(BaseException):
    """A worker's death: nothing of ours catches it."""


@dataclass
class Waiting:
    """A job that was handed out and is not done."""

    errand: Errand
    scope: str
    due: float  # monotonic
    doing: bool = False


@dataclass
class _Kept:
    run: SharedRun
    frame: str
    pieces: dict[TrackId, SharedPiece] = field(default_factory=dict)
    changed: dict[TrackId, int] = field(default_factory=dict)
    changes: int = 0


class MemoryWork:
    """See ``ports.Work``. ``claims`` says which claims are stale; ``jobs`` is what was handed out.

    ``changed`` answers with so many pieces ``at_once``.
    """

    def __init__(self, claims: Claims, clock: SimulatedClock) -> None:
        self._claims = claims
        self._clock = clock
        self._lock = threading.RLock()
        self._kept: _Kept | None = None
        self.jobs: list[Waiting] = []
        self.at_once = 500

    def begin(self, run: SharedRun, frame: str, pieces: Callable[[], Iterator[NewPiece]], *, together: int = 1) -> None:
        """See ``ports.Work.begin``. Each job is a delivery of its own."""
        with self._lock:
            going = self.going()
            if going is not None and going.run_id == run.run_id:
                return
            if going is not None:
                raise BusyError(f"Another run is going on: {going.name}, begun by {going.by}.")
            self._kept = _Kept(run, frame)
            for new in pieces():
                self._kept.pieces[new.track_id] = SharedPiece(
                    track_id=new.track_id, piece=new.piece, waiting=new.jobs, outcomes=dict(new.outcomes)
                )
                self._kept.changed[new.track_id] = 0
                for job in sorted(new.jobs, reverse=True):  # the row before the file, as one process does them
                    self._hand_out(Errand(run_id=run.run_id, track_id=new.track_id, job=job))
            self._end_when_done(self._kept)

    def run(self, run_id: str) -> SharedRun | None:
        """See ``ports.Work.run``."""
        kept = self._of(run_id)
        return None if kept is None else kept.run

    def frame(self, run_id: str) -> str | None:
        """See ``ports.Work.frame``."""
        kept = self._of(run_id)
        return None if kept is None else kept.frame

    def going(self) -> SharedRun | None:
        """See ``ports.Work.going``."""
        return self._kept.run if self._kept is not None and self._kept.run.stage is not Stage.ENDED else None

    def piece(self, run_id: str, track_id: TrackId) -> SharedPiece | None:
        """See ``ports.Work.piece``."""
        kept = self._of(run_id)
        return None if kept is None or kept.run.stage is not Stage.GOING else kept.pieces.get(track_id)

    def pieces(self, run_id: str) -> Iterator[SharedPiece]:
        """See ``ports.Work.pieces``."""
        kept = self._of(run_id)
        return iter(()) if kept is None else iter(tuple(kept.pieces.values()))

    def done(self, errand: Errand, claim: Claim, outcomes: Mapping[int, str], *, follow: str, spent: Spent) -> None:
        """See ``ports.Work.done``."""
        with self._lock:
            self._claims.confirm(claim)
            kept = self._of(errand.run_id)
            if kept is None:
                return
            kept.run = replace(kept.run, spent=kept.run.spent + spent)
            part = kept.pieces.get(errand.track_id)
            if part is None or errand.job not in part.waiting:
                return
            waiting = part.waiting - {errand.job}
            if not waiting and follow:
                waiting = frozenset({follow})
                self._hand_out(Errand(run_id=errand.run_id, track_id=errand.track_id, job=follow))
            told = {**part.outcomes, **outcomes}
            kept.pieces[errand.track_id] = replace(part, waiting=waiting, outcomes=told)
            kept.changes += 1
            kept.changed[errand.track_id] = kept.changes
            if not waiting:
                self._end_when_done(kept)

    def postpone(self, errand: Errand, seconds: float) -> None:
        """See ``ports.Work.postpone``."""
        with self._lock:
            if self._of(errand.run_id) is not None:
                self._hand_out(replace(errand, deliveries=0, among=1, postponed=errand.postponed + 1), seconds)

    def stop(self, run_id: str, error: str = "") -> bool:
        """See ``ports.Work.stop``."""
        with self._lock:
            kept = self._of(run_id)
            if kept is None or kept.run.stage is Stage.ENDED:
                return False
            since = self._clock.now() if kept.run.stopping_since is None else kept.run.stopping_since
            kept.run = replace(kept.run, stage=Stage.STOPPING, stopping_since=since, error=kept.run.error or error)
            self._hand_out(_end_of(run_id))
            return True

    def busy(self, run_id: str) -> int:
        """See ``ports.Work.busy``."""
        with self._lock:
            return sum(job.doing and job.errand.run_id == run_id and job.errand.job != END for job in self.jobs)

    def end(self, run_id: str) -> None:
        """See ``ports.Work.end``."""
        kept = self._of(run_id)
        if kept is not None:
            kept.run = replace(kept.run, stage=Stage.ENDED)

    def changed(self, run_id: str, after: int) -> tuple[tuple[SharedPiece, ...], int]:
        """See ``ports.Work.changed``."""
        with self._lock:
            kept = self._of(run_id)
            later = (
                [] if kept is None else sorted((at, t) for t, at in kept.changed.items() if at > after)[: self.at_once]
            )
            return tuple(kept.pieces[t] for _, t in later) if kept else (), later[-1][0] if later else after

    def progress(self, run_id: str) -> Progress:
        """See ``ports.Work.progress``."""
        pieces = tuple(self.pieces(run_id))
        failed = sum(any(codec.tagged(o).get("is") == "Failed" for o in p.outcomes.values()) for p in pieces)
        done = sum(not part.waiting for part in pieces)
        return Progress(tracks=len(pieces), done=done, failed=failed, workers=0)

    def sweep(self) -> int:
        """Hands out again what is to be done and waits nowhere; answers how much."""
        with self._lock:
            kept, live = self._kept, {_key(job.errand) for job in self.jobs}
            if kept is None or kept.run.stage is Stage.ENDED:
                return 0
            due = [
                Errand(run_id=kept.run.run_id, track_id=part.track_id, job=job)
                for part in kept.pieces.values()
                for job in sorted(part.waiting)
                if kept.run.stage is Stage.GOING
            ]
            lost = [errand for errand in due or [_end_of(kept.run.run_id)] if _key(errand) not in live]
            for errand in lost:
                self._hand_out(errand)
            return len(lost)

    # --- the deliveries -----------------------------------------------------------------------

    def take(self, scope: str, dice: random.Random | None = None) -> Waiting | None:
        """A job that is due, as it is delivered to a worker; by chance with ``dice``, else the oldest."""
        with self._lock:
            now = self._clock.monotonic()
            due = [job for job in self.jobs if job.scope == scope and not job.doing and job.due <= now]
            if not due:
                return None
            taken = dice.choice(due) if dice else due[0]
            taken.doing = True
            return taken

    def next_due(self, scope: str) -> float | None:
        """When the next postponed job is due (monotonic)."""
        return min((job.due for job in self.jobs if job.scope == scope and not job.doing), default=None)

    def finished(self, job: Waiting) -> None:
        """The job's worker has ended it."""
        with self._lock:
            self.jobs.remove(job)

    def broke_off(self, job: Waiting) -> None:
        """The job's worker has not: it is delivered again, unless it was too often."""
        with self._lock:
            self.jobs.remove(job)
            again = replace(job.errand, deliveries=job.errand.deliveries + 1)
            waits = any(_key(other.errand) == _key(again) and not other.doing for other in self.jobs)
            if again.deliveries < ATTEMPTS and not waits:
                self.jobs.append(Waiting(again, job.scope, self._clock.monotonic() + 2.0 * again.deliveries))

    def _of(self, run_id: str) -> _Kept | None:
        return self._kept if self._kept is not None and self._kept.run.run_id == run_id else None

    def _hand_out(self, errand: Errand, seconds: float = 0.0) -> None:
        kept = self._of(errand.run_id)
        if kept and not any(_key(job.errand) == _key(errand) and not job.doing for job in self.jobs):
            self.jobs.append(Waiting(errand, kept.run.scope, self._clock.monotonic() + max(0.0, seconds)))

    def _end_when_done(self, kept: _Kept) -> None:
        if not any(part.waiting for part in kept.pieces.values()):
            self._hand_out(_end_of(kept.run.run_id))


class MemoryCrew:
    """See ``ports.Crew``: all that is due, and becomes due, is done before the block begins.

    ``twice``: each job is delivered again after it was done. ``dies_after``: its worker dies the first time
    that it is done, before it can say so. ``seed``: in an order by chance.
    """

    def __init__(
        self,
        work: MemoryWork,
        clock: SimulatedClock,
        *,
        twice: bool = False,
        dies_after: bool = False,
        seed: int | None = None,
    ) -> None:
        self._work = work
        self._clock = clock
        self._twice = twice
        self._dies_after = dies_after
        self._dice = None if seed is None else random.Random(seed)
        self.delivered: list[Errand] = []

    @contextmanager
    def serve(self, perform: Callable[[Errand], None], scope: str) -> Iterator[None]:
        """See ``ports.Crew.serve``."""
        self.drain(perform, scope)
        yield

    def drain(self, perform: Callable[[Errand], None], scope: str) -> None:
        """Delivers jobs until none is left, letting time pass to the next postponed one."""
        for _ in range(ENOUGH):
            job = self._work.take(scope, self._dice)
            if job is not None:
                self._deliver(job, perform)
                continue
            due = self._work.next_due(scope)
            if due is not None:
                self._clock.advance(max(0.0, due - self._clock.monotonic()))
            elif not self._work.sweep():
                return
        raise AssertionError("the jobs never end")

    def _deliver(self, job: Waiting, perform: Callable[[Errand], None]) -> None:
        self.delivered.append(job.errand)
        try:
            perform(job.errand)
            if self._dies_after and not job.errand.deliveries:
                raise DiedError
        except (Exception, DiedError):  # noqa: BLE001  # whatever it is, the job is delivered again
            self._work.broke_off(job)
            return
        if self._twice:
            perform(job.errand)
        self._work.finished(job)


class MemoryGate:
    """See ``ports.Gate``: the database is away for so many of the next plans."""

    def __init__(self, *, wait: bool = True) -> None:
        self._wait = wait
        self._lock = threading.Lock()
        self.lost = 0
        self.waited_for: list[str] = []

    @contextmanager
    def held(self) -> Iterator[None]:
        """See ``ports.Gate.held``."""
        if not self._lock.acquire(blocking=self._wait):
            raise BusyError("Another run is going on.")
        try:
            yield
        finally:
            self._lock.release()

    def confirm(self) -> None:
        """See ``ports.Gate.confirm``."""
        if self.lost:
            self.lost -= 1
            raise BusyError("The database was away while this was planned.")

    def wait_for(self, whom: str) -> None:
        """See ``ports.Gate.wait_for``."""
        if not self._wait:
            raise BusyError(f"Another run is going on: {whom}.")
        if whom not in self.waited_for:
            self.waited_for.append(whom)


def _key(errand: Errand) -> str:
    return f"{errand.run_id}/{errand.track_id}/{errand.job}"


def _end_of(run_id: str) -> Errand:
    return Errand(run_id=run_id, track_id=TrackId(0), job=END)
