"""Many machines on one state in PostgreSQL, as real processes against a real database and a sandbox."""

import json
import signal
import socket
from collections import Counter
from pathlib import Path
from random import Random
from typing import Any  # Any: fault rules and journals are JSON

import pgserver
import psycopg
import pytest
from chaos import Chaos, Rhythm, broken_promises, command
from many import TIMEOUT, Crowd, command_lines, crowd, until
from running import URL, says, world
from sandboxes import running_sandbox

SHORT: dict[str, Any] = {"seconds": [1, 2]}  # Any: a scenario
CREATE = {"host": "api.notion.com", "method": "POST", "path": "^/v1/pages$"}


@pytest.fixture
def url(tmp_path: Path) -> str:
    """A new database."""
    name = psycopg.conninfo.conninfo_to_dict(pgserver.database(tmp_path))["dbname"]
    return f"postgresql://postgres@127.0.0.1:{pgserver.server().port}/{name}"


def hold(nth: int, phase: str = "before") -> dict[str, Any]:  # Any: as above
    """Holds the ``nth`` request that makes a row."""
    return {**CREATE, "nth": nth, "kind": "hold", "phase": phase}


def whole(machines: Crowd, tracks: int) -> None:
    """Checks that every track has one row that says that its file is there, and one file."""
    rows = machines.sandbox.rows()
    assert Counter(machines.rows().values()) == {1: tracks}
    assert all(row["properties"]["Downloaded"] for row in rows)
    assert len(machines.audio()) == tracks


def last_report(machines: Crowd) -> dict[str, Any]:  # Any: JSON
    """What ``runs`` tells of the last run."""
    runs = machines.run("later", "runs", "--json").data["runs"]
    report: dict[str, Any] = json.loads(runs[0]["report"])  # Any: JSON
    return report


def test_a_run_goes_on_without_the_command_that_began_it(tmp_path: Path, url: str) -> None:
    every = {**CREATE, "kind": "hold", "phase": "before"}
    with crowd(world(12, **SHORT) | {"faults": [every]}, tmp_path / "home", url) as machines:
        machines.workers(2)
        command = machines.start("command", "sync", URL)
        machines.sandbox.wait_held(60)
        command.send(signal.SIGKILL)
        watcher = machines.start("watcher", "status", "--follow")
        watcher.says("tracks done")
        machines.sandbox.faults([])
        machines.sandbox.release(drop=True)  # none arrives: later than it may settle it could only be made twice
        seen = watcher.wait()
        assert seen.code == 0, seen.err
        assert "Ada's mix: " in seen.out
        assert not machines.going()
        whole(machines, 12)
        assert last_report(machines)["rows"]["created"] == 12


def test_ctrl_c_ends_the_command_and_says_how_to_watch_and_end_the_run(tmp_path: Path, url: str) -> None:
    """Nobody else is there: the next command, which would sync the same, finishes the run first."""
    with crowd(world(6, **SHORT) | {"faults": [hold(2)]}, tmp_path / "home", url) as machines:
        command = machines.start("command", "sync", URL, more={"CLOUDCRATE_JOBS": "1"})  # so little is in flight
        machines.sandbox.wait_held(60)
        command.send(signal.SIGINT)
        machines.sandbox.release()
        ended = command.wait()
        assert ended.code == 130, ended.err
        assert "the run goes on" in ended.err
        assert "cloudcrate status --follow" in ended.err
        assert "cloudcrate cancel" in ended.err
        assert machines.going()
        assert machines.run("refused", "sync", URL, "--no-wait").code == 8

        second = machines.run("second", "sync", URL)
        assert second.code == 0, second.err
        assert 'waiting for another run: "Ada\'s mix"' in second.err.replace("'Ada", '"Ada').replace("mix'", 'mix"')
        assert "Rows:  6 = 0 created + 0 updated + 6 unchanged" in second.out
        whole(machines, 6)


def test_cancel_ends_a_run_and_what_a_dead_worker_had_claimed_does_not_hold_up_the_next(
    tmp_path: Path, url: str
) -> None:
    with crowd(world(10, **SHORT) | {"faults": [hold(3)]}, tmp_path / "home", url) as machines:
        command = machines.start("command", "sync", URL)
        machines.sandbox.wait_held(60)
        command.send(signal.SIGKILL)
        machines.sandbox.release(drop=True)
        cancelled = machines.run("canceller", "cancel", timeout=60)
        assert cancelled.code == 0, cancelled.err
        assert "cancelled" in cancelled.out
        assert not machines.going()
        assert len(machines.rows()) < 10
        assert "No run is going on." in machines.run("canceller", "cancel").out

        machines.sandbox.faults([])
        again = machines.run("next", "sync", URL, timeout=90)
        assert again.code == 0, again.err
        whole(machines, 10)


