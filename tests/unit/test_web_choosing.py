"""Where the dashboard asks which playlist is meant, and what it tries again."""

import re
from collections.abc import Iterator
from dataclasses import replace

import pytest
from web_bench import Browser, House
from worlds import make_listing, make_track

from cloudcrate.app.gather import Order
from cloudcrate.core.model import Availability, KnownPlaylist, PlaylistId

NAMESAKE = PlaylistId("playlists:777")
LACKING = 2


@pytest.fixture
def house() -> Iterator[House]:
    """One playlist was synced; one of its tracks is offered as a preview only."""
    found = House(make_listing([make_track(1), make_track(LACKING, availability=Availability.PREVIEW)]))
    found.synced()
    yield found
    found.desk.close()


@pytest.fixture
def guest(house: House) -> Browser:
    return house.guest()


def first(house: House) -> KnownPlaylist:
    return next(known for known in house.world.ledger.playlists() if known.id != NAMESAKE)


def add_namesake(house: House) -> KnownPlaylist:
    """Another playlist of the same name, with the same tracks."""
    known = first(house)
    assert known.id is not None
    namesake = replace(known, id=NAMESAKE, url="https://soundcloud.com/zoe/sets/night-bus", owner="Zoë")
    house.world.ledger.keep_playlist(NAMESAKE, namesake, house.world.ledger.entries(known.id))
    return namesake


def ordered(house: House, location: str) -> Order:
    return house.desk.planned(location.removeprefix("/plans/")).order


def forms(page: str) -> list[dict[str, str]]:
    """The hidden fields of each form of a page."""
    found = re.findall(r"<form.*?</form>", page, re.DOTALL)
    return [dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', form)) for form in found]


def test_a_track_is_tried_again_with_all_metadata_read_anew(house: House, guest: Browser) -> None:
    (form,) = [form for form in forms(guest.get("/problems").text) if "track" in form]
    assert form["track"] == str(LACKING)
    order = ordered(house, guest.post("/problems/retry", form).headers["Location"])
    assert order.refresh
    assert order.wishes.recheck


def test_one_of_two_namesakes_is_tried_again_by_its_id(house: House, guest: Browser) -> None:
    namesake = add_namesake(house)
    asked = [form for form in forms(guest.get("/problems").text) if "playlist" in form]
    assert {form["playlist"] for form in asked} == {first(house).id, NAMESAKE}
    answer = guest.post("/problems/retry", {"playlist": str(first(house).id)})
    assert ordered(house, answer.headers["Location"]).link.url == first(house).url
    choice = guest.post("/problems/retry", {"track": str(LACKING)})
    assert choice.status_code == 200
    assert "In which playlist?" in choice.text
    assert namesake.owner in choice.text
    answer = guest.post("/problems/retry", next(f for f in forms(choice.text) if f.get("playlist") == first(house).id))
    assert ordered(house, answer.headers["Location"]).link.url == first(house).url


@pytest.mark.parametrize("form", [{"track": "1"}, {"track": "x"}, {"track": "99"}, {"playlist": "playlists:999"}])
def test_what_is_no_problem_is_not_tried_again(guest: Browser, form: dict[str, str]) -> None:
    assert guest.post("/problems/retry", form).status_code == 422


def test_a_name_that_fits_several_playlists_is_asked_about(house: House, guest: Browser) -> None:
    known, namesake = first(house), add_namesake(house)
    words = f"sync the first 2 tracks of {known.title}"
    page = guest.post("/add", {"words": words})
    assert page.status_code == 200
    assert "Which playlist is meant?" in page.text
    offered = [form for form in forms(page.text) if "chosen" in form]
    assert {form["chosen"] for form in offered} == {known.url, namesake.url}
    assert house.desk.jobs()[0].url == known.url  # nothing but the sync before
    order = ordered(house, guest.post("/add", next(f for f in offered if f["chosen"] == known.url)).headers["Location"])
    assert (order.link.url, order.limit) == (known.url, 2)


def test_a_choice_is_of_one_playlist_and_a_link(guest: Browser) -> None:
    for words, chosen in (
        ("sync Night Bus", "javascript:alert(1)"),
        ("sync a b c and d e f", "https://evil.example/x"),
    ):
        assert guest.post("/add", {"words": words, "chosen": chosen}).status_code == 422
