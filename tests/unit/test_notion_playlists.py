"""Playlists that are pages: made once, found by title, and nothing that a row links to is lost."""

import pytest
from notion_bench import Bench, nothing, text
from notion_fakes import error
from worlds import make_track

from cloudcrate.core.model import Candidate, Field, Origin, PageId, PlaylistFacts
from cloudcrate.errors import NotSharedError, RejectedError, UsageError


def test_a_playlist_becomes_a_page_once_and_rows_link_to_it() -> None:
    bench = Bench(relation=True)
    assert bench.catalog.open().needs_playlist_page
    assert not bench.catalog.has_page("Night Bus")
    bench.catalog.ensure_page("Night Bus", PlaylistFacts(url="https://soundcloud.com/ada/sets/night-bus"))
    bench.catalog.ensure_page("night  bus", PlaylistFacts(url="https://soundcloud.com/ada/sets/night-bus"))
    assert bench.catalog.has_page("NIGHT BUS")
    (made,) = bench.playlists.pages
    assert "https://soundcloud.com/ada/sets/night-bus" in made["values"].values()
    page = bench.catalog.create({Field.TITLE: "x", Field.PLAYLISTS: ("Night Bus",)}, make_track(1), announce=nothing)
    assert page.cells[Field.PLAYLISTS] == ("Night Bus",)
    (row,) = bench.source.pages
    assert [{"id": made["id"]}] in row["values"].values()


def test_looking_for_a_playlist_among_few_costs_one_request() -> None:
    bench = Bench(relation=True)
    bench.notion.add_row(bench.playlists, Name=text("Night Bus"))
    bench.catalog.open()
    assert bench.catalog.has_page("Night Bus")
    assert not bench.catalog.has_page("Day Bus")
    assert len(bench.at.wire.asked) == 3


def test_a_playlist_beyond_the_first_hundred_is_found_by_its_title() -> None:
    bench = Bench(relation=True)
    bench.notion.add_row(bench.playlists, Name=text("Night Bus"))
    for number in range(120):
        bench.notion.add_row(bench.playlists, Name=text(f"List {number}"))
    assert bench.catalog.has_page("night bus")
    assert not bench.catalog.has_page("Day Bus")


def test_what_a_row_links_to_and_we_cannot_name_survives_a_write() -> None:
    bench = Bench(relation=True)
    named = bench.notion.add_row(bench.playlists, Name=text("Night Bus"))
    twin = bench.notion.add_row(bench.playlists, Name=text("night bus"))
    blank = bench.notion.add_row(bench.playlists, Name=text(""))
    sly = bench.notion.add_row(bench.playlists, Name=text(f"notion:{named['id']}"))
    foreign = "11111111-1111-4111-8111-111111111111"
    ids = [named["id"], twin["id"], blank["id"], sly["id"], foreign]
    row = bench.notion.add_row(bench.source, Title=text("x"), Playlists={"relation": [{"id": i} for i in ids]})
    page_id = PageId(row["id"])
    names = bench.catalog.get({page_id: make_track(1)})[page_id].cells[Field.PLAYLISTS]
    assert names == ("Night Bus", *(f"notion:{i}" for i in ids[1:]))
    bench.catalog.ensure_page("New", PlaylistFacts())
    assert isinstance(names, tuple)
    page = bench.catalog.update(page_id, {Field.PLAYLISTS: (*names, "New")})
    assert page.cells[Field.PLAYLISTS] == (*names, "New")


def test_a_long_relation_survives_a_write() -> None:
    bench = Bench(relation=True)
    pages = [bench.notion.add_row(bench.playlists, Name=text(f"List {n}")) for n in range(40)]
    links = {"relation": [{"id": p["id"]} for p in pages]}
    row = bench.notion.add_row(bench.source, Title=text("x"), Playlists=links)
    (page,) = bench.catalog.find([make_track(1)])
    assert page.cells[Field.PLAYLISTS] == tuple(f"List {n}" for n in range(40))
    bench.catalog.update(PageId(row["id"]), {Field.PLAYLISTS: page.cells[Field.PLAYLISTS]})
    assert links["relation"] in row["values"].values()


def test_a_row_cannot_link_to_a_playlist_without_a_page() -> None:
    bench = Bench(relation=True)
    with pytest.raises(RejectedError, match="no playlist page “Night Bus”"):
        bench.catalog.create({Field.TITLE: "x", Field.PLAYLISTS: ("Night Bus",)}, make_track(1), announce=nothing)
    assert bench.source.pages == []


