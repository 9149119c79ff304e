"""Reads what the user said: a link, the name of a playlist, or a sentence about one.

The sentences are few and all mean the same: sync this playlist. Whatever else is said (a negation, a
question, an exception, a number) is refused, so that no such sentence ever starts anything.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum

from cloudcrate.core.link import Link, normal_url, parse_link
from cloudcrate.core.model import KnownPlaylist
from cloudcrate.core.text import fold, visible
from cloudcrate.errors import UsageError


class Action(Enum):
    """What is to be done."""

    SYNC = "sync"


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What the user wants. Either ``link`` or ``playlist`` says of which playlist."""

    action: Action
    link: Link | None
    playlist: KnownPlaylist | None
    download: bool  # files too; no sentence asks for rows alone, a flag may
    understood: str  # in words, for the user to check


def understand(text: str, known: Sequence[KnownPlaylist]) -> Request:
    """Reads a link, a name or a sentence.

    A playlist is known by the name the user gave it, by its title, by owner and title, and by its owner
    when the owner has no other. Raises: UsageError when it is not understood or fits several; LinkError.
    """
    said, names = _key(text), _names(known)
    if bare := names.get(said) or names.get(said.strip('" ')):
        return _sync_known(_only(bare, text))
    if name := _named_in(said, names):
        playlist = _only(names[name], text)
        _check(_name(name).sub(f" {_HERE} ", said, count=1), text)
        return _sync_known(playlist)
    for word, link in _links(text):
        _check(_key(text.replace(word, f" {_HERE} ", 1)), text)
        return Request(
            action=Action.SYNC,
            link=link,
            playlist=None,
            download=True,
            understood=f"Sync and download {link.url}",
        )
    raise UsageError(
        f"No playlist is known as {_quoted(text)}; looked at the names, titles and owners of {len(known)}.",
        hint="Give a playlist's SoundCloud link first. Once synced it is known by its name.",
    )


def _sync_known(playlist: KnownPlaylist) -> Request:
    return Request(
        action=Action.SYNC,
        link=None,
        playlist=playlist,
        download=True,
        understood=f"Sync and download the playlist {_called(playlist)}",
    )


def _links(text: str) -> Iterator[tuple[str, Link]]:
    """The links in a text, each with the word that holds it. Raises: LinkError."""
    words = text.split()
    for word in words:
        bare = word.strip(".,;!()")
        if len(words) > 1:
            bare = bare.rstrip("?")  # of a sentence, hardly of the link
        if link := parse_link(bare):
            yield bare, link


# --- names --------------------------------------------------------------------------------------

_Names = dict[str, tuple[KnownPlaylist, ...]]

_ALIKE = str.maketrans(dict.fromkeys("‘’ʼ", "'") | dict.fromkeys("“”„«»", '"') | dict.fromkeys("‐‑‒–—", "-"))


def _key(text: str) -> str:
    return fold(text.translate(_ALIKE))


def _names(known: Sequence[KnownPlaylist]) -> _Names:
    """What each playlist can be called: a given name goes before a title, a title before an owner."""
    names: _Names = {}
    for called in (_given, _titled, _owned):
        level: dict[str, dict[str, KnownPlaylist]] = {}
        for playlist in known:
            for name in filter(None, map(_key, called(playlist))):
                level.setdefault(name, {}).setdefault(normal_url(playlist.url) or playlist.url, playlist)
        names = {name: tuple(playlists.values()) for name, playlists in level.items()} | names
    return names


def _given(playlist: KnownPlaylist) -> Iterable[str]:
    return (playlist.name,)


def _titled(playlist: KnownPlaylist) -> Iterable[str]:
    title, owner = playlist.title, playlist.owner
    if not title or not owner:
        return (title,)
    return (title, f"{owner} - {title}", f"{owner} {title}", f"{owner}'s {title}", f"{title} by {owner}")


def _owned(playlist: KnownPlaylist) -> Iterable[str]:
    return (playlist.owner,)


def _only(playlists: tuple[KnownPlaylist, ...], text: str) -> KnownPlaylist:
    if len(playlists) > 1:
        listed = "; ".join(f"{_called(p)}: {_without_token(p.url)}" for p in playlists[:10])
        raise UsageError(
            f"{_quoted(text)} fits {len(playlists)} playlists.",
            hint=f"Give the link of the one you mean: {listed}",
        )
    return playlists[0]


def _called(playlist: KnownPlaylist) -> str:
    name = _quoted(playlist.name or playlist.title or playlist.url)
    return f"{name} by {visible(playlist.owner)}" if playlist.owner else name


def _quoted(text: str) -> str:
    shown = _without_token(" ".join(text.split()))
    return f"“{shown}”" if len(shown) <= 80 else f"“{shown[:79]}…”"


def _without_token(text: str) -> str:
    return re.sub(r"(?<=[/=])s-[A-Za-z0-9]{3,}", "s-…", visible(text))


# --- sentences ----------------------------------------------------------------------------------

