"""How many tracks, and how often: the numbers in a sentence."""

from collections.abc import Sequence

from cloudcrate.core.sentences_match import number
from cloudcrate.core.sentences_parse import Clause
from cloudcrate.core.sentences_request import Action, DeclinedError
from cloudcrate.core.sentences_senses import NO, YES, Sense

_UNIT_HOURS = {"h": 1.0, "m": 1 / 60, "d": 24.0, "w": 168.0}
_REGULARLY = {"hourly": 1.0, "daily": 24.0, "weekly": 168.0}


def limit_of(said: Sequence[Clause]) -> int | None:
    """How many tracks from the top. Raises: DeclinedError."""
    found = {_count(keys) for keys in said_of(said, Sense.LIMIT)}
    if len(found) > 1:
        raise DeclinedError(Action.CLARIFY, "Two limits were given. Say one of them.")
    limit = found.pop() if found else None
    if limit is not None and (limit < 1 or limit != int(limit)):
        raise DeclinedError(Action.CLARIFY, "A limit is a whole number of tracks, at least one.")
    return None if limit is None else int(limit)


def limits_what_is_forbidden(clause: Clause) -> bool:
    """Whether a limit belongs to a denial ("don't download the first 20 of it"), with no comma between them."""
    verb = None
    for part in clause.parts:
        if part.sense in NO | YES | {Sense.COMMA}:
            verb = part.sense
        if part.sense is Sense.LIMIT and verb in NO:
            return True
    return False


def _count(keys: Sequence[str]) -> float:
    return next((value for key in keys if (value := number(key)) is not None), 1.0)


def hours_of(said: Sequence[Clause]) -> float | None:
    """How many hours between two runs. Raises: DeclinedError."""
    found = {_interval(keys) for keys in said_of(said, Sense.EVERY)}
    if len(found) > 1:
        raise DeclinedError(Action.CLARIFY, "Two intervals were given. Say one of them.")
    hours = found.pop() if found else None
    if hours is not None and hours <= 0:
        raise DeclinedError(Action.CLARIFY, "An interval is longer than nothing. Say for instance: every 6 hours.")
    return hours


def _interval(keys: Sequence[str]) -> float:
    if keys[0] in _REGULARLY:
        return _REGULARLY[keys[0]]
    unit = next((_UNIT_HOURS[key[0]] for key in reversed(keys) if key[0] in _UNIT_HOURS and number(key) is None), 1.0)
    times = 2.0 if "twice" in keys or "other" in keys else _count(keys)
    if "times" in keys or "x" in keys or "twice" in keys:
        return unit / times if times > 0 else 0.0
    return unit * times * (0.5 if "half" in keys else 1.0)


def said_of(said: Sequence[Clause], sense: Sense) -> list[list[str]]:
    return [[word.key for word in part.words] for clause in said for part in clause.parts if part.sense is sense]
