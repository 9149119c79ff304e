"""A damaged ledger or local catalog is repaired: a row is as it was, or it is not there."""

import random
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from ledgers import FILE, INTENT, SCOPE, WRITTEN, claimed
from worlds import make_track

from cloudcrate.adapters.sql.backups import keep_backup
from cloudcrate.adapters.sql.catalog import LocalCatalog, open_catalog
from cloudcrate.adapters.sql.database import Row
from cloudcrate.adapters.sql.ledger import open_ledger
from cloudcrate.adapters.sql.renewal import SqlState
from cloudcrate.adapters.sql.salvage import CATALOG_BOOK, LEDGER_BOOK, read
from cloudcrate.app.repair import Look
from cloudcrate.core.model import (
    Availability,
    Cells,
    Choice,
    Decision,
    Field,
    KnownPlaylist,
    OpenReview,
    Page,
    PageId,
    PlaylistId,
    TrackId,
)
from cloudcrate.errors import CloudcrateError, StateError
from cloudcrate.ports.ledger import Scope

NOW = 1_800_000_000.0
LIST = PlaylistId("playlists:1")
TRACKS = 16


def clock() -> float:
    return NOW


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "state"


def fill(folder: Path, first: int = 7, count: int = TRACKS) -> Path:
    """A ledger with something in every table."""
    ledger = open_ledger(folder / "ledger.db")
    numbers = range(first, first + count)
    for number in numbers:
        claim = claimed(ledger, number)
        ledger.record_page(claim, PageId(f"page-{number}"), written=WRITTEN, offered=WRITTEN)
        ledger.record_file(claim, FILE)
        ledger.record_unobtainable(claim, Availability.PROTECTED, 5.0)
        ledger.open_intent(claim, INTENT)
        ledger.decide(SCOPE.catalog, TrackId(number), Decision(choice=Choice.NEW, page_ids=(PageId("x"),)))
        ledger.open_review(SCOPE.catalog, review(number))
        ledger.keep_note(f"note-{number}", "text")
    ledger.index(SCOPE.catalog, {PageId(f"page-{number}"): WRITTEN for number in numbers})
    ledger.keep_tracks([make_track(number) for number in numbers], at=5.0)
    known = KnownPlaylist(url="https://soundcloud.com/ada/sets/b", title="B", id=LIST)
    ledger.keep_playlist(LIST, known, [TrackId(number) for number in numbers])
    ledger.take("notion", limit=9, window=60.0, now=NOW - 1)
    ledger.close()
    return folder / "ledger.db"


def review(number: int) -> OpenReview:
    return OpenReview(track_id=TrackId(number), page_ids=(PageId("x"),), reason="two fit", playlist="B", since=5.0)


def rows_of(path: Path) -> dict[str, dict[Row, Row]]:
    """Every sound row by table and key, without what no checksum covers."""
    found = read(path, LEDGER_BOOK)
    counts = {shape.table: len(shape.sealed) + 1 for shape in LEDGER_BOOK.shapes}
    return {t: {k: row[: counts[t]] for k, row in rows.sound.items()} for t, rows in found.tables.items()}


def repaired(folder: Path) -> Look:
    ledger, _ = SqlState(folder, clock).renew()
    assert [look.state for look in SqlState(folder, clock).look()] == ["sound", "absent"]
    assert not list(folder.glob(".repair-*"))
    return ledger


def execute(path: Path, *statements: str) -> None:
    with closing(sqlite3.connect(path)) as connection:
        for statement in statements:
            connection.execute(statement)
        connection.commit()


# --- random damage ------------------------------------------------------------------------------


def test_whatever_is_overwritten_or_cut_off_a_row_is_as_it_was_or_not_there(folder: Path) -> None:
    path, chance, seen, kept = fill(folder), random.Random(4), 0, 0
    whole, original = path.read_bytes(), rows_of(path)
    count = sum(map(len, original.values()))
    for number in range(250):
        place = chance.randrange(len(whole) - 64)
        rest = b"" if number % 5 == 0 else chance.randbytes(64) + whole[place + 64 :]
        path.write_bytes(whole[:place] + rest)
        ledger, _ = SqlState(folder, clock).renew()
        if ledger.state == "sound":  # harmless: nothing that is remembered has changed
            assert rows_of(path) == original
            continue
        seen += 1
        assert ledger.moved_to
        now = rows_of(path)
        for table, rows in now.items():
            assert rows.items() <= original[table].items(), (number, table)
        kept += sum(map(len, now.values()))
    assert seen > 70  # the rest met what is not in use
    assert kept / seen > count * 0.6


def test_with_a_backup_nothing_at_all_is_lost(folder: Path) -> None:
    path, chance = fill(folder), random.Random(5)
    assert keep_backup(path, folder / "backups", NOW) is not None
    whole, original = path.read_bytes(), rows_of(path)
    for number in range(30):
        place = chance.randrange(len(whole) - 64)
        rest = b"" if number % 3 == 0 else chance.randbytes(64) + whole[place + 64 :]
        path.write_bytes(whole[:place] + rest)
        repaired(folder)
        now = rows_of(path)
        intents = now.pop("intents")
        assert intents.items() <= original["intents"].items()
        assert now == {t: rows for t, rows in original.items() if t != "intents"}


