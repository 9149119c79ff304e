"""Accepts connections on loopback, a thread for each, and ends them all when asked."""

import os
import socket
import threading
from collections.abc import Callable
from contextlib import suppress

from cloudcrate.sandbox.connection import Connection


class Listener:
    """A port of 127.0.0.1 (0: any free one). ``serve`` is called in a thread of its own per connection."""

    def __init__(self, port: int, serve: Callable[[Connection], None]) -> None:
        self._serve = serve
        self._lock = threading.Lock()
        self._open: dict[Connection, threading.Thread] = {}
        self._closed = False
        self._stop_read, self._stop_write = os.pipe()
        self._socket = socket.create_server(("127.0.0.1", port), backlog=256)
        self.port: int = self._socket.getsockname()[1]
        self._thread = threading.Thread(target=self._accept, name=f"listener-{self.port}", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stops listening and breaks all connections off. Requests that are held must be let go first."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
            running = dict(self._open)
        os.write(self._stop_write, b"x")
        _shut(self._socket)
        self._thread.join()
        self._socket.close()
        for connection in running:
            _shut(connection.sock)
        for thread in running.values():
            thread.join()
        os.close(self._stop_read)
        os.close(self._stop_write)

    def _accept(self) -> None:
        while True:
            try:
                sock, _ = self._socket.accept()
            except OSError:
                return
            connection = Connection(sock, self._stop_read)
            thread = threading.Thread(target=self._run, args=(connection,), daemon=True)
            with self._lock:
                if self._closed:
                    sock.close()
                    return
                self._open[connection] = thread
                thread.start()

    def _run(self, connection: Connection) -> None:
        try:
            self._serve(connection)
        except OSError:
            pass  # the client is gone, or does not trust the certificate: nobody is left to tell
        finally:
            connection.close()
            with self._lock:
                self._open.pop(connection, None)


def _shut(sock: socket.socket) -> None:
    with suppress(OSError):
        sock.shutdown(socket.SHUT_RDWR)
