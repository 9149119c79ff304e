"""A watch over days of simulated time: when it syncs, what it tells, and what it does about trouble."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from itertools import pairwise

import pytest
from fake_store import MemoryStore
from memory import EPOCH, MemoryCatalog, MemoryLedger, SimulatedClock
from pretend import Watcher, tools_of
from worlds import make_listing, make_track

from cloudcrate.app.service import Service
from cloudcrate.app.watch import PAUSE, Tried, Watch
from cloudcrate.core.link import Link
from cloudcrate.core.model import KnownPlaylist, Listing, PlaylistId, Stream, Track, TrackId
from cloudcrate.core.schedule import MOST_JITTER
from cloudcrate.core.timetable import Timetable, Upcoming, read_timetable
from cloudcrate.errors import (
    BusyError,
    CloudcrateError,
    DiskError,
    StateError,
    StoppedError,
    UnavailableError,
    UsageError,
)
from cloudcrate.ports.world import Media

HOUR, DAY = 3600.0, 86_400.0
BUS = "https://soundcloud.com/ada/sets/bus"
RAIN = "https://soundcloud.com/ada/sets/rain"
MIDNIGHT = datetime(2026, 6, 1, tzinfo=UTC).timestamp()


class Shelf:
    """A source of several playlists. ``reads`` is when each was read; ``troubles`` are raised, one a read."""

    def __init__(self, clock: SimulatedClock, urls: Sequence[str]) -> None:
        self._clock = clock
        self.listings = {url: _listing(url, number) for number, url in enumerate(urls, 1)}
        self.reads: list[tuple[str, float]] = []
        self.troubles: dict[str, list[Exception]] = {}

    def read(self, link: Link, *, limit: int | None, known: Mapping[TrackId, Track]) -> Listing:
        self.reads.append((link.url, self._clock.now()))
        if self.troubles.get(link.url):
            raise self.troubles[link.url].pop(0)
        return self.listings[link.url]

    def media(self, track: Track, stream: Stream) -> Media:
        return Media(url="https://cf-media.sndcdn.com/x", stream=stream)

    def times(self, url: str) -> list[float]:
        """When a playlist was read."""
        return [at for read, at in self.reads if read == url]


def _listing(url: str, number: int) -> Listing:
    listing = make_listing([make_track(number * 10 + n) for n in range(3)])
    title = url.rsplit("/", 1)[1].title()
    found = replace(listing.playlist, id=PlaylistId(f"playlists:{number}"), url=url, title=title)
    return replace(listing, playlist=found)


class Told:
    """A teller that remembers, and asks the watch to stop when its time is over."""

    def __init__(self) -> None:
        self.done: list[Tried] = []
        self.next: list[Sequence[Upcoming]] = []
        self.strangers: Sequence[str] = ()
        self.troubles: list[CloudcrateError] = []

    def tried(self, tried: Tried) -> None:
        self.done.append(tried)

    def upcoming(self, upcoming: Sequence[Upcoming], strangers: Sequence[str]) -> None:
        self.next.append(upcoming)
        self.strangers = strangers

    def trouble(self, error: CloudcrateError) -> None:
        self.troubles.append(error)


class EndingClock(SimulatedClock):
    """Time that the user ends at ``end``; ``jumps`` are made by the wall clock when they are reached."""

    def __init__(self, start: float = MIDNIGHT) -> None:
        super().__init__(start)
        self.end = float("inf")  # by the monotonic clock
        self.jumps: list[tuple[float, float]] = []  # when by the monotonic clock, and by how much

    def sleep(self, seconds: float) -> None:
        if self.monotonic() >= self.end:
            raise StoppedError("Stopped while waiting.")
        super().sleep(seconds)
        while self.jumps and self.jumps[0][0] <= self.monotonic():
            self.set_wall(self.now() + self.jumps.pop(0)[1])


def timetable(every: str = "", quiet: str = "", **playlists: str) -> Timetable:
    return read_timetable(every=every, quiet=quiet, playlists=playlists)


class World:
    """Playlists that are kept by a watch. Everything but the ledger, the catalog and the store is opened anew."""

    def __init__(
        self, table: Timetable | None = None, urls: Sequence[str] = (BUS, RAIN), start: float = MIDNIGHT
    ) -> None:
        self.clock, self.told = EndingClock(start), Told()
        self.table = table or timetable()
        self.source = Shelf(self.clock, urls)
        self.named = [KnownPlaylist(url=url, title=url.rsplit("/", 1)[1].title()) for url in urls]
        self.ledger, self.catalog, self.store = MemoryLedger(self.clock), MemoryCatalog(), MemoryStore()
        self.refusals: list[CloudcrateError] = []  # raised by the next openings
        self.open = self.openings = 0

    @contextmanager
    def opened(self) -> Iterator[Service]:
        if self.refusals:
            raise self.refusals.pop(0)
        tools = tools_of(
            source=self.source,
            catalog=self.catalog,
            store=self.store,
            ledger=self.ledger,
            clock=self.clock,
            listener=Watcher(),
        )
        self.open += 1
        self.openings += 1
        yield Service(tools, named=self.named, timetable=self.table)
        self.open -= 1

    def watch(self) -> Watch:
        return Watch(self.opened, self.clock, self.told)

    def run(self, seconds: float) -> None:
        """Watches for so long."""
        self.clock.end = self.clock.monotonic() + seconds
        self.watch().run()


def gaps(times: Sequence[float]) -> list[float]:
    return [b - a for a, b in pairwise(times)]


# --- schedules ----------------------------------------------------------------------------------


@pytest.mark.parametrize(("days", "minutes"), [(1, 30), (7, 120)])
def test_every_playlist_is_synced_on_its_schedule_for_days(days: int, minutes: int) -> None:
    world = World(timetable(every="6h", Rain=f"every {minutes}m"))
    world.run(days * DAY)
    bus, rain = world.source.times(BUS), world.source.times(RAIN)
    assert len(bus) == pytest.approx(1 + days * 4, abs=1)
    assert len(rain) == pytest.approx(1 + days * 1440 / minutes, rel=0.11)
    assert all(abs(gap - 6 * HOUR) <= MOST_JITTER + 1 for gap in gaps(bus))
    assert all(abs(gap - minutes * 60) <= MOST_JITTER + 1 for gap in gaps(rain))
    assert all(tried.exit_code == 0 for tried in world.told.done)
    assert len(world.told.done) == len(world.source.reads)


def test_an_unchanged_playlist_is_read_once_and_written_never() -> None:
    world = World(timetable(every="1h"), [BUS])
    world.run(HOUR / 2)
    made, writes = world.catalog.every_row(), world.catalog.writes
    world.run(DAY)
    assert len(world.source.reads) > 20
    assert (world.catalog.every_row(), world.catalog.writes) == (made, writes)


def test_nothing_is_open_while_it_waits() -> None:
    world = World(urls=[BUS])
    world.clock.end, seen = DAY, set[int]()
    Watch(world.opened, _Spy(world, seen), world.told).run()
    assert seen == {0}


class _Spy:
    """The world's clock; notes how many services are open while it sleeps."""

    def __init__(self, world: World, seen: set[int]) -> None:
        self._world, self._seen = world, seen

    def now(self) -> float:
        return self._world.clock.now()

    def monotonic(self) -> float:
        return self._world.clock.monotonic()

    def sleep(self, seconds: float) -> None:
        self._seen.add(self._world.open)
        self._world.clock.sleep(seconds)


