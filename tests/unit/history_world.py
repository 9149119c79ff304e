"""What a generated history plays in: a catalog that is watched, two playlists, a hand in a run, and a count of rows."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from history_oracle import Oracle
from memory import MemoryCatalog, SimulatedClock
from pretend import MemorySource, Trouble, TroubledCatalog, Watcher
from worlds import make_listing

from cloudcrate.core.link import Link
from cloudcrate.core.model import Cells, Field, Listing, Page, PageId, Track, TrackId
from cloudcrate.core.operations import Plan, TrackOperation, Unit
from cloudcrate.core.report import Outcome


class WatchedCatalog(TroubledCatalog):
    """A catalog that tells the oracle what cloudcrate writes."""

    def __init__(self, clock: SimulatedClock, trouble: Trouble, fields: Sequence[Field], *, paged: bool) -> None:
        super().__init__(clock, trouble)
        MemoryCatalog.__init__(self, fields, needs_playlist_page=paged)
        self.oracle = Oracle()
        self.unanswered: set[PageId] = set()  # rows whose create got no answer

    def pages(self) -> Mapping[PageId, Page]:
        """Every row, those in the trash too."""
        return self._pages

    def create(self, cells: Cells, track: Track, *, announce: Callable[[], None]) -> Page:
        before = set(self._pages)
        answered = False
        try:
            page = super().create(cells, track, announce=announce)
            answered = True
        finally:
            for page_id in self._pages.keys() - before:
                self.oracle.origin[page_id] = track.id
                self.oracle.wrote(self._pages[page_id], cells)
                self.unanswered |= set() if answered else {page_id}
        return page

    def update(self, page_id: PageId, cells: Cells) -> Page:
        page = super().update(page_id, cells)
        self.oracle.wrote(page, cells)
        return page


class TwoPlaylists(MemorySource):
    """Answers two listings, by link."""

    def __init__(self) -> None:
        super().__init__(make_listing([]))
        self.listings: dict[str, Listing] = {}

    def read(self, link: Link, *, limit: int | None, known: Mapping[TrackId, Track]) -> Listing:
        self.listing = self.listings[link.url]
        return super().read(link, limit=limit, known=known)


class Interrupter(Watcher):
    """A listener that lets something happen after a chosen outcome, or breaks the run off there."""

    def __init__(self) -> None:
        super().__init__()
        self.moment = 0
        self.hand: Callable[[], None] | None = None

    def began(self, plan: Plan) -> None:
        self.outcomes.clear()

    def advanced(self, unit: Unit, operation: TrackOperation, outcome: Outcome) -> None:
        super().advanced(unit, operation, outcome)
        if self.hand is not None and len(self.outcomes) >= self.moment:
            hand, self.hand = self.hand, None
            hand()


MakeCatalog = Callable[[SimulatedClock, Trouble, Sequence[Field], bool], WatchedCatalog]


def watched(clock: SimulatedClock, trouble: Trouble, fields: Sequence[Field], paged: bool) -> WatchedCatalog:
    """The catalog that histories run over."""
    return WatchedCatalog(clock, trouble, fields, paged=paged)


@dataclass(slots=True)
class Rows:
    """How many rows outside the trash each track must have after a clean sync, as far as that is certain."""

    loose: set[TrackId] = field(default_factory=set)  # nothing is certain
    tainted: set[TrackId] = field(default_factory=set)  # cannot be found again once the ledger is lost
    bound: set[TrackId] = field(default_factory=set)  # has met its row in a clean sync
    gone: set[TrackId] = field(default_factory=set)  # its user removed its row: none
    maybe: set[TrackId] = field(default_factory=set)  # one or none

    def blurred(self, track_id: TrackId) -> None:
        """Something by which the row is found is not as it was."""
        (self.tainted if track_id in self.bound else self.loose).add(track_id)

    def trashed(self, track_id: TrackId) -> None:
        """The user put a row into the trash."""
        (self.gone if track_id in self.bound else self.maybe).add(track_id)

    def forgot(self) -> None:
        """The ledger is lost."""
        self.loose |= self.tainted
        self.maybe |= self.gone
        self.bound, self.gone = set(), set()

    def allows(self, track_id: TrackId, count: int) -> bool:
        """Says whether a track may have so many rows."""
        if track_id in self.loose:
            return True
        if track_id in self.gone:
            return count == 0
        return count == 1 or (count == 0 and track_id in self.maybe)
