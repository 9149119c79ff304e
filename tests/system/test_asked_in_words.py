"""Links, names and sentences, with the real command: what is kept, what is asked, what is chosen."""

import json
import os
import pty
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Self  # Any: the command's JSON

import pytest
from running import Machine, Ran, says
from sandboxes import running_sandbox

from cloudcrate.sandbox.process import Sandbox

ADA = "https://soundcloud.com/ada/sets/mix"
FRIDAY = "https://soundcloud.com/ada/sets/friday"
GONE = "https://soundcloud.com/ada/sets/gone"


def playlist(user: str, slug: str, title: str, count: int) -> dict[str, Any]:  # Any: a scenario
    return {"user": user, "slug": slug, "title": title, "count": count, "seconds": [1, 2], "mix": {"blocked": 1}}


SCENARIO = {
    "soundcloud": {
        "playlists": [
            playlist("ada", "mix", "Night Bus", 3),
            playlist("eve", "mix", "Night Bus", 2),
            playlist("ada", "friday", "Friday", 2),
            playlist("hal", "cable", "Cable Car", 2),
        ],
        "media_per_10_minutes": 100_000,
    },
    "notion": {"per_minute": 100_000},
}


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    """One sandbox for all: each test has a machine of its own, with a catalog of its own."""
    with running_sandbox(SCENARIO) as found:
        yield found


@pytest.fixture
def machine(sandbox: Sandbox, tmp_path: Path) -> Machine:
    """A machine without Notion."""
    sandbox.faults([])
    sandbox.mark()
    return Machine(sandbox=sandbox, home=tmp_path, notion=False)


def names(machine: Machine) -> list[str]:
    """How the playlists that are kept are called."""
    listed = machine.run("list", "--json").data["playlists"]
    return sorted(item["playlist"]["name"] or item["playlist"]["title"] for item in listed)


def settings(machine: Machine) -> str:
    return (machine.home / "config.toml").read_text("utf-8")


def lines(ran: Ran) -> list[dict[str, Any]]:  # Any: as above
    """What was said on stderr, each line of which is JSON."""
    return [json.loads(line) for line in ran.err.splitlines()]


def test_a_playlist_is_added_synced_asked_about_renamed_and_removed(machine: Machine) -> None:
    (machine.home / "config.toml").write_text(f'# mine\n[playlists]\n"Gone" = "{GONE}" # once\n', "utf-8")
    added = machine.run("add", ADA, "--name", "Bus")
    assert (added.code, "cloudcrate sync Bus" in added.out) == (0, True), added.err

    ran = machine.run("sync", "--all", "--json")
    assert ran.code == 2
    assert [report["playlist"] for report in ran.data["reports"]] == ["Bus"]
    assert ran.data["reports"][0]["rows"]["created"] == 3
    (error,) = ran.data["errors"]
    assert (error["url"], error["exit_code"]) == (GONE, 2)
    assert error["message"]
    assert json.loads(ran.err.splitlines()[-1])["url"] == GONE

    sandbox_asked = machine.sandbox.counts()["requests"]
    missing = machine.run("ask", "what is missing from Bus, and why?")
    assert missing.code == 0
    assert "1 problem: 1 unobtainable" in missing.out
    says(machine.run("ask", "what is missing from Gone?"), 2, "“Gone” was not synced yet")
    assert machine.run("ask", "keep Bus synced every 6 hours").code == 0
    renamed = machine.run("rename", "bus", "Night line")
    assert (renamed.code, renamed.out) == (0, "“Bus” is “Night line” now.\n"), renamed.err
    assert names(machine) == ["Gone", "Night line"]
    assert '"Night line" = "every 6h"' in settings(machine)
    stands = machine.run("ask", "is Night line up to date?")
    assert "“Night line” is complete: 2 of 3 tracks are in place" in stands.out
    assert machine.sandbox.counts()["requests"] == sandbox_asked

    files = machine.files()
    removed = machine.run("remove", "Night line", "--json")
    assert removed.data["removed"] == {"name": "Night line", "url": ADA}
    assert names(machine) == ["Gone"]
    assert settings(machine) == f'# mine\n[playlists]\n"Gone" = "{GONE}" # once\n\n[watch.playlists]\n'
    assert "Night" not in machine.run("watch", "--dry-run").out
    assert machine.files() == files
    says(machine.run("remove", ADA), 2, "is not kept")

    again = machine.run("sync", ADA, "--json")
    assert again.data["report"]["rows"]["unchanged"] == 3, again.err
    assert again.data["report"]["files"]["present"] == 2
    assert names(machine) == ["Bus", "Gone"]  # under the name that its rows are linked by


