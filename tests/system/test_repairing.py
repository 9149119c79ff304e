"""``cloudcrate repair`` after every kind of damage: no row twice, nothing fetched that is there."""

import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from running import URL, Machine, says, world
from sandboxes import running_sandbox

from cloudcrate.adapters.sql.catalog import open_catalog
from cloudcrate.core.model import Field
from cloudcrate.sandbox.process import Sandbox

TRACKS = 6


def overwrite(path: Path) -> None:
    """Bytes in every page but the first."""
    data = bytearray(path.read_bytes())
    for start in range(4096, len(data), 4096):
        data[start + 2000 : start + 2064] = b"\xa5" * 64
    path.write_bytes(data)


def truncate(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def zero_header(path: Path) -> None:
    data = path.read_bytes()
    path.write_bytes(bytes(100) + data[100:])


def zero(path: Path) -> None:
    path.write_bytes(bytes(path.stat().st_size))


DAMAGES: list[Callable[[Path], None]] = [overwrite, truncate, zero_header, zero, Path.unlink]


def ledger_of(machine: Machine) -> Path:
    return machine.home / "state" / "ledger.db"


def backups_of(machine: Machine) -> list[Path]:
    return sorted((machine.home / "state" / "backups").iterdir())


def without_backups(machine: Machine) -> Machine:
    """Takes them away, so that only ids are left."""
    shutil.rmtree(machine.home / "state" / "backups")
    return machine


def nothing_twice(machine: Machine, sandbox: Sandbox) -> None:
    """A sync makes no row and fetches no sound, and the one after it writes nothing."""
    sandbox.mark()
    again = machine.run("sync", URL, "--json")
    assert again.code == 0, again.err
    assert sandbox.counts()["media_bytes"] == 0
    assert len(sandbox.rows()) == (TRACKS if machine.notion else 0)
    assert sum(f.endswith((".m4a", ".mp3")) for f in machine.files()) == TRACKS
    sandbox.mark()
    assert machine.run("sync", URL).code == 0
    assert sandbox.counts()["notion_writes"] == 0


@pytest.mark.parametrize("damage", DAMAGES)
def test_whatever_the_damage_a_repair_and_a_sync_make_nothing_twice(
    tmp_path: Path, damage: Callable[[Path], None]
) -> None:
    with running_sandbox(world(TRACKS, seconds=[1, 2])) as sandbox:
        machine = Machine(sandbox=sandbox, home=tmp_path)
        assert machine.run("sync", URL).code == 0
        path = ledger_of(without_backups(machine))
        damage(path)
        if path.exists():
            repaired = machine.run("repair", "--yes")
            assert repaired.code == 0, repaired.err
            assert "ledger: repaired" in repaired.out
            assert len(list((path.parent / "damaged").iterdir())) == 1
        nothing_twice(machine, sandbox)


def test_files_and_rows_are_found_again_by_their_ids(tmp_path: Path) -> None:
    """Of every file and row the ledger has forgotten, and one file has been moved by its user."""
    with running_sandbox(world(TRACKS, seconds=[1, 2])) as sandbox:
        machine = Machine(sandbox=sandbox, home=tmp_path)
        assert machine.run("sync", URL).code == 0
        damage_tables(ledger_of(without_backups(machine)), "pages", "files")
        moved = next(machine.library / f for f in machine.files() if f.endswith((".m4a", ".mp3")))
        moved.rename(machine.library / f"mine{moved.suffix}")
        says(machine.run("sync", URL), 7, "damaged", "cloudcrate repair")
        sandbox.mark()
        repaired = machine.run("repair", "--yes", "--json")
        assert repaired.code == 0, repaired.err
        assert repaired.data["repaired"]["found"] == {"files": TRACKS, "rows": TRACKS, "notes": []}
        assert sandbox.counts()["notion_writes"] == sandbox.counts()["media_bytes"] == 0
        nothing_twice(machine, sandbox)


def test_a_sync_leaves_a_backup_that_brings_back_what_a_deleted_state_knew(tmp_path: Path) -> None:
    with running_sandbox(world(TRACKS, seconds=[1, 2])) as sandbox:
        machine = Machine(sandbox=sandbox, home=tmp_path)
        assert machine.run("sync", URL).code == 0
        [backup] = backups_of(machine)
        assert machine.run("sync", URL, "--refresh").code == 0  # within the hour
        assert backups_of(machine) == [backup]
        path = ledger_of(machine)
        path.unlink()
        asked = machine.run("repair")
        says(asked, 2, "--yes")
        assert "ledger: missing" in asked.out
        assert str(backup) in asked.out
        assert not path.exists()
        repaired = machine.run("repair", "--yes")
        assert repaired.code == 0, repaired.err
        sandbox.mark()
        assert machine.run("sync", URL).code == 0
        assert sandbox.counts()["notion_writes"] == sandbox.counts()["media_bytes"] == 0


def test_a_run_whose_tracks_fail_leaves_a_backup_too(tmp_path: Path) -> None:
    with running_sandbox(world(2, seconds=[1, 2])) as sandbox:
        machine = Machine(sandbox=sandbox, home=tmp_path)
        sandbox.faults([{"host": "playback.*", "kind": "status", "status": 500}])
        assert machine.run("sync", URL).code == 3
        assert len(backups_of(machine)) == 1


def test_a_backup_that_cannot_be_made_does_not_make_a_run_fail(tmp_path: Path) -> None:
    with running_sandbox(world(1, seconds=[1, 2])) as sandbox:
        machine = Machine(sandbox=sandbox, home=tmp_path)
        (tmp_path / "state").mkdir()
        (tmp_path / "state" / "backups").write_text("a file")
        ran = machine.run("sync", URL)
        assert ran.code == 0, ran.err
        assert ran.err.count("no backup was made: ") == 1
        assert "Traceback" not in ran.err


def test_the_local_catalog_has_backups_of_its_own(tmp_path: Path) -> None:
    with running_sandbox(world(1, seconds=[1, 2])) as sandbox:
        machine = Machine(sandbox=sandbox, home=tmp_path, notion=False)
        assert machine.run("sync", URL).code == 0
        assert [path.name.partition("-")[0] for path in backups_of(machine)] == ["catalog", "ledger"]


def test_a_sound_state_is_said_to_be_sound(tmp_path: Path) -> None:
    with running_sandbox(world(1, seconds=[1, 2])) as sandbox:
        machine = Machine(sandbox=sandbox, home=tmp_path)
        assert machine.run("repair").out == "Nothing is remembered yet: there is nothing to repair.\n"
        assert machine.run("sync", URL).code == 0
        sound = machine.run("repair")
        assert sound.code == 0, sound.err
        assert sound.out.endswith("Nothing is damaged.\n")


@pytest.mark.parametrize("damaged", ["ledger.db", "catalog.db", "both"])
def test_the_local_catalog_loses_no_row_and_gets_none_twice(tmp_path: Path, damaged: str) -> None:
    with running_sandbox(world(TRACKS, seconds=[1, 2])) as sandbox:
        machine = Machine(sandbox=sandbox, home=tmp_path, notion=False)
        assert machine.run("sync", URL).code == 0
        state = without_backups(machine).home / "state"
        for name in ("ledger.db", "catalog.db"):
            if damaged in (name, "both"):
                damage_tables(state / name, "pages", only="rowid = 2")
        if damaged != "catalog.db":  # a row that is in place by memory is not read
            says(machine.run("sync", URL), 7, "cloudcrate repair")
        repaired = machine.run("repair", "--yes")
        assert repaired.code == 0, repaired.err
        assert f"{damaged.partition('.')[0]}: repaired" in repaired.out.replace("local ", "") or damaged == "both"
        nothing_twice(machine, sandbox)
        assert rows_of_catalog(state / "catalog.db") == TRACKS


def damage_tables(path: Path, *tables: str, only: str = "1 = 1") -> None:
    """Changes rows behind cloudcrate's back."""
    with closing(sqlite3.connect(path)) as connection:
        for table in tables:
            connection.execute(f"UPDATE {table} SET checksum = checksum + 1 WHERE {only}")
        connection.commit()


def rows_of_catalog(path: Path) -> int:
    catalog = open_catalog(path)
    try:
        urls = [page.cells[Field.URL] for page in catalog.every_row()]
    finally:
        catalog.close()
    assert len(set(urls)) == len(urls)
    return len(urls)
