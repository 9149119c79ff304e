"""Work in a thread of its own: heard of in the caller's, stopped by an interrupt or by who listens."""

import signal
import threading
from collections.abc import Callable
from dataclasses import replace

import pytest
from pretend import Pretended
from worlds import make_listing, make_track

from cloudcrate.app.foreground import Progress, attend
from cloudcrate.app.gather import Tools
from cloudcrate.app.running import Ended
from cloudcrate.app.service import Service
from cloudcrate.core.model import TrackId
from cloudcrate.errors import StoppedError, UsageError
from cloudcrate.ports.running import Listener

PATIENCE = 10.0  # seconds after which a test has failed


def synced(world: Pretended) -> Callable[[Listener, threading.Event, Callable[[str], None]], Ended]:
    """A sync of this world, as work."""

    def work(listener: Listener, stop: threading.Event, say: Callable[[str], None]) -> Ended:
        tools: Tools = replace(world.tools, listener=listener)
        return Service(tools).sync(world.order)

    return work


def test_the_work_s_result_is_given_and_every_step_is_told_in_order_and_in_the_callers_thread() -> None:
    world = Pretended(make_listing([make_track(n) for n in (1, 2, 3)]))
    world.source.dead = {TrackId(2)}
    heard: list[tuple[Progress, int]] = []
    ended = attend(synced(world), lambda progress: heard.append((progress, threading.get_ident())))
    assert ended.report.listed == 3
    assert {thread for _, thread in heard} == {threading.get_ident()}
    last = heard[-1][0]
    assert last.done == last.total > 0
    assert [p.done for p, _ in heard if p.total] == list(range(last.total + 1))
    assert heard[0][0].phase == "reading the playlist"
    assert last.title.startswith("Ada - Song")


def test_failures_are_counted() -> None:
    world = Pretended(make_listing([make_track(n) for n in (1, 2, 3)]))
    world.store.spoiled = {TrackId(2)}
    heard: list[Progress] = []
    attend(synced(world), heard.append)
    assert heard[-1].failed == 1


def test_an_error_of_the_work_is_raised() -> None:
    def work(listener: Listener, stop: threading.Event, say: Callable[[str], None]) -> None:
        raise UsageError("no such thing")

    with pytest.raises(UsageError, match="no such thing"):
        attend(work)


def _until_stopped(ended: threading.Event) -> Callable[..., None]:
    def work(listener: Listener, stop: threading.Event, say: Callable[[str], None]) -> None:
        say("waiting")
        assert stop.wait(PATIENCE)
        ended.set()
        raise StoppedError("Stopped.")

    return work


def test_who_listens_may_raise_and_the_work_is_stopped_first() -> None:
    ended = threading.Event()

    def hear(progress: Progress) -> None:
        raise ValueError("enough")

    with pytest.raises(ValueError, match="enough"):
        attend(_until_stopped(ended), hear)
    assert ended.is_set()


def test_an_interrupt_stops_the_work_and_is_raised_when_it_has_ended() -> None:
    ended = threading.Event()

    def hear(progress: Progress) -> None:
        signal.raise_signal(signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        attend(_until_stopped(ended), hear)
    assert ended.is_set()


def test_it_works_in_any_thread() -> None:
    world = Pretended(make_listing([make_track(1)]))
    found: list[int] = []
    thread = threading.Thread(target=lambda: found.append(attend(synced(world)).report.listed))
    thread.start()
    thread.join(PATIENCE)
    assert found == [1]
