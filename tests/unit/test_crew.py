"""Workers on a real PostgreSQL: every job is delivered, whatever happens to a worker or to the database."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import pgserver
import pytest
from procrastinate.schema import SchemaManager

from cloudcrate.adapters.clock import SystemClock
from cloudcrate.adapters.sql import crew
from cloudcrate.adapters.sql.crew import ProcrastinateCrew
from cloudcrate.adapters.sql.ledger import SqlLedger
from cloudcrate.adapters.sql.postgres import SCHEMA, PostgresDatabase, open_database
from cloudcrate.adapters.sql.work import SqlWork
from cloudcrate.core.model import TrackId
from cloudcrate.ports.ledger import Scope
from cloudcrate.ports.running import Spent
from cloudcrate.ports.work import END, Errand, NewPiece, SharedRun, Stage

ALIVE = 2.0  # seconds for which a worker that says nothing counts as alive
PATIENCE = 30.0  # seconds after which a test has failed
SCOPE = "s1"


@dataclass
class Bench:
    """A state that is shared, and what its workers have done."""

    dsn: str
    database: PostgresDatabase
    work: SqlWork
    ledger: SqlLedger
    troubles: list[str] = field(default_factory=list)
    delivered: list[Errand] = field(default_factory=list)
    changed: threading.Condition = field(default_factory=threading.Condition)

    def crew(self, **lanes: int) -> ProcrastinateCrew:
        """Workers in this process."""
        return ProcrastinateCrew(
            self.dsn, SCHEMA, lanes or {"rows": 2, "files": 3}, self.work.sweep, self.troubles.append, alive=ALIVE
        )

    def begin(self, tracks: int) -> None:
        """Hands out a row and a file of each track."""
        run = SharedRun(
            run_id="r1",
            name="Night Bus",
            stage=Stage.GOING,
            started_at=0.0,
            by="a test",
            scope=SCOPE,
            stopping_since=None,
            error="",
            spent=Spent(),
        )
        jobs = frozenset({"row", "file"})
        new = [NewPiece(track_id=TrackId(n + 1), piece="{}", jobs=jobs, outcomes={}) for n in range(tracks)]
        self.work.begin(run, "{}", lambda: iter(new))

    def perform(self, errand: Errand) -> None:
        """Does a job."""
        if errand.job == END:
            self.work.end(errand.run_id)
        else:
            of_job = Scope(catalog="notion:1", library=errand.job)  # rows and files are claimed apart
            claim = self.ledger.claim(of_job, errand.track_id, "ada", lease=60.0, now=0.0)
            assert claim is not None
            self.work.done(errand, claim, {}, follow="", spent=Spent())
        with self.changed:
            self.delivered.append(errand)
            self.changed.notify_all()

    def until_ended(self) -> None:
        """Waits for the end of the run."""
        with self.changed:
            assert self.changed.wait_for(lambda: any(e.job == END for e in self.delivered), PATIENCE), self.troubles

    @property
    def jobs(self) -> Counter[tuple[int, str]]:
        """How often each job was done."""
        return Counter((int(e.track_id), e.job) for e in self.delivered)


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    dsn = pgserver.database(tmp_path)
    database = open_database(dsn, SystemClock(threading.Event()))
    crew.add_schema(database)
    yield Bench(dsn, database, SqlWork(database, alive=ALIVE), SqlLedger(database, lambda: 0.0))
    database.close()


def every_job(tracks: int) -> set[tuple[int, str]]:
    return {(n, job) for n in range(1, tracks + 1) for job in ("row", "file")} | {(0, END)}


def test_the_tables_of_procrastinate_are_those_that_states_were_made_with() -> None:
    """Its tables are made once. When this fails a step of ours has to bring older states up to date first."""
    steps = Path(SchemaManager.get_migrations_path()).glob("*.sql")
    assert max(path.name for path in steps) == "03.04.00_50_post_add_retry_failed_job_procedure.sql"


def test_every_job_is_delivered_and_of_each_lane_so_many_at_once(
    bench: Bench, capfd: pytest.CaptureFixture[str]
) -> None:
    bench.begin(12)
    lanes = {"row": 2, "file": 3}
    all_there = {job: threading.Barrier(count) for job, count in lanes.items()}
    active, most, lock = Counter[str](), Counter[str](), threading.Lock()

    def perform(errand: Errand) -> None:
        if errand.job == END:
            bench.perform(errand)
            return
        with lock:
            active[errand.job] += 1
            most[errand.job] = max(most[errand.job], active[errand.job])
        all_there[errand.job].wait(PATIENCE)
        with lock:
            active[errand.job] -= 1
        bench.perform(errand)

    with bench.crew(rows=2, files=3).serve(perform, SCOPE):
        bench.until_ended()
    assert bench.jobs == dict.fromkeys(every_job(12), 1)
    assert most == lanes
    assert bench.troubles == []
    assert bench.database.rows("SELECT count(*) FROM procrastinate_jobs") == [(0,)]
    assert capfd.readouterr() == ("", "")


def test_jobs_of_another_catalog_or_library_are_left_to_others(bench: Bench) -> None:
    bench.begin(1)
    with bench.crew().serve(bench.perform, "another"), bench.crew().serve(bench.perform, SCOPE):
        bench.until_ended()
    assert bench.jobs == dict.fromkeys(every_job(1), 1)


def test_workers_that_have_nothing_to_do_end_at_once(bench: Bench) -> None:
    with bench.crew().serve(bench.perform, SCOPE):
        assert bench.work.going() is None
        began = time.monotonic()
    assert time.monotonic() - began < 1.0
    assert bench.database.rows("SELECT count(*) FROM procrastinate_workers") == [(0,)]


def test_what_is_in_flight_is_finished_when_the_block_ends(bench: Bench) -> None:
    bench.begin(1)
    begun, go_on = threading.Event(), threading.Event()

    def perform(errand: Errand) -> None:
        begun.set()
        assert go_on.wait(PATIENCE)
        bench.perform(errand)

    with bench.crew(rows=1).serve(perform, SCOPE):
        assert begun.wait(PATIENCE)
        threading.Timer(0.3, go_on.set).start()
    assert bench.jobs == {(1, "row"): 1}


def test_a_job_that_breaks_off_is_delivered_again_and_knows_how_often(
    bench: Bench, capfd: pytest.CaptureFixture[str]
) -> None:
    bench.begin(1)

    def perform(errand: Errand) -> None:
        if errand.job == "file" and errand.deliveries < 2:
            raise ValueError("canary-5e1f")
        bench.perform(errand)

    with bench.crew().serve(perform, SCOPE):
        bench.until_ended()
    assert {(e.job, e.deliveries) for e in bench.delivered} == {("row", 0), ("file", 2), (END, 0)}
    assert bench.troubles == ["a job broke off and is tried again: ValueError"] * 2
    assert capfd.readouterr() == ("", "")


def test_a_job_that_is_postponed_is_delivered_later(bench: Bench) -> None:
    bench.begin(1)

    def perform(errand: Errand) -> None:
        if errand.job == "row" and errand.postponed < 2:
            bench.work.postpone(errand, 0.1)
            return
        bench.perform(errand)

    with bench.crew().serve(perform, SCOPE):
        bench.until_ended()
    assert {(e.job, e.postponed) for e in bench.delivered} == {("row", 2), ("file", 0), (END, 0)}


def test_the_jobs_of_a_worker_that_was_killed_are_delivered_to_another(bench: Bench) -> None:
    bench.begin(2)
    with subprocess.Popen(
        [sys.executable, str(Path(__file__).with_name("killed_worker.py")), bench.dsn, SCOPE],
        stdout=subprocess.PIPE,
        text=True,
    ) as worker:
        try:
            assert worker.stdout is not None
            begun = {worker.stdout.readline().split()[1] for _ in range(2)}
            assert begun == {"row", "file"}
            assert bench.work.busy("r1") == 2
        finally:
            os.kill(worker.pid, signal.SIGKILL)
    with bench.crew().serve(bench.perform, SCOPE):
        bench.until_ended()
    assert bench.jobs == dict.fromkeys(every_job(2), 1)
    assert Counter(e.deliveries for e in bench.delivered) == {0: 3, 1: 2}


def test_jobs_whose_delivery_was_lost_are_found_again(bench: Bench) -> None:
    bench.begin(2)
    with bench.database.transaction() as connection:
        connection.execute("DELETE FROM procrastinate_jobs")
    with bench.crew().serve(bench.perform, SCOPE):
        bench.until_ended()
    assert bench.jobs.keys() == every_job(2)


@pytest.mark.parametrize("moment", ["before it is done", "after it is done"])
def test_workers_go_on_by_themselves_after_the_database_was_restarted(
    bench: Bench, moment: str, capfd: pytest.CaptureFixture[str]
) -> None:
    bench.begin(8)
    begun, go_on = threading.Event(), threading.Event()

    def perform(errand: Errand) -> None:
        if moment == "after it is done":
            bench.perform(errand)
        begun.set()
        assert go_on.wait(PATIENCE)
        if moment == "before it is done":
            bench.perform(errand)

    with bench.crew().serve(perform, SCOPE):
        assert begun.wait(PATIENCE)
        pgserver.server().restart()
        go_on.set()
        bench.until_ended()
    run = bench.work.run("r1")
    assert run is not None
    assert run.stage is Stage.ENDED
    assert bench.jobs.keys() == every_job(8)
    assert capfd.readouterr() == ("", "")


def test_workers_wait_for_a_database_that_is_away_when_they_begin(bench: Bench) -> None:
    bench.begin(1)
    running = pgserver.server()
    running.control("stop", "-m", "immediate")
    try:
        with bench.crew().serve(bench.perform, SCOPE):
            running.control("start")
            bench.until_ended()
    finally:
        with suppress(subprocess.SubprocessError):
            running.control("start")
    assert bench.jobs.keys() == every_job(1)


def until(holds: Callable[[], bool]) -> None:
    """Waits for something that nobody tells of."""
    ends, pause = time.monotonic() + PATIENCE, threading.Event()
    while not holds():
        assert time.monotonic() < ends
        pause.wait(0.05)


def test_progress_counts_those_who_are_there(bench: Bench) -> None:
    bench.begin(1)
    with bench.crew().serve(lambda _: None, "another"):
        until(lambda: bench.work.progress("r1").workers > 0)
    assert bench.work.progress("r1").workers == 0
