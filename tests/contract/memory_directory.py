"""Playlists to be looked up, in memory: held to the same contract as SoundCloud's."""

from collections.abc import Iterable, Mapping, Sequence

from cloudcrate.core.model import Candidate
from cloudcrate.errors import CloudcrateError, NotFoundError
from cloudcrate.ports.world import Shelf


class MemoryDirectory:
    """A directory. ``asked``: what it was asked; ``trouble``: what it raises, by ``search`` or by shelf."""

    def __init__(
        self,
        found: Iterable[Candidate] = (),
        shelves: Mapping[tuple[str, Shelf], Sequence[Candidate]] | None = None,
    ) -> None:
        self._found = tuple(found)
        self._shelves = dict(shelves or {})
        self.asked: list[str] = []
        self.trouble: dict[str, CloudcrateError] = {}

    def search(self, words: str, limit: int) -> tuple[Candidate, ...]:
        """See ``ports.Directory.search``: all words stand in title and owner."""
        self._ask("search", words)
        wanted = words.casefold().split()
        found = [c for c in self._found if all(word in f"{c.title} {c.owner}".casefold() for word in wanted)]
        return tuple(found[:limit])

    def of_profile(self, url: str, shelf: Shelf) -> tuple[Candidate, ...]:
        """See ``ports.Directory.of_profile``."""
        self._ask(shelf.value, url)
        if not any(profile == url for profile, _ in self._shelves):
            raise NotFoundError(f"There is no profile {url}.")
        return tuple(self._shelves.get((url, shelf), ()))

    def _ask(self, what: str, words: str) -> None:
        self.asked.append(f"{what} {words}")
        if what in self.trouble:
            raise self.trouble[what]
