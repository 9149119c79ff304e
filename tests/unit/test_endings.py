"""Announcing an ending: everybody is told who wants to hear, some more than once, and nothing of it fails a run."""

import threading
from collections.abc import Callable

import pytest
from endings_made import CHANGED, UNCHANGED, made
from memory import SimulatedClock

from cloudcrate.app.endings import Endings, Told
from cloudcrate.core.ending import Ending, When
from cloudcrate.errors import CredentialsError, DiskError, StoppedError, ThrottledError, UnavailableError


class FakeHerald:
    """Fails as it is told to, then hears."""

    def __init__(
        self, name: str, *errors: BaseException, cost: float = 0.0, clock: SimulatedClock | None = None
    ) -> None:
        self.name = name
        self.heard: list[Ending] = []
        self.tries = 0
        self._errors = list(errors)
        self._cost, self._clock = cost, clock

    def tell(self, ending: Ending) -> None:
        """See ``Herald``."""
        self.tries += 1
        if self._clock is not None:
            self._clock.advance(self._cost)
        if self._errors:
            raise self._errors.pop(0)
        self.heard.append(ending)


def announced(
    *heralds: FakeHerald, clock: SimulatedClock | None = None, say: Callable[[str], None] | None = None
) -> list[str]:
    said: list[str] = []
    Endings([Told(herald=h) for h in heralds], clock or SimulatedClock(), say or said.append).announce(made())
    return said


def test_everybody_is_told_once_when_all_goes_well() -> None:
    one, other = FakeHerald("one"), FakeHerald("other")
    assert announced(one, other) == []
    assert one.heard == other.heard == [made()]


def test_nobody_to_tell_is_fine() -> None:
    assert announced() == []


def test_what_may_pass_is_tried_again_without_telling_the_others_twice() -> None:
    clock = SimulatedClock()
    slow, well = FakeHerald("slow", UnavailableError("x"), UnavailableError("x")), FakeHerald("well")
    assert announced(slow, well, clock=clock) == []
    assert (slow.tries, well.tries) == (3, 1)
    assert len(slow.heard) == len(well.heard) == 1
    assert clock.slept == [1.0, 4.0]


def test_after_the_third_try_it_is_said_once() -> None:
    gone = FakeHerald("the webhook", *(UnavailableError(f"no {n}") for n in range(9)))
    assert announced(gone) == ["the webhook was not told how the run ended: no 2"]
    assert gone.tries == 3


@pytest.mark.parametrize("error", [DiskError("x"), CredentialsError("x")])
def test_what_does_not_pass_is_not_tried_again(error: Exception) -> None:
    herald = FakeHerald("h", error)
    assert announced(herald) == ["h was not told how the run ended: x"]
    assert herald.tries == 1


def test_an_error_that_is_final_is_not_tried_again() -> None:
    error = UnavailableError("x")
    error.final = True
    herald = FakeHerald("h", error)
    assert len(announced(herald)) == 1
    assert herald.tries == 1


def test_a_wait_that_fits_is_kept_and_a_longer_one_gives_up() -> None:
    clock = SimulatedClock()
    short, long = FakeHerald("short", ThrottledError("x", retry_after=9.0)), FakeHerald("long")
    long._errors = [ThrottledError("busy", retry_after=600.0)]
    assert announced(short, long, clock=clock) == ["long was not told how the run ended: busy"]
    assert short.tries == 2
    assert clock.slept == [9.0]
    assert long.tries == 1


def test_no_try_begins_after_twenty_seconds() -> None:
    clock = SimulatedClock()
    slow = FakeHerald("slow", *(UnavailableError("x") for _ in range(9)), cost=10.0, clock=clock)
    assert len(announced(slow, clock=clock)) == 1
    assert slow.tries == 2
    assert clock.monotonic() <= 30.0


def test_an_unexpected_error_of_a_third_party_is_named_by_its_kind_alone() -> None:
    broken, well = FakeHerald("broken", RuntimeError("https://user:canary@example.org")), FakeHerald("well")
    assert announced(broken, well) == ["broken was not told how the run ended: RuntimeError"]
    assert broken.tries == 1
    assert len(well.heard) == 1


def test_what_is_said_is_short_visible_and_without_secrets() -> None:
    (line,) = announced(FakeHerald("h", DiskError("ntn_canary0123456789\x1b[2J\n" + "x" * 999)))
    assert "canary" not in line
    assert line.isprintable()
    assert len(line) <= 300


def test_even_when_nothing_can_be_said_nothing_is_raised() -> None:
    def broken(_: str) -> None:
        raise BrokenPipeError

    other = FakeHerald("other")
    announced(FakeHerald("h", DiskError("x")), other, say=broken)
    assert len(other.heard) == 1


def test_who_asks_to_stop_waits_for_no_other_try() -> None:
    stop = threading.Event()
    stop.set()
    gone, well = FakeHerald("gone", UnavailableError("x")), FakeHerald("well")
    assert announced(gone, well, clock=SimulatedClock(stop=stop)) == ["gone was not told how the run ended: x"]
    assert gone.tries == well.tries == 1


def test_a_herald_that_is_stopped_does_not_stop_the_others() -> None:
    stopped, well = FakeHerald("stopped", StoppedError("Stopped.")), FakeHerald("well")
    assert len(announced(stopped, well)) == 1
    assert len(well.heard) == 1


def test_an_interruption_is_not_swallowed() -> None:
    with pytest.raises(KeyboardInterrupt):
        announced(FakeHerald("h", KeyboardInterrupt()))


def test_only_those_who_want_to_hear_of_it_are_told() -> None:
    heralds = {when: FakeHerald(when.value) for when in When}
    endings = Endings([Told(herald=h, when=w) for w, h in heralds.items()], SimulatedClock(), print)
    endings.announce(made(UNCHANGED))
    endings.announce(made(CHANGED))
    assert {when: herald.tries for when, herald in heralds.items()} == {
        When.ALWAYS: 2,
        When.CHANGES: 1,
        When.PROBLEMS: 0,
    }


def test_an_ending_without_a_sum_does_no_harm() -> None:
    """What cannot even be looked at is one line, not an error."""
    said: list[str] = []
    broken = made()
    object.__setattr__(broken, "report", 7)
    Endings([Told(herald=FakeHerald("h"), when=When.CHANGES)], SimulatedClock(), said.append).announce(broken)
    assert said == ["someone was not told how the run ended: AttributeError"]
