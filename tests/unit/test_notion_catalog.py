"""The catalog on a data source: how many requests it makes, what it finds, and what it does when it may not."""

import json
import threading
from pathlib import Path

import httpx
import pytest
from notion_bench import PLAIN, Bench, nothing, text
from notion_fakes import error, line, results
from notion_table import FakeNotion
from worlds import make_track

from cloudcrate.adapters.notion.columns import read_columns
from cloudcrate.adapters.notion.schema import map_columns
from cloudcrate.adapters.notion.table import Table
from cloudcrate.core.model import CellValue, Field, MappedColumn, PageId
from cloudcrate.errors import (
    CredentialsError,
    NotFoundError,
    RejectedError,
    ThrottledError,
    UnavailableError,
    UnknownOutcomeError,
)


def test_opening_costs_two_requests_then_one_then_none() -> None:
    bench = Bench()
    info = bench.catalog.open()
    assert bench.catalog.open() is info
    assert len(bench.at.wire.asked) == 2
    assert info.id == f"notion:{bench.source.id}"
    assert info.name == "Music Tracks"
    assert info.url.startswith("https://www.notion.so/")
    assert {Field.TITLE, Field.SOUNDCLOUD_ID, Field.PLAYLISTS} <= info.fields
    assert not info.needs_playlist_page
    assert bench.again().open() == info
    assert len(bench.at.wire.asked) == 3


@pytest.mark.parametrize(("tracks", "queries"), [(100, 2), (500, 3)])
def test_an_empty_table_is_known_after_one_query_and_one_into_the_archive(tracks: int, queries: int) -> None:
    """Of many tracks the first hundred are asked for by id before: where one has a row the table is no small one."""
    bench = Bench()
    assert bench.catalog.find([make_track(n) for n in range(1, tracks + 1)]) == ()
    assert bench.queries == queries


def test_a_small_table_is_read_whole_with_one_query() -> None:
    bench = Bench()
    bench.fill(100)
    assert len(bench.catalog.find([make_track(7)])) == 100
    assert bench.queries == 2  # one of them into the archive, which is not asked again for a day
    assert len(bench.again().find([make_track(7)])) == 1
    assert bench.queries == 3


def test_an_archived_row_is_found_and_said_to_be_archived() -> None:
    bench = Bench()
    bench.fill(150)
    bench.source.pages[6]["is_archived"] = True
    (found,) = bench.catalog.find([make_track(7)])
    assert found.archived
    assert not found.trashed


def test_no_tracks_no_query() -> None:
    bench = Bench()
    assert bench.catalog.find([]) == ()
    assert bench.queries == 0


def test_known_tracks_in_a_large_table_are_found_in_ten_queries() -> None:
    bench = Bench()
    bench.fill(1450)  # what lies beyond the first hundred rows does not change the count
    tracks = [make_track(n) for n in range(1001, 1451)] + [make_track(n, artist="Bob") for n in range(5001, 5051)]
    found = bench.catalog.find(tracks)
    assert {page.cells[Field.SOUNDCLOUD_ID] for page in found} == set(range(1001, 1451))
    assert bench.queries <= 10


@pytest.mark.parametrize(
    "link",
    [
        "https://soundcloud.com/ada/song-7",
        "http://soundcloud.com/ada/song-7/",
        "https://m.soundcloud.com/Ada/Song-7",
        "https://www.soundcloud.com/ada/song-7?si=abc&utm_source=clipboard",
        "soundcloud.com/ada/song-7",
        "https://soundcloud.com/ada/song-7#t=1:30",
        "https://soundcloud.com/ada/song-7/s-AbCdE",
    ],
)
def test_a_row_is_found_by_any_spelling_of_its_link(link: str) -> None:
    bench = Bench()
    bench.fill(150, first=1000)
    row = bench.notion.add_row(bench.source, Title=text("renamed"), SoundCloud_URL={"url": link})
    assert row["id"] in {page.id for page in bench.catalog.find([make_track(7)])}


