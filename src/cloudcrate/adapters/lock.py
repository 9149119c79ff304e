"""One run at a time on one state: a file lock that the operating system releases with the process."""

import errno
import json
import os
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from cloudcrate.core.text import visible
from cloudcrate.durable import keep_name
from cloudcrate.errors import BusyError, DiskError, StoppedError

POLL = 0.25
"""Seconds between two tries while waiting."""

_LOCKED_BYTE = 4096
"""Windows locks bytes against reading, too: one behind the text, which stays readable for those who wait."""

_HELD = frozenset({errno.EWOULDBLOCK, errno.EAGAIN, errno.EACCES, errno.EDEADLK})


@contextmanager
def hold(path: Path, *, wait: bool, say: Callable[[str], None], stop: threading.Event) -> Iterator[None]:
    """Holds the lock while the block runs.

    While another process holds it, waits and says once for whom; the lock of a dead process is none.
    Raises: BusyError when it may not wait, StoppedError, DiskError.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        if not path.exists():
            keep_name(path.parent)  # it may be new, and all that is remembered will lie in it
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise _unusable(path, error) from error
    try:
        _wait_for(descriptor, path, wait=wait, say=say, stop=stop)
        _sign(descriptor, path)
        yield
    finally:
        os.close(descriptor)  # which releases the lock


def _wait_for(descriptor: int, path: Path, *, wait: bool, say: Callable[[str], None], stop: threading.Event) -> None:
    said = False
    while not _taken(descriptor, path):
        if not wait:
            hint = "Wait for it, or leave --no-wait out."
            raise BusyError(f"Another run holds {path.parent}: {_holder(descriptor)}.", hint=hint)
        if not said:
            say(f"waiting for another run: {_holder(descriptor)}")
            said = True
        if stop.wait(POLL):
            raise StoppedError("Stopped while waiting for another run.")


def _taken(descriptor: int, path: Path) -> bool:
    """Takes the lock if it is free. Raises: DiskError where files cannot be locked."""
    try:
        if sys.platform == "win32":
            import msvcrt  # noqa: PLC0415  # only there

            os.lseek(descriptor, _LOCKED_BYTE, os.SEEK_SET)
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl  # noqa: PLC0415  # not there

            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno in _HELD:
            return False
        raise _unusable(path, error) from error
    return True


def _sign(descriptor: int, path: Path) -> None:
    """Writes down who holds the lock. Of the command only its verb: a link may hold a secret."""
    command = " ".join(["cloudcrate", *(word for word in sys.argv[1:2] if word.isalpha())])
    facts = {
        "pid": os.getpid(),
        "host": socket.gethostname(),
        "command": command,
        "started": datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S UTC"),
    }
    try:
        os.ftruncate(descriptor, 0)
        os.lseek(descriptor, 0, os.SEEK_SET)
        os.write(descriptor, json.dumps(facts).encode())
    except OSError as error:
        raise _unusable(path, error) from error


def _holder(descriptor: int) -> str:
    try:
        os.lseek(descriptor, 0, os.SEEK_SET)
        facts = json.loads(os.read(descriptor, _LOCKED_BYTE))
        words = f"{facts['command']} (process {facts['pid']} on {facts['host']}, since {facts['started']})"
    except (OSError, ValueError, KeyError, TypeError):
        return "one that has just begun"
    return visible(words)


def _unusable(path: Path, error: OSError) -> DiskError:
    hint = "Choose another folder with --state, or make it writable."
    return DiskError(f"The lock {path} cannot be taken: {error.strerror}.", hint=hint)
