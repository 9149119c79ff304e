"""A small server on loopback that keeps what is posted to it, over http or https."""

import ssl
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass(frozen=True, slots=True, kw_only=True)
class Posted:
    """One request. Header names are lower case."""

    path: str
    headers: Mapping[str, str]
    body: bytes


class Receiver:
    """Answers ``status`` with ``answer_headers``; ``statuses`` come first, one each. ``silent``: hangs up instead."""

    def __init__(self, context: ssl.SSLContext | None = None) -> None:
        self.posted: list[Posted] = []
        self.status = 204
        self.statuses: list[int] = []
        self.answer_headers: dict[str, str] = {}
        self.silent = False
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                receiver.answer(self)

            do_CONNECT = do_POST  # noqa: N815  # http.server names it so; for standing in for a proxy that refuses

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # its name in http.server
                """Says nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        if context is not None:
            self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self._thread.start()

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self._server.server_address[1])

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        """Keeps one request and answers it."""
        headers = {name.lower(): value for name, value in handler.headers.items()}
        body = handler.rfile.read(int(headers.get("content-length", "0")))
        self.posted.append(Posted(path=handler.path, headers=headers, body=body))
        handler.close_connection = True
        if self.silent:
            return
        handler.send_response(self.statuses.pop(0) if self.statuses else self.status)
        for name, value in {"Content-Length": "0", "Connection": "close", **self.answer_headers}.items():
            handler.send_header(name, value)
        handler.end_headers()

    def close(self) -> None:
        """Stops listening."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@contextmanager
def receiving(context: ssl.SSLContext | None = None) -> Iterator[Receiver]:
    """A receiver for a block."""
    receiver = Receiver(context)
    try:
        yield receiver
    finally:
        receiver.close()