@pytest.mark.parametrize("title", ["Song 7", "SONG 7", "Ada - Song 7"])
def test_a_row_without_id_and_link_is_found_by_its_title(title: str) -> None:
    bench = Bench({"Title": "title", "Artist": "rich_text"})
    for number in range(150):
        bench.notion.add_row(bench.source, Title=text(f"Other {number}"))
    row = bench.notion.add_row(bench.source, Title=text(title))
    assert [page.id for page in bench.catalog.find([make_track(7)])] == [row["id"]]


def test_every_row_of_a_common_title_is_found() -> None:
    bench = Bench()
    for _ in range(230):
        bench.notion.add_row(bench.source, Title=text("Intro"))
    assert len(bench.catalog.find([make_track(7, title="intro")])) == 230


def test_ids_kept_as_text_are_found() -> None:
    bench = Bench({**PLAIN, "SoundCloud_ID": "rich_text"})
    for number in range(150):
        bench.notion.add_row(bench.source, Title=text("x"), SoundCloud_ID=text(str(number)))
    (page,) = bench.catalog.find([make_track(7, title="unlike any")])
    assert page.cells[Field.SOUNDCLOUD_ID] == 7


def test_nothing_is_concluded_from_an_answer_that_was_cut() -> None:
    bench = Bench()
    bench.fill(150)
    cut = {"type": "incomplete", "incomplete_reason": "query_result_limit_reached"}

    def trouble(request: httpx.Request) -> httpx.Response | None:
        if b'"or"' in request.content:
            empty = {"object": "list", "results": [], "has_more": False, "request_status": cut}
            return httpx.Response(200, json=empty)
        return None

    bench.notion.trouble = trouble
    with pytest.raises(UnavailableError, match="10,000"):
        bench.catalog.find([make_track(7)])


def test_a_first_page_that_was_cut_is_not_the_whole_table() -> None:
    bench = Bench()
    bench.fill(3)
    cut = {"type": "incomplete", "incomplete_reason": "query_result_limit_reached"}

    def trouble(request: httpx.Request) -> httpx.Response | None:
        if "query" in request.url.path and b'"filter"' not in request.content:
            empty = {"object": "list", "results": [], "has_more": False, "request_status": cut}
            return httpx.Response(200, json=empty)
        return None

    bench.notion.trouble = trouble
    assert len(bench.catalog.find([make_track(2)])) == 1


def test_look_ups_run_at_most_eight_at_once() -> None:
    bench = Bench()
    bench.fill(150)
    busy, most, lock = [0], [0], threading.Lock()
    meeting = threading.Barrier(8)
    asked = iter(range(99))

    def trouble(request: httpx.Request) -> None:
        by_id = b'"number"' in request.content and b'"and"' not in request.content
        if not by_id or next(asked) == 0:  # the first hundred are asked for alone
            return
        with lock:
            busy[0] += 1
            most[0] = max(most[0], busy[0])
        meeting.wait(timeout=20)
        with lock:
            busy[0] -= 1

    bench.notion.trouble = trouble
    bench.catalog.find([make_track(n) for n in range(1, 901)])
    assert most == [8]


def test_many_rows_are_looked_at_by_key_and_the_rest_one_by_one() -> None:
    bench = Bench()
    bench.fill(250)
    pages = {PageId(p["id"]): make_track(n) for n, p in enumerate(bench.source.pages, 1)}
    bench.source.pages[0]["values"] = {}
    bench.source.pages[1]["in_trash"] = True
    lost = PageId("00000000-0000-4000-8000-000000000000")
    found = bench.catalog.get({**pages, lost: make_track(999)})
    assert found.keys() == {*pages, lost}
    assert [i for i, page in found.items() if page.trashed] == [bench.source.pages[1]["id"], lost]
    assert len(bench.at.wire.asked) <= 2 + 3 + 2 + 3


