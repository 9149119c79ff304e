"""What an HTTP client sees of each fault, through the sockets and in process alike."""

import json
import zlib
from collections.abc import Callable
from typing import Any  # Any: JSON

import httpx
import pytest
import shell_world
from shell_world import OpenShell, Shell

open_shell = shell_world.open_shell
visit = shell_world.visit

Visit = Callable[[Shell, float], httpx.Client]
SONG = "https://cf-media.sndcdn.com/bytes/1000/a"
PAGES = "https://api.notion.com/v1/pages"
# a reset of a TLS connection reaches Python clients as an error or as an early end, by version
BROKEN_OFF = (httpx.ReadError, httpx.RemoteProtocolError)


def test_without_faults_the_service_s_answer_arrives_whole(open_shell: OpenShell, visit: Visit) -> None:
    client = visit(open_shell(), 5)
    assert client.get(SONG).content == b"a" * 1000
    assert client.post(PAGES, json={"n": 1}).json() == {"object": "page", "id": "page-1"}


@pytest.mark.parametrize(
    ("status", "code"),
    [(409, "conflict_error"), (429, "rate_limited"), (502, "bad_gateway"), (529, "service_overload")],
)
def test_a_status_fault_for_notion_speaks_as_notion(
    open_shell: OpenShell, visit: Visit, status: int, code: str
) -> None:
    shell = open_shell({"kind": "status", "status": status, "retry_after": 7})
    response = visit(shell, 5).post(PAGES, json={})
    assert response.status_code == status
    assert response.json()["code"] == code
    assert response.headers["retry-after"] == "7"
    assert shell.notion.pages == []


def test_a_status_fault_sends_the_body_and_headers_it_is_given(open_shell: OpenShell, visit: Visit) -> None:
    shell = open_shell({"kind": "status", "status": 502, "body": "<h1>Bad</h1>", "headers": {"X-Edge": "1"}})
    response = visit(shell, 5).get(SONG)
    assert (response.status_code, response.text, response.headers["x-edge"]) == (502, "<h1>Bad</h1>", "1")


def test_retry_after_can_be_a_date(open_shell: OpenShell, visit: Visit) -> None:
    shell = open_shell({"kind": "status", "status": 503, "retry_after_date": 60})
    shell.clock.now = 0.0
    assert visit(shell, 5).get(SONG).headers["retry-after"] == "Thu, 01 Jan 1970 00:01:00 GMT"


def test_a_status_fault_may_come_after_the_request_was_carried_out(open_shell: OpenShell, visit: Visit) -> None:
    shell = open_shell({"kind": "status", "status": 504, "commit": True})
    assert visit(shell, 5).post(PAGES, json={"n": 1}).status_code == 504
    assert shell.notion.pages == [{"n": 1}]


@pytest.mark.parametrize(("kind", "pages"), [("reset_before", 0), ("reset_after", 1)])
def test_a_reset_breaks_the_connection_before_or_after_the_request_counts(
    open_shell: OpenShell, visit: Visit, kind: str, pages: int
) -> None:
    shell = open_shell({"kind": kind})
    client = visit(shell, 5)
    with pytest.raises(BROKEN_OFF):
        client.post(PAGES, json={"n": 1})
    assert len(shell.notion.pages) == pages


def test_a_reset_is_a_tcp_reset(open_shell: OpenShell) -> None:
    shell = open_shell({"kind": "reset_after"})
    with httpx.Client(trust_env=False) as client, pytest.raises(httpx.ReadError, match="reset by peer"):
        client.post(f"{shell.plain_url}/v1/pages", json={})


@pytest.mark.parametrize(("kind", "pages"), [("timeout_before", 0), ("timeout_after", 1)])
def test_a_timeout_leaves_the_client_waiting_before_or_after_the_request_counts(
    open_shell: OpenShell, visit: Visit, kind: str, pages: int
) -> None:
    shell = open_shell({"kind": kind, "seconds": 60})
    client = visit(shell, 0.2)
    with pytest.raises(httpx.ReadTimeout):
        client.post(PAGES, json={"n": 1})
    assert len(shell.notion.pages) == pages


