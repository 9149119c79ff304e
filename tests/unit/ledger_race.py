"""One of several processes on one ledger: ``ledger_race.py FILE-OR-ADDRESS OWNER TRACKS``.

Waits for a line on its input, then claims every track it can get, records a file for it with a token that
must still be the newest, spends of a shared budget, and prints what it owns and how much it spent.
"""

import json
import subprocess
import sys
import threading
from dataclasses import dataclass
from pathlib import Path

from cloudcrate.adapters.clock import SystemClock
from cloudcrate.adapters.sql.ledger import open_ledger
from cloudcrate.adapters.sql.postgres import open_shared_ledger
from cloudcrate.core.model import StoredFile, TrackId
from cloudcrate.ports.ledger import Ledger, Scope

SCOPE = Scope(catalog="notion:1", library="/music")
LIMIT = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What one process says that it did."""

    owner: str
    owned: list[int]
    spent: int


def race(where: Path | str, *, workers: int, tracks: int) -> list[Answer]:
    """Lets processes race for tracks and a budget, all from the same moment on."""
    owners = [f"owner-{number}" for number in range(workers)]
    started = [
        subprocess.Popen(
            [sys.executable, __file__, str(where), owner, str(tracks)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for owner in owners
    ]
    for worker in started:
        assert worker.stdout is not None
        assert worker.stdout.readline() == "ready\n"
    for worker in started:
        assert worker.stdin is not None
        worker.stdin.write("go\n")
        worker.stdin.flush()
    answers = [json.loads(worker.communicate(timeout=60)[0]) for worker in started]
    assert [worker.returncode for worker in started] == [0] * workers
    return [Answer(owner=owner, **answer) for owner, answer in zip(owners, answers, strict=True)]


def opened(where: str) -> Ledger:
    """The ledger in a file, or at an address that begins with ``host=``."""
    if where.startswith("host="):
        return open_shared_ledger(where, SystemClock(threading.Event()))[0]
    return open_ledger(Path(where))


def main(where: str, owner: str, tracks: int) -> None:
    """Plays one worker."""
    print("ready", flush=True)
    sys.stdin.readline()
    ledger = opened(where)
    owned, spent = [], 0
    for number in range(tracks):
        claim = ledger.claim(SCOPE, TrackId(number), owner, lease=600.0, now=0.0)
        if claim is not None:
            file = StoredFile(
                path=f"{owner}/{number}", size=1, sha256="", format="mp3", bitrate=1, seconds=float(number)
            )
            ledger.record_file(claim, file)
            owned.append(number)
        spent += ledger.take("notion", limit=LIMIT, window=60.0, now=number / tracks) == 0.0
    ledger.close()
    print(json.dumps({"owned": owned, "spent": spent}))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
