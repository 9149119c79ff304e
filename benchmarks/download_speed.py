"""Measures how fast a playlist is downloaded, against what the link allows and against other programs.

``python benchmarks/download_speed.py [--scdl PATH] [--only NAME …] [--tracks 50] [--seconds 60] [--rtt 50]
[--rate 2000000]`` runs, one after the other on one sandbox, ``cloudcrate sync --jobs 8``, ``yt-dlp`` and ``scdl`` with
their defaults, and prints what each cost; requests and bytes are counted by the sandbox. ``--memory`` syncs 10,000
tracks instead, without and with their files. It ends with 1 when a figure is missed. What else the machine's
processors do is stated, because two of them are soon busy: with much of that the times say little.

The ideal is the time in which the audio fits through the line, and nothing else:

    bytes of audio / (connections x bytes per second on one)

Every answer comes one round trip after its question, and a connection stands after two (TCP, TLS 1.3).
"""

import argparse
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any  # Any: scenarios and the log are JSON

import imageio_ffmpeg

from cloudcrate.sandbox.journal import is_media
from cloudcrate.sandbox.process import Sandbox, running_sandbox

RATE = 2_000_000
"""Bytes per second on one connection."""

CONNECTIONS = 8
MOST_OF_IDEAL, LEAST_FASTER, MOST_MEMORY = 1.25, 8.0, 200e6
URL = "https://soundcloud.com/ada/sets/mix"
LIKES = "https://soundcloud.com/ada/likes"
TRUSTING = ("--compat-options", "no-certifi")
"""Without these words yt-dlp, and scdl on top of it, pass over SSL_CERT_FILE when certifi is there."""

AUDIO = (".mp3", ".m4a", ".opus", ".wav")
OURS = ("CLOUDCRATE_", "NOTION_", "SOUNDCLOUD_", "TRACKS_DB", "PLAYLISTS_DB")
SAMPLE = 0.1  # seconds between two looks at a running command
PLENTY = 100_000


@dataclass(frozen=True, kw_only=True)
class Cost:
    """What one command cost."""

    name: str
    code: int
    seconds: float
    cpu: float  # seconds, of the command and what it ran
    own_cpu: float  # seconds, of the command alone
    memory: float  # bytes resident at most, of the command alone
    children: float  # bytes resident at most, of one process that it ran
    connections: int  # open at once, at most
    kinds: Mapping[str, int]
    audio_bytes: int
    files: int
    sandbox_cpu: float  # seconds, of the sandbox meanwhile
    strange_cpu: float  # seconds, of everything else on the machine: with much of that the times say little
    phase: float  # seconds from the first request for a stream on

    def lines(self) -> list[str]:
        """The figures for people."""
        kinds = ", ".join(f"{kind} {count}" for kind, count in self.kinds.items())
        mega = self.audio_bytes / 1e6
        return [
            f"{self.name}: {self.seconds:.2f} s, {self.phase:.2f} s of them from the first stream on",
            f"    {self.files} files, {mega:.1f} MB of audio, {mega / self.seconds:.2f} MB/s",
            f"    {sum(self.kinds.values())} requests ({kinds}), at most {self.connections} connections at once",
            f"    at most {self.memory / 1e6:.0f} MB, and {self.children / 1e6:.0f} MB in a process that it ran",
            f"    {self.cpu:.1f} s CPU, {self.own_cpu:.1f} s of them its own",
            f"    meanwhile {self.sandbox_cpu:.1f} s CPU for the sandbox, {self.strange_cpu:.1f} s for all else here",
        ]


@dataclass
class Figures:
    """Compares figures with their bounds, and remembers whether one was missed."""

    missed: list[str] = field(default_factory=list)

    def check(self, what: str, figure: float, bound: float, *, least: bool = False) -> None:
        """One figure: at most ``bound``, or with ``least`` at least."""
        good = figure >= bound if least else figure <= bound
        self.missed += [] if good else [what]
        words = "at least" if least else "at most"
        print(f"  {what:<58}{figure:>8.2f}  ({words} {bound:g}){'' if good else '  MISSED'}", flush=True)


