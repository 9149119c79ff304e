"""Whose staging files are whose: who writes them holds a lock on a file of its own as long as it lives.

A process's number is no proof of life: another one may have it by now, in containers the first one always has 1,
and a killed one that its parent has not asked for still answers to it. The kernel lets go of a lock with the
process, whatever its end, and knows of it across the containers of one machine.
"""

import os
import re
import secrets
import socket
import sys
import threading
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

if sys.platform != "win32":
    import fcntl

_MARK = re.compile(r"([^-]+)-(\d+)-([0-9a-f]{8})(?=[-.])", re.ASCII)
_UNPROVEN = re.compile(r"([^-]+)-(\d+)-", re.ASCII)
_BOOT = Path("/proc/sys/kernel/random/boot_id")
"""Linux: names the kernel that runs. Containers share it."""

_ours: set[str] = set()  # the marks of this process


class Presence:
    """One writer of staging files, and what it knows of the others. Its locks lie in ``folder``."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._once = threading.Lock()
        self._lets_go: Callable[[], object] | None = None
        self._declared = False
        self.mark = f"{_host()}-{os.getpid()}-{secrets.token_hex(4)}"
        """What the names of this writer's files begin with."""

    def declare(self) -> None:
        """Takes the lock, once, before the first file is written. Where files cannot be locked there is none.

        Raises: OSError.
        """
        with self._once:
            if not self._declared:
                path = self.folder / f"{self.mark}.lock"
                _ours.add(self.mark)
                while not self._declared:
                    self._declared = self._take(path)

    def close(self) -> None:
        """Lets go of the lock: what is left in staging is nobody's. To declare it again takes it again."""
        with self._once:
            self._declared = False
            if self._lets_go is not None:
                self._lets_go()

    def _take(self, path: Path) -> bool:
        """Says whether that is settled; not when somebody took the new file for a dead one's and removed it."""
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            if _locked(descriptor, wait=True) is None:
                path.unlink(missing_ok=True)
                os.close(descriptor)
                self._lets_go = weakref.finalize(self, _ours.discard, self.mark)
                return True
            if not _is_at(descriptor, path):
                os.close(descriptor)
                return False
            os.write(descriptor, _kernel())
        except BaseException:
            path.unlink(missing_ok=True)
            os.close(descriptor)
            raise
        self._lets_go = weakref.finalize(self, _let_go, self.mark, descriptor, path)
        return True

    @contextmanager
    def deaths(self) -> Iterator[Callable[[Path], bool]]:
        """Inside, says of a staging file whether its writer is known to be dead. At the end the dead's locks go.

        Until then they are held, so that two who tidy at once do not both think a file theirs. Raises: OSError.
        """
        held: dict[str, int] = {}
        verdicts: dict[str, bool] = {self.mark: False}
        try:
            yield lambda path: self._is_dead(path.name, verdicts, held)
            for path in self.folder.glob("*.lock") if self.folder.is_dir() else ():
                self._is_dead(path.name, verdicts, held)
            for mark in held:
                (self.folder / f"{mark}.lock").unlink(missing_ok=True)
        finally:
            for descriptor in held.values():
                os.close(descriptor)

    def _is_dead(self, name: str, verdicts: dict[str, bool], held: dict[str, int]) -> bool:
        found = _MARK.match(name)
        if found is None:
            return _seems_dead(name)
        mark = found[0]
        if mark not in verdicts:
            verdicts[mark] = self._has_let_go(mark, held)
        return verdicts[mark]

    def _has_let_go(self, mark: str, held: dict[str, int]) -> bool:
        # Its file was seen before its lock is looked for, and the lock was there first: a living one's is found.
        path = self.folder / f"{mark}.lock"
        try:
            descriptor = os.open(path, os.O_RDWR | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
        except OSError:
            return _seems_dead(f"{mark}-")
        free = _locked(descriptor, wait=False)
        if free and _is_at(descriptor, path) and _is_here(descriptor, mark):
            held[mark] = descriptor
            return True
        os.close(descriptor)
        return free is None and _seems_dead(f"{mark}-")


def _locked(descriptor: int, *, wait: bool) -> bool | None:
    """Locks a file; False when another holds it, None where files cannot be locked. Raises: nothing."""
    if sys.platform == "win32":
        return None  # a file that is locked there cannot be removed, nor its folder
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
    except BlockingIOError:
        return False
    except OSError:
        return None
    return True


def _is_at(descriptor: int, path: Path) -> bool:
    with suppress(FileNotFoundError):
        return os.path.samestat(os.fstat(descriptor), path.lstat())
    return False


def _is_here(descriptor: int, mark: str) -> bool:
    """Says whether a lock is one of this machine's: another's may look free where it is not (network drives)."""
    kernel = _kernel()
    return mark.partition("-")[0] == _host() or (kernel != b"" and os.pread(descriptor, 100, 0) == kernel)


def _let_go(mark: str, descriptor: int, path: Path) -> None:
    _ours.discard(mark)
    with suppress(OSError):
        path.unlink(missing_ok=True)
    os.close(descriptor)


def _seems_dead(name: str) -> bool:
    """Judges by the process's number: of files for which there is no lock, or on a disk that has none."""
    found = _UNPROVEN.match(name)
    if found is None or found[1] != _host():
        return False
    if int(found[2]) == os.getpid():
        return not any(name.startswith(f"{mark}-") for mark in _ours)  # its number was another's before
    try:
        os.kill(int(found[2]), 0)
    except ProcessLookupError:
        return True
    except (OSError, OverflowError):
        return False
    return False


def _kernel() -> bytes:
    try:
        return _BOOT.read_bytes().strip()
    except OSError:
        return b""


def _host() -> str:
    return "".join(c for c in socket.gethostname() if c.isalnum()) or "host"
