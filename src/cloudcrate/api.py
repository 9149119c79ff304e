"""The Python functions: what scripts do with cloudcrate, over the same verbs as its commands.

Every function reads the settings as the commands do (environment, ``.env``, settings file); ``library``, ``state``,
``database`` and ``jobs`` given to it go before them. Without a Notion database all of them work on the local
catalog. They print nothing, install no signal handlers and may be called in any thread; calls on one state take turns
where they write. An interrupt (KeyboardInterrupt) is raised when what is in flight is finished and recorded; the same
call goes on from there.

Every function raises CloudcrateError, each with a message, a ``hint`` and a ``code``: UsageError when the words or
settings cannot be understood (LinkError, NotFoundError and AmbiguousError among them), CredentialsError, RefusedError
when a guard says no, UnavailableError, ThrottledError, DiskError, StateError, BusyError.
"""

import os
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TypedDict, TypeVar, Unpack

from cloudcrate import api_values as values
from cloudcrate import bootstrap, settings
from cloudcrate.api_values import PlaylistTracks, SyncStatistics, Track, TrackAdded, TrackMatch
from cloudcrate.app.foreground import Hearing, Progress, attend
from cloudcrate.app.gather import Order
from cloudcrate.app.matching import REMOVED, Described, Judged
from cloudcrate.app.service import Service
from cloudcrate.core import match, text
from cloudcrate.core.link import Link, LinkKind, parse_link
from cloudcrate.core.model import PlaylistId, TrackId
from cloudcrate.core.report import Report
from cloudcrate.errors import UsageError
from cloudcrate.ports.running import Listener
from cloudcrate.settings import Settings

__all__ = [
    "Places",
    "Progress",
    "add_track_to_notion",
    "check_track_exists",
    "extract_playlist_tracks",
    "sync_and_download_playlist",
    "sync_playlist_to_notion",
]


class Places(TypedDict, total=False):
    """Where things are, in place of what the settings say."""

    library: str | os.PathLike[str]  # the folder of the audio files, or s3://BUCKET/PREFIX
    state: str | os.PathLike[str]  # what cloudcrate remembers: a folder, or postgresql://HOST/NAME
    database: str  # the Notion database of the tracks: its id or its link
    jobs: int  # downloads at once


def extract_playlist_tracks(
    url: str, *, max_tracks: int | None = None, refresh: bool = False, **places: Unpack[Places]
) -> PlaylistTracks:
    """What a playlist lists at SoundCloud now. No row and no file is looked at; Notion is not asked.

    ``url``: a link to a playlist, a track, or a user's tracks, likes, reposts or albums; a known playlist's name will
    do. ``max_tracks``: only the first so many entries. ``refresh``: read all metadata again, else after seven days.
    """
    _check_count(max_tracks)

    def work(service: Service, _: Settings) -> PlaylistTracks:
        order = replace(service.order(url, limit=max_tracks).order, refresh=refresh)
        return values.playlist_tracks(service.matching.listing(order))

    return _served(work, places)


def check_track_exists(
    title: str = "",
    artist: str = "",
    soundcloud_url: str = "",
    *,
    seconds: float | None = None,
    **places: Unpack[Places],
) -> TrackMatch:
    """Whether the catalog has a row of this track, by the rules of a sync. Nothing is written.

    A link is the surest: a track met before is known by it, else it is read at SoundCloud, which tells its id, title,
    artist and length; ``title`` and ``artist`` then do not count. Without one, or when SoundCloud cannot be asked,
    title, artist and length (``seconds``, ± 2 s) must all fit. What is unsure is ``exists=None`` with its candidates
    and a reason, never a guess: so is every title without a length.
    """
    described = Described(title=title, artist=artist, url=soundcloud_url, seconds=seconds)
    return _served(lambda service, _: values.track_match(service.matching.match(described)), places)


