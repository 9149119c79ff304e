"""What the engine itself costs: processor time per track, and memory per operation, over services that cost nothing.

``python benchmarks/engine_growth.py [--tracks 2000] [--small 10000] [--large 50000]``: a run over a source, a
catalog and a library that answer at once and keep nothing, with the real ledger and the real engine: threads on
SQLite, and a command with one worker on PostgreSQL. Each run is a process of its own. Processor time is that of
all threads, of both processes on PostgreSQL; the server's is told apart. Memory is the highest resident size at
``--large`` tracks above that at ``--small``, by the operations that there are more; of the two processes on
PostgreSQL the one that happens to end the run takes more, so each line says which runs its process ended.
Ends with 1 when a figure is above its promise.
"""

import argparse
import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "contract"))

import pgserver  # the tests' own: a real PostgreSQL
from fake_store import MemoryStore

from cloudcrate.adapters.clock import SystemClock
from cloudcrate.adapters.engine_local import LocalEngine
from cloudcrate.adapters.sql.crew import ProcrastinateCrew, add_schema
from cloudcrate.adapters.sql.gate import DatabaseGate
from cloudcrate.adapters.sql.ledger import SqlLedger, open_ledger
from cloudcrate.adapters.sql.postgres import SCHEMA, open_database
from cloudcrate.adapters.sql.postgres_clock import DatabaseClock
from cloudcrate.adapters.sql.work import SqlWork
from cloudcrate.app.gather import Order, Tools
from cloudcrate.app.running import Ended
from cloudcrate.app.service import Service
from cloudcrate.app.sharing import Sharing
from cloudcrate.core.link import Link, LinkKind
from cloudcrate.core.model import (
    Availability,
    CatalogInfo,
    Cells,
    Field,
    Listing,
    Page,
    PageId,
    Playlist,
    PlaylistId,
    Protocol,
    StoredFile,
    Stream,
    Track,
    TrackId,
)
from cloudcrate.core.operations import Leave, Plan, TrackOperation, Unit
from cloudcrate.core.report import Outcome
from cloudcrate.ports.ledger import Ledger
from cloudcrate.ports.library import Recipe, StagedFile
from cloudcrate.ports.running import Spent
from cloudcrate.ports.world import Clock, Media

CPU_LOCAL, CPU_SHARED = 10.0, 25.0  # milliseconds per track
MEMORY = 2048  # bytes per operation
LANES = {"rows": 8, "files": 4}
LINK = Link(kind=LinkKind.SET, url="https://soundcloud.com/ada/sets/long")
STREAMS = (
    Stream(url="https://api-v2.soundcloud.com/x", preset="aac_160k", protocol=Protocol.HLS, mime="audio/mp4"),
    Stream(url="https://api-v2.soundcloud.com/y", preset="mp3_1_0", protocol=Protocol.PROGRESSIVE, mime="audio/mpeg"),
)


class FreeSource:
    """A playlist of so many tracks."""

    def __init__(self, count: int) -> None:
        self._count = count

    def read(self, link: Link, *, limit: int | None, known: Mapping[TrackId, Track]) -> Listing:
        """See ``ports.Source.read``."""
        ids = tuple(TrackId(10**9 + number) for number in range(self._count))
        playlist = Playlist(id=PlaylistId("1"), title="Long", owner="Ada", url=link.url, entries=ids)
        return Listing(playlist=playlist, tracks={track_id: _track(track_id) for track_id in ids})

    def media(self, track: Track, stream: Stream) -> Media:
        """See ``ports.Source.media``."""
        return Media(url="https://cf-media.sndcdn.com/x", stream=stream)


def _track(track_id: TrackId) -> Track:
    return Track(
        id=track_id,
        title=f"Track number {track_id}",
        artist=f"Artist {track_id % 997}",
        uploader="ada",
        url=f"https://soundcloud.com/ada/track-{track_id}",
        duration_ms=180_000 + track_id % 1000,
        availability=Availability.FULL,
        artwork_url=f"https://i1.sndcdn.com/artworks-{track_id}-large.jpg",
        genre="House",
        posted="2026-01-01",
        streams=STREAMS,
    )


