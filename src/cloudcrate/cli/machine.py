"""Progress and errors as lines of JSON on stderr, for programs: ``--log-format json``."""

import json
import sys
import time
from typing import TextIO

from cloudcrate.core import codec
from cloudcrate.core.operations import Plan, TrackOperation, Unit, changes_something
from cloudcrate.core.report import Outcome
from cloudcrate.errors import CloudcrateError


def line(event: str, **values: object) -> str:
    """One event, on one line. ``time`` is in seconds since the epoch."""
    document = {"schema_version": codec.SCHEMA_VERSION, "event": event, "time": round(time.time(), 3)}
    return json.dumps({**document, **codec.plain(values)}, ensure_ascii=True)


def error_line(error: CloudcrateError) -> str:
    """The error that ended a command."""
    more = {"candidates": candidates} if (candidates := getattr(error, "candidates", ())) else {}
    return line("error", code=error.code, message=error.message, hint=error.hint, exit_code=error.exit_code, **more)


class JsonLines:
    """A listener that writes what it hears."""

    def __init__(self, out: TextIO | None = None) -> None:
        self._out = out or sys.stderr

    def phase(self, words: str) -> None:
        """Writes what has begun."""
        self._write("phase", message=words)

    def began(self, plan: Plan) -> None:
        """Writes how much there is to do."""
        self._write("began", playlist=plan.name, url=plan.url, tracks=len(plan.units), operations=plan.changes)

    def advanced(self, unit: Unit, operation: TrackOperation, outcome: Outcome) -> None:
        """Writes how an operation has ended, unless it leaves things as they are."""
        if changes_something(operation):
            self._write(
                "advanced",
                track_id=unit.track_id,
                title=unit.title,
                position=unit.position,
                operation=type(operation).__name__,
                reason=operation.reason,
                outcome=outcome,
            )

    def _write(self, event: str, **values: object) -> None:
        print(line(event, **values), file=self._out, flush=True)
