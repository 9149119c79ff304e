"""The user's token: where it goes and where not, whose it is, and what is offered to its account."""

from pathlib import Path

import httpx
import pytest
from notion_fakes import FakeBudgets, FakeClock
from soundcloud_bench import FIRST_ID, MEDIA_BUDGET, Bench, SoundCloud, bench, full, link, page, playlist, stub, user
from test_soundcloud_media import PATH, SIGNED, STREAM, TRACK
from test_soundcloud_source import CAPTCHA, SET, SecondWay

from cloudcrate.adapters.http import MEDIA_HOSTS, Door, Outgoing
from cloudcrate.adapters.soundcloud import shapes
from cloudcrate.adapters.soundcloud.client import SoundCloudClient
from cloudcrate.adapters.soundcloud.source import SoundCloudSource
from cloudcrate.core.model import Track, TrackId
from cloudcrate.errors import CredentialsError, RefusedError, StreamGoneError, UnavailableError
from cloudcrate.tokens import Secret

ADA, BO = "2-1-ada", "2-2-bo"


def test_the_users_token_goes_to_the_api_and_nowhere_else(tmp_path: Path) -> None:
    site = SoundCloud(
        {
            "on.soundcloud.com/a": httpx.Response(302, headers={"location": "https://soundcloud.com/ada/likes"}),
            "/resolve": user(),
            "/users/7/likes": page([{"kind": "like", "track": full(1)}]),
            PATH: {"url": SIGNED},
        }
    )
    at = bench(tmp_path, site, oauth_token="2-290123-canary")
    at.read("https://on.soundcloud.com/a")
    at.source.media(TRACK, STREAM)
    sent = {(r.url.host, r.headers.get("authorization")) for r in site.asked}
    assert sent == {
        ("on.soundcloud.com", None),
        ("soundcloud.com", None),
        ("api-v2.soundcloud.com", "OAuth 2-290123-canary"),
    }
    assert "canary" not in repr(at.source)


def client(folder: Path, site: SoundCloud, token: Secret | None) -> SoundCloudClient:
    door = Door(clock=FakeClock(), budgets=FakeBudgets(), transport=site)
    return SoundCloudClient(door, cache_dir=folder, oauth_token=token)


def test_the_client_sends_the_token_to_no_other_host_even_when_asked(tmp_path: Path) -> None:
    site = SoundCloud({"soundcloud.com/other": {}})
    client(tmp_path, site, Secret("2-290123-canary")).call("https://soundcloud.com/other", {})
    assert all("authorization" not in r.headers for r in site.asked)


def test_a_token_that_is_refused_is_said(tmp_path: Path) -> None:
    site = SoundCloud({"/resolve": httpx.Response(401, json={})})
    with pytest.raises(CredentialsError) as caught:
        bench(tmp_path, site, oauth_token="2-290123-canary").read(SET)
    assert "canary" not in f"{caught.value} {caught.value.hint}"


def test_a_redirect_away_from_the_api_loses_the_token_and_does_not_get_it_back(tmp_path: Path) -> None:
    away = httpx.Response(302, headers={"location": "https://soundcloud.com/away"})
    back = httpx.Response(302, headers={"location": f"https://api-v2.soundcloud.com/tracks/2?client_id={FIRST_ID}"})
    site = SoundCloud({"/resolve": away, "soundcloud.com/away": back, "/tracks/2": playlist([full(1)])})
    bench(tmp_path, site, oauth_token="2-290123-canary").read(SET)
    sent = [(r.url.host, r.url.path, r.headers.get("authorization")) for r in site.asked[1:]]
    assert sent == [
        ("api-v2.soundcloud.com", "/resolve", "OAuth 2-290123-canary"),
        ("soundcloud.com", "/away", None),
        ("api-v2.soundcloud.com", "/tracks/2", None),
    ]


