"""The second way to SoundCloud, through yt-dlp's extractor: for what its maintainers mend before we do.

It takes a request per track, knows less of each, and is always anonymous. Of a user's list all pages are
read, whatever the limit. yt-dlp is imported when it is needed.
"""

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any  # Any: yt-dlp's values are untyped
from urllib.parse import urlencode

from cloudcrate.adapters import soundcloud_ytdlp_info as info
from cloudcrate.adapters.http import MEDIA_HOSTS, Budget, Door, Hosts, Outgoing
from cloudcrate.adapters.soundcloud_ytdlp_info import FORMATS, LISTS, WAY, Extract, Info
from cloudcrate.core.link import Link
from cloudcrate.core.model import Availability, Listing, Stream, Track, TrackId
from cloudcrate.errors import NotFoundError, StreamGoneError, ThrottledError, UnavailableError
from cloudcrate.ports.world import Media

API = "https://api-v2.soundcloud.com"
API_HOSTS = Hosts(name="SoundCloud", exact=frozenset({"api-v2.soundcloud.com"}))
EXTRACTORS = (
    "SoundcloudSetIE",
    "SoundcloudPlaylistIE",
    "SoundcloudUserIE",
    "SoundcloudTrackStationIE",
    "SoundcloudIE",
)
Ask = Callable[[str, Mapping[str, str]], Info]


class YtDlpSource:
    """See ``ports.Source``."""

    def __init__(self, door: Door, *, cache_dir: Path, media_budget: Budget) -> None:
        self._door = door
        self._cache_dir = cache_dir
        self._media_budget = media_budget

    def read(self, link: Link, *, limit: int | None, known: Mapping[TrackId, Track]) -> Listing:
        """See ``ports.Source.read``. No media call is made: streams are listed as they are offered."""
        if link.kind in LISTS and "//api." in link.url:
            raise UnavailableError("yt-dlp does not know users by number.", hint="Give the user's page.")
        with self._extractor(tuple(FORMATS), _offered) as extract:
            found = extract(_address(link.url, link.secret_token))
            entries = info.entries(found, link, extract)
            wanted = list(entries if limit is None else islice(entries, limit))
            complete = limit is None or next(entries, None) is None
            ids = tuple(map(info.number, wanted))
            tracks: dict[TrackId, Track] = {i: known[i] for i in ids if i in known}
            absent: dict[TrackId, Availability] = {}
            for track_id, entry in dict(zip(ids, wanted, strict=True)).items():
                try:
                    if track_id not in tracks:
                        whole = entry if "formats" in entry else extract(str(entry.get("url")))
                        tracks[track_id] = info.track(whole, link.secret_token)
                except NotFoundError:
                    absent[track_id] = Availability.GONE if link.secret_token is None else Availability.PRIVATE
        listed = info.playlist(found, link, ids)
        return Listing(playlist=listed, tracks=tracks, absent=absent, complete=complete, way=WAY)

    def media(self, track: Track, stream: Stream) -> Media:
        """See ``ports.Source.media``: the track is read again, with one media call for this stream."""
        wanted = [name for name, kind in FORMATS.items() if kind == (stream.preset, stream.protocol)]
        with self._extractor(wanted, self._ask) as extract:
            found = extract(_address(f"{API}/tracks/{track.id}", track.secret_token))
        for listed in found.get("formats") or ():
            if info.kind(listed) is not None and MEDIA_HOSTS.allows(str(listed.get("url"))):
                return Media(url=str(listed["url"]), stream=stream)
        raise StreamGoneError("yt-dlp finds this stream no more.")

    def _ask(self, url: str, query: Mapping[str, str]) -> Info:
        """A media call, made through the door so that it is inside the budget; nothing when it is gone."""
        asked = f"{url}?{urlencode(query)}"
        outgoing = Outgoing(method="GET", url=asked, hosts=API_HOSTS, budget=self._media_budget, deadline=45)

        def answer() -> Info:
            reply = self._door.send(outgoing)
            if reply.status == 429:
                self._door.park(self._media_budget, 60.0)
                raise ThrottledError("SoundCloud's budget for streams is spent.", retry_after=60.0)
            if reply.status not in (200, 404):
                raise UnavailableError(f"SoundCloud answered {reply.status} to a stream's request.")
            found = reply.json() if reply.status == 200 else {}
            return found if isinstance(found, dict) and not found.get("licenseAuthToken") else {}

        return self._door.retried(answer)

    @contextmanager
    def _extractor(self, formats: Iterable[str], ask: Ask) -> Iterator[Extract]:
        """yt-dlp with nothing but its SoundCloud extractors. What it gives raises NotFoundError, UnavailableError."""
        yt_dlp = _yt_dlp()
        yt_dlp.globals.plugin_dirs.value = []  # what is installed beside us must not change what we read
        parameters = {
            "quiet": True,
            "no_warnings": True,
            "logger": _silence(),
            "cachedir": str(self._cache_dir / "yt-dlp"),
            "compat_opts": {"no-certifi"},  # or SSL_CERT_FILE would be ignored
            "extractor_args": {"soundcloud": {"formats": list(formats)}},
            "socket_timeout": 30,
            "extractor_retries": 2,
        }
        with yt_dlp.YoutubeDL(parameters, auto_init=False) as ydl:
            for name in EXTRACTORS:
                # One class per use: the built-in one keeps a user's token for everybody after.
                built_in = getattr(yt_dlp.extractor.soundcloud, name)
                kept = type(name, (_Kept, built_in), {"ask": staticmethod(ask), "_HEADERS": {}})
                ydl.add_info_extractor(kept(ydl))
            yield lambda url: self._door.retried(partial(_extracted, ydl, url), attempts=3)


