"""Measures how many API answers a second the sandbox gives over TLS.

The client is another process with 4 keep-alive connections on bare sockets; each asks one request after the
other: for the token's user, for new rows, or for SoundCloud's tracks and sets (the last two answers are large:
150 kB and 60 kB). ``python benchmarks/sandbox_answers.py`` prints a line per kind.
"""

import argparse
import json
import multiprocessing
import socket
import ssl
import threading
import time

from cloudcrate.sandbox.process import Sandbox, running_sandbox

NOTION, SOUNDCLOUD = "api.notion.com", "api-v2.soundcloud.com"
CLIENT_ID = "sandbox"


def _connect(proxy_url: str, ca_file: str, host: str) -> ssl.SSLSocket:
    address, _, port = proxy_url.removeprefix("http://").rpartition(":")
    sock = socket.create_connection((address, int(port)))
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    sock.sendall(f"CONNECT {host}:443 HTTP/1.1\r\nHost: {host}:443\r\n\r\n".encode())
    if b" 200 " not in sock.recv(4096):
        raise ConnectionError("the proxy refuses")
    return ssl.create_default_context(cafile=ca_file).wrap_socket(sock, server_hostname=host)


def _read_answer(sock: ssl.SSLSocket, buffer: bytes) -> bytes:
    while (end := buffer.find(b"\r\n\r\n")) < 0:
        buffer += sock.recv(65536)
    if not buffer.startswith(b"HTTP/1.1 200 "):
        raise ValueError(buffer[:300].decode("latin-1"))
    start = buffer.index(b"content-length: ") + 16
    size = end + 4 + int(buffer[start : buffer.index(b"\r", start)])
    while len(buffer) < size:
        buffer += sock.recv(65536)
    return buffer[size:]


def _ask(proxy_url: str, ca_file: str, host: str, payload: bytes, until: float, counts: list[int]) -> None:
    with _connect(proxy_url, ca_file, host) as sock:
        buffer, count = b"", 0
        while time.monotonic() < until:
            sock.sendall(payload)
            buffer = _read_answer(sock, buffer)
            count += 1
    counts.append(count)


def _client(
    proxy_url: str, ca_file: str, host: str, payload: bytes, seconds: float, out: "multiprocessing.Queue[float]"
) -> None:
    counts: list[int] = []
    start = time.monotonic()
    arguments = (proxy_url, ca_file, host, payload, start + seconds, counts)
    threads = [threading.Thread(target=_ask, args=arguments) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    out.put(sum(counts) / (time.monotonic() - start))


def _payload(sandbox: Sandbox, method: str, path: str, body: bytes) -> bytes:
    head = (
        f"{method} {path} HTTP/1.1\r\nHost: {NOTION}\r\nAuthorization: Bearer {sandbox.token}\r\n"
        f"Notion-Version: 2026-03-11\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def _soundcloud(path: str) -> bytes:
    return f"GET {path} HTTP/1.1\r\nHost: {SOUNDCLOUD}\r\n\r\n".encode()


def main() -> None:
    """Runs the measurement."""
    parser = argparse.ArgumentParser(description="Measures the sandbox's answers per second over TLS.")
    parser.add_argument("--seconds", type=float, default=5.0)
    seconds = parser.parse_args().seconds
    context = multiprocessing.get_context("spawn")
    tracks = [{"id": n, "user": "ada", "slug": f"t{n}", "seconds": 5} for n in range(1, 501)]
    world = {
        "tracks": tracks,
        "playlists": [{"user": "ada", "slug": "big", "tracks": list(range(1, 501))}],
    }
    with running_sandbox(
        {"notion": {"per_minute": 10**9, "workspace_per_minute": 10**9}, "soundcloud": world}
    ) as sandbox:
        sandbox.knobs(soundcloud={"client_id": CLIENT_ID})
        parent = {"type": "data_source_id", "data_source_id": sandbox.data_source_id}
        title = {"Name": {"title": [{"text": {"content": "A track"}}]}}
        row = json.dumps({"parent": parent, "properties": title}).encode()
        batch = ",".join(map(str, range(1, 51)))
        page = "https%3A%2F%2Fsoundcloud.com%2Fada%2Fsets%2Fbig"
        for name, host, payload in (
            ("GET /v1/users/me", NOTION, _payload(sandbox, "GET", "/v1/users/me", b"")),
            ("POST /v1/pages", NOTION, _payload(sandbox, "POST", "/v1/pages", row)),
            ("GET /tracks/1", SOUNDCLOUD, _soundcloud(f"/tracks/1?client_id={CLIENT_ID}")),
            ("GET /tracks?ids= (50 ids)", SOUNDCLOUD, _soundcloud(f"/tracks?ids={batch}&client_id={CLIENT_ID}")),
            ("GET /resolve (set of 500)", SOUNDCLOUD, _soundcloud(f"/resolve?url={page}&client_id={CLIENT_ID}")),
        ):
            out: multiprocessing.Queue[float] = context.Queue()
            arguments = (sandbox.proxy_url, str(sandbox.ca_file), host, payload, seconds, out)
            client = context.Process(target=_client, args=arguments)
            client.start()
            print(f"{name}: {out.get(timeout=seconds + 60):,.0f} answers/s")
            client.join()


if __name__ == "__main__":
    main()