class FreeCatalog:
    """Takes every row and keeps none."""

    def open(self) -> CatalogInfo:
        """See ``ports.Catalog.open``."""
        return CatalogInfo(id="free:catalog", name="Free", fields=frozenset(Field))

    def find(self, tracks: Sequence[Track], *, exact: bool = False) -> tuple[Page, ...]:
        """See ``ports.Catalog.find``."""
        return ()

    def get(self, pages: Mapping[PageId, Track]) -> dict[PageId, Page]:
        """See ``ports.Catalog.get``."""
        return {page_id: Page(id=page_id, cells={}) for page_id in pages}

    def every_row(self) -> tuple[Page, ...]:
        """See ``ports.Catalog.every_row``."""
        return ()

    def create(self, cells: Cells, track: Track, *, announce: Callable[[], None]) -> Page:
        """See ``ports.Catalog.create``."""
        announce()
        return Page(id=PageId(f"page-{track.id}"), cells=cells)

    def update(self, page_id: PageId, cells: Cells) -> Page:
        """See ``ports.Catalog.update``."""
        return Page(id=page_id, cells=cells)

    def trash(self, page_id: PageId) -> None:
        """See ``ports.Catalog.trash``."""


class FreeStore(MemoryStore):
    """Takes every file and keeps none."""

    def __init__(self, listener: "Counter") -> None:
        super().__init__()
        self._listener = listener

    def present(self, files: Mapping[TrackId, StoredFile]) -> dict[TrackId, StoredFile]:
        """See ``ports.Store.present``."""
        return dict(files)

    def lying_at(self, stem: str, track_id: TrackId) -> StoredFile | None:
        """See ``ports.Store.lying_at``."""
        return None

    def fetch(self, track: Track, stream: Stream, media: Callable[[], Media], recipe: Recipe) -> StagedFile:
        """See ``ports.Store.fetch``."""
        file = StoredFile(
            path="", size=3_000_000, sha256=f"{track.id:064x}", format="m4a", bitrate=160_000, seconds=track.seconds
        )
        return StagedFile(token=str(track.id), suffix=".m4a", file=file)

    def place(self, staged: StagedFile, stem: str) -> StoredFile:
        """See ``ports.Store.place``."""
        return replace(staged.file, path=f"{stem}{staged.suffix}", stem=stem)

    def write_playlist(self, path: str, title: str, entries: Sequence[tuple[StoredFile, Track | None]]) -> None:
        """See ``ports.PlaylistFiles.write_playlist``: whoever ends a run does it."""
        self._listener.ended = True


class Counter:
    """A listener that counts operations, and hears whether this process ends the run."""

    def __init__(self) -> None:
        self.operations = 0
        self.ended = False

    def phase(self, words: str) -> None:
        """See ``ports.Listener.phase``."""

    def began(self, plan: Plan) -> None:
        """See ``ports.Listener.began``."""
        operations = (operation for unit in plan.units for operation in unit.operations)
        self.operations = sum(not isinstance(operation, Leave) for operation in operations)

    def advanced(self, unit: Unit, operation: TrackOperation, outcome: Outcome) -> None:
        """See ``ports.Listener.advanced``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What a process has cost."""

    seconds: float
    cpu: float  # seconds, of all threads
    peak: int  # bytes
    operations: int
    ended: bool  # the run: this one made the report and remembered all that was done


def tools_of(count: int, ledger: Ledger, clock: Clock, listener: Counter, stop: threading.Event) -> Tools:
    """The tools of a run."""
    store = FreeStore(listener)
    return Tools(
        source=FreeSource(count),
        catalog=FreeCatalog(),
        playlist_pages=None,
        store=store,
        playlist_files=store,
        ledger=ledger,
        engine=LocalEngine(LANES, stop),
        clock=clock,
        listener=listener,
        meter=Spent,
        owner="local",
        exclusive=contextlib.nullcontext,
        settle=90.0,
    )


