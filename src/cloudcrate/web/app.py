"""The dashboard as an ASGI application: addresses, threads and streams. Nothing outside of it is asynchronous."""

import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import partial
from hmac import compare_digest
from typing import TypeVar

import anyio
from anyio import CapacityLimiter, to_thread
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.types import ASGIApp

from cloudcrate.app.desk import Desk
from cloudcrate.errors import CloudcrateError
from cloudcrate.web.acting import Acting, Form
from cloudcrate.web.entrance import Bind, Entrance
from cloudcrate.web.files import StaticFile, static_files
from cloudcrate.web.guard import LOGIN, Guard
from cloudcrate.web.live import HEARTBEAT, RECONNECT, Live, News, seen_by
from cloudcrate.web.looking import Looking, track_id_of
from cloudcrate.web.pages import FAULT, FAULT_HINT, Pages
from cloudcrate.web.ranges import Part, part_of
from cloudcrate.web.sound import piece_of, sound_of

T = TypeVar("T")

STREAMS = 16
"""Live pages at once; each keeps a thread waiting."""

LOOK = 1.0
"""Seconds for which a live page waits at a time: so soon it notices that the server ends."""

PACE = 0.25
"""Seconds between two events at least: a person reads no faster."""

RETOLD = 5
"""After so many looks without news a live page is told how it stands."""

FIELDS = 50
LONG = "public, max-age=31536000, immutable"
FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How much goes on at once, beside looking."""

    streams: CapacityLimiter
    reads: CapacityLimiter
    peaks: CapacityLimiter
    acts: CapacityLimiter
    logins: CapacityLimiter


def application(
    desk: Desk, *, bind: Bind, entrance: Entrance, now: Callable[[], float], stop: threading.Event
) -> ASGIApp:
    """The dashboard. ``now``: epoch seconds; ``stop`` ends the streams when the server is to end."""
    pages = Pages()
    limits = Limits(
        streams=CapacityLimiter(STREAMS),
        reads=CapacityLimiter(8),
        peaks=CapacityLimiter(1),
        acts=CapacityLimiter(4),
        logins=CapacityLimiter(1),  # so that the wrong ones are counted before the next is tried
    )
    board = _Board(desk, pages, limits, now, stop)
    looking, acting = Looking(desk, pages, now), Acting(desk, pages, entrance, bind)
    form = partial(_form, pages, limits.acts)
    routes = [
        Route("/", looking.overview),
        Route("/add", form(acting.add), methods=["POST"]),
        Route("/playlists/{playlist_id}", looking.playlist),
        Route("/playlists/{playlist_id}/plan", form(acting.plan), methods=["POST"]),
        Route("/plans/{plan_id}", looking.plan),
        Route("/plans/{plan_id}/start", form(acting.start), methods=["POST"]),
        Route("/jobs/{job_id}", looking.job),
        Route("/jobs/{job_id}/events", board.events),
        Route("/jobs/{job_id}/stop", form(acting.stop), methods=["POST"]),
        Route("/problems", looking.problems),
        Route("/problems/retry", form(acting.retry), methods=["POST"]),
        Route("/reviews/{track_id}", looking.review),
        Route("/reviews/{track_id}", form(acting.decide), methods=["POST"]),
        Route("/history", looking.history),
        Route("/history/{run_id}", looking.run),
        Route("/doctor", looking.doctor),
        Route("/tracks/{track_id}", looking.track),
        Route("/tracks/{track_id}/audio", board.audio),
        Route("/tracks/{track_id}/peaks", _threaded(looking.peaks, limits.peaks)),
        Route("/static/{name:path}", _static(static_files(), pages.version)),
        Route(LOGIN, acting.ask_password),
        Route(LOGIN, _form(pages, limits.logins, acting.log_in, secret=False), methods=["POST"]),
    ]
    inner = Starlette(
        routes=routes,
        exception_handlers={
            HTTPException: partial(_refused, pages),
            CloudcrateError: partial(_troubled, pages),
            Exception: partial(_failed, pages),  # it is raised on to the guard, which tells of it
        },
    )
    inner.router.redirect_slashes = False
    return Guard(inner, bind=bind, entrance=entrance, refuse=pages.refusal)


def _form(
    pages: Pages, limiter: CapacityLimiter, act: Callable[[Request, Form], Response], *, secret: bool = True
) -> Callable[[Request], Awaitable[Response]]:
    """Reads a form, makes sure that it is one of this visit's pages, and does what it asks for in a thread."""

    async def endpoint(request: Request) -> Response:
        kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind not in FORMS:
            raise HTTPException(415)
        async with request.form(max_files=0, max_fields=FIELDS) as told:
            sent = {name: value for name, value in told.items() if isinstance(value, str)}
        session = request.state.session
        if secret and (session is None or not _equal(sent.get("csrf", ""), session.csrf)):
            raise HTTPException(403)
        return await to_thread.run_sync(act, request, sent, limiter=limiter)

    return endpoint


