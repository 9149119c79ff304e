"""Calls to SoundCloud's web API: the client id that every one carries, retries, and what an answer means."""

import json
import os
import re
import threading
import urllib.parse
from collections.abc import Iterator, Mapping
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any, Protocol  # Any: JSON is whatever the service says it is

from cloudcrate.adapters.http import Budget, Door, Hosts, Outgoing, Reply
from cloudcrate.adapters.soundcloud import refusals
from cloudcrate.adapters.soundcloud.detours import DetourError, NoClientIdError, ShapeError
from cloudcrate.errors import CredentialsError, DamagedError, NotFoundError, UnavailableError

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
HYDRATED = re.compile(r'"hydratable"\s*:\s*"apiClient"\s*,\s*"data"\s*:\s*\{\s*"id"\s*:\s*"([0-9a-zA-Z]{32})"')
IN_SCRIPT = re.compile(r'client_id\s*[:=]\s*"([0-9a-zA-Z]{32})"')
SCRIPT_RANGE = "bytes=0-65535"
"""The client id was recorded at byte 2,860 of a script of three megabytes."""

NOTHING: Mapping[str, str] = {}
MAX_PAGES = 1000
MAX_EMPTY_PAGES = 50
"""Empty pages in a row after which a list is taken to be endless: 10,000 hidden items."""


class Secret(Protocol):
    """Holds a user's token; only ``reveal`` shows it."""

    @property
    def digest(self) -> str:
        """Tells one token from another without giving it away."""

    def reveal(self) -> str:
        """The token itself."""


