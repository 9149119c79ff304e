"""Words that a frame says are a name, though they are ours: "the download playlist", "Don't Stop: files only".

They become one verbatim word before the sentence is taken apart.
"""

from collections.abc import Sequence
from itertools import pairwise

from cloudcrate.core.sentences_match import number
from cloudcrate.core.sentences_soft import NEGATIVE, SOFT, TRAILING
from cloudcrate.core.sentences_words import OPAQUE, Word

_DETERMINERS = frozenset({"the", "my", "our", "your"})
_KIND = frozenset({"playlist", "set", "album", "collection"})
_CALLED = frozenset({"called", "named", "titled"})
_NOT_WITHIN = frozenset(
    {"of", "in", "from", "for", "and", "or", "but", "to", "with", "a", "an", "my", "our", "your", "this", "that", "is"}
    | {"are", "was", "as", "into", "on", "by", "playlists", "sets", "albums", "soundcloud", "notion", "i", "you"}
)
_PARTING = _NOT_WITHIN | _DETERMINERS | {"tracks", "songs", "files", "rows", "every", "each", "called", "named", "it"}
_NO_NAME_ALONE = frozenset(
    {"whole", "entire", "full", "complete", "same", "other", "new", "newest", "latest", "last", "next", "first", "own"}
    | {"second", "third", "usual", "only", "current", "one", "big", "good", "best", "favourite", "favorite", "saved"}
    | {"every", "each"}
    | {"oldest", "previous", "missing", "following", "long", "right", "wrong", "entirely", "a", "more", "most", "all"}
)


def framed(words: Sequence[Word], text: str, vocabulary: frozenset[str]) -> tuple[Word, ...]:
    """The words, with what stands in "the … playlist" or after "called" as one verbatim word where it is all ours."""
    found: list[Word] = []
    at = 0
    while at < len(words):
        end = _named(words, at, vocabulary)
        if end > at:
            found.append(_joined(words[at:end], text))
            at = end
        else:
            found.append(words[at])
            at += 1
    return tuple(found)


def _joined(words: Sequence[Word], text: str) -> Word:
    begin, end = words[0].begin, words[-1].end
    return Word(begin=begin, end=end, key=OPAQUE, raw=text[begin:end])


def _named(words: Sequence[Word], at: int, vocabulary: frozenset[str]) -> int:
    """Where a name that begins here ends; the same place where none does."""
    if not at or words[at].sign or words[at].opaque:
        return at
    alone = words[at - 1].key in {"of", "from", "with"} and [word.key for word in words[at + 1 : at + 2]] == [
        "playlist"
    ]
    if words[at - 1].key in _DETERMINERS or alone:
        return _between(words, at, vocabulary)
    if words[at - 1].key in _CALLED and words[at].key in vocabulary - {"it", "the", "my"}:
        return at + 1 if _ends(words, at + 1, vocabulary) else at
    return at


def _between(words: Sequence[Word], at: int, vocabulary: frozenset[str]) -> int:
    end = next((each for each in range(at, min(at + 6, len(words))) if words[each].key in _KIND), at)
    inner = words[at:end]
    if not inner or not _ends(words, end + 1, vocabulary):
        return at
    keys = [word.key for word in inner]
    if any(word.sign or word.opaque for word in inner) or _NOT_WITHIN.intersection(keys[-1:] + keys[:1]):
        return at
    ours = [key in vocabulary or number(key) is not None for key in keys]
    if not all(ours):
        mixed = any(ours) and keys[0] not in _NO_NAME_ALONE and _PARTING.isdisjoint(keys)
        return end if mixed and all(word.raw.islower() for word in inner) else at
    if all(key in _NO_NAME_ALONE or key in SOFT for key in keys):
        return at
    return at if (_NOT_WITHIN | _DETERMINERS).difference({"to", "for", "in", "on", "is"}).intersection(keys) else end


