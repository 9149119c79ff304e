"""What the ledger remembers of tracks, the intents to add rows, and who may work on what."""

from collections.abc import Collection

from cloudcrate.adapters.sql.database import Connection, Database, Row, durable, sealed, utf8
from cloudcrate.core import codec
from cloudcrate.core.model import Availability, Cells, Intent, Memory, PageId, StoredFile, TrackId
from cloudcrate.core.rows import playlists_of
from cloudcrate.errors import StaleClaimError
from cloudcrate.ports.ledger import Claim, Scope


class SqlMemories:
    """See ``ports.Memories``."""

    _database: Database

    @durable
    def recall(self, scope: Scope, tracks: Collection[TrackId]) -> dict[TrackId, Memory]:
        """See ``ports.Memories.recall``. One state for all four tables: a create is never seen in between."""
        catalog, library = utf8(scope.catalog), utf8(scope.library)
        with self._database.snapshot():
            pages = self._by_track("pages", _PAGES, catalog, tracks)
            intents = self._by_track("intents", _INTENTS, catalog, tracks)
            files = self._by_track("files", _FILES, library, tracks)
            lost = self._by_track("unobtainable", _UNOBTAINABLE, library, tracks)
        return {t: _memory(t, pages.get(t), intents.get(t), files.get(t), lost.get(t)) for t in tracks}

    def page_owners(self, catalog: str) -> dict[PageId, TrackId]:
        """See ``ports.Memories.page_owners``."""
        rows = self._database.rows(
            "SELECT catalog, track, page, written, offered, checksum FROM pages WHERE catalog = ?", [utf8(catalog)]
        )
        return {PageId(row[2]): TrackId(row[1]) for row in map(self._opened_page, rows)}

    def linked(self, catalog: str, playlist: str) -> dict[TrackId, PageId]:
        """See ``ports.Memories.linked``. Only rows in whose text the name stands are read in full."""
        rows = self._database.rows(
            "SELECT catalog, track, page, written, offered, checksum FROM pages WHERE catalog = ? "
            "AND replace(offered, ?, '') <> offered",
            [utf8(catalog), utf8(codec.dumps(playlist))],
        )
        return {
            TrackId(row[1]): PageId(row[2])
            for row in map(self._opened_page, rows)
            if playlist in playlists_of(codec.cells_from_json(row[4]))
        }

    def file_paths(self, library: str) -> dict[str, TrackId]:
        """See ``ports.Memories.file_paths``."""
        rows = self._database.rows(
            "SELECT library, track, file, checksum FROM files WHERE library = ?", [utf8(library)]
        )
        opened = [self._database.opened("files", row, of=f"track {row[1]}") for row in rows]
        return {str(codec.tagged(row[2])["path"]): TrackId(row[1]) for row in opened}

    @durable
    def record_page(self, claim: Claim, page_id: PageId, *, written: Cells, offered: Cells) -> None:
        """See ``ports.Memories.record_page``."""
        key = (utf8(claim.scope.catalog), claim.track_id)
        with self._database.transaction() as connection:
            fence(connection, claim)
            row = connection.execute(  # and locks it: the track may be claimed for another library, too
                "UPDATE pages SET page = page WHERE catalog = ? AND track = ? "
                "RETURNING catalog, track, page, written, offered, checksum",
                key,
            ).fetchone()
            if row is not None and row[2] == page_id:
                before = self._opened_page(row)
                written = {**codec.cells_from_json(before[3]), **written}
                offered = {**codec.cells_from_json(before[4]), **offered}
            both = (utf8(codec.cells_to_json(written)), utf8(codec.cells_to_json(offered)))
            connection.execute(
                "INSERT INTO pages VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (catalog, track) DO UPDATE SET "
                "page = excluded.page, written = excluded.written, offered = excluded.offered, "
                "checksum = excluded.checksum",
                sealed("pages", *key, page_id, *both),
            )
            connection.execute("DELETE FROM intents WHERE catalog = ? AND track = ?", key)
            if row is None or row[2] != page_id:
                connection.execute("DELETE FROM reviews WHERE catalog = ? AND track = ?", key)

    @durable
    def record_file(self, claim: Claim, file: StoredFile) -> None:
        """See ``ports.Memories.record_file``. A file that is there proves that it can be had."""
        key = (utf8(claim.scope.library), claim.track_id)
        with self._database.transaction() as connection:
            fence(connection, claim)
            connection.execute(
                "INSERT INTO files VALUES (?, ?, ?, ?) ON CONFLICT (library, track) DO UPDATE SET "
                "file = excluded.file, checksum = excluded.checksum",
                sealed("files", *key, utf8(codec.dumps(file))),
            )
            connection.execute("DELETE FROM unobtainable WHERE library = ? AND track = ?", key)

    @durable
    def forget_file(self, claim: Claim) -> None:
        """See ``ports.Memories.forget_file``."""
        with self._database.transaction() as connection:
            fence(connection, claim)
            key = (utf8(claim.scope.library), claim.track_id)
            connection.execute("DELETE FROM files WHERE library = ? AND track = ?", key)

    @durable
    def record_unobtainable(self, claim: Claim, availability: Availability, at: float) -> None:
        """See ``ports.Memories.record_unobtainable``."""
        key = (utf8(claim.scope.library), claim.track_id)
        with self._database.transaction() as connection:
            fence(connection, claim)
            connection.execute(
                "INSERT INTO unobtainable VALUES (?, ?, ?, ?, ?) ON CONFLICT (library, track) DO UPDATE SET "
                "availability = excluded.availability, at = excluded.at, checksum = excluded.checksum",
                sealed("unobtainable", *key, availability.value, float(at)),
            )

    @durable
    def open_intent(self, claim: Claim, intent: Intent) -> None:
        """See ``ports.Intents.open_intent``."""
        key = (utf8(claim.scope.catalog), claim.track_id)
        with self._database.transaction() as connection:
            fence(connection, claim)
            connection.execute(
                "INSERT INTO intents VALUES (?, ?, ?, ?, ?) ON CONFLICT (catalog, track) DO UPDATE SET "
                "sent_at = excluded.sent_at, digest = excluded.digest, checksum = excluded.checksum",
                sealed("intents", *key, float(intent.sent_at), intent.digest),
            )

    @durable
    def drop_intent(self, claim: Claim) -> None:
        """See ``ports.Intents.drop_intent``."""
        key = (utf8(claim.scope.catalog), claim.track_id)
        with self._database.transaction() as connection:
            fence(connection, claim)
            connection.execute("DELETE FROM intents WHERE catalog = ? AND track = ?", key)

    def _by_track(self, table: str, statement: str, where: str, tracks: Collection[TrackId]) -> dict[TrackId, Row]:
        rows = self._database.rows_in(statement, [where], tracks)
        opened = (self._database.opened(table, row, of=f"track {row[1]}") for row in rows)
        return {TrackId(row[1]): row[2:] for row in opened}

    def _opened_page(self, row: Row) -> Row:
        return self._database.opened("pages", row, of=f"track {row[1]}")


