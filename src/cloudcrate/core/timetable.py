"""The table [watch] of the settings: which playlist is synced when."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import tzinfo

from cloudcrate.core.link import normal_url
from cloudcrate.core.model import KnownPlaylist
from cloudcrate.core.rows import name_key
from cloudcrate.core.schedule import Every, Quiet, Schedule, next_run, parse_quiet, parse_schedule
from cloudcrate.core.text import clean, visible
from cloudcrate.errors import UsageError

USUAL = Every(seconds=6 * 3600.0, words="every 6h")


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


def read_timetable(*, every: str = "", quiet: str = "", playlists: Mapping[str, object]) -> Timetable:
    """Reads what the table [watch] holds; an empty text is the usual. Raises: UsageError about an entry."""
    keys = {name: normal_url(name) or name_key(clean(name)) for name in playlists}
    if len(set(keys.values())) != len(keys):
        raise UsageError("names a playlist twice.", hint="Upper and lower case count as the same.")
    return Timetable(
        usual=parse_schedule(every) if every else USUAL,
        quiet=parse_quiet(quiet),
        playlists={keys[name]: _read(value, visible(name)) for name, value in playlists.items()},
        called={key: name for name, key in keys.items()},
    )


def _keys(playlist: KnownPlaylist) -> tuple[str, ...]:
    names = (name_key(clean(name)) for name in (playlist.name, playlist.title) if name)
    return (address(playlist), *names)


def _read(value: object, name: str) -> Schedule | None:
    if not isinstance(value, str):
        raise UsageError(f"{name!r} should be a text in quotes.")
    try:
        return parse_schedule(value)
    except UsageError as error:
        raise UsageError(f"{name!r}: {error.message}", hint=error.hint) from error
