"""``cloudcrate watch`` and ``runs``, with the real command."""

import json
import os
import plistlib
import signal
import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path

import pytest
from running import URL, Machine, says, world
from sandboxes import running_sandbox

from cloudcrate.adapters.clock import SystemClock
from cloudcrate.adapters.sql.ledger import open_ledger
from cloudcrate.app.agenda import NOTE
from cloudcrate.core.timetable import address


def configure(machine: Machine, text: str) -> None:
    """Writes the settings file."""
    (machine.home / "config.toml").write_text(text, "utf-8")


def age(machine: Machine, seconds: float) -> None:
    """Lets it be so long ago that the playlists were synced."""
    clock = SystemClock(threading.Event())
    ledger = open_ledger(machine.home / "state" / "ledger.db", clock)
    then = clock.now() - seconds
    for known in ledger.playlists():
        assert known.id is not None
        ledger.keep_playlist(known.id, replace(known, synced_at=then), ledger.entries(known.id))
        ledger.keep_note(NOTE + address(known), json.dumps({"at": then, "trouble": ""}))
    ledger.close()


def test_once_syncs_what_is_due_and_an_unchanged_playlist_costs_one_request(tmp_path: Path) -> None:
    with running_sandbox(world(4, seconds=[1, 2])) as sandbox:
        machine = Machine(sandbox=sandbox, home=tmp_path, notion=False)
        configure(machine, f'[playlists]\n"Night Bus" = "{URL}"\n[watch]\nevery = "2h"\n')
        first = machine.run("watch", "--once")
        assert first.code == 0, first.err
        assert first.out.startswith("Night Bus: 4 tracks, 4 rows created, 4 files downloaded, 0 not finished")

        sandbox.mark()
        assert machine.run("watch", "--once").out.strip() == ""  # nothing is due
        assert sandbox.counts()["requests"] == 0

        age(machine, 3 * 3600)
        with machine.start("watch") as process:
            assert process.stdout is not None
            line = next(line for line in process.stdout if "tracks" in line)
            process.send_signal(signal.SIGTERM)
            process.communicate(timeout=30)
        assert process.returncode == 0
        assert line.strip() == "Night Bus: 4 tracks, 0 rows created, 0 files downloaded, 0 not finished; 1 requests"
        assert sandbox.counts()["requests"] == 1

        listed = machine.run("runs", "--limit", "5", "--json").data["runs"]
        assert len(listed) == 2
        assert machine.run("runs").out.count("Night Bus") == 2
        status = machine.run("status")
        assert "(every 2h)" in status.out
        assert machine.run("status", "--json").data["status"]["upcoming"][0]["schedule"] == "every 2h"
        assert sandbox.counts()["requests"] == 1


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_with_0_when_it_is_asked_to(number: signal.Signals, tmp_path: Path) -> None:
    with running_sandbox(world(1)) as sandbox:
        machine = Machine(sandbox=sandbox, home=tmp_path, notion=False)
        with machine.start("watch") as process:
            assert process.stdout is not None
            assert "No playlist yet" in process.stdout.readline()
            process.send_signal(number)
            process.communicate(timeout=30)
        assert process.returncode == 0


def test_a_run_under_way_is_stopped_like_any_other_and_due_again(tmp_path: Path) -> None:
    hold = {"host": "playback.*", "nth": 3, "kind": "hold", "phase": "before"}
    with running_sandbox(world(6, seconds=[1, 2]) | {"faults": [hold]}) as sandbox:
        machine = Machine(sandbox=sandbox, home=tmp_path, notion=False)
        configure(machine, f'[playlists]\n"Night Bus" = "{URL}"\n')
        with machine.start("watch") as process:
            sandbox.wait_held(60)
            process.send_signal(signal.SIGTERM)
            sandbox.release()
            out, err = process.communicate(timeout=60)
        assert process.returncode == 0, err
        assert "Stopped" in out
        sandbox.faults([])
        again = machine.run("watch", "--once")
        assert (again.code, "6 tracks" in again.out) == (0, True), again.err
        assert len([name for name in machine.files() if name.endswith((".m4a", ".mp3"))]) == 6


def test_an_error_is_told_and_once_ends_with_its_code(tmp_path: Path) -> None:
    with running_sandbox(world(1)) as sandbox:
        machine = Machine(sandbox=sandbox, home=tmp_path, notion=False)
        configure(machine, f'[playlists]\n"Gone" = "{URL}-gone"\n"Here" = "{URL}"\n')
        ran = machine.run("watch", "--once")
        assert ran.code == 2
        assert "Here: 1 tracks" in ran.out
        assert machine.run("watch", "--once").code == 0  # it has had its try
        assert "the last try:" in machine.run("watch", "--dry-run").out


def test_wrong_schedules_are_refused(tmp_path: Path) -> None:
    with running_sandbox(world(1)) as sandbox:
        machine = Machine(sandbox=sandbox, home=tmp_path, notion=False)
        configure(machine, '[watch]\nquiet = "late"\n')
        says(machine.run("watch"), 2, "config.toml", "watch.quiet", "23:00-07:00")
        configure(machine, '[watch.playlists]\n"Night Bus" = "now and then"\n')
        says(machine.run("watch", "--dry-run"), 2, "'Night Bus'", "every 6h")


