"""The socket shell as an HTTP server and proxy: connections, methods, malformed input, latency, holds."""

import socket
import ssl
import threading

import httpx
import pytest
import shell_world
from shell_world import OpenShell, Shell

from cloudcrate.sandbox.connection import MAX_BODY
from cloudcrate.sandbox.playground import Links

open_shell = shell_world.open_shell

SONG = "https://cf-media.sndcdn.com/bytes/1000/a"
PAGES = "https://api.notion.com/v1/pages"


def raw(shell: Shell, *, plain: bool = False) -> socket.socket:
    """A bare connection to one of the shell's ports."""
    sock = socket.create_connection(("127.0.0.1", (shell.plain if plain else shell.proxy).port), timeout=10)
    shell.exits.enter_context(sock)
    return sock


def read_all(sock: socket.socket) -> bytes:
    """Everything that comes until the server ends the connection."""
    received = b""
    while part := sock.recv(65536):
        received += part
    return received


def test_one_connection_serves_many_requests(open_shell: OpenShell) -> None:
    shell = open_shell()
    client = shell.client()
    streams = []
    for _ in range(3):
        with client.stream("GET", SONG) as response:
            response.read()
            streams.append(response.extensions["network_stream"].get_extra_info("client_addr"))
    assert len(set(streams)) == 1


def test_each_host_is_spoken_for_with_a_certificate_of_its_own(open_shell: OpenShell) -> None:
    client = open_shell().client()
    assert client.get(SONG).status_code == 200
    assert client.post(PAGES, json={}).status_code == 200


def test_a_client_that_does_not_trust_the_authority_gets_nothing(open_shell: OpenShell) -> None:
    shell, stranger = open_shell(), open_shell()
    proxy = f"http://127.0.0.1:{shell.proxy.port}"
    with (
        httpx.Client(proxy=proxy, verify=stranger.trust, trust_env=False) as client,
        pytest.raises(httpx.ConnectError, match="certificate verify failed"),
    ):
        client.get(SONG)
    assert shell.media.handled == []


@pytest.mark.parametrize("url", ["https://example.com/", "https://api.notion.com:8443/v1/pages", "https://10.0.0.1/"])
def test_nothing_leaves_for_hosts_that_are_not_played(open_shell: OpenShell, url: str) -> None:
    shell = open_shell()
    with pytest.raises(httpx.ProxyError, match="403"):
        shell.client().get(url)
    (entry,) = shell.playground.journal.entries()
    assert (entry.fault, entry.method, entry.service) == ("outside", "CONNECT", None)


def test_the_refusal_says_why_in_a_sentence(open_shell: OpenShell) -> None:
    sock = raw(open_shell())
    sock.sendall(b"CONNECT example.com:443 HTTP/1.1\r\nHost: example.com:443\r\nConnection: close\r\n\r\n")
    assert b"example.com:443 is not played here" in read_all(sock)


def test_plain_http_through_the_proxy_is_refused(open_shell: OpenShell) -> None:
    shell = open_shell()
    with httpx.Client(proxy=f"http://127.0.0.1:{shell.proxy.port}", trust_env=False) as client:
        response = client.get("http://api.notion.com/v1/users/me")
    assert response.status_code == 403
    assert "https" in response.json()["error"]
    assert shell.notion.handled == []


def test_head_answers_with_the_length_and_without_the_body(open_shell: OpenShell) -> None:
    client = open_shell().client()
    response = client.head(SONG)
    assert (response.headers["content-length"], response.content) == ("1000", b"")
    assert client.get(SONG).content == b"a" * 1000


def test_204_has_neither_body_nor_length(open_shell: OpenShell) -> None:
    client = open_shell().client()
    response = client.get("https://api.notion.com/nothing")
    assert response.status_code == 204
    assert "content-length" not in response.headers
    assert client.get(SONG).status_code == 200


def test_a_chunked_upload_arrives_whole(open_shell: OpenShell) -> None:
    client = open_shell().client()
    parts = [b"a" * 70_000, b"b", b"c" * 10]
    response = client.post("https://api.notion.com/echo", content=iter(parts))
    assert response.content == b"".join(parts)


def test_expect_100_continue_is_answered(open_shell: OpenShell) -> None:
    sock = raw(open_shell(), plain=True)
    sock.sendall(
        b"POST /v1/pages HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 2\r\nConnection: close\r\n\r\n"
    )
    assert sock.recv(25) == b"HTTP/1.1 100 Continue\r\n\r\n"
    sock.sendall(b"{}")
    assert read_all(sock).startswith(b"HTTP/1.1 200 OK\r\n")


