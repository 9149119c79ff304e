"""Which playlists are synced when, and when each was last tried."""

import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import tzinfo

from cloudcrate.app.gather import Tools
from cloudcrate.core.model import KnownPlaylist
from cloudcrate.core.schedule import AHEAD
from cloudcrate.core.timetable import Timetable, Upcoming, address

NOTE = "watch "
"""What the keys of the notes begin with; a playlist's address follows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Try:
    at: float | None = None  # when it ended
    trouble: str = ""


class Agenda:
    """The timetable, applied to the playlists that are kept. When one was tried last is remembered by a note."""

    def __init__(
        self, tools: Tools, known: Callable[[], Sequence[KnownPlaylist]], timetable: Timetable, zone: tzinfo
    ) -> None:
        self._tools = tools
        self._known = known
        self._timetable = timetable
        self._zone = zone

    def upcoming(self) -> tuple[Upcoming, ...]:
        """When each playlist is synced next, the soonest first; those never synced by a schedule last."""
        kept = {address(playlist): playlist for playlist in self._tools.ledger.playlists()}
        known: dict[str, KnownPlaylist] = {}
        for playlist in self._known():  # those named in the settings come first: their links may say more
            known.setdefault(address(playlist), playlist)
        found = [self._upcoming(playlist, kept) for playlist in known.values()]
        return tuple(sorted(found, key=lambda item: math.inf if item.at is None else item.at))

    def strangers(self) -> tuple[str, ...]:
        """The names in the timetable that fit no playlist."""
        return self._timetable.strangers((*self._known(), *self._tools.ledger.playlists()))

    def record(self, playlist: KnownPlaylist, trouble: str = "") -> None:
        """Remembers that the playlist was tried just now, and what went wrong."""
        told = {"at": self._tools.clock.now(), "trouble": trouble}
        self._tools.ledger.keep_note(NOTE + address(playlist), json.dumps(told))

    def _upcoming(self, playlist: KnownPlaylist, kept: Mapping[str, KnownPlaylist]) -> Upcoming:
        twin = kept.get(address(playlist))
        if twin is not None and twin is not playlist:
            playlist = replace(playlist, id=twin.id, tracks=twin.tracks, synced_at=twin.synced_at, owner=twin.owner)
        now, tried = self._tools.clock.now(), self._tried(playlist)
        last = _latest((playlist.synced_at, tried.at), now)
        schedule = self._timetable.schedule_of(playlist)
        return Upcoming(
            playlist=playlist,
            schedule="never" if schedule is None else schedule.words,
            last=last,
            at=self._timetable.due(playlist, last, now, self._zone),
            trouble=tried.trouble if tried.at is not None and tried.at >= (playlist.synced_at or 0.0) else "",
        )

    def _tried(self, playlist: KnownPlaylist) -> _Try:
        """The last try; none when its note is lost or damaged, which costs one request."""
        try:
            told = json.loads(self._tools.ledger.note(NOTE + address(playlist)) or "{}")
            at, trouble = float(told["at"]), str(told["trouble"])
        except (ValueError, TypeError, KeyError):
            return _Try()
        return _Try(at=at, trouble=trouble) if math.isfinite(at) else _Try()


def _latest(times: Sequence[float | None], now: float) -> float | None:
    """The latest time that can be true; where the clock was set back and none can, the latest."""
    told = [at for at in times if at is not None]
    possible = [at for at in told if at <= now + AHEAD]
    return max(possible or told, default=None)
