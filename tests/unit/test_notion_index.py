"""The index of rows, over the sandbox's Notion: whole after one reading, kept up by what was edited."""

import random
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any  # Any: JSON

import pytest
from memory import MemoryLedger, SimulatedClock
from worlds import make_track

from cloudcrate.adapters.http import Budget, Door
from cloudcrate.adapters.notion.catalog import NotionCatalog
from cloudcrate.adapters.notion.client import NotionClient
from cloudcrate.core.model import Field, MappedColumn, Page, PageId
from cloudcrate.errors import UnavailableError
from cloudcrate.sandbox.inprocess import InProcessTransport
from cloudcrate.sandbox.notion.service import NotionService
from cloudcrate.sandbox.playground import Playground
from cloudcrate.tokens import Secret

CAP = 250
"""Rows that this Notion shows of one query; the real one shows 10,000."""

COLUMNS: Mapping[str, Any] = {  # Any: as above
    "Name": {"title": {}},
    "Artist": {"rich_text": {}},
    "SoundCloud ID": {"number": {}},
    "SoundCloud URL": {"url": {}},
    "Duration": {"number": {}},
    "Seconds": {"number": {}},
}


class Crowd:
    """A table on a Notion that cuts answers early, its user, and a catalog that remembers."""

    def __init__(self) -> None:
        self.clock = SimulatedClock()
        self.notion = NotionService(per_minute=None, query_cap=CAP)
        self.playground = Playground({"notion": self.notion}, clock=self.clock.now)
        self.database, self.table = self.notion.new_database("Music Tracks", COLUMNS, now=self.clock.now())
        self.ledger = MemoryLedger(self.clock)
        transport = InProcessTransport(self.playground, sleep=self.clock.sleep)
        door = Door(clock=self.clock, budgets=MemoryLedger(self.clock), transport=transport)
        budget = Budget(name="notion", limit=100_000, window=60.0)
        self.client = NotionClient(door, Secret("ntn_sandbox"), budget=budget)
        self.catalog = self.again()
        self.since = 0

    def again(self, **mapping: str) -> NotionCatalog:
        """The catalog as the next run opens it, with these columns for these fields."""
        columns = {Field(name): MappedColumn(name=column) for name, column in mapping.items()}
        return NotionCatalog(
            self.client, database=self.database, mapping=columns, notes=self.ledger, rows=self.ledger, settle=90.0
        )

    def fill(self, count: int, *, first: int = 1, per_minute: int = 50) -> None:
        """So many rows, made at this pace; simulated time goes on with them."""
        for start in range(first, first + count, per_minute):
            numbers = range(start, min(start + per_minute, first + count))
            self.notion.set(rows=[self.table, self.clock.now(), [row(n) for n in numbers]])
            self.clock.advance(60)

    def edit(self, page_id: PageId, name: str) -> None:
        """Gives a row another title, as its user would."""
        self.client.update_page(page_id, {"properties": {"Name": words(name)}})

    def ids(self) -> list[PageId]:
        """Every row there is, oldest first."""
        return [PageId(listed["id"]) for listed in self.notion.rows(self.table)]

    def asked(self) -> Counter[str]:
        """The requests since this was last asked: queries, pages and others."""
        entries = self.playground.journal.entries(self.since)
        self.since += len(entries)
        return Counter(entry.endpoint.rsplit("/", 1)[-1] for entry in entries)


def words(text: str) -> dict[str, Any]:  # Any: as above
    return {"title": [{"text": {"content": text}}]}


def row(number: int) -> dict[str, Any]:  # Any: as above
    track = make_track(number)
    return {
        "Name": words(track.title),
        "SoundCloud ID": {"number": number},
        "SoundCloud URL": {"url": track.url},
        "Duration": {"number": round(track.seconds)},
    }


def titles(pages: Sequence[Page]) -> dict[PageId, object]:
    return {page.id: page.cells[Field.TITLE] for page in pages}


def test_a_table_beyond_the_cap_is_read_whole_each_row_once() -> None:
    crowd = Crowd()
    crowd.fill(600)
    pages = crowd.catalog.every_row()
    assert sorted(page.id for page in pages) == sorted(crowd.ids())
    assert crowd.asked()["query"] <= 9  # six of a hundred rows, and a part twice at each of two cuts


def test_a_reading_is_made_once_then_only_edits_are_asked_for() -> None:
    crowd = Crowd()
    crowd.fill(600)
    crowd.catalog.every_row()
    crowd.clock.advance(3600)
    crowd.asked()
    pages = crowd.again().every_row()
    assert {page.id for page in pages} == set(crowd.ids())
    assert {page.cells[Field.SOUNDCLOUD_ID] for page in pages} == set(range(1, 601))
    assert crowd.asked()["query"] <= 2


def test_nothing_is_concluded_when_more_rows_were_made_in_a_minute_than_notion_shows() -> None:
    crowd = Crowd()
    crowd.fill(100)
    crowd.fill(CAP + 1, first=101, per_minute=CAP + 1)
    for catalog in (crowd.catalog, crowd.again()):
        with pytest.raises(UnavailableError, match="in one minute"):
            catalog.every_row()
        assert crowd.ledger.indexed(catalog.open().id) == {}
        (found,) = [p for p in catalog.find([make_track(300)]) if p.cells[Field.SOUNDCLOUD_ID] == 300]
        assert found.id == crowd.ids()[299]


