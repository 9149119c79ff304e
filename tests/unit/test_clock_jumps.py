"""Somebody sets the clock in the middle of a run, days back or a year on: nothing changes."""

import random
from collections import Counter

import pytest
from pretend import Pretended, Trouble
from worlds import make_listing, make_track

from cloudcrate.core.model import Field, TrackId
from cloudcrate.core.operations import TrackOperation, Unit
from cloudcrate.core.report import Outcome

BACK, ON = -3 * 86_400.0, 365 * 86_400.0


class Administrator:
    """Sets the clock at some of the outcomes it hears of."""

    def __init__(self, world: Pretended, seed: int) -> None:
        self._world = world
        self._dice = random.Random(seed)
        self._heard = world.watcher.advanced

    def advanced(self, unit: Unit, operation: TrackOperation, outcome: Outcome) -> None:
        if self._dice.random() < 0.1:
            clock = self._world.clock
            clock.set_wall(clock.now() + self._dice.choice((BACK, ON)))
        self._heard(unit, operation, outcome)


def jumping(seed: int, trouble: Trouble) -> Pretended:
    world = Pretended(make_listing([make_track(number) for number in range(1, 61)]), trouble)
    world.watcher.advanced = Administrator(world, seed).advanced  # type: ignore[method-assign]  # hears it first
    return world


@pytest.mark.parametrize("seed", range(12))
def test_every_track_gets_one_row_and_one_file_whatever_the_clock_does(seed: int) -> None:
    world = jumping(seed, Trouble(seed=seed, lost_reply=0.3, never_arrived=0.1, told=0.05, late=0.15))
    for _ in range(10):
        ended = world.service.sync(world.order)
        assert ended.error is None
        if not ended.report.failed:
            break
    assert ended.report.failed == 0
    world.clock.advance(120)
    world.catalog.settle_late()
    rows = Counter(page.cells[Field.SOUNDCLOUD_ID] for page in world.catalog.every_row())
    assert rows == Counter(range(1, 61))
    assert Counter(world.store.owners.values()) == Counter(map(TrackId, range(1, 61)))


@pytest.mark.parametrize("jump", [BACK, ON])
def test_a_run_that_broke_off_is_finished_after_a_jump(jump: float) -> None:
    world = Pretended(make_listing([make_track(number) for number in range(1, 21)]))
    world.watcher.breaks_at = 7
    with pytest.raises(KeyboardInterrupt):
        world.service.sync(world.order)
    world.clock.set_wall(world.clock.now() + jump)
    assert world.service.sync(world.order).report.failed == 0
    assert world.service.preview(world.order).changes == 0
    assert len(world.catalog.every_row()) == 20
