"""What happens when a run ends: the tables [notify], [handoff] and [webhook] of the settings."""

import ipaddress
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Literal, TypeVar
from urllib.parse import urlsplit

from cloudcrate.errors import CredentialsError, UsageError
from cloudcrate.settings_keys import Given, Key, file_of, first
from cloudcrate.tokens import KEYRING, Secret

When = Literal["always", "changes", "problems"]
WHEN: tuple[When, ...] = ("always", "changes", "problems")


@dataclass(frozen=True, slots=True, kw_only=True)
class Notify:
    """Who is told through Apprise."""

    urls: tuple[Secret, ...] = ()  # none: nobody
    when: When = "changes"  # after every run, after those that changed something or failed, after those with problems


@dataclass(frozen=True, slots=True, kw_only=True)
class Handoff:
    """Where a file is left for another program."""

    folder: Path | None = None  # None: nowhere
    name: str = "cloudcrate"
    recipient: str = "anyone"


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhook:
    """Where a signed message is posted. Both are given, or neither."""

    url: str = field(default="", repr=False)  # https, or http on this machine; its path may be a secret
    secret: Secret | None = None


T = TypeVar("T")

SHORTEST_SECRET = 16
LONGEST_PART = 60
MAKE_ONE = "Make one: python3 -c 'import secrets; print(secrets.token_hex())'"


def apprise_url(text: str) -> Secret:
    """An Apprise URL. Raises: UsageError, which does not repeat it."""
    if not re.fullmatch(r"[a-z][a-z0-9+.-]*://\S+", text, re.IGNORECASE) or not text.isprintable():
        raise UsageError("not all of it are Apprise URLs.", hint="They look like: ntfys://ntfy.sh/topic")
    return Secret(text)


def moment(text: str) -> str:
    """One of WHEN. Raises: UsageError."""
    word = text.strip().lower()
    if word not in WHEN:
        raise UsageError(f"{text!r} is no occasion.", hint=f"Choose one of {', '.join(WHEN)}.")
    return word


def name_part(text: str) -> str:
    """A part of a file's name. Raises: UsageError."""
    name = text.strip()
    if not name or len(name) > LONGEST_PART or not name.isprintable() or set(name) & set("/\\") or name[0] == ".":
        raise UsageError(
            f"{text!r} cannot be a part of a file's name.",
            hint=f"Give up to {LONGEST_PART} characters without slashes, and no dot in front.",
        )
    return name


def webhook_url(text: str) -> str:
    """An address to post to. Raises: UsageError, which does not repeat it."""
    hint = "It should look like https://host.example/path; http is for this machine alone."
    try:
        parts = urlsplit(text)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        raise UsageError("it is no address.", hint=hint) from None
    if not host or parts.scheme not in ("http", "https") or not text.isprintable() or " " in text:
        raise UsageError("it is no https address.", hint=hint)
    if parts.username is not None or parts.password is not None or parts.fragment:
        raise UsageError("it should have no user, password or fragment: what is posted is signed.", hint=hint)
    if parts.scheme == "http" and not _is_here(host):
        raise UsageError("http would carry everything in the clear.", hint=hint)
    return text


def webhook_secret(text: str) -> Secret:
    """What messages are signed with. Raises: UsageError, which does not repeat it."""
    secret = text.strip()
    if len(secret) < SHORTEST_SECRET or not secret.isprintable():
        raise UsageError(f"it should be one line of {SHORTEST_SECRET} characters or more.", hint=MAKE_ONE)
    return Secret(secret)


KEYS = (
    Key(
        name="notify.urls",
        about="whom to tell when a run has ended: a list of Apprise URLs, which are secrets",
        usual="nobody",
        secret_variables=("CLOUDCRATE_NOTIFY_URLS",),
        kind=tuple,
        read=apprise_url,
        example='["ntfys://ntfy.sh/my-topic"]',
    ),
    Key(
        name="notify.urls_file",
        about="a file with such URLs, one a line",
        usual="none",
        variables=("CLOUDCRATE_NOTIFY_URLS_FILE",),
        kind=Path,
        example='"notify-urls"',
    ),
    Key(
        name="notify.keyring",
        about="take them from the system's keyring, where nothing else gives them",
        usual="false",
        variables=("CLOUDCRATE_NOTIFY_KEYRING",),
        kind=bool,
        example="true",
    ),
    Key(
        name="notify.when",
        about="after which runs: `always`, `changes` (or failures), `problems`",
        usual="changes",
        variables=("CLOUDCRATE_NOTIFY_WHEN",),
        read=moment,
        example='"changes"',
    ),
    Key(
        name="handoff.folder",
        about="a folder that gets a JSON file about each run, for another program",
        usual="none",
        variables=("CLOUDCRATE_HANDOFF_FOLDER",),
        kind=Path,
        example='"~/handoff"',
    ),
    Key(
        name="handoff.name",
        about="the name of the sender in the file's name",
        usual="cloudcrate",
        variables=("CLOUDCRATE_HANDOFF_NAME",),
        read=name_part,
        example='"cloudcrate"',
    ),
    Key(
        name="handoff.recipient",
        about="for whom the file is, in its name",
        usual="anyone",
        variables=("CLOUDCRATE_HANDOFF_RECIPIENT",),
        read=name_part,
        example='"anyone"',
    ),
    Key(
        name="webhook.url",
        about="an https address to which the same is posted, signed",
        usual="none",
        secret_variables=("CLOUDCRATE_WEBHOOK_URL",),
        read=webhook_url,
        example='"https://host.example/cloudcrate"',
    ),
    Key(
        name="webhook.secret",
        about=f"what it is signed with: {SHORTEST_SECRET} characters or more",
        usual="none",
        secret_variables=("CLOUDCRATE_WEBHOOK_SECRET",),
        read=webhook_secret,
        example='"…"',
    ),
    Key(
        name="webhook.secret_file",
        about="a file with that secret",
        usual="none",
        variables=("CLOUDCRATE_WEBHOOK_SECRET_FILE",),
        kind=Path,
        example='"webhook-secret"',
    ),
    Key(
        name="webhook.keyring",
        about="take address and secret from the system's keyring, where nothing else gives them",
        usual="false",
        variables=("CLOUDCRATE_WEBHOOK_KEYRING",),
        kind=bool,
        example="true",
    ),
)


