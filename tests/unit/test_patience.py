"""When a request may be made again, and that nothing is sent before a service's Retry-After is over."""

import email.utils
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from notion_fakes import FakeBudgets, FakeClock, Wire

from cloudcrate.adapters import patience
from cloudcrate.adapters.http import Budget, Door, Hosts, Outgoing
from cloudcrate.errors import CloudcrateError, DamagedError, RefusedError, ThrottledError, UnavailableError

HOSTS = Hosts(name="h", exact=frozenset({"a.example", "b.example"}))
NOW = 1_800_000_000.0


def date(at: float) -> str:
    return email.utils.formatdate(at, usegmt=True)


def get(url: str = "https://a.example/x", budget: Budget | None = None) -> Outgoing:
    return Outgoing(method="GET", url=url, hosts=HOSTS, budget=budget)


class Bench:
    """A door in front of a wire whose answers a test gives; ``sent`` holds when each request went out."""

    def __init__(self, answer: Callable[[httpx.Request], httpx.Response]) -> None:
        self.clock = FakeClock()
        self.sent: list[tuple[str, float]] = []
        self.answer = answer
        self.door = Door(clock=self.clock, budgets=FakeBudgets(), transport=Wire(self._answered))

    def _answered(self, request: httpx.Request) -> httpx.Response:
        self.sent.append((request.url.host, self.clock.now()))
        return self.answer(request)


def refusing(status: int, headers: dict[str, str]) -> Callable[[httpx.Request], httpx.Response]:
    """The first answer refuses, the others do not."""
    answers = [httpx.Response(status, headers=headers)]
    return lambda _: answers.pop() if answers else httpx.Response(200)


@pytest.mark.parametrize("status", sorted(patience.REFUSING))
@pytest.mark.parametrize("value", ["40", date(FakeClock().now() + 40)], ids=["seconds", "date"])
def test_nothing_goes_to_a_host_before_its_retry_after_is_over(status: int, value: str) -> None:
    bench = Bench(refusing(status, {"retry-after": value}))
    began = bench.clock.now()
    bench.door.send(get())
    bench.door.send(get("https://b.example/x"))
    assert bench.clock.now() == began  # another host has asked for nothing
    bench.door.send(get())
    assert bench.sent[-1][1] >= began + 40


def test_every_thread_waits_for_what_one_of_them_was_told() -> None:
    bench = Bench(refusing(429, {"retry-after": "40"}))
    began = bench.clock.now()
    bench.door.send(get())
    ready = threading.Barrier(6)

    def ask(_: int) -> int:
        ready.wait(10)
        return bench.door.send(get()).status

    with ThreadPoolExecutor(6) as pool:
        assert set(pool.map(ask, range(6))) == {200}
    assert min(at for _, at in bench.sent[1:]) >= began + 40


def test_the_budget_and_the_host_are_both_waited_for() -> None:
    bench = Bench(refusing(429, {"retry-after": "40"}))
    budget = Budget(name="b", limit=5, window=60.0)
    began = bench.clock.now()
    bench.door.send(get(budget=budget))
    bench.door.park(budget, 10.0)
    bench.door.send(get(budget=budget))
    assert bench.sent[-1][1] >= began + 40


@pytest.mark.parametrize(
    ("headers", "wait"),
    [
        ({}, None),
        ({"retry-after": "7"}, 7.0),
        ({"retry-after": "0"}, 0.0),
        ({"retry-after": "1.5"}, 1.5),
        ({"retry-after": "-3"}, 0.0),
        ({"retry-after": "99999999"}, patience.LONGEST_WAIT),
        ({"retry-after": "nan"}, None),
        ({"retry-after": "inf"}, None),
        ({"retry-after": "soon"}, None),
        ({"retry-after": ""}, None),
        ({"retry-after": date(NOW + 30)}, 30.0),
        ({"retry-after": date(NOW - 30)}, 0.0),
        ({"retry-after": date(NOW + 30), "date": "yesterday"}, 30.0),
    ],
)
def test_a_retry_after_is_read_as_seconds_or_as_a_date(headers: dict[str, str], wait: float | None) -> None:
    assert patience.asked_wait(headers, NOW) == wait


def test_a_date_counts_by_the_services_clock_and_not_by_ours() -> None:
    headers = {"date": date(NOW + 3600), "retry-after": date(NOW + 3630)}
    assert patience.asked_wait(headers, NOW) == 30.0


def failing(error: Callable[[], CloudcrateError]) -> tuple[list[int], Callable[[], int]]:
    calls: list[int] = []

    def call() -> int:
        calls.append(1)
        raise error()

    return calls, call


def reached() -> Bench:
    """A door through which somebody has answered."""
    bench = Bench(lambda _: httpx.Response(200))
    bench.door.send(get())
    return bench


@pytest.mark.parametrize(
    ("error", "times"),
    [
        (lambda: UnavailableError("x"), patience.ATTEMPTS),
        (lambda: ThrottledError("x", retry_after=1.0), patience.ATTEMPTS),
        (lambda: DamagedError("x"), patience.ATTEMPTS_DAMAGED),
        (lambda: RefusedError("x"), 1),
    ],
    ids=["transient", "quota", "damaged", "guard"],
)
def test_what_is_tried_again_is_a_matter_of_its_class(error: Callable[[], CloudcrateError], times: int) -> None:
    calls, call = failing(error)
    with pytest.raises(CloudcrateError):
        reached().door.retried(call)
    assert len(calls) == times


def test_attempts_within_attempts_do_not_multiply() -> None:
    bench = reached()
    calls, call = failing(lambda: UnavailableError("x"))
    with pytest.raises(UnavailableError) as caught:
        bench.door.retried(lambda: bench.door.retried(lambda: bench.door.retried(call)))
    assert len(calls) == patience.ATTEMPTS
    assert caught.value.final


def test_a_network_that_breaks_connections_is_there_and_one_without_connections_may_not_be() -> None:
    for error, times in ((httpx.ReadError("reset"), patience.ATTEMPTS), (httpx.ConnectError("no"), 6)):

        def breaks(_: httpx.Request, error: Exception = error) -> httpx.Response:
            raise error

        bench = Bench(breaks)
        with pytest.raises(UnavailableError):
            bench.door.retried(lambda bench=bench: bench.door.send(get()))  # type: ignore[misc]  # one per turn
        assert len(bench.sent) == times


def test_pauses_grow_to_a_bound_and_are_never_all_alike() -> None:
    error = UnavailableError("x")
    for attempt in range(1, patience.ATTEMPTS):
        most = min(patience.LONGEST_PAUSE, patience.FIRST_PAUSE * 2 ** (attempt - 1))
        drawn = [patience.pause(attempt, error) for _ in range(200)]
        assert most / 2 <= min(drawn) < max(drawn) <= most
        assert max(drawn) - min(drawn) > most / 4


def test_what_a_service_asks_for_is_waited_for_and_then_not_all_at_once() -> None:
    drawn = [patience.pause(1, ThrottledError("x", retry_after=40.0)) for _ in range(200)]
    assert 40.0 <= min(drawn) < max(drawn) <= 40.0 + patience.SPREAD
