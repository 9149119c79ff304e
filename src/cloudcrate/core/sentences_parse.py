"""A sentence taken apart: the cheapest way to read its words as phrases of ours and names between them.

A clause is phrases, at most one name, phrases. Words of a name cost more than phrases, words of ours inside a name
still more, so that as little as can be is read as a name.
"""

import heapq
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from functools import cache, lru_cache

from cloudcrate.core.sentences_match import Phrase, beginnings, ends, number, phrase, words_in
from cloudcrate.core.sentences_phrases import AFTER, BEFORE, OPENING
from cloudcrate.core.sentences_senses import NUMBERS, STRONG, Sense
from cloudcrate.core.sentences_soft import AUXILIARY, NEGATIVE, SOFT, SUBJECTS, TRAILING
from cloudcrate.core.sentences_words import OPAQUE, Word


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Some words of a clause: a phrase of ours, or, without a sense, a name."""

    sense: Sense | None
    words: tuple[Word, ...]


@dataclass(slots=True, kw_only=True)
class Clause:
    """One statement of the sentence."""

    parts: list[Part] = field(default_factory=list)

    @property
    def senses(self) -> frozenset[Sense]:
        """What its phrases say."""
        return frozenset(part.sense for part in self.parts if part.sense)

    @property
    def name(self) -> tuple[Word, ...]:
        """The words between the phrases."""
        return next((part.words for part in self.parts if part.sense is None), ())


class _Phase(IntEnum):
    START = 0  # before anything is asked for
    SOFT = 1  # after small talk: what is asked for must follow, a name alone may not
    HEAD = 2
    NAME = 3
    TAIL = 4
    LINK = 5  # after a comma or a connective: another clause may begin


_ANSWERS = frozenset({Sense.STATUS, Sense.PREVIEW, Sense.MISSING, Sense.PROGRESS})
_JOINING = frozenset({Sense.COMMA, Sense.MORE, Sense.ASKED})
_SMALL = frozenset({"of", "from", "for", "in", "on", "the", "a", "to", "and", "&", "my", "with", "at"})
_NAMED, _OURS, _PHRASE, _QUOTED, _TALK = 10, 25, 1, 3, 2


@cache
def _index(which: str) -> dict[str, list[Phrase]]:
    """Phrases by the word they begin with."""
    index: dict[str, list[Phrase]] = {}
    for sense, written in {"opening": OPENING, "before": BEFORE, "after": AFTER}[which]:
        read = phrase(sense, written)
        for word in beginnings(read.pattern):
            index.setdefault(word, []).append(read)
    return index


@cache
def vocabulary() -> frozenset[str]:
    """Every word of every phrase."""
    phrases = (phrase(sense, written) for sense, written in (*OPENING, *BEFORE, *AFTER))
    return frozenset({*NUMBERS, *(word for each in phrases for word in words_in(each.pattern))})


@dataclass(frozen=True, slots=True, kw_only=True)
class _Step:
    phase: _Phase
    end: int
    cost: int
    sense: Sense | None


def clauses(words: Sequence[Word]) -> list[Clause]:
    """Takes a sentence apart. Every sentence can be: at worst it is a name."""
    keys = tuple(word.key for word in words)
    start = (0, _Phase.START)
    best: dict[tuple[int, _Phase], tuple[int, tuple[int, _Phase], Sense | None]] = {start: (0, start, None)}
    queue: list[tuple[int, int, _Phase]] = [(0, 0, _Phase.START)]
    while queue:
        cost, at, phase = heapq.heappop(queue)
        if at == len(words):
            return _clauses(words, best, (at, phase))
        if cost > best[at, phase][0]:
            continue
        for step in _steps(keys, at, phase):
            place = (step.end, step.phase)
            if place not in best or cost + step.cost < best[place][0]:
                best[place] = (cost + step.cost, (at, phase), step.sense)
                heapq.heappush(queue, (cost + step.cost, *place))
    return []


def _steps(keys: tuple[str, ...], at: int, phase: _Phase) -> Iterator[_Step]:
    if phase in (_Phase.START, _Phase.HEAD, _Phase.NAME):
        yield _Step(phase=_Phase.NAME, end=at + 1, cost=_price(keys[at]), sense=None)
    if phase in (_Phase.START, _Phase.SOFT, _Phase.HEAD, _Phase.LINK):
        for sense, end in _matches("opening", keys, at):
            yield _Step(phase=phase, end=end, cost=_PHRASE, sense=sense)
        told = at > 0 and keys[at] in AUXILIARY and keys[at - 1] in SUBJECTS
        for sense, end in _matches("before", keys, at):
            if told and sense in _ANSWERS:
                continue  # "you are …" asks nothing
            if sense in STRONG if phase in (_Phase.LINK, _Phase.SOFT) else sense is not Sense.BUT_NOT:
                after = _Phase.TAIL if sense in (Sense.ALL, Sense.IT) else _Phase.HEAD
                yield _Step(phase=after, end=end, cost=_PHRASE, sense=sense)
    yield from _small_talk(keys, at, phase)
    if phase is not _Phase.SOFT:
        for sense, end in _matches("after", keys, at):
            after = _Phase.LINK if sense in _JOINING else _Phase.TAIL
            early = phase in (_Phase.START, _Phase.HEAD)
            yield _Step(phase=after, end=end, cost=_PHRASE + early, sense=sense)


def _small_talk(keys: tuple[str, ...], at: int, phase: _Phase) -> Iterator[_Step]:
    """Steps over a word that asks for nothing, where one may stand."""
    key = keys[at]
    if phase in (_Phase.START, _Phase.SOFT) and (_is_talk(keys, at) or _is_called_out(keys, at)):
        yield _Step(phase=_Phase.SOFT, end=at + 1, cost=_TALK, sense=Sense.NOTE)
    conditional = phase is _Phase.TAIL and key in {"i", "we", "they"}  # "once I say so"
    if phase in (_Phase.TAIL, _Phase.LINK) and (_is_talk(keys, at) or key in TRAILING) and not conditional:
        yield _Step(phase=phase, end=at + 1, cost=_TALK, sense=Sense.NOTE)
    if (
        phase is _Phase.HEAD
        and _is_manner(key)
        and not any(key[0].isalnum() or key[0] in "=<" for key in keys[at + 1 :])
    ):
        yield _Step(phase=_Phase.TAIL, end=at + 1, cost=_TALK, sense=Sense.NOTE)
    if phase is _Phase.NAME and (key in TRAILING or _is_manner(key)) and keys[at - 1][0] in "=<":
        yield _Step(phase=_Phase.TAIL, end=at + 1, cost=_TALK, sense=Sense.NOTE)


def _is_talk(keys: tuple[str, ...], at: int) -> bool:
    told = at > 0 and keys[at] in AUXILIARY and keys[at - 1] in SUBJECTS | AUXILIARY
    return keys[at] in SOFT or told or _is_manner(keys[at])


def _is_manner(key: str) -> bool:
    return (
        len(key) > 4
        and key.isalpha()
        and key.endswith("ly")
        and not NEGATIVE.fullmatch(key)
        and key not in vocabulary()
    )


def _is_called_out(keys: tuple[str, ...], at: int) -> bool:
    """Whether the first word is one of address or of doing, as "yo" or "computer" before a verb of ours."""
    known = at or keys[at] in vocabulary() or keys[at][0] in "=<" or NEGATIVE.fullmatch(keys[at])
    asks = (
        keys[1:2]
        and keys[1] in _IMPERATIVES
        and any((key not in SOFT and key[0].isalnum()) or key[0] in "=<" for key in keys[2:])
    )
    return not known and keys[at].isalpha() and bool(asks)


_IMPERATIVES = frozenset({"sync", "download", "synchronise", "synchronize", "resync"})


@lru_cache(maxsize=4096)
def _matches(which: str, keys: tuple[str, ...], at: int) -> tuple[tuple[Sense, int], ...]:
    """What the phrases that begin at a word say, and where they end. Remembered: every phase of the parse asks."""
    index = _index(which)
    beginning = index.get(keys[at], [])
    if number(keys[at]) is not None:
        beginning = [*beginning, *index.get("#", [])]
    return tuple((each.sense, end) for each in beginning for end in sorted(ends(each.pattern, keys, at)) if end > at)


def _price(key: str) -> int:
    if key == OPAQUE:
        return _QUOTED
    return _OURS if key in vocabulary() and key not in _SMALL else _NAMED


_Best = dict[tuple[int, _Phase], tuple[int, tuple[int, _Phase], Sense | None]]


def _clauses(words: Sequence[Word], best: _Best, place: tuple[int, _Phase]) -> list[Clause]:
    steps: list[tuple[_Phase, _Phase, int, int, Sense | None]] = []
    while place[0]:
        _, before, sense = best[place]
        steps.append((before[1], place[1], before[0], place[0], sense))
        place = before
    found = [Clause()]
    for was, phase, begin, end, sense in reversed(steps):
        parts = found[-1].parts
        if was is _Phase.LINK and phase is not _Phase.LINK and sense in STRONG and parts and phase is _Phase.HEAD:
            found.append(Clause())
            parts = found[-1].parts
        if sense is None and parts and parts[-1].sense is None:
            parts[-1] = Part(sense=None, words=(*parts[-1].words, *words[begin:end]))
        else:
            parts.append(Part(sense=sense, words=tuple(words[begin:end])))
    return found


def denied_at_its_end(name: Sequence[Word]) -> bool:
    """Whether a name with capitals ends like a sentence that forbids something ("Night Bus But Don't Download")."""
    keys = tuple(word.key.removeprefix("=") for word in name)
    return any(
        sense in _DENYING and end == len(keys)
        for at in range(1, len(keys))
        for sense, end in _matches("after", keys, at)
    )


_DENYING = frozenset({Sense.NOT_SYNC, Sense.NOT_DOWNLOAD, Sense.NOT_BOTH, Sense.ANY_MORE})
