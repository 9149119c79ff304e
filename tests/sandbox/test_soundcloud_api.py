"""The sandbox's SoundCloud, in process: what the contract says of the real one (soundcloud.md §10)."""

import base64
import json
import re
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from soundcloud_site import NOW, TOKEN, Site

from cloudcrate import sandbox
from cloudcrate.sandbox.soundcloud.world import World
from cloudcrate.sandbox.wire import Response


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
    assert found["duration"] == sum(site.track(t["id"])["full_duration"] for t in found["tracks"])
    assert set(found["tracks"][-1]) == {"id", "kind", "monetization_model", "policy"}


def test_a_system_playlist_has_a_urn_and_stubs_of_two_keys(site: Site) -> None:
    found = json.loads(site.resolve("discover/sets/related:100").body)
    assert (found["kind"], found["id"]) == ("system-playlist", "soundcloud:system-playlists:related:100")
    assert not found.keys() & {"track_count", "created_at", "last_modified", "uri", "user_id", "set_type"}
    assert [len(track) for track in found["tracks"]] == [4, 4, 4, 2, 2]


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
    ids = {t["id"] for t in found["tracks"]}
    batch = f"/tracks?ids={','.join(map(str, ids))}"
    opened = site.json(f"{batch}&playlistId={found['id']}&playlistSecretToken=s-secret1")
    assert sum(t["sharing"] == "private" for t in opened) == 3
    assert len(opened) == 7 == len(ids) - 1  # one is gone
    for more in ("", f"&playlistId={found['id']}", f"&playlistId={found['id']}&playlistSecretToken=s-other"):
        assert {t["sharing"] for t in site.json(batch + more)} == {"public"}


def test_a_private_track_needs_its_token_everywhere(site: Site) -> None:
    token = site.service.world.tracks[106].token
    found = json.loads(site.resolve(f"ada/private/{token}").body)
    assert (found["sharing"], found["public"], found["secret_token"]) == ("private", False, token)
    assert site.api("/tracks/106").status == 404
    stream = urlsplit(found["media"]["transcodings"][0]["url"]).path
    assert site.api(stream).status == 404
    assert site.api(f"{stream}?secret_token={token}").status == 200


def test_private_and_gone_tracks_show_nowhere_but_as_stubs(site: Site) -> None:
    number = site.user_number("ada")
    listed = [t for page in site.pages(f"/users/{number}/tracks?limit=200") for t in page["collection"]]
    assert {t["id"] for t in listed} == {100, 101, 102, 103, 104, 105}
    entries = json.loads(site.resolve("bo/sets/hidden").body)["tracks"]
    assert [t["id"] for t in entries] == [106, 107, 100]
    assert ["title" in t for t in entries] == [False, False, True]
    sets = site.json(f"/users/{site.user_number('bo')}/playlists")["collection"]
    assert {t["sharing"] for playlist in sets for t in playlist["tracks"]} == {"public"}


def test_a_track_that_is_removed_is_gone_everywhere(site: Site) -> None:
    stream = site.stream(100, "mp3_1_0", "hls")
    site.service.set(remove_track=100)
    assert [site.api(path).status for path in ("/tracks/100", stream)] == [404, 404]
    assert site.resolve("ada/full").status == 404
    assert site.json("/tracks?ids=100") == []


def test_a_playlist_can_be_changed(site: Site) -> None:
    site.service.set(playlist={"hidden": [100, 106, 100]})
    assert [t["id"] for t in json.loads(site.resolve("bo/sets/hidden").body)["tracks"]] == [100, 106, 100]
    with pytest.raises(ValueError, match="no track 1"):
        site.service.set(playlist={"hidden": [101, 1]})
    assert [t["id"] for t in json.loads(site.resolve("bo/sets/hidden").body)["tracks"]] == [100, 106, 100]


def test_lists_have_short_and_empty_pages_that_go_on(site: Site) -> None:
    pages = list(site.pages(f"/users/{site.user_number('ada')}/likes?limit=10&linked_partitioning=1"))
    sizes = [len(page["collection"]) for page in pages]
    assert {0, 1} <= set(sizes[:-1])
    likes = [item for page in pages for item in page["collection"]]
    assert len({item["track"]["id"] for item in likes}) == len(likes) == 30
    assert {item["kind"] for item in likes} == {"like"}
    assert all(set(item["track"]) == set(site.track(100)) for item in likes)
    for page in pages[:-1]:
        following = parse_qs(urlsplit(page["next_href"]).query)
        assert following.keys() == {"offset", "limit"}
        assert following["limit"] == ["10"]


