"""What the ledger owes to being a SQLite file: durability, damage, upgrades, processes."""

import os
import random
import sqlite3
import stat
import sys
import threading
from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import ledger_race
import pytest
from ledgers import FILE, INTENT, SCOPE, WRITTEN, claimed
from worlds import make_track

from cloudcrate.adapters.sql import sqlite as sql
from cloudcrate.adapters.sql.database import Row
from cloudcrate.adapters.sql.history import RUNS_KEPT
from cloudcrate.adapters.sql.ledger import SqlLedger, open_ledger
from cloudcrate.adapters.sql.migrations import LEDGER, migrate
from cloudcrate.adapters.sql.sqlite import SqliteDatabase
from cloudcrate.core.model import Availability, Field, KnownPlaylist, Memory, PageId, PlaylistId, TrackId
from cloudcrate.errors import BusyError, CloudcrateError, DiskError, StateError
from cloudcrate.ports.ledger import Ledger, RunRecord

T7 = TrackId(7)
TRACKS = 200  # for which processes race
LIST = PlaylistId("playlists:1")
KNOWN = KnownPlaylist(url="https://soundcloud.com/ada/sets/b", title="B", id=LIST)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "ledger.db"


@pytest.fixture
def ledger(path: Path) -> Iterator[Ledger]:
    opened = open_ledger(path)
    yield opened
    opened.close()


def fill(path: Path, tracks: int = 1) -> None:
    """A ledger with everything about these tracks, from 7 on."""
    ledger = open_ledger(path)
    for number in range(7, 7 + tracks):
        claim = claimed(ledger, number)
        ledger.record_page(claim, PageId(f"page-{number}"), written=WRITTEN, offered=WRITTEN)
        ledger.record_file(claim, FILE)
        ledger.record_unobtainable(claim, Availability.PROTECTED, 5.0)
        ledger.open_intent(claim, INTENT)
    ledger.keep_tracks([make_track(7)], at=5.0)
    ledger.keep_playlist(LIST, KNOWN, [T7])
    ledger.close()


def execute(path: Path, statement: str) -> None:
    """Changes the file behind the ledger's back."""
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute(statement).rowcount
        connection.commit()


# --- the file -------------------------------------------------------------------------------------


def test_every_commit_reaches_the_disk(path: Path) -> None:
    fill(path)
    database = SqliteDatabase(path, name="ledger", remedy="")
    assert database.rows("PRAGMA synchronous") == [(2,)]  # FULL
    assert database.rows("PRAGMA journal_mode") == [("wal",)]
    assert database.rows("PRAGMA wal_autocheckpoint") == [(0,)]
    database.close()


def test_the_state_is_its_owners_alone(path: Path, ledger: Ledger) -> None:
    claimed(ledger)
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert {stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()} == {0o600}


def test_a_folder_that_cannot_be_made_is_a_matter_of_the_disk(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("a file")
    with pytest.raises(DiskError, match=r"ledger\.db"):
        open_ledger(tmp_path / "state" / "ledger.db")


def test_a_full_disk_is_said_and_loses_only_what_was_not_written(path: Path) -> None:
    fill(path)
    database = SqliteDatabase(path, name="ledger", remedy="")
    database.rows("PRAGMA max_page_count=1")
    with pytest.raises(DiskError, match="full"), database.transaction() as connection:
        connection.execute("INSERT INTO parked VALUES (?, 0, 0)", ("x" * 1_000_000,))
    assert database.rows("SELECT * FROM parked") == []
    assert len(database.rows("SELECT * FROM pages")) == 1
    database.close()


def test_an_error_inside_a_transaction_undoes_it(path: Path) -> None:
    fill(path)
    database = SqliteDatabase(path, name="ledger", remedy="")

    def interrupted() -> None:
        with database.transaction() as connection:
            connection.execute("DELETE FROM pages")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert len(database.rows("SELECT * FROM pages")) == 1
    with database.transaction() as connection:
        connection.execute("DELETE FROM pages")
    assert database.rows("SELECT * FROM pages") == []
    database.close()


def test_a_lock_held_for_too_long_is_another_process(path: Path) -> None:
    fill(path)
    database = SqliteDatabase(path, name="ledger", remedy="")
    database.rows("PRAGMA busy_timeout=0")
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(BusyError), database.transaction():
            pass
    database.close()


def test_the_log_does_not_grow_without_end(path: Path, ledger: Ledger) -> None:
    def spend(name: str) -> None:
        for number in range(500):
            ledger.take(name, limit=10_000, window=60.0, now=float(number))

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(spend, "abcd"))
    log = path.with_name("ledger.db-wal")
    assert log.stat().st_size < 4 * sql.CHECKPOINT_EVERY * 4 * 4096
    assert path.stat().st_size > 4096