def test_a_standing_order_is_noted_and_watched(machine: Machine) -> None:
    (machine.home / "config.toml").write_text(
        f'[playlists]\n"Bus" = "{ADA}"\n"Fri" = "{FRIDAY}"\n'
        '[watch]\nevery = "3h"\n[watch.playlists]\n"bus" = "1d" # mine\n',
        "utf-8",
    )
    ran = machine.run("ask", "keep Bus synced every 6 hours")
    assert (ran.code, "“Bus” is to be synced every 6h" in ran.out) == (0, True), ran.err
    schedules = {
        item["playlist"]["name"]: item["schedule"]
        for item in machine.run("watch", "--dry-run", "--json").data["upcoming"]
    }
    assert schedules == {"Bus": "every 6h", "Fri": "every 3h"}
    assert machine.sandbox.counts()["requests"] == 0


def test_what_a_variable_would_make_have_no_effect_is_not_written(machine: Machine) -> None:
    written = f'[playlists]\n"Bus" = "{ADA}"\n[watch.playlists]\n"bus" = "1d"\n'
    (machine.home / "config.toml").write_text(written, "utf-8")
    kept = {"CLOUDCRATE_PLAYLISTS": f'"Bus" = "{ADA}"'}
    added = machine.run("add", ADA, "--name", "Night line", env=kept)
    says(added, 2, "CLOUDCRATE_PLAYLISTS in the environment goes before [playlists]")
    says(machine.run("remove", "Bus", env=kept), 2, "CLOUDCRATE_PLAYLISTS", "Unset it, or change it there")
    order = "keep bus synced every 6 hours"
    says(
        machine.run("ask", order, env={"CLOUDCRATE_WATCH_PLAYLISTS": "Bus = '2h'"}), 2, "goes before [watch.playlists]"
    )
    for command in (("remove", "Bus"), ("rename", "Bus", "Night line")):
        watched = {"CLOUDCRATE_WATCH_PLAYLISTS": "Bus = '2h'"}
        says(machine.run(*command, env=watched), 2, "CLOUDCRATE_WATCH_PLAYLISTS")
    assert settings(machine) == written
    assert names(machine) == ["Bus"]


def test_a_name_is_found_by_soundclouds_search(machine: Machine) -> None:
    ran = machine.run("sync", "the Cable Car playlist", "--max-tracks", "1", "--json")
    assert ran.code == 0, ran.err
    assert "understood: Sync and download “Cable Car” by Hal, only the first track" in ran.err
    assert (ran.data["report"]["playlist"], ran.data["report"]["listed"]) == ("Cable Car", 1)
    says(machine.run("sync", "sync Nowhere Land"), 2, "No playlist is called “Nowhere Land”", "SoundCloud’s search (0)")


@pytest.mark.parametrize("words", [("sync", "Night Bus", "--json"), ("--log-format", "json", "add", "Night Bus")])
def test_where_nobody_can_choose_several_that_fit_are_data(machine: Machine, words: Sequence[str]) -> None:
    ran = machine.run(*words)
    assert (ran.code, ran.out) == (2, "")
    error = lines(ran)[-1]
    assert (error["event"], error["code"], error["exit_code"]) == ("error", "ambiguous", 2)
    assert {found["url"] for found in error["candidates"]} == {ADA, ADA.replace("ada", "eve")}
    assert {"title", "owner", "url", "origin", "tracks"} <= set(error["candidates"][0])
    assert settings(machine) == ""
    assert machine.files() == []


