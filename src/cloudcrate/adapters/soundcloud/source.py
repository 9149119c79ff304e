"""The Source: SoundCloud's web API directly, with the second way behind it.

A set costs one request, and one per fifty tracks whose metadata is not known. The metadata of a set's
first five tracks comes with it, the rest are stubs.
"""

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import islice
from pathlib import Path
from urllib.parse import urlsplit

from cloudcrate.adapters.http import MEDIA_HOSTS, Budget, Door
from cloudcrate.adapters.soundcloud import shapes
from cloudcrate.adapters.soundcloud.client import (
    API,
    ChallengedError,
    NoClientIdError,
    SoundCloudClient,
    retry_after,
)
from cloudcrate.adapters.soundcloud.shapes import Json, ShapeError
from cloudcrate.core.link import Link, LinkKind, parse_link
from cloudcrate.core.model import Availability, Listing, Playlist, PlaylistId, Stream, Track, TrackId
from cloudcrate.errors import LinkError, NotFoundError, StreamGoneError, ThrottledError, UnavailableError
from cloudcrate.ports import Media, Source

BATCH = 50
"""Ids in one question; SoundCloud refuses more."""

BATCHES_AT_ONCE = 6
CAPTCHA_HINT = "SoundCloud's bot management wants to see a browser here. Try again later, or from another network."

LISTS = {
    LinkKind.TRACKS: ("tracks", "Tracks by {}"),
    LinkKind.LIKES: ("likes", "Likes of {}"),
    LinkKind.REPOSTS: ("reposts", "Reposts of {}"),
    LinkKind.ALBUMS: ("albums", "Albums by {}"),
}


