"""Whole runs against a Notion that loses answers: the real catalog and service, no sockets, simulated time."""

import itertools
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from threading import Event
from typing import Any  # Any: a scenario is JSON

from fake_store import MemoryStore
from memory import MemoryLedger, SimulatedClock
from pretend import MemorySource, Watcher, tools_of
from worlds import make_listing, make_track

from cloudcrate.adapters.engine_local import LocalEngine
from cloudcrate.adapters.http import Budget, Door
from cloudcrate.adapters.notion.catalog import NotionCatalog
from cloudcrate.adapters.notion.client import NotionClient
from cloudcrate.app.gather import Order
from cloudcrate.app.service import Service
from cloudcrate.core.link import Link, LinkKind
from cloudcrate.core.model import Listing, PlaylistId
from cloudcrate.core.snapshot import Wishes
from cloudcrate.sandbox.faults import Rule, parse_rules
from cloudcrate.sandbox.inprocess import InProcessTransport
from cloudcrate.sandbox.notion.service import NotionService
from cloudcrate.sandbox.playground import Playground
from cloudcrate.sandbox.scenario import MUSIC_TRACKS
from cloudcrate.tokens import Secret

LATE = 60.0
"""Seconds after which a create that got no answer may still be carried out."""

LAG = 30.0
"""Seconds after which a query may not yet show a row."""

SHARES: Sequence[Mapping[str, Any]] = (  # Any: as above
    {"p": 0.15, "kind": "reset_after"},
    {"p": 0.15, "kind": "timeout_after"},
    {"p": 0.05, "kind": "committed_503"},
    {"p": 0.05, "kind": "status", "status": 502, "commit": True},
    {"p": 0.15, "kind": "late_commit", "seconds": [0, LATE]},
    {"p": 0.05, "kind": "reset_before"},
)
"""What becomes of the creates, by share of all of them; the others go well."""

CREATES = {"host": "api.notion.com", "method": "POST", "path": "^/v1/pages$"}
LATENCY = 0.3  # seconds
RUNS_AT_MOST = 6
"""So often a playlist is synced until nothing is left to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """What creates came to. ``lookups`` are queries after a run's first create; ``allowed`` what they may be."""

    creates: int
    sent: int
    faults: Mapping[str, int]
    ambiguous: int
    lookups: int
    allowed: int
    duplicates: int
    missing: int
    unowned: int  # rows that the ledger does not know
    requests: int


