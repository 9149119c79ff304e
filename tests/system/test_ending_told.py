"""The end of a run told over real sockets on loopback: signed, encrypted, and with what Apprise makes of it."""

import json
import re
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from endings_made import FAILED, made
from memory import MemoryLedger, SimulatedClock
from receiver import receiving

from cloudcrate.adapters.clock import SystemClock
from cloudcrate.adapters.heralds.apprise import targets
from cloudcrate.adapters.heralds.handoff import Handoff
from cloudcrate.adapters.heralds.webhook import Webhook, open_webhook
from cloudcrate.app.endings import Endings, Told
from cloudcrate.core.ending import document, summary
from cloudcrate.errors import UnavailableError
from cloudcrate.ports.heralds import Herald
from cloudcrate.sandbox.certificates import Authority
from cloudcrate.tokens import Secret

DOCUMENT = Path(__file__).parents[2] / "docs" / "endings.md"
SECRET = "a secret of more than sixteen bytes"


def genuine() -> Callable[[str, str, bytes], bool]:
    """What the documentation tells receivers to do."""
    (block,) = re.findall(r"```python\n(.*?)```", DOCUMENT.read_text("utf-8"), re.DOTALL)
    assert len(list(filter(None, block.splitlines()))) == 6
    names: dict[str, Callable[[str, str, bytes], bool]] = {}
    exec(compile(block, str(DOCUMENT), "exec"), names)
    return names["is_genuine"]


def webhook(url: str) -> Webhook:
    ledger = MemoryLedger(SimulatedClock())
    return open_webhook(SystemClock(threading.Event()), ledger, url=Secret(url), secret=Secret(SECRET))


@pytest.fixture
def authority(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Authority:
    """One that this process trusts by SSL_CERT_FILE alone."""
    authority = Authority()
    authority.write(tmp_path / "authority.pem")
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_DIR"):
        monkeypatch.setenv(name, "")  # so that what is set meanwhile is taken back
        monkeypatch.delenv(name)
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "authority.pem"))
    return authority


def test_the_documented_way_tells_a_genuine_request_from_others(authority: Authority) -> None:
    is_genuine = genuine()
    with receiving(authority.server_context("localhost")) as receiver:
        herald = webhook(f"https://localhost:{receiver.port}/in?token=1")
        herald.tell(made(FAILED))
        herald.close()
    (posted,) = receiver.posted
    header, body = posted.headers["x-cloudcrate-signature"], posted.body
    assert posted.path == "/in?token=1"
    assert json.loads(body) == document(made(FAILED))
    assert is_genuine(SECRET, header, body)
    assert not is_genuine(SECRET + "x", header, body)
    assert not is_genuine(SECRET, header, body + b" ")
    assert not is_genuine(SECRET, header.replace("v1=", "v1=ä"), body)
    moment = int(header.removeprefix("t=").partition(",")[0])
    assert abs(moment - time.time()) < 60
    assert not is_genuine(SECRET, header.replace(f"t={moment}", f"t={moment + 1}"), body)


def test_a_certificate_that_nobody_trusts_is_told_nothing(authority: Authority) -> None:
    stranger = Authority()
    with receiving(stranger.server_context("localhost")) as receiver:
        herald = webhook(f"https://localhost:{receiver.port}/in")
        with pytest.raises(UnavailableError, match="certificate"):
            herald.tell(made())
        herald.close()
    assert receiver.posted == []


def test_every_attempt_bears_the_same_key(authority: Authority) -> None:
    said: list[str] = []
    with receiving(authority.server_context("localhost")) as receiver:
        receiver.statuses = [503, 500]
        herald = webhook(f"https://localhost:{receiver.port}/in")
        Endings([Told(herald=herald)], SimulatedClock(), said.append).announce(made())
        herald.close()
    assert said == []
    assert [posted.headers["idempotency-key"] for posted in receiver.posted] == ["a1b2"] * 3
    assert len({posted.body for posted in receiver.posted}) == 1


def test_apprise_trusts_what_we_trust_and_sends_the_summary(authority: Authority) -> None:
    with receiving(authority.server_context("localhost")) as receiver:
        (target,) = targets([Secret(f"jsons://user:canary@localhost:{receiver.port}/in")])
        target.tell(made(FAILED, exit_code=3))
    (posted,) = receiver.posted
    found = json.loads(posted.body)
    assert (found["title"], found["message"]) == summary(made(FAILED, exit_code=3))
    assert found["type"] == "warning"


def test_what_leaves_this_machine_goes_through_the_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    with receiving() as proxy:
        proxy.status = 503
        monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{proxy.port}")
        monkeypatch.setenv("NO_PROXY", "")
        herald = webhook("https://hooks.example.org/in")
        both: list[Herald] = [herald, *targets([Secret("jsons://hooks.example.org/in")])]
        for one in both:
            with pytest.raises(UnavailableError):
                one.tell(made())
        herald.close()
    assert [posted.path for posted in proxy.posted] == ["hooks.example.org:443"] * 2


def test_the_documented_example_has_every_key() -> None:
    (block,) = re.findall(r"^    \{\n.*?^    \}\n", DOCUMENT.read_text("utf-8"), re.DOTALL | re.MULTILINE)
    shown, real = json.loads(block), document(made(FAILED))
    assert list(shown) == list(real)
    assert list(shown["request"]) == list(real["request"])
    assert list(shown["problems"][0]) == list(real["problems"][0])
    assert set(shown["report"]) <= set(real["report"])


def test_all_three_are_told_and_one_that_is_away_is_one_line(tmp_path: Path) -> None:
    said: list[str] = []
    with receiving() as receiver, receiving() as other:
        other.silent = True
        urls = [f"json://127.0.0.1:{receiver.port}/one", f"json://user:canary@127.0.0.1:{other.port}/canary"]
        hook = webhook(f"http://127.0.0.1:{receiver.port}/hook")
        heralds: list[Herald] = [
            Handoff(tmp_path, name="studio", recipient="agent"),
            hook,
            *targets([Secret(url) for url in urls]),
        ]
        Endings([Told(herald=h) for h in heralds], SimulatedClock(), said.append).announce(made())
        hook.close()
    assert [posted.path for posted in receiver.posted] == ["/hook", "/one"]
    assert len(other.posted) == 3
    assert said == ["notification 2 was not told how the run ended: JSON did not take it."]
    assert len(list(tmp_path.iterdir())) == 1
