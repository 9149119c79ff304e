"""The client id, and signed links: one call each, inside the budget."""

import json
import os
import stat
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
from soundcloud_bench import (
    FIRST_ID,
    SECOND_ID,
    Bench,
    SoundCloud,
    bench,
    full,
    home,
    link,
    playlist,
)
from test_soundcloud_source import CAPTCHA, SET, SecondWay

from cloudcrate.adapters.patience import ATTEMPTS
from cloudcrate.adapters.soundcloud import shapes
from cloudcrate.core.model import Protocol, Stream, Track
from cloudcrate.errors import StreamGoneError, ThrottledError, UnavailableError

TRACK = shapes.track(full(1), secret_token="s-abc")
STREAM = TRACK.streams[1]
PATH = httpx.URL(STREAM.url).path
SIGNED = "https://cf-media.sndcdn.com/x.128.mp3?Policy=P&Signature=S"


# --- the client id ------------------------------------------------------------------------------


def read_once(folder: Path, site: SoundCloud) -> Bench:
    site.answers.setdefault("/resolve", playlist([full(1)]))
    at = bench(folder, site)
    at.read(SET)
    return at


def cached(folder: Path) -> Path:
    return folder / "soundcloud-client-id.json"


def test_the_client_id_is_asked_for_once_and_kept_for_oneself(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "cache"
    site = SoundCloud()
    at = read_once(folder, site)
    at.read(SET)
    read_once(folder, site)
    assert site.lines("soundcloud.com") == ["/"]
    assert json.loads(cached(folder).read_text("utf-8")) == {"client_id": FIRST_ID}
    assert stat.S_IMODE(cached(folder).stat().st_mode) == 0o600
    assert os.listdir(folder) == [cached(folder).name]


@pytest.mark.parametrize("damage", ["", "{", "[]", "null", '{"client_id": 5}', '{"client_id": "short"}'])
def test_a_damaged_cache_is_asked_for_again(tmp_path: Path, damage: str) -> None:
    cached(tmp_path).write_text(damage, "utf-8")
    assert read_once(tmp_path, SoundCloud()).site.lines("soundcloud.com") == ["/"]


def test_a_cache_that_cannot_be_written_does_no_harm(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    read_once(tmp_path / "file", SoundCloud())


def test_without_hydration_the_last_script_is_asked_for_its_beginning(tmp_path: Path) -> None:
    script = httpx.Response(206, text=f'x;client_application_id:46941,client_id:"{FIRST_ID}",env:"production"')
    site = SoundCloud({"soundcloud.com/": home(None), "a-v2.sndcdn.com/assets/2.js": script})
    read_once(tmp_path, site)
    asked = [r for r in site.asked if r.url.host == "a-v2.sndcdn.com"]
    assert [r.url.path for r in asked] == ["/assets/2.js"]
    assert asked[0].headers["range"] == "bytes=0-65535"


def test_without_any_client_id_the_second_way_is_taken(tmp_path: Path) -> None:
    site = SoundCloud({"soundcloud.com/": home(None)})
    second = SecondWay()
    assert "no client id" in bench(tmp_path, site, second_way=second).read(SET).notes[-1]
    assert second.asked == [link(SET)]


class AllAtOnce(SoundCloud):
    """Lets six calls with the old client id arrive before any of them is refused."""

    barrier = threading.Barrier(6)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if request.url.params.get("client_id") == SECOND_ID:
            self.barrier.wait(timeout=30)
        return super().handle_request(request)


def test_a_refused_client_id_is_renewed_once_for_all_threads(tmp_path: Path) -> None:
    cached(tmp_path).write_text(json.dumps({"client_id": SECOND_ID}), "utf-8")
    at = bench(tmp_path, AllAtOnce({PATH: {"url": SIGNED}}))
    with ThreadPoolExecutor(6) as pool:
        media = [pool.submit(at.source.media, TRACK, STREAM) for _ in range(6)]
    assert {m.result().url for m in media} == {SIGNED}
    assert at.site.lines("soundcloud.com") == ["/"]
    assert len(at.site.lines()) == 12
    assert json.loads(cached(tmp_path).read_text("utf-8")) == {"client_id": FIRST_ID}


def test_a_new_client_id_that_is_refused_too_is_not_asked_for_again(tmp_path: Path) -> None:
    site = SoundCloud({"soundcloud.com/": home(SECOND_ID), "/resolve": playlist([])})
    with pytest.raises(UnavailableError, match="its own page gave"):
        bench(tmp_path, site).read(SET)
    assert site.lines("soundcloud.com") == ["/", "/"]
    assert site.lines() == ["/resolve"]


# --- signed links -------------------------------------------------------------------------------


def test_a_stream_is_asked_for_once_inside_the_budget(tmp_path: Path) -> None:
    at = bench(tmp_path, SoundCloud({PATH: {"url": SIGNED}}))
    media = at.source.media(TRACK, STREAM)
    assert (media.url, media.stream) == (SIGNED, STREAM)
    assert at.site.lines() == [PATH]
    asked = at.site.asked[-1].url.params
    assert (asked["client_id"], asked["track_authorization"], asked["secret_token"]) == (FIRST_ID, "jwt-1", "s-abc")
    assert at.budgets.taken == 1


def test_nothing_is_sent_that_a_track_does_not_have(tmp_path: Path) -> None:
    at = bench(tmp_path, SoundCloud({PATH: {"url": SIGNED}}))
    at.source.media(shapes.track(full(1, track_authorization=None)), STREAM)
    assert set(at.site.asked[-1].url.params) == {"client_id"}


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (httpx.Response(404, json={}), StreamGoneError),
        ({"url": SIGNED, "licenseAuthToken": "x"}, StreamGoneError),
        ({"url": "https://elsewhere.example/x", "licenseAuthToken": "x"}, StreamGoneError),
        (CAPTCHA, UnavailableError),
        (httpx.Response(403, json={}), UnavailableError),
        ({"url": "https://evil.example/x.mp3"}, UnavailableError),
        ({"url": "http://cf-media.sndcdn.com/x.mp3"}, UnavailableError),
        ({"url": "https://127.0.0.1/x.mp3"}, UnavailableError),
        (httpx.Response(400, json={}), UnavailableError),
    ],
)
def test_an_answer_without_a_usable_link_is_an_error_after_one_call(
    tmp_path: Path, answer: object, error: type[Exception]
) -> None:
    at = bench(tmp_path, SoundCloud({PATH: answer}))
    with pytest.raises(error) as caught:
        at.source.media(TRACK, STREAM)
    assert "http" not in str(caught.value)
    assert at.site.lines() == [PATH]