@pytest.mark.parametrize(
    ("number", "preset", "protocol", "seconds"),
    [
        (100, "mp3_1_0", "progressive", 40),
        (100, "mp3_1_0", "hls", 40),
        (100, "aac_160k", "hls", 40),
        (102, "mp3_0_0", "progressive", 30),
    ],
)
def test_a_signed_link_lives_for_the_length_and_two_minutes(
    site: Site, number: int, preset: str, protocol: str, seconds: int
) -> None:
    link = site.stream_url(number, preset, protocol)
    policy = parse_qs(urlsplit(link).query)["Policy"][0].translate(str.maketrans("-_~", "+=/"))
    ends = json.loads(base64.b64decode(policy))["Statement"][0]["Condition"]["DateLessThan"]["AWS:EpochTime"]
    assert ends == NOW + seconds + 120
    site.now = ends - 1
    assert site.get(link).status == 200
    site.now = ends
    assert site.get(link).status == 403


def test_a_link_opens_nothing_but_its_own_stream(site: Site) -> None:
    link = site.stream_url(100, "mp3_1_0", "progressive")
    other = site.stream_url(101, "mp3_1_0", "progressive")
    playlist = site.stream_url(100, "mp3_1_0", "hls")
    forged = [
        link.replace("Signature=", "Signature=x"),
        link.replace("Policy=ey", "Policy=eZ"),
        link.partition("?")[0],
        f"{link.partition('?')[0]}?{urlsplit(other).query}",
        f"{playlist.partition('?')[0]}?{urlsplit(link).query}",
    ]
    assert [site.get(url).status for url in forged] == [403] * len(forged)


def test_dead_and_encrypted_streams_answer_as_they_do(site: Site) -> None:
    answers: dict[int, dict[str, Response]] = {104: {}, 105: {}}
    for number, found in answers.items():
        for t in site.track(number)["media"]["transcodings"]:
            found[f"{t['preset']} {t['format']['protocol']}"] = site.api(urlsplit(t["url"]).path)
    encrypted = {name: answer for name, answer in answers[104].items() if "encrypted" in name}
    assert [answer.status for answer in encrypted.values()] == [200] * 4
    assert all(json.loads(answer.body)["licenseAuthToken"] for answer in encrypted.values())
    dead = [answer for name, answer in answers[104].items() if name not in encrypted] + list(answers[105].values())
    assert {(answer.status, answer.body) for answer in dead} == {(404, b"{}")}
    assert "licenseAuthToken" not in site.json(site.stream(100, "aac_160k", "hls"))


def test_previews_and_blocked_tracks_say_what_they_are(site: Site) -> None:
    preview, blocked = site.track(102), site.track(103)
    assert preview["policy"] == "SNIP"
    assert preview["duration"] == 30_000 < preview["full_duration"] == 40_000
    assert all(t["snipped"] and "/preview/" in t["url"] for t in preview["media"]["transcodings"])
    assert "/preview/" in urlsplit(site.stream_url(102, "mp3_0_0", "progressive")).path
    assert (blocked["policy"], blocked["media"]["transcodings"]) == ("BLOCK", [])


def test_the_media_budget_is_600_in_ten_minutes(site: Site) -> None:
    stream = site.stream(100, "mp3_1_0", "hls")
    assert {site.api(stream).status for _ in range(600)} == {200}
    assert site.api(stream).status == 429
    site.now += 599
    assert site.api(stream).status == 429
    assert site.api("/tracks/100").status == 200
    site.now += 1
    assert {site.api(stream).status for _ in range(600)} == {200}


def test_the_original_needs_a_token_and_an_offer(site: Site) -> None:
    signed = {"authorization": f"OAuth {TOKEN}"}
    assert site.api("/tracks/101/download").status == 401
    assert site.api("/tracks/100/download", **signed).status == 403
    original = site.get(site.json("/tracks/101/download", **signed)["redirectUri"])
    assert original.body[:4] == b"RIFF"
    assert (original.headers["content-type"], original.headers["accept-ranges"]) == ("audio/x-wav", "bytes")
    assert original.headers["content-disposition"].startswith("attachment; filename=")


def test_a_token_that_is_not_known_is_refused_everywhere(site: Site) -> None:
    stranger = {"authorization": "OAuth 2-290123-2-stranger"}
    for path in ("/me", "/tracks/100", "/tracks/101/download", "/resolve?url=https://soundcloud.com/ada/full"):
        assert site.api(path, **stranger).status == 401, path


