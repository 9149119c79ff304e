"""Stock yt-dlp, unchanged and in a process of its own, makes the requests that were measured for it.

For a public set of N tracks (contracts/soundcloud.md §7.1, measured with N = 500): flat, 4 cold and 2 with a
client id; whole with the default formats, 4 media calls a track, /tracks/N for each beyond the first five,
and one picture a track and one of the set; with one format, one media call a track.
"""

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from cloudcrate.sandbox.process import Sandbox, running_sandbox

N = 20
SET = "https://soundcloud.com/ada/sets/mix"
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
    with running_sandbox({"soundcloud": {"playlists": [playlist], "media_per_10_minutes": 100_000}}) as running:
        yield running


def run(sandbox: Sandbox, cache: Path, url: str = SET, **more: object) -> tuple[list[str], Counter[str]]:
    """What yt-dlp found, and how often it asked for what."""
    sandbox.mark()
    start = len(sandbox.journal())
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


def test_a_flat_reading_costs_four_requests_and_two_with_a_client_id(sandbox: Sandbox, tmp_path: Path) -> None:
    ids, cold = run(sandbox, tmp_path, extract_flat=True)
    assert len(ids) == N
    assert cold == {"GET soundcloud.com": 1, "GET a-v2.sndcdn.com": 1, "resolve": 1, "HEAD i1.sndcdn.com": 1}
    again, warm = run(sandbox, tmp_path, extract_flat=True)
    assert again == ids
    assert warm == {"resolve": 1, "HEAD i1.sndcdn.com": 1}


def test_a_whole_reading_costs_four_media_calls_a_track(sandbox: Sandbox, tmp_path: Path) -> None:
    run(sandbox, tmp_path, extract_flat=True)
    ids, counts = run(sandbox, tmp_path)
    assert len(ids) == N
    # 500 tracks: 2,000 media + 495 /tracks/N + 6 resolve + 501 HEAD
    assert counts == {"media": 4 * N, "tracks": N - 5, "resolve": 6, "HEAD i1.sndcdn.com": N + 1}


def test_one_format_costs_one_media_call_a_track(sandbox: Sandbox, tmp_path: Path) -> None:
    run(sandbox, tmp_path, extract_flat=True)
    _, counts = run(sandbox, tmp_path, extractor_args={"soundcloud": {"formats": ["http_mp3"]}})
    assert sum(counts.values()) == 1 * N + (N - 5) + 6 + (N + 1)


def test_it_downloads_what_the_sandbox_plays(sandbox: Sandbox, tmp_path: Path) -> None:
    run(
        sandbox,
        tmp_path / "cache",
        playlist_items="1",
        format="http_mp3_1_0",
        outtmpl=str(tmp_path / "%(id)s.%(ext)s"),
    )
    (file,) = tmp_path.glob("*.mp3")
    sent = [e["bytes"] for e in sandbox.journal() if e["host"] == "cf-media.sndcdn.com"]
    assert file.stat().st_size == sent[-1] > 10_000
