"""What is not as it should be: every track that lacks its row or its file, since when, and what comes next."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from cloudcrate.app.gather import METADATA_LIVES, PROTECTION_LIVES, Tools
from cloudcrate.core import codec, rows
from cloudcrate.core.model import Availability, Memory, TrackId
from cloudcrate.core.operations import State
from cloudcrate.errors import Retry
from cloudcrate.ports.ledger import Scope, TrackEvent

SIDES = ("row", "file", "record")
LACKING = (State.UNOBTAINABLE.value, State.NO_METADATA.value)
TOLD_BY_METADATA = tuple(a.value for a in (Availability.PREVIEW, Availability.BLOCKED, Availability.PROTECTED))
CHOOSE = "See both sides and choose: cloudcrate review"
HOUR = 3600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One track that lacks something, as the last sync left it."""

    track_id: TrackId
    title: str  # empty when nothing is known of it
    playlists: tuple[str, ...]  # names of those that hold it
    side: str  # row, file
    kind: str  # failed, unobtainable, review
    retry: str  # what may help; see ``errors.Retry``
    reason: str
    hint: str
    since: float  # epoch seconds at which it was first found so
    next_check: float | None  # epoch seconds from which a sync tries it again; None: the next one does


class Problems:
    """Reads what the last syncs have left undone. Asks nobody."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools

    def listed(self, only: Collection[TrackId] | None = None) -> tuple[Problem, ...]:
        """The problems of the tracks of known playlists, or of ``only`` these, oldest first."""
        ledger = self._tools.ledger
        holders: dict[TrackId, list[str]] = {}
        for playlist in ledger.playlists():
            if playlist.id is None or playlist.dropped:
                continue
            for track_id in dict.fromkeys(ledger.entries(playlist.id)):
                if only is None or track_id in only:
                    holders.setdefault(track_id, []).append(playlist.name or playlist.title)
        events = [(event, told) for event in ledger.newest_events(list(holders)) if (told := _told(event)) is not None]
        ids = [event.track_id for event, _ in events]
        tracks = ledger.tracks(ids, newer_than=0.0)
        memory = ledger.recall(Scope(catalog="", library=self._tools.store.id), ids)
        told_so = [event.track_id for event, told in events if told.by_metadata]
        now = self._tools.clock.now()
        read_at = self._read_at(told_so, now - METADATA_LIVES, now)
        found = [
            Problem(
                track_id=event.track_id,
                title=rows.label(tracks[event.track_id]) if event.track_id in tracks else "",
                playlists=tuple(holders[event.track_id]),
                side="file" if event.side == "file" else "row",
                since=event.at,
                next_check=_next_check(event, memory[event.track_id], read_at, now),
                kind=told.kind,
                retry=told.retry,
                reason=told.reason,
                hint=told.hint,
            )
            for event, told in events
            if event.side in SIDES
        ]
        return tuple(sorted(found, key=lambda problem: (problem.since, problem.track_id, problem.side)))

    def _read_at(self, tracks: Collection[TrackId], since: float, until: float) -> dict[TrackId, float]:
        """When the metadata of these tracks was read, to the hour, as far as that was between the two moments.

        The ledger only tells what is newer than a moment, so this asks about ever smaller halves.
        """
        newer = self._tools.ledger.tracks(tracks, newer_than=since) if tracks else {}
        if not newer or until - since <= HOUR:
            return dict.fromkeys(newer, until)
        middle = (since + until) / 2
        late = self._read_at(list(newer), middle, until)
        return late | self._read_at([track_id for track_id in newer if track_id not in late], since, middle)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Told:
    kind: str
    retry: str
    reason: str
    hint: str = ""
    by_metadata: bool = False  # and that is not read anew by every sync


def _told(event: TrackEvent) -> _Told | None:
    """What an event tells of a problem; None when it tells of none."""
    operation, outcome = codec.tagged(event.operation), codec.tagged(event.outcome)
    if outcome.get("is") == "Failed":
        return _Told(kind="failed", retry=outcome["retry"], reason=outcome["message"], hint=outcome["hint"])
    if outcome.get("is") == "Skipped" and outcome.get("reason"):
        if event.side == "file":
            return _Told(kind="unobtainable", retry=Retry.PERMANENT.value, reason=outcome["reason"])
        return _Told(kind="review", retry=Retry.GUARD.value, reason=outcome["reason"], hint=CHOOSE)
    if operation.get("is") == "Review":
        return _Told(kind="review", retry=Retry.GUARD.value, reason=operation["reason"], hint=CHOOSE)
    if operation.get("is") == "Leave" and operation.get("state") in LACKING and event.side == "file":
        return _Told(
            kind="unobtainable",
            retry=Retry.PERMANENT.value,
            reason=operation["reason"],
            hint=operation.get("hint", ""),
            by_metadata=operation.get("availability") in TOLD_BY_METADATA,
        )
    return None


def _next_check(event: TrackEvent, memory: Memory, read_at: Mapping[TrackId, float], now: float) -> float | None:
    """Protection found at a download and metadata both live for a while; everything else is looked at by every sync."""
    if event.side != "file":
        return None
    if memory.unobtainable_at is not None:
        at = memory.unobtainable_at + PROTECTION_LIVES
    else:
        at = read_at[event.track_id] + METADATA_LIVES if event.track_id in read_at else now
    return at if at > now else None
