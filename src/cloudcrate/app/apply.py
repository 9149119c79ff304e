"""Carries a plan out, in order: the playlist's page, the tracks, the playlist's files.

Rows and files of a track go their own ways, so that downloads do not wait for the catalog's budget; the
row learns of its file when both are done. What is done to a track is in ``performer``.
"""

import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from itertools import islice

from cloudcrate.app.gather import Tools
from cloudcrate.app.performer import FILE, RECORD, ROW, ROWS, Performer, Reach, first_jobs, job_of, lane_of, records
from cloudcrate.app.review import ask
from cloudcrate.app.rowmaker import Moment
from cloudcrate.core import codec, rows
from cloudcrate.core.model import PlaylistFacts, PlaylistState, StoredFile, TrackId
from cloudcrate.core.operations import (
    EnsurePlaylistPage,
    Leave,
    Plan,
    RecordPlaylist,
    Review,
    State,
    TrackOperation,
    Unit,
)
from cloudcrate.core.report import Done, Outcome
from cloudcrate.core.snapshot import Snapshot
from cloudcrate.errors import CloudcrateError
from cloudcrate.ports.ledger import TrackEvent
from cloudcrate.ports.running import Job, Listener

AT_ONCE = 500
"""Events that are remembered with one write."""

SETTLE = "settle"
SETTLE_JOB = Job(lane=ROWS, name=SETTLE, track_id=TrackId(0))


class Run:
    """One run of one plan. ``taken``: when the snapshot's first look was taken."""

    def __init__(self, tools: Tools, snapshot: Snapshot, plan: Plan, *, run_id: str, taken: Moment) -> None:
        self._tools = tools
        self._snapshot = snapshot
        self._plan = plan
        self._run_id = run_id
        self._units = {unit.track_id: unit for unit in (*plan.units, *plan.departures)}
        self.outcomes = RunOutcomes(self._units, tools.listener)
        self._waiting: dict[TrackId, set[str]] = {}
        self._lock = threading.Lock()
        self._making = 0  # rows that are being made, or are about to be
        self._performer = Performer(tools, snapshot, plan, taken=taken, reach=Reach(), ended=self.outcomes.take)

    def carry_out(self) -> None:
        """Does everything; ``ended`` tells how. Raises only what ends a run: disk, access, a limit, state, stop."""
        try:
            self.open()
            self._tools.engine.run(self._jobs(), self.perform)
            self.close()
        finally:
            record_events(self._tools, self._run_id, self.ended())
            self.release()

    def open(self) -> None:
        """Does what comes before the tracks, and what needs no doing."""
        for operation in self._plan.opening:
            if isinstance(operation, EnsurePlaylistPage) and self._tools.playlist_pages is not None:
                self._tools.playlist_pages.ensure_page(operation.name, self._facts(None))
        self._leave_the_rest()

    def close(self) -> None:
        """Writes the playlist's file and folder from what is there now."""
        self._performer.close(self._plan, self.outcomes.file_of)

    def release(self) -> None:
        """Gives back what is claimed."""
        self._performer.release()

    def perform(self, job: Job) -> Sequence[Job]:
        """Does one job and answers with those that it makes possible."""
        if job.name == SETTLE:
            return self._settle()
        ended = self.outcomes[job.track_id]
        if not self._performer.perform(self._units[job.track_id], job.name, ended.__contains__):
            return self._made(job)  # a create whose outcome is unknown: looked up together with the others
        return [*self._finished(job), *self._made(job)]

    def ended(self) -> Iterator[tuple[Unit, Mapping[int, Outcome]]]:
        """Each track's operations, and how those that are over have ended."""
        return ((unit, self.outcomes[unit.track_id]) for unit in self._units.values())

    # --- the order of things ----------------------------------------------------------------

    def _jobs(self) -> list[Job]:
        jobs = []
        for unit in self._units.values():
            names = first_jobs(unit)
            self._waiting[unit.track_id] = set(names)
            jobs += [Job(lane=lane_of(n), name=n, track_id=unit.track_id) for n in (ROW, FILE) if n in names]
        self._making = sum(job.name == ROW for job in jobs)
        return jobs

    def _finished(self, job: Job) -> Sequence[Job]:
        with self._lock:
            waiting = self._waiting[job.track_id]
            waiting.discard(job.name)
            ready = not waiting and job.name != RECORD
        told = ready and records(self._units[job.track_id])
        return [Job(lane=lane_of(RECORD), name=RECORD, track_id=job.track_id)] if told else []

    def _made(self, job: Job) -> Sequence[Job]:
        """When the last row is made, those of unknown outcome are looked up, all together."""
        if job.name != ROW:
            return []
        with self._lock:
            self._making -= 1
            last = self._making == 0
        return [SETTLE_JOB] if last and self._performer.unsettled else []

    def _settle(self) -> Sequence[Job]:
        followed: list[Job] = []
        again: list[Job] = []
        for track_id, ended in self._performer.settle(self._units.__getitem__):
            row = Job(lane=ROWS, name=ROW, track_id=track_id)
            if ended:
                followed += self._finished(row)
            else:
                again.append(row)
        with self._lock:
            self._making += len(again)
        waits = [SETTLE_JOB] if self._performer.unsettled and not again else []  # else the last of those looks for all
        return [*followed, *again, *waits]

    # --- the end ----------------------------------------------------------------------------

    def _leave_the_rest(self) -> None:
        """Doing nothing is done at once; what was settled there is remembered."""
        for unit in self._units.values():
            for place, operation in enumerate(unit.operations):
                if not isinstance(operation, (Leave, Review)):
                    continue
                if isinstance(operation, Review):
                    ask(self._tools, self._snapshot, unit.track_id, operation.page_ids, operation.reason)
                memory = self._snapshot.memory[unit.track_id]
                if isinstance(operation, Leave) and operation.settled and memory.page_id is not None:
                    claim = self._performer.claim(unit.track_id, ROWS)
                    if claim is not None:
                        self._tools.ledger.record_page(claim, memory.page_id, written={}, offered=operation.settled)
                self.outcomes.take(unit.track_id, place, Done())

    def tell_playlist(self, state: PlaylistState) -> CloudcrateError | None:
        """Writes into the playlist's page how the run ended, if the plan says so. Answers what went wrong."""
        pages = self._tools.playlist_pages
        if pages is None or not any(isinstance(o, RecordPlaylist) for o in self._plan.closing):
            return None
        try:
            pages.tell(self._plan.name, self._facts(state))
        except CloudcrateError as error:
            return error
        return None

    def _facts(self, state: PlaylistState | None) -> PlaylistFacts:
        """What the playlist's page should say; before the end of a run not yet that it is synced."""
        at = datetime.fromtimestamp(self._tools.clock.now(), UTC).isoformat(timespec="seconds")
        return rows.playlist_facts(
            self._snapshot.listing,
            state=state or PlaylistState.PARTIAL,
            synced_at=at if state is PlaylistState.SYNCED else None,
            order=self._snapshot.wishes.write_order,
        )


