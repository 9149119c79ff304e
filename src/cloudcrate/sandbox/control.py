"""The control API under /__sandbox__/ on the plain port. JSON in, JSON out; not for browsers."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any, Protocol, runtime_checkable  # Any: JSON

from cloudcrate.sandbox.faults import parse_rules
from cloudcrate.sandbox.holds import Holds
from cloudcrate.sandbox.notion.service import NotionService
from cloudcrate.sandbox.playground import Playground
from cloudcrate.sandbox.scenario import add_database
from cloudcrate.sandbox.wire import Request, Response, json_response

_LOCAL_HOST = re.compile(r"(127\.0\.0\.1|localhost)(:\d+)?")
_LONGEST_POLL = 60.0  # seconds
LINKS = ("latency", "bandwidth", "connect")


@runtime_checkable
class Tunable(Protocol):
    """A service with knobs."""

    def set(self, **knobs: Any) -> None:  # Any: each knob has its own type
        """Turns knobs.

        Raises:
          ValueError, TypeError: there is no such knob, or not with such a value.
        """


class RefusedError(ValueError):
    """A control request that makes no sense; its message is the answer."""


class Control:
    """Answers control requests. ``facts`` (ports, CA file, token …) are part of the state it tells."""

    def __init__(self, playground: Playground, holds: Holds, facts: Mapping[str, Any]) -> None:  # Any: JSON
        self._playground = playground
        self._holds = holds
        self._facts = facts
        self._turned: dict[str, dict[str, Any]] = {}  # Any: JSON
        self._routes: Mapping[tuple[str, str], Callable[[Request], Any]] = {  # Any: JSON
            ("GET", "state"): self._state,
            ("GET", "journal"): self._journal,
            ("GET", "counts"): self._counts,
            ("GET", "holding"): self._holding,
            ("GET", "rows"): self._rows,
            ("POST", "faults"): self._faults,
            ("POST", "knobs"): self._knobs,
            ("POST", "release"): self._release,
            ("POST", "database"): self._database,
            ("POST", "mark"): self._mark,
        }

    def handle(self, request: Request) -> Response:
        """Answers one control request: 200, or 4xx with {"error": sentence}."""
        if "origin" in request.headers or "sec-fetch-site" in request.headers:
            return json_response(403, {"error": "The control API does not answer browsers."})
        if not _LOCAL_HOST.fullmatch(request.host):
            return json_response(421, {"error": "The control API answers on 127.0.0.1 and localhost only."})
        name = request.path.removeprefix("/__sandbox__/")
        route = self._routes.get((request.method, name))
        if route is None:
            known = ", ".join(f"{method} {name}" for method, name in self._routes)
            return json_response(404, {"error": f"There is no {request.method} {name}; there are {known}."})
        try:
            return json_response(200, route(request))
        except Exception as error:  # noqa: BLE001 - whatever a knob or a row refuses, the asker must learn it
            return json_response(400, {"error": f"{type(error).__name__}: {error}"})

    def _state(self, request: Request) -> dict[str, Any]:  # Any: JSON
        playground = self._playground
        return {
            **self._facts,
            "time": playground.now(),
            "databases": [asdict(database) for database in playground.databases],
            "knobs": self._turned,
            **{name: dict(value) for name, value in asdict(playground.links).items()},
        }

    def _journal(self, request: Request) -> dict[str, Any]:  # Any: JSON
        with self._playground.quiet():
            entries = self._playground.journal.entries(int(request.params().get("since", 0)))
        return {"entries": [asdict(entry) for entry in entries]}

    def _counts(self, request: Request) -> dict[str, Any]:  # Any: JSON
        since = request.params().get("since")
        with self._playground.quiet():
            return self._playground.journal.counts(None if since is None else int(since))

    def _holding(self, request: Request) -> dict[str, Any]:  # Any: JSON
        wait = float(request.params().get("wait", 0))
        return {"held": self._holds.held(min(wait, _LONGEST_POLL))}

    def _rows(self, request: Request) -> dict[str, Any]:  # Any: JSON
        data_source = request.params()["data_source"]
        with self._playground.quiet():
            return {"rows": self._notion().rows(data_source)}

    def _faults(self, request: Request) -> dict[str, Any]:  # Any: JSON
        rules = parse_rules(_json_of(request))
        self._playground.set_rules(rules)
        return {"rules": len(rules)}

    def _knobs(self, request: Request) -> dict[str, Any]:  # Any: JSON
        wanted = _object_of(request)
        unknown = wanted.keys() - {*LINKS, "advance"} - self._playground.services.keys()
        if unknown:
            raise RefusedError(f"there are no knobs called {', '.join(sorted(unknown))}")
        with self._playground.quiet():
            for name, service in self._playground.services.items():
                if wanted.get(name):
                    if not isinstance(service, Tunable):
                        raise RefusedError(f"{name} has no knobs")
                    service.set(**wanted[name])
                    self._turned.setdefault(name, {}).update(wanted[name])
        self._playground.set_links(**{name: wanted.get(name) for name in LINKS})
        self._playground.advance(float(wanted.get("advance", 0)))
        return self._state(request)

    def _release(self, request: Request) -> dict[str, Any]:  # Any: JSON
        wanted = _object_of(request)
        return {"released": self._holds.release(drop=bool(wanted.get("drop")), number=wanted.get("number"))}

    def _database(self, request: Request) -> dict[str, Any]:  # Any: JSON
        wanted = _object_of(request)
        with self._playground.quiet() as now:
            database = add_database(self._notion(), wanted, now)
            self._playground.databases.append(database)
        return asdict(database)

    def _mark(self, request: Request) -> dict[str, Any]:  # Any: JSON
        with self._playground.quiet():
            return {"mark": self._playground.journal.mark()}

    def _notion(self) -> NotionService:
        notion = self._playground.services.get("notion")
        if not isinstance(notion, NotionService):
            raise RefusedError("Notion is not played here")
        return notion


def _json_of(request: Request) -> Any:  # Any: JSON
    return json.loads(request.body or b"{}")


def _object_of(request: Request) -> dict[str, Any]:  # Any: JSON
    value = _json_of(request)
    if not isinstance(value, dict):
        raise RefusedError("an object is expected")
    return value
