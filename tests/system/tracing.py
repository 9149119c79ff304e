"""Kills a command at a chosen system call, by strace: which calls there are, which one it was, and the blow itself."""

import os
import re
import shutil
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

MISSING = "strace is not installed, or may not trace here"
CHANGING = (
    *("openat", "write", "pwrite64", "writev", "pwritev", "rename", "renameat", "renameat2", "link", "linkat"),
    *("unlink", "unlinkat", "mkdir", "mkdirat", "rmdir", "symlink", "symlinkat", "fsync", "fdatasync", "ftruncate"),
    *("truncate", "fallocate", "copy_file_range", "chmod", "fchmod", "fchmodat", "utimensat"),
)
"""The calls that change what is on a disk, or make it last; ``openat`` only when it makes or empties a file."""

PHASES = ("before", "after")
MARGIN = 10
"""Calls: so much more or less than in the trace a program may make the next time."""

_DELAY = 30_000_000  # microseconds that a call stands still at its end; the kill comes long before
_LINE = re.compile(r"(\d+) +(\w+)\((.*)")
_PATH = re.compile(r'(AT_FDCWD)?<([^>]*)>|"([^"]*)"')
_OCTAL = re.compile(rb"\\([0-7]{1,3})")
_DELAYED = "(DELAYED)"
_CHANCE = re.compile(r"/staging/(?!kept-)|\.partial$|/staging\.alive/.|/backups/.")
"""Names with a process's id, a time or chance in them: another run has others."""
_KINDS = (
    (r"state/ledger\.db", "ledger"),
    (r"state/ledger\.db-(wal|shm|journal)", r"ledger's \1"),
    (r"state/catalog\.db", "local catalog"),
    (r"state/catalog\.db-(wal|shm|journal)", r"local catalog's \1"),
    (r"state/lock", "lock"),
    (r"state/cache(/.*)?", "cache"),
    (r"state/backups(/.*)?", "backup"),
    (r"state", "state's folder"),
    (r"library/\.cloudcrate(/staging(\.alive)?)?", "staging's folder"),
    (r"library/\.cloudcrate/staging\.alive/.*", "writer's lock"),
    (r"library/\.cloudcrate/staging/.*-probe-.*", "probe of the disk"),
    (r"library/\.cloudcrate/staging/.*\.json(\.new)?", "staged note"),
    (r"library/\.cloudcrate/staging/.*-playlist-.*", "staged playlist file"),
    (r"library/\.cloudcrate/staging/.*\.part", "staged part"),
    (r"library/\.cloudcrate/staging/.*", "staged audio"),
    (r"library/[^/]*\.m3u8", "playlist file"),
    (r"library/.*\.(m4a|mp3)", "audio file"),
    (r"library(/[^.]*)?", "library's folder"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """A call as strace logged it. ``paths`` are absolute; ``kind`` is None when it changes nothing of ours."""

    thread: int
    call: str
    paths: tuple[str, ...]
    kind: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """Where a command is killed: at the ``nth`` call of one thread, of those on ``path`` (relative) if it is given.

    ``since`` names the request from which on calls are counted; empty: from the command's start.
    """

    call: str
    kind: str
    phase: str
    nth: int
    path: str | None = None
    since: str = ""

    @property
    def sort(self) -> tuple[str, str, str]:
        """What makes it distinct: call, kind of path, phase."""
        return self.call, self.kind, self.phase


def usable() -> bool:
    """Says whether strace is there and may trace."""
    if not shutil.which("strace"):
        return False
    return subprocess.run(["strace", "-o", "/dev/null", "true"], capture_output=True, check=False).returncode == 0


def events(log: Path, home: Path) -> Iterator[Event]:
    """The calls in a log, in their order."""
    for line in log.read_text("utf-8", "replace").splitlines():
        match = _LINE.match(line)
        if match is None:
            continue
        thread, call, rest = int(match[1]), match[2], match[3].replace("<unfinished ...>", "")
        found = [fd or text for cwd, fd, text in _PATH.findall(rest) if not cwd and (fd or text)]
        paths = tuple(map(_plain, found))
        changes = call in CHANGING and (call != "openat" or "O_CREAT" in rest or "O_TRUNC" in rest)
        yield Event(thread=thread, call=call, paths=paths, kind=_kind(paths, home) if changes else None)


def _plain(text: str) -> str:
    return _OCTAL.sub(lambda m: bytes([int(m[1], 8)]), text.encode()).decode("utf-8", "replace")


def _kind(paths: tuple[str, ...], home: Path) -> str | None:
    """Of what kind the path is that the call changes: the last one, the one that a link or a rename gives."""
    if not paths or not paths[-1].startswith(f"{home}/"):
        return None
    relative = paths[-1].removeprefix(f"{home}/")
    return next((m.expand(kind) for pattern, kind in _KINDS if (m := re.fullmatch(pattern, relative))), None)


def points(trace: Iterable[Event], home: Path, *, since: str) -> list[Point]:
    """Every point of a trace that can be named: the call is the first that is its thread's n-th of that sort."""
    trace = list(trace)
    others = {event.thread for event in trace[1:] if event.call == "execve"}
    theirs = Counter((event.thread, event.call) for event in trace if event.thread in others)
    most = {call: max((n for (_, c), n in theirs.items() if c == call), default=-MARGIN) for call in CHANGING}
    begun: set[str] = set()  # calls that a program which the command runs has made, too: it could be struck instead
    counts: Counter[tuple[int, str, str | None]] = Counter()
    reached: Counter[tuple[str, str | None]] = Counter()
    found: dict[tuple[str, int, str | None], Point] = {}
    for event in trace:
        if event.call not in CHANGING:
            continue
        if event.thread in others:
            begun.add(event.call)
        seen = event.paths[:1] if event.call == "rename" else event.paths  # strace -P looks at its first path only
        stable = [p for p in seen if p.startswith(f"{home}/") and not _CHANCE.search(p)]
        for path in (None, *dict.fromkeys(stable)):
            counts[event.thread, event.call, path] += 1
            nth = counts[event.thread, event.call, path]
            if nth <= reached[event.call, path]:
                continue  # another thread was there before
            reached[event.call, path] = nth
            if path is None and event.call in begun and nth <= most[event.call] + MARGIN:
                continue
            if event.kind is not None:
                relative = None if path is None else path.removeprefix(f"{home}/")
                for phase in PHASES:
                    found[event.call, nth, f"{path} {phase}"] = Point(
                        call=event.call, kind=event.kind, phase=phase, nth=nth, path=relative, since=since
                    )
    return list(found.values())


def distinct(found: Sequence[Point], each: int) -> list[Point]:
    """Of every sort as many as ``each``, evenly spread; those first that count on a path: they vary least."""
    by_sort: dict[tuple[str, str, str], list[Point]] = {}
    for point in found:
        by_sort.setdefault(point.sort, []).append(point)
    chosen = []
    for _, same in sorted(by_sort.items()):
        best = [p for p in same if p.path is not None] or [p for p in same if p.since] or same
        step = max(1.0, len(best) / each)
        chosen += [best[int(n * step)] for n in range(min(each, len(best)))]
    return chosen


def hit(log: Path, home: Path, point: Point) -> Event | None:
    """The call at which the command was killed, by the log: the first that was its thread's n-th."""
    counts: Counter[int] = Counter()
    wanted = None if point.path is None else f"{home}/{point.path}"
    for event in events(log, home):
        if event.call == point.call and (wanted is None or wanted in event.paths):
            counts[event.thread] += 1
            if counts[event.thread] == point.nth:
                return event
    return None


def strace(log: Path, home: Path, point: Point | None = None, *, error: str = "") -> list[str]:
    """The words before a command (or ``-p`` and its id) that trace it, and strike at ``point``.

    With ``error`` that call alone fails so, and nothing is killed.
    """
    words = ["strace", "-f", "-y", "-s", "0", "-o", str(log), "-e", f"trace={','.join(CHANGING)},execve"]
    if point is None:
        return words
    how = f"error={error}" if error else "signal=SIGKILL" if point.phase == "before" else f"delay_exit={_DELAY}"
    words += ["-e", f"inject={point.call}:when={point.nth}:{how}"]
    return words if point.path is None else [*words, "-P", str(home / point.path)]


def attach(pid: int, log: Path, home: Path, point: Point | None) -> "subprocess.Popen[str]":
    """A strace that traces every thread of a command that is running."""
    tracer = subprocess.Popen(
        [*strace(log, home, point), "-p", str(pid)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    for _ in _until(20):
        states = [path.read_text() for path in Path(f"/proc/{pid}/task").glob("*/status")]
        if all(f"TracerPid:\t{tracer.pid}\n" in state for state in states):
            return tracer
    raise TimeoutError("strace could not attach")


def strike(process: "subprocess.Popen[str]", tracer: "subprocess.Popen[str]", log: Path, point: Point) -> bool:
    """Waits for a traced command's end; kills it as soon as the call of an ``after`` point has had its effect.

    ``process`` is the command, or the strace that started it. Says whether it was killed.
    Raises: TimeoutError.
    """
    for _ in _until(60):
        if process.poll() is not None:
            return process.returncode == -signal.SIGKILL  # strace ends as its command did
        thread = _delayed(log) if point.phase == "after" else None
        if thread is not None:
            group = _group(thread)
            os.kill(group, signal.SIGKILL)
            tracer.kill()  # it would wait until the delay is over
            process.wait(20)
            _await_end(group)
            return True
    process.kill()
    raise TimeoutError(f"the command did not end at {point}")


def _delayed(log: Path) -> int | None:
    """The thread that stands still at the end of its call."""
    lines = log.read_text("utf-8", "replace").splitlines() if log.exists() else []
    return next((int(line.split()[0]) for line in lines if line.endswith(_DELAYED)), None)


def _group(thread: int) -> int:
    status = Path(f"/proc/{thread}/status").read_text()
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("Tgid:"))


def _await_end(pid: int) -> None:
    """Waits until nothing is left of a process: who looks whether it is alive must not find it."""
    for _ in _until(5):
        if not Path(f"/proc/{pid}").exists():
            return


def _until(seconds: float) -> Iterator[None]:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        yield
        time.sleep(0.003)


def table(reached: Mapping[tuple[str, str, str], int]) -> list[str]:
    """A line per call and kind: how often it was killed before and after."""
    pairs = sorted({(call, kind) for call, kind, _ in reached})
    return [
        f"{call:<12}{kind:<26}" + "".join(f"{phase} {reached.get((call, kind, phase), 0):>3}   " for phase in PHASES)
        for call, kind in pairs
    ]
