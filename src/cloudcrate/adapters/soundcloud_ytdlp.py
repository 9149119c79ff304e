"""The second way to SoundCloud, through yt-dlp's extractor: for what its maintainers mend before we do.

It is slow (several requests per track), knows less of a track (no rights policy, label or ISRC), and is
only taken when the direct way cannot read a page. yt-dlp is imported when it is needed.
"""

import logging
import re
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any  # Any: yt-dlp's values are untyped

from cloudcrate.adapters.http import MEDIA_HOSTS, Budget, Door
from cloudcrate.core.link import Link
from cloudcrate.core.model import (
    Availability,
    Listing,
    Playlist,
    PlaylistId,
    Protocol,
    Stream,
    Track,
    TrackId,
)
from cloudcrate.errors import NotFoundError, StreamGoneError, UnavailableError
from cloudcrate.ports import Media

WAY = "yt-dlp"
PRESETS = {
    "hls_aac": ("aac_160k", Protocol.HLS),
    "http_mp3": ("mp3", Protocol.PROGRESSIVE),
    "hls_mp3": ("mp3", Protocol.HLS),
}
"""yt-dlp's format ids by their beginning, best first. Others (opus, previews, encrypted) are left out."""

Info = Mapping[str, Any]  # Any: as above


class YtDlpSource:
    """See ``ports.Source``."""

    def __init__(self, door: Door, *, cache_dir: Path, media_budget: Budget) -> None:
        self._door = door
        self._cache_dir = cache_dir
        self._media_budget = media_budget

    def read(self, link: Link, *, limit: int | None, known: Mapping[TrackId, Track]) -> Listing:
        """See ``ports.Source.read``."""
        url = link.url if link.secret_token is None else f"{link.url}/{link.secret_token}"
        found = self._extract(url, flat=True)
        if found.get("_type") != "playlist":
            found = {**found, "entries": [found], "id": found.get("id"), "single": True}
        listed = list(found.get("entries") or ())
        wanted = listed if limit is None else listed[:limit]
        ids = tuple(_id(entry) for entry in wanted)
        tracks: dict[TrackId, Track] = {}
        absent: dict[TrackId, Availability] = {}
        for track_id, entry in dict(zip(ids, wanted, strict=True)).items():
            if track_id in known:
                tracks[track_id] = known[track_id]
                continue
            try:
                tracks[track_id] = _track(self._extract(str(entry.get("webpage_url") or entry["url"]), flat=False))
            except NotFoundError:
                absent[track_id] = Availability.GONE
        return Listing(
            playlist=_playlist(found, link, ids),
            tracks=tracks,
            absent=absent,
            complete=len(wanted) == len(listed),
            way=WAY,
        )

    def media(self, track: Track, stream: Stream) -> Media:
        """See ``ports.Source.media``: the track is read again, and its fresh link taken."""
        found = self._extract(track.url, flat=False)
        for listed in found.get("formats") or ():
            kind = _kind(listed)
            if kind == (stream.preset, stream.protocol) and MEDIA_HOSTS.allows(str(listed.get("url"))):
                return Media(url=str(listed["url"]), stream=stream)
        raise StreamGoneError("yt-dlp finds this stream no more.")

    def _extract(self, url: str, *, flat: bool) -> Info:
        from yt_dlp import YoutubeDL  # noqa: PLC0415  # 90 ms that only this way pays
        from yt_dlp.extractor import soundcloud  # noqa: PLC0415  # as above
        from yt_dlp.utils import DownloadError, ExtractorError  # noqa: PLC0415  # as above

        parameters = {
            "quiet": True,
            "no_warnings": True,
            "logger": _silence(),
            "cachedir": str(self._cache_dir / "yt-dlp"),
            "compat_opts": {"no-certifi"},  # or SSL_CERT_FILE would be ignored
            "extract_flat": "in_playlist" if flat else False,
            "skip_download": True,
            "ignore_no_formats_error": True,
            "extractor_args": {"soundcloud": {"formats": ["http_mp3", "hls_mp3", "hls_aac"]}},
            "socket_timeout": 30,
            "retries": 3,
            "extractor_retries": 2,
        }
        try:
            with YoutubeDL(parameters, auto_init=False) as ydl:
                for name in _EXTRACTORS:
                    # A class of our own per use: the built-in one keeps a user's token for everybody after.
                    kept = type(name, (getattr(soundcloud, name),), {"_HEADERS": {}, "_WORKING": True})
                    ydl.add_info_extractor(kept(ydl))
                return ydl.extract_info(url, download=False, process=False) or {}
        except (DownloadError, ExtractorError) as error:
            words = re.sub(r"https?://\S+", "…", str(error))[:200]
            if "404" in words:
                raise NotFoundError(f"yt-dlp finds nothing there: {words}") from error
            raise UnavailableError(f"yt-dlp cannot read it either: {words}", hint="Try again later.") from error
        except OSError as error:
            raise UnavailableError(
                f"yt-dlp could not connect: {type(error).__name__}.", hint="Check the network."
            ) from error


