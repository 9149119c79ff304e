"""Settings → Service: the only place that names adapters."""

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from cloudcrate import parts
from cloudcrate.adapters import checks
from cloudcrate.adapters.clock import SystemClock, SystemZone
from cloudcrate.adapters.engine_local import LocalEngine
from cloudcrate.adapters.http import MEDIA_HOSTS, Budget, Door
from cloudcrate.adapters.library import ffmpeg
from cloudcrate.adapters.library.peaks import StoredPeaks
from cloudcrate.adapters.likeness import ratio
from cloudcrate.adapters.lock import ask_to_stop
from cloudcrate.adapters.notion import examine
from cloudcrate.adapters.notion.catalog import NotionCatalog
from cloudcrate.adapters.notion.client import HOSTS as NOTION_HOSTS
from cloudcrate.adapters.notion.client import NotionClient
from cloudcrate.adapters.soundcloud.client import API_HOSTS, SoundCloudClient
from cloudcrate.adapters.soundcloud.directory import SoundCloudDirectory
from cloudcrate.adapters.soundcloud.source import SoundCloudSource
from cloudcrate.adapters.soundcloud_ytdlp import YtDlpSource
from cloudcrate.app.gather import Tools
from cloudcrate.app.service import LookedUp, Probe, Service
from cloudcrate.core.snapshot import Wishes
from cloudcrate.errors import UsageError
from cloudcrate.ports.catalog import Catalog
from cloudcrate.ports.running import BudgetState, Listener, Spent
from cloudcrate.ports.world import Clock
from cloudcrate.settings import Settings
from cloudcrate.tokens import Secret

if TYPE_CHECKING:  # what only some commands need is loaded by them, so that the others start sooner
    from cloudcrate.app.desk import Desk
    from cloudcrate.app.repair import Memory, Repair
    from cloudcrate.app.setup import Setup
    from cloudcrate.app.watch import Teller, Watch
    from cloudcrate.core.model import CatalogInfo, Field, MappedColumn

ROWS_AT_ONCE = 8
"""Writes to the catalog under way at once; the budget, not this, sets the pace."""

NOTION_WINDOW = 60.25
"""Seconds: Notion's minute, and as much as one request can be quicker on its way than the one it follows."""

LOCAL = "local"
"""The one worker of a state on one machine: whoever holds the run lock, so that a killed run's claims are its own."""


@contextmanager
def service(
    settings: Settings,
    *,
    listener: Listener,
    say: Callable[[str], None],
    wait: bool,
    stop: threading.Event,
    clock: Clock | None = None,
) -> Iterator[Service]:
    """The service for these settings. ``stop`` ends its runs; ``wait``: wait when another run is on, else refuse."""
    with ExitStack() as stack:
        memory = stack.enter_context(parts.remembering(settings, clock or SystemClock(stop), say))
        clock, ledger = memory.clock, memory.ledger
        door = Door(clock=clock, budgets=ledger, notes=ledger)
        stack.callback(door.close)
        media = Budget(name="soundcloud-media", limit=settings.media_per_10_minutes, window=600.0)
        catalog, pages = stack.enter_context(parts.catalog(settings, door, memory))
        store = stack.enter_context(parts.store(settings, door))
        lanes = {"rows": ROWS_AT_ONCE, "files": settings.jobs}
        tools = Tools(
            source=SoundCloudSource(
                door,
                cache_dir=settings.cache,
                media_budget=media,
                oauth_token=settings.soundcloud_token,
                second_way=YtDlpSource(door, cache_dir=settings.cache, media_budget=media),
            ),
            catalog=catalog,
            playlist_pages=pages,
            store=store,
            playlist_files=store,
            ledger=ledger,
            engine=LocalEngine(lanes, stop),
            clock=clock,
            listener=listener,
            meter=partial(_meter, door),
            owner=LOCAL,
            exclusive=partial(parts.alone, settings, clock, wait=wait, say=say, stop=stop),
            settle=settings.settle_seconds,
            budgets=partial(_budgets, settings, door, media),
            ask_to_stop=partial(ask_to_stop, settings.state / "lock"),
            peaks=StoredPeaks(settings.cache / "peaks", store),
            announce=stack.enter_context(parts.endings(settings, memory, say)),
        )
        sharing = parts.sharing(settings, memory, tools, lanes, wait=wait, say=say)
        if sharing is not None:
            tools = replace(tools, exclusive=sharing.alone)
        client = SoundCloudClient(door, cache_dir=settings.cache, oauth_token=settings.soundcloud_token)
        yield Service(
            tools,
            usual=_usual(settings),
            named=settings.playlists,
            probes=_probes(settings, tools, door, memory),
            timetable=settings.watch,
            zone=SystemZone(),
            sharing=sharing,
            looked_up=LookedUp(directory=SoundCloudDirectory(client), profile=settings.profile, ratio=ratio),
        )