class _Kept:
    """What is changed in yt-dlp's extractors.

    As they are, they ask for every artwork, ask for all tracks of a private set at once (more than fifty are
    refused) and keep the answer's order, and say in a warning only that a track is encrypted or blocked.
    """

    ask: Ask
    said: Sequence[Availability] = ()

    def _call_api(self, url: str, *words: Any, **more: Any) -> Any:  # Any: as above
        if "/media/" in url:
            return self.ask(url, more.get("query", {}))
        try:
            return super()._call_api(url, *words, **more)  # type: ignore[misc]  # stands before yt-dlp's class
        except _yt_dlp().utils.ExtractorError as error:
            status = getattr(error.cause, "status", None)
            if status is not None:
                error.cause.close()
            if status == 404:
                raise NotFoundError("yt-dlp finds nothing there.") from error
            if status == 429:
                raise ThrottledError("SoundCloud asks to slow down.", retry_after=30.0) from error
            raise

    def _extract_info_dict(self, track: Info, *words: Any, **more: Any) -> Info:  # Any: as above
        self.said = ()
        found = super()._extract_info_dict(track, *words, **more)  # type: ignore[misc]  # as above
        whole = (track.get("full_duration") or 0) / 1000 or found.get("duration")  # of a preview it gives 30 s
        return {**found, "duration": whole, "verdict": next(iter(self.said), info.verdict(found))}

    def _extract_set(self, playlist: Info, token: str | None = None) -> Info:
        for entry in playlist.get("tracks") or ():
            entry.setdefault("permalink_url", _address(f"{API}/tracks/{entry.get('id')}", token))
        found: Info = super()._extract_set(playlist, token)  # type: ignore[misc]  # as above
        return found

    def _extract_thumbnails(self, thing: Info) -> list[Info]:
        url = thing.get("artwork_url") or (thing.get("user") or {}).get("avatar_url")
        return [{"url": str(url).replace("-large.", "-t500x500.")}] if url else []

    def report_drm(self, *_: Any, **__: Any) -> None:  # Any: as above
        self.said = (Availability.PROTECTED,)

    def raise_geo_restricted(self, *_: Any, **__: Any) -> None:  # Any: as above
        self.said = (Availability.BLOCKED,)


def _yt_dlp() -> Any:  # Any: as above
    import yt_dlp.extractor.soundcloud  # noqa: PLC0415  # 90 ms that only this way pays

    return yt_dlp


def _extracted(ydl: Any, url: str) -> Info:  # Any: as above
    try:
        found = dict(ydl.extract_info(url, download=False, process=False) or {})
        if "entries" in found:  # a list's pages are read while one looks at them
            found["entries"] = [entry for entry in found["entries"] if entry is not None]
        return found
    except (_yt_dlp().utils.YoutubeDLError, OSError) as error:  # its words hold links and tokens
        words = f"yt-dlp cannot read it either ({type(error).__name__})."
        raise UnavailableError(words, hint="Try again later.") from error


def _offered(url: str, query: Mapping[str, str]) -> Info:
    """The answer to a media call that is not made."""
    return {"url": url}


def _address(url: str, token: str | None) -> str:
    """A link with its secret token, where yt-dlp looks for it."""
    if token is None:
        return url
    return f"{url}?secret_token={token}" if "//api" in url else f"{url}/{token}"


def _silence() -> logging.Logger:
    """yt-dlp's messages hold whole links; none of them is shown."""
    logger = logging.getLogger("cloudcrate.yt-dlp")
    logger.propagate = False
    if not logger.handlers:
        logger.addHandler(logging.NullHandler())
    return logger
