"""The shared runs on PostgreSQL: what is to be done, in the transaction that hands it out."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice

from cloudcrate.adapters.sql import dispatch
from cloudcrate.adapters.sql.database import Connection, Database, Row, durable, utf8
from cloudcrate.adapters.sql.memories import fence
from cloudcrate.core.model import TrackId
from cloudcrate.core.text import visible
from cloudcrate.errors import BusyError
from cloudcrate.ports.ledger import Claim
from cloudcrate.ports.running import Spent
from cloudcrate.ports.work import END, Errand, NewPiece, Progress, SharedPiece, SharedRun, Stage

AT_ONCE = 500
"""Pieces that are written and handed out with one statement."""

WORK: Sequence[Sequence[str]] = (
    (
        """CREATE TABLE shared_runs (
            run TEXT PRIMARY KEY, name TEXT NOT NULL, stage TEXT NOT NULL, started_at REAL NOT NULL,
            begun_by TEXT NOT NULL, scope TEXT NOT NULL, stopping_since REAL, error TEXT NOT NULL, frame TEXT NOT NULL,
            unfinished INTEGER NOT NULL, changes INTEGER NOT NULL,
            soundcloud INTEGER NOT NULL, notion INTEGER NOT NULL, media INTEGER NOT NULL
        )""",
        "CREATE UNIQUE INDEX shared_runs_one ON shared_runs ((1)) WHERE stage <> 'ended'",
        """CREATE TABLE shared_pieces (
            run TEXT NOT NULL, track INTEGER NOT NULL, place INTEGER NOT NULL, piece TEXT NOT NULL,
            waiting TEXT NOT NULL, outcomes TEXT NOT NULL, changed INTEGER NOT NULL,
            PRIMARY KEY (run, track)
        )""",
        "CREATE INDEX shared_pieces_by_change ON shared_pieces (run, changed)",
        "CREATE INDEX shared_pieces_by_place ON shared_pieces (run, place)",
    ),
)
"""The schema, one step per version; see ``migrations``."""


class SqlWork:
    """See ``ports.Work``. Whoever changes a run's track holds the run's row: changes have one order."""

    def __init__(self, database: Database, *, alive: float = dispatch.ALIVE) -> None:
        """``alive``: the seconds after its last heartbeat for which a worker counts as alive."""
        self._database = database
        self._alive = alive

    @durable
    def begin(self, run: SharedRun, frame: str, pieces: Callable[[], Iterator[NewPiece]], *, together: int = 1) -> None:
        """See ``ports.Work.begin``."""
        with self._database.transaction() as connection:
            connection.execute("LOCK TABLE shared_runs IN SHARE ROW EXCLUSIVE MODE")
            there = connection.execute("SELECT run, name, begun_by FROM shared_runs WHERE stage <> 'ended'").fetchone()
            if there is not None and there[0] == run.run_id:
                return  # written before the connection was lost
            if there is not None:
                raise BusyError(f"Another run is going on: {visible(there[1])!r}, begun by {visible(there[2])}.")
            connection.execute("DELETE FROM shared_pieces")
            connection.execute("DELETE FROM shared_runs")
            connection.execute(
                "INSERT INTO shared_runs VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 0, 0, ?, ?, ?)",
                (
                    *(run.run_id, utf8(run.name), run.stage.value, run.started_at, utf8(run.by), run.scope),
                    *(run.stopping_since, utf8(run.error), utf8(frame), *_spent(run.spent)),
                ),
            )
            count = 0
            waiting = iter(pieces())
            while block := list(islice(waiting, AT_ONCE)):
                _add(connection, run, block, count, together)
                count += len(block)
            _finish_when_done(connection, run.run_id, run.scope, 0)

    def run(self, run_id: str) -> SharedRun | None:
        """See ``ports.Work.run``."""
        rows = self._database.rows(f"{_RUNS} WHERE run = ?", [run_id])
        return _run(rows[0]) if rows else None

    def frame(self, run_id: str) -> str | None:
        """See ``ports.Work.frame``."""
        rows = self._database.rows("SELECT frame FROM shared_runs WHERE run = ?", [run_id])
        return str(rows[0][0]) if rows else None

    def going(self) -> SharedRun | None:
        """See ``ports.Work.going``."""
        rows = self._database.rows(f"{_RUNS} WHERE stage <> 'ended'")
        return _run(rows[0]) if rows else None

    def piece(self, run_id: str, track_id: TrackId) -> SharedPiece | None:
        """See ``ports.Work.piece``."""
        rows = self._database.rows(
            f"{_PIECES} JOIN shared_runs USING (run) WHERE run = ? AND track = ? AND stage = 'going'",
            [run_id, track_id],
        )
        return _piece(rows[0]) if rows else None

    def pieces(self, run_id: str) -> Iterator[SharedPiece]:
        """See ``ports.Work.pieces``."""
        last = -1
        while rows := self._database.rows(
            f"{_PIECES} WHERE run = ? AND place > ? ORDER BY place LIMIT ?", [run_id, last, AT_ONCE]
        ):
            yield from map(_piece, rows)
            last = rows[-1][5]

    @durable
    def done(self, errand: Errand, claim: Claim, outcomes: Mapping[int, str], *, follow: str, spent: Spent) -> None:
        """See ``ports.Work.done``."""
        with self._database.transaction() as connection:
            fence(connection, claim, last=True)
            run = connection.execute(
                "UPDATE shared_runs SET changes = changes + 1, soundcloud = soundcloud + ?, notion = notion + ?, "
                "media = media + ? WHERE run = ? RETURNING changes, scope",
                (*_spent(spent), errand.run_id),
            ).fetchone()
            row = connection.execute(
                "SELECT track, '', waiting, outcomes FROM shared_pieces WHERE run = ? AND track = ?",
                (errand.run_id, errand.track_id),
            ).fetchone()
            if run is None or row is None or errand.job not in (part := _piece(row)).waiting:
                return
            waiting = part.waiting - {errand.job}
            if not waiting and follow:
                waiting = frozenset({follow})
                due = Errand(run_id=errand.run_id, track_id=errand.track_id, job=follow)
                dispatch.hand_out(connection, run[1], [due])
            connection.execute(
                "UPDATE shared_pieces SET waiting = ?, outcomes = ?, changed = ? WHERE run = ? AND track = ?",
                (
                    *(_words(waiting), _told({**part.outcomes, **outcomes}), run[0]),
                    *(errand.run_id, errand.track_id),
                ),
            )
            if not waiting:
                _finish_when_done(connection, errand.run_id, run[1], 1)

    @durable
    def postpone(self, errand: Errand, seconds: float) -> None:
        """See ``ports.Work.postpone``."""
        again = Errand(run_id=errand.run_id, track_id=errand.track_id, job=errand.job, postponed=errand.postponed + 1)
        with self._database.transaction() as connection:
            row = connection.execute(
                "SELECT scope FROM shared_runs WHERE run = ? FOR UPDATE", (errand.run_id,)
            ).fetchone()
            if row is not None:
                dispatch.hand_out(connection, row[0], [again], seconds=max(0.0, seconds))

    @durable
    def stop(self, run_id: str, error: str = "") -> bool:
        """See ``ports.Work.stop``. Of several errors the first one counts."""
        with self._database.transaction() as connection:
            row = connection.execute(
                "UPDATE shared_runs SET stopping_since = COALESCE(stopping_since, "
                "extract(epoch FROM clock_timestamp())), error = CASE WHEN error = '' THEN ? ELSE error END, stage = ? "
                "WHERE run = ? AND stage <> 'ended' RETURNING scope",
                (utf8(error), Stage.STOPPING.value, run_id),
            ).fetchone()
            if row is not None:
                dispatch.hand_out(connection, row[0], [_end_of(run_id)])
        return row is not None

    @durable
    def busy(self, run_id: str) -> int:
        """See ``ports.Work.busy``."""
        with self._database.transaction() as connection:
            return dispatch.doing(connection, run_id, within=self._alive)

    @durable
    def end(self, run_id: str) -> None:
        """See ``ports.Work.end``."""
        with self._database.transaction() as connection:
            connection.execute("UPDATE shared_runs SET stage = ? WHERE run = ?", (Stage.ENDED.value, run_id))
            dispatch.forget(connection, run_id)

    def changed(self, run_id: str, after: int) -> tuple[tuple[SharedPiece, ...], int]:
        """See ``ports.Work.changed``."""
        rows = self._database.rows(
            f"{_PIECES} WHERE run = ? AND changed > ? ORDER BY changed LIMIT ?", [run_id, after, AT_ONCE]
        )
        return tuple(map(_piece, rows)), int(rows[-1][4]) if rows else after

    @durable
    def progress(self, run_id: str) -> Progress:
        """See ``ports.Work.progress``."""
        with self._database.transaction() as connection:
            row = connection.execute(
                "SELECT count(*), count(*) FILTER (WHERE waiting = ''), "
                "count(*) FILTER (WHERE position(? IN outcomes) > 0) FROM shared_pieces WHERE run = ?",
                (_FAILED, run_id),
            ).fetchone()
            workers = dispatch.alive(connection, within=self._alive)
            return Progress(tracks=row[0], done=row[1], failed=row[2], workers=workers)

    @durable
    def sweep(self) -> int:
        """Hands out again what is to be done and waits nowhere: its delivery was lost. Answers how much.

        Looks first without a lock, for there is seldom any, and a run's row is what all who work on it wait for.
        """
        if not self._database.rows(_LOST, [AT_ONCE]):
            return 0
        with self._database.transaction() as connection:
            row = connection.execute("SELECT scope FROM shared_runs WHERE stage <> 'ended' FOR UPDATE").fetchone()
            if row is None:
                return 0
            lost = [dispatch.named(str(found[0])) for found in connection.execute(_LOST, (AT_ONCE,)).fetchall()]
            dispatch.hand_out(connection, row[0], lost)
        return len(lost)


_RUNS = (
    "SELECT run, name, stage, started_at, begun_by, scope, stopping_since, error, soundcloud, notion, media "
    "FROM shared_runs"
)
_PIECES = "SELECT track, piece, waiting, outcomes, changed, place FROM shared_pieces"
_LOST = """
    WITH due AS (
        SELECT run, 0 AS track, 'end' AS job FROM shared_runs
        WHERE stage = 'stopping' OR stage = 'going' AND unfinished = 0
        UNION ALL
        SELECT run, track, unnest(string_to_array(waiting, ' ')) FROM shared_runs JOIN shared_pieces USING (run)
        WHERE stage = 'going' AND waiting <> ''
    )
    SELECT run || '/' || track || '/' || job FROM due
    EXCEPT SELECT args ->> 'run' || '/' || track || '/' || (args ->> 'job')
    FROM procrastinate_jobs, jsonb_array_elements_text(args -> 'tracks') AS track
    WHERE status IN ('todo', 'doing') AND task_name = 'cloudcrate' LIMIT ?