@contextmanager
def desk(load: Callable[[], Settings]) -> "Iterator[Desk]":
    """Plans and runs for a process that lives long; the settings are read anew for each."""
    from cloudcrate.app.desk import Desk

    def opened(
        *, listener: Listener, stop: threading.Event, say: Callable[[str], None], wait: bool
    ) -> AbstractContextManager[Service]:
        return service(load(), listener=listener, say=say, wait=wait, stop=stop)

    clock = SystemClock(threading.Event())
    with closing(Desk(opened, clock.now, clock.monotonic)) as found:
        yield found


def watch(
    load: Callable[[], Settings],
    *,
    listener: Listener,
    say: Callable[[str], None],
    stop: threading.Event,
    teller: "Teller",
    clock: Clock | None = None,
) -> "Watch":
    """Syncs what is due by the settings, which are read anew for every look. ``stop`` ends it."""
    from cloudcrate.app.watch import Watch

    clock = clock or SystemClock(stop)

    @contextmanager
    def opened() -> Iterator[Service]:
        with service(load(), listener=listener, say=say, wait=True, stop=stop, clock=clock) as found:
            yield found

    return Watch(opened, clock, teller)


@contextmanager
def setup(settings: Settings, token: Secret) -> "Iterator[Setup]":
    """Finding or making the tables in Notion that this token reaches; the database in the settings is not asked."""
    from cloudcrate.adapters.notion.setup import NotionSetup
    from cloudcrate.app.setup import Setup

    with ExitStack() as stack:
        memory = stack.enter_context(parts.remembering(settings, SystemClock(threading.Event())))
        ledger = memory.ledger
        door = Door(clock=memory.clock, budgets=ledger, notes=ledger)
        stack.callback(door.close)
        client = NotionClient(door, token, budget=parts.notion_budget(settings, token))
        settle = settings.settle_seconds

        def prove(table: str, playlists: str | None, columns: "Mapping[Field, MappedColumn]") -> "CatalogInfo":
            catalog = NotionCatalog(
                client,
                database=table,
                mapping=columns,
                playlists_database=playlists,
                notes=ledger,
                rows=ledger,
                settle=settle,
            )
            return catalog.open()

        yield Setup(NotionSetup(client, settle=settle), prove)


@contextmanager
def repairing(
    settings: Settings, *, say: Callable[[str], None], wait: bool, stop: threading.Event
) -> "Iterator[Repair]":
    """The repair of a state that may not be fit to be opened. Holds the run lock as long as it lasts.

    Raises: UsageError when the state is in a database, which has its own ways.
    """
    from cloudcrate.adapters.sql.renewal import SqlState
    from cloudcrate.app.repair import Memory, Repair

    if settings.state_url is not None:
        raise UsageError(
            "The state is in PostgreSQL, which keeps its files sound itself.",
            hint="Restore the database from a backup (docs/many-machines.md).",
        )
    clock = SystemClock(stop)

    @contextmanager
    def opened() -> "Iterator[Memory]":
        with ExitStack() as stack:
            memory = stack.enter_context(parts.remembering(settings, clock))
            door = Door(clock=clock, budgets=memory.ledger, notes=memory.ledger)
            stack.callback(door.close)
            yield Memory(
                ledger=memory.ledger,
                store=stack.enter_context(parts.store(settings, door)),
                catalog=stack.enter_context(parts.catalog(settings, door, memory))[0],
                clock=clock,
                owner=LOCAL,
                template=settings.template,
                settle=settings.settle_seconds,
            )

    with parts.alone(settings, clock, wait=wait, say=say, stop=stop):
        yield Repair(SqlState(settings.state, clock.now), opened)