def test_a_lost_reply_makes_no_second_playlist_page() -> None:
    bench = Bench(relation=True, settle=90.0)
    bench.notion.lost_replies = 1
    bench.catalog.ensure_page("Night Bus", PlaylistFacts())
    assert len(bench.playlists.pages) == 1
    bench.catalog.ensure_page("Night Bus", PlaylistFacts())
    assert len(bench.playlists.pages) == 1


def test_a_playlist_page_that_was_not_made_is_made_after_the_settle_time() -> None:
    bench = Bench(relation=True, settle=90.0)
    bench.catalog.open()
    answers = [error(504, "gateway_timeout")]
    bench.notion.trouble = lambda r: answers.pop() if r.url.path == "/v1/pages" and answers else None
    began = bench.at.clock.now()
    bench.catalog.ensure_page("Night Bus", PlaylistFacts())
    assert len(bench.playlists.pages) == 1
    assert bench.at.clock.now() - began >= 90


def test_a_playlist_page_saved_without_an_answer_is_adopted() -> None:
    bench = Bench(relation=True)
    saved = error(503, "service_unavailable", details={"committed_resource_id": "the-id"})
    bench.notion.trouble = lambda r: saved if r.url.path == "/v1/pages" else None
    bench.catalog.ensure_page("Night Bus", PlaylistFacts())
    assert bench.catalog.has_page("Night Bus")
    assert bench.at.wire.lines.count("POST pages") == 1


def test_the_playlists_database_must_be_the_one_the_relation_leads_to() -> None:
    bench = Bench(relation=True)
    for given in (bench.playlists.database_id, bench.playlists.id):
        bench.again(playlists_database=given).open()
    other = bench.again(playlists_database=bench.source.database_id)
    with pytest.raises(UsageError, match="leads to another database"):
        other.open()
    plain = Bench(playlists_database=bench.playlists.id)
    assert "share it with the integration" in plain.catalog.open().notes[-1]


def test_a_catalog_of_names_has_no_playlist_pages() -> None:
    with pytest.raises(UsageError, match="as names, not as pages"):
        Bench().catalog.has_page("x")


def test_playlists_that_are_not_shared_are_said() -> None:
    bench = Bench(relation=True)
    del bench.notion.sources[bench.playlists.id]
    with pytest.raises(NotSharedError):
        bench.catalog.has_page("x")


URL = "https://soundcloud.com/ada/sets/night-bus"


def test_naming_few_playlists_costs_no_more_than_looking_for_one() -> None:
    bench = Bench(relation=True)
    bench.notion.add_row(bench.playlists, Name=text("Night Bus"), Link={"url": f" {URL} "})
    bench.notion.add_row(bench.playlists, Name=text("No Link"))
    for link in ("https://example.com/a/sets/b", "https://soundcloud.com/discover", "not a link", f"{URL}/a/b/c"):
        bench.notion.add_row(bench.playlists, Name=text("Elsewhere"), Link={"url": link})
    bench.catalog.open()
    assert not bench.catalog.has_page("Day Bus")
    before = len(bench.at.wire.asked)
    (named,) = bench.catalog.named()
    assert named == Candidate(title="Night Bus", owner="", url=URL, origin=Origin.NOTION)
    assert bench.catalog.named() == (named,)
    assert len(bench.at.wire.asked) == before


def test_every_playlist_is_named_however_many_there_are() -> None:
    bench = Bench(relation=True)
    for number in range(230):
        bench.notion.add_row(bench.playlists, Name=text(f"List {number}"), Link={"url": f"{URL}-{number}"})
    bench.catalog.open()
    before = len(bench.at.wire.asked)
    assert {c.title for c in bench.catalog.named()} == {f"List {number}" for number in range(230)}
    assert len(bench.at.wire.asked) - before == 4
    assert not bench.catalog.has_page("Day Bus")
    assert len(bench.catalog.named()) == 230
    assert len(bench.at.wire.asked) - before == 4


def test_a_page_made_or_told_in_this_run_is_named_as_it_stands() -> None:
    bench = Bench(relation=True)
    bench.catalog.ensure_page("Night Bus", PlaylistFacts())
    assert bench.catalog.named() == ()
    bench.catalog.tell("Night Bus", PlaylistFacts(url=URL))
    assert [c.url for c in bench.catalog.named()] == [URL]


def test_two_pages_of_one_title_are_both_named() -> None:
    bench = Bench(relation=True)
    for owner in ("ada", "bo"):
        link = f"https://soundcloud.com/{owner}/sets/mix"
        bench.notion.add_row(bench.playlists, Name=text("Mix"), Link={"url": link})
    assert len(bench.catalog.named()) == 2


def test_a_catalog_of_names_names_no_playlists() -> None:
    assert Bench().catalog.named() == ()
