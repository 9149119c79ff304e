"""Time, and where playlists and tracks come from."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Protocol

from cloudcrate.core.link import Link
from cloudcrate.core.model import Candidate, Listing, Stream, Track, TrackId


class Clock(Protocol):
    """Time. ``now`` may jump when somebody sets the clock; ``monotonic`` never does."""

    def now(self) -> float:
        """Seconds since the epoch, UTC."""

    def monotonic(self) -> float:
        """Seconds since some fixed moment, never going back."""

    def sleep(self, seconds: float) -> None:
        """Waits. Raises: StoppedError as soon as the user asks to stop."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Media:
    """A signed link to a stream's bytes (progressive) or playlist (HLS). It lives for minutes."""

    url: str
    stream: Stream


class Source(Protocol):
    """Where playlists and tracks come from. Reads only."""

    def read(self, link: Link, *, limit: int | None, known: Mapping[TrackId, Track]) -> Listing:
        """Reads what ``link`` names, in as few requests as can be.

        Entries keep their order and repetitions. Tracks in ``known`` are not asked for again. With
        ``limit`` only the first so many entries are read, and the listing is not complete. Ids that the
        service leaves out stand in ``absent``.

        Raises: NotFoundError (deleted, private or mistyped), CredentialsError, UnavailableError.
        """

    def media(self, track: Track, stream: Stream) -> Media:
        """Asks for the signed link of one stream: one request, inside the media budget.

        Raises: StreamGoneError (the service has no clear stream behind it any more), UnavailableError.
        """


class Shelf(Enum):
    """Where playlists stand on a user's profile."""

    SETS = "sets"  # their own
    LIKES = "likes"
    REPOSTS = "reposts"


class Directory(Protocol):
    """Where playlists are looked up by name. Reads only, public playlists foremost.

    Every method raises CredentialsError, UnavailableError and ThrottledError.
    """

    def search(self, words: str, limit: int) -> tuple[Candidate, ...]:
        """The first ``limit`` playlists that the service's own search finds, in its order: one request."""

    def of_profile(self, url: str, shelf: Shelf) -> tuple[Candidate, ...]:
        """The playlists on one shelf of a user's profile, newest first; ``url`` is the profile's link, or its name.

        Of a long shelf the newest part, at least a thousand entries. Raises: NotFoundError when there is no such user.
        """
