"""The network door: where it goes, what it waits for, what its errors mean."""

import socket
import threading
from collections.abc import Callable

import httpx
import pytest
from memory import MemoryLedger, SimulatedClock

from cloudcrate.adapters.http import MEDIA_HOSTS, Budget, Door, Hosts, Outgoing
from cloudcrate.errors import (
    CloudcrateError,
    RefusedError,
    StoppedError,
    ThrottledError,
    UnavailableError,
    UnknownOutcomeError,
)

API = Hosts(name="api", exact=frozenset({"api.example.org", "other.example.org"}))
Answer = Callable[[httpx.Request], httpx.Response]


def door(answer: Answer, clock: SimulatedClock | None = None) -> Door:
    clock = clock or SimulatedClock()
    return Door(clock=clock, budgets=MemoryLedger(clock), transport=httpx.MockTransport(answer))


def get(url: str = "https://api.example.org/x", hosts: Hosts = API, **more: object) -> Outgoing:
    return Outgoing(method="GET", url=url, hosts=hosts, **more)  # type: ignore[arg-type]  # real fields, by name


@pytest.mark.parametrize(
    ("url", "allowed"),
    [
        ("https://cf-media.sndcdn.com/a", True),
        ("https://playback.media-streaming.soundcloud.cloud/a", True),
        ("https://cf-media.sndcdn.com:443/a", True),
        ("http://cf-media.sndcdn.com/a", False),
        ("https://cf-media.sndcdn.com:8443/a", False),
        ("https://sndcdn.com.evil.example/a", False),
        ("https://evilsndcdn.com/a", False),
        ("https://user@cf-media.sndcdn.com/a", False),
        ("https://127.0.0.1/a", False),
        ("https://[::1]/a", False),
        ("https://169.254.169.254/latest", False),
        ("file:///etc/passwd", False),
        ("https://[broken/a", False),
    ],
)
def test_media_comes_from_soundclouds_hosts_over_https_only(url: str, allowed: bool) -> None:
    assert MEDIA_HOSTS.allows(url) is allowed


def test_a_host_that_is_not_allowed_is_not_asked() -> None:
    asked: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return httpx.Response(200)

    with pytest.raises(RefusedError, match="evil"):
        door(answer).send(get("https://evil.example/x?secret=1"))
    assert asked == []


def test_a_redirect_to_another_host_is_checked_and_loses_the_token() -> None:
    seen: list[tuple[str, str | None]] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append((request.url.host, request.headers.get("authorization")))
        target = {"/a": "https://other.example.org/b", "/b": "https://evil.example/c"}.get(request.url.path)
        return httpx.Response(302, headers={"location": target or ""})

    with pytest.raises(RefusedError, match=r"evil\.example"):
        door(answer).send(get("https://api.example.org/a", headers={"Authorization": "Bearer t"}))
    assert seen == [("api.example.org", "Bearer t"), ("other.example.org", None)]


def test_redirects_in_circles_end() -> None:
    with pytest.raises(UnavailableError, match="circles"):
        door(lambda _: httpx.Response(302, headers={"location": "/again"})).send(get())


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (httpx.ConnectError("refused"), UnavailableError),
        (httpx.ConnectTimeout("slow"), UnavailableError),
        (httpx.ProxyError("no"), UnavailableError),
        (httpx.ReadTimeout("slow"), UnknownOutcomeError),
        (httpx.WriteError("broke"), UnknownOutcomeError),
        (httpx.RemoteProtocolError("broke"), UnknownOutcomeError),
    ],
)
def test_what_was_not_sent_is_told_from_what_may_have_arrived(error: httpx.HTTPError, kind: type) -> None:
    def answer(_: httpx.Request) -> httpx.Response:
        raise error

    with pytest.raises(UnavailableError) as caught:
        door(answer).send(get("https://api.example.org/x?token=canary"))
    assert type(caught.value) is kind
    assert "canary" not in caught.value.message + caught.value.hint


