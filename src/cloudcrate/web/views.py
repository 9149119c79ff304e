"""What the pages show, worked out from what ``Service`` and ``Desk`` say. Pure.

Every template gets one value, named ``page``, and from the environment ``nonce``, ``csrf`` (hidden field of
every form) and ``version`` (of cloudcrate: static files are asked for with it, so that they may be kept long).
``nonce`` belongs into ``style-src``, too: the waveform keeps its style in a shadow root.

    overview.html     overview_page(overviews, jobs, now)
    playlist.html     playlist_page(view, now, show=, words=)     query: show (a kind of ``KINDS``), q (words)
    plan.html         web.plans.plan_page(planned)                POST plans/ID/start
    job.html          web.jobs.job_page(job, lines, now)          follows LINK/events?after=VERSION
    job_state.html    web.jobs.job_page(job, (), now)             event ``state``; its text is the id: the version
    job_tracks.html   web.jobs.line_rows(lines), as ``lines``     event ``tracks``: rows that replace those of their id
    problems.html     web.problems.problems_page(problems, now, show=)          query: show (a kind)
    review.html       web.problems.review_page(question, now)     POST: answer is adopt:PAGE_ID, new or skip
    history.html      web.records.history_page(runs, now)
    run.html          web.records.run_page(run_id, report)
    doctor.html       web.records.doctor_page(checks)
    track.html        web.records.track_page(why, now, playable=)
    error.html        ErrorPage(status, message, hint)            every error, also 404, 405 and 413
    login.html        LoginPage(trouble)                          POST /login: password, next
    out.html          nothing: how to get in, with status 401

Texts of others (titles, owners, reasons) are made visible here and escaped by the templates.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote, urlencode

from cloudcrate.app.desk import JobView
from cloudcrate.app.overview import Overview, PlaylistView, Standing, TrackView
from cloudcrate.core.model import KnownPlaylist
from cloudcrate.core.report import Report
from cloudcrate.core.text import fold, visible
from cloudcrate.ports.ledger import RunRecord
from cloudcrate.web.wording import (
    Bar,
    Moment,
    artwork,
    bar,
    count_of,
    length,
    moment,
    moment_or_none,
    name_of,
    web_link,
)

KINDS = {
    Standing.SYNCED.value: "synced",
    Standing.ALREADY.value: "already there",
    Standing.REVIEW.value: "to review",
    Standing.FAILED.value: "failed",
    Standing.UNOBTAINABLE.value: "unobtainable",
    Standing.PENDING.value: "pending",
}
"""The states of a track: the class it has on a page, and what is said. The order is that of filters and bars."""

PLAYABLE = frozenset({"mp3", "m4a", "flac", "wav", "opus", "ogg", "aac"})
"""Formats that browsers play. AIFF is not among them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorPage:
    """What went wrong, and what to do."""

    status: int
    message: str
    hint: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LoginPage:
    """The way in when the bind is not loopback."""

    trouble: str = ""
    next: str = "/"  # where to go then


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """A playlist on the overview."""

    name: str
    owner: str
    link: str  # of its page here; empty when it was never synced
    plan: str  # where a plan of it is asked for by POST
    words: str  # that go with it: its link, for one never synced
    url: str
    artwork: str
    bar: Bar
    last: Moment | None
    last_link: str
    last_said: str
    next: Moment | None
    due: bool
    schedule: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """A job that is not over, for the top of a page."""

    link: str
    name: str
    said: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OverviewPage:
    """Every playlist, and what goes on."""

    cards: tuple[Card, ...]
    running: tuple[Running, ...]
    said: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """A link that shows only some."""

    name: str
    kind: str  # its class; empty: all
    count: int
    link: str
    current: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackRow:
    """One place in a playlist."""

    position: int
    track_id: int
    title: str
    artist: str
    name: str  # both, for labels
    url: str
    artwork: str
    length: str
    kind: str
    state: str
    reason: str
    hint: str
    path: str
    format: str
    link: str  # of what is known about it
    audio: str  # empty: there is nothing to play
    row: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaylistPage:
    """A playlist in its order."""

    name: str
    owner: str
    url: str
    artwork: str
    link: str
    plan: str
    bar: Bar
    tracks: int
    synced: Moment | None
    file: str
    rows: tuple[TrackRow, ...]
    filters: tuple[Filter, ...]
    show: str
    words: str
    said: str  # how many are shown


def overview_page(overviews: Sequence[Overview], jobs: Sequence[JobView], now: float) -> OverviewPage:
    """The overview."""
    cards = tuple(_card(overview, now) for overview in overviews)
    total = sum(overview.listed for overview in overviews)
    said = f"{count_of(len(cards), 'playlist')}, {count_of(total, 'track')}" if cards else ""
    return OverviewPage(cards=cards, running=tuple(running(jobs)), said=said)


def running(jobs: Sequence[JobView]) -> Sequence[Running]:
    """Those of the jobs that are not over."""
    return [
        Running(link=job_link(job.id), name=visible(job.playlist), said=visible(job.phase) or job.state.value)
        for job in jobs
        if job.ended_at is None
    ]


