"""Learning which of two limits a service has: what it costs, what is remembered, and who waits."""

import heapq
import json
import math
import multiprocessing
import threading
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from memory import EPOCH, MemoryLedger, SimulatedClock

from cloudcrate.adapters.http import Budget, Door, Hosts, Outgoing
from cloudcrate.adapters.notion.client import NotionClient
from cloudcrate.adapters.pace import DAY, LOOK_AGAIN, Admission, Gate, Learnt, Pace, Turn
from cloudcrate.adapters.sql.ledger import open_ledger
from cloudcrate.errors import DiskError, UnavailableError
from cloudcrate.sandbox.inprocess import InProcessTransport
from cloudcrate.sandbox.playground import Playground
from cloudcrate.tokens import Secret

LOW, HIGH, WINDOW = 4, 14, 60.0
NOTE = "pace:b"


# --- the rules, one by one ----------------------------------------------------------------------


@dataclass
class Bench:
    """A gate whose clock moves when it says "wait"."""

    ledger: MemoryLedger = field(default_factory=MemoryLedger)
    now: float = EPOCH

    def __post_init__(self) -> None:
        self.pace = Pace(limit=LOW, most=HIGH, window=WINDOW)
        self.gate = Gate("b", self.pace, budgets=self.ledger, notes=self.ledger)

    def ask(self) -> Admission:
        """Waits until a request may go out."""
        while not isinstance(answer := self.gate.ask(self.now), Admission):
            self.now += answer
        return answer

    def send(self, count: int = 1, status: int = 200) -> list[bool]:
        """Sends requests that are all answered with ``status``; says which were probes."""
        sent: list[Admission] = []
        for _ in range(count):
            sent.append(self.ask())
            self.gate.ended(sent[-1], status, now=self.now)
        return [admission.probe for admission in sent]

    def refuse(self, *, own_limit: bool = True) -> None:
        """Sends a request that is refused."""
        self.send(status=429)
        self.gate.refused(own_limit=own_limit, now=self.now)

    def learnt(self) -> int | None:
        """What the note says."""
        note = self.ledger.note(NOTE)
        return None if note is None else int(json.loads(note)["limit"])

    def fill(self, windows: int = 1) -> None:
        """Sends what the lower limit allows in so many windows."""
        assert self.send(LOW * windows) == [False] * LOW * windows


@pytest.fixture
def at() -> Bench:
    return Bench()


def test_the_first_full_window_is_waited_out_and_the_next_one_probes_once(at: Bench) -> None:
    at.fill()
    assert at.now == EPOCH
    at.fill()
    assert at.now == EPOCH + WINDOW
    probe = at.ask()
    assert (probe.probe, at.now) == (True, EPOCH + WINDOW)
    assert [at.gate.ask(at.now) for _ in range(3)] == [LOOK_AGAIN] * 3
    at.gate.ended(probe, 200, now=at.now)
    assert at.learnt() == HIGH
    assert at.send(HIGH - LOW - 1) == [False] * (HIGH - LOW - 1)
    assert at.now == EPOCH + WINDOW
    assert at.gate.ask(at.now) == WINDOW


def test_while_a_probe_is_on_its_way_nobody_sends_beyond_the_limit_even_when_the_window_moves_on(at: Bench) -> None:
    at.fill(2)
    assert at.ask().probe
    at.now += 5 * WINDOW
    assert at.send(LOW) == [False] * LOW
    assert at.gate.ask(at.now) == LOOK_AGAIN


def test_a_probe_that_is_refused_teaches_the_lower_limit_for_a_day(at: Bench) -> None:
    at.fill(2)
    at.refuse()
    assert at.learnt() == LOW
    assert at.gate.ask(at.now) == WINDOW
    began = at.now
    while at.now < began + DAY - WINDOW:
        assert at.send(LOW) == [False] * LOW
    at.now = began + DAY
    at.fill(2)
    assert at.ask().probe


def test_a_refused_probe_teaches_nothing_when_the_reason_is_another(at: Bench) -> None:
    at.fill(2)
    at.refuse(own_limit=False)
    assert at.learnt() is None
    at.now += 2 * WINDOW
    at.fill(2)
    assert at.ask().probe


@pytest.mark.parametrize("status", [0, 502, 529])
def test_a_probe_without_a_clear_answer_teaches_nothing_and_is_not_repeated_at_once(at: Bench, status: int) -> None:
    at.fill(2)
    assert at.send(status=status) == [True]
    assert at.learnt() is None
    at.fill(2)
    assert at.learnt() is None


