"""The sandbox's SoundCloud, in process: what the contract says of the real one (soundcloud.md §10)."""

import base64
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any  # Any: JSON
from urllib.parse import parse_qs, quote, urlsplit

import pytest

from cloudcrate.sandbox.soundcloud.service import SoundCloudService
from cloudcrate.sandbox.soundcloud.world import World
from cloudcrate.sandbox.wire import Request, Response

NOW = 1_780_000_000.0
TOKEN = "2-290123-1-sandbox"
KINDS = ("full", "original", "preview", "blocked", "protected", "protected_late", "private", "gone")
SCENARIO: dict[str, Any] = {  # Any: as above
    "users": [{"permalink": "ada", "username": "Ada", "hidden": 12, "likes": 30}],
    "tracks": [{"id": 100 + n, "user": "ada", "kind": k, "seconds": 40.0, "slug": k} for n, k in enumerate(KINDS)],
    "playlists": [
        {"user": "bo", "slug": "kinds", "tracks": [100 + n for n in range(len(KINDS))]},
        {"user": "bo", "slug": "long", "count": 60},
        {"user": "bo", "slug": "secret", "count": 8, "private": True, "token": "s-secret1"},
    ],
    "shorts": {"abc": "https://soundcloud.com/bo/sets/kinds"},
}


class Site:
    """A service and its client id."""

    def __init__(self) -> None:
        self.service = SoundCloudService(World.from_dict(SCENARIO), oauth_tokens=[TOKEN])
        self.now = NOW
        page = self.get("https://soundcloud.com/").body.decode()
        found = re.search(r'"apiClient", "data": {"id": "(\w{32})"', page)
        assert found is not None
        self.client_id = found.group(1)

    def get(self, url: str, **headers: str) -> Response:
        return self.ask("GET", url, b"", headers)

    def ask(self, method: str, url: str, body: bytes, headers: Mapping[str, str]) -> Response:
        parts = urlsplit(url)
        return self.service.handle(
            Request(
                method=method,
                host=parts.hostname or "",
                path=parts.path,
                query=parts.query,
                headers={name.replace("_", "-"): value for name, value in headers.items()},
                body=body,
            ),
            self.now,
        )

    def api(self, path: str, **headers: str) -> Response:
        joint = "&" if "?" in path else "?"
        return self.get(f"https://api-v2.soundcloud.com{path}{joint}client_id={self.client_id}", **headers)

    def json(self, path: str, **headers: str) -> Any:  # Any: as above
        answer = self.api(path, **headers)
        assert answer.status == 200, path
        return json.loads(answer.body)

    def resolve(self, path: str) -> Response:
        return self.api("/resolve?url=" + quote(f"https://soundcloud.com/{path}", safe=""))

    def track(self, number: int) -> Any:  # Any: as above
        return self.json(f"/tracks/{number}")

    def stream(self, number: int, preset: str, protocol: str) -> str:
        listed = self.track(number)["media"]["transcodings"]
        (found,) = [t for t in listed if t["preset"] == preset and t["format"]["protocol"] == protocol]
        return urlsplit(str(found["url"])).path


@pytest.fixture
def site() -> Site:
    return Site()


def test_a_wrong_client_id_is_refused_and_a_rotated_one_stands_in_page_and_script(site: Site) -> None:
    old = site.client_id
    site.service.set(rotate=True)
    assert site.api("/tracks/100").status == 401
    script = site.get("https://a-v2.sndcdn.com/assets/54-5cb4c1d2.js", range="bytes=0-50000")
    assert script.status == 206
    found = re.search(rb'client_id:"(\w{32})"', script.body)
    assert found is not None
    assert found.group(1).decode() not in ("", old)
    assert found.group(1) in site.get("https://soundcloud.com/").body


def test_every_kind_of_page_is_resolved_and_nothing_else(site: Site) -> None:
    kinds = {path: json.loads(site.resolve(path).body)["kind"] for path in ("ada", "ada/full", "bo/sets/long")}
    assert kinds == {"ada": "user", "ada/full": "track", "bo/sets/long": "playlist"}
    for path in ("nobody", "ada/gone", "ada/private", "bo/sets/secret"):
        assert (site.resolve(path).status, site.resolve(path).body) == (404, b"{}")


def test_a_set_holds_five_full_tracks_and_stubs(site: Site) -> None:
    found = json.loads(site.resolve("bo/sets/long").body)
    assert found["track_count"] == len(found["tracks"]) == 60
    assert ["title" in track for track in found["tracks"]] == [True] * 5 + [False] * 55
    assert set(found["tracks"][-1]) == {"id", "kind", "monetization_model", "policy"}


def test_a_batch_is_shuffled_leaves_out_what_cannot_be_seen_and_takes_fifty(site: Site) -> None:
    ids = [t["id"] for t in json.loads(site.resolve("bo/sets/long").body)["tracks"]][:50]
    found = [t["id"] for t in site.json("/tracks?ids=" + ",".join(map(str, ids)))]
    assert sorted(found) == sorted(ids)
    assert found != ids
    assert {t["id"] for t in site.json("/tracks?ids=100,106,107,999")} == {100}
    refused = site.api("/tracks?ids=" + ",".join(map(str, range(51))))
    assert (refused.status, refused.body) == (400, b"{}")


