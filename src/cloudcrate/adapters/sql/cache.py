"""Metadata read before, and playlists synced before."""

from collections.abc import Collection, Iterable, Sequence

from cloudcrate.adapters.sql.database import Database, Row, durable, sealed, utf8
from cloudcrate.core import codec
from cloudcrate.core.link import normal_url
from cloudcrate.core.model import KnownPlaylist, PlaylistId, Track, TrackId


class SqlCache:
    """See ``ports.Cache``."""

    _database: Database

    def tracks(self, ids: Collection[TrackId], *, newer_than: float) -> dict[TrackId, Track]:
        """See ``ports.Cache.tracks``. A damaged entry counts as not read: the service has the original."""
        rows = self._database.rows_in(
            "SELECT track, url, at, value, checksum FROM tracks WHERE at > ? AND track IN", [newer_than], ids
        )
        return {TrackId(row[0]): codec.loads(Track, row[3]) for row in rows if _whole(row)}

    def keep_tracks(self, tracks: Iterable[Track], at: float) -> None:
        """See ``ports.Cache.keep_tracks``."""
        self._keep_rows(
            [
                sealed("tracks", track.id, normal_url(track.url) or "", float(at), utf8(codec.dumps(track)))
                for track in tracks
            ]
        )

    @durable
    def _keep_rows(self, rows: Sequence[Row]) -> None:
        with self._database.transaction() as connection:
            connection.executemany(
                "INSERT INTO tracks VALUES (?, ?, ?, ?, ?) ON CONFLICT (track) DO UPDATE SET "
                "url = excluded.url, at = excluded.at, value = excluded.value, checksum = excluded.checksum",
                sorted(rows, key=lambda row: row[0]),  # two that lock in different orders wait for each other
            )

    def find_track(self, url: str) -> TrackId | None:
        """See ``ports.Cache.find_track``."""
        rows = self._database.rows(
            "SELECT track, url, at, value, checksum FROM tracks WHERE url = ? ORDER BY at DESC", [normal_url(url)]
        )
        return next((TrackId(row[0]) for row in rows if _whole(row)), None)

    def playlists(self) -> tuple[KnownPlaylist, ...]:
        """See ``ports.Cache.playlists``."""
        rows = self._database.rows("SELECT playlist, value, entries, checksum FROM playlists ORDER BY place, playlist")
        return tuple(codec.loads(KnownPlaylist, self._opened(row)[1]) for row in rows)

    @durable
    def keep_playlist(self, playlist_id: PlaylistId, known: KnownPlaylist, entries: Sequence[TrackId]) -> None:
        """See ``ports.Cache.keep_playlist``."""
        row = sealed("playlists", utf8(playlist_id), utf8(codec.dumps(known)), codec.dumps(tuple(entries)))
        with self._database.transaction() as connection:
            connection.execute(
                "INSERT INTO playlists (playlist, value, entries, checksum, place) "
                "VALUES (?, ?, ?, ?, (SELECT COUNT(*) FROM playlists)) ON CONFLICT (playlist) DO UPDATE SET "
                "value = excluded.value, entries = excluded.entries, checksum = excluded.checksum",
                row,
            )

    def entries(self, playlist_id: PlaylistId) -> tuple[TrackId, ...]:
        """See ``ports.Cache.entries``."""
        rows = self._database.rows(
            "SELECT playlist, value, entries, checksum FROM playlists WHERE playlist = ?", [utf8(playlist_id)]
        )
        return codec.loads(tuple[TrackId, ...], self._opened(rows[0])[2]) if rows else ()

    def _opened(self, row: Row) -> Row:
        return self._database.opened("playlists", row, of=row[0])


def _whole(row: Row) -> bool:
    return sealed("tracks", *row[:-1]) == row
