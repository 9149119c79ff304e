"""Backups: consistent, seldom, few, and never of a damaged state."""

import os
import signal
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from ledgers import WRITTEN, claimed

from cloudcrate.adapters.sql.backups import WEEK, backups, keep_backup, keep_backups
from cloudcrate.adapters.sql.catalog import open_catalog
from cloudcrate.adapters.sql.ledger import SqlLedger, open_ledger
from cloudcrate.adapters.sql.salvage import LEDGER_BOOK, read
from cloudcrate.core.model import PageId
from cloudcrate.errors import DiskError, StateError

NOW = 3000 * WEEK  # a week begins
DAY = 24 * 3600.0


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "ledger.db"


@pytest.fixture
def folder(path: Path) -> Path:
    return path.parent / "backups"


@pytest.fixture
def ledger(path: Path) -> Iterator[SqlLedger]:
    opened = open_ledger(path)
    opened.record_page(claimed(opened), PageId("page-7"), written=WRITTEN, offered=WRITTEN)
    yield opened
    opened.close()


def names(folder: Path) -> list[str]:
    return sorted(entry.name for entry in folder.iterdir())


def test_a_backup_shows_what_was_committed_though_it_lies_in_the_log(
    path: Path, folder: Path, ledger: SqlLedger
) -> None:
    made = keep_backup(path, folder, NOW)
    assert made is not None
    assert names(folder) == [made.name]
    assert made.name == "ledger-20270701T000000Z.db"
    assert stat.S_IMODE(made.stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    found = read(made, LEDGER_BOOK)
    assert found.sound
    assert list(found.tables["pages"].sound) == [("notion:1", 7)]
    ledger.record_page(claimed(ledger, 8), PageId("page-8"), written={}, offered={})  # it goes on writing


def test_there_is_one_an_hour_at_the_most(path: Path, folder: Path, ledger: SqlLedger) -> None:
    assert keep_backup(path, folder, NOW) is not None
    assert keep_backup(path, folder, NOW + 3599) is None
    assert keep_backup(path, folder, NOW + 3600) is not None
    assert len(names(folder)) == 2


def test_without_a_state_there_is_no_backup(path: Path, folder: Path) -> None:
    assert keep_backup(path, folder, NOW) is None
    assert not folder.exists()


def test_the_newest_five_and_one_a_week_are_kept(path: Path, folder: Path, ledger: SqlLedger) -> None:
    for day in range(60):
        keep_backup(path, folder, NOW + day * DAY)
    ages = [59 - (backup.at - NOW) / DAY for backup in backups(folder, LEDGER_BOOK)]
    assert ages == [0, 1, 2, 3, 4, 10, 17, 24]


def test_a_clock_that_was_set_back_does_not_remove_the_backup_just_made(
    path: Path, folder: Path, ledger: SqlLedger
) -> None:
    for day in range(100, 105):
        keep_backup(path, folder, NOW + day * DAY)
    made = keep_backup(path, folder, NOW)
    assert made is not None
    assert made.exists()
    assert keep_backup(path, folder, NOW + 60) is None


@pytest.mark.parametrize(
    "damage", ["UPDATE pages SET page = 'wrong'", "DELETE FROM schema", "UPDATE pages SET checksum = NULL"]
)
def test_a_damaged_state_is_not_kept_and_pushes_no_sound_backup_out(
    path: Path, folder: Path, ledger: SqlLedger, damage: str
) -> None:
    if "NULL" in damage:
        damage = "UPDATE pages SET checksum = 1.5"
    for hour in range(5):
        keep_backup(path, folder, NOW + hour * 3600)
    before = names(folder)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(damage)
        connection.commit()
    with pytest.raises(StateError, match="damaged") as caught:
        keep_backup(path, folder, NOW + 5 * 3600)
    assert "cloudcrate repair" in caught.value.hint
    assert names(folder) == before


def test_another_kind_of_file_is_not_kept(path: Path, folder: Path) -> None:
    path.parent.mkdir()
    path.write_text("These are my notes, and they are not to be touched.\n" * 99)
    with pytest.raises(StateError, match="damaged"):
        keep_backup(path, folder, NOW)
    assert names(folder) == []


def test_what_a_killed_backup_left_goes_and_strange_files_stay(path: Path, folder: Path, ledger: SqlLedger) -> None:
    folder.mkdir()
    (folder / ".ledger-20200101T000000Z.db.partial").write_text("half")
    (folder / "ledger-of-mine.db").write_text("mine")
    (folder / "ledger-99999999T999999Z.db").write_text("mine")
    assert keep_backup(path, folder, NOW, keep=1) is not None
    assert names(folder) == ["ledger-20270701T000000Z.db", "ledger-99999999T999999Z.db", "ledger-of-mine.db"]


@pytest.mark.parametrize("limit", [0, 4096], ids=["at once", "after a page"])
def test_a_disk_that_takes_no_more_is_a_matter_of_the_disk(
    path: Path, folder: Path, ledger: SqlLedger, limit: int
) -> None:
    """A limit on the size of files stands for it: it holds for root, too."""
    resource = pytest.importorskip("resource", reason="files cannot be limited here")
    before, old = resource.getrlimit(resource.RLIMIT_FSIZE), signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, before[1]))
    try:
        with pytest.raises(DiskError, match="backup"):
            keep_backup(path, folder, NOW)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, old)
    assert names(folder) == []
    assert keep_backup(path, folder, NOW) is not None


