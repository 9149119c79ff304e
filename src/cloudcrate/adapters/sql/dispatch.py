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


def arguments(errands: Sequence[Errand]) -> str:
    """The arguments of a delivery as JSON: one job of several tracks."""
    first, tracks = errands[0], [errand.track_id for errand in errands]
    facts = {"v": VERSION, "run": first.run_id, "tracks": tracks, "job": first.job}
    return json.dumps(facts | ({"postponed": first.postponed} if first.postponed else {}))


def errands(facts: Mapping[str, object], *, deliveries: int) -> tuple[Errand, ...]:
    """Reads the arguments of a delivery. Raises: ValueError when a newer cloudcrate wrote them."""
    version, run, tracks, job = facts.get("v"), facts.get("run"), facts.get("tracks"), facts.get("job")
    postponed = facts.get("postponed", 0)
    if version != VERSION or not isinstance(tracks, list) or not isinstance(postponed, int):
        raise ValueError(f"a job of version {version}; this cloudcrate knows {VERSION}")
    return tuple(
        Errand(
            run_id=str(run),
            track_id=TrackId(int(track)),
            job=str(job),
            deliveries=deliveries,
            among=len(tracks),
            postponed=postponed,
        )
        for track in tracks
    )


def hand_out(
    connection: Connection, scope: str, errands: Sequence[Errand], *, seconds: float = 0.0, together: int = 1
) -> None:
    """Makes jobs due, so many seconds from now, up to ``together`` of a kind in one delivery.

    A delivery that waits already is not added; a run's end goes first.
    """
    if not errands:
        return
    kinds: dict[str, list[Errand]] = {}
    for errand in errands:
        kinds.setdefault(errand.job, []).append(errand)
    parcels = [alike[n : n + together] for alike in kinds.values() for n in range(0, len(alike), together)]
    connection.execute(
        "SELECT procrastinate_defer_jobs_v1(array_agg(ROW(queue, ?, first, NULL, key, args, "
        "CASE WHEN ? > 0 THEN now() + ? * interval '1 second' END)::procrastinate_job_to_defer_v1)) "
        "FROM unnest(?::text[], ?::int[], ?::text[], ?::jsonb[]) AS due (queue, first, key, args) WHERE NOT EXISTS "
        "(SELECT 1 FROM procrastinate_jobs WHERE queueing_lock = key AND status = 'todo')",
        (
            TASK,
            seconds,
            seconds,
            [queue(parcel[0].job, scope) for parcel in parcels],
            [int(parcel[0].job == END) for parcel in parcels],
            [key(parcel[0]) for parcel in parcels],
            [arguments(parcel) for parcel in parcels],
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
