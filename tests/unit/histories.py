"""Generated histories: a small world, and syncs and user's hands in any order, judged from outside.

One seed is one history. A world has one to four tracks, two playlists that may share them, a catalog with all
or some fields, with or without playlist pages, and rows that its user made before. Then come three to ten
events: syncs of every kind, edits, changes on SoundCloud, lost replies, runs broken off, a lost ledger.

Notion has no compare-and-set, so an edit within five minutes before a write of the same run is outside the
promise. An edit in the middle of a run therefore comes just after the clock has moved on by more than 300 s
since anything was read; what the run writes after it must have been looked at again. A page's contents are
out of reach: no port has a method to write them. Bpm and key stand for the cells that cloudcrate has no use for.
"""

import contextlib
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from fake_store import MemoryStore
from history_world import Interrupter, MakeCatalog, Rows, TwoPlaylists, watched
from memory import MemoryCatalog, MemoryLedger, SimulatedClock
from pretend import Trouble, tools_of
from worlds import make_listing, make_track

from cloudcrate.app.gather import Order
from cloudcrate.app.running import Ended
from cloudcrate.app.service import Service
from cloudcrate.core.link import Link, LinkKind
from cloudcrate.core.model import (
    Availability,
    Cells,
    CellValue,
    Choice,
    Field,
    Listing,
    Page,
    PlaylistFacts,
    PlaylistId,
    Track,
    TrackId,
)
from cloudcrate.core.report import RowState
from cloudcrate.core.snapshot import Wishes
from cloudcrate.errors import RefusedError

NAMES = ("Night Bus", "Day Train")
OTHERS = ("Mine", "Summer, 2019")
LINKS = tuple(Link(kind=LinkKind.SET, url=f"https://soundcloud.com/ada/sets/{n}") for n in ("night-bus", "day-train"))
IDENTITY = frozenset({Field.TITLE, Field.ARTIST, Field.URL, Field.SOUNDCLOUD_ID, Field.DURATION})
ON_SOUNDCLOUD = (Field.TITLE, Field.ARTIST, Field.URL, Field.GENRE, Field.LABEL, Field.RELEASED, Field.ISRC)
TRUE_ROWS = (RowState.CREATED, RowState.UPDATED, RowState.UNCHANGED)
STALE = 301.0
"""Seconds after which a row that was read counts as read no more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What one history came to. ``lost`` tells of cells of the user's, ``broken`` of other laws."""

    seed: int
    syncs: int
    edits: int
    checked: int
    lost: tuple[str, ...]
    broken: tuple[str, ...]
    story: tuple[str, ...]


