"""The ports in memory, for everybody's tests: ledger, catalog, clock and engine. Held to the same contracts."""

import threading
from collections import deque
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace

from memory_ledger import MemoryLedger

from cloudcrate.core import match
from cloudcrate.core.model import (
    Candidate,
    CatalogInfo,
    Cells,
    CellValue,
    Field,
    Origin,
    Page,
    PageId,
    PlaylistFacts,
    Track,
)
from cloudcrate.errors import NotFoundError, StoppedError
from cloudcrate.ports.running import Job

__all__ = ["MemoryCatalog", "MemoryLedger", "SerialEngine", "SimulatedClock"]

EPOCH = 1_780_000_000.0
"""Where simulated time begins unless a test says otherwise: in 2026."""


class SimulatedClock:
    """Time that passes only when somebody sleeps or advances it."""

    def __init__(self, start: float = EPOCH, stop: threading.Event | None = None) -> None:
        self._now = start
        self._monotonic = 0.0
        self._stop = stop or threading.Event()
        self._lock = threading.Lock()
        self.slept: list[float] = []

    def now(self) -> float:
        """Seconds since the epoch, UTC."""
        return self._now

    def monotonic(self) -> float:
        """Seconds since the clock was made."""
        return self._monotonic

    def sleep(self, seconds: float) -> None:
        """Lets time pass at once. Raises: StoppedError when the user has asked to stop."""
        if self._stop.is_set():
            raise StoppedError("Stopped while waiting.")
        self.slept.append(seconds)
        self.advance(max(0.0, seconds))

    def advance(self, seconds: float) -> None:
        """Lets time pass."""
        with self._lock:
            self._now += seconds
            self._monotonic += seconds

    def set_wall(self, now: float) -> None:
        """Sets the wall clock, as an administrator may; the monotonic one goes on."""
        self._now = now


class SerialEngine:
    """Performs jobs one after another in the caller's thread, in the order they were given."""

    def __init__(self, stop: threading.Event | None = None) -> None:
        self._stop = stop or threading.Event()

    def run(self, jobs: Sequence[Job], perform: Callable[[Job], Sequence[Job]]) -> None:
        """See ``ports.Engine.run``."""
        queue = deque(jobs)
        while queue:
            if self._stop.is_set():
                raise StoppedError("Stopped; what was in flight is finished.")
            queue.extend(perform(queue.popleft()))


# --- the catalog --------------------------------------------------------------------------------


class MemoryCatalog:
    """A catalog, with playlist pages if asked for, and the hands of its user: ``edit`` and ``trash``."""

    def __init__(self, fields: Collection[Field] = tuple(Field), *, needs_playlist_page: bool = False) -> None:
        self._info = CatalogInfo(
            id="memory:catalog",
            name="Music Tracks",
            fields=frozenset(fields),
            needs_playlist_page=needs_playlist_page,
        )
        self._pages: dict[PageId, Page] = {}
        self.playlists: dict[str, PlaylistFacts] = {}
        self._lock = threading.RLock()
        self.writes = 0  # creates and updates so far

    def open(self) -> CatalogInfo:
        """See ``ports.Catalog.open``."""
        return self._info

    def find(self, tracks: Sequence[Track], *, exact: bool = False) -> tuple[Page, ...]:
        """See ``ports.Catalog.find``."""
        ids = {int(track.id) for track in tracks}
        rows = self.every_row()
        if exact and Field.SOUNDCLOUD_ID in self._info.fields:
            return tuple(page for page in rows if match.soundcloud_id(page) in ids)
        return match.nearby(tracks, rows)

    def get(self, pages: Mapping[PageId, Track]) -> dict[PageId, Page]:
        """See ``ports.Catalog.get``."""
        with self._lock:
            return {i: self._pages.get(i, Page(id=i, cells={}, trashed=True)) for i in pages}

    def create(self, cells: Cells, track: Track, *, announce: Callable[[], None]) -> Page:
        """See ``ports.Catalog.create``."""
        announce()
        with self._lock:
            page = Page(id=PageId(f"page-{len(self._pages) + 1}"), cells=self._kept({}, cells))
            self._pages[page.id] = page
            self.writes += 1
            return page

    def update(self, page_id: PageId, cells: Cells) -> Page:
        """See ``ports.Catalog.update``."""
        with self._lock:
            page = self.edit(page_id, cells)
            self.writes += 1
            return page

    def edit(self, page_id: PageId, cells: Cells) -> Page:
        """Changes cells as the user may; counts as no write of ours."""
        with self._lock:
            page = self._pages.get(page_id)
            if page is None or page.trashed:
                raise NotFoundError(f"The row {page_id} is gone.")
            self._pages[page_id] = replace(page, cells=self._kept(page.cells, cells))
            return self._pages[page_id]

    def trash(self, page_id: PageId) -> None:
        """See ``ports.Catalog.trash``."""
        with self._lock:
            self._pages[page_id] = replace(self._pages[page_id], trashed=True)

    def archive(self, page_id: PageId) -> None:
        """Archives a row as the user may."""
        with self._lock:
            self._pages[page_id] = replace(self._pages[page_id], archived=True)

    def every_row(self) -> tuple[Page, ...]:
        """See ``ports.Catalog.every_row``: oldest first."""
        with self._lock:
            return tuple(page for page in self._pages.values() if not page.trashed)

    def has_page(self, name: str) -> bool:
        """See ``ports.PlaylistPages.has_page``."""
        return name in self.playlists

    def ensure_page(self, name: str, facts: PlaylistFacts) -> None:
        """See ``ports.PlaylistPages.ensure_page``."""
        self.playlists.setdefault(name, facts)

    def lacks(self, name: str, facts: PlaylistFacts) -> tuple[str, ...]:
        """See ``ports.PlaylistPages.lacks``."""
        held = self.playlists[name]
        kinds = [kind for kind in PlaylistFacts.__slots__ if kind != "synced_at"]
        return tuple(k for k in kinds if getattr(facts, k) not in (None, getattr(held, k)))

    def tell(self, name: str, facts: PlaylistFacts) -> bool:
        """See ``ports.PlaylistPages.tell``."""
        if not self.lacks(name, facts) and facts.synced_at is None:
            return False
        told = {k: getattr(facts, k) for k in PlaylistFacts.__slots__ if getattr(facts, k) is not None}
        self.playlists[name] = replace(self.playlists[name], **told)
        self.writes += 1
        return True

    def named(self) -> tuple[Candidate, ...]:
        """See ``ports.PlaylistPages.named``."""
        return tuple(
            Candidate(title=name, owner=facts.owner or "", url=facts.url, origin=Origin.NOTION, tracks=facts.tracks)
            for name, facts in self.playlists.items()
            if facts.url and "soundcloud.com/" in facts.url
        )

    def _kept(self, before: Cells, cells: Cells) -> dict[Field, CellValue]:
        linked = cells.get(Field.PLAYLISTS, ())
        if self._info.needs_playlist_page and isinstance(linked, tuple):
            assert set(linked) <= self.playlists.keys(), "a playlist is linked to before it has a page"
        both = {**before, **cells}
        return {name: value for name, value in both.items() if name in self._info.fields and value not in ("", ())}
