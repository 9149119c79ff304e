"""Measures how many API answers a second the sandbox gives over TLS.

The client is another process with 4 keep-alive connections on bare sockets; each asks for the token's user or
creates rows, one request after the other. ``python benchmarks/sandbox_answers.py`` prints a line per kind.
"""

import argparse
import json
import multiprocessing
import socket
import ssl
import threading
import time

from cloudcrate.sandbox.process import Sandbox, running_sandbox

HOST = "api.notion.com"


def _connect(proxy_url: str, ca_file: str) -> ssl.SSLSocket:
    address, _, port = proxy_url.removeprefix("http://").rpartition(":")
    sock = socket.create_connection((address, int(port)))
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    sock.sendall(f"CONNECT {HOST}:443 HTTP/1.1\r\nHost: {HOST}:443\r\n\r\n".encode())
    if b" 200 " not in sock.recv(4096):
        raise ConnectionError("the proxy refuses")
    return ssl.create_default_context(cafile=ca_file).wrap_socket(sock, server_hostname=HOST)


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


def _ask(proxy_url: str, ca_file: str, payload: bytes, until: float, counts: list[int]) -> None:
    with _connect(proxy_url, ca_file) as sock:
        buffer, count = b"", 0
        while time.monotonic() < until:
            sock.sendall(payload)
            buffer = _read_answer(sock, buffer)
            count += 1
    counts.append(count)


def _client(proxy_url: str, ca_file: str, payload: bytes, seconds: float, out: "multiprocessing.Queue[float]") -> None:
    counts: list[int] = []
    start = time.monotonic()
    arguments = (proxy_url, ca_file, payload, start + seconds, counts)
    threads = [threading.Thread(target=_ask, args=arguments) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    out.put(sum(counts) / (time.monotonic() - start))


def _payload(sandbox: Sandbox, method: str, path: str, body: bytes) -> bytes:
    head = (
        f"{method} {path} HTTP/1.1\r\nHost: {HOST}\r\nAuthorization: Bearer {sandbox.token}\r\n"
        f"Notion-Version: 2026-03-11\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def main() -> None:
    """Runs the measurement."""
    parser = argparse.ArgumentParser(description="Measures the sandbox's answers per second over TLS.")
    parser.add_argument("--seconds", type=float, default=5.0)
    seconds = parser.parse_args().seconds
    context = multiprocessing.get_context("spawn")
    with running_sandbox({"notion": {"per_minute": 10**9, "workspace_per_minute": 10**9}}) as sandbox:
        parent = {"type": "data_source_id", "data_source_id": sandbox.data_source_id}
        title = {"Name": {"title": [{"text": {"content": "A track"}}]}}
        row = json.dumps({"parent": parent, "properties": title}).encode()
        for name, payload in (
            ("GET /v1/users/me", _payload(sandbox, "GET", "/v1/users/me", b"")),
            ("POST /v1/pages", _payload(sandbox, "POST", "/v1/pages", row)),
        ):
            out: multiprocessing.Queue[float] = context.Queue()
            arguments = (sandbox.proxy_url, str(sandbox.ca_file), payload, seconds, out)
            client = context.Process(target=_client, args=arguments)
            client.start()
            print(f"{name}: {out.get(timeout=seconds + 60):,.0f} answers/s")
            client.join()


if __name__ == "__main__":
    main()
