"""When the next run is: properties over schedules, zones, clocks that jump and hours that are quiet."""

from datetime import UTC, datetime, timedelta, tzinfo
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from cronsim import CronSim
from hypothesis import given
from hypothesis import strategies as st

from cloudcrate.core.model import KnownPlaylist
from cloudcrate.core.schedule import (
    AHEAD,
    MOST_JITTER,
    Every,
    Quiet,
    Schedule,
    jitter_of,
    next_run,
    parse_quiet,
    parse_schedule,
    share,
)
from cloudcrate.core.timetable import USUAL, Timetable, read_timetable
from cloudcrate.errors import UsageError

BERLIN = ZoneInfo("Europe/Berlin")
ZONES: list[tzinfo] = [UTC, BERLIN, ZoneInfo("America/New_York"), ZoneInfo("Australia/Lord_Howe")]
LINES = ["0 6 * * *", "*/15 * * * *", "30 2 * * *", "0 3 * * 1", "0 0 1 * *", "15 1-5 * * *", "0 */2 * * *"]
DAY = 86_400.0
START = datetime(2026, 1, 1, tzinfo=UTC).timestamp()

moments = st.floats(min_value=START, max_value=START + 730 * DAY).map(round).map(float)
keys = st.text(max_size=12)
zones = st.sampled_from(ZONES)
intervals = st.integers(1, 7 * 24 * 60).map(lambda minutes: f"every {minutes}m")
schedules = st.one_of(intervals, st.sampled_from(LINES)).map(parse_schedule).filter(lambda found: found is not None)
quiets = st.sampled_from(["23:00-07:00", "12:00-13:00", "02:30-03:30", "00:00-23:00", "01:30-02:30", "07:00-06:00"])


def at(*parts: int, zone: tzinfo = BERLIN, fold: int = 0) -> float:
    """The moment when the clock on the wall shows this."""
    return datetime(*parts, tzinfo=zone, fold=fold).timestamp()  # type: ignore[misc,arg-type]  # year to minute


def scheduled(text: str) -> Schedule:
    """A schedule that is not ``never``."""
    found = parse_schedule(text)
    assert found is not None
    return found


def quiet_hours(text: str) -> Quiet:
    """Quiet hours that are some."""
    found = parse_quiet(text)
    assert found is not None
    return found


# --- properties ---------------------------------------------------------------------------------


@given(schedules, st.none() | moments, moments, keys, zones, quiets)
def test_no_run_begins_in_quiet_hours(
    schedule: Schedule, last: float | None, now: float, key: str, zone: tzinfo, hours: str
) -> None:
    quiet = quiet_hours(hours)
    due = next_run(schedule, last, now, key, zone, quiet=quiet)
    assert not quiet.holds(due, zone)
    assert not quiet.holds(max(due, now), zone)


@given(intervals, moments, st.floats(0, 30 * DAY), keys, zones, st.none() | quiets)
def test_no_run_comes_earlier_than_the_interval_less_the_jitter(
    text: str, last: float, passed: float, key: str, zone: tzinfo, hours: str | None
) -> None:
    schedule = scheduled(text)
    assert isinstance(schedule, Every)
    due = next_run(schedule, last, last + passed, key, zone, quiet=quiet_hours(hours) if hours else None)
    assert due >= last + schedule.seconds - jitter_of(schedule.seconds)
    if hours is None:
        assert due <= last + schedule.seconds + jitter_of(schedule.seconds)


@given(schedules, moments, moments, moments, keys, zones, quiets)
def test_as_time_goes_on_the_next_run_only_gets_later(
    schedule: Schedule, last: float, one: float, other: float, key: str, zone: tzinfo, hours: str
) -> None:
    quiet, (before, after) = quiet_hours(hours), sorted((max(one, last), max(other, last)))
    assert next_run(schedule, last, before, key, zone, quiet=quiet) <= next_run(
        schedule, last, after, key, zone, quiet=quiet
    )


