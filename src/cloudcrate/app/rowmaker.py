"""Adds rows, each exactly once, whatever happens to the request.

Notion has no idempotency key. So before each create an intent is recorded; when the outcome is unknown
(a timeout, a reset, a crash) the row is looked up, other work goes on until nothing that was sent can
appear any more, the row is looked up again, and only then is it made anew. The looks of a run are taken
together: the first when no other row is left to make, by when the settle time of most is over.
"""

import random
import threading
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial

from cloudcrate.app.gather import Tools
from cloudcrate.app.review import ask
from cloudcrate.app.rowwriter import Looks
from cloudcrate.core import codec, match
from cloudcrate.core.model import Cells, Intent, Page, PageId, Track, TrackId
from cloudcrate.core.operations import CreatePage
from cloudcrate.core.plan_rows import refused
from cloudcrate.core.report import Done, Failed, Outcome, Skipped
from cloudcrate.core.rows import differs, outcome_cells
from cloudcrate.core.snapshot import Snapshot
from cloudcrate.errors import CloudcrateError, Retry, ThrottledError, UnknownOutcomeError
from cloudcrate.ports.ledger import Claim, Scope

ATTEMPTS = 10
"""How often a create that is known not to have happened is sent in one run."""

LONGEST_PAUSE = 30.0
"""Seconds between two of them at the most, unless the catalog asks for more."""

