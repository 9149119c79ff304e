"""SoundCloud's JSON → Track and Playlist. Lenient with what is new or missing, strict with what is needed.

Shapes and frequencies are from 458 recorded tracks and 66 recorded playlists of 2026.
"""

import re
from collections.abc import Mapping
from contextlib import suppress
from typing import Any  # Any: JSON is whatever the service says it is

from cloudcrate.adapters.soundcloud.client import API
from cloudcrate.adapters.soundcloud.detours import ShapeError
from cloudcrate.core.link import parse_link
from cloudcrate.core.model import Availability, Playlist, PlaylistId, Protocol, Stream, Track, TrackId
from cloudcrate.core.quality import ORIGINAL
from cloudcrate.errors import LinkError

Json = Mapping[str, Any]  # Any: as above

PREFERRED = ("aac_160k hls", "mp3 progressive", "mp3 hls", "aac hls", "opus hls")
"""Clear streams, best first. Opus is 64 kbit/s and no DJ program reads it; whether it is fetched is not decided
here. Never listed: ``abr_sq``, which is broken in practice."""

RELEASES = ("album", "ep", "single", "compilation")
"""The set types of what an artist puts out, as against a selection."""


def is_stub(item: Json) -> bool:
    """A playlist's entry beyond the fifth: an id without metadata."""
    return "title" not in item


def number(item: Json) -> int:
    """The number of a track, a playlist or a user. Raises: ShapeError."""
    found = item.get("id")
    if not isinstance(found, int) or isinstance(found, bool):
        raise ShapeError("an object without an id")
    return found


def track_id(item: Json) -> TrackId:
    """The id of a track or stub. Raises: ShapeError."""
    return TrackId(number(item))


def track(item: Json, *, account: str = "", secret_token: str | None = None) -> Track:
    """A full track, as ``account`` may have it: empty for who is not signed in, else a digest of the token.

    ``secret_token`` is the one it was found by, for where the answer keeps silent about it.

    Raises: ShapeError when id, title, link or length is missing.
    """
    user, publisher = _dict(item, "user"), _dict(item, "publisher_metadata")
    url, length = text(item, "permalink_url"), item.get("full_duration") or item.get("duration")
    if is_stub(item) or url is None or not isinstance(length, int):
        raise ShapeError(f"track {item.get('id')} without title, link or length")
    uploader = text(user, "username") or ""
    return Track(
        id=track_id(item),
        title=text(item, "title") or text(item, "permalink") or "",
        artist=text(publisher, "artist") or uploader,
        uploader=uploader,
        url=_public(url),
        duration_ms=length,
        availability=availability(item, signed_in=bool(account)),
        artwork_url=_artwork(text(item, "artwork_url") or text(user, "avatar_url")),
        genre=text(item, "genre"),
        tags=_tags(text(item, "tag_list") or ""),
        label=text(item, "label_name"),
        isrc=text(publisher, "isrc"),
        released=_date(text(item, "release_date")),
        posted=_date(text(item, "created_at")),
        purchase_url=text(item, "purchase_url"),
        streams=streams(item, signed_in=bool(account)),
        authorization=text(item, "track_authorization"),
        secret_token=text(item, "secret_token") or secret_token,
        account=account,
    )


def availability(item: Json, *, signed_in: bool = False) -> Availability:
    """What of a track can be had.

    * ``policy`` BLOCK (territory or rights; it lists no streams): blocked.
    * ``policy`` SNIP, or nothing but snipped streams: a preview, unless the original is offered.
    * Encrypted streams are listed and no clear AAC: protected. Since 30 April 2026 the clear legacy streams
      that are still listed beside encrypted ones answer 404 (yt-dlp #16603, #16755, scdl #573 and others);
      in the recordings before it none of 130 such tracks had a clear AAC, and tracks with a clear AAC keep
      working. Opus beside encrypted streams answers 404 too; a track with nothing but clear Opus is full.
    * The uploader's own file is offered to a user who is signed in, with downloads left: original.
    * No stream that can be fetched for any other reason (none listed, or of unknown kinds only): protected,
      because nothing clear is offered. An upload that is still being processed looks like this too; it is
      judged anew whenever its metadata is read.
    * Everything else: full.
    """
    if item.get("policy") == "BLOCK":
        return Availability.BLOCKED
    listed, original = _transcodings(item), _offers_original(item, signed_in=signed_in)
    if _is_snippet(item):
        return Availability.ORIGINAL if original else Availability.PREVIEW
    clear = streams(item)
    encrypted = any("encrypted" in _protocol(t) for t in listed)
    if encrypted and not any(s.preset.startswith("aac") for s in clear):
        return Availability.PROTECTED
    if original:
        return Availability.ORIGINAL
    return Availability.FULL if clear else Availability.PROTECTED


