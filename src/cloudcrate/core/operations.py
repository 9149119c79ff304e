"""What can be done to a track and a playlist, as plain values, and the plan that holds them."""

from dataclasses import dataclass, field
from enum import Enum
from typing import ClassVar

from cloudcrate.core.model import Availability, Cells, Field, PageId, PlaylistId, StoredFile, TrackId


class Side(Enum):
    """What an operation is about: the track's row or its file."""

    ROW = "row"
    FILE = "file"


class State(Enum):
    """Why a side is left as it is; the report counts by it."""

    UNCHANGED = "unchanged"  # the row is as it should be, or the file is there
    NO_METADATA = "no_metadata"
    UNOBTAINABLE = "unobtainable"
    NOT_ASKED = "not_asked"
    REMOVED = "removed"  # the user removed it; it does not come back by itself
    SKIPPED = "skipped"  # the user wants no row for it


@dataclass(frozen=True, slots=True, kw_only=True)
class EnsurePlaylistPage:
    """Makes the page that rows link to."""

    TAGGED: ClassVar = True
    name: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CreatePage:
    """Adds the track's row."""

    TAGGED: ClassVar = True
    cells: Cells
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AdoptPage:
    """Takes a row that was there already as the track's, and fills its empty cells."""

    TAGGED: ClassVar = True
    page_id: PageId
    cells: Cells
    settled: Cells
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdatePage:
    """Writes cells of the track's row."""

    TAGGED: ClassVar = True
    page_id: PageId
    cells: Cells
    settled: Cells
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Unlink:
    """Takes the playlist off the row of a track that has left it; the row and the file stay."""

    TAGGED: ClassVar = True
    page_id: PageId
    cells: Cells  # empty when the row does not name the playlist any more
    settled: Cells
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Download:
    """Fetches, verifies, tags and places the file. The extension comes from the content."""

    TAGGED: ClassVar = True
    stem: str
    presets: tuple[str, ...]  # of the streams to try, best first
    reason: str
    convert: str = ""  # the format to convert it to, where its source allows that
    replaces: StoredFile | None = None  # the file of lesser quality that goes to quarantine for it


@dataclass(frozen=True, slots=True, kw_only=True)
class Relink:
    """Remembers that the file has moved within the library."""

    TAGGED: ClassVar = True
    file: StoredFile
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """Gives the file another name within the library; its bytes stay."""

    TAGGED: ClassVar = True
    file: StoredFile
    stem: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Quarantine:
    """Moves a file that no playlist wants any more out of the way, from where it can be taken back."""

    TAGGED: ClassVar = True
    file: StoredFile
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordFile:
    """Writes into the row that the file is there and where, once it is."""

    TAGGED: ClassVar = True
    fields: tuple[Field, ...]  # those of its cells that are not the user's
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """Leaves the choice to the user: several rows could be the track's."""

    TAGGED: ClassVar = True
    page_ids: tuple[PageId, ...]
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Leave:
    """Does nothing, for a reason. ``settled`` are cells that need no look next time."""

    TAGGED: ClassVar = True
    side: Side
    state: State
    reason: str
    availability: Availability | None = None
    hint: str = ""  # what could help
    path: str = ""  # of a file that is there
    settled: Cells = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class WritePlaylistFile:
    """Rewrites the playlist file from the files that are there when the tracks are done."""

    TAGGED: ClassVar = True
    path: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WritePlaylistFolder:
    """Makes the folder of the playlist hold its files in order, as further names of them or as copies."""

    TAGGED: ClassVar = True
    path: str
    how: str  # links, copies
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordPlaylist:
    """Writes into the playlist's page how it stands, when the tracks are done."""

    TAGGED: ClassVar = True
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LeavePlaylist:
    """Leaves the playlist's own file or page as it is."""

    TAGGED: ClassVar = True
    reason: str


RowOperation = CreatePage | AdoptPage | UpdatePage | Unlink | RecordFile | Review
FileOperation = Download | Move | Quarantine | Relink
TrackOperation = RowOperation | FileOperation | Leave
PlaylistOperation = EnsurePlaylistPage | WritePlaylistFile | WritePlaylistFolder | RecordPlaylist | LeavePlaylist
Operation = TrackOperation | PlaylistOperation


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """One track's operations, in order: the unit of work."""

    track_id: TrackId
    title: str  # for people; empty without metadata
    position: int  # of its first entry, from 1; 0 when it has left the playlist
    operations: tuple[TrackOperation, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Everything one run will do. A value: it prints, serialises and compares."""

    playlist_id: PlaylistId
    name: str
    url: str
    catalog: str
    entries: int  # with repetitions
    opening: tuple[PlaylistOperation, ...]
    units: tuple[Unit, ...]
    departures: tuple[Unit, ...]  # of tracks that have left the playlist
    closing: tuple[PlaylistOperation, ...]
    notes: tuple[str, ...]
    basis: str  # digest of all the rest: what is looked at and what is carried out are the same when it is

    @property
    def changes(self) -> int:
        """How many operations change anything."""
        units = (*self.units, *self.departures)
        every = (*self.opening, *(o for unit in units for o in unit.operations), *self.closing)
        return sum(map(changes_something, every))


def changes_something(operation: Operation) -> bool:
    """Says whether an operation does anything but to leave things as they are."""
    return not isinstance(operation, (Leave, LeavePlaylist, Review))
