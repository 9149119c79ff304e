"""Repairs what cloudcrate remembers: takes over what is sound, and finds the rest again by ids alone."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from pathlib import PurePath
from typing import Protocol

from cloudcrate.core import naming
from cloudcrate.core.link import normal_url
from cloudcrate.core.model import CellValue, Field, Page, PageId, StoredFile, Track, TrackId
from cloudcrate.errors import CloudcrateError
from cloudcrate.ports.catalog import Catalog
from cloudcrate.ports.ledger import Ledger, Scope
from cloudcrate.ports.library import FoundFile, Store
from cloudcrate.ports.world import Clock

LEASE = 600.0
"""Seconds for which a track is claimed while it is looked at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """What is left of one table."""

    name: str
    sound: int
    damaged: int
    whole: bool  # every row was reached; else more may be lost than is counted
    regained: int = 0  # rows taken from the newest backup, once it is repaired


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What is left of one file."""

    name: str  # ledger, local catalog
    path: str
    state: str  # sound, damaged, missing, absent (there never was one)
    flaw: str = ""  # what is wrong with the file as such
    tables: tuple[Table, ...] = ()
    backup: str = ""  # the one that rows can be taken from
    moved_to: str = ""  # where the damaged file is, once it is repaired
    written_at: float | None = None  # epoch seconds of the last write; None: not known

    @property
    def needs_repair(self) -> bool:
        """Says whether there is something to be done."""
        return self.state in ("damaged", "missing")


class State(Protocol):
    """The files that hold what cloudcrate remembers."""

    def look(self) -> tuple[Look, ...]:
        """Reads each in full and changes nothing. Raises: StateError when a newer cloudcrate wrote one; DiskError."""

    def renew(self) -> tuple[Look, ...]:
        """Puts a sound file in the place of each that is not; the damaged one is kept beside. Raises: as above."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """The opened state, and what is compared with it."""

    ledger: Ledger
    store: Store
    catalog: Catalog
    clock: Clock
    owner: str  # names this worker in claims
    template: str  # of files' names
    settle: float  # seconds after which a create that was lost cannot appear any more


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What was found again, and in words what could not be looked at."""

    files: int = 0
    rows: int = 0
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Repaired:
    """What a repair has done."""

    files: tuple[Look, ...]
    found: Found


class Repair:
    """The verb. Whoever calls it holds the state alone."""

    def __init__(self, state: State, opened: Callable[[], AbstractContextManager[Memory]]) -> None:
        self._state = state
        self._opened = opened

    def look(self) -> tuple[Look, ...]:
        """What is sound and what is not. Changes nothing. Raises: StateError (too new), DiskError."""
        return self._state.look()

    def carry_out(self) -> Repaired:
        """Repairs what needs it. A state that is sound is left alone. Raises: StateError (too new), DiskError."""
        looks = self._state.renew()
        if not any(look.needs_repair for look in looks):
            return Repaired(files=looks, found=Found())
        with self._opened() as memory:
            return Repaired(files=looks, found=find_again(memory, _settled_at(looks, memory)))


def find_again(memory: Memory, settled_at: float) -> Found:
    """Finds files and rows of the tracks of the known playlists, each by its id or link and by nothing else."""
    ids = list(
        dict.fromkeys(t for p in memory.ledger.playlists() if p.id is not None for t in memory.ledger.entries(p.id))
    )
    tracks = memory.ledger.tracks(ids, newer_than=0.0)
    files, more = _files(memory, tracks)
    rows, notes = 0, list(more)
    try:
        rows = _rows(memory, ids, tracks, settled_at)
    except CloudcrateError as error:
        notes.append(f"rows were not looked for ({error.message}); the next sync does")
    return Found(files=files, rows=rows, notes=tuple(notes))


def _settled_at(looks: Sequence[Look], memory: Memory) -> float:
    """When every row that was being made has appeared (epoch seconds): what tells of them may be lost."""
    lost = [
        look.written_at if look.written_at is not None else memory.clock.now()
        for look in looks
        if look.needs_repair
        and (not look.tables or any(t.name == "intents" and (t.damaged or not t.whole) for t in look.tables))
    ]
    return max((min(at, memory.clock.now()) + memory.settle for at in lost), default=0.0)


# --- files --------------------------------------------------------------------------------------