def test_a_folder_that_is_a_file_is_a_matter_of_the_disk(path: Path, folder: Path, ledger: SqlLedger) -> None:
    folder.write_text("a file")
    with pytest.raises(DiskError, match="backup"):
        keep_backup(path, folder, NOW)


# --- after a run --------------------------------------------------------------------------------


def test_after_a_run_that_wrote_there_is_a_backup(path: Path, folder: Path, ledger: SqlLedger) -> None:
    said: list[str] = []
    keep_backups(path.parent, NOW, said.append)
    keep_backups(path.parent, NOW + 1, said.append)
    assert names(folder) == ["ledger-20270701T000000Z.db"]
    assert said == []


def test_a_state_that_nobody_wrote_to_is_not_copied_again(path: Path, folder: Path, ledger: SqlLedger) -> None:
    keep_backups(path.parent, NOW, pytest.fail)
    written = max(file.stat().st_mtime for file in path.parent.glob("ledger.db*"))
    os.utime(folder / "ledger-20270701T000000Z.db", (written, written))
    keep_backups(path.parent, NOW + 2 * DAY, pytest.fail)
    assert len(names(folder)) == 1
    ledger.record_page(claimed(ledger, 8), PageId("page-8"), written={}, offered={})
    keep_backups(path.parent, NOW + 2 * DAY, pytest.fail)
    assert len(names(folder)) == 2


def test_both_files_of_a_state_are_kept(path: Path, folder: Path, ledger: SqlLedger) -> None:
    open_catalog(path.with_name("catalog.db")).close()
    keep_backups(path.parent, NOW, pytest.fail)
    assert names(folder) == ["catalog-20270701T000000Z.db", "ledger-20270701T000000Z.db"]


def test_a_backup_that_cannot_be_made_is_said_once_and_no_error(path: Path, folder: Path, ledger: SqlLedger) -> None:
    folder.write_text("a file")
    said: list[str] = []
    keep_backups(path.parent, NOW, said.append)
    assert len(said) == 1
    assert said[0].startswith("no backup was made: ")


def test_a_damaged_state_is_said_with_what_to_do(path: Path, folder: Path, ledger: SqlLedger) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("UPDATE pages SET page = 'wrong'")
        connection.commit()
    said: list[str] = []
    keep_backups(path.parent, NOW, said.append)
    assert len(said) == 1
    assert "damaged" in said[0]
    assert "cloudcrate repair" in said[0]
