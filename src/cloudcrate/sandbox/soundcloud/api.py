"""api-v2.soundcloud.com, as recorded and reported in 2025 and 2026."""

import json
import random
import re
from collections.abc import Callable, Iterable, Sequence
from urllib.parse import unquote, urlencode, urlsplit

from cloudcrate.sandbox.soundcloud import objects
from cloudcrate.sandbox.soundcloud.cdn import Cdn
from cloudcrate.sandbox.soundcloud.objects import API, Json
from cloudcrate.sandbox.soundcloud.world import SandboxPlaylist, SandboxTrack, User, World
from cloudcrate.sandbox.wire import Request, Response, json_response

MEDIA_WINDOW = 600.0  # seconds
BATCH = 50
FULL_IN_PLAYLIST = 5
NOT_FOUND = json_response(404, {})
BAD = json_response(400, {})


class Api:
    """The JSON API. Serialised tracks are kept: the same object is asked for again and again."""

    def __init__(self, world: World, cdn: Cdn, oauth_tokens: Sequence[str]) -> None:
        self.media_per_10_minutes = 600
        self.client_id = ""
        self._world = world
        self._cdn = cdn
        self._oauth_tokens = frozenset(oauth_tokens)
        self._media_calls: list[float] = []
        self._texts: dict[int, bytes] = {}
        self._stubs: dict[tuple[int, str], bytes] = {}
        self._by_path = self._paths()
        self._routes: list[tuple[re.Pattern[str], Callable[..., Response]]] = [
            (re.compile(pattern), answer)
            for pattern, answer in (
                (r"/resolve", self._resolve),
                (r"/tracks", self._batch),
                (r"/tracks/(?:soundcloud:tracks:)?(\d+)", self._track),
                (r"/tracks/(\d+)/download", self._download),
                (r"/playlists/(?:soundcloud:playlists:)?(\d+)", self._playlist),
                (r"/users/(?:soundcloud:users:)?(\d+)", self._user),
                (r"(?:/stream)?/users/(\d+)/([a-z_]+)", self._list),
                (r"/search/playlists", self._search),
                (r"/media/soundcloud:tracks:(\d+)/([0-9a-f-]{36})/(stream|preview)/([a-z-]+)", self._media),
                (r"/me", self._me),
            )
        ]

    def answer(self, request: Request, now: float) -> Response:
        """Answers one call."""
        signed_in = self._signed_in(request)
        if not signed_in and ("authorization" in request.headers or not self._knows_client(request)):
            return json_response(401, {})
        path = unquote(request.path)
        for pattern, answer in self._routes:
            if found := pattern.fullmatch(path):
                return answer(request, now, *found.groups())
        return NOT_FOUND

    def _knows_client(self, request: Request) -> bool:
        return request.params().get("client_id") == self.client_id

    def _signed_in(self, request: Request) -> bool:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        return scheme == "OAuth" and token in self._oauth_tokens

    # --- objects ----------------------------------------------------------------------------

    def _resolve(self, request: Request, now: float) -> Response:
        parts = urlsplit(request.params().get("url", ""))
        path = unquote(parts.path).strip("/").lower()
        found = self._by_path.get(path)
        if parts.hostname not in ("soundcloud.com", "www.soundcloud.com", "m.soundcloud.com") or found is None:
            return NOT_FOUND
        if isinstance(found, SandboxTrack):
            return NOT_FOUND if found.kind == "gone" else self._raw(self._text(found))
        if isinstance(found, User):
            return self._user_answer(found)
        return self._playlist_answer(found)

    def _paths(self) -> dict[str, SandboxTrack | SandboxPlaylist | User]:
        """What stands under each path of the site; private things only under their secret one."""
        found: dict[str, SandboxTrack | SandboxPlaylist | User] = dict(self._world.users)
        for track in self._world.tracks.values():
            path = f"{track.user.permalink}/{track.slug}" + (f"/{track.token}" if track.token else "")
            found[path] = track
        for playlist in self._world.playlists:
            path = "discover" if playlist.system else playlist.user.permalink
            path += f"/sets/{playlist.slug}"
            found[path + (f"/{playlist.token}" if playlist.token else "")] = playlist
        return {path.lower(): thing for path, thing in found.items()}

    def _track(self, request: Request, now: float, number: str) -> Response:
        track = self._world.tracks.get(int(number))
        visible = track is not None and self._is_visible(track, request.params().get("secret_token"))
        return self._raw(self._text(track)) if track is not None and visible else NOT_FOUND

    def _batch(self, request: Request, now: float) -> Response:
        """Full tracks in any order; what cannot be seen is left out without a word."""
        values = request.params()
        ids = [int(part) for part in values.get("ids", "").split(",") if part.isdecimal()]
        if not ids or len(ids) > BATCH:
            return BAD
        opened = self._opened_by(values.get("playlistId"), values.get("playlistSecretToken"))
        found = [self._world.tracks[i] for i in ids if i in self._world.tracks]
        texts = [self._text(t) for t in found if self._is_visible(t, None) or (t.id in opened and t.kind != "gone")]
        random.Random(str(ids)).shuffle(texts)
        return self._raw(b"[" + b",".join(texts) + b"]")

    def _opened_by(self, playlist_id: str | None, token: str | None) -> frozenset[int]:
        for playlist in self._world.playlists:
            if str(playlist.id) == playlist_id and token and playlist.token == token:
                return frozenset(playlist.tracks)
        return frozenset()

    def _playlist(self, request: Request, now: float, number: str) -> Response:
        token = request.params().get("secret_token")
        for playlist in self._world.playlists:
            if playlist.id == int(number) and playlist.token in (None, token) and not playlist.system:
                return self._playlist_answer(playlist)
        return NOT_FOUND

    def _playlist_answer(self, playlist: SandboxPlaylist) -> Response:
        """The first five entries whole, the rest as stubs; gone and private ones are stubs wherever they stand."""
        if playlist.system:
            stubs = [objects.stub_object(self._world.tracks[i]) for i in playlist.tracks]
            return json_response(200, objects.system_playlist_object(playlist, stubs))
        length = sum(self._world.tracks[track_id].milliseconds for track_id in playlist.tracks)
        made = objects.playlist_object(playlist, []) | {"duration": length}
        entries = []
        for place, track_id in enumerate(playlist.tracks):
            track = self._world.tracks[track_id]
            whole = place < FULL_IN_PLAYLIST and (
                self._is_visible(track, None) or (playlist.token and track.kind != "gone")
            )
            entries.append(self._text(track) if whole else self._stub(track))
        return self._raw(_json(made).replace(b'"tracks":[]', b'"tracks":[' + b",".join(entries) + b"]"))

    def _is_visible(self, track: SandboxTrack, token: str | None) -> bool:
        return track.kind != "gone" and track.token in (None, token)

    def _user(self, request: Request, now: float, number: str) -> Response:
        user = self._user_by_id(int(number))
        return self._user_answer(user) if user else NOT_FOUND

    def _user_answer(self, user: User) -> Response:
        tracks, playlists = len(self._uploads(user)), len(self._public_sets(user))
        return json_response(200, objects.user_page_object(user, tracks=tracks, playlists=playlists))

    def _uploads(self, user: User) -> list[SandboxTrack]:
        return self._seen([track.id for track in self._world.tracks.values() if track.user is user])

    def _public_sets(self, user: User) -> list[SandboxPlaylist]:
        return _public(p for p in self._world.playlists if p.user is user)

    def _me(self, request: Request, now: float) -> Response:
        if not self._signed_in(request):
            return json_response(401, {})
        return self._user_answer(next(iter(self._world.users.values())))

    def _user_by_id(self, number: int) -> User | None:
        return next((user for user in self._world.users.values() if user.id == number), None)

    # --- lists ------------------------------------------------------------------------------

    def _list(self, request: Request, now: float, number: str, name: str) -> Response:
        user = self._user_by_id(int(number))
        if user is None:
            return NOT_FOUND
        items = self._items(user, name)
        return NOT_FOUND if items is None else self._page(request, items, user.hidden)

    def _items(self, user: User, name: str) -> list[Json] | None:
        day = "2026-02-01T10:00:00Z"
        match name:
            case "tracks":
                return [objects.track_object(t) for t in self._uploads(user)]
            case "likes" | "track_likes" | "playlist_likes":
                head = {"created_at": day, "kind": "like"}
                tracks = [] if name == "playlist_likes" else self._seen(user.likes)
                playlists = [] if name == "track_likes" else _public(user.liked_playlists)
                return [
                    *({**head, "track": objects.track_object(t)} for t in tracks),
                    *({**head, "playlist": objects.mini_playlist_object(p)} for p in playlists),
                ]
            case "reposts":
                return self._reposts(user, day)
            case "albums" | "playlists" | "playlists_without_albums":
                kept = [p for p in self._public_sets(user) if name == "playlists" or p.album == (name == "albums")]
                return [self._listed_playlist(p) for p in kept]
            case _:
                return None

    def _reposts(self, user: User, day: str) -> list[Json]:
        head = {"created_at": day, "user": objects.user_object(user), "caption": None}
        tracks = [
            {"type": "track-repost", "uuid": objects.stream_uuid(t, "repost"), "track": objects.track_object(t)}
            for t in self._seen(user.reposts)
        ]
        playlists = [
            {"type": "playlist-repost", "uuid": objects.set_uuid(p), "playlist": objects.mini_playlist_object(p)}
            for p in _public(user.reposted_playlists)
        ]
        return [head | item for item in (*tracks, *playlists)]

    def _listed_playlist(self, playlist: SandboxPlaylist) -> Json:
        first = self._seen(playlist.tracks[:FULL_IN_PLAYLIST])
        return objects.playlist_object(playlist, [objects.track_object(t) for t in first])

    def _seen(self, ids: Sequence[int]) -> list[SandboxTrack]:
        """Those of ``ids`` that everybody may see."""
        found = [self._world.tracks[i] for i in ids]
        return [track for track in found if self._is_visible(track, None)]

    def _page(self, request: Request, items: list[Json], hidden: int) -> Response:
        """One page. ``hidden`` items before each visible one are taken out after paging, so pages come short."""
        values = request.params()
        limit = min(200, int(values.get("limit", "10")) if values.get("limit", "10").isdecimal() else 10)
        offset = values.get("offset", "0")
        start = int(offset.rsplit("-", 1)[-1]) if offset.rsplit("-", 1)[-1].isdecimal() else 0
        raw: list[Json | None] = [entry for item in items for entry in (*([None] * hidden), item)]
        page = raw[start : start + limit]
        more = start + limit < len(raw)
        query = urlencode(
            {"offset": f"2026-02-01T10:00:00.000Z,list,{start + limit:020}-{start + limit}", "limit": limit}
        )
        following = f"{API}{request.path}?{query}" if more else None
        shown = [item for item in page if item is not None]
        return json_response(200, {"collection": shown, "next_href": following, "query_urn": None})

    def _search(self, request: Request, now: float) -> Response:
        words = request.params().get("q", "").casefold().split()
        found = [
            objects.playlist_object(p, [], album_page=True)
            for p in _public(self._world.playlists)
            if all(word in f"{p.title} {p.user.username}".casefold() for word in words)
        ]
        return self._page(request, found, 0)

    # --- media ------------------------------------------------------------------------------

    def _media(self, request: Request, now: float, number: str, uuid: str, leaf: str, protocol: str) -> Response:
        self._media_calls = [at for at in self._media_calls if at > now - MEDIA_WINDOW]
        if len(self._media_calls) >= self.media_per_10_minutes:
            return json_response(429, {})
        self._media_calls.append(now)
        track = self._world.tracks.get(int(number))
        if track is None or not self._is_visible(track, request.params().get("secret_token")):
            return NOT_FOUND
        preset = next(
            (
                p
                for p, kind, _ in objects.listed_streams(track)
                if (objects.stream_uuid(track, p), kind) == (uuid, protocol)
            ),
            None,
        )
        if preset is None or (leaf == "preview") != (track.kind == "preview"):
            return NOT_FOUND
        encrypted = "encrypted" in protocol
        dead = track.kind in ("protected", "protected_late") or preset.startswith(("opus", "abr"))
        if dead and not encrypted:
            return NOT_FOUND
        answer = {"url": self._cdn.link(track, preset, protocol, now)}
        return json_response(200, {**answer, "licenseAuthToken": "sandbox"} if encrypted else answer)

    def _download(self, request: Request, now: float, number: str) -> Response:
        track = self._world.tracks.get(int(number))
        if not self._signed_in(request):
            return json_response(401, {})
        if track is None or not self._is_visible(track, request.params().get("secret_token")):
            return NOT_FOUND
        offer = objects.track_object(track)
        if not (offer["downloadable"] and offer["has_downloads_left"]):
            return json_response(403, {})
        return json_response(200, {"redirectUri": self._cdn.original(track, now)})

    # --- texts ------------------------------------------------------------------------------

    def _text(self, track: SandboxTrack) -> bytes:
        if track.id not in self._texts:
            self._texts[track.id] = _json(objects.track_object(track))
        return self._texts[track.id]

    def _stub(self, track: SandboxTrack) -> bytes:
        key = (track.id, track.kind)
        if key not in self._stubs:
            self._stubs[key] = _json(objects.stub_object(track))
        return self._stubs[key]

    def _raw(self, body: bytes) -> Response:
        headers = {"content-type": "application/json; charset=utf-8", "cache-control": "private, max-age=0"}
        return Response(status=200, headers=headers, body=body)


def _public(playlists: Iterable[SandboxPlaylist]) -> list[SandboxPlaylist]:
    """Those that show in lists."""
    return [playlist for playlist in playlists if playlist.token is None and not playlist.system]


def _json(value: Json) -> bytes:
    """Compact UTF-8; a hostile title may hold a lone surrogate."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")
