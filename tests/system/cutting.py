"""Power loss: runs a command on a disk that forgets, cuts the power, looks at what lasted, and runs it once more."""

import hashlib
import json
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from killing import SETTLE, Range, Victim, torn, unfinished
from running import URL, Machine

from cloudcrate.adapters.sql.database import Row
from cloudcrate.adapters.sql.salvage import CATALOG_BOOK, LEDGER_BOOK, Book, copy, read

MISSING = "FUSE is missing here"
DISK = Path(__file__).with_name("forgetful.py")
PATIENCE = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """A cut at the ``nth`` changing call, or, for 0, when the command has ended.

    With ``seed`` some of what was not synced lasts; without, nothing of it. ``deaf`` (files, folders) are not synced
    though the disk says so, as far as their paths begin with ``below``.
    """

    nth: int
    seed: int | None = None
    deaf: str = ""
    below: str = "/"

    @property
    def words(self) -> list[str]:
        """The disk's arguments."""
        seed = [] if self.seed is None else ["--seed", str(self.seed)]
        return ["--cut", str(self.nth), *seed, *(["--deaf", self.deaf, "--below", self.below] if self.deaf else [])]


@dataclass(frozen=True, slots=True, kw_only=True)
class Aftermath:
    """What a cut left. ``call`` is the one that came too late; None: the command ended before.

    ``acknowledged`` counts rows that said "downloaded", ``recorded`` the files that the ledger said were there.
    """

    cut: Cut
    call: str | None
    acknowledged: int = 0
    recorded: int = 0
    lost: tuple[str, ...] = ()  # acknowledged, and not in the ledger
    hollow: tuple[str, ...] = ()  # in the ledger, and the file is missing, empty or torn
    corrupt: tuple[str, ...] = ()  # what is wrong with a database
    wrong: tuple[str, ...] = ()  # torn before the second run; anything else after it
    leftovers: tuple[str, ...] = ()  # files of ours that nobody needs, under no final name

    @property
    def harm(self) -> list[str]:
        """Everything that was promised not to happen."""
        return [*self.lost, *self.hollow, *self.corrupt, *self.wrong]


def usable(folder: Path) -> bool:
    """Says whether such a disk can be mounted here."""
    backing, mount = folder / "backing", folder / "mount"
    try:
        import mfusepy  # type: ignore[import-untyped]  # noqa: F401, PLC0415  # no types; libfuse may be missing

        for path in (backing, mount):
            path.mkdir(parents=True, exist_ok=True)
        with mounted(backing, mount, Cut(nth=0)):
            return is_mounted(mount)
    except (ImportError, OSError):
        return False


@contextmanager
def mounted(backing: Path, mount: Path, cut: Cut, *more: str) -> Iterator["subprocess.Popen[str]"]:
    """The disk, mounted. At the end nothing is mounted any more, and ``backing`` has what lasted. Raises: OSError."""
    words = [sys.executable, str(DISK), str(backing), str(mount), *cut.words, *more]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as disk:
        try:
            if _said(disk) != "ready":
                raise OSError(f"{mount} cannot be mounted")
            yield disk
        finally:
            _unmount(mount)
            with suppress(subprocess.TimeoutExpired):
                disk.wait(PATIENCE)
            disk.kill()
    if is_mounted(mount) or disk.returncode:
        raise OSError(f"the disk ended with {disk.returncode}; mounted: {is_mounted(mount)}")


def is_mounted(mount: Path) -> bool:
    """Says whether a disk is mounted there; one whose power is off answers nothing itself."""
    return any(line.split()[1] == str(mount) for line in Path("/proc/self/mounts").read_text().splitlines())


def cut_power(place: Range, cut: Cut, log: Path | None = None) -> Aftermath:
    """Cuts the power in a run and finishes it by another on what lasted."""
    home = place.folder / f"home-{random.getrandbits(40):x}"
    kept, disk = home / "kept", home / "disk"
    for path in (kept, disk):
        path.mkdir(parents=True)
    database = place.sandbox.add_database() if place.notion else {}
    try:
        with mounted(kept, disk, cut, *(["--log", str(log)] if log else [])) as fuse:
            call = _ran(place, home, database, fuse)
        disk.rmdir()
        kept.rename(disk)  # the paths that the ledger remembers are those of the disk
        machine = Machine(sandbox=place.sandbox, home=disk, notion=place.notion)
        victim = Victim(machine=machine, database=database, command=place.command)
        return _looked_at(place, victim, cut, call)
    finally:
        shutil.rmtree(home, ignore_errors=True)


def _ran(place: Range, home: Path, database: Mapping[str, str], disk: "subprocess.Popen[str]") -> str | None:
    """Runs the command, and kills it at the cut, before the call that comes too late returns; that call."""
    more = {
        "CLOUDCRATE_JOBS": "1",
        "CLOUDCRATE_SETTLE_SECONDS": SETTLE,
        "CLOUDCRATE_LIBRARY": str(home / "disk" / "library"),
        "CLOUDCRATE_STATE": str(home / "disk" / "state"),
    }
    if place.notion:
        more["TRACKS_DB_ID"] = database["database_id"]
    machine, calls = Machine(sandbox=place.sandbox, home=home, notion=place.notion), list[str]()
    with (home / "errors").open("w") as errors:
        process = subprocess.Popen(
            [*place.command, "sync", URL],
            env=machine.environment(more),
            cwd=home,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=errors,
            start_new_session=True,
        )

    def strike() -> None:
        if said := _said(disk):
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            calls.append(said.removeprefix("cut "))
            print(file=_pipe(disk.stdin), flush=True)

    watcher = threading.Thread(target=strike)
    watcher.start()
    try:
        code = process.wait(PATIENCE)
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        _unmount(home / "disk")  # so that the disk ends, if it has not cut, and the watcher with it
        watcher.join(PATIENCE)
    if not calls and code:
        raise OSError(f"the command ended with {code}: {(home / 'errors').read_text()[-500:]}")
    return calls[0] if calls else None


