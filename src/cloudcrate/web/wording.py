"""Times, sizes, counts, links and bars, ready to be put on a page. Pure: ``now`` comes in."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlsplit

from cloudcrate.core.model import KnownPlaylist
from cloudcrate.core.text import visible

WHOLE = 1000
"""The width of a bar: its parts are whole numbers of tenths of a percent."""

SLIVER = 6
"""So wide is a part of a bar at least, when there is anything in it."""

MINUTE, HOUR, DAY, MONTH = 60, 3600, 86400, 30 * 86400

ARTWORK_HOST = ".sndcdn.com"


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """A point in time: ``text`` is how long ago or until, ``full`` the date, ``iso`` for ``<time datetime>``."""

    text: str
    full: str
    iso: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A part of a bar. ``x`` and ``width`` are in ``WHOLE``ths of it; ``kind`` is its class."""

    kind: str
    name: str
    count: int
    x: int
    width: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """A bar of counts. The widths of its parts sum to ``WHOLE``, or there are none."""

    parts: tuple[Part, ...]
    text: str  # what it says, for those who do not see it


def moment(at: float, now: float) -> Moment:
    """A moment as seen from ``now`` (both epoch seconds)."""
    then = datetime.fromtimestamp(at, UTC)
    full = then.strftime("%-d %b %Y, %H:%M UTC")
    return Moment(text=_distance(at - now) or then.strftime("%-d %b %Y"), full=full, iso=then.isoformat()[:19] + "Z")


def moment_or_none(at: float | None, now: float) -> Moment | None:
    """``moment``, when there is one."""
    return None if at is None else moment(at, now)


def _distance(seconds: float) -> str:
    """``3 minutes ago``, ``in 2 days``; empty when it is more than a month."""
    away = abs(seconds)
    if away < MINUTE:
        return "just now" if seconds <= 0 else "in a minute"
    for size, name in ((DAY, "day"), (HOUR, "hour"), (MINUTE, "minute")):
        if away >= size:
            words = count_of(int(away // size), name)
            break
    if away >= MONTH:
        return ""
    return f"{words} ago" if seconds < 0 else f"in {words}"


def lasting(seconds: float | None) -> str:
    """How long something takes: ``8 s``, ``3 min 5 s``, ``1 h 20 min``; empty when that is not known."""
    if seconds is None:
        return ""
    if seconds < 1:
        return "under 1 s"
    hours, rest = divmod(round(seconds), HOUR)
    minutes, left = divmod(rest, MINUTE)
    units = ((hours, "h"), (minutes, "min"), (left, "s"))
    first = next(place for place, (number, _) in enumerate(units) if number)
    return " ".join(f"{number} {unit}" for number, unit in units[first : first + 2] if number)


def length(seconds: float | None) -> str:
    """The length of a track: ``3:05``, ``1:02:03``; empty when it is not known."""
    if not seconds or seconds < 0:
        return ""
    hours, rest = divmod(round(seconds), HOUR)
    minutes, left = divmod(rest, MINUTE)
    return f"{hours}:{minutes:02}:{left:02}" if hours else f"{minutes}:{left:02}"


def size(count: int) -> str:
    """A number of bytes: ``812 B``, ``4.2 MB``."""
    if count < 1000:
        return f"{count} B"
    amount = float(count)
    for unit in ("kB", "MB", "GB", "TB"):
        amount /= 1000
        if amount < 999.5 or unit == "TB":
            break
    return f"{amount:.1f} {unit}" if amount < 9.95 else f"{amount:,.0f} {unit}"


def count_of(count: int, one: str, many: str = "") -> str:
    """``1 track``, ``1,200 tracks``."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def shares(counts: Sequence[int], whole: int = WHOLE, least: int = SLIVER) -> tuple[int, ...]:
    """Splits ``whole`` in proportion to ``counts``: sums to it exactly, and no count above 0 gets less than ``least``.

    By largest remainder; all 0 when there is nothing to share. ``least`` times the number of counts fits in ``whole``.
    """
    total = sum(counts)
    if not total:
        return (0,) * len(counts)
    small = {place for place, count in enumerate(counts) if count and count * whole < least * total}
    room = whole - least * len(small)
    weight = sum(count for place, count in enumerate(counts) if place not in small)
    found = [least if place in small else counts[place] * room // weight for place in range(len(counts))]
    rests = sorted(
        (place for place in range(len(counts)) if place not in small and counts[place]),
        key=lambda place: (-(counts[place] * room % weight), place),
    )
    for place in rests[: whole - sum(found)]:
        found[place] += 1
    return tuple(found)


def bar(counts: Sequence[tuple[str, str, int]], of: str = "track") -> Bar:
    """A bar of (class, name, count); what counts nothing is left out."""
    there = [entry for entry in counts if entry[2] > 0]
    total = sum(count for _, _, count in there)
    parts, x = [], 0
    for (kind, name, count), width in zip(there, shares([count for _, _, count in there]), strict=True):
        parts.append(Part(kind=kind, name=name, count=count, x=x, width=width))
        x += width
    said = ", ".join(f"{count:,} {name}" for _, name, count in there)
    return Bar(parts=tuple(parts), text=f"{count_of(total, of)}: {said}" if there else f"no {of}s yet")


def web_link(url: str) -> str:
    """``url`` when it is a web address, else nothing: a link on a page never runs a script."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    return url if parts.scheme in ("https", "http") and parts.netloc else ""


def artwork(url: str | None, *, wide: bool = False) -> str:
    """The address of a picture of 100 (``wide``: 200) pixels, when it is on SoundCloud's own host, else nothing.

    SoundCloud names the sizes in the file name: ``…-large.jpg`` is 100, ``…-t200x200.jpg`` 200 pixels wide.
    """
    try:
        parts = urlsplit(url or "")
        port = parts.port
    except ValueError:
        return ""
    if parts.scheme != "https" or not (parts.hostname or "").endswith(ARTWORK_HOST) or port not in (None, 443):
        return ""
    return parts.geturl().replace("-large.", "-t200x200.") if wide else parts.geturl()


def name_of(playlist: KnownPlaylist) -> str:
    """What a playlist is called here."""
    return visible(playlist.name or playlist.title or playlist.url)
