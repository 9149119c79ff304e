"""The Herald contract, on a folder, a webhook and Apprise."""

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest
from endings_made import FAILED, made, poisoned
from memory import MemoryLedger, SimulatedClock
from receiver import receiving

from cloudcrate.adapters.clock import SystemClock
from cloudcrate.adapters.heralds.apprise import targets
from cloudcrate.adapters.heralds.handoff import Handoff
from cloudcrate.adapters.heralds.webhook import open_webhook
from cloudcrate.errors import CloudcrateError
from cloudcrate.ports.heralds import Herald
from cloudcrate.tokens import Secret


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """A herald, what has arrived where it tells, and a way to break that place."""

    herald: Herald
    arrived: Callable[[], list[str]]
    breaks: Callable[[], None]


def _folder(tmp_path: Path, _: ExitStack) -> Bench:
    folder = tmp_path / "handoff"

    def breaks() -> None:
        if folder.is_dir():
            folder.rename(tmp_path / "before")
        folder.write_text("")

    herald = Handoff(folder, name="studio", recipient="agent")
    return Bench(
        herald=herald,
        arrived=lambda: [file.read_text() for file in sorted(folder.iterdir())] if folder.is_dir() else [],
        breaks=breaks,
    )


def _webhook(_: Path, stack: ExitStack) -> Bench:
    receiver = stack.enter_context(receiving())
    clock = SystemClock(threading.Event())
    url, secret = f"http://127.0.0.1:{receiver.port}/canary", Secret("canary" * 5)
    herald = open_webhook(clock, MemoryLedger(SimulatedClock()), url=Secret(url), secret=secret)
    stack.callback(herald.close)

    def breaks() -> None:
        receiver.status = 503

    return Bench(herald=herald, arrived=lambda: [p.body.decode() for p in receiver.posted], breaks=breaks)


def _apprise(_: Path, stack: ExitStack) -> Bench:
    receiver = stack.enter_context(receiving())
    (herald,) = targets([Secret(f"json://canary:canary@127.0.0.1:{receiver.port}/canary")])

    def breaks() -> None:
        receiver.status = 503

    return Bench(herald=herald, arrived=lambda: [p.body.decode() for p in receiver.posted], breaks=breaks)


BENCHES = {"folder": _folder, "webhook": _webhook, "apprise": _apprise}


@pytest.fixture(params=BENCHES)
def bench(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Bench]:
    with ExitStack() as stack:
        yield BENCHES[request.param](tmp_path, stack)


def test_what_is_told_arrives_once(bench: Bench) -> None:
    bench.herald.tell(made(FAILED, exit_code=3))
    (arrived,) = bench.arrived()
    assert "Night Mix" in arrived
    assert "it did not answer" in arrived


def test_two_endings_are_two(bench: Bench) -> None:
    bench.herald.tell(made())
    bench.herald.tell(made(run_id="another"))
    assert len(bench.arrived()) == 2


def test_several_may_tell_at_once(bench: Bench) -> None:
    threads = [threading.Thread(target=bench.herald.tell, args=(made(),)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(bench.arrived()) == 4


def test_no_secret_of_the_ending_arrives(bench: Bench) -> None:
    bench.herald.tell(poisoned())
    (arrived,) = bench.arrived()
    assert "canary" not in arrived


def test_what_cannot_be_told_is_an_error_of_ours_without_a_secret(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(0)
    bench.herald.tell(made())
    bench.breaks()
    with pytest.raises(CloudcrateError) as caught:
        bench.herald.tell(made())
    assert "canary" not in f"{caught.value.message} {caught.value.hint} {bench.herald.name} {bench.herald!r}"
    assert "canary" not in caplog.text


def test_it_makes_one_attempt(bench: Bench) -> None:
    before = len(bench.arrived())
    bench.breaks()
    with pytest.raises(CloudcrateError):
        bench.herald.tell(made())
    assert len(bench.arrived()) - before <= 1
