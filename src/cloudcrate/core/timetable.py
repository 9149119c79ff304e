"""The table [watch] of the settings: which playlist is synced when."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import tzinfo
from difflib import get_close_matches
from typing import TypeVar

from cloudcrate.core.link import normal_url
from cloudcrate.core.model import KnownPlaylist
from cloudcrate.core.rows import name_key
from cloudcrate.core.schedule import Every, Quiet, Schedule, next_run, parse_quiet, parse_schedule
from cloudcrate.core.text import clean, visible
from cloudcrate.errors import UsageError

T = TypeVar("T")

USUAL = Every(seconds=6 * 3600.0, words="every 6h")
KEYS = ("every", "quiet", "playlists")


@dataclass(frozen=True, slots=True, kw_only=True)
class Timetable:
    """The schedules. ``playlists`` are by name (as ``rows.name_key`` folds it) or link (``link.normal_url``)."""

    usual: Schedule | None = USUAL
    quiet: Quiet | None = None
    playlists: Mapping[str, Schedule | None] = field(default_factory=dict)
    called: Mapping[str, str] = field(default_factory=dict)  # the keys of ``playlists``, as the user writes them

    def schedule_of(self, playlist: KnownPlaylist) -> Schedule | None:
        """The schedule of a playlist; None: never."""
        return next((self.playlists[key] for key in _keys(playlist) if key in self.playlists), self.usual)

    def due(self, playlist: KnownPlaylist, last: float | None, now: float, zone: tzinfo) -> float | None:
        """When a playlist is to be synced next, as ``schedule.next_run`` says it; None: never."""
        schedule = self.schedule_of(playlist)
        if schedule is None:
            return None
        return next_run(schedule, last, now, address(playlist), zone, quiet=self.quiet)

    def strangers(self, known: Iterable[KnownPlaylist]) -> tuple[str, ...]:
        """The names in the table that fit no playlist."""
        keys = {key for playlist in known for key in _keys(playlist)}
        return tuple(self.called[key] for key in self.playlists if key not in keys)


@dataclass(frozen=True, slots=True, kw_only=True)
class Upcoming:
    """When a playlist is synced next."""

    playlist: KnownPlaylist
    schedule: str  # as the user writes it; ``never``
    last: float | None  # when it was last tried
    at: float | None  # epoch seconds; the past: it is due; None: never
    trouble: str = ""  # what went wrong with the last try


def address(playlist: KnownPlaylist) -> str:
    """What a playlist is told by: its link without what may differ or be secret."""
    return normal_url(playlist.url) or playlist.url


def read_timetable(table: object) -> Timetable:
    """Reads the table [watch]. Raises: UsageError."""
    if not isinstance(table, dict):
        raise UsageError("[watch] should be a table.", hint=f"Known: {', '.join(KEYS)}")
    for key in table:
        if key not in KEYS:
            near = get_close_matches(key, KEYS, n=1)
            hint = f"Did you mean {near[0]!r}?" if near else f"Known: {', '.join(KEYS)}"
            raise UsageError(f"[watch] has an unknown key {visible(key)!r}.", hint=hint)
    chosen = table.get("playlists", {})
    if not isinstance(chosen, dict):
        raise UsageError('[watch.playlists] should be a table of "name" = "schedule".')
    keys = {name: normal_url(name) or name_key(clean(name)) for name in chosen}
    if len(set(keys.values())) != len(keys):
        raise UsageError("[watch.playlists] names a playlist twice.", hint="Upper and lower case count as the same.")
    schedules = {
        keys[name]: _read(parse_schedule, value, f"[watch.playlists] {visible(name)!r}")
        for name, value in chosen.items()
    }
    return Timetable(
        usual=_read(parse_schedule, table["every"], "[watch] every") if "every" in table else USUAL,
        quiet=_read(parse_quiet, table.get("quiet", ""), "[watch] quiet"),
        playlists=schedules,
        called={key: name for name, key in keys.items()},
    )


def _keys(playlist: KnownPlaylist) -> tuple[str, ...]:
    names = (name_key(clean(name)) for name in (playlist.name, playlist.title) if name)
    return (address(playlist), *names)


def _read(parse: Callable[[str], T], value: object, where: str) -> T:
    if not isinstance(value, str):
        raise UsageError(f"{where} should be a text in quotes.")
    try:
        return parse(value)
    except UsageError as error:
        raise UsageError(f"{where}: {error.message}", hint=error.hint) from error
