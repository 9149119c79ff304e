"""Carries runs out together with workers on other machines.

The command that begins a run reads, plans and hands out its pieces; whoever is there takes them, one job at
a time; the last job of all ends the run. Each of these may happen twice, because a worker that seems dead may
only have slept: whatever is written checks the claim, and a worker that has lost it is refused.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from cloudcrate.app import shared_texts
from cloudcrate.app.apply import Run
from cloudcrate.app.gather import Tools
from cloudcrate.app.performer import RECORD, first_jobs, records
from cloudcrate.app.running import Begun, Ended
from cloudcrate.app.worker import Worker
from cloudcrate.core import codec
from cloudcrate.core.model import TrackId
from cloudcrate.core.operations import Unit
from cloudcrate.core.pieces import Decided, Piece, framed, pieces
from cloudcrate.core.report import Report
from cloudcrate.core.text import visible
from cloudcrate.errors import StateError, StoppedError
from cloudcrate.ports.work import (
    Crew,
    Errand,
    Gate,
    NewPiece,
    Progress,
    SharedRun,
    Stage,
    Work,
)

POLL = 0.5
"""Seconds between two looks at how a run goes on."""

DAY = 86_400.0  # seconds

MOST_TOGETHER = 16
"""Jobs in one delivery, at the most: a delivery costs about as much as a job, and its worker does one after another."""

PARCELS = 64
"""So many deliveries there should be of each kind, so that all workers have something to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Going:
    """A run that is going on, and how far it is."""

    run: SharedRun
    progress: Progress