def _ends(words: Sequence[Word], at: int, vocabulary: frozenset[str]) -> bool:
    """Whether the sentence ends at a word, or goes on as one does after a name."""
    if at >= len(words):
        return True
    word = words[at]
    return word.sign or word.key in vocabulary or word.key in SOFT | TRAILING


def straightened(words: Sequence[Word], text: str) -> tuple[Word, ...]:
    """The words without the verb at the end of "(tell me) how far it is", and with "in sync" as one."""
    for at in range(len(words) - 2, -1, -1):
        if (words[at].key, words[at + 1].key) == ("in", "sync"):
            begin, end = words[at].begin, words[at + 1].end
            state = Word(begin=begin, end=end, key="synced", raw=text[begin:end])
            words = (*words[:at], state, *words[at + 2 :])
    keys = [word.key for word in words]
    last = next((at for at in range(len(words) - 1, -1, -1) if not words[at].sign and keys[at] not in SOFT), 0)
    if keys[last : last + 1] in (["is"], ["are"]) and ("how", "far") in pairwise(keys[:last]):
        return (*words[:last], *words[last + 1 :])
    return tuple(words)


# --- the beginning of a sentence ----------------------------------------------------------------

_PREDICATES = frozenset(
    {
        "is",
        "isnt",
        "needs",
        "has",
        "should",
        "must",
        "gets",
        "stays",
        "was",
        "how",
        "synced",
        "downloaded",
        "sync",
        "up",
    }
    | {"up-to-date", "status", "missing", "progress", "download", "only", "every", "the"}
)
_NEVER_ALONE = frozenset({"stop", "cancel", "only", "everything", "all", "just", "no", "also", "and", "then", "it"})


def begun(words: Sequence[Word], text: str, vocabulary: frozenset[str]) -> tuple[Word, ...] | None:
    """The words with the capitals they begin with as one verbatim word, where those may be a name made of our words.

    "Download: stop", "First 50 needs to be synced". None where they may not.
    """
    end = 0
    while end < len(words) and _is_capital(words[end], vocabulary):
        end += 1
    rest = [word.key for word in words[end:]]
    if not end or not rest:
        return None
    if not any(char.islower() for word in words[end:] for char in word.raw):
        return None  # where all is shouted, capitals say nothing
    keys = [word.key.removeprefix("=") for word in words[:end]]
    if end == 1 and (keys[0] in _NEVER_ALONE or NEGATIVE.fullmatch(keys[0]) or keys[0] in SOFT):
        return None
    if rest[0] not in {":", ",", "-"} and rest[0] not in _PREDICATES:
        return None
    return (_joined(words[:end], text), *words[end:])


def _is_capital(word: Word, vocabulary: frozenset[str]) -> bool:
    if word.sign or word.opaque:
        return False
    key = word.key.removeprefix("=")
    return (word.raw[:1].isupper() and key in vocabulary) or word.raw.isdigit()


# --- titles -------------------------------------------------------------------------------------

_OF_SENTENCES = frozenset(
    {
        "is",
        "are",
        "and",
        "if",
        "i",
        "what",
        "would",
        "how",
        "far",
        "up",
        "to",
        "date",
        "please",
        "every",
        "hours",
        "sure",
    }
    | {"from", "why", "synced", "downloaded", "only", "first", "missing", "happen", "the", "of", "you", "sync", "make"}
)


def is_titled(words: Sequence[Word]) -> bool:
    """Whether a whole sentence is written like a title: each of its words with a capital, and no denial among them."""
    spoken = [word for word in words if not word.sign and not word.opaque]
    keys = [word.key.removeprefix("=") for word in spoken]
    titled = all(word.raw[0].isupper() or word.raw[0].isdigit() for word in spoken)
    if not titled or any(map(NEGATIVE.fullmatch, keys)):
        return False
    return len(keys) > 4 and sum(key in _OF_SENTENCES for key in keys[1:]) > 1