class RunOutcomes(Mapping[TrackId, Mapping[int, Outcome]]):
    """How operations have ended, by track and place, as told to the listener. Safe from many threads.

    Kept by place: a dict for each track would take three times as much.
    """

    def __init__(self, units: Mapping[TrackId, Unit], listener: Listener) -> None:
        self._units = units
        self._listener = listener
        self._lock = threading.Lock()
        self._outcomes: dict[TrackId, list[Outcome | None]] = {t: [None] * len(u.operations) for t, u in units.items()}

    def take(self, track_id: TrackId, place: int, outcome: Outcome) -> None:
        """Takes one outcome, and tells of it."""
        with self._lock:
            self._outcomes[track_id][place] = outcome
        unit = self._units[track_id]
        self._listener.advanced(unit, unit.operations[place], outcome)

    def file_of(self, track_id: TrackId) -> StoredFile | None:
        """The file that a track was given last."""
        done = [outcome for outcome in self._outcomes.get(track_id, ()) if isinstance(outcome, Done)]
        return next((outcome.file for outcome in reversed(done) if outcome.file is not None), None)

    def __getitem__(self, track_id: TrackId) -> Mapping[int, Outcome]:
        return {n: outcome for n, outcome in enumerate(self._outcomes[track_id]) if outcome is not None}

    def __iter__(self) -> Iterator[TrackId]:
        return iter(self._outcomes)

    def __len__(self) -> int:
        return len(self._outcomes)


def record_events(tools: Tools, run_id: str, ended: Iterable[tuple[Unit, Mapping[int, Outcome]]]) -> None:
    """Remembers what was decided and done about each track: in blocks, for as texts they take much memory.

    That something was not asked for is remembered only where nothing else is known: it changes nothing.
    """
    at = tools.clock.now()
    events = (
        (
            operation,
            TrackEvent(
                run_id=run_id,
                track_id=unit.track_id,
                side=operation.side.value if isinstance(operation, Leave) else job_of(operation) or ROW,
                at=at,
                operation=codec.dumps(operation),
                outcome=codec.dumps(outcome),
            ),
        )
        for unit, outcomes in ended
        for place, operation in enumerate(unit.operations)
        if (outcome := outcomes.get(place)) is not None
    )
    while block := list(islice(events, AT_ONCE)):
        unasked = {event.track_id for operation, event in block if _is_unasked(operation)}
        known = {(event.track_id, event.side) for event in tools.ledger.newest_events(unasked)}
        said = [e for operation, e in block if not (_is_unasked(operation) and (e.track_id, e.side) in known)]
        tools.ledger.record_events(said)


def _is_unasked(operation: TrackOperation) -> bool:
    return isinstance(operation, Leave) and operation.state is State.NOT_ASKED
