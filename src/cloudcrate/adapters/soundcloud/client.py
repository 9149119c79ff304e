"""Calls to SoundCloud's web API: the client id that every one carries, retries, and what an answer means."""

import json
import os
import re
import threading
import urllib.parse
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any  # Any: JSON is whatever the service says it is

from cloudcrate.adapters.http import Budget, Door, Hosts, Outgoing, Reply
from cloudcrate.errors import NotFoundError, ThrottledError, UnavailableError

API = "https://api-v2.soundcloud.com"
HOME = "https://soundcloud.com/"
API_HOSTS = Hosts(
    name="SoundCloud",
    exact=frozenset(
        {"api-v2.soundcloud.com", "soundcloud.com", "on.soundcloud.com", "soundcloud.app.goo.gl", "a-v2.sndcdn.com"}
    ),
)
CLIENT_ID = re.compile(r"[0-9a-zA-Z]{32}")
SCRIPT = re.compile(r'<script[^>]+src="(https://a-v2\.sndcdn\.com/assets/[^"]+\.js)"')
HYDRATED = re.compile(r'"hydratable"\s*:\s*"apiClient"\s*,\s*"data"\s*:\s*\{\s*"id"\s*:\s*"(\w{32})"')
IN_SCRIPT = re.compile(r'client_id\s*[:=]\s*"([0-9a-zA-Z]{32})"')
NOTHING: Mapping[str, str] = {}
MAX_PAGES = 500
MAX_EMPTY_PAGES = 10
"""Pages without items in a row after which a list is taken to be endless; ten were seen in real lists."""


class NoClientIdError(Exception):
    """SoundCloud's page does not give a client id."""


class ChallengedError(Exception):
    """SoundCloud wants to see a browser (bot management); the second way may pass."""