AGAIN = (Retry.TRANSIENT, Retry.QUOTA)
"""Errors after which trying again may help."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Unsettled:
    """A create that may or may not have happened."""

    claim: Claim
    track: Track
    cells: Cells
    waits_until: float  # monotonic
    error: str
    sent: bool  # exactly these cells were; else by an attempt that broke off, perhaps before the file was there
    looked: bool = False  # for the first time


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """One moment by both clocks."""

    now: float
    monotonic: float


class RowMaker:
    """Makes rows for one run. ``looked_at`` is when the snapshot's look-ups were made, by both clocks.

    Time that passes in the run is counted by the one that never jumps.
    """

    def __init__(self, tools: Tools, scope: Scope, looks: Looks, snapshot: Snapshot, *, looked_at: Moment) -> None:
        self._tools = tools
        self._scope = scope
        self._snapshot = snapshot
        self._looks = looks
        self._looked_at = looked_at
        self._unsettled: dict[TrackId, _Unsettled] = {}
        self._cleared: set[TrackId] = set()  # looked up after the settle time: may be made
        self._rounds: dict[TrackId, int] = {}
        self._lock = threading.Lock()

    def create(self, claim: Claim, operation: CreatePage, track: Track) -> Outcome | None:
        """Makes the track's row. None: the outcome is unknown, and ``settle`` will tell."""
        memory = self._tools.ledger.recall(self._scope, [track.id])[track.id]
        if memory.page_id is not None and memory.page_id != self._snapshot.memory[track.id].page_id:
            return Done(note="its row was made meanwhile")  # by a worker that died before it could say so
        cells = {**operation.cells}
        told = outcome_cells(
            memory.file.path if memory.file else None, memory.unobtainable.value if memory.unobtainable else None
        )
        cells |= {name: value for name, value in told.items() if name in self._tools.catalog.open().fields}
        if memory.intent is not None and not self._is_settled(memory.intent):
            passed = self._tools.clock.monotonic() - self._looked_at.monotonic
            elapsed = max(0.0, self._looked_at.now - memory.intent.sent_at + passed)
            left = max(0.0, self._tools.settle - elapsed)
            same = memory.intent.digest == codec.digest(cells)
            self._unsettle(claim, track, cells, left, "an earlier attempt broke off", sent=same)
            return None
        return self._send(claim, track, cells)

    @property
    def unsettled(self) -> bool:
        """Says whether the outcome of a create is unknown."""
        with self._lock:
            return bool(self._unsettled)

    def settle(self) -> Iterator[tuple[TrackId, Outcome | None]]:
        """Looks once for every row whose create has an unknown outcome; None: it did not happen, make it anew.

        What may still appear stays unsettled. When all of it was looked for before, this waits first until
        nothing can appear any more.
        """
        with self._lock:
            batch, self._unsettled = self._unsettled, {}
        if not batch:
            return
        clock = self._tools.clock
        if all(unsettled.looked for unsettled in batch.values()):
            clock.sleep(max(0.0, max(u.waits_until for u in batch.values()) - clock.monotonic()))
        began = clock.monotonic()
        yield from self._adopt_found(batch)
        for track_id, unsettled in batch.items():
            if unsettled.waits_until > began:
                with self._lock:
                    self._unsettled[track_id] = replace(unsettled, looked=True)
                continue
            self._rounds[track_id] = self._rounds.get(track_id, 0) + 1
            if self._rounds[track_id] >= ATTEMPTS:
                yield track_id, _unavailable(unsettled.error)
            else:
                self._cleared.add(track_id)
                yield track_id, None

    def _send(self, claim: Claim, track: Track, cells: Cells) -> Outcome | None:
        for attempt in range(1, ATTEMPTS + 1):
            self._cleared.discard(track.id)
            try:
                page = self._tools.catalog.create(cells, track, announce=partial(self._announce, claim, cells))
            except UnknownOutcomeError as error:
                if error.committed_id is not None:
                    return self._adopt(claim, Page(id=PageId(error.committed_id), cells=cells), cells, track)
                self._unsettle(claim, track, cells, self._tools.settle, error.message, sent=True)
                return None
            except CloudcrateError as error:
                self._tools.ledger.drop_intent(claim)
                if error.retry not in AGAIN or error.final or attempt == ATTEMPTS:
                    raise
                asked = error.retry_after if isinstance(error, ThrottledError) else 0.0
                growing = min(LONGEST_PAUSE, 0.5 * 2**attempt) * random.uniform(0.5, 1.0)  # not all at once
                self._tools.clock.sleep(max(asked, growing))
                continue
            return self._adopt(claim, page, cells, track)
        raise AssertionError("the loop returns or raises")

    def _announce(self, claim: Claim, cells: Cells) -> None:
        now = self._tools.clock.now()
        intent = Intent(track_id=claim.track_id, sent_at=now, digest=codec.digest(cells))
        self._tools.ledger.open_intent(claim, intent)

    def _adopt(self, claim: Claim, page: Page, cells: Cells, track: Track) -> Outcome:
        written = {name: page.cells.get(name, value) for name, value in cells.items()}
        self._tools.ledger.record_page(claim, page.id, written=written, offered=cells)
        self._looks.made(page, track)
        return Done()

    def _adopt_sent(self, unsettled: _Unsettled, page: Page) -> Outcome:
        """Takes a row that was found: cloudcrate wrote what it sent, not what its user has put there since.

        Where that is not known it is what the row holds; the rest, such as the file's path, is still to be written.
        """
        cells = unsettled.cells
        if not unsettled.sent:
            cells = {name: value for name, value in cells.items() if not differs({name: value}, page.cells)}
        self._tools.ledger.record_page(unsettled.claim, page.id, written=cells, offered=cells)
        self._looks.made(page, unsettled.track)
        return Done()

    def _adopt_found(self, batch: dict[TrackId, _Unsettled]) -> Iterator[tuple[TrackId, Outcome]]:
        """Takes out of ``batch`` what is found in the catalog."""
        if not batch:
            return
        try:
            pages = self._tools.catalog.find([u.track for u in batch.values()], exact=True)
        except CloudcrateError as error:
            if error.retry not in AGAIN:
                raise
            for track_id in list(batch):
                del batch[track_id]
                yield track_id, _unavailable(error.message)  # the intent stays: the next run looks first
            return
        by_id = {page.id: page for page in pages}
        owners = self._tools.ledger.page_owners(self._scope.catalog)
        tracks = [u.track for u in batch.values()]
        for track_id, found in match.match(tracks, pages, owners, refused(self._snapshot)).items():
            unsettled = batch[track_id]
            match found:
                case match.Found():
                    yield track_id, self._adopt_sent(unsettled, by_id[found.page_id])
                case match.Ambiguous():
                    ask(self._tools, self._snapshot, track_id, found.page_ids, found.reason)
                    yield track_id, Skipped(reason=found.reason)
                case match.NotFound():
                    continue
            del batch[track_id]

    def _is_settled(self, intent: Intent) -> bool:
        """The snapshot's look-up came late enough to have seen whatever the intent led to."""
        return intent.track_id in self._cleared or (0 <= self._tools.settle <= self._looked_at.now - intent.sent_at)

    def _unsettle(self, claim: Claim, track: Track, cells: Cells, left: float, error: str, *, sent: bool) -> None:
        until = self._tools.clock.monotonic() + left
        with self._lock:
            self._unsettled[track.id] = _Unsettled(
                claim=claim, track=track, cells=cells, waits_until=until, error=error, sent=sent
            )


def _unavailable(message: str) -> Failed:
    return Failed(
        code="unknown_outcome",
        message=f"its row may or may not have been made: {message}",
        hint="Run the same command again: it looks first.",
        retry=Retry.TRANSIENT.value,
    )
