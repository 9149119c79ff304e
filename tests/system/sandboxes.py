"""Sandboxes that start at once: the real one, in a process forked from one that has imported it already.

Most of the processor time of starting a sandbox goes into imports, and the tests start very many. What is about
starting itself uses ``cloudcrate.sandbox.process``.
"""

import atexit
import json
import os
import select
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any  # Any: scenarios are JSON

from cloudcrate.sandbox import process
from cloudcrate.sandbox.process import Sandbox

START = 60.0
"""Seconds until a sandbox must be ready."""

END = 10.0
"""Seconds that it gets to end by itself."""

SERVER = """
import json, os, socket, sys
import cloudcrate.sandbox.__main__

def asked(wanted):
    while True:
        told, pipes, _, _ = socket.recv_fds(wanted, 65536, 2)
        while _reaped():
            pass
        if not told:
            return None
        child = os.fork()
        if not child:
            for number, pipe in enumerate(pipes):
                os.dup2(pipe, number)
        for pipe in pipes:
            os.close(pipe)
        if not child:
            wanted.close()
            return json.loads(told)
        wanted.sendall(b"%d\\n" % child)

def _reaped():
    try:
        return os.waitpid(-1, os.WNOHANG)[0]
    except ChildProcessError:
        return 0

words = asked(socket.socket(fileno=int(sys.argv[1])))
if words is not None:
    sys.stdin, sys.stdout = open(0, encoding="utf-8"), open(1, "w", encoding="utf-8")
    sys.argv = ["cloudcrate.sandbox", *words]
    sys.exit(cloudcrate.sandbox.__main__.main())
"""


class _Nursery:
    """A process that has imported the sandbox and forks one whenever it is asked.

    It stays in the session of the tests: Linux shares processors out between sessions, and with a share of its own a
    sandbox would be faster than its clients. How long a lost create may take is then no more what the tests set.
    """

    def __init__(self) -> None:
        self._wanted, theirs = socket.socketpair()
        self._lock = threading.Lock()
        with theirs:
            server = subprocess.Popen(
                [sys.executable, "-c", SERVER, str(theirs.fileno())],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
            )
        atexit.register(server.kill)

    def start(self, words: Sequence[str], stdin: int, stdout: int) -> int:
        """Starts a sandbox on these pipes; its process."""
        with self._lock:
            socket.send_fds(self._wanted, [json.dumps(list(words)).encode()], [stdin, stdout])
            return int(self._wanted.recv(64))


_nursery: list[_Nursery] = []
_making = threading.Lock()


@contextmanager
def running_sandbox(
    scenario: Mapping[str, Any] | None = None,  # Any: as above
    *,
    log: Path | None = None,
    ca: Path | None = None,
) -> Iterator[Sandbox]:
    """See ``cloudcrate.sandbox.process.running_sandbox``."""
    if not hasattr(os, "fork"):
        with process.running_sandbox(scenario, log=log, ca=ca) as sandbox:
            yield sandbox
        return
    with _making:
        if not _nursery:
            _nursery.append(_Nursery())
    words = ["--until-eof", "--scenario", "-"]
    words += ["--log", str(log)] if log else []
    words += ["--ca", str(ca)] if ca else []
    (stdin, typed), (printed, stdout) = os.pipe(), os.pipe()
    pid = _nursery[0].start(words, stdin, stdout)
    os.close(stdin)
    os.close(stdout)
    with open(printed, encoding="utf-8") as ready, open(typed, "w", encoding="utf-8") as told:
        try:
            with suppress(BrokenPipeError):  # it ended early: the missing ready line says so
                told.write(json.dumps(scenario or {}) + "\n")
                told.flush()
            line = ready.readline() if select.select([ready], [], [], START)[0] else ""
            if not line:
                raise RuntimeError("the sandbox did not start; see its standard error")
            yield Sandbox(json.loads(line), pid)
        finally:
            with suppress(BrokenPipeError):  # it is gone already
                told.close()
            if not select.select([ready], [], [], END)[0]:  # it prints nothing more: what comes is its end
                os.kill(pid, signal.SIGKILL)
