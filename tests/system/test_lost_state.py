"""The state file is lost or damaged: rows are found by their ids, files by their tags."""

from pathlib import Path

from running import URL, Machine, world
from sandboxes import running_sandbox


def test_a_damaged_state_is_said_and_moving_it_away_costs_no_row_and_no_download(tmp_path: Path) -> None:
    with running_sandbox(world(6, seconds=[1, 2])) as sandbox:
        machine = Machine(sandbox=sandbox, home=tmp_path)
        assert machine.run("sync", URL).code == 0
        ledger = machine.home / "state" / "ledger.db"
        for side in ledger.parent.glob("ledger.db-*"):
            side.unlink()
        ledger.write_bytes(b"not a database, though it was one" * 200)
        damaged = machine.run("sync", URL)
        assert damaged.code == 7, damaged.err
        assert "damaged" in damaged.err
        assert "Move this file away" in damaged.err
        ledger.rename(machine.home / "away.db")

        sandbox.mark()
        again = machine.run("sync", URL, "--json")
        assert again.code == 0, again.err
        assert len(sandbox.rows()) == 6
        assert sandbox.counts()["media_bytes"] == 0
        assert sum(f.endswith((".m4a", ".mp3")) for f in machine.files()) == 6
        sandbox.mark()
        assert machine.run("sync", URL).code == 0
        assert sandbox.counts()["notion_writes"] == 0
