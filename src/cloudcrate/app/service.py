"""The verbs. The command line, the web page and the MCP server call these and nothing else."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, tzinfo
from uuid import uuid4

from cloudcrate.app.agenda import Agenda
from cloudcrate.app.asking import Asking, Understood
from cloudcrate.app.finder import Finder
from cloudcrate.app.gather import Order, Tools, gather
from cloudcrate.app.keeping import Keeping
from cloudcrate.app.listening import Audio, Listening
from cloudcrate.app.matching import Matching
from cloudcrate.app.overview import Overview, Overviews, PlaylistView, report_of
from cloudcrate.app.problems import Problems
from cloudcrate.app.review import Reviews
from cloudcrate.app.running import Begun, Ended, announce, begin, carry_out
from cloudcrate.app.sharing import Going, Sharing
from cloudcrate.core import codec, rows, text
from cloudcrate.core.ending import Asked
from cloudcrate.core.likeness import Ratio, alike
from cloudcrate.core.link import Link, LinkKind, parse_link
from cloudcrate.core.model import OBTAINABLE, Availability, KnownPlaylist, Memory, Playlist, PlaylistId, Track, TrackId
from cloudcrate.core.operations import Plan
from cloudcrate.core.plan import plan
from cloudcrate.core.plan_files import WHY_NOT, remedy
from cloudcrate.core.report import Report
from cloudcrate.core.snapshot import Wishes
from cloudcrate.core.timetable import Timetable, Upcoming, address
from cloudcrate.errors import BusyError, CloudcrateError, StoppedError, UsageError
from cloudcrate.ports.ledger import RunRecord, Scope, TrackEvent
from cloudcrate.ports.world import Directory

REMEMBERED_EVENTS = 20

PLANS = 3
"""How often a run is planned anew because the database was away before it was handed out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Why:
    """What is known about one track: what was decided and done last, newest first."""

    track_id: TrackId
    title: str
    url: str
    events: tuple[TrackEvent, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """What cloudcrate keeps, how the last runs ended, and what a watch would sync next."""

    playlists: tuple[KnownPlaylist, ...]
    runs: tuple[RunRecord, ...]
    upcoming: tuple[Upcoming, ...]
    going: Going | None = None  # a run that is shared with other machines


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """What there is of one track, as far as is remembered, and why there is no more."""

    track_id: TrackId
    title: str  # empty when nothing is known of it
    url: str
    availability: Availability
    path: str  # of its file; empty when there is none
    reason: str  # why there is none
    hint: str  # what could help


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One line of ``doctor``: ``fine``, ``note`` or ``wrong``."""

    name: str
    state: str
    message: str
    hint: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LookedUp:
    """Where names are looked up besides what is kept, and what tells how alike two are (``core.likeness.Ratio``)."""

    directory: Directory | None = None
    profile: str = ""  # the link to the user's own page on SoundCloud
    ratio: Ratio = alike


Probe = Callable[[], Sequence[Check]]
"""Looks at one thing; an error it raises is a wrong."""


class Service:
    """Everything cloudcrate does, over the ports."""

    def __init__(
        self,
        tools: Tools,
        *,
        usual: Wishes | None = None,
        named: Sequence[KnownPlaylist] = (),
        probes: Sequence[tuple[str, Probe]] = (),
        timetable: Timetable | None = None,
        zone: tzinfo = UTC,
        sharing: Sharing | None = None,
        looked_up: LookedUp | None = None,
    ) -> None:
        """``looked_up``: where names are looked up that are not kept; None: nowhere."""
        self._tools = tools
        self.usual = usual or Wishes()
        """What is wished when nothing else is said."""
        self._named = tuple(named)
        self._probes = tuple(probes)
        self._sharing = sharing
        self.reviews = Reviews(tools)
        self.keeping = Keeping(tools)
        self.problems = Problems(tools)
        self.matching = Matching(tools)
        self.agenda = Agenda(tools, self.known, timetable or Timetable(), zone)
        self.budgets = tools.budgets
        """How much of both services' budgets is spent."""
        looked_up = looked_up or LookedUp()
        finder = Finder(self.known, tools.playlist_pages, looked_up.directory, looked_up.profile, looked_up.ratio)
        self.asking = Asking(self.known, finder)
        self._listening = Listening(tools.ledger, tools.store, tools.peaks)
        self._overviews = Overviews(tools, self.known, self.agenda, self.problems)

    def known(self) -> tuple[KnownPlaylist, ...]:
        """The playlists that are kept: those named in the settings, then those synced before and not dropped."""
        synced = {address(k): k for k in self._tools.ledger.playlists()}
        named = {address(k): k for k in self._named}
        kept = [
            replace(synced[at], name=k.name, url=k.url, dropped=False) if at in synced else k for at, k in named.items()
        ]
        return (*kept, *(k for at, k in synced.items() if at not in named and not k.dropped))

    def drop(self, playlist: KnownPlaylist) -> bool:
        """Keeps a playlist no more: no schedule and no ``sync --all`` reaches it until it is synced by its link again.

        Its rows and files stay. Says whether anything was remembered of it. Raises: StateError, DiskError.
        """
        ledger = self._tools.ledger
        with self._tools.exclusive():
            found = [k for k in ledger.playlists() if address(k) == address(playlist) and not k.dropped]
            for kept in found:
                if kept.id is not None:
                    ledger.keep_playlist(kept.id, replace(kept, dropped=True), ledger.entries(kept.id))
        return bool(found)

    def order(self, words: str, *, limit: int | None = None, download: bool = True) -> Understood:
        """The one sync that a link, a name or a sentence asks for. Raises: UsageError, AmbiguousError, LinkError."""
        wishes = replace(self.usual, download=self.usual.download and download)
        found = self.asking.understood(self.asking.request(words), wishes, limit=limit)
        if len(found) != 1:
            raise UsageError("One playlist at a time.", hint="Name a playlist that is kept, or give its link.")
        return found[0]

    def preview(self, order: Order) -> Plan:
        """What a sync would do. Makes no row, no file and no intent."""
        return plan(gather(self._tools, order))

    def sync(self, order: Order, *, basis: str = "") -> Ended:
        """Makes the plan and carries it out, alone on its state.

        ``basis``: that of the plan that was looked at. Raises: BusyError when it may not wait, RefusedError when
        another plan would be made by now.
        """
        try:
            done = self._begun_and_done(order, basis)
        except (BusyError, StoppedError):
            raise
        except CloudcrateError as error:
            asked = Asked(playlist=order.name, url=order.link.url, understood=order.understood)
            announce(self._tools, uuid4().hex, asked, error=error)
            raise
        if isinstance(done, str):
            return self.sharing.attend(done)
        begun, ended = done
        asked = Asked(playlist=begun.plan.name, url=begun.url, understood=order.understood)
        announce(self._tools, begun.run_id, asked, ended.report, ended.error)
        return ended

    def _begun_and_done(self, order: Order, basis: str) -> tuple[Begun, Ended] | str:
        """Carries it out alone on its state, or hands it out and answers with the run's id."""
        for left in reversed(range(PLANS)):
            with self._tools.exclusive():
                begun = begin(self._tools, order, basis=basis)
                if self._sharing is None or not self._sharing.takes(begun):
                    return begun, carry_out(self._tools, begun)
                try:
                    self._sharing.hand_out(begun)
                except BusyError:  # the database was away meanwhile, and somebody else may have begun
                    if not left:
                        raise
                    continue
            return begun.run_id  # all of it is handed out: it need not be held while this works along
        raise AssertionError("the loop returns or raises")

    def sync_again(self, playlist: KnownPlaylist) -> Ended:
        """Syncs a playlist synced before, as usual."""
        return self.sync(self._order_of(playlist))

    def _order_of(self, playlist: KnownPlaylist) -> Order:
        link = parse_link(playlist.url)
        if link is None:
            raise UsageError(f"{text.visible(playlist.url)} is no link to a playlist.", hint="Sync it by its link.")
        return Order(link=link, name=playlist.name, wishes=self.usual)

    def playlist_at(self, link: Link) -> Playlist:
        """What a link leads to; of its entries only the first is read. Raises: NotFoundError, UnavailableError."""
        return self._tools.source.read(link, limit=1, known={}).playlist

    def entries(self, playlist: KnownPlaylist) -> tuple[TrackId, ...]:
        """The distinct tracks of a playlist synced before, in order."""
        return tuple(dict.fromkeys(self._tools.ledger.entries(playlist.id))) if playlist.id is not None else ()

    def with_problems(self, words: str | None) -> tuple[KnownPlaylist, ...]:
        """The playlists that hold a track with a problem, those of ``words`` only. Raises: UsageError, LinkError."""
        only = None if words is None else self.tracks_of(words)
        troubled = {problem.track_id for problem in self.problems.listed(only)}
        ledger = self._tools.ledger
        return tuple(
            playlist
            for playlist in ledger.playlists()
            if playlist.id is not None and not playlist.dropped and troubled.intersection(ledger.entries(playlist.id))
        )

    def retry(self, playlist: KnownPlaylist) -> Ended:
        """Syncs a playlist synced before: all metadata is read anew, and what was protected is tried."""
        again = self._order_of(playlist)
        return self.sync(replace(again, refresh=True, wishes=replace(again.wishes, recheck=True)))

    def tracks_of(self, words: str) -> tuple[TrackId, ...]:
        """The tracks of a playlist synced before, or the one track that is meant. Raises: UsageError, LinkError."""
        link = None if words.isdecimal() else parse_link(words)
        if words.isdecimal() or (link is not None and link.kind is LinkKind.TRACK):
            return (self.find_track(words),)
        kept = self.asking.kept(words)
        if kept.id is None:
            raise UsageError(f"{text.visible(words)!r} was not synced yet.", hint="Sync it first.")
        return self.entries(kept)

    def status(self, runs: int = 10) -> Status:
        """What is kept, how the last runs ended, and what is next."""
        going = self._sharing.going() if self._sharing is not None else None
        return Status(playlists=self.known(), runs=self.runs(runs), upcoming=self.agenda.upcoming(), going=going)

    @property
    def sharing(self) -> Sharing:
        """What is done together with other machines. Raises: UsageError when the state is of this machine alone."""
        if self._sharing is None:
            raise UsageError(
                "The state is in a folder of this machine, so there is nobody to share a run with.",
                hint='Put it into PostgreSQL: state = "postgresql://HOST/NAME" (docs/many-machines.md).',
            )
        return self._sharing

    def overview(self) -> tuple[Overview, ...]:
        """How each playlist that is kept stands. Asks nobody."""
        return self._overviews.every()

    def playlist(self, playlist_id: PlaylistId) -> PlaylistView:
        """A playlist synced before, its tracks in order. Asks nobody. Raises: UsageError when it is unknown."""
        kept = next((k for k in self._tools.ledger.playlists() if k.id == playlist_id), None)
        if kept is None:
            raise UsageError("No such playlist was synced so far.", hint="Sync it first.")
        return self._overviews.playlist(kept)

    def audio(self, track_id: TrackId) -> Audio:
        """A track's file, to be read in parts. Raises: NotFoundError when there is none."""
        return self._listening.audio(track_id)

    def peaks(self, track_id: TrackId) -> tuple[float, ...]:
        """How loud a track's file is over its length, 0 to 1. Raises: NotFoundError, DamagedError."""
        return self._listening.peaks(track_id)

    def report(self, run_id: str) -> Report:
        """What a run reported. Raises: StateError when it is not remembered, or has not ended."""
        return report_of(self._tools.ledger.run(run_id), run_id)

    def stop(self) -> str:
        """Asks the run that is going on to stop; what is in flight is finished. Says which; nothing when there is none.

        Raises: RefusedError when it cannot be stopped from here.
        """
        if self._sharing is None:
            return self._tools.ask_to_stop()
        run = self._sharing.cancel()
        return "" if run is None else run.name

    def runs(self, limit: int) -> tuple[RunRecord, ...]:
        """The last runs, newest first."""
        return self._tools.ledger.last_runs(limit)

    def holdings(self, words: str) -> tuple[Holding, ...]:
        """What there is of each track of a playlist synced before, or of one track. Asks nobody.

        Raises: UsageError, LinkError.
        """
        ids = self.tracks_of(words)
        ledger, scope = self._tools.ledger, Scope(catalog="", library=self._tools.store.id)
        tracks, memory = ledger.tracks(ids, newer_than=0.0), ledger.recall(scope, ids)
        return tuple(
            _holding(memory[track_id], tracks.get(track_id), None if track_id in tracks else self._last_seen(track_id))
            for track_id in ids
        )

    def _last_seen(self, track_id: TrackId) -> Availability:
        """Why a track had no metadata when its playlist was last synced."""
        said = (codec.tagged(event.operation).get("availability") for event in self._tools.ledger.events(track_id, 5))
        known = {availability.value: availability for availability in Availability}
        return next((known[word] for word in said if word in known), Availability.GONE)

    def why(self, track_id: TrackId) -> Why:
        """What was decided and done about a track. Raises: UsageError when it was never seen."""
        events = self._tools.ledger.events(track_id, REMEMBERED_EVENTS)
        track = self._tools.ledger.tracks([track_id], newer_than=0.0).get(track_id)
        if not events and track is None:
            raise UsageError(
                f"Track {track_id} was in no playlist synced so far.",
                hint="Give the id or the link of a track of a playlist you have synced.",
            )
        return Why(
            track_id=track_id,
            title=f"{track.artist} - {track.title}" if track else "",
            url=track.url if track else "",
            events=events,
        )

    def find_track(self, words: str) -> TrackId:
        """Reads a track's id or its link. Raises: UsageError."""
        if words.isdecimal():
            return TrackId(int(words))
        found = self._tools.ledger.find_track(words)
        if found is None:
            raise UsageError(
                f"No track synced so far has the link {text.visible(words)!r}.",
                hint="Give its id, or its link as it stands in the report.",
            )
        return found

    def doctor(self) -> tuple[Check, ...]:
        """Looks at everything a run needs, and at nothing twice."""
        return tuple(check for name, probe in self._probes for check in _examined(name, probe))


def _holding(memory: Memory, track: Track | None, absent: Availability | None) -> Holding:
    told = absent or (track.availability if track is not None else Availability.GONE)
    availability = told if memory.file is not None else memory.unobtainable or told
    reason = hint = ""
    if memory.file is None and availability not in OBTAINABLE:
        reason, hint = WHY_NOT[availability], remedy(track, availability)
    elif memory.file is None:
        reason = "not fetched yet"
    return Holding(
        track_id=memory.track_id,
        title=rows.label(track) if track is not None else "",
        url=track.url if track is not None else "",
        availability=availability,
        path=memory.file.path if memory.file is not None else "",
        reason=reason,
        hint=hint,
    )


def _examined(name: str, probe: Probe) -> Sequence[Check]:
    try:
        return probe()
    except CloudcrateError as error:
        return [Check(name=name, state="wrong", message=error.message, hint=error.hint)]