def test_every_error_of_the_library_is_mapped() -> None:
    """A new one in httpx would leak; this walks them all."""

    def subclasses(kind: type[httpx.HTTPError]) -> set[type[httpx.HTTPError]]:
        return {kind}.union(*(subclasses(k) for k in kind.__subclasses__()))

    request = httpx.Request("GET", "https://api.example.org")
    kinds = subclasses(httpx.HTTPError) - {httpx.HTTPStatusError}
    assert len(kinds) > 15
    for kind in kinds:

        def answer(_: httpx.Request, kind: type[httpx.HTTPError] = kind) -> httpx.Response:
            raise kind("x", request=request) if issubclass(kind, httpx.RequestError) else kind("x")

        with pytest.raises(CloudcrateError):
            door(answer).send(get())


def test_a_body_that_is_too_long_or_too_slow_is_given_up() -> None:
    clock = SimulatedClock()

    class Drip(httpx.SyncByteStream):
        def __iter__(self):  # type: ignore[no-untyped-def]  # a generator of bytes
            for _ in range(1000):
                clock.advance(1.0)
                yield b"x" * 10

    dripping = door(lambda _: httpx.Response(200, stream=Drip()), clock)
    with pytest.raises(UnavailableError, match="too slowly"):
        dripping.send(get(deadline=600.0, min_rate=2000.0), sink=lambda _: None)
    assert clock.monotonic() < 15
    with pytest.raises(UnavailableError, match="too slowly"):
        dripping.send(get(deadline=30.0), sink=lambda _: None)
    with pytest.raises(UnavailableError, match="too much"):
        door(lambda _: httpx.Response(200, content=b"x" * 100)).send(get(max_bytes=50))


def test_the_budget_is_waited_for_and_the_announcement_comes_after_it() -> None:
    clock = SimulatedClock()
    budget = Budget(name="b", limit=2, window=60.0)
    announced: list[float] = []
    open_door = door(lambda _: httpx.Response(200), clock)
    for _ in range(3):
        open_door.send(get(budget=budget, announce=lambda: announced.append(clock.monotonic())))
    assert announced[:2] == [0.0, 0.0]
    assert announced[2] >= 60.0


def test_what_may_help_is_tried_again_and_what_does_not_is_not() -> None:
    clock = SimulatedClock()
    calls: list[int] = []

    def failing(error: CloudcrateError, times: int) -> Callable[[], int]:
        def call() -> int:
            calls.append(1)
            if len(calls) <= times:
                raise error
            return len(calls)

        return call

    open_door = door(lambda _: httpx.Response(200), clock)
    open_door.send(get())  # somebody has answered: the network is there
    assert open_door.retried(failing(UnavailableError("x"), 4)) == 5
    calls.clear()
    before = clock.monotonic()
    assert open_door.retried(failing(ThrottledError("x", retry_after=40.0), 1)) == 2
    assert clock.monotonic() - before >= 40.0
    calls.clear()
    with pytest.raises(RefusedError):
        open_door.retried(failing(RefusedError("x"), 9))
    assert len(calls) == 1


def test_without_any_network_it_is_said_soon() -> None:
    clock = SimulatedClock()

    def refused(_: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused")

    closed = door(refused, clock)
    with pytest.raises(UnavailableError):
        closed.retried(lambda: closed.send(get()))
    assert clock.monotonic() < 3


def test_a_wait_ends_when_the_user_asks_to_stop() -> None:
    stop = threading.Event()
    clock = SimulatedClock(stop=stop)
    stop.set()
    with pytest.raises(StoppedError):
        door(lambda _: httpx.Response(200), clock).pause(10.0)


def test_a_direct_connection_into_the_own_network_is_refused_before_a_byte_is_sent() -> None:
    """``localhost`` stands for a media host whose name leads into the user's network."""
    listener = socket.socket()
    try:
        listener.bind(("127.0.0.1", 443))
    except OSError:
        pytest.skip("port 443 is not free, or only for root")
    with listener:
        listener.listen()
        clock = SimulatedClock()
        open_door = Door(clock=clock, budgets=MemoryLedger(clock))
        hosts = Hosts(name="media", exact=frozenset({"localhost"}), public=True)
        with pytest.raises(RefusedError, match="private address"):
            open_door.send(get("https://localhost/x", hosts))
        connection, _ = listener.accept()
        with connection:
            connection.settimeout(5)
            assert connection.recv(100) == b""
        open_door.close()