@pytest.mark.parametrize("harm", [b"", bytes(100), b"not a database, though it was one" * 200])
def test_a_lost_header_costs_no_row_that_is_behind_it(folder: Path, harm: bytes) -> None:
    path = fill(folder)
    whole, original = path.read_bytes(), rows_of(path)
    path.write_bytes(harm + whole[len(harm) :] if len(harm) == 100 else harm)
    ledger, _ = SqlState(folder, clock).look()
    assert ledger.state == "damaged"
    repaired(folder)
    now = rows_of(path)
    assert now == original if len(harm) == 100 else not any(now.values())


def test_a_lost_list_of_tables_costs_no_row(folder: Path) -> None:
    path = fill(folder)
    original = rows_of(path)
    with path.open("r+b") as file:
        file.write(bytes(4096))
    with closing(sqlite3.connect(path)) as connection, pytest.raises(sqlite3.DatabaseError):
        connection.execute("SELECT * FROM sqlite_master").fetchall()
    repaired(folder)
    assert rows_of(path) == original


# --- what is taken --------------------------------------------------------------------------------


def test_a_sound_state_is_left_alone(folder: Path) -> None:
    path = fill(folder)
    before = path.read_bytes()
    assert [look.state for look in SqlState(folder, clock).renew()] == ["sound", "absent"]
    assert path.read_bytes() == before
    assert not (folder / "damaged").exists()


def test_of_a_damaged_row_the_backup_is_taken_and_of_a_sound_one_the_newest(folder: Path) -> None:
    path = fill(folder)
    keep_backup(path, folder / "backups", NOW)
    ledger = open_ledger(path)
    ledger.record_page(claimed(ledger, 8), PageId("newer"), written={}, offered={})
    ledger.record_page(claimed(ledger, 9), PageId("newer"), written={}, offered={})
    ledger.close()
    execute(path, "UPDATE pages SET page = 'wrong' WHERE track = 9")
    look = repaired(folder)
    assert {t.name: (t.sound, t.damaged, t.regained) for t in look.tables}["pages"] == (TRACKS - 1, 1, 1)
    pages = rows_of(path)["pages"]
    assert pages["notion:1", 8][2] == "newer"
    assert pages["notion:1", 9][2] == "page-9"


def test_what_was_taken_out_since_the_backup_stays_out(folder: Path) -> None:
    path = fill(folder)
    keep_backup(path, folder / "backups", NOW)
    ledger = open_ledger(path)
    ledger.decide(SCOPE.catalog, TrackId(8), None)
    ledger.close()
    execute(path, "UPDATE decisions SET value = '{}' WHERE track = 9")
    repaired(folder)
    decisions = rows_of(path)["decisions"]
    assert ("notion:1", 8) not in decisions
    assert ("notion:1", 9) in decisions


def test_an_intent_of_the_backup_is_kept_only_of_a_track_without_a_row(folder: Path) -> None:
    path = fill(folder)
    execute(path, "DELETE FROM pages WHERE track = 9")
    keep_backup(path, folder / "backups", NOW)
    execute(path, "UPDATE intents SET digest = 'wrong' WHERE track IN (8, 9)")
    repaired(folder)
    intents = rows_of(path)["intents"]
    assert ("notion:1", 8) not in intents
    assert ("notion:1", 9) in intents


def test_a_budget_that_is_nonsense_makes_nobody_wait(folder: Path) -> None:
    path = fill(folder)
    execute(
        path,
        "UPDATE pages SET page = 'wrong' WHERE track = 9",
        f"INSERT INTO parked VALUES ('a', {NOW - 5}, {NOW + 60}), ('b', {NOW - 5}, 1e300), ('c', 1e300, 1e300)",
        "INSERT INTO spent VALUES ('d', 1e300)",
    )
    repaired(folder)
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT name FROM parked").fetchall() == [("a",)]
        assert connection.execute("SELECT name, at FROM spent").fetchall() == [("notion", NOW - 1)]


def test_what_lies_in_the_log_alone_is_taken_over(folder: Path, tmp_path: Path) -> None:
    ledger = open_ledger(fill(folder))
    ledger.record_page(claimed(ledger, 8), PageId("in the log"), written={}, offered={})
    killed = tmp_path / "killed"  # the files of a process that was killed
    killed.mkdir()
    for side in ("", "-wal"):
        (killed / f"ledger.db{side}").write_bytes((folder / f"ledger.db{side}").read_bytes())
    ledger.close()
    with (killed / "ledger.db").open("r+b") as file:
        file.write(bytes(100))
    look = repaired(killed)
    assert rows_of(killed / "ledger.db")["pages"]["notion:1", 8][2] == "in the log"
    assert Path(f"{look.moved_to}-wal").exists()


def test_a_missing_ledger_comes_from_the_backup(folder: Path) -> None:
    path = fill(folder)
    original = rows_of(path)
    keep_backup(path, folder / "backups", NOW)
    path.unlink()
    assert SqlState(folder, clock).look()[0].state == "missing"
    repaired(folder)
    assert rows_of(path)["pages"] == original["pages"]


