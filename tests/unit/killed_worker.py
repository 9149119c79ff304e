"""A worker for tests that kill it: says which job it has begun, and never ends it.

``python killed_worker.py DSN SCOPE``
"""

import sys
import threading

from cloudcrate.adapters.clock import SystemClock
from cloudcrate.adapters.sql.crew import ProcrastinateCrew
from cloudcrate.adapters.sql.postgres import SCHEMA, PostgresDatabase
from cloudcrate.adapters.sql.work import SqlWork
from cloudcrate.ports.work import Errand

ALIVE = 2.0
"""Seconds for which a worker that was killed counts as alive."""


def main(dsn: str, scope: str) -> None:
    """Works until it is killed."""
    for_ever = threading.Event()

    def perform(errand: Errand) -> None:
        print(errand.track_id, errand.job, flush=True)
        for_ever.wait()

    work = SqlWork(PostgresDatabase(dsn, SystemClock(for_ever)), alive=ALIVE)
    crew = ProcrastinateCrew(dsn, SCHEMA, {"rows": 1, "files": 1}, work.sweep, lambda _: None, alive=ALIVE)
    with crew.serve(perform, scope):
        for_ever.wait()


if __name__ == "__main__":
    main(*sys.argv[1:])
