"""Finds the playlist that a name means: first where looking costs nothing, last in SoundCloud's search.

A place is only asked when those before it name no playlist clearly, and what they hold counts on: a stranger's
playlist of the same name does not go before two of the user's own that are equally meant.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice
from urllib.parse import urlsplit

from cloudcrate.core.likeness import Rated, Ratio, Verdict, judge, rate, searchable
from cloudcrate.core.link import parse_link
from cloudcrate.core.model import Candidate, KnownPlaylist, Origin
from cloudcrate.core.redaction import redacted
from cloudcrate.core.text import visible
from cloudcrate.errors import (
    AmbiguousError,
    CredentialsError,
    LinkError,
    RejectedError,
    ThrottledError,
    UnavailableError,
    UsageError,
)
from cloudcrate.ports.catalog import PlaylistPages
from cloudcrate.ports.world import Directory, Shelf

RESULTS = 20
"""Playlists that SoundCloud's search is asked for: one page of its own."""

OFFERED = 10
"""Playlists that are offered to choose from."""

LONGEST = 80
"""Characters of a foreign text that are shown."""

FAILURES = (UnavailableError, ThrottledError, CredentialsError, RejectedError, UsageError)
"""What ends looking in one place; anything else ends the search."""

GIVE_LINK = "Give the playlist's SoundCloud link: https://soundcloud.com/USER/sets/PLAYLIST"


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """The playlist that a name means."""

    candidate: Candidate
    by_owner: bool = False  # the name is only its owner's
    notes: tuple[str, ...] = ()  # where could not be looked before it was found, in words


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """Somewhere to look. The places of one ``group`` are told of together, with what ``group`` says of their number."""

    name: str
    group: Callable[[int], str]
    look: Callable[[], Sequence[Candidate]]


class Finder:
    """Looks a name up among the playlists kept, in Notion, on the user's profile and on SoundCloud.

    ``pages``: None when playlists are no pages. ``directory``: None to ask nobody. ``profile``: the link to the user's
    profile, or its name; empty for none. ``ratio``: see ``core.likeness``.
    """

    def __init__(
        self,
        known: Callable[[], Sequence[KnownPlaylist]],
        pages: PlaylistPages | None,
        directory: Directory | None,
        profile: str,
        ratio: Ratio,
    ) -> None:
        self._known = known
        self._pages = pages
        self._directory = directory
        self._profile = profile.strip()
        self._ratio = ratio

    def find(self, name: str, *, kept_only: bool = False) -> Found:
        """The playlist that ``name`` means: a title, an owner or both. ``kept_only``: asks nobody.

        Raises: AmbiguousError with at most ``OFFERED`` candidates, best first and without secrets; UsageError that
        says where was looked.
        """
        search = _Search(name, self._ratio)
        for place in islice(self._places(name), 1 if kept_only else None):
            search.look(place)
            verdict = search.verdict()
            if verdict.winner is not None and verdict.by_owner and verdict.winner.origin is Origin.SOUNDCLOUD:
                verdict = self._among_the_owners(search, verdict.winner)
            if verdict.winner is not None:
                return Found(candidate=verdict.winner, by_owner=verdict.by_owner, notes=tuple(search.failures))
            if verdict.settled:
                break
        raise search.ending()

    def _among_the_owners(self, search: "_Search", winner: Candidate) -> Verdict:
        """Whether what the search found is its owner's only playlist: a search does not list all there are."""
        owner, page = visible(winner.owner), _profile_of(winner)

        def look() -> Sequence[Candidate]:
            sets = self._directory.of_profile(page, Shelf.SETS) if self._directory is not None else ()
            return [replace(found, origin=Origin.SOUNDCLOUD) for found in sets]

        if search.look(_Place(name=f"{owner}’s sets", group=lambda n: f"{owner}’s sets ({n})", look=look)):
            return search.verdict()
        return Verdict(winner=None, close=(), settled=True)

    def _places(self, name: str) -> Iterator[_Place]:
        yield _Place(name="the playlists you keep", group=_kept_in_words, look=self._kept)
        if self._pages is not None:
            yield _Place(name="the Notion table of playlists", group=_notion_in_words, look=self._pages.named)
        if self._directory is None:
            return
        if self._profile:
            whose = f"{_user_of(self._profile)}’s"

            def profile_in_words(number: int) -> str:
                return f"{whose} sets, likes and reposts ({number})"

            for shelf in Shelf:
                look = partial(self._directory.of_profile, self._profile, shelf)
                yield _Place(name=f"{whose} {shelf.value}", group=profile_in_words, look=look)
        look = partial(self._directory.search, searchable(name), RESULTS)
        yield _Place(name="SoundCloud’s search", group=_search_in_words, look=look)

    def _kept(self) -> Sequence[Candidate]:
        return [candidate_of(playlist) for playlist in self._known()]


