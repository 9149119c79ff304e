"""What the forms ask for. Each answers by sending the browser to a page that can be reloaded."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from cloudcrate.app.asking import Understood
from cloudcrate.app.desk import Desk
from cloudcrate.app.gather import Order
from cloudcrate.app.service import Service
from cloudcrate.core.model import Choice, PageId
from cloudcrate.errors import AmbiguousError, ThrottledError, UsageError
from cloudcrate.web.choosing import again_page, meant_page
from cloudcrate.web.entrance import Bind, Entrance
from cloudcrate.web.guard import let_in
from cloudcrate.web.looking import track_id_of
from cloudcrate.web.pages import Pages
from cloudcrate.web.views import LoginPage

LONGEST_WORDS = 2000

Form = Mapping[str, str]
"""What a form sent; of several values of one name the last."""


class Acting:
    """Every form. Plain functions: they block, and run in threads."""

    def __init__(self, desk: Desk, pages: Pages, entrance: Entrance, bind: Bind) -> None:
        self._desk = desk
        self._pages = pages
        self._entrance = entrance
        self._bind = bind

    def add(self, request: Request, form: Form) -> Response:
        """Plans what a link, a name or a sentence asks for."""
        words = form.get("words", "").strip()
        try:
            if not words or len(words) > LONGEST_WORDS:
                raise UsageError(f"Write a link or a name, of at most {LONGEST_WORDS:,} characters.")
            return self._planned(words, chosen=form.get("chosen", ""))
        except AmbiguousError as error:
            return self._pages.render(request, "choose.html", page=meant_page(error, words))
        except UsageError as error:
            return self._pages.trouble(request, error, 422)

    def plan(self, request: Request, form: Form) -> Response:
        """Plans a playlist that was synced before."""
        playlist_id = request.path_params["playlist_id"]
        with self._desk.reading() as service:
            known = next((k for k in service.known() if k.id == playlist_id), None)
        if known is None:
            raise UsageError("No such playlist was synced so far.", hint="Sync it first.")
        return self._planned(known.url)

    def retry(self, request: Request, form: Form) -> Response:
        """Plans a playlist with all its metadata read anew, and what was protected tried again.

        ``track``: the id of a track with a problem; ``playlist``: the id of the one that is meant of those that hold
        such tracks. Names would not do: two playlists may have the same.
        """
        track, playlist_id = form.get("track", ""), form.get("playlist", "")
        try:
            if track and not track.isdecimal():
                raise UsageError("That names no track.")
            with self._desk.reading() as service:
                found = service.with_problems(track or None)
            meant = [known for known in found if playlist_id in ("", known.id)]
            if not meant:
                raise UsageError("Nothing of it is to be tried again.", hint="Reload the page of problems.")
            if len(meant) > 1:
                return self._pages.render(request, "choose.html", page=again_page(meant, track))
            return self._planned(meant[0].url, _afresh)
        except UsageError as error:
            return self._pages.trouble(request, error, 422)

    def start(self, request: Request, form: Form) -> Response:
        """Carries out a plan that was looked at."""
        job = self._desk.start(request.path_params["plan_id"])
        return _to(f"/jobs/{job.id}")

    def stop(self, request: Request, form: Form) -> Response:
        """Asks a run to stop."""
        job = self._desk.stop(request.path_params["job_id"])
        return _to(f"/jobs/{job.id}")

    def decide(self, request: Request, form: Form) -> Response:
        """Takes an answer about a track's row: ``adopt:PAGE_ID``, ``new`` or ``skip``."""
        track_id = track_id_of(request)
        word, _, page_id = form.get("answer", "").partition(":")
        chosen = next((choice for choice in Choice if choice.value == word), None)
        try:
            if chosen is None or (chosen is Choice.ADOPT) is not bool(page_id):
                raise UsageError("No answer was chosen.", hint="Go back and choose one.")
            with self._desk.reading() as service:
                service.reviews.decide(track_id, chosen, PageId(page_id) if page_id else None)
        except UsageError as error:
            return self._pages.trouble(request, error, 422)
        return _to("/problems")

    # --- the way in ---------------------------------------------------------------------------

    def ask_password(self, request: Request) -> Response:
        """The way in where a password is asked for."""
        where = local(request.query_params.get("next", "/"))
        if request.state.session is not None or not self._entrance.asks_password:
            return _to("/")
        return self._pages.render(request, "login.html", page=LoginPage(next=where))

    def log_in(self, request: Request, form: Form) -> Response:
        """Lets in who knows the password; after some wrong ones nobody may try for a while."""
        where = local(form.get("next", "/"))
        if not self._entrance.asks_password:
            return _to("/")
        seconds = self._entrance.must_wait()
        if seconds:
            error = ThrottledError("Too many wrong passwords.", hint=f"Try again in {round(seconds) or 1} seconds.")
            page = self._pages.trouble(request, error, 429)
            page.headers["Retry-After"] = str(round(seconds) or 1)
            return page
        session = self._entrance.admit_by_password(form.get("password", ""))
        if session is None:
            wrong = LoginPage(trouble="That is not the password.", next=where)
            return self._pages.render(request, "login.html", 403, page=wrong)
        return let_in(_to(where), session, self._bind)

    # --- steps --------------------------------------------------------------------------------

    def _planned(
        self, words: str, change: Callable[[Order], Order] = lambda order: order, *, chosen: str = ""
    ) -> Response:
        with self._desk.reading() as service:
            asked = _chosen(service, words, chosen) if chosen else service.order(words)
        planned = self._desk.plan(change(asked.order), asked.understood)
        return _to(f"/plans/{planned.id}")


def local(where: str) -> str:
    """An address of this server, or its first page: nobody is sent elsewhere after the password."""
    told = urlsplit(where)
    good = where.startswith("/") and not where.startswith("//") and where.isprintable() and "\\" not in where
    return where if good and not told.netloc and not told.scheme else "/"


def _chosen(service: Service, words: str, link: str) -> Understood:
    """The sync that words ask for, where the one playlist they name is the one of a link."""
    asking = service.asking
    request = asking.request(words)
    if len(request.playlists) != 1:
        raise UsageError("One playlist at a time.", hint="Name one playlist, or give its link.")
    (found,) = asking.understood(request, service.usual, look=lambda _: asking.meant(link))
    return found


def _afresh(order: Order) -> Order:
    return replace(order, refresh=True, wishes=replace(order.wishes, recheck=True))


def _to(where: str) -> RedirectResponse:
    return RedirectResponse(where, 303)