@given(schedules, moments, moments, keys, zones, quiets)
def test_a_run_that_is_due_is_due_until_it_is_made_and_then_not_again(
    schedule: Schedule, last: float, now: float, key: str, zone: tzinfo, hours: str
) -> None:
    quiet = quiet_hours(hours)
    due = next_run(schedule, last, now, key, zone, quiet=quiet)
    then = max(due, now)
    assert next_run(schedule, last, then, key, zone, quiet=quiet) <= then
    assert next_run(schedule, then, then, key, zone, quiet=quiet) > then


@given(schedules, moments, st.floats(AHEAD + 1, 400 * DAY), keys, zones, st.none() | quiets)
def test_a_clock_that_was_set_back_costs_one_run_and_no_more(
    schedule: Schedule, now: float, back: float, key: str, zone: tzinfo, hours: str | None
) -> None:
    quiet = quiet_hours(hours) if hours else None
    due = next_run(schedule, now + back, now, key, zone, quiet=quiet)
    assert due <= now + DAY + MOST_JITTER
    assert next_run(schedule, max(due, now), max(due, now), key, zone, quiet=quiet) > max(due, now)


@given(st.sampled_from(LINES), moments, keys, zones)
def test_a_cron_line_is_kept_as_the_library_reads_it_and_never_early(
    line: str, last: float, key: str, zone: tzinfo
) -> None:
    due = scheduled(line).after(last, key, zone)
    times = CronSim(line, datetime.fromtimestamp(last, zone))
    first, second = [found for found in (next(times) for _ in range(4)) if found.timestamp() > last][:2]
    gap = second.timestamp() - first.timestamp()
    assert 0 <= due - first.timestamp() <= min(MOST_JITTER, gap / 10)
    assert due > last


@given(st.integers(0, 59), st.integers(0, 23), moments)
def test_a_daily_cron_line_means_what_it_says(minute: int, hour: int, last: float) -> None:
    """Counted by hand, without the library."""
    due = scheduled(f"{minute} {hour} * * *").after(last, "", UTC)
    day = datetime.fromtimestamp(last, UTC).replace(hour=hour, minute=minute, second=0)
    expected = day if day.timestamp() > last else day + timedelta(days=1)
    assert due == pytest.approx(expected.timestamp() + share("") * MOST_JITTER)


@given(keys)
def test_the_jitter_of_a_playlist_is_always_the_same(key: str) -> None:
    assert share(key) == share(key)
    assert 0 <= share(key) < 1


def test_playlists_are_spread() -> None:
    found = sorted(share(f"soundcloud.com/ada/sets/{number}") for number in range(200))
    assert max(b - a for a, b in pairwise(found)) < 0.05


# --- examples -----------------------------------------------------------------------------------


def test_the_first_run_is_due_at_once() -> None:
    assert next_run(scheduled("0 6 * * *"), None, START, "", UTC) == START


def test_many_missed_runs_are_made_up_by_one() -> None:
    """The computer was off for three days."""
    schedule, last = scheduled("every 1h"), START
    now = last + 3 * DAY
    assert next_run(schedule, last, now, "k", UTC) <= now
    assert next_run(schedule, now, now, "k", UTC) == pytest.approx(now + 3600, abs=MOST_JITTER)


def test_a_run_missed_in_quiet_hours_comes_when_they_are_over() -> None:
    quiet = quiet_hours("23:00-07:00")
    due = next_run(scheduled("every 1h"), at(2026, 3, 1, 22, 30), at(2026, 3, 2, 2, 0), "k", BERLIN, quiet=quiet)
    assert 0 <= due - at(2026, 3, 2, 7, 0) <= MOST_JITTER


def test_a_time_that_summer_time_skips_is_made_up_right_after_it() -> None:
    """On 29 March 2026 Berlin's clocks go from 2:00 to 3:00."""
    due = scheduled("30 2 * * *").after(at(2026, 3, 28, 12, 0), "", BERLIN)
    assert 0 <= due - at(2026, 3, 29, 3, 0) <= MOST_JITTER
    assert 0 <= scheduled("30 2 * * *").after(due, "", BERLIN) - at(2026, 3, 30, 2, 30) <= MOST_JITTER


