"""Does the operations of single tracks: look again, act, record. Doing one twice changes nothing.

Rows and files are claimed apart, so that two workers may have a track's row and its file at the same time,
and a late write of either is refused as soon as another worker has taken it over.
"""

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import islice

from cloudcrate.app.filemaker import FileMaker
from cloudcrate.app.gather import Tools, nameless
from cloudcrate.app.rowmaker import Moment, RowMaker
from cloudcrate.app.rowwriter import Looks, RowWriter
from cloudcrate.core.model import StoredFile, Track, TrackId
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
    TrackOperation,
    Unit,
    Unlink,
    UpdatePage,
)
from cloudcrate.core.report import Done, Failed, Outcome
from cloudcrate.core.snapshot import Snapshot
from cloudcrate.errors import CloudcrateError, DamagedError, Retry, StaleClaimError, UnavailableError
from cloudcrate.ports.ledger import Claim, Scope

AT_ONCE = 1000
"""Claims that are given back with one write."""

LEASE = 3600.0
"""Seconds for which a row or a file is claimed; the claim is given back when the run is over."""

GIVE_UP_AFTER = 12
"""Failures to reach a service, one after another in one lane, after which the run ends: it is gone."""

ROW, FILE, RECORD = "row", "file", "record"
"""The jobs of a track: its row, its file, and writing into the row that the file is there."""

ROWS, FILES = "rows", "files"
"""The lanes: what a job waits for."""


class Reach:
    """Counts failures to reach a service, one after another in one lane. Safe from many threads."""

    def __init__(self) -> None:
        self._unreached: Counter[str] = Counter()
        self._lock = threading.Lock()

    def reached(self, lane: str) -> None:
        """Something of the lane was done."""
        with self._lock:
            self._unreached[lane] = 0

    def failed(self, lane: str, error: CloudcrateError) -> None:
        """Something of the lane failed. Raises: UnavailableError when it was too often."""
        if not isinstance(error, UnavailableError) or isinstance(error, DamagedError):
            return
        with self._lock:
            self._unreached[lane] += 1
            if self._unreached[lane] >= GIVE_UP_AFTER:
                raise UnavailableError(
                    f"{GIVE_UP_AFTER} attempts in a row failed; the last one: {error.message}",
                    hint="Check the network and run the same command again: it goes on where it was.",
                ) from error


class Performer:
    """Does what a plan says about its tracks. ``taken``: when the snapshot's first look was taken."""

    def __init__(
        self,
        tools: Tools,
        snapshot: Snapshot,
        plan: Plan,
        *,
        taken: Moment,
        reach: Reach,
        ended: Callable[[TrackId, int, Outcome], None],
    ) -> None:
        self._tools = tools
        self._snapshot = snapshot
        self._reach = reach
        self._ended = ended
        scope = Scope(catalog=snapshot.catalog.id, library=tools.store.id)
        self._scopes = {ROWS: Scope(catalog=scope.catalog, library=""), FILES: Scope(catalog="", library=scope.library)}
        self._claims: dict[str, dict[TrackId, Claim]] = {ROWS: {}, FILES: {}}
        self._claiming = threading.Lock()
        looks = Looks(tools, snapshot, plan, taken_at=taken.monotonic)
        self._rows = RowMaker(tools, scope, looks, snapshot, looked_at=taken)
        self._files = FileMaker(tools, scope, snapshot)
        self._cells = RowWriter(tools, scope, looks, snapshot.name)

    def perform(self, unit: Unit, job: str, done: Callable[[int], bool] = lambda _: False) -> bool:
        """Does one job of a track, but for the operations (by place) that are ``done``.

        False: the outcome of a create is unknown, and ``settle`` will tell.
        """
        claim = self.claim(unit.track_id, lane_of(job))
        for place, operation in enumerate(unit.operations):
            if job_of(operation) != job or done(place):
                continue
            outcome = _busy() if claim is None else self._guarded(claim, operation)
            if outcome is None:
                return False
            self._ended(unit.track_id, place, outcome)
        return True

    def claim(self, track_id: TrackId, lane: str) -> Claim | None:
        """This worker's claim; None: another one is busy with it.

        One at a time: a second claim would make the first one stale.
        """
        with self._claiming:
            claims = self._claims[lane]
            if track_id not in claims:
                now = self._tools.clock.now()
                claim = self._tools.ledger.claim(self._scopes[lane], track_id, self._tools.owner, lease=LEASE, now=now)
                if claim is None:
                    return None
                claims[track_id] = claim
            return claims[track_id]

    def release(self) -> None:
        """Gives back what is claimed."""
        for claims in self._claims.values():
            waiting = iter(claims.values())
            while block := list(islice(waiting, AT_ONCE)):
                self._tools.ledger.release(block)

    @property
    def unsettled(self) -> bool:
        """Says whether the outcome of a create is unknown."""
        return self._rows.unsettled

    def settle(self, units: Callable[[TrackId], Unit]) -> Iterator[tuple[TrackId, bool]]:
        """Looks for the rows of unknown outcome. False: the row was not made, its job is to be done again."""
        for track_id, outcome in self._rows.settle():
            if outcome is not None:
                operations = units(track_id).operations
                place = next(i for i, o in enumerate(operations) if isinstance(o, CreatePage))
                self._ended(track_id, place, outcome)
            yield track_id, outcome is not None

    def close(self, plan: Plan, given: Callable[[TrackId], StoredFile | None]) -> None:
        """Writes the playlist's file and folder from what is there now; see ``FileMaker.close``."""
        self._files.close(plan, given)

    # --- one operation ----------------------------------------------------------------------

    def _guarded(self, claim: Claim, operation: TrackOperation) -> Outcome | None:
        """Turns an error of one track into a value; an error that concerns everything goes on up."""
        lane = lane_of(job_of(operation))
        try:
            outcome = self._do(claim, operation)
        except CloudcrateError as error:
            full = error.retry is Retry.GUARD and lane == ROWS  # the next row would be refused, too
            concerns_all = full or error.retry is Retry.CREDENTIALS or error.exit_code in (6, 7, 130)
            if concerns_all and not isinstance(error, StaleClaimError):
                raise
            self._reach.failed(lane, error)
            return Failed(code=error.code, message=error.message, hint=error.hint, retry=error.retry.value)
        if isinstance(outcome, Done):
            self._reach.reached(lane)
        return outcome

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


def job_of(operation: TrackOperation) -> str:
    """The job that an operation belongs to; empty when there is nothing to do."""
    match operation:
        case CreatePage() | AdoptPage() | UpdatePage() | Unlink():
            return ROW
        case Download() | Relink() | Move() | Quarantine():
            return FILE
        case RecordFile():
            return RECORD
        case Leave() | Review():
            return ""


def lane_of(job: str) -> str:
    """The lane of a job."""
    return FILES if job == FILE else ROWS


def first_jobs(unit: Unit) -> frozenset[str]:
    """The jobs that a track begins with."""
    return frozenset(job_of(operation) for operation in unit.operations) & {ROW, FILE}


def records(unit: Unit) -> bool:
    """Says whether the row is to be told of the file when both are done."""
    return any(isinstance(operation, RecordFile) for operation in unit.operations)


def _busy() -> Failed:
    message = "another worker is busy with this track"
    return Failed(code="busy", message=message, hint="Run the same command again later.", retry="transient")
