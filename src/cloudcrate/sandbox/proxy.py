"""The sandbox's two doors: a CONNECT proxy that speaks TLS as the real hosts, and a plain port for Notion."""

import json
import sys
import time
import traceback
from collections.abc import Callable
from dataclasses import replace

from cloudcrate.sandbox.action import Action, Ending, Phase, whole
from cloudcrate.sandbox.certificates import Authority
from cloudcrate.sandbox.connection import Connection, MalformedError
from cloudcrate.sandbox.holds import Holds
from cloudcrate.sandbox.playground import Playground
from cloudcrate.sandbox.wire import Request, Response, json_response

_PLAIN_NOTION_HOST = "api.notion.com"
_PROXY_ONLY = "This port is a proxy for https: point HTTPS_PROXY at it and ask for https:// addresses."
_NOT_HERE = "Here are only Notion (/v1/) and the sandbox's control (/__sandbox__/)."


class Doors:
    """Serves connections: ``proxy`` and ``plain`` are what a ``Listener`` calls."""

    def __init__(
        self,
        playground: Playground,
        *,
        authority: Authority,
        holds: Holds,
        control: Callable[[Request], Response],
    ) -> None:
        self._playground = playground
        self._authority = authority
        self._holds = holds
        self._control = control

    def proxy(self, connection: Connection) -> None:
        """Serves one proxy connection: grants a tunnel to a host that is played, then answers in its name."""
        host = self._tunnel(connection)
        if host is None:
            return
        connection.start_tls(self._authority.server_context(host))
        self._serve(connection, lambda request: self._answer(connection, replace(request, host=host)))

    def plain(self, connection: Connection) -> None:
        """Serves one connection of the plain port: Notion under /v1/, control under /__sandbox__/."""
        self._serve(connection, lambda request: self._route(connection, request))

    def _tunnel(self, connection: Connection) -> str | None:
        """Reads CONNECT requests until one is granted, and gives its host; None: the client gave up."""
        while (request := _read(connection)) is not None:
            if request.method != "CONNECT":
                refusal: Response | None = json_response(403, {"error": _PROXY_ONLY})
            else:
                host, _, port = request.path.lower().rpartition(":")
                refusal = self._playground.refusal(host, int(port) if port.isdigit() and len(port) <= 5 else 0)
                if refusal is None:
                    if not connection.pause(self._playground.links.connecting(host)):
                        return None
                    connection.send(b"HTTP/1.1 200 Connection established\r\n\r\n")
                    return host
            if not self._carry_out(connection, whole(refusal or json_response(403, {})), request):
                break
        return None

    def _route(self, connection: Connection, request: Request) -> bool:
        if request.path.startswith("/__sandbox__/"):
            return self._carry_out(connection, whole(self._control(request)), request)
        if request.path.startswith("/v1/"):
            return self._answer(connection, replace(request, host=_PLAIN_NOTION_HOST))
        return self._carry_out(connection, whole(json_response(404, {"error": _NOT_HERE})), request)

    def _serve(self, connection: Connection, answer: Callable[[Request], bool]) -> None:
        while (request := _read(connection)) is not None:
            if not answer(request):
                return

    def _answer(self, connection: Connection, request: Request) -> bool:
        try:
            action = self._playground.answer(request)
            while action.hold is Phase.BEFORE and action.resume is not None:
                action = action.resume(self._holds.wait(request, Phase.BEFORE))
        except Exception as error:  # noqa: BLE001 - a service's defect must not look like a network fault
            traceback.print_exc(file=sys.stderr)
            action = whole(json_response(500, {"sandbox_defect": f"{type(error).__name__}; see its standard error"}))
        return self._carry_out(connection, action, request)

    def _carry_out(self, connection: Connection, action: Action, request: Request) -> bool:
        now = self._playground.now()
        if action.hold is Phase.AFTER and not self._holds.wait(request, Phase.AFTER):
            connection.reset()
            return False
        if action.hold is Phase.BODY:
            return self._halfway(connection, action, request, now)
        began, sent = time.monotonic(), None
        try:
            good, sent = connection.perform(action, request, now)
        finally:
            if action.index is not None:
                self._playground.journal.sent(action.index, sent, time.monotonic() - began)
        return good

    def _halfway(self, connection: Connection, action: Action, request: Request, now: float) -> bool:
        middle = len(action.body) // 2
        good, _ = connection.perform(replace(action, body=action.body[:middle]), request, now)
        if not self._holds.wait(request, Phase.BODY):
            connection.reset()
            return False
        connection.send(action.body[middle:])
        return good


def _read(connection: Connection) -> Request | None:
    """The next request; a malformed one is answered as such and ends the connection (None)."""
    try:
        return connection.read_request()
    except MalformedError as error:
        body = json.dumps({"error": str(error)}).encode()
        response = Response(status=error.status, headers={"content-type": "application/json"}, body=body)
        action = replace(whole(response), ending=Ending.CLOSE)
        connection.perform(action, Request(method="GET", host="", path="/"), 0.0)
        connection.drain()
        return None
