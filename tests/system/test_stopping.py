"""Ctrl-C, two runs at once, a full disk, and the demo."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from running import URL, Machine, world
from sandboxes import running_sandbox


def test_ctrl_c_finishes_what_is_in_flight_and_the_next_run_goes_on(tmp_path: Path) -> None:
    hold = {"host": "playback.*", "nth": 4, "kind": "hold", "phase": "before"}
    with running_sandbox(world(8, seconds=[1, 2]) | {"faults": [hold]}) as sandbox:
        machine = Machine(sandbox=sandbox, home=tmp_path)
        with machine.start("sync", URL) as process:
            sandbox.wait_held(60)
            process.send_signal(signal.SIGINT)
            sandbox.release()
            out, err = process.communicate(timeout=60)
        assert process.returncode == 130, err
        assert "Stopped" in out
        assert "goes on where it was" in out
        sandbox.faults([])
        assert machine.run("sync", URL).code == 0
        assert len(sandbox.rows()) == 8


def test_what_does_not_come_to_an_end_is_left_after_ten_seconds(tmp_path: Path) -> None:
    with running_sandbox(world(2)) as sandbox:
        machine = Machine(sandbox=sandbox, home=tmp_path, notion=False)
        sandbox.faults([{"host": "playback.*", "nth": 1, "kind": "hold", "phase": "body"}])
        with machine.start("sync", URL) as process:
            sandbox.wait_held()
            process.send_signal(signal.SIGINT)
            _, err = process.communicate(timeout=20)
        assert process.returncode == 130
        assert "took too long" in err
        sandbox.faults([])
        assert machine.run("sync", URL).code == 0


def test_a_second_run_says_for_whom_it_waits_or_refuses(tmp_path: Path) -> None:
    hold = {"host": "api.notion.com", "path": "^/v1/pages$", "nth": 2, "kind": "hold", "phase": "before"}
    with running_sandbox(world(4, seconds=[1, 2]) | {"faults": [hold]}) as sandbox:
        machine = Machine(sandbox=sandbox, home=tmp_path)
        with machine.start("sync", URL) as first:
            sandbox.wait_held(60)
            refused = machine.run("sync", URL, "--no-wait")
            assert refused.code == 8
            assert str(first.pid) in refused.err
            with machine.start("sync", URL) as second:
                assert second.stderr is not None
                waiting = next(line for line in second.stderr if "waiting" in line)
                assert str(first.pid) in waiting
                sandbox.release()
                assert first.wait(60) == 0
                assert second.wait(60) == 0
        assert len(sandbox.rows()) == 4


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A filesystem of 400 kB."""
    folder = tmp_path / "small"
    folder.mkdir()
    mounted = os.geteuid() == 0 and sys.platform == "linux"
    if (
        not mounted
        or subprocess.run(["mount", "-t", "tmpfs", "-o", "size=400k", "tmpfs", folder], check=False).returncode
    ):
        pytest.skip("a small filesystem can be mounted by root on Linux only")
    yield folder
    subprocess.run(["umount", "-l", folder], check=True)


def test_a_full_disk_stops_cleanly_and_the_run_goes_on_when_there_is_room(tmp_path: Path, small_disk: Path) -> None:
    with running_sandbox(world(8, seconds=[6, 7])) as sandbox:
        machine = Machine(sandbox=sandbox, home=tmp_path)
        full = machine.run("sync", URL, "--library", str(small_disk))
        assert full.code == 6, full.err
        assert "full" in full.err
        assert not list(small_disk.rglob("*.part*"))
        published = sorted(p.name for p in small_disk.rglob("*.m4a"))
        subprocess.run(["mount", "-o", "remount,size=4m", small_disk], check=True)
        again = machine.run("sync", URL, "--library", str(small_disk), "--json")
        assert again.code == 0, again.err
        assert again.data["report"]["files"]["present"] >= len(published)
        assert len(list(small_disk.rglob("*.m4a"))) == 8
        assert len(sandbox.rows()) == 8


def test_the_demo_shows_the_whole_job_and_touches_nothing_of_the_users(tmp_path: Path) -> None:
    mine = {
        "HOME": str(tmp_path),
        "NOTION_TOKEN": "ntn_mine",
        "TRACKS_DB_ID": "mine",
        "CLOUDCRATE_STATE": str(tmp_path / "s"),
    }
    ran = subprocess.run(
        [sys.executable, "-m", "cloudcrate", "demo"],
        env={**os.environ, **mine, "TMPDIR": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "22 rows" in ran.stdout
    assert "The second run made 3 requests, 0 writes to Notion." in ran.stdout
    assert "ntn_mine" not in ran.stdout + ran.stderr
    assert list(tmp_path.iterdir()) == []
