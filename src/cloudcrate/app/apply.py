"""Carries a plan out: look again, act, record. Running it twice changes nothing.

Rows and files of a track go their own ways, so that downloads do not wait for the catalog's budget; the
row learns of its file when both are done. The non-idempotent moment, adding a row, is in ``rowmaker``.
"""

import threading
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime

from cloudcrate.app.filemaker import FileMaker
from cloudcrate.app.gather import Tools, nameless
from cloudcrate.app.review import ask
from cloudcrate.app.rowmaker import Moment, RowMaker
from cloudcrate.app.rowwriter import Looks, RowWriter
from cloudcrate.core import codec, rows
from cloudcrate.core.model import PlaylistFacts, PlaylistState, Track, TrackId
from cloudcrate.core.operations import (
    AdoptPage,
    CreatePage,
    Download,
    EnsurePlaylistPage,
    Leave,
    Move,
    Plan,
    Quarantine,
    RecordFile,
    RecordPlaylist,
    Relink,
    Review,
    TrackOperation,
    Unlink,
    UpdatePage,
)
from cloudcrate.core.report import Done, Failed, Outcome
from cloudcrate.core.snapshot import Snapshot
from cloudcrate.errors import (
    CloudcrateError,
    DamagedError,
    Retry,
    StaleClaimError,
    UnavailableError,
)
from cloudcrate.ports.ledger import Claim, Scope, TrackEvent
from cloudcrate.ports.running import Job

LEASE = 3600.0
"""Seconds for which a track is claimed; the claim is given back when the track is done."""

GIVE_UP_AFTER = 12
"""Failures to reach a service, one after another in one lane, after which the run ends: it is gone."""

ROW, FILE, RECORD, SETTLE = "row", "file", "record", "settle"
SETTLE_JOB = Job(lane="rows", name=SETTLE, track_id=TrackId(0))


