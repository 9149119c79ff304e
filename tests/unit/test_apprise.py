"""Notifications through Apprise: what it trusts, and what is said when it cannot be had."""

import subprocess
import sys

import pytest
from endings_made import made

from cloudcrate.adapters.heralds.apprise import targets, trust
from cloudcrate.errors import UsageError
from cloudcrate.tokens import Secret


@pytest.mark.parametrize(
    ("before", "bundle"),
    [
        ({}, None),
        ({"SSL_CERT_FILE": "/ours"}, "/ours"),
        ({"SSL_CERT_DIR": "/ours"}, "/ours"),
        ({"SSL_CERT_FILE": "/ours", "SSL_CERT_DIR": "/others"}, "/ours"),
        ({"SSL_CERT_FILE": "/ours", "REQUESTS_CA_BUNDLE": "/theirs"}, "/theirs"),
        ({"SSL_CERT_FILE": "/ours", "CURL_CA_BUNDLE": "/theirs"}, None),
        ({"SSL_CERT_FILE": ""}, None),
    ],
)
def test_requests_trusts_what_the_rest_trusts_unless_it_is_told_so(before: dict[str, str], bundle: str | None) -> None:
    environment = dict(before)
    trust(environment)
    assert environment.get("REQUESTS_CA_BUNDLE") == bundle
    assert {k: v for k, v in environment.items() if k != "REQUESTS_CA_BUNDLE"} == {
        k: v for k, v in before.items() if k != "REQUESTS_CA_BUNDLE"
    }


@pytest.mark.parametrize("url", ["canary", "nosuchservice://canary", "json://", ""])
def test_a_link_that_apprise_does_not_know_is_named_by_its_place(url: str, capfd: pytest.CaptureFixture[str]) -> None:
    _, second = targets([Secret("json://127.0.0.1"), Secret(url)])
    with pytest.raises(UsageError, match="Link 2 ") as caught:
        second.tell(made())
    assert second.name == "notification 2"
    assert "canary" not in caught.value.message + caught.value.hint + "".join(capfd.readouterr())


WITHOUT = """
import sys
sys.modules["apprise"] = None
from cloudcrate.adapters.heralds.apprise import targets
from cloudcrate.errors import UsageError
from cloudcrate.tokens import Secret
assert targets([]) == ()
try:
    targets([Secret("json://127.0.0.1")])
except UsageError as error:
    print(error.message, error.hint)
"""


def test_without_the_extra_it_says_what_to_install() -> None:
    done = subprocess.run([sys.executable, "-c", WITHOUT], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.startswith("[notify] needs the extra notify, which is not installed. In the checkout: uv tool")


def test_it_is_not_loaded_before_there_is_something_to_send() -> None:
    code = (
        "import sys; from cloudcrate.adapters.heralds.apprise import targets; from cloudcrate.tokens import Secret; "
        "targets([Secret('json://127.0.0.1')]); assert 'apprise' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], timeout=60, check=True)
