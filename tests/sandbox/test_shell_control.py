"""The control API and the journal: what they tell, what they change, whom they refuse, what they blank."""

import io
import json

import httpx
import pytest
import shell_world
from shell_world import OpenShell

from cloudcrate.sandbox.journal import Journal, endpoint, redacted_path, redacted_query

open_shell = shell_world.open_shell

SONG = "https://cf-media.sndcdn.com/bytes/1000/a"
PAGES = "https://api.notion.com/v1/pages"


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Host": "evil.example"}, 421),
        ({"Host": "127.0.0.1.evil.example:80"}, 421),
        ({"Host": "localhost:1234"}, 200),
    ],
)
def test_the_control_api_does_not_answer_browsers(open_shell: OpenShell, headers: dict[str, str], status: int) -> None:
    response = open_shell().control("GET", "state", **headers)
    assert response.status_code == status
    assert ("token" in response.json()) is (status == 200)


def test_state_tells_token_time_and_links(open_shell: OpenShell) -> None:
    state = open_shell().control("GET", "state").json()
    assert state["token"] == "ntn_test"
    assert state["time"] == 1_800_000_000.0
    assert state["databases"] == []


def test_faults_are_replaced_while_it_runs(open_shell: OpenShell) -> None:
    shell = open_shell()
    client = shell.client()
    assert shell.control("POST", "faults", [{"kind": "status", "status": 500}]).json() == {"rules": 1}
    assert client.get(SONG).status_code == 500
    shell.control("POST", "faults", [])
    assert client.get(SONG).status_code == 200


def test_knobs_reach_services_links_and_clock(open_shell: OpenShell) -> None:
    shell = open_shell()
    knobs = {"notion": {"per_minute": 5}, "latency": {"*": 0.001}, "bandwidth": {"*": 1e9}, "advance": 60}
    state = shell.control("POST", "knobs", knobs).json()
    assert shell.notion.knobs == {"per_minute": 5}
    assert state["latency"] == {"*": 0.001}
    assert state["bandwidth"] == {"*": 1e9}
    assert state["time"] == 1_800_000_060.0
    assert state["knobs"] == {"notion": {"per_minute": 5}}
    shell.client().get(SONG)
    assert shell.media.handled[0][2] == 1_800_000_060.0


@pytest.mark.parametrize(
    ("method", "name", "value", "status"),
    [
        ("POST", "knobs", {"spotify": {}}, 400),
        ("POST", "knobs", {"notion": {"wrong": 1}}, 400),
        ("POST", "knobs", [1], 400),
        ("GET", "journal?since=x", None, 400),
        ("GET", "rows", None, 400),
        ("GET", "nonsense", None, 404),
        ("GET", "faults", None, 404),
    ],
)
def test_senseless_control_requests_are_refused_with_a_reason(
    open_shell: OpenShell, method: str, name: str, value: object, status: int
) -> None:
    response = open_shell().control(method, name, value)
    assert response.status_code == status
    assert response.json()["error"]


def test_counts_sum_up_what_came_since_the_mark(open_shell: OpenShell) -> None:
    shell = open_shell({"kind": "status", "status": 429, "nth": 1, "host": "api.notion.com"})
    client = shell.client()
    client.post(PAGES, json={})
    shell.control("POST", "mark")
    client.post(PAGES, json={})
    client.patch(f"{PAGES}/11111111-2222-4333-8444-555555555555", json={})
    client.post("https://api.notion.com/v1/data_sources/11111111222243338444555555555555/query", json={})
    client.get(SONG)
    client.get(SONG, headers={"Range": "bytes=0-9"})
    counts = shell.control("GET", "counts").json()
    assert counts["requests"] == 5
    assert (counts["notion_writes"], counts["notion_reads"]) == (2, 1)
    assert (counts["media_requests"], counts["media_bytes"]) == (2, 1010)
    assert counts["endpoints"]["PATCH api.notion.com/v1/pages/{id}"] == 1
    assert counts["hosts"] == {"api.notion.com": 3, "cf-media.sndcdn.com": 2}
    everything = shell.control("GET", "counts?since=0").json()
    assert everything["faults"] == {"status": 1}
    assert everything["statuses"] == {"429": 1, "200": 4, "206": 1}
    assert everything["committed"] == 5


