"""A whole world in memory on which several workers share runs, each of which may die or freeze anywhere."""

import threading
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from itertools import count
from pathlib import PurePosixPath
from typing import Any  # Any: a port's methods take whatever they take

from fake_store import MemoryStore
from memory import MemoryLedger, SerialEngine, SimulatedClock
from memory_work import DiedError, MemoryCrew, MemoryGate, MemoryWork
from pretend import LINK, MemorySource, Trouble, TroubledCatalog, Watcher
from worlds import make_listing, make_track

from cloudcrate.app.gather import Order, Tools
from cloudcrate.app.running import Ended, begin
from cloudcrate.app.service import Service
from cloudcrate.app.sharing import Sharing
from cloudcrate.core.ending import Ending
from cloudcrate.core.model import Cells, Field, Listing, Page, StoredFile, Stream, Track, TrackId
from cloudcrate.errors import CloudcrateError
from cloudcrate.ports.ledger import Scope
from cloudcrate.ports.library import Recipe, StagedFile
from cloudcrate.ports.running import Spent
from cloudcrate.ports.work import Errand
from cloudcrate.ports.world import Media


class Steps:
    """Counts the steps of the workers, and lets one die before or after a chosen one.

    A step is what leaves a trace: a write of the ledger, of the catalog, of the library or of the work.
    """

    def __init__(self) -> None:
        self.taken: list[str] = []
        self.before: int | None = None
        self.after: int | None = None
        self.counts = False

    def step(self, name: str, act: Callable[..., Any], *arguments: Any, **named: Any) -> Any:  # Any: as above
        """Takes one step."""
        if not self.counts:
            return act(*arguments, **named)
        number = len(self.taken)
        self.taken.append(name)
        if number == self.before:
            raise DiedError
        result = act(*arguments, **named)
        if number == self.after:
            raise DiedError
        return result


LEDGER = (
    *("claim", "confirm", "release", "record_page", "record_file", "record_unobtainable", "open_intent"),
    *("drop_intent", "record_events", "keep_playlist", "end_run", "recall"),
)
CATALOG = ("find", "get", "create", "update")
STORE = ("fetch", "place", "move", "lying_at", "write_playlist", "write_folder")
WORK = ("run", "piece", "done", "postpone", "stop", "end")


def stepping(port: object, steps: Steps, names: Sequence[str], kind: str) -> None:
    """Makes the named methods of one of our fakes take steps."""
    for name in names:
        act = getattr(port, name)

        setattr(port, name, partial(steps.step, f"{kind}.{name}", act))


class RecordingCatalog(TroubledCatalog):
    """A catalog that remembers when each create was sent."""

    def __init__(self, clock: SimulatedClock, trouble: Trouble) -> None:
        super().__init__(clock, trouble)
        self.sent: list[tuple[int, float]] = []

    def create(self, cells: Cells, track: Track, *, announce: Callable[[], None]) -> Page:
        self.sent.append((int(track.id), self._clock.now()))
        return super().create(cells, track, announce=announce)


class PausingStore(MemoryStore):
    """A library in which a worker may pause between the fetch of a file and its naming."""

    def __init__(self) -> None:
        super().__init__()
        self.meanwhile: list[Callable[[], None]] = []
        self.close_failure: CloudcrateError | None = None  # of the next write of a playlist
        self.read_failure: CloudcrateError | None = None  # of every reading of one

    def read_playlist(self, path: str) -> tuple[PurePosixPath, ...] | None:
        if self.read_failure is not None:
            raise self.read_failure
        return super().read_playlist(path)

    def write_playlist(self, path: str, title: str, entries: Sequence[tuple[StoredFile, Track | None]]) -> None:
        error, self.close_failure = self.close_failure, None
        if error is not None:
            raise error
        super().write_playlist(path, title, entries)

    def fetch(self, track: Track, stream: Stream, media: Callable[[], Media], recipe: Recipe) -> StagedFile:
        staged = super().fetch(track, stream, media, recipe)
        if self.meanwhile:
            self.meanwhile.pop(0)()
        return staged