class Sharing:
    """See the module. ``by`` names this command and machine to those who wait for it; ``say`` hears of trouble."""

    def __init__(
        self,
        tools: Tools,
        work: Work,
        crew: Crew,
        gate: Gate,
        *,
        by: str,
        say: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._tools = tools
        self.work = work
        self._crew = crew
        self._gate = gate
        self._by = by
        self._worker = Worker(tools, work, say)

    # --- the command that begins a run ------------------------------------------------------------

    def takes(self, begun: Begun) -> bool:
        """Says whether others are to work on it. What is secret is kept nowhere, so it is done here alone."""
        return not begun.secret and any(
            first_jobs(unit) or records(unit) for unit in (*begun.plan.units, *begun.plan.departures)
        )

    def hand_out(self, begun: Begun) -> None:
        """Does what comes before the tracks, and hands the tracks out. Raises: BusyError."""
        run = Run(self._tools, begun.snapshot, begun.plan, run_id=begun.run_id, taken=begun.taken)
        try:
            run.open()
        finally:
            run.release()
        frame = framed(begun.snapshot, begun.plan, taken_at=begun.taken.now, url=begun.url)
        shared = SharedRun(
            run_id=begun.run_id,
            name=begun.plan.name,
            stage=Stage.GOING,
            started_at=begun.taken.now,
            by=self._by,
            scope=self.scope,
            stopping_since=None,
            error="",
            spent=self._worker.spent(),
        )

        def parts() -> Iterator[NewPiece]:
            return map(part, pieces(begun.snapshot, begun.plan))

        def part(piece: Piece) -> NewPiece:
            return NewPiece(
                track_id=piece.unit.track_id,
                piece=codec.dumps(piece),
                jobs=_jobs(piece.unit),
                outcomes={n: codec.dumps(outcome) for n, outcome in run.outcomes[piece.unit.track_id].items()},
            )

        self._gate.confirm()
        tracks = sum(bool(_jobs(unit)) for unit in (*begun.plan.units, *begun.plan.departures))
        self.work.begin(shared, codec.dumps(frame), parts, together=max(1, min(MOST_TOGETHER, tracks // PARCELS)))

    @property
    def scope(self) -> str:
        """A digest of the catalog and the library: only workers that have the same can take part."""
        return codec.digest([self._tools.catalog.open().id, self._tools.store.id])

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Keeps other commands out, and waits for a run that is going on, working along.

        Raises: BusyError when it may not wait, StoppedError.
        """
        while True:
            with self._gate.held():
                going = self.work.going()
                if going is None:
                    yield
                    return
            self._gate.wait_for(f"{visible(going.name)!r}, begun by {visible(going.by)}")
            with self._crew.serve(self.perform, self.scope):
                self.follow(going.run_id, quietly=True)

    def cancel(self) -> SharedRun | None:
        """Ends the run that is going on; what is in flight is finished. None: there is none.

        Serves the run whatever its catalog and library: all that is left of it is to tell how it ended. Asking the
        catalog which one it is might have to wait for its budget.
        """
        going = self.work.going()
        if going is None:
            return None
        self.work.stop(going.run_id)
        with self._crew.serve(self.perform, going.scope):
            self.follow(going.run_id, quietly=True)
        return going

    def take_part(self) -> None:
        """Works on whatever is handed out until the user asks to stop."""
        with self._crew.serve(self.perform, self.scope), suppress(StoppedError):
            while True:
                self._tools.clock.sleep(DAY)

    def going(self) -> Going | None:
        """The run that is going on."""
        run = self.work.going()
        return None if run is None else Going(run=run, progress=self.work.progress(run.run_id))

    def progress(self) -> Iterator[Going]:
        """How the run that is going on stands, each time that it has changed, until it has ended."""
        before: Going | None = None
        while (now := self.going()) is not None and (before is None or before.run.run_id == now.run.run_id):
            if now != before:
                yield now
            before = now
            self._tools.clock.sleep(1.0)

    def attend(self, run_id: str) -> Ended:
        """Works along and hears of what is done until the run has ended. Raises: StoppedError; the run goes on."""
        with self._crew.serve(self.perform, self.scope):
            self.follow(run_id)
        return self.ended(run_id)

    def follow(self, run_id: str, *, quietly: bool = False) -> None:
        """Tells of what is done, unless ``quietly``, until the run has ended. Raises: StoppedError."""
        heard: dict[TrackId, frozenset[int]] = {}
        after = 0
        while True:
            over = self._stage(run_id) is Stage.ENDED  # asked before: what it ended with is then heard of
            changed, after = ((), after) if quietly else self.work.changed(run_id, after)
            for part in changed:
                unit = codec.loads(Decided, part.piece).unit
                for place in sorted(part.outcomes.keys() - heard.get(part.track_id, frozenset())):
                    self._tools.listener.advanced(
                        unit, unit.operations[place], shared_texts.outcome(part.outcomes[place])
                    )
                heard[part.track_id] = frozenset(part.outcomes)
            if changed:
                continue  # they come in blocks
            if over:
                return
            try:
                self._tools.clock.sleep(POLL)
            except StoppedError as error:
                raise StoppedError(
                    "This command has ended; the run goes on wherever a worker is.",
                    hint="Watch it with `cloudcrate status --follow`, end it with `cloudcrate cancel`.",
                ) from error

    def ended(self, run_id: str) -> Ended:
        """How a run ended. Raises: what kept its report from being made; StateError when it is not known any more."""
        run = self.work.run(run_id)
        error = None if run is None else shared_texts.error(run)
        record = self._tools.ledger.run(run_id)
        if record is None or record.report is None:
            raise error or StateError(f"How the run {run_id} ended is not remembered any more.")
        return Ended(report=codec.loads(Report, record.report), error=error)

    def _stage(self, run_id: str) -> Stage:
        run = self.work.run(run_id)
        return Stage.ENDED if run is None else run.stage

    def perform(self, errand: Errand) -> None:
        """Does one job that was delivered; see ``Worker.perform``."""
        self._worker.perform(errand)


def _jobs(unit: Unit) -> frozenset[str]:
    return first_jobs(unit) or (frozenset({RECORD}) if records(unit) else frozenset())