def streams(item: Json, *, signed_in: bool = False) -> tuple[Stream, ...]:
    """The clear, whole streams of a track, best first; before them the uploader's file, for who is signed in."""
    ranked = [(rank, stream) for t in _transcodings(item) for rank, stream in _stream(t)]
    if item.get("policy") == "SNIP":
        ranked = []  # whatever is listed plays half a minute
    if _offers_original(item, signed_in=signed_in):
        url = f"{API}/tracks/{number(item)}/download"
        ranked.append((-1, Stream(url=url, preset=ORIGINAL, protocol=Protocol.PROGRESSIVE, mime="")))
    return tuple(stream for _, stream in sorted(ranked, key=lambda pair: pair[0]))


def playlist(item: Json, entries: tuple[TrackId, ...]) -> Playlist:
    """A set or a system playlist. Raises: ShapeError."""
    own, url = item.get("id"), text(item, "permalink_url")
    if not isinstance(own, int | str) or url is None:
        raise ShapeError("a playlist without an id or a link")
    return Playlist(
        id=PlaylistId(f"playlists:{own}" if isinstance(own, int) else own),
        title=text(item, "title") or text(item, "short_title") or "",
        owner=text(_dict(item, "user"), "username") or "",
        url=_public(url),
        entries=entries,
        artwork_url=_artwork(text(item, "artwork_url") or text(item, "calculated_artwork_url")),
        last_modified=text(item, "last_modified") or text(item, "last_updated"),
        album=text(item, "set_type") in RELEASES or item.get("is_album") is True,
    )


def entries(item: Json) -> list[Json]:
    """The entries of a playlist, in order. Raises: ShapeError."""
    listed = item.get("tracks")
    if not isinstance(listed, list) or not all(isinstance(entry, dict) for entry in listed):
        raise ShapeError("a playlist without its tracks")
    return listed


def absence(stub: Json) -> Availability:
    """Why a listed track has no metadata, as far as its stub tells."""
    private = stub.get("sharing") == "private" or stub.get("public") is False
    return Availability.PRIVATE if private else Availability.GONE


def _offers_original(item: Json, *, signed_in: bool) -> bool:
    return signed_in and item.get("downloadable") is True and item.get("has_downloads_left") is True


def _is_snippet(item: Json) -> bool:
    listed = _transcodings(item)
    return item.get("policy") == "SNIP" or (bool(listed) and all(t.get("snipped") for t in listed))


def _stream(transcoding: Json) -> list[tuple[int, Stream]]:
    """A stream with its rank, if it is worth having."""
    url, preset = text(transcoding, "url"), text(transcoding, "preset") or ""
    kind = _protocol(transcoding)
    names = [f"{preset} {kind}", f"{preset.partition('_')[0]} {kind}"]
    rank = next((PREFERRED.index(name) for name in names if name in PREFERRED), None)
    if url is None or rank is None or transcoding.get("snipped"):
        return []
    mime = text(_dict(transcoding, "format"), "mime_type") or ""
    return [(rank, Stream(url=url.split("?", 1)[0], preset=preset, protocol=Protocol(kind), mime=mime))]


def _transcodings(item: Json) -> list[Json]:
    listed = _dict(item, "media").get("transcodings")
    return [t for t in listed if isinstance(t, dict)] if isinstance(listed, list) else []


def _protocol(transcoding: Json) -> str:
    return text(_dict(transcoding, "format"), "protocol") or ""


def _public(url: str) -> str:
    """A page's link without its query and without the secret token that a private one's ends with."""
    with suppress(LinkError):
        link = parse_link(url)
        if link is not None:
            return link.url
    return url.split("?", 1)[0]


def _artwork(url: str | None) -> str | None:
    """The 500-pixel picture; it is always a JPEG whatever the original was. SoundCloud's own stand-in is none."""
    if url is None or "default_avatar" in url:
        return None
    return re.sub(r"-(?:large|t\d+x\d+|original)\.(?:jpg|jpeg|png)$", "-t500x500.jpg", url)


def _tags(listed: str) -> tuple[str, ...]:
    """``"Night Ferry" deep`` is two tags."""
    return tuple(quoted or bare for quoted, bare in re.findall(r'"([^"]+)"|([^\s"]+)', listed))


def _date(moment: str | None) -> str | None:
    return moment[:10] if moment and re.match(r"\d{4}-\d\d-\d\d", moment) else None


def _dict(item: Json, name: str) -> Json:
    value = item.get(name)
    return value if isinstance(value, dict) else {}


def text(item: Json, name: str) -> str | None:
    """A text that is not empty. What JSON can spell and no encoding can hold (half a character) is replaced."""
    value = item.get(name)
    if not isinstance(value, str):
        return None
    return value.strip().encode("utf-8", "replace").decode("utf-8") or None
