"""The table of tracks, its playlists, and how it is set up."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from cloudcrate.core.model import Candidate, CatalogInfo, Cells, Field, Page, PageId, PlaylistFacts, Track


class Catalog(Protocol):
    """A table of tracks, one row each: a Notion data source or a local file."""

    def open(self) -> CatalogInfo:
        """Checks access and learns which fields there are; cheap when called again.

        Raises: CredentialsError, NotSharedError, UsageError (no title column we can use).
        """

    def find(self, tracks: Sequence[Track], *, exact: bool = False) -> tuple[Page, ...]:
        """Rows that could belong to one of ``tracks``: same id, same link, or a title and a length that may fit.

        Every row with the same SoundCloud id or link is in the answer, archived ones included, unless it
        is in the trash; judging is not done here. ``exact``: only by the best key the catalog has, enough
        to find what was just made; what it answers then is no older than the call.
        Reads in blocks, never a request per track. Raises: UnavailableError rather than answer in part.
        """

    def get(self, pages: Mapping[PageId, Track]) -> dict[PageId, Page]:
        """These rows as they stand now; trashed or deleted ones come back with ``trashed``.

        The tracks are given because looking many rows up by their key is cheaper than by page.
        """

    def every_row(self) -> tuple[Page, ...]:
        """All rows outside the trash; one that its user has moved there since may be among them.

        Raises: UnavailableError rather than answer in part.
        """

    def create(self, cells: Cells, track: Track, *, announce: Callable[[], None]) -> Page:
        """Adds a row: one write, never repeated inside.

        ``announce`` is called once, just before the request goes out and after any waiting: the caller
        records its intent there. The answer holds the cells as stored. ``track`` gives what is not a
        cell (the cover).
        Raises: UnknownOutcomeError when the row may exist; RejectedError when this row is refused.
        """

    def update(self, page_id: PageId, cells: Cells) -> Page:
        """Sets these cells of a row, all in one write, and leaves every other cell alone.

        Repeating it is harmless. An empty tuple or an empty text empties the cell.
        Raises: NotFoundError when the row is gone; RejectedError.
        """

    def trash(self, page_id: PageId) -> None:
        """Moves a row to the trash, from where its user can take it back. Repeating it is harmless."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TableChoice:
    """A table that may be meant, or a page that may hold one."""

    id: str
    name: str  # fit to be shown
    place: str = ""  # in what it lies, to tell two of one name apart
    url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnChoice:
    """The column proposed for a field and why, or why there is none (``column`` is empty then)."""

    field: Field
    column: str  # its name
    id: str
    type: str
    reason: str


class CatalogSetup(Protocol):
    """Finding or making the tables of a catalog, and agreeing on their columns.

    Every method raises CredentialsError (NotSharedError included), UnavailableError and UsageError.
    """

    def workspace(self) -> str:
        """Whose token this is, in words: the integration and its workspace."""

    def tables(self, name: str) -> tuple[TableChoice, ...]:
        """The tables that the token sees and whose title is ``name`` (folded), newest first."""

    def tables_at(self, given: str) -> tuple[TableChoice, ...]:
        """The tables behind an id or a link: one, or several of which the user must choose."""

    def parents(self) -> tuple[TableChoice, ...]:
        """The pages that the token sees and under which tables can be made."""

    def create_tables(self, parent: str | None) -> tuple[TableChoice, TableChoice]:
        """Makes "Music Tracks" and "Playlists", related both ways, below a page (None: at the top).

        Repeating it after a failure makes none twice below the same page.
        """

    def propose(self, table: str, *, playlists: str | None = None) -> tuple[ColumnChoice, ...]:
        """A column for every field, or why there is none; changes nothing.

        ``playlists``: the table that a relation of playlists must lead to.
        """

    def add_missing(self, table: str, fields: Collection[Field], *, playlists: str | None = None) -> None:
        """Adds columns for these fields, in one write; with ``playlists`` as a relation to that table."""


class PlaylistPages(Protocol):
    """The part of a catalog in which a playlist is a page that rows link to.

    Only used when ``CatalogInfo.needs_playlist_page``, but for ``named``. After ``ensure_page`` (or when
    ``has_page`` said True) the name can be written into the PLAYLISTS cell of a row.
    """

    def has_page(self, name: str) -> bool:
        """Says whether the playlist ``name`` has a page already."""

    def ensure_page(self, name: str, facts: PlaylistFacts) -> None:
        """Makes the playlist's page if there is none: looks before it creates."""

    def lacks(self, name: str, facts: PlaylistFacts) -> tuple[str, ...]:
        """Which of these facts its page would have to be told, in words; the time of a sync counts for none.

        What its user has put there is never in the answer.
        """

    def tell(self, name: str, facts: PlaylistFacts) -> bool:
        """Writes what its page lacks, in one write, and the time along with it; says whether it wrote."""

    def named(self) -> tuple[Candidate, ...]:
        """The playlists that have a page with a link to music on SoundCloud; none where playlists are no pages.

        The link is as it stands there. Raises: CredentialsError, NotSharedError, UnavailableError.
        """
