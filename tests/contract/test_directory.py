"""What every Directory must do, on SoundCloud's web API and on the fake."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any  # Any: a scenario is JSON

import pytest
from memory_directory import MemoryDirectory
from sandboxed import soundcloud

from cloudcrate.adapters.http import Door
from cloudcrate.adapters.likeness import ratio
from cloudcrate.adapters.soundcloud.client import SoundCloudClient
from cloudcrate.adapters.soundcloud.directory import MOST, SoundCloudDirectory, profile_page
from cloudcrate.app.finder import Finder
from cloudcrate.core.model import Candidate, Origin
from cloudcrate.errors import LinkError, NotFoundError, UnavailableError
from cloudcrate.ports.world import Directory, Shelf
from cloudcrate.sandbox.soundcloud.service import SoundCloudService

ADA = "https://soundcloud.com/ada"
API = "api-v2.soundcloud.com"
SITE: Mapping[str, Any] = {  # Any: as above
    "users": [
        {
            "permalink": "ada",
            "username": "Ada L.",
            "likes": 3,
            "reposts": 2,
            "liked_playlists": ["dawn", "dusk"],
            "reposted_playlists": ["dusk"],
        },
        {"permalink": "bo", "username": "Bo"},
    ],
    "playlists": [
        {"user": "ada", "slug": "night-bus", "title": "Night Bus", "count": 7},
        {"user": "ada", "slug": "day-bus", "title": "Day Bus", "count": 2, "album": True},
        {"user": "ada", "slug": "hidden", "title": "Hidden Bus", "count": 2, "private": True},
        {"user": "bo", "slug": "dawn", "title": "Dawn Bus", "count": 3},
        {"user": "bo", "slug": "dusk", "title": "Dusk", "count": 4},
    ],
}


def listed(owner: str, slug: str, title: str, tracks: int, origin: Origin) -> Candidate:
    user = "ada" if owner == "Ada L." else "bo"
    url = f"https://soundcloud.com/{user}/sets/{slug}"
    return Candidate(title=title, owner=owner, url=url, origin=origin, tracks=tracks)


def truth(origin: Origin) -> dict[str, Candidate]:
    """The public playlists by their slugs."""
    return {
        "night-bus": listed("Ada L.", "night-bus", "Night Bus", 7, origin),
        "day-bus": listed("Ada L.", "day-bus", "Day Bus", 2, origin),
        "dawn": listed("Bo", "dawn", "Dawn Bus", 3, origin),
        "dusk": listed("Bo", "dusk", "Dusk", 4, origin),
    }


@dataclass(frozen=True, kw_only=True)
class Real:
    """The adapter before the sandbox."""

    directory: Directory
    service: SoundCloudService
    door: Door


def real_of(tmp_path: Path, site: Mapping[str, Any] = SITE) -> Real:  # Any: as above
    service, door = soundcloud(site)
    client = SoundCloudClient(door, cache_dir=tmp_path)
    return Real(directory=SoundCloudDirectory(client), service=service, door=door)


@pytest.fixture
def real(tmp_path: Path) -> Real:
    return real_of(tmp_path)


@pytest.fixture
def in_memory() -> Directory:
    every = truth(Origin.PROFILE)
    shelves = {
        (ADA, Shelf.SETS): [every["night-bus"], every["day-bus"]],
        (ADA, Shelf.LIKES): [every["dawn"], every["dusk"]],
        (ADA, Shelf.REPOSTS): [every["dusk"]],
    }
    return MemoryDirectory(truth(Origin.SOUNDCLOUD).values(), shelves)


@pytest.fixture(params=["real", "in_memory"])
def directory(request: pytest.FixtureRequest) -> Directory:
    found = request.getfixturevalue(request.param)
    return found.directory if isinstance(found, Real) else found


def test_a_search_finds_public_playlists_by_title_and_owner(directory: Directory) -> None:
    every = truth(Origin.SOUNDCLOUD)
    assert set(directory.search("bus", 10)) == {every["night-bus"], every["day-bus"], every["dawn"]}
    assert directory.search("bo dusk", 10) == (every["dusk"],)
    assert directory.search("Hidden", 10) == ()


def test_a_search_gives_no_more_than_asked_for(directory: Directory) -> None:
    assert len(directory.search("bus", 2)) == 2
    assert directory.search("no such thing", 2) == ()


def test_each_shelf_of_a_profile_holds_its_playlists_and_no_tracks(directory: Directory) -> None:
    every = truth(Origin.PROFILE)
    assert set(directory.of_profile(ADA, Shelf.SETS)) == {every["night-bus"], every["day-bus"]}
    assert set(directory.of_profile(ADA, Shelf.LIKES)) == {every["dawn"], every["dusk"]}
    assert directory.of_profile(ADA, Shelf.REPOSTS) == (every["dusk"],)


def test_who_is_not_there_is_not_found(directory: Directory) -> None:
    with pytest.raises(NotFoundError):
        directory.of_profile("https://soundcloud.com/nobody", Shelf.SETS)


# --- the real one -------------------------------------------------------------------------------


def test_a_search_is_one_call_and_a_profile_one_more_than_its_shelves(real: Real) -> None:
    real.directory.search("bus", 10)
    assert real.service.counts[API] == 1
    for shelf in Shelf:
        real.directory.of_profile(ADA, shelf)
    assert real.service.counts[API] == 5


def test_a_shelf_of_several_pages_is_read_on_and_a_long_one_in_part(tmp_path: Path) -> None:
    sets = [{"user": "ada", "slug": f"n{i}", "title": f"Night {i}", "tracks": []} for i in range(450)]
    real = real_of(tmp_path, {"users": [{"permalink": "ada"}, {"permalink": "bo"}], "playlists": sets})
    assert len(real.directory.of_profile(ADA, Shelf.SETS)) == 450
    assert real.service.counts[API] == 4
    real.service.world.users["bo"].liked_playlists = real.service.world.playlists * 3
    before = real.service.counts[API]
    assert len(real.directory.of_profile("https://soundcloud.com/bo", Shelf.LIKES)) == MOST
    assert real.service.counts[API] - before == 1 + MOST / 200


@pytest.mark.parametrize("path", ["/search", "/resolve", "/users"])
def test_bot_management_in_the_way_is_said(real: Real, path: str) -> None:
    real.service.set(challenge=[path])
    asked: dict[str, Callable[[], object]] = {"/search": lambda: real.directory.search("bus", 10)}
    ask = asked.get(path, lambda: real.directory.of_profile(ADA, Shelf.REPOSTS))
    with pytest.raises(UnavailableError, match="wanted to see a browser"):
        ask()


def test_a_profile_link_that_leads_to_something_else_is_no_profile(tmp_path: Path) -> None:
    real = real_of(tmp_path)
    for given in ("https://example.com/ada", "https://soundcloud.com/", "a b", "../x", "https://[", ""):
        with pytest.raises(LinkError):
            real.directory.of_profile(given, Shelf.SETS)
    assert real.service.counts[API] == 0


@pytest.mark.parametrize(
    "given",
    ["ada", " ada ", "https://soundcloud.com/ada", "soundcloud.com/ada/", "https://m.soundcloud.com/ada/likes?x=1#y"],
)
def test_a_profile_is_given_by_its_link_or_its_name(given: str) -> None:
    assert profile_page(given) == ADA


def test_an_owner_that_the_search_knows_is_found_in_three_calls(tmp_path: Path) -> None:
    real = real_of(tmp_path, {})
    found = Finder(tuple, None, real.directory, "", ratio).find("the all:Lo Collective playlist")
    assert found.candidate.url == "https://soundcloud.com/all-lo-collective/sets/night-bus-home"
    assert real.service.counts[API] == 3


def test_a_title_that_the_search_knows_is_found_in_one_call(tmp_path: Path) -> None:
    real = real_of(tmp_path, {})
    found = Finder(tuple, None, real.directory, "", ratio).find("Night Bus Home by all:Lo Collective")
    assert found.candidate.url == "https://soundcloud.com/all-lo-collective/sets/night-bus-home"
    assert real.service.counts[API] == 1


def test_on_a_profile_only_the_shelves_up_to_the_one_that_names_it_are_read(real: Real) -> None:
    finder = Finder(tuple, None, real.directory, "ada", ratio)
    assert finder.find("nigth bus").candidate.title == "Night Bus"
    assert real.service.counts[API] == 2
    assert finder.find("dwan bus").candidate.title == "Dawn Bus"
    assert real.service.counts[API] == 4