class Watch(threading.Thread):
    """Looks at a process and its children while they run (Linux)."""

    def __init__(self, pid: int, port: int) -> None:
        super().__init__(daemon=True)
        self._pid = pid
        self._port = f":{port:04X}"
        self._over = threading.Event()
        self.memory, self.children, self.connections, self.own_cpu = 0.0, 0.0, 0, 0.0

    def run(self) -> None:
        """Samples until told to end."""
        while not self._over.wait(SAMPLE):
            self.memory = max(self.memory, _resident(self._pid))
            self.own_cpu = max(self.own_cpu, _cpu(self._pid))
            self.children = max([self.children, *map(_resident, _children(self._pid))])
            self.connections = max(self.connections, _established(self._port))

    def end(self) -> None:
        """Takes the last look."""
        self._over.set()
        self.join()


def _read(path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""  # it is gone already


def _resident(pid: int) -> float:
    lines = [line.split() for line in _read(f"/proc/{pid}/status").splitlines()]
    found = {words[0]: float(words[1]) * 1024 for words in lines if words and words[0] in ("VmHWM:", "VmRSS:")}
    return max(found.values(), default=0.0)


def _cpu(pid: int) -> float:
    words = _read(f"/proc/{pid}/stat").rpartition(")")[2].split()
    return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK") if len(words) > 12 else 0.0


def _machine() -> float:
    """Seconds for which the machine's processors have worked."""
    words = _read("/proc/stat").split()[1:9]  # user, nice, system, idle, iowait, irq, softirq, steal
    return sum(int(word) for n, word in enumerate(words) if n not in (3, 4)) / os.sysconf("SC_CLK_TCK")


def _children(pid: int) -> list[int]:
    tasks = [entry.name for entry in Path(f"/proc/{pid}/task").glob("*")]
    return [int(child) for task in tasks for child in _read(f"/proc/{pid}/task/{task}/children").split()]


def _established(port: str) -> int:
    lines = [line.split() for line in _read("/proc/net/tcp").splitlines()[1:]]
    return sum(len(words) > 3 and words[2].endswith(port) and words[3] == "01" for words in lines)


def kind_of(entry: Mapping[str, Any]) -> str:  # Any: JSON
    """What a request was for."""
    host, path = str(entry["host"]), str(entry["path"])
    if is_media(host):
        return "stream playlists" if path.endswith(".m3u8") else "audio"
    if host.endswith(".sndcdn.com"):
        return "scripts" if host.startswith("a-v2") else "pictures"
    if host == "api-v2.soundcloud.com":
        return "signed links" if path.startswith("/media/") else "lists and metadata"
    return "pages"


def environment(sandbox: Sandbox, home: Path) -> dict[str, str]:
    """What every command sees: the sandbox, a home of its own, an ffmpeg on the PATH."""
    tools = home / "tools"
    tools.mkdir(parents=True)
    (tools / "ffmpeg").symlink_to(imageio_ffmpeg.get_ffmpeg_exe())
    (home / "config.toml").touch()
    kept = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
    found = {
        **kept,
        **sandbox.env,
        "HOME": str(home),
        "XDG_CONFIG_HOME": str(home / "settings"),
        "XDG_CACHE_HOME": str(home / "cache"),
        "PATH": f"{tools}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
        "CLOUDCRATE_CONFIG": str(home / "config.toml"),
        "CLOUDCRATE_LIBRARY": str(home / "files"),
        "CLOUDCRATE_STATE": str(home / "state"),
        "CLOUDCRATE_MEDIA_PER_10_MINUTES": str(PLENTY),
    }
    del found["NOTION_TOKEN"]  # the catalog is a local one
    return found


def measure(sandbox: Sandbox, name: str, command: Sequence[str], *, timeout: float = 3600) -> Cost:
    """Runs a command in an empty home, and says what it cost."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        env = environment(sandbox, home)
        files = home / "files"
        files.mkdir()
        since, began, before = sandbox.mark(), time.perf_counter(), (_cpu(sandbox.pid), _machine())
        log = home / "output.txt"
        with log.open("wb") as out:
            process = subprocess.Popen(command, env=env, cwd=files, stdin=subprocess.DEVNULL, stdout=out, stderr=out)
            watch = Watch(process.pid, int(sandbox.proxy_url.rpartition(":")[2]))
            watch.start()
            alarm = threading.Timer(timeout, process.kill)
            alarm.start()
            _, status, used = os.wait4(process.pid, 0)
            seconds, ended = time.perf_counter() - began, time.time()
            process.returncode = os.waitstatus_to_exitcode(status)
        alarm.cancel()
        watch.end()
        silent = "--no-download" not in command and not any(path.suffix in AUDIO for path in files.rglob("*"))
        if process.returncode or silent:
            said = log.read_text(errors="replace")[-2000:]
            print(f"{name} ended with {process.returncode}:\n{said}", file=sys.stderr)
        worked = (_cpu(sandbox.pid) - before[0], _machine() - before[1])
        return _cost(name, sandbox.journal(since), files, watch, process.returncode, seconds, ended, used, worked)


def _cost(
    name: str,
    entries: Sequence[Mapping[str, Any]],  # Any: JSON
    files: Path,
    watch: Watch,
    code: int,
    seconds: float,
    ended: float,
    used: Any,  # Any: the type has no name in older Pythons
    worked: tuple[float, float],
) -> Cost:
    kinds: dict[str, int] = {}
    for entry in entries:
        kinds[kind_of(entry)] = kinds.get(kind_of(entry), 0) + 1
    audio = [entry for entry in entries if is_media(str(entry["host"]))]
    links = [float(entry["time"]) for entry in entries if kind_of(entry) == "signed links"]
    return Cost(
        name=name,
        code=code,
        seconds=seconds,
        cpu=used.ru_utime + used.ru_stime,
        own_cpu=watch.own_cpu,
        memory=watch.memory,
        children=watch.children,
        connections=watch.connections,
        kinds=kinds,
        audio_bytes=sum(int(entry["bytes"]) for entry in audio if kind_of(entry) == "audio"),
        files=sum(path.suffix in AUDIO and path.stat().st_size > 0 for path in files.rglob("*")),
        sandbox_cpu=worked[0],
        strange_cpu=max(0.0, worked[1] - worked[0] - used.ru_utime - used.ru_stime),
        phase=ended - min(links, default=ended),
    )


def lines_of(options: argparse.Namespace) -> dict[str, Any]:  # Any: JSON
    """The line to the hosts, as the sandbox is told."""
    rtt = options.rtt / 1000
    return {"latency": {"*": rtt}, "connect": {"*": 2 * rtt}, "bandwidth": {"*": options.rate}}


def commands(options: argparse.Namespace) -> dict[str, list[str]]:
    """The commands that are compared, by name."""
    found = {
        "cloudcrate": [sys.executable, "-m", "cloudcrate", "sync", URL, "--jobs", str(CONNECTIONS)],
        "yt-dlp": [sys.executable, "-m", "yt_dlp", *TRUSTING, URL],
    }
    if options.scdl:
        found["scdl"] = [*shlex.split(options.scdl), "-l", URL, "--yt-dlp-args", " ".join(TRUSTING)]
    return {name: command for name, command in found.items() if not options.only or name in options.only}


def speed(options: argparse.Namespace) -> Figures:
    """Downloads one playlist with every program."""
    tracks = {"user": "ada", "slug": "mix", "title": "Mix", "count": options.tracks, "seconds": [options.seconds] * 2}
    world = {"soundcloud": {"playlists": [tracks], "media_per_10_minutes": PLENTY}, **lines_of(options)}
    costs: dict[str, Cost] = {}
    with running_sandbox(world) as sandbox:
        warm_up(sandbox)
        for name, command in commands(options).items():
            costs[name] = measure(sandbox, name, command)
            print("\n".join(costs[name].lines()), flush=True)
    return compared(costs, options.tracks, options.rate)


def warm_up(sandbox: Sandbox) -> None:
    """Lets the sandbox make its sounds and pictures, which it does once."""
    command = [sys.executable, "-m", "cloudcrate", "sync", URL, "--max-tracks", "1"]
    if measure(sandbox, "warming up", command).code:
        raise SystemExit("the sandbox cannot be used")


def compared(costs: Mapping[str, Cost], tracks: int, rate: int) -> Figures:
    """The ratios, and whether they are good enough."""
    figures = Figures()
    ours = costs.get("cloudcrate")
    for cost in costs.values():
        figures.check(f"{cost.name}: exit code", cost.code, 0)
        figures.check(f"{cost.name}: files", cost.files, tracks, least=True)
    if ours is None:
        return figures
    ideal = ours.audio_bytes / (CONNECTIONS * rate)
    print(f"ideal: {ours.audio_bytes:,} bytes / ({CONNECTIONS} x {rate:,} bytes/s) = {ideal:.2f} s")
    figures.check("cloudcrate: the whole command, times the ideal", ours.seconds / ideal, MOST_OF_IDEAL)
    print(f"  {'cloudcrate: from the first stream on, times the ideal':<58}{ours.phase / ideal:>8.2f}")
    figures.check("cloudcrate: memory, MB", ours.memory / 1e6, MOST_MEMORY / 1e6)
    for cost in costs.values():
        if cost is not ours:
            figures.check(
                f"{cost.name}: times as long as cloudcrate", cost.seconds / ours.seconds, LEAST_FASTER, least=True
            )
    return figures


def memory(options: argparse.Namespace) -> Figures:
    """Syncs a user's likes, 10,000 by default, without files and with them; on a line without delays."""
    ids = [{"id": 3_000_000_000 + n, "seconds": options.seconds} for n in range(options.tracks)]
    likes = [track["id"] for track in ids]
    users = [{"permalink": "ada", "username": "Ada", "likes": likes}]
    figures = Figures()
    with running_sandbox({"soundcloud": {"users": users, "tracks": ids, "media_per_10_minutes": PLENTY}}) as sandbox:
        command = [sys.executable, "-m", "cloudcrate", "sync", LIKES, "--jobs", str(CONNECTIONS)]
        for name, more in (("rows only", ["--no-download"]), ("rows and files", [])):
            if options.only and name not in options.only:
                continue
            cost = measure(sandbox, name, [*command, *more])
            print("\n".join(cost.lines()), flush=True)
            figures.check(f"{name}: exit code", cost.code, 0)
            figures.check(f"{name}: memory, MB", cost.memory / 1e6, MOST_MEMORY / 1e6)
            figures.check(f"{name}: files", cost.files, 0 if more else options.tracks, least=True)
    return figures


def main() -> int:
    """Runs a measurement. Gives the exit code."""
    parser = argparse.ArgumentParser(description="Measures downloads.")
    parser.add_argument("--memory", action="store_true", help="10,000 tracks instead, for the memory")
    parser.add_argument("--tracks", type=int, help="how many (50; with --memory 10,000)")
    parser.add_argument("--seconds", type=float, help="how long each one plays (60; with --memory 2)")
    parser.add_argument("--rtt", type=float, default=50.0, help="milliseconds of a round trip (50)")
    parser.add_argument("--rate", type=int, default=RATE, help=f"bytes per second on one connection ({RATE})")
    parser.add_argument("--scdl", default=shutil.which("scdl"), help="the scdl command (default: the one on the PATH)")
    parser.add_argument("--only", nargs="+", metavar="NAME", help="only these of the commands")
    options = parser.parse_args()
    options.tracks = options.tracks or (10_000 if options.memory else 50)
    options.seconds = options.seconds or (2.0 if options.memory else 60.0)
    if not options.scdl and not options.memory:
        print("scdl is not there (--scdl PATH): it is left out")
    run: Callable[[argparse.Namespace], Figures] = memory if options.memory else speed
    figures = run(options)
    print(f"missed: {', '.join(figures.missed)}" if figures.missed else "every figure is met")
    return 1 if figures.missed else 0


if __name__ == "__main__":
    sys.exit(main())
