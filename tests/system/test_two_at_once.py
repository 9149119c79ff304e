"""Two commands at once: on one state the second waits, and the dead hold nothing; two states share only Notion."""

import hashlib
from collections import Counter
from pathlib import Path
from subprocess import Popen
from typing import Any  # Any: fault rules and reports are JSON

import pytest
from running import URL, Machine, world
from sandboxes import running_sandbox

from cloudcrate.sandbox.process import Sandbox

TRACKS = 4


def hold(nth: int) -> dict[str, Any]:  # Any: as above
    """Holds the ``nth`` request that makes a row, before it arrives."""
    path = "^/v1/pages$"
    return {"host": "api.notion.com", "method": "POST", "path": path, "nth": nth, "kind": "hold", "phase": "before"}


def ids(sandbox: Sandbox) -> Counter[int]:
    """How many rows each track has."""
    return Counter(row["properties"]["SoundCloud ID"] for row in sandbox.rows())


def audio(machine: Machine) -> dict[str, str]:
    """The audio files, and what is in them."""
    names = [name for name in machine.files() if name.endswith((".mp3", ".m4a"))]
    return {name: hashlib.sha256((machine.library / name).read_bytes()).hexdigest() for name in names}


def waits_for(second: "Popen[str]", first: "Popen[str]") -> None:
    """Reads what the second says until it waits: for the first."""
    assert second.stderr is not None
    waiting = next(line for line in second.stderr if "waiting" in line)
    assert f" sync (process {first.pid} on " in waiting


def test_who_has_waited_finds_everything_done_and_fetches_nothing_twice(tmp_path: Path) -> None:
    with running_sandbox(world(TRACKS, seconds=[1, 2]) | {"faults": [hold(2)]}) as sandbox:
        machine = Machine(sandbox=sandbox, home=tmp_path)
        with machine.start("sync", URL) as first:
            sandbox.wait_held(60)
            with machine.start("sync", URL) as second:
                waits_for(second, first)
                sandbox.release()
                assert first.wait(60) == 0
                told, _ = second.communicate(timeout=60)
                assert second.returncode == 0
        assert f"Rows:  {TRACKS} = 0 created + 0 updated + {TRACKS} unchanged" in told
        assert f"Files: {TRACKS} = 0 downloaded + {TRACKS} present" in told
        assert ids(sandbox) == dict.fromkeys(ids(sandbox), 1)
        assert (len(ids(sandbox)), len(audio(machine))) == (TRACKS, TRACKS)


def test_who_waits_for_a_run_that_is_killed_goes_on_with_its_work(tmp_path: Path) -> None:
    with running_sandbox(world(TRACKS, seconds=[1, 2]) | {"faults": [hold(2)]}) as sandbox:
        machine = Machine(sandbox=sandbox, home=tmp_path)
        with machine.start("sync", URL) as first:
            sandbox.wait_held(60)
            with machine.start("sync", URL) as second:
                waits_for(second, first)
                first.kill()
                sandbox.release()
                assert second.wait(60) == 0
        assert first.returncode == -9
        assert ids(sandbox) == dict.fromkeys(ids(sandbox), 1)
        assert (len(ids(sandbox)), len(audio(machine))) == (TRACKS, TRACKS)


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, str], Counter[int]]:
    """The files and rows that a run makes which nobody kills."""
    with running_sandbox(world(TRACKS, seconds=[1, 2])) as sandbox:
        machine = Machine(sandbox=sandbox, home=tmp_path_factory.mktemp("undisturbed"))
        assert machine.run("sync", URL).code == 0
        return audio(machine), ids(sandbox)


@pytest.mark.parametrize("more", [("--no-wait",), ("--no-wait", "--resume")])
def test_a_killed_run_holds_nothing_and_resume_is_the_same_as_without(
    tmp_path: Path, more: tuple[str, ...], undisturbed: tuple[dict[str, str], Counter[int]]
) -> None:
    with running_sandbox(world(TRACKS, seconds=[1, 2]) | {"faults": [hold(3)]}) as sandbox:
        killed = Machine(sandbox=sandbox, home=tmp_path)
        with killed.start("sync", URL) as process:
            sandbox.wait_held(60)
            process.kill()
        sandbox.release(drop=True)
        again = killed.run("sync", URL, "--json", *more)
        assert again.code == 0, again.err
        assert (audio(killed), ids(sandbox)) == undisturbed
        report = again.data["report"]
        assert (report["rows"]["failed"], report["rows"]["pending"]) == (0, 0)
        assert (report["files"]["failed"], report["files"]["pending"]) == (0, 0)
        assert all(row["properties"]["Downloaded"] for row in sandbox.rows())


def test_what_two_states_make_twice_the_sweep_finds(tmp_path: Path) -> None:
    """The first has looked for rows and found none; before it makes the last one the other does the same."""
    with running_sandbox(world(TRACKS) | {"faults": [hold(1)]}) as sandbox:
        one, other = (Machine(sandbox=sandbox, home=tmp_path / name) for name in ("one", "other"))
        for machine in (one, other):
            machine.home.mkdir()
        with one.start("sync", URL, "--no-download") as process:
            sandbox.wait_held(60)
            assert other.run("sync", URL, "--no-download").code == 0
            sandbox.release()
            assert process.wait(60) == 0
        doubled = [track for track, count in ids(sandbox).items() if count == 2]
        assert doubled, "the two have met at different moments"
        assert len(ids(sandbox)) == TRACKS

        for machine in (one, other):
            swept = machine.run("review", "--sweep", "--json")
            assert f"Looked at {len(sandbox.rows())} rows: {len(doubled)} tracks have more than one." in swept.err
            questions = {question["review"]["track_id"]: question for question in swept.data["questions"]}
            assert questions.keys() == set(doubled)
            assert all(len(question["pages"]) == 2 for question in questions.values())
        for track, question in questions.items():
            keep = question["review"]["page_ids"].index(question["owned"]) + 1
            merged = other.run("review", str(track), "--merge", str(keep), "--yes")
            assert merged.code == 0, merged.err
        assert ids(sandbox) == dict.fromkeys(ids(sandbox), 1)
        assert "0 tracks have more than one." in other.run("review", "--sweep").err
        sandbox.mark()
        for machine in (one, other):
            assert machine.run("sync", URL, "--no-download").code == 0
        assert sandbox.counts()["notion_writes"] == 0