@pytest.mark.parametrize("size", ["large", "t67x67", "t200x200", "t300x300", "t500x500", "crop400"])
def test_artwork_is_a_jpeg_in_every_size(site: Site, size: str) -> None:
    url = str(site.track(100)["artwork_url"]).replace("large", size)
    picture = site.get(url)
    assert (picture.status, picture.headers["content-type"]) == (200, "image/jpeg")
    assert picture.body.startswith(b"\xff\xd8\xff")
    assert picture.body.endswith(b"\xff\xd9")
    assert site.ask("HEAD", url, b"", {}).status == 200


def test_an_original_artwork_is_not_there_under_a_guessed_name(site: Site) -> None:
    for ending in ("jpg", "png"):
        url = f"https://i1.sndcdn.com/artworks-100-original.{ending}"
        assert [site.ask(method, url, b"", {}).status for method in ("HEAD", "GET")] == [404, 404]


def test_a_short_link_redirects_with_a_query_to_strip(site: Site) -> None:
    for method in ("HEAD", "GET"):
        short = site.ask(method, "https://on.soundcloud.com/abc", b"", {})
        assert short.status == 302
        page, _, query = short.headers["location"].partition("?")
        assert page == "https://soundcloud.com/bo/sets/kinds"
        assert {"ref", "si", "utm_source"} <= parse_qs(query).keys()
    assert site.get("https://on.soundcloud.com/other").status == 404


def test_a_player_names_its_page(site: Site) -> None:
    player = site.get("https://w.soundcloud.com/player/?url=https%3A//api.soundcloud.com/tracks/100")
    assert b'<link rel="canonical" href="https://soundcloud.com/ada/full">' in player.body


def test_a_token_is_checked_and_signs_in(site: Site) -> None:
    session = f"https://api-auth.soundcloud.com/connect/session?client_id={site.client_id}"
    good = json.dumps({"session": {"access_token": TOKEN}}).encode()
    assert site.ask("POST", session, good, {}).status == 200
    assert site.ask("POST", session, good.replace(b"sandbox", b"wrong"), {}).status == 401
    assert site.ask("POST", session, b"[]", {}).status == 400
    me = "https://api-v2.soundcloud.com/me?client_id=invalid"
    assert site.get(me, authorization=f"OAuth {TOKEN}").status == 200
    assert site.get(me, authorization="OAuth wrong").status == 401
    assert site.api("/me").status == 401


def test_bot_management_can_be_turned_on_and_off(site: Site) -> None:
    number = site.user_number("ada")
    site.service.set(challenge=["^/users/"])
    refused = site.api(f"/users/{number}/tracks")
    assert refused.status == 403
    assert refused.headers["x-datadome"] == "protected"
    assert "captcha" in json.loads(refused.body)["url"]
    assert site.api("/tracks/100").status == 200
    site.service.set(challenge=[])
    assert site.api(f"/users/{number}/tracks").status == 200


def test_the_page_can_hold_no_client_id(site: Site) -> None:
    site.service.set(hydration=False)
    page = site.get("https://soundcloud.com/").body
    assert site.client_id.encode() not in page
    last = re.findall(rb'<script[^>]+src="([^"]+)"', page)[-1].decode()
    assert f'client_id:"{site.client_id}"'.encode() in site.get(last).body


@pytest.mark.parametrize(
    "knobs",
    [
        {"speed": 1},
        {"empty_playlist": "none"},
        {"add_to_playlist": ["long", 1]},
        {"remove_track": 1},
        {"playlist": {"none": []}},
    ],
)
def test_a_knob_that_makes_no_sense_is_refused(site: Site, knobs: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"speed|none|1"):
        site.service.set(**knobs)


@pytest.mark.parametrize(
    "scenario",
    [
        {"songs": []},
        {"tracks": [{"kind": "loud"}]},
        {"tracks": [{"lenght": 3}]},
        {"users": [{"permalink": "ada", "like": 3}]},
        {"users": [{"permalink": "ada", "likes": [1]}]},
        {"playlists": [{"user": "ada", "slug": "a", "tracks": [1]}]},
        {"playlists": [{"user": "ada", "slug": "a", "count": 1, "mix": {"gone": 2}}]},
    ],
    ids=lambda scenario: next(iter(scenario)),
)
def test_a_scenario_that_makes_no_sense_is_refused(scenario: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="soundcloud"):
        World.from_dict(scenario)


