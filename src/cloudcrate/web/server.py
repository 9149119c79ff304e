"""Serves the dashboard: the socket, the server's thread, and an end in good time."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from starlette.types import ASGIApp

from cloudcrate.errors import UsageError

PORT = 8137
NEXT = 10
"""So many ports after it are tried when it is taken."""

GRACE = 3
"""Seconds for answers on their way when the server ends; live pages end by themselves within one."""


def listening(host: str, port: int | None) -> socket.socket:
    """A socket that listens; ``port`` None: at ``PORT``, or one of the next when it is taken.

    Raises: UsageError when the port is taken, or the host is not this machine's.
    """
    ports = range(PORT, PORT + NEXT + 1) if port is None else (port,)
    for number in ports:
        try:
            family, _, _, _, address = socket.getaddrinfo(host, number, type=socket.SOCK_STREAM)[0]
            return socket.create_server(address[:2], family=family, backlog=128)
        except socket.gaierror as error:
            raise UsageError(f"--host: there is no {host}.", hint="Leave it out, or give an address.") from error
        except PermissionError as error:
            raise UsageError(f"Port {number} may not be used.", hint="Give one above 1023: --port") from error
        except OSError as error:
            last = error
    where = f"Port {port} is" if port is not None else f"The ports {PORT} to {PORT + NEXT} are"
    raise UsageError(
        f"{where} taken, or {host} is not this machine's ({last.strerror}).", hint="Give another: --port"
    ) from last


@contextmanager
def serving(app: ASGIApp, listener: socket.socket) -> Iterator[threading.Thread]:
    """Serves in a thread for the length of a block."""
    server = uvicorn.Server(
        uvicorn.Config(
            app,
            http="h11",
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,  # addresses may hold the token
            log_level="error",
            proxy_headers=False,  # whoever asks may write such headers
            server_header=False,
            timeout_graceful_shutdown=GRACE,
            limit_concurrency=200,
        )
    )
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, name="dashboard", daemon=True)
    thread.start()
    try:
        yield thread
    finally:
        server.should_exit = True
        thread.join()