@pytest.mark.skipif(sys.platform != "linux", reason="open files are counted in /proc")
def test_threads_that_have_ended_leave_no_open_file_behind(path: Path, ledger: Ledger) -> None:
    for _ in range(40):
        thread = threading.Thread(target=ledger.playlists)
        thread.start()
        thread.join()
    opened = [os.readlink(link) for link in Path("/proc/self/fd").iterdir() if link.is_symlink()]
    assert 1 <= opened.count(str(path)) <= 4  # SQLite itself puts off some closing


def test_old_runs_make_room(ledger: Ledger) -> None:
    for number in range(RUNS_KEPT + 20):
        ledger.start_run(
            RunRecord(
                id=str(number), playlist_id=LIST, scope=SCOPE, started_at=float(number), ended_at=None, report=None
            )
        )
    kept = [run.id for run in ledger.last_runs(RUNS_KEPT * 2)]
    assert kept == [str(number) for number in range(RUNS_KEPT + 19, 19, -1)]


# --- damage ---------------------------------------------------------------------------------------

READS: dict[str, Callable[[Ledger], object]] = {
    "pages": lambda ledger: (ledger.recall(SCOPE, [T7]), ledger.page_owners(SCOPE.catalog)),
    "files": lambda ledger: (ledger.recall(SCOPE, [T7]), ledger.file_paths(SCOPE.library)),
    "intents": lambda ledger: ledger.recall(SCOPE, [T7]),
    "unobtainable": lambda ledger: ledger.recall(SCOPE, [T7]),
    "playlists": lambda ledger: (ledger.playlists(), ledger.entries(LIST)),
}
DAMAGE = [
    ("pages", "UPDATE pages SET page = 'page-8'"),
    ("pages", "UPDATE pages SET written = replace(written, 'Song 7', 'Song 8')"),
    ("pages", "UPDATE pages SET offered = '{}'"),
    ("pages", "UPDATE pages SET checksum = checksum + 1"),
    ("pages", "UPDATE pages SET page = x'00ff'"),
    ("files", "UPDATE files SET file = replace(file, '.mp3', '.m4a')"),
    ("intents", "UPDATE intents SET sent_at = sent_at - 1"),
    ("intents", "UPDATE intents SET digest = 'x'"),
    ("unobtainable", "UPDATE unobtainable SET availability = 'blocked'"),
    ("playlists", "UPDATE playlists SET entries = '[7,8]'"),
    ("playlists", "UPDATE playlists SET value = replace(value, 'B', 'C')"),
]


@pytest.mark.parametrize(("table", "statement"), DAMAGE)
def test_a_row_that_was_changed_is_refused(path: Path, table: str, statement: str) -> None:
    fill(path)
    execute(path, statement)
    ledger = open_ledger(path)
    with pytest.raises(StateError, match=f"'{table}'.*checksum") as caught:
        READS[table](ledger)
    ledger.close()
    assert ("track 7" if table != "playlists" else LIST) in caught.value.message
    assert "Move this file away" in caught.value.hint


def test_a_row_moved_to_another_track_is_refused(path: Path) -> None:
    fill(path)
    execute(path, "UPDATE pages SET track = 8")
    ledger = open_ledger(path)
    with pytest.raises(StateError, match="track 8"):
        ledger.recall(SCOPE, [T7, TrackId(8)])
    with pytest.raises(StateError, match="track 8"):
        ledger.page_owners(SCOPE.catalog)
    ledger.close()


def test_a_damaged_row_is_not_merged_into(path: Path) -> None:
    fill(path)
    execute(path, "UPDATE pages SET written = '{}'")
    ledger = open_ledger(path)
    with pytest.raises(StateError, match="checksum"):
        ledger.record_page(claimed(ledger), PageId("page-7"), written={Field.BPM: 1}, offered={})
    ledger.close()


def test_damaged_metadata_is_read_again_from_the_service(path: Path) -> None:
    fill(path)
    execute(path, "UPDATE tracks SET value = replace(value, 'Song', 'Gong')")
    ledger = open_ledger(path)
    assert ledger.tracks([T7], newer_than=0.0) == {}
    assert ledger.find_track(make_track(7).url) is None
    ledger.close()


@pytest.mark.parametrize("part", [0.002, 0.01, 0.3, 0.6, 0.95])
def test_a_file_that_was_cut_off_is_refused(path: Path, part: float) -> None:
    fill(path, tracks=40)
    whole = path.read_bytes()
    path.write_bytes(whole[: int(len(whole) * part)])
    with pytest.raises(StateError, match=r"ledger\.db") as caught:
        open_ledger(path)
    assert caught.value.hint


def test_another_kind_of_file_is_refused(path: Path) -> None:
    path.parent.mkdir()
    path.write_text("These are my notes, and they are not to be touched.\n" * 99)
    with pytest.raises(StateError, match="not a database"):
        open_ledger(path)
    assert path.read_text().startswith("These are my notes")