def _recorded_keys(contracts: Path, section: str) -> set[str]:
    schema = (contracts / "samples" / "soundcloud" / "SCHEMA.md").read_text("utf-8")
    text = schema.split(f"## {section} (", 1)[1].split("\n## ", 1)[0]
    return {m.group(1) for m in re.finditer(r"^\|(\w+)\|\d+\|", text, re.MULTILINE)}


def test_objects_have_the_recorded_keys(site: Site, contracts: Path) -> None:
    playlist = json.loads(site.resolve("bo/sets/long").body)
    track = playlist["tracks"][0]
    for made, section in (
        (track, "track (full)"),
        (track["user"], "user (embedded mini)"),
        (track["media"]["transcodings"][0], "track.media.transcodings[]"),
        (playlist, "playlist (with tracks)"),
        (json.loads(site.resolve("ada").body), "user (full)"),
    ):
        assert set(made) == _recorded_keys(contracts, section), section
    publishers = [t["publisher_metadata"] or {} for t in playlist["tracks"][:5]]
    assert set().union(*publishers) <= _recorded_keys(contracts, "track.publisher_metadata")


def test_nothing_recorded_stands_in_the_sandbox(contracts: Path) -> None:
    """Names and titles of the recordings belong to people; the sandbox invents its own."""
    named = {"username", "full_name", "permalink", "title", "artist"}

    def names(value: object) -> set[str]:
        if isinstance(value, list):
            return set().union(*map(names, value))
        if not isinstance(value, dict):
            return set()
        own = {str(v) for k, v in value.items() if k in named and isinstance(v, str)}
        return own.union(*map(names, value.values()))

    folder = contracts / "samples" / "soundcloud"
    files = [file for file in folder.glob("*.json") if not file.name.endswith(".meta.json")]
    recorded = set().union(*(names(json.loads(file.read_text("utf-8"))) for file in files))
    assert len(recorded) > 50
    package = Path(sandbox.__file__).parent
    text = "\n".join(file.read_text("utf-8") for file in package.rglob("*.py")).casefold()
    long_enough = {name.casefold() for name in recorded if len(name) >= 8}
    assert [name for name in long_enough if re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text)] == []


def test_worlds_are_deterministic() -> None:
    first, second = Site(), Site()
    assert first.resolve("bo/sets/long").body == second.resolve("bo/sets/long").body
    assert World.from_dict({"seed": 2}).tracks.keys() == World.from_dict({"seed": 2}).tracks.keys()


def test_liked_and_reposted_playlists_come_without_tracks_and_private_ones_not_at_all() -> None:
    site = Site()
    ada, sets = site.service.world.users["ada"], {p.slug: p for p in site.service.world.playlists}
    ada.hidden = 0
    ada.liked_playlists += [sets["long"], sets["secret"], sets["related:100"]]
    ada.reposted_playlists += [sets["kinds"]]
    number = site.user_number("ada")
    (liked,) = site.json(f"/users/{number}/playlist_likes")["collection"]
    assert (liked["kind"], liked["playlist"]["permalink"]) == ("like", "long")
    assert len(liked["playlist"]) == 24
    assert not liked["playlist"].keys() & {"tracks", "description", "tag_list"}
    every = site.json(f"/users/{number}/likes?limit=200")["collection"]
    assert sum("playlist" in item for item in every) == 1
    assert len(every) == 31
    assert len(site.json(f"/users/{number}/track_likes?limit=200")["collection"]) == 30
    (reposted,) = site.json(f"/stream/users/{number}/reposts")["collection"]
    assert (reposted["type"], reposted["playlist"]["permalink"]) == ("playlist-repost", "kinds")
    assert json.loads(site.resolve("ada").body)["playlist_likes_count"] == 3


def test_a_world_may_say_which_playlists_somebody_likes() -> None:
    user = {"permalink": "ada", "liked_playlists": ["mix"], "reposted_playlists": ["mix"]}
    world = World.from_dict({"users": [user], "playlists": [{"user": "bo", "slug": "mix", "count": 1}]})
    assert world.users["ada"].liked_playlists == world.users["ada"].reposted_playlists == world.playlists
    with pytest.raises(ValueError, match="there is no playlist dawn"):
        World.from_dict({"users": [{"permalink": "ada", "liked_playlists": ["dawn"]}]})
