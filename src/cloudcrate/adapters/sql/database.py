"""What the parts of the ledger need of a database, and the form that rows have in every one.

The statements of those parts are one text for SQLite and PostgreSQL: plain SQL with upserts, ``RETURNING``
and ``?`` in the place of values. What the two do differently is in ``sqlite`` and in ``postgres``. SQLite has
one writer at a time; in PostgreSQL only those statements wait for each other that write, or lock, the same row.
Times are epoch seconds from the caller.
"""

import json
import zlib
from collections.abc import Callable, Collection, Iterable, Sequence
from contextlib import AbstractContextManager
from functools import wraps
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar  # Any: what a column holds

from cloudcrate.core.text import visible
from cloudcrate.errors import StateError

AT_ONCE = 500
"""Ids in one statement; SQLite allows 32,766 parameters."""

Row = tuple[Any, ...]  # Any: what a column holds

P = ParamSpec("P")
T = TypeVar("T")


class Results(Protocol):
    """The rows that a statement answers with."""

    def fetchone(self) -> Any:  # Any: a Row, or None; sqlite3 tells no more
        """The next row; None when there is none."""

    def fetchall(self) -> list[Any]:  # Any: Rows; sqlite3 tells no more
        """The rows that are left."""


class Connection(Protocol):
    """What can be done inside a transaction."""

    def execute(self, statement: str, parameters: Sequence[Any] = (), /) -> Results:  # Any: what a column holds
        """Runs one statement with a value for each ``?``."""

    def executemany(self, statement: str, parameters: Iterable[Sequence[Any]], /) -> object:  # Any: as above
        """Runs one statement with each of these."""


class Database(Protocol):
    """Where the ledger's rows are. Each thread has a connection of its own."""

    def transaction(self) -> AbstractContextManager[Connection]:
        """A write transaction that sees the newest state; committed durably at the end, or not at all."""

    def snapshot(self) -> AbstractContextManager[None]:
        """Reads of this thread inside see one and the same state."""

    def lasting(self, work: Callable[[], T]) -> T:
        """Does ``work`` again when the connection to the database was lost before it was known to be committed.

        So it must bear to be done twice: seldom, when the database itself was killed, it was committed after all.
        Inside of other such work it is a part of that, and done once: all of it is done again, or nothing.
        Raises: UnavailableError when the database stays away.
        """

    def rows(self, statement: str, parameters: Sequence[object] = ()) -> list[Row]:
        """Reads; lasting by itself."""

    def rows_in(
        self, statement: str, before: Sequence[object], values: Collection[object], rest: str = ""
    ) -> list[Row]:
        """Reads the rows for ``values``, in blocks. ``statement`` ends in ``IN``; ``before`` are its parameters.

        A whole number too large for the database is in no row.
        """

    def opened(self, table: str, row: Row, *, of: object) -> Row:
        """A row that was ``sealed``, without its checksum. Raises: StateError when it does not fit."""

    def close(self) -> None:
        """Closes every connection; later calls raise StateError."""


class Part(Protocol):
    """A part of the ledger."""

    _database: Database


S = TypeVar("S", bound=Part)


def durable(method: Callable[Concatenate[S, P], T]) -> Callable[Concatenate[S, P], T]:
    """Makes a method outlive a lost connection: it is done again from its beginning. See ``Database.lasting``.

    So its arguments must bear being read twice: an iterator does not.
    """

    @wraps(method)
    def lasting(self: S, /, *arguments: P.args, **named: P.kwargs) -> T:
        return self._database.lasting(lambda: method(self, *arguments, **named))

    return lasting


def in_blocks(
    rows: Callable[[str, Sequence[object]], list[Row]],
    statement: str,
    before: Sequence[object],
    values: Collection[object],
    rest: str,
) -> list[Row]:
    """Reads with ``rows`` what ``Database.rows_in`` promises."""
    wanted = [value for value in dict.fromkeys(values) if not isinstance(value, int) or fits(value)]
    found: list[Row] = []
    for start in range(0, len(wanted), AT_ONCE):
        block = wanted[start : start + AT_ONCE]
        found += rows(f"{statement} ({','.join('?' * len(block))}) {rest}", [*before, *block])
    return found


def refuse_damaged(table: str, row: Row, *, of: object, name: str, remedy: str) -> Row:
    """A row without its checksum. Raises: StateError when that does not fit."""
    if sealed(table, *row[:-1]) != row:
        raise StateError(
            f"The {name} is damaged: what it holds of {visible(str(of))} in the table {table!r} "
            "does not fit its checksum.",
            hint=remedy,
        )
    return row[:-1]


def sealed(table: str, *columns: object) -> Row:
    """A row's columns and their checksum.

    SQLite has none for its pages: of 200 random overwrites, 89 went unseen without.
    """
    text = json.dumps([table, *columns], default=repr)
    return (*columns, zlib.crc32(text.encode("ascii")))


def utf8(text: str) -> str:
    """``text`` as a database can hold it: lone surrogates become ``\\udc80``, NUL ``\\u0000``, as in JSON."""
    if not text.isascii():
        text = text.encode("utf-8", "backslashreplace").decode("utf-8")
    return text.replace("\0", "\\u0000")


def fits(number: int) -> bool:
    """Says whether a column can hold the number: 64 bits, signed."""
    return -(2**63) <= number < 2**63
