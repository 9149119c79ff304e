"""What a live page is told of a run: fragments of HTML as server-sent events. Plain functions that block."""

from collections.abc import Callable
from dataclasses import dataclass

from starlette.requests import Request

from cloudcrate.app.desk import Desk
from cloudcrate.web.jobs import job_page, line_rows
from cloudcrate.web.pages import Pages

HEARTBEAT = ": still here\n\n"
RECONNECT = "retry: 2000\n\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """What has happened since a version of a run. ``text`` is empty when nothing has."""

    text: str
    version: int
    over: bool


class Live:
    """Renders what a run's page shows, as it changes."""

    def __init__(self, desk: Desk, pages: Pages, now: Callable[[], float]) -> None:
        self._desk = desk
        self._pages = pages
        self._now = now

    def news(self, request: Request, job_id: str, seen: int, seconds: float, *, all_of_it: bool) -> News:
        """Waits up to ``seconds`` for something newer than ``seen``. Raises: UsageError for an unknown run.

        ``all_of_it``: how it stands is told though nothing has changed: rates and budgets move by themselves.
        """
        job = self._desk.wait(job_id, seen, seconds)
        over = job.ended_at is not None
        if job.version <= seen and not over and not all_of_it:
            return News(text="", version=seen, over=False)
        lines = self._desk.lines(job_id, seen)
        parts = []
        if lines:
            html = self._pages.text(request, "job_tracks.html", lines=line_rows(lines))
            parts.append(event("tracks", html))
        html = self._pages.text(request, "job_state.html", page=job_page(job, (), self._now()))
        parts.append(event("state", html, job.version))
        if over:
            parts.append(event("done", str(job.version)))
        return News(text="".join(parts), version=job.version, over=over)


def event(name: str, text: str, version: int | None = None) -> str:
    """One event; its id is what the browser asks to go on from when the connection was lost."""
    told = "" if version is None else f"id: {version}\n"
    lines = "".join(f"data: {line}\n" for line in text.splitlines() or [""])
    return f"event: {name}\n{told}{lines}\n"


def seen_by(request: Request) -> int:
    """The version that a page has: what it was sent last, or what it was drawn with."""
    told = request.headers.get("last-event-id") or request.query_params.get("after", "")
    return int(told) if told.isascii() and told.isdecimal() and len(told) < 16 else 0