def test_a_parked_budget_is_not_taken_for_a_full_one(at: Bench) -> None:
    at.ledger.park("b", until=at.now + 2 * WINDOW)
    assert at.gate.ask(at.now) == 2 * WINDOW
    at.now += 2 * WINDOW
    at.fill()
    assert at.gate.ask(at.now) == LOOK_AGAIN


def test_a_refusal_lets_the_windows_count_anew(at: Bench) -> None:
    at.fill()
    at.refuse()
    assert at.learnt() is None
    at.now += WINDOW
    at.fill(2)
    assert at.ask().probe


def test_a_refusal_while_a_probe_is_on_its_way_spoils_it(at: Bench) -> None:
    at.fill(2)
    probe = at.ask()
    at.gate.refused(own_limit=False, now=at.now)
    at.gate.ended(probe, 200, now=at.now)
    assert at.learnt() is None


def learnt_high(at: Bench) -> None:
    at.fill(2)
    assert at.send() == [True]
    assert at.learnt() == HIGH
    at.now += 2 * WINDOW


def test_a_refusal_after_few_requests_takes_back_what_was_learnt(at: Bench) -> None:
    learnt_high(at)
    at.send(2 * LOW)
    at.refuse()
    assert at.learnt() == LOW
    assert at.gate.ask(at.now) == WINDOW


def test_a_refusal_after_more_than_twice_the_limit_keeps_what_was_learnt(at: Bench) -> None:
    learnt_high(at)
    at.send(2 * LOW + 1)
    at.refuse()
    assert at.learnt() == HIGH


def test_what_was_refused_failed_or_is_on_its_way_proves_nothing(at: Bench) -> None:
    learnt_high(at)
    at.send(2 * LOW)
    at.send(status=0)
    at.ask()
    at.refuse(own_limit=False)
    at.refuse()
    assert at.learnt() == LOW


def test_what_failed_before_this_window_does_not_count(at: Bench) -> None:
    learnt_high(at)
    at.send(3, status=0)
    at.now += 2 * WINDOW
    at.send(2 * LOW + 1)
    at.refuse()
    assert at.learnt() == HIGH


def test_a_clock_set_back_does_not_put_the_probe_off(at: Bench) -> None:
    at.fill()
    assert at.gate.ask(at.now) == LOOK_AGAIN
    at.now -= 3 * DAY
    at.fill()
    assert at.ask().probe


def test_other_reasons_leave_what_was_learnt(at: Bench) -> None:
    learnt_high(at)
    at.refuse(own_limit=False)
    assert at.learnt() == HIGH


def test_another_process_knows_and_sees_when_it_is_taken_back(at: Bench) -> None:
    other = Bench(ledger=at.ledger)
    learnt_high(at)
    other.now = at.now
    assert other.send(HIGH) == [False] * HIGH
    assert other.now == at.now
    at.now = other.now = at.now + 2 * WINDOW
    at.refuse()
    at.ledger.park("b", until=at.now + 30.0)
    assert other.gate.ask(other.now) == 30.0
    assert (other.pace.limit, at.pace.limit) == (LOW, LOW)


def test_of_many_processes_one_probes(at: Bench) -> None:
    others = [Bench(ledger=at.ledger) for _ in range(3)]
    at.fill()
    for other in others:
        assert other.gate.ask(EPOCH) == LOOK_AGAIN
    assert at.gate.ask(EPOCH) == LOOK_AGAIN
    at.now += WINDOW
    at.fill()
    answers = [bench.gate.ask(at.now) for bench in (at, *others, at)]
    assert [isinstance(answer, Admission) for answer in answers] == [True, False, False, False, False]
    assert isinstance(answers[0], Admission)
    at.gate.ended(answers[0], 0, now=at.now)
    others[0].now = at.now + 3 * WINDOW
    others[0].fill()
    assert others[0].ask().probe


