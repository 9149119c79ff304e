"""The door to the network: budgets, deadlines, allowed hosts, proxies and certificates, on httpx.

HTTPS_PROXY, NO_PROXY and SSL_CERT_FILE are honoured. No message names a query string: links are signed
there. A request is one attempt; ``retried`` repeats what may be repeated.
"""

import json
import logging
import random
import threading
import urllib.parse
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar  # Any: JSON, and httpx's trace values

from cloudcrate.adapters import patience
from cloudcrate.adapters.http_address import host_of, public_only
from cloudcrate.adapters.http_deadline import Deadline, DeadlineBackend
from cloudcrate.adapters.http_light import httpx
from cloudcrate.adapters.pace import Admission, Gate, Pace
from cloudcrate.errors import CloudcrateError, RefusedError, UnavailableError, UnknownOutcomeError
from cloudcrate.ports.ledger import Budgets, Notes
from cloudcrate.ports.running import BudgetState
from cloudcrate.ports.world import Clock

logging.getLogger("httpx").setLevel(logging.WARNING)  # it would log whole links, signatures included

MAX_REDIRECTS = 5
IDLE_TIMEOUT = 20.0  # seconds without a byte

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Hosts:
    """Where a kind of request may go, redirects included: https on 443 only, never an address."""

    name: str
    exact: frozenset[str] = frozenset()
    suffixes: tuple[str, ...] = ()  # with the leading dot
    public: bool = False  # on direct connections the resolved address must be public

    def allows(self, url: str) -> bool:
        """Says whether ``url`` may be asked."""
        try:
            parts = urllib.parse.urlsplit(url)
            port = parts.port
        except ValueError:
            return False
        host = (parts.hostname or "").lower()
        if parts.scheme != "https" or port not in (None, 443) or parts.username is not None:
            return False
        return host in self.exact or host.endswith(self.suffixes or ("\0",))


