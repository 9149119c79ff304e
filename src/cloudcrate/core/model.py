"""The domain's values: tracks, playlists, pages, files, and what is remembered of them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import NewType

TrackId = NewType("TrackId", int)
"""SoundCloud's number of an upload (int64)."""

PlaylistId = NewType("PlaylistId", str)
"""Names a list of tracks: ``playlists:136000376``, ``tracks:1``, ``users:7:likes``, a system playlist's urn."""

PageId = NewType("PageId", str)
"""A row of the catalog: a Notion page id, or a local row's number as text."""


class Availability(Enum):
    """What of a track can be had by this account."""

    FULL = "full"
    ORIGINAL = "original"  # the uploader's own file is offered and the user is signed in
    PREVIEW = "preview"  # a 30 s snippet only
    BLOCKED = "blocked"  # not in this country, or withdrawn by its rights holder
    PROTECTED = "protected"  # encrypted streams only
    PRIVATE = "private"  # needs its secret token
    GONE = "gone"  # in the list, absent from the service


OBTAINABLE = frozenset({Availability.FULL, Availability.ORIGINAL})


class Protocol(Enum):
    """How a stream's bytes come."""

    PROGRESSIVE = "progressive"
    HLS = "hls"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stream:
    """One clear (unencrypted, whole) way to fetch a track; ``url`` answers with a signed link when asked."""

    url: str
    preset: str  # SoundCloud's name: mp3_1_0, aac_160k, opus_0_0
    protocol: Protocol
    mime: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Track:
    """One SoundCloud upload. Texts are as the service gave them: foreign until escaped."""

    id: TrackId
    title: str
    artist: str  # the publisher's artist, else the uploader
    uploader: str
    url: str
    duration_ms: int  # of the whole track, also when only a preview can be had
    availability: Availability
    artwork_url: str | None = None
    genre: str | None = None
    tags: tuple[str, ...] = ()
    label: str | None = None
    isrc: str | None = None
    released: str | None = None  # ISO date
    posted: str | None = None  # ISO date
    purchase_url: str | None = None
    streams: tuple[Stream, ...] = ()
    authorization: str | None = None  # goes with media calls; opaque
    secret_token: str | None = None
    account: str = ""  # for whom the availability holds: empty for anybody, else a digest of the token

    @property
    def seconds(self) -> float:
        """The length in seconds."""
        return self.duration_ms / 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Playlist:
    """An ordered list of track ids. A track may stand in it twice."""

    id: PlaylistId
    title: str
    owner: str
    url: str
    entries: tuple[TrackId, ...]
    artwork_url: str | None = None
    last_modified: str | None = None
    album: bool = False  # a release of its owner, not a selection


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """One reading of a playlist. ``tracks`` and ``absent`` together name every entry."""

    playlist: Playlist
    tracks: Mapping[TrackId, Track]
    absent: Mapping[TrackId, Availability] = field(default_factory=dict)  # private or gone: no metadata
    complete: bool = True  # False after --max-tracks or a reading that broke off: proves no absence
    way: str = "direct"
    notes: tuple[str, ...] = ()


class Field(Enum):
    """What a row can hold; the value is the settings file's name for it."""

    TITLE = "title"
    ARTIST = "artist"
    URL = "url"
    SOUNDCLOUD_ID = "soundcloud_id"
    PLAYLISTS = "playlists"
    DOWNLOADED = "downloaded"
    FILE_PATH = "file_path"
    DURATION = "duration"  # seconds
    GENRE = "genre"
    BPM = "bpm"
    KEY = "key"
    LABEL = "label"
    ISRC = "isrc"
    RELEASED = "released"
    POSTED = "posted"
    AVAILABILITY = "availability"  # what of the track can be had by this account


CellValue = str | int | float | bool | tuple[str, ...]
Cells = Mapping[Field, CellValue]
"""What a row holds; an empty cell is absent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A row of the catalog as it stands there now."""

    id: PageId
    cells: Cells
    trashed: bool = False
    archived: bool = False  # put away by its user, not in the trash: it is left as it is


