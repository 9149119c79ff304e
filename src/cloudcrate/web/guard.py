"""What stands before every page: whose request this is, where it comes from, and what its answer may do.

In this order: the Host is this server's (DNS rebinding: 421); the method is GET, HEAD or POST (405); no other
page is behind it (403); the body is small (413); the browser was let in (401). Static files need no session: the
page that says how to get in is drawn with them, and they are the same for everybody.
"""

import logging
import secrets
from collections.abc import Callable
from urllib.parse import quote

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from cloudcrate.web.entrance import Bind, Entrance, Session

MOST_BYTES = 64 * 1024
"""Of a request's body: the forms here are short."""

OPEN_TO_ALL = "/static/"
LOGIN = "/login"

_log = logging.getLogger(__name__)

Refuse = Callable[[Request, int, str, str], Response]
"""Draws the page of a status with a message and a hint."""


class Guard:
    """Wraps the whole application (ASGI). Leaves ``nonce`` and ``session`` in the request's state."""

    def __init__(self, app: ASGIApp, *, bind: Bind, entrance: Entrance, refuse: Refuse) -> None:
        self._app = app
        self._bind = bind
        self._entrance = entrance
        self._refuse = refuse

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one request; refuses what is not HTTP."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http":
            await send({"type": "websocket.close", "code": 1008})
            return
        nonce = secrets.token_urlsafe(16)
        scope.setdefault("state", {}).update(nonce=nonce, session=None)
        answer = _Answer(send, nonce)
        try:
            refused = self._refused(Request(scope))
            await (refused or self._app)(scope, _measured(receive), answer.send)
        except Exception as error:  # noqa: BLE001 - the last resort: a page instead of a traceback
            # The text may hold anything that was asked for or read, so only its kind is told.
            _log.error("A page failed: %s.", type(error).__name__)
            _log.debug("Where it failed.", exc_info=True)
            if not answer.begun:
                page = PlainTextResponse("Something went wrong that should not have.\n", 500)
                await page(scope, receive, answer.send)

    def _refused(self, request: Request) -> Response | None:
        """The answer to a request that goes no further; None lets it pass."""
        if not self._is_own(request.headers):
            return PlainTextResponse("This is not the server that you asked for.\n", 421)
        if request.method not in ("GET", "HEAD", "POST"):
            page = self._refuse(request, 405, "Here is only GET and POST.", "")
            page.headers["Allow"] = "GET, HEAD, POST"
            return page
        if not _from_here(request):
            return self._refuse(request, 403, "Another page asked for this.", "Open the dashboard and do it there.")
        if _length(request.headers) > MOST_BYTES:
            return self._refuse(request, 413, "That is too much.", f"At most {MOST_BYTES // 1024} kB are taken.")
        request.state.session = self._session(request.headers)
        return self._admitted(request)

    def _admitted(self, request: Request) -> Response | None:
        path = request.scope["path"]
        if path == "/" and request.method != "POST" and "token" in request.query_params:
            return self._by_token(request)
        if request.state.session is not None or path.startswith(OPEN_TO_ALL):
            return None
        if not self._entrance.asks_password:
            return self._refuse(request, 401, "Open the dashboard by the link that cloudcrate web printed.", "")
        if path == LOGIN:
            return None
        if not _is_page(request):
            return PlainTextResponse("You are not logged in.\n", 401)
        if request.method == "POST":
            return RedirectResponse(LOGIN, 303)
        back = path + ("?" + request.url.query if request.url.query else "")
        return RedirectResponse(f"{LOGIN}?next={quote(back, safe='')}", 303)

    def _by_token(self, request: Request) -> Response:
        """Takes the token out of the address: it stays in no history, and goes nowhere with a link."""
        session = self._entrance.admit(request.query_params["token"])
        if session is None:
            if request.state.session is not None:
                return RedirectResponse("/", 303)
            return self._refuse(request, 401, "This link is of another start of cloudcrate web.", "")
        if request.state.session is not None:
            self._entrance.leave(request.state.session)
        return let_in(RedirectResponse("/", 303), session, self._bind)

    def _session(self, headers: Headers) -> Session | None:
        """The session of any of the cookies of our name: another port of this host may have set one, too."""
        cookie = cookie_of(self._bind)
        for line in headers.getlist("cookie"):
            for part in line.split(";"):
                name, _, value = part.strip().partition("=")
                if name == cookie and (found := self._entrance.session(value.strip('"'))) is not None:
                    return found
        return None

    def _is_own(self, headers: Headers) -> bool:
        hosts = headers.getlist("host")
        return len(hosts) == 1 and self._bind.is_own(hosts[0])