MEDIA_HOSTS = Hosts(name="media", suffixes=(".sndcdn.com", ".soundcloud.com", ".soundcloud.cloud"), public=True)
"""Where audio and pictures may come from: SoundCloud's own hosts and delivery networks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """At most ``limit`` requests in any ``window`` seconds, counted under ``name`` in the ledger.

    With ``most`` the service's limit is not known: it may be that many, which is learnt (``adapters.pace``).
    """

    name: str
    limit: int
    window: float
    most: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """One request. ``deadline`` is in seconds for the whole exchange, waiting for the budget not counted."""

    method: str
    url: str
    hosts: Hosts
    headers: Mapping[str, str] = field(default_factory=dict)
    json: object = None
    budget: Budget | None = None
    deadline: float = 60.0
    max_bytes: int = 64 * 1024 * 1024
    min_rate: float = 0.0  # bytes per second, looked at after the first ten seconds
    follow: bool = True
    announce: Callable[[], None] | None = None  # called after any waiting, just before the first byte goes out
    answered: Callable[[int, Mapping[str, str]], None] | None = None
    """Told the status and the headers (names in lower case) of what goes to a sink, before its first byte."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """An answer. Header names are lower case; ``body`` is empty when it went into a sink."""

    status: int
    url: str
    headers: Mapping[str, str]
    body: bytes
    received: int  # bytes of the body

    def json(self) -> Any:  # Any: JSON is whatever the service says it is
        """The body as JSON. Raises: UnavailableError when it is none (a captive portal, a cut body)."""
        try:
            return json.loads(self.body)
        except ValueError as error:
            raise UnavailableError(
                f"{host_of(self.url)} answered something that is not JSON.",
                hint="A proxy or a captive portal may stand in between. Try again later.",
            ) from error


class Door:
    """Sends requests. Safe to use from many threads; one for the whole process."""

    def __init__(
        self,
        *,
        clock: Clock,
        budgets: Budgets,
        notes: Notes | None = None,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        """``notes``: where what was learnt of a budget is remembered; without, this process alone knows it."""
        self._clock = clock
        self._budgets = budgets
        self._notes = notes
        self._gates: dict[Budget, Gate] = {}
        self._transport = transport
        self._holds = patience.Holds(clock.monotonic)
        self._deadline = Deadline(clock.monotonic)
        self._network = DeadlineBackend(self._deadline)
        self._clients: dict[str, httpx.Client] = {}
        self._reached = False  # somebody has answered
        self._requests: Counter[str] = Counter()
        self._bytes: Counter[str] = Counter()
        self._lock = threading.Lock()
        self._context: Any = None  # Any: an ssl.SSLContext, made at the first use

    @property
    def clock(self) -> Clock:
        """The clock that deadlines and pauses go by."""
        return self._clock

    def send(self, outgoing: Outgoing, sink: Callable[[bytes], object] | None = None) -> Reply:
        """Makes one attempt. With ``sink`` the undecoded body of a 200 or 206 goes there piece by piece.

        It waits first: for the budget, and until the end of what any answer's Retry-After has asked for its host.
        Raises: UnavailableError (nothing was sent, or a read failed), UnknownOutcomeError (the request
        went out and no answer came back whole), RefusedError (a host that is not allowed), StoppedError.
        """
        self._wait_for(host_of(outgoing.url))
        if outgoing.budget is None:
            return self._followed(outgoing, sink)
        gate = self._gate(outgoing.budget)
        admission = self._admitted(gate, host_of(outgoing.url))
        status = 0
        try:
            reply = self._followed(outgoing, sink)
            status = reply.status
            return reply
        finally:
            gate.ended(admission, status, now=self._clock.now())

    def _followed(self, outgoing: Outgoing, sink: Callable[[bytes], object] | None) -> Reply:
        """Makes the attempt, and those that redirects ask for."""
        ends = self._clock.monotonic() + outgoing.deadline  # begins before it is announced: see DeadlineBackend
        if outgoing.announce is not None:
            outgoing.announce()
        url, headers = outgoing.url, dict(outgoing.headers)
        for _ in range(MAX_REDIRECTS + 1):
            if not outgoing.hosts.allows(url):
                raise RefusedError(
                    f"A {outgoing.hosts.name} link leads to {host_of(url)!r}, which is not allowed.",
                    hint="cloudcrate only talks to the services' own hosts over https.",
                )
            reply = self._attempt(outgoing, url, headers, ends, sink)
            target = reply.headers.get("location")
            if reply.status not in (301, 302, 303, 307, 308) or not target or not outgoing.follow:
                return reply
            before, url = url, urllib.parse.urljoin(url, target)
            if host_of(before) != host_of(url):
                headers = {k: v for k, v in headers.items() if k.lower() != "authorization"}
        raise UnavailableError(f"{host_of(outgoing.url)} redirects in circles.")

    def park(self, budget: Budget, seconds: float) -> None:
        """Lets everybody who shares ``budget`` wait: the service said so."""
        self._budgets.park(budget.name, until=self._clock.now() + seconds)

    def throttled(self, budget: Budget, seconds: float, *, own_limit: bool) -> None:
        """Parks ``budget``: the service refused a request for so long.

        ``own_limit``: because just this budget is spent, which may teach how large it is.
        """
        self.park(budget, seconds)
        self._gate(budget).refused(own_limit=own_limit, now=self._clock.now())

    def retried(self, call: Callable[[], T], *, attempts: int = patience.ATTEMPTS) -> T:
        """Repeats ``call`` while its error is transient or a matter of quota, with growing pauses.

        Only for what may be done twice. The last error is raised, and is final: ``retried`` around ``retried``
        does not multiply. While nobody has ever answered, that is said sooner.
        """
        for attempt in range(1, attempts + 1):
            try:
                return call()
            except CloudcrateError as error:
                reached = self._reached
                most = attempts if reached else min(attempts, patience.ATTEMPTS_UNREACHED)
                if not patience.may_repeat(error, attempt, most):
                    raise
                longest = patience.LONGEST_PAUSE if reached else patience.UNREACHED_PAUSE
                wait = patience.pause(attempt, error, longest=longest)
            self.pause(wait)
        raise AssertionError("the loop returns or raises")

    def pause(self, seconds: float) -> None:
        """Waits. Raises: StoppedError when the user asked to stop."""
        self._clock.sleep(seconds)

    def requests(self, hosts: str) -> int:
        """How many requests of this kind went out, redirects included."""
        with self._lock:
            return self._requests[hosts]

    def received(self, hosts: str) -> int:
        """How many bytes of bodies of this kind came in."""
        with self._lock:
            return self._bytes[hosts]

    def state_of(self, budget: Budget, name: str) -> BudgetState:
        """How much of a budget is spent, told under ``name``. Raises: StateError."""
        now = self._clock.now()
        until = self._budgets.parked_until(budget.name)
        return BudgetState(
            name=name,
            spent=self._budgets.spent(budget.name, window=budget.window, now=now),
            limit=self._gate(budget).limit(now),
            window=budget.window,
            parked_until=until if until > now else None,
        )

    def close(self) -> None:
        """Closes every connection."""
        with self._lock:
            for client in self._clients.values():
                client.close()
            self._clients.clear()

    def _gate(self, budget: Budget) -> Gate:
        with self._lock:
            if budget not in self._gates:
                pace = Pace(limit=budget.limit, most=budget.most, window=budget.window)
                self._gates[budget] = Gate(budget.name, pace, budgets=self._budgets, notes=self._notes)
            return self._gates[budget]

    def _admitted(self, gate: Gate, host: str) -> Admission:
        while not isinstance(answer := gate.ask(self._clock.now()), Admission):
            self.pause(answer)
            self._wait_for(host)
        return answer

    def _wait_for(self, host: str) -> None:
        while left := self._holds.left(host):
            self.pause(left + random.uniform(0.0, patience.SPREAD))

    def _client(self, hosts: Hosts) -> httpx.Client:
        with self._lock:
            if hosts.name not in self._clients:
                if self._context is None:
                    self._context = httpx.create_ssl_context()
                client = httpx.Client(
                    verify=self._context,
                    transport=self._transport,
                    # As many kept as open: else httpcore ends idle ones once so many are open, busy or not.
                    limits=httpx.Limits(max_connections=64, max_keepalive_connections=64),
                    headers={"User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"},
                )
                for transport in (client._transport, *client._mounts.values()):
                    # httpx has no public way to its network; tests/system/test_deadline.py shows that this leads there.
                    if isinstance(transport, httpx.HTTPTransport):
                        transport._pool._network_backend = self._network
                self._clients[hosts.name] = client
            return self._clients[hosts.name]

    def _attempt(
        self,
        outgoing: Outgoing,
        url: str,
        headers: Mapping[str, str],
        ends: float,
        sink: Callable[[bytes], object] | None,
    ) -> Reply:
        sent = False
        with self._lock:
            self._requests[outgoing.hosts.name] += 1
        if sink is not None:
            headers = {**headers, "Accept-Encoding": "identity"}
        left = max(0.1, ends - self._clock.monotonic())
        try:
            with (
                self._deadline.until(ends),
                self._client(outgoing.hosts).stream(
                    outgoing.method,
                    url,
                    headers=headers,
                    content=None if outgoing.json is None else json.dumps(outgoing.json).encode(),
                    timeout=httpx.Timeout(
                        min(IDLE_TIMEOUT, left), read=left if sink is None else min(IDLE_TIMEOUT, left)
                    ),
                    extensions={"trace": public_only(url)} if outgoing.hosts.public else {},
                ) as response,
            ):
                sent = self._reached = True
                return self._receive(outgoing, response, ends, sink)
        except httpx.HTTPError as error:
            self._reached = self._reached or not _not_sent(error)
            kind = UnavailableError if _not_sent(error) and not sent else UnknownOutcomeError
            raise kind(
                f"{host_of(url)} did not answer ({_words(error)}).",
                hint="Check the network; run the same command again to go on.",
            ) from error
        except httpx.InvalidURL as error:
            raise RefusedError(f"A link to {host_of(url)!r} cannot be read.") from error

    def _receive(
        self,
        outgoing: Outgoing,
        response: httpx.Response,
        ends: float,
        sink: Callable[[bytes], object] | None,
    ) -> Reply:
        asked = patience.asked_wait(response.headers, self._clock.now())
        if response.status_code in patience.REFUSING and asked:
            self._holds.hold(host_of(str(response.url)), asked)
        into_sink = sink is not None and response.status_code in (200, 206)
        headers = {name.lower(): value for name, value in response.headers.items()}
        if into_sink and outgoing.answered is not None:
            outgoing.answered(response.status_code, headers)
        started, received, parts = self._clock.monotonic(), 0, []
        # Without a chunk size: with one httpx would gather a slow drip for hours before it is looked at here.
        for chunk in response.iter_raw() if into_sink else response.iter_bytes():
            received += len(chunk)
            now = self._clock.monotonic()
            slow = now - started > 10 and received < outgoing.min_rate * (now - started)
            if received > outgoing.max_bytes or now > ends or slow:
                raise UnknownOutcomeError(
                    f"{host_of(outgoing.url)} sends {'too much' if received > outgoing.max_bytes else 'too slowly'}.",
                    hint="Run the same command again later.",
                )
            if sink is not None and into_sink:
                sink(chunk)
            else:
                parts.append(chunk)
        with self._lock:
            self._bytes[outgoing.hosts.name] += received
        return Reply(
            status=response.status_code,
            url=str(response.url),
            headers=headers,
            body=b"".join(parts),
            received=received,
        )


def _not_sent(error: httpx.HTTPError) -> bool:
    return isinstance(error, (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError))


def _words(error: httpx.HTTPError) -> str:
    """What went wrong, without the link."""
    if isinstance(error, httpx.TimeoutException):
        return "timeout"
    if isinstance(error, httpx.ConnectError):
        return "no connection: " + str(error)[:80]
    if isinstance(error, httpx.ProxyError):
        return "the proxy refused: " + str(error)[:80]
    return "the connection broke"
