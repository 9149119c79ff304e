"""The schemas, one step per version, and how a file is brought up to date.

A step that was released is never changed; another is added.
"""

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from cloudcrate.adapters.sql.sqlite import SqliteDatabase, make_private
from cloudcrate.errors import DiskError, StateError

Step = Sequence[str]
"""The statements that lead from one version to the next."""

LEDGER: Sequence[Step] = (
    (
        """CREATE TABLE pages (
            catalog TEXT NOT NULL, track INTEGER NOT NULL, page TEXT NOT NULL,
            written TEXT NOT NULL, offered TEXT NOT NULL, checksum INTEGER NOT NULL,
            PRIMARY KEY (catalog, track)
        )""",
        """CREATE TABLE files (
            library TEXT NOT NULL, track INTEGER NOT NULL, file TEXT NOT NULL, checksum INTEGER NOT NULL,
            PRIMARY KEY (library, track)
        )""",
        """CREATE TABLE unobtainable (
            library TEXT NOT NULL, track INTEGER NOT NULL, availability TEXT NOT NULL, at REAL NOT NULL,
            checksum INTEGER NOT NULL,
            PRIMARY KEY (library, track)
        )""",
        """CREATE TABLE intents (
            catalog TEXT NOT NULL, track INTEGER NOT NULL, sent_at REAL NOT NULL, digest TEXT NOT NULL,
            checksum INTEGER NOT NULL,
            PRIMARY KEY (catalog, track)
        )""",
        """CREATE TABLE claims (
            catalog TEXT NOT NULL, library TEXT NOT NULL, track INTEGER NOT NULL,
            owner TEXT NOT NULL, token INTEGER NOT NULL, at REAL NOT NULL, until REAL NOT NULL,
            PRIMARY KEY (catalog, library, track)
        )""",
        """CREATE TABLE tracks (
            track INTEGER PRIMARY KEY, url TEXT NOT NULL, at REAL NOT NULL, value TEXT NOT NULL,
            checksum INTEGER NOT NULL
        )""",
        "CREATE INDEX tracks_by_url ON tracks (url)",
        """CREATE TABLE playlists (
            playlist TEXT PRIMARY KEY, place INTEGER NOT NULL, value TEXT NOT NULL, entries TEXT NOT NULL,
            checksum INTEGER NOT NULL
        )""",
        "CREATE TABLE spent (name TEXT NOT NULL, at REAL NOT NULL)",
        "CREATE INDEX spent_by_time ON spent (name, at)",
        "CREATE TABLE parked (name TEXT PRIMARY KEY, at REAL NOT NULL, until REAL NOT NULL)",
        """CREATE TABLE runs (
            place INTEGER PRIMARY KEY, run TEXT NOT NULL UNIQUE, playlist TEXT NOT NULL,
            catalog TEXT NOT NULL, library TEXT NOT NULL, started_at REAL NOT NULL, ended_at REAL, report TEXT
        )""",
        "CREATE INDEX runs_by_time ON runs (started_at, place)",
        """CREATE TABLE events (
            place INTEGER PRIMARY KEY, run TEXT NOT NULL, track INTEGER NOT NULL, side TEXT NOT NULL,
            at REAL NOT NULL, operation TEXT NOT NULL, outcome TEXT NOT NULL
        )""",
        "CREATE INDEX events_by_track ON events (track, side, place)",
    ),
    (
        "CREATE TABLE notes (key TEXT PRIMARY KEY, text TEXT NOT NULL, checksum INTEGER NOT NULL)",
        """CREATE TABLE indexed (
            catalog TEXT NOT NULL, page TEXT NOT NULL, cells TEXT NOT NULL, checksum INTEGER NOT NULL,
            PRIMARY KEY (catalog, page)
        )""",
        """CREATE TABLE reviews (
            catalog TEXT NOT NULL, track INTEGER NOT NULL, value TEXT NOT NULL, checksum INTEGER NOT NULL,
            since REAL NOT NULL,
            PRIMARY KEY (catalog, track)
        )""",
        """CREATE TABLE decisions (
            catalog TEXT NOT NULL, track INTEGER NOT NULL, value TEXT NOT NULL, checksum INTEGER NOT NULL,
            PRIMARY KEY (catalog, track)
        )""",
    ),
)

CATALOG: Sequence[Step] = (
    (
        """CREATE TABLE pages (
            id INTEGER PRIMARY KEY, cells TEXT NOT NULL, created_at REAL NOT NULL, updated_at REAL NOT NULL,
            trashed INTEGER NOT NULL DEFAULT 0, soundcloud_id INTEGER, url TEXT, title TEXT NOT NULL
        )""",
        "CREATE INDEX pages_by_soundcloud_id ON pages (soundcloud_id)",
        "CREATE INDEX pages_by_url ON pages (url)",
        "CREATE INDEX pages_by_title ON pages (title)",
    ),
    ("ALTER TABLE pages ADD COLUMN checksum INTEGER",),  # the catalog gives the rows theirs when it is opened
)


def migrate(database: SqliteDatabase, steps: Sequence[Step]) -> None:
    """Brings a file up to date: each step is one transaction together with its number.

    A file that holds something is copied first, to ``NAME.schema-1`` beside it. A new one takes all steps in
    one transaction, so that no file that was never finished looks like one that an older cloudcrate left.
    Raises: StateError when a newer cloudcrate wrote it; DiskError.
    """
    version = _version(database)
    if version == 0:
        _take(database, steps, 0, len(steps))
        version = _version(database)  # another process may have made it, and another cloudcrate
    if version > len(steps):
        raise StateError(
            f"The {database.name} {database.path} was written by a newer cloudcrate (schema {version}; "
            f"this one knows {len(steps)}).",
            hint="Upgrade cloudcrate, or choose another folder with --state.",
        )
    if version < len(steps):
        _copy(database, database.path.with_name(f"{database.path.name}.schema-{version}"))
    for number in range(version, len(steps)):
        _take(database, steps, number, number + 1)


def _take(database: SqliteDatabase, steps: Sequence[Step], version: int, to: int) -> None:
    """Takes the steps that lead from one version to another, unless another process was faster."""
    with database.transaction() as connection:
        if _version(database) == version:
            for step in steps[version:to]:
                for statement in step:
                    connection.execute(statement)
            _set_version(connection, to)


def _version(database: SqliteDatabase) -> int:
    """The number of steps taken; 0 for a new file."""
    if not database.rows("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'schema'"):
        return 0
    rows = database.rows("SELECT version FROM schema")
    if len(rows) != 1 or not isinstance(rows[0][0], int):
        raise StateError(f"The {database.name} {database.path} is damaged: it does not say its version.")
    return rows[0][0]


def _set_version(connection: sqlite3.Connection, version: int) -> None:
    connection.execute("CREATE TABLE IF NOT EXISTS schema (version INTEGER NOT NULL)")
    connection.execute("DELETE FROM schema")
    connection.execute("INSERT INTO schema VALUES (?)", (version,))


def _copy(database: SqliteDatabase, target: Path) -> None:
    try:
        make_private(target)
    except OSError as error:
        raise DiskError(f"The copy {target} cannot be written: {error.strerror}.") from error
    with database.snapshot(), closing(sqlite3.connect(database.path)) as source, closing(sqlite3.connect(target)) as to:
        source.backup(to)
