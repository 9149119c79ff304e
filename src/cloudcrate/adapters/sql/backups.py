"""Copies of a state file, one an hour at the most: the newest, and one a week for four weeks."""

import re
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from cloudcrate.adapters.sql.salvage import CATALOG_BOOK, LEDGER_BOOK, Book, read
from cloudcrate.adapters.sql.sqlite import BUSY_TIMEOUT, make_private
from cloudcrate.core.text import visible
from cloudcrate.durable import make_folder, sync
from cloudcrate.errors import BusyError, DiskError, StateError

APART = 3600.0
"""Seconds between two backups, at the least."""

WEEK = 7 * 24 * 3600.0
WEEKS = 4
"""So many weeks back one backup a week is kept."""

TIME = "%Y%m%dT%H%M%SZ"


@dataclass(frozen=True, slots=True, kw_only=True)
class Backup:
    """One copy and when it was made (epoch seconds)."""

    path: Path
    at: float


def keep_backups(state: Path, now: float, say: Callable[[str], None]) -> None:
    """Keeps a backup of each file in the folder ``state`` that was written to since its newest one.

    For the end of a run, under its lock. A backup that cannot be made is said and no error: the run was made.
    """
    for book in (LEDGER_BOOK, CATALOG_BOOK):
        path, folder = state / f"{book.stem}.db", state / "backups"
        try:
            if _written_since(path, backups(folder, book)):
                keep_backup(path, folder, now, book=book)
        except (StateError, DiskError, BusyError) as error:
            say(visible(f"no backup was made: {error.message}" + (f" Run: {error.hint}" if error.hint else "")))
        except OSError as error:
            say(visible(f"no backup was made: {folder} cannot be read: {error.strerror}."))


def keep_backup(path: Path, folder: Path, now: float, keep: int = 5, *, book: Book = LEDGER_BOOK) -> Path | None:
    """Copies the state file at ``path`` into ``folder`` and removes the copies that are not needed any more.

    ``None``: there is one from the last hour, or there is no file. The copy shows one moment, whoever writes
    meanwhile. It is read in full before it gets its name, and only then does an older one go.
    Raises: StateError when the file is damaged (nothing is kept or removed then), DiskError, BusyError.
    """
    there = backups(folder, book)
    if not path.exists() or any(0 <= now - backup.at < APART for backup in there):
        return None
    target = folder / f"{book.stem}-{stamp(now)}.db"
    partial = folder / f".{target.name}.partial"
    try:
        make_folder(folder, 0o700)
        for leftover in folder.glob(f".{book.stem}-*.partial*"):
            leftover.unlink()
        make_private(partial)
        _copy(path, partial, book)
        _refuse_damaged(path, partial, book)
        sync(partial)
        partial.replace(target)
        sync(folder)
        made = Backup(path=target, at=datetime.strptime(stamp(now), TIME).replace(tzinfo=UTC).timestamp())
        for backup in _superfluous([*there, made], now, keep):
            if backup.path != target:
                backup.path.unlink(missing_ok=True)
    except OSError as error:
        raise DiskError(f"The backup {target} cannot be written: {error.strerror}.") from error
    finally:
        with suppress(OSError):
            partial.unlink(missing_ok=True)
    return target


def backups(folder: Path, book: Book) -> list[Backup]:
    """The copies in ``folder``, newest first."""
    name = re.compile(rf"{book.stem}-([0-9]{{8}}T[0-9]{{6}}Z)\.db")
    found = []
    with suppress(FileNotFoundError, NotADirectoryError):
        for path in folder.iterdir():
            told = name.fullmatch(path.name)
            with suppress(ValueError):
                if told is not None:
                    at = datetime.strptime(told[1], TIME).replace(tzinfo=UTC)
                    found.append(Backup(path=path, at=at.timestamp()))
    return sorted(found, key=lambda backup: backup.at, reverse=True)


def stamp(now: float) -> str:
    """A time as names of files have it."""
    return datetime.fromtimestamp(now, UTC).strftime(TIME)


def _written_since(path: Path, there: Sequence[Backup]) -> bool:
    """Says whether the file or its log is newer than the newest backup, by the times of the filesystem alone."""
    newest = 0.0
    for backup in there[:1]:
        with suppress(FileNotFoundError):
            newest = backup.path.stat().st_mtime
    for written in (path, path.with_name(f"{path.name}-wal")):
        with suppress(FileNotFoundError):
            if written.stat().st_mtime > newest:
                return True
    return False


def _copy(path: Path, partial: Path, book: Book) -> None:
    """One moment of the file, its log included, as a file of its own."""
    try:
        with (
            closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=rw", uri=True, timeout=BUSY_TIMEOUT)) as source,
            closing(sqlite3.connect(partial)) as target,
        ):
            source.execute("PRAGMA wal_autocheckpoint=0")
            source.backup(target)
            target.execute("PRAGMA journal_mode=DELETE").fetchall()  # no log beside it when it is read
    except sqlite3.Error as error:
        primary = getattr(error, "sqlite_errorcode", 0) & 0xFF
        if primary in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            raise BusyError(f"Another process has held the {book.name} for {BUSY_TIMEOUT:.0f} s.") from error
        if primary in (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY):
            raise DiskError(f"The backup {partial} cannot be written: {error}.") from error
        raise _damaged(path, book, str(error)) from error


def _refuse_damaged(path: Path, partial: Path, book: Book) -> None:
    found = read(partial, book)
    if found.sound:
        return
    tables = [table for table, rows in found.tables.items() if rows.damaged or not rows.whole]
    raise _damaged(path, book, found.flaw or f"rows in {', '.join(tables)} do not fit their checksums")


def _damaged(path: Path, book: Book, what: str) -> StateError:
    return StateError(f"The {book.name} {path} is damaged: {what}.", hint="cloudcrate repair")


def _superfluous(there: Sequence[Backup], now: float, keep: int) -> list[Backup]:
    """All but the newest ones and the oldest of each week."""
    newest_first = sorted(there, key=lambda backup: backup.at, reverse=True)
    weekly = {int(b.at // WEEK): b for b in newest_first if now - b.at <= WEEKS * WEEK}  # the last one stays
    kept = {b.path for b in (*newest_first[:keep], *weekly.values())}
    return [backup for backup in newest_first if backup.path not in kept]
