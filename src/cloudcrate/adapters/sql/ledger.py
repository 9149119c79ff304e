"""The Ledger on SQLite. Every write is one durable transaction."""

import json
import sqlite3
from collections.abc import Callable, Collection, Iterable, Sequence
from pathlib import Path

from cloudcrate.adapters.sql.database import Database, Row, checksum, marks, verified
from cloudcrate.adapters.sql.migrations import LEDGER
from cloudcrate.core import codec
from cloudcrate.core.link import normal_url
from cloudcrate.core.model import (
    Availability,
    Cells,
    Intent,
    KnownPlaylist,
    Memory,
    PageId,
    PlaylistId,
    StoredFile,
    Track,
    TrackId,
)
from cloudcrate.errors import StaleClaimError
from cloudcrate.ports import Claim, RunRecord, Scope, TrackEvent

AT_ONCE = 500
"""Ids in one statement; SQLite allows 32,766 parameters."""


def open_ledger(path: Path) -> "SqlLedger":
    """Opens the ledger, making or upgrading the file. Raises: StateError, DiskError."""
    return SqlLedger(Database(path, LEDGER))


class SqlLedger:
    """See ``ports.Ledger``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def close(self) -> None:
        """Lets go of the state."""
        self._database.close()

    # --- memories ---------------------------------------------------------------------------

    def recall(self, scope: Scope, tracks: Collection[TrackId]) -> dict[TrackId, Memory]:
        """See ``ports.Memories.recall``."""
        ids = list(dict.fromkeys(tracks))
        pages = self._by_track("pages", "page, written, offered, checksum", "catalog", scope.catalog, ids)
        files = self._by_track("files", "path, file, checksum", "library", scope.library, ids)
        lost = self._by_track("unobtainable", "availability, at", "library", scope.library, ids)
        intents = self._by_track("intents", "sent_at, digest, checksum", "catalog", scope.catalog, ids)
        memories = {}
        for track in ids:
            page = pages.get(track)
            if page is not None:
                verified("pages", track, page[3], *page[:3])
            memories[track] = Memory(
                track_id=track,
                page_id=PageId(page[0]) if page else None,
                written=codec.cells_from_json(page[1]) if page else {},
                offered=codec.cells_from_json(page[2]) if page else {},
                intent=_intent(track, intents.get(track)),
                file=_file(track, files.get(track)),
                unobtainable=Availability(lost[track][0]) if track in lost else None,
                unobtainable_at=lost[track][1] if track in lost else None,
            )
        return memories

    def page_owners(self, catalog: str) -> dict[PageId, TrackId]:
        """See ``ports.Memories.page_owners``."""
        rows = self._database.rows("SELECT page, track FROM pages WHERE catalog = ?", [catalog])
        return {PageId(page): TrackId(track) for page, track in rows}

    def file_paths(self, library: str) -> dict[str, TrackId]:
        """See ``ports.Memories.file_paths``."""
        rows = self._database.rows("SELECT path, track FROM files WHERE library = ?", [library])
        return {path: TrackId(track) for path, track in rows}

    def record_page(self, claim: Claim, page_id: PageId, *, written: Cells, offered: Cells) -> None:
        """See ``ports.Memories.record_page``."""
        key = (claim.scope.catalog, claim.track_id)
        with self._database.transaction() as connection:
            _fence(connection, claim)
            before = connection.execute(
                "SELECT written, offered FROM pages WHERE catalog = ? AND track = ? AND page = ?", (*key, page_id)
            ).fetchone() or ("{}", "{}")
            both = [
                codec.cells_to_json({**codec.cells_from_json(old), **new})
                for old, new in zip(before, (written, offered), strict=True)
            ]
            connection.execute(
                "INSERT INTO pages VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (catalog, track) DO UPDATE SET "
                "page = excluded.page, written = excluded.written, offered = excluded.offered, "
                "checksum = excluded.checksum",
                (*key, page_id, *both, checksum(page_id, *both)),
            )
            connection.execute("DELETE FROM intents WHERE catalog = ? AND track = ?", key)

    def record_file(self, claim: Claim, file: StoredFile) -> None:
        """See ``ports.Memories.record_file``."""
        key, value = (claim.scope.library, claim.track_id), codec.dumps(file)
        with self._database.transaction() as connection:
            _fence(connection, claim)
            connection.execute(
                "INSERT INTO files VALUES (?, ?, ?, ?, ?) ON CONFLICT (library, track) DO UPDATE SET "
                "path = excluded.path, file = excluded.file, checksum = excluded.checksum",
                (*key, file.path, value, checksum(file.path, value)),
            )
            connection.execute("DELETE FROM unobtainable WHERE library = ? AND track = ?", key)

    def record_unobtainable(self, claim: Claim, availability: Availability, at: float) -> None:
        """See ``ports.Memories.record_unobtainable``."""
        with self._database.transaction() as connection:
            _fence(connection, claim)
            connection.execute(
                "INSERT INTO unobtainable VALUES (?, ?, ?, ?) ON CONFLICT (library, track) DO UPDATE SET "
                "availability = excluded.availability, at = excluded.at",
                (claim.scope.library, claim.track_id, availability.value, at),
            )

    # --- intents and claims -----------------------------------------------------------------

    def open_intent(self, claim: Claim, intent: Intent) -> None:
        """See ``ports.Intents.open_intent``."""
        values = (intent.sent_at, intent.digest)
        with self._database.transaction() as connection:
            _fence(connection, claim)
            connection.execute(
                "INSERT INTO intents VALUES (?, ?, ?, ?, ?) ON CONFLICT (catalog, track) DO UPDATE SET "
                "sent_at = excluded.sent_at, digest = excluded.digest, checksum = excluded.checksum",
                (claim.scope.catalog, claim.track_id, *values, checksum(*values)),
            )

    def drop_intent(self, claim: Claim) -> None:
        """See ``ports.Intents.drop_intent``."""
        with self._database.transaction() as connection:
            _fence(connection, claim)
            connection.execute(
                "DELETE FROM intents WHERE catalog = ? AND track = ?", (claim.scope.catalog, claim.track_id)
            )

    def claim(self, scope: Scope, track_id: TrackId, owner: str, *, lease: float, now: float) -> Claim | None:
        """See ``ports.Claims.claim``. One statement, so that no two owners can both succeed."""
        with self._database.transaction() as connection:
            row = connection.execute(
                "INSERT INTO claims VALUES (?, ?, ?, ?, 1, ?) ON CONFLICT (catalog, library, track) DO UPDATE SET "
                "owner = excluded.owner, token = claims.token + 1, until = excluded.until "
                "WHERE claims.until <= ? OR claims.owner = excluded.owner RETURNING token",
                (scope.catalog, scope.library, track_id, owner, now + lease, now),
            ).fetchone()
        return None if row is None else Claim(scope=scope, track_id=track_id, token=row[0])

    def release(self, claims: Collection[Claim]) -> None:
        """See ``ports.Claims.release``."""
        keys = [(c.scope.catalog, c.scope.library, c.track_id, c.token) for c in claims]
        if keys:
            with self._database.transaction() as connection:
                connection.executemany(
                    "UPDATE claims SET until = 0 WHERE catalog = ? AND library = ? AND track = ? AND token = ?", keys
                )

    # --- the cache --------------------------------------------------------------------------

    def tracks(self, ids: Collection[TrackId], *, newer_than: float) -> dict[TrackId, Track]:
        """See ``ports.Cache.tracks``."""
        found = self._in_blocks(
            list(ids), lambda block: ("SELECT track, value FROM tracks WHERE at > ? AND track IN", [newer_than], block)
        )
        return {TrackId(track): codec.loads(Track, value) for track, value in found}

    def keep_tracks(self, tracks: Iterable[Track], at: float) -> None:
        """See ``ports.Cache.keep_tracks``."""
        values = [(t.id, normal_url(t.url) or "", at, codec.dumps(t)) for t in tracks]
        with self._database.transaction() as connection:
            connection.executemany(
                "INSERT INTO tracks VALUES (?, ?, ?, ?) ON CONFLICT (track) DO UPDATE SET "
                "url = excluded.url, at = excluded.at, value = excluded.value",
                values,
            )

    def find_track(self, url: str) -> TrackId | None:
        """See ``ports.Cache.find_track``."""
        rows = self._database.rows("SELECT track FROM tracks WHERE url = ? LIMIT 1", [normal_url(url) or "\0"])
        return TrackId(rows[0][0]) if rows else None

    def playlists(self) -> tuple[KnownPlaylist, ...]:
        """See ``ports.Cache.playlists``."""
        rows = self._database.rows("SELECT playlist, value, entries, checksum FROM playlists ORDER BY place")
        for key, value, entries, stored in rows:
            verified("playlists", key, stored, value, entries)
        return tuple(codec.loads(KnownPlaylist, value) for _, value, _, _ in rows)

    def keep_playlist(self, playlist_id: PlaylistId, known: KnownPlaylist, entries: Sequence[TrackId]) -> None:
        """See ``ports.Cache.keep_playlist``."""
        value, listed = codec.dumps(known), json.dumps(list(entries))
        with self._database.transaction() as connection:
            connection.execute(
                "INSERT INTO playlists VALUES (?, (SELECT COUNT(*) FROM playlists), ?, ?, ?) "
                "ON CONFLICT (playlist) DO UPDATE SET value = excluded.value, entries = excluded.entries, "
                "checksum = excluded.checksum",
                (playlist_id, value, listed, checksum(value, listed)),
            )

    def entries(self, playlist_id: PlaylistId) -> tuple[TrackId, ...]:
        """See ``ports.Cache.entries``."""
        rows = self._database.rows("SELECT value, entries, checksum FROM playlists WHERE playlist = ?", [playlist_id])
        for value, entries, stored in rows:
            verified("playlists", playlist_id, stored, value, entries)
            return tuple(map(TrackId, json.loads(entries)))
        return ()

    # --- budgets ----------------------------------------------------------------------------

    def take(self, name: str, *, limit: int, window: float, now: float) -> float:
        """See ``ports.Budgets.take``. A log of the window's requests: right however the service anchors its own."""
        with self._database.transaction() as connection:
            parked = connection.execute("SELECT until FROM parked WHERE name = ?", (name,)).fetchone()
            if parked and parked[0] > now:
                return float(parked[0] - now)
            connection.execute("DELETE FROM spent WHERE name = ? AND at <= ?", (name, now - window))
            # A clock set back leaves times in the future; they count as now, or nothing would ever be free again.
            connection.execute("UPDATE spent SET at = ? WHERE name = ? AND at > ?", (now, name, now))
            count, oldest = connection.execute("SELECT COUNT(*), MIN(at) FROM spent WHERE name = ?", (name,)).fetchone()
            if count >= limit:
                return max(0.001, float(oldest + window - now))
            connection.execute("INSERT INTO spent VALUES (?, ?)", (name, now))
        return 0.0

    def park(self, name: str, *, until: float) -> None:
        """See ``ports.Budgets.park``."""
        with self._database.transaction() as connection:
            connection.execute(
                "INSERT INTO parked VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET until = excluded.until",
                (name, until),
            )

    def spent(self, name: str, *, window: float, now: float) -> int:
        """See ``ports.Budgets.spent``."""
        rows = self._database.rows("SELECT COUNT(*) FROM spent WHERE name = ? AND at > ?", [name, now - window])
        return int(rows[0][0])

    # --- runs -------------------------------------------------------------------------------

    def start_run(self, run: RunRecord) -> None:
        """See ``ports.Runs.start_run``."""
        scope = run.scope
        with self._database.transaction() as connection:
            connection.execute(
                "INSERT INTO runs VALUES (?, ?, ?, ?, ?, ?, ?)",
                (run.id, run.playlist_id, scope.catalog, scope.library, run.started_at, run.ended_at, run.report),
            )

    def record_events(self, events: Sequence[TrackEvent]) -> None:
        """See ``ports.Runs.record_events``."""
        newest = self._newest_events([e.track_id for e in events])
        new = [e for e in events if newest.get((e.track_id, e.side)) != (e.operation, e.outcome)]
        if new:
            with self._database.transaction() as connection:
                connection.executemany(
                    "INSERT INTO events (run, track, side, at, operation, outcome) VALUES (?, ?, ?, ?, ?, ?)",
                    [(e.run_id, e.track_id, e.side, e.at, e.operation, e.outcome) for e in new],
                )

    def end_run(self, run_id: str, at: float, report: str) -> None:
        """See ``ports.Runs.end_run``."""
        with self._database.transaction() as connection:
            connection.execute("UPDATE runs SET ended_at = ?, report = ? WHERE run = ?", (at, report, run_id))

    def last_runs(self, limit: int) -> tuple[RunRecord, ...]:
        """See ``ports.Runs.last_runs``."""
        rows = self._database.rows("SELECT * FROM runs ORDER BY started_at DESC, rowid DESC LIMIT ?", [limit])
        return tuple(
            RunRecord(
                id=row[0],
                playlist_id=PlaylistId(row[1]),
                scope=Scope(catalog=row[2], library=row[3]),
                started_at=row[4],
                ended_at=row[5],
                report=row[6],
            )
            for row in rows
        )

    def events(self, track_id: TrackId, limit: int) -> tuple[TrackEvent, ...]:
        """See ``ports.Runs.events``."""
        rows = self._database.rows(
            "SELECT run, side, at, operation, outcome FROM events WHERE track = ? ORDER BY id DESC LIMIT ?",
            [track_id, limit],
        )
        return tuple(
            TrackEvent(run_id=row[0], track_id=track_id, side=row[1], at=row[2], operation=row[3], outcome=row[4])
            for row in rows
        )

    # --- shared -----------------------------------------------------------------------------

    def _newest_events(self, tracks: list[TrackId]) -> dict[tuple[TrackId, str], tuple[str, str]]:
        found = self._in_blocks(
            list(dict.fromkeys(tracks)),
            lambda block: ("SELECT track, side, operation, outcome, MAX(id) FROM events WHERE track IN", [], block),
            "GROUP BY track, side",
        )
        return {(TrackId(row[0]), row[1]): (row[2], row[3]) for row in found}

    def _by_track(self, table: str, columns: str, scope: str, value: str, tracks: list[TrackId]) -> dict[TrackId, Row]:
        """Rows of one table by track. Names of tables and columns are our own; values are bound."""
        statement = f"SELECT track, {columns} FROM {table} WHERE {scope} = ? AND track IN"  # noqa: S608  # see above
        found = self._in_blocks(tracks, lambda block: (statement, [value], block))
        return {TrackId(row[0]): row[1:] for row in found}

    def _in_blocks(
        self,
        tracks: list[TrackId],
        ask: Callable[[list[TrackId]], tuple[str, list[object], list[TrackId]]],
        rest: str = "",
    ) -> list[Row]:
        rows: list[Row] = []
        for start in range(0, len(tracks), AT_ONCE):
            statement, before, block = ask(tracks[start : start + AT_ONCE])
            rows += self._database.rows(f"{statement} ({marks(len(block))}) {rest}", [*before, *block])
        return rows


def _fence(connection: sqlite3.Connection, claim: Claim) -> None:
    """Raises: StaleClaimError when somebody has claimed the track since."""
    row = connection.execute(
        "SELECT token FROM claims WHERE catalog = ? AND library = ? AND track = ?",
        (claim.scope.catalog, claim.scope.library, claim.track_id),
    ).fetchone()
    if row is None or row[0] != claim.token:
        raise StaleClaimError(
            f"Another worker has taken over track {claim.track_id}; what this one did late is not recorded.",
            hint="Nothing is lost: the other one goes on with it.",
        )


def _intent(track: TrackId, row: Row | None) -> Intent | None:
    if row is None:
        return None
    verified("intents", track, row[2], *row[:2])
    return Intent(track_id=track, sent_at=row[0], digest=row[1])


def _file(track: TrackId, row: Row | None) -> StoredFile | None:
    if row is None:
        return None
    verified("files", track, row[2], *row[:2])
    return codec.loads(StoredFile, row[1])
