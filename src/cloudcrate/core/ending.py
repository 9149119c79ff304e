"""How a run ended, as a value: what another program, an agent or a person needs to go on from there.

No text of it gives access to anything: whatever leaves here went through ``redacted``.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum
from typing import Any  # Any: JSON

from cloudcrate.core import codec
from cloudcrate.core.model import TrackId
from cloudcrate.core.naming import safe_name
from cloudcrate.core.redaction import redacted
from cloudcrate.core.report import FileState, Report, RowState, TrackResult
from cloudcrate.core.text import visible
from cloudcrate.errors import CloudcrateError, Retry

SCHEMA_VERSION = 1

_RUN_ID = re.compile(r"[\w-]{1,64}", re.ASCII)
_UNMENTIONED = str.maketrans({"@": "＠", "<": "‹", ">": "›"})
"""Chat services call everybody for ``@everyone`` and ``<!channel>``; a track's title must not."""

TITLE_LENGTH, TEXT_LENGTH, BODY_LENGTH = 100, 200, 1500  # characters; the shortest of the large chats takes 2000
NAMED = 5
"""So many tracks are named in a summary."""
PART_BYTES = 60


class When(Enum):
    """Which endings somebody wants to hear of."""

    ALWAYS = "always"
    CHANGES = "changes"  # something was written or downloaded, or is wrong
    PROBLEMS = "problems"  # something failed, or the run broke off


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What the run was asked for. ``url`` is without a secret token; ``understood`` is in words."""

    playlist: str
    url: str
    understood: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """What ended a run before its time; see ``errors``."""

    code: str
    message: str
    hint: str
    retry: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Unfinished:
    """One track about which something is left to say. ``kind``: failed, pending, review, unobtainable, left."""

    track_id: TrackId
    title: str
    kind: str
    reason: str
    hint: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """The end of a run. ``ended_at`` is ISO 8601 in UTC, to the second; ``report`` is None when none was made."""

    schema_version: int = SCHEMA_VERSION
    run_id: str
    ended_at: str
    request: Asked
    report: Report | None
    problems: tuple[Unfinished, ...]
    next_step: str
    exit_code: int
    error: Trouble | None

    def __post_init__(self) -> None:
        """Raises: ValueError for a run id that could not stand in a header, or a moment that is none."""
        if not _RUN_ID.fullmatch(self.run_id):
            raise ValueError("a run id is made of letters, digits, - and _")
        _moment(self.ended_at)


def ending(
    run_id: str, now: float, request: Asked, report: Report | None, error: CloudcrateError | None, *, exit_code: int
) -> Ending:
    """The end of a run at ``now`` (epoch seconds)."""
    trouble, step = None, "" if report is None else report.next_step
    if error is not None:
        trouble = trouble_of(error)
        again = error.retry in (Retry.TRANSIENT, Retry.QUOTA)
        step = error.hint or (step if again and step else "See what went wrong, then run the same command again.")
    return Ending(
        run_id=run_id,
        ended_at=datetime.fromtimestamp(now, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        request=request,
        report=report,
        problems=() if report is None else _problems(report),
        next_step=step,
        exit_code=exit_code,
        error=trouble,
    )


def trouble_of(error: CloudcrateError) -> Trouble:
    """An error, as a value."""
    return Trouble(code=error.code, message=error.message, hint=error.hint, retry=error.retry.value)


def _problems(report: Report) -> tuple[Unfinished, ...]:
    tracks = [
        Unfinished(track_id=t.track_id, title=t.title, kind=_kind(t), reason=t.reason, hint=t.hint)
        for t in report.unfinished
    ]
    left = [
        Unfinished(track_id=d.track_id, title=d.title, kind="left", reason=d.reason, hint=d.hint)
        for d in report.departures
        if not d.unlinked
    ]
    return (*tracks, *left)


def _kind(track: TrackResult) -> str:
    if RowState.FAILED is track.row or FileState.FAILED is track.file:
        return "failed"
    if RowState.PENDING is track.row or FileState.PENDING is track.file:
        return "pending"
    return "review" if track.row is RowState.REVIEW else "unobtainable"


# --- who wants to hear of it --------------------------------------------------------------------


def wants(when: When, ending: Ending) -> bool:
    """Says whether somebody who asked for ``when`` is to hear of it.

    A track that cannot be had is no problem in this sense: it would be told after every run for ever.
    """
    if when is When.ALWAYS or ending.error is not None or ending.exit_code:
        return True
    report = ending.report
    if report is None:
        return False
    if when is When.PROBLEMS:
        return bool(report.failed)
    wrote = report.rows[RowState.CREATED.value] + report.rows[RowState.UPDATED.value]
    return bool(report.failed or wrote or report.files[FileState.DOWNLOADED.value] or report.moved or report.departures)


# --- for programs -------------------------------------------------------------------------------


def document(ending: Ending) -> dict[str, Any]:  # Any: JSON
    """It as plain values, fit to be written as JSON anywhere: redacted, and without lone surrogates."""
    found: dict[str, Any] = _harmless(codec.plain(ending))  # Any: as above
    return found


def _harmless(value: Any) -> Any:  # Any: as above
    if isinstance(value, str):
        return redacted(value.encode("utf-8", "replace").decode())
    if isinstance(value, dict):
        return {key: _harmless(item) for key, item in value.items()}
    return [_harmless(item) for item in value] if isinstance(value, list) else value


def text(ending: Ending) -> str:
    """It as a JSON text for files: ASCII, indented, with a line's end."""
    return json.dumps(document(ending), ensure_ascii=True, indent=2) + "\n"