def add_track_to_notion(
    track: str | int | Track, dry_run: bool = False, *, playlist_name: str = "", **places: Unpack[Places]
) -> TrackAdded:
    """Sees to it that a track has exactly one row; fetches no file. Calling it again changes nothing.

    ``track``: its link, its SoundCloud id, or a ``Track`` of ``extract_playlist_tracks``. A row that is there is
    found by the rules of a sync and taken over; where only you can tell, ``outcome`` is ``review``; a row that you
    removed is not made again. ``playlist_name``: what stands in the column Playlists, else the track's own title;
    the name of a playlist that is kept is refused, because that playlist's own page would be told of this one track.
    With ``dry_run``: what would be done.
    """

    def work(service: Service, found: Settings) -> TrackAdded:
        return _Adding(service, found, playlist_name).add(track, foretell=dry_run)

    return _served(work, places)


def sync_playlist_to_notion(
    url: str,
    *,
    max_tracks: int | None = None,
    dry_run: bool = False,
    playlist_name: str = "",
    refresh: bool = False,
    on_progress: Callable[[Progress], None] | None = None,
    **places: Unpack[Places],
) -> SyncStatistics:
    """Gives every track of a playlist exactly one row; fetches no files.

    ``url``, ``max_tracks``, ``refresh``: as in ``extract_playlist_tracks``; a part of a playlist removes nothing.
    ``playlist_name``: its name in the catalog and on disk. ``dry_run``: nothing is changed, and the statistics are
    those that the plan leads to. ``on_progress`` is called in the calling thread; what it raises stops the run as an
    interrupt does. Tracks that fail are in ``errors`` and are tried again by the next call; what ends the whole run
    is raised, and what was done by then stays.
    """
    asked = _Asked(url=url, download=False, limit=max_tracks, name=playlist_name, refresh=refresh, foretell=dry_run)
    return _served(asked.answer, places, on_progress)


def sync_and_download_playlist(
    url: str,
    *,
    max_tracks: int | None = None,
    dry_run: bool = False,
    playlist_name: str = "",
    refresh: bool = False,
    on_progress: Callable[[Progress], None] | None = None,
    **places: Unpack[Places],
) -> SyncStatistics:
    """Gives every track of a playlist one row and, where it can be had, one verified and tagged file.

    The arguments are those of ``sync_playlist_to_notion``; files go to ``library``. A track that cannot be had counts
    in ``files_unobtainable`` and is no error; ``report.unfinished`` says why and what would help.
    """
    asked = _Asked(url=url, download=True, limit=max_tracks, name=playlist_name, refresh=refresh, foretell=dry_run)
    return _served(asked.answer, places, on_progress)


# --- how they are answered ----------------------------------------------------------------------


Answer = TypeVar("Answer")


def _served(work: Callable[[Service, Settings], Answer], places: Places, hear: Hearing | None = None) -> Answer:
    """Opens the service and does the work. Raises: TypeError for an unknown argument; what the work raises."""
    for name in places:
        if name not in Places.__annotations__:
            raise TypeError(f"unexpected keyword argument {name!r}; there are {', '.join(Places.__annotations__)}")
    loaded = settings.load({**places})

    def opened(listener: Listener, stop: threading.Event, say: Callable[[str], None]) -> Answer:
        with bootstrap.service(loaded, listener=listener, say=say, wait=True, stop=stop) as service:
            return work(service, loaded)

    return attend(opened, hear)


def _check_count(max_tracks: int | None) -> None:
    if max_tracks is not None and max_tracks < 1:
        raise UsageError(f"max_tracks is {max_tracks}; it should be at least 1.", hint="Leave it out for all tracks.")


def _foretold(service: Service, found: Settings, order: Order) -> Report:
    """What a sync would report."""
    began = time.monotonic()
    plan = service.preview(order)
    library = found.library_url or str(found.library)
    return values.foretold(plan, library=library, seconds=time.monotonic() - began)


