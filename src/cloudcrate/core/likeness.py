"""How well words name a playlist, and whether they name one clearly.

A playlist is called by its title, by the name its user gave it, by its owner, or by owner and title. Case, accents
and punctuation do not count, nor do words such as "the" or "playlist" around a name; a small mistake is forgiven.
What tells two playlists of one series apart is never forgiven: numbers, single letters, months.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import IntEnum

from cloudcrate.core.link import normal_url
from cloudcrate.core.model import Candidate, Origin
from cloudcrate.core.text import fold

Ratio = Callable[[str, str], float]
"""How alike two texts are: 100 for equal ones, 0 for such that have nothing in common."""


def alike(a: str, b: str) -> float:
    """The strictest ``Ratio``: texts are equal, or have nothing in common."""
    return 100.0 if a == b else 0.0


CLEAR = 86.0
"""The likeness from which a name is taken to be meant."""

AHEAD = 6.0
"""How much more alike it must be than the next playlist."""

NEAR = 65.0
"""The likeness from which a playlist is worth being offered."""

SHORT = 3
"""Characters up to which a name or a word must be right to the letter."""

_ONE_MISTAKE = 92.0
_ALMOST = CLEAR - AHEAD
_ENOUGH_FOR_A_MISTAKE = 6
_LONG_WORD = 8
_LONG_WORD_ALIKE = 75.0
_ORIGINS = tuple(Origin)


class Rank(IntEnum):
    """How words name a playlist: the higher is the clearer."""

    FAR = 0
    CLOSE = 1  # worth being offered, no more
    ALIKE = 2  # with a small mistake
    OWNER = 3  # they are its owner's name
    BARE = 4  # its title, but for words around it that do not count
    SAME = 5  # its title, or owner and title, but for punctuation
    TITLE = 6
    NAME = 7  # the name that the user gave it


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Likeness:
    """How well words name one playlist."""

    rank: Rank
    score: float  # 0..100
    by_owner: bool = False  # by nothing but its owner


@dataclass(frozen=True, slots=True, kw_only=True)
class Rated:
    """A playlist, and how well it is named."""

    candidate: Candidate
    likeness: Likeness


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """Which playlist words mean: one, or several to choose from."""

    winner: Candidate | None
    close: tuple[Candidate, ...]  # best first, the winner included
    settled: bool  # there is a winner, or several are named so exactly that looking further changes nothing
    by_owner: bool = False  # the winner is named by nothing but its owner


def rate(words: str, candidates: Iterable[Candidate], ratio: Ratio) -> list[Rated]:
    """The candidates that ``words`` may mean, each with how well they name it; those that are far are left out."""
    said, asked = fold(words), _Words.of(words)
    rated = (Rated(candidate=each, likeness=_likeness(said, asked, each, ratio)) for each in candidates)
    return [each for each in rated if each.likeness.rank > Rank.FAR]


def judge(rated: Iterable[Rated]) -> Verdict:
    """The playlist that is clearly meant, if there is one. The order of ``rated`` does not matter.

    The best rank wins when one playlist alone has it; of those that are only alike, the best must be ``AHEAD`` of
    every other. The same playlist met in several places counts once.
    """
    ranked = _ranked(rated)
    close = tuple(each.candidate for each in ranked)
    if not ranked or ranked[0].likeness.rank < Rank.ALIKE:
        return Verdict(winner=None, close=close, settled=False)
    best, others = ranked[0].likeness, [each.likeness for each in ranked[1:]]
    if best.rank > Rank.ALIKE:
        alone, settled = all(other.rank < best.rank for other in others), True
    else:
        settled = alone = all(best.score - other.score >= AHEAD for other in others)
    winner = ranked[0].candidate if alone else None
    return Verdict(winner=winner, close=close, settled=settled, by_owner=best.by_owner and alone)


def likeness(words: str, candidate: Candidate, ratio: Ratio) -> Likeness:
    """How well ``words`` name a playlist."""
    return _likeness(fold(words), _Words.of(words), candidate, ratio)


def _likeness(said: str, asked: "_Words", candidate: Candidate, ratio: Ratio) -> Likeness:
    if said and said == fold(candidate.name):
        return Likeness(rank=Rank.NAME, score=100.0)
    if said and said == fold(candidate.title):
        return Likeness(rank=Rank.TITLE, score=100.0)
    names = list(_names(candidate))
    if any(asked.plain == name.plain for name in names):
        return Likeness(rank=Rank.SAME, score=100.0)
    if any(asked.bare in (name.plain, name.bare) for name in names):
        return Likeness(rank=Rank.BARE, score=99.0)
    owner = _Words.of(candidate.owner)
    if owner.plain and owner.plain in (asked.plain, asked.bare):
        return Likeness(rank=Rank.OWNER, score=98.0, by_owner=True)
    best = max((_alike(asked, name, ratio) for name in names), default=_FAR)
    by_owner = _alike(asked, owner, ratio)
    if (by_owner.rank, by_owner.score) > (best.rank, best.score):
        best = Likeness(rank=by_owner.rank, score=by_owner.score, by_owner=True)
    if best.rank is Rank.FAR and _holds(candidate, asked):
        return Likeness(rank=Rank.CLOSE, score=best.score)
    return best


def searchable(words: str) -> str:
    """``words`` as a search is asked for them: without quotes, and without those that do not count.

    Where nothing else is left they stay.
    """
    said = _QUOTES.sub(" ", words).split()
    return " ".join([word for word in said if fold(word).strip(".,:;!?()") not in _AROUND] or said)


def identity(candidate: Candidate) -> str:
    """The key by which two candidates are the same playlist."""
    return normal_url(candidate.url) or candidate.url


def _ranked(rated: Iterable[Rated]) -> list[Rated]:
    """The playlists, best first; each once, as it was met first, by its best likeness."""
    best: dict[str, Rated] = {}
    for each in rated:
        key = identity(each.candidate)
        other = best.get(key, each)
        best[key] = Rated(
            candidate=min(other.candidate, each.candidate, key=_order), likeness=max(other.likeness, each.likeness)
        )
    return sorted(best.values(), key=lambda r: (-r.likeness.rank, -r.likeness.score, _order(r.candidate)))


def _order(candidate: Candidate) -> tuple[int, str, str, str, str, int]:
    place = _ORIGINS.index(candidate.origin)
    return (place, candidate.url, candidate.title, candidate.owner, candidate.name, candidate.tracks or 0)


# --- texts as words -----------------------------------------------------------------------------

_AROUND = frozenset({
    "the", "my", "our", "this", "playlist", "playlists", "set", "sets", "by", "from", "of", "soundcloud", "called",
    "named",
})  # fmt: skip
"""Words around a name that do not count."""

_SERIES = frozenset({
    "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
    "mon", "tue", "wed", "thu", "fri", "sat", "sun",
})  # fmt: skip
"""Short words of which one letter makes another of the kind. The long ones are too far apart to be a mistake."""

_MARK = re.compile(r"\d+|(?<!\w)[ivx]{2,}(?!\w)|(?<!\w)[^\W\d](?!\w)")
_ACRONYM = re.compile(r"(?<!\w)(?:[^\W\d_]\.){2,}")
_DIGITS = re.compile(r"\d+")
_QUOTES = re.compile('["“”„«»]')
_SIMPLE = re.compile(r"[a-z0-9 ]*")
_APOSTROPHES = re.compile("['’ʼ‘`]")
_ACCENTS = re.compile("[\u0300-\u036f]")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Words:
    """A text as it is compared."""

    plain: tuple[str, ...]  # its words, without case, accents and punctuation
    bare: tuple[str, ...]  # without what stands around the name; the plain ones when nothing else is left

    @staticmethod
    def of(text: str) -> "_Words":
        return _Words.made(_plain(text))

    @staticmethod
    def made(plain: tuple[str, ...]) -> "_Words":
        start, end = 0, len(plain)
        while start < end and plain[start] in _AROUND:
            start += 1
        while end > start and plain[end - 1] in _AROUND:
            end -= 1
        return _Words(plain=plain, bare=plain[start:end] or plain)


def _plain(text: str) -> tuple[str, ...]:
    """Words, numbers in plain digits; of a text that holds none (``!!!``), the text itself."""
    folded = _DIGITS.sub(_number, fold(text))
    if _SIMPLE.fullmatch(folded):
        return tuple(folded.split())
    spelled = _ACRONYM.sub(lambda found: found[0].replace(".", ""), folded.replace("&", " and "))
    bare = _ACCENTS.sub("", unicodedata.normalize("NFD", _APOSTROPHES.sub("", re.sub(r"['’]s(?!\w)", "", spelled))))
    kept = "".join(" " if unicodedata.category(c)[0] in "PSZ" else c for c in unicodedata.normalize("NFC", bare))
    return tuple(kept.split()) or tuple(folded.split())


def _names(candidate: Candidate) -> Iterator[_Words]:
    """What a playlist is called besides by its owner alone."""
    title, owner = _plain(candidate.title), _plain(candidate.owner)
    yield from (_Words.made(name) for name in (_plain(candidate.name), title) if name)
    if title and owner:
        for name in ((*owner, *title), (*title, "by", *owner), (*title, "from", *owner), (*title, *owner)):
            yield _Words.made(name)
        yield _Words.made((*owner, "playlist", *title))


def _holds(candidate: Candidate, asked: _Words) -> bool:
    """Says whether every word asked for stands in what the playlist is called."""
    held = {*_plain(candidate.title), *_plain(candidate.owner), *_plain(candidate.name)}
    return bool(asked.bare) and held.issuperset(asked.bare)


# --- likeness -----------------------------------------------------------------------------------

_FAR = Likeness(rank=Rank.FAR, score=0.0)


def _alike(asked: _Words, name: _Words, ratio: Ratio) -> Likeness:
    """The likeness of two names that are not equal."""
    best = _FAR
    for a, b in {(asked.plain, name.plain), (asked.bare, name.bare), (asked.bare, name.plain)}:
        if a and b:
            best = max(best, _compared(a, b, ratio))
    return best


def _compared(asked: tuple[str, ...], name: tuple[str, ...], ratio: Ratio) -> Likeness:
    said, called = "".join(asked), "".join(name)
    if min(len(said), len(called)) <= SHORT:
        return _FAR
    score = max(ratio(" ".join(asked), " ".join(name)), ratio(said, called))
    slip = len(called) >= _ENOUGH_FOR_A_MISTAKE and _one_mistake(said, called)
    if slip:
        score = max(score, _ONE_MISTAKE)
    score = round(score, 6)
    if score < NEAR:
        return _FAR
    if score >= CLEAR and _marks(asked) == _marks(name) and (slip or _word_by_word(asked, name, ratio)):
        return Likeness(rank=Rank.ALIKE, score=score)
    return Likeness(rank=Rank.CLOSE, score=min(score, _ALMOST))


def _marks(words: Sequence[str]) -> tuple[str, ...]:
    """What tells the parts of a series apart, in order: numbers, Roman ones, single letters, months and days."""
    found: list[str] = []
    for word in words:
        found += [word] if word in _SERIES else _MARK.findall(word)
    return tuple(found)


def _number(digits: re.Match[str]) -> str:
    """``007`` is ``7``, in whatever digits."""
    return "".join(str(unicodedata.decimal(digit)) for digit in digits[0]).lstrip("0") or "0"


def _word_by_word(asked: Sequence[str], name: Sequence[str], ratio: Ratio) -> bool:
    """Says whether every word is there, with a small mistake at most."""
    ours, theirs = ([word for word in words if word not in _AROUND] for words in (asked, name))
    return len(ours) == len(theirs) and all(_same_word(a, b, ratio) for a, b in zip(ours, theirs, strict=True))


def _same_word(asked: str, word: str, ratio: Ratio) -> bool:
    shorter = min(len(asked), len(word))
    if asked == word or shorter <= SHORT:
        return asked == word
    return _one_mistake(asked, word) or (shorter >= _LONG_WORD and ratio(asked, word) >= _LONG_WORD_ALIKE)


def _one_mistake(a: str, b: str) -> bool:
    """Says whether two texts differ by one letter put in, left out, mistaken, or changed with its neighbour."""
    shorter, longer = sorted((a, b), key=len)
    if len(longer) - len(shorter) > 1:
        return False
    start = next((i for i, pair in enumerate(zip(shorter, longer, strict=False)) if pair[0] != pair[1]), len(shorter))
    if len(longer) > len(shorter):
        return shorter[start:] == longer[start + 1 :]
    swapped = shorter[start : start + 2] == longer[start : start + 2][::-1]
    return shorter[start + 1 :] == longer[start + 1 :] or (swapped and shorter[start + 2 :] == longer[start + 2 :])
