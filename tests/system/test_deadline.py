"""The network door on real sockets: a server that drips its headers holds nobody, and nothing is sent too late."""

import threading
from pathlib import Path

import pytest
from memory import MemoryLedger, SimulatedClock
from sandboxes import running_sandbox

from cloudcrate.adapters.clock import SystemClock
from cloudcrate.adapters.http import MEDIA_HOSTS, Budget, Door, Outgoing
from cloudcrate.adapters.notion.client import NotionClient
from cloudcrate.adapters.sql.ledger import open_ledger
from cloudcrate.errors import UnavailableError, UnknownOutcomeError
from cloudcrate.tokens import Secret

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


class Slept(SystemClock):
    """The clock of a machine that can be put to sleep."""

    asleep = 0.0

    def monotonic(self) -> float:
        """See ``ports.Clock``."""
        return super().monotonic() + self.asleep


def test_a_machine_that_slept_after_announcing_a_row_sends_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Others have stopped waiting for the row by then, and may have made it."""
    with running_sandbox({}) as sandbox:
        for name, value in sandbox.env.items():
            monkeypatch.setenv(name, value)
        clock = Slept(threading.Event())
        door = Door(clock=clock, budgets=MemoryLedger(SimulatedClock()))
        token = Secret(sandbox.env["NOTION_TOKEN"])
        notion = NotionClient(door, token, budget=Budget(name="notion", limit=100, window=60.0))
        body = {"parent": {"type": "data_source_id", "data_source_id": sandbox.data_source_id}, "properties": {}}

        def sleep() -> None:
            clock.asleep += 3600.0

        with pytest.raises(UnknownOutcomeError):
            notion.create_page(body, announce=sleep)
        assert sandbox.rows() == []
        notion.create_page(body, announce=lambda: None)
        assert len(sandbox.rows()) == 1
        door.close()
