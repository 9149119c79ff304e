"""The dashboard's socket and its end, with a real server on loopback."""

import os
import socket
import stat
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from click.testing import CliRunner
from web_bench import House

from cloudcrate.cli.main import cli
from cloudcrate.errors import CredentialsError, UsageError
from cloudcrate.web.entrance import Bind
from cloudcrate.web.server import NEXT, PORT, listening, serving

PATIENCE = 20.0


@contextmanager
def served() -> Iterator[tuple[House, httpx.Client]]:
    """A house with a server before it, and a guest."""
    listener = listening("127.0.0.1", free_port())
    house = House(bind=Bind(host="127.0.0.1", port=listener.getsockname()[1]))
    with (
        listener,
        serving(house.app, listener),
        httpx.Client(base_url=house.bind.url, timeout=PATIENCE, trust_env=False) as client,
    ):
        assert client.get("/", params={"token": house.entrance.token}).status_code == 303
        yield house, client
        house.stop.set()


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        return int(found.getsockname()[1])


def test_a_page_comes_over_a_socket() -> None:
    with served() as (_, client):
        page = client.get("/")
        assert page.status_code == 200
        assert "server" not in page.headers
        assert client.get("/", headers={"Host": "evil.example"}).status_code == 421


def test_a_header_of_a_proxy_is_not_believed() -> None:
    with served() as (house, client):
        told = {"X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "https", "X-Forwarded-For": "9.9.9.9"}
        assert client.get("/", headers=told).status_code == 200
        origin = {"Origin": "https://evil.example", **told}
        assert client.post("/add", data={"words": "x"}, headers=origin).status_code == 403
        assert house.desk.jobs() == ()


def test_an_open_live_page_does_not_hold_the_end_up() -> None:
    with served() as (house, client):
        planned = house.desk.plan(house.world.order)
        house.gate.clear()
        job = house.desk.start(planned.id)
        got: list[str] = []
        begun = threading.Event()

        def follow() -> None:
            with client.stream("GET", f"/jobs/{job.id}/events") as answer:
                for piece in answer.iter_text():
                    got.append(piece)
                    begun.set()

        page = threading.Thread(target=follow)
        page.start()
        assert begun.wait(PATIENCE)
        house.stop.set()
        page.join(PATIENCE)
        assert not page.is_alive()
        assert "event: state" in "".join(got)
        house.gate.set()
        house.desk.close()


def test_a_reader_that_leaves_makes_room() -> None:
    with served() as (house, client):
        planned = house.desk.plan(house.world.order)
        house.gate.clear()
        job = house.desk.start(planned.id)
        for _ in range(20):  # more than there may be at once
            with client.stream("GET", f"/jobs/{job.id}/events") as answer:
                assert answer.status_code == 200
                next(answer.iter_text())
        house.gate.set()
        house.desk.close()


def test_a_port_that_is_taken_is_said_or_the_next_one_is_used() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(UsageError, match="taken"):
        listening("127.0.0.1", taken.getsockname()[1])
    with listening("127.0.0.1", None) as first, listening("127.0.0.1", None) as second:
        ports = (first.getsockname()[1], second.getsockname()[1])
        assert PORT <= ports[0] < ports[1] <= PORT + NEXT


def test_a_host_that_is_none_is_said() -> None:
    with pytest.raises(UsageError, match="host"):
        listening("no such host", 8137)
    with pytest.raises(UsageError, match=r"not this machine's|taken"):
        listening("192.0.2.1", 8137)


# --- the command ------------------------------------------------------------------------------------


def refused(*words: str, **environment: str) -> BaseException:
    """How the command ends that is to refuse before it serves."""
    result = CliRunner().invoke(cli, ["web", "--no-open", *words], env=environment)
    assert result.exception is not None
    assert "correct horse" not in result.output + str(result.exception)
    return result.exception


def test_another_host_without_a_password_is_refused() -> None:
    error = refused("--host", "0.0.0.0", CLOUDCRATE_WEB_PASSWORD="")
    assert isinstance(error, UsageError)
    assert "password" in error.message


def test_a_password_that_is_too_short_is_refused() -> None:
    error = refused("--host", "0.0.0.0", CLOUDCRATE_WEB_PASSWORD="hunter2")
    assert isinstance(error, UsageError)
    assert "hunter2" not in error.message


def test_a_password_file_is_the_users_alone(tmp_path: Path) -> None:
    path = tmp_path / "password"
    path.write_text("correct horse battery staple\n")
    path.chmod(0o644)
    assert isinstance(refused("--password-file", str(path)), CredentialsError)
    assert stat.S_IMODE(os.stat(path).st_mode) == 0o644


@pytest.mark.parametrize("content", [b"", b"\n", b"\xff\xfe\xfd"])
def test_a_password_file_without_a_password_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "password"
    path.write_bytes(content)
    path.chmod(0o600)
    assert isinstance(refused("--password-file", str(path)), UsageError)
    assert isinstance(refused("--password-file", str(tmp_path / "none")), UsageError)
