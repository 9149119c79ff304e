"""Puts a sound state file in the place of a damaged one, and keeps the damaged one beside.

The new file is complete and on the disk before anything else changes. A repair that is killed leaves either
the damaged file or the new one in place, and begun anew it uses what the killed one had finished.
"""

import os
import re
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

from cloudcrate.adapters.sql.backups import backups, stamp
from cloudcrate.adapters.sql.catalog import derived
from cloudcrate.adapters.sql.database import Row, sealed
from cloudcrate.adapters.sql.migrations import migrate
from cloudcrate.adapters.sql.salvage import CATALOG_BOOK, LEDGER_BOOK, Book, Reading, Rows, Shape, composed, copy, read
from cloudcrate.adapters.sql.sqlite import SqliteDatabase
from cloudcrate.app.repair import Look, Table
from cloudcrate.durable import make_folder, sync
from cloudcrate.errors import DiskError, StateError

LONGEST_WINDOW = 3600.0
"""Seconds: what was spent before does not count for any budget."""

LONGEST_PARK = 24 * 3600.0
"""Seconds for which a service may ask to wait, at the most."""

_BUDGET = re.compile(r"[ -~]{1,80}")


class SqlState:
    """See ``app.repair.State``: the ledger and the local catalog."""

    def __init__(self, folder: Path, now: Callable[[], float]) -> None:
        self._ledger = _File(folder, LEDGER_BOOK, now)
        self._catalog = _File(folder, CATALOG_BOOK, now)

    def look(self) -> tuple[Look, ...]:
        """See ``app.repair.State.look``."""
        with self._ledger.reading() as (ledger, memory), self._catalog.reading() as (catalog, _):
            return ledger, self._known(catalog, memory)

    def renew(self) -> tuple[Look, ...]:
        """See ``app.repair.State.renew``. Both are read before one is changed: either may be too new."""
        with self._ledger.reading() as (look, memory), self._catalog.reading() as (read_catalog, rows):
            catalog = self._known(read_catalog, memory)
            ledger = self._ledger.renew(look, memory) if look.needs_repair else look
            if catalog.needs_repair:
                catalog = self._catalog.renew(catalog, rows, highest=self._highest_row())
                self._forget_lost_rows()
        return ledger, catalog

    def _known(self, catalog: Look, memory: Reading) -> Look:
        """A local catalog that is not there is missing when the ledger knows rows of it."""
        known = any(row[0] == self._catalog.id for row in memory.tables["pages"].sound.values())
        return replace(catalog, state="missing") if known and catalog.state == "absent" else catalog

    def _highest_row(self) -> int:
        """The highest number of a row that the ledger knows: a number that was lost must not name another row."""
        rows = read(self._ledger.path, LEDGER_BOOK).tables["pages"].sound.values() if self._ledger.path.exists() else ()
        return max((int(r[2]) for r in rows if r[0] == self._catalog.id and str(r[2]).isdecimal()), default=0)

    def _forget_lost_rows(self) -> None:
        """Lets the next sync make the rows anew that were lost: else they would count as removed by their user."""
        if not self._ledger.path.exists():
            return
        there = {str(row[0]) for row in read(self._catalog.path, CATALOG_BOOK).tables["pages"].sound.values()}
        database = SqliteDatabase(self._ledger.path, name="ledger", remedy="")
        try:
            with database.transaction() as connection:
                held = connection.execute("SELECT page FROM pages WHERE catalog = ?", (self._catalog.id,)).fetchall()
                lost = [(self._catalog.id, row[0]) for row in held if row[0] not in there]
                connection.executemany("DELETE FROM pages WHERE catalog = ? AND page = ?", lost)
        finally:
            database.close()


@dataclass(slots=True)
class _Takings:
    """The rows for a new file, and how many of each table come from elsewhere than the damaged one."""

    rows: dict[str, list[Row]]
    regained: dict[str, int]
    others: dict[str, list[Row]]