@pytest.mark.parametrize("answer", [{"url": None}, {}, [[]], httpx.Response(200, text="<html>"), httpx.Response(502)])
def test_an_answer_that_is_none_is_asked_for_again(tmp_path: Path, answer: object) -> None:
    at = bench(tmp_path, SoundCloud({PATH: [*([answer] * 4), {"url": SIGNED}]}))
    assert at.source.media(TRACK, STREAM).url == SIGNED
    assert len(at.site.lines()) == 5


def test_an_answer_that_is_none_for_good_is_given_up(tmp_path: Path) -> None:
    at = bench(tmp_path, SoundCloud({PATH: httpx.Response(200, text="<html>")}))
    with pytest.raises(UnavailableError) as caught:
        at.source.media(TRACK, STREAM)
    assert caught.value.final
    assert len(at.site.lines()) == ATTEMPTS


def test_an_answer_that_fails_for_a_moment_is_asked_for_again(tmp_path: Path) -> None:
    at = bench(tmp_path, SoundCloud({PATH: [httpx.Response(502), httpx.ReadTimeout("slow"), {"url": SIGNED}]}))
    assert at.source.media(TRACK, STREAM).url == SIGNED
    assert at.budgets.taken == 3


@pytest.mark.parametrize(
    ("header", "seconds"), [({}, 60), ({"retry-after": "45"}, 45), ({"retry-after": "9" * 12}, 900)]
)
def test_a_spent_budget_lets_everybody_wait(tmp_path: Path, header: dict[str, str], seconds: float) -> None:
    at = bench(tmp_path, SoundCloud({PATH: [httpx.Response(429, headers=header), {"url": SIGNED}]}))
    started = at.clock.now()
    assert at.source.media(TRACK, STREAM).url == SIGNED
    assert at.budgets.parked["media"] == started + seconds
    assert at.clock.now() >= started + seconds


def test_a_budget_that_stays_spent_is_said(tmp_path: Path) -> None:
    at = bench(tmp_path, SoundCloud({PATH: httpx.Response(429)}))
    with pytest.raises(ThrottledError):
        at.source.media(TRACK, STREAM)


def test_a_stale_client_id_is_renewed_for_media_too(tmp_path: Path) -> None:
    cached(tmp_path).write_text(json.dumps({"client_id": SECOND_ID}), "utf-8")
    at = bench(tmp_path, SoundCloud({PATH: {"url": SIGNED}}))
    assert at.source.media(TRACK, STREAM).url == SIGNED
    assert at.site.lines() == [PATH, PATH]


def test_a_stream_of_the_second_way_is_asked_for_there(tmp_path: Path) -> None:
    stream = Stream(url="yt-dlp:1", preset="mp3", protocol=Protocol.PROGRESSIVE, mime="")
    at = bench(tmp_path, SoundCloud(), second_way=SecondWay())
    assert at.source.media(TRACK, stream).url == "https://cf-media.sndcdn.com/second"
    with pytest.raises(StreamGoneError):
        bench(tmp_path, SoundCloud()).source.media(TRACK, stream)


def test_a_track_carries_what_its_media_calls_need() -> None:
    track: Track = TRACK
    assert (track.authorization, track.secret_token) == ("jwt-1", "s-abc")