def test_a_service_is_written_for_the_user_and_holds_no_token(tmp_path: Path) -> None:
    with running_sandbox(world(1)) as sandbox:
        machine = Machine(sandbox=sandbox, home=tmp_path)
        home = {"HOME": str(tmp_path), "XDG_CONFIG_HOME": "", "SOUNDCLOUD_TOKEN": "2-secret-of-mine"}
        home |= {"CLOUDCRATE_WATCH_PLAYLISTS": '"50% Bus" = "2h"'}
        home |= {"CLOUDCRATE_PLAYLISTS": '"Bus" = "https://soundcloud.com/ada/sets/bus/s-secretlink"'}
        odd = str(tmp_path / 'my "100%" m\\usic')
        printed = machine.run("watch", "--install", "--print", "--kind", "systemd", "--library", odd, env=home)
        assert printed.code == 0, printed.err
        unit = tmp_path / ".config" / "systemd" / "user" / "cloudcrate.service"
        assert not unit.exists()
        ran = machine.run("watch", "--install", "--kind", "systemd", "--library", odd, env=home)
        assert ran.code == 0, ran.err
        assert unit.read_text("utf-8") == printed.out
        assert "systemctl --user enable" in ran.out
        assert f"CLOUDCRATE_STATE={tmp_path}/state" in printed.out
        escaped = odd.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%")
        assert f'Environment="CLOUDCRATE_LIBRARY={escaped}"' in printed.out
        assert f"ReadWritePaths='{odd.replace('%', '%%')}'" in printed.out

        agent = machine.run("watch", "--install", "--print", "--kind", "launchd", "--library", odd, env=home)
        read = plistlib.loads(agent.out.encode())
        assert read["EnvironmentVariables"]["CLOUDCRATE_LIBRARY"] == odd
        assert read["ProgramArguments"][-1] == "watch"
        assert read["EnvironmentVariables"]["CLOUDCRATE_WATCH_PLAYLISTS"] == '"50% Bus" = "2h"'
        assert 'CLOUDCRATE_WATCH_PLAYLISTS=\\"50%% Bus\\" = \\"2h\\""' in printed.out
        token = machine.environment()["NOTION_TOKEN"]
        for text in (printed.out, agent.out, ran.out, ran.err):
            assert token not in text
            assert "secretlink" not in text
            assert "2-secret-of-mine" not in text
        assert "NOTION_TOKEN is not put into it" in printed.err
        assert "CLOUDCRATE_PLAYLISTS may be a secret and is not put into it" in printed.err

        unit.write_text("mine\n", "utf-8")
        machine.run("watch", "--install", "--kind", "systemd", env=home)
        assert unit.with_name("cloudcrate.service.before").read_text("utf-8") == "mine\n"
        says(machine.run("watch", "--install", "--kind", "systemd", "--library", "a\nb", env=home), 2, "line break")


def test_systemd_itself_finds_no_fault_with_the_unit(tmp_path: Path) -> None:
    if not Path("/usr/bin/systemd-analyze").exists():
        pytest.skip("systemd is not here")
    with running_sandbox(world(1)) as sandbox:
        machine = Machine(sandbox=sandbox, home=tmp_path)
        odd = str(tmp_path / "it's $HOME 100% m\\usic")
        text = machine.run("watch", "--install", "--print", "--kind", "systemd", "--library", odd).out
    unit = tmp_path / "cloudcrate.service"
    unit.write_text(text, "utf-8")
    checked = subprocess.run(
        ["/usr/bin/systemd-analyze", "verify", str(unit)], capture_output=True, text=True, timeout=60, check=False
    )
    said = [line for line in (checked.stdout + checked.stderr).splitlines() if "cloudcrate" in line]
    assert (checked.returncode, said) == (0, [])


def test_the_systems_zone_is_the_one_it_is_set_to() -> None:
    code = (
        "from datetime import datetime\n"
        "from zoneinfo import ZoneInfo\n"
        "from cloudcrate.adapters.clock import SystemZone\n"
        "ours, theirs = SystemZone(), ZoneInfo('Europe/Berlin')\n"
        "for half in range(2 * 24 * 365):\n"
        "    at = 1_767_225_600 + half * 1800.0\n"
        "    a, b = datetime.fromtimestamp(at, ours), datetime.fromtimestamp(at, theirs)\n"
        "    assert a.replace(tzinfo=None) == b.replace(tzinfo=None) and a.fold == b.fold, (a, b)\n"
        "    assert a.timestamp() == at and a.utcoffset() == b.utcoffset(), (a, b)\n"
        "print('same')"
    )
    env = {**os.environ, "TZ": "Europe/Berlin"}
    ran = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, timeout=60, check=False)
    assert ran.stdout.strip() == "same", ran.stderr
