"""The names in a sentence: what stands between the phrases, verbatim, without what is said about it."""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from cloudcrate.core.sentences_soft import NEGATIVE, NOT_OF_A_NAME, SOFT, TRAILING
from cloudcrate.core.sentences_words import Word

_KIND = frozenset({"playlist", "set", "album", "list", "collection"})
_KINDS = frozenset({"playlists", "sets", "albums", "lists", "collections"})
_LED = frozenset({"playlist", "set", "album", "track", "song", "playlists", "sets", "link", "list", "lists"})
_BEFORE = frozenset(
    {"the", "my", "our", "this", "that", "a", "both", "whole", "entire", "soundcloud", "all", "of", "from", "in", "for"}
    | {"following", "these", "own", "your"}
)
_CALLED = frozenset({"called", "named", "titled", "entitled", "labelled", "labeled", "name", "title"})
_PRONOUNS = (
    frozenset(
        {
            "it",
            "them",
            "that",
            "this",
            "these",
            "those",
            "one",
            "ones",
            "few",
            "several",
            "couple",
            "various",
            "favourite",
            "favorite",
            "fave",
            "new",
            "other",
            "same",
            "stuff",
            "again",
            "usual",
            "thing",
            "things",
            "something",
            "playlist",
            "playlists",
            "set",
            "track",
        }
    )
    | _BEFORE
)
_QUOTES = tuple("\"“”„«»‘’'")
_DENIALS = frozenset({"dont", "never", "no", "not", "without"})
_ALSO = frozenset({"also", "then", "the", "my"})
_PRAISED = frozenset(
    {"new", "old", "nice", "lovely", "great", "little", "favourite", "favorite", "fave", "usual", "amazing"}
)
_TALK = _BEFORE | _LED | _CALLED | _PRAISED | {"with", "name", "title", "by", "also", "then", "new", "at", "me", "off"}
_JOINS = frozenset({"then", "+", ",", "and", "&", "plus"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """The names, and the words of ours that they hold and that were not said to be a name."""

    names: tuple[str, ...]
    loose: tuple[str, ...] = ()
    doubtful: bool = False  # one of two


def names_in(text: str, words: Sequence[Word], *, one: bool) -> Named:
    """Reads names. With ``one``, a verb in the singular said that they are one."""
    words = _trimmed(words)
    framed = bool(words) and words[0].key in {"the", "my", "our"}
    while len(words) > 1 and words[0].key in _BEFORE:
        words = _trimmed(words[1:]) or words[-1:]
        one = one and words[0].key != "both"
    held = several = False
    if len(words) > 1 and words[0].key in _LED | _CALLED:
        one = words[0].key not in _KINDS
        several = not one
        words = words[1:]
        words = _after_naming(_trimmed(words))
    elif len(words) > 1 and words[-1].key in _KIND:
        words, one = words[:-1], True
        held = framed and len(words) == 1 and words[0].key not in _DENIALS  # "the stop playlist": one word of ours
    elif len(words) > 1 and words[-1].key in _KINDS:
        words = words[:-1]
    if not any(map(_names_something, words)) or (all(word.key in _PRONOUNS for word in words) and not held):
        return Named(names=())
    one = one and not (any(word.opaque for word in words) and any(word.key in _JOINS for word in words))
    parts = [_bare(list(words))] if one else [_bare(part) for part in _split(words)]
    loose = () if held else tuple(word.key for word in words if not word.opaque and not word.key.startswith("="))
    parts, strayed = _without_talk_beside(parts)
    doubtful = strayed or (not several and _mixed(words, parts)) or any(map(_goes_on, parts))
    doubtful = doubtful or ("or" in loose and not one and not _is_a_proverb(words))
    loose = tuple(key for key in loose if key != "or")
    names = tuple(dict.fromkeys(_verbatim(text, part) for part in parts))
    return Named(names=names, loose=loose, doubtful=doubtful)


def _names_something(word: Word) -> bool:
    """Whether a word is more than signs: it is quoted, or holds a letter, a digit or a picture."""
    return word.opaque or any(char.isalnum() or unicodedata.category(char) in ("So", "Sc") for char in word.raw)


def _is_a_proverb(words: Sequence[Word]) -> bool:
    """Whether "or" stands between one verb of ours and one other word, both with capitals: "Sync or Swim"."""
    keys = [word.key for word in words]
    at = keys.index("or")
    alone = (at == 1 or keys[at - 2] in _JOINS) and (at + 2 == len(keys) or keys[at + 2] in _JOINS)
    other = keys[at + 1] if at + 1 < len(keys) else ""
    return alone and keys.count("or") == 1 and keys[at - 1] in _VERBS and other[:1] == "=" and other not in _VERBS


_VERBS = frozenset({"=sync", "=stop", "=keep", "=watch"})


def _trimmed(words: Sequence[Word]) -> Sequence[Word]:
    while words and words[0].sign and words[0].key != "⟨":
        words = words[1:]
    while words and words[-1].sign and words[-1].key != "⟩":
        words = words[:-1]
    return words


def _bare(words: list[Word]) -> list[Word]:
    """One of several names, without the small talk before its first capital and without "the … playlist" around it."""
    marked = next((at for at, word in enumerate(words) if word.opaque or word.key.startswith("=")), 0)
    if all(word.raw.islower() and word.key in _TALK for word in words[:marked]):
        words = words[marked:]
    while len(words) > 1 and words[-1].sign and words[-1].key != "⟩":
        words = words[:-1]
    framed = len(words) > 1 and words[-1].key in _KIND and words[0].opaque
    return words[:-1] if framed else words


def _split(words: Sequence[Word]) -> Iterator[list[Word]]:
    part: list[Word] = []
    for at, word in enumerate(words):
        if word.key in _JOINS or _as_well_as(words, at):
            if part:
                yield part
            part = []
        elif not part and word.key in _ALSO and at and at + 1 < len(words):
            continue
        else:
            part.append(word)
    if part:
        yield part


def _is_marked(word: Word) -> bool:
    return word.opaque or any(char.isupper() for char in word.raw[:1])


def _mixed(words: Sequence[Word], parts: Sequence[Sequence[Word]]) -> bool:
    """Whether words in small letters follow names with capitals after a comma ("Night Bus, wifi is bad")."""
    plain = [part for part in parts if not any(map(_is_marked, part)) and not any(c.isdigit() for c in part[0].raw)]
    if not plain or len(plain) == len(parts) or not all(part[0].raw.isascii() for part in plain):
        return False
    if any(len(part) > 2 for part in plain):
        return True
    plain = [part for part in plain if part is parts[-1] or len(parts) < 3]  # "A, b and C" is a list
    starts = {part[0].begin for part in plain if len(part) == 1 or any(map(_is_talk, part))}
    return any(before.key == "," and word.begin in starts for before, word in pairwise(words))


def _is_talk(word: Word) -> bool:
    return word.key in SOFT | TRAILING | NOT_OF_A_NAME or bool(NEGATIVE.fullmatch(word.key))


def _goes_on(part: Sequence[Word]) -> bool:
    """Whether a name goes on as a sentence would: "Night Bus before we leave", "Night Bus on Monday"."""
    if len(part) == 1 or all(word.opaque for word in part):
        return False
    if part[-1].raw in {"the", "a", "my"}:
        return True
    marked = [at for at, word in enumerate(part) if _is_marked(word) and not _is_date(part, at)]
    if not marked:
        begins = part[0].raw.islower() and part[0].key in NOT_OF_A_NAME - _BEFORE - _OPENING_A_NAME
        return begins or any(_ends_a_name(part, at) for at in range(len(part)))
    after = part[marked[-1] + 1 :]
    titled = sum(word.raw[:1].isupper() for word in part) > 1 and not part[0].opaque
    if titled and after and after[-1].key.isalpha() and after[-1].raw.islower() and after[-1].key.isascii():
        return True
    ours = all(word.key.removeprefix("=") in _STATED for word in part)
    return not ours and (_is_date(part, len(part) - 1) or any(map(_is_of_a_sentence, after)))


_OPENING_A_NAME = frozenset({"morning", "evening", "afternoon", "weekend", "midday", "public", "private"})


def _ends_a_name(part: Sequence[Word], at: int) -> bool:
    """Whether a word in a name without capitals tells a time, a place, a format or a part of a list."""
    key, before, after = part[at].key, part[at - 1].key if at else "", [word.key for word in part[at + 1 : at + 2]]
    if key in _TIMES or _is_date(part, at):
        return True
    if not at or not part[at].raw.islower():
        return False
    counts = bool(after) and after[0][:1].isdigit()
    return (
        part[at].raw in _TURNS
        or (key in {"at", "around", "track", "tracks", "after", "before", "about", "past", "from"} and counts)
        or (before == "as" and key in _FORMATS)
        or (key == "to" and after in (["my"], ["our"], ["the"]))
        or (key == "in" and after == ["a"])
    )


_TIMES = frozenset({"yesterday", "ago", "weekdays", "weekends"})
_TURNS = frozenset({"during", "till", "until", "minus", "starting", "someday", "beginning"})
_FORMATS = frozenset(
    {"flac", "wav", "mp3", "mp3s", "aac", "ogg", "opus", "m4a", "aiff", "zip", "files", "usual", "csv", "json"}
)
_STATED = frozenset({"up", "to", "date"})


def _is_of_a_sentence(word: Word) -> bool:
    lower = word.raw[:1].islower()
    return lower and bool(word.key in NOT_OF_A_NAME - _BEFORE or NEGATIVE.fullmatch(word.key))


def _is_date(part: Sequence[Word], at: int) -> bool:
    key, before = part[at].key.removeprefix("="), part[at - 1].key if at else ""
    return (key.removesuffix("s") in _WEEKDAYS and before in _ON) or (key in _MONTHS and before in _ON | {"in"})


_WEEKDAYS = frozenset({"monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"})
_MONTHS = frozenset(
    {"january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november"}
    | {"december"}
)
_ON = frozenset({"on", "from", "starting", "by", "before", "till", "until", "this", "next", "every", "since"})


def _after_naming(words: Sequence[Word]) -> Sequence[Word]:
    """What follows "called" or "with the name"."""
    at = next((at for at, word in enumerate(words[:4]) if word.key in _CALLED), None)
    if at is not None and all(word.key in {"with", "the", "by", "is", "that", "which"} for word in words[:at]):
        rest = words[at + 1 :]
        return rest[1:] if len(rest) > 1 and rest[0].key == "of" else rest or words
    return words


def _without_talk_beside(parts: list[list[Word]]) -> tuple[list[list[Word]], bool]:
    """The parts without small talk beside a quoted name or a link, and whether other words in small letters stay."""
    kept, strayed = [], False
    for part in parts:
        opaque = [word for word in part if word.opaque]
        beside = [word for word in part if not word.opaque and not word.sign]
        if len(opaque) == 1 and beside and all(word.raw[0].islower() for word in beside):
            strayed = strayed or not all(
                word.key in SOFT | _KIND | _BEFORE | _CALLED | _PRONOUNS | _POINTING for word in beside
            )
            kept.append(opaque)
        else:
            kept.append(part)
    return kept, strayed


_POINTING = frozenset({"likes", "link", "url", "tracks", "songs", "mix", "page", "profile"})
"""What a link beside it is said to be."""


def _as_well_as(words: Sequence[Word], at: int) -> bool:
    """Whether a word is one of "as well as"."""
    keys = [word.key for word in words]
    return any(keys[begin : begin + 3] == ["as", "well", "as"] for begin in range(max(at - 2, 0), at + 1))


def _verbatim(text: str, words: Sequence[Word]) -> str:
    begin, end = words[0].begin, words[-1].end
    if len(words) > 1:  # the quotes belong to the name where it is more than what stands in them
        begin -= words[0].opaque and text[begin - 1 : begin] in _QUOTES
        end += words[-1].opaque and text[end : end + 1] in _QUOTES
    name = text[begin:end]
    closing = text[end : end + 1]
    if closing in (")", "]") and re.search(r"[(\[][^)\]]*$", name):
        return name + closing
    return name