def test_nothing_begins_in_quiet_hours_and_all_is_made_up_after_them() -> None:
    world = World(timetable(every="1h", quiet="23:00-07:00"), [BUS])
    world.run(7 * DAY)
    hours = Counter(datetime.fromtimestamp(at, UTC).hour for _, at in world.source.reads)
    assert set(hours) == set(range(7, 23))
    assert hours[7] >= 7


def test_a_cron_line_is_kept_by_the_clock_on_the_wall() -> None:
    world = World(timetable(every="never", Bus="0 6 * * 1-5"))
    world.run(14 * DAY)
    first, *later = world.source.times(BUS)
    assert first == MIDNIGHT
    assert world.source.times(RAIN) == []
    found = [datetime.fromtimestamp(at, UTC) for at in later]
    assert [(moment.weekday(), moment.hour) for moment in found] == [(day % 5, 6) for day in range(10)]
    assert all(moment.minute < 6 for moment in found)


def test_runs_that_were_missed_are_made_up_once() -> None:
    world = World(timetable(every="1h"), [BUS])
    world.run(2 * HOUR)
    before = len(world.source.reads)
    world.clock.advance(3 * DAY)  # off
    world.run(HOUR / 2)
    assert len(world.source.reads) == before + 1
    world.run(DAY)
    assert all(gap > 0.9 * HOUR for gap in gaps(world.source.times(BUS)))


