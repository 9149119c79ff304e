"""SoundCloud's hosts as one service: site, scripts, API, delivery, short links, player."""

import json
import random
import re
from collections import Counter
from collections.abc import Collection
from typing import Any  # Any: knobs are JSON
from urllib.parse import unquote, urlsplit

from cloudcrate.sandbox.soundcloud.api import Api
from cloudcrate.sandbox.soundcloud.cdn import HOSTS, Cdn
from cloudcrate.sandbox.soundcloud.world import SandboxPlaylist, SandboxTrack, World
from cloudcrate.sandbox.wire import Request, Response, json_response

SITE = frozenset({"soundcloud.com", "www.soundcloud.com", "m.soundcloud.com"})
OTHERS = frozenset(
    {"api-v2.soundcloud.com", "a-v2.sndcdn.com", "on.soundcloud.com", "w.soundcloud.com", "api-auth.soundcloud.com"}
)
SCRIPT = "/assets/54-5cb4c1d2.js"
SCRIPT_BYTES = 2_961_876  # as recorded: what finding the client id there costs
CHALLENGE = {"url": "https://geo.captcha-delivery.com/captcha/?initialCid=sandbox"}


class SoundCloudService:
    """See ``wire.Service``."""

    def __init__(self, world: World, *, media_per_10_minutes: int = 600, oauth_tokens: Collection[str] = ()) -> None:
        self.world = world
        self.counts: Counter[str] = Counter()
        self._oauth_tokens = frozenset(oauth_tokens)
        self._cdn = Cdn(world)
        self._api = Api(world, self._cdn, sorted(oauth_tokens))
        self._generation = 0
        self._hydration = True
        self._challenged: list[re.Pattern[str]] = []
        self.set(media_per_10_minutes=media_per_10_minutes, client_id=self._client_id())

    def set(self, **knobs: Any) -> None:  # Any: as above
        """Turns knobs: ``media_per_10_minutes``, ``client_id``, ``rotate`` (a new client id), ``hydration``
        (whether the page carries the client id), ``challenge`` (path patterns answered with a captcha),
        ``remove_track``, ``add_to_playlist`` ([playlist slug, track id]), ``playlist`` ({slug: its track ids in
        order}) and ``empty_playlist`` (slug).

        Raises: ValueError for an unknown knob, playlist or track.
        """
        for name, value in knobs.items():
            match name:
                case "media_per_10_minutes":
                    self._api.media_per_10_minutes = int(value)
                case "client_id":
                    self._api.client_id = str(value)
                case "rotate":
                    self._generation += 1
                    self._api.client_id = self._client_id()
                case "hydration":
                    self._hydration = bool(value)
                case "challenge":
                    self._challenged = [re.compile(str(pattern)) for pattern in value]
                case "empty_playlist":
                    self._playlist(str(value)).tracks.clear()
                case "add_to_playlist":
                    self._playlist(str(value[0])).tracks.append(self._track(value[1]).id)
                case "playlist":
                    for slug, ids in value.items():
                        self._playlist(str(slug)).tracks[:] = [self._track(number).id for number in ids]
                case "remove_track":
                    self._track(value).kind = "gone"
                case _:
                    raise ValueError(f"soundcloud has no knob {name!r}")

    def handles(self, host: str) -> bool:
        """Says whether this service plays ``host``."""
        return host in SITE or host in OTHERS or host in HOSTS

    def handle(self, request: Request, now: float) -> Response:
        """Answers one request."""
        self.counts[request.host] += 1
        if any(pattern.search(request.path) for pattern in self._challenged):
            headers = {"x-datadome": "protected", "set-cookie": "datadome=sandbox; Domain=.soundcloud.com"}
            return json_response(403, CHALLENGE, headers)
        if request.host in HOSTS:
            return self._cdn.answer(request, now)
        match request.host:
            case "api-v2.soundcloud.com":
                return self._api.answer(request, now)
            case "a-v2.sndcdn.com":
                return self._script(request)
            case "on.soundcloud.com":
                return self._short(request)
            case "w.soundcloud.com":
                return self._player(request)
            case "api-auth.soundcloud.com":
                return self._session(request)
            case _:
                return self._page(request)

    def _client_id(self) -> str:
        letters = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
        return "".join(random.Random(f"client {self.world.seed} {self._generation}").choices(letters, k=32))

    def _playlist(self, slug: str) -> SandboxPlaylist:
        for playlist in self.world.playlists:
            if playlist.slug == slug:
                return playlist
        raise ValueError(f"soundcloud has no playlist {slug!r}")

    def _track(self, number: Any) -> SandboxTrack:  # Any: a knob's value
        if int(number) not in self.world.tracks:
            raise ValueError(f"soundcloud has no track {number}")
        return self.world.tracks[int(number)]

    def _page(self, request: Request) -> Response:
        """Any page of the site: hydration data, then the scripts; the client id stands in both."""
        hydration: list[dict[str, Any]] = [{"hydratable": "anonymousId", "data": "1-2-3-sandbox"}]  # Any: JSON
        if self._hydration:
            data = {"id": self._api.client_id, "isExpiring": False}
            hydration.append({"hydratable": "apiClient", "data": data})
        scripts = "".join(  # a line each, as there: some programs read them line by line
            f'\n<script crossorigin src="https://a-v2.sndcdn.com/assets/{name}.js"></script>'
            for name in ("0-a1b2c3", SCRIPT[8:-3])
        )
        body = (
            "<!DOCTYPE html><html><head><title>SoundCloud sandbox</title></head><body><div id=app></div>"
            f"<script>window.__sc_hydration = {json.dumps(hydration)};</script>{scripts}</body></html>"
        )
        return Response(status=200, headers={"content-type": "text/html; charset=utf-8"}, body=body.encode())

    def _script(self, request: Request) -> Response:
        if request.path != SCRIPT:
            return Response(status=200, headers={"content-type": "application/javascript"}, body=b"/* nothing here */")
        head = f'{"x" * 2840};client_application_id:46941,client_id:"{self._api.client_id}",env:"production"'.encode()
        body = head + b" " * (SCRIPT_BYTES - len(head))
        headers = {"content-type": "application/javascript", "accept-ranges": "bytes"}
        found = re.fullmatch(r"bytes=(\d+)-(\d+)", request.headers.get("range", ""))
        if found is None:
            return Response(status=200, headers=headers, body=body)
        start, end = int(found.group(1)), min(int(found.group(2)), len(body) - 1)
        headers["content-range"] = f"bytes {start}-{end}/{len(body)}"
        return Response(status=206, headers=headers, body=body[start : end + 1])

    def _short(self, request: Request) -> Response:
        target = self.world.shorts.get(request.path.strip("/"))
        if target is None:
            return Response(status=404)
        return Response(status=302, headers={"location": f"{target}?ref=clipboard&p=i&c=0&si=abc&utm_source=clipboard"})

    def _player(self, request: Request) -> Response:
        parts = urlsplit(unquote(request.params().get("url", "")))
        number = parts.path.rsplit(":", 1)[-1].rsplit("/", 1)[-1]
        for track in self.world.tracks.values():
            if str(track.id) == number:
                page = f"https://soundcloud.com/{track.user.permalink}/{track.slug}"
                body = f'<html><head><link rel="canonical" href="{page}"></head></html>'
                return Response(status=200, headers={"content-type": "text/html"}, body=body.encode())
        return Response(status=404)

    def _session(self, request: Request) -> Response:
        """Says whether a user's token is good."""
        try:
            token = json.loads(request.body)["session"]["access_token"]
        except (ValueError, KeyError, TypeError):
            return json_response(400, {})
        return json_response(200 if token in self._oauth_tokens else 401, {})