def complete(ended: Ended) -> None:
    """Checks that a run has done everything."""
    assert ended.error is None, ended.error
    assert not ended.report.failed


def local(count: int, folder: str, listener: Counter, stop: threading.Event) -> None:
    """A run with threads, on SQLite."""
    clock = SystemClock(stop)
    ledger = open_ledger(Path(folder) / "ledger.db", clock)
    ended = Service(tools_of(count, ledger, clock, listener, stop)).sync(Order(link=LINK))
    complete(ended)
    ledger.close()


@contextmanager
def shared(count: int, url: str, listener: Counter, stop: threading.Event) -> Iterator[tuple[Tools, Sharing]]:
    """What a process on PostgreSQL works with."""
    machine = SystemClock(stop)
    database = open_database(url, machine)
    clock = DatabaseClock(database.time, machine)
    tools = tools_of(count, SqlLedger(database, clock.now), clock, listener, stop)
    add_schema(database)
    work = SqlWork(database)
    crew = ProcrastinateCrew(url, SCHEMA, LANES, work.sweep, print)
    gate = DatabaseGate(database, clock, name=SCHEMA, wait=True, say=print)
    sharing = Sharing(tools, work, crew, gate, by="engine_growth", say=print)
    yield replace(tools, exclusive=sharing.alone), sharing
    database.close()


def command(count: int, url: str, listener: Counter, stop: threading.Event) -> None:
    """A run on PostgreSQL: the command, which works along."""
    with shared(count, url, listener, stop) as (tools, sharing):
        ended = Service(tools, sharing=sharing).sync(Order(link=LINK))
        complete(ended)


def worker(count: int, url: str, listener: Counter, stop: threading.Event) -> None:
    """A worker, until it is asked to end."""
    with shared(count, url, listener, stop) as (_, sharing):
        sharing.take_part()


KINDS: Mapping[str, Callable[[int, str, Counter, threading.Event], None]] = {
    "local": local,
    "command": command,
    "worker": worker,
}


def measured(kind: str, count: int, place: str) -> None:
    """Runs one kind in this process and prints what it cost."""
    stop, listener = threading.Event(), Counter()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    began, cpu = time.perf_counter(), time.process_time()
    KINDS[kind](count, place, listener, stop)
    seconds, spent = time.perf_counter() - began, time.process_time() - cpu
    print(json.dumps([seconds, spent, peak(), listener.operations, listener.ended]))


def peak() -> int:
    """The highest resident size so far, in bytes."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM:"))


def started(kind: str, count: int, place: str) -> "subprocess.Popen[str]":
    """Starts a process of one kind."""
    words = [sys.executable, __file__, "--kind", kind, "--tracks", str(count), "--place", place]
    return subprocess.Popen(words, stdout=subprocess.PIPE, text=True)


def ended(process: "subprocess.Popen[str]") -> Cost:
    """Waits for a process and reads what it cost."""
    out, _ = process.communicate(timeout=3600)
    assert process.returncode == 0, f"a process ended with {process.returncode}"
    seconds, cpu, highest, operations, closed = json.loads(out.splitlines()[-1])
    return Cost(seconds=seconds, cpu=cpu, peak=highest, operations=operations, ended=closed)


def run_local(count: int) -> Cost:
    """A run with threads, on SQLite."""
    with tempfile.TemporaryDirectory() as folder:
        return ended(started("local", count, folder))


def run_shared(count: int) -> tuple[Cost, Cost, float]:
    """A run on PostgreSQL: the command's cost, the worker's, and the server's processor time."""
    server = pgserver.server()
    server.execute("DROP DATABASE IF EXISTS growth WITH (FORCE)", "CREATE DATABASE growth")
    url = server.dsn("growth")
    before = server_cpu(server.folder)
    helper = started("worker", count, url)
    beginner = ended(started("command", count, url))
    helper.send_signal(signal.SIGTERM)
    helped = replace(ended(helper), operations=beginner.operations)
    return beginner, helped, server_cpu(server.folder) - before


