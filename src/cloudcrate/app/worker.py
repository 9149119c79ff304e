"""A worker of shared runs: does the jobs that are delivered to it, each at least once, and ends the run after the last.

A worker that seems dead may only have slept, so any of this may happen twice, at the same time, on two machines:
whatever is written checks the claim, and a worker that has lost it is refused.
"""

import threading
from collections.abc import Callable, Iterator, Mapping

from cloudcrate.app import shared_texts
from cloudcrate.app.apply import Run, record_events
from cloudcrate.app.gather import Tools
from cloudcrate.app.performer import RECORD, ROW, Performer, Reach, job_of, lane_of, records
from cloudcrate.app.rowmaker import Moment
from cloudcrate.app.running import announce, keep, told, traffic_of
from cloudcrate.core import codec
from cloudcrate.core.ending import Asked
from cloudcrate.core.model import TrackId
from cloudcrate.core.operations import CreatePage, Unit
from cloudcrate.core.pieces import Decided, Frame, Listed, Piece, joined, listed
from cloudcrate.core.report import Failed, Outcome
from cloudcrate.errors import CloudcrateError, Retry, StaleClaimError, StoppedError
from cloudcrate.ports.ledger import Scope
from cloudcrate.ports.running import Spent
from cloudcrate.ports.work import END, Errand, SharedPiece, SharedRun, Stage, Work

LEASE = 600.0
"""Seconds for which the end of a run is claimed."""

ENDING = Scope(catalog="shared run", library="")
"""What is claimed for it: runs go on one at a time."""

PATIENCE = 10.0
"""Seconds for which the end of a run that was stopped waits for what is in flight."""

TRIES = 5
"""Deliveries of one job that may break off before it is given up: its worker died, or it cannot be done."""

ROUNDS = 20
"""How often a job may be postponed before it is given up."""

PAUSE = 30.0
"""Seconds until a job is tried again whose track somebody else has claimed."""


