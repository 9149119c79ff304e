"""One HTTP/1.1 connection of the sandbox: reads requests, carries out actions. Blocking; one thread each."""

import select
import socket
import ssl
import struct
import time
from collections.abc import Iterator
from email.utils import formatdate
from http import HTTPStatus

from cloudcrate.sandbox.action import Action, Ending
from cloudcrate.sandbox.wire import Request, Response

MAX_HEAD = 64 * 1024
MAX_BODY = 32 * 1024 * 1024
_IDLE = 600.0  # seconds without a byte from the client after which its connection is closed
_TICK = 0.02  # seconds between two portions of a paced body
_RST_ON_CLOSE = struct.pack("ii", 1, 0)
_REASONS = {status.value: status.phrase for status in HTTPStatus}


class MalformedError(Exception):
    """What arrived is not an HTTP/1.1 request. ``status`` is the answer to it."""

    def __init__(self, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.status = status


class Connection:
    """A client's connection, plain or TLS. ``stop`` is a descriptor that turns readable when all must end."""

    def __init__(self, sock: socket.socket, stop: int) -> None:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sock.settimeout(_IDLE)
        self.sock = sock
        self._stop = stop
        self._buffer = bytearray()

    def start_tls(self, context: ssl.SSLContext) -> None:
        """Turns the connection into a TLS one.

        Raises:
          MalformedError: the client has spoken before it was asked to.
          OSError: the handshake failed.
        """
        if self._buffer:
            raise MalformedError("TLS may begin only after the tunnel is granted")
        self.sock = context.wrap_socket(self.sock, server_side=True)

    def read_request(self) -> Request | None:
        """The next request; its host is what its Host header says, a CONNECT's path is its authority.

        None: the client has closed the connection.

        Raises:
          MalformedError: what came is no request, or is too large.
          OSError: the connection broke.
        """
        head = self._read_head()
        if head is None:
            return None
        lines = head.decode("latin-1").split("\r\n")
        method, target, version = _request_line(lines[0])
        headers = _headers(lines[1:])
        if version == "HTTP/1.0":
            headers.setdefault("connection", "close")
        if headers.get("expect", "").lower() == "100-continue":
            self.sock.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        body = self._read_body(headers)
        path, _, query = target.partition("?")
        return Request(
            method=method,
            host=headers.get("host", "").lower(),
            path=path,
            query=query.partition("#")[0],
            headers=headers,
            body=body,
        )

    def perform(self, action: Action, request: Request, now: float) -> tuple[bool, int]:
        """Carries out ``action`` but for its hold: (does the connection go on?, bytes of body sent)."""
        if action.delay and not self.pause(action.delay):
            return False, 0
        closing = action.ending is not Ending.KEEP or action.length is None
        closing = closing or request.headers.get("connection", "").lower() == "close"
        head = b""
        if action.response is not None:
            head = head_bytes(action.response, length=action.length, closing=closing, now=now)
        bodiless = request.method == "HEAD" or (action.response is not None and action.response.status in {204, 304})
        payload = head if bodiless else head + action.body
        sent = self._send(payload, action.rate)
        match action.ending:
            case Ending.RESET:
                self.reset()
            case Ending.SILENCE:
                self.pause(action.silence)
        return not closing and sent == len(payload), max(0, sent - len(head))

    def send(self, payload: bytes) -> None:
        """Sends bytes as they are."""
        self.sock.sendall(payload)

    def pause(self, seconds: float) -> bool:
        """Waits, unless the client goes away or all must end: then False at once."""
        poll = select.poll()
        poll.register(self._stop, select.POLLIN)
        poll.register(self.sock.fileno(), select.POLLRDHUP | select.POLLHUP)
        return not poll.poll(seconds * 1000)

    def drain(self) -> None:
        """Sends no more and swallows some of what still comes, so that the last answer can be read."""
        self.sock.settimeout(0.5)
        try:
            self.sock.shutdown(socket.SHUT_WR)
            for _ in range(64):
                if not self.sock.recv(65536):
                    break
        except OSError:
            pass  # the client is gone already

    def reset(self) -> None:
        """Breaks the connection off with a TCP reset."""
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RST_ON_CLOSE)
        self.sock.close()

    def close(self) -> None:
        """Ends the connection in good order, as far as the client lets it."""
        try:
            if isinstance(self.sock, ssl.SSLSocket):
                self.sock.settimeout(0)
                self.sock.unwrap()
        except (OSError, ValueError):
            pass
        finally:
            self.sock.close()

    def _send(self, payload: bytes, rate: float | None) -> int:
        if not payload:
            return 0
        if rate is None:
            self.sock.sendall(payload)
            return len(payload)
        start = time.monotonic()
        sent = 0
        for portion in portions(payload, rate):
            due = start + (sent + len(portion)) / rate
            if not self.pause(max(0.0, due - time.monotonic())):
                break
            self.sock.sendall(portion)
            sent += len(portion)
        return sent

    def _fill(self) -> bool:
        received = self.sock.recv(65536)
        self._buffer += received
        return bool(received)

    def _take(self, size: int) -> bytes:
        while len(self._buffer) < size:
            if not self._fill():
                raise MalformedError("the request ends early")
        taken = bytes(self._buffer[:size])
        del self._buffer[:size]
        return taken

    def _take_line(self) -> bytes:
        while (end := self._buffer.find(b"\r\n")) < 0:
            if len(self._buffer) > MAX_HEAD or not self._fill():
                raise MalformedError("a line of the chunked body is malformed")
        return self._take(end + 2)[:-2]

    def _read_head(self) -> bytes | None:
        while (end := self._buffer.find(b"\r\n\r\n")) < 0:
            if len(self._buffer) > MAX_HEAD:
                raise MalformedError("the request's head is too large", 431)
            if not self._fill():
                if self._buffer.strip():
                    raise MalformedError("the request ends early")
                return None
        return self._take(end + 4)[:-4].lstrip(b"\r\n")

    def _read_body(self, headers: dict[str, str]) -> bytes:
        coding = headers.get("transfer-encoding", "").lower()
        stated = headers.get("content-length")
        if coding:
            if coding != "chunked" or stated is not None:
                raise MalformedError("the body's length is ambiguous")
            return b"".join(self._chunks())
        if stated is None:
            return b""
        if not stated.isascii() or not stated.isdigit():
            raise MalformedError("Content-Length is no number")
        if len(stated) > 12 or int(stated) > MAX_BODY:
            raise MalformedError("the body is too large", 413)
        return self._take(int(stated))

    def _chunks(self) -> Iterator[bytes]:
        total = 0
        while True:
            stated = self._take_line().partition(b";")[0].strip()
            if not stated or len(stated) > 8 or stated.strip(b"0123456789abcdefABCDEF"):
                raise MalformedError("a chunk's size is malformed")
            size = int(stated, 16)
            total += size
            if total > MAX_BODY:
                raise MalformedError("the body is too large", 413)
            if size == 0:
                break
            yield self._take(size)
            if self._take(2) != b"\r\n":
                raise MalformedError("a chunk has no end")
        while self._take_line():
            pass