def test_where_nothing_was_ever_kept_there_is_nothing_to_repair(folder: Path) -> None:
    folder.mkdir()
    assert [look.state for look in SqlState(folder, clock).renew()] == ["absent", "absent"]
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("also", ["SELECT 1", "UPDATE pages SET page = 'wrong'"])
def test_a_newer_state_is_refused_and_not_repaired(folder: Path, also: str) -> None:
    path = fill(folder)
    execute(path, "UPDATE schema SET version = 9", also)
    before = path.read_bytes()
    with pytest.raises(StateError, match=r"newer cloudcrate \(schema 9; .* not repaired"):
        SqlState(folder, clock).renew()
    assert path.read_bytes() == before
    assert {p.name for p in folder.iterdir()} == {"ledger.db"}


def test_a_process_that_waited_with_the_old_file_open_is_refused(folder: Path) -> None:
    path = fill(folder)
    execute(path, "UPDATE pages SET page = 'wrong' WHERE track = 9")
    waiting = open_ledger(path)
    repaired(folder)
    with pytest.raises(CloudcrateError, match="replaced"):
        claimed(waiting, 8)
    waiting.close()


@pytest.mark.parametrize("killed_at", range(4))
def test_a_repair_that_was_killed_is_begun_anew(folder: Path, killed_at: int) -> None:
    """As far as the new file lies ready, and then each step of changing over."""
    path = fill(folder)
    original = rows_of(path)
    execute(path, "UPDATE pages SET page = 'wrong' WHERE track = 9")
    damaged = path.read_bytes()
    repaired(folder)
    done = path.read_bytes()
    (folder / ".repair-ledger-old").mkdir()
    if killed_at < 3:
        path.with_name("ledger.db.repaired").write_bytes(done)
        path.write_bytes(damaged) if killed_at < 2 else path.unlink()
    SqlState(folder, clock).renew()
    repaired(folder)
    now = rows_of(path)
    assert now["pages"].items() == {k: r for k, r in original["pages"].items() if k[1] != 9}.items()
    assert now["decisions"] == original["decisions"]


# --- the local catalog --------------------------------------------------------------------------


def create(catalog: LocalCatalog, number: int) -> Page:
    track = make_track(number)
    cells: Cells = {Field.TITLE: track.title, Field.URL: track.url, Field.SOUNDCLOUD_ID: number}
    return catalog.create(cells, track, announce=lambda: None)


def catalog_of(folder: Path, count: int = 30) -> tuple[Path, tuple[Page, ...]]:
    catalog = open_catalog(folder / "catalog.db")
    for number in range(1, count + 1):
        create(catalog, number)
    rows = catalog.every_row()
    catalog.close()
    return folder / "catalog.db", rows


def opened(path: Path, look: Callable[[LocalCatalog], tuple[Page, ...]]) -> tuple[Page, ...]:
    catalog = open_catalog(path)
    try:
        return look(catalog)
    finally:
        catalog.close()


def test_rows_of_a_damaged_catalog_are_as_they_were_or_not_there(folder: Path) -> None:
    path, rows = catalog_of(folder)
    whole, chance = path.read_bytes(), random.Random(6)
    for number in range(60):
        place = chance.randrange(len(whole) - 64)
        rest = b"" if number % 5 == 0 else chance.randbytes(64) + whole[place + 64 :]
        path.write_bytes(whole[:place] + rest)
        SqlState(folder, clock).renew()
        assert set(map(repr, opened(path, LocalCatalog.every_row))) <= set(map(repr, rows))


def test_a_damaged_row_of_the_catalog_comes_from_its_backup(folder: Path) -> None:
    path, rows = catalog_of(folder)
    keep_backup(path, folder / "backups", NOW, book=CATALOG_BOOK)
    execute(path, "UPDATE pages SET trashed = 1 WHERE id = 3", "UPDATE pages SET cells = '{}' WHERE id = 4")
    with pytest.raises(StateError, match="checksum"):
        opened(path, LocalCatalog.every_row)
    SqlState(folder, clock).renew()
    assert opened(path, LocalCatalog.every_row) == rows


def test_a_lost_row_is_forgotten_and_its_number_names_no_other(folder: Path) -> None:
    path, rows = catalog_of(folder, 3)
    ledger = open_ledger(folder / "ledger.db")
    where = claimed(ledger).scope
    scope = Scope(catalog=f"local:{path.absolute()}", library=where.library)
    for page, number in zip(rows, (1, 2, 3), strict=True):
        ledger.record_page(claimed(ledger, number, scope=scope), page.id, written={}, offered={})
    ledger.close()
    execute(path, "UPDATE pages SET cells = '{}' WHERE id = 3")
    SqlState(folder, clock).renew()
    ledger = open_ledger(folder / "ledger.db")
    assert ledger.page_owners(scope.catalog) == {PageId("1"): 1, PageId("2"): 2}
    ledger.close()
    catalog = open_catalog(path)
    assert catalog.every_row() == rows[:2]
    assert create(catalog, 4).id not in {page.id for page in rows}
    catalog.close()
