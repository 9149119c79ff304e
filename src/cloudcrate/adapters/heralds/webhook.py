"""Posts a run's end, signed, to one address.

The body is the ending as JSON. ``X-Cloudcrate-Signature: t=SECONDS,v1=HEX`` holds the HMAC-SHA256 of
``SECONDS.BODY`` under the shared secret; ``Idempotency-Key`` is the run's id, the same at every attempt.
"""

import hashlib
import hmac
import ipaddress
import json
import urllib.parse
import urllib.request
from contextlib import suppress

from cloudcrate.adapters import patience
from cloudcrate.adapters.http import Door, Hosts, Outgoing, Reply
from cloudcrate.adapters.http_address import host_of
from cloudcrate.core.ending import Ending, document
from cloudcrate.errors import (
    CredentialsError,
    RefusedError,
    RejectedError,
    ThrottledError,
    UnavailableError,
    UsageError,
)
from cloudcrate.ports.ledger import Budgets
from cloudcrate.ports.world import Clock
from cloudcrate.tokens import Secret

DEADLINE = 6.0  # seconds for the whole exchange
LONGEST_HOLD = 0.5
MOST_ANSWER = 64 * 1024  # bytes: it is not read, only its status is
SHORTEST_SECRET = 16


class OneAddress(Hosts):
    """Nothing but the whole links in ``exact``: those that the user gave, on any port."""

    __slots__ = ()

    def allows(self, url: str) -> bool:
        """Says whether ``url`` is one of them."""
        return url in self.exact


class Impatient:
    """A clock for the door of a webhook: it does not sleep for as long as a service may ask for."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.now, self.monotonic = clock.now, clock.monotonic

    def sleep(self, seconds: float) -> None:
        """Waits for a moment. Raises: ThrottledError instead of a longer wait; StoppedError."""
        if seconds > LONGEST_HOLD:
            raise ThrottledError("It has asked to be left alone for a while.", retry_after=seconds)
        self._clock.sleep(seconds)


def open_webhook(clock: Clock, budgets: Budgets, *, url: Secret, secret: Secret) -> "Webhook":
    """A webhook with a door of its own, to be closed. Raises: UsageError."""
    return Webhook(Door(clock=Impatient(clock), budgets=budgets), url=url, secret=secret)


class Webhook:
    """See the module. The whole address is secret: services put a token in its path."""

    def __init__(self, door: Door, *, url: Secret, secret: Secret) -> None:
        """``door`` should go by an ``Impatient`` clock. Raises: UsageError for an address that is not safe."""
        _check(url.reveal())
        if len(secret.reveal().encode()) < SHORTEST_SECRET:
            raise UsageError(
                f"The webhook's secret is shorter than {SHORTEST_SECRET} bytes.",
                hint="Make one: python -c 'import secrets; print(secrets.token_urlsafe(32))'",
            )
        self._door = door
        self._url = url
        self._secret = secret
        self._hosts = OneAddress(name="webhook", exact=frozenset({url.reveal()}))

    @property
    def name(self) -> str:
        """See ``Herald``."""
        return "the webhook"

    def tell(self, ending: Ending) -> None:
        """Makes one attempt. Raises: UnavailableError, ThrottledError, CredentialsError, RejectedError, …"""
        found = document(ending)
        moment = int(self._door.clock.now())
        body = json.dumps(found).encode()  # as the door sends it
        outgoing = Outgoing(
            method="POST",
            url=self._url.reveal(),
            hosts=self._hosts,
            headers={
                "Content-Type": "application/json",
                "User-Agent": "cloudcrate",
                "Idempotency-Key": ending.run_id,
                "X-Cloudcrate-Signature": f"t={moment},v1={signature(self._secret, moment, body)}",
            },
            json=found,
            deadline=DEADLINE,
            max_bytes=MOST_ANSWER,
            follow=False,
        )
        self._judge(self._door.send(outgoing))

    def close(self) -> None:
        """Closes its connections."""
        self._door.close()

    def _judge(self, reply: Reply) -> None:
        """Raises what an answer asks for."""
        status, said = reply.status, f"{host_of(self._url.reveal())} answered {reply.status}"
        if 200 <= status < 300:
            return
        if status < 400:
            raise RefusedError(f"{said}: redirects are not followed.", hint="Give the address that it leads to.")
        asked = patience.asked_wait(reply.headers, self._door.clock.now())
        if status == 429 or (status in patience.REFUSING and asked):
            raise ThrottledError(f"{said}: too many requests.", retry_after=asked or 0.0)
        if status in (408, 425) or status >= 500:
            raise UnavailableError(f"{said}.")
        if status in (401, 403):
            raise CredentialsError(f"{said}.", hint="Check the webhook's address and secret.")
        raise RejectedError(f"{said}.", hint="Check the webhook's address.")


def signature(secret: Secret, moment: int, body: bytes) -> str:
    """The HMAC-SHA256 of ``MOMENT.BODY``, as hex digits."""
    return hmac.new(secret.reveal().encode(), b"%d." % moment + body, hashlib.sha256).hexdigest()


def _check(url: str) -> None:
    """Raises: UsageError for an address that would tell strangers. Its words do not hold the address."""
    try:
        parts = urllib.parse.urlsplit(url)
        host, named = parts.hostname or "", parts.username is not None or parts.port == 0
    except ValueError:
        host, named, parts = "", False, urllib.parse.urlsplit("")
    wrong = ""
    if not host or not url.isascii() or not url.isprintable() or " " in url or parts.fragment:
        wrong = "cannot be read"
    elif named:
        wrong = "holds a user's name or no port"
    elif parts.scheme != "https" and not (parts.scheme == "http" and _is_loopback(host)):
        wrong = "is not https"
    elif parts.scheme == "http" and _goes_to_proxy(host):
        wrong = f"would go to the proxy unencrypted: add {host} to NO_PROXY"
    if wrong:
        raise UsageError(
            f"The webhook's address {wrong}.", hint="Give https://HOST/PATH; http only for this machine itself."
        )


def _is_loopback(host: str) -> bool:
    if host.lower() == "localhost":
        return True
    with suppress(ValueError):
        return ipaddress.ip_address(host).is_loopback
    return False


def _goes_to_proxy(host: str) -> bool:
    proxies = urllib.request.getproxies()
    return bool(proxies.get("http") or proxies.get("all")) and not urllib.request.proxy_bypass(host)
