"""The pages that only look. Plain functions: they block, and run in threads."""

from collections.abc import Callable

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from cloudcrate.app.desk import Desk
from cloudcrate.core.model import PlaylistId, TrackId
from cloudcrate.errors import CloudcrateError, StateError
from cloudcrate.web.jobs import job_page
from cloudcrate.web.pages import Pages
from cloudcrate.web.plans import plan_page
from cloudcrate.web.problems import problems_page, review_page
from cloudcrate.web.records import doctor_page, history_page, run_page, track_page
from cloudcrate.web.views import PLAYABLE, overview_page, playlist_page

RUNS = 100
"""So many past runs are listed."""

LARGEST_ID = 2**63 - 1


class Looking:
    """Every page that changes nothing."""

    def __init__(self, desk: Desk, pages: Pages, now: Callable[[], float]) -> None:
        self._desk = desk
        self._pages = pages
        self._now = now

    def overview(self, request: Request) -> Response:
        """All playlists, and the runs under way."""
        with self._desk.reading() as service:
            found = service.overview()
        page = overview_page(found, self._desk.jobs(), self._now())
        return self._pages.render(request, "overview.html", page=page)

    def playlist(self, request: Request) -> Response:
        """One playlist with its tracks."""
        with self._desk.reading() as service:
            view = service.playlist(PlaylistId(request.path_params["playlist_id"]))
        asked = request.query_params
        page = playlist_page(view, self._now(), show=asked.get("show", ""), words=asked.get("q", ""))
        return self._pages.render(request, "playlist.html", page=page)

    def plan(self, request: Request) -> Response:
        """A plan that was made here, to be started or not."""
        page = plan_page(self._desk.planned(request.path_params["plan_id"]))
        return self._pages.render(request, "plan.html", page=page)

    def job(self, request: Request) -> Response:
        """A run that was started here."""
        job_id = request.path_params["job_id"]
        job = self._desk.job(job_id)  # before its lines: what changes between is told again by the events
        page = job_page(job, self._desk.lines(job_id), self._now())
        return self._pages.render(request, "job.html", page=page)

    def problems(self, request: Request) -> Response:
        """What the last runs left undone."""
        with self._desk.reading() as service:
            found = service.problems.listed()
            holders = [(known, service.entries(known)) for known in (service.with_problems(None) if found else ())]
        page = problems_page(found, holders, self._now(), show=request.query_params.get("show", ""))
        return self._pages.render(request, "problems.html", page=page)

    def review(self, request: Request) -> Response:
        """A track whose row only the user can tell."""
        with self._desk.reading() as service:
            question = service.reviews.question(track_id_of(request))
        return self._pages.render(request, "review.html", page=review_page(question, self._now()))

    def history(self, request: Request) -> Response:
        """The last runs."""
        with self._desk.reading() as service:
            found = service.runs(RUNS)
        return self._pages.render(request, "history.html", page=history_page(found, self._now()))

    def run(self, request: Request) -> Response:
        """What a past run reported."""
        run_id = request.path_params["run_id"]
        try:
            with self._desk.reading() as service:
                report = service.report(run_id)
        except StateError as error:
            return self._pages.trouble(request, error, 404)
        return self._pages.render(request, "run.html", page=run_page(run_id, report))

    def doctor(self, request: Request) -> Response:
        """What a run needs, looked at now."""
        with self._desk.reading() as service:
            checks = service.doctor()
        return self._pages.render(request, "doctor.html", page=doctor_page(checks))

    def track(self, request: Request) -> Response:
        """What was decided and done about a track."""
        track_id = track_id_of(request)
        with self._desk.reading() as service:
            why = service.why(track_id)
            try:
                playable = service.audio(track_id).file.format.lower() in PLAYABLE
            except CloudcrateError:  # there is none, or its library is away: the page tells the rest
                playable = False
        page = track_page(why, self._now(), playable=playable)
        return self._pages.render(request, "track.html", page=page)

    def peaks(self, request: Request) -> Response:
        """How loud a track is over its length, for drawing it."""
        with self._desk.reading() as service:
            found = service.peaks(track_id_of(request))
        return JSONResponse({"peaks": found}, headers={"Cache-Control": "private, max-age=3600"})


def track_id_of(request: Request) -> TrackId:
    """The track that an address names. Raises: HTTPException (404) when that can be none."""
    told = request.path_params["track_id"]
    if not (told.isascii() and told.isdecimal() and len(told) <= 19) or not 0 < int(told) <= LARGEST_ID:
        raise HTTPException(404)
    return TrackId(int(told))
