"""Reads what is sound of a SQLite file of ours, however damaged it is.

Every row bears a checksum, so that a row is taken as it was written or not at all. Nothing here writes to
the file that is read: what may be changed (its header, its log) is changed in a copy.
"""

import os
import re
import shutil
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path

from cloudcrate.adapters.sql.catalog import derived
from cloudcrate.adapters.sql.database import Row, sealed
from cloudcrate.adapters.sql.migrations import CATALOG, LEDGER, Step
from cloudcrate.errors import CloudcrateError, DiskError

PAGE = 4096  # bytes, SQLite's default
HEADER = 100  # bytes before the first page's content
FURTHEST = 1_000_000
"""Row numbers tried one by one where a page is lost; in use are a few tens of thousands."""

COPIES = 20
"""How often a file is copied until nobody wrote to it meanwhile."""

_NAMES = re.compile(r"\w+(, \w+)*", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """A table whose rows bear a checksum."""

    table: str
    key: int  # so many of the sealed columns, the first ones, name a row
    sealed: tuple[str, ...]  # what the checksum covers, in order
    loose: tuple[str, ...] = ()  # what it does not cover
    fits_without: Callable[[Row], bool] | None = None  # judges a row from before there were checksums


@dataclass(frozen=True, slots=True, kw_only=True)
class Book:
    """One kind of file: what is in it."""

    name: str  # in messages
    stem: str  # of its file, and of its backups
    steps: Sequence[Step]
    shapes: tuple[Shape, ...]
    history: tuple[str, ...] = ()  # tables without checksums that only tell what was done
    budgets: tuple[str, ...] = ()  # tables without checksums of times and names


LEDGER_BOOK = Book(
    name="ledger",
    stem="ledger",
    steps=LEDGER,
    shapes=(
        Shape(table="playlists", key=1, sealed=("playlist", "value", "entries"), loose=("place",)),
        Shape(table="tracks", key=1, sealed=("track", "url", "at", "value")),
        Shape(table="pages", key=2, sealed=("catalog", "track", "page", "written", "offered")),
        Shape(table="files", key=2, sealed=("library", "track", "file")),
        Shape(table="decisions", key=2, sealed=("catalog", "track", "value")),
        Shape(table="reviews", key=2, sealed=("catalog", "track", "value"), loose=("since",)),
        Shape(table="intents", key=2, sealed=("catalog", "track", "sent_at", "digest")),
        Shape(table="unobtainable", key=2, sealed=("library", "track", "availability", "at")),
        Shape(table="notes", key=1, sealed=("key", "text")),
        Shape(table="indexed", key=2, sealed=("catalog", "page", "cells")),
    ),
    history=("runs", "events"),
    budgets=("spent", "parked"),
)


def _as_derived(row: Row) -> bool:
    """Judges a row of the local catalog by the keys it is found by, which repeat what its cells say."""
    try:
        return derived(row[1]) == row[-3:] and row[4] in (0, 1)
    except (CloudcrateError, TypeError):
        return False


CATALOG_BOOK = Book(
    name="local catalog",
    stem="catalog",
    steps=CATALOG,
    shapes=(
        Shape(
            table="pages",
            key=1,
            sealed=("id", "cells", "created_at", "updated_at", "trashed"),
            loose=("soundcloud_id", "url", "title"),
            fits_without=_as_derived,
        ),
    ),
)


@dataclass(slots=True, kw_only=True)
class Rows:
    """What was read of one table. A row is its sealed columns, its checksum and its loose columns."""

    sound: dict[Row, Row] = field(default_factory=dict)  # by key
    damaged: list[Row] = field(default_factory=list)  # the keys, as far as they can be read
    whole: bool = True  # every row of the table was reached


@dataclass(slots=True, kw_only=True)
class Reading:
    """What was read of a file."""

    version: int | None = None  # None: it does not say
    flaw: str = ""  # what SQLite itself finds wrong
    tables: dict[str, Rows] = field(default_factory=dict)
    others: dict[str, list[Row]] = field(default_factory=dict)  # of tables without checksums, as they stand

    @property
    def sound(self) -> bool:
        """Says whether nothing at all is wrong."""
        return not self.flaw and all(rows.whole and not rows.damaged for rows in self.tables.values())


def read(path: Path, book: Book, *, template: Path | None = None) -> Reading:
    """Reads a file that nobody else writes to: a backup, or a copy.

    From ``template``, an empty file of the kind, come the header and then the list of tables, when SQLite can
    read nothing without; the file is changed then. Where the tables begin is the same in both, unless the
    file was upgraded: what is found in the wrong place does not fit its checksum.
    """
    found = first = _read(path, book)
    for mend in (_mend_header, _mend_schema) if template is not None else ():
        if found.sound or any(rows.sound for rows in found.tables.values()) or path.stat().st_size < PAGE:
            break
        mend(path, template.read_bytes() if template is not None else b"")
        found = _read(path, book)
        found.flaw = first.flaw or found.flaw
    return found


def copy(path: Path, target: Path) -> None:
    """Copies a file and its log, byte for byte and durably. Raises: DiskError, also while others keep writing."""
    sides = ("", "-wal")
    try:
        for _ in range(COPIES):
            before = [_stamp(path, side) for side in sides]
            for side, stamp in zip(sides, before, strict=True):
                _copy_one(path.with_name(path.name + side), target.with_name(target.name + side), there=stamp)
            if before == [_stamp(path, side) for side in sides]:
                return
    except OSError as error:
        raise DiskError(f"{path} cannot be copied to {target}: {error.strerror}.") from error
    raise DiskError(f"{path} cannot be copied: another process keeps writing to it.", hint="End it, and try again.")


def composed(statement: str, *names: str) -> str:
    """A statement with names of tables and columns in its places, which no parameter can stand for.

    Raises: ValueError when one is not a plain name, or several with commas: a damaged file may hold any.
    """
    for name in names:
        if not _NAMES.fullmatch(name):
            raise ValueError(f"not a name: {name!r}")
    return statement.format(*names)


def _stamp(path: Path, side: str) -> tuple[int, int] | None:
    with suppress(FileNotFoundError):
        found = path.with_name(path.name + side).stat()
        return found.st_size, found.st_mtime_ns
    return None


def _copy_one(source: Path, target: Path, *, there: object) -> None:
    target.unlink(missing_ok=True)
    if there is None:
        return
    descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with source.open("rb") as reader, os.fdopen(descriptor, "wb") as writer:
        shutil.copyfileobj(reader, writer, 1 << 20)
        writer.flush()
        os.fsync(writer.fileno())


def _mend_header(path: Path, template: bytes) -> None:
    """Puts a sound header before the pages; how many there are is told by the file's size."""
    data = bytearray(template[:HEADER])
    data[28:32] = (path.stat().st_size // PAGE).to_bytes(4, "big")
    data[32:40] = bytes(8)  # no free pages are known
    with path.open("r+b") as file:
        file.write(data)


def _mend_schema(path: Path, template: bytes) -> None:
    """Puts sound pages in the place of those that list the tables: the first one and those it leads to.

    Source: SQLite's file format: a b-tree page begins with its kind (5 is interior), at 3 it has the number of
    cells, at 8 the last child; the places of the cells follow from 12 on, and a cell begins with its child.
    """
    numbers = [1]
    if template[HEADER] == 5:
        count = int.from_bytes(template[HEADER + 3 : HEADER + 5], "big")
        places = [HEADER + 12 + 2 * n for n in range(count)]
        cells = [int.from_bytes(template[place : place + 2], "big") for place in places]
        numbers += [int.from_bytes(template[cell : cell + 4], "big") for cell in (HEADER + 8, *cells)]
    with path.open("r+b") as file:
        for number in numbers:
            file.seek((number - 1) * PAGE)
            file.write(template[(number - 1) * PAGE : number * PAGE])
    _mend_header(path, template)


# --- reading ------------------------------------------------------------------------------------


def _read(path: Path, book: Book) -> Reading:
    found = Reading(tables={shape.table: Rows() for shape in book.shapes})
    immutable = "" if path.with_name(path.name + "-wal").exists() else "&immutable=1"
    uri = f"{path.absolute().as_uri()}?mode=rw{immutable}"
    try:
        with closing(sqlite3.connect(uri, uri=True, isolation_level=None)) as connection:
            connection.text_factory = lambda raw: raw.decode("utf-8", "replace")
            connection.execute("PRAGMA wal_autocheckpoint=0")
            connection.execute("PRAGMA writable_schema=ON")  # a file that was cut off is refused without
            found.flaw = _flaw(connection)
            found.version = _version(connection)
            names = _tables(connection)
            for shape in book.shapes:
                if shape.table in names:
                    found.tables[shape.table] = _rows(connection, shape)
                else:
                    found.tables[shape.table].whole = _may_lack(found, book, shape.table)
            for table in (*book.history, *book.budgets):
                found.others[table] = _loose_rows(connection, table)
    except (sqlite3.Error, UnicodeError) as error:
        found.flaw = found.flaw or str(error)
        for rows in found.tables.values():
            rows.whole = False
    if not found.flaw and found.version is None:
        found.flaw = "it does not say its version"
    return found


def _flaw(connection: sqlite3.Connection) -> str:
    try:
        said = [line for row in connection.execute("PRAGMA integrity_check(1)") for line in str(row[0]).splitlines()]
    except sqlite3.Error as error:
        return str(error)
    return "" if said == ["ok"] else said[-1] if said else "it cannot be checked"


def _version(connection: sqlite3.Connection) -> int | None:
    with suppress(sqlite3.Error):
        rows = connection.execute("SELECT version FROM schema").fetchall()
        if len(rows) == 1 and isinstance(rows[0][0], int):
            return rows[0][0]
    return None


def _tables(connection: sqlite3.Connection) -> set[str]:
    names = set()
    with suppress(sqlite3.Error):
        for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'"):
            names.add(str(row[0]))
    return names


def _may_lack(found: Reading, book: Book, table: str) -> bool:
    """Says whether a table is missing because the file is older than it."""
    if found.version is None or not 0 <= found.version <= len(book.steps):
        return False
    made = " ".join(statement for step in book.steps[: found.version] for statement in step)
    return re.search(rf"CREATE TABLE {table}\b", made) is None


def _rows(connection: sqlite3.Connection, shape: Shape) -> Rows:
    found, doubtful = Rows(), set[Row]()
    try:
        held = {str(row[1]) for row in connection.execute(f"PRAGMA table_info({shape.table})")}
    except sqlite3.Error:
        held = set()
    checksum = "checksum" if "checksum" in held else "NULL"
    columns = ", ".join((*shape.sealed, checksum, *shape.loose))
    for row in _every(connection, shape.table, columns, found):
        key = row[: shape.key]
        if not _fits(shape, row):
            found.damaged.append(key)
        elif found.sound.get(key, row) != row:
            doubtful.add(key)  # two sound rows of one key: a page of the past is among those of the present
        else:
            found.sound[key] = row
    for key in doubtful:
        del found.sound[key]
        found.damaged.append(key)
    return found


def _fits(shape: Shape, row: Row) -> bool:
    count = len(shape.sealed)
    if row[count] is None and shape.fits_without is not None:
        return shape.fits_without(row)
    return sealed(shape.table, *row[:count]) == row[: count + 1]


def _every(connection: sqlite3.Connection, table: str, columns: str, found: Rows) -> Iterator[Row]:
    """Every row that can be reached: one after another, and behind a lost page each by its number."""
    last = 0
    try:
        every = composed("SELECT rowid, {} FROM {} NOT INDEXED ORDER BY rowid", columns, table)
        for row in connection.execute(every):
            last = row[0]
            yield row[1:]
    except sqlite3.Error:
        found.whole = False
        for number in _numbers(connection, table, last):
            with suppress(sqlite3.Error):
                one = composed("SELECT {} FROM {} WHERE rowid = ?", columns, table)
                yield from connection.execute(one, (number,)).fetchall()


def _numbers(connection: sqlite3.Connection, table: str, last: int) -> Sequence[int]:
    """The row numbers after ``last``: those that the table's indexes tell, else every one up to the highest."""
    told = set[int]()
    indexes: list[str] = []
    with suppress(sqlite3.Error):
        indexes = [str(row[1]) for row in connection.execute(f"PRAGMA index_list({table})")]
    for index in indexes:
        with suppress(sqlite3.Error, ValueError):  # ValueError: the name is as damaged as the rest
            for row in connection.execute(composed("SELECT rowid FROM {} INDEXED BY {}", table, index)):
                told.add(row[0])
    with suppress(sqlite3.Error):
        highest = connection.execute(composed("SELECT max(rowid) FROM {}", table)).fetchone()[0]
        if isinstance(highest, int) and 0 < highest - last <= FURTHEST:
            told.update(range(last + 1, highest + 1))
    return sorted(number for number in told if number > last)


def _loose_rows(connection: sqlite3.Connection, table: str) -> list[Row]:
    rows: list[Row] = []
    with suppress(sqlite3.Error):
        for row in connection.execute(composed("SELECT * FROM {}", table)):
            rows.append(row)  # what came before an error is kept
    return rows
