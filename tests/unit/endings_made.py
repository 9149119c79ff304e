"""Endings for tests: one that went well, one with every kind of trouble, and one full of secrets."""

import dataclasses
from typing import Any  # Any: a value of any shape is walked

from cloudcrate.core.ending import Asked, Ending, ending
from cloudcrate.core.model import Availability, TrackId
from cloudcrate.core.report import Departure, FileState, Report, RowState, TrackResult, Traffic
from cloudcrate.errors import CloudcrateError, UnavailableError

EPOCH = 1_795_682_523.9  # 2026-11-26T08:42:03Z
CANARY = "ntn_canary0123456789"
ASKED = Asked(
    playlist="Night Mix", url="https://soundcloud.com/ada/sets/night-mix", understood="Sync and download the playlist"
)


def result(number: int, row: RowState, file: FileState, reason: str = "", title: str = "") -> TrackResult:
    """One track's result."""
    return TrackResult(
        track_id=TrackId(number),
        position=number,
        title=title or f"Track {number}",
        row=row,
        file=file,
        path=f"Ada/Track {number}.mp3" if file is FileState.DOWNLOADED else "",
        availability=None,
        reason=reason,
        hint="Run it again." if reason else "",
    )


def report_of(*tracks: TrackResult, departures: tuple[Departure, ...] = (), stopped: bool = False) -> Report:
    """A report whose sums are right."""
    return Report(
        playlist="Night Mix",
        url=ASKED.url,
        catalog="Music Tracks",
        library="/music",
        entries=len(tracks),
        listed=len(tracks),
        rows={state.value: sum(t.row is state for t in tracks) for state in RowState},
        files={state.value: sum(t.file is state for t in tracks) for state in FileState},
        tracks=tracks,
        departures=departures,
        playlist_file="Night Mix.m3u8",
        notes=(),
        traffic=Traffic(seconds=12.4, soundcloud_requests=3, notion_requests=4, media_bytes=5),
        stopped=stopped,
        next_step="Nothing is left to do.",
    )


UNCHANGED = report_of(result(1, RowState.UNCHANGED, FileState.PRESENT))
CHANGED = report_of(result(1, RowState.CREATED, FileState.DOWNLOADED), result(2, RowState.UNCHANGED, FileState.PRESENT))
UNOBTAINABLE = report_of(result(1, RowState.UNCHANGED, FileState.UNOBTAINABLE, "only a preview"))
FAILED = report_of(
    result(1, RowState.CREATED, FileState.FAILED, "it did not answer"),
    result(2, RowState.PENDING, FileState.PENDING, "not reached"),
    result(3, RowState.REVIEW, FileState.PRESENT, "two rows fit"),
    result(4, RowState.UNCHANGED, FileState.UNOBTAINABLE, "only a preview"),
    departures=(Departure(track_id=TrackId(5), title="Gone", unlinked=False, reason="it broke", hint="again"),),
)


def made(
    report: Report | None = CHANGED, error: CloudcrateError | None = None, *, exit_code: int = 0, run_id: str = "a1b2"
) -> Ending:
    """An ending."""
    return ending(run_id, EPOCH, ASKED, report, error, exit_code=exit_code)


def poisoned() -> Ending:
    """An ending in which every text holds a secret, but for the few that are ours: kinds, codes, moments."""
    whole = report_of(
        dataclasses.replace(
            result(1, RowState.FAILED, FileState.FAILED, "x"), path="x", availability=Availability.PROTECTED
        ),
        departures=(Departure(track_id=TrackId(5), title="x", unlinked=False, reason="x", hint="x", moved_to="x"),),
    )
    whole = dataclasses.replace(whole, page_trouble="x", notes=("x",))
    broke = UnavailableError("x", hint="x")
    clean = ending("a1b2", EPOCH, Asked(playlist="x", url="x", understood="x"), whole, broke, exit_code=3)
    found: Ending = _poisoned(clean)
    return found


def _poisoned(value: Any) -> Any:  # Any: as above
    if isinstance(value, str):
        return f"a {CANARY} b https://soundcloud.com/ada/sets/mix/s-canary?Signature=canary"
    if isinstance(value, tuple):
        return tuple(map(_poisoned, value))
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        ours = ("run_id", "ended_at")
        fields = {f.name: getattr(value, f.name) for f in dataclasses.fields(value)}
        return dataclasses.replace(value, **{k: v if k in ours else _poisoned(v) for k, v in fields.items()})
    return value