class SoundCloudClient:
    """Calls api-v2, for one user or for nobody in particular. Calls may come from several threads."""

    def __init__(self, door: Door, *, cache_dir: Path, oauth_token: Secret | None = None) -> None:
        self._door = door
        self._file = cache_dir / "soundcloud-client-id.json"
        self._oauth_token = oauth_token
        self._client_id: str | None = None
        self._lock = threading.Lock()

    @property
    def signed_in(self) -> bool:
        """Says whether calls carry a user's token."""
        return self._oauth_token is not None

    @property
    def account(self) -> str:
        """A digest of the user's token; empty when nobody is signed in."""
        return "" if self._oauth_token is None else self._oauth_token.digest

    def user_name(self) -> str:
        """Whose the token is. Raises: CredentialsError when it is refused, or there is none; UnavailableError."""
        if self._oauth_token is None:
            raise CredentialsError("Nobody is signed in to SoundCloud.", hint="Sign in: cloudcrate login")
        try:
            answer = self.get("/me")
        except DetourError as error:
            raise UnavailableError(
                f"{error}, so the token could not be tried.", hint="Try again later, or from another network."
            ) from error
        name = answer.get("username") if isinstance(answer, dict) else None
        if not isinstance(name, str) or not name:
            raise UnavailableError("SoundCloud did not say whose the token is.", hint="Try again later.")
        return name

    def find(self, path: str, parameters: Mapping[str, str] = NOTHING) -> Any:  # Any: JSON
        """Asks for JSON, again where that may help; None when there is nothing (404).

        Raises: CredentialsError, UnavailableError, ThrottledError, DetourError.
        """
        return self._door.retried(partial(self._found, f"{API}{path}", parameters))

    def get(self, path: str, parameters: Mapping[str, str] = NOTHING) -> Any:  # Any: JSON
        """Like ``find``, where there must be an answer: a 404 proves nothing about a track or a list."""
        answer = self.find(path, parameters)
        if answer is None:
            raise ShapeError(f"nothing at {path}")
        return answer

    def pages(self, path: str) -> Iterator[Any]:  # Any: JSON
        """The items of a list, page after page. Short and empty pages are normal; only ``next_href`` ends it."""
        rest, seen, empty = f"{path}?limit=200&linked_partitioning=1", set[str](), 0
        while rest not in seen and len(seen) < MAX_PAGES and empty < MAX_EMPTY_PAGES:
            seen.add(rest)
            page = self.get(rest)
            items = page.get("collection") if isinstance(page, dict) else None
            if not isinstance(items, list):
                raise ShapeError("a list without items")
            yield from items
            empty = 0 if items else empty + 1
            following = page.get("next_href")
            if not following:
                return
            rest = _within_api(following)
        raise UnavailableError("SoundCloud's list does not end.", hint="Try again later.")

    def call(self, url: str, parameters: Mapping[str, str], *, budget: Budget | None = None) -> Reply:
        """One call, and a second one with a new client id when the first one's was refused.

        Raises: CredentialsError, NoClientIdError when the second one is refused as well.
        """
        used = self._known_client_id()
        reply = self._send(url, used, budget, parameters)
        if reply.status == 401:
            renewed = self._renewed_client_id(used)
            if renewed != used:
                reply = self._send(url, renewed, budget, parameters)
        if reply.status == 401 and self.signed_in:
            raise self.refusal(reply)
        if reply.status == 401:
            raise NoClientIdError("SoundCloud refuses the client id that its own page gave")
        return reply

    def first_location(self, url: str) -> str | None:
        """Where a short link leads. The page behind it is not asked: it may be closed to programs."""
        return self._door.retried(partial(self._location, url))

    def _location(self, url: str) -> str | None:
        reply = self._door.send(Outgoing(method="HEAD", url=url, hosts=API_HOSTS, deadline=30, follow=False))
        location = reply.headers.get("location")
        if location and 300 <= reply.status < 400:
            return urllib.parse.urljoin(url, location)
        if reply.status in (404, 410):
            raise NotFoundError(f"The short link {url} leads nowhere.", hint="Check it for typos.")
        if reply.status == 429:
            raise self.refusal(reply)
        if reply.status != 200:
            raise UnavailableError(f"{url} answered {reply.status}.", hint="Try again later, or give the long link.")
        return None

    def _found(self, url: str, parameters: Mapping[str, str]) -> Any:  # Any: JSON
        reply = self.call(url, parameters)
        if reply.status == 200:
            return reply.json()
        if reply.status == 404:
            return None
        raise self.refusal(reply)

    def refusal(self, reply: Reply, gone: Mapping[int, str] = refusals.NOTHING) -> Exception:
        """What an answer that is no success means; see ``refusals.refusal``."""
        return refusals.refusal(reply, now=self._door.clock.now(), gone=gone)

    def _send(self, url: str, client_id: str, budget: Budget | None, parameters: Mapping[str, str]) -> Reply:
        query = urllib.parse.urlencode({**parameters, "client_id": client_id})
        headers = {"Accept": "application/json"}
        if self._oauth_token is not None and url.startswith(f"{API}/"):
            headers["Authorization"] = f"OAuth {self._oauth_token.reveal()}"
        asked = f"{url}{'&' if '?' in url else '?'}{query}"
        return self._door.send(
            Outgoing(method="GET", url=asked, hosts=API_HOSTS, headers=headers, budget=budget, deadline=45)
        )

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
        try:
            page = self._door.retried(self._home)
        except DamagedError as error:
            raise NoClientIdError("SoundCloud's page gave no client id") from error
        client_id = client_id_of_page(page) or self._from_scripts(page)
        partly = self._file.with_suffix(f".{os.getpid()}.partial")
        with suppress(OSError):  # without the cache the next run asks again
            self._file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            for left in self._file.parent.glob(f"{self._file.stem}.*.partial"):  # by whoever was killed here
                left.unlink(missing_ok=True)
            with os.fdopen(os.open(partly, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
                json.dump({"client_id": client_id}, file)
            partly.replace(self._file)
        return client_id

    def _home(self) -> str:
        """The site's page. Raises: DamagedError for one that is cut, or not SoundCloud's (a captive portal)."""
        reply = self._door.send(Outgoing(method="GET", url=HOME, hosts=API_HOSTS, deadline=45))
        if reply.status != 200:
            raise self.refusal(reply)
        page = reply.body.decode("utf-8", "replace")
        if client_id_of_page(page) is None and not SCRIPT.search(page):
            raise DamagedError("What soundcloud.com answered is not its page.", hint=refusals.LATER)
        return page

    def _from_scripts(self, page: str) -> str:
        """The client id stands near the beginning of the last script of the page."""
        for url in reversed(SCRIPT.findall(page)):
            found = IN_SCRIPT.search(self._door.retried(partial(self._script, url)))
            if found:
                return found.group(1)
        raise NoClientIdError("SoundCloud's page gave no client id")

    def _script(self, url: str) -> str:
        outgoing = Outgoing(method="GET", url=url, hosts=API_HOSTS, headers={"Range": SCRIPT_RANGE}, deadline=45)
        reply = self._door.send(outgoing)
        if reply.status == 429 or reply.status >= 500:
            raise self.refusal(reply)
        return reply.body.decode("utf-8", "replace")


def client_id_of_page(page: str) -> str | None:
    """The client id in the data that SoundCloud's own page starts from."""
    found = HYDRATED.search(page)
    return found.group(1) if found else None


def _within_api(following: object) -> str:
    """The path and query of a list's next page. Raises: ShapeError when it leads elsewhere."""
    if not isinstance(following, str) or not following.startswith(f"{API}/"):
        raise ShapeError("a list that goes on elsewhere")
    return following.removeprefix(API)
