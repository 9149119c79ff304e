"""One run at a time on one state: a file lock that the operating system releases with the process."""

import json
import os
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from cloudcrate.errors import BusyError, DiskError, StoppedError

POLL = 0.25
"""Seconds between two tries while waiting."""


@contextmanager
def hold(path: Path, *, wait: bool, say: Callable[[str], None], stop: threading.Event) -> Iterator[None]:
    """Holds the lock while the block runs.

    While another process holds it, waits and says once for whom; the lock of a dead process is none.
    Raises: BusyError when it may not wait, StoppedError, DiskError.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise DiskError(f"The lock {path} cannot be made: {error.strerror}.", hint="Choose another --state.") from error
    try:
        _wait_for(descriptor, path, wait=wait, say=say, stop=stop)
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, json.dumps(_myself()).encode(), 0)
        yield
    finally:
        os.close(descriptor)  # which releases the lock


def _wait_for(descriptor: int, path: Path, *, wait: bool, say: Callable[[str], None], stop: threading.Event) -> None:
    said = False
    while not _taken(descriptor):
        holder = _holder(descriptor)
        if not wait:
            raise BusyError(f"Another run holds {path.parent}: {holder}.", hint="Wait for it, or leave --no-wait out.")
        if not said:
            say(f"waiting for another run: {holder}")
            said = True
        if stop.wait(POLL):
            raise StoppedError("Stopped while waiting for another run.")


def _taken(descriptor: int) -> bool:
    """Takes the lock if it is free."""
    try:
        if sys.platform == "win32":
            import msvcrt  # noqa: PLC0415  # only there

            os.lseek(descriptor, 4096, os.SEEK_SET)  # behind the text, which stays readable for those who wait
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl  # noqa: PLC0415  # not there

            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _myself() -> dict[str, object]:
    started = datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    return {"pid": os.getpid(), "host": socket.gethostname(), "started": started}


def _holder(descriptor: int) -> str:
    try:
        facts = json.loads(os.pread(descriptor, 4096, 0))
        return f"process {facts['pid']} on {facts['host']}, since {facts['started']}"
    except (OSError, ValueError, KeyError, TypeError):
        return "one that has just begun"
