"""The Engine contract, on every engine; and what only one with threads can do."""

import os
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable, Sequence

import pytest
from memory import SerialEngine

from cloudcrate.adapters.engine_local import LocalEngine
from cloudcrate.core.model import TrackId
from cloudcrate.errors import StateError, StoppedError, UnavailableError
from cloudcrate.ports.running import Engine, Job

LANES = {"rows": 3, "files": 2}
PATIENCE = 30.0
"""Seconds after which something that must happen has not."""

ENGINES: dict[str, Callable[[threading.Event], Engine]] = {
    "local": lambda stop: LocalEngine(LANES, stop),
    "local with one thread a lane": lambda stop: LocalEngine({"rows": 1, "files": 1}, stop),
    "serial": SerialEngine,
}


@pytest.fixture
def stop() -> threading.Event:
    return threading.Event()


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest, stop: threading.Event) -> Engine:
    return ENGINES[request.param](stop)


@pytest.fixture(autouse=True)
def no_thread_is_left() -> object:
    before = threading.active_count()
    yield
    assert threading.active_count() == before


def job(number: int, lane: str = "rows", name: str = "row") -> Job:
    return Job(lane=lane, name=name, track_id=TrackId(number))


class Journal:
    """Performs jobs by writing them down."""

    def __init__(self, act: Callable[[Job], Sequence[Job]] = lambda _: ()) -> None:
        self._act = act
        self._lock = threading.Lock()
        self.begun: list[Job] = []
        self.ended: list[Job] = []

    def __call__(self, job: Job) -> Sequence[Job]:
        with self._lock:
            self.begun.append(job)
        followed = self._act(job)
        with self._lock:
            self.ended.append(job)
        return followed


def test_nothing_to_do_is_done(engine: Engine) -> None:
    journal = Journal()
    engine.run([], journal)
    assert journal.begun == []


def test_every_job_is_performed_once(engine: Engine) -> None:
    jobs = [job(n, lane) for n in range(300) for lane in LANES]
    journal = Journal()
    engine.run(jobs, journal)
    assert Counter(journal.ended) == Counter(jobs)


def test_jobs_that_follow_are_performed_too_in_any_lane(engine: Engine) -> None:
    def act(done: Job) -> Sequence[Job]:
        if done.name == "row":
            return [job(done.track_id, "files", "file")]
        return [job(done.track_id, "rows", "record")] if done.name == "file" else []

    journal = Journal(act)
    engine.run([job(n) for n in range(100)], journal)
    assert Counter(j.name for j in journal.ended) == {"row": 100, "file": 100, "record": 100}
    assert len(set(journal.ended)) == 300


def test_an_error_stops_what_has_not_begun_and_is_raised(engine: Engine) -> None:
    def act(done: Job) -> Sequence[Job]:
        if done.track_id == 20:
            raise StateError("The ledger is damaged.")
        return []

    journal = Journal(act)
    with pytest.raises(StateError, match="damaged"):
        engine.run([job(n) for n in range(10_000)], journal)
    assert 20 <= len(journal.ended) < 9_999
    assert len(journal.begun) == len(journal.ended) + 1


def test_an_engine_may_run_again_after_an_error(engine: Engine) -> None:
    def fail(_: Job) -> Sequence[Job]:
        raise StateError("The ledger is damaged.")

    with pytest.raises(StateError):
        engine.run([job(1), job(2)], fail)
    journal = Journal()
    engine.run([job(3)], journal)
    assert journal.ended == [job(3)]


def test_nothing_begins_when_the_user_has_asked_to_stop(engine: Engine, stop: threading.Event) -> None:
    stop.set()
    journal = Journal()
    with pytest.raises(StoppedError):
        engine.run([job(1), job(2, "files")], journal)
    assert journal.begun == []


def test_a_stop_lets_what_is_in_flight_finish(engine: Engine, stop: threading.Event) -> None:
    def act(done: Job) -> Sequence[Job]:
        if done.track_id == 5:
            stop.set()
        return [job(done.track_id, name="record")]

    journal = Journal(act)
    with pytest.raises(StoppedError):
        engine.run([job(n) for n in range(10_000)], journal)
    assert journal.begun
    assert Counter(journal.ended) == Counter(journal.begun)
    assert len(journal.ended) < 9_999


def test_a_stop_after_the_last_job_stops_nothing(engine: Engine, stop: threading.Event) -> None:
    def act(_: Job) -> Sequence[Job]:
        stop.set()
        return []

    engine.run([job(1)], act)


def test_a_job_for_an_unknown_lane_is_an_error_not_a_hang(stop: threading.Event) -> None:
    with pytest.raises(KeyError):
        LocalEngine(LANES, stop).run([job(1)], lambda _: [job(2, "nowhere")])
    with pytest.raises(ValueError, match="lane"):
        LocalEngine({"rows": 1, "files": 0}, stop)


