"""A run in pieces, one per track, so that workers on other machines can each take some of it.

What all tracks share is the frame; what one track needs is its piece. Both are values that serialise.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from cloudcrate.core.model import Decision, Memory, Page, StoredFile, Track, TrackId
from cloudcrate.core.operations import AdoptPage, Plan, Unit, Unlink, UpdatePage
from cloudcrate.core.snapshot import Snapshot


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """A snapshot and its plan without anything about single tracks, but for the order of the entries."""

    snapshot: Snapshot
    plan: Plan
    taken_at: float  # epoch seconds of the snapshot's first look
    url: str  # of the playlist, as it is kept


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """All that is known of one track, and what is to be done to it."""

    unit: Unit
    departed: bool  # it has left the playlist
    track: Track | None
    memory: Memory | None
    pages: tuple[Page, ...]  # its row, and the one it is to get
    present: StoredFile | None
    decision: Decision | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """What of a piece the end of a run tells of: what was to be done to the track."""

    unit: Unit


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """What of a piece the playlist's own file, folder and page tell of."""

    track: Track | None
    present: StoredFile | None


def framed(snapshot: Snapshot, plan: Plan, *, taken_at: float, url: str) -> Frame:
    """What all tracks share."""
    bare = replace(
        snapshot,
        listing=replace(snapshot.listing, tracks={}),
        pages=(),
        memory={},
        page_owners={},
        present={},
        taken={},
        departed={},
        labels={},
        decisions={},
        unwanted={},
    )
    return Frame(snapshot=bare, plan=replace(plan, units=(), departures=()), taken_at=taken_at, url=url)


def pieces(snapshot: Snapshot, plan: Plan) -> Iterator[Piece]:
    """What each track needs, in the plan's order."""
    by_id = {page.id: page for page in snapshot.pages}
    for departed, units in ((False, plan.units), (True, plan.departures)):
        for unit in units:
            memory = snapshot.memory.get(unit.track_id)
            named = [o.page_id for o in unit.operations if isinstance(o, (AdoptPage, UpdatePage, Unlink))]
            named += [memory.page_id] if memory is not None and memory.page_id is not None else []
            yield Piece(
                unit=unit,
                departed=departed,
                track=snapshot.listing.tracks.get(unit.track_id),
                memory=memory,
                pages=tuple(by_id[page_id] for page_id in dict.fromkeys(named) if page_id in by_id),
                present=snapshot.present.get(unit.track_id),
                decision=snapshot.decisions.get(unit.track_id),
            )


def listed(frame: Frame, parts: Iterable[tuple[TrackId, Listed]]) -> Snapshot:
    """The snapshot as the end of a run needs it: without what is remembered of the tracks, and without rows."""
    tracks: dict[TrackId, Track] = {}
    present: dict[TrackId, StoredFile] = {}
    for track_id, part in parts:
        if part.track is not None:
            tracks[track_id] = part.track
        if part.present is not None:
            present[track_id] = part.present
    return replace(frame.snapshot, listing=replace(frame.snapshot.listing, tracks=tracks), present=present)


def joined(frame: Frame, parts: Iterable[Piece]) -> tuple[Snapshot, Plan]:
    """The snapshot and the plan of these tracks alone, as carrying out needs them."""
    taken = tuple(parts)
    snapshot = replace(
        frame.snapshot,
        listing=replace(
            frame.snapshot.listing, tracks={p.unit.track_id: p.track for p in taken if p.track is not None}
        ),
        pages=tuple({page.id: page for part in taken for page in part.pages}.values()),
        memory={p.unit.track_id: p.memory for p in taken if p.memory is not None},
        present={p.unit.track_id: p.present for p in taken if p.present is not None},
        decisions={p.unit.track_id: p.decision for p in taken if p.decision is not None},
    )
    plan = replace(
        frame.plan,
        units=tuple(p.unit for p in taken if not p.departed),
        departures=tuple(p.unit for p in taken if p.departed),
    )
    return snapshot, plan
