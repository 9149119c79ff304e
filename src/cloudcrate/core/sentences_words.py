"""A sentence as words: each with its place in the text and a key to compare, spelling mended where that is certain.

A word with a capital inside a sentence is no word of ours: its key begins with ``=`` and fits no phrase. What stands
in quotes and every link is one opaque word, whose key is ``<>``.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from cloudcrate.core.link import parse_link
from cloudcrate.core.sentences_soft import ALIASES, FIRST_ALIASES, SOFT, UNCLEAR
from cloudcrate.core.text import fold
from cloudcrate.errors import LinkError

OPAQUE = "<>"
FOREIGN = "<elsewhere>"
"""The key of a link that leads to nothing cloudcrate can sync."""

_PAIRS = {'"': '"', "“": "”“", "„": "“”", "«": "»", "»": "«", "‹": "›", "「": "」", "『": "』", "‘": "’", "'": "'"}
_LINKISH = re.compile(r"[^\s<>\"]*(?:://|\w\.\w+/)[^\s<>\"]*|soundcloud(?::|%3a)\S+", re.IGNORECASE)
_CLOSING = ".,;:!?)]}>'’”"
_SIGNS = re.compile(
    r"[,;:()<>]|[!?](?!\s+(?:is|gets|stays|was|has|needs)\b)|\.+(?=[\s)\"”’»]|$)|…|(?<!\S)[-–—&+](?!\S)|[🙏👍😊]\ufe0f?"
)
_BRACKETS = {"(": "⟨", ")": "⟩", "…": "..."}
_SPACES = re.compile(r"\s+")
_PROPER = frozenset(
    {"i", "id", "im", "ive", "ill", "notion", "soundcloud", "cloudcrate", "eta", "drm", "monday", "tuesday"}
    | {"wednesday", "thursday", "friday", "saturday", "sunday", "spotify", "youtube", "deezer", "tidal", "bandcamp"}
)
_APOSTROPHES = str.maketrans(dict.fromkeys("'’ʼ`", "") | dict.fromkeys("‐‑‒–—", "-"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """One word or sign: ``text[begin:end]``; an opaque one is what stands inside its quotes."""

    begin: int
    end: int
    key: str
    raw: str

    @property
    def opaque(self) -> bool:
        """Whether it is verbatim: a quoted name or a link."""
        return self.key == OPAQUE

    @property
    def sign(self) -> bool:
        """Whether it holds no letter, digit or picture."""
        return bool(_SIGNS.fullmatch(self.raw)) and not self.opaque


def words_of(text: str, vocabulary: frozenset[str]) -> tuple[Word, ...]:
    """Reads a text as words, misspelt ones of the vocabulary mended."""
    pieces = tuple(_pieces(text))
    plain = "".join(raw for _, _, raw, opaque in pieces if not opaque)
    shouted = not any(char.islower() for char in plain) and len(plain) > 1
    words: list[Word] = []
    for begin, end, raw, opaque in pieces:
        key = opaque or _key(raw, vocabulary, ours=shouted or _begins(words), first=not words)
        words.append(Word(begin=begin, end=end, key=key, raw=raw))
    return tuple(words)


def _begins(words: list[Word]) -> bool:
    """Whether the next word begins a sentence, where a capital says nothing."""
    return all(word.sign for word in words) or words[-1].raw in {"!", "?", "."}


def _key(raw: str, vocabulary: frozenset[str], *, ours: bool, first: bool) -> str:
    key = _SPACES.sub("", fold(raw.translate(_APOSTROPHES))) or raw
    if raw in _BRACKETS:
        return _BRACKETS[raw]
    if raw[0].isupper() and not ours and key not in _PROPER:
        return f"={key}"
    key = ALIASES.get(key, key)
    if first:
        key = FIRST_ALIASES.get(key, key)
    return key if key in vocabulary or key in SOFT | UNCLEAR else mended(key, vocabulary)


# --- pieces -------------------------------------------------------------------------------------

_Piece = tuple[int, int, str, str]  # begin, end, what is written, the key where it is opaque


def _pieces(text: str) -> Iterator[_Piece]:
    at = 0
    while at < len(text):
        if text[at].isspace():
            at += 1
        elif closing := _closing(text, at):
            inside = text[at + 1 : closing]
            begin = closing - len(inside.lstrip())
            if inside.strip():
                yield begin, begin + len(inside.strip()), inside.strip(), OPAQUE
            at = closing + 1
        elif link := _link(text, at):
            yield link
            at = link[1]
        else:
            found = _SIGNS.match(text, at)
            end = found.end() if found else _end_of_word(text, at)
            yield from _parted(text, at, end)
            at = end


def _closing(text: str, at: int) -> int | None:
    """Where the quote that opens here closes: one opens after a space, and closes before a space or a sign."""
    closing = _PAIRS.get(text[at])
    if closing is None or (at and not (text[at - 1].isspace() or text[at - 1] in "(<:")):
        return None
    for end in range(at + 1, len(text)):
        if text[end] in closing and not text[end + 1 : end + 2].isalnum():
            return None if text[at] in "'‘" and text[at + 1 : end] == "n" else end  # rock 'n' roll
    return None


def _link(text: str, at: int) -> _Piece | None:
    found = _LINKISH.match(text, at)
    if not found:
        return None
    link = found[0].rstrip(_CLOSING)
    try:
        known = parse_link(link)
    except LinkError:
        return at, at + len(link), link, FOREIGN
    return (at, at + len(link), link, OPAQUE) if known else None


def _end_of_word(text: str, at: int) -> int:
    end = at + 1
    while end < len(text) and not text[end].isspace():
        found = _SIGNS.match(text, end)
        inner = text[end] in ":,(" and text[end + 1 : end + 2].isalnum()  # all:Lo, 1,000
        if found and not (inner and text[end - 1].isalnum()):
            break
        end += 1
    return end


_JOINED = re.compile(r"(sync|download)([+&/])(sync|download)|(\d+)(h|hrs?|mins?|d|days?|x)", re.IGNORECASE)
"""Words that are written without a space between them."""


def _parted(text: str, begin: int, end: int) -> Iterator[_Piece]:
    joined = _JOINED.fullmatch(text, begin, end)
    spans = [joined.span(part) for part, found in enumerate(joined.groups(), 1) if found] if joined else [(begin, end)]
    for first, last in spans:
        yield first, last, text[first:last], ""


# --- spelling -----------------------------------------------------------------------------------

_SHORT = frozenset({"is", "how", "the", "and", "not", "you"})
"""Short words of ours that are mended when two of their letters are exchanged."""

_EXACT = frozenset({"stop", "cancel", "halt", "abort", "watch", "keep", "like", "play"})
"""Words too close to other words of English: mended when two letters are exchanged, else left."""


_OPPOSITE = frozenset({"untouched", "unnecessary", "unsync", "unwatch", "unable"})
"""Words that mean the reverse of the word they look like: never the mended form of another."""


@lru_cache(maxsize=4096)
def mended(key: str, vocabulary: frozenset[str]) -> str:
    """The one word of the vocabulary that a key is a misspelling of, or the key."""
    if len(key) < 2 or not key.isalpha() or not key.isascii():
        return key
    near = {word: miss for word in vocabulary if (miss := _misspelt(key, word)) is not None}
    least = min(near.values(), default=0)
    closest = [word for word, miss in near.items() if miss == least]
    return closest[0] if len(closest) == 1 else key


def _misspelt(key: str, word: str) -> int | None:
    """How far a key is from a word it may be meant for; half as far where only two letters are exchanged."""
    allowed = 2 if len(word) >= 8 else 1
    if (
        abs(len(key) - len(word)) > allowed
        or not word.isalpha()
        or word in _OPPOSITE
        or key in (f"un{word}", f"dis{word}")
    ):
        return None
    if len(set(key) ^ set(word)) > 2 * allowed:
        return None  # each letter that is wrong makes two differences at most
    exchanged = sorted(key) == sorted(word)
    if (len(word) < 4 or word in _EXACT) and not (exchanged and (word in _SHORT or word in _EXACT)):
        return None
    found = distance(key, word)
    astray = found > 1 and key[0] != word[0]
    return None if found > allowed or astray else 2 * found - exchanged


def distance(one: str, other: str) -> int:
    """How many letters are to be added, taken out, replaced or exchanged with their neighbour (Damerau)."""
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, char in enumerate(one, 1):
        earlier, before, row = before, row, [i]
        for j, wanted in enumerate(other, 1):
            row.append(min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (char != wanted)))
            if i > 1 and j > 1 and char == other[j - 2] and one[i - 2] == wanted:
                row[j] = min(row[j], earlier[j - 2] + 1)
    return row[-1]
