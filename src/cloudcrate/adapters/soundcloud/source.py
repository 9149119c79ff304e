"""The Source: SoundCloud's web API directly, with the second way behind it.

A set costs one request, and one per fifty tracks whose metadata is not known. The metadata of a set's
first five tracks comes with it, the rest are stubs.
"""

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

from cloudcrate.adapters.http import MEDIA_HOSTS, Budget, Door
from cloudcrate.adapters.soundcloud import refusals, shapes
from cloudcrate.adapters.soundcloud.client import API, NOTHING, Secret, SoundCloudClient
from cloudcrate.adapters.soundcloud.detours import ChallengedError, DetourError, ShapeError
from cloudcrate.adapters.soundcloud.shapes import Json
from cloudcrate.core.link import Link, LinkKind, parse_link
from cloudcrate.core.model import Availability, Listing, Playlist, PlaylistId, Stream, Track, TrackId
from cloudcrate.core.quality import ORIGINAL
from cloudcrate.errors import LinkError, NotFoundError, StreamGoneError, ThrottledError, UnavailableError
from cloudcrate.ports.world import Media, Source

BATCH = 50
"""Ids in one question; SoundCloud refuses more."""

BATCHES_AT_ONCE = 6
CAPTCHA_HINT = "Its bot management stands in the way. Try again later, or from another network."
SHAPE_HINT = "SoundCloud may have changed: a newer cloudcrate may know how."

LISTS = {
    LinkKind.TRACKS: ("/users/{}/tracks", "Tracks by {}"),
    LinkKind.LIKES: ("/users/{}/likes", "Likes of {}"),
    LinkKind.REPOSTS: ("/stream/users/{}/reposts", "Reposts of {}"),
    LinkKind.ALBUMS: ("/users/{}/albums", "Albums by {}"),
}