def test_a_timeout_ends_in_a_dropped_connection(open_shell: OpenShell, visit: Visit) -> None:
    client = visit(open_shell({"kind": "timeout_before", "seconds": 0.05}), 5)
    with pytest.raises(httpx.RemoteProtocolError):
        client.get(SONG)


@pytest.mark.parametrize("kind", ["cut", "stall"])
def test_a_body_that_stops_short_of_its_length_raises(open_shell: OpenShell, visit: Visit, kind: str) -> None:
    shell = open_shell({"kind": kind, "bytes": 100})
    client = visit(shell, 0.3)
    received: list[bytes] = []
    with client.stream("GET", SONG) as response:
        assert response.headers["content-length"] == "1000"
        with pytest.raises(httpx.RemoteProtocolError if kind == "cut" else httpx.ReadTimeout):
            received.extend(response.iter_raw())
    assert b"".join(received) == b"a" * 100


def test_a_silent_cut_looks_like_a_whole_answer(open_shell: OpenShell, visit: Visit) -> None:
    response = visit(open_shell({"kind": "cut_silent", "fraction": 0.25}), 5).get(SONG)
    assert response.content == b"a" * 250
    assert "content-length" not in response.headers


def test_a_cut_gzip_looks_like_a_whole_answer(open_shell: OpenShell, visit: Visit) -> None:
    client = visit(open_shell({"kind": "gzip_cut"}), 5)
    with client.stream("GET", SONG) as response:
        raw = b"".join(response.iter_raw())
    assert response.headers["content-encoding"] == "gzip"
    assert response.headers["content-length"] == str(len(raw))
    unpacker = zlib.decompressobj(wbits=31)
    unpacker.decompress(raw)
    assert not unpacker.eof


def test_a_slow_body_arrives_byte_by_byte_and_whole(open_shell: OpenShell, visit: Visit) -> None:
    client = visit(open_shell({"kind": "slow", "bytes_per_second": 4000}), 5)
    with client.stream("GET", SONG) as response:
        parts = list(response.iter_raw())
    assert b"".join(parts) == b"a" * 1000
    assert len(parts) > 3


@pytest.mark.parametrize(
    ("rule", "status", "kind", "body"),
    [
        ({"kind": "html"}, 200, "text/html", b"guest network"),
        ({"kind": "html", "status": 403, "body": "<p>No</p>"}, 403, "text/html", b"<p>No</p>"),
        ({"kind": "json"}, 200, "application/json", b"unavailable"),
        ({"kind": "json", "json": {"e": 1}}, 200, "application/json", b'{"e":1}'),
        ({"kind": "empty"}, 200, "", b""),
    ],
)
def test_something_else_comes_in_the_body_s_place(
    open_shell: OpenShell,
    visit: Visit,
    rule: dict[str, Any],  # Any: JSON
    status: int,
    kind: str,
    body: bytes,
) -> None:
    shell = open_shell(rule)
    response = visit(shell, 5).get(SONG)
    assert response.status_code == status
    assert response.headers.get("content-type", "").startswith(kind)
    assert body in response.content
    assert len(response.content) == int(response.headers["content-length"])
    assert shell.media.handled == []


def test_garbage_is_no_http(open_shell: OpenShell, visit: Visit) -> None:
    client = visit(open_shell({"kind": "garbage"}), 5)
    with pytest.raises(httpx.RemoteProtocolError):
        client.get(SONG)


def test_a_wrong_range_begins_later_than_asked_and_says_so(open_shell: OpenShell, visit: Visit) -> None:
    client = visit(open_shell({"kind": "wrong_range", "bytes": 10}), 5)
    response = client.get(SONG, headers={"Range": "bytes=100-199"})
    assert response.status_code == 206
    assert response.headers["content-range"] == "bytes 110-199/1000"
    assert len(response.content) == 90


