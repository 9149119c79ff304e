"""A plan to be looked at before it is carried out. Pure."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from urllib.parse import quote

from cloudcrate.app.desk import Planned
from cloudcrate.core.operations import (
    AdoptPage,
    CreatePage,
    Download,
    EnsurePlaylistPage,
    Leave,
    LeavePlaylist,
    Move,
    Operation,
    Quarantine,
    RecordFile,
    RecordPlaylist,
    Relink,
    Review,
    State,
    Unit,
    Unlink,
    UpdatePage,
    WritePlaylistFile,
    WritePlaylistFolder,
    changes_something,
)
from cloudcrate.core.text import visible
from cloudcrate.web.views import track_link
from cloudcrate.web.wording import count_of, web_link

WORDS: dict[type, tuple[str, str, str]] = {
    CreatePage: ("make its row", "row to make", "rows to make"),
    AdoptPage: ("take over its row", "row to take over", "rows to take over"),
    UpdatePage: ("update its row", "row to update", "rows to update"),
    Unlink: ("take the playlist off its row", "row to unlink", "rows to unlink"),
    Download: ("download", "file to download", "files to download"),
    Move: ("move its file", "file to move", "files to move"),
    Quarantine: ("put its file in quarantine", "file to put in quarantine", "files to put in quarantine"),
    Relink: ("remember where its file is now", "file found again", "files found again"),
    Review: ("ask you", "track for you to decide", "tracks for you to decide"),
    RecordFile: ("write the file into its row", "row to learn of its file", "rows to learn of their files"),
    EnsurePlaylistPage: ("make the playlist's page", "", ""),
    WritePlaylistFile: ("write the playlist file", "", ""),
    WritePlaylistFolder: ("fill the playlist's folder", "", ""),
    RecordPlaylist: ("update the playlist's page", "", ""),
}
"""What an operation does: to one track, and counted. Those of the playlist itself are not counted."""

TOLD = frozenset({State.UNOBTAINABLE, State.NO_METADATA, State.REMOVED})
"""Why a side is left that a person should know about."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """Something done, or left, and why."""

    what: str
    reason: str
    kind: str  # its class: change, ask, leave


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedTrack:
    """A track, and what is meant to happen to it."""

    position: str
    title: str
    link: str
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """How much there is of something."""

    count: str
    what: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanPage:
    """A plan."""

    id: str
    name: str
    url: str
    words: str  # that ask for it anew
    start: str
    understood: str
    catalog: str
    tracks: str
    changes: int
    said: str
    tallies: tuple[Tally, ...]
    changed: tuple[PlannedTrack, ...]
    left: tuple[PlannedTrack, ...]  # lacking something, and nothing is done about it
    quiet: str  # how many are as they should be
    playlist: tuple[Step, ...]  # what is done to the playlist itself
    notes: tuple[str, ...]


def plan_page(planned: Planned) -> PlanPage:
    """A plan: first what changes, then what cannot, and how much is left as it is."""
    plan = planned.plan
    units = (*plan.departures, *plan.units)
    changed = [unit for unit in units if any(_to_show(operation) for operation in unit.operations)]
    rest = [unit for unit in units if not any(_to_show(operation) for operation in unit.operations)]
    left = [unit for unit in rest if any(_lacks(operation) for operation in unit.operations)]
    quiet = len(rest) - len(left)
    return PlanPage(
        id=planned.id,
        name=visible(plan.name),
        url=web_link(plan.url),
        words=plan.url,
        start=f"/plans/{quote(planned.id, safe='')}/start",
        understood=visible(planned.understood),
        catalog=visible(plan.catalog),
        tracks=count_of(len(plan.units), "track"),
        changes=plan.changes,
        said=f"{count_of(plan.changes, 'change')} to make" if plan.changes else "Nothing to change",
        tallies=tuple(_tallies(operation for unit in units for operation in unit.operations)),
        changed=tuple(map(_track, changed)),
        left=tuple(map(_track, left)),
        quiet=f"{count_of(quiet, 'track is', 'tracks are')} as they should be." if quiet else "",
        playlist=tuple(_step(o) for o in (*plan.opening, *plan.closing) if not isinstance(o, LeavePlaylist)),
        notes=tuple(map(visible, plan.notes)),
    )


def _to_show(operation: Operation) -> bool:
    return changes_something(operation) or isinstance(operation, Review)


def _lacks(operation: Operation) -> bool:
    return isinstance(operation, Leave) and operation.state in TOLD


def _tallies(operations: Iterable[Operation]) -> Iterator[Tally]:
    counts = Counter(map(type, operations))
    for kind, (_, one, many) in WORDS.items():
        if one and counts[kind]:
            yield Tally(count=f"{counts[kind]:,}", what=one if counts[kind] == 1 else many)


def _track(unit: Unit) -> PlannedTrack:
    shown = [operation for operation in unit.operations if _to_show(operation) or _lacks(operation)]
    return PlannedTrack(
        position=str(unit.position) if unit.position else "left",
        title=visible(unit.title) or f"Track {unit.track_id}",
        link=track_link(unit.track_id),
        steps=tuple(map(_step, shown)),
    )


def _step(operation: Operation) -> Step:
    if isinstance(operation, Leave):
        return Step(what=f"leave its {operation.side.value}", reason=visible(operation.reason), kind="leave")
    kind = "ask" if isinstance(operation, Review) else "change"
    return Step(what=WORDS[type(operation)][0], reason=visible(operation.reason), kind=kind)
