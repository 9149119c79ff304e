"""Signed links: a policy that names a resource and an end, and a signature over it.

A link lives for the track's length and two minutes more (measured on twelve recorded links).
"""

import base64
import hashlib
import hmac
import json
from fnmatch import fnmatchcase
from urllib.parse import parse_qs, urlencode

GRACE = 120.0  # seconds beyond the track's length
KEY_PAIR = "SANDBOXKEYPAIR"
_KEY = b"cloudcrate sandbox signing"


def signed(url: str, resource: str, expires: float) -> str:
    """``url`` with a policy for ``resource`` that ends at ``expires`` (epoch seconds)."""
    condition = {"DateLessThan": {"AWS:EpochTime": int(expires)}}
    policy = _encoded(json.dumps({"Statement": [{"Resource": resource, "Condition": condition}]}).encode())
    query = urlencode({"Policy": policy, "Signature": _signature(policy), "Key-Pair-Id": KEY_PAIR})
    return f"{url}?{query}"


def is_valid(url: str, query: str, now: float) -> bool:
    """Says whether a link's query is signed, not over, and about ``url`` (given without its query)."""
    values = parse_qs(query)
    policy, signature = values.get("Policy", [""])[0], values.get("Signature", [""])[0]
    if not hmac.compare_digest(signature, _signature(policy)):
        return False
    statement = json.loads(_decoded(policy))["Statement"][0]
    return fnmatchcase(url, statement["Resource"]) and now < statement["Condition"]["DateLessThan"]["AWS:EpochTime"]


def _signature(policy: str) -> str:
    return _encoded(hmac.new(_KEY, policy.encode(), hashlib.sha256).digest())


def _encoded(data: bytes) -> str:
    return base64.b64encode(data).decode().replace("+", "-").replace("=", "_").replace("/", "~")


def _decoded(text: str) -> bytes:
    return base64.b64decode(text.replace("-", "+").replace("_", "=").replace("~", "/"))
