"""Runs several commands one after the other in one interpreter: most of what a short command costs is its start."""

import json
import subprocess
import sys
from collections.abc import Sequence

from running import Machine, Ran

DRIVER = """
import contextlib, io, json, sys
from cloudcrate.__main__ import main

ended = []
for words in json.load(sys.stdin):
    sys.argv = ["cloudcrate", *words]
    out, err, code = io.StringIO(), io.StringIO(), 0
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            main()
        except SystemExit as end:
            code = end.code or 0
    ended.append({"code": code, "out": out.getvalue(), "err": err.getvalue()})
json.dump(ended, sys.stdout)
"""


def several(machine: Machine, commands: Sequence[Sequence[str]], timeout: float = 200) -> list[Ran]:
    """How each command ended. They see the same environment, and no terminal."""
    done = subprocess.run(
        [sys.executable, "-c", DRIVER],
        env=machine.environment(),
        cwd=machine.home,
        input=json.dumps([list(words) for words in commands]),
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return [Ran(**ended) for ended in json.loads(done.stdout)]