def _looked_at(place: Range, victim: Victim, cut: Cut, call: str | None) -> Aftermath:
    state, corrupt = victim.home / "state", list[str]()
    recorded = _recorded(state / "ledger.db", LEDGER_BOOK, corrupt, "files")
    files = {int(row[1]): json.loads(row[2]) for row in recorded}
    acknowledged = _acknowledged(victim, corrupt)
    lost = [f"lost: {track} was downloaded" for track in sorted(acknowledged - files.keys())]
    hollow = [f"hollow: {f['path']}" for f in files.values() if not _whole(victim.machine.library / f["path"], f)]
    wrong, mark = torn(victim, place), place.sandbox.mark()
    wrong += unfinished(victim, place)
    found = place.sandbox.counts(mark)
    if call is None and (found["notion_writes"] or found["media_bytes"]):
        lost.append(f"lost: done again: {found['notion_writes']} writes, {found['media_bytes']} bytes")
    leftovers = [one for one in wrong if one.startswith(("left over: state/", "left over: .cloudcrate/"))]
    return Aftermath(
        cut=cut,
        call=call,
        acknowledged=len(acknowledged),
        recorded=len(files),
        lost=tuple(lost),
        hollow=tuple(hollow),
        corrupt=tuple(corrupt),
        wrong=tuple(one for one in wrong if one not in leftovers),
        leftovers=tuple(leftovers),
    )


def _recorded(path: Path, book: Book, corrupt: list[str], table: str) -> list[Row]:
    """A table of a database that nobody writes to; what is wrong with it comes to ``corrupt``."""
    if not path.exists() or (path.stat().st_size == 0 and not path.with_name(f"{path.name}-wal").exists()):
        return []
    look = path.parent.parent / f"look-{path.name}"
    copy(path, look)
    try:
        with closing(sqlite3.connect(look)) as connection:
            said = connection.execute("PRAGMA integrity_check").fetchone()[0]
            there = connection.execute("SELECT name FROM sqlite_master WHERE name = ?", [table]).fetchall()
        found = read(look, book) if there else None
    except sqlite3.Error as error:
        corrupt.append(f"corrupt: {path.name}: {error}")
        return []
    finally:
        for side in ("", "-wal", "-shm"):
            look.with_name(look.name + side).unlink(missing_ok=True)
    if said != "ok":
        corrupt.append(f"corrupt: {path.name}: {said}")
    if found is not None and not found.sound:
        corrupt.append(f"corrupt: {path.name}: {found.flaw or 'a row does not fit its checksum'}")
    return list(found.tables[table].sound.values()) if found is not None else []


def _acknowledged(victim: Victim, corrupt: list[str]) -> set[int]:
    """The tracks whose rows say that they are downloaded."""
    if victim.machine.notion:
        rows = victim.machine.sandbox.rows(victim.database["data_source_id"])
        return {int(row["properties"]["SoundCloud ID"]) for row in rows if row["properties"]["Downloaded"]}
    cells = [
        json.loads(str(r[1])) for r in _recorded(victim.home / "state" / "catalog.db", CATALOG_BOOK, corrupt, "pages")
    ]
    return {int(cell["soundcloud_id"]) for cell in cells if cell.get("downloaded")}


def _whole(path: Path, file: Mapping[str, object]) -> bool:
    return path.is_file() and hashlib.sha256(path.read_bytes()).hexdigest() == file["sha256"]


def _unmount(mount: Path) -> None:
    """Takes the disk away; if somebody still has a file open there, from the names at least."""
    if is_mounted(mount):
        for words in (["fusermount3", "-u", str(mount)], ["fusermount3", "-u", "-z", str(mount)]):
            if subprocess.run(words, stderr=subprocess.DEVNULL, timeout=PATIENCE, check=False).returncode == 0:
                return


def _said(disk: "subprocess.Popen[str]") -> str:
    return _pipe(disk.stdout).readline().strip()


def _pipe(pipe: IO[str] | None) -> IO[str]:
    if pipe is None:
        raise OSError("the disk has no pipe")
    return pipe


def at_the_end(place: Range) -> tuple[Aftermath, int]:
    """A cut when the command has ended, and how many changing calls it made."""
    log = place.folder / f"calls-{random.getrandbits(40):x}"
    found = cut_power(place, Cut(nth=0), log)
    return found, len(log.read_text().splitlines())


def drawn(count: int, calls: int, seed: int) -> list[Cut]:
    """Cuts spread evenly over a run of so many changing calls; after every other one some of the rest lasts, too."""
    dice = random.Random(seed)
    step = calls / max(1, count)
    nths = [min(calls, 1 + int((n + dice.random()) * step)) for n in range(count)]
    return [Cut(nth=nth, seed=dice.getrandbits(32) if n % 2 else None) for n, nth in enumerate(nths)]
