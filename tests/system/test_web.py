"""``cloudcrate web``, with the real command: let in, plan, sync, watch it, and stop."""

import re
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
from running import URL, Machine, says, world
from sandboxes import running_sandbox


class Dashboard:
    """A started dashboard and a browser that was let in by its link."""

    def __init__(self, process: "subprocess.Popen[str]", client: httpx.Client, link: str) -> None:
        self.process = process
        self.client = client
        self.link = link

    def post(self, path: str, **form: str) -> httpx.Response:
        page = self.client.get("/").text
        csrf = re.search(r'name="csrf" value="([^"]+)"', page)
        assert csrf is not None
        origin = str(self.client.base_url).rstrip("/")
        return self.client.post(path, data={"csrf": csrf[1], **form}, headers={"Origin": origin})


@contextmanager
def dashboard(machine: Machine, *words: str) -> Iterator[Dashboard]:
    with machine.start("web", "--no-open", *words) as process:
        try:
            assert process.stdout is not None
            link = process.stdout.readline().strip()
            assert link.startswith("http://127.0.0.1:"), process.stderr.read() if process.stderr else ""
            base = link.partition("/?")[0]
            with httpx.Client(base_url=base, timeout=60, trust_env=False) as client:
                assert client.get(link).status_code == 303
                yield Dashboard(process, client, link)
        finally:
            process.kill()


def tracks(machine: Machine) -> list[str]:
    """The audio files of its library."""
    return [name for name in machine.files() if not name.startswith(".") and not name.endswith(".m3u8")]


def ended(process: "subprocess.Popen[str]", how: signal.Signals) -> tuple[int, str, float]:
    begun = time.monotonic()
    process.send_signal(how)
    _, err = process.communicate(timeout=30)
    return process.returncode, err, time.monotonic() - begun


def test_a_playlist_is_planned_synced_and_followed_from_the_page(tmp_path: Path) -> None:
    with running_sandbox(world(3, seconds=[1, 2])) as sandbox:
        machine = Machine(sandbox=sandbox, home=tmp_path, notion=False)
        with dashboard(machine) as board:
            plan = board.post("/add", words=URL).headers["Location"]
            assert "3" in board.client.get(plan).text
            assert machine.files() == []
            job = board.post(f"{plan}/start").headers["Location"]
            told = board.client.get(f"{job}/events").text
            assert told.count("event: done") == 1
            assert len(set(re.findall(r'id="t(\d+)"', told))) == 3
            assert len(tracks(machine)) == 3
            playlist = re.findall(r'href="(/playlists/[^"]+)"', board.client.get("/").text)[0]
            page = board.client.get(playlist)
            sound = re.findall(r'href="(/tracks/\d+/audio)"', page.text)[0]
            whole = board.client.get(sound)
            assert whole.content in [(machine.library / name).read_bytes() for name in tracks(machine)]
            part = board.client.get(sound, headers={"Range": "bytes=100-199"})
            assert (part.status_code, part.content) == (206, whole.content[100:200])
            assert len(board.client.get(sound.replace("/audio", "/peaks")).json()["peaks"]) == 800
            code, err, _ = ended(board.process, signal.SIGINT)
        assert code == 0
        token = board.link.partition("token=")[2]
        assert token not in err
        assert "Traceback" not in err
        assert machine.run("status", "--json").data["status"]["playlists"][0]["tracks"] == 3


def test_a_stopped_dashboard_stops_its_runs_and_the_next_sync_goes_on(tmp_path: Path) -> None:
    scenario = world(40, seconds=[20, 30])
    with running_sandbox(scenario) as sandbox:
        machine = Machine(sandbox=sandbox, home=tmp_path, notion=False)
        with dashboard(machine) as board:
            plan = board.post("/add", words=URL).headers["Location"]
            job = board.post(f"{plan}/start").headers["Location"]
            with board.client.stream("GET", f"{job}/events") as told:
                for piece in told.iter_text():
                    if "event: tracks" in piece and "downloaded" in piece:
                        break
                code, err, seconds = ended(board.process, signal.SIGTERM)
        assert code == 0, err
        assert "Traceback" not in err
        assert seconds < 15
        again = machine.run("sync", URL)
        assert again.code == 0, again.err
        assert len(tracks(machine)) == 40


def test_other_machines_are_let_in_by_nothing_but_a_password(tmp_path: Path) -> None:
    with running_sandbox(world(1)) as sandbox:
        machine = Machine(sandbox=sandbox, home=tmp_path, notion=False)
        says(machine.run("web", "--no-open", "--host", "0.0.0.0"), 2, "password")