class Terminal:
    """A command at a terminal, where it reads and where it says things."""

    def __init__(self, machine: Machine, *words: str) -> None:
        self._ours, theirs = pty.openpty()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "cloudcrate", *words],
            env={**machine.environment(), "TERM": "dumb"},
            cwd=machine.home,
            stdin=theirs,
            stderr=theirs,
            stdout=subprocess.DEVNULL,
        )
        os.close(theirs)
        self.shown = ""

    def shows(self, words: str) -> None:
        """Reads until ``words`` are shown."""
        until = time.monotonic() + 60
        while words not in self.shown:
            ready, _, _ = select.select([self._ours], [], [], max(0.0, until - time.monotonic()))
            assert ready, self.shown
            try:
                self.shown += os.read(self._ours, 4096).decode()
            except OSError:  # it has ended
                break
        assert words in self.shown

    def enter(self, words: str) -> None:
        os.write(self._ours, f"{words}\n".encode())

    def interrupt(self) -> None:
        """Ctrl-C, and again: one that comes just before the command begins to read is only seen when it has read."""
        for _ in range(30):
            self.process.send_signal(signal.SIGINT)
            with suppress(subprocess.TimeoutExpired):
                self.process.wait(2)
                return

    def ends(self) -> int:
        """Its exit code."""
        return self.process.wait(60)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.wait(60)
        os.close(self._ours)


def test_at_a_terminal_one_chooses_by_a_number(machine: Machine) -> None:
    with Terminal(machine, "sync", "Night Bus", "--no-download") as terminal:
        terminal.shows("Which one? (0: none)")
        listed = {line.split()[0]: line for line in terminal.shown.splitlines() if "/sets/mix" in line}
        assert sorted(listed) == ["1", "2"]
        terminal.enter("7")
        terminal.shows("0<=x<=2")
        terminal.enter(next(number for number, line in listed.items() if "/eve/" in line))
        terminal.shows("understood: Sync “Night Bus” by Eve, without files")
        assert terminal.ends() == 0
    assert [item["playlist"]["owner"] for item in machine.run("list", "--json").data["playlists"]] == ["Eve"]


@pytest.mark.parametrize("way", ["0", "Ctrl-C"])
def test_at_a_terminal_one_may_choose_none(machine: Machine, way: str) -> None:
    with Terminal(machine, "add", "Night Bus") as terminal:
        terminal.shows("Which one? (0: none)")
        if way == "0":
            terminal.enter("0")
        else:
            terminal.interrupt()
        assert terminal.ends() == 130
    assert settings(machine) == ""


SENTENCES: dict[str, tuple[object, ...]] = {
    "Make sure the all:Lo Collective playlist is synced and downloaded": ("sync", ["all:Lo Collective"], None, None),
    "sync only the first 50 of Night Bus": ("sync", ["Night Bus"], 50, None),
    "download the files of Night Bus, no rows": ("download_only", ["Night Bus"], None, None),
    "make sure Night Bus is synced, but don't download it": ("catalog_only", ["Night Bus"], None, None),
    "sync everything": ("sync_all", [], None, None),
    "what would happen if I synced Night Bus?": ("preview", ["Night Bus"], None, None),
    "is Night Bus up to date?": ("status", ["Night Bus"], None, None),
    "what is missing from Night Bus, and why?": ("missing", ["Night Bus"], None, None),
    "keep Night Bus synced every 6 hours": ("watch", ["Night Bus"], None, 6.0),
    f"delete {ADA}/s-Secret12": ("refuse", [], None, None),
    f"sync {ADA}/s-Secret12": ("sync", [f"{ADA}/s-…"], None, None),
    "stop": ("stop", [], None, None),
}
IN_TURN = """
import json, sys
from cloudcrate.cli.main import cli
for words in json.load(sys.stdin):
    cli.main(["ask", "--json", words], standalone_mode=False)
    print("---")
"""