def test_whatever_is_overwritten_or_cut_off_nothing_wrong_is_remembered(path: Path) -> None:
    """What is read is right, or missing, or refused; never another page or file."""
    fill(path, tracks=40)
    whole, chance, refused = path.read_bytes(), random.Random(4), 0
    ids = [TrackId(number) for number in range(7, 47)]
    for number in range(80):
        place = chance.randrange(len(whole) - 64)
        rest = b"" if number % 4 == 0 else chance.randbytes(64) + whole[place + 64 :]
        path.write_bytes(whole[:place] + rest)
        try:
            memories = _recalled(path, ids)
        except CloudcrateError:
            refused += 1
            continue
        finally:
            for name in ("ledger.db-wal", "ledger.db-shm"):
                path.with_name(name).unlink(missing_ok=True)
        for track_id, memory in memories.items():
            assert memory.page_id in (None, f"page-{track_id}")
            assert memory.written in ({}, WRITTEN)
            assert memory.file in (None, FILE)
    assert refused > 20


def _recalled(path: Path, ids: list[TrackId]) -> dict[TrackId, Memory]:
    ledger = open_ledger(path)
    try:
        return ledger.recall(SCOPE, ids)
    finally:
        ledger.close()


# --- upgrades -------------------------------------------------------------------------------------

SECOND = (*LEDGER, ("ALTER TABLE pages ADD COLUMN note TEXT", "CREATE TABLE extra (x TEXT)", "DROP TABLE parked"))


def test_a_newer_state_is_refused_with_a_sentence(path: Path) -> None:
    fill(path)
    execute(path, "UPDATE schema SET version = 9")
    with pytest.raises(StateError, match=rf"newer cloudcrate \(schema 9; this one knows {len(LEDGER)}\)") as caught:
        open_ledger(path)
    assert "Upgrade cloudcrate" in caught.value.hint


def test_a_state_that_does_not_say_its_version_is_refused(path: Path) -> None:
    fill(path)
    execute(path, "DELETE FROM schema")
    with pytest.raises(StateError, match="version"):
        open_ledger(path)


@pytest.mark.parametrize("survives", range(3))
def test_an_upgrade_that_breaks_off_changes_nothing_and_can_be_done_again(path: Path, survives: int) -> None:
    fill(path)
    database = SqliteDatabase(path, name="ledger", remedy="")
    before = database.rows("SELECT sql FROM sqlite_master ORDER BY name")
    with pytest.raises(StateError):
        migrate(database, (*LEDGER, (*SECOND[-1][:survives], "BREAK OFF")))
    assert database.rows("SELECT sql FROM sqlite_master ORDER BY name") == before
    assert database.rows("SELECT version FROM schema") == [(len(LEDGER),)]
    migrate(database, SECOND)
    assert database.rows("SELECT version FROM schema") == [(len(SECOND),)]
    assert database.rows("SELECT page, note FROM pages") == [("page-7", None)]
    database.close()


def test_the_state_is_copied_before_it_is_upgraded(path: Path) -> None:
    fill(path)
    database = SqliteDatabase(path, name="ledger", remedy="")
    migrate(database, SECOND)
    database.close()
    copy = path.with_name(f"ledger.db.schema-{len(LEDGER)}")
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    assert _recalled(copy, [T7])[T7].page_id == "page-7"


def test_a_new_state_that_broke_off_is_made_again(path: Path) -> None:
    database = SqliteDatabase(path, name="ledger", remedy="")
    with pytest.raises(StateError):
        migrate(database, ((*LEDGER[0][:3], "BREAK OFF"),))
    database.close()
    fill(path)


# --- processes ------------------------------------------------------------------------------------


class Interrupted(SqliteDatabase):
    """Another process does something as soon as the pages have been read."""

    def __init__(self, path: Path, meanwhile: Callable[[], None]) -> None:
        super().__init__(path, name="ledger", remedy="")
        self._meanwhile = meanwhile

    def rows_in(
        self, statement: str, before: Sequence[object], values: Collection[object], rest: str = ""
    ) -> list[Row]:
        rows = super().rows_in(statement, before, values, rest)
        if "FROM pages" in statement:
            self._meanwhile()
        return rows


def test_a_create_is_never_seen_between_its_intent_and_its_page(path: Path, ledger: Ledger) -> None:
    claim = claimed(ledger)
    ledger.open_intent(claim, INTENT)
    reader = SqlLedger(
        Interrupted(path, lambda: ledger.record_page(claim, PageId("page-7"), written={}, offered={})), float
    )
    assert reader.recall(SCOPE, [T7])[T7] == Memory(track_id=T7, intent=INTENT)
    assert reader.recall(SCOPE, [T7])[T7] == Memory(track_id=T7, page_id=PageId("page-7"))
    reader.close()


def test_processes_never_own_the_same_track_nor_spend_too_much(path: Path) -> None:
    answers = ledger_race.race(path, workers=4, tracks=TRACKS)
    assert sorted(number for answer in answers for number in answer.owned) == list(range(TRACKS))
    assert sum(answer.spent for answer in answers) == ledger_race.LIMIT
    memories = _recalled(path, [TrackId(number) for number in range(TRACKS)])
    owners = {f"{answer.owner}/{number}" for answer in answers for number in answer.owned}
    assert {memory.file.path for memory in memories.values() if memory.file} == owners