def _threaded(
    look: Callable[[Request], Response], limiter: CapacityLimiter
) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        return await to_thread.run_sync(look, request, limiter=limiter)

    return endpoint


class _Board:
    """What is answered piece by piece."""

    def __init__(
        self, desk: Desk, pages: Pages, limits: Limits, now: Callable[[], float], stop: threading.Event
    ) -> None:
        self._desk = desk
        self._limits = limits
        self._live = Live(desk, pages, now)
        self._stop = stop
        self._streams = 0

    async def events(self, request: Request) -> Response:
        """A run as it goes on (text/event-stream): ``tracks``, ``state`` and at its end ``done``."""
        job_id, seen = request.path_params["job_id"], seen_by(request)
        if self._streams >= STREAMS:
            raise HTTPException(503, headers={"Retry-After": "10"})
        first = await self._news(request, job_id, seen, 0.0, all_of_it=True)
        return StreamingResponse(self._told(request, job_id, first), media_type="text/event-stream")

    async def _told(self, request: Request, job_id: str, news: News) -> AsyncIterator[str]:
        self._streams += 1
        try:
            yield RECONNECT + news.text
            quiet = 0
            while not news.over and not self._stop.is_set():
                await anyio.sleep(PACE)
                retell = quiet >= RETOLD
                news = await self._news(request, job_id, news.version, LOOK, all_of_it=retell)
                quiet = 0 if news.text else quiet + 1
                yield news.text or HEARTBEAT
        finally:
            self._streams -= 1

    async def _news(self, request: Request, job_id: str, seen: int, seconds: float, *, all_of_it: bool) -> News:
        look = partial(self._live.news, request, job_id, seen, seconds, all_of_it=all_of_it)
        # A reader that leaves does not wait for the thread, which ends by itself soon after.
        return await to_thread.run_sync(look, abandon_on_cancel=True, limiter=self._limits.streams)

    async def audio(self, request: Request) -> Response:
        """A track's file, or the part of it that is asked for."""
        track_id = track_id_of(request)
        reads = self._limits.reads
        sound = await to_thread.run_sync(sound_of, self._desk, track_id, limiter=reads)
        headers = {
            "Accept-Ranges": "bytes",
            "ETag": sound.etag,
            "Content-Type": sound.kind,
            "Content-Disposition": sound.disposition,
            "Cache-Control": "private, no-cache",
        }
        asked = request.headers.get("range") if request.headers.get("if-range", sound.etag) == sound.etag else None
        part = part_of(asked, sound.size)
        if part is None:
            headers |= {"Content-Range": f"bytes */{sound.size}", "Content-Type": "text/plain"}
            return PlainTextResponse("There is no such part.\n", 416, headers=headers)
        partly = len(part) < sound.size
        headers["Content-Length"] = str(len(part))
        if partly:
            headers["Content-Range"] = f"bytes {part.start}-{part.end - 1}/{sound.size}"
        if request.method == "HEAD":
            return Response(status_code=206 if partly else 200, headers=headers)

        async def pieces() -> AsyncIterator[bytes]:
            left = part
            while len(left):
                piece = await to_thread.run_sync(piece_of, self._desk, track_id, left.start, left.end, limiter=reads)
                left = Part(start=left.start + len(piece), end=left.end)
                yield piece

        return StreamingResponse(pieces(), 206 if partly else 200, headers=headers)


def _static(files: Mapping[str, StaticFile], version: str) -> Callable[[Request], Response]:
    """The files that are part of the package, and no others."""

    def endpoint(request: Request) -> Response:
        file = files.get(request.path_params["name"])
        if file is None:
            raise HTTPException(404)
        kept = LONG if request.query_params.get("v") == version else "no-cache"
        headers = {"ETag": file.etag, "Cache-Control": kept, "Content-Type": file.kind}
        if request.headers.get("if-none-match") == file.etag:
            return Response(status_code=304, headers=headers)
        return Response(file.content, headers=headers)

    return endpoint


def _refused(pages: Pages, request: Request, error: HTTPException) -> Response:
    page = pages.refusal(request, error.status_code, "")
    page.headers.update(error.headers or {})
    return page


def _troubled(pages: Pages, request: Request, error: CloudcrateError) -> Response:
    return pages.trouble(request, error)


def _failed(pages: Pages, request: Request, error: Exception) -> Response:
    """The last resort: what an error says may hold anything, so the page does not."""
    return pages.refusal(request, 500, FAULT, FAULT_HINT)


def _equal(one: str, other: str) -> bool:
    return compare_digest(one.encode("utf-8", "replace"), other.encode())
