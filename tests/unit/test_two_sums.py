"""Nothing is silent: both sums of a report hold, in every form it is printed, and are true of rows and files.

Each example is a playlist, a first sync that may go wrong, the hands of its user, and a second sync in which
calls of the ports fail at drawn places. What the reports count is compared with the catalog and the library.
"""

import json
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from faulty_ports import FaultyCatalog, FaultyLedger, FaultySource, FaultyStore, ShuffledEngine
from hypothesis import event, given, settings
from hypothesis import strategies as st
from memory import MemoryCatalog, SimulatedClock
from pretend import LINK, Trouble, Watcher, tools_of
from worlds import make_listing, make_page, make_track

from cloudcrate.app.gather import Order
from cloudcrate.app.running import Ended
from cloudcrate.app.service import Service
from cloudcrate.cli import show
from cloudcrate.cli.opening import as_json_text
from cloudcrate.core import codec
from cloudcrate.core.model import Availability, Field, Listing, Page, PageId, StoredFile, Track, TrackId
from cloudcrate.core.report import FileState, Report, RowState, TrackResult
from cloudcrate.core.snapshot import Wishes
from cloudcrate.errors import (
    CloudcrateError,
    CredentialsError,
    DamagedError,
    DiskError,
    NotFoundError,
    RejectedError,
    StoppedError,
    ThrottledError,
    UnavailableError,
)
from cloudcrate.ports.ledger import Scope

EXAMPLES = 120
PORTS = ("source", "catalog", "store", "ledger", "engine")
FAULTS: Mapping[str, tuple[type[CloudcrateError], ...]] = {
    "source": (UnavailableError, DamagedError, ThrottledError),
    "catalog": (UnavailableError, RejectedError, NotFoundError, ThrottledError, CredentialsError, StoppedError),
    "store": (DamagedError, UnavailableError, DiskError),
    "ledger": (DiskError,),
    "engine": (StoppedError,),
}
LEFT_ROWS = (RowState.FAILED, RowState.PENDING, RowState.REVIEW)
ROWS_BEFORE = ("none", "none", "none", "adopted", "by title", "ambiguous")
HANDS = ("trash row", "archive row", "edit row", "delete file", "rename file", "damage link")
AVAILABLE = (Availability.FULL, Availability.FULL, Availability.FULL, *Availability)


class World:
    """A playlist and everything that a service works with."""

    def __init__(self, listing: Listing, seed: int) -> None:
        self.listing = listing
        self.clock, self.trouble = SimulatedClock(), Trouble(seed=seed)
        self.source, self.store = FaultySource(listing), FaultyStore()
        self.catalog, self.ledger = FaultyCatalog(self.clock, self.trouble), FaultyLedger(self.clock)
        self.engine = ShuffledEngine(seed)
        self.service = Service(
            tools_of(
                source=self.source,
                catalog=self.catalog,
                store=self.store,
                ledger=self.ledger,
                clock=self.clock,
                listener=Watcher(),
                engine=self.engine,
            )
        )

    def had_row(self, track: Track, kind: str) -> None:
        """A row that was there before cloudcrate."""
        whole = make_page(track).cells
        cells = {name: whole[name] for name in (Field.TITLE, Field.ARTIST, Field.DURATION)}
        if kind != "by title":
            cells[Field.SOUNDCLOUD_ID] = int(track.id)
        for _ in range(2 if kind == "ambiguous" else 1):
            MemoryCatalog.create(self.catalog, cells, track, announce=lambda: None)

    def use_hand(self, what: str, pick: int) -> None:
        """Something that the user does between two syncs."""
        rows, files = self.catalog.every_row(), sorted(self.store.files)
        row, path = rows[pick % len(rows)] if rows else None, files[pick % len(files)] if files else ""
        if what == "trash row" and row:
            self.catalog.trash(row.id)
        elif what == "archive row" and row:
            self.catalog.archive(row.id)
        elif what == "edit row" and row:
            self.catalog.edit(row.id, {Field.GENRE: "mine", Field.FILE_PATH: "mine"})
        elif what == "delete file" and path:
            self.store.delete(path)
        elif what == "rename file" and path:
            self.store.rename(path, f"elsewhere/{pick} {path.rpartition('/')[2]}")
        elif what == "damage link":
            self.source.dead ^= {self.listing.playlist.entries[pick % len(self.listing.playlist.entries)]}

    def fail(self, port: str, call: int, error: CloudcrateError) -> None:
        """Lets a call of a port fail, so many calls from now."""
        faults = {
            "source": self.source.faults,
            "catalog": self.catalog.faults,
            "store": self.store.faults,
            "ledger": self.ledger.faults,
            "engine": self.engine.faults,
        }[port]
        faults.at[faults.calls + call] = error

    def calm(self) -> None:
        """No call fails any more."""
        for port in (self.source, self.catalog, self.store, self.ledger, self.engine):
            port.faults.at.clear()


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """One sync: its wishes, and what goes wrong in it."""

    wishes: Wishes
    limit: int | None
    faults: tuple[tuple[str, int, type[CloudcrateError]], ...]
    lost: float  # how likely it is that a create gets no answer
    kind: str = field(default="lost_reply")