class SoundCloudSource:
    """See ``ports.Source``."""

    def __init__(
        self,
        door: Door,
        *,
        cache_dir: Path,
        media_budget: Budget,
        oauth_token: Secret | None = None,
        second_way: Source | None = None,
    ) -> None:
        self._door = door
        self._client = SoundCloudClient(door, cache_dir=cache_dir, oauth_token=oauth_token)
        self._media_budget = media_budget
        self._second_way = second_way

    def read(self, link: Link, *, limit: int | None, known: Mapping[TrackId, Track]) -> Listing:
        """See ``ports.Source.read``. The listing's notes say when and why the second way was taken.

        What is known for another account is asked for again: it may hear more, or less.
        """
        link = self._followed(link)
        account = self._client.account
        try:
            return self._read(link, limit, {i: t for i, t in known.items() if t.account == account})
        except DetourError as error:
            challenged = isinstance(error, ChallengedError)
            # yt-dlp looks like a browser only where it lists a user's tracks; elsewhere it is refused as we are.
            if self._second_way is None or (challenged and link.kind not in LISTS):
                raise UnavailableError(f"{error}.", hint=CAPTCHA_HINT if challenged else SHAPE_HINT) from error
            # It is never signed in, so what holds for anybody holds there too.
            ours = {i: t for i, t in known.items() if t.account in ("", account)}
            listing = self._second_way.read(link, limit=limit, known=ours)
            return replace(
                listing,
                notes=(
                    *listing.notes,
                    f"{error}; read through yt-dlp instead, whose own requests are not counted here",
                ),
            )

    def media(self, track: Track, stream: Stream) -> Media:
        """See ``ports.Source.media``."""
        if not stream.url.startswith(f"{API}/"):
            if self._second_way is None:
                raise StreamGoneError("This stream was read in another way.")
            return self._second_way.media(track, stream)
        original = stream.preset == ORIGINAL
        if original and not self._client.signed_in:
            raise StreamGoneError("The uploader's own file is only for who is signed in.")
        try:
            return self._door.retried(partial(self._asked_for_media, track, stream))
        except DetourError as error:
            raise UnavailableError(f"{error}; it signs no link.", hint=CAPTCHA_HINT) from error

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
            return _single(shapes.track(found, account=self._client.account, secret_token=link.secret_token))
        if kind in ("playlist", "system-playlist"):
            return self._set(found, link, limit, known)
        if kind == "user" and link.kind in LISTS:
            return self._list(found, link, limit, known)
        raise ShapeError(f"not what a link to {link.kind.value} leads to")

    def _resolved(self, link: Link) -> Json:
        """The object that a link names; of a user's list, the user."""
        named = link.url.rpartition("/")[0] if link.kind in LISTS else link.url
        if named.startswith("https://api.soundcloud.com/"):
            token = {} if link.secret_token is None else {"secret_token": link.secret_token}
            answer = self._client.find(urlsplit(named).path, token)
        else:
            private = "" if link.secret_token is None else f"/{link.secret_token}"
            answer = self._client.find("/resolve", {"url": named + private})
        if answer is None:
            raise NotFoundError(
                f"SoundCloud has nothing at {link.url}.",
                hint="It may be deleted, renamed, mistyped, or private: a private one needs its secret link (…/s-…).",
            )
        if not isinstance(answer, dict):
            raise ShapeError("not an object")
        return answer

    def _set(self, found: Json, link: Link, limit: int | None, known: Mapping[TrackId, Track]) -> Listing:
        listed = shapes.entries(found)
        entries = _Entries(account=self._client.account)
        for item in listed[:limit]:
            entries.add(item)
        token = link.secret_token or shapes.text(found, "secret_token")
        more = NOTHING if token is None else {"playlistId": str(found.get("id")), "playlistSecretToken": token}
        self._complete(entries, known, more)
        counted = found.get("track_count")
        short = isinstance(counted, int) and len(listed) < counted
        note = f"SoundCloud counts {counted} tracks but lists {len(listed)}, so none is taken to be removed"
        return Listing(
            playlist=shapes.playlist(found, tuple(entries.ids)),
            tracks=entries.tracks,
            absent=entries.absent,
            complete=len(entries.ids) == len(listed) and not short,
            notes=(note,) if short else (),
        )

    def _list(self, user: Json, link: Link, limit: int | None, known: Mapping[TrackId, Track]) -> Listing:
        path, words = LISTS[link.kind]
        owner, name = shapes.number(user), shapes.text(user, "username") or ""
        entries, complete = _Entries(account=self._client.account), True
        for item in self._items(self._client.pages(path.format(owner)), link):
            if len(entries.ids) == limit:
                complete = False
                break
            entries.add(item)
        self._complete(entries, known, NOTHING)
        return Listing(
            playlist=Playlist(
                id=PlaylistId(f"users:{owner}:{link.kind.value}"),
                title=words.format(name),
                owner=name,
                url=link.url,
                entries=tuple(entries.ids),
            ),
            tracks=entries.tracks,
            absent=entries.absent,
            complete=complete,
        )

    def _items(self, listed: Iterator[object], link: Link) -> Iterator[Json]:
        """The tracks of a user's list: its items are tracks, or hold a track or a playlist."""
        for item in listed:
            if not isinstance(item, dict):
                raise ShapeError("an item that is no object")
            inner, album = item.get("track"), item.get("playlist")
            if item.get("kind") == "track":
                yield item
            elif isinstance(inner, dict):
                yield inner
            elif link.kind is LinkKind.ALBUMS:
                yield from self._album(album if isinstance(album, dict) else item)

    def _album(self, album: Json) -> list[Json]:
        """All entries of an album: lists carry only its first ones."""
        listed = album.get("tracks")
        if isinstance(listed, list) and len(listed) == album.get("track_count"):
            return shapes.entries(album)
        whole = self._client.get(f"/playlists/{shapes.number(album)}")
        return shapes.entries(whole if isinstance(whole, dict) else {})

    def _complete(self, entries: "_Entries", known: Mapping[TrackId, Track], more: Mapping[str, str]) -> None:
        """Finds the metadata of stubs: what is known, and the rest in questions of fifty at once.

        A question that fails raises: only an answer may say that a track is absent.
        """
        entries.take(known)
        ids = entries.missing()
        blocks = [ids[start : start + BATCH] for start in range(0, len(ids), BATCH)]
        with ThreadPoolExecutor(BATCHES_AT_ONCE) as pool:
            for answer in pool.map(partial(self._batch, more), blocks):
                for item in answer:
                    entries.hydrate(item)
        entries.absent = {i: shapes.absence(entries.stubs[i]) for i in entries.missing()}

    def _batch(self, more: Mapping[str, str], ids: Sequence[TrackId]) -> list[Json]:
        """The tracks of these ids, in any order; what cannot be seen is left out without a word."""
        answer = self._client.get("/tracks", {"ids": ",".join(map(str, ids)), **more})
        if not isinstance(answer, list) or not all(isinstance(item, dict) for item in answer):
            raise ShapeError("not a list of tracks")
        return answer

    # --- media ------------------------------------------------------------------------------

    def _asked_for_media(self, track: Track, stream: Stream) -> Media:
        """One call, read to its end: what is no answer may be asked for again."""
        given = {"track_authorization": track.authorization, "secret_token": track.secret_token}
        original = stream.preset == ORIGINAL
        if original:
            del given["track_authorization"]
        parameters = {name: value for name, value in given.items() if value}
        reply = self._client.call(stream.url, parameters, budget=self._media_budget)
        if reply.status != 200:
            error = self._client.refusal(reply, refusals.ORIGINAL if original else refusals.STREAM)
            if isinstance(error, ThrottledError):
                self._door.park(self._media_budget, error.retry_after)
            raise error
        answer = reply.json()
        if not isinstance(answer, dict):
            raise UnavailableError("SoundCloud answered a stream's request with no object.", hint=refusals.LATER)
        if answer.get("licenseAuthToken"):
            raise StreamGoneError("The stream is encrypted.")
        return _media(answer.get("redirectUri" if original else "url"), stream)


class _Entries:
    """The entries of a list, as they come: ids in order and with repetitions, tracks, and stubs."""

    def __init__(self, *, account: str) -> None:
        self._account = account
        self.ids: list[TrackId] = []
        self.tracks: dict[TrackId, Track] = {}
        self.stubs: dict[TrackId, Json] = {}
        self.absent: dict[TrackId, Availability] = {}

    def add(self, item: Json) -> None:
        """Takes the next entry."""
        number = shapes.track_id(item)
        self.ids.append(number)
        if shapes.is_stub(item):
            self.stubs.setdefault(number, item)
        else:
            self.tracks[number] = shapes.track(item, account=self._account)

    def take(self, known: Mapping[TrackId, Track]) -> None:
        """Takes what is known of stubs."""
        self.tracks |= {number: known[number] for number in self.missing() if number in known}

    def hydrate(self, item: Json) -> None:
        """Takes the metadata of a stub; what was not asked for is left alone."""
        number = shapes.track_id(item)
        if number in self.stubs and not shapes.is_stub(item):
            self.tracks[number] = shapes.track(item, account=self._account)

    def missing(self) -> list[TrackId]:
        """Stubs whose metadata is not there yet, in order."""
        return [number for number in self.stubs if number not in self.tracks]


def _media(url: object, stream: Stream) -> Media:
    if not isinstance(url, str) or not MEDIA_HOSTS.allows(url):
        error = UnavailableError("SoundCloud signed no link that can be used.", hint=refusals.LATER)
        error.final = isinstance(url, str)  # it would sign the next one for the same place
        raise error
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
