"""Stock yt-dlp, unchanged and in a process of its own, makes the requests that were measured for it.

For a public set of N tracks (contracts/soundcloud.md §7.1, measured with N = 500):

* flat: 4 without a client id, 2 with one;
* whole, default formats: 4N media + N-5 /tracks/N + 6 /resolve + N+1 HEAD = 6N + 2 (3,002);
* whole, one format: N media and the rest as before = 3N + 2 (1,502).
"""

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from sandboxes import running_sandbox

from cloudcrate.sandbox.process import Sandbox
from cloudcrate.sandbox.soundcloud import audio

N = 60
SET = "https://soundcloud.com/ada/sets/mix"
TRACK = "https://soundcloud.com/ada/single"
NUMBER, SECONDS = 77, 12.5
SCRIPT = """
import json, sys
from yt_dlp import YoutubeDL
url, cache, more = sys.argv[1], sys.argv[2], json.loads(sys.argv[3])
quiet = {"quiet": True, "noprogress": True, "no_warnings": True}
with YoutubeDL({**quiet, "compat_opts": {"no-certifi"}, "cachedir": cache, **more}) as ydl:
    found = ydl.extract_info(url, download=bool(more.get("outtmpl")))
print(json.dumps([entry["id"] for entry in found["entries"]] if "entries" in found else found["id"]))
"""


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    playlist = {"user": "ada", "slug": "mix", "count": N, "seconds": [1, 2]}
    single = {"id": NUMBER, "user": "ada", "slug": "single", "seconds": SECONDS}
    world = {"tracks": [single], "playlists": [playlist], "media_per_10_minutes": 100_000}
    with running_sandbox({"soundcloud": world}) as running:
        yield running


def run(sandbox: Sandbox, cache: Path, url: str = SET, **more: object) -> tuple[list[str] | str, Counter[str]]:
    """What yt-dlp found, and how often it asked for what."""
    start = sandbox.mark()
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, url, str(cache), json.dumps(more)],
        env={**os.environ, **sandbox.env},
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    return json.loads(done.stdout.splitlines()[-1]), Counter(
        _kind(e["method"], e["host"], e["path"]) for e in sandbox.journal(start)
    )


def _kind(method: str, host: str, path: str) -> str:
    if host == "api-v2.soundcloud.com":
        return path.split("/")[1].split(":", maxsplit=1)[0]
    return f"{method} {host}"


def whole(tracks: int, *, formats: int) -> Counter[str]:
    """What a whole reading costs, a client id being known."""
    return Counter({"media": formats * tracks, "tracks": tracks - 5, "resolve": 6, "HEAD i1.sndcdn.com": tracks + 1})


def only(name: str) -> dict[str, object]:
    """yt-dlp's own option that limits what it asks for."""
    return {"soundcloud": {"formats": [name]}}


def test_the_formulas_give_the_measured_figures_for_500_tracks() -> None:
    assert [whole(500, formats=n).total() for n in (4, 1)] == [3002, 1502]


def test_a_flat_reading_costs_four_requests_and_two_with_a_client_id(sandbox: Sandbox, tmp_path: Path) -> None:
    ids, cold = run(sandbox, tmp_path, extract_flat=True)
    assert len(ids) == N
    assert cold == {"GET soundcloud.com": 1, "GET a-v2.sndcdn.com": 1, "resolve": 1, "HEAD i1.sndcdn.com": 1}
    again, warm = run(sandbox, tmp_path, extract_flat=True)
    assert again == ids
    assert warm == {"resolve": 1, "HEAD i1.sndcdn.com": 1}


def test_a_whole_reading_costs_four_media_calls_a_track(sandbox: Sandbox, tmp_path: Path) -> None:
    known, _ = run(sandbox, tmp_path, extract_flat=True)
    ids, counts = run(sandbox, tmp_path)
    assert ids == known
    assert counts == whole(N, formats=4)


@pytest.mark.parametrize("name", ["http_mp3", "hls_aac"])
def test_one_format_costs_one_media_call_a_track(sandbox: Sandbox, tmp_path: Path, name: str) -> None:
    known, _ = run(sandbox, tmp_path, extract_flat=True)
    ids, counts = run(sandbox, tmp_path, extractor_args=only(name))
    assert ids == known
    assert counts == whole(N, formats=1)


def test_it_downloads_the_bytes_that_the_sandbox_plays(sandbox: Sandbox, tmp_path: Path) -> None:
    template = str(tmp_path / "%(id)s.%(ext)s")
    found, counts = run(
        sandbox,
        tmp_path / "cache",
        url=TRACK,
        outtmpl=template,
        format="http_mp3_1_0",
        extractor_args=only("http_mp3"),
    )
    assert found == str(NUMBER)
    assert (tmp_path / f"{NUMBER}.mp3").read_bytes() == audio.mp3(NUMBER, SECONDS)
    assert (counts["media"], counts["GET cf-media.sndcdn.com"]) == (1, 1)
