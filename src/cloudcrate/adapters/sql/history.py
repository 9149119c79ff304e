"""What was done: runs and, per track, events."""

from collections.abc import Collection, Sequence

from cloudcrate.adapters.sql.database import Database, Row, durable, fits, utf8
from cloudcrate.core.model import PlaylistId, TrackId
from cloudcrate.ports.ledger import RunRecord, Scope, TrackEvent

RUNS_KEPT = 200
"""Older ones are forgotten: a report names every track, and ``watch`` makes a run an hour."""


LAST_RUNS = """SELECT run, playlist, catalog, library, started_at, ended_at, report FROM runs
    WHERE CAST(? AS TEXT) IS NULL OR playlist = ? ORDER BY started_at DESC, place DESC LIMIT ?"""

ONE_RUN = "SELECT run, playlist, catalog, library, started_at, ended_at, report FROM runs WHERE run = ?"


class SqlRuns:
    """See ``ports.Runs``."""

    _database: Database

    @durable
    def start_run(self, run: RunRecord) -> None:
        """See ``ports.Runs.start_run``. The oldest runs make room."""
        where = (utf8(run.playlist_id), utf8(run.scope.catalog), utf8(run.scope.library))
        report = None if run.report is None else utf8(run.report)
        with self._database.transaction() as connection:
            connection.execute(
                "INSERT INTO runs (run, playlist, catalog, library, started_at, ended_at, report) "
                "VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (run) DO NOTHING",
                (run.id, *where, run.started_at, run.ended_at, report),
            )
            connection.execute(
                "DELETE FROM runs WHERE place <= (SELECT place FROM runs ORDER BY place DESC LIMIT 1 OFFSET ?)",
                (RUNS_KEPT,),
            )

    @durable
    def record_events(self, events: Sequence[TrackEvent]) -> None:
        """See ``ports.Runs.record_events``."""
        with self._database.transaction() as connection:
            newest = self._newest({event.track_id for event in events})
            for event in self._unsaid(events):
                key, said = (event.track_id, event.side), _says(event)
                if newest.get(key) != said:
                    newest[key] = said
                    connection.execute(
                        "INSERT INTO events (run, track, side, at, operation, outcome) VALUES (?, ?, ?, ?, ?, ?)",
                        (event.run_id, *key, event.at, *said),
                    )

    @durable
    def end_run(self, run_id: str, at: float, report: str) -> None:
        """See ``ports.Runs.end_run``."""
        with self._database.transaction() as connection:
            connection.execute("UPDATE runs SET ended_at = ?, report = ? WHERE run = ?", (at, utf8(report), run_id))

    def last_runs(self, limit: int, playlist: PlaylistId | None = None) -> tuple[RunRecord, ...]:
        """See ``ports.Runs.last_runs``."""
        only = None if playlist is None else utf8(playlist)
        return tuple(map(_run, self._database.rows(LAST_RUNS, [only, only, limit])))

    def run(self, run_id: str) -> RunRecord | None:
        """See ``ports.Runs.run``."""
        rows = self._database.rows(ONE_RUN, [run_id])
        return _run(rows[0]) if rows else None

    def events(self, track_id: TrackId, limit: int) -> tuple[TrackEvent, ...]:
        """See ``ports.Runs.events``."""
        if not fits(track_id):
            return ()
        rows = self._database.rows(
            "SELECT run, side, at, operation, outcome FROM events WHERE track = ? ORDER BY place DESC LIMIT ?",
            [track_id, limit],
        )
        return tuple(
            TrackEvent(run_id=row[0], track_id=track_id, side=row[1], at=row[2], operation=row[3], outcome=row[4])
            for row in rows
        )

    def newest_events(self, tracks: Collection[TrackId]) -> tuple[TrackEvent, ...]:
        """See ``ports.Runs.newest_events``."""
        rows = self._database.rows_in(
            "SELECT run, track, side, at, operation, outcome FROM events WHERE track IN",
            [],
            tracks,
            "AND NOT EXISTS (SELECT 1 FROM events AS later WHERE later.track = events.track "
            "AND later.side = events.side AND later.place > events.place)",
        )
        return tuple(
            TrackEvent(
                run_id=row[0], track_id=TrackId(row[1]), side=row[2], at=row[3], operation=row[4], outcome=row[5]
            )
            for row in rows
        )

    def _unsaid(self, events: Sequence[TrackEvent]) -> list[TrackEvent]:
        """Leaves out those of a track's side whose whole row of events stands there last: this is done again."""
        sides: dict[tuple[TrackId, str], list[TrackEvent]] = {}
        for event in events:
            row = sides.setdefault((event.track_id, event.side), [])
            if not row or _says(row[-1]) != _says(event):
                row.append(event)
        said = {key for key, row in sides.items() if len(row) > 1 and self._stands_last(row)}
        return [event for event in events if (event.track_id, event.side) not in said]

    def _stands_last(self, row: Sequence[TrackEvent]) -> bool:
        """Of the first one only what it says: an older event may have said so already."""
        track_id, side = row[0].track_id, row[0].side
        there = self._database.rows(
            "SELECT run, at, operation, outcome FROM events WHERE track = ? AND side = ? ORDER BY place DESC LIMIT ?",
            [track_id, side, len(row)],
        )
        wanted = [(event.run_id, event.at, *_says(event)) for event in reversed(row)]
        return there[:-1] == wanted[:-1] and [row[2:] for row in there[-1:]] == [wanted[-1][2:]]

    def _newest(self, tracks: Collection[TrackId]) -> dict[tuple[TrackId, str], tuple[str, str]]:
        """What the newest event of each track and side says."""
        return {(e.track_id, e.side): (e.operation, e.outcome) for e in self.newest_events(tracks)}


def _says(event: TrackEvent) -> tuple[str, str]:
    return utf8(event.operation), utf8(event.outcome)


def _run(row: Row) -> RunRecord:
    return RunRecord(
        id=row[0],
        playlist_id=PlaylistId(row[1]),
        scope=Scope(catalog=row[2], library=row[3]),
        started_at=row[4],
        ended_at=row[5],
        report=row[6],
    )