def _carried_out(service: Service, order: Order) -> Report:
    """What a sync reports. Raises: what ended it before its time, with a note of how far it was."""
    ended = service.sync(order)
    if ended.error is not None:
        told = values.statistics(ended.report)
        rows, files = told.tracks_added + told.tracks_updated, told.files_downloaded
        ended.error.add_note(
            f"Of {told.total_tracks} tracks, {rows} rows were written and {files} files fetched before."
        )
        raise ended.error
    return ended.report


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """A sync, as it was asked for."""

    url: str
    download: bool
    limit: int | None
    name: str
    refresh: bool
    foretell: bool

    def answer(self, service: Service, found: Settings) -> SyncStatistics:
        """Plans it, or carries it out."""
        _check_count(self.limit)
        asked = service.order(self.url, limit=self.limit, download=self.download).order
        wishes = replace(asked.wishes, download=self.download, rows=True)
        order = replace(asked, name=self.name or asked.name, refresh=self.refresh, wishes=wishes)
        ended = _foretold(service, found, order) if self.foretell else _carried_out(service, order)
        return values.statistics(ended, dry_run=self.foretell)


class _Adding:
    """Gives one track its row, by a sync of the track's own link."""

    def __init__(self, service: Service, found: Settings, name: str) -> None:
        self._service = service
        self._settings = found
        self._name = text.clean(name)

    def add(self, track: str | int | Track, *, foretell: bool) -> TrackAdded:
        """See ``add_track_to_notion``."""
        self._refuse_kept_names()
        link, url = self._link_of(track)
        before = self._service.matching.match(Described(url=url))
        is_row = isinstance(before.found, match.Found) and before.reason == match.REMEMBERED
        if before.track_id is not None and (before.reason == REMOVED or (is_row and not self._name)):
            outcome = "removed" if before.reason == REMOVED else "unchanged"
            title = self._title(before.track_id)
            return values.track_added(before.track_id, title, before, outcome=outcome, dry_run=foretell)
        return self._synced(link, url, before, foretell=foretell)

    def _synced(self, link: Link, url: str, before: Judged, *, foretell: bool) -> TrackAdded:
        service = self._service
        wishes = replace(service.usual, download=False, rows=True, playlist_folder="")
        order = Order(link=link, name=self._name, wishes=wishes)
        kept = {playlist.id for playlist in service.known()}
        ended = _foretold(service, self._settings, order) if foretell else _carried_out(service, order)
        result = ended.tracks[0]
        if not foretell:
            self._drop(PlaylistId(f"tracks:{result.track_id}"), kept)
        after = before if foretell else service.matching.match(Described(url=url))
        return values.track_added(
            result.track_id, result.title, after, outcome=result.row.value, result=result, dry_run=foretell
        )

    def _drop(self, single: PlaylistId, kept: set[PlaylistId | None]) -> None:
        """A track that was added is no playlist that is kept and synced again, unless it was one before."""
        for playlist in self._service.known():
            if playlist.id == single and single not in kept:
                self._service.drop(playlist)

    def _link_of(self, track: str | int | Track) -> tuple[Link, str]:
        """The link of one track. Raises: UsageError, LinkError."""
        url = track.link if isinstance(track, Track) else str(track).strip()
        if url.isdecimal():
            known = self._service.matching.known(TrackId(int(url)))
            url = values.link_to(known) if known is not None else values.by_number(int(url))
        link = parse_link(url)
        if link is not None and link.kind is LinkKind.SHORT:
            listing = self._service.matching.listing(Order(link=link, limit=1))
            first = next(iter(listing.tracks.values()), None)
            single = first is not None and listing.playlist.id == f"tracks:{first.id}"
            url = values.link_to(first) if first is not None and single else ""
            link = parse_link(url)
        if link is None or link.kind is not LinkKind.TRACK:
            raise UsageError(
                "This does not lead to one track.", hint="Give the track's own link, or its SoundCloud id."
            )
        return link, url

    def _refuse_kept_names(self) -> None:
        if self._name and any(values.is_name_of(playlist, self._name) for playlist in self._service.known()):
            raise UsageError(
                f"{text.visible(self._name)!r} is the name of a playlist that is kept.",
                hint="Its own page would be told of this one track. Give another name.",
            )

    def _title(self, track_id: TrackId) -> str:
        known = self._service.matching.known(track_id)
        return f"{known.artist} - {known.title}" if known is not None else ""