def server_cpu(folder: Path) -> float:
    """Seconds of processor time of a PostgreSQL server, of the sessions that have ended, too."""
    main = int((folder / "data" / "postmaster.pid").read_text().split()[0])
    total = 0
    for path in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            facts = path.read_text().rpartition(")")[2].split()
            if int(facts[1]) == main:
                total += sum(map(int, facts[11:13]))
            elif path.parent.name == str(main):
                total += sum(map(int, facts[11:15]))
    return total / os.sysconf("SC_CLK_TCK")


def line(name: str, value: float, unit: str, promise: float | None = None) -> bool:
    """Prints one figure; says whether it is above its promise."""
    over = promise is not None and value > promise
    wanted = f"   (at most {promise:g}{'  TOO MUCH' if over else ''})" if promise is not None else ""
    print(f"{name:<58}{value:>9,.1f} {unit}{wanted}", flush=True)
    return over


def measure(given: argparse.Namespace) -> bool:
    """Measures everything; says whether a figure is above its promise."""
    over = []
    alone = run_local(given.tracks)
    over.append(line("CPU per track, threads on SQLite", 1000 * alone.cpu / given.tracks, "ms", CPU_LOCAL))
    first, second, server = run_shared(given.tracks)
    both = 1000 * (first.cpu + second.cpu) / given.tracks
    over.append(line("CPU per track, command and worker on PostgreSQL", both, "ms", CPU_SHARED))
    line("  of these the worker", 1000 * second.cpu / given.tracks, "ms")
    line("  beside them the server", 1000 * server / given.tracks, "ms")
    line("  tracks a second", given.tracks / first.seconds, "")
    if given.large <= given.small:
        return any(over)
    small, large = run_local(given.small), run_local(given.large)
    over.append(grown("threads on SQLite", small, large))
    smalls, larges = run_shared(given.small), run_shared(given.large)
    over.append(grown("the command on PostgreSQL", smalls[0], larges[0]))
    over.append(grown("the worker on PostgreSQL", smalls[1], larges[1]))
    line(f"tracks a second at {given.large:,} tracks on PostgreSQL", given.large / larges[0].seconds, "")
    cpu = larges[0].cpu + larges[1].cpu
    line(f"CPU per track at {given.large:,} tracks on PostgreSQL", 1000 * cpu / given.large, "ms", CPU_SHARED)
    line("  beside it the server", 1000 * larges[2] / given.large, "ms")
    return any(over)


def grown(name: str, small: Cost, large: Cost) -> bool:
    """Prints how much memory an operation takes."""
    sizes = {"smaller": small.ended, "larger": large.ended}
    runs = " and ".join(size for size, closed in sizes.items() if closed)
    line(f"highest resident size, {name}", large.peak / 1e6, f"MB   (ended the runs: {runs or 'none'})")
    each = (large.peak - small.peak) / (large.operations - small.operations)
    return line(f"memory per operation, {name}", each, "bytes", MEMORY)


def main() -> int:
    """Runs the measurement."""
    parser = argparse.ArgumentParser(description="What the engine itself costs.")
    parser.add_argument("--tracks", type=int, default=2000)
    parser.add_argument("--small", type=int, default=10_000)
    parser.add_argument("--large", type=int, default=50_000)
    parser.add_argument("--kind", choices=KINDS, help=argparse.SUPPRESS)
    parser.add_argument("--place", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.kind:
        measured(given.kind, given.tracks, given.place)
        return 0
    return 1 if measure(given) else 0


if __name__ == "__main__":
    sys.exit(main())
