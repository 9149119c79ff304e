"""The network door on real sockets: a server that drips its headers byte by byte holds nobody."""

import threading
from pathlib import Path

import pytest

from cloudcrate.adapters.clock import SystemClock
from cloudcrate.adapters.http import MEDIA_HOSTS, Door, Outgoing
from cloudcrate.adapters.sql.ledger import open_ledger
from cloudcrate.errors import UnavailableError
from cloudcrate.sandbox.process import running_sandbox

DRIP = {"host": "i1.*", "kind": "slow", "bytes_per_second": 4}
DEADLINE = 2.0


def test_headers_that_drip_end_with_the_deadline(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """At four bytes a second the headers alone take half a minute, and no single read times out."""
    with running_sandbox({"faults": [DRIP]}) as sandbox:
        for name, value in sandbox.env.items():
            monkeypatch.setenv(name, value)
        clock, ledger = SystemClock(threading.Event()), open_ledger(tmp_path / "ledger.db")
        door = Door(clock=clock, budgets=ledger)
        url = "https://i1.sndcdn.com/artworks-1-t500x500.jpg"
        for sink in (None, lambda _: None):
            began = clock.monotonic()
            with pytest.raises(UnavailableError):
                door.send(Outgoing(method="GET", url=url, hosts=MEDIA_HOSTS, deadline=DEADLINE), sink=sink)
            assert clock.monotonic() - began < 5 * DEADLINE  # else it took the half minute
        door.close()
        ledger.close()