class _Search:
    """What was seen so far, and where."""

    def __init__(self, name: str, ratio: Ratio) -> None:
        self._name = name
        self._ratio = ratio
        self._rated: list[Rated] = []
        self._seen: dict[Callable[[int], str], int] = {}
        self.failures: list[str] = []

    def look(self, place: _Place) -> bool:
        """Looks there; says whether that went well. What does not is told and not in the way."""
        try:
            found = place.look()
        except FAILURES as error:
            self.failures.append(f"{place.name} could not be looked at: {redacted(visible(error.message))}")
            return False
        self._seen[place.group] = self._seen.get(place.group, 0) + len(found)
        self._rated += rate(self._name, found, self._ratio)
        return True

    def verdict(self) -> Verdict:
        """What the name means by now."""
        return judge(self._rated)

    def ending(self) -> UsageError:
        """Why nothing is chosen."""
        verdict, said = self.verdict(), _quoted(self._name)
        looked = f"looked at {_listed([group(number) for group, number in self._seen.items()])}"
        more = "".join(f" Not all was seen: {failure}" for failure in self.failures)
        offered = tuple(map(_without_secret, verdict.close[:OFFERED]))
        if not offered:
            return UsageError(f"No playlist is called {said}; {looked}.{more}", hint=GIVE_LINK)
        if verdict.settled:
            message = f"{said} fits several playlists; {looked}.{more}"
        else:
            message = f"No playlist is clearly meant by {said}; {looked}.{more}"
        listed = "; ".join(f"{called(candidate)}: {visible(candidate.url)}" for candidate in offered)
        return AmbiguousError(message, hint=f"Give the link of the one you mean: {listed}", candidates=offered)


def candidate_of(playlist: KnownPlaylist) -> Candidate:
    """A playlist that is kept, as one that a name may mean."""
    return Candidate(
        title=playlist.title,
        owner=playlist.owner,
        url=playlist.url,
        origin=Origin.KEPT,
        name=playlist.name,
        tracks=playlist.tracks or None,
    )


def called(candidate: Candidate) -> str:
    """What to call a candidate, fit to be shown: ``“Night Bus Home” by all:Lo Collective``."""
    name = _quoted(candidate.name or candidate.title or "untitled")
    return f"{name} by {visible(candidate.owner)[:LONGEST]}" if candidate.owner else name


# --- words --------------------------------------------------------------------------------------


def _kept_in_words(number: int) -> str:
    return f"the {number} playlists you keep" if number != 1 else "the one playlist you keep"


def _notion_in_words(number: int) -> str:
    return f"the Notion table of playlists ({number})"


def _search_in_words(number: int) -> str:
    return f"SoundCloud’s search ({number})"


def _listed(places: Sequence[str]) -> str:
    *first, last = places or ["nothing"]
    return f"{', '.join(first)} and {last}" if first else last


def _quoted(text: str) -> str:
    shown = visible(redacted(" ".join(text.split())))
    return f"“{shown}”" if len(shown) <= LONGEST else f"“{shown[: LONGEST - 1]}…”"


def _without_secret(candidate: Candidate) -> Candidate:
    try:
        link = parse_link(candidate.url)
    except LinkError:
        link = None
    return replace(candidate, url=redacted(candidate.url) if link is None else link.url)


def _user_of(profile: str) -> str:
    """The name that a profile's link ends with, fit to be shown."""
    path = profile.partition("://")[2].partition("/")[2] if "://" in profile else profile
    return visible(path.partition("soundcloud.com/")[2] or path).strip("/").partition("/")[0][:LONGEST]


def _profile_of(candidate: Candidate) -> str:
    """The link to the page of a playlist's owner: where the playlist's link begins."""
    parts = urlsplit(candidate.url)
    return f"https://{parts.netloc}/{parts.path.strip('/').partition('/')[0]}"
