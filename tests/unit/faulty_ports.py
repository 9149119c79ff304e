"""Fakes of the ports whose calls fail when they are told to: the n-th call of a port raises a chosen error."""

import random
import threading
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from fake_store import MemoryStore
from memory import MemoryLedger, SimulatedClock
from pretend import MemorySource, Trouble, TroubledCatalog

from cloudcrate.core.link import Link
from cloudcrate.core.model import Cells, Listing, Page, PageId, StoredFile, Stream, Track, TrackId
from cloudcrate.errors import CloudcrateError
from cloudcrate.ports.library import Recipe, StagedFile
from cloudcrate.ports.running import Job
from cloudcrate.ports.world import Clock, Media


@dataclass
class Faults:
    """What the calls of one port come to: ``at`` names those that fail, by number, and how."""

    at: dict[int, CloudcrateError] = field(default_factory=dict)
    calls: int = 0

    def step(self) -> None:
        """Counts a call, and fails if it is one of those."""
        self.calls += 1
        error = self.at.pop(self.calls, None)
        if error is not None:
            raise error


class FaultySource(MemorySource):
    """A SoundCloud whose calls fail."""

    def __init__(self, listing: Listing) -> None:
        super().__init__(listing)
        self.faults = Faults()

    def read(self, link: Link, *, limit: int | None, known: Mapping[TrackId, Track]) -> Listing:
        self.faults.step()
        return super().read(link, limit=limit, known=known)

    def media(self, track: Track, stream: Stream) -> Media:
        self.faults.step()
        return super().media(track, stream)


class FaultyCatalog(TroubledCatalog):
    """A catalog whose calls fail; ``wrote`` names the rows whose cells were written."""

    def __init__(self, clock: SimulatedClock, trouble: Trouble) -> None:
        super().__init__(clock, trouble)
        self.faults = Faults()
        self.wrote: set[PageId] = set()

    def pages(self) -> dict[PageId, Page]:
        """Every row, those in the trash too."""
        return dict(self._pages)

    def find(self, tracks: Sequence[Track], *, exact: bool = False) -> tuple[Page, ...]:
        self.faults.step()
        return super().find(tracks, exact=exact)

    def get(self, pages: Mapping[PageId, Track]) -> dict[PageId, Page]:
        self.faults.step()
        return super().get(pages)

    def create(self, cells: Cells, track: Track, *, announce: Callable[[], None]) -> Page:
        self.faults.step()
        return super().create(cells, track, announce=announce)

    def update(self, page_id: PageId, cells: Cells) -> Page:
        self.faults.step()
        page = super().update(page_id, cells)
        self.wrote.add(page_id)
        return page


class FaultyStore(MemoryStore):
    """A library whose calls fail."""

    def __init__(self) -> None:
        super().__init__()
        self.faults = Faults()

    def present(self, files: Mapping[TrackId, StoredFile]) -> dict[TrackId, StoredFile]:
        self.faults.step()
        return super().present(files)

    def lying_at(self, stem: str, track_id: TrackId) -> StoredFile | None:
        self.faults.step()
        return super().lying_at(stem, track_id)

    def fetch(self, track: Track, stream: Stream, media: Callable[[], Media], recipe: Recipe) -> StagedFile:
        self.faults.step()
        return super().fetch(track, stream, media, recipe)

    def place(self, staged: StagedFile, stem: str) -> StoredFile:
        self.faults.step()
        return super().place(staged, stem)

    def move(self, file: StoredFile, stem: str) -> StoredFile:
        self.faults.step()
        return super().move(file, stem)

    def read_playlist(self, path: str) -> tuple[PurePosixPath, ...] | None:
        self.faults.step()
        return super().read_playlist(path)

    def write_playlist(self, path: str, title: str, entries: Sequence[tuple[StoredFile, Track | None]]) -> None:
        self.faults.step()
        super().write_playlist(path, title, entries)


class FaultyLedger(MemoryLedger):
    """A ledger whose calls fail: every method begins by taking the lock."""

    def __init__(self, clock: Clock) -> None:
        self.faults = Faults()
        super().__init__(clock)

    @property
    def _lock(self) -> threading.RLock:
        self.faults.step()
        return super()._lock


class ShuffledEngine:
    """Performs jobs one after another in an order drawn by a seed; a job that ``faults`` names is not begun."""

    def __init__(self, seed: int) -> None:
        self._dice = random.Random(seed)
        self.faults = Faults()

    def run(self, jobs: Sequence[Job], perform: Callable[[Job], Sequence[Job]]) -> None:
        """See ``ports.Engine.run``."""
        shuffled = list(jobs)
        self._dice.shuffle(shuffled)
        queue = deque(shuffled)
        while queue:
            self.faults.step()
            queue.extend(perform(queue.popleft()))