class World:
    """Everything of one history, and all that can happen in it."""

    def __init__(self, seed: int, make_catalog: MakeCatalog = watched) -> None:
        self.dice = random.Random(seed)
        self.clock, self.trouble = SimulatedClock(), Trouble(seed=seed)
        some = {f for f in Field if self.dice.random() < 0.7} | {Field.TITLE}
        fields = list(Field) if self.dice.random() < 0.6 else [f for f in Field if f in some]
        self.fields, self.paged = fields, Field.PLAYLISTS in fields and self.dice.random() < 0.5
        self.catalog = make_catalog(self.clock, self.trouble, fields, self.paged)
        self.oracle, self.rows = self.catalog.oracle, Rows()
        self.source, self.store, self.watcher = TwoPlaylists(), MemoryStore(), Interrupter()
        self.broken: list[str] = []
        self.story: list[str] = []
        self.syncs = self._number = 0
        self.tracks: dict[TrackId, Track] = {}
        for number in range(1, self.dice.randint(1, 4) + 1):
            self.tracks[TrackId(number)] = self._new_track(number)
        self.absent: set[TrackId] = set()
        self.members = [list(self.tracks), [t for t in self.tracks if self.dice.random() < 0.6]]
        self.lose_ledger(at_first=True)
        for track in self.tracks.values():
            for _ in range(self.dice.choice([0, 0, 0, 1, 1, 2])):
                self._had_row(track)

    def lose_ledger(self, *, at_first: bool = False) -> None:
        """A new ledger over the same catalog and library."""
        self.service = Service(
            tools_of(
                source=self.source,
                catalog=self.catalog,
                pages=self.catalog if self.paged else None,
                store=self.store,
                ledger=MemoryLedger(self.clock),
                clock=self.clock,
                listener=self.watcher,
            )
        )
        if not at_first:
            self.story.append("the ledger is lost")
            self.oracle.forgot()
            self.rows.forgot()

    # --- the user's hands -----------------------------------------------------------------------

    def edit(self, page: Page, cells: Cells) -> None:
        """The user changes cells of a row."""
        names = cells.get(Field.PLAYLISTS, ())
        for name in names if isinstance(names, tuple) else ():
            self.catalog.playlists.setdefault(name, PlaylistFacts())  # links only lead to pages that are there
        self.story.append(f"the user edits {page.id}: { ({n.value: v for n, v in cells.items()}) }")
        self.oracle.edited(page, self.catalog.edit(page.id, cells), cells)
        if cells.keys() & IDENTITY:
            self.rows.blurred(self.oracle.origin[page.id])

    def use_hands(self) -> None:
        """One thing that a user does to one row."""
        rows = self.catalog.every_row()
        if not rows:
            return
        unanswered = [page for page in rows if page.id in self.catalog.unanswered]
        page = self.dice.choice(unanswered if unanswered and self.dice.random() < 0.6 else rows)
        way = self.dice.random()
        if way < 0.08:
            self.story.append(f"the user trashes {page.id}")
            self.catalog.trash(page.id)
            self.rows.trashed(self.oracle.origin[page.id])
        elif way < 0.13:
            self.story.append(f"the user archives {page.id}")
            self.catalog.archive(page.id)
            self.rows.blurred(self.oracle.origin[page.id])
        elif way < 0.35 and Field.PLAYLISTS in self.fields:
            self.edit(page, {Field.PLAYLISTS: self._other_names(page)})
        else:
            name = self.dice.choice([f for f in self.fields if f is not Field.PLAYLISTS])
            self.edit(page, {name: self._another_value(page, name)})

    def _another_value(self, page: Page, name: Field) -> CellValue:
        way = self.dice.random()
        written = self.oracle.ours.get((page.id, name))
        if name is Field.DOWNLOADED:
            return way < 0.5
        if way < 0.35:
            return ""
        if way < 0.5 and written is not None:
            return written
        return self._value(name)

    def _value(self, name: Field) -> CellValue:
        self._number += 1
        if name is Field.DOWNLOADED:
            return True
        if name in (Field.SOUNDCLOUD_ID, Field.DURATION, Field.BPM):
            return 900_000 + self._number
        if name in (Field.RELEASED, Field.POSTED):
            return f"19{self._number % 90 + 10}-01-01"
        return f"https://example.org/{self._number}" if name is Field.URL else f"mine {self._number}"

    def _other_names(self, page: Page) -> tuple[str, ...]:
        held = page.cells.get(Field.PLAYLISTS, ())
        names = list(held) if isinstance(held, tuple) else []
        if names and self.dice.random() < 0.5:
            names.remove(self.dice.choice(names))
        else:
            names.insert(self.dice.randint(0, len(names)), self.dice.choice([*NAMES, *OTHERS]))
        return tuple(dict.fromkeys(names))

    def _had_row(self, track: Track) -> None:
        """A row that was there before: found by its id, its link, or its title, or only nearly."""
        kind = self.dice.choice(["id", "link", "title"])
        keys: dict[str, Cells] = {
            "id": {Field.TITLE: self.dice.choice([track.title, "my name for it"]), Field.SOUNDCLOUD_ID: int(track.id)},
            "link": {Field.TITLE: self.dice.choice([track.title, "my name for it"]), Field.URL: track.url},
            "title": {Field.TITLE: track.title, Field.ARTIST: track.artist, Field.DURATION: round(track.seconds)},
        }
        cells = dict(keys[kind])
        if not cells.keys() <= set(self.fields) or track.id in self.oracle.origin.values():
            self.rows.loose.add(track.id)
        for name in self.fields:
            if name not in IDENTITY and name is not Field.PLAYLISTS and self.dice.random() < 0.3:
                cells[name] = self._value(name)
        if Field.PLAYLISTS in self.fields and self.dice.random() < 0.4:
            names = tuple(self.dice.sample([*NAMES, *OTHERS], self.dice.randint(1, 2)))
            cells[Field.PLAYLISTS] = names
            self.catalog.playlists |= {name: PlaylistFacts() for name in names}
        page = MemoryCatalog.create(self.catalog, cells, track, announce=lambda: None)
        self.oracle.found(page, track.id)
        self.story.append(f"{page.id} was there, to be found by {kind}: { ({n.value: v for n, v in cells.items()}) }")

    def answer(self) -> None:
        """The user answers every open question."""
        for question in self.service.reviews.questions():
            choice, track_id = self.dice.choice(list(Choice)), question.review.track_id
            owners = [p.id for p in question.pages]
            if choice is Choice.ADOPT and not owners:
                continue
            page_id = self.dice.choice(owners) if choice is Choice.ADOPT else None
            self.story.append(f"the user answers about track {track_id}: {choice.value} {page_id or ''}")
            with contextlib.suppress(RefusedError):  # it is another track's row
                self.service.reviews.decide(track_id, choice, page_id)
                if page_id is not None:
                    self.rows.loose.add(self.oracle.origin[page_id])
                    self.oracle.origin[page_id] = track_id
            self.rows.loose.add(track_id)

    # --- SoundCloud's side ----------------------------------------------------------------------

    def _new_track(self, number: int) -> Track:
        title, artist = self.dice.choice(["", "Same", "Other (Ben Remix)"]), self.dice.choice(["Ada", "Ben"])
        maybe = {"genre": "House", "label": "Ninja", "isrc": f"GBAAA{number:07}", "released": "2020-02-02"}
        more = {name: value for name, value in maybe.items() if self.dice.random() < 0.6}
        return replace(make_track(number, title=title, artist=artist), **more)  # type: ignore[arg-type]  # all texts

    def change_track(self) -> None:
        """A track's owner changes it, often just where the user of the catalog has put something else."""
        name: Field | None
        held = [(self.oracle.origin[page], name) for page, name in self.oracle.users if name in ON_SOUNDCLOUD]
        if held and self.dice.random() < 0.5:
            track_id, name = self.dice.choice(held)
        else:
            track_id, name = self.dice.choice(list(self.tracks)), self.dice.choice([*ON_SOUNDCLOUD, None])
        self._number += 1
        new: str | None = f"new {self._number}"
        if name is Field.URL:
            new = f"https://soundcloud.com/ada/new-{self._number}"
        elif name is Field.RELEASED:
            new = f"20{self._number % 90 + 10}-03-03"
        elif name not in IDENTITY and self.dice.random() < 0.2:
            new = None
        which = name.value if name else "artwork_url"
        self.story.append(f"track {track_id} changes on SoundCloud: {which} {new!r}")
        self.tracks[track_id] = replace(self.tracks[track_id], **{which: new})  # type: ignore[arg-type]  # all texts
        found_by_link = Field.SOUNDCLOUD_ID not in self.fields or track_id not in self.rows.bound
        if name in IDENTITY and found_by_link and track_id in self.oracle.origin.values():
            self.rows.blurred(track_id)

    def change_playlist(self) -> None:
        """A track leaves a playlist or joins it, or nobody may see it any more."""
        track_id, members = self.dice.choice(list(self.tracks)), self.dice.choice(self.members)
        if self.dice.random() < 0.15:
            self.absent ^= {track_id}
            self.story.append(f"track {track_id} is {'gone' if track_id in self.absent else 'back'}")
        elif track_id in members:
            members.remove(track_id)
            self.story.append(f"track {track_id} leaves {NAMES[self.members.index(members)]!r}")
        else:
            members.append(track_id)
            self.story.append(f"track {track_id} joins a playlist")

    def listing(self, which: int) -> Listing:
        """The playlist as SoundCloud tells it now."""
        here = [t for t in self.members[which] if t not in self.absent]
        absent = {t: Availability.GONE for t in self.members[which] if t in self.absent}
        made = make_listing([self.tracks[t] for t in here], entries=self.members[which], absent=absent)
        ident, url = PlaylistId(f"playlists:{which + 1}"), LINKS[which].url
        return replace(made, playlist=replace(made.playlist, id=ident, title=NAMES[which], url=url))

    # --- syncs ----------------------------------------------------------------------------------

    def order(self, which: int, wishes: Wishes, limit: int | None = None) -> Order:
        """A sync of one of the playlists."""
        self.source.listings[LINKS[which].url] = self.listing(which)
        return Order(link=LINKS[which], wishes=wishes, limit=limit)

    def sync(self, order: Order) -> Ended | None:
        """One sync, and a look at every cell of the user's. None: it was refused or broke off."""
        self.syncs += 1
        which = LINKS.index(order.link)
        listed = self.members[which][: order.limit]
        complete = len(listed) == len(self.members[which])
        self.oracle.begin(NAMES[which], listed, complete=complete)
        self.catalog.unanswered.clear()
        writes, ended = self.catalog.writes, None
        try:
            ended = self.service.sync(order)
        except KeyboardInterrupt:
            self.story.append("  it broke off")
            self.oracle.forgot(self.catalog.unanswered)
        except RefusedError:
            self.story.append("  it was refused")
            if self.catalog.writes != writes:
                self.broken.append("a refused sync wrote")
        self.watcher.hand = self.watcher.breaks_at = None
        settled = [r.track_id for r in ended.report.tracks if r.row in TRUE_ROWS] if ended else []
        self.oracle.end(self.catalog.pages(), settled, clean=ended is not None and _is_clean(ended))
        return ended

    def sync_somehow(self) -> None:
        """A sync of any kind, and another after it when all went well."""
        dice, which = self.dice, self.dice.choice([0, 0, 1])
        wishes = Wishes(
            download=dice.random() < 0.6,
            restore=dice.random() < 0.1,
            recreate=dice.random() < 0.15,
            write_order=dice.random() < 0.3,
            max_removals=dice.choice([None, 9]),
        )
        limit = 1 if dice.random() < 0.08 else None
        lossy, way = dice.random() < 0.25, dice.random()
        disturbed = way < (0.6 if lossy else 0.25)
        if disturbed:
            self.watcher.moment, self.watcher.hand = dice.randint(1, 10), self._hand_in_the_middle
        elif way > 0.9:
            self.watcher.breaks_at = dice.randint(1, 10)
        if lossy:
            self.trouble.lost_reply, self.trouble.never_arrived, self.trouble.told = 0.5, 0.1, 0.1
        self.story.append(f"sync of {NAMES[which]!r}, {wishes}, limit {limit}, lost replies {self.trouble.lost_reply}")
        order = self.order(which, wishes, limit)
        again = {t for t in self.rows.gone if wishes.recreate and t in self.members[which]}
        self.rows.gone -= again
        self.rows.maybe |= again
        ended = self.sync(order)
        self.trouble.lost_reply = self.trouble.never_arrived = self.trouble.told = 0.0
        if ended is None or not _is_clean(ended):
            return
        if wishes.recreate and not disturbed:
            self.rows.maybe -= {result.track_id for result in ended.report.tracks if result.row in TRUE_ROWS}
        self._count_rows(ended)
        calm = replace(order, wishes=replace(wishes, recreate=False, restore=False))
        if not disturbed or ((after := self.sync(calm)) is not None and _is_clean(after)):  # it met the edits
            self.stays_quiet(calm)

    def _hand_in_the_middle(self) -> None:
        self.story.append("  in the middle of it, 301 s later,")
        self.clock.advance(STALE)
        for _ in range(self.dice.randint(1, 3)):
            self.use_hands()

    def _count_rows(self, ended: Ended) -> None:
        for result in ended.report.tracks:
            if result.row not in TRUE_ROWS:
                continue
            track_id = result.track_id
            count = sum(self.oracle.origin[page.id] == track_id for page in self.catalog.every_row())
            if not self.rows.allows(track_id, count):
                self.broken.append(f"track {track_id} has {count} rows; {self.rows}")
            self.rows.bound.add(track_id)

    def stays_quiet(self, order: Order) -> None:
        """The same sync again writes nothing."""
        before = self.catalog.writes
        self.sync(order)
        if self.catalog.writes != before:
            self.broken.append(f"a sync of {order.link.url} that had nothing to do wrote")


