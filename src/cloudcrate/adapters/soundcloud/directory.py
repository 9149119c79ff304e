"""The Directory: playlists by name, from SoundCloud's search and from a user's profile.

A user's own sets are listed as sets; a like holds a set without its tracks; reposts come as stream items, most of
which hold a track. A page has up to 200 items.
"""

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice

from cloudcrate.adapters.soundcloud import shapes
from cloudcrate.adapters.soundcloud.client import SoundCloudClient
from cloudcrate.adapters.soundcloud.detours import ChallengedError, DetourError, ShapeError
from cloudcrate.adapters.soundcloud.shapes import Json
from cloudcrate.adapters.soundcloud.source import CAPTCHA_HINT, SHAPE_HINT
from cloudcrate.core.model import Candidate, Origin
from cloudcrate.core.text import visible
from cloudcrate.errors import LinkError, NotFoundError, UnavailableError
from cloudcrate.ports.world import Shelf

LISTS = {
    Shelf.SETS: "/users/{}/playlists",
    Shelf.LIKES: "/users/{}/playlist_likes",
    Shelf.REPOSTS: "/stream/users/{}/reposts",
}
MOST = 1000
"""Entries of a shelf that are read."""

LONGEST = 200
"""Characters of what is searched for; the rest is cut off."""

_PROFILE = re.compile(r"(?:(?:https?://)?(?:(?:www|m)\.)?soundcloud\.com/)?([\w-]+)(?:[/?#]\S*)?", re.IGNORECASE)


class SoundCloudDirectory:
    """See ``ports.Directory``. Who a profile's link names is asked once."""

    def __init__(self, client: SoundCloudClient) -> None:
        self._client = client
        self._users: dict[str, int] = {}
        self._lock = threading.Lock()

    def search(self, words: str, limit: int) -> tuple[Candidate, ...]:
        """See ``ports.Directory.search``."""
        asked = {"q": words[:LONGEST], "limit": str(limit), "offset": "0", "linked_partitioning": "1"}
        with _directly():
            answer = self._client.get("/search/playlists", asked)
            found = answer.get("collection") if isinstance(answer, dict) else None
            if not isinstance(found, list) or not all(isinstance(item, dict) for item in found):
                raise ShapeError("a search without results")
            return tuple(_candidate(item, Origin.SOUNDCLOUD) for item in found[:limit])

    def of_profile(self, url: str, shelf: Shelf) -> tuple[Candidate, ...]:
        """See ``ports.Directory.of_profile``."""
        with _directly():
            listed = self._client.pages(LISTS[shelf].format(self._user(url)))
            return tuple(_candidate(item, Origin.PROFILE) for item in _playlists(islice(listed, MOST), shelf))

    def _user(self, url: str) -> int:
        page = profile_page(url)
        with self._lock:
            if page not in self._users:
                found = self._client.find("/resolve", {"url": page})
                if found is None:
                    raise NotFoundError(f"SoundCloud has no profile {visible(page)}.", hint="Check it for typos.")
                if not isinstance(found, dict) or found.get("kind") != "user":
                    raise ShapeError("not what a profile's link leads to")
                self._users[page] = shapes.number(found)
            return self._users[page]


def profile_page(given: str) -> str:
    """The link to a user's page, from one to it or to what is below it, or from the name it ends with.

    Raises: LinkError.
    """
    found = _PROFILE.fullmatch(given.strip())
    if found is None:
        raise LinkError(
            f"“{visible(given)[:80]}” is no SoundCloud profile.", hint="Give its link: https://soundcloud.com/USER"
        )
    return f"https://soundcloud.com/{found[1]}"


@contextmanager
def _directly() -> Iterator[None]:
    """There is no second way to look something up: what would lead to it ends the lookup."""
    try:
        yield
    except DetourError as error:
        hint = CAPTCHA_HINT if isinstance(error, ChallengedError) else SHAPE_HINT
        raise UnavailableError(f"{error}.", hint=hint) from error


def _playlists(listed: Iterator[object], shelf: Shelf) -> Iterator[Json]:
    for item in listed:
        if not isinstance(item, dict):
            raise ShapeError("an item that is no object")
        held = item if shelf is Shelf.SETS else item.get("playlist")
        if isinstance(held, dict):
            yield held


def _candidate(item: Json, origin: Origin) -> Candidate:
    """A playlist as it stands in a list, with its public link. Raises: ShapeError."""
    found, counted = shapes.playlist(item, ()), item.get("track_count")
    return Candidate(
        title=found.title,
        owner=found.owner,
        url=found.url,
        origin=origin,
        tracks=counted if isinstance(counted, int) and not isinstance(counted, bool) else None,
    )