class Run:
    """One run of one plan. ``taken``: when the snapshot's first look was taken."""

    def __init__(self, tools: Tools, snapshot: Snapshot, plan: Plan, *, run_id: str, taken: Moment) -> None:
        self._tools = tools
        self._snapshot = snapshot
        self._plan = plan
        self._run_id = run_id
        self._scope = Scope(catalog=snapshot.catalog.id, library=tools.store.id)
        self._units = {unit.track_id: unit for unit in (*plan.units, *plan.departures)}
        self._claims: dict[TrackId, Claim] = {}
        self._waiting: dict[TrackId, set[str]] = {}
        self._unreached: Counter[str] = Counter()  # by lane
        self._lock = threading.Lock()
        self._claiming = threading.Lock()
        self._making = 0  # rows that are being made, or are about to be
        looks = Looks(tools, snapshot, plan, taken_at=taken.monotonic)
        self._rows = RowMaker(tools, self._scope, looks, snapshot, looked_at=taken)
        self._files = FileMaker(tools, self._scope, snapshot)
        self._cells = RowWriter(tools, self._scope, looks, snapshot.name)
        self.outcomes: dict[TrackId, dict[int, Outcome]] = {track_id: {} for track_id in self._units}

    def carry_out(self) -> None:
        """Does everything; outcomes tell how. Raises only what ends a run: disk, access, a limit, state, stop."""
        try:
            for operation in self._plan.opening:
                if isinstance(operation, EnsurePlaylistPage) and self._tools.playlist_pages is not None:
                    self._tools.playlist_pages.ensure_page(operation.name, self._facts(None))
            self._leave_the_rest()
            self._tools.engine.run(self._jobs(), self.perform)
            self._files.close(self._plan)
        finally:
            self._record_events()
            self._tools.ledger.release(list(self._claims.values()))

    def perform(self, job: Job) -> Sequence[Job]:
        """Does one job and answers with those that it makes possible."""
        if job.name == SETTLE:
            return self._settle()
        claim = self._claim(job.track_id)
        if claim is None:
            self._fail_all(job, "another worker is busy with this track")
            return [*self._finished(job), *self._made(job)]
        for place, operation in enumerate(self._units[job.track_id].operations):
            if _job_of(operation) == job.name and place not in self.outcomes[job.track_id]:
                outcome = self._guarded(claim, operation)
                if outcome is None:  # a create whose outcome is unknown: looked up together with the others
                    return self._made(job)
                self._set(job.track_id, place, outcome)
        return [*self._finished(job), *self._made(job)]

    # --- the order of things ----------------------------------------------------------------

    def _jobs(self) -> list[Job]:
        jobs = []
        for unit in self._units.values():
            names = {_job_of(operation) for operation in unit.operations}
            self._waiting[unit.track_id] = names & {ROW, FILE}
            jobs += [Job(lane="rows", name=ROW, track_id=unit.track_id)] if ROW in names else []
            jobs += [Job(lane="files", name=FILE, track_id=unit.track_id)] if FILE in names else []
        self._making = sum(job.name == ROW for job in jobs)
        return jobs

    def _finished(self, job: Job) -> Sequence[Job]:
        with self._lock:
            waiting = self._waiting[job.track_id]
            waiting.discard(job.name)
            ready = not waiting and job.name != RECORD
        records = any(isinstance(o, RecordFile) for o in self._units[job.track_id].operations)
        return [Job(lane="rows", name=RECORD, track_id=job.track_id)] if ready and records else []

    def _made(self, job: Job) -> Sequence[Job]:
        """When the last row is made, those of unknown outcome are looked up, all together."""
        if job.name != ROW:
            return []
        with self._lock:
            self._making -= 1
            last = self._making == 0
        return [SETTLE_JOB] if last and self._rows.unsettled else []

    def _settle(self) -> Sequence[Job]:
        followed: list[Job] = []
        again: list[Job] = []
        for track_id, outcome in self._rows.settle():
            row = Job(lane="rows", name=ROW, track_id=track_id)
            if outcome is None:
                again.append(row)
                continue
            unit = self._units[track_id]
            place = next(i for i, o in enumerate(unit.operations) if isinstance(o, CreatePage))
            self._set(track_id, place, outcome)
            followed += self._finished(row)
        with self._lock:
            self._making += len(again)
        waits = [SETTLE_JOB] if self._rows.unsettled and not again else []  # else the last of those looks for all
        return [*followed, *again, *waits]

    def _claim(self, track_id: TrackId) -> Claim | None:
        """The run's claim on a track. One at a time: a second claim would make the first one stale."""
        with self._claiming:
            if track_id not in self._claims:
                now = self._tools.clock.now()
                claim = self._tools.ledger.claim(self._scope, track_id, self._tools.owner, lease=LEASE, now=now)
                if claim is None:
                    return None
                self._claims[track_id] = claim
            return self._claims[track_id]

    # --- one operation ----------------------------------------------------------------------

    def _guarded(self, claim: Claim, operation: TrackOperation) -> Outcome | None:
        """Turns an error of one track into a value; an error that concerns everything goes on up."""
        try:
            outcome = self._do(claim, operation)
        except CloudcrateError as error:
            full = error.retry is Retry.GUARD and _lane_of(operation) == "rows"  # the next row would be refused, too
            concerns_all = full or error.retry is Retry.CREDENTIALS or error.exit_code in (6, 7, 130)
            if concerns_all and not isinstance(error, StaleClaimError):
                raise
            self._count_unreached(_lane_of(operation), error)
            return Failed(code=error.code, message=error.message, hint=error.hint, retry=error.retry.value)
        if isinstance(outcome, Done):
            with self._lock:
                self._unreached[_lane_of(operation)] = 0
        return outcome

    def _count_unreached(self, lane: str, error: CloudcrateError) -> None:
        if not isinstance(error, UnavailableError) or isinstance(error, DamagedError):
            return
        with self._lock:
            self._unreached[lane] += 1
            if self._unreached[lane] >= GIVE_UP_AFTER:
                raise UnavailableError(
                    f"{GIVE_UP_AFTER} attempts in a row failed; the last one: {error.message}",
                    hint="Check the network and run the same command again: it goes on where it was.",
                ) from error

    def _do(self, claim: Claim, operation: TrackOperation) -> Outcome | None:
        match operation:
            case CreatePage():
                return self._rows.create(claim, operation, self._track(claim.track_id))
            case AdoptPage() | UpdatePage() | Unlink():
                return self._cells.write(claim, operation, self._track(claim.track_id))
            case RecordFile():
                return self._cells.record_file(claim, operation, self._track(claim.track_id))
            case Download():
                return self._files.download(claim, operation, self._track(claim.track_id))
            case Move() | Quarantine() | Relink():
                return self._files.put(claim, operation)
            case Leave() | Review():
                return Done()

    def _track(self, track_id: TrackId) -> Track:
        return self._snapshot.listing.tracks.get(track_id) or nameless(track_id)

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
                    claim = self._claim(unit.track_id)
                    if claim is not None:
                        self._tools.ledger.record_page(claim, memory.page_id, written={}, offered=operation.settled)
                self._set(unit.track_id, place, Done())

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

    def _fail_all(self, job: Job, why: str) -> None:
        for place, operation in enumerate(self._units[job.track_id].operations):
            if _job_of(operation) == job.name:
                hint = "Run the same command again later."
                self._set(job.track_id, place, Failed(code="busy", message=why, hint=hint, retry="transient"))

    def _set(self, track_id: TrackId, place: int, outcome: Outcome) -> None:
        with self._lock:
            self.outcomes[track_id][place] = outcome
        unit = self._units[track_id]
        self._tools.listener.advanced(unit, unit.operations[place], outcome)

    def _record_events(self) -> None:
        at = self._tools.clock.now()
        events = [
            TrackEvent(
                run_id=self._run_id,
                track_id=unit.track_id,
                side=operation.side.value if isinstance(operation, Leave) else _job_of(operation) or ROW,
                at=at,
                operation=codec.dumps(operation),
                outcome=codec.dumps(outcome),
            )
            for unit in self._units.values()
            for place, operation in enumerate(unit.operations)
            if (outcome := self.outcomes[unit.track_id].get(place)) is not None
        ]
        self._tools.ledger.record_events(events)


def _lane_of(operation: TrackOperation) -> str:
    return "files" if _job_of(operation) == FILE else "rows"


def _job_of(operation: TrackOperation) -> str:
    match operation:
        case CreatePage() | AdoptPage() | UpdatePage() | Unlink():
            return ROW
        case Download() | Relink() | Move() | Quarantine():
            return FILE
        case RecordFile():
            return RECORD
        case Leave() | Review():
            return ""