def test_a_time_that_comes_twice_is_done_once() -> None:
    """On 25 October 2026 Berlin's clocks show 2:00 to 3:00 twice."""
    schedule, night = scheduled("30 2 * * *"), (2026, 10, 25, 2)
    due = schedule.after(at(2026, 10, 24, 12, 0), "", BERLIN)
    assert 0 <= due - at(*night, 30) <= MOST_JITTER
    for last in (due, at(*night, 10, fold=1), at(*night, 31, fold=1)):
        assert 0 <= schedule.after(last, "", BERLIN) - at(2026, 10, 26, 2, 30) <= MOST_JITTER


def test_a_day_without_a_change_of_the_clock_is_as_long_as_the_interval_says() -> None:
    """Six hours are six hours though the clock on the wall says seven."""
    due = scheduled("every 6h").after(at(2026, 3, 29, 0, 0), "", BERLIN)
    assert due - at(2026, 3, 29, 0, 0) == pytest.approx(6 * 3600, abs=MOST_JITTER)


def test_quiet_hours_that_end_in_the_missing_hour_end_after_it() -> None:
    quiet = quiet_hours("23:00-02:30")
    assert quiet.over(at(2026, 3, 29, 1, 0), BERLIN) == at(2026, 3, 29, 3, 30)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("every 6h", 21_600), ("6h", 21_600), ("Every  30 m", 1800), ("every 1d", DAY), ("90s", 90), ("2w", 14 * DAY)],
)
def test_intervals_are_read(text: str, seconds: float) -> None:
    schedule = parse_schedule(text)
    assert isinstance(schedule, Every)
    assert schedule.seconds == seconds


def test_never_is_no_schedule() -> None:
    assert parse_schedule(" Never ") is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "every",
        "often",
        "every 5",
        "30s",
        "every 900w",
        "-1h",
        "* * * *",
        "0 0 6 * * *",
        "61 * * * *",
        "0 0 30 2 *",
        "* * * * L/2",
        "a b c d e",
        "0 0 * * 1#6",
        "9" * 4000,
        "\x1b[31m * * * *",
    ],
)
def test_what_is_no_schedule_is_refused_in_words(text: str) -> None:
    with pytest.raises(UsageError) as refused:
        parse_schedule(text)
    assert "\x1b" not in refused.value.message
    assert len(refused.value.message) < 400


@pytest.mark.parametrize("text", ["23-7", "25:00-07:00", "23:60-07:00", "08:00-08:00", "08:00-07:30", "night"])
def test_what_are_no_quiet_hours_is_refused(text: str) -> None:
    with pytest.raises(UsageError):
        parse_quiet(text)


# --- the table ----------------------------------------------------------------------------------

BUS = KnownPlaylist(url="https://soundcloud.com/ada/sets/bus", title="Night Bus")


def test_without_a_table_every_playlist_is_synced_every_six_hours() -> None:
    assert read_timetable(playlists={}) == Timetable()
    assert read_timetable(playlists={}).schedule_of(BUS) == USUAL


@pytest.mark.parametrize("name", ["Night Bus", "night  bus", "https://soundcloud.com/ada/sets/bus?si=1"])
def test_a_playlist_has_its_own_schedule_by_name_or_link(name: str) -> None:
    table = read_timetable(every="1d", playlists={name: "every 2h", "Gone": "never"})
    found = table.schedule_of(BUS)
    assert found is not None
    assert found.words == "every 2h"
    assert table.strangers([BUS]) == ("Gone",)


def test_a_playlist_that_is_never_synced_has_no_next_run() -> None:
    assert read_timetable(every="never", playlists={}).due(BUS, None, START, UTC) is None


@pytest.mark.parametrize(
    ("playlists", "words"),
    [
        ({"Night Bus": 6}, "'Night Bus' should be a text"),
        ({"Night Bus": "x"}, "'Night Bus'"),
        ({"Night Bus": "6h", "night bus": "2h"}, "twice"),
    ],
)
def test_a_wrong_table_is_refused_and_says_where(playlists: dict[str, object], words: str) -> None:
    with pytest.raises(UsageError) as refused:
        read_timetable(playlists=playlists)
    assert words in refused.value.message
