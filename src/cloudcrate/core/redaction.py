"""Takes out of a text what would give somebody access: tokens, secret links, signed links.

It knows shapes, not the secrets themselves, and rather takes too much: the query of every link goes, for that is
where links are signed, and a word like ``s-1a2B3c4D5e6`` is taken for the token of a secret link.
"""

import re

GONE = "(redacted)"

_LINK = re.compile(r"\b([a-z][a-z0-9+.-]{0,30}://)([^\s<>\"'`]+)", re.IGNORECASE)
_SECRET_PATH = re.compile(r"/s-[A-Za-z0-9]{3,64}(?![\w-])")
_PLACE = re.compile(r"\bsoundcloud\.com/[^\s<>\"'`]+", re.IGNORECASE)
_WORDS = re.compile(
    r"(?<![A-Za-z0-9])(?:"
    r"ntn_\w{6,}"  # Notion
    r"|secret_\w{16,}"  # Notion, before 2024
    r"|whsec_[\w+/=-]{8,}"  # a webhook's
    r"|[0-9]-[0-9]{3,}-[0-9]+-[A-Za-z0-9]{8,}"  # SoundCloud
    r"|eyJ[\w-]{8,}\.[\w-]{8,}(?:\.[\w-]*)?"  # JSON Web Token
    r"|(?:AKIA|ASIA)[A-Z0-9]{16}"  # of an object store
    r"|s-(?=[A-Za-z0-9]*[0-9A-Z])[A-Za-z0-9]{5,64}(?![\w-])"  # of a secret link
    r")"
)
_SCHEMES = re.compile(
    r"\b((?i:OAuth|Bearer))(?:\s+|%20)[\w.~+/=-]{6,}"
    r"|\b(Basic)\s+(?=\S*(?:[0-9=]|[a-z][A-Z]))[A-Za-z0-9+/]{8,}={0,2}"  # not the label Basic Channel
)
_KEYS = re.compile(
    r"(?<![A-Za-z0-9])(?:"
    r"((?:policy|signature|sig|token|secret|password|passwd)[\"']?(?:=|%3d|(?<=[\"']):[ ]?)[\"']?)"
    r"|((?:key-pair-id|client_id|client_secret|(?:x-amz|x-goog)-[a-z-]{1,40}|track_authorization|authorization"
    r"|(?:oauth_|access_|refresh_|secret_|auth_|id_)token|api[_-]?key)[\"']?(?:=|%3d|:[ ]?)[\"']?)"
    r")(?!\(redacted\))[^\s&#;,\"'<>]+",
    re.IGNORECASE,
)


def redacted(text: str) -> str:
    """``text`` without what is secret in it. Doing it twice changes nothing."""
    for _ in range(MOST):
        before, text = text, _once(text)
        if text == before:
            break
    return text


MOST = 8
"""Looks at one text: what is taken out may have hidden where another secret begins."""


def _once(text: str) -> str:
    text = _LINK.sub(_link, text)
    text = _PLACE.sub(lambda found: _SECRET_PATH.sub(f"/{GONE}", found[0]), text)
    text = _SCHEMES.sub(lambda found: f"{found[1] or found[2]} {GONE}", text)
    text = _WORDS.sub(GONE, text)
    return _KEYS.sub(lambda found: f"{found[1] or found[2]}{GONE}", text)


def _link(found: re.Match[str]) -> str:
    """A link without user, password, secret token, query and fragment."""
    scheme, rest = found[1], found[2]
    bare = re.split(r"[?#]", rest, maxsplit=1)[0]
    host, slash, path = bare.partition("/")
    host = host.rpartition("@")[2]
    query = f"?{GONE}" if len(rest) > len(bare) else ""
    return f"{scheme}{host}{_SECRET_PATH.sub(f'/{GONE}', slash + path)}{query}"
