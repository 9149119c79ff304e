"""Which playlist is meant, when more than one may be: asked of the user. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass

from cloudcrate.app.finder import called
from cloudcrate.core.model import Candidate, KnownPlaylist, Origin
from cloudcrate.core.text import visible
from cloudcrate.errors import AmbiguousError
from cloudcrate.web.wording import count_of, name_of, web_link

MET = {
    Origin.KEPT: "kept already",
    Origin.NOTION: "in Notion",
    Origin.PROFILE: "on your profile",
    Origin.SOUNDCLOUD: "found on SoundCloud",
}
"""Where a playlist was met."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """A playlist to choose. ``fields`` are what its form sends."""

    name: str
    said: str
    url: str
    fields: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChoosePage:
    """A question, and where its answer is sent to."""

    question: str
    said: str
    action: str
    options: tuple[Option, ...]


def meant_page(error: AmbiguousError, words: str) -> ChoosePage:
    """What ``words`` may mean. The answer sends them again, with the link of the one that is chosen."""
    found = [candidate for candidate in error.candidates if isinstance(candidate, Candidate)]
    return ChoosePage(
        question="Which playlist is meant?",
        said=visible(error.message),
        action="/add",
        options=tuple(_offered(candidate, words) for candidate in found),
    )


def _offered(candidate: Candidate, words: str) -> Option:
    tracks = count_of(candidate.tracks, "track") if candidate.tracks is not None else ""
    return Option(
        name=called(candidate),
        said=", ".join(filter(None, (tracks, MET[candidate.origin]))),
        url=web_link(candidate.url),
        fields=(("words", words), ("chosen", candidate.url)),
    )


def again_page(playlists: Iterable[KnownPlaylist], track: str) -> ChoosePage:
    """The playlists that hold what is to be tried again."""
    return ChoosePage(
        question="In which playlist?",
        said="More than one holds what is to be tried again. A plan is made for one at a time.",
        action="/problems/retry",
        options=tuple(
            Option(
                name=name_of(playlist),
                said=f"by {visible(playlist.owner)}" if playlist.owner else "",
                url=web_link(playlist.url),
                fields=(("track", track), ("playlist", playlist.id or "")),
            )
            for playlist in playlists
        ),
    )
