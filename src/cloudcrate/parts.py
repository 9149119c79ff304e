"""The parts that the settings name, opened: what is remembered, the catalog, the library, and who shares a run."""

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING, Protocol

from cloudcrate.adapters.http import Budget, Door
from cloudcrate.adapters.library.store import FolderStore
from cloudcrate.adapters.lock import hold
from cloudcrate.adapters.notion.catalog import NotionCatalog
from cloudcrate.adapters.notion.client import NotionClient
from cloudcrate.adapters.sql.backups import keep_backups
from cloudcrate.adapters.sql.catalog import LocalCatalog, open_catalog
from cloudcrate.adapters.sql.ledger import open_ledger
from cloudcrate.app.endings import Endings, Told
from cloudcrate.app.gather import Tools
from cloudcrate.app.sharing import Sharing
from cloudcrate.core.ending import Ending, When
from cloudcrate.errors import CloudcrateError, CredentialsError, DiskError, StateError, UsageError, missing_extra
from cloudcrate.ports.catalog import Catalog, PlaylistPages
from cloudcrate.ports.ledger import Ledger
from cloudcrate.ports.library import PlaylistFiles, Store
from cloudcrate.ports.world import Clock
from cloudcrate.settings import NOTION_BUDGETS, Settings
from cloudcrate.tokens import Secret

if TYPE_CHECKING:
    from cloudcrate.adapters.library.objects.store import ObjectStore
    from cloudcrate.adapters.sql.postgres import PostgresDatabase

NOTION_WINDOW = 60.25
"""Seconds: Notion's minute, and as much as one request can be quicker on its way than the one it follows."""