def test_a_redirect_to_a_stranger_is_refused_before_it_is_asked(tmp_path: Path) -> None:
    site = SoundCloud({"/resolve": httpx.Response(302, headers={"location": "https://evil.example/"})})
    with pytest.raises(RefusedError):
        bench(tmp_path, site, oauth_token="2-290123-canary").read(SET)
    assert {r.url.host for r in site.asked} == {"soundcloud.com", "api-v2.soundcloud.com"}


def test_media_and_pictures_are_fetched_without_the_token(tmp_path: Path) -> None:
    """Through the same door, after calls that carried it: nothing of it is left in the connections."""
    picture = "https://i1.sndcdn.com/artworks-1-t500x500.jpg"
    site = SoundCloud({PATH: {"url": SIGNED}, "cf-media.sndcdn.com/x.128.mp3": {}, "i1.sndcdn.com/": {}})
    door = Door(clock=FakeClock(), budgets=FakeBudgets(), transport=site)
    source = SoundCloudSource(
        door, cache_dir=tmp_path, media_budget=MEDIA_BUDGET, oauth_token=Secret("2-290123-canary")
    )
    for url in (source.media(TRACK, STREAM).url, picture):
        door.send(Outgoing(method="GET", url=url, hosts=MEDIA_HOSTS))
    hosts = {r.url.host for r in site.asked if "canary" in str(r.headers.raw) + str(r.url)}
    assert hosts == {"api-v2.soundcloud.com"}
    assert {"cf-media.sndcdn.com", "i1.sndcdn.com"} <= {r.url.host for r in site.asked}


def test_two_users_in_one_process_do_not_share_a_token(tmp_path: Path) -> None:
    site = SoundCloud({"/resolve": playlist([full(1)])})
    door = Door(clock=FakeClock(), budgets=FakeBudgets(), transport=site)
    for token in (Secret("2-1-ada"), None, Secret("2-2-bo"), None):
        SoundCloudSource(door, cache_dir=tmp_path, media_budget=MEDIA_BUDGET, oauth_token=token).read(
            link(SET), limit=None, known={}
        )
    sent = [r.headers.get("authorization") for r in site.asked if r.url.path == "/resolve"]
    assert sent == ["OAuth 2-1-ada", None, "OAuth 2-2-bo", None]


def test_the_client_says_whose_the_token_is(tmp_path: Path) -> None:
    site = SoundCloud({"/me": {"id": 7, "kind": "user", "username": "Ada\x1b"}})
    assert client(tmp_path, site, Secret("2-290123-canary")).user_name() == "Ada\x1b"
    assert site.asked[-1].headers["authorization"] == "OAuth 2-290123-canary"


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (httpx.Response(401, json={}), CredentialsError),
        (CAPTCHA, UnavailableError),
        (httpx.Response(404, json={}), UnavailableError),
        ({"id": 7, "username": None}, UnavailableError),
        ([[]], UnavailableError),
    ],
)
def test_an_answer_that_names_nobody_is_an_error(tmp_path: Path, answer: object, error: type[Exception]) -> None:
    with pytest.raises(error) as caught:
        client(tmp_path, SoundCloud({"/me": answer}), Secret("2-290123-canary")).user_name()
    assert "canary" not in str(caught.value)


def test_without_a_token_nobody_is_asked_for(tmp_path: Path) -> None:
    site = SoundCloud({"/me": {"username": "Ada"}})
    with pytest.raises(CredentialsError):
        client(tmp_path, site, None).user_name()
    assert site.asked == []


# --- the uploader's own file --------------------------------------------------------------------


OFFERED = full(1, downloadable=True, has_downloads_left=True)
DOWNLOAD = "/tracks/1/download"
FILE = "https://cf-media.sndcdn.com/x.wav?Policy=P&Signature=S"


def original(folder: Path, answer: object, *, secret_token: str | None = None) -> tuple[Bench, Track]:
    at = bench(folder, SoundCloud({DOWNLOAD: answer}), oauth_token="2-290123-canary")
    return at, shapes.track(OFFERED, account="digest", secret_token=secret_token)


