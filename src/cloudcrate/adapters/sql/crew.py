"""Workers: Procrastinate delivers the jobs of shared runs to threads of this process.

Loads procrastinate: import this only for a state in PostgreSQL. What Procrastinate leaves to its users is done
here: the jobs of workers that have died are handed out again, and a worker that has lost the database begins anew.
"""

import asyncio
import logging
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from datetime import UTC, datetime

import procrastinate
from procrastinate.exceptions import ConnectorException
from procrastinate.job_context import JobContext

from cloudcrate.adapters.sql import dispatch
from cloudcrate.adapters.sql.database import Database
from cloudcrate.errors import StoppedError
from cloudcrate.ports.work import Errand

BEATS = 4
"""Signs of life that a worker gives, and looks for jobs whose worker has died, in the time it counts as alive."""

POLL = 1.0
"""Seconds after which a postponed job is found to be due; new ones are told of at once."""

REST = 1.0
"""Seconds before a worker that has lost the database begins anew."""

AGAIN = procrastinate.RetryStrategy(max_attempts=8, linear_wait=2)
"""For jobs that break off with an error: ``app.sharing`` gives up before this does."""


def add_schema(database: Database) -> None:
    """Makes Procrastinate's tables where there are none. Everybody may do so at the same time."""

    def add() -> None:
        with database.transaction() as connection:
            connection.execute("SELECT pg_advisory_xact_lock(hashtext('cloudcrate procrastinate'))")
            # Not to_regclass: after waiting for the lock it may answer from before somebody else made them.
            there = connection.execute(
                "SELECT 1 FROM pg_class JOIN pg_namespace AS home ON home.oid = relnamespace "
                "WHERE relname = 'procrastinate_jobs' AND home.nspname = current_schema()"
            )
            if there.fetchone() is None:
                connection.execute(procrastinate.schema.SchemaManager.get_schema())

    database.lasting(add)


class ProcrastinateCrew:
    """See ``ports.Crew``. ``lanes``: how many jobs of each lane are done at once."""

    def __init__(
        self,
        conninfo: str,
        schema: str,
        lanes: Mapping[str, int],
        sweep: Callable[[], int],
        trouble: Callable[[str], None],
        *,
        alive: float = dispatch.ALIVE,
    ) -> None:
        """``trouble`` hears in words what goes wrong; ``sweep`` and ``alive``: see ``SqlWork``."""
        self._conninfo = conninfo
        self._schema = schema
        self._lanes = dict(lanes)
        self._sweep = sweep
        self._trouble = trouble
        self._alive = alive
        for name in ("procrastinate", "psycopg", "psycopg.pool"):  # they print tracebacks with foreign text
            logging.getLogger(name).addHandler(logging.NullHandler())
            logging.getLogger(name).propagate = False

    @contextmanager
    def serve(self, perform: Callable[[Errand], None], scope: str) -> Iterator[None]:
        """See ``ports.Crew.serve``."""
        begun = threading.Event()
        end: list[Callable[[], object]] = []

        def work() -> None:
            factory = asyncio.SelectorEventLoop if sys.platform == "win32" else None  # psycopg needs that there
            with asyncio.Runner(loop_factory=factory) as runner:
                runner.run(self._until_ended(perform, scope, begun, end))

        thread = threading.Thread(target=work, name="crew", daemon=True)
        thread.start()
        begun.wait()
        try:
            yield
        finally:
            end[0]()
            while thread.is_alive():
                thread.join(0.2)  # in short steps, so that a signal gets through

    async def _until_ended(
        self,
        perform: Callable[[Errand], None],
        scope: str,
        begun: threading.Event,
        end: list[Callable[[], object]],
    ) -> None:
        loop, ended = asyncio.get_running_loop(), asyncio.Event()
        loop.set_exception_handler(lambda _, context: self._unheard(context.get("exception")))
        loop.set_default_executor(ThreadPoolExecutor(sum(self._lanes.values()) + 1, thread_name_prefix="work"))
        end.append(lambda: loop.call_soon_threadsafe(ended.set))
        begun.set()
        told = False
        while not ended.is_set():
            app = self._app(perform, ended.is_set)
            try:
                async with app.open_async():
                    await self._session(app, scope, ended)
                told = False
            except (ConnectorException, OSError, TimeoutError) as error:
                if not told:
                    self._trouble(f"the database is away ({type(error).__name__}); this worker goes on when it is back")
                told = True
            with suppress(TimeoutError):
                await asyncio.wait_for(ended.wait(), REST)

    async def _session(self, app: procrastinate.App, scope: str, ended: asyncio.Event) -> None:
        """Works until it is to end, or something of Procrastinate's has ended by itself: the database was away."""
        tasks: list[asyncio.Task[object]] = [
            asyncio.create_task(
                app.run_worker_async(
                    queues=[dispatch.lane_queue(lane, scope)],
                    name=lane,
                    concurrency=count,
                    fetch_job_polling_interval=POLL,
                    delete_jobs="always",
                    install_signal_handlers=False,
                    update_heartbeat_interval=self._alive / BEATS,
                    stalled_worker_timeout=self._alive,
                )
            )
            for lane, count in self._lanes.items()
        ]
        tasks += [asyncio.create_task(self._sweep_again(app)), asyncio.create_task(ended.wait())]
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in tasks:
            task.cancel()  # a worker finishes what is in flight first
        for result in await asyncio.gather(*tasks, return_exceptions=True):
            if isinstance(result, Exception) and not isinstance(result, ConnectorException):
                self._trouble(f"a worker's task has ended by itself: {type(result).__name__}")

    async def _sweep_again(self, app: procrastinate.App) -> None:
        while True:
            await asyncio.sleep(self._alive / BEATS)
            for job in await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=self._alive):
                with suppress(ConnectorException):  # another worker was faster
                    await app.job_manager.retry_job_by_id_async(job.id or 0, retry_at=datetime.now(UTC))
            await asyncio.to_thread(self._sweep)

    def _unheard(self, error: object) -> None:
        """Tells of an error that nobody waits for.

        That a job cannot be ended is none: a worker that slept finds it ended by another one, or the database is
        away and the job is handed out again.
        """
        if error is not None and not isinstance(error, ConnectorException):
            self._trouble(f"a worker's task has ended by itself: {type(error).__name__}")

    def _app(self, perform: Callable[[Errand], None], ends: Callable[[], bool]) -> procrastinate.App:
        connector = procrastinate.PsycopgConnector(
            conninfo=self._conninfo,
            kwargs={"options": f"-c search_path={self._schema}"},
            min_size=1,
            max_size=len(self._lanes) + 2,
        )
        app = procrastinate.App(connector=connector)

        @app.task(name=dispatch.TASK, pass_context=True, retry=AGAIN)
        def deliver(context: JobContext, /, **facts: object) -> None:
            for errand in dispatch.errands(facts, deliveries=context.job.attempts):
                if ends():  # what is left of it is for others
                    raise StoppedError("This worker ends.")
                try:
                    perform(errand)
                except BaseException as error:
                    self._trouble(f"a job broke off and is tried again: {type(error).__name__}")
                    raise

        return app