class Library(Store, PlaylistFiles, Protocol):
    """The files, and the playlists' own files among them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Remembering:
    """The ledger, the clock that all who share it go by, and the database when that is where it is."""

    ledger: Ledger
    clock: Clock
    database: "PostgresDatabase | None" = None


@contextmanager
def remembering(settings: Settings, clock: Clock, say: Callable[[str], None] = lambda _: None) -> Iterator[Remembering]:
    """The ledger in its folder, or in PostgreSQL; ``say`` hears when that is away and waited for.

    Raises: StateError, DiskError, BusyError, CredentialsError, UnavailableError, UsageError, StoppedError.
    """
    if settings.state_url is None:
        ledger = open_ledger(settings.state / "ledger.db", clock)
        try:
            yield Remembering(ledger=ledger, clock=clock)
        finally:
            ledger.close()
        return
    if not all(map(find_spec, ("psycopg", "procrastinate"))):
        raise missing_extra("A state in PostgreSQL", "postgresql")
    from cloudcrate.adapters.sql.ledger import SqlLedger
    from cloudcrate.adapters.sql.postgres import open_database
    from cloudcrate.adapters.sql.postgres_clock import DatabaseClock

    database = open_database(settings.state_url.reveal(), clock, say=say)
    try:
        shared = DatabaseClock(database.time, clock)
        yield Remembering(ledger=SqlLedger(database, shared.now), clock=shared, database=database)
    finally:
        database.close()


@contextmanager
def catalog(settings: Settings, door: Door, memory: Remembering) -> Iterator[tuple[Catalog, PlaylistPages | None]]:
    """The tables in Notion, or the local catalog beside the ledger. Raises: CredentialsError, StateError, …"""
    if settings.database is None:
        with closing(_local_catalog(settings, memory.clock)) as local:
            yield local, None
        return
    if settings.notion_token is None:
        raise CredentialsError(
            "A Notion database is given, but no token.",
            hint="Set NOTION_TOKEN (Notion: Settings > Connections > Develop or manage integrations), "
            "or leave the database out to use the local catalog.",
        )
    token = settings.notion_token
    found = NotionCatalog(
        NotionClient(door, token, budget=notion_budget(settings, token)),
        database=settings.database,
        mapping=settings.columns,
        playlists_database=settings.playlists_database,
        notes=memory.ledger,
        rows=memory.ledger,
        settle=settings.settle_seconds,
    )
    yield found, found


def _local_catalog(settings: Settings, clock: Clock) -> LocalCatalog:
    if settings.state_url is None:
        return open_catalog(settings.state / "catalog.db")
    from cloudcrate.adapters.sql.postgres import open_shared_catalog

    return open_shared_catalog(settings.state_url.reveal(), clock)


def notion_budget(settings: Settings, token: Secret) -> Budget:
    """How much may be sent to Notion with a token."""
    if settings.notion_per_minute is not None:
        return Budget(name=token.name, limit=settings.notion_per_minute, window=NOTION_WINDOW)
    limit, most = NOTION_BUDGETS
    return Budget(name=token.name, limit=limit, window=NOTION_WINDOW, most=most)


@contextmanager
def store(settings: Settings, door: Door) -> Iterator[Library]:
    """The library: a folder, or an object store. Raises: UsageError when its address cannot be understood."""
    with closing(_store(settings, door)) as found:
        yield found


def _store(settings: Settings, door: Door) -> "FolderStore | ObjectStore":
    if not settings.library_url:
        return FolderStore(settings.library, door)
    from cloudcrate.adapters.library.objects.store import open_objects

    return open_objects(settings.library_url, door, staging=settings.cache / "staging")


@contextmanager
def alone(
    settings: Settings, clock: Clock, *, wait: bool, say: Callable[[str], None], stop: threading.Event
) -> Iterator[None]:
    """Holds the run lock, and keeps backups of what was written before it lets go.

    Not when the block ends with an error that says that the disk or the state is no good, or that the user's
    words are not: a backup would fail for the same reason, or nothing was done.
    """
    with hold(settings.state / "lock", wait=wait, say=say, stop=stop):
        try:
            yield
        except (DiskError, StateError, UsageError):
            raise
        except CloudcrateError:
            keep_backups(settings.state, clock.now(), say)
            raise
        keep_backups(settings.state, clock.now(), say)


@contextmanager
def endings(
    settings: Settings, memory: Remembering, say: Callable[[str], None]
) -> Iterator[Callable[[Ending], None] | None]:
    """What tells others how a run ended; None when nobody asked to be told. Raises: UsageError."""
    with ExitStack() as stack:
        told = list(_heralds(settings, memory, stack))
        yield Endings(told, memory.clock, say).announce if told else None


def _heralds(settings: Settings, memory: Remembering, stack: ExitStack) -> Iterator[Told]:
    if settings.handoff.folder is not None:
        from cloudcrate.adapters.heralds.handoff import Handoff

        handoff = settings.handoff
        yield Told(herald=Handoff(settings.handoff.folder, name=handoff.name, recipient=handoff.recipient))
    if settings.webhook.secret is not None:
        from cloudcrate.adapters.heralds.webhook import open_webhook

        url = Secret(settings.webhook.url)
        webhook = open_webhook(memory.clock, memory.ledger, url=url, secret=settings.webhook.secret)
        yield Told(herald=stack.enter_context(closing(webhook)))
    if settings.notify.urls:
        from cloudcrate.adapters.heralds.apprise import targets

        for target in targets(settings.notify.urls):
            yield Told(herald=target, when=When(settings.notify.when))


def sharing(
    settings: Settings,
    memory: Remembering,
    tools: Tools,
    lanes: Mapping[str, int],
    *,
    wait: bool,
    say: Callable[[str], None],
) -> Sharing | None:
    """What lets other machines take part; None when the state is of this machine alone."""
    if memory.database is None or settings.state_url is None:
        return None
    from cloudcrate.adapters.sql.crew import ProcrastinateCrew, add_schema
    from cloudcrate.adapters.sql.gate import DatabaseGate, signature
    from cloudcrate.adapters.sql.postgres import SCHEMA
    from cloudcrate.adapters.sql.work import SqlWork

    add_schema(memory.database)
    alive = settings.worker_timeout_seconds
    work = SqlWork(memory.database, alive=alive)
    crew = ProcrastinateCrew(settings.state_url.reveal(), SCHEMA, lanes, work.sweep, say, alive=alive)
    gate = DatabaseGate(memory.database, memory.clock, name=SCHEMA, wait=wait, say=say)
    return Sharing(tools, work, crew, gate, by=signature(), say=say)
