"""Tells those who asked for it how a run ended. Whatever goes wrong with that never fails the run."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from cloudcrate.core.ending import Ending, When, wants
from cloudcrate.core.redaction import redacted
from cloudcrate.core.text import visible
from cloudcrate.errors import CloudcrateError, Retry, ThrottledError
from cloudcrate.ports.heralds import Herald
from cloudcrate.ports.world import Clock

PAUSES = (1.0, 4.0)
"""Seconds before the second and the third try."""

PATIENCE = 20.0
"""Seconds after which no other try begins."""

LINE_LENGTH = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A herald, and of which endings it tells."""

    herald: Herald
    when: When = When.ALWAYS


class Endings:
    """Announces endings. ``say`` hears of those who could not be told."""

    def __init__(self, heralds: Sequence[Told], clock: Clock, say: Callable[[str], None]) -> None:
        self._heralds = tuple(heralds)
        self._clock = clock
        self._say = say

    def announce(self, ending: Ending) -> None:
        """Tells every herald that wants to hear of this ending. Never raises, and holds no lock.

        They are tried in rounds, so that one that is slow takes nobody else's turn: each once, and those whose
        trouble may pass up to twice more.
        """
        failed: dict[Herald, Exception] = {}
        error = _raised_by(partial(self._announce, ending, failed))
        for herald, trouble in failed.items():
            self._complain(herald.name, trouble)
        if error is not None:
            self._complain("someone", error)

    def _announce(self, ending: Ending, failed: dict[Herald, Exception]) -> None:
        """Leaves in ``failed`` who could not be told."""
        ends = self._clock.monotonic() + PATIENCE
        left = [told.herald for told in self._heralds if wants(told.when, ending)]
        for pause in (*PAUSES, None):
            for herald in left:
                failed.pop(herald, None)
                error = _raised_by(partial(herald.tell, ending))
                if error is not None:
                    failed[herald] = error
            if pause is None:
                return
            waits = {herald: max(pause, _asked(error)) for herald, error in failed.items() if _may_pass(error)}
            room = ends - self._clock.monotonic()
            left = [herald for herald, wait in waits.items() if wait < room]
            if not left or _raised_by(partial(self._clock.sleep, max(waits[herald] for herald in left))) is not None:
                return

    def _complain(self, name: str, error: Exception) -> None:
        """One line. Of what is not ours only the kind is told: its words may hold an address with a password."""
        words = error.message if isinstance(error, CloudcrateError) else type(error).__name__
        line = redacted(visible(f"{name} was not told how the run ended: {words}"))
        _raised_by(partial(self._say, line[:LINE_LENGTH]))


def _raised_by(call: Callable[[], object]) -> Exception | None:
    try:
        call()
    except Exception as error:  # noqa: BLE001  # heralds are foreign code, and the run has ended well without them
        return error
    return None


def _may_pass(error: Exception) -> bool:
    return isinstance(error, CloudcrateError) and not error.final and error.retry in (Retry.TRANSIENT, Retry.QUOTA)


def _asked(error: Exception) -> float:
    return error.retry_after if isinstance(error, ThrottledError) else 0.0
