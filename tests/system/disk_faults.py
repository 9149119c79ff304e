"""A disk that fails: lets one system call of a run fail, looks, runs the command once more, and looks again."""

import re
import shutil
import sqlite3
import stat
import subprocess
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from killing import KILLS_PER_SANDBOX, Range, Victim, killing_range, new_victim, torn, traced, unfinished
from tracing import Point, distinct, strace

from cloudcrate.adapters.library.ffmpeg import executable

CALLS = (
    *("openat", "write", "pwrite64", "fsync", "fdatasync", "ftruncate", "fallocate"),
    *("rename", "renameat", "renameat2", "link", "linkat", "mkdir", "mkdirat"),
)
ERRORS = ("ENOSPC", "EIO", "EROFS")
FFMPEG = "ffmpeg's file"
FFMPEG_CALLS = ("openat", "write")
INJECTED = "(INJECTED)"

DISPENSABLE = ("cache", "backup")
"""What a run can do without: it ends with 0. A backup that was not made is said."""

SQLITES_OWN = {
    ("ledger", "pwrite64"): "the log is copied into the file; the log holds everything, and the next run copies it",
    ("ledger", "fdatasync"): "as above",
    ("ledger", "ftruncate"): "as above",
    ("local catalog", "pwrite64"): "as above",
    ("local catalog", "fdatasync"): "as above",
    ("local catalog", "ftruncate"): "as above",
    ("backup", "fdatasync"): "SQLite takes no notice of it for a folder; cloudcrate's own fsync follows",
    ("state's folder", "fdatasync"): "SQLite takes no notice of it",
}
"""(kind, call): what SQLite may not say is an error, and why that is none. The run ends with 0 or 6."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """The ``nth`` of such calls of the command fails with ``error``; with FFMPEG as its kind, of ffmpeg."""

    point: Point
    error: str

    @property
    def codes(self) -> tuple[int, ...]:
        """How the run may end. A call that no path names is counted in each thread: others may fail with it."""
        if self.point.kind in DISPENSABLE:
            return (0,) if self.point.path is not None else (0, 6)
        return (0, 6) if (self.point.kind, self.point.call) in SQLITES_OWN else (6,)


@dataclass(frozen=True, slots=True, kw_only=True)
class Came:
    """What came of one fault. ``code`` is None when the run did not come to that call."""

    fault: Fault
    code: int | None
    said: str = ""
    violations: tuple[str, ...] = ()


def faults(place: Range) -> list[Fault]:
    """For every distinct (call, kind of path) of a run one call, with every error; and ffmpeg's."""
    found, _ = traced(place)
    chosen = distinct([p for p in found if p.call in CALLS and p.phase == "before" and not p.since], 1)
    theirs = [Point(call=call, kind=FFMPEG, phase="before", nth=1) for call in FFMPEG_CALLS]
    return [Fault(point=point, error=error) for point in (*chosen, *theirs) for error in ERRORS]


def fail(place: Range, fault: Fault) -> Came:
    """Runs the command with the fault and once more without."""
    with new_victim(place) as victim:
        log = victim.home / "trace"
        try:
            code = _run(victim, fault, log)
        except subprocess.TimeoutExpired:
            return Came(fault=fault, code=-1, violations=("the run hangs",))
        said = (victim.home / "errors").read_text("utf-8", "replace")
        reached = log.exists() and INJECTED in log.read_text("utf-8", "replace")
        wrong = [] if not reached else [*_ending(fault, code, said), *torn(victim, place)]
        wrong += [*_damaged(victim), *unfinished(victim, place)]
    return Came(fault=fault, code=code if reached else None, said=_errors(said), violations=tuple(wrong))


def _run(victim: Victim, fault: Fault, log: Path) -> int:
    """Raises: TimeoutExpired."""
    if fault.point.kind == FFMPEG:
        failing = _failing_ffmpeg(victim.home, fault, log)
        process = victim.start("env", f"IMAGEIO_FFMPEG_EXE={failing}")
    else:
        process = victim.start(*strace(log, victim.home, fault.point, error=fault.error))
    with process:
        try:
            return process.wait(120)
        except subprocess.TimeoutExpired:
            process.kill()
            raise


def _failing_ffmpeg(home: Path, fault: Fault, log: Path) -> Path:
    """A program that is ffmpeg, with the fault where it writes a file: the last of its words."""
    program = home / "ffmpeg"
    tracing = f"strace -f -y -s 0 -o '{log}' -P \"${{last#file:}}\" -e trace={fault.point.call}"
    injected = f"-e inject={fault.point.call}:when={fault.point.nth}:error={fault.error}"
    program.write_text(
        "#!/bin/sh\nfor last; do :; done\n"
        f'case "$last" in file:*) exec {tracing} {injected} \'{executable()}\' "$@";; esac\n'
        f"exec '{executable()}' \"$@\"\n"
    )
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    return program


def _ending(fault: Fault, code: int, said: str) -> Iterator[str]:
    told = code == 0 and "no backup was made" in said  # the state's folder is synced for its backups, too
    if code not in fault.codes and not told:
        yield f"it ends with {code}: {said[-300:]}"
    if "Traceback" in said or "unexpected error" in said:
        yield f"not a clear message: {said[-500:]}"
    errors = re.findall(r"(?m)^error: ", said)
    if len(errors) != (code != 0):
        yield f"{len(errors)} errors are said: {said[-500:]}"
    quiet = (fault.point.kind, fault.point.call) in SQLITES_OWN
    if fault.point.kind == "backup" and code == 0 and not quiet and "no backup was made" not in said:
        yield "it does not say that there is no backup"


def _errors(said: str) -> str:
    return "; ".join(line for line in said.splitlines() if line.startswith(("error: ", "no backup")))


def _damaged(victim: Victim) -> Iterator[str]:
    """The databases that SQLite finds something wrong with, read in copies: a look must not mend anything."""
    for name in ("ledger.db", "catalog.db"):
        copies = victim.home / "copies"
        copies.mkdir(exist_ok=True)
        for path in (victim.home / "state").glob(f"{name}*"):
            if path.is_file() and not path.name.endswith("-shm"):
                shutil.copy(path, copies / path.name)
        if (copies / name).exists():
            try:
                with closing(sqlite3.connect(copies / name)) as connection:
                    found = connection.execute("PRAGMA integrity_check").fetchall()
            except sqlite3.Error as error:
                found = [(str(error),)]
            if found != [("ok",)]:
                yield f"{name} is damaged: {found[:3]}"


def fail_all(folder: Path, wanted: Sequence[Fault], *, notion: bool = True) -> Iterator[Came]:
    """Every fault, in sandboxes that are made anew before they grow slow."""
    for start in range(0, len(wanted), KILLS_PER_SANDBOX):
        with killing_range(folder, notion=notion) as place:
            for fault in wanted[start : start + KILLS_PER_SANDBOX]:
                yield fail(place, fault)


def table(came: Sequence[Came]) -> list[str]:
    """A line per call and kind of path: how the runs ended."""
    ends: dict[tuple[str, str], Counter[str]] = {}
    for one in came:
        code = "not reached" if one.code is None else f"exit {one.code}"
        ends.setdefault((one.fault.point.kind, one.fault.point.call), Counter())[code] += 1
    return [
        f"{kind:<26}{call:<12}" + "   ".join(f"{code}: {count}" for code, count in sorted(counts.items()))
        for (kind, call), counts in sorted(ends.items())
    ]
