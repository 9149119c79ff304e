"""Every Ledger there is, and short words to write into one."""

from collections.abc import Callable
from pathlib import Path

import pgserver
from memory import MemoryLedger, SimulatedClock

from cloudcrate.adapters.sql.ledger import SqlLedger, open_ledger
from cloudcrate.adapters.sql.postgres import open_database
from cloudcrate.core.model import Cells, Field, Intent, StoredFile, TrackId
from cloudcrate.ports.ledger import Claim, Ledger, Scope

SCOPE = Scope(catalog="notion:1", library="/music")
WRITTEN: Cells = {Field.TITLE: "Song 7", Field.BPM: 128.5, Field.DOWNLOADED: True, Field.PLAYLISTS: ("Night Bus", "B")}
FILE = StoredFile(path="Ada/Ada - Song 7.mp3", size=7, sha256="ab" * 32, format="mp3", bitrate=128000, seconds=215.04)
INTENT = Intent(track_id=TrackId(7), sent_at=1000.25, digest="0123456789abcdef")


def _shared(clock: SimulatedClock) -> Ledger:
    return SqlLedger(open_database(pgserver.emptied(), clock), clock.now)


LEDGERS: dict[str, Callable[[Path, SimulatedClock], Ledger]] = {
    "sqlite": lambda folder, clock: open_ledger(folder / "state" / "ledger.db", clock),
    "postgresql": lambda _, clock: _shared(clock),
    "memory": lambda _, clock: MemoryLedger(clock),
}


def claimed(ledger: Ledger, number: int = 7, *, owner: str = "ada", scope: Scope = SCOPE, now: float = 0.0) -> Claim:
    """A claim that must succeed; its lease is 60 s."""
    claim = ledger.claim(scope, TrackId(number), owner, lease=60.0, now=now)
    assert claim is not None
    return claim
