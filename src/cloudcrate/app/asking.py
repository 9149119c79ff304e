"""What somebody asks for in words, read and looked up: which playlists, to be synced how."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from cloudcrate.app.finder import Finder, Found, called, candidate_of
from cloudcrate.app.gather import Order
from cloudcrate.core.link import Link, normal_url, parse_link
from cloudcrate.core.model import KnownPlaylist
from cloudcrate.core.rows import name_key
from cloudcrate.core.sentences_request import Action, Request, shown
from cloudcrate.core.snapshot import Wishes
from cloudcrate.core.text import visible
from cloudcrate.errors import LinkError, UsageError

SYNCING = {Action.SYNC: (True, True), Action.DOWNLOAD_ONLY: (False, True), Action.CATALOG_ONLY: (True, False)}
"""What is to be made by a request that asks for a sync: rows, files."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Meant:
    """A playlist that was asked for. ``known`` when it is kept; ``said`` tells in words what it was taken for."""

    link: Link
    known: KnownPlaylist | None
    said: str
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Understood:
    """A sync that was asked for, and in words what was understood, for whoever asked to check."""

    order: Order
    understood: str


class Asking:
    """Reads words over the playlists that are kept, and looks names up wherever playlists can be found."""

    def __init__(self, known: Callable[[], Sequence[KnownPlaylist]], finder: Finder) -> None:
        self._known = known
        self._finder = finder

    def request(self, words: str) -> Request:
        """What words ask for. A link, or the whole name of a playlist that is kept, asks to sync it.

        Raises: LinkError when they are a link that leads to nothing that can be synced.
        """
        if self._calling(words) or _link(words) is not None:
            said = words.strip()
            return Request(action=Action.SYNC, playlists=(said,), understood=f"Sync and download {_quoted(said)}")
        from cloudcrate.core.intent import read  # noqa: PLC0415  # large tables, for those who say sentences

        return read(words)

    def meant(self, name: str, *, kept_only: bool = False) -> Meant:
        """The playlist of a name or a link; ``kept_only``: one that is kept.

        Raises: AmbiguousError, UsageError, LinkError.
        """
        called_so = self._calling(name)
        link = None if called_so else _link(name)
        if link is not None:
            known = self._kept(link.url)
            if known is None:
                return Meant(link=link, known=None, said=link.url)
            return _kept_one(known) if link.secret_token is None else replace(_kept_one(known), link=link)
        if len(called_so) == 1:
            return _kept_one(called_so[0])
        if not called_so and any(map(_looks_like_a_link, name.split())):
            raise UsageError(f"{_quoted(name)} is more than a link.", hint="Give the link alone.")
        return self._met(self._finder.find(name, kept_only=kept_only))

    def kept(self, name: str) -> KnownPlaylist:
        """A playlist that is kept, by a name or a link. Raises: AmbiguousError, UsageError, LinkError."""
        known = self.meant(name, kept_only=True).known
        if known is None:
            raise UsageError(
                f"{_quoted(name)} is not kept: it was not synced yet, or was removed.",
                hint="cloudcrate list shows what is kept; cloudcrate add LINK keeps it, and so does to sync it.",
            )
        return known

    def understood(
        self,
        request: Request,
        usual: Wishes,
        *,
        look: Callable[[str], Meant] | None = None,
        limit: int | None = None,
        refresh: bool = False,
        name: str = "",
    ) -> tuple[Understood, ...]:
        """The syncs that a request asks for, or asks to preview: one for each playlist, all that are kept for none.

        ``look``: in place of ``meant``, for whoever lets the user choose. ``limit``: when the request names none.
        ``name``: what the one playlist is called from now on.
        Raises: UsageError when it asks for something else, is refused, or leaves nothing to do; what ``meant`` raises.
        """
        if request.action not in (*SYNCING, Action.PREVIEW, Action.SYNC_ALL):
            raise _no_sync(request)
        rows, download = SYNCING.get(request.action, (True, True))
        wishes = replace(usual, rows=usual.rows and rows, download=usual.download and download)
        if not (wishes.rows or wishes.download):
            raise UsageError("Neither rows nor files are wished: that leaves nothing to do.", hint="Leave out one.")
        meant = self._all_meant(request.playlists, look or self.meant)
        if name and len(meant) != 1:
            raise UsageError("A name can be given to one playlist at a time.", hint="Name one playlist, or its link.")
        most = request.limit or limit
        return tuple(_order(one, wishes, limit=most, refresh=refresh, name=name) for one in meant)

    def _all_meant(self, playlists: Sequence[str], look: Callable[[str], Meant]) -> tuple[Meant, ...]:
        """The playlists of some names, each once; all that are kept for none."""
        meant = [look(said) for said in playlists] or [_kept_one(known) for known in self._known()]
        if not meant:
            raise UsageError(
                "No playlist is kept yet.", hint="Sync one by its link, or keep one with cloudcrate add LINK."
            )
        first: dict[str, Meant] = {}
        for one in meant:
            first.setdefault(normal_url(one.link.url) or one.link.url, one)
        return tuple(first.values())

    def _met(self, found: Found) -> Meant:
        candidate = found.candidate
        known = self._kept(candidate.url)
        return Meant(link=_link_of(candidate.url), known=known, said=called(candidate), notes=found.notes)

    def _kept(self, url: str) -> KnownPlaylist | None:
        asked = normal_url(url) or url
        return next((known for known in self._known() if (normal_url(known.url) or known.url) == asked), None)

    def _calling(self, words: str) -> Sequence[KnownPlaylist]:
        """The playlists that are kept and that the user calls precisely so: by the name given, else by the title.

        A title that reads as a link to something that can be synced is none: a stranger chose it.
        """
        keys = {_key(words), _key(words.strip().strip(_QUOTES))} - {""}
        known = self._known()
        for names in ([(k.name, k) for k in known], [(k.title, k) for k in known]):
            found = {k.url: k for name, k in names if name and _key(name) in keys}
            if found and not _looks_like_a_link(words):
                return tuple(found.values())
        return ()