class Worker:
    """See the module. ``say`` hears what was refused because another worker has taken it over."""

    def __init__(self, tools: Tools, work: Work, say: Callable[[str], None]) -> None:
        self._tools = tools
        self.work = work
        self._say = say
        self._lock = threading.Lock()
        self._told = tools.meter()
        self._kept: tuple[str, Frame | None, Reach] = ("", None, Reach())

    def perform(self, errand: Errand) -> None:
        """Does one job that was delivered, unless it is done already. What is raised lets it be delivered again."""
        if errand.job == END:
            run, frame = self.work.run(errand.run_id), self._frame(errand.run_id)
            if run is not None and frame is not None and run.stage is not Stage.ENDED:
                self._finish(run, errand, frame)
        else:
            part, frame = self.work.piece(errand.run_id, errand.track_id), self._frame(errand.run_id)
            if part is None or frame is None or errand.job not in part.waiting:
                return
            if errand.among > 1 and errand.deliveries:  # one of them may be what kills workers: each by itself now
                self.work.postpone(errand, 0.0)
            else:
                self._do(errand, part, frame)

    def _do(self, errand: Errand, part: SharedPiece, frame: Frame) -> None:
        piece = codec.loads(Piece, part.piece)
        ended: dict[int, Outcome] = {}

        def note(_: TrackId, place: int, outcome: Outcome) -> None:
            ended[place] = outcome

        snapshot, plan = joined(frame, [piece])
        performer = Performer(
            self._tools,
            snapshot,
            plan,
            taken=self._taken(frame),
            reach=self._reach_of(errand.run_id),
            ended=note,
        )
        claim = performer.claim(errand.track_id, lane_of(errand.job))
        if claim is None:
            self.work.postpone(errand, PAUSE)
            return

        def done(place: int) -> bool:
            return place in part.outcomes or place in ended

        follow = RECORD if records(piece.unit) and errand.job != RECORD else ""
        try:
            if max(errand.deliveries / TRIES, errand.postponed / ROUNDS) >= 1:
                ended |= _given_up(piece, errand)
            elif not self._performed(performer, piece, errand, done):
                return
            elif follow and part.waiting == {errand.job}:
                # The last of both tells the row of the file, in the same delivery. That lets a file's job wait for the
                # catalog's budget only where rows are quicker than files: where there is budget left.
                performer.perform(piece.unit, RECORD, done)
                follow = ""
        except StaleClaimError as error:  # and the other worker tells how it ended
            self._say(error.message)
            return
        except StoppedError:
            self.work.postpone(errand, 0.0)
            return
        except CloudcrateError as error:
            self.work.stop(errand.run_id, shared_texts.trouble(error))
            return
        texts = {place: codec.dumps(outcome) for place, outcome in ended.items()}
        try:
            self.work.done(errand, claim, texts, follow=follow, spent=self.spent())
        except StaleClaimError as error:
            self._say(error.message)

    def _performed(self, performer: Performer, piece: Piece, errand: Errand, done: Callable[[int], bool]) -> bool:
        """False: whether its row was made is unknown, and the job is postponed until that can be told."""
        creates = errand.job == ROW and any(isinstance(o, CreatePage) for o in piece.unit.operations)
        again = errand.deliveries or errand.postponed or (piece.memory is not None and piece.memory.intent is not None)
        left = self._unsettled_for(errand.track_id) if creates and again else 0.0  # else nothing can have been sent
        while left <= 0 and not performer.perform(piece.unit, errand.job, done):
            left = self._unsettled_for(errand.track_id)
            if left <= 0:
                for _ in performer.settle(lambda _: piece.unit):
                    continue
        if left > 0:
            self.work.postpone(errand, left)
        return left <= 0

    def _unsettled_for(self, track_id: TrackId) -> float:
        """Seconds until whatever was sent to make the track's row has appeared, or never will."""
        tools = self._tools
        scope = Scope(catalog=tools.catalog.open().id, library=tools.store.id)
        intent = tools.ledger.recall(scope, [track_id])[track_id].intent
        return 0.0 if intent is None else intent.sent_at + tools.settle - tools.clock.now()

    def _finish(self, shared: SharedRun, errand: Errand, frame: Frame) -> None:
        """Ends a run; when that breaks off too often, without a report: nobody is to wait for ever."""
        try:
            self._end(shared, errand, frame)
        except StaleClaimError:
            return  # another worker ends it
        except StoppedError:
            self.work.postpone(errand, 0.0)
        except CloudcrateError as error:
            if errand.deliveries + 1 < TRIES:
                raise
            self.work.stop(shared.run_id, shared_texts.trouble(error))
            self.work.end(shared.run_id)
            announce(self._tools, shared.run_id, _asked(frame), error=error)

    def _end(self, shared: SharedRun, errand: Errand, frame: Frame) -> None:
        """Ends a run: its playlist's files and page, its report, and what is remembered."""
        tools, now = self._tools, self._tools.clock.now()
        since = now if shared.stopping_since is None else shared.stopping_since
        if shared.stage is Stage.STOPPING and now - since < PATIENCE and self.work.busy(shared.run_id):
            self.work.postpone(errand, 1.0)
            return
        claim = tools.ledger.claim(ENDING, errand.track_id, tools.owner, lease=LEASE, now=now)
        if claim is None:
            return
        pieces = self.work.pieces(shared.run_id)
        snapshot = listed(frame, ((part.track_id, codec.loads(Listed, part.piece)) for part in pieces))
        run = Run(tools, snapshot, frame.plan, run_id=shared.run_id, taken=self._taken(frame))
        error = shared_texts.error(shared)
        if error is None:
            try:
                tools.store.tidy()
                run.close()
            except (StaleClaimError, StoppedError):
                raise  # of this worker, not of the run
            except CloudcrateError as raised:
                error = raised
        record_events(tools, shared.run_id, self._units_of(shared.run_id))
        traffic = traffic_of(shared.spent + self.spent(), tools.clock.now() - shared.started_at)
        ended = told(tools, run, snapshot, frame.plan, error, traffic, self._units_of(shared.run_id))
        if shared_texts.error(shared) is None and ended.error is not None:
            if isinstance(ended.error, StoppedError):
                raise ended.error
            self.work.stop(shared.run_id, shared_texts.trouble(ended.error))
        tools.ledger.confirm(claim)
        keep(tools, shared.run_id, frame.url, snapshot, ended)
        self.work.end(shared.run_id)
        announce(tools, shared.run_id, _asked(frame), ended.report, ended.error)

    def _units_of(self, run_id: str) -> Iterator[tuple[Unit, Mapping[int, Outcome]]]:
        """What was to be done to each track and how it ended: read anew each time, for together it is much."""
        for part in self.work.pieces(run_id):
            outcomes = {place: shared_texts.outcome(text) for place, text in part.outcomes.items()}
            yield codec.loads(Decided, part.piece).unit, outcomes

    # --- what they share --------------------------------------------------------------------------

    def _frame(self, run_id: str) -> Frame | None:
        """The frame of a run; the last one is kept, for it is asked for at every job."""
        with self._lock:
            if self._kept[0] == run_id:
                return self._kept[1]
        text = self.work.frame(run_id)
        if text is None:
            return None
        frame = codec.loads(Frame, text)
        with self._lock:
            self._kept = (run_id, frame, Reach())
        return frame

    def _reach_of(self, run_id: str) -> Reach:
        with self._lock:
            return self._kept[2] if self._kept[0] == run_id else Reach()

    def _taken(self, frame: Frame) -> Moment:
        """When the snapshot was taken, by the clocks of this machine."""
        clock = self._tools.clock
        passed = max(0.0, clock.now() - frame.taken_at)
        return Moment(now=frame.taken_at, monotonic=clock.monotonic() - passed)

    def spent(self) -> Spent:
        """What this process has sent and received since it was last asked."""
        with self._lock:
            meter, before = self._tools.meter(), self._told
            self._told = meter
        return meter - before


def _asked(frame: Frame) -> Asked:
    return Asked(playlist=frame.plan.name, url=frame.url, understood="")


def _given_up(piece: Piece, errand: Errand) -> dict[int, Outcome]:
    """The outcomes of a job that broke off too often."""
    failed = Failed(
        code="broke_off",
        message=f"its worker broke off {errand.deliveries} times"
        if errand.deliveries >= TRIES
        else "whether its row was made could not be told",
        hint="See what the workers print, and run the same command again: it looks first.",
        retry=Retry.TRANSIENT.value,
    )
    operations = enumerate(piece.unit.operations)
    return {place: failed for place, operation in operations if job_of(operation) == errand.job}