@st.composite
def scripts(draw: st.DrawFn) -> Script:
    """Any sync."""
    ports = draw(st.lists(st.sampled_from(PORTS), max_size=4))
    yes = st.integers(0, 9).map(lambda n: n == 0)
    return Script(
        wishes=Wishes(
            download=not draw(yes),
            restore=draw(yes),
            recreate=draw(yes),
            recheck=draw(yes),
            mirror=draw(yes),
            max_removals=draw(st.sampled_from([None, 9])),
        ),
        limit=draw(st.sampled_from([None, None, None, None, 1, 3])),
        faults=tuple((port, draw(st.integers(1, 40)), draw(st.sampled_from(FAULTS[port]))) for port in ports),
        lost=draw(st.sampled_from([0.0, 0.0, 0.4, 1.0])),
        kind=draw(st.sampled_from(["lost_reply", "never_arrived", "told", "late"])),
    )


@st.composite
def worlds(draw: st.DrawFn) -> World:
    """Any playlist: repeated, absent and look-alike tracks, and rows that were there before."""
    numbers = draw(st.lists(st.integers(1, 30), min_size=1, max_size=7, unique=True))
    tracks, absent, dead, before = (
        list[Track](),
        dict[TrackId, Availability](),
        set[TrackId](),
        list[tuple[Track, str]](),
    )
    for number in numbers:
        availability = draw(st.sampled_from(AVAILABLE))
        if availability in (Availability.GONE, Availability.PRIVATE):
            absent[TrackId(number)] = availability
            continue
        track = make_track(number, title=draw(st.sampled_from(["", "", "Same"])), availability=availability)
        tracks.append(track)
        if draw(st.integers(0, 5)) == 0:
            dead.add(track.id)
        kind = draw(st.sampled_from(ROWS_BEFORE))
        if kind != "none":
            before.append((track, kind))
    entries = [*draw(st.permutations(numbers)), *draw(st.lists(st.sampled_from(numbers), max_size=3))]
    made = World(make_listing(tracks, entries=entries, absent=absent), draw(st.integers(0, 999)))
    made.source.dead = dead
    for track, kind in before:
        made.had_row(track, kind)
    return made


# --- one sync, and what is true after it ----------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Before:
    """What was there before a sync."""

    pages: Mapping[PageId, Page]
    files: Mapping[str, StoredFile]
    owners: Mapping[str, TrackId]


def sync(world: World, script: Script) -> None:
    """Syncs as the script says, and looks at what the report tells. Without a report the run is known as broken off."""
    world.clock.advance(600)
    world.catalog.settle_late()
    pages, runs = world.catalog.pages(), world.service.runs(9)
    before = Before(pages=pages, files=dict(world.store.files), owners=dict(world.store.owners))
    world.catalog.wrote.clear()
    setattr(world.trouble, script.kind, script.lost)
    for port, call, error in script.faults:
        world.fail(port, call, error("as the script says"))
    ended: Ended | None = None
    failed: CloudcrateError | None = None
    try:
        ended = world.service.sync(Order(link=LINK, limit=script.limit, wishes=script.wishes))
    except CloudcrateError as error:
        failed = error
    world.calm()
    setattr(world.trouble, script.kind, 0.0)
    if ended is None:
        event(f"no report: {type(failed).__name__}")
        known = {run.id for run in runs}
        begun = [run for run in world.service.runs(9) if run.id not in known]
        if not begun:
            assert world.catalog.pages().keys() == before.pages.keys(), f"rows were made and nothing said: {failed!r}"
            assert world.store.files.keys() == before.files.keys(), f"files were made and nothing said: {failed!r}"
        assert [run.report for run in begun] in ([], [None]), "`runs` says that it broke off"
        return
    event(f"ended by {type(ended.error).__name__}")
    entries = world.listing.playlist.entries[: script.limit]
    assert_sums(ended.report, len(entries), len(set(entries)))
    assert_printed(ended.report)
    (record, *_) = world.service.runs(1)
    if record.report is None:
        assert ended.error is not None, "nothing failed, and yet `runs` says that it broke off"
    else:
        assert codec.loads(Report, record.report) == ended.report
    for track in ended.report.tracks:
        assert_row(world, before, track)
        assert_file(world, before, track)
        assert_said(track, ended)


