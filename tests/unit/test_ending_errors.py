"""Which errors of one row end the whole run, and what the report says then."""

from collections.abc import Callable

import pytest
from pretend import Pretended
from worlds import make_listing, make_track

from cloudcrate.core.model import Cells, Page, PageId, Track
from cloudcrate.errors import CloudcrateError, CredentialsError, RefusedError, RejectedError

TRACKS, ROOM = 20, 3
FULL = RefusedError("The workspace is full.", hint="Make room.")
BLOCKED = CredentialsError("The token is blocked.", hint="Use another.")
ONE_ROW = RejectedError("This row is refused.", hint="Mend the title.")


class Limit:
    """Stands before a catalog's writes and answers with ``error`` once ``room`` of them have been made."""

    def __init__(self, world: Pretended, error: CloudcrateError, *, creates: int = 10**9, updates: int = 10**9) -> None:
        self.asked = 0
        self._error = error
        self._room = {"create": creates, "update": updates}
        self._create, self._update = world.catalog.create, world.catalog.update
        world.catalog.create = self.create  # type: ignore[method-assign]  # the fake, not the code under test
        world.catalog.update = self.update  # type: ignore[method-assign]  # as above

    def create(self, cells: Cells, track: Track, *, announce: Callable[[], None]) -> Page:
        self._spend("create")
        return self._create(cells, track, announce=announce)

    def update(self, page_id: PageId, cells: Cells) -> Page:
        self._spend("update")
        return self._update(page_id, cells)

    def lift(self) -> None:
        """Lets everything through from now on."""
        self._room = {"create": 10**9, "update": 10**9}

    def _spend(self, kind: str) -> None:
        self._room[kind] -= 1
        if self._room[kind] < 0:
            self.asked += 1
            raise self._error


def full_world() -> Pretended:
    return Pretended(make_listing([make_track(n) for n in range(1, TRACKS + 1)]))


@pytest.mark.parametrize("error", [FULL, BLOCKED])
def test_a_limit_of_the_whole_catalog_ends_the_run_at_the_first_row_it_refuses(error: CloudcrateError) -> None:
    world = full_world()
    limit = Limit(world, error, creates=ROOM)
    ended = world.service.sync(world.order)
    assert ended.error is error
    assert limit.asked == 1
    assert ended.report.rows["created"] == ROOM
    assert ended.report.rows["failed"] == 0
    assert ended.report.rows["pending"] == TRACKS - ROOM
    assert sum(ended.report.rows.values()) == sum(ended.report.files.values()) == TRACKS


def test_a_limit_met_when_a_row_learns_of_its_file_ends_the_run_too() -> None:
    world = full_world()
    limit = Limit(world, FULL, updates=ROOM)
    ended = world.service.sync(world.order)
    assert ended.error is FULL
    assert limit.asked == 1
    assert ended.report.rows["created"] == TRACKS


def test_the_next_run_finishes_what_a_limit_broke_off() -> None:
    world = full_world()
    limit = Limit(world, FULL, creates=ROOM)
    world.service.sync(world.order)
    limit.lift()
    ended = world.service.sync(world.order)
    assert ended.error is None
    assert ended.report.failed == 0
    assert len(world.catalog.every_row()) == TRACKS


def test_a_row_that_is_refused_fails_alone() -> None:
    world = full_world()
    Limit(world, ONE_ROW, creates=ROOM)
    ended = world.service.sync(world.order)
    assert ended.error is None
    assert ended.report.rows["created"] == ROOM
    assert ended.report.rows["failed"] == TRACKS - ROOM
    assert {track.hint for track in ended.report.tracks if track.row.value == "failed"} == {"Mend the title."}


def test_a_guard_of_the_files_stops_one_file_and_not_the_run() -> None:
    world = full_world()
    world.store.fetch_failures = {make_track(1).id: [RefusedError("A host that is not allowed.", hint="Look.")]}
    ended = world.service.sync(world.order)
    assert ended.error is None
    assert ended.report.files["failed"] == 1
    assert ended.report.rows["created"] == TRACKS
