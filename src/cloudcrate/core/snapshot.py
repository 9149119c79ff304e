"""What planning looks at, as one value: what is listed, what is there, what is remembered and what is wished."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from cloudcrate.core import naming, quality
from cloudcrate.core.model import (
    CatalogInfo,
    Decision,
    KnownPlaylist,
    Listing,
    Memory,
    Page,
    PageId,
    StoredFile,
    TrackId,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """What the user asked for."""

    download: bool = True
    rows: bool = True  # False: files only, and the catalog is left as it is
    restore: bool = False  # fetch again what the user removed
    recreate: bool = False  # make rows again that the user removed
    write_order: bool = False  # write the order of the tracks into the playlist's page
    max_removals: int | None = None  # so many tracks may leave at once, even if they are more than half
    recheck: bool = False  # try what was found to be protected again
    upgrade: bool = False  # fetch what is offered in a better quality than the file's
    mirror: bool = False  # files that no playlist wants go to quarantine
    prefer: tuple[str, ...] = quality.PREFERRED  # kinds of streams, best first
    convert: str = ""  # the format that files are converted to, where their source allows that
    convert_lossy: bool = False  # and where it has lost something already
    keep_original: bool = False  # keep what was converted as it came, too
    template: str = naming.TEMPLATE
    playlist_folder: str = ""  # links, copies: a folder per playlist besides its file


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """All that planning needs, read once."""

    listing: Listing
    name: str  # of the playlist, in the catalog and on disk
    catalog: CatalogInfo
    has_playlist_page: bool
    playlist_page_lacks: tuple[str, ...]  # what its page would have to be told, even if nothing else changes
    pages: tuple[Page, ...]  # candidates, and the current state of rows that may be written
    memory: Mapping[TrackId, Memory]
    page_owners: Mapping[PageId, TrackId]
    present: Mapping[TrackId, StoredFile]  # files that are in the library now
    taken: Mapping[str, TrackId]  # library paths without suffix, as naming.path_key, and whose they are
    playlist_file: str  # its path
    playlist_lines: tuple[str, ...] | None  # what it lists now
    known: KnownPlaylist | None  # from the last sync
    folder_lines: tuple[str, ...] | None = None  # what the playlist's folder holds, as paths in the library
    vanished: int = 0  # entries of the last complete reading that this one does not have
    departed: Mapping[TrackId, PageId] = field(default_factory=dict)  # rows that are linked and should not be
    labels: Mapping[TrackId, str] = field(default_factory=dict)  # names of departed tracks, as far as they are known
    decisions: Mapping[TrackId, Decision] = field(default_factory=dict)
    unwanted: Mapping[TrackId, StoredFile] = field(default_factory=dict)  # files of tracks in no playlist, to mirror
    kept_files: int = 0  # of the library, as far as recorded
    wishes: Wishes = field(default_factory=Wishes)
