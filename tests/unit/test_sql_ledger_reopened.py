"""A ledger that is opened again knows everything: what a run may rely on after it was killed."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from ledgers import FILE, INTENT, SCOPE, WRITTEN, claimed
from memory import SimulatedClock
from worlds import make_track

from cloudcrate.adapters.sql.ledger import SqlLedger, open_ledger
from cloudcrate.core.model import Availability, KnownPlaylist, Memory, PageId, PlaylistId, TrackId
from cloudcrate.errors import StaleClaimError
from cloudcrate.ports.ledger import RunRecord, TrackEvent

T7, T8 = TrackId(7), TrackId(8)
PAGE = PageId("page-7")
LIST = PlaylistId("playlists:1")
KNOWN = KnownPlaylist(url="https://soundcloud.com/ada/sets/b", title="B", id=LIST)


class Reopening:
    """One state; every ``open`` is what the next process sees."""

    def __init__(self, path: Path) -> None:
        self.clock = SimulatedClock()
        self._path = path
        self._opened: list[SqlLedger] = []

    def open(self) -> SqlLedger:
        """Closes the ledger that is open and opens it again."""
        self.close()
        self._opened.append(open_ledger(self._path, self.clock))
        return self._opened[-1]

    def close(self) -> None:
        """Closes all."""
        for ledger in self._opened:
            ledger.close()


@pytest.fixture
def state(tmp_path: Path) -> Iterator[Reopening]:
    reopening = Reopening(tmp_path / "state" / "ledger.db")
    yield reopening
    reopening.close()


def test_pages_files_and_intents_are_remembered(state: Reopening) -> None:
    ledger = state.open()
    ledger.record_page(claimed(ledger), PAGE, written=WRITTEN, offered=WRITTEN)
    ledger.open_intent(claimed(ledger), INTENT)
    ledger.record_file(claimed(ledger), FILE)
    ledger.record_unobtainable(claimed(ledger, 8), Availability.PROTECTED, 5.0)
    ledger = state.open()
    assert ledger.recall(SCOPE, [T7, T8]) == {
        T7: Memory(track_id=T7, page_id=PAGE, written=WRITTEN, offered=WRITTEN, intent=INTENT, file=FILE),
        T8: Memory(track_id=T8, unobtainable=Availability.PROTECTED, unobtainable_at=5.0),
    }
    assert ledger.page_owners(SCOPE.catalog) == {PAGE: T7}
    assert ledger.file_paths(SCOPE.library) == {FILE.path: T7}


def test_a_lease_and_its_token_outlive_the_process(state: Reopening) -> None:
    stale = claimed(state.open(), owner="ada", now=0.0)
    assert state.open().claim(SCOPE, T7, "bob", lease=60.0, now=59.0) is None
    ledger = state.open()
    current = claimed(ledger, owner="bob", now=60.0)
    assert current.token > stale.token
    with pytest.raises(StaleClaimError):
        ledger.record_file(stale, FILE)
    state.open().record_file(current, FILE)


def test_a_token_rises_over_a_release_and_a_new_process(state: Reopening) -> None:
    ledger = state.open()
    given_back = claimed(ledger)
    ledger.release([given_back])
    assert claimed(state.open(), owner="bob").token > given_back.token


def test_metadata_and_playlists_are_remembered(state: Reopening) -> None:
    ledger = state.open()
    ledger.keep_tracks([make_track(7)], at=5.0)
    ledger.keep_playlist(LIST, KNOWN, [T8, T7, T8])
    ledger = state.open()
    assert ledger.tracks([T7, T8], newer_than=4.0) == {T7: make_track(7)}
    assert ledger.find_track(make_track(7).url) == T7
    assert ledger.playlists() == (KNOWN,)
    assert ledger.entries(LIST) == (T8, T7, T8)


def test_what_was_spent_and_how_long_to_wait_are_remembered(state: Reopening) -> None:
    ledger, now = state.open(), state.clock.now()
    assert [ledger.take("notion", limit=2, window=60.0, now=now) for _ in range(2)] == [0.0, 0.0]
    ledger.park("media", until=now + 40.0)
    ledger = state.open()
    assert ledger.take("notion", limit=2, window=60.0, now=now + 15.0) == 45.0
    assert ledger.spent("notion", window=60.0, now=now + 15.0) == 2
    assert ledger.take("media", limit=2, window=60.0, now=now + 15.0) == 25.0


def test_runs_and_what_was_said_last_are_remembered(state: Reopening) -> None:
    run = RunRecord(id="r", playlist_id=LIST, scope=SCOPE, started_at=10.0, ended_at=None, report=None)
    event = TrackEvent(run_id="r", track_id=T7, side="row", at=1.0, operation="{}", outcome="{}")
    ledger = state.open()
    ledger.start_run(run)
    ledger.record_events([event])
    ledger = state.open()
    ledger.record_events([replace(event, at=2.0)])
    ledger.end_run("r", 20.0, "{}")
    ledger = state.open()
    assert ledger.last_runs(9) == (replace(run, ended_at=20.0, report="{}"),)
    assert ledger.events(T7, 9) == (event,)
