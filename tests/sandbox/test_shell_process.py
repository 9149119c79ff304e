"""The sandbox as a process: it starts, is steered, and ends with whoever started it."""

import json
import os
import select
import signal
import ssl
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from cloudcrate.sandbox.process import running_sandbox

COMMAND = [sys.executable, "-m", "cloudcrate.sandbox"]
ME = "https://api.notion.com/v1/users/me"


def start(*options: str, stdin: int = subprocess.DEVNULL) -> "subprocess.Popen[str]":
    return subprocess.Popen([*COMMAND, *options], stdin=stdin, stdout=subprocess.PIPE, text=True)


def ready_line(process: "subprocess.Popen[str]") -> dict[str, object]:
    assert process.stdout is not None
    line: dict[str, object] = json.loads(process.stdout.readline())
    return line


def test_a_running_sandbox_answers_and_is_steered(tmp_path: Path) -> None:
    log = tmp_path / "requests.jsonl"
    with running_sandbox({"notion": {"per_minute": 50}}, log=log) as sandbox:
        context = ssl.create_default_context(cafile=str(sandbox.ca_file))
        headers = {"Authorization": f"Bearer {sandbox.token}", "Notion-Version": "2026-03-11"}
        with httpx.Client(proxy=sandbox.proxy_url, verify=context, headers=headers) as client:
            assert client.get(ME).status_code == 200
            sandbox.mark()
            sandbox.faults([{"kind": "status", "status": 503}])
            assert client.get(ME).status_code == 503
            sandbox.faults([{"kind": "reset_before"}])
            with pytest.raises(httpx.HTTPError):
                client.get(ME)
        assert sandbox.counts()["requests"] == 2
        assert sandbox.counts(since=0)["requests"] == 3
        assert [entry["status"] for entry in sandbox.journal()] == [200, 503, None]
        assert sandbox.knobs(latency={"*": 0.01})["latency"] == {"*": 0.01}
        assert sandbox.state()["databases"] == sandbox.databases
        assert len(log.read_text().splitlines()) == 3


def test_the_environment_points_programs_at_the_sandbox() -> None:
    with running_sandbox() as sandbox:
        assert sandbox.env["HTTPS_PROXY"] == sandbox.env["https_proxy"] == sandbox.proxy_url
        assert sandbox.env["NO_PROXY"] == ""
        assert Path(sandbox.env["SSL_CERT_FILE"]).read_text().startswith("-----BEGIN CERTIFICATE-----")
        assert sandbox.env["NOTION_TOKEN"] == sandbox.token


def test_rows_of_the_scenario_stand_in_its_database_and_cost_no_budget() -> None:
    row = {"Name": {"title": [{"text": {"content": "One"}}]}, "SoundCloud ID": {"number": 1}}
    with running_sandbox({"notion": {"per_minute": 2, "databases": [{"rows": [row] * 200}]}}) as sandbox:
        assert len(sandbox.rows()) == 200
        assert sandbox.counts()["requests"] == 0
        headers = {"Authorization": f"Bearer {sandbox.token}", "Notion-Version": "2026-03-11"}
        with httpx.Client(headers=headers, trust_env=False) as client:
            statuses = [client.get(f"{sandbox.notion_url}/v1/users/me").status_code for _ in range(3)]
        assert statuses == [200, 200, 429]
        other = sandbox.add_database(title="Empty")
        assert sandbox.rows(other["data_source_id"]) == []


def test_waiting_for_a_held_request_gives_up() -> None:
    with running_sandbox() as sandbox, pytest.raises(TimeoutError):
        sandbox.wait_held(0.05)


def test_senseless_control_requests_raise_with_the_reason() -> None:
    with running_sandbox() as sandbox, pytest.raises(ValueError, match="kind must be one of"):
        sandbox.faults([{"kind": "melt"}])


@pytest.mark.parametrize("scenario", ["[1]", '{"planets": 9}', "{", '{"faults": [{"kind": "melt"}]}'])
def test_a_malformed_scenario_is_refused_with_a_sentence(tmp_path: Path, scenario: str) -> None:
    path = tmp_path / "scenario.json"
    path.write_text(scenario)
    done = subprocess.run([*COMMAND, "--scenario", str(path)], capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 2
    assert done.stderr.startswith("cloudcrate sandbox: ")
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_cleanly_when_told_to(tmp_path: Path, number: signal.Signals) -> None:
    with start("--ca", str(tmp_path / "ca.pem")) as process:
        ready = ready_line(process)
        assert ready["ready"] is True
        assert ready["ca_file"] == str(tmp_path / "ca.pem")
        process.send_signal(number)
        assert process.wait(10) == 0


def test_print_env_prints_shell_lines() -> None:
    with start("--print-env") as process:
        assert process.stdout is not None
        lines = [process.stdout.readline() for _ in range(8)]
        process.terminate()
        assert process.wait(10) == 0
    script = "".join(lines) + 'printf %s "$HTTPS_PROXY $NOTION_TOKEN"'
    shown = subprocess.check_output(["sh", "-c", script], text=True, timeout=10)
    assert shown.startswith("http://127.0.0.1:")
    assert shown.endswith(" ntn_sandbox")


def test_it_ends_when_stdin_closes() -> None:
    with start("--until-eof", stdin=subprocess.PIPE) as process:
        ready_line(process)
        assert process.stdin is not None
        process.stdin.close()
        assert process.wait(10) == 0


def test_a_killed_parent_leaves_no_orphan() -> None:
    program = (
        "import os, signal\n"
        "from cloudcrate.sandbox.process import running_sandbox\n"
        "with running_sandbox() as sandbox:\n"
        "    print(sandbox.pid, flush=True)\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        orphan = os.pidfd_open(int(parent.stdout.readline()))
        assert parent.wait(30) == -signal.SIGKILL
    try:
        assert _ended(orphan, 10)
    finally:
        os.close(orphan)


def _ended(pidfd: int, timeout: float) -> bool:
    return bool(select.select([pidfd], [], [], timeout)[0])