def let_in(response: Response, session: Session, bind: Bind) -> Response:
    """Gives the browser its cookie: not for scripts, not from other sites, gone with the browser."""
    response.set_cookie(cookie_of(bind), session.key, path="/", httponly=True, samesite="strict")
    return response


def cookie_of(bind: Bind) -> str:
    """The cookie's name. Browsers share cookies among the ports of a host, so each port has its own."""
    return f"cloudcrate-{bind.port}"


class _Answer:
    """Sends on what the application answers, with the headers that every answer has."""

    def __init__(self, send: Send, nonce: str) -> None:
        self._send = send
        self._nonce = nonce
        self.begun = False

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.begun = True
            headers = MutableHeaders(raw=message.setdefault("headers", []))
            for name, value in _headers(self._nonce).items():
                headers[name] = value
            headers.setdefault("Cache-Control", "no-store")
        await self._send(message)


def _headers(nonce: str) -> dict[str, str]:
    policy = {
        "default-src": "'self'",
        "script-src": f"'nonce-{nonce}'",
        "style-src": f"'self' 'nonce-{nonce}'",  # the player puts a style into its own corner of the page
        "img-src": "'self' https://*.sndcdn.com data:",
        "media-src": "'self'",
        "connect-src": "'self'",
        "object-src": "'none'",
        "frame-ancestors": "'none'",
        "base-uri": "'none'",
        "form-action": "'self'",
    }
    return {
        "Content-Security-Policy": "; ".join(f"{name} {value}" for name, value in policy.items()),
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        # Not no-referrer: with that browsers send the forms of our own pages with "Origin: null" (Fetch, 3.2).
        "Referrer-Policy": "same-origin",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    }


def _from_here(request: Request) -> bool:
    """Says whether no other page can be behind a request.

    A form must say where it comes from: by Sec-Fetch-Site (which browsers send to loopback and by https only) or
    by Origin. A look may come from anywhere when it is a person's (a link, an address typed in), and from here alone
    when it is a page's. Other ports of this host count as others: they are the same site, and get our cookie.
    """
    site, origin = request.headers.get("sec-fetch-site"), request.headers.get("origin")
    own = f"http://{request.headers['host']}"
    if request.method == "POST":
        if site is None:
            return origin == own
        # A page that is to send no referrer sends its forms with "Origin: null"; its site is told all the same.
        return site == "same-origin" and origin in (None, own, "null")
    if site in (None, "same-origin", "none"):
        return origin in (None, own)
    return request.headers.get("sec-fetch-mode") == "navigate" and request.headers.get("sec-fetch-dest") == "document"


def _is_page(request: Request) -> bool:
    accepted = request.headers.get("accept", "*/*")
    return "text/html" in accepted or accepted == "*/*"


def _length(headers: Headers) -> int:
    told = headers.get("content-length", "0")
    return int(told) if told.isascii() and told.isdecimal() and len(told) < 16 else MOST_BYTES + 1


def _measured(receive: Receive) -> Receive:
    """Counts a body whose length was not told. Raises: HTTPException (413)."""
    got = 0

    async def counted() -> Message:
        nonlocal got
        message = await receive()
        got += len(message.get("body", b""))
        if got > MOST_BYTES:
            raise HTTPException(413)
        return message

    return counted