def _is_clean(ended: Ended) -> bool:
    unlinked = all(departure.unlinked for departure in ended.report.departures)
    return ended.error is None and not ended.report.failed and unlinked


def run_history(seed: int, make_catalog: MakeCatalog = watched) -> Told:
    """Lives through one history. The same seed is the same history."""
    world = World(seed, make_catalog)
    events: Sequence[tuple[Callable[[], None], int]] = (
        (world.sync_somehow, 10),
        (world.use_hands, 10),
        (world.change_track, 4),
        (world.change_playlist, 3),
        (world.answer, 1),
        (world.lose_ledger, 1),
        (lambda: world.clock.advance(world.dice.choice([10.0, 400.0, 40 * 24 * 3600.0])), 1),
    )
    world.sync_somehow()
    for _ in range(world.dice.randint(3, 10)):
        world.dice.choices([event for event, _ in events], [weight for _, weight in events])[0]()
    world.story.append("at the end both are synced until there is nothing to do")
    asked = Wishes(max_removals=9, download=False)  # a sync of one may free a row for a track of the other
    finished = [world.sync(world.order(which, asked)) for which in (0, 1, 0, 1)]
    if all(ended is not None and _is_clean(ended) for ended in finished):
        world.stays_quiet(world.order(0, asked))
        world.stays_quiet(world.order(1, asked))
    oracle = world.oracle
    return Told(
        seed=seed,
        syncs=world.syncs,
        edits=oracle.edits,
        checked=oracle.checked,
        lost=tuple(dict.fromkeys(oracle.lost)),
        broken=tuple(world.broken),
        story=tuple(world.story),
    )
