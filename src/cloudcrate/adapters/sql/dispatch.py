"""The jobs as Procrastinate keeps them, written in the very transaction that makes them due.

Sources: Procrastinate 3.10, ``sql/schema.sql``: a job waits as ``todo`` and is ``doing`` while a worker has it;
``procrastinate_defer_jobs_v1`` adds jobs; a worker's heartbeat stands in ``procrastinate_workers``.
"""

import json
from collections.abc import Mapping, Sequence

from cloudcrate.adapters.sql.database import Connection
from cloudcrate.core.model import TrackId
from cloudcrate.ports.work import END, Errand

TASK = "cloudcrate"
VERSION = 1
"""Of a job's arguments."""

ALIVE = 20.0
"""Seconds after its last heartbeat for which a worker counts as alive, unless the settings say otherwise."""


def lane_queue(lane: str, scope: str) -> str:
    """The queue of a lane, for one catalog and library."""
    return f"{lane}:{scope}"


def queue(job: str, scope: str) -> str:
    """The queue of a job."""
    return lane_queue("files" if job == "file" else "rows", scope)


def key(errand: Errand) -> str:
    """Names a job: no two that wait have the same."""
    return f"{errand.run_id}/{errand.track_id}/{errand.job}"


def named(key: str) -> Errand:
    """The job that has this name."""
    run_id, track, job = key.rsplit("/", 2)
    return Errand(run_id=run_id, track_id=TrackId(int(track)), job=job)


def arguments(errand: Errand) -> str:
    """A job's arguments as JSON."""
    facts = {"v": VERSION, "run": errand.run_id, "track": errand.track_id, "job": errand.job}
    return json.dumps(facts | ({"postponed": errand.postponed} if errand.postponed else {}))


def errand(facts: Mapping[str, object], *, deliveries: int) -> Errand:
    """Reads a job's arguments. Raises: ValueError when a newer cloudcrate wrote them."""
    version, run, track, job = facts.get("v"), facts.get("run"), facts.get("track"), facts.get("job")
    postponed = facts.get("postponed", 0)
    if version != VERSION or not isinstance(track, int) or not isinstance(postponed, int):
        raise ValueError(f"a job of version {version}; this cloudcrate knows {VERSION}")
    return Errand(run_id=str(run), track_id=TrackId(track), job=str(job), deliveries=deliveries, postponed=postponed)


def hand_out(connection: Connection, scope: str, errands: Sequence[Errand], *, seconds: float = 0.0) -> None:
    """Makes jobs due, so many seconds from now. One that waits already is not added; a run's end goes first."""
    if not errands:
        return
    connection.execute(
        "SELECT procrastinate_defer_jobs_v1(array_agg(ROW(queue, ?, first, NULL, key, args, "
        "CASE WHEN ? > 0 THEN now() + ? * interval '1 second' END)::procrastinate_job_to_defer_v1)) "
        "FROM unnest(?::text[], ?::int[], ?::text[], ?::jsonb[]) AS due (queue, first, key, args) WHERE NOT EXISTS "
        "(SELECT 1 FROM procrastinate_jobs WHERE queueing_lock = key AND status = 'todo')",
        (
            TASK,
            seconds,
            seconds,
            [queue(e.job, scope) for e in errands],
            [int(e.job == END) for e in errands],
            [key(e) for e in errands],
            [arguments(e) for e in errands],
        ),
    )


def forget(connection: Connection, run_id: str) -> None:
    """Takes back the jobs of a run that nobody has begun."""
    connection.execute("DELETE FROM procrastinate_jobs WHERE status = 'todo' AND args ->> 'run' = ?", (run_id,))


def doing(connection: Connection, run_id: str, *, within: float = ALIVE) -> int:
    """How many of a run's jobs workers have that are alive."""
    row = connection.execute(
        "SELECT count(*) FROM procrastinate_jobs AS job "
        "JOIN procrastinate_workers AS worker ON worker.id = job.worker_id "
        "WHERE job.status = 'doing' AND job.args ->> 'run' = ? AND job.args ->> 'job' <> 'end' "
        "AND worker.last_heartbeat > now() - ? * interval '1 second'",
        (run_id, within),
    ).fetchone()
    return int(row[0])


def alive(connection: Connection, *, within: float = ALIVE) -> int:
    """How many lanes of workers are alive."""
    row = connection.execute(
        "SELECT count(*) FROM procrastinate_workers WHERE last_heartbeat > now() - ? * interval '1 second'", (within,)
    ).fetchone()
    return int(row[0])
