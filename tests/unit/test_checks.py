"""What ``doctor`` says of the SQLite that Python brings."""

import sqlite3

import pytest

from cloudcrate.adapters import checks


@pytest.mark.parametrize(
    "version",
    [(3, 7, 0), (3, 40, 1), (3, 44, 5), (3, 45, 0), (3, 49, 9), (3, 50, 6), (3, 51, 0), (3, 51, 2)],
)
def test_a_sqlite_with_the_wal_reset_fault_gets_a_note_that_names_the_versions_without(
    version: tuple[int, ...],
) -> None:
    (check,) = checks.sqlite(version)
    assert check.state == "note"
    assert check.message.startswith(".".join(map(str, version)))
    assert all(mended in check.hint for mended in ("3.51.3", "3.50.7", "3.44.6"))


@pytest.mark.parametrize(
    "version",
    [(3, 6, 23), (3, 44, 6), (3, 44, 7), (3, 50, 7), (3, 50, 8), (3, 51, 3), (3, 53, 0), (4, 0, 0)],
)
def test_a_sqlite_from_before_the_fault_or_with_its_repair_is_fine(version: tuple[int, ...]) -> None:
    (check,) = checks.sqlite(version)
    assert (check.state, check.hint) == ("fine", "")


def test_the_sqlite_that_is_looked_at_is_the_one_in_use() -> None:
    (check,) = checks.sqlite()
    assert check.message.startswith(sqlite3.sqlite_version)