class SharedWorld:
    """Everything one service works with, and the service; its runs are shared."""

    def __init__(
        self,
        listing: Listing,
        *,
        trouble: Trouble | None = None,
        wait: bool = True,
        **crew: Any,  # Any: see MemoryCrew
    ) -> None:
        self.stop = threading.Event()
        self.clock, self.trouble, self.steps = SimulatedClock(stop=self.stop), trouble or Trouble(), Steps()
        self.source, self.store, self.watcher = MemorySource(listing), PausingStore(), Watcher()
        self.catalog = RecordingCatalog(self.clock, self.trouble)
        self.ledger = MemoryLedger(self.clock)
        self.work, self.gate = MemoryWork(self.ledger, self.clock), MemoryGate(wait=wait)
        self.crew = MemoryCrew(self.work, self.clock, **crew)
        self.order = Order(link=LINK)
        self.announced: list[Ending] = []
        self.sharing = self.worker()
        self.service = Service(self.tools(lambda: self.sharing), sharing=self.sharing)

    def tools(self, sharing: Callable[[], Sharing]) -> Tools:
        """The tools of one process, whose meter counts how often it was read."""
        requests = count()
        return Tools(
            source=self.source,
            catalog=self.catalog,
            playlist_pages=None,
            store=self.store,
            playlist_files=self.store,
            ledger=self.ledger,
            engine=SerialEngine(),
            clock=self.clock,
            listener=self.watcher,
            meter=lambda: Spent(soundcloud_requests=next(requests)),
            owner="local",
            exclusive=lambda: sharing().alone(),
            settle=90.0,
            announce=self.announced.append,
        )

    def worker(self) -> Sharing:
        """Another process that works on the same runs."""
        made: list[Sharing] = []
        made.append(Sharing(self.tools(lambda: made[0]), self.work, self.crew, self.gate, by="sync on ada"))
        return made[0]

    def hand_out(self) -> str:
        """Begins a run and leaves; answers with its id."""
        with self.sharing.alone():
            begun = begin(self.tools(lambda: self.sharing), self.order)
            self.sharing.hand_out(begun)
        return begun.run_id

    def deliver(self, track: int, job: str, to: Sharing | None = None) -> None:
        """Delivers one job that waits, due or not, to a worker."""
        taken = next(w for w in self.work.jobs if (w.errand.track_id, w.errand.job, w.doing) == (track, job, False))
        taken.doing = True
        (to or self.sharing).perform(taken.errand)
        self.work.finished(taken)

    @property
    def run_id(self) -> str:
        """Of the newest run."""
        return self.service.runs(1)[0].id

    @property
    def scope(self) -> Scope:
        """Of the catalog and the library."""
        return Scope(catalog=self.catalog.open().id, library=self.store.id)

    def sync(self) -> Ended:
        """One sync from its beginning to its end."""
        return self.service.sync(self.order)

    def counts_steps(self) -> None:
        """From now on steps are counted, and workers may die at them."""
        stepping(self.ledger, self.steps, LEDGER, "ledger")
        stepping(self.catalog, self.steps, CATALOG, "catalog")
        stepping(self.store, self.steps, STORE, "store")
        stepping(self.work, self.steps, WORK, "work")
        self.steps.counts = True


def plain_report(ended: Ended) -> object:
    """A report without what no two runs have in common."""
    return replace(ended.report, traffic=replace(ended.report.traffic, seconds=0.0, soundcloud_requests=0))


def ids(world: SharedWorld) -> Counter[object]:
    """The tracks that rows are of, and how many each has."""
    return Counter(page.cells[Field.SOUNDCLOUD_ID] for page in world.catalog.every_row())


def songs(count: int) -> Listing:
    """A playlist of so many tracks."""
    return make_listing([make_track(number) for number in range(1, count + 1)])


def assert_whole(world: SharedWorld, count: int) -> None:
    """One row and one file per track, and nothing left to do."""
    assert ids(world) == Counter(range(1, count + 1))
    assert Counter(world.store.owners.values()) == Counter(range(1, count + 1))
    assert len(world.store.files) == count
    assert world.service.preview(world.order).changes == 0


def errand(run_id: str, track: int, job: str, *, deliveries: int = 0, postponed: int = 0) -> Errand:
    """One job."""
    return Errand(run_id=run_id, track_id=TrackId(track), job=job, deliveries=deliveries, postponed=postponed)
