"""What is left undone, since when, and another try at it."""

from dataclasses import replace

import pytest
from pretend import Pretended
from worlds import make_listing, make_track

from cloudcrate.app.gather import METADATA_LIVES, PROTECTION_LIVES
from cloudcrate.app.problems import Problem
from cloudcrate.core.model import Availability, Field, TrackId
from cloudcrate.errors import DamagedError, UsageError

ONE, TWO, THREE, FOUR = (TrackId(number) for number in (1, 2, 3, 4))


@pytest.fixture
def world() -> Pretended:
    """One track that is well, one that fails, one that is protected, one preview, and one that is gone."""
    tracks = [make_track(n) for n in (1, 2, 3)]
    tracks.append(make_track(4, availability=Availability.PREVIEW, purchase_url="https://shop.example/4"))
    made = Pretended(make_listing(tracks, absent={TrackId(5): Availability.GONE}))
    made.store.fetch_failures[TWO] = [DamagedError("a segment is missing", hint="try later")]
    made.source.dead = {THREE}
    made.service.sync(made.order)
    return made


def problems(world: Pretended) -> dict[int, Problem]:
    return {int(problem.track_id): problem for problem in world.service.problems.listed()}


def test_every_track_that_lacks_something_is_listed_with_why_and_since_when(world: Pretended) -> None:
    found = problems(world)
    assert {number: problem.kind for number, problem in found.items()} == {
        2: "failed", 3: "unobtainable", 4: "unobtainable", 5: "unobtainable",
    }  # fmt: skip
    assert (found[2].reason, found[2].hint, found[2].retry) == ("a segment is missing", "try later", "transient")
    assert found[2].playlists == ("Night Bus",)
    assert "shop.example" in found[4].hint
    assert found[5].title == ""
    assert all(problem.since <= world.clock.now() for problem in found.values())


def test_what_is_protected_says_when_it_is_tried_again(world: Pretended) -> None:
    found = problems(world)
    assert found[3].next_check == pytest.approx(world.clock.now() + PROTECTION_LIVES, abs=10)
    assert found[2].next_check is None


def test_what_metadata_tells_is_tried_again_when_that_is_read_again(world: Pretended) -> None:
    read_at = world.clock.now()
    for days in (0, 1, 5):
        world.clock.advance(days * 86_400)
        assert problems(world)[4].next_check == pytest.approx(read_at + METADATA_LIVES, abs=3700)
    assert problems(world)[5].next_check is None, "of what is gone nothing is known, so every sync asks"
    world.clock.advance(2 * 86_400)
    assert problems(world)[4].next_check is None


def test_what_was_protected_long_ago_is_tried_at_the_next_sync(world: Pretended) -> None:
    world.clock.advance(PROTECTION_LIVES + 1)
    assert problems(world)[3].next_check is None


def test_a_problem_that_stays_keeps_since_when_it_is_there(world: Pretended) -> None:
    since = problems(world)[4].since
    world.clock.advance(86_400)
    world.service.sync(world.order)
    found = problems(world)
    assert found[4].since == since
    assert 2 not in found, "what worked meanwhile is a problem no more"


def test_a_sync_that_asks_for_half_of_it_forgets_no_problem_of_the_other_half(world: Pretended) -> None:
    before = problems(world)
    for rows in (True, False):
        world.clock.advance(86_400)
        world.service.sync(replace(world.order, wishes=replace(world.order.wishes, rows=rows, download=False)))
        assert problems(world).keys() == before.keys()
        assert {found.since for found in problems(world).values()} == {known.since for known in before.values()}
    newest = next(event for event in world.service.why(FOUR).events if event.side == "file")
    assert "preview" in newest.operation, "what is known of it, not that it was not asked for"


def test_another_try_takes_what_can_be_had_by_now(world: Pretended) -> None:
    world.source.dead = set()
    (playlist,) = world.service.with_problems(None)
    report = world.service.retry(playlist).report
    assert report.files["downloaded"] == 2
    assert set(problems(world)) == {4, 5}


def test_only_what_is_meant_is_listed_and_tried(world: Pretended) -> None:
    assert [int(p.track_id) for p in world.service.problems.listed([TWO])] == [2]
    assert world.service.problems.listed([ONE]) == ()
    assert world.service.with_problems("1") == ()
    assert len(world.service.with_problems("2")) == 1
    with pytest.raises(UsageError):
        world.service.with_problems("Day Train")


def test_where_all_is_well_there_is_nothing_to_try() -> None:
    world = Pretended(make_listing([make_track(1)]))
    world.service.sync(world.order)
    assert world.service.problems.listed() == ()
    assert world.service.with_problems(None) == ()


def test_a_row_under_review_is_a_problem_of_its_row() -> None:
    track = make_track(1, title="Same", duration_ms=180_000)
    world = Pretended(make_listing([track]))
    for _ in range(2):
        world.catalog.create({Field.TITLE: "Same", Field.ARTIST: "Ada"}, track, announce=lambda: None)
    world.service.sync(replace(world.order, wishes=replace(world.order.wishes, download=False)))
    (problem,) = world.service.problems.listed()
    assert (problem.side, problem.kind) == ("row", "review")
    assert "cloudcrate review" in problem.hint
