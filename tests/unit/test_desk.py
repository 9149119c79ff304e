"""Runs in the background: planned, looked at, started, watched, stopped."""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

import pytest
from pretend import Pretended
from worlds import make_listing, make_track

from cloudcrate.app.desk import MOST_AT_ONCE, MOST_PLANS, PLAN_LIVES, Desk, JobState, JobView
from cloudcrate.app.service import Service
from cloudcrate.core.model import Field, Listing, Page, PageId, Track
from cloudcrate.errors import BusyError, StoppedError, UnavailableError, UsageError
from cloudcrate.ports.running import BudgetState, Listener

PATIENCE = 10.0  # seconds after which a test has failed

NOTION = BudgetState(name="Notion", spent=3, limit=180, window=60.0, parked_until=None)


class Office:
    """A desk over a world in memory. Runs wait at ``gate`` before they read."""

    def __init__(self, listing: Listing) -> None:
        self.world = Pretended(listing)
        self.gate = threading.Event()
        self.gate.set()
        self.trouble: Exception | None = None
        self.waits: list[bool] = []
        clock = self.world.clock
        self.desk = Desk(self.opened, clock.now, clock.monotonic)

    @contextmanager
    def opened(
        self, *, listener: Listener, stop: threading.Event, say: Callable[[str], None], wait: bool
    ) -> Iterator[Service]:
        say("waiting for nobody")
        self.waits.append(wait)
        assert self.gate.wait(PATIENCE)
        if stop.is_set():
            raise StoppedError("Stopped.")
        if self.trouble is not None:
            raise self.trouble
        yield Service(replace(self.world.tools, listener=listener, budgets=lambda: (NOTION,)))

    def run(self, plan_id: str, *, anew: bool = False) -> JobView:
        return self.ended(self.desk.start(plan_id, anew=anew).id)

    def ended(self, job_id: str) -> JobView:
        view = self.desk.job(job_id)
        while view.ended_at is None:
            seen, view = view.version, self.desk.wait(job_id, view.version, PATIENCE)
            assert view.ended_at is not None or view.version > seen
        return view


@pytest.fixture
def office() -> Iterator[Office]:
    found = Office(make_listing([make_track(n) for n in (1, 2, 3)]))
    yield found
    found.gate.set()
    found.desk.close()


def test_a_plan_is_looked_at_and_carried_out(office: Office) -> None:
    planned = office.desk.plan(office.world.order, "Sync it")
    assert office.world.catalog.writes == 0
    assert planned.plan.changes > 0
    job = office.run(planned.id)
    assert (job.state, job.error, job.done, job.failed) == (JobState.DONE, None, job.total, 0)
    assert job.report is not None
    assert job.report.rows["created"] == 3
    assert office.desk.plan(office.world.order).plan.changes == 0


def test_every_track_tells_how_far_it_is(office: Office) -> None:
    job = office.run(office.desk.plan(office.world.order).id)
    lines = office.desk.lines(job.id)
    assert [(line.position, line.failed, line.done == line.total > 0) for line in lines] == [
        (1, False, True),
        (2, False, True),
        (3, False, True),
    ]
    assert {line.said for line in lines} <= {"row made", "downloaded", "row told of its file"}
    newest = max(line.version for line in lines)
    assert [line.track_id for line in office.desk.lines(job.id, newest - 1)] == [
        line.track_id for line in lines if line.version == newest
    ]
    assert office.desk.lines(job.id, job.version) == ()


def test_a_plan_that_has_become_stale_is_refused_and_changes_nothing(office: Office) -> None:
    planned = office.desk.plan(office.world.order)
    office.world.source.listing = make_listing([make_track(n) for n in (1, 2, 3, 4)])
    job = office.run(planned.id)
    assert job.state is JobState.FAILED
    assert job.error is not None
    assert job.error.code == "refused"
    assert office.world.catalog.writes == 0