@pytest.mark.parametrize(
    "note",
    [
        None,
        "",
        "{",
        "[]",
        "7",
        "null",
        "{}",
        "[" * 100_000,
        json.dumps({"limit": HIGH}),
        json.dumps({"limit": str(HIGH), "at": 1.0, "probe_after": 2.0}),
        json.dumps({"limit": True, "at": 1.0, "probe_after": 2.0}),
        json.dumps({"limit": HIGH, "at": "then", "probe_after": 2.0}),
        json.dumps({"limit": HIGH, "at": math.nan, "probe_after": 2.0}),
        json.dumps({"limit": HIGH, "at": 1.0, "probe_after": math.inf}),
        json.dumps({"limit": HIGH, "at": 1.0, "probe_after": 3 * DAY}),
        json.dumps({"limit": HIGH, "at": 2.0, "probe_after": 1.0}),
        json.dumps({"limit": HIGH, "at": 10**400, "probe_after": 10**400}),
        json.dumps({"limit": HIGH + 1, "at": 1.0, "probe_after": 2.0}),
        Learnt(limit=HIGH, at=EPOCH + 3 * DAY, probe_after=EPOCH + 4 * DAY).to_note(),
    ],
)
def test_a_note_without_sense_counts_as_nothing_learnt(note: str | None) -> None:
    pace = Pace(limit=LOW, most=HIGH, window=WINDOW)
    pace.recall(note, now=EPOCH)
    assert pace.limit == LOW
    assert pace.full(now=EPOCH, sent_after=lambda _: 0) is Turn.LOOK


def test_a_note_is_taken_over_unless_it_is_older_than_what_is_known() -> None:
    pace = Pace(limit=LOW, most=HIGH, window=WINDOW)
    pace.recall(Learnt(limit=HIGH, at=EPOCH, probe_after=EPOCH + DAY).to_note(), now=EPOCH + 1)
    assert pace.limit == HIGH
    pace.recall(Learnt(limit=LOW, at=EPOCH - 1, probe_after=EPOCH + DAY - 1).to_note(), now=EPOCH + 1)
    assert pace.limit == HIGH
    pace.recall(Learnt(limit=LOW, at=EPOCH + 1, probe_after=EPOCH + DAY + 1).to_note(), now=EPOCH + 1)
    assert pace.limit == LOW


def test_a_fixed_limit_is_never_probed() -> None:
    ledger = MemoryLedger()
    gate = Gate("b", Pace(limit=2, most=None, window=WINDOW), budgets=ledger, notes=ledger)
    now = EPOCH
    for _ in range(20):
        while not isinstance(answer := gate.ask(now), Admission):
            now += answer
        assert not answer.probe
        gate.ended(answer, 200, now=now)
    gate.refused(own_limit=True, now=now)
    assert now >= EPOCH + 9 * WINDOW
    assert ledger.note(NOTE) is None


# --- against every service there may be -----------------------------------------------------------


@dataclass
class Service:
    """A fixed window that begins on its own terms, and how many it refused when."""

    limit: int
    phase: float | None  # None: a window begins with its first request
    began: float = -math.inf
    count: int = 0
    refused: list[float] = field(default_factory=list)

    def answer(self, now: float) -> float:
        """Counts a request; answers 0, or the seconds until the window is over."""
        if now >= self.began + WINDOW:
            self.began = now if self.phase is None else now - (now - self.phase) % WINDOW
            self.count = 0
        self.count += 1
        if self.count <= self.limit:
            return 0.0
        self.refused.append(now)
        return max(0.5, self.began + WINDOW - now)


def play(service: Service, gates: list[Gate], ledger: MemoryLedger, idle: list[float], latency: float) -> None:
    """Lets one worker per gate entry send; ``idle`` gives the pauses of all workers in turn."""
    events: list[tuple[float, int, int, tuple[Admission, float] | None]] = []
    for number in range(len(gates)):
        heapq.heappush(events, (EPOCH, number, number, None))
    order, pauses = len(gates), iter(idle)
    while events:
        now, _, worker, answered = heapq.heappop(events)
        gate, order = gates[worker], order + 1
        if answered is not None:
            admission, wait = answered
            gate.ended(admission, 429 if wait else 200, now=now)
            if wait:
                ledger.park("b", until=now + wait)
                gate.refused(own_limit=True, now=now)
            if (pause := next(pauses, None)) is not None:
                heapq.heappush(events, (now + pause, order, worker, None))
            continue
        asked = gate.ask(now)
        if isinstance(asked, Admission):
            heapq.heappush(events, (now + latency, order, worker, (asked, service.answer(now))))
        else:
            heapq.heappush(events, (now + asked, order, worker, None))


