"""What is to be done about a track's file, and what its row learns of it."""

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache

from cloudcrate.core import naming, quality, rows, text
from cloudcrate.core.model import (
    OBTAINABLE,
    Availability,
    Field,
    Memory,
    Page,
    PageId,
    StoredFile,
    Stream,
    Track,
    TrackId,
)
from cloudcrate.core.operations import (
    AdoptPage,
    CreatePage,
    Download,
    Leave,
    Move,
    Plan,
    RecordFile,
    Relink,
    Review,
    Side,
    State,
    TrackOperation,
    UpdatePage,
)
from cloudcrate.core.snapshot import Snapshot, Wishes

ARTWORK = 200_000
"""Bytes that a picture takes, at the most in practice."""


def bytes_needed(plan: Plan, tracks: Mapping[TrackId, Track]) -> int:
    """The room that the plan's downloads may take on the disk, with the pictures, and the largest one twice."""
    each = [
        quality.estimate(operation.presets[0], operation.convert, tracks[unit.track_id].seconds) + ARTWORK
        for unit in plan.units
        for operation in unit.operations
        if isinstance(operation, Download)
    ]
    return sum(each) + max(each, default=0)


WHY_NOT = {
    Availability.PREVIEW: "only a 30-second preview is offered to this account",
    Availability.BLOCKED: "blocked here: by territory or by its rights holder",
    Availability.PROTECTED: "protected: only encrypted streams are offered, and those are never touched",
    Availability.PRIVATE: "private: its secret link is needed",
    Availability.GONE: "gone from SoundCloud",
}


def remedy(track: Track | None, availability: Availability) -> str:
    """What could help to get a track after all, as far as anything could."""
    ways = [f"buy it: {track.purchase_url}"] if track is not None and track.purchase_url else []
    if availability is Availability.PREVIEW:
        ways.append("sign in with an account that may hear it whole: cloudcrate login")
    elif availability is Availability.PRIVATE:
        ways.append("ask its uploader for the secret link")
    elif track is not None and availability is not Availability.GONE:
        ways.append(f"ask its uploader: {text.clean(track.uploader) or track.url}")
    return "; ".join(ways)


def file_operations(snapshot: Snapshot, track: Track, stems: naming.Stems) -> Iterator[TrackOperation]:
    memory, present, wishes = snapshot.memory[track.id], snapshot.present.get(track.id), snapshot.wishes
    availability = (None if wishes.recheck else memory.unobtainable) or track.availability
    streams = quality.chosen(track.streams, wishes.prefer)
    if present is not None:
        yield from _present_file(snapshot, track, present, stems)
    elif not wishes.download:
        yield Leave(side=Side.FILE, state=State.NOT_ASKED, reason="downloads were not asked for")
    elif memory.file is not None and not wishes.restore:
        yield Leave(side=Side.FILE, state=State.REMOVED, reason="you removed its file (--restore fetches it again)")
    elif availability in OBTAINABLE and streams:
        yield _download(streams, stems.give(track), wishes, reason="not in the library")
    elif availability in OBTAINABLE and track.streams:
        offered = ", ".join(dict.fromkeys(quality.kind_of(stream.preset) for stream in track.streams))
        reason = f"offered as {offered} only, which --prefer leaves out"
        yield Leave(side=Side.FILE, state=State.UNOBTAINABLE, reason=reason, availability=availability)
    else:
        availability = Availability.PROTECTED if availability in OBTAINABLE else availability
        yield Leave(
            side=Side.FILE,
            state=State.UNOBTAINABLE,
            reason=WHY_NOT[availability],
            availability=availability,
            hint=remedy(track, availability),
        )


def _download(
    streams: Sequence[Stream],
    stem: str,
    wishes: Wishes,
    *,
    reason: str,
    replaces: StoredFile | None = None,
) -> Download:
    presets, why = _offered(tuple(stream.preset for stream in streams), reason)
    return Download(
        stem=stem,
        presets=presets,
        reason=why,
        convert=wishes.convert,
        replaces=replaces,
    )


def _present_file(
    snapshot: Snapshot, track: Track, present: StoredFile, stems: naming.Stems
) -> Iterator[TrackOperation]:
    """A file that is there: kept where its user has put it, moved when it lies where cloudcrate did."""
    memory, wishes = snapshot.memory[track.id], snapshot.wishes
    if memory.file is None or memory.file.path != present.path:
        yield Relink(file=present, reason="found in the library by its id")
    better = quality.better(present, track.streams, wishes.prefer) if track.availability in OBTAINABLE else ()
    if better and wishes.upgrade and wishes.download:
        reason = f"a better one than {present.preset or present.format} is offered"
        yield _download(better, stems.give(track), wishes, reason=reason, replaces=present)
        return
    upgrade = f" (as {better[0].preset} it is better: --upgrade)" if better else ""
    other = wishes.convert and present.format not in (wishes.convert, "m4a" if wishes.convert == "alac" else "")
    unconverted = " (--convert is for files that are fetched from now on)" if other else ""
    reason = f"the file is in the library: {present.path}{upgrade}{unconverted}"
    yield Leave(side=Side.FILE, state=State.UNCHANGED, reason=reason, path=present.path)
    stem = stems.give(track) if naming.may_move(present) else ""
    if stem and not naming.belongs(present, stem, track.id):
        why = "it is wanted again" if naming.is_quarantined(present.path) else "by the template and its title"
        yield Move(file=present, stem=stem, reason=f"its place is {stem}: {why}")


def recording(
    snapshot: Snapshot,
    memory: Memory,
    pages: Mapping[PageId, Page],
    row: tuple[TrackOperation, ...],
    file: tuple[TrackOperation, ...],
) -> Iterator[RecordFile]:
    """A row that stays or comes learns of a file that is on its way, in the cells that are not the user's."""
    if not any(isinstance(o, (Download, Move)) for o in file) or not all(_keeps_row(o) for o in row):
        return
    wanted = rows.outcome_cells("\0", "\0")  # neither is known yet; any that was never offered will do
    page_id = next((o.page_id for o in row if isinstance(o, (AdoptPage, UpdatePage))), memory.page_id)
    page = pages.get(page_id) if page_id is not None else None
    if any(isinstance(o, CreatePage) for o in row):
        may = wanted
    elif page is not None:
        may = {} if page.archived else dict(rows.changes(wanted, page.cells, memory.written, memory.offered).write)
    else:  # nothing else is to be done to the row, so it was not read; it is before it is written
        may = {Field.FILE_PATH: "\0"} if page_id is not None else {}
    fields = tuple(name for name in rows.FILE_FIELDS if name in may and name in snapshot.catalog.fields)
    if fields:
        yield _recording(fields)


@lru_cache(maxsize=256)
def _offered(presets: tuple[str, ...], reason: str) -> tuple[tuple[str, ...], str]:
    """What is tried, and why: one value each for all tracks of which the same is true."""
    return presets, f"{reason}; offered as {', '.join(presets)}"


@lru_cache(maxsize=16)
def _recording(fields: tuple[Field, ...]) -> RecordFile:
    return RecordFile(fields=fields, reason="once the file is there, its row says so")


def _keeps_row(operation: TrackOperation) -> bool:
    if isinstance(operation, Leave):
        return operation.state is State.UNCHANGED
    return not isinstance(operation, Review)
