"""A way to PostgreSQL on which the answer to a COMMIT gets lost, or the COMMIT itself."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress


class CuttingProxy:
    """Passes on everything until it is armed; then the next COMMIT is the last word of its connection."""

    def __init__(self, port: int) -> None:
        self._server_port = port
        self._armed = ""
        self.cut = 0
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listening.getsockname()[1]
        self._threads = [threading.Thread(target=self._accept)]
        self._threads[0].start()

    def arm(self, when: str) -> None:
        """Cuts once: ``before`` the COMMIT reaches the server, or ``after`` the server has answered it."""
        self._armed = when

    def close(self) -> None:
        """Ends; connections must have been closed."""
        with suppress(OSError), socket.create_connection(("127.0.0.1", self.port)):
            self._listening.close()
        for thread in self._threads:
            thread.join(30)

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listening.accept()
                if self._listening.fileno() < 0:
                    client.close()
                    return
                server = socket.create_connection(("127.0.0.1", self._server_port))
                for work in (self._to_server, self._to_client):
                    self._threads.append(threading.Thread(target=work, args=(client, server)))
                    self._threads[-1].start()

    def _to_server(self, client: socket.socket, server: socket.socket) -> None:
        with _closing(client, server):
            while data := client.recv(65536):
                if self._armed and b"COMMIT\0" in data:
                    when, self._armed = self._armed, ""
                    self.cut += 1
                    if when == "before":
                        return
                    client.shutdown(socket.SHUT_RDWR)  # no answer gets through
                server.sendall(data)

    def _to_client(self, client: socket.socket, server: socket.socket) -> None:
        with _closing(client, server):
            while data := server.recv(65536):
                client.sendall(data)


@contextmanager
def _closing(client: socket.socket, server: socket.socket) -> Iterator[None]:
    with suppress(OSError):
        yield
    for end in (client, server):
        with suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)
        end.close()