def test_a_short_range_ends_earlier_than_asked_and_says_so(open_shell: OpenShell, visit: Visit) -> None:
    client = visit(open_shell({"kind": "short_range"}), 5)
    response = client.get(SONG, headers={"Range": "bytes=100-199"})
    assert response.headers["content-range"] == "bytes 100-149/1000"
    assert len(response.content) == 50


def test_range_faults_leave_other_requests_alone(open_shell: OpenShell, visit: Visit) -> None:
    client = visit(open_shell({"kind": "short_range"}), 5)
    assert len(client.get(SONG).content) == 1000


def test_extra_bytes_hide_behind_the_stated_length(open_shell: OpenShell, visit: Visit) -> None:
    client = visit(open_shell({"kind": "extra", "bytes": 8, "times": 1}), 5)
    assert client.get(SONG).content == b"a" * 1000
    assert client.get(SONG).content == b"a" * 1000


def test_declared_extra_bytes_make_the_body_longer(open_shell: OpenShell, visit: Visit) -> None:
    client = visit(open_shell({"kind": "extra", "bytes": 8, "declared": True}), 5)
    assert client.get(SONG).content == b"a" * 1000 + b"\0" * 8


def test_extra_bytes_can_stand_inside(open_shell: OpenShell, visit: Visit) -> None:
    client = visit(open_shell({"kind": "extra", "bytes": 8, "declared": True, "at": 0.25}), 5)
    assert client.get(SONG).content == b"a" * 250 + b"\0" * 8 + b"a" * 750


def test_a_declared_cut_looks_like_a_short_thing_that_is_whole(open_shell: OpenShell, visit: Visit) -> None:
    response = visit(open_shell({"kind": "cut", "bytes": 300, "declared": True}), 5).get(SONG)
    assert response.content == b"a" * 300
    assert response.headers["content-length"] == "300"


def test_flipped_bits_are_as_many_as_asked_and_the_same_each_time(open_shell: OpenShell, visit: Visit) -> None:
    def flipped(seed: int) -> list[int]:
        client = visit(open_shell({"kind": "flip", "count": 5, "seed": seed}), 5)
        first, second = client.get(SONG).content, client.get(SONG).content
        assert first == second
        return [place for place, byte in enumerate(first) if byte != ord("a")]

    assert flipped(1) == flipped(1) != flipped(2)
    assert 1 <= len(flipped(1)) <= 5


def test_a_run_of_zeros_keeps_the_length(open_shell: OpenShell, visit: Visit) -> None:
    client = visit(open_shell({"kind": "zeros", "bytes": 100, "at": 1}), 5)
    assert client.get(SONG).content == b"a" * 900 + b"\0" * 100


def test_a_body_can_be_rewritten(open_shell: OpenShell, visit: Visit) -> None:
    client = visit(open_shell({"kind": "rewrite", "find": "^(a)(a)a*$", "put": r"\2-\1"}), 5)
    assert client.get(SONG).content == b"a-a"


def test_a_part_can_come_where_the_whole_was_asked_for(open_shell: OpenShell, visit: Visit) -> None:
    response = visit(open_shell({"kind": "partial", "fraction": 0.25}), 5).get(SONG)
    assert (response.status_code, response.content) == (206, b"a" * 250)
    assert response.headers["content-range"] == "bytes 0-249/1000"


def test_committed_503_names_the_page_that_was_made(open_shell: OpenShell, visit: Visit) -> None:
    shell = open_shell({"kind": "committed_503"})
    response = visit(shell, 5).post(PAGES, json={"n": 1})
    assert response.status_code == 503
    assert response.json()["code"] == "service_unavailable"
    assert response.json()["additional_data"]["committed_resource_id"] == "page-1"
    assert shell.notion.pages == [{"n": 1}]