def test_one_row_is_looked_at_with_one_request() -> None:
    bench = Bench()
    bench.fill(1)
    bench.catalog.open()
    page_id = PageId(bench.source.pages[0]["id"])
    assert bench.catalog.get({page_id: make_track(1)})[page_id].cells[Field.TITLE] == "Song 1"
    assert len(bench.at.wire.asked) == 3


def test_a_row_that_was_moved_elsewhere_counts_as_gone() -> None:
    bench = Bench()
    bench.notion.add_row(bench.playlists, Name=text("moved"))
    page_id = PageId(bench.playlists.pages[0]["id"])
    assert bench.catalog.get({page_id: make_track(1)})[page_id].trashed


def test_a_create_is_one_request_with_its_cover_and_gives_what_is_stored() -> None:
    bench = Bench()
    bench.catalog.open()
    announced: list[int] = []
    track = make_track(7, artwork_url="https://i1.sndcdn.com/artworks-abc-0-large.jpg")
    cells: dict[Field, CellValue] = {
        Field.TITLE: "Song 7",
        Field.SOUNDCLOUD_ID: 7,
        Field.PLAYLISTS: ("A, B",),
        Field.GENRE: "House",
    }
    page = bench.catalog.create(cells, track, announce=lambda: announced.append(len(bench.at.wire.asked)))
    assert bench.at.wire.lines[2:] == ["POST pages"]
    assert announced == [2]
    sent = bench.at.wire.bodies()[2]
    assert sent["parent"] == {"type": "data_source_id", "data_source_id": bench.source.id}
    assert sent["cover"]["external"]["url"] == "https://i1.sndcdn.com/artworks-abc-0-t500x500.jpg"
    assert page.cells == {
        Field.TITLE: "Song 7",
        Field.SOUNDCLOUD_ID: 7,
        Field.PLAYLISTS: ("A B",),
        Field.DOWNLOADED: False,
    }


@pytest.mark.parametrize(
    "artwork", [None, "", "http://a/b.jpg", "javascript:x", "https://a/" + "x" * 2000, "https://ä/"]
)
def test_what_cannot_be_a_cover_is_left_out(artwork: str | None) -> None:
    bench = Bench()
    bench.catalog.create({Field.TITLE: "x"}, make_track(1, artwork_url=artwork), announce=nothing)
    assert "cover" not in bench.at.wire.bodies()[-1]


def test_a_lost_reply_leaves_the_outcome_unknown_and_repeats_nothing() -> None:
    bench = Bench()
    bench.notion.lost_replies = 1
    with pytest.raises(UnknownOutcomeError):
        bench.catalog.create({Field.TITLE: "x", Field.SOUNDCLOUD_ID: 7}, make_track(7), announce=nothing)
    assert bench.at.wire.lines.count("POST pages") == 1
    assert len(bench.catalog.find([make_track(7)])) == 1


def test_a_spent_budget_is_passed_on_and_not_repeated() -> None:
    bench = Bench()
    bench.catalog.open()
    bench.notion.trouble = lambda _: error(429, "rate_limited", headers={"retry-after": "30"})
    with pytest.raises(ThrottledError):
        bench.catalog.create({Field.TITLE: "x"}, make_track(7), announce=nothing)
    assert bench.at.wire.lines.count("POST pages") == 1
    assert bench.at.budgets.parked["notion"] >= bench.at.clock.now() + 30


def test_an_update_sends_only_what_it_is_given() -> None:
    bench = Bench()
    bench.fill(1, Artist=text("Ada"))
    page_id = PageId(bench.source.pages[0]["id"])
    page = bench.catalog.update(page_id, {Field.DURATION: 200, Field.GENRE: "no such column"})
    assert page.cells[Field.ARTIST] == "Ada"
    assert page.cells[Field.DURATION] == 200
    duration = bench.source.properties["Duration"]["id"]
    sent = bench.at.wire.bodies()[-1]["properties"]
    assert list(sent.values()) == [{"number": 200}]
    assert next(iter(sent)) != duration, "writes are keyed by the decoded id"