def test_two_commands_at_once_wait_for_each_other_or_refuse(tmp_path: Path, url: str) -> None:
    with crowd(world(4, **SHORT) | {"faults": [hold(2)]}, tmp_path / "home", url) as machines:
        first = machines.start("first", "sync", URL)
        machines.sandbox.wait_held(60)
        refused = machines.run("refused", "sync", URL, "--no-wait")
        says(refused, 8, "Ada's mix", f"sync on {socket.gethostname()}", str(first.popen.pid))
        second = machines.start("second", "sync", URL)
        assert str(first.popen.pid) in second.says("waiting for another run")
        machines.sandbox.release()
        assert first.wait().code == 0
        told = second.wait()
        assert told.code == 0, told.err
        assert "0 created" in told.out
        whole(machines, 4)


def test_a_worker_with_another_library_or_catalog_takes_nothing(tmp_path: Path, url: str) -> None:
    with crowd(world(4, **SHORT), tmp_path / "home", url) as machines:
        elsewhere = tmp_path / "elsewhere"
        other = machines.sandbox.add_database()["database_id"]
        strangers = [
            machines.start("library", "worker", "--library", str(elsewhere)),
            machines.start("catalog", "worker", "--database", other),
        ]
        for stranger in strangers:
            stranger.says("taking part")
        command = machines.start("command", "sync", URL, "--json")
        assert command.wait().code == 0
        assert list(elsewhere.rglob("*.m4a")) == []
        whole(machines, 4)
        for stranger in strangers:
            stranger.send(signal.SIGINT)
            assert "traceback" not in stranger.wait().err.lower()


def test_without_notion_the_rows_are_in_the_database_once_each(tmp_path: Path, url: str) -> None:
    with crowd(world(8, **SHORT), tmp_path / "home", url, notion=False) as machines:
        machines.workers(1)
        ran = machines.run("command", "sync", URL)
        assert ran.code == 0, ran.err
        rows = machines.asked("SELECT soundcloud_id FROM cloudcrate_catalog.pages WHERE trashed = 0")
        assert Counter(Counter(rows).values()) == {1: 8}
        assert len(machines.audio()) == 8
        assert not list((tmp_path / "home").rglob("catalog.db"))


def test_no_password_of_the_database_is_seen_anywhere(tmp_path: Path, url: str) -> None:
    secret, name = pgserver.PASSWORD, url.rpartition("/")[2]
    where = f"127.0.0.1:{pgserver.server().port}/{name}"
    pgserver.server().execute(f'GRANT CREATE ON DATABASE "{name}" TO locked')
    with crowd(world(2, **SHORT) | {"faults": [hold(1)]}, tmp_path / "home", url) as machines:
        with socket.socket() as unheard:
            unheard.bind(("127.0.0.1", 0))
            nobody = f"postgresql://locked:{secret}@127.0.0.1:{unheard.getsockname()[1]}/x?connect_timeout=2"
            away = machines.start("away", "status", more={"CLOUDCRATE_STATE": nobody})
            machines.url = f"postgresql://locked:{secret}@{where}"
            machines.start("worker", "worker")
            command = machines.start("command", "--debug", "sync", URL)
            machines.sandbox.wait_held(60)
            assert secret not in command_lines()
            machines.sandbox.release()
            refused = machines.run("refused", "sync", URL, "--state", f"postgresql://locked:{secret}@{where}")
            says(refused, 2, "--state holds a password")
            wrong = {"CLOUDCRATE_STATE": f"postgresql://locked:not-{secret}@{where}"}
            says(machines.run("wrong", "status", more=wrong), 4, "refuses the user or the password")
            looked = machines.run("doctor", "--debug", "doctor")
            assert looked.code == 0, looked.err + looked.out
            assert command.wait().code == 0
            away.says("cannot be reached")
            assert "Waiting for it" in away.err.read_text()
            away.send(signal.SIGINT)
            assert away.wait().code == 130
        kept = [p.read_bytes() for p in (tmp_path / "home").rglob("*") if p.is_file() and p.suffix != ".m4a"]
        assert secret not in machines.said()
        assert not any(secret.encode() in content for content in kept)
        assert secret not in json.dumps(machines.sandbox.journal())


