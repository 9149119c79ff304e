"""The Budgets contract, on every ledger: whatever the clocks do, no window holds more than its limit."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from ledgers import LEDGERS
from memory import SimulatedClock

from cloudcrate.ports.ledger import Ledger

DAYS = 3 * 86400.0


@pytest.fixture
def clock() -> SimulatedClock:
    return SimulatedClock(1_000_000.0)


@pytest.fixture(params=LEDGERS)
def ledger(request: pytest.FixtureRequest, tmp_path: Path, clock: SimulatedClock) -> Iterator[Ledger]:
    opened = LEDGERS[request.param](tmp_path, clock)
    yield opened
    opened.close()


NAMES = map("budget {}".format, count())
"""A budget for each example: what is opened is one ledger for all."""

examples = settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])


def take(ledger: Ledger, now: float, name: str = "notion") -> float:
    return ledger.take(name, limit=3, window=60.0, now=now)


def test_a_burst_up_to_the_limit_is_free_and_then_the_oldest_decides(ledger: Ledger) -> None:
    assert [take(ledger, now) for now in (0.0, 10.0, 20.0)] == [0.0, 0.0, 0.0]
    assert take(ledger, 25.0) == 35.0
    assert ledger.spent("notion", window=60.0, now=25.0) == 3
    assert take(ledger, 60.0) == 0.0
    assert take(ledger, 60.0) == 10.0
    assert ledger.spent("notion", window=60.0, now=75.0) == 2


def test_a_lower_limit_waits_until_enough_is_free(ledger: Ledger) -> None:
    for now in (0.0, 10.0, 20.0):
        take(ledger, now)
    assert ledger.take("notion", limit=1, window=60.0, now=25.0) == 55.0


def test_budgets_do_not_know_each_other(ledger: Ledger) -> None:
    for _ in range(3):
        take(ledger, 0.0)
    ledger.park("notion", until=1_000_100.0)
    assert take(ledger, 0.0, "media") == 0.0
    assert ledger.spent("media", window=60.0, now=0.0) == 1
    assert ledger.spent("never", window=60.0, now=0.0) == 0


def test_a_parked_budget_waits_as_long_as_the_service_said(ledger: Ledger, clock: SimulatedClock) -> None:
    ledger.park("notion", until=clock.now() + 40.0)
    ledger.park("notion", until=clock.now() + 10.0)
    assert ledger.parked_until("notion") == clock.now() + 40.0
    assert ledger.parked_until("never") == 0.0
    assert take(ledger, clock.now()) == 40.0
    assert ledger.spent("notion", window=60.0, now=clock.now()) == 0
    clock.advance(15.0)
    assert take(ledger, clock.now()) == 25.0
    clock.advance(25.0)
    assert take(ledger, clock.now()) == 0.0
    ledger.park("notion", until=clock.now() + 5.0)
    assert take(ledger, clock.now()) == 5.0


def test_a_clock_set_back_three_days_makes_nobody_wait_for_days(ledger: Ledger, clock: SimulatedClock) -> None:
    for _ in range(3):
        take(ledger, clock.now())
    clock.set_wall(clock.now() - DAYS)
    assert take(ledger, clock.now()) == 60.0
    clock.advance(60.0)
    assert take(ledger, clock.now()) == 0.0


def test_a_park_survives_a_clock_set_back_with_its_length(ledger: Ledger, clock: SimulatedClock) -> None:
    ledger.park("notion", until=clock.now() + 40.0)
    clock.set_wall(clock.now() - DAYS)
    assert take(ledger, clock.now()) == 40.0
    clock.advance(30.0)
    assert take(ledger, clock.now()) == 10.0
    clock.advance(10.0)
    assert take(ledger, clock.now()) == 0.0


def test_a_request_that_comes_late_shortens_nobodys_time(ledger: Ledger) -> None:
    """Its sender read the clock, was frozen, and asks only now."""
    assert [take(ledger, now) for now in (100.0, 110.0)] == [0.0, 0.0]
    assert take(ledger, 55.0) == 0.0
    assert take(ledger, 111.0) == 49.0
    assert take(ledger, 160.0) == 0.0
    assert take(ledger, 160.0) == 10.0


def test_a_request_that_comes_late_stands_beside_the_newest(ledger: Ledger) -> None:
    """It is sent after that one, whatever its clock said: so it leaves the window no earlier."""
    assert [take(ledger, now) for now in (100.0, 50.0, 100.0)] == [0.0, 0.0, 0.0]
    assert take(ledger, 115.0) == 45.0
    assert ledger.spent("notion", window=60.0, now=115.0) == 3


def test_a_request_that_comes_late_and_must_wait_waits_two_windows_at_the_most(ledger: Ledger) -> None:
    for _ in range(3):
        take(ledger, 100.0)
    assert take(ledger, 41.0) == 119.0
    assert take(ledger, 39.0) == 60.0  # further back than a window: the clock was set back


def test_a_park_outlives_a_request_that_comes_late(ledger: Ledger, clock: SimulatedClock) -> None:
    ledger.park("notion", until=clock.now() + 40.0)
    assert take(ledger, clock.now() - 39.0) == 79.0
    assert take(ledger, clock.now() + 39.0) == 1.0


def test_threads_share_a_budget(ledger: Ledger) -> None:
    with ThreadPoolExecutor(4) as pool:
        waits = list(pool.map(lambda n: ledger.take("notion", limit=30, window=60.0, now=n / 100), range(80)))
    assert waits.count(0.0) == 30
    assert ledger.spent("notion", window=60.0, now=1.0) == 30


@examples
@given(
    steps=st.lists(st.floats(0.0, 40.0), max_size=40),
    limit=st.integers(1, 5),
    window=st.sampled_from([1.0, 10.0, 60.0]),
)
def test_no_window_ever_holds_more_than_the_limit(
    ledger: Ledger, steps: list[float], limit: int, window: float
) -> None:
    now, spent, name = 1000.0, list[float](), next(NAMES)
    for step in steps:
        now += step
        wait = ledger.take(name, limit=limit, window=window, now=now)
        assert 0.0 <= wait <= window + 1e-6
        while wait:
            now += wait
            wait = ledger.take(name, limit=limit, window=window, now=now)
            assert wait <= 0.001
        spent.append(now)
    assert fullest(spent, window) <= limit


@examples
@given(
    steps=st.lists(st.tuples(st.floats(0.0, 30.0), st.sampled_from([0.0, 0.0, 1.0, 60.0, DAYS])), max_size=30),
    limit=st.integers(1, 4),
)
def test_a_clock_that_is_set_back_never_frees_anything(
    ledger: Ledger, steps: list[tuple[float, float]], limit: int
) -> None:
    clock, spent, name = SimulatedClock(10 * DAYS), list[float](), next(NAMES)
    for passes, back in steps:
        clock.advance(passes)
        clock.set_wall(clock.now() - back)
        wait = ledger.take(name, limit=limit, window=60.0, now=clock.now())
        assert wait <= 120.0 + 1e-6
        if not wait:
            spent.append(clock.monotonic())
    assert fullest(spent, 60.0) <= limit


@examples
@given(steps=st.lists(st.tuples(st.floats(0.0, 30.0), st.floats(0.0, 59.0)), max_size=30), limit=st.integers(1, 4))
def test_clocks_that_lag_behind_each_other_spend_no_more(
    ledger: Ledger, steps: list[tuple[float, float]], limit: int
) -> None:
    """By the clocks of those who ask, and by the places they get, no window holds more than the limit."""
    time, asked, places, name = 1000.0, list[float](), list[float](), next(NAMES)
    for passes, lag in steps:
        time += passes
        now = time - lag
        wait = ledger.take(name, limit=limit, window=60.0, now=now)
        assert wait <= 120.0 + 1e-6
        if not wait:
            asked.append(now)
            places.append(max([now, *places]))
    assert fullest(asked, 60.0) <= limit
    assert fullest(places, 60.0) <= limit


def fullest(spent: list[float], window: float) -> int:
    """The most requests in any window."""
    return max((sum(start <= at < start + window - 1e-6 for at in spent) for start in spent), default=0)