class _File:
    def __init__(self, folder: Path, book: Book, now: Callable[[], float]) -> None:
        self.path = folder / f"{book.stem}.db"
        self.id = f"local:{self.path.absolute()}"
        self._folder = folder
        self._book = book
        self._now = now
        self._finished = self.path.with_name(f"{self.path.name}.repaired")

    @contextmanager
    def reading(self) -> Iterator[tuple[Look, Reading]]:
        """What is left, read in a copy."""
        written = [stat.st_mtime for side in ("", "-wal") if (stat := _stat(Path(f"{self.path}{side}")))]
        if not written:
            sources = [*backups(self._folder / "backups", self._book), *filter(Path.exists, (self._finished,))]
            yield self._told("missing" if sources else "absent", _nothing(self._book), None), _nothing(self._book)
            return
        with self._scratch() as scratch:
            copied = scratch / self.path.name
            copy(self.path, copied)
            if not copied.exists():
                copied.touch(0o600)
            found = read(copied, self._book, template=self._written(scratch / "empty.db", None))
            if found.version is not None and found.version > len(self._book.steps):
                raise StateError(
                    f"The {self._book.name} {self.path} was written by a newer cloudcrate (schema {found.version}; "
                    f"this one knows {len(self._book.steps)}): it is not repaired.",
                    hint="Upgrade cloudcrate, and try again.",
                )
            yield self._told("sound" if found.sound else "damaged", found, max(written)), found

    def renew(self, look: Look, found: Reading, *, highest: int = 0) -> Look:
        """Makes the new file, keeps the damaged one and changes them over."""
        takings = _takings(self._book, found, self._older(), self._now())
        if highest and highest > max((row[0] for row in takings.rows["pages"]), default=0):
            now = self._now()
            takings.rows["pages"].append((*sealed("pages", highest + 1, "{}", now, now, 1), None, None, ""))
        with self._scratch() as scratch:
            fresh = self._written(scratch / "fresh.db", takings)
            moved = self._keep_damaged() if look.state == "damaged" else ""
            with _disk_errors(self.path):
                sync(fresh)
                fresh.replace(self._finished)
                sync(self._folder)
                for side in ("-wal", "-shm"):  # a log that lay beside would be taken for the new file's
                    Path(f"{self.path}{side}").unlink(missing_ok=True)
                self._finished.replace(self.path)
                sync(self._folder)
        tables = tuple(replace(table, regained=takings.regained[table.name]) for table in look.tables)
        return replace(look, tables=tables, moved_to=moved)

    def _told(self, state: str, found: Reading, written: float | None) -> Look:
        there = backups(self._folder / "backups", self._book)
        tables = tuple(
            Table(name=name, sound=len(rows.sound), damaged=len(rows.damaged), whole=rows.whole)
            for name, rows in found.tables.items()
        )
        return Look(
            name=self._book.name,
            path=str(self.path),
            state=state,
            flaw=found.flaw,
            tables=tables,
            backup=str(there[0].path) if there else "",
            written_at=written,
        )

    def _older(self) -> list[Reading]:
        """The newest copy that can be read, and before it what a killed repair has finished since."""
        found: list[Reading] = []
        finished = _stat(self._finished)
        for backup in backups(self._folder / "backups", self._book):
            one = read(backup.path, self._book)
            if one.version is not None and one.version <= len(self._book.steps):
                found = [one]
                finished = finished if finished is not None and finished.st_mtime > backup.at else None
                break
        return found if finished is None else [read(self._finished, self._book), *found]

    def _written(self, path: Path, takings: _Takings | None) -> Path:
        """A new file with these rows and no log beside it."""
        database = SqliteDatabase(path, name=self._book.name, remedy="")
        try:
            migrate(database, self._book.steps)
            if takings is not None:
                with database.transaction() as connection:
                    for shape in self._book.shapes:
                        columns = (*shape.sealed, "checksum", *shape.loose)
                        into = composed("INSERT INTO {} ({})", shape.table, ", ".join(columns))
                        connection.executemany(f"{into} VALUES ({_marks(columns)})", takings.rows[shape.table])
                    for table, rows in takings.others.items():
                        into = composed("INSERT INTO {}", table)
                        for row in rows:
                            connection.execute(f"{into} VALUES ({_marks(row)})", row)
        finally:
            database.close()
        if takings is not None and not read(path, self._book).sound:
            raise DiskError(f"What was just written to {path} cannot be read back.", hint="The disk may be failing.")
        return path

    def _keep_damaged(self) -> str:
        with _disk_errors(self.path):
            folder = self._folder / "damaged"
            make_folder(folder, 0o700)
            name = f"{self._book.stem}-{stamp(self._now())}"
            target = next(t for n in range(10_000) if not (t := folder / f"{name}{f'-{n}' if n else ''}.db").exists())
            copy(self.path, target)
            sync(folder)
        return str(target)

    @contextmanager
    def _scratch(self) -> Iterator[Path]:
        """A folder of its own beside the state. Those of repairs that were killed go."""
        with _disk_errors(self.path):
            for leftover in self._folder.glob(f".repair-{self._book.stem}-*"):
                shutil.rmtree(leftover, ignore_errors=True)
            scratch = Path(tempfile.mkdtemp(prefix=f".repair-{self._book.stem}-", dir=self._folder))
        try:
            yield scratch
        finally:
            shutil.rmtree(scratch, ignore_errors=True)