class PlaylistState(Enum):
    """How a playlist's last run ended."""

    SYNCED = "synced"  # every row, and every file that can be had
    PARTIAL = "partial"  # something failed or was not reached
    FAILED = "failed"  # nothing could be done


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaylistFacts:
    """What a playlist's page says. A fact that is None, or that the page has no place for, is left alone."""

    url: str | None = None
    owner: str | None = None
    artwork_url: str | None = None
    tracks: int | None = None  # distinct
    state: PlaylistState | None = None
    synced_at: str | None = None  # ISO, of the last complete sync
    order: tuple[str, ...] | None = None  # the tracks' names


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogInfo:
    """Which catalog this is and what it can hold."""

    id: str  # stable: ``notion:<data source id>``, ``local:<path>``
    name: str
    fields: frozenset[Field]  # those that can be written
    needs_playlist_page: bool = False  # a playlist must be a page before rows can link to it
    url: str = ""
    notes: tuple[str, ...] = ()  # what is missing or cannot be written, in words


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredFile:
    """An audio file in the library, as it was when it was verified."""

    path: str  # relative to the library, POSIX
    size: int  # bytes
    sha256: str
    format: str  # mp3, m4a, flac, wav, aiff, opus
    bitrate: int  # bits per second, 0 when unknown
    seconds: float  # measured
    preset: str = ""  # of the stream it came from; empty: it came otherwise, or before this was kept
    stem: str = ""  # the name that cloudcrate gave it; another one at ``path`` is its user's
    checked_at: float = 0.0  # epoch seconds at which its bytes were last found to be these


@dataclass(frozen=True, slots=True, kw_only=True)
class Intent:
    """A create that was sent, or was about to be, and whose outcome is not recorded."""

    track_id: TrackId
    sent_at: float  # epoch seconds
    digest: str  # of the cells sent


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """What the ledger remembers of one track in this catalog and this library."""

    track_id: TrackId
    page_id: PageId | None = None
    written: Cells = field(default_factory=dict)  # what cloudcrate last wrote, as the catalog stored it
    offered: Cells = field(default_factory=dict)  # what the row was last compared with: no second look needed
    intent: Intent | None = None
    file: StoredFile | None = None
    unobtainable: Availability | None = None  # learnt at a download: protected
    unobtainable_at: float | None = None  # epoch seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownPlaylist:
    """A playlist synced before, or named in the settings."""

    url: str
    title: str
    owner: str = ""
    name: str = ""  # the name given by the user
    id: PlaylistId | None = None
    tracks: int = 0  # distinct, at its last complete reading
    file: str | None = None  # its playlist file, relative to the library
    last_modified: str | None = None
    synced_at: float | None = None  # epoch seconds of the last complete sync
    album: bool = False  # a release of its owner, not a selection
    artwork_url: str | None = None
    dropped: bool = False  # the user keeps it no more; its rows and files stay, and are still its own


class Origin(Enum):
    """Where a playlist that a name may mean was met; the earlier of two goes first."""

    KEPT = "kept"  # known to the ledger, or named in the settings
    NOTION = "notion"  # a page of the Playlists database
    PROFILE = "profile"  # a set, like or repost of the user's own profile
    SOUNDCLOUD = "soundcloud"  # SoundCloud's search


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A playlist that a name may mean. Texts are foreign until escaped."""

    title: str
    owner: str
    url: str = field(repr=False)  # as it stands where it was met: it may carry a secret token
    origin: Origin
    name: str = ""  # the name given by the user
    tracks: int | None = None  # as counted by whoever lists it


@dataclass(frozen=True, slots=True, kw_only=True)
class MappedColumn:
    """A column that the user has chosen for a field: by its id, which survives a renaming, or by name alone.

    Both empty: the field is to have no column. ``type`` is the one it had when it was chosen.
    """

    id: str = ""
    name: str = ""
    type: str = ""


class Choice(Enum):
    """What the user says about a track under review."""

    ADOPT = "adopt"  # this row is its row
    NEW = "new"  # none of these rows is
    SKIP = "skip"  # leave it without a row


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """A choice, and the rows it was made about: the one to adopt, or those that were refused."""

    choice: Choice
    page_ids: tuple[PageId, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenReview:
    """A track whose row only the user can tell."""

    track_id: TrackId
    page_ids: tuple[PageId, ...]
    reason: str
    playlist: str  # the name of the playlist it was met in
    since: float  # epoch seconds
