"""Writes cells of rows that are there, never over what their user has put there meanwhile.

A plan says what to write by what the rows held when it was made. A long run carries it out much later, so
whatever was read more than five minutes ago is read again first, many rows at once.
"""

import threading
from dataclasses import dataclass, replace
from itertools import islice

from cloudcrate.app.gather import Tools, nameless
from cloudcrate.core import rows
from cloudcrate.core.model import Cells, CellValue, Field, Page, PageId, Track
from cloudcrate.core.operations import AdoptPage, CreatePage, Plan, RecordFile, Unlink, UpdatePage
from cloudcrate.core.report import Done, Outcome, Skipped
from cloudcrate.core.snapshot import Snapshot
from cloudcrate.errors import NotFoundError
from cloudcrate.ports.ledger import Claim, Scope

FRESH = 300.0
"""Seconds for which a row counts as it was read (design: look again when the snapshot is older)."""

WROTE, HELD = Done(), Done(wrote=False)
"""How most writes end: one value for all of them."""

AT_ONCE = 100
"""Rows read again together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Awaited:
    """A row that is still to be written, so many times."""

    track: Track
    writes: int


class Looks:
    """Rows as they stood at most five minutes ago. Safe from many threads."""

    def __init__(self, tools: Tools, snapshot: Snapshot, plan: Plan, *, taken_at: float) -> None:
        self._tools = tools
        self._awaited = _to_be_written(snapshot, plan)
        self._pages = {page.id: page for page in snapshot.pages if page.id in self._awaited}
        self._at = dict.fromkeys(self._pages, taken_at)  # monotonic
        self._anew: set[PageId] = set()  # read since the plan was made
        self._tracks = {unit.track_id for unit in plan.units if any(isinstance(o, RecordFile) for o in unit.operations)}
        self._lock = threading.Lock()

    def made(self, page: Page, track: Track) -> None:
        """Takes a row that was just made, and may have to learn of its file later."""
        with self._lock:
            if track.id in self._tracks:
                self._awaited[page.id] = _Awaited(track=track, writes=1)
                self._keep(page)

    def wrote(self, page: Page) -> None:
        """Takes a row as it stands after a write; one that is not to be written again is forgotten."""
        with self._lock:
            if page.id in self._awaited:
                self._keep(page)
            else:
                self._pages.pop(page.id, None)
                self._at.pop(page.id, None)
                self._anew.discard(page.id)

    def row(self, page_id: PageId, track: Track) -> tuple[Page, bool]:
        """The row before one of its writes, and whether it was read since the plan was made.

        A stale one is read again together with others that wait to be written.
        """
        with self._lock:
            awaited = self._awaited.pop(page_id, None)
            if awaited is not None and awaited.writes > 1:
                self._awaited[page_id] = replace(awaited, writes=awaited.writes - 1)
            if not self._is_stale(page_id):
                return self._pages[page_id], page_id in self._anew
            others = (other for other in self._awaited if other != page_id and self._is_stale(other))
            wanted = {other: self._awaited[other].track for other in islice(others, AT_ONCE - 1)}
            for page in self._tools.catalog.get({page_id: track} | wanted).values():
                self._keep(page)
                self._anew.add(page.id)
            return self._pages[page_id], True

    def _keep(self, page: Page) -> None:
        self._pages[page.id], self._at[page.id] = page, self._tools.clock.monotonic()

    def _is_stale(self, page_id: PageId) -> bool:
        at = self._at.get(page_id)
        return at is None or self._tools.clock.monotonic() - at > FRESH


class RowWriter:
    """Writes cells for one run."""

    def __init__(self, tools: Tools, scope: Scope, looks: Looks, name: str) -> None:
        self._tools = tools
        self._scope = scope
        self._looks = looks
        self._name = name

    def write(self, claim: Claim, operation: AdoptPage | UpdatePage | Unlink, track: Track) -> Outcome:
        """Writes what the plan says, as far as it is still right."""
        cells, settled = operation.cells, operation.settled
        if cells:
            page, anew = self._looks.row(operation.page_id, track)
            if anew:
                cells = self._still(claim, operation, page)
                settled = {**{n: v for n, v in operation.cells.items() if n not in cells}, **settled}
        if isinstance(operation, Unlink):
            memory = self._tools.ledger.recall(self._scope, [claim.track_id])[claim.track_id]
            settled = {Field.PLAYLISTS: rows.without(memory.offered, self._name)}
        return self._written(claim, operation.page_id, cells, settled)

    def record_file(self, claim: Claim, operation: RecordFile, track: Track) -> Outcome:
        """Writes into the row that the file is there, in the cells that are not the user's."""
        memory = self._tools.ledger.recall(self._scope, [claim.track_id])[claim.track_id]
        path = memory.file.path if memory.file else None
        lost = memory.unobtainable.value if memory.unobtainable else None
        wanted = {n: v for n, v in rows.outcome_cells(path, lost).items() if n in operation.fields}
        if memory.page_id is None or not wanted:
            return Skipped(reason="")
        if not rows.differs(wanted, memory.offered):
            return HELD
        page, _ = self._looks.row(memory.page_id, track)
        if page.trashed or page.archived:
            return Done(note="its row was put away meanwhile", wrote=False)
        change = rows.changes(wanted, page.cells, memory.written, memory.offered)
        return self._written(claim, memory.page_id, change.write, change.settled)

    def _still(self, claim: Claim, operation: AdoptPage | UpdatePage | Unlink, page: Page) -> Cells:
        """What of the plan is still right, now that the row was read anew."""
        if page.trashed:
            raise NotFoundError("You removed its row while the run went on.", hint="Run the same command again.")
        if page.archived:
            return {}
        if isinstance(operation, Unlink):
            return rows.unlinked(page.cells, self._name).write
        memory = self._tools.ledger.recall(self._scope, [claim.track_id])[claim.track_id]
        wanted = {name: self._own(name, value) for name, value in operation.cells.items()}
        written = memory.written if memory.page_id == page.id else {}
        return rows.changes(wanted, page.cells, written, {}).write

    def _own(self, name: Field, value: CellValue) -> CellValue:
        """The plan's cell of playlists names those that were there, too; only ours is to be added."""
        return (self._name,) if name is Field.PLAYLISTS else value

    def _written(self, claim: Claim, page_id: PageId, cells: Cells, settled: Cells) -> Outcome:
        written: Cells = {}
        if cells:
            page = self._tools.catalog.update(page_id, cells)
            written = {name: page.cells.get(name, value) for name, value in cells.items()}
            self._looks.wrote(page)
        self._tools.ledger.record_page(claim, page_id, written=written, offered={**cells, **settled})
        return WROTE if cells else HELD


def _to_be_written(snapshot: Snapshot, plan: Plan) -> dict[PageId, _Awaited]:
    """Every row that the plan writes cells of, in order."""
    found: dict[PageId, _Awaited] = {}
    for unit in (*plan.units, *plan.departures):
        memory = snapshot.memory.get(unit.track_id)
        written = [o for o in unit.operations if isinstance(o, (AdoptPage, UpdatePage, Unlink))]
        is_made = any(isinstance(o, CreatePage) for o in unit.operations)  # a row that has no id yet
        page_id = next((o.page_id for o in written), memory.page_id if memory and not is_made else None)
        records = sum(isinstance(o, RecordFile) for o in unit.operations)
        writes = records + sum(bool(o.cells) for o in written)
        if page_id is not None and writes:
            track = snapshot.listing.tracks.get(unit.track_id) or nameless(unit.track_id)
            found[page_id] = _Awaited(track=track, writes=writes)
    return found
