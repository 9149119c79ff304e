"""SoundCloud's JSON → Track and Playlist. Lenient with what is new or missing, strict with what is needed.

Shapes and frequencies are from 458 recorded tracks and 66 recorded playlists of 2026.
"""

import re
from collections.abc import Mapping
from typing import Any  # Any: JSON is whatever the service says it is

from cloudcrate.core.model import Availability, Playlist, PlaylistId, Protocol, Stream, Track, TrackId

Json = Mapping[str, Any]  # Any: as above

PREFERRED = ("aac_160k hls", "mp3 progressive", "mp3 hls")
"""Streams worth having, best first. ``abr_sq`` is broken in practice, opus no DJ program reads."""


class ShapeError(Exception):
    """The answer is not of a shape that is known here; the second way may read it."""


def is_stub(item: Json) -> bool:
    """A playlist's entry beyond the fifth: an id without metadata."""
    return "title" not in item


def track_id(item: Json) -> TrackId:
    """The id of a track or stub. Raises: ShapeError."""
    number = item.get("id")
    if not isinstance(number, int) or isinstance(number, bool):
        raise ShapeError("a track without an id")
    return TrackId(number)


def track(item: Json, *, signed_in: bool = False) -> Track:
    """A full track. Raises: ShapeError when id, title, link or length is missing."""
    user, publisher = _dict(item, "user"), _dict(item, "publisher_metadata")
    title, url = _text(item, "title"), _text(item, "permalink_url")
    length = item.get("full_duration") or item.get("duration")
    if title is None or url is None or not isinstance(length, int):
        raise ShapeError(f"track {item.get('id')} without title, link or length")
    uploader = _text(user, "username") or ""
    return Track(
        id=track_id(item),
        title=title,
        artist=_text(publisher, "artist") or uploader,
        uploader=uploader,
        url=_public(url, item),
        duration_ms=length,
        availability=availability(item, signed_in=signed_in),
        artwork_url=_artwork(_text(item, "artwork_url") or _text(user, "avatar_url")),
        genre=_text(item, "genre"),
        tags=_tags(_text(item, "tag_list") or ""),
        label=_text(item, "label_name"),
        isrc=_text(publisher, "isrc"),
        released=_date(_text(item, "release_date")),
        posted=_date(_text(item, "created_at")),
        purchase_url=_text(item, "purchase_url"),
        streams=streams(item),
        authorization=_text(item, "track_authorization"),
        secret_token=_text(item, "secret_token"),
    )


def availability(item: Json, *, signed_in: bool = False) -> Availability:
    """What of a track can be had.

    ``policy`` BLOCK is by territory or rights, SNIP is a preview. Encrypted streams in the list mean that
    only those play: since 30 April 2026 the clear legacy ones beside them answer 404 (yt-dlp #16603 and
    others), unless a clear AAC stream is listed too, which none of 130 recorded tracks had. A track without
    any stream that can be fetched is treated as protected: nothing clear is offered.
    """
    if item.get("policy") == "BLOCK":
        return Availability.BLOCKED
    listed = _transcodings(item)
    if item.get("policy") == "SNIP" or (listed and all(t.get("snipped") for t in listed)):
        return Availability.PREVIEW
    if signed_in and item.get("downloadable") and item.get("has_downloads_left"):
        return Availability.ORIGINAL
    clear = streams(item)
    encrypted = any("encrypted" in _protocol(t) for t in listed)
    if not clear or (encrypted and not any(s.preset.startswith("aac") for s in clear)):
        return Availability.PROTECTED
    return Availability.FULL


def streams(item: Json) -> tuple[Stream, ...]:
    """The clear, whole streams of a track, best first."""
    ranked: list[tuple[int, Stream]] = []
    for listed in _transcodings(item):
        url, preset, kind = _text(listed, "url"), _text(listed, "preset") or "", _protocol(listed)
        family = "mp3" if preset.startswith("mp3") else preset
        wanted = f"{family} {kind}"
        if url is None or listed.get("snipped") or wanted not in PREFERRED:
            continue
        mime = _text(_dict(listed, "format"), "mime_type") or ""
        stream = Stream(url=url.split("?", 1)[0], preset=preset, protocol=Protocol(kind), mime=mime)
        ranked.append((PREFERRED.index(wanted), stream))
    return tuple(stream for _, stream in sorted(ranked, key=lambda pair: pair[0]))


def playlist(item: Json, entries: tuple[TrackId, ...]) -> Playlist:
    """A set or a system playlist. Raises: ShapeError."""
    number, url = item.get("id"), _text(item, "permalink_url")
    if number is None or url is None:
        raise ShapeError("a playlist without an id or a link")
    return Playlist(
        id=PlaylistId(f"playlists:{number}" if isinstance(number, int) else str(number)),
        title=_text(item, "title") or _text(item, "short_title") or "",
        owner=_text(_dict(item, "user"), "username") or "",
        url=_public(url, item),
        entries=entries,
        artwork_url=_artwork(_text(item, "artwork_url") or _text(item, "calculated_artwork_url")),
        last_modified=_text(item, "last_modified"),
    )


def entries(item: Json) -> list[Json]:
    """The entries of a playlist, in order. Raises: ShapeError."""
    listed = item.get("tracks")
    if not isinstance(listed, list) or not all(isinstance(entry, dict) for entry in listed):
        raise ShapeError("a playlist without its tracks")
    return listed


def _transcodings(item: Json) -> list[Json]:
    listed = _dict(item, "media").get("transcodings")
    return [t for t in listed if isinstance(t, dict)] if isinstance(listed, list) else []


def _protocol(transcoding: Json) -> str:
    return _text(_dict(transcoding, "format"), "protocol") or ""


def _public(url: str, item: Json) -> str:
    """A page's link without its query and without the secret that a private one's ends with."""
    return url.split("?", 1)[0].removesuffix(f"/{_text(item, 'secret_token')}")


def _artwork(url: str | None) -> str | None:
    """The 500-pixel picture; it is always a JPEG whatever the original was."""
    if url is None or "default_avatar" in url:
        return None
    return re.sub(r"-(?:large|t\d+x\d+|original)\.(?:jpg|jpeg|png)$", "-t500x500.jpg", url)


def _tags(text: str) -> tuple[str, ...]:
    """``"Lost Kings" deep`` is two tags."""
    return tuple(quoted or bare for quoted, bare in re.findall(r'"([^"]+)"|([^\s"]+)', text))


def _date(text: str | None) -> str | None:
    return text[:10] if text and re.match(r"\d{4}-\d\d-\d\d", text) else None


def _dict(item: Json, name: str) -> Json:
    value = item.get(name)
    return value if isinstance(value, dict) else {}


def _text(item: Json, name: str) -> str | None:
    value = item.get(name)
    return value.strip() or None if isinstance(value, str) else None
