"""What is to be done about a track's row."""

from collections.abc import Iterator, Mapping

from cloudcrate.core import match, rows
from cloudcrate.core.model import Cells, Choice, Memory, Page, PageId, Track, TrackId
from cloudcrate.core.operations import AdoptPage, CreatePage, Leave, Review, Side, State, TrackOperation, UpdatePage
from cloudcrate.core.snapshot import Snapshot


def refused(snapshot: Snapshot) -> match.Refused:
    """The rows of which the user has said that they are not a track's."""
    return {
        track_id: decision.page_ids
        for track_id, decision in snapshot.decisions.items()
        if decision.choice is Choice.NEW
    }


def row_operations(
    snapshot: Snapshot, track: Track, pages: Mapping[PageId, Page], found: match.Match | None
) -> Iterator[TrackOperation]:
    memory = snapshot.memory[track.id]
    present = snapshot.present.get(track.id)
    wanted = rows.wanted_cells(track, snapshot.name, snapshot.catalog.fields, present, memory.unobtainable)
    again = is_to_be_made_again(snapshot, track.id, pages)
    if memory.page_id is not None and not again:
        yield _known_row(snapshot, memory, pages.get(memory.page_id), memory.page_id, wanted)
    elif _is_skipped(snapshot, track):
        yield Leave(side=Side.ROW, state=State.SKIPPED, reason="you chose to leave it without a row")
    elif isinstance(found, match.Ambiguous):
        yield Review(page_ids=found.page_ids, reason=found.reason)
    elif isinstance(found, match.Found):
        yield _adoption(pages[found.page_id], wanted, found.rule)
    elif again:
        yield CreatePage(cells=wanted, reason="you removed its row, and asked to have it made again")
    elif memory.intent is not None:
        yield CreatePage(cells=wanted, reason="an earlier attempt broke off; looked for its row and found none")
    else:
        yield CreatePage(cells=wanted, reason="no row has its id, its link, or its title, artist and length")


def is_to_be_made_again(snapshot: Snapshot, track_id: TrackId, pages: Mapping[PageId, Page]) -> bool:
    """Says whether the track's row was removed and is wanted again: any other row of it is looked for first."""
    page_id = snapshot.memory[track_id].page_id
    return snapshot.wishes.recreate and page_id is not None and page_id in pages and pages[page_id].trashed


def _is_skipped(snapshot: Snapshot, track: Track) -> bool:
    decision = snapshot.decisions.get(track.id)
    return decision is not None and decision.choice is Choice.SKIP


def _adoption(page: Page, wanted: Cells, rule: str) -> AdoptPage:
    if page.archived:
        reason = f"a row is there: {rule}; you archived it, so it is left as it is"
        return AdoptPage(page_id=page.id, cells={}, settled=wanted, reason=reason)
    change = rows.changes(wanted, page.cells, {}, {})
    return AdoptPage(page_id=page.id, cells=change.write, settled=change.settled, reason=f"a row is there: {rule}")


def _known_row(snapshot: Snapshot, memory: Memory, page: Page | None, page_id: PageId, wanted: Cells) -> TrackOperation:
    if page is None:
        return Leave(side=Side.ROW, state=State.UNCHANGED, reason="its row holds all it should")
    if page.trashed:
        return Leave(side=Side.ROW, state=State.REMOVED, reason="you removed its row (--recreate makes it again)")
    if page.archived:
        return Leave(side=Side.ROW, state=State.UNCHANGED, reason="you archived its row: it is left as it is")
    change = rows.changes(wanted, page.cells, memory.written, memory.offered)
    if change.write:
        names = ", ".join(sorted(name.value for name in change.write))
        return UpdatePage(page_id=page_id, cells=change.write, settled=change.settled, reason=f"to be written: {names}")
    return Leave(
        side=Side.ROW,
        state=State.UNCHANGED,
        reason="its row holds all it should, or what you put there",
        settled=change.settled,
    )