_QUOTES = "\"'“”„‘’«»"
_ALIKE = str.maketrans(dict.fromkeys("‘’ʼ", "'") | dict.fromkeys("“”„«»", '"') | dict.fromkeys("‐‑‒–—", "-"))
_BRACKETS = "()[]{}<>,;!"
"""What may stand around a link in a sentence."""


def _key(name: str) -> str:
    """What the spellings of a name have in common: keyboards write other quotes and dashes than SoundCloud shows."""
    return name_key(name.translate(_ALIKE))


def _link(words: str) -> Link | None:
    """The link that the whole is, to SoundCloud or elsewhere. Raises: LinkError when it leads to no music."""
    bare = words.strip().strip(_BRACKETS)
    return None if any(map(str.isspace, bare)) else parse_link(bare)


def _looks_like_a_link(word: str) -> bool:
    try:
        return _link(word) is not None
    except LinkError:
        return False


def _link_of(url: str) -> Link:
    link = parse_link(url)
    if link is None:
        raise LinkError(f"{visible(url)} is no link to a playlist.", hint="Sync it by its link.")
    return link


def _kept_one(known: KnownPlaylist) -> Meant:
    return Meant(link=_link_of(known.url), known=known, said=called(candidate_of(known)))


def _no_sync(request: Request) -> UsageError:
    """Why a request is no sync."""
    if request.action in (Action.REFUSE, Action.CLARIFY):
        return UsageError(request.understood, hint="Nothing was done.")
    return UsageError(f"This asks for no sync, but: {request.understood}.", hint="Say which playlist to sync.")


def _order(meant: Meant, wishes: Wishes, *, limit: int | None, refresh: bool, name: str) -> Understood:
    words = "; ".join((_said(meant.said, wishes, limit), *meant.notes))
    order = Order(
        link=meant.link,
        name=name or (meant.known.name if meant.known is not None else ""),
        limit=limit,
        refresh=refresh,
        wishes=wishes,
        understood=words,
    )
    return Understood(order=order, understood=words)


def _said(playlist: str, wishes: Wishes, limit: int | None) -> str:
    first = "" if limit is None else f", only the first {limit}" if limit > 1 else ", only the first track"
    if not wishes.download:
        return f"Sync {playlist}{first}, without files"
    if not wishes.rows:
        return f"Download {playlist}{first}, without rows"
    return f"Sync and download {playlist}{first}"


def _quoted(said: str) -> str:
    return f"“{shown(said)}”"