def test_a_private_set_needs_its_token_everywhere(site: Site) -> None:
    found = json.loads(site.resolve("bo/sets/secret/s-secret1").body)
    assert (found["sharing"], found["secret_token"]) == ("private", "s-secret1")
    assert site.api(f"/playlists/{found['id']}").status == 404
    assert site.api(f"/playlists/{found['id']}?secret_token=s-secret1").status == 200


def test_lists_have_short_and_empty_pages_that_go_on(site: Site) -> None:
    number = json.loads(site.resolve("ada").body)["id"]
    url: str | None = f"/users/{number}/likes?limit=10&linked_partitioning=1"
    sizes, seen = [], []
    while url:
        page = site.json(url)
        sizes.append(len(page["collection"]))
        seen += [item["track"]["id"] for item in page["collection"]]
        following = page["next_href"]
        assert following is None or "client_id" not in following
        url = following and following.removeprefix("https://api-v2.soundcloud.com")
    assert 0 in sizes[:-1]
    assert len(seen) == len(set(seen)) == 30


def test_a_signed_link_lives_for_the_length_and_two_minutes(site: Site) -> None:
    link = site.json(site.stream(100, "mp3_1_0", "progressive"))["url"]
    policy = parse_qs(urlsplit(link).query)["Policy"][0].translate(str.maketrans("-_~", "+=/"))
    ends = json.loads(base64.b64decode(policy))["Statement"][0]["Condition"]["DateLessThan"]["AWS:EpochTime"]
    assert ends == NOW + 40 + 120
    assert site.get(link).status == 200
    assert site.get(link.replace("Signature=", "Signature=x")).status == 403
    site.now = ends + 1
    assert site.get(link).status == 403


def test_dead_and_encrypted_streams_answer_as_they_do(site: Site) -> None:
    assert site.api(site.stream(104, "mp3_1_0", "progressive")).status == 404
    assert site.api(site.stream(105, "aac_160k", "hls")).status == 404
    assert site.json(site.stream(104, "aac_160k", "ctr-encrypted-hls"))["licenseAuthToken"]


def test_previews_and_blocked_tracks_say_what_they_are(site: Site) -> None:
    preview, blocked = site.track(102), site.track(103)
    assert preview["policy"] == "SNIP"
    assert preview["duration"] == 30_000 < preview["full_duration"] == 40_000
    assert all(t["snipped"] and "/preview/" in t["url"] for t in preview["media"]["transcodings"])
    assert (blocked["policy"], blocked["media"]["transcodings"]) == ("BLOCK", [])


def test_the_media_budget_is_600_in_ten_minutes(site: Site) -> None:
    stream = site.stream(100, "mp3_1_0", "hls")
    assert {site.api(stream).status for _ in range(600)} == {200}
    assert site.api(stream).status == 429
    site.now += 601
    assert site.api(stream).status == 200


def test_the_original_needs_a_token_and_an_offer(site: Site) -> None:
    signed = {"authorization": f"OAuth {TOKEN}"}
    assert site.api("/tracks/101/download").status == 401
    assert site.api("/tracks/100/download", **signed).status == 403
    original = site.get(site.json("/tracks/101/download", **signed)["redirectUri"])
    assert original.body[:4] == b"RIFF"


def test_artwork_short_links_players_and_sessions(site: Site) -> None:
    picture = site.get("https://i1.sndcdn.com/artworks-100-t500x500.jpg")
    assert picture.body[:3] == b"\xff\xd8\xff"
    assert site.get("https://i1.sndcdn.com/artworks-100-original.png").status == 404
    short = site.get("https://on.soundcloud.com/abc")
    assert short.status == 302
    assert short.headers["location"].startswith("https://soundcloud.com/bo/sets/kinds?")
    player = site.get("https://w.soundcloud.com/player/?url=https%3A//api.soundcloud.com/tracks/100")
    assert b"https://soundcloud.com/ada/full" in player.body
    session = "https://api-auth.soundcloud.com/connect/session"
    good = json.dumps({"session": {"access_token": TOKEN}}).encode()
    assert site.ask("POST", session, good, {}).status == 200
    assert site.ask("POST", session, good.replace(b"sandbox", b"wrong"), {}).status == 401


def test_bot_management_can_be_turned_on(site: Site) -> None:
    site.service.set(challenge=["^/users/"])
    number = json.loads(site.resolve("ada").body)["id"]
    refused = site.api(f"/users/{number}/tracks")
    assert refused.status == 403
    assert refused.headers["x-datadome"] == "protected"


def test_objects_have_the_recorded_keys(site: Site, contracts: Path) -> None:
    schema = (contracts / "samples" / "soundcloud" / "SCHEMA.md").read_text("utf-8")

    def keys(section: str) -> set[str]:
        text = schema.split(f"## {section} (", 1)[1].split("\n## ", 1)[0]
        return {m.group(1) for m in re.finditer(r"^\|(\w+)\|\d+\|", text, re.MULTILINE)} - {"key"}

    assert set(site.track(100)) == keys("track (full)")
    assert set(json.loads(site.resolve("bo/sets/long").body)) == keys("playlist (with tracks)")


def test_worlds_are_deterministic() -> None:
    first, second = Site(), Site()
    assert first.resolve("bo/sets/long").body == second.resolve("bo/sets/long").body
    assert World.from_dict({"seed": 2}).tracks.keys() == World.from_dict({"seed": 2}).tracks.keys()
