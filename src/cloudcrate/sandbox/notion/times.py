"""Notion's times: rounded down to the minute, and the ranges that relative filters mean."""

import calendar
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

MINUTE = timedelta(minutes=1)


def to_minute(now: float) -> str:
    """``2026-06-27T17:14:00.000Z``: pages and data sources keep no seconds."""
    return datetime.fromtimestamp(now, UTC).strftime("%Y-%m-%dT%H:%M:00.000Z")


def to_millisecond(now: float) -> str:
    """``2026-06-27T16:53:14.422+00:00``: databases keep milliseconds."""
    moment = datetime.fromtimestamp(now, UTC)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03}+00:00"


def parse(text: str, zone: str | None = None) -> datetime:
    """A date or a time. Without an offset it is in ``zone``, else UTC. Raises: ValueError."""
    moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
    if moment.tzinfo is None:
        try:
            moment = moment.replace(tzinfo=ZoneInfo(zone) if zone else UTC)
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise ValueError(f"unknown time zone {zone}") from error
    return moment


def stored(text: str, zone: str | None) -> str:
    """A date property's start or end as Notion answers it: dates as they are, times to the minute."""
    if len(text) == 10:
        datetime.fromisoformat(text)
        return text
    moment = parse(text, zone).replace(second=0, microsecond=0)
    offset = moment.strftime("%z")
    return moment.strftime("%Y-%m-%dT%H:%M:%S.000") + f"{offset[:3]}:{offset[3:5]}"


def relative(name: str, now: datetime) -> tuple[datetime, datetime] | None:
    """The first and the last moment of ``past_week`` and its like; None for another name."""
    today = now.replace(hour=0, minute=0, second=0, microsecond=0)
    end_of_today = today + timedelta(days=1) - timedelta(microseconds=1)
    match name:
        case "past_week":
            return today - timedelta(days=7), end_of_today
        case "past_month":
            return _months(today, -1), end_of_today
        case "past_year":
            return _months(today, -12), end_of_today
        case "this_week":
            first = today - timedelta(days=today.weekday())
            return first, first + timedelta(days=7) - timedelta(microseconds=1)
        case "next_week":
            return today, end_of_today + timedelta(days=7)
        case "next_month":
            return today, _months(end_of_today, 1)
        case "next_year":
            return today, _months(end_of_today, 12)
        case _:
            return None


def _months(moment: datetime, count: int) -> datetime:
    year, month = divmod(moment.year * 12 + moment.month - 1 + count, 12)
    day = min(moment.day, calendar.monthrange(year, month + 1)[1])
    return moment.replace(year=year, month=month + 1, day=day)