def test_committed_503_names_no_page_for_an_update(open_shell: OpenShell, visit: Visit) -> None:
    response = visit(open_shell({"kind": "committed_503"}), 5).patch(f"{PAGES}/page-1", json={})
    assert response.status_code == 503
    assert "committed_resource_id" not in response.json()["additional_data"]


def test_a_foreign_body_is_what_was_asked_for_before(open_shell: OpenShell, visit: Visit) -> None:
    client = visit(open_shell({"kind": "foreign", "path": "/b$"}), 5)
    assert client.get("https://cf-media.sndcdn.com/bytes/10/b").content == b"b" * 10
    assert client.get(SONG).content == b"a" * 1000
    assert client.get("https://cf-media.sndcdn.com/bytes/10/b").content == b"a" * 1000


def test_a_foreign_body_can_be_named(open_shell: OpenShell, visit: Visit) -> None:
    client = visit(open_shell({"kind": "foreign", "to_path": "/bytes/3/z"}), 5)
    assert client.get(SONG).content == b"zzz"


def test_delay_postpones_the_answer(open_shell: OpenShell, visit: Visit) -> None:
    client = visit(open_shell({"kind": "delay", "seconds": 30}), 0.2)
    with pytest.raises(httpx.ReadTimeout):
        client.get(SONG)


def test_every_applied_fault_stands_in_the_journal(open_shell: OpenShell, visit: Visit) -> None:
    shell = open_shell({"kind": "reset_after", "nth": 2})
    client = visit(shell, 5)
    client.post(PAGES, json={})
    with pytest.raises(BROKEN_OFF):
        client.post(PAGES, json={})
    first, second = shell.playground.journal.entries()
    assert (first.fault, first.status, first.committed) == (None, 200, True)
    assert (second.fault, second.status, second.committed) == ("reset_after", None, True)


def test_a_late_commit_is_carried_out_after_its_client_gave_up(open_shell: OpenShell, visit: Visit) -> None:
    shell = open_shell({"kind": "late_commit", "seconds": 30, "method": "POST", "times": 1})
    client = visit(shell, 5)
    with pytest.raises(BROKEN_OFF):
        client.post(PAGES, json={"n": "late"})
    shell.clock.sleep(29)
    client.get(f"{PAGES}/x")
    assert shell.notion.pages == []
    assert not shell.playground.journal.entries()[0].committed
    shell.clock.sleep(2)
    client.post(PAGES, json={"n": "next"})
    assert shell.notion.pages == [{"n": "late"}, {"n": "next"}]
    assert shell.notion.handled[1] == ("POST", "/v1/pages", 1_800_000_030.0)
    assert shell.playground.journal.entries()[0].committed


def test_late_commits_happen_in_the_order_they_are_due(open_shell: OpenShell, visit: Visit) -> None:
    shell = open_shell(
        {"kind": "late_commit", "seconds": 50, "nth": 1}, {"kind": "late_commit", "seconds": 20, "nth": 2}
    )
    client = visit(shell, 5)
    for number in (1, 2):
        with pytest.raises(BROKEN_OFF):
            client.post(PAGES, json={"n": number})
    shell.clock.sleep(60)
    with shell.playground.quiet():
        assert shell.notion.pages == [{"n": 2}, {"n": 1}]


def test_a_refused_connection_never_reaches_the_service(open_shell: OpenShell) -> None:
    shell = open_shell({"kind": "refuse", "host": "api.*"})
    with pytest.raises(httpx.ProxyError):
        shell.client().post(PAGES, json={})
    with pytest.raises(httpx.ConnectError):
        shell.inside().post(PAGES, json={})
    assert shell.notion.handled == []
    assert [entry.fault for entry in shell.playground.journal.entries()] == ["refuse", "refuse"]


def test_in_process_a_timeout_costs_exactly_the_client_s_patience(open_shell: OpenShell) -> None:
    shell = open_shell({"kind": "timeout_after", "seconds": 300})
    before = shell.clock.now
    with pytest.raises(httpx.ReadTimeout):
        shell.inside(timeout=20).post(PAGES, json={})
    assert shell.clock.now - before == 20


