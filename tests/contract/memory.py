"""The ports in memory, for everybody's tests: ledger, catalog, clock and engine. Held to the same contracts."""

import threading
from collections import deque
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace

from memory_ledger import MemoryLedger

from cloudcrate.core.link import normal_url
from cloudcrate.core.match import title_lookups
from cloudcrate.core.model import (
    CatalogInfo,
    Cells,
    CellValue,
    Field,
    Page,
    PageId,
    Track,
)
from cloudcrate.core.text import fold
from cloudcrate.errors import NotFoundError, StoppedError
from cloudcrate.ports import Job

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
        self._playlists: dict[str, str] = {}
        self._lock = threading.RLock()
        self.writes = 0  # creates and updates so far

    def open(self) -> CatalogInfo:
        """See ``ports.Catalog.open``."""
        return self._info

    def find(self, tracks: Sequence[Track]) -> tuple[Page, ...]:
        """See ``ports.Catalog.find``."""
        ids = {str(track.id) for track in tracks}
        links = {normal_url(track.url) for track in tracks} - {None}
        titles = {fold(title) for track in tracks for title in title_lookups(track)}
        with self._lock:
            return tuple(
                page
                for page in self._pages.values()
                if not page.trashed
                and (
                    str(page.cells.get(Field.SOUNDCLOUD_ID)) in ids
                    or normal_url(str(page.cells.get(Field.URL, ""))) in links
                    or fold(str(page.cells.get(Field.TITLE, ""))) in titles
                )
            )

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
        """Moves a row to the trash as the user may."""
        with self._lock:
            self._pages[page_id] = replace(self._pages[page_id], trashed=True)

    def rows(self) -> tuple[Page, ...]:
        """Every row that is not in the trash, oldest first."""
        with self._lock:
            return tuple(page for page in self._pages.values() if not page.trashed)

    def has_page(self, name: str) -> bool:
        """See ``ports.PlaylistPages.has_page``."""
        return name in self._playlists

    def ensure_page(self, name: str, url: str) -> None:
        """See ``ports.PlaylistPages.ensure_page``."""
        self._playlists.setdefault(name, url)

    def _kept(self, before: Cells, cells: Cells) -> dict[Field, CellValue]:
        linked = cells.get(Field.PLAYLISTS, ())
        if self._info.needs_playlist_page and isinstance(linked, tuple):
            assert set(linked) <= self._playlists.keys(), "a playlist is linked to before it has a page"
        both = {**before, **cells}
        return {name: value for name, value in both.items() if name in self._info.fields and value not in ("", ())}