def test_lanes_do_not_wait_for_each_other(stop: threading.Event) -> None:
    rows_done = threading.Event()

    def act(done: Job) -> Sequence[Job]:
        if done.lane == "files":
            assert rows_done.wait(PATIENCE)
        elif done.track_id == 99:
            rows_done.set()
        return []

    jobs = [*(job(n, "files") for n in range(10)), *(job(n) for n in range(100))]
    LocalEngine({"rows": 1, "files": 2}, stop).run(jobs, act)


def test_as_many_jobs_run_at_once_as_a_lane_has_threads(stop: threading.Event) -> None:
    together = threading.Barrier(3, timeout=PATIENCE)
    names = set()

    def act(_: Job) -> Sequence[Job]:
        names.add(threading.current_thread().name)
        together.wait()
        return []

    LocalEngine({"rows": 3}, stop).run([job(n) for n in range(9)], act)
    assert names == {"rows-1", "rows-2", "rows-3"}


def test_a_lane_is_first_come_first_served(stop: threading.Event) -> None:
    journal = Journal(lambda done: [job(done.track_id + 100)] if done.track_id < 100 else [])
    LocalEngine({"rows": 1}, stop).run([job(n) for n in range(50)], journal)
    assert [j.track_id for j in journal.ended] == [*range(50), *range(100, 150)]


def test_the_first_of_several_errors_is_raised_after_all_have_finished(stop: threading.Event) -> None:
    together = threading.Barrier(2, timeout=PATIENCE)
    failing: list[threading.Thread] = []

    def act(done: Job) -> Sequence[Job]:
        if done.track_id == 1:
            failing.append(threading.current_thread())
            together.wait()
            raise StateError("first")
        together.wait()
        failing[0].join(PATIENCE)  # its error is known once it has ended
        raise UnavailableError("second")

    journal = Journal(act)
    with pytest.raises(StateError, match="first"):
        LocalEngine({"rows": 1, "files": 1}, stop).run([job(1), job(2, "files")], journal)
    assert len(journal.begun) == 2


def test_an_error_in_one_lane_lets_the_other_finish_its_job_and_begin_no_more(stop: threading.Event) -> None:
    together = threading.Barrier(2, timeout=PATIENCE)
    failing: list[threading.Thread] = []

    def act(done: Job) -> Sequence[Job]:
        if done.lane == "rows":
            failing.append(threading.current_thread())
            together.wait()
            raise StateError("The ledger is damaged.")
        together.wait()
        failing[0].join(PATIENCE)
        return [job(3, "files"), job(4)]

    journal = Journal(act)
    with pytest.raises(StateError):
        LocalEngine({"rows": 1, "files": 1}, stop).run([job(1), job(2, "files"), job(5, "files")], journal)
    assert journal.ended == [job(2, "files")]
    assert Counter(journal.begun) == Counter([job(1), job(2, "files")])


def test_a_stop_reaches_an_engine_whose_threads_all_wait(stop: threading.Event) -> None:
    """One job is in flight, two threads have nothing to do: the job ends when it hears of the stop."""
    begun = threading.Event()

    def ask() -> None:
        assert begun.wait(PATIENCE)
        stop.set()

    threading.Thread(target=ask).start()

    def act(_: Job) -> Sequence[Job]:
        begun.set()
        assert stop.wait(PATIENCE)
        return [job(2)]

    journal = Journal(act)
    with pytest.raises(StoppedError):
        LocalEngine({"rows": 3}, stop).run([job(1)], journal)
    assert journal.ended == [job(1)]


INTERRUPTED = """
import signal, threading
from cloudcrate.adapters.engine_local import LocalEngine
from cloudcrate.ports.running import Job

heard = threading.Event()

def interrupt(*_):
    heard.set()
    raise KeyboardInterrupt

def perform(job):
    print("begun", flush=True)
    assert heard.wait(30.0)
    print("finished", flush=True)
    return []

signal.signal(signal.SIGINT, interrupt)
try:
    LocalEngine({"rows": 1}, threading.Event()).run([Job(lane="rows", name="row", track_id=1)], perform)
except KeyboardInterrupt:
    print("interrupted", flush=True)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="signals between processes")
def test_an_interrupt_gets_through_and_what_is_in_flight_finishes() -> None:
    with subprocess.Popen([sys.executable, "-c", INTERRUPTED], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "begun\n"
        os.kill(process.pid, signal.SIGINT)
        assert process.communicate(timeout=PATIENCE)[0] == "finished\ninterrupted\n"
        assert process.returncode == 0
