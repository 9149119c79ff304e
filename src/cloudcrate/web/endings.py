"""How a run ended, for a page: of a job that is over and of a past run alike. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass

from cloudcrate.core.report import FileState, Report, RowState, TrackResult
from cloudcrate.core.text import visible
from cloudcrate.web.views import track_link
from cloudcrate.web.wording import Bar, bar, count_of, lasting, size, web_link

ROW_KINDS = {
    RowState.CREATED: "synced",
    RowState.UPDATED: "synced",
    RowState.UNCHANGED: "already",
    RowState.REVIEW: "review",
    RowState.FAILED: "failed",
    RowState.PENDING: "pending",
    RowState.NO_METADATA: "unobtainable",
}
FILE_KINDS = {
    FileState.DOWNLOADED: "synced",
    FileState.PRESENT: "already",
    FileState.UNOBTAINABLE: "unobtainable",
    FileState.FAILED: "failed",
    FileState.PENDING: "pending",
    FileState.NOT_ASKED: "unasked",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """A track about which there is something to say."""

    position: int  # 0: it has left the playlist
    title: str
    link: str
    kind: str
    state: str
    reason: str
    hint: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """A report, ready to be shown."""

    playlist: str
    url: str
    said: str  # in one sentence
    good: bool
    catalog: str
    library: str
    rows: Bar
    files: Bar
    left: tuple[Left, ...]
    departed: str  # empty when nothing has left the playlist
    notes: tuple[str, ...]
    traffic: str
    playlist_file: str
    next_step: str


def ending(report: Report) -> Ending:
    """What a report says."""
    left = tuple(_left(track) for track in report.unfinished)
    return Ending(
        playlist=visible(report.playlist),
        url=web_link(report.url),
        said=_said(report),
        good=not report.failed and not report.stopped,
        catalog=visible(report.catalog),
        library=visible(report.library),
        rows=_bar({state.value: kind for state, kind in ROW_KINDS.items()}, report.rows),
        files=_bar({state.value: kind for state, kind in FILE_KINDS.items()}, report.files),
        left=left + _departed(report),
        departed=_departed_said(report),
        notes=_notes(report),
        traffic=_traffic(report),
        playlist_file=visible(report.playlist_file),
        next_step=visible(report.next_step),
    )


def _said(report: Report) -> str:
    verb = "Stopped after" if report.stopped else "Done in"
    failed = f", {count_of(report.failed, 'thing')} left undone" if report.failed else ""
    return f"{verb} {lasting(report.traffic.seconds)}: {count_of(report.listed, 'track')}{failed}"


def _bar(kinds: Mapping[str, str], counts: Mapping[str, int]) -> Bar:
    """Counts by state; states that this cloudcrate does not know come last."""
    states = [*kinds, *(state for state in counts if state not in kinds)]
    return bar([(kinds.get(s, "pending"), visible(s).replace("_", " "), counts.get(s, 0)) for s in states])


def _left(track: TrackResult) -> Left:
    of_row = track.row in (RowState.FAILED, RowState.REVIEW, RowState.PENDING)
    state = track.row.value if of_row else track.file.value
    return Left(
        position=track.position,
        title=visible(track.title) or f"Track {track.track_id}",
        link=track_link(track.track_id),
        kind=ROW_KINDS[track.row] if of_row else FILE_KINDS[track.file],
        state=state.replace("_", " "),
        reason=visible(track.reason),
        hint=visible(track.hint),
    )


def _departed(report: Report) -> tuple[Left, ...]:
    return tuple(
        Left(
            position=0,
            title=visible(departure.title) or f"Track {departure.track_id}",
            link=track_link(departure.track_id),
            kind="failed",
            state="not unlinked",
            reason=visible(departure.reason),
            hint=visible(departure.hint),
        )
        for departure in report.departures
        if not departure.unlinked
    )


def _departed_said(report: Report) -> str:
    if not report.departures:
        return ""
    moved = sum(bool(departure.moved_to) for departure in report.departures)
    kept = f"{count_of(moved, 'file')} moved to quarantine" if moved else "rows and files are kept"
    return f"{count_of(len(report.departures), 'track')} left the playlist; {kept}."


def _notes(report: Report) -> tuple[str, ...]:
    moved = (f"{count_of(report.moved, 'file')} moved to the place that it has now.",) if report.moved else ()
    trouble = (f"The playlist's page could not be written: {report.page_trouble}",) if report.page_trouble else ()
    return tuple(map(visible, (*moved, *trouble, *report.notes)))


def _traffic(report: Report) -> str:
    spent = report.traffic
    asked = f"{count_of(spent.soundcloud_requests, 'request')} to SoundCloud, {spent.notion_requests:,} to Notion"
    if not spent.media_bytes:
        return asked
    rate = f" ({size(round(spent.media_bytes / spent.seconds))}/s)" if spent.seconds else ""
    return f"{asked}, {size(spent.media_bytes)} of audio{rate}"