PAUSES = st.lists(st.sampled_from([0.0, 0.0, 0.0, 0.25, 1.0, 7.0, 20.0, 45.0, 100.0, DAY]), min_size=60, max_size=250)
PHASES = st.none() | st.floats(0.0, 59.9)


@settings(max_examples=100)
@given(true=st.sampled_from([LOW, HIGH]), phase=PHASES, idle=PAUSES, latency=st.sampled_from([0.0, 0.3, 2.0]))
def test_one_worker_is_refused_once_a_day_at_most(
    true: int, phase: float | None, idle: list[float], latency: float
) -> None:
    ledger, service = MemoryLedger(), Service(true, phase)
    gate = Gate("b", Pace(limit=LOW, most=HIGH, window=WINDOW), budgets=ledger, notes=ledger)
    play(service, [gate], ledger, idle, latency)
    assert true == LOW or not service.refused
    for first, second in zip(service.refused, service.refused[1:], strict=False):
        assert second - first >= DAY - 2 * latency


@settings(max_examples=100)
@given(
    true=st.sampled_from([LOW, HIGH]),
    phase=PHASES,
    idle=PAUSES,
    latency=st.sampled_from([0.0, 0.3, 2.0]),
    workers=st.integers(1, 6),
    processes=st.integers(1, 2),
)
def test_many_workers_are_refused_no_more_than_they_had_on_their_way(
    true: int, phase: float | None, idle: list[float], latency: float, workers: int, processes: int
) -> None:
    ledger, service = MemoryLedger(), Service(true, phase)
    gates = [
        Gate("b", Pace(limit=LOW, most=HIGH, window=WINDOW), budgets=ledger, notes=ledger) for _ in range(processes)
    ]
    play(service, [gates[n % processes] for n in range(workers)], ledger, idle, latency)
    assert true == LOW or not service.refused
    for first in service.refused:
        assert sum(first <= at < first + DAY - 2 * latency - WINDOW for at in service.refused) <= workers


# --- with a door, a client and the sandbox ----------------------------------------------------------


def notion(
    per_minute: int, anchor: str, *, phase: float = 0.0, latency: float = 0.0
) -> tuple[Playground, SimulatedClock]:
    """A pretended Notion at ``phase`` seconds past a full minute."""
    clock = SimulatedClock(EPOCH - EPOCH % 60.0 + phase)
    knobs = {"per_minute": per_minute, "window_anchor": anchor}
    return Playground.from_scenario({"notion": knobs, "latency": {"*": latency}}, clock=clock.now), clock


def client(playground: Playground, clock: SimulatedClock, ledger: MemoryLedger) -> NotionClient:
    transport = InProcessTransport(playground, sleep=clock.sleep)
    door = Door(clock=clock, budgets=ledger, notes=ledger, transport=transport)
    return NotionClient(door, Secret("ntn_sandbox"), budget=Budget(name="b", limit=180, window=60.0, most=600))


def refusals(playground: Playground) -> int:
    return sum(entry.status == 429 for entry in playground.journal.entries())


@pytest.mark.parametrize("anchor", ["first", "clock"])
@pytest.mark.parametrize("phase", [0.0, 25.0, 50.0])
@pytest.mark.parametrize(("per_minute", "refused", "floor"), [(180, 1, 180.0), (600, 0, 60.0)])
def test_seven_hundred_requests_take_as_long_as_the_windows(
    anchor: str, phase: float, per_minute: int, refused: int, floor: float
) -> None:
    playground, clock = notion(per_minute, anchor, phase=phase)
    ledger = MemoryLedger(clock)
    first = client(playground, clock, ledger)
    for _ in range(700):
        first.me()
    assert clock.monotonic() <= 1.05 * floor
    assert refusals(playground) == refused
    assert json.loads(str(ledger.note(NOTE)))["limit"] == per_minute

    clock.advance(300.0)
    second, began = client(playground, clock, ledger), clock.monotonic()
    for _ in range(per_minute):
        second.me()
    assert clock.monotonic() == began
    second.me()
    assert clock.monotonic() >= began + 60.0
    assert refusals(playground) == refused


class Diary(MemoryLedger):
    """Keeps every limit that was ever noted."""

    def __init__(self, clock: SimulatedClock) -> None:
        super().__init__(clock)
        self.limits: list[int] = []

    def keep_note(self, key: str, text: str) -> None:
        super().keep_note(key, text)
        self.limits.append(json.loads(text)["limit"])