def test_an_update_of_nothing_writes_nothing() -> None:
    bench = Bench()
    bench.fill(1)
    page = bench.catalog.update(PageId(bench.source.pages[0]["id"]), {Field.GENRE: "no such column"})
    assert page.cells[Field.TITLE] == "Song 1"
    assert "PATCH" not in "".join(bench.at.wire.lines)


def test_a_row_that_is_gone_is_not_found() -> None:
    bench = Bench()
    bench.fill(1)
    page_id = PageId(bench.source.pages[0]["id"])
    bench.source.pages[0]["in_trash"] = True
    with pytest.raises(NotFoundError):
        bench.catalog.update(page_id, {Field.DURATION: 1})
    bench.source.pages.clear()
    with pytest.raises(NotFoundError):
        bench.catalog.update(page_id, {Field.DURATION: 1})


def test_a_link_to_a_page_that_is_gone_does_not_mean_the_row_is() -> None:
    bench = Bench()
    bench.fill(1)
    gone = error(404, "object_not_found", "Could not find page with ID: the playlist's.")
    bench.notion.trouble = lambda r: gone if r.method == "PATCH" else None
    with pytest.raises(RejectedError, match="should link to"):
        bench.catalog.update(PageId(bench.source.pages[0]["id"]), {Field.DURATION: 1})


def test_rows_without_their_cells_are_not_taken_for_empty_ones() -> None:
    bench = Bench()
    bare = results({"object": "page", "id": "a"})
    bench.notion.trouble = lambda r: bare if "query" in r.url.path else None
    with pytest.raises(CredentialsError, match="not what they hold"):
        bench.catalog.find([make_track(1)])


def test_a_create_whose_answer_cannot_be_read_has_happened() -> None:
    bench = Bench()
    bench.notion.trouble = lambda r: (
        httpx.Response(200, json={"object": "page", "id": "the-id"}) if r.url.path == "/v1/pages" else None
    )
    with pytest.raises(UnknownOutcomeError) as caught:
        bench.catalog.create({Field.TITLE: "x"}, make_track(1), announce=nothing)
    assert caught.value.committed_id == "the-id"


def test_a_recorded_answer_is_read(contracts: Path) -> None:
    sample = json.loads((contracts / "samples/notion/page_create_in_data_source.json").read_text("utf-8"))
    body = sample["response"]["body"]
    properties = {name: {**prop, prop["type"]: {}} for name, prop in body["properties"].items()}
    mapped = map_columns(read_columns({"properties": properties}), {Field.ARTIST: MappedColumn(name="Name")})
    home = body["parent"]["data_source_id"]
    page = Table(client=line(FakeNotion()).client, data_source_id=home, columns=mapped.columns).page(body)
    assert page.id == body["id"]
    assert not page.trashed
    assert page.cells == {Field.TITLE: "John", Field.ARTIST: "John Doe", Field.URL: "https://john.doe.com"}


def test_a_refused_value_names_its_column() -> None:
    bench = Bench()
    bench.fill(1)
    refused = error(400, "validation_error", "Duration is expected to be rich_text.")
    bench.notion.trouble = lambda r: refused if r.method in ("PATCH",) or r.url.path.endswith("/pages") else None
    with pytest.raises(RejectedError) as caught:
        bench.catalog.update(PageId(bench.source.pages[0]["id"]), {Field.DURATION: 1})
    assert "column “Duration” (number)" in caught.value.hint
    with pytest.raises(RejectedError) as caught:
        bench.catalog.create({Field.DURATION: 1}, make_track(1), announce=nothing)
    assert "column “Duration” (number)" in caught.value.hint


def test_a_column_may_be_renamed_between_runs() -> None:
    bench = Bench(mapping={Field.URL: MappedColumn(name='"x:]')})
    assert bench.source.properties["SoundCloud URL"]["id"] == "%22x%3A%5D"
    bench.source.properties["Renamed"] = bench.source.properties.pop("SoundCloud URL")
    assert Field.URL in bench.catalog.open().fields
