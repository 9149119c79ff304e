"""One run at a time on one state: a file lock that the operating system releases with the process."""

import errno
import json
import os
import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any  # Any: JSON

from cloudcrate.core.text import visible
from cloudcrate.durable import keep_name
from cloudcrate.errors import BusyError, DiskError, RefusedError, StoppedError

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


def ask_to_stop(path: Path) -> str:
    """Asks the run that holds the lock to stop, as Ctrl-C does, and says which one; nothing when there is none.

    A process that does more than this run, and would end with it, is left alone. Raises: RefusedError, DiskError.
    """
    try:
        descriptor = os.open(path, os.O_RDWR)
    except FileNotFoundError:
        return ""
    except OSError as error:
        raise _unusable(path, error) from error
    try:
        if _taken(descriptor, path):
            return ""
        holder = _holder(descriptor)
        facts = _facts(descriptor)
        if facts.get("host") != socket.gethostname() or facts.get("command") not in ENDS_WITH_ITS_RUN:
            raise RefusedError(f"The run cannot be stopped from here: {holder}.", hint="Stop it where it was started.")
        os.kill(int(facts["pid"]), signal.SIGINT)  # it holds the lock: it lives, and the number is its
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise RefusedError(
            f"The run could not be asked to stop: {error}", hint="Press Ctrl-C where it runs."
        ) from error
    finally:
        os.close(descriptor)
    return holder


ENDS_WITH_ITS_RUN = frozenset(f"cloudcrate {verb}" for verb in ("sync", "ask", "apply", "retry", "verify", "import"))
"""Commands that are over when their run is."""


FORMATS = ("text", "json")
"""What ``--log-format`` may be told; it stands before the command's verb."""


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
    words = [word for word in sys.argv[1:] if not word.startswith("-") and word not in FORMATS]
    command = " ".join(["cloudcrate", *(word for word in words[:1] if word.isalpha())])
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


def _facts(descriptor: int) -> dict[str, Any]:  # Any: JSON
    """What the holder wrote down. Raises: OSError, ValueError."""
    os.lseek(descriptor, 0, os.SEEK_SET)
    facts = json.loads(os.read(descriptor, _LOCKED_BYTE))
    return facts if isinstance(facts, dict) else {}


def _holder(descriptor: int) -> str:
    try:
        facts = _facts(descriptor)
        words = f"{facts['command']} (process {facts['pid']} on {facts['host']}, since {facts['started']})"
    except (OSError, ValueError, KeyError, TypeError):
        return "one that has just begun"
    return visible(words)


def _unusable(path: Path, error: OSError) -> DiskError:
    hint = "Choose another folder with --state, or make it writable."
    return DiskError(f"The lock {path} cannot be taken: {error.strerror}.", hint=hint)
