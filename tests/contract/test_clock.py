"""The Clock contract, on the system's clock and on the simulated one."""

import threading
from collections.abc import Callable

import pytest
from memory import SimulatedClock

from cloudcrate.adapters.clock import SystemClock
from cloudcrate.errors import StoppedError
from cloudcrate.ports.world import Clock

CLOCKS: dict[str, Callable[[threading.Event], Clock]] = {
    "system": SystemClock,
    "simulated": lambda stop: SimulatedClock(stop=stop),
}


@pytest.fixture
def stop() -> threading.Event:
    return threading.Event()


@pytest.fixture(params=CLOCKS)
def clock(request: pytest.FixtureRequest, stop: threading.Event) -> Clock:
    return CLOCKS[request.param](stop)


def test_time_is_in_seconds_since_the_epoch(clock: Clock) -> None:
    assert 1_700_000_000 < clock.now() < 5_000_000_000


@pytest.mark.parametrize("seconds", [0.0, -1.0, 0.001])
def test_a_sleep_lets_its_time_pass(clock: Clock, seconds: float) -> None:
    before = clock.monotonic()
    clock.sleep(seconds)
    assert clock.monotonic() - before >= max(0.0, seconds)


def test_nobody_sleeps_when_the_user_has_asked_to_stop(clock: Clock, stop: threading.Event) -> None:
    stop.set()
    before = clock.monotonic()
    with pytest.raises(StoppedError):
        clock.sleep(3600.0)
    assert clock.monotonic() - before < 60.0


def test_a_stop_wakes_a_sleeper() -> None:
    stop, woken = threading.Event(), list[BaseException]()

    def sleep() -> None:
        try:
            SystemClock(stop).sleep(3600.0)
        except StoppedError as error:
            woken.append(error)

    sleeper = threading.Thread(target=sleep)
    sleeper.start()
    stop.set()
    sleeper.join(30.0)
    assert len(woken) == 1


def test_a_simulated_wall_clock_can_be_set_back_while_time_goes_on() -> None:
    clock = SimulatedClock(1000.0)
    clock.sleep(5.0)
    clock.set_wall(100.0)
    clock.advance(2.0)
    assert (clock.now(), clock.monotonic(), clock.slept) == (102.0, 7.0, [5.0])