def sent(machines: Crowd, service: str) -> list[float]:
    """When requests of a service's budget came in."""
    entries = [entry for entry in machines.sandbox.journal() if entry["service"] == service]
    if service == "soundcloud":
        entries = [entry for entry in entries if entry["path"].startswith("/media/")]
    return [float(entry["time"]) for entry in entries]


def most_in(seconds: float, times: list[float]) -> int:
    """The most that any window of so many seconds holds."""
    return max(sum(start <= time < start + seconds for time in times) for start in times)


def test_the_budgets_of_both_services_hold_for_all_machines_together(tmp_path: Path, url: str) -> None:
    """More is to be done than the windows allow, by four processes at once."""
    scenario = world(60, **SHORT)
    scenario["notion"]["per_minute"], scenario["soundcloud"]["media_per_10_minutes"] = 30, 20
    budgets = {"CLOUDCRATE_NOTION_PER_MINUTE": "30", "CLOUDCRATE_MEDIA_PER_10_MINUTES": "20"}
    with crowd(scenario, tmp_path / "home", url, settings=budgets) as machines:
        machines.workers(3)
        machines.start("command", "sync", URL)
        until(lambda: len(sent(machines, "notion")) >= 30, "Notion's budget is spent", timeout=90)
        until(lambda: len(sent(machines, "soundcloud")) >= 20, "SoundCloud's budget is spent", timeout=90)
        until(lambda: machines.asked("SELECT 1 FROM cloudcrate.parked"), "budgets are kept")
        cancelled = machines.run("canceller", "cancel", timeout=60)
        assert cancelled.code == 0, cancelled.err
        assert most_in(59, sent(machines, "notion")) == 30
        assert most_in(599, sent(machines, "soundcloud")) == 20
        assert "429" not in machines.sandbox.counts(0)["statuses"]


def test_a_429_parks_every_machine(tmp_path: Path, url: str) -> None:
    late, slots = 10, 3 * 8  # seconds; requests that may be on their way in three processes, however slow the machine
    refusal = {**CREATE, "nth": 5, "kind": "status", "status": 429, "retry_after": late, "commit": False}
    with crowd(world(45, **SHORT) | {"faults": [refusal]}, tmp_path / "home", url) as machines:
        machines.workers(2)
        ran = machines.run("command", "sync", URL)
        assert ran.code == 0, ran.err
        whole(machines, 45)
        entries = [entry for entry in machines.sandbox.journal() if entry["service"] == "notion"]
        refused = next(entry for entry in entries if entry["status"] == 429)
        after = [entry["time"] - refused["time"] for entry in entries if entry["time"] > refused["time"]]
        assert sum(seconds < late for seconds in after) <= slots
        assert len(after) > slots + 10


def test_killed_and_frozen_workers_and_a_killed_database_leave_nothing_twice_and_nothing_out(
    tmp_path: Path, url: str
) -> None:
    """Whoever is frozen sleeps for longer than a worker counts as alive, and wakes up while the others go on."""
    scenario = world(60, **SHORT)
    with running_sandbox(scenario) as sandbox:
        (tmp_path / "whole").mkdir()
        undisturbed = Crowd(sandbox=sandbox, home=tmp_path / "whole", url=str(tmp_path / "whole" / "state"))
        assert undisturbed.run("command", "sync", URL).code == 0
        expected = undisturbed.audio()
    with crowd(scenario | {"latency": {"*": 0.1}}, tmp_path / "home", url) as machines:
        chaos = Chaos(crowd=machines, dice=Random(0), rhythm=Rhythm(strike=(60, 60), restart=(60, 60)))
        chaos.begin(3)
        command(machines).send(signal.SIGKILL)
        until(lambda: len(machines.rows()) > 6, "some rows")
        chaos.kill("worker1")
        chaos.freeze("worker2", 2 * TIMEOUT)
        until(lambda: len(machines.rows()) > 15, "more rows")
        chaos.restart()
        assert chaos.rage(machines.ended, seconds=60)
        chaos.calm()
        assert list(broken_promises(machines, expected, 60)) == []
        assert last_report(machines)["rows"]["failed"] == 0
        machines.sandbox.mark()
        assert machines.run("again", "sync", URL).code == 0
        assert machines.sandbox.counts()["notion_writes"] == 0
        assert machines.leftovers() == []
