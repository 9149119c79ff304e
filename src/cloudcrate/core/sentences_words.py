"""A sentence as words: each with its place in the text and a key to compare, spelling mended where that is certain.

A word with a capital inside a sentence is no word of ours: its key begins with ``=`` and fits no phrase. What stands
in quotes and every link is one opaque word, whose key is ``<>``.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from cloudcrate.core.link import parse_link
from cloudcrate.core.sentences_soft import ALIASES, FIRST_ALIASES, SOFT, UNCLEAR
from cloudcrate.core.sentences_spelling import ORDINARY, distance, mended
from cloudcrate.core.text import fold
from cloudcrate.errors import LinkError

OPAQUE = "<>"
FOREIGN = "<elsewhere>"
"""The key of a link that leads to nothing cloudcrate can sync."""

_PAIRS = {'"': '"', "“": "”“", "„": "“”", "«": "»", "»": "«", "‹": "›", "「": "」", "『": "』", "‘": "’", "'": "'"}
_CODED = re.compile(r"(?<!\S)`[A-Z][\w :.'’]*`(?!\w)")
"""A name in the quotes of chats and of Markdown; anything else between such marks is left to be seen as a shell's."""
_LINKISH = re.compile(r"[^\s<>\"]*(?:://|\w\.\w+/)[^\s<>\"]*|soundcloud(?::|%3a)\S+", re.IGNORECASE)
_CLOSING = ".,;:!?)]}>'’”"
_SIGNS = re.compile(
    r"[,;:()<>]|[!?](?!\s+(?:is|gets|stays|was|has|needs)\b)|\.+(?=[\s)\"”’»]|$)|…|(?<!\S)[-–—&+](?!\S)|[🙏👍👌👏🙌💪🤞🤝✌👋😀-🙏🤗🤣🥰🥺🤩🤓]\ufe0f?[🏻-🏿]?"
)
_BRACKETS = {"(": "⟨", ")": "⟩", "…": "..."}
_SPACES = re.compile(r"\s+")
_PROPER = frozenset(
    {"i", "id", "im", "ive", "ill", "notion", "soundcloud", "cloudcrate", "eta", "drm", "monday", "tuesday"}
    | {"wednesday", "thursday", "friday", "saturday", "sunday", "spotify", "youtube", "deezer", "tidal", "bandcamp"}
)
_APOSTROPHES = str.maketrans(dict.fromkeys("'’ʼ`;", "") | dict.fromkeys("‐‑‒–—", "-"))


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


def words_of(text: str, vocabulary: frozenset[str], *, capitals: bool = True) -> tuple[Word, ...]:
    """Reads a text as words, misspelt ones of the vocabulary mended; without ``capitals``, they say nothing."""
    pieces = tuple(_pieces(text))
    plain = "".join(raw for _, _, raw, opaque in pieces if not opaque)
    shouted = not capitals or (not any(char.islower() for char in plain) and len(plain) > 1)
    words: list[Word] = []
    for begin, end, raw, opaque in pieces:
        sure = raw == "Sure" and len(words) == 1 and words[0].raw == "Make"
        key = opaque or _key(raw, vocabulary, ours=shouted or sure or _begins(words), first=not words)
        words.append(Word(begin=begin, end=end, key=key, raw=raw))
    return tuple(replace(word, key=_beside(words, at, vocabulary)) for at, word in enumerate(words))


def _beside(words: list[Word], at: int, vocabulary: frozenset[str]) -> str:
    """The key of a word, mended where the words beside it tell what it must be."""
    key = words[at].key
    if key == "id" and [word.key for word in words[at + 1 : at + 2]] == ["you"]:
        return "did"
    if key in vocabulary or not key.isalpha():
        return key
    after = [word.key for word in words[at + 1 : at + 30]]
    if key in {"n", "nd"} and at and after and after[0] in vocabulary and after[0].isalpha():
        return "and"
    if key == "y" and at and words[at - 1].key in {"and", "&"} and not after:
        return "why" if _LACKING.intersection(word.key for word in words[:at]) else key
    if key == "don" and after and after[0] in _STOPPED:
        return "dont"
    if key in ORDINARY or any(not word.sign and word.key not in SOFT for word in words[:at]):
        return key
    if after and after[0] in _STOPPED and distance(key, "stop") == 1:
        return "stop"
    return "keep" if distance(key, "keep") == 1 and not _KEPT.isdisjoint(after) else key


_STOPPED = frozenset({"the", "syncing", "downloading", "sync", "download", "it", "everything", "all"})
_LACKING = frozenset({"missing", "failed", "what", "whats", "which"})
_KEPT = frozenset({"synced", "every", "updated", "downloaded", "hourly", "daily"})


def _begins(words: list[Word]) -> bool:
    """Whether the next word begins a sentence, where a capital says nothing."""
    asked = bool(words) and words[0].raw in {"Please", "Pls", "Kindly"} and len(words) == 1  # "Please Sync …"
    return asked or all(word.sign for word in words) or words[-1].raw in {"!", "?", "."}


def _key(raw: str, vocabulary: frozenset[str], *, ours: bool, first: bool) -> str:
    key = _SPACES.sub("", fold(raw.translate(_APOSTROPHES))) or raw
    if raw in _BRACKETS:
        return _BRACKETS[raw]
    capital = raw[0].isupper() or (":" in raw and raw != raw.lower())  # "all:Lo"
    if capital and not ours and key not in _PROPER:
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
    if coded := _CODED.match(text, at):
        return coded.end() - 1
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
        inner = inner or text[end - 1 : end + 2].lower() in {"n;t", "n,t"}  # "don;t", where the finger slipped
        if found and not (inner and text[end - 1].isalnum()):
            break
        end += 1
    return end


_JOINED = re.compile(
    r"(sync|download|dl)([+&/])(sync|download|dl)|(download|files)-(only)|(limit|max|top|first|every)=(\d+h?)|(\d+)(h|hrs?|mins?|d|days?|x)",
    re.IGNORECASE,
)
"""Words that are written without a space between them."""


_PARTS_OF_GLUED = [
    "downloading",
    "downloaded",
    "everything",
    "download",
    "missing",
    "syncing",
    "please",
    "synced",
    "whats",
    "first",
    "every",
    "hours",
    "make",
    "sure",
    "sync",
    "dont",
    "what",
    "hour",
    "keep",
    "only",
    "stop",
    "not",
    "how",
    "far",
    "are",
    "the",
    "and",
    "but",
    "to",
    "do",
    "is",
]
"""The longer one first, so that a word is parted where it can be."""
_GLUED = re.compile(f"(?:{'|'.join(_PARTS_OF_GLUED)}){{2,4}}", re.IGNORECASE)
_PART = re.compile("|".join(_PARTS_OF_GLUED), re.IGNORECASE)


def _parted(text: str, begin: int, end: int) -> Iterator[_Piece]:
    joined = _JOINED.fullmatch(text, begin, end)
    if joined:
        spans = [joined.span(part) for part, found in enumerate(joined.groups(), 1) if found]
    elif end - begin > 5 and _is_glued(text[begin:end]):
        spans = [found.span() for found in _PART.finditer(text, begin, end)]
    else:
        spans = [(begin, end)]
    for first, last in spans:
        yield first, last, text[first:last], ""


def _is_glued(word: str) -> bool:
    """Whether a word, but for a capital at its head, is words of ours with the spaces left out."""
    plain = word.islower() or word.isupper()
    return plain and bool(_GLUED.fullmatch(word)) and "".join(_PART.findall(word)) == word