def test_pipelined_requests_are_answered_in_order(open_shell: OpenShell) -> None:
    sock = raw(open_shell(), plain=True)
    sock.sendall(
        b"PATCH /v1/pages/first HTTP/1.1\r\nHost: x\r\n\r\n"
        b"PATCH /v1/pages/second HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    )
    answers = read_all(sock)
    assert answers.count(b"HTTP/1.1 200 OK") == 2
    assert answers.index(b"first") < answers.index(b"second")


@pytest.mark.parametrize(
    ("request_bytes", "status"),
    [
        (b"NONSENSE\r\n\r\n", 400),
        (b"GET /a b HTTP/1.1\r\n\r\n", 400),
        (b"GET / HTTP/3\r\n\r\n", 400),
        (b"GET /\xff HTTP/1.1\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nNo colon\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\n folded: x\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nTransfer-Encoding: gzip\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n", 400),
        (b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nabc", 400),
        (b"POST / HTTP/1.1\r\nContent-Length: %d\r\n\r\n" % (MAX_BODY + 1), 413),
        (b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nfffffff\r\n", 413),
        (b"GET / HTTP/1.1\r\nX: " + b"a" * 70_000, 431),
    ],
)
def test_malformed_requests_are_answered_and_end_the_connection(
    open_shell: OpenShell, request_bytes: bytes, status: int
) -> None:
    shell = open_shell()
    sock = raw(shell, plain=True)
    sock.sendall(request_bytes)
    assert read_all(sock).startswith(b"HTTP/1.1 %d " % status)
    assert shell.notion.handled == []


def test_a_request_that_ends_early_reaches_nobody(open_shell: OpenShell) -> None:
    shell = open_shell()
    sock = raw(shell, plain=True)
    sock.sendall(b"POST /v1/pages HTTP/1.1\r\nContent-Length: 100\r\n\r\n{}")
    sock.shutdown(socket.SHUT_WR)
    assert b" 400 " in read_all(sock)
    assert shell.notion.handled == []


def test_a_defect_of_a_service_is_told_apart_from_network_faults(
    open_shell: OpenShell, capsys: pytest.CaptureFixture[str]
) -> None:
    response = open_shell().client().get("https://api.notion.com/defect")
    assert response.status_code == 500
    assert "RuntimeError" in response.json()["sandbox_defect"]
    assert "the service has a defect" in capsys.readouterr().err


def test_the_plain_port_is_notion_whatever_the_host(open_shell: OpenShell) -> None:
    shell = open_shell()
    with httpx.Client(trust_env=False) as client:
        assert client.post(f"{shell.plain_url}/v1/pages", json={}).json()["id"] == "page-1"
        assert client.get(f"{shell.plain_url}/other").status_code == 404
    assert [entry.host for entry in shell.playground.journal.entries()] == ["api.notion.com"]


def test_latency_is_added_to_each_answer_of_its_hosts(open_shell: OpenShell) -> None:
    shell = open_shell(links=Links(latency={"*.notion.com": 5, "*": 0}))
    assert shell.client(0.3).get(SONG).status_code == 200
    with pytest.raises(httpx.ReadTimeout):
        shell.client(0.3).post(PAGES, json={})
    before = shell.clock.now
    shell.inside().post(PAGES, json={})
    assert shell.clock.now - before == 5


def test_bandwidth_paces_each_connection(open_shell: OpenShell) -> None:
    shell = open_shell(links=Links(bandwidth={"*.sndcdn.com": 500}))
    before = shell.clock.now
    assert len(shell.inside().get(SONG).content) == 1000
    assert shell.clock.now - before == pytest.approx(2)
    with shell.client(0.4).stream("GET", "https://cf-media.sndcdn.com/bytes/150/a") as response:
        assert len(list(response.iter_raw())) > 3


@pytest.mark.parametrize(("phase", "handled"), [("before", 0), ("after", 1), ("body", 1)])
def test_a_held_request_stands_still_until_it_is_released(open_shell: OpenShell, phase: str, handled: int) -> None:
    shell = open_shell({"kind": "hold", "phase": phase})
    answers: list[httpx.Response] = []
    client = shell.client()
    thread = threading.Thread(target=lambda: answers.append(client.get(SONG)))
    thread.start()
    (held,) = shell.control("GET", "holding?wait=10").json()["held"]
    assert (held["phase"], held["path"]) == (phase, "/bytes/1000/a")
    assert len(shell.media.handled) == handled
    assert answers == []
    assert shell.control("POST", "release", {}).json() == {"released": 1}
    thread.join(10)
    assert answers[0].content == b"a" * 1000
    assert shell.playground.journal.entries()[0].fault == "hold"


@pytest.mark.parametrize(("phase", "handled"), [("before", 0), ("after", 1), ("body", 1)])
def test_a_held_request_can_be_dropped(open_shell: OpenShell, phase: str, handled: int) -> None:
    shell = open_shell({"kind": "hold", "phase": phase})
    client = shell.client()
    failures: list[Exception] = []

    def ask() -> None:
        try:
            client.get(SONG)
        except httpx.HTTPError as error:
            failures.append(error)

    thread = threading.Thread(target=ask)
    thread.start()
    assert len(shell.holds.held(10)) == 1
    shell.control("POST", "release", {"drop": True})
    thread.join(10)
    assert len(failures) == 1
    assert len(shell.media.handled) == handled
    assert [entry.committed for entry in shell.playground.journal.entries()] == [bool(handled)]


def test_a_held_request_of_a_client_that_has_died_still_counts_when_released(open_shell: OpenShell) -> None:
    shell = open_shell({"kind": "hold", "phase": "before"})
    sock = raw(shell, plain=True)
    sock.sendall(b"POST /v1/pages HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}")
    assert len(shell.holds.held(10)) == 1
    sock.close()
    shell.holds.release()
    shell.exits.close()
    assert shell.notion.pages == [{}]


def test_tls_sessions_can_be_resumed(open_shell: OpenShell) -> None:
    shell = open_shell()
    context = shell.trust

    def connect(session: ssl.SSLSession | None) -> tuple[bool | None, ssl.SSLSession | None]:
        sock = raw(shell)
        sock.sendall(b"CONNECT api.notion.com:443 HTTP/1.1\r\nHost: x\r\n\r\n")
        assert b" 200 " in sock.recv(1000)
        with context.wrap_socket(sock, server_hostname="api.notion.com", session=session) as tls:
            tls.sendall(b"GET /nothing HTTP/1.1\r\nHost: x\r\n\r\n")
            tls.recv(1000)
            return tls.session_reused, tls.session

    reused, session = connect(None)
    assert not reused
    assert connect(session)[0]