_EXTRACTORS = (
    "SoundcloudSetIE",
    "SoundcloudPlaylistIE",
    "SoundcloudUserIE",
    "SoundcloudTrackStationIE",
    "SoundcloudIE",
)


def _silence() -> logging.Logger:
    """yt-dlp's messages hold whole links; none of them is shown."""
    logger = logging.getLogger("cloudcrate.yt-dlp")
    logger.addHandler(logging.NullHandler())
    logger.propagate = False
    return logger


def _id(entry: Info) -> TrackId:
    with suppress(ValueError, TypeError):
        return TrackId(int(str(entry.get("id"))))
    raise UnavailableError("yt-dlp gives a track without its number.", hint="Try again later.")


def _kind(listed: Info) -> tuple[str, Protocol] | None:
    name = str(listed.get("format_id") or "")
    if listed.get("has_drm") or name.endswith("_preview"):
        return None
    return next((kind for start, kind in PRESETS.items() if name.startswith(start)), None)


def _track(found: Info) -> Track:
    listed = list(found.get("formats") or ())
    kinds = [kind for kind in PRESETS.values() if kind in [_kind(item) for item in listed]]
    preview = bool(listed) and all(str(item.get("format_id")).endswith("_preview") for item in listed)
    url = str(found.get("webpage_url") or found.get("url") or "")
    date = str(found.get("upload_date") or "")
    uploader = str(found.get("uploader") or "")
    return Track(
        id=_id(found),
        title=str(found.get("title") or ""),
        artist=str(found.get("artist") or uploader),
        uploader=uploader,
        url=url.split("?", 1)[0],
        duration_ms=round(float(found.get("duration") or 0) * 1000),
        availability=Availability.PREVIEW if preview else Availability.FULL if kinds else Availability.PROTECTED,
        artwork_url=found.get("thumbnail"),
        genre=next(iter(found.get("genres") or ()), None),
        tags=tuple(map(str, found.get("tags") or ())),
        posted=f"{date[:4]}-{date[4:6]}-{date[6:]}" if re.fullmatch(r"\d{8}", date) else None,
        streams=tuple(
            Stream(url=f"{WAY}:{found.get('id')}", preset=preset, protocol=protocol, mime="")
            for preset, protocol in kinds
        ),
    )


def _playlist(found: Info, link: Link, ids: tuple[TrackId, ...]) -> Playlist:
    number = str(found.get("id") or link.url)
    kind = "tracks" if found.get("single") else "playlists"
    return Playlist(
        id=PlaylistId(f"{kind}:{number}" if number.isdecimal() else number),
        title=str(found.get("title") or ""),
        owner=str(found.get("uploader") or ""),
        url=link.url,
        entries=ids,
    )
