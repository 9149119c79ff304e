"""The sandbox without its sockets: services, faults, latency, journal and clock behind one ``answer``."""

import heapq
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from functools import partial
from typing import Any  # Any: a scenario and its knobs are JSON

from cloudcrate.sandbox.action import RESET, Action, Phase, whole
from cloudcrate.sandbox.faults import Rule, Rules, parse_rules
from cloudcrate.sandbox.journal import Call, Journal
from cloudcrate.sandbox.replies import faulty
from cloudcrate.sandbox.scenario import Database, furnish
from cloudcrate.sandbox.wire import Request, Response, Service, json_response

_NOTHING = Response(status=200)


@dataclass(frozen=True, slots=True, kw_only=True)
class Links:
    """The lines to the hosts: seconds per answer and per connection made, bytes per second on one, by host glob.

    The first glob that matches counts; hosts without one answer at once and without a limit.
    """

    latency: Mapping[str, float] = field(default_factory=dict)
    bandwidth: Mapping[str, float] = field(default_factory=dict)
    connect: Mapping[str, float] = field(default_factory=dict)

    def connecting(self, host: str) -> float:
        """Seconds before a connection to ``host`` stands."""
        return next((value for glob, value in self.connect.items() if fnmatchcase(host, glob)), 0.0)

    def delay(self, host: str) -> float:
        """Seconds before an answer of ``host`` begins."""
        return next((value for glob, value in self.latency.items() if fnmatchcase(host, glob)), 0.0)

    def rate(self, host: str) -> float | None:
        """Bytes per second on one connection to ``host``; None: no limit."""
        return next((value for glob, value in self.bandwidth.items() if fnmatchcase(host, glob)), None)


