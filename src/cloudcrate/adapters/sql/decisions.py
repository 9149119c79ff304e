"""What only the user can tell: the open questions, and the answers."""

from collections.abc import Collection

from cloudcrate.adapters.sql.database import Database, Row, durable, sealed, utf8
from cloudcrate.core import codec
from cloudcrate.core.model import Decision, OpenReview, TrackId


class SqlDecisions:
    """See ``ports.Decisions``."""

    _database: Database

    @durable
    def open_review(self, catalog: str, review: OpenReview) -> None:
        """See ``ports.Decisions.open_review``."""
        with self._database.transaction() as connection:
            connection.execute(
                "INSERT INTO reviews VALUES (?, ?, ?, ?, ?) ON CONFLICT (catalog, track) DO UPDATE SET "
                "value = excluded.value, checksum = excluded.checksum, since = reviews.since",
                (utf8(catalog), review.track_id, *_stored("reviews", catalog, review), review.since),
            )

    def reviews(self, catalog: str) -> tuple[OpenReview, ...]:
        """See ``ports.Decisions.reviews``. A damaged question is left out: the next run asks it again."""
        rows = self._database.rows(
            "SELECT catalog, track, value, checksum, since FROM reviews WHERE catalog = ? ORDER BY since, track",
            [utf8(catalog)],
        )
        return tuple(review for row in rows if (review := _review(row)) is not None)

    @durable
    def close_review(self, catalog: str, track_id: TrackId) -> None:
        """See ``ports.Decisions.close_review``."""
        with self._database.transaction() as connection:
            connection.execute("DELETE FROM reviews WHERE catalog = ? AND track = ?", (utf8(catalog), track_id))

    @durable
    def decide(self, catalog: str, track_id: TrackId, decision: Decision | None) -> None:
        """See ``ports.Decisions.decide``."""
        key = (utf8(catalog), track_id)
        with self._database.transaction() as connection:
            if decision is None:
                connection.execute("DELETE FROM decisions WHERE catalog = ? AND track = ?", key)
                return
            connection.execute(
                "INSERT INTO decisions VALUES (?, ?, ?, ?) ON CONFLICT (catalog, track) DO UPDATE SET "
                "value = excluded.value, checksum = excluded.checksum",
                sealed("decisions", *key, utf8(codec.dumps(decision))),
            )

    def decisions(self, catalog: str, tracks: Collection[TrackId]) -> dict[TrackId, Decision]:
        """See ``ports.Decisions.decisions``. A damaged answer stops: guessing it could make a second row."""
        rows = self._database.rows_in(
            "SELECT catalog, track, value, checksum FROM decisions WHERE catalog = ? AND track IN",
            [utf8(catalog)],
            tracks,
        )
        opened = [self._database.opened("decisions", row, of=f"track {row[1]}") for row in rows]
        return {TrackId(row[1]): codec.loads(Decision, row[2]) for row in opened}


def _stored(table: str, catalog: str, review: OpenReview) -> Row:
    """The value and the checksum; since when is kept apart, because it outlives the value."""
    return sealed(table, utf8(catalog), review.track_id, utf8(codec.dumps(review)))[2:]


def _review(row: Row) -> OpenReview | None:
    if sealed("reviews", *row[:3]) != row[:4]:
        return None
    review = codec.loads(OpenReview, row[2])
    return OpenReview(
        track_id=review.track_id,
        page_ids=review.page_ids,
        reason=review.reason,
        playlist=review.playlist,
        since=float(row[4]),
    )
