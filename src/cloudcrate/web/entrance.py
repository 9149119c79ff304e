"""Who may come in: whoever has the link with the start's token, or knows the password. Kept in memory alone."""

import hashlib
import ipaddress
import secrets
import socket
import threading
from collections import OrderedDict, deque
from collections.abc import Callable
from dataclasses import dataclass
from hmac import compare_digest

from cloudcrate.errors import UsageError

MOST_SESSIONS = 200
"""Older ones are forgotten: their browsers need the link, or the password, again."""

TRIES = 5
TRIES_WINDOW = 60.0
"""So many wrong passwords in so many seconds; then nobody may try for as long."""

LONGEST_PASSWORD = 1024
SHORTEST_PASSWORD = 12

WILDCARDS = ("0.0.0.0", "::")  # noqa: S104 - recognised, not bound to

SCRYPT = {"n": 2**14, "r": 8, "p": 1}
"""16 MB and about 50 ms a guess (RFC 7914 calls this interactive)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """A browser that was let in. ``csrf`` goes into its forms; neither is shown by ``repr``."""

    key: str
    csrf: str

    def __repr__(self) -> str:
        return "Session(…)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Bind:
    """Where the server listens."""

    host: str
    port: int

    @property
    def loopback(self) -> bool:
        """Says whether only this machine can reach it."""
        if self.host == "localhost":
            return True
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False

    @property
    def url(self) -> str:
        """Its address for a browser on this machine, without a slash at its end."""
        host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(self.host, self.host)  # noqa: S104 - as above
        return f"http://{f'[{host}]' if ':' in host and not host.startswith('[') else host}:{self.port}"

    def is_own(self, host: str) -> bool:
        """Says whether a request's Host header names this server.

        A page that makes its own name lead here (DNS rebinding) sends its own name. So names are those of this
        machine only; bound to every address any IP literal will do, for no name is made to lead anywhere by it.
        """
        name, port = _split(host)
        if port != self.port:
            return False
        if self.loopback:
            return name in {"127.0.0.1", "localhost", "::1", self.host}
        if self.host in WILDCARDS:
            own = socket.gethostname().lower()
            return _is_literal(name) or name in {"localhost", own, f"{own.partition('.')[0]}.local"}
        return name == self.host.lower()


class Entrance:
    """The sessions of one start of the server. Safe to use from many threads."""

    def __init__(self, monotonic: Callable[[], float], *, password: str = "") -> None:
        """``password``: ask for it, in place of the token. Raises: UsageError when it is too short or too long."""
        self.token = "" if password else secrets.token_urlsafe(32)
        """In the link that is printed; good as long as the server runs, so that it can be opened again."""
        self.asks_password = bool(password)
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._sessions: OrderedDict[str, Session] = OrderedDict()
        self._wrong: deque[float] = deque(maxlen=TRIES)
        self._ticket = ""
        self._salt = secrets.token_bytes(16)
        self._digest = _scrypt(_checked(password), self._salt) if password else b""

    def ticket(self) -> str:
        """A token that is good once: other users of this machine can read how a browser was started."""
        with self._lock:
            self._ticket = secrets.token_urlsafe(32)
            return self._ticket

    def admit(self, token: str) -> Session | None:
        """A session for who has the token, or the ticket; None for others."""
        if not self.token:
            return None
        told = token.encode("utf-8", "replace")
        with self._lock:
            by_ticket = bool(self._ticket) and compare_digest(told, self._ticket.encode())
            if by_ticket:
                self._ticket = ""
        return self._opened() if by_ticket or compare_digest(told, self.token.encode()) else None

    def admit_by_password(self, password: str) -> Session | None:
        """A session for who knows the password; None for others. Takes a while on purpose."""
        if not self._digest or len(password) > LONGEST_PASSWORD:
            self._count_wrong()
            return None
        if not compare_digest(_scrypt(password, self._salt), self._digest):
            self._count_wrong()
            return None
        return self._opened()

    def must_wait(self) -> float:
        """Seconds until a password may be tried again; 0: now."""
        with self._lock:
            if len(self._wrong) < TRIES or self._wrong[-1] - self._wrong[0] > TRIES_WINDOW:
                return 0.0
            return max(0.0, self._wrong[-1] + TRIES_WINDOW - self._monotonic())

    def session(self, key: str) -> Session | None:
        """The session of a cookie; None when there is none, or not any more."""
        with self._lock:
            found = self._sessions.get(hashlib.sha256(key.encode("utf-8", "replace")).hexdigest())
        return (
            found if found is not None and compare_digest(found.key.encode(), key.encode("utf-8", "replace")) else None
        )

    def leave(self, session: Session) -> None:
        """Ends a session."""
        with self._lock:
            self._sessions.pop(hashlib.sha256(session.key.encode()).hexdigest(), None)

    def _opened(self) -> Session:
        session = Session(key=secrets.token_urlsafe(32), csrf=secrets.token_urlsafe(24))
        with self._lock:
            # Looked up by a digest: how long that takes tells nothing about the keys.
            self._sessions[hashlib.sha256(session.key.encode()).hexdigest()] = session
            while len(self._sessions) > MOST_SESSIONS:
                self._sessions.popitem(last=False)
        return session

    def _count_wrong(self) -> None:
        with self._lock:
            self._wrong.append(self._monotonic())


def require_password(bind: Bind, password: str) -> None:
    """Raises: UsageError when others could reach the server and nothing would stop them."""
    if not bind.loopback and not password:
        raise UsageError(
            f"Bound to {bind.host} the dashboard can be reached from other machines, so it needs a password.",
            hint="Set CLOUDCRATE_WEB_PASSWORD or give --password-file, or leave --host out.",
        )


def _checked(password: str) -> str:
    if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
        raise UsageError(
            f"The dashboard's password needs {SHORTEST_PASSWORD} to {LONGEST_PASSWORD:,} characters.",
            hint="A sentence is easy to remember and hard to guess.",
        )
    return password


def _scrypt(password: str, salt: bytes) -> bytes:
    return hashlib.scrypt(password.encode("utf-8", "surrogatepass"), salt=salt, maxmem=64 * 1024 * 1024, **SCRYPT)


def _split(host: str) -> tuple[str, int]:
    """The name and the port of a Host header; port 0 when it cannot be read."""
    if host.startswith("["):
        name, closed, rest = host[1:].partition("]")
        port = rest.removeprefix(":") if rest.startswith(":") else ("80" if closed and not rest else "")
    else:
        name, colon, port = host.partition(":")
        port = port if colon else "80"
    good = port.isascii() and port.isdecimal() and len(port) <= 5
    return name.lower(), int(port) if good else 0


def _is_literal(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