def file_name(ending: Ending, name: str, recipient: str) -> str:
    """``20261126T084203Z__HANDOFF__NAME__RECIPIENT.json``: four parts on every system, parted by two underscores."""
    stamp = _moment(ending.ended_at).strftime("%Y%m%dT%H%M%SZ")
    return f"{stamp}__HANDOFF__{_part(name)}__{_part(recipient)}.json"


def _part(words: str) -> str:
    name = re.sub(r"_{2,}", "_", safe_name(redacted(words)))
    cut = name.encode()[:PART_BYTES].decode(errors="ignore")
    return cut.strip("_. ") or "untitled"


def _moment(iso: str) -> datetime:
    return datetime.strptime(iso, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)


# --- for people ---------------------------------------------------------------------------------


def summary(ending: Ending) -> tuple[str, str]:
    """A title of one line and a body of a few, in plain text, at most 100 and 1500 characters long."""
    report = ending.report
    playlist = _shown(report.playlist if report is not None else ending.request.playlist, TITLE_LENGTH // 2)
    title = _cut(f"cloudcrate: {_verdict(ending)}: {playlist or 'a playlist'}", TITLE_LENGTH)
    lines = []
    if report is not None:
        lines.append(f"{report.listed} tracks in {report.traffic.seconds:.0f} s")
        lines += [f"{words}: {said}" for words, said in (("Rows", _sum(report.rows)), ("Files", _sum(report.files)))]
        if report.page_trouble:
            lines.append(f"The playlist's page could not be written: {_shown(report.page_trouble)}")
    if ending.error is not None:
        lines.append(f"Error: {_shown(ending.error.message)}")
    lines += map(_problem_line, ending.problems[:NAMED])
    if len(ending.problems) > NAMED:
        lines.append(f"… and {len(ending.problems) - NAMED} more tracks")
    if ending.next_step:
        lines.append(f"Next: {_shown(ending.next_step)}")
    return title, _cut("\n".join(lines), BODY_LENGTH)


def _problem_line(problem: Unfinished) -> str:
    return f"- {_shown(problem.title, 80) or problem.track_id}: {_shown(problem.kind)}: {_shown(problem.reason, 120)}"


def _verdict(ending: Ending) -> str:
    if ending.report is not None and ending.report.stopped:
        return "stopped"
    if ending.error is not None:
        return "broke off"
    failed = 0 if ending.report is None else ending.report.failed
    return f"{failed} failed" if failed else "synced" if not ending.exit_code else "ended with problems"


def _sum(parts: Mapping[str, int]) -> str:
    return ", ".join(f"{count} {_shown(name).replace('_', ' ')}" for name, count in parts.items() if count) or "none"


def _shown(words: str, limit: int = TEXT_LENGTH) -> str:
    """A foreign text for people: visible, on one line, redacted, calling nobody."""
    one_line = " ".join(visible(" ".join(words.split())).split())
    return _cut(redacted(one_line).translate(_UNMENTIONED), limit)


def _cut(words: str, limit: int) -> str:
    return words if len(words) <= limit else words[: limit - 1] + "…"
