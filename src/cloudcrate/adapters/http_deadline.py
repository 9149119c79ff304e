"""Deadlines below httpx: its timeouts are per read, so a server that drips its headers could hold a thread for hours.

Every read of a connection made here ends with its thread's deadline, whatever is being read. And nothing is sent
after it: a machine that slept between the announcement of a create and its first byte must not make a row when
others have given up waiting for it.
"""

import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from ssl import SSLContext
from typing import Any  # Any: socket options and extra infos are httpcore's

import httpcore


class Deadline:
    """The moment at which the request of the current thread must be over."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._local = threading.local()

    @contextmanager
    def until(self, ends: float) -> Iterator[None]:
        """What this thread reads and writes inside ends at ``ends`` (monotonic seconds)."""
        self._local.ends = ends
        try:
            yield
        finally:
            self._local.ends = None

    def cut(self, timeout: float | None) -> float | None:
        """``timeout``, or what is left if that is less. Raises: httpcore.ReadTimeout when nothing is."""
        ends = getattr(self._local, "ends", None)
        if ends is None:
            return timeout
        left = float(ends - self._monotonic())
        if left <= 0:
            raise httpcore.ReadTimeout("the deadline is over")
        return left if timeout is None else min(timeout, left)


class DeadlineBackend(httpcore.NetworkBackend):
    """httpcore's own network, whose reads and writes keep a deadline."""

    def __init__(self, deadline: Deadline) -> None:
        self._deadline = deadline
        self._inner = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,  # Any: as above
    ) -> httpcore.NetworkStream:
        """See ``httpcore.NetworkBackend``."""
        stream = self._inner.connect_tcp(host, port, timeout, local_address, socket_options)
        return _Stream(stream, self._deadline)


class _Stream(httpcore.NetworkStream):
    def __init__(self, inner: httpcore.NetworkStream, deadline: Deadline) -> None:
        self._inner = inner
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._inner.read(max_bytes, self._deadline.cut(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._inner.write(buffer, self._deadline.cut(timeout))

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self, ssl_context: SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        return _Stream(self._inner.start_tls(ssl_context, server_hostname, timeout), self._deadline)

    def get_extra_info(self, info: str) -> Any:  # Any: as above
        return self._inner.get_extra_info(info)
