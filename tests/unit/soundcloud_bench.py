"""SoundCloud at the end of a wire that a test holds: JSON by path, and a source in front of it."""

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any  # Any: JSON

import httpx
from notion_fakes import FakeBudgets, FakeClock

from cloudcrate.adapters.http import Budget, Door
from cloudcrate.adapters.soundcloud.source import SoundCloudSource
from cloudcrate.core.link import Link, parse_link
from cloudcrate.core.model import Listing, Track, TrackId
from cloudcrate.ports.world import Source
from cloudcrate.tokens import Secret

Json = dict[str, Any]  # Any: as above
API = "https://api-v2.soundcloud.com"
MEDIA_BUDGET = Budget(name="media", limit=600, window=600.0)
FIRST_ID, SECOND_ID = "a" * 32, "b" * 32
AAC = ("aac_160k", "hls", 'audio/mp4; codecs="mp4a.40.2"')
ABR = ("abr_sq", "hls", "audio/mpegurl")
MP3 = ("mp3_1_0", "progressive", "audio/mpeg")
MP3_HLS = ("mp3_1_0", "hls", "audio/mpeg")
OPUS = ("opus_0_0", "hls", 'audio/ogg; codecs="opus"')
LOCKED = ("aac_160k", "ctr-encrypted-hls", 'audio/mp4; codecs="mp4a.40.2"')
CLEAR = (AAC, ABR, MP3_HLS, MP3, OPUS)


def transcoding(track: int, preset: str, protocol: str, mime: str, *, snipped: bool = False) -> Json:
    """One way to hear a track."""
    leaf = "preview" if snipped else "stream"
    return {
        "url": f"{API}/media/soundcloud:tracks:{track}/{preset}/{leaf}/{protocol}",
        "preset": preset,
        "duration": 1000,
        "snipped": snipped,
        "format": {"protocol": protocol, "mime_type": mime},
        "quality": "sq",
    }


def full(number: int, listed: Sequence[tuple[str, str, str]] = CLEAR, *, snipped: bool = False, **more: object) -> Json:
    """A track with its metadata."""
    return {
        "id": number,
        "kind": "track",
        "title": f"Song {number}",
        "permalink": f"song-{number}",
        "permalink_url": f"https://soundcloud.com/ada/song-{number}",
        "duration": 30_000 if snipped else 180_250,
        "full_duration": 180_000,
        "policy": "ALLOW",
        "user": {"id": 7, "username": "Ada", "avatar_url": "https://i1.sndcdn.com/avatars-7-large.jpg"},
        "media": {"transcodings": [transcoding(number, *kind, snipped=snipped) for kind in listed]},
        "track_authorization": f"jwt-{number}",
        **more,
    }


def stub(number: int, **more: object) -> Json:
    """An entry without metadata."""
    return {"id": number, "kind": "track", "monetization_model": "NOT_APPLICABLE", "policy": "ALLOW", **more}


def playlist(entries: Sequence[Json], **more: object) -> Json:
    """A set."""
    return {
        "id": 99,
        "kind": "playlist",
        "title": "Mix",
        "permalink_url": "https://soundcloud.com/ada/sets/mix",
        "user": {"id": 7, "username": "Ada"},
        "tracks": list(entries),
        "track_count": len(entries),
        "last_modified": "2026-03-01T08:00:00Z",
        **more,
    }


def user() -> Json:
    """A user."""
    return {"id": 7, "kind": "user", "username": "Ada", "permalink_url": "https://soundcloud.com/ada"}


def page(items: Sequence[object], following: str | None = None) -> Json:
    """A page of a list."""
    return {"collection": list(items), "next_href": following, "query_urn": None}


def home(client_id: str | None = FIRST_ID) -> httpx.Response:
    """The site's page; the client id stands in it, or only in its last script."""
    hydrated = f'{{"hydratable":"apiClient","data":{{"id":"{client_id}","isExpiring":false}}}}' if client_id else ""
    scripts = "".join(f'<script crossorigin src="https://a-v2.sndcdn.com/assets/{n}.js"></script>' for n in range(3))
    return httpx.Response(200, html=f"<script>window.__sc_hydration = [{hydrated}];</script>{scripts}")


@dataclass
class SoundCloud(httpx.BaseTransport):
    """Answers by host and path. An answer is JSON, a response, an exception, or a list of them for one after the
    other (the last one for ever); ``/tracks`` is answered from ``tracks``, in reverse order."""

    answers: dict[str, Any] = field(default_factory=dict)  # Any: as above
    tracks: dict[int, Json] = field(default_factory=dict)
    client_id: str = FIRST_ID
    asked: list[httpx.Request] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        with self.lock:
            self.asked.append(request)
            host, path = request.url.host, request.url.path
            if host == "api-v2.soundcloud.com" and request.url.params.get("client_id") != self.client_id:
                return httpx.Response(401, json={})
            where = path if host == "api-v2.soundcloud.com" else f"{host}{path}"
            if where == "soundcloud.com/" and where not in self.answers:
                return home(self.client_id)
            if where == "/tracks" and where not in self.answers:
                return self._batch(request)
            return self._answer(where)

    def _answer(self, where: str) -> httpx.Response:
        given = self.answers.get(where)
        if isinstance(given, list):
            given = given.pop(0) if len(given) > 1 else given[0]
        if isinstance(given, Exception):
            raise given
        if isinstance(given, httpx.Response):
            return httpx.Response(given.status_code, headers=given.headers, content=given.content)
        return httpx.Response(404, json={}) if given is None else httpx.Response(200, json=given)

    def _batch(self, request: httpx.Request) -> httpx.Response:
        ids = [int(i) for i in request.url.params["ids"].split(",")]
        if len(ids) > 50:
            return httpx.Response(400, json={})
        return httpx.Response(200, json=[self.tracks[i] for i in reversed(ids) if i in self.tracks])

    def lines(self, host: str = "api-v2.soundcloud.com") -> list[str]:
        """The paths asked for at a host, in order."""
        return [r.url.path for r in self.asked if r.url.host == host]


@dataclass
class Bench:
    """A source with everything around it."""

    site: SoundCloud
    source: SoundCloudSource
    clock: FakeClock
    budgets: FakeBudgets

    def read(self, url: str, *, limit: int | None = None, known: Mapping[TrackId, Track] | None = None) -> Listing:
        """Reads a link that is given as text."""
        return self.source.read(link(url), limit=limit, known=known or {})


def link(url: str) -> Link:
    """A link that can be read."""
    found = parse_link(url)
    assert found is not None
    return found


def bench(folder: Path, site: SoundCloud, *, oauth_token: str | None = None, second_way: Source | None = None) -> Bench:
    """A source in front of ``site``; its cache is in ``folder``."""
    clock, budgets = FakeClock(), FakeBudgets()
    door = Door(clock=clock, budgets=budgets, transport=site)
    source = SoundCloudSource(
        door,
        cache_dir=folder,
        media_budget=MEDIA_BUDGET,
        oauth_token=None if oauth_token is None else Secret(oauth_token),
        second_way=second_way,
    )
    return Bench(site=site, source=source, clock=clock, budgets=budgets)
