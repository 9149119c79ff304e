"""The playground as an httpx transport: what a client sees of each fault, without sockets, on any clock."""

import time
from collections.abc import Callable, Iterator

import httpx

from cloudcrate.sandbox.action import Action, Ending, Phase
from cloudcrate.sandbox.connection import portions
from cloudcrate.sandbox.playground import Playground
from cloudcrate.sandbox.wire import Request


class InProcessTransport(httpx.BaseTransport):
    """Answers httpx requests from ``playground``; waiting is done by ``sleep`` (seconds).

    Read timeouts are the request's own: what would take longer costs that much sleep and raises
    ``httpx.ReadTimeout``. A held request is never released here: it ends as a read timeout, handled or not
    according to its phase.

    Raises from requests:
      httpx.ConnectError: the host is not played, or a ``refuse`` rule strikes.
      httpx.ReadTimeout, httpx.ReadError, httpx.RemoteProtocolError: as httpx does on a real connection.
    """

    def __init__(self, playground: Playground, sleep: Callable[[float], None] = time.sleep) -> None:
        self._playground = playground
        self._sleep = sleep

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Sends one request."""
        port = request.url.port or (443 if request.url.scheme == "https" else 80)
        refusal = self._playground.refusal(request.url.host, port)
        if refusal is not None:
            raise httpx.ConnectError(f"no connection to {request.url.host}", request=request)
        timeout = request.extensions.get("timeout", {}).get("read")
        patience = _Patience(self._sleep, timeout, request)
        action = self._playground.answer(_asked(request))
        if action.hold in {Phase.BEFORE, Phase.AFTER}:
            patience.wait(float("inf") if timeout is not None else 0.0)
            raise httpx.ReadTimeout("the request is held", request=request)
        patience.wait(action.delay)
        if action.response is None:
            patience.end(action)
            raise httpx.RemoteProtocolError("illegal status line or none", request=request)
        headers = [(name.encode(), value.encode()) for name, value in action.response.headers.items()]
        if action.length is not None:
            headers.append((b"content-length", str(action.length).encode()))
        silent = request.method == "HEAD" or action.response.status in {204, 304}
        stream = _Body(b"" if silent else action.body, action, patience, checked=not silent)
        return httpx.Response(action.response.status, headers=headers, stream=stream)


def _asked(request: httpx.Request) -> Request:
    path, _, query = request.url.raw_path.decode("ascii").partition("?")
    return Request(
        method=request.method,
        host=request.url.host.lower(),
        path=path,
        query=query,
        headers={name.lower(): value for name, value in request.headers.items()},
        body=request.read(),
    )


class _Patience:
    """A client's read timeout: waits no longer than that for the next bytes."""

    def __init__(self, sleep: Callable[[float], None], timeout: float | None, request: httpx.Request) -> None:
        self._sleep = sleep
        self._timeout = timeout
        self.request = request

    def wait(self, seconds: float) -> None:
        if self._timeout is not None and seconds > self._timeout:
            self._sleep(self._timeout)
            raise httpx.ReadTimeout("no bytes in time", request=self.request)
        if seconds > 0:
            self._sleep(seconds)

    def end(self, action: Action) -> None:
        """What the client sees when the bytes are out and the answer is not whole."""
        match action.ending:
            case Ending.RESET:
                raise httpx.ReadError("connection reset by peer", request=self.request)
            case Ending.SILENCE:
                self.wait(action.silence)


class _Body(httpx.SyncByteStream):
    def __init__(self, body: bytes, action: Action, patience: _Patience, *, checked: bool) -> None:
        self._body = body
        self._action = action
        self._patience = patience
        self._checked = checked

    def __iter__(self) -> Iterator[bytes]:
        action, body = self._action, self._body
        if action.length is not None:
            body = body[: action.length]  # clients read no further than they were told
        if action.hold is Phase.BODY:
            yield body[: len(body) // 2]
            self._patience.wait(float("inf"))
        if action.rate is None:
            if body:
                yield body
        else:
            for portion in portions(body, action.rate):
                self._patience.wait(len(portion) / action.rate)
                yield portion
        if action.ending in {Ending.RESET, Ending.SILENCE}:
            self._patience.end(action)
        if self._checked and action.length is not None and len(body) < action.length:
            raise httpx.RemoteProtocolError(
                f"the body ends after {len(body)} of {action.length} bytes", request=self._patience.request
            )