def test_ask_json_tells_how_a_sentence_is_understood_and_asks_nobody(machine: Machine) -> None:
    ran = subprocess.run(
        [sys.executable, "-c", IN_TURN],  # in one process: each would take most of a second to start
        input=json.dumps(list(SENTENCES)),
        env=machine.environment(),
        cwd=machine.home,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (ran.returncode, ran.stderr) == (0, "")
    told = [json.loads(document)["request"] for document in ran.stdout.split("---\n")[:-1]]
    understood = {
        words: (request["action"], request["playlists"], request["limit"], request["every_hours"])
        for words, request in zip(SENTENCES, told, strict=True)
    }
    assert understood == SENTENCES
    assert all(request["understood"] for request in told)
    assert "Secret" not in ran.stdout
    assert machine.sandbox.counts()["requests"] == 0
    assert settings(machine) == ""


def test_stop_ends_a_sync_that_is_going_on_and_the_next_one_finishes_it(machine: Machine) -> None:
    machine.sandbox.faults([{"host": "playback.*", "nth": 1, "kind": "hold", "phase": "before"}])
    with machine.start("sync", ADA) as process:
        machine.sandbox.wait_held(60)
        says(machine.run("ask", "stop syncing Cable Car"), 2, "Cable Car")
        going = machine.run("ask", "how is it going?")
        assert "The sync of “Night Bus” that was begun at" in going.out
        stopped = machine.run("ask", "stop syncing Night Bus")
        assert stopped.code == 0, stopped.err
        assert f"Asked to stop: cloudcrate sync (process {process.pid} on " in stopped.out
        machine.sandbox.release()
        _, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    machine.sandbox.faults([])
    assert machine.run("ask", "stop").out == "No run is going on.\n"
    again = machine.run("sync", "Night Bus", "--json")
    assert (again.code, again.data["report"]["rows"]["failed"]) == (0, 0), again.err
    assert len([name for name in machine.files() if name.endswith((".m4a", ".mp3"))]) == 2


def test_with_log_format_json_every_line_on_stderr_is_json_to_the_last(machine: Machine) -> None:
    (machine.home / "config.toml").write_text(f'[playlists]\n"Gone" = "{GONE}"\n"Fri" = "{FRIDAY}"\n', "utf-8")
    ran = machine.run("--log-format", "json", "sync", "--all")
    assert ran.code == 2
    said = lines(ran)
    assert {"message", "phase", "began", "advanced", "error"} == {line["event"] for line in said}
    assert all(line["schema_version"] == 1 and line["time"] > 0 for line in said)
    assert [line["url"] for line in said if line["event"] == "error"] == [GONE]
    assert "understood: Sync and download “Fri”" in [line["message"] for line in said if line["event"] == "message"]
    assert "Fri" in ran.out
    refused = machine.run("--log-format", "json", "ask", "never sync Fri")
    assert [(line["event"], line["exit_code"]) for line in lines(refused)] == [("error", 2)]
    assert lines(refused)[0]["hint"] == "Nothing was done."


def test_a_question_and_a_plan_change_nothing(machine: Machine) -> None:
    (machine.home / "config.toml").write_text(f'[playlists]\n"Fri" = "{FRIDAY}"\n', "utf-8")
    before = settings(machine)
    planned = machine.run("ask", "what would happen if I synced Fri?")
    assert (planned.code, "understood: " in planned.err) == (0, True), planned.err
    noted = machine.run("plan", "keep Fri synced every 6 hours", "--json")
    assert noted.data["plan"]["units"], noted.err
    says(machine.run("plan", "stop"), 2, "There is no plan for this")
    assert machine.files() == []
    assert settings(machine) == before