def _card(overview: Overview, now: float) -> Card:
    playlist, last = overview.playlist, overview.last
    counts = Counter({standing.value: count for standing, count in overview.standing.items()})
    return Card(
        name=name_of(playlist),
        owner=visible(playlist.owner),
        link=playlist_link(playlist),
        plan=plan_link(playlist),
        words="" if playlist.id is not None else playlist.url,
        url=web_link(playlist.url),
        artwork=artwork(playlist.artwork_url, wide=True),
        bar=counted_bar(counts),
        last=moment(last.ended_at or last.started_at, now) if last is not None else None,
        last_link=run_link(last.id) if last is not None else "",
        last_said=_last_said(last, overview.report) if last is not None else "",
        next=moment_or_none(overview.next_at, now),
        due=overview.next_at is not None and overview.next_at <= now,
        schedule=visible(overview.schedule),
    )


def _last_said(last: RunRecord, report: Report | None) -> str:
    """How the last run ended, in a few words. Only one that has ended has a report."""
    if report is None or last.report is None:
        return "broke off, or goes on"
    if report.stopped:
        return "stopped"
    return f"{report.failed:,} left undone" if report.failed else "complete"


def counted_bar(counts: Counter[str]) -> Bar:
    """A bar of tracks by kind."""
    return bar([(kind, name, counts[kind]) for kind, name in KINDS.items()])


def playlist_page(view: PlaylistView, now: float, *, show: str = "", words: str = "") -> PlaylistPage:
    """A playlist, or those of its tracks that are of the kind ``show`` and have all ``words`` in artist or title."""
    playlist, show = view.overview.playlist, show if show in KINDS else ""
    counts = Counter(track.standing.value for track in view.tracks)
    wanted = fold(words).split()
    rows = [_track_row(t) for t in view.tracks if show in ("", t.standing.value) and _has(t, wanted)]
    everything = len(view.tracks)
    said = count_of(everything, "track") if len(rows) == everything else f"{len(rows):,} of {everything:,} tracks"
    return PlaylistPage(
        name=name_of(playlist),
        owner=visible(playlist.owner),
        url=web_link(playlist.url),
        artwork=artwork(playlist.artwork_url, wide=True),
        link=playlist_link(playlist),
        plan=plan_link(playlist),
        bar=counted_bar(counts),
        tracks=everything,
        synced=moment_or_none(playlist.synced_at, now),
        file=visible(playlist.file or ""),
        rows=tuple(rows),
        filters=filters(counts, playlist_link(playlist), show, words),
        show=show,
        words=visible(words),
        said=said,
    )


def filters(counts: Counter[str], link: str, show: str, words: str = "") -> tuple[Filter, ...]:
    """A filter for all and one for each kind that there is; that of ``show`` also when there is none."""
    asked = {"q": words} if words else {}
    found = [Filter(name="all", kind="", count=counts.total(), link=_with(link, asked), current=not show)]
    for kind, name in KINDS.items():
        if counts[kind] or kind == show:
            to = _with(link, {"show": kind, **asked})
            found.append(Filter(name=name, kind=kind, count=counts[kind], link=to, current=kind == show))
    return tuple(found)


def _with(link: str, query: dict[str, str]) -> str:
    return f"{link}?{urlencode(query, errors='replace')}" if query else link


def _has(track: TrackView, wanted: Sequence[str]) -> bool:
    said = fold(f"{track.artist} {track.title}") if wanted else ""
    return all(word in said for word in wanted)


def _track_row(track: TrackView) -> TrackRow:
    title, artist = visible(track.title), visible(track.artist)
    name = title or f"Track {track.track_id}"
    return TrackRow(
        position=track.position,
        track_id=track.track_id,
        title=name,
        artist=artist,
        name=f"{artist} – {name}" if artist else name,
        url=web_link(track.url),
        artwork=artwork(track.artwork_url),
        length=length(track.seconds),
        kind=track.standing.value,
        state=KINDS[track.standing.value],
        reason=visible(track.reason),
        hint=visible(track.hint),
        path=visible(track.path),
        format=visible(track.format),
        link=track_link(track.track_id),
        audio=f"/tracks/{track.track_id}/audio" if track.path and track.format.lower() in PLAYABLE else "",
        row=track.row,
    )


# --- addresses ------------------------------------------------------------------------------------


def playlist_link(playlist: KnownPlaylist) -> str:
    """The page of a playlist; empty when it has none yet."""
    return "" if playlist.id is None else f"/playlists/{quote(playlist.id, safe=':')}"


def plan_link(playlist: KnownPlaylist) -> str:
    """Where a plan for it is asked for: with its words when it has no page yet."""
    return f"{playlist_link(playlist)}/plan" if playlist.id is not None else "/add"


def track_link(track_id: int) -> str:
    """The page of a track."""
    return f"/tracks/{track_id}"


def run_link(run_id: str) -> str:
    """The page of a past run."""
    return f"/history/{quote(run_id, safe='')}"


def job_link(job_id: str) -> str:
    """The page of a job."""
    return f"/jobs/{quote(job_id, safe='')}"
