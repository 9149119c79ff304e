"""The webhook: signed, to the one address that its user gave, and what its answers mean."""

import hashlib
import hmac
import json
from collections.abc import Callable

import httpx
import pytest
from endings_made import FAILED, made
from memory import MemoryLedger, SimulatedClock

from cloudcrate.adapters.heralds.webhook import Impatient, Webhook
from cloudcrate.adapters.http import Door
from cloudcrate.core.ending import document
from cloudcrate.errors import (
    CloudcrateError,
    CredentialsError,
    RefusedError,
    RejectedError,
    ThrottledError,
    UnavailableError,
    UnknownOutcomeError,
    UsageError,
)
from cloudcrate.tokens import Secret

URL = "https://hooks.example.org:8443/in/canary?key=canary"
SECRET = "canary-0123456789"


def webhook(answer: Callable[[httpx.Request], httpx.Response], clock: SimulatedClock | None = None) -> Webhook:
    clock = clock or SimulatedClock()
    door = Door(clock=Impatient(clock), budgets=MemoryLedger(clock), transport=httpx.MockTransport(answer))
    return Webhook(door, url=Secret(URL), secret=Secret(SECRET))


def test_it_posts_the_ending_with_a_signature_that_fits() -> None:
    asked: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return httpx.Response(200)

    webhook(answer, SimulatedClock(start=1_800_000_000.7)).tell(made(FAILED))
    (request,) = asked
    assert (request.method, str(request.url)) == ("POST", URL)
    assert json.loads(request.content) == document(made(FAILED))
    wanted = hmac.new(SECRET.encode(), b"1800000000." + request.content, hashlib.sha256).hexdigest()
    assert request.headers["x-cloudcrate-signature"] == f"t=1800000000,v1={wanted}"
    assert request.headers["idempotency-key"] == "a1b2"
    assert request.headers["content-type"] == "application/json"
    assert request.headers["user-agent"] == "cloudcrate"


@pytest.mark.parametrize(
    ("status", "headers", "kind"),
    [
        (301, {"location": "https://evil.example/"}, RefusedError),
        (307, {"location": "/elsewhere"}, RefusedError),
        (400, {}, RejectedError),
        (404, {}, RejectedError),
        (401, {}, CredentialsError),
        (403, {}, CredentialsError),
        (408, {}, UnavailableError),
        (429, {}, ThrottledError),
        (429, {"retry-after": "7"}, ThrottledError),
        (500, {}, UnavailableError),
        (503, {}, UnavailableError),
        (503, {"retry-after": "7"}, ThrottledError),
    ],
)
def test_an_answer_that_is_no_success_is_a_stated_error(
    status: int, headers: dict[str, str], kind: type[CloudcrateError]
) -> None:
    asked: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(str(request.url))
        return httpx.Response(status, headers=headers, content=b"canary")

    with pytest.raises(CloudcrateError) as caught:
        webhook(answer).tell(made())
    assert type(caught.value) is kind
    assert asked == [URL]
    assert "canary" not in caught.value.message + caught.value.hint
    if isinstance(caught.value, ThrottledError) and headers:
        assert caught.value.retry_after == 7.0


def test_an_answer_that_never_came_may_be_asked_for_again() -> None:
    def answer(_: httpx.Request) -> httpx.Response:
        raise httpx.ReadTimeout("slow")

    with pytest.raises(UnknownOutcomeError):
        webhook(answer).tell(made())


def test_a_long_wait_that_it_asks_for_is_told_and_not_slept() -> None:
    clock = SimulatedClock()
    hook = webhook(lambda _: httpx.Response(503, headers={"retry-after": "600"}), clock)
    for _ in range(2):
        with pytest.raises(ThrottledError) as caught:
            hook.tell(made())
        assert caught.value.retry_after == pytest.approx(600.0, abs=1.0)
    assert clock.slept == []
    clock.advance(601.0)
    with pytest.raises(ThrottledError, match="503"):
        hook.tell(made())


@pytest.mark.parametrize(
    "url",
    [
        "http://example.org/x",
        "http://127.0.0.1.example.org/x",
        "http://10.0.0.1/x",
        "ftp://127.0.0.1/x",
        "https://",
        "https:///canary",
        "https://user:canary@example.org/x",
        "https://example.org:99999/canary",
        "https://example.org/x#canary",
        "https://exa mple.org/canary",
        "https://example.org/\ncanary",
        "https://[canary",
        "canary",
        "",
    ],
)
def test_an_address_that_would_tell_strangers_is_refused_unseen(url: str) -> None:
    clock = SimulatedClock()
    door = Door(clock=clock, budgets=MemoryLedger(clock))
    with pytest.raises(UsageError) as caught:
        Webhook(door, url=Secret(url), secret=Secret(SECRET))
    assert "canary" not in caught.value.message + caught.value.hint


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:80/x", "http://[::1]:8000/x", "http://localhost/x", "https://10.0.0.1/x"]
)
def test_this_machine_may_be_told_without_encryption(url: str) -> None:
    clock = SimulatedClock()
    Webhook(Door(clock=clock, budgets=MemoryLedger(clock)), url=Secret(url), secret=Secret(SECRET))


def test_what_would_go_to_a_proxy_unencrypted_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = SimulatedClock()
    door = Door(clock=clock, budgets=MemoryLedger(clock))
    monkeypatch.setenv("HTTP_PROXY", "http://proxy.example:3128")
    monkeypatch.setenv("NO_PROXY", "")
    with pytest.raises(UsageError, match="NO_PROXY"):
        Webhook(door, url=Secret("http://127.0.0.1/x"), secret=Secret(SECRET))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    Webhook(door, url=Secret("http://127.0.0.1/x"), secret=Secret(SECRET))


def test_a_secret_that_can_be_guessed_is_refused() -> None:
    clock = SimulatedClock()
    with pytest.raises(UsageError, match="shorter than 16"):
        Webhook(Door(clock=clock, budgets=MemoryLedger(clock)), url=Secret(URL), secret=Secret("canary"))
