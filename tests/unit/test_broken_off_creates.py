"""A create that broke off: what it has sent need not be what is sent now."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest
from fake_store import MemoryStore
from memory import MemoryCatalog, MemoryLedger, SerialEngine, SimulatedClock
from pretend import LINK, MemorySource, Watcher, tools_of
from worlds import make_listing, make_track

from cloudcrate.app.gather import Order
from cloudcrate.app.performer import FILE
from cloudcrate.app.service import Service
from cloudcrate.core.model import Cells, Field, Page, Track
from cloudcrate.ports.running import Job


class LaggingCatalog(MemoryCatalog):
    """A catalog that does not show yet what was made, and whose first create is its caller's last act."""

    def __init__(self) -> None:
        super().__init__()
        self.lags = True
        self.kills = True

    def find(self, tracks: Sequence[Track], *, exact: bool = False) -> tuple[Page, ...]:
        return () if self.lags else super().find(tracks, exact=exact)

    def create(self, cells: Cells, track: Track, *, announce: Callable[[], None]) -> Page:
        page = super().create(cells, track, announce=announce)
        if self.kills:
            self.kills = False
            raise KeyboardInterrupt
        return page


class FilesFirst(SerialEngine):
    """Does the files before the rows; by then the catalog shows everything."""

    def __init__(self, catalog: LaggingCatalog) -> None:
        super().__init__()
        self._catalog = catalog

    def run(self, jobs: Sequence[Job], perform: Callable[[Job], Sequence[Job]]) -> None:
        self._catalog.lags = False
        super().run(sorted(jobs, key=lambda job: job.name != FILE), perform)


def test_a_row_that_was_made_before_its_file_came_is_told_of_the_file() -> None:
    clock, catalog = SimulatedClock(), LaggingCatalog()
    tools = tools_of(
        source=MemorySource(make_listing([make_track(1)])),
        catalog=catalog,
        store=MemoryStore(),
        ledger=MemoryLedger(clock),
        clock=clock,
        listener=Watcher(),
    )
    with pytest.raises(KeyboardInterrupt):
        Service(tools).sync(Order(link=LINK))
    (made,) = catalog.every_row()
    assert made.cells.get(Field.DOWNLOADED) is not True

    ended = Service(replace(tools, engine=FilesFirst(catalog))).sync(Order(link=LINK))
    assert not ended.report.failed
    (row,) = catalog.every_row()
    assert row.cells[Field.DOWNLOADED] is True
    assert row.cells[Field.FILE_PATH]