def test_rows_that_do_not_concern_a_plan_make_it_no_staler(office: Office) -> None:
    """How a catalog finds rows decides what else it hands over: a small table whole, say, and less the next time."""
    found = office.world.catalog.find
    stranger = Page(id=PageId("stranger"), cells={Field.TITLE: "Something else"})
    handed: list[object] = []

    def find(tracks: Sequence[Track], *, exact: bool = False) -> tuple[Page, ...]:
        handed.append(tracks)
        return (*found(tracks, exact=exact), *([stranger] if len(handed) == 1 else []))

    office.world.catalog.find = find  # type: ignore[method-assign]  # our own fake
    planned = office.desk.plan(office.world.order)
    assert office.run(planned.id).state is JobState.DONE
    assert len(handed) == 2


def test_a_row_that_the_plan_would_have_adopted_makes_it_stale(office: Office) -> None:
    planned = office.desk.plan(office.world.order)
    track = make_track(1)
    office.world.catalog.create({Field.TITLE: track.title, Field.URL: track.url}, track, announce=lambda: None)
    job = office.run(planned.id)
    assert job.error is not None
    assert job.error.code == "refused"


def test_a_stale_plan_is_made_anew_when_that_was_asked_for(office: Office) -> None:
    planned = office.desk.plan(office.world.order)
    office.world.source.listing = make_listing([make_track(n) for n in (1, 2, 3, 4)])
    job = office.run(planned.id, anew=True)
    assert job.report is not None
    assert job.report.rows["created"] == 4


def test_a_run_that_is_asked_to_stop_says_so(office: Office) -> None:
    planned = office.desk.plan(office.world.order)
    office.gate.clear()
    job = office.desk.start(planned.id)
    assert job.state is JobState.WAITING
    office.desk.stop(job.id)
    office.gate.set()
    assert office.ended(job.id).state is JobState.STOPPED


def test_what_ends_a_run_is_told(office: Office) -> None:
    planned = office.desk.plan(office.world.order)
    office.trouble = UnavailableError("SoundCloud does not answer.", hint="Try later.")
    job = office.run(planned.id)
    assert job.error is not None
    assert (job.state, job.error.code, job.error.hint) == (JobState.FAILED, "unavailable", "Try later.")


def test_an_error_nobody_thought_of_is_told_without_its_text(office: Office) -> None:
    planned = office.desk.plan(office.world.order)
    office.trouble = RuntimeError("token ntn_secret")
    job = office.run(planned.id)
    assert job.error is not None
    assert "RuntimeError" in job.error.message
    assert "ntn_secret" not in job.error.message


def test_so_many_runs_at_once_and_no_more(office: Office) -> None:
    planned = office.desk.plan(office.world.order)
    office.gate.clear()
    jobs = [office.desk.start(planned.id) for _ in range(MOST_AT_ONCE)]
    with pytest.raises(BusyError):
        office.desk.start(planned.id)
    assert [job.id for job in office.desk.jobs()] == [job.id for job in reversed(jobs)]


def test_what_is_unknown_or_too_old_is_said(office: Office) -> None:
    planned = office.desk.plan(office.world.order)
    for ask in (office.desk.planned, office.desk.start, office.desk.job, office.desk.stop):
        with pytest.raises(UsageError):
            ask("0" * 16)
    office.world.clock.advance(PLAN_LIVES + 1)
    with pytest.raises(UsageError, match="too old"):
        office.desk.start(planned.id)


def test_only_the_newest_plans_are_kept(office: Office) -> None:
    first = office.desk.plan(office.world.order)
    for _ in range(MOST_PLANS):
        office.desk.plan(office.world.order)
    with pytest.raises(UsageError):
        office.desk.planned(first.id)


def test_budgets_are_told_while_a_run_is_on(office: Office) -> None:
    seen: list[tuple[BudgetState, ...]] = []
    began = office.world.source.read

    def read(*arguments: object, **named: object) -> object:
        seen.extend(job.budgets for job in office.desk.jobs())
        return began(*arguments, **named)  # type: ignore[arg-type]  # passed on as it came

    office.world.source.read = read  # type: ignore[method-assign,assignment]  # our own fake
    job = office.run(office.desk.plan(office.world.order).id)
    assert seen == [(NOTION,)]
    assert job.budgets == ()


def test_a_run_waits_for_another_and_a_look_does_not(office: Office) -> None:
    office.run(office.desk.plan(office.world.order).id)
    assert office.waits == [False, True]