_HERE = "\ue000"  # stands where the playlist was named
_POLITE = r"(?:(?:please|pls|kindly|now|ok|okay|hi|hello|hey|thanks|thank you|cloudcrate) )*"
_AND = r"(?:(?:and|then|also|plus) )*"
_VERB = r"(?:sync|synchronise|synchronize|download|fetch|get|update|refresh) "
_STATE = r"(?:synced|synchronised|synchronized|downloaded|fetched|updated|up to date|up-to-date|complete) "
_KIND = r"(?:playlist|set|album|list|collection|tracks|songs|music) "
_THEM = r"(?:it|them|everything|all (?:of )?(?:the|its) (?:tracks|songs|files)) "
_OBJECT = (
    rf"(?:(?:everything|all (?:of )?(?:the )?(?:tracks|songs|music)) (?:from|of|in|on) |all of )?"
    rf"(?:(?:the|my|our|this) )?(?:soundcloud )?(?:{_KIND})?(?:(?:called|named) )?"
    rf"{_HERE} (?:(?:soundcloud )?{_KIND})?(?:(?:on|from) soundcloud )?"
)
_VERBS = rf"{_VERB}(?:{_AND}{_VERB})*"
_STATES = rf"(?:(?:fully|completely|both) )?{_STATE}(?:{_AND}(?:fully )?{_STATE})*"
_SENTENCE = re.compile(
    rf"{_POLITE}(?:"
    rf"{_OBJECT}"
    rf"|{_VERBS}{_OBJECT}(?:{_AND}{_VERBS}(?:{_THEM})?)?"
    rf"|(?:make sure|ensure|see to it) (?:that )?{_OBJECT}(?:is|are|gets|get|stays) {_STATES}"
    rf"|(?:keep|get) {_OBJECT}{_STATES}"
    rf"){_POLITE}"
)

_OURS = frozenset({
    "please", "pls", "kindly", "now", "ok", "okay", "hi", "hello", "hey", "thanks", "thank", "you",
    "cloudcrate", "and", "then", "also", "plus", "sync", "synchronise", "synchronize", "download",
    "fetch", "get", "update", "refresh", "synced", "synchronised", "synchronized", "downloaded",
    "fetched", "updated", "up", "to", "date", "up-to-date", "complete", "playlist", "set", "album",
    "list", "collection", "tracks", "songs", "music", "it", "them", "everything", "all", "of", "the",
    "its", "files", "from", "in", "on", "my", "our", "this", "soundcloud", "called", "named", "fully",
    "completely", "both", "make", "sure", "ensure", "see", "that", "is", "are", "gets", "stays", "keep",
    _HERE,
})  # fmt: skip
"""Every word of the grammar."""

_TELLING = frozenset({
    "no", "not", "never", "none", "nothing", "nobody", "nowhere", "neither", "nor", "cannot", "dont",
    "doesnt", "wont", "cant", "without", "except", "excluding", "exclude", "skip", "ignore", "avoid",
    "only", "just", "but", "first", "last", "latest", "newest", "oldest", "top", "half", "some", "few",
    "more", "less", "if", "unless", "until", "when", "whether", "while", "maybe", "perhaps", "later",
    "tomorrow", "tonight", "today", "soon", "yet", "stop", "cancel", "abort", "undo", "remove", "delete",
    "drop", "unsync", "clear", "wait", "hold", "forget", "leave", "instead", "rather", "how", "what",
    "which", "who", "why", "where", "can", "could", "would", "should", "shall", "will", "do", "does",
    "did", "was", "were", "be", "been", "has", "have", "had", "may", "might", "must", "or", "any",
    "every", "a", "an", "i", "me", "we", "off", "out", "again", "always", "anymore", "yes",
})  # fmt: skip
"""Words that turn a sentence round or narrow it. A name that holds one counts bare or in quotes only."""


def _named_in(said: str, names: _Names) -> str | None:
    """The longest known name that stands in a sentence, as whole words or alone in quotes."""
    quoted = re.findall(r'"([^"]+)"', said)
    if len(quoted) == 1 and quoted[0].strip() in names:
        return str(quoted[0].strip())
    standing = [name for name in names if name in said and _can_be_said(name) and _name(name).search(said)]
    return max(standing, key=lambda name: (len(name), name), default=None)


def _can_be_said(name: str) -> bool:
    """Says whether a name in a sentence cannot be mistaken for the sentence's own words."""
    words = re.findall(r"[^\W_]+(?:'[^\W_]+)?", name)
    telling = any(word in _TELLING or word.endswith("n't") for word in words)
    return not telling and "?" not in name and not all(word in _OURS or word.isdigit() for word in words)


def _name(name: str) -> re.Pattern[str]:
    return re.compile(rf'(?<![^\s"(])"?\s?{re.escape(name)}\s?"?(?![^\s"),.;:!?])')


def _check(sentence: str, text: str) -> None:
    """Raises UsageError unless a sentence says nothing but to sync what is named in it."""
    words = re.sub(r'[.,;:!"()]+', " ", sentence.replace("&", " and ")).split()
    if _SENTENCE.fullmatch(" ".join(words) + " "):
        return
    strange = next((word for word in words if word not in _OURS), None)
    doubt = f"{_quoted(strange)} is not understood in" if strange else "Not understood:"
    raise UsageError(
        f"{doubt} {_quoted(text)}.",
        hint="Nothing was done. Give the link or the bare name; options say the rest: cloudcrate sync --help",
    )
