"""Counts the requests and the time that reading lists costs, by both ways, against the sandbox.

``python benchmarks/extraction_requests.py [--rtt MILLISECONDS]`` prints a line per case. Requests are counted by
the sandbox, whoever sends them.
"""

import argparse
import os
import tempfile
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any  # Any: a scenario is JSON

from cloudcrate.adapters.clock import SystemClock
from cloudcrate.adapters.http import Budget, Door
from cloudcrate.adapters.soundcloud.source import SoundCloudSource
from cloudcrate.adapters.soundcloud_ytdlp import YtDlpSource
from cloudcrate.adapters.sql.ledger import open_ledger
from cloudcrate.core.link import parse_link
from cloudcrate.core.model import Track, TrackId
from cloudcrate.ports.world import Source
from cloudcrate.sandbox.process import Sandbox, running_sandbox

BUDGET = Budget(name="media", limit=100_000, window=600.0)
SCENARIO: dict[str, Any] = {  # Any: as above
    "soundcloud": {
        "users": [{"permalink": "ada", "username": "Ada", "likes": 1000}],
        "playlists": [
            {"user": "ada", "slug": "big", "title": "Big", "count": 500, "mix": {"protected": 10}},
            {"user": "ada", "slug": "small", "title": "Small", "count": 50},
        ],
        "media_per_10_minutes": 100_000,
    }
}
NOTHING: Mapping[TrackId, Track] = {}


def measure(
    sandbox: Sandbox, name: str, source: Source, url: str, known: Mapping[TrackId, Track] = NOTHING
) -> Mapping[TrackId, Track]:
    """Reads a list, prints what it cost, and gives its tracks."""
    link = parse_link(url)
    assert link is not None
    sandbox.mark()
    started, worked = time.perf_counter(), time.process_time()
    listing = source.read(link, limit=None, known=known)
    seconds, cpu = time.perf_counter() - started, time.process_time() - worked
    counts = sandbox.counts()["hosts"]
    entries = len(listing.playlist.entries)
    print(f"{name:<42} {entries:>5} entries {sum(counts.values()):>4} requests {seconds:>7.2f} s {cpu:>6.2f} s CPU")
    return listing.tracks


def media(sandbox: Sandbox, name: str, source: Source, tracks: Mapping[TrackId, Track], count: int = 20) -> None:
    """Asks for signed links, and prints what one costs."""
    wanted = [t for t in tracks.values() if t.streams][:count]
    sandbox.mark()
    started = time.perf_counter()
    for track in wanted:
        source.media(track, track.streams[0])
    seconds = time.perf_counter() - started
    requests = sum(sandbox.counts()["hosts"].values())
    print(f"{name:<42} {len(wanted):>5} links   {requests:>4} requests {seconds:>7.2f} s")


def run(sandbox: Sandbox, folder: Path) -> None:
    """All cases."""
    ledger = open_ledger(folder / "ledger.db")
    door = Door(clock=SystemClock(threading.Event()), budgets=ledger)

    def fresh() -> SoundCloudSource:
        return SoundCloudSource(door, cache_dir=folder, media_budget=BUDGET)

    big, small, likes = (f"https://soundcloud.com/ada/{end}" for end in ("sets/big", "sets/small", "likes"))
    tracks = measure(sandbox, "direct, set of 500, nothing known", fresh(), big)
    measure(sandbox, "direct, the same with a client id", fresh(), big)
    measure(sandbox, "direct, the same, unchanged", fresh(), big, tracks)
    measure(sandbox, "direct, 1,000 likes", fresh(), likes)
    media(sandbox, "direct, signed links", fresh(), tracks)
    second = YtDlpSource(door, cache_dir=folder, media_budget=BUDGET)
    tracks = measure(sandbox, "yt-dlp, set of 50, nothing known", second, small)
    measure(sandbox, "yt-dlp, the same, unchanged", second, small, tracks)
    media(sandbox, "yt-dlp, signed links", second, tracks)
    door.close()
    ledger.close()


def main() -> None:
    """Runs the measurement."""
    parser = argparse.ArgumentParser(description="Counts requests per list read.")
    parser.add_argument("--rtt", type=float, default=0.0, help="milliseconds before every answer")
    delay = parser.parse_args().rtt / 1000
    with running_sandbox({**SCENARIO, "latency": {"*": delay}}) as sandbox, tempfile.TemporaryDirectory() as folder:
        os.environ.update(sandbox.env)
        run(sandbox, Path(folder))


if __name__ == "__main__":
    main()
