"""Phrases matched against words: every length a phrase can have at a place."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, lru_cache
from typing import TypeAlias

from cloudcrate.core.sentences_classes import CLASSES
from cloudcrate.core.sentences_senses import NUMBERS, Sense

_PARTS = re.compile(r"\{\w+\}|[()\[\]|*]|[^\s()\[\]|*{}]+")
_NUMBER = re.compile(r"[+-]?\d+(?:,\d{3})*(?:\.\d+)?")


Choices: TypeAlias = "tuple[tuple[str | Pattern, ...], ...]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pattern:
    """A parsed phrase: one of its ``choices``, a sequence of words and patterns."""

    choices: Choices
    optional: bool = False
    repeated: bool = False
    opened_by: Mapping[str, Choices] = field(default_factory=dict, compare=False, repr=False)  # choices by first word
    empty: Choices = ()  # choices that may hold no word


@dataclass(frozen=True, slots=True, kw_only=True)
class Phrase:
    """What a pattern says."""

    sense: Sense
    pattern: Pattern


def phrase(sense: Sense, written: str) -> Phrase:
    """Reads a phrase as it is written in the tables."""
    return Phrase(sense=sense, pattern=_parsed(written))


@lru_cache(maxsize=4096)
def number(key: str) -> float | None:
    """The number a word stands for."""
    if _NUMBER.fullmatch(key) and len(key) < 12:
        return float(key.replace(",", ""))
    return NUMBERS.get(key)


@cache
def _parsed(written: str) -> Pattern:
    parts = _PARTS.findall(written)
    choices, at = _choices(parts, 0)
    if at != len(parts):
        raise ValueError(f"a bracket too many in {written!r}")
    return _pattern(choices)


def _pattern(choices: Choices, *, optional: bool = False, repeated: bool = False) -> Pattern:
    opened_by: dict[str, list[tuple[str | Pattern, ...]]] = {}
    for choice in choices:
        for word in set(_beginnings(choice)):
            opened_by.setdefault(word, []).append(choice)
    return Pattern(
        choices=choices,
        optional=optional,
        repeated=repeated,
        opened_by={word: tuple(opened) for word, opened in opened_by.items()},
        empty=tuple(choice for choice in choices if _skippable(choice)),
    )


def _choices(parts: Sequence[str], at: int) -> tuple[Choices, int]:
    choices: list[list[str | Pattern]] = [[]]
    while at < len(parts) and parts[at] not in (")", "]"):
        part = parts[at]
        at += 1
        if part == "|":
            choices.append([])
        elif part in ("(", "["):
            inner, at = _choices(parts, at)
            repeated = parts[at + 1 : at + 2] == ["*"]
            at += 1 + repeated
            choices[-1].append(_pattern(inner, optional=part == "[" or repeated, repeated=repeated))
        elif part.startswith("{"):
            choices[-1].append(_parsed(CLASSES[part[1:-1]]))
        else:
            choices[-1].append(part)
    return tuple(map(tuple, choices)), at


def ends(pattern: Pattern, keys: Sequence[str], at: int) -> set[int]:
    """Where a pattern that begins at a word can end."""
    found = {at} if pattern.optional else set()
    once = _once(pattern, keys, at)
    while once - found:
        found |= once
        if not pattern.repeated:
            break
        once = {end for begin in once for end in _once(pattern, keys, begin)}
    return found


def _once(pattern: Pattern, keys: Sequence[str], at: int) -> set[int]:
    opened = pattern.empty
    if at < len(keys):
        opened += pattern.opened_by.get(keys[at], ())
        if "#" in pattern.opened_by and number(keys[at]) is not None:
            opened += pattern.opened_by["#"]
    return {end for choice in opened for end in _sequence(choice, keys, at)} if opened else set()


def _sequence(parts: tuple[str | Pattern, ...], keys: Sequence[str], at: int) -> set[int]:
    places = {at}
    for part in parts:
        if isinstance(part, str):
            places = {place + 1 for place in places if place < len(keys) and _fits(part, keys[place])}
        else:
            places = {end for place in places for end in ends(part, keys, place)}
        if not places:
            break
    return places


def _fits(word: str, key: str) -> bool:
    return number(key) is not None if word == "#" else word == key


def words_in(pattern: Pattern) -> Iterator[str]:
    """Every word a pattern names."""
    for choice in pattern.choices:
        for part in choice:
            if isinstance(part, str):
                yield part
            else:
                yield from words_in(part)


def beginnings(pattern: Pattern) -> set[str]:
    """The words a pattern can begin with."""
    return {word for choice in pattern.choices for word in _beginnings(choice)}


def _beginnings(parts: tuple[str | Pattern, ...]) -> Iterator[str]:
    for part in parts:
        if isinstance(part, str):
            yield part
            return
        yield from beginnings(part)
        if not part.optional and not part.empty:
            return


def _skippable(parts: tuple[str | Pattern, ...]) -> bool:
    return all(isinstance(part, Pattern) and (part.optional or bool(part.empty)) for part in parts)