def whose(settings: Settings, token: Secret) -> str:
    """The name of the SoundCloud account that a token opens. Raises: CredentialsError when it opens none."""
    with ExitStack() as stack:
        memory = stack.enter_context(parts.remembering(settings, SystemClock(threading.Event())))
        ledger = memory.ledger
        door = Door(clock=memory.clock, budgets=ledger, notes=ledger)
        stack.callback(door.close)
        return SoundCloudClient(door, cache_dir=settings.cache, oauth_token=token).user_name()


def _usual(settings: Settings) -> Wishes:
    return Wishes(
        template=settings.template,
        prefer=settings.prefer,
        upgrade=settings.upgrade,
        convert=settings.convert,
        convert_lossy=settings.convert_lossy,
        keep_original=settings.keep_original,
        playlist_folder=settings.playlist_folders,
    )


def _budgets(settings: Settings, door: Door, media: Budget) -> tuple[BudgetState, ...]:
    found = [door.state_of(media, "SoundCloud media")]
    if settings.database is not None and settings.notion_token is not None:
        found.insert(0, door.state_of(parts.notion_budget(settings, settings.notion_token), "Notion"))
    return tuple(found)


def _meter(door: Door) -> Spent:
    return Spent(
        soundcloud_requests=door.requests(API_HOSTS.name) + door.requests(MEDIA_HOSTS.name),
        notion_requests=door.requests(NOTION_HOSTS.name),
        media_bytes=door.received(MEDIA_HOSTS.name),
    )


def _probes(settings: Settings, tools: Tools, door: Door, memory: parts.Remembering) -> list[tuple[str, Probe]]:
    user = SoundCloudClient(door, cache_dir=settings.cache, oauth_token=settings.soundcloud_token)
    return [
        ("Python", checks.python),
        ("SQLite", checks.sqlite),
        ("settings", partial(checks.settings_file, settings.file)),
        ("token", partial(checks.token, settings.token_source)),
        ("network", checks.proxies),
        *_state_probes(settings, memory),
        ("library", partial(checks.library, tools.store)),
        ("ffmpeg", lambda: checks.ffmpeg(ffmpeg.executable())),
        ("SoundCloud", partial(checks.soundcloud, tools.source)),
        ("SoundCloud account", partial(checks.account, settings.soundcloud_token_source, user.user_name)),
        *_catalog_probes(settings, tools.catalog, door),
    ]


def _state_probes(settings: Settings, memory: parts.Remembering) -> list[tuple[str, Probe]]:
    folder: list[tuple[str, Probe]] = [("state", partial(checks.folder, settings.state))]
    if memory.database is None:
        return folder
    return [("state", partial(checks.database, memory.database.place, memory.database.time)), *folder]


def _catalog_probes(settings: Settings, catalog: Catalog, door: Door) -> list[tuple[str, Probe]]:
    token, playlists = settings.notion_token, settings.playlists_database
    if settings.database is None or token is None:
        return [("catalog", partial(checks.catalog, catalog))]
    client = NotionClient(door, token, budget=parts.notion_budget(settings, token))
    looks: dict[str, checks.Look] = {"editing": partial(examine.editing, client)}
    if playlists is not None:
        looks["playlists"] = partial(examine.playlists, client, given=playlists)
    return [
        ("Notion token", partial(examine.token, client)),
        ("catalog", partial(checks.catalog, catalog, looks)),
    ]