def test_the_original_is_asked_for_once_inside_the_budget(tmp_path: Path) -> None:
    at, track = original(tmp_path, {"redirectUri": FILE}, secret_token="s-abc")
    media = at.source.media(track, track.streams[0])
    assert (media.url, media.stream.preset) == (FILE, "original")
    assert at.site.lines() == [DOWNLOAD]
    assert dict(at.site.asked[-1].url.params) == {"client_id": FIRST_ID, "secret_token": "s-abc"}
    assert at.site.asked[-1].headers["authorization"] == "OAuth 2-290123-canary"
    assert at.budgets.taken == 1


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (httpx.Response(401, json={}), CredentialsError),
        (httpx.Response(403, json={}), StreamGoneError),
        (CAPTCHA, StreamGoneError),
        (httpx.Response(404, json={}), StreamGoneError),
        (httpx.Response(400, json={}), UnavailableError),
        ({"redirectUri": "https://evil.example/x.wav"}, UnavailableError),
        ({"redirectUri": "http://cf-media.sndcdn.com/x.wav"}, UnavailableError),
    ],
)
def test_an_original_that_is_not_handed_out_is_an_error_after_one_call(
    tmp_path: Path, answer: object, error: type[Exception]
) -> None:
    at, track = original(tmp_path, answer)
    with pytest.raises(error) as caught:
        at.source.media(track, track.streams[0])
    assert "http" not in str(caught.value)
    assert at.site.lines() == [DOWNLOAD]


def test_an_original_waits_when_the_budget_is_spent(tmp_path: Path) -> None:
    at, track = original(tmp_path, [httpx.Response(429), httpx.Response(502), {"redirectUri": FILE}])
    assert at.source.media(track, track.streams[0]).url == FILE
    assert "media" in at.budgets.parked


def test_without_a_token_the_original_is_not_asked_for(tmp_path: Path) -> None:
    at = bench(tmp_path, SoundCloud({DOWNLOAD: {"redirectUri": FILE}}))
    track = shapes.track(OFFERED, account="digest")
    with pytest.raises(StreamGoneError):
        at.source.media(track, track.streams[0])
    assert at.site.asked == []


# --- what is known ---------------------------------------------------------------------------------


def test_what_is_known_for_another_account_is_asked_for_again(tmp_path: Path) -> None:
    def site() -> SoundCloud:
        return SoundCloud({"/resolve": playlist([stub(1)])}, {1: full(1)})

    for before, now in ((None, ADA), (ADA, None), (ADA, BO)):
        known = bench(tmp_path, site(), oauth_token=before).read(SET).tracks
        again = bench(tmp_path, site(), oauth_token=now)
        track = again.read(SET, known=known).tracks[TrackId(1)]
        assert again.site.lines()[-1] == "/tracks", (before, now)
        assert track.account != known[TrackId(1)].account
        assert track.account == (Secret(now).digest if now else "")
    kept = bench(tmp_path, site(), oauth_token=ADA)
    assert kept.read(SET, known=bench(tmp_path, site(), oauth_token=ADA).read(SET).tracks).tracks
    assert kept.site.lines() == ["/resolve"]


def test_the_second_way_is_told_what_holds_for_anybody_and_for_this_account(tmp_path: Path) -> None:
    known = {
        TrackId(n): shapes.track(full(n), account=account)
        for n, account in ((1, ""), (2, Secret(ADA).digest), (3, Secret(BO).digest))
    }
    second = SecondWay()
    site = SoundCloud({"/resolve": {"kind": "something new"}})
    bench(tmp_path, site, oauth_token=ADA, second_way=second).read(SET, known=known)
    bench(tmp_path, site, second_way=second).read(SET, known=known)
    assert second.known == [{1, 2}, {1}]