def test_the_journal_tells_the_bytes_that_really_went_out(open_shell: OpenShell) -> None:
    shell = open_shell({"kind": "cut", "bytes": 300, "nth": 1})
    client = shell.client()
    with pytest.raises(httpx.RemoteProtocolError):
        client.get(SONG)
    client.head(SONG)
    first, second = shell.control("GET", "journal").json()["entries"]
    assert (first["bytes"], first["fault"], first["endpoint"]) == (
        300,
        "cut",
        "GET cf-media.sndcdn.com/{file}",
    )
    assert second["bytes"] == 0
    assert shell.control("GET", "journal?since=1").json()["entries"] == [second]


def test_the_log_file_has_a_line_per_request_and_per_late_commit(open_shell: OpenShell) -> None:
    file = io.StringIO()
    shell = open_shell({"kind": "late_commit", "seconds": 5, "nth": 1}, journal=Journal(file))
    with pytest.raises(httpx.ReadError):
        shell.inside().post(PAGES, json={})
    shell.clock.sleep(10)
    shell.inside().get(SONG)
    lines = [json.loads(line) for line in file.getvalue().splitlines()]
    assert [line.get("fault") for line in lines] == ["late_commit", None, None]
    assert lines[1] == {"event": "late_commit", "index": 0, "time": 1_800_000_005.0}


def test_secrets_never_reach_the_journal(open_shell: OpenShell) -> None:
    file = io.StringIO()
    shell = open_shell(journal=Journal(file))
    shell.client().get(
        "https://cf-media.sndcdn.com/bytes/9/a",
        params={
            "Policy": "canary",
            "Signature": "canary",
            "Key-Pair-Id": "canary",
            "client_id": "canary",
            "track_authorization": "canary",
            "secret_token": "s-canary",
            "playlistSecretToken": "s-canary",
            "url": "https://soundcloud.com/ann/sets/mix/s-canary",
            "limit": "5",
        },
        headers={"Authorization": "OAuth 2-290123-1-canary", "Cookie": "oauth_token=canary"},
    )
    told = file.getvalue() + shell.control("GET", "journal").text
    assert "canary" not in told
    assert "limit=5" in told


def test_redaction_blanks_private_links_and_keeps_the_rest() -> None:
    assert redacted_path("/ann/sets/mix/s-AbC123") == "/ann/sets/mix/s-***"
    assert redacted_path("/ann/summer-songs") == "/ann/summer-songs"
    assert redacted_query("ids=1,2,3&client_id=abc&flag=") == "ids=1,2,3&client_id=***&flag="
    assert redacted_query("X-Amz-Signature=abc") == "X-Amz-Signature=***"
    assert redacted_query("start_cursor=ntn_abc") == "start_cursor=ntn_***"


@pytest.mark.parametrize(
    ("host", "path", "template"),
    [
        ("api.notion.com", "/v1/pages/11111111222243338444555555555555", "/v1/pages/{id}"),
        ("api.notion.com", "/v1/users/me", "/v1/users/me"),
        ("api-v2.soundcloud.com", "/tracks/12345", "/tracks/{id}"),
        (
            "api-v2.soundcloud.com",
            "/media/soundcloud:tracks:12/11111111-2222-4333-8444-555555555555/stream/hls",
            "/media/{id}/{id}/stream/hls",
        ),
        ("soundcloud.com", "/ann/sets/mix", "/{name}/sets/{name}"),
        ("soundcloud.com", "/", "/"),
        ("i1.sndcdn.com", "/artworks-x-t500x500.jpg", "/{file}"),
    ],
)
def test_requests_are_counted_by_template(host: str, path: str, template: str) -> None:
    assert endpoint("GET", host, path) == f"GET {host}{template}"
