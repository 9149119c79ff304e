"""What yt-dlp says of tracks and playlists → Track and Playlist, under the same ids as the direct way's.

Missing in it: rights policy, label, ISRC, purchase link. A track with encrypted streams beside clear ones
looks whole: only its download shows whether the clear ones still answer.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any  # Any: yt-dlp's values are untyped

from cloudcrate.core.link import Link, LinkKind, parse_link
from cloudcrate.core.model import Availability, Playlist, PlaylistId, Protocol, Stream, Track, TrackId
from cloudcrate.errors import LinkError, UnavailableError

Info = Mapping[str, Any]  # Any: as above
Extract = Callable[[str], Info]
"""What yt-dlp says of a link."""

WAY = "yt-dlp"
FORMATS = {
    "hls_aac": ("aac_160k", Protocol.HLS),
    "http_mp3": ("mp3", Protocol.PROGRESSIVE),
    "hls_mp3": ("mp3", Protocol.HLS),
}
"""yt-dlp's format ids by their beginning, best first. Others (opus, encrypted) are left out."""

LISTS = {
    LinkKind.TRACKS: "Tracks by {}",
    LinkKind.LIKES: "Likes of {}",
    LinkKind.REPOSTS: "Reposts of {}",
    LinkKind.ALBUMS: "Albums by {}",
}


def entries(found: Info, link: Link, extract: Extract) -> Iterator[Info]:
    """The tracks of what was found, in order. Of a user's lists, playlists count only where they are albums."""
    if found.get("_type") != "playlist":
        yield found
        return
    for entry in found["entries"]:
        if "/sets/" not in str(entry.get("url")):
            yield entry
        elif link.kind is LinkKind.ALBUMS:
            yield from entries(extract(str(entry["url"])), link, extract)


def number(entry: Info) -> TrackId:
    """A track's id. Raises: UnavailableError."""
    with suppress(ValueError):
        return TrackId(int(str(entry.get("id"))))
    raise UnavailableError("yt-dlp gives a track without its number.", hint="Try again later.")


def kind(listed: Info) -> tuple[str, Protocol] | None:
    """What a format is to us; None for previews and what is not wanted."""
    name = str(listed.get("format_id") or "")
    if name.endswith("_preview"):
        return None
    return next((kind for start, kind in FORMATS.items() if name.startswith(start)), None)


def track(found: Info, secret_token: str | None) -> Track:
    """A track; ``secret_token`` is the one it was found by."""
    listed = [kind(item) for item in found.get("formats") or ()]
    offered = [wanted for wanted in FORMATS.values() if wanted in listed]
    uploader = str(found.get("uploader") or "")
    return Track(
        id=number(found),
        title=str(found.get("title") or ""),
        artist=str(next(iter(found.get("artists") or ()), uploader)),
        uploader=uploader,
        url=_public(str(found.get("webpage_url") or "")),
        duration_ms=round(float(found.get("duration") or 0) * 1000),
        availability=found.get("verdict") or (Availability.FULL if offered else Availability.PROTECTED),
        artwork_url=_artwork(found),
        genre=next(iter(found.get("genres") or ()), None),
        tags=tuple(map(str, found.get("tags") or ())),
        released=_date(found.get("release_timestamp")),
        posted=_date(found.get("timestamp")),
        streams=tuple(
            Stream(url=f"{WAY}:{found.get('id')}", preset=preset, protocol=protocol, mime="")
            for preset, protocol in offered
        ),
        secret_token=secret_token,
    )


def verdict(found: Info) -> Availability | None:
    """PREVIEW when snippets are all there is; None: the formats do not say it."""
    names = [str(item.get("format_id")) for item in found.get("formats") or ()]
    return Availability.PREVIEW if names and all(name.endswith("_preview") for name in names) else None


def playlist(found: Info, link: Link, ids: tuple[TrackId, ...]) -> Playlist:
    """The playlist that ``link`` names; a track is a playlist of one."""
    own, title, owner = str(found.get("id")), str(found.get("title") or ""), str(found.get("uploader") or "")
    url = link.url
    if link.kind in LISTS:
        owner = title.removesuffix(f" ({link.kind.value.capitalize()})")
        own, title = f"users:{own}:{link.kind.value}", LISTS[link.kind].format(owner)
    elif found.get("_type") != "playlist":
        own, url = f"tracks:{own}", _public(str(found.get("webpage_url") or url))
    elif "/stations/track/" in url:
        own = f"soundcloud:system-playlists:track-stations:{own}"
    elif own.isdecimal():
        own = f"playlists:{own}"
    return Playlist(id=PlaylistId(own), title=title, owner=owner, url=url, entries=ids, artwork_url=_artwork(found))


def _public(url: str) -> str:
    """A page's link without its query and its secret token."""
    with suppress(LinkError):
        link = parse_link(url)
        if link is not None:
            return link.url
    return url.partition("?")[0]


def _artwork(found: Info) -> str | None:
    return next((str(picture["url"]) for picture in found.get("thumbnails") or ()), None)


def _date(timestamp: object) -> str | None:
    return datetime.fromtimestamp(timestamp, UTC).date().isoformat() if isinstance(timestamp, int) else None