def portions(payload: bytes, rate: float) -> Iterator[bytes]:
    """``payload`` in pieces that each take about a tick at ``rate`` bytes per second."""
    size = max(1, int(rate * _TICK))
    return (payload[start : start + size] for start in range(0, len(payload), size))


def head_bytes(response: Response, *, length: int | None, closing: bool, now: float) -> bytes:
    """The status line and headers of ``response``, with Date, Content-Length (where known) and Connection."""
    reason = _REASONS.get(response.status, "Unknown")
    lines = [f"HTTP/1.1 {response.status} {reason}", f"date: {formatdate(now, usegmt=True)}"]
    lines += [f"{name}: {value}" for name, value in response.headers.items()]
    if length is not None and response.status not in {204, 304}:
        lines.append(f"content-length: {length}")
    if closing:
        lines.append("connection: close")
    if any("\r" in line or "\n" in line for line in lines):
        raise ValueError("a header of the answer holds a line break")
    return ("\r\n".join(lines) + "\r\n\r\n").encode("utf-8")


def _request_line(line: str) -> tuple[str, str, str]:
    parts = line.split(" ")
    if len(parts) != 3 or not parts[0].isalpha() or not parts[1] or parts[2] not in {"HTTP/1.1", "HTTP/1.0"}:
        raise MalformedError("the request line is malformed")
    if any(not "!" <= character <= "~" for character in parts[1]):
        raise MalformedError("the request's target holds characters that must be encoded")
    return parts[0], parts[1], parts[2]


def _headers(lines: list[str]) -> dict[str, str]:
    headers: dict[str, str] = {}
    for line in lines:
        name, colon, value = line.partition(":")
        if not colon or not name or any(not "!" <= character <= "~" for character in name):
            raise MalformedError("a header is malformed")
        key, value = name.lower(), value.strip(" \t")
        if key in headers and key in {"content-length", "host", "transfer-encoding"}:
            raise MalformedError(f"{key} is given twice")
        headers[key] = f"{headers[key]}{'; ' if key == 'cookie' else ', '}{value}" if key in headers else value
    return headers