def test_in_process_a_slow_body_takes_its_time_on_the_clock(open_shell: OpenShell) -> None:
    shell = open_shell({"kind": "slow", "bytes_per_second": 10})
    before = shell.clock.now
    assert len(shell.inside().get(SONG).content) == 1000
    assert shell.clock.now - before == pytest.approx(100)


@pytest.mark.parametrize(("phase", "pages"), [("before", 0), ("after", 1)])
def test_in_process_a_held_request_times_out(open_shell: OpenShell, phase: str, pages: int) -> None:
    shell = open_shell({"kind": "hold", "phase": phase})
    with pytest.raises(httpx.ReadTimeout):
        shell.inside().post(PAGES, json={})
    assert len(shell.notion.pages) == pages


def test_the_same_seed_strikes_the_same_requests(open_shell: OpenShell) -> None:
    def struck(seed: int) -> list[int]:
        client = open_shell({"kind": "status", "status": 500, "p": 0.3, "seed": seed}).inside()
        return [number for number in range(200) if client.get(SONG).status_code == 500]

    assert struck(1) == struck(1)
    assert struck(1) != struck(2)
    assert 30 < len(struck(1)) < 90


@pytest.mark.parametrize(
    ("selector", "struck"),
    [
        ({"nth": 2}, [2]),
        ({"nth": [1, 4]}, [1, 4]),
        ({"times": 2}, [1, 2]),
        ({"skip": 3}, [4, 5]),
        ({"skip": 1, "times": 1}, [2]),
        ({"body_matches": '"n": ?3'}, [3]),
        ({"method": "get"}, []),
        ({"path": "^/v2"}, []),
        ({"host": "*.notion.com", "query": "^$"}, [1, 2, 3, 4, 5]),
    ],
)
def test_a_rule_strikes_what_its_selectors_say(
    open_shell: OpenShell,
    selector: dict[str, Any],  # Any: JSON
    struck: list[int],
) -> None:
    client = open_shell({"kind": "status", "status": 500, **selector}).inside()
    statuses = {number: client.post(PAGES, json={"n": number}).status_code for number in range(1, 6)}
    assert [number for number, status in statuses.items() if status == 500] == struck


def test_the_first_rule_that_strikes_wins(open_shell: OpenShell) -> None:
    client = open_shell(
        {"kind": "status", "status": 500, "nth": 1}, {"kind": "status", "status": 503, "nth": [1, 2]}
    ).inside()
    assert [client.get(SONG).status_code for _ in range(3)] == [500, 503, 200]


@pytest.mark.parametrize(
    ("rules", "words"),
    [
        ({}, "a list of rules"),
        (["x"], "rule 1: an object"),
        ([{"kind": "cut"}, {"kind": "melt"}], "rule 2: kind must be one of"),
        ([{"kind": "cut", "secnods": 3}], "does not know secnods"),
        ([{"kind": "cut", "fraction": 2}], "from 0 to 1"),
        ([{"kind": "zeros", "at": -1}], "from 0 to 1"),
        ([{"kind": "rewrite", "find": "a", "put": r"\2"}], "rule 1"),
        ([{"kind": "slow", "bytes_per_second": 0}], "above 0"),
        ([{"kind": "status", "status": "500"}], "status must be a whole number"),
        ([{"kind": "cut", "path": "("}], "rule 1"),
        ([{"kind": "cut", "commit": False}], "commit is only for"),
        ([{"kind": "hold", "phase": "noon"}], "rule 1"),
        ([{"kind": "late_commit", "then": "later"}], "then must be"),
    ],
)
def test_a_malformed_rule_is_refused_with_its_number_and_reason(
    open_shell: OpenShell,
    rules: object,
    words: str,
) -> None:
    response = open_shell().control("POST", "faults", rules)
    assert response.status_code == 400
    assert words in json.loads(response.content)["error"]