@pytest.mark.parametrize(("phase", "learnt"), [(0.0, [180]), (10.0, [180]), (30.0, [600, 180]), (50.0, [600, 180])])
def test_a_probe_that_passed_because_a_window_of_theirs_was_over_costs_one_refusal(
    phase: float, learnt: list[int]
) -> None:
    """180 requests take 45 s here: in half of these, a window of theirs ends between them and the probe."""
    playground, clock = notion(180, "clock", phase=phase, latency=0.25)
    ledger = Diary(clock)
    asking = client(playground, clock, ledger)
    for _ in range(1000):
        asking.me()
    assert refusals(playground) == 1
    assert ledger.limits == learnt


# --- the door -----------------------------------------------------------------------------------------

API = Hosts(name="api", exact=frozenset({"api.example.org"}))


def outgoing(budget: Budget) -> Outgoing:
    return Outgoing(method="GET", url="https://api.example.org/x", hosts=API, budget=budget)


def test_a_note_that_cannot_be_kept_does_not_spoil_an_answer() -> None:
    class Full(MemoryLedger):
        def keep_note(self, key: str, text: str) -> None:
            raise DiskError("The disk is full.")

    clock = SimulatedClock()
    ledger = Full(clock)
    budget = Budget(name="b", limit=LOW, window=WINDOW, most=HIGH)
    door = Door(clock=clock, budgets=ledger, notes=ledger, transport=httpx.MockTransport(lambda _: httpx.Response(200)))
    for _ in range(2 * LOW + 5):
        assert door.send(outgoing(budget)).status == 200
    assert clock.monotonic() == WINDOW


def test_a_probe_that_breaks_off_keeps_nobody_waiting() -> None:
    clock = SimulatedClock()
    ledger = MemoryLedger(clock)
    budget = Budget(name="b", limit=LOW, window=WINDOW, most=HIGH)
    asked: list[float] = []

    def answer(_: httpx.Request) -> httpx.Response:
        asked.append(clock.monotonic())
        if len(asked) == 2 * LOW + 1:
            raise httpx.ReadTimeout("slow")
        return httpx.Response(200)

    door = Door(clock=clock, budgets=ledger, notes=ledger, transport=httpx.MockTransport(answer))
    for _ in range(2 * LOW):
        door.send(outgoing(budget))
    with pytest.raises(UnavailableError):
        door.send(outgoing(budget))
    for _ in range(2 * LOW):
        door.send(outgoing(budget))
    assert asked[2 * LOW] == WINDOW
    assert clock.monotonic() <= 3 * WINDOW + 1
    assert ledger.note(NOTE) is None


# --- who waits after a refusal --------------------------------------------------------------------------

BUDGET = Budget(name="b", limit=180, window=60.0, most=600)


def sends(ledger_file: Path, began: float, count: int) -> list[float]:
    """Sends requests as another process does, with a clock of its own; when they went out."""
    clock, went = SimulatedClock(began), list[float]()

    def answer(_: httpx.Request) -> httpx.Response:
        went.append(clock.now())
        return httpx.Response(200)

    ledger = open_ledger(ledger_file, clock)
    door = Door(clock=clock, budgets=ledger, notes=ledger, transport=httpx.MockTransport(answer))
    for _ in range(count):
        door.send(outgoing(BUDGET))
    ledger.close()
    return went


@pytest.mark.parametrize("own_limit", [True, False])
def test_after_a_refusal_nobody_sends_before_its_time_in_any_thread_or_process(tmp_path: Path, own_limit: bool) -> None:
    clock, path = SimulatedClock(), tmp_path / "ledger.db"
    ledger = open_ledger(path, clock)
    door = Door(clock=clock, budgets=ledger, notes=ledger, transport=httpx.MockTransport(lambda _: httpx.Response(429)))
    door.send(outgoing(BUDGET))
    door.throttled(BUDGET, 40.0, own_limit=own_limit)

    went: list[float] = []
    threads = [threading.Thread(target=lambda: went.extend(sends(path, EPOCH + 1, 5))) for _ in range(4)]
    for thread in threads:
        thread.start()
    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("spawn")) as pool:
        for times in pool.map(partial(sends, path, EPOCH + 2), [5, 5]):
            went += times
    for thread in threads:
        thread.join(timeout=30)
    ledger.close()
    assert len(went) == 30
    assert min(went) == EPOCH + 40.0