class LossyNotion:
    """One database, one user. ``settle``: the seconds the service waits before it makes a row anew.

    ``threads``: how many rows are made at once; None: one after another, the same every time.
    """

    def __init__(self, *, seed: int = 0, settle: float = LATE + LAG, threads: int | None = None) -> None:
        self.clock = SimulatedClock()
        self.notion = NotionService(seed=seed)
        database, self._table = self.notion.new_database("Music Tracks", MUSIC_TRACKS, now=self.clock.now())
        self.notion.set(index_lag=[0, LAG])
        self.playground = Playground({"notion": self.notion}, clock=self.clock.now)
        self.playground.set_links(latency={"*": LATENCY}, bandwidth=None)
        self._rules = _rules(seed)
        transport = InProcessTransport(self.playground, sleep=self.clock.sleep)
        self.ledger = MemoryLedger(self.clock)
        door = Door(clock=self.clock, budgets=self.ledger, transport=transport)
        client = NotionClient(door, Secret("ntn_sandbox"), budget=Budget(name="notion", limit=180, window=60.0))
        self.catalog = NotionCatalog(client, database=database, notes=self.ledger, rows=self.ledger, settle=settle)
        self._source = MemorySource(make_listing([]))
        self.service = Service(
            tools_of(
                source=self._source,
                catalog=self.catalog,
                store=MemoryStore(),
                ledger=self.ledger,
                clock=self.clock,
                listener=Watcher(),
                engine=LocalEngine({"rows": threads, "files": 1}, Event()) if threads else None,
                settle=settle,
            )
        )
        self._wanted = 0
        self._ambiguous = self._lookups = self._allowed = 0

    def sync(self, count: int) -> None:
        """Syncs one more playlist, of ``count`` tracks that are new; again until no row is left to make."""
        listing = _playlist(self._wanted + 1, count)
        self._source.listing = listing
        order = Order(link=Link(kind=LinkKind.SET, url=listing.playlist.url), wishes=Wishes(download=False))
        self._wanted += count
        self.playground.set_rules(next(self._rules))
        for _ in range(RUNS_AT_MOST):
            since = len(self.playground.journal.entries())
            ended = self.service.sync(order)
            self._look_at_run(since)
            assert ended.error is None, ended.error
            if not ended.report.failed:
                return

    def tally(self) -> Tally:
        """What it came to, when nothing can appear any more."""
        self.clock.advance(LATE + LAG + 1)
        with self.playground.quiet():
            rows = {row["id"]: row["properties"]["SoundCloud ID"] for row in self.notion.rows(self._table)}
        made = Counter(rows.values())
        entries = self.playground.journal.entries()
        return Tally(
            creates=self._wanted,
            sent=sum(_is_create(entry.endpoint) for entry in entries),
            faults=Counter(entry.fault for entry in entries if entry.fault),
            ambiguous=self._ambiguous,
            lookups=self._lookups,
            allowed=self._allowed,
            duplicates=sum(number - 1 for number in made.values()),
            missing=len(set(range(1, self._wanted + 1)) - set(made)),
            unowned=len(set(rows) - set(self.ledger.page_owners(self.catalog.open().id))),
            requests=len(entries),
        )

    def _look_at_run(self, since: int) -> None:
        """Counts a run's look-ups: at most two for each hundred of unknown outcome, in each round of creates."""
        entries = self.playground.journal.entries(since)
        asked = [entry for entry in entries if _is_create(entry.endpoint) or entry.endpoint.endswith("/query")]
        after = list(itertools.dropwhile(lambda entry: not _is_create(entry.endpoint), asked))
        rounds = sum(making for making, _ in itertools.groupby(after, lambda entry: _is_create(entry.endpoint)))
        unknown = sum(_is_create(e.endpoint) and e.fault not in (None, "committed_503") for e in after)
        self._ambiguous += unknown
        self._lookups += sum(not _is_create(entry.endpoint) for entry in after)
        self._allowed += 2 * -(-unknown // 100) * rounds


def lose_some(
    creates: int, *, runs: int, seed: int = 0, settle: float = LATE + LAG, threads: int | None = None
) -> Tally:
    """Makes so many rows in so many runs, and says what came of it."""
    world = LossyNotion(seed=seed, settle=settle, threads=threads)
    for number in range(runs):
        world.sync(creates * (number + 1) // runs - creates * number // runs)
    return world.tally()


def _rules(seed: int) -> Iterator[list[Rule]]:
    """Rules for one playlist after another. The first rule that would strike does, so each takes its share of
    what those before it leave."""
    for number in itertools.count(seed * 1000):
        left, rules = 1.0, []
        for place, share in enumerate(SHARES):
            chance = share["p"] / left
            rules.append({**CREATES, **share, "p": chance, "seed": number * 10 + place})
            left -= share["p"]
        yield parse_rules(rules)


def _playlist(first: int, count: int) -> Listing:
    """A playlist of its own, of tracks that are in no other."""
    listing = make_listing([make_track(n) for n in range(first, first + count)])
    url = f"{listing.playlist.url}-{first}"
    own = replace(listing.playlist, id=PlaylistId(f"playlists:{first}"), title=f"Night Bus {first}", url=url)
    return replace(listing, playlist=own)


def _is_create(endpoint: str) -> bool:
    return endpoint == "POST api.notion.com/v1/pages"
