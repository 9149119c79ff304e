"""Commands that start at once: the real ``main``, in a process forked from one that has imported it already.

Much of a short command's processor time goes into imports, and the tests run very many. What is
about starting (signals, kills, terminals, traces) starts the command itself: ``Machine.start``.
"""

import atexit
import json
import os
import select
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path

SERVER = """
import json, os, sys, time
import cloudcrate.__main__, cloudcrate.bootstrap, cloudcrate.cli.show, cloudcrate.cli.show_files
import cloudcrate.cli.progress, cloudcrate.core.intent

def asked():
    for line in sys.stdin:
        words = json.loads(line)
        child = os.fork()
        if not child:
            return words
        print(child, flush=True)
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)

found = asked()
if found is not None:
    os.chdir(found["cwd"])
    os.environ.clear()
    os.environ.update(found["env"])
    time.tzset()
    for number, name in enumerate((found["typed"], found["out"], found["err"])):
        opened = os.open(name, os.O_WRONLY if number else os.O_RDONLY)
        os.dup2(opened, number)
        os.close(opened)
    sys.argv = ["cloudcrate", *found["words"]]
    cloudcrate.__main__.main()
"""


class Ready:
    """A process that has imported the command. One command at a time."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-c", SERVER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True
        )
        atexit.register(self._process.kill)

    def run(
        self, words: Sequence[str], env: Mapping[str, str], cwd: Path, *, typed: str, timeout: float
    ) -> tuple[int, str, str]:
        """Exit code, stdout and stderr. Raises: TimeoutExpired; the command is killed then."""
        with tempfile.TemporaryDirectory() as folder:
            files = {name: Path(folder, name) for name in ("typed", "out", "err")}
            for path in files.values():
                path.write_text(typed if path.name == "typed" else "", "utf-8")
            out, err = files["out"], files["err"]
            told = {"words": list(words), "env": dict(env), "cwd": str(cwd)}
            told |= {name: str(path) for name, path in files.items()}
            assert self._process.stdin is not None
            self._process.stdin.write(json.dumps(told).encode() + b"\n")
            self._process.stdin.flush()
            child = self._number(None)
            try:
                code = self._number(timeout)
            except TimeoutError:
                os.kill(child, signal.SIGKILL)
                self._number(None)
                raise subprocess.TimeoutExpired(["cloudcrate", *words], timeout) from None
            return code, out.read_text("utf-8"), err.read_text("utf-8")

    def _number(self, timeout: float | None) -> int:
        assert self._process.stdout is not None
        if not select.select([self._process.stdout], [], [], timeout)[0]:
            raise TimeoutError
        return int(self._process.stdout.readline())


_idle: list[Ready] = []
_lock = threading.Lock()


def run(words: Sequence[str], env: Mapping[str, str], cwd: Path, *, typed: str, timeout: float) -> tuple[int, str, str]:
    """See ``Ready.run``; as many at once as there are threads that ask."""
    with _lock:
        ready = _idle.pop() if _idle else None
    ready = ready or Ready()
    try:
        return ready.run(words, env, cwd, typed=typed, timeout=timeout)
    finally:
        with _lock:
            _idle.append(ready)


def can_be_used(env: Mapping[str, str]) -> bool:
    """Says whether a command in this environment is the same in a fork: Python reads some variables when it starts."""
    ours = {name: value for name, value in os.environ.items() if name.startswith("PYTHON")}
    return hasattr(os, "fork") and ours == {name: value for name, value in env.items() if name.startswith("PYTHON")}
