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
_CALLED = frozenset({"called", "named", "titled", "entitled", "labelled", "labeled"})
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


def slotted(words: Sequence[Word], text: str) -> tuple[Word, ...]:
    """The words, with "don't stop" and "what's going on" as one verbatim word where only a name can stand.

    A denial is part of a name only where what it forbids is nothing that is asked of cloudcrate there.
    """
    for at in range(1, len(words)):
        if words[at].key not in _BEGINNING_A_NAME or tuple(word.key for word in words[:at])[-1] not in _BEFORE_A_SLOT:
            continue
        end = next((each for each in range(at + 1, len(words)) if _closes(words, each)), len(words))
        inner = words[at:end]
        if 1 < len(inner) < 5 and not any(word.sign or word.opaque or word.key in _NEVER_IN_A_SLOT for word in inner):
            if words[at].key != "whats" and inner[1].key not in _NOT_OURS_TO_DO:
                continue
            keys = [word.key for word in words[:at]]
            closed = words[end].key if end < len(words) else ""
            if _holds_a_name(keys, closed):
                return (*words[:at], _joined(inner, text), *words[end:])
    return tuple(words)


def _holds_a_name(before: Sequence[str], after: str) -> bool:
    """Whether what stands between these is a name: "make sure … is", "keep … synced", "how far is …"."""
    stated = after in {"is", "gets", "stays"}
    if list(before[-2:]) == ["make", "sure"] or list(before[-3:]) == ["make", "sure", "that"]:
        return stated
    if before[-1] == "keep":
        return after in _STATES
    if before[-1] == "playlist":
        return stated or after in {"", "but", "every", "?", "."}
    if before[-1] == "is":
        return after in _STATES | {"up", "up-to-date"} or (list(before[-3:-1]) == ["how", "far"] and after in {"", "?"})
    if before[-1] in {"from", "of"}:
        return ("missing" in before or "first" in before) and after in {"", "?", "and", ".", "only"}
    return "if" in before and after in {"", "?", "."}


_NOT_OURS_TO_DO = frozenset({"stop", "worry", "look", "let", "cry", "know", "speak", "panic", "mind", "dream"})
"""What a title forbids, and nobody forbids cloudcrate where a name is due."""
_BEGINNING_A_NAME = frozenset({"dont", "never", "whats"})
_BEFORE_A_SLOT = frozenset({"sure", "that", "keep", "playlist", "is", "from", "of", "synced", "sync", "downloaded"})
_STATES = frozenset({"synced", "updated", "downloaded"})
_NEVER_IN_A_SLOT = frozenset(
    {"it", "them", "this", "anything", "sync", "download", "syncing", "downloading", "i", "you"}
)


def _closes(words: Sequence[Word], at: int) -> bool:
    key = words[at].key
    return words[at].sign or key in {"is", "gets", "stays", "but", "and", "every", "up", "up-to-date", "only"} | _STATES


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
        mixed = (
            any(ours) and not _forbids(keys, vocabulary) and keys[0] not in _NO_NAME_ALONE and _PARTING.isdisjoint(keys)
        )
        return end if mixed and all(word.raw.islower() for word in inner) else at
    if all(key in _NO_NAME_ALONE or key in SOFT for key in keys):
        return at
    return at if (_NOT_WITHIN | _DETERMINERS).difference({"to", "for", "in", "on", "is"}).intersection(keys) else end


def _forbids(keys: Sequence[str], vocabulary: frozenset[str]) -> bool:
    """Whether words that might be a name deny something that is ours to do, or nothing at all."""
    denied = max((at for at, key in enumerate(keys) if key in _DENIALS), default=len(keys))
    rest = keys[denied + 1 :]
    ours = not rest or rest[0] in vocabulary - _NOT_OURS_TO_DO or not _DONE_BY_US.isdisjoint(rest)
    return denied < len(keys) and ours


_DENIALS = frozenset({"dont", "never", "not", "no", "without", "must", "under"})
_DONE_BY_US = frozenset(
    {"sync", "synced", "syncing", "download", "downloaded", "downloading", "keep", "fetch", "update", "files", "rows"}
    | {"synchronise", "synchronize", "get", "it"}
)


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
    words = _counted(words, text)
    keys = [word.key for word in words]
    last = next((at for at in range(len(words) - 1, -1, -1) if not words[at].sign and keys[at] not in SOFT), 0)
    if keys[last : last + 1] in (["is"], ["are"]) and ("how", "far") in pairwise(keys[:last]):
        return (*words[:last], *words[last + 1 :])
    return tuple(words)