class SoundCloudClient:
    """Calls api-v2. One for the process; calls may come from several threads."""

    def __init__(self, door: Door, *, cache_dir: Path, oauth_token: str | None = None) -> None:
        self._door = door
        self._file = cache_dir / "soundcloud-client-id.json"
        self._oauth_token = oauth_token
        self._client_id: str | None = None
        self._lock = threading.Lock()

    @property
    def signed_in(self) -> bool:
        """Says whether calls carry a user's token."""
        return self._oauth_token is not None

    def get(self, url: str, parameters: Mapping[str, str] = NOTHING) -> Any:  # Any: JSON
        """Asks for JSON, again where that may help.

        Raises: NotFoundError, UnavailableError, NoClientIdError, ChallengedError.
        """
        return self._door.retried(lambda: self._checked(self.call(url, parameters)).json())

    def call(self, url: str, parameters: Mapping[str, str], *, budget: Budget | None = None) -> Reply:
        """One call, and a second one with a new client id when the first one's was refused."""
        used = self._known_client_id()
        reply = self._send(url, used, budget, parameters)
        if reply.status == 401:
            reply = self._send(url, self._renewed_client_id(used), budget, parameters)
        if reply.status == 401:
            raise UnavailableError(
                "SoundCloud refuses the client id that its own page gave.", hint="Try again in a few minutes."
            )
        return reply

    def pages(self, path: str) -> Iterator[Any]:  # Any: JSON
        """The items of a list, page after page. Short and empty pages are normal; only ``next_href`` ends it."""
        url, seen, empty = f"{API}{path}?limit=200&linked_partitioning=1", set[str](), 0
        while url not in seen and len(seen) < MAX_PAGES and empty < MAX_EMPTY_PAGES:
            seen.add(url)
            page = self.get(url)
            items = page.get("collection") if isinstance(page, dict) else None
            if not isinstance(items, list):
                raise UnavailableError("SoundCloud answered a list without items.", hint="Try again later.")
            yield from items
            empty = 0 if items else empty + 1
            url = page.get("next_href")
            if not url:
                return
        raise UnavailableError("SoundCloud's list does not end.", hint="Try again later.")

    def first_location(self, url: str) -> str | None:
        """Where a short link leads. The page behind it is not asked: it may be closed to programs."""
        outgoing = Outgoing(method="HEAD", url=url, hosts=API_HOSTS, deadline=30, follow=False)
        reply = self._door.retried(lambda: self._door.send(outgoing), attempts=4)
        if reply.status == 404:
            raise NotFoundError(f"The short link {url} leads nowhere.", hint="Check it for typos.")
        return reply.headers.get("location")

    def _send(self, url: str, client_id: str, budget: Budget | None, parameters: Mapping[str, str]) -> Reply:
        query = urllib.parse.urlencode({**parameters, "client_id": client_id})
        headers = {"Accept": "application/json"}
        if self._oauth_token is not None and url.startswith(f"{API}/"):
            headers["Authorization"] = f"OAuth {self._oauth_token}"
        asked = f"{url}{'&' if '?' in url else '?'}{query}"
        return self._door.send(
            Outgoing(method="GET", url=asked, hosts=API_HOSTS, headers=headers, budget=budget, deadline=45)
        )

    def _checked(self, reply: Reply) -> Reply:
        if reply.status == 200:
            return reply
        if reply.status == 404:
            raise NotFoundError("SoundCloud does not have it.")
        if reply.status == 403:
            raise ChallengedError
        if reply.status == 429:
            raise ThrottledError("SoundCloud asks to slow down.", retry_after=retry_after(reply, 30.0))
        if reply.status == 400:
            raise UnavailableError("SoundCloud refuses the question.", hint="A newer cloudcrate may know why.")
        raise UnavailableError(f"SoundCloud answered {reply.status}.", hint="Try again later.")

    # --- the client id ----------------------------------------------------------------------

    def _known_client_id(self) -> str:
        with self._lock:
            if self._client_id is None:
                self._client_id = self._read_cached() or self._ask_for_client_id()
            return self._client_id

    def _renewed_client_id(self, refused: str) -> str:
        """A new one, asked for once however many calls were refused."""
        with self._lock:
            if self._client_id in (None, refused):
                self._client_id = self._ask_for_client_id()
            return self._client_id

    def _read_cached(self) -> str | None:
        with suppress(OSError, ValueError, KeyError, TypeError):
            found = json.loads(self._file.read_text("utf-8"))["client_id"]
            return found if CLIENT_ID.fullmatch(found) else None
        return None

    def _ask_for_client_id(self) -> str:
        page = self._door.retried(self._home)
        client_id = client_id_of_page(page) or self._from_scripts(page)
        with suppress(OSError):  # without the cache the next run asks again
            self._file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            partial = self._file.with_suffix(f".{os.getpid()}.partial")
            partial.write_text(json.dumps({"client_id": client_id}), "utf-8")
            partial.replace(self._file)
        return client_id

    def _home(self) -> str:
        reply = self._door.send(Outgoing(method="GET", url=HOME, hosts=API_HOSTS, deadline=45))
        if reply.status == 403:
            raise ChallengedError
        if reply.status != 200:
            raise UnavailableError(f"soundcloud.com answered {reply.status}.", hint="Try again later.")
        return reply.body.decode("utf-8", "replace")

    def _from_scripts(self, page: str) -> str:
        """The client id stands near the beginning of the last script of the page."""
        for url in reversed(SCRIPT.findall(page)):
            headers = {"Range": "bytes=0-65535"}
            outgoing = Outgoing(method="GET", url=url, hosts=API_HOSTS, headers=headers, deadline=45)
            reply = self._door.retried(lambda o=outgoing: self._door.send(o), attempts=3)  # type: ignore[misc]  # mypy cannot infer a lambda's default
            found = IN_SCRIPT.search(reply.body.decode("utf-8", "replace"))
            if found:
                return found.group(1)
        raise NoClientIdError


def client_id_of_page(page: str) -> str | None:
    """The client id in the data that SoundCloud's own page starts from."""
    found = HYDRATED.search(page)
    return found.group(1) if found else None


def retry_after(reply: Reply, otherwise: float) -> float:
    """The seconds that a Retry-After header asks for."""
    value = reply.headers.get("retry-after", "")
    return float(value) if value.isdecimal() else otherwise
