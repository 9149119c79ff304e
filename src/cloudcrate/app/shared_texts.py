"""Outcomes and errors as the texts in which a shared run keeps them."""

from collections.abc import Iterator
from dataclasses import dataclass

from cloudcrate.core import codec
from cloudcrate.core.report import Outcome
from cloudcrate.errors import CloudcrateError, StoppedError
from cloudcrate.ports.work import SharedRun


@dataclass(frozen=True, slots=True, kw_only=True)
class _Trouble:
    """An error as it is kept."""

    kind: str  # the name of a class of ``errors``
    message: str
    hint: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Told:
    """Lets one outcome be read."""

    outcome: Outcome


def outcome(text: str) -> Outcome:
    """Reads one outcome. Raises: StateError."""
    return codec.loads(_Told, f'{{"outcome":{text}}}').outcome


def trouble(raised: CloudcrateError) -> str:
    """An error as text: as the nearest kind that every process knows."""
    kinds = set(_kinds())
    known = next(kind for kind in type(raised).__mro__ if kind in kinds)
    return codec.dumps(_Trouble(kind=known.__name__, message=raised.message, hint=raised.hint))


def error(shared: SharedRun) -> CloudcrateError | None:
    """What ended a run before its time."""
    if shared.error:
        kept = codec.loads(_Trouble, shared.error)
        kinds = {kind.__name__: kind for kind in _kinds()}
        return kinds.get(kept.kind, CloudcrateError)(kept.message, hint=kept.hint)
    if shared.stopping_since is not None:
        return StoppedError("The run was cancelled.", hint="Run the same command again: it goes on where it was.")
    return None


def _kinds(kind: type[CloudcrateError] = CloudcrateError) -> Iterator[type[CloudcrateError]]:
    """The classes of ``errors``: made of a message and a hint, in every process."""
    if kind.__module__ == CloudcrateError.__module__:
        yield kind
    for narrower in kind.__subclasses__():
        yield from _kinds(narrower)
