"""An upgrade that is killed at any statement leaves a state that the next start upgrades whole."""

import sqlite3
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

import killed_migration
import pytest
from killed_migration import STEPS, Counting, KilledError

from cloudcrate.adapters.sql.database import Row, sealed
from cloudcrate.adapters.sql.migrations import CATALOG, LEDGER, Step, migrate

PAGES = [sealed("pages", "notion:1", number, f"page-{number}", "{}", "{}") for number in range(50)]


def built(path: Path, version: int, steps: Sequence[Step] = LEDGER) -> None:
    """A state of an older version, with rows in it."""
    path.parent.mkdir(mode=0o700, exist_ok=True)
    with closing(sqlite3.connect(path)) as connection:
        for step in steps[:version]:
            for statement in step:
                connection.execute(statement)
        connection.execute("CREATE TABLE schema (version INTEGER NOT NULL)")
        connection.execute("INSERT INTO schema VALUES (?)", (version,))
        if steps is not CATALOG:
            connection.executemany("INSERT INTO pages VALUES (?, ?, ?, ?, ?, ?)", PAGES)
        connection.commit()


@contextmanager
def reading(path: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        yield connection


def pages(path: Path) -> list[Row]:
    with reading(path) as connection:
        return connection.execute(
            "SELECT catalog, track, page, written, offered, checksum FROM pages ORDER BY track"
        ).fetchall()


def version(path: Path) -> int:
    with reading(path) as connection:
        [(found,)] = connection.execute("SELECT version FROM schema").fetchall()
    return int(found)


def upgraded(path: Path, steps: Sequence[Step]) -> None:
    database = Counting(path)
    try:
        migrate(database, steps)
    finally:
        database.close()


def schema(path: Path) -> list[str]:
    with reading(path) as connection:
        return sorted(row[0] for row in connection.execute("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL"))


@pytest.mark.parametrize("before", range(1, len(LEDGER) + 1))
def test_an_upgrade_broken_off_after_any_statement_is_finished_by_the_next_start(tmp_path: Path, before: int) -> None:
    built(tmp_path / "whole" / "ledger.db", before)
    upgraded(tmp_path / "whole" / "ledger.db", STEPS)
    wanted, statements = schema(tmp_path / "whole" / "ledger.db"), 0
    while True:
        path = tmp_path / str(statements) / "ledger.db"
        built(path, before)
        database = Counting(path, kill_after=statements)
        try:
            migrate(database, STEPS)
        except KilledError:
            assert before <= version(path) <= len(STEPS)
            assert pages(path) == PAGES
        else:
            break
        finally:
            database.close()
        upgraded(path, STEPS)
        assert (version(path), pages(path), schema(path)) == (len(STEPS), PAGES, wanted)
        copies = list(path.parent.glob("ledger.db.schema-*[0-9]"))
        assert path.with_name(f"ledger.db.schema-{before}") in copies
        for copy in copies:
            assert pages(copy) == PAGES
            assert version(copy) == int(copy.name.rpartition("-")[2])
        statements += 1
    assert statements > 3 * (len(STEPS) - before)


@pytest.mark.parametrize("before", range(1, len(LEDGER) + 1))
def test_a_process_that_dies_after_any_statement_loses_nothing(tmp_path: Path, before: int) -> None:
    """As above, with an end that lets nothing be rolled back, closed or cleaned up."""
    for statements in range(0, 400, 3):
        path = tmp_path / str(statements) / "ledger.db"
        built(path, before)
        command = [sys.executable, killed_migration.__file__, str(path), str(statements)]
        code = subprocess.run(command, timeout=30, check=False).returncode
        if code == 0:
            break
        assert code == killed_migration.DIED
        upgraded(path, STEPS)
        assert (version(path), pages(path)) == (len(STEPS), PAGES)
        assert pages(path.with_name(f"ledger.db.schema-{before}")) == PAGES
    assert statements > 3
    assert version(path) == len(STEPS)


def test_a_new_state_broken_off_after_any_statement_is_made_whole(tmp_path: Path) -> None:
    """What never got past being made holds nothing: no copy of it is kept."""
    statements = 0
    while True:
        path = tmp_path / str(statements) / "ledger.db"
        database = Counting(path, kill_after=statements)
        try:
            migrate(database, LEDGER)
        except KilledError:
            statements += 1
        else:
            break
        finally:
            database.close()
        upgraded(path, LEDGER)
        assert version(path) == len(LEDGER)
        assert not list(path.parent.glob("*.schema-*"))
    assert statements > sum(map(len, LEDGER))