@pytest.mark.parametrize("seed", range(5))
def test_every_edit_is_found_whenever_in_its_minute_it_was_made(seed: int) -> None:
    dice = random.Random(seed)
    crowd = Crowd()
    crowd.fill(260)
    crowd.catalog.every_row()
    for number in range(30):
        crowd.clock.advance(dice.choice((0, 1, 20, 59, 61, 600)))
        for page_id in dice.sample(crowd.ids(), dice.randint(0, 3)):
            crowd.edit(page_id, f"Edit {number}")
        if dice.random() < 0.3:
            crowd.fill(1, first=1000 + number)
        seen = titles((crowd.again() if dice.random() < 0.5 else crowd.catalog).every_row())
        assert seen == {listed["id"]: listed["properties"]["Name"] for listed in crowd.notion.rows(crowd.table)}


def test_edits_that_notion_cuts_lead_to_a_reading_of_the_whole_table() -> None:
    crowd = Crowd()
    crowd.fill(600)
    crowd.catalog.every_row()
    crowd.clock.advance(3600)
    for number, page_id in enumerate(crowd.ids()[: CAP + 1]):
        crowd.edit(page_id, f"Edit {number}")
    crowd.asked()
    pages = crowd.catalog.every_row()
    assert titles(pages) == {listed["id"]: listed["properties"]["Name"] for listed in crowd.notion.rows(crowd.table)}
    assert crowd.asked()["query"] > 6
    for name in ("Later", "Latest"):  # what was edited last comes again, and is cut again, until an edit follows
        crowd.clock.advance(3600)
        crowd.edit(crowd.ids()[0], name)
        crowd.asked()
        assert crowd.ids()[0] in titles(crowd.catalog.every_row())
    assert crowd.asked()["query"] == 1


def test_edits_beyond_the_cap_and_rows_too_close_together_leave_no_index() -> None:
    crowd = Crowd()
    crowd.fill(CAP, per_minute=CAP)
    assert len(crowd.catalog.every_row()) == CAP
    crowd.clock.advance(-60)
    crowd.fill(1, first=CAP + 1)
    for page_id in crowd.ids():
        crowd.edit(page_id, "Edited")
    for _ in range(2):
        with pytest.raises(UnavailableError):
            crowd.catalog.every_row()


def test_the_index_is_dropped_when_another_column_is_mapped() -> None:
    crowd = Crowd()
    crowd.fill(300)
    crowd.catalog.every_row()
    crowd.asked()
    crowd.again().every_row()
    assert crowd.asked()["query"] <= 2
    pages = crowd.again(duration="Seconds").every_row()
    assert crowd.asked()["query"] >= 3
    assert all(Field.DURATION not in page.cells for page in pages)
    assert Field.DURATION in crowd.again().every_row()[0].cells


def test_rows_are_found_through_the_index_when_that_costs_less() -> None:
    crowd = Crowd()
    crowd.fill(590)
    crowd.fill(10, first=591, per_minute=2)
    tracks = [make_track(600), *(make_track(n, artist="Bob", title=f"Unheard {n}") for n in range(1001, 1051))]
    crowd.catalog.find(tracks)  # the first time the archive is looked into as well
    crowd.asked()
    by_key = {page.id for page in crowd.again().find(tracks)}
    without = crowd.asked()
    crowd.catalog.every_row()
    crowd.clock.advance(3600)
    crowd.asked()
    found = crowd.again().find(tracks)
    asked = crowd.asked()
    assert crowd.ids()[599] in {page.id for page in found} <= by_key
    assert asked["query"] == 1 < without["query"]
    assert asked.total() < without.total()


def test_many_rows_are_looked_up_by_key_though_the_index_knows_them() -> None:
    crowd = Crowd()
    crowd.fill(600)
    crowd.catalog.every_row()
    crowd.clock.advance(3600)
    tracks = [make_track(n) for n in range(101, 551)]
    crowd.catalog.find(tracks)
    crowd.asked()
    found = crowd.again().find(tracks)
    assert {page.cells[Field.SOUNDCLOUD_ID] for page in found} >= set(range(101, 551))
    assert crowd.asked().total() <= 10


def test_a_row_in_the_trash_is_not_adopted_though_the_index_still_names_it() -> None:
    crowd = Crowd()
    crowd.fill(300)
    catalog_id = crowd.catalog.open().id
    crowd.catalog.every_row()
    gone, kept = crowd.ids()[6], crowd.ids()[7]
    crowd.notion.set(trash=[gone])
    assert crowd.ledger.indexed(catalog_id)[gone]
    found = crowd.catalog.find([make_track(7), make_track(8)])
    assert [page.id for page in found] == [kept]
    assert not crowd.ledger.indexed(catalog_id)[gone]
    assert gone not in {page.id for page in crowd.catalog.every_row()}


def test_a_row_taken_back_from_the_trash_is_found_again() -> None:
    crowd = Crowd()
    crowd.fill(300)
    crowd.catalog.every_row()
    (page_id,) = crowd.ids()[6:7]
    crowd.catalog.trash(page_id)
    assert crowd.catalog.find([make_track(7)]) == ()
    crowd.clock.advance(3600)
    crowd.client.update_page(page_id, {"in_trash": False})
    assert [page.id for page in crowd.again().find([make_track(7)])] == [page_id]