def _files(memory: Memory, tracks: Mapping[TrackId, Track]) -> tuple[int, list[str]]:
    """Records the library's files that bear a track's id, unless the track's file is recorded."""
    scope = Scope(catalog="", library=memory.store.id)
    known = memory.ledger.recall(scope, tracks)
    lacking = {t: track for t, track in tracks.items() if known[t].file is None}
    if not lacking:
        return 0, []
    try:
        there = _by_id(memory.store, lacking)
    except CloudcrateError as error:
        return 0, [f"files were not looked for ({error.message})"]
    recorded, notes = 0, []
    for track_id, found in there.items():
        track = lacking[track_id]
        stem = naming.Stems({}, memory.template).give(track)
        claim = memory.ledger.claim(scope, track_id, memory.owner, lease=LEASE, now=memory.clock.now())
        if claim is None:
            continue
        try:
            file = memory.store.adopt(_as_named(found, stem, memory.store), track, stem)
            memory.ledger.record_file(claim, _named(file, stem, memory.clock.now()))
            recorded += 1
        except CloudcrateError as error:
            if error.exit_code != 3:  # the disk or the state, not this one file
                raise
            notes.append(error.message)
        finally:
            memory.ledger.release([claim])
    return recorded, notes


def _by_id(store: Store, tracks: Mapping[TrackId, Track]) -> dict[TrackId, list[FoundFile]]:
    found: dict[TrackId, list[FoundFile]] = {}
    for file in store.explore(store.id):
        track_id = file.tags.track_id
        if track_id is not None and track_id in tracks and not naming.is_quarantined(_relative(file, store)):
            found.setdefault(track_id, []).append(file)
    return found


def _as_named(found: Sequence[FoundFile], stem: str, store: Store) -> FoundFile:
    """Of several the one with the name that cloudcrate gives; the others are its user's copies."""
    own = naming.path_key(stem)
    ordered = sorted(found, key=lambda file: file.path)
    return next((f for f in ordered if naming.path_key(naming.bare(_relative(f, store))) == own), ordered[0])


def _named(file: StoredFile, stem: str, now: float) -> StoredFile:
    own = naming.path_key(naming.bare(file.path)) == naming.path_key(stem)
    return replace(file, stem=stem if own else file.stem, checked_at=now)


def _relative(file: FoundFile, store: Store) -> str:
    return PurePath(file.path).relative_to(store.id).as_posix()


# --- rows ---------------------------------------------------------------------------------------


def _rows(memory: Memory, ids: Sequence[TrackId], tracks: Mapping[TrackId, Track], settled_at: float) -> int:
    """Records the rows that bear a track's id or link. Only if it is one row, nobody else's, and not put away."""
    info = memory.catalog.open()
    scope = Scope(catalog=info.id, library=memory.store.id)
    known = memory.ledger.recall(scope, ids)
    decided = memory.ledger.decisions(info.id, ids)
    lacking = [t for t in ids if known[t].page_id is None and t not in decided]
    if not lacking:
        return 0
    memory.clock.sleep(max(0.0, min(settled_at - memory.clock.now(), memory.settle)))
    owners, recorded = memory.ledger.page_owners(info.id), 0
    by_id, by_link = _keys(memory.catalog.every_row())
    for track_id in lacking:
        links = by_link.get(normal_url(tracks[track_id].url) or "", ()) if track_id in tracks else ()
        pages = {page.id: page for page in (*by_id.get(track_id, ()), *links)}
        page = next(iter(pages.values())) if len(pages) == 1 else None
        if page is None or page.id in owners or page.trashed or page.archived:
            continue
        claim = memory.ledger.claim(scope, track_id, memory.owner, lease=LEASE, now=memory.clock.now())
        if claim is not None:
            memory.ledger.record_page(claim, page.id, written={}, offered={})
            memory.ledger.release([claim])
            owners[PageId(page.id)] = track_id
            recorded += 1
    return recorded


def _keys(pages: Iterable[Page]) -> tuple[dict[int, list[Page]], dict[str, list[Page]]]:
    """Rows by their SoundCloud id, and those without one by their link."""
    by_id: dict[int, list[Page]] = {}
    by_link: dict[str, list[Page]] = {}
    for page in pages:
        number, url = _whole_number(page.cells.get(Field.SOUNDCLOUD_ID)), page.cells.get(Field.URL)
        if number is not None:
            by_id.setdefault(number, []).append(page)
        elif isinstance(url, str) and (link := normal_url(url)):
            by_link.setdefault(link, []).append(page)
    return by_id, by_link


def _whole_number(value: CellValue | None) -> int | None:
    if isinstance(value, float) and value.is_integer():
        return int(value)
    text = str(value).strip()
    return int(text) if text.isdecimal() and text.isascii() and len(text) < 20 else None
