"""Reading playlists: requests counted by the sandbox, both ways giving the same."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any  # Any: scenarios and reports are JSON

import pytest
from memory import MemoryLedger, SimulatedClock
from running import EVERY_KIND, URL, Machine, world
from sandboxes import running_sandbox

from cloudcrate.adapters.http import MEDIA_HOSTS, Budget, Door
from cloudcrate.adapters.soundcloud.source import SoundCloudSource
from cloudcrate.adapters.soundcloud_ytdlp import YtDlpSource
from cloudcrate.core.link import Link, parse_link
from cloudcrate.core.model import Availability, Listing
from cloudcrate.errors import NotFoundError, UnavailableError
from cloudcrate.ports.world import Source
from cloudcrate.sandbox.process import Sandbox

TOKEN = "s-h1dd3n"
SITE = ("api-v2.soundcloud.com", "soundcloud.com", "a-v2.sndcdn.com", "on.soundcloud.com")


def scenario() -> dict[str, Any]:  # Any: as above
    made = world(8, seconds=[1, 2], repeats=1, short="abc")
    made["soundcloud"]["playlists"] += [
        {"user": "bo", "slug": "big", "title": "Big", "count": 500, "mix": dict.fromkeys(EVERY_KIND, 3), "repeats": 4},
        {"user": "bo", "slug": "album", "title": "Album", "count": 7, "album": True},
    ]
    made["soundcloud"]["playlists"].append(
        {"user": "bo", "slug": "hidden", "title": "Hidden", "count": 60, "token": TOKEN, "mix": {"gone": 1}}
    )
    made["soundcloud"]["users"] = [
        {"permalink": "ada", "username": "Ada"},
        {"permalink": "bo", "username": "Bo", "likes": 30, "reposts": 5, "hidden": 25},
    ]
    made["soundcloud"]["tracks"] = [{"user": "bo", "title": f"Own {n}", "slug": f"own-{n}"} for n in range(12)]
    return made


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with running_sandbox(scenario()) as running:
        yield running


@pytest.fixture
def machine(sandbox: Sandbox, tmp_path: Path) -> Machine:
    sandbox.faults([])
    sandbox.mark()
    return Machine(sandbox=sandbox, home=tmp_path, notion=False)


def plan_of(machine: Machine, what: str, *words: str) -> Any:  # Any: as above
    ran = machine.run("plan", what, "--json", *words)
    assert ran.code == 0, ran.err
    return ran.data["plan"]


def requests(sandbox: Sandbox) -> int:
    return sum(count for host, count in sandbox.counts()["hosts"].items() if host in SITE)


def test_500_tracks_cost_twelve_requests_cold_in_order_with_repetitions(machine: Machine, sandbox: Sandbox) -> None:
    made = plan_of(machine, "https://soundcloud.com/bo/sets/big")
    assert requests(sandbox) <= 12
    assert made["entries"] == 500
    assert len(made["units"]) == 496
    assert [u["position"] for u in made["units"]] == sorted(u["position"] for u in made["units"])
    left = [o["availability"] for u in made["units"] for o in u["operations"] if o.get("side") == "file"]
    found = {kind: left.count(kind) for kind in ("preview", "blocked", "protected", "gone")}
    assert found == {"preview": 3, "blocked": 3, "protected": 3, "gone": 6}  # private ones cannot be told from gone


@pytest.mark.parametrize(
    ("what", "tracks"),
    [
        ("soundcloud.com/ada/sets/mix", 7),
        ("https://m.soundcloud.com/ada/sets/mix?utm_source=x#t=1", 7),
        ("https://on.soundcloud.com/abc", 7),
        ("https://w.soundcloud.com/player/?url=https%3A//api.soundcloud.com/playlists/1700000000", 7),
        ("https://api.soundcloud.com/playlists/soundcloud%3Aplaylists%3A1700000000", 7),
        ("https://soundcloud.com/bo/own-3", 1),
        ("https://soundcloud.com/bo/own-3?in=ada/sets/mix", 1),
        ("https://soundcloud.com/bo", 12),
        ("https://soundcloud.com/bo/tracks", 12),
        ("https://soundcloud.com/bo/likes", 30),
        ("https://soundcloud.com/bo/reposts", 5),
        ("https://soundcloud.com/bo/albums", 7),
    ],
)
def test_every_form_of_link_is_read(machine: Machine, what: str, tracks: int) -> None:
    assert len(plan_of(machine, what)["units"]) == tracks


def test_empty_pages_do_not_end_a_list(machine: Machine, sandbox: Sandbox) -> None:
    assert len(plan_of(machine, "https://soundcloud.com/bo/likes")["units"]) == 30
    pages = [e for e in sandbox.journal() if e["path"].endswith("/likes")]
    assert len(pages) > 1


def test_max_tracks_reads_no_further(machine: Machine, sandbox: Sandbox) -> None:
    assert plan_of(machine, "https://soundcloud.com/bo/sets/big", "--max-tracks", "5")["entries"] == 5
    assert requests(sandbox) <= 3


def test_a_client_id_that_was_rotated_is_renewed_once(machine: Machine, sandbox: Sandbox) -> None:
    plan_of(machine, URL)
    sandbox.knobs(soundcloud={"rotate": True})
    sandbox.mark()
    plan_of(machine, URL)
    assert sandbox.counts()["hosts"]["soundcloud.com"] == 1


def test_without_hydration_the_client_id_comes_from_the_beginning_of_the_script(
    machine: Machine, sandbox: Sandbox
) -> None:
    sandbox.knobs(soundcloud={"hydration": False})
    try:
        plan_of(machine, URL)
    finally:
        sandbox.knobs(soundcloud={"hydration": True})
    script = [e for e in sandbox.journal() if e["host"] == "a-v2.sndcdn.com"][-1]
    assert script["bytes"] < 100_000


STRANGE = {
    "host": "api-v2.soundcloud.com",
    "path": "^/resolve",
    "nth": 1,
    "kind": "status",
    "status": 200,
    "body": '{"kind": "something new"}',
    "headers": {"content-type": "application/json"},
}
"""The next answer is of a shape that nobody knows: the direct way gives up."""


def test_an_unknown_shape_goes_through_ytdlp_with_the_same_tracks_in_the_same_order(
    machine: Machine, sandbox: Sandbox
) -> None:
    direct = plan_of(machine, URL)
    sandbox.faults([STRANGE])
    second = plan_of(machine, URL)
    assert [u["track_id"] for u in second["units"]] == [u["track_id"] for u in direct["units"]]
    assert [u["position"] for u in second["units"]] == [u["position"] for u in direct["units"]]
    assert any("yt-dlp" in note for note in second["notes"])


def test_the_second_way_downloads_too(machine: Machine, sandbox: Sandbox) -> None:
    sandbox.faults([STRANGE])
    ran = machine.run("sync", URL, "--max-tracks", "2", "--json")
    assert ran.code == 0, ran.err + ran.out
    assert ran.data["report"]["files"]["downloaded"] == 2


# --- both ways, over real connections -----------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Ways:
    """The direct way and the second one, each on its own."""

    direct: Source
    second: Source
    ledger: MemoryLedger
    clock: SimulatedClock

    def read(self, what: str) -> tuple[Listing, Listing]:
        """The same link, read both ways."""
        link = linked(what)
        return self.direct.read(link, limit=None, known={}), self.second.read(link, limit=None, known={})


def linked(what: str) -> Link:
    """A link that can be read."""
    link = parse_link(what)
    assert link is not None
    return link


@pytest.fixture
def ways(sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Ways]:
    for name, value in sandbox.env.items():
        monkeypatch.setenv(name, value)
    sandbox.faults([])
    sandbox.knobs(soundcloud={"challenge": [], "hydration": True})
    clock = SimulatedClock()
    ledger = MemoryLedger(clock)
    door = Door(clock=clock, budgets=ledger)
    budget = Budget(name="media", limit=1000, window=600.0)
    yield Ways(
        direct=SoundCloudSource(door, cache_dir=tmp_path / "direct", media_budget=budget),
        second=YtDlpSource(door, cache_dir=tmp_path / "second", media_budget=budget),
        ledger=ledger,
        clock=clock,
    )
    door.close()


@pytest.mark.parametrize(
    "what",
    [
        URL,
        "https://api.soundcloud.com/playlists/1700000000",
        f"https://soundcloud.com/bo/sets/hidden/{TOKEN}",
        f"https://api.soundcloud.com/playlists/1700000003?secret_token={TOKEN}",
        "https://soundcloud.com/bo/own-3",
        "https://soundcloud.com/bo",
        "https://soundcloud.com/bo/likes",
        "https://soundcloud.com/bo/reposts",
        "https://soundcloud.com/bo/albums",
    ],
)
def test_both_ways_give_the_same_tracks_in_the_same_order_under_the_same_name(ways: Ways, what: str) -> None:
    direct, second = ways.read(what)
    assert second.playlist.entries == direct.playlist.entries
    assert len(direct.playlist.entries) > 0
    assert (second.playlist.id, second.complete) == (direct.playlist.id, direct.complete)
    assert second.tracks.keys() == direct.tracks.keys()
    assert second.absent.keys() == direct.absent.keys()
    for number, track in direct.tracks.items():
        other = second.tracks[number]
        told = (
            other.title,
            other.artist,
            other.url,
            other.posted,
            other.released,
            other.artwork_url,
            other.duration_ms,
        )
        known = (
            track.title,
            track.artist,
            track.url,
            track.posted,
            track.released,
            track.artwork_url,
            track.duration_ms,
        )
        assert told == known
    assert second.way == "yt-dlp"
    assert second.playlist.title == direct.playlist.title


def test_the_second_way_makes_no_media_call_to_read_and_one_for_a_link(ways: Ways, sandbox: Sandbox) -> None:
    since = sandbox.mark()
    listing = ways.second.read(linked("https://soundcloud.com/bo/sets/album"), limit=None, known={})
    asked = [(e["host"], e["path"]) for e in sandbox.journal(since)]
    assert not [path for host, path in asked if host == "i1.sndcdn.com" or "/media/" in path]
    sandbox.mark()
    track = next(iter(listing.tracks.values()))
    for stream in track.streams:
        media = ways.second.media(track, stream)
        assert MEDIA_HOSTS.allows(media.url)
        assert media.stream == stream
    assert len(track.streams) == 3
    assert sandbox.counts()["hosts"] == {"api-v2.soundcloud.com": 6}
    assert ways.ledger.spent("media", window=600.0, now=ways.clock.now()) == 3


def test_the_second_way_tells_previews_and_blocked_tracks_apart(ways: Ways) -> None:
    direct, second = ways.read("https://soundcloud.com/bo/sets/big")
    for number, track in direct.tracks.items():
        expected = Availability.FULL if track.availability is Availability.PROTECTED else track.availability
        assert second.tracks[number].availability is expected


def fail(sandbox: Sandbox, status: int) -> None:
    """Everything that is asked of SoundCloud after a playlist fails for good."""
    rule = {"host": "api-v2.soundcloud.com", "path": "^/(tracks|resolve)", "skip": 1, "kind": "status"}
    sandbox.faults([{**rule, "status": status, "body": "{}"}])


@pytest.mark.parametrize(("way", "status"), [("direct", 500), ("direct", 404), ("second", 500), ("second", 403)])
def test_a_question_that_fails_never_makes_a_track_gone(ways: Ways, sandbox: Sandbox, way: str, status: int) -> None:
    source = ways.direct if way == "direct" else ways.second
    fail(sandbox, status)
    with pytest.raises(UnavailableError):
        source.read(linked("https://soundcloud.com/bo/sets/big"), limit=20, known={})


def test_the_second_way_takes_a_track_that_is_not_there_for_gone(ways: Ways, sandbox: Sandbox) -> None:
    fail(sandbox, 404)
    found = ways.second.read(linked(URL), limit=3, known={})
    assert found.absent == dict.fromkeys(found.playlist.entries, Availability.GONE)
    hidden = linked(f"https://soundcloud.com/bo/sets/hidden/{TOKEN}")
    fail(sandbox, 404)
    assert set(ways.second.read(hidden, limit=3, known={}).absent.values()) == {Availability.PRIVATE}


def test_the_second_way_does_not_know_users_by_number(ways: Ways) -> None:
    with pytest.raises(UnavailableError, match="by number"):
        ways.second.read(linked("https://api.soundcloud.com/users/7/likes"), limit=None, known={})


def test_no_message_of_the_second_way_holds_a_secret(ways: Ways, sandbox: Sandbox) -> None:
    link = linked(f"https://soundcloud.com/bo/sets/hidden/{TOKEN}")
    for status in (404, 403, 500):
        sandbox.faults([{"host": "api-v2.soundcloud.com", "kind": "status", "status": status, "body": "{}"}])
        with pytest.raises((NotFoundError, UnavailableError)) as caught:
            ways.second.read(link, limit=None, known={})
        assert TOKEN not in f"{caught.value} {caught.value.hint}"


def test_reading_again_costs_one_request_when_all_is_known(ways: Ways, sandbox: Sandbox) -> None:
    link = linked("https://soundcloud.com/bo/sets/album")
    known = ways.direct.read(link, limit=None, known={}).tracks
    sandbox.mark()
    assert ways.direct.read(link, limit=None, known=known).tracks == known
    assert requests(sandbox) == 1


def test_private_tracks_of_a_private_set_are_opened_by_its_token(ways: Ways) -> None:
    listing = ways.direct.read(linked(f"https://soundcloud.com/bo/sets/hidden/{TOKEN}"), limit=None, known={})
    assert len(listing.playlist.entries) == 60
    assert listing.playlist.url == "https://soundcloud.com/bo/sets/hidden"
    assert set(listing.absent.values()) == {Availability.GONE}
