"""A whole world in memory: source, store, catalog with trouble, and a service over them."""

import contextlib
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from fake_store import MemoryStore
from memory import MemoryCatalog, MemoryLedger, SerialEngine, SimulatedClock

from cloudcrate.app.gather import Order, Tools
from cloudcrate.app.service import Service
from cloudcrate.core.link import Link, LinkKind
from cloudcrate.core.model import Cells, Listing, Page, PageId, Stream, Track, TrackId
from cloudcrate.core.operations import Plan, TrackOperation, Unit
from cloudcrate.core.report import Outcome
from cloudcrate.errors import DamagedError, StreamGoneError, UnknownOutcomeError
from cloudcrate.ports.catalog import Catalog, PlaylistPages
from cloudcrate.ports.ledger import Ledger
from cloudcrate.ports.library import Recipe, StagedFile
from cloudcrate.ports.running import Engine, Listener, Spent
from cloudcrate.ports.world import Clock, Media, Source

LINK = Link(kind=LinkKind.SET, url="https://soundcloud.com/ada/sets/night-bus")


class MemorySource:
    """Answers one listing; the streams of ``dead`` tracks are not there."""

    def __init__(self, listing: Listing) -> None:
        self.listing = listing
        self.dead: set[TrackId] = set()

    def read(self, link: Link, *, limit: int | None, known: Mapping[TrackId, Track]) -> Listing:
        if limit is None:
            return self.listing
        entries = self.listing.playlist.entries[:limit]
        return replace(
            self.listing,
            playlist=replace(self.listing.playlist, entries=entries),
            tracks={i: t for i, t in self.listing.tracks.items() if i in entries},
            complete=len(entries) == len(self.listing.playlist.entries),
        )

    def media(self, track: Track, stream: Stream) -> Media:
        if track.id in self.dead:
            raise StreamGoneError("no stream there")
        return Media(url="https://cf-media.sndcdn.com/x", stream=stream)


class LossyStore(MemoryStore):
    """A library into which the tracks in ``spoiled`` come damaged, as often as they are fetched."""

    def __init__(self) -> None:
        super().__init__()
        self.spoiled: set[TrackId] = set()

    def fetch(self, track: Track, stream: Stream, media: Callable[[], Media], recipe: Recipe) -> StagedFile:
        if track.id in self.spoiled:
            self.fetch_failures[track.id] = [DamagedError("a segment is missing")]
        return super().fetch(track, stream, media, recipe)


@dataclass
class Trouble:
    """How a catalog's creates go wrong, by chance."""

    seed: int = 0
    lost_reply: float = 0.0  # committed, and no answer
    never_arrived: float = 0.0  # not committed, and no answer
    told: float = 0.0  # committed, and the refusal names the page
    late: float = 0.0  # committed up to a minute after the answer was given up
    dice: random.Random = field(init=False)

    def __post_init__(self) -> None:
        self.dice = random.Random(self.seed)


class TroubledCatalog(MemoryCatalog):
    """A catalog whose creates have trouble; late ones appear when their time has come."""

    def __init__(self, clock: SimulatedClock, trouble: Trouble) -> None:
        super().__init__()
        self._clock = clock
        self._trouble = trouble
        self._late: list[tuple[float, Cells, Track]] = []

    def find(self, tracks: Sequence[Track], *, exact: bool = False) -> tuple[Page, ...]:
        self.settle_late()
        return super().find(tracks, exact=exact)

    def create(self, cells: Cells, track: Track, *, announce: Callable[[], None]) -> Page:
        trouble, drawn = self._trouble, self._trouble.dice.random()
        for name in ("lost_reply", "never_arrived", "told", "late"):
            chance = getattr(trouble, name)
            if drawn < chance:
                announce()
                self._fail(name, cells, track)
            drawn -= chance
        return super().create(cells, track, announce=announce)

    def settle_late(self) -> None:
        """Lets the creates appear whose time has come."""
        due = [item for item in self._late if item[0] <= self._clock.monotonic()]
        self._late = [item for item in self._late if item not in due]
        for _, cells, track in due:
            super().create(cells, track, announce=lambda: None)

    def _fail(self, name: str, cells: Cells, track: Track) -> None:
        committed: PageId | None = None
        if name in ("lost_reply", "told"):
            committed = super().create(cells, track, announce=lambda: None).id
        elif name == "late":
            self._late.append((self._clock.monotonic() + self._trouble.dice.uniform(0, 60), cells, track))
        raise UnknownOutcomeError("no answer", committed_id=committed if name == "told" else None)


class Watcher:
    """A listener that remembers, and may stop a run by raising at a chosen outcome."""

    def __init__(self) -> None:
        self.outcomes: list[tuple[TrackId, TrackOperation, Outcome]] = []
        self.breaks_at: int | None = None

    def phase(self, words: str) -> None:
        pass

    def began(self, plan: Plan) -> None:
        pass

    def advanced(self, unit: Unit, operation: TrackOperation, outcome: Outcome) -> None:
        self.outcomes.append((unit.track_id, operation, outcome))
        if self.breaks_at is not None and len(self.outcomes) >= self.breaks_at:
            self.breaks_at = None
            raise KeyboardInterrupt


def tools_of(
    *,
    source: Source,
    catalog: Catalog,
    store: MemoryStore,
    ledger: Ledger,
    clock: Clock,
    listener: Listener,
    pages: PlaylistPages | None = None,
    engine: Engine | None = None,
    settle: float = 90.0,
) -> Tools:
    """The tools of a run that works in memory, one job after another unless ``engine`` says otherwise."""
    return Tools(
        source=source,
        catalog=catalog,
        playlist_pages=pages,
        store=store,
        playlist_files=store,
        ledger=ledger,
        engine=engine or SerialEngine(),
        clock=clock,
        listener=listener,
        meter=Spent,
        owner="local",
        exclusive=contextlib.nullcontext,
        settle=settle,
    )


@dataclass
class Pretended:
    """Everything one service works with, and the service."""

    listing: Listing
    trouble: Trouble = field(default_factory=Trouble)
    clock: SimulatedClock = field(init=False)
    catalog: TroubledCatalog = field(init=False)

    def __post_init__(self) -> None:
        self.clock = SimulatedClock()
        self.catalog = TroubledCatalog(self.clock, self.trouble)
        self.source, self.store, self.watcher = MemorySource(self.listing), LossyStore(), Watcher()
        self.ledger = MemoryLedger(self.clock)
        self.tools = tools_of(
            source=self.source,
            catalog=self.catalog,
            store=self.store,
            ledger=self.ledger,
            clock=self.clock,
            listener=self.watcher,
        )
        self.service = Service(self.tools)
        self.order = Order(link=LINK)


__all__ = ["LINK", "MemorySource", "Pretended", "Trouble", "tools_of"]