@pytest.mark.parametrize("jump", [3 * DAY, -3 * DAY, 40 * DAY, -40 * DAY, HOUR / 2, -HOUR / 2])
def test_a_clock_that_is_set_costs_one_run_and_stops_nothing(jump: float) -> None:
    world = World(timetable(every="2h"), [BUS])
    world.clock.jumps = [(7 * HOUR, jump)]
    world.run(2 * DAY)
    assert abs(len(world.source.reads) - 24) <= 3


def test_a_sync_by_hand_counts() -> None:
    world = World(timetable(every="6h"), [BUS])
    world.run(HOUR)
    world.clock.advance(4 * HOUR)
    with world.opened() as service:
        service.sync_again(world.named[0])
        (item,) = service.agenda.upcoming()
    assert item.last == world.clock.now()
    assert item.at == pytest.approx(world.clock.now() + 6 * HOUR, abs=MOST_JITTER)


def test_settings_that_change_hold_from_the_next_look_on() -> None:
    world = World(timetable(every="1d"), [BUS])
    world.run(HOUR)
    assert len(world.source.reads) == 1
    world.table = timetable(every="10m")
    world.run(HOUR)
    assert len(world.source.reads) >= 6


def test_the_next_runs_are_told_when_they_change_and_only_then() -> None:
    world = World(timetable(every="6h", Nobody="1h"), [BUS])
    world.run(DAY)
    ats = [upcoming[0].at for upcoming in world.told.next]
    assert len(ats) == len(set(ats)) == len(world.source.reads) + 1
    assert world.told.strangers == ("Nobody",)


# --- trouble ------------------------------------------------------------------------------------


def test_an_error_of_one_playlist_is_told_and_it_is_tried_at_its_next_time() -> None:
    world = World(timetable(every="1h"))
    world.source.troubles[BUS] = [UnavailableError("no answer"), UsageError("gone")]
    world.run(10 * HOUR)
    failed = [tried for tried in world.told.done if tried.error is not None]
    assert [tried.playlist.url for tried in failed] == [BUS, BUS]
    assert [tried.exit_code for tried in failed] == [3, 2]
    assert all(gap > 0.9 * HOUR for gap in gaps(world.source.times(BUS)))
    assert len(world.source.times(RAIN)) == pytest.approx(len(world.source.times(BUS)), abs=1)


def test_what_went_wrong_last_is_remembered_until_it_goes_well() -> None:
    world = World(timetable(every="1h"), [BUS])
    world.source.troubles[BUS] = [UnavailableError("no answer")]
    world.run(HOUR / 2)
    with world.opened() as service:
        assert service.agenda.upcoming()[0].trouble == "no answer"
    world.run(HOUR)
    with world.opened() as service:
        assert service.agenda.upcoming()[0].trouble == ""


def test_what_the_user_broke_off_is_due_again() -> None:
    world = World(timetable(every="6h"), [BUS])
    world.source.troubles[BUS] = [StoppedError("stopped")]
    world.watch().run()
    with world.opened() as service:
        assert service.agenda.upcoming()[0].at == world.clock.now()
    assert world.told.done == []