"""  # no NOT EXISTS: before the tables are analysed, that becomes a look at every job for each
_FAILED = '\\"is\\":\\"Failed\\"'  # as it stands in an outcome, which is a text in JSON


def _add(connection: Connection, run: SharedRun, block: Sequence[NewPiece], place: int, together: int) -> None:
    connection.executemany(
        "INSERT INTO shared_pieces VALUES (?, ?, ?, ?, ?, ?, 0)",
        [
            (run.run_id, part.track_id, place + n, utf8(part.piece), _words(part.jobs), _told(part.outcomes))
            for n, part in enumerate(block)
        ],
    )
    due = [Errand(run_id=run.run_id, track_id=part.track_id, job=job) for part in block for job in sorted(part.jobs)]
    dispatch.hand_out(connection, run.scope, due, together=together)
    connection.execute(
        "UPDATE shared_runs SET unfinished = unfinished + ? WHERE run = ?",
        (sum(bool(part.jobs) for part in block), run.run_id),
    )


def _finish_when_done(connection: Connection, run_id: str, scope: str, tracks: int) -> None:
    """Takes tracks off those that are unfinished; after the last one the run's end is due."""
    row = connection.execute(
        "UPDATE shared_runs SET unfinished = unfinished - ? WHERE run = ? RETURNING unfinished", (tracks, run_id)
    ).fetchone()
    if row[0] == 0:
        dispatch.hand_out(connection, scope, [_end_of(run_id)])


def _end_of(run_id: str) -> Errand:
    return Errand(run_id=run_id, track_id=TrackId(0), job=END)


def _run(row: Row) -> SharedRun:
    return SharedRun(
        run_id=row[0],
        name=row[1],
        stage=Stage(row[2]),
        started_at=row[3],
        by=row[4],
        scope=row[5],
        stopping_since=row[6],
        error=row[7],
        spent=Spent(soundcloud_requests=row[8], notion_requests=row[9], media_bytes=row[10]),
    )


def _piece(row: Row) -> SharedPiece:
    return SharedPiece(
        track_id=TrackId(row[0]),
        piece=row[1],
        waiting=frozenset(row[2].split()),
        outcomes={int(place): text for place, text in json.loads(row[3]).items()},
    )


def _words(jobs: frozenset[str]) -> str:
    return " ".join(sorted(jobs))


def _told(outcomes: Mapping[int, str]) -> str:
    return utf8(json.dumps({str(place): text for place, text in outcomes.items()}, ensure_ascii=False))


def _spent(spent: Spent) -> tuple[int, int, int]:
    return spent.soundcloud_requests, spent.notion_requests, spent.media_bytes
