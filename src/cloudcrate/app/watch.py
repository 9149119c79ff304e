"""Keeps playlists synced on their schedules: waits, syncs what is due, tells about it, and waits again.

Between two looks nothing is open: no state, no connection. So another command may run, the settings may
change, and a watch of months holds no more than one of minutes.
"""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

from cloudcrate.app.agenda import Agenda
from cloudcrate.app.running import Ended
from cloudcrate.core.model import KnownPlaylist
from cloudcrate.core.timetable import Upcoming
from cloudcrate.errors import BusyError, CloudcrateError, StoppedError
from cloudcrate.ports.world import Clock

TICK = 60.0
"""Seconds of one sleep: the computer may have slept or its clock been set meanwhile, and only a look tells."""

LOOK = 900.0
"""Seconds after which the settings and the playlists are read again, though nothing is due."""

PAUSE = 60.0
"""Seconds before the next look when something is still due: what kept it back may pass."""


class Keeper(Protocol):
    """The part of ``Service`` that a watch needs."""

    @property
    def agenda(self) -> Agenda:
        """When what is due."""

    def sync_again(self, playlist: KnownPlaylist) -> Ended:
        """Syncs a playlist. Raises: CloudcrateError."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """What became of one playlist. ``ended`` is None when its run did not come to a plan."""

    playlist: KnownPlaylist
    ended: Ended | None = None
    error: CloudcrateError | None = None

    @property
    def exit_code(self) -> int:
        """As ``sync`` ends: 0 when nothing is left to do."""
        if self.error is not None:
            return self.error.exit_code
        return 3 if self.ended is not None and self.ended.report.failed else 0


class Teller(Protocol):
    """Hears how a watch goes on."""

    def tried(self, tried: Tried) -> None:
        """A playlist was synced, or could not be."""

    def upcoming(self, upcoming: Sequence[Upcoming], strangers: Sequence[str]) -> None:
        """What is next, soonest first, at the beginning and when it has changed; names that fit no playlist."""

    def trouble(self, error: CloudcrateError) -> None:
        """Nothing can be synced at the moment; it is tried again."""


class Watch:
    """Syncs playlists when they are due. ``opened`` gives a service by the settings as they are then."""

    def __init__(self, opened: Callable[[], AbstractContextManager[Keeper]], clock: Clock, teller: Teller) -> None:
        self._opened = opened
        self._clock = clock
        self._teller = teller
        self._shown: object = None

    def once(self) -> tuple[Tried, ...]:
        """Syncs what is due now. Raises: what opening raises; StoppedError, BusyError, StateError, DiskError."""
        with self._opened() as keeper:
            return self._round(keeper)

    def run(self) -> None:
        """Goes on until it is asked to stop, then returns. Raises: what the first opening raises."""
        begun = False
        upcoming: tuple[Upcoming, ...] = ()
        try:
            while True:
                try:
                    with self._opened() as keeper:
                        upcoming = self._show(keeper.agenda) if not begun else upcoming
                        begun = True
                        self._round(keeper)
                        upcoming = self._show(keeper.agenda)
                except StoppedError:
                    raise
                except CloudcrateError as error:
                    if not begun:
                        raise
                    self._teller.trouble(error)
                    self._clock.sleep(PAUSE if isinstance(error, BusyError) else LOOK)
                else:
                    self._wait(upcoming)
        except StoppedError:
            return

    def _round(self, keeper: Keeper) -> tuple[Tried, ...]:
        upcoming = keeper.agenda.upcoming()
        now = self._clock.now()  # only then: what is due at once is due at the moment in which that was found
        due = [item.playlist for item in upcoming if item.at is not None and item.at <= now]
        return tuple(self._try(keeper, playlist) for playlist in due)

    def _try(self, keeper: Keeper, playlist: KnownPlaylist) -> Tried:
        """Syncs one playlist. What broke off because of the user stays due; whatever else went wrong is recorded."""
        try:
            ended = keeper.sync_again(playlist)
            tried = Tried(playlist=playlist, ended=ended, error=ended.error)
        except (StoppedError, BusyError):
            raise
        except CloudcrateError as error:
            tried = Tried(playlist=playlist, error=error)
        except Exception as error:
            keeper.agenda.record(playlist, f"unexpected error: {type(error).__name__}")
            raise
        self._teller.tried(tried)
        if isinstance(tried.error, StoppedError):
            raise tried.error
        keeper.agenda.record(playlist, tried.error.message if tried.error is not None else "")
        return tried

    def _show(self, agenda: Agenda) -> tuple[Upcoming, ...]:
        upcoming, strangers = agenda.upcoming(), agenda.strangers()
        told = ([(item.playlist.url, item.schedule, item.at) for item in upcoming], strangers)
        if told != self._shown:
            self._shown = told
            self._teller.upcoming(upcoming, strangers)
        return upcoming

    def _wait(self, upcoming: Sequence[Upcoming]) -> None:
        """Returns when something is due by the wall clock, or it is time to look again."""
        next_at = min((item.at for item in upcoming if item.at is not None), default=float("inf"))
        until = self._clock.monotonic() + LOOK
        if next_at <= self._clock.now():
            self._clock.sleep(PAUSE)
            return
        while (left := until - self._clock.monotonic()) > 0 and (away := next_at - self._clock.now()) > 0:
            self._clock.sleep(max(0.05, min(TICK, left, away)))