def test_another_run_on_the_state_is_waited_for() -> None:
    world = World(timetable(every="6h"), [BUS])
    world.source.troubles[BUS] = [BusyError("held"), BusyError("held")]
    world.run(HOUR)
    assert gaps(world.source.times(BUS)) == [PAUSE, PAUSE]
    assert [type(error) for error in world.told.troubles] == [BusyError, BusyError]


def test_a_fault_of_ours_ends_it_but_does_not_come_again_at_once() -> None:
    world = World(timetable(every="6h"), [BUS])
    world.source.troubles[BUS] = [ZeroDivisionError("fault")]
    with pytest.raises(ZeroDivisionError):
        world.run(HOUR)
    world.run(HOUR)
    assert len(world.source.reads) == 1
    with world.opened() as service:
        assert "ZeroDivisionError" in service.agenda.upcoming()[0].trouble


def test_settings_that_cannot_be_read_at_the_start_end_it() -> None:
    world = World(urls=[BUS])
    world.refusals = [UsageError("no such key")]
    with pytest.raises(UsageError):
        world.run(HOUR)


def test_settings_that_break_while_it_runs_are_told_and_read_again() -> None:
    world = World(timetable(every="1h"), [BUS])
    world.run(HOUR / 2)
    world.clock.end = world.clock.monotonic() + 5 * HOUR
    refusals: list[CloudcrateError] = [UsageError("no such key"), DiskError("full"), StateError("damaged")]
    opened, count = world.opened, iter(range(100))

    @contextmanager
    def troubled() -> Iterator[Service]:
        if next(count) in (2, 3, 4):
            raise refusals.pop(0)
        with opened() as service:
            yield service

    Watch(troubled, world.clock, world.told).run()
    assert [error.code for error in world.told.troubles] == ["usage", "disk", "state"]
    assert len(world.source.reads) >= 5


def test_once_syncs_what_is_due_and_nothing_else() -> None:
    world = World(timetable(every="6h", Rain="never"))
    (tried,) = world.watch().once()
    assert (tried.playlist.url, tried.exit_code) == (BUS, 0)
    assert world.watch().once() == ()
    world.clock.advance(6 * HOUR + MOST_JITTER)
    assert len(world.watch().once()) == 1


@pytest.mark.parametrize("quiet", ["", "23:00-23:30"])
def test_what_is_due_at_once_is_synced_at_once_though_time_goes_on_meanwhile(quiet: str) -> None:
    world = World(timetable(quiet=quiet), [BUS], start=MIDNIGHT + HOUR)

    class Ticking(EndingClock):
        def now(self) -> float:
            self.advance(0.001)
            return super().now()

    world.clock = Ticking(MIDNIGHT + HOUR)
    world.ledger, world.source = MemoryLedger(world.clock), Shelf(world.clock, [BUS])
    assert len(world.watch().once()) == 1
    world.clock.advance(2 * DAY)
    assert len(world.watch().once()) == 1


def test_a_note_that_is_damaged_costs_one_request_and_nothing_more() -> None:
    for text in ("{", "[]", '{"at": "x", "trouble": ""}', '{"at": NaN, "trouble": ""}', '{"at": 1e400, "trouble": 1}'):
        world = World(timetable(every="6h"), [BUS], start=EPOCH)
        world.ledger.keep_note("watch soundcloud.com/ada/sets/bus", text)
        world.run(HOUR)
        assert len(world.source.reads) == 1


def test_a_playlist_that_is_named_and_kept_is_one() -> None:
    world = World(timetable(every="6h"), [BUS])
    world.named = [KnownPlaylist(url=f"{BUS}?si=abc", title="My Bus", name="My Bus")]
    world.run(HOUR)
    with world.opened() as service:
        (item,) = service.agenda.upcoming()
    assert (item.playlist.name, item.playlist.tracks) == ("My Bus", 3)
    assert len(world.source.reads) == 1