def assert_sums(report: Report, entries: int, distinct: int) -> None:
    """The sums as a value."""
    assert (report.entries, report.listed, len(report.tracks)) == (entries, distinct, distinct)
    assert len({track.track_id for track in report.tracks}) == distinct
    rows = {state.value: sum(t.row is state for t in report.tracks) for state in RowState}
    assert report.rows == {name: count for name, count in rows.items() if count or name != "not_asked_for"}
    assert report.files == {state.value: sum(t.file is state for t in report.tracks) for state in FileState}
    assert sum(report.rows.values()) == sum(report.files.values()) == distinct


def assert_printed(report: Report) -> None:
    """The sums as JSON and as text, read as a stranger would."""
    data = json.loads(as_json_text({"report": report}))["report"]
    assert data["listed"] == sum(data["rows"].values()) == sum(data["files"].values()) == len(data["tracks"])
    assert Counter(t["row"] for t in data["tracks"]) == Counter({k: n for k, n in data["rows"].items() if n})
    assert Counter(t["file"] for t in data["tracks"]) == Counter({k: n for k, n in data["files"].items() if n})
    lines = list(show.report_lines(report))
    for name, parts in (("Rows", data["rows"]), ("Files", data["files"])):
        (line,) = [line for line in lines if line.startswith(f"{name}: ")]
        total, terms = re.fullmatch(rf"{name}: +(\d+) = (.*?)  \(.*\)", line).groups()  # type: ignore[union-attr]  # it must
        printed = {word.replace(" ", "_"): int(n) for n, word in (term.split(" ", 1) for term in terms.split(" + "))}
        assert printed == parts
        assert int(total) == sum(printed.values())
    assert re.search(rf": {report.entries} entries, {report.listed} tracks, ", lines[0])
    told = {int(found) for line in lines for found in re.findall(r"^ +\d+  .*\[(\d+)\]: ", line)}
    assert told == {int(track.track_id) for track in report.unfinished}


def assert_row(world: World, before: Before, track: TrackResult) -> None:
    """A track's row state against the rows of the catalog."""
    number, pages = int(track.track_id), world.catalog.pages()
    mine = {i for i, page in pages.items() if page.cells.get(Field.SOUNDCLOUD_ID) == number}
    new = mine - before.pages.keys()
    scope = Scope(catalog="memory:catalog", library=world.store.id)
    page_id = world.ledger.recall(scope, [track.track_id])[track.track_id].page_id
    told = f"{track} rows {sorted(mine)}, new {sorted(new)}, written {sorted(world.catalog.wrote)}"
    if track.row is RowState.CREATED:
        assert len(new) == 1, told
        assert new == {page_id}, told
    elif track.row not in LEFT_ROWS:
        assert not new, told
    if track.row is RowState.UPDATED:
        assert page_id in before.pages, told
        assert page_id in world.catalog.wrote, told
    elif track.row is RowState.UNCHANGED:
        assert page_id not in world.catalog.wrote, told
        assert page_id is not None or "without a row" in track.reason, told
    elif track.row is RowState.NO_METADATA:
        assert track.track_id in world.listing.absent, told


def assert_file(world: World, before: Before, track: TrackResult) -> None:
    """A track's file state against the files of the library."""
    mine = {path for path, owner in world.store.owners.items() if owner == track.track_id}
    new = {path for path in mine if path not in before.files} if not _had_file(before, track) else set()
    told = f"{track} files {sorted(mine)}, new {sorted(new)}"
    if track.file in (FileState.DOWNLOADED, FileState.PRESENT):
        assert track.path in mine, told
    elif track.file in (FileState.UNOBTAINABLE, FileState.NOT_ASKED):
        assert not new, told
    if track.file is FileState.PRESENT:
        assert _had_file(before, track), told
        assert not new, told


def _had_file(before: Before, track: TrackResult) -> bool:
    return track.track_id in before.owners.values()


def assert_said(track: TrackResult, ended: Ended) -> None:
    """What is left of a track has a reason, and what failed is no success."""
    left = track.row in (*LEFT_ROWS, RowState.NO_METADATA) or track.file in (
        FileState.FAILED,
        FileState.PENDING,
        FileState.UNOBTAINABLE,
    )
    assert track.reason or not left, track
    if {track.row, track.file} & {RowState.FAILED, RowState.PENDING, FileState.FAILED, FileState.PENDING}:
        assert ended.report.failed, track
        assert ended.report.next_step != "Nothing is left to do."


@settings(max_examples=EXAMPLES)
@given(worlds(), scripts(), scripts(), st.lists(st.tuples(st.sampled_from(HANDS), st.integers(0, 20)), max_size=4))
def test_both_sums_hold_and_are_true(world: World, first: Script, second: Script, hands: list[tuple[str, int]]) -> None:
    sync(world, first)
    for what, pick in hands:
        world.use_hand(what, pick)
    sync(world, second)
    sync(world, replace(second, faults=(), lost=0.0))