_PAGES = "SELECT catalog, track, page, written, offered, checksum FROM pages WHERE catalog = ? AND track IN"
_INTENTS = "SELECT catalog, track, sent_at, digest, checksum FROM intents WHERE catalog = ? AND track IN"
_FILES = "SELECT library, track, file, checksum FROM files WHERE library = ? AND track IN"
_UNOBTAINABLE = "SELECT library, track, availability, at, checksum FROM unobtainable WHERE library = ? AND track IN"


class SqlClaims:
    """See ``ports.Claims``."""

    _database: Database

    @durable
    def claim(self, scope: Scope, track_id: TrackId, owner: str, *, lease: float, now: float) -> Claim | None:
        """See ``ports.Claims.claim``. One statement, so that no two owners can both succeed.

        A lease that began more than its own length after ``now`` is over: the clock was set back.
        """
        key = (utf8(scope.catalog), utf8(scope.library), track_id)
        with self._database.transaction() as connection:
            row = connection.execute(
                "INSERT INTO claims VALUES (?, ?, ?, ?, 1, ?, ?) ON CONFLICT (catalog, library, track) DO UPDATE SET "
                "owner = excluded.owner, token = claims.token + 1, at = excluded.at, until = excluded.until "
                "WHERE claims.owner = excluded.owner OR claims.until <= excluded.at "
                "OR claims.at - (claims.until - claims.at) > excluded.at RETURNING token",
                (*key, owner, now, now + lease),
            ).fetchone()
        return None if row is None else Claim(scope=scope, track_id=track_id, token=row[0])

    def confirm(self, claim: Claim) -> None:
        """See ``ports.Claims.confirm``."""
        rows = self._database.rows(
            "SELECT 1 FROM claims WHERE catalog = ? AND library = ? AND track = ? AND token = ?", _named(claim)
        )
        if not rows:
            raise _stale(claim)

    @durable
    def release(self, claims: Collection[Claim]) -> None:
        """See ``ports.Claims.release``. The token stays, so that the next one is higher."""
        keys = sorted(map(_named, claims))
        if keys:
            with self._database.transaction() as connection:
                connection.executemany(
                    "UPDATE claims SET until = at WHERE catalog = ? AND library = ? AND track = ? AND token = ?", keys
                )


def fence(connection: Connection, claim: Claim, *, last: bool = False) -> None:
    """Locks the claim, so that nobody else can have the track before this transaction has ended.

    ``last``: and gives it back. Raises: StaleClaimError when somebody has claimed the track since.
    """
    change = "until = at" if last else "token = token"
    row = connection.execute(
        f"UPDATE claims SET {change} WHERE catalog = ? AND library = ? AND track = ? AND token = ? RETURNING token",  # noqa: S608 - one of two texts of ours
        _named(claim),
    ).fetchone()
    if row is None:
        raise _stale(claim)


def _named(claim: Claim) -> tuple[str, str, int, int]:
    return utf8(claim.scope.catalog), utf8(claim.scope.library), claim.track_id, claim.token


def _stale(claim: Claim) -> StaleClaimError:
    return StaleClaimError(
        f"Another worker has taken over track {claim.track_id}; what this one did late is not recorded.",
        hint="Nothing is lost: the other one goes on with it.",
    )


def _memory(track_id: TrackId, page: Row | None, intent: Row | None, file: Row | None, lost: Row | None) -> Memory:
    return Memory(
        track_id=track_id,
        page_id=PageId(page[0]) if page else None,
        written=codec.cells_from_json(page[1]) if page else {},
        offered=codec.cells_from_json(page[2]) if page else {},
        intent=Intent(track_id=track_id, sent_at=intent[0], digest=intent[1]) if intent else None,
        file=codec.loads(StoredFile, file[0]) if file else None,
        unobtainable=Availability(lost[0]) if lost else None,
        unobtainable_at=lost[1] if lost else None,
    )
