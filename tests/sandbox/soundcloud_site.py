"""The sandbox's SoundCloud in process, with one track of every kind, and a client that knows its client id."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any  # Any: JSON
from urllib.parse import quote, urlsplit

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
        {"user": "bo", "slug": "hidden", "tracks": [106, 107, 100]},
        {"user": "soundcloud", "slug": "related:100", "system": True, "tracks": [100, 101, 102, 103, 107]},
        {"user": "bo", "slug": "long", "count": 60},
        {"user": "bo", "slug": "secret", "count": 8, "token": "s-secret1", "mix": {"private": 3, "gone": 1}},
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

    def stream_url(self, number: int, preset: str, protocol: str) -> str:
        """A signed link, fresh."""
        return str(self.json(self.stream(number, preset, protocol))["url"])

    def user_number(self, name: str) -> int:
        return int(json.loads(self.resolve(name).body)["id"])

    def pages(self, path: str) -> Iterator[Any]:  # Any: as above
        """A list's pages, each asked for by the one before."""
        following: str | None = path
        while following:
            page = self.json(following.removeprefix("https://api-v2.soundcloud.com"))
            yield page
            following = page["next_href"]
