"""Playlists that are kept, among them some whose names look like sentences, and somebody who asks for them."""

from collections.abc import Sequence

import pytest
from memory_directory import MemoryDirectory

from cloudcrate.adapters.likeness import ratio
from cloudcrate.app.asking import Asking
from cloudcrate.app.finder import Finder
from cloudcrate.core.model import Candidate, KnownPlaylist, Origin, PlaylistId
from cloudcrate.core.snapshot import Wishes
from cloudcrate.errors import UsageError

COLLECTIVE = KnownPlaylist(url="https://soundcloud.com/lo/sets/all", title="All Tracks", owner="all:Lo Collective")
BUS = KnownPlaylist(
    url="https://soundcloud.com/ada/sets/bus", title="Night Bus", owner="Ada", id=PlaylistId("playlists:1")
)
LONG_BUS = KnownPlaylist(url="https://soundcloud.com/ada/sets/bus-2", title="Night Bus Home", owner="Ada", name="gym")
SAME_TITLE = KnownPlaylist(url="https://soundcloud.com/eve/sets/bus", title="night bus", owner="Eve")
DOWNLOAD = KnownPlaylist(url="https://soundcloud.com/bob/sets/d", title="Download", owner="Bob")
DONT_STOP = KnownPlaylist(url="https://soundcloud.com/cat/sets/ds", title="Don't Stop", owner="Cat")
FIRST_50 = KnownPlaylist(url="https://soundcloud.com/dan/sets/f", title="First 50", owner="Dan")
STOP = KnownPlaylist(url="https://soundcloud.com/dan/sets/s", title="Stop", owner="Dan")
WHAT = KnownPlaylist(url="https://soundcloud.com/fay/sets/w", title="Ready?", owner="Fay")
ODD = KnownPlaylist(url="https://soundcloud.com/gus/sets/o", title="C++ (u|b) [x]*", owner="Gus")
SITE = KnownPlaylist(url="https://soundcloud.com/gus/sets/s", title="example.com/mixes", owner="Gus")
KNOWN = (COLLECTIVE, BUS, LONG_BUS, DOWNLOAD, DONT_STOP, FIRST_50, STOP, WHAT, ODD, SITE)

CABLE = Candidate(
    title="Cable Car", owner="Hal", url="https://soundcloud.com/hal/sets/cable", origin=Origin.SOUNDCLOUD, tracks=3
)


class World:
    """What is kept, and what SoundCloud's search finds."""

    def __init__(self, known: Sequence[KnownPlaylist] = KNOWN, found: Sequence[Candidate] = (CABLE,)) -> None:
        self.directory = MemoryDirectory(found)
        self.asking = Asking(lambda: known, Finder(lambda: known, None, self.directory, "", ratio))

    def urls(self, words: str, usual: Wishes | None = None) -> list[str]:
        """The links of the syncs that words ask for."""
        found = self.asking.understood(self.asking.request(words), usual or Wishes())
        return [one.order.link.url for one in found]

    def refused(self, words: str) -> UsageError:
        with pytest.raises(UsageError) as caught:
            self.urls(words)
        return caught.value
