"""One of several processes on one ledger: ``ledger_race.py FILE OWNER TRACKS``.

Waits for a line on its input, then claims every track it can get, records a file for it with a token that
must still be the newest, spends of a shared budget, and prints what it owns and how much it spent.
"""

import json
import sys
from pathlib import Path

from cloudcrate.adapters.sql.ledger import open_ledger
from cloudcrate.core.model import StoredFile, TrackId
from cloudcrate.ports.ledger import Scope

SCOPE = Scope(catalog="notion:1", library="/music")
LIMIT = 50


def main(path: Path, owner: str, tracks: int) -> None:
    """Plays one worker."""
    print("ready", flush=True)
    sys.stdin.readline()
    ledger = open_ledger(path)
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
    main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]))