Kept = Callable[[str], str]
"""What a keyring holds under a name. Raises: UsageError, CredentialsError."""


def notify(given: Mapping[str, Given], path: Path, kept: Kept) -> Notify:
    """Reads [notify]. Raises: UsageError, CredentialsError; neither repeats a URL."""
    urls: list[Secret] = []
    found = first(given.get("notify.urls"), given.get("notify.urls_file"))
    for one in found:
        if isinstance(one.value, tuple):
            urls += one.value
            continue
        file = file_of(one, path)
        lines = (line.strip() for line in _lines(file, one.where))
        words = [line for line in lines if line and not line.startswith("#")]
        urls += _read(partial(_apprise_urls, words), f"{one.where}: {file}")
    if not found and _value(given, "notify.keyring"):
        urls = _kept(kept, "notify.urls", lambda text: _apprise_urls(text.split()))
    when = next((one for one in WHEN if one == _value(given, "notify.when")), Notify().when)
    return Notify(urls=tuple(dict.fromkeys(urls)), when=when)


def handoff(given: Mapping[str, Given], path: Path) -> Handoff:
    """Reads [handoff]."""
    folder = given.get("handoff.folder")
    usual = Handoff()
    return Handoff(
        folder=None if folder is None else file_of(folder, path),
        name=str(_value(given, "handoff.name") or usual.name),
        recipient=str(_value(given, "handoff.recipient") or usual.recipient),
    )


def webhook(given: Mapping[str, Given], path: Path, kept: Kept) -> Webhook:
    """Reads [webhook]. Raises: UsageError, CredentialsError; neither repeats a secret."""
    in_keyring = bool(_value(given, "webhook.keyring"))
    url = given.get("webhook.url")
    if url is None and not in_keyring:
        return Webhook()
    address = _kept(kept, "webhook.url", webhook_url) if url is None else str(url.value)
    found = first(given.get("webhook.secret"), given.get("webhook.secret_file"))
    if len(found) > 1:
        raise UsageError(
            f"{found[0].where} and {found[1].where} both give a secret.", hint="Keep one of them: the file is safer."
        )
    if found:
        secret = _secret(found[0], path)
    elif in_keyring:
        secret = _kept(kept, "webhook.secret", webhook_secret)
    else:
        where = given["webhook.url"].where
        raise UsageError(f"{where} has no secret to sign with.", hint=f"Set webhook.secret_file. {MAKE_ONE}")
    return Webhook(url=address, secret=secret)


def _secret(given: Given, path: Path) -> Secret:
    if isinstance(given.value, Secret):
        return given.value
    file = file_of(given, path)
    text = "\n".join(_lines(file, given.where))
    return _read(partial(webhook_secret, text), f"{given.where}: {file}")


def _apprise_urls(words: list[str]) -> list[Secret]:
    return [apprise_url(word) for word in words]


def _kept(kept: Kept, name: str, read: Callable[[str], T]) -> T:
    return _read(partial(read, kept(name)), f"{KEYRING}: {name}")


def _read(read: Callable[[], T], where: str) -> T:
    """What is read, or why not, with its place."""
    try:
        return read()
    except UsageError as error:
        raise UsageError(f"{where}: {error.message}", hint=error.hint) from error


def _value(given: Mapping[str, Given], name: str) -> object:
    return given[name].value if name in given else None


def _lines(file: Path, where: str) -> list[str]:
    try:
        return file.read_text("utf-8-sig").splitlines()
    except (OSError, ValueError) as error:
        raise CredentialsError(
            f"{where}: the file {file} cannot be read: {type(error).__name__}.",
            hint="Let it be a text file, readable by you alone.",
        ) from error


def _is_here(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
