"""What is not as it should be: every track that lacks its row or its file, since when, and what comes next."""

from collections.abc import Collection
from dataclasses import dataclass

from cloudcrate.app.gather import PROTECTION_LIVES, Tools
from cloudcrate.core import codec, rows
from cloudcrate.core.model import Memory, TrackId
from cloudcrate.core.operations import State
from cloudcrate.errors import Retry
from cloudcrate.ports.ledger import Scope, TrackEvent

SIDES = ("row", "file", "record")
LACKING = (State.UNOBTAINABLE.value, State.NO_METADATA.value)


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
    next_check: float | None  # epoch seconds before which it is not tried again; None: at the next sync


class Problems:
    """Reads what the last syncs have left undone. Asks nobody."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools

    def listed(self, only: Collection[TrackId] | None = None) -> tuple[Problem, ...]:
        """The problems of the tracks of known playlists, or of ``only`` these, oldest first."""
        ledger = self._tools.ledger
        holders: dict[TrackId, list[str]] = {}
        for playlist in ledger.playlists():
            for track_id in dict.fromkeys(ledger.entries(playlist.id) if playlist.id is not None else ()):
                if only is None or track_id in only:
                    holders.setdefault(track_id, []).append(playlist.name or playlist.title)
        events = [(event, told) for event in ledger.newest_events(list(holders)) if (told := _told(event)) is not None]
        ids = [event.track_id for event, _ in events]
        tracks = ledger.tracks(ids, newer_than=0.0)
        memory = ledger.recall(Scope(catalog="", library=self._tools.store.id), ids)
        found = [
            Problem(
                track_id=event.track_id,
                title=rows.label(tracks[event.track_id]) if event.track_id in tracks else "",
                playlists=tuple(holders[event.track_id]),
                side="file" if event.side == "file" else "row",
                since=event.at,
                next_check=_next_check(event, memory[event.track_id]),
                kind=told.kind,
                retry=told.retry,
                reason=told.reason,
                hint=told.hint,
            )
            for event, told in events
            if event.side in SIDES
        ]
        return tuple(sorted(found, key=lambda problem: (problem.since, problem.track_id, problem.side)))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Told:
    kind: str
    retry: str
    reason: str
    hint: str = ""


def _told(event: TrackEvent) -> _Told | None:
    """What an event tells of a problem; None when it tells of none."""
    operation, outcome = codec.tagged(event.operation), codec.tagged(event.outcome)
    if outcome.get("is") == "Failed":
        return _Told(kind="failed", retry=outcome["retry"], reason=outcome["message"], hint=outcome["hint"])
    if outcome.get("is") == "Skipped" and outcome.get("reason"):
        kind = "unobtainable" if event.side == "file" else "review"
        return _Told(kind=kind, retry=Retry.PERMANENT.value, reason=outcome["reason"])
    if operation.get("is") == "Review":
        hint = "See both sides and choose: cloudcrate review"
        return _Told(kind="review", retry=Retry.GUARD.value, reason=operation["reason"], hint=hint)
    if operation.get("is") == "Leave" and operation.get("state") in LACKING and event.side == "file":
        hint = operation.get("hint", "")
        return _Told(kind="unobtainable", retry=Retry.PERMANENT.value, reason=operation["reason"], hint=hint)
    return None


def _next_check(event: TrackEvent, memory: Memory) -> float | None:
    if event.side == "file" and memory.unobtainable_at is not None:
        return memory.unobtainable_at + PROTECTION_LIVES
    return None