class SoundCloudSource:
    """See ``ports.Source``."""

    def __init__(
        self,
        door: Door,
        *,
        cache_dir: Path,
        media_budget: Budget,
        oauth_token: str | None = None,
        second_way: Source | None = None,
    ) -> None:
        self._door = door
        self._client = SoundCloudClient(door, cache_dir=cache_dir, oauth_token=oauth_token)
        self._media_budget = media_budget
        self._second_way = second_way

    def read(self, link: Link, *, limit: int | None, known: Mapping[TrackId, Track]) -> Listing:
        """See ``ports.Source.read``. The listing's notes say when and why the second way was taken."""
        try:
            return self._read(self._followed(link), limit, known)
        except NoClientIdError:
            why = "SoundCloud's page gave no client id"
        except ChallengedError:
            why = "SoundCloud wanted to see a browser"
        except ShapeError as error:
            why = f"SoundCloud answered in an unknown shape ({error})"
        if self._second_way is None:
            raise UnavailableError(f"{why}.", hint=CAPTCHA_HINT)
        listing = self._second_way.read(link, limit=limit, known=known)
        return Listing(
            playlist=listing.playlist,
            tracks=listing.tracks,
            absent=listing.absent,
            complete=listing.complete,
            way=listing.way,
            notes=(*listing.notes, f"{why}; read through yt-dlp instead"),
        )

    def media(self, track: Track, stream: Stream) -> Media:
        """See ``ports.Source.media``."""
        if not stream.url.startswith(f"{API}/"):
            if self._second_way is None:
                raise StreamGoneError("This stream was read in another way.")
            return self._second_way.media(track, stream)
        try:
            return self._door.retried(partial(self._media, track, stream))
        except (ChallengedError, NoClientIdError) as error:
            raise UnavailableError("SoundCloud does not sign the stream's link.", hint=CAPTCHA_HINT) from error

    # --- reading ----------------------------------------------------------------------------

    def _followed(self, link: Link) -> Link:
        """What a short link stands for."""
        if link.kind is not LinkKind.SHORT:
            return link
        location = self._client.first_location(link.url)
        target = parse_link(location) if location else None
        if target is None or target.kind is LinkKind.SHORT:
            raise LinkError(f"The short link {link.url} does not lead to music.", hint="Give the long link.")
        return target

    def _read(self, link: Link, limit: int | None, known: Mapping[TrackId, Track]) -> Listing:
        found = self._resolved(link)
        kind = found.get("kind")
        if kind == "track":
            return _single(shapes.track(found, signed_in=self._client.signed_in))
        if kind in ("playlist", "system-playlist"):
            return self._set(found, link, limit, known)
        if kind == "user" and link.kind in LISTS:
            return self._list(found, link, limit)
        raise ShapeError(f"a {kind!r} where a {link.kind.value} was asked for")

    def _resolved(self, link: Link) -> Json:
        token = {} if link.secret_token is None else {"secret_token": link.secret_token}
        try:
            path = urlsplit(link.url).path
            if link.url.startswith("https://api.soundcloud.com/"):
                parts = path.split("/")
                answer = self._client.get(f"{API}/{parts[1]}/{parts[2]}", token)
            else:
                whole = link.url if link.kind not in LISTS else link.url.rpartition("/")[0]
                if link.secret_token is not None:
                    whole = f"{whole}/{link.secret_token}"
                answer = self._client.get(f"{API}/resolve", {"url": whole})
        except NotFoundError as error:
            raise NotFoundError(
                f"SoundCloud has nothing at {link.url}.",
                hint="It may be deleted, renamed, mistyped, or private: a private one needs its secret link (…/s-…).",
            ) from error
        if not isinstance(answer, dict):
            raise ShapeError("not an object")
        return answer

    def _set(self, found: Json, link: Link, limit: int | None, known: Mapping[TrackId, Track]) -> Listing:
        listed = shapes.entries(found)
        wanted = listed if limit is None else listed[:limit]
        ids = tuple(map(shapes.track_id, wanted))
        items = {shapes.track_id(item): item for item in wanted if not shapes.is_stub(item)}
        missing = [i for i in dict.fromkeys(ids) if i not in items and i not in known]
        items |= self._hydrated(missing, found, link)
        tracks = {i: known[i] if i not in items else self._track(items[i]) for i in ids if i in items or i in known}
        stubs = {shapes.track_id(item): item for item in wanted}
        return Listing(
            playlist=shapes.playlist(found, ids),
            tracks=tracks,
            absent={i: _absence(stubs[i]) for i in dict.fromkeys(ids) if i not in tracks},
            complete=len(wanted) == len(listed),
        )

    def _hydrated(self, ids: Sequence[TrackId], found: Json, link: Link) -> dict[TrackId, Json]:
        """The metadata of stubs. The answer comes in any order; what it leaves out does not exist for us.

        A question that fails raises: only an answer may say that a track is absent.
        """
        more: dict[str, str] = {}
        token = link.secret_token or found.get("secret_token")
        if isinstance(token, str) and token:
            more = {"playlistId": str(found.get("id")), "playlistSecretToken": token}
        blocks = [ids[start : start + BATCH] for start in range(0, len(ids), BATCH)]
        with ThreadPoolExecutor(BATCHES_AT_ONCE) as pool:
            answers = list(pool.map(partial(self._batch, more), blocks))
        return {shapes.track_id(item): item for answer in answers for item in answer if not shapes.is_stub(item)}

    def _batch(self, more: Mapping[str, str], ids: Sequence[TrackId]) -> list[Json]:
        answer = self._client.get(f"{API}/tracks", {"ids": ",".join(map(str, ids)), **more})
        if not isinstance(answer, list) or not all(isinstance(item, dict) for item in answer):
            raise ShapeError("not a list of tracks")
        return answer

    def _list(self, user: Json, link: Link, limit: int | None) -> Listing:
        path, words = LISTS[link.kind]
        number, name = user.get("id"), str(user.get("username") or "")
        prefix = "/stream" if link.kind is LinkKind.REPOSTS else ""
        items = self._items(self._client.pages(f"{prefix}/users/{number}/{path}"), link)
        tracks: dict[TrackId, Track] = {}
        ids: list[TrackId] = []
        # One more than asked for shows whether the list was read to its end.
        for item in islice(items, None if limit is None else limit + 1):
            ids.append(shapes.track_id(item))
            if not shapes.is_stub(item):
                tracks[ids[-1]] = self._track(item)
        complete = limit is None or len(ids) <= limit
        ids = ids if limit is None else ids[:limit]
        stubs = [i for i in dict.fromkeys(ids) if i not in tracks]
        tracks |= {i: self._track(item) for i, item in self._hydrated(stubs, {}, link).items()}
        wanted = set(ids)
        return Listing(
            playlist=Playlist(
                id=PlaylistId(f"users:{number}:{link.kind.value}"),
                title=words.format(name),
                owner=name,
                url=link.url,
                entries=tuple(ids),
            ),
            tracks={i: t for i, t in tracks.items() if i in wanted},
            absent={i: Availability.GONE for i in stubs if i not in tracks},
            complete=complete,
        )

    def _items(self, listed: Iterator[object], link: Link) -> Iterator[Json]:
        """The tracks of a user's list: its items are tracks, or hold a track or a playlist."""
        for item in listed:
            if not isinstance(item, dict):
                raise ShapeError("an item that is no object")
            playlist, track = item.get("playlist"), item.get("track")
            if item.get("kind") == "track":
                yield item
            elif isinstance(track, dict):
                yield track
            elif link.kind is LinkKind.ALBUMS:
                album = item if item.get("kind") == "playlist" else playlist
                if isinstance(album, dict):
                    yield from self._album(album)

    def _album(self, album: Json) -> list[Json]:
        """All entries of an album: lists carry only its first ones."""
        listed = album.get("tracks")
        if isinstance(listed, list) and len(listed) == album.get("track_count"):
            return listed
        return shapes.entries(self._client.get(f"{API}/playlists/{album.get('id')}"))

    def _track(self, item: Json) -> Track:
        return shapes.track(item, signed_in=self._client.signed_in)

    # --- media ------------------------------------------------------------------------------

    def _media(self, track: Track, stream: Stream) -> Media:
        more = {}
        if track.authorization is not None:
            more["track_authorization"] = track.authorization
        if track.secret_token is not None:
            more["secret_token"] = track.secret_token
        reply = self._client.call(stream.url, more, budget=self._media_budget)
        if reply.status == 404:
            raise StreamGoneError("SoundCloud has no clear stream there any more.")
        if reply.status == 429:
            seconds = retry_after(reply, 60.0)
            self._door.park(self._media_budget, seconds)
            raise ThrottledError("SoundCloud's budget for streams is spent.", retry_after=seconds)
        if reply.status != 200:
            raise UnavailableError(
                f"SoundCloud answered {reply.status} to a stream's request.", hint="Try again later."
            )
        answer = reply.json()
        url = answer.get("url") if isinstance(answer, dict) else None
        if not isinstance(url, str) or not MEDIA_HOSTS.allows(url):
            raise UnavailableError("SoundCloud signed no link that can be used.", hint="Try again later.")
        if answer.get("licenseAuthToken"):
            raise StreamGoneError("The stream is encrypted.")
        return Media(url=url, stream=stream)


def _single(track: Track) -> Listing:
    """A track is a playlist of one."""
    return Listing(
        playlist=Playlist(
            id=PlaylistId(f"tracks:{track.id}"),
            title=track.title,
            owner=track.uploader,
            url=track.url,
            entries=(track.id,),
            artwork_url=track.artwork_url,
        ),
        tracks={track.id: track},
    )


def _absence(stub: Json) -> Availability:
    """Why a listed track has no metadata, as far as its stub tells."""
    private = stub.get("sharing") == "private" or stub.get("public") is False
    return Availability.PRIVATE if private else Availability.GONE