class Playground:
    """Plays the services. Thread-safe: one lock is held around each ``handle``.

    ``services`` are looked up by name ("notion", "soundcloud"). ``clock`` gives seconds since the epoch.
    Requests that a ``late_commit`` fault put aside are handled, at the time they were due, before the first
    request or question that comes at or after that time.
    """

    def __init__(
        self,
        services: Mapping[str, Service],
        *,
        rules: Sequence[Rule] = (),
        links: Links | None = None,
        clock: Callable[[], float] = time.time,
        journal: Journal | None = None,
        databases: Sequence[Database] = (),
    ) -> None:
        self.services = services
        self.journal = journal or Journal()
        self.databases = list(databases)
        self._clock = clock
        self._advance = 0.0
        self._lock = threading.RLock()
        self._rules = Rules(rules)
        self._links = links or Links()
        self._late: list[tuple[float, int, Request, str]] = []
        self._recent: dict[str, deque[tuple[str, str]]] = {}

    @classmethod
    def from_scenario(
        cls,
        scenario: Mapping[str, Any],  # Any: JSON
        *,
        clock: Callable[[], float] = time.time,
        journal: Journal | None = None,
    ) -> "Playground":
        """The playground that ``scenario`` (docs/sandbox.md) describes.

        Raises:
          ValueError: the scenario is malformed; the message says where.
        """
        services, databases = furnish(scenario, clock())
        return cls(
            services,
            rules=parse_rules(scenario.get("faults", [])),
            links=Links(**{name: scenario.get(name, {}) for name in ("latency", "bandwidth", "connect")}),
            clock=clock,
            journal=journal,
            databases=databases,
        )

    @property
    def links(self) -> Links:
        """The latency and bandwidth in force."""
        return self._links

    def now(self) -> float:
        """The playground's time, in seconds since the epoch."""
        return self._clock() + self._advance

    def refusal(self, host: str, port: int = 443) -> Response | None:
        """Why no connection to ``host`` is made, as a proxy says it; None: it is made."""
        with self._lock:
            probe = Request(method="CONNECT", host=host, path="")
            name = self._service_of(host)
            if name is None or port != 443:
                return self._refused(probe, None, 403, f"{host}:{port} is not played here; nothing leaves the sandbox.")
            if self._rules.pick(probe, connecting=True) is not None:
                return self._refused(probe, name, 502, f"A fault rule refuses connections to {host}.")
            return None

    def answer(self, request: Request) -> Action:
        """What is to be done about ``request``. It is handled in here, unless a fault prevents it."""
        with self._lock:
            name = self._service_of(request.host)
            if name is None:
                response = self._refused(request, None, 403, f"{request.host} is not played here.")
                return whole(response)
            rule = self._rules.pick(request)
            if rule is not None and rule.kind == "hold" and rule.params.get("phase", "before") == "before":
                return Action(hold=Phase.BEFORE, resume=partial(self._resume, name, rule, request))
            return self._answer(name, rule, request)

    @contextmanager
    def quiet(self) -> Iterator[float]:
        """Holds all requests back, with late ones handled as far as they are due. Gives the time."""
        with self._lock:
            now = self.now()
            self._commit_due(now)
            yield now

    def set_rules(self, rules: Sequence[Rule]) -> None:
        """Replaces the fault rules; their counting starts anew."""
        with self._lock:
            self._rules = Rules(rules)

    def set_links(
        self,
        *,
        latency: Mapping[str, float] | None = None,
        bandwidth: Mapping[str, float] | None = None,
        connect: Mapping[str, float] | None = None,
    ) -> None:
        """Replaces what is given."""
        given = {"latency": latency, "bandwidth": bandwidth, "connect": connect}
        with self._lock:
            self._links = replace(self._links, **{name: value for name, value in given.items() if value is not None})

    def advance(self, seconds: float) -> None:
        """Moves the playground's clock forward."""
        with self._lock:
            self._advance += seconds

    def _service_of(self, host: str) -> str | None:
        return next((name for name, service in self.services.items() if service.handles(host)), None)

    def _resume(self, name: str, rule: Rule, request: Request, go: bool) -> Action:
        with self._lock:
            if go:
                return self._answer(name, rule, request)
            return self._record(self._call(name, request, self.now()), RESET, fault="hold", committed=False)

    def _answer(self, name: str, rule: Rule | None, request: Request) -> Action:
        now = self.now()
        self._commit_due(now)
        call = self._call(name, request, now)
        if rule is None:
            action = whole(self.services[name].handle(request, now))
            self._remember(request, action)
            return self._record(call, action, fault=None, committed=True)
        target = self._swapped(rule, request) if rule.kind == "foreign" else request
        response = self.services[name].handle(target, now) if rule.commit else _NOTHING
        fault = None if rule.kind == "foreign" and target is request else rule.kind
        action = self._record(call, faulty(rule, call, response), fault=fault, committed=rule.commit)
        if rule.kind == "late_commit" and action.index is not None:
            heapq.heappush(self._late, (now + rule.number("seconds", 30), action.index, request, name))
        return action

    def _commit_due(self, now: float) -> None:
        while self._late and self._late[0][0] <= now:
            due, index, request, name = heapq.heappop(self._late)
            self.services[name].handle(request, due)
            self.journal.committed_late(index, due)

    def _record(self, call: Call, action: Action, *, fault: str | None, committed: bool) -> Action:
        status = action.response.status if action.response else None
        size = 0 if call.method == "HEAD" else len(action.body)
        index = self.journal.add(call, status=status, size=size, fault=fault, committed=committed)
        return replace(
            action,
            index=index,
            delay=action.delay + self._links.delay(call.host),
            rate=action.rate or self._links.rate(call.host),
        )

    def _refused(self, request: Request, name: str | None, status: int, words: str) -> Response:
        response = json_response(status, {"error": words})
        fault = "refuse" if name else "outside"
        self.journal.add(
            self._call(name, request, self.now()),
            status=status,
            size=len(response.body),
            fault=fault,
            committed=False,
        )
        return response

    def _call(self, name: str | None, request: Request, now: float) -> Call:
        return Call(
            time=now,
            service=name,
            host=request.host,
            method=request.method,
            path=request.path,
            query=request.query,
        )

    def _remember(self, request: Request, action: Action) -> None:
        if request.method == "GET" and action.response is not None and action.response.status in {200, 206}:
            recent = self._recent.setdefault(request.host, deque(maxlen=2))
            if not recent or recent[-1][0] != request.path:
                recent.append((request.path, request.query))

    def _swapped(self, rule: Rule, request: Request) -> Request:
        """``request`` for another thing of its host: what the rule names, or what was last asked for."""
        if "to_path" in rule.params:
            return replace(request, path=rule.params["to_path"], query=rule.params.get("to_query", request.query))
        for path, query in reversed(self._recent.get(request.host, ())):
            if path != request.path:
                return replace(request, path=path, query=query)
        return request