def _counted(words: Sequence[Word], text: str) -> tuple[Word, ...]:
    """The words with "two hundred" and "twenty five" as one number each."""
    found: list[Word] = []
    for word in words:
        before, value = number(found[-1].key) if found and found[-1].key.isalpha() else None, number(word.key)
        if before is not None and value is not None and word.key.isalpha() and _is_compound(before, value):
            joined = before * value if value >= 100 else before + value
            begin = found.pop().begin
            found.append(Word(begin=begin, end=word.end, key=f"{joined:.0f}", raw=text[begin : word.end]))
        else:
            found.append(word)
    return tuple(found)


def _is_compound(before: float, value: float) -> bool:
    return (value in (100, 1000) and 0 < before < 10) or (before in range(20, 100, 10) and 0 < value < 10)


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
    | {"up-to-date", "status", "missing", "progress", "download", "only", "every", "the", "dry", "dry-run", "preview"}
)
_NEVER_ALONE = frozenset({"stop", "cancel", "only", "everything", "all", "just", "no", "also", "and", "then", "it"})


def begun(words: Sequence[Word], text: str, vocabulary: frozenset[str]) -> tuple[Word, ...] | None:
    """The words with the capitals they begin with as one verbatim word, where those may be a name made of our words.

    "Download: stop", "First 50 needs to be synced". None where they may not.
    """
    end = 0
    while end < len(words) and _is_capital(words[end], vocabulary):
        end += 1
    if [word.key for word in words[end : end + 1]] == ["or"] and words[end + 1 : end + 2] and end == 1:
        end += 2 * words[end + 1].key.startswith("=")
    rest = [word.key for word in words[end:]]
    if set(rest) <= {"please", "!", "."} and end == 3 and words[1].key == "or":
        return (_joined(words[:end], text),)  # "Sync or Swim"
    if not end or not rest:
        return None
    if not any(char.islower() for word in words[end:] for char in word.raw):
        return None  # where all is shouted, capitals say nothing
    keys = [word.key.removeprefix("=") for word in words[:end]]
    if end == 1 and (keys[0] in _NEVER_ALONE or NEGATIVE.fullmatch(keys[0]) or keys[0] in SOFT):
        return None
    ends = end > 1 and rest[0] == "stop" and "stop" not in keys
    if rest[0] not in {":", ",", "-"} and rest[0] not in _PREDICATES and not ends:
        return None
    return (_joined(words[:end], text), *words[end:])


def subject_of(words: Sequence[Word], text: str) -> tuple[Word, ...] | None:
    """The words with a subject that begins like a command as one verbatim word: "Stop Making Sense is up to date".

    None where what follows the words with capitals is nothing that only follows a subject.
    """
    end = next((at for at, word in enumerate(words) if word.sign or not word.raw[:1].isupper()), len(words))
    if end < 2 or end == len(words) or any(word.opaque for word in words[:end]):
        return None
    key, after = words[0].key, words[end].key
    said = after in _OF_A_SUBJECT or (after == "up" and key not in {"keep", "get", "sync", "download"})
    if key not in _COMMANDS or not said or not any(char.islower() for char in words[0].raw):
        return None
    return (_joined(words[:end], text), *words[end:])


_COMMANDS = frozenset({"stop", "keep", "watch", "sync", "download", "get", "cancel", "start"})
_OF_A_SUBJECT = frozenset({"is", "isnt", "has", "should", "must", "needs", "gets", "stays", "was"})


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


def is_a_title(words: Sequence[Word], names: Sequence[Sequence[Word]]) -> bool:
    """Whether a question is one name with capitals that begins like a question: "What's Going On"."""
    spoken = [word for word in words if not word.sign]
    asks = bool(spoken) and spoken[0].key in {"whats", "wheres", "whos"} and spoken[0].raw[0].isupper()
    return asks and len(names) == 1 and list(names[0]) == spoken[1:] and not spoken[0].raw.isupper()