# --- what is taken ------------------------------------------------------------------------------


def _takings(book: Book, found: Reading, older: Sequence[Reading], now: float) -> _Takings:
    takings = _Takings(rows={}, regained={}, others={})
    kept: dict[str, dict[Row, Row]] = {}
    for shape in book.shapes:
        kept[shape.table], regained = _merged(found.tables[shape.table], [one.tables[shape.table] for one in older])
        if shape.table == "intents":
            regained = {key for key in regained if key not in kept["pages"]}
            kept["intents"] = {
                k: r for k, r in kept["intents"].items() if k in regained or k in found.tables["intents"].sound
            }
        takings.regained[shape.table] = len(regained)
        takings.rows[shape.table] = list(_loosely(book, shape, kept[shape.table].values(), now))
    for table in book.history:  # nothing tells a damaged one from a sound one: only what was copied before
        takings.others[table] = next((one.others[table] for one in older if one.others.get(table)), [])
    for table in book.budgets:
        sources: Iterable[Row] = found.others.get(table) or next(
            (o.others[table] for o in older if table in o.others), []
        )
        takings.others[table] = list(
            {row[0] if table == "parked" else n: row for n, row in enumerate(sources) if _plausible(row, now)}.values()
        )
    return takings


def _merged(rows: Rows, older: Sequence[Rows]) -> tuple[dict[Row, Row], set[Row]]:
    """The sound rows, and in the place of those that are damaged or were not reached those of older copies.

    A row that is neither there nor damaged in a table that was read in full was taken out: it stays out.
    Of a damaged row with a key that no copy knows, the key itself may be what is damaged.
    """
    taken, regained = dict(rows.sound), set[Row]()
    damaged = set(rows.damaged)
    any_key = not rows.whole or any(all(key not in one.sound for one in older) for key in damaged)
    for one in older:
        for key, row in one.sound.items():
            if key not in taken and (any_key or key in damaged):
                taken[key] = row
                regained.add(key)
    return taken, regained


def _loosely(book: Book, shape: Shape, rows: Iterable[Row], now: float) -> Iterator[Row]:
    """The rows with such columns made anew that no checksum covers."""
    count = len(shape.sealed)
    if shape.table == "playlists":
        ordered = sorted(rows, key=lambda row: row[-1] if isinstance(row[-1], int) else 1 << 62)
        yield from ((*row[:-1], place) for place, row in enumerate(ordered))
    elif shape.table == "reviews":
        yield from ((*row[:-1], row[-1] if isinstance(row[-1], float) and 0 <= row[-1] <= now else now) for row in rows)
    elif book is CATALOG_BOOK:
        yield from ((*sealed("pages", *row[:count]), *derived(row[1])) for row in rows)
    else:
        yield from rows


def _plausible(row: Row, now: float) -> bool:
    """Judges a row of a budget: a wrong one must never make anybody wait for long."""
    name, *times = row
    if not isinstance(name, str) or not _BUDGET.fullmatch(name) or not all(isinstance(t, float) for t in times):
        return False
    return now - LONGEST_WINDOW <= times[0] <= now and (len(times) < 2 or times[1] - times[0] <= LONGEST_PARK)


def _nothing(book: Book) -> Reading:
    return Reading(tables={shape.table: Rows(whole=False) for shape in book.shapes})


def _marks(columns: Sequence[object]) -> str:
    return ", ".join("?" * len(columns))


def _stat(path: Path) -> os.stat_result | None:
    with suppress(FileNotFoundError):
        return path.stat()
    return None


@contextmanager
def _disk_errors(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        hint = "Make room or the folder writable, then run the same command again."
        raise DiskError(f"{path} cannot be repaired: {error.strerror}.", hint=hint) from error
