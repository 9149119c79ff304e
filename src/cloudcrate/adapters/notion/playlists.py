"""The pages that a PLAYLISTS relation leads to, known by their titles.

A row's relation holds page ids; its cell holds names. A page whose title cannot stand for it (unknown,
empty, or the same as another's) goes through the cell as ``notion:<page id>``, so that writing the cell
again loses nothing.
"""

import re
import threading
from collections.abc import Iterable

from cloudcrate.adapters.notion import coerce
from cloudcrate.adapters.notion.client import JsonObject, NotionClient
from cloudcrate.adapters.notion.columns import read_columns
from cloudcrate.adapters.notion.lookups import LONGEST
from cloudcrate.adapters.notion.schema import map_columns
from cloudcrate.core import text
from cloudcrate.core.model import Field
from cloudcrate.errors import RejectedError, UnavailableError, UnknownOutcomeError

TOKEN = "notion:"  # noqa: S105  # not a password: it marks an id in a cell
_ID = re.compile(r"[0-9a-f]{8}(?:-?[0-9a-f]{4}){3}-?[0-9a-f]{12}")


class PlaylistDirectory:
    """One data source of playlist pages. What was looked up is kept for the run; safe from many threads.

    ``settle`` is how long, in seconds, a create whose outcome is unknown may still appear.
    """

    def __init__(self, client: NotionClient, data_source_id: str, *, settle: float) -> None:
        self._client = client
        self._data_source_id = data_source_id
        self._settle = settle
        self._titles: dict[str, str] = {}
        self._ids: dict[str, str] = {}  # by folded title
        self._loaded = False
        self._whole = False  # every page of the data source is known
        self._lock = threading.RLock()

    def find(self, name: str) -> str | None:
        """The id of the page titled ``name``: at most one request more than the first."""
        folded = text.fold(name)
        with self._lock:
            self._load()
            if folded not in self._ids and not self._whole:
                self._search(name)
            return self._ids.get(folded)

    def names(self, ids: Iterable[str]) -> tuple[str, ...]:
        """The names of these pages, or what stands for them."""
        wanted = tuple(ids)
        with self._lock:
            if wanted:
                self._load()
            return tuple(self._name(page_id) for page_id in wanted)

    def ids(self, names: Iterable[str]) -> tuple[str, ...]:
        """The pages of these names. Raises: RejectedError when there is none of a name."""
        return tuple(dict.fromkeys(self._id(name) for name in names if name.strip()))

    def ensure(self, name: str, url: str) -> None:
        """Makes a page titled ``name`` if there is none; one thread at a time, so that none is made twice."""
        with self._lock:
            if self.find(name) is None:
                body = self._body(name, url)
                page_id = self._client.door.retried(lambda: self._created(name, body), attempts=3)
                self._keep(page_id, name)

    def _created(self, name: str, body: JsonObject) -> str:
        try:
            return str(self._client.create_page(body)["id"])
        except UnknownOutcomeError as error:
            if error.committed_id is not None:
                return error.committed_id
            self._search(name)
            if text.fold(name) not in self._ids:
                self._client.door.pause(self._settle)
                self._search(name)
            if text.fold(name) in self._ids:
                return self._ids[text.fold(name)]
            raise UnavailableError(
                f"The playlist's page was not made: {error.message}", hint="Run the same command again."
            ) from error

    def _body(self, name: str, url: str) -> JsonObject:
        mapped = map_columns(read_columns(self._client.data_source(self._data_source_id)), {}).columns
        cells = {Field.TITLE: name, **({Field.URL: url} if url and Field.URL in mapped else {})}
        return {
            "parent": {"type": "data_source_id", "data_source_id": self._data_source_id},
            "properties": {mapped[f].id: coerce.encode(f, mapped[f], value) for f, value in cells.items()},
        }

    def _load(self) -> None:
        """Reads the first hundred pages, which is all of them for nearly everybody."""
        if not self._loaded:
            first = next(self._client.query(self._data_source_id, properties=("title",)))
            self._keep_all(first.rows)
            self._whole = not first.more and not first.incomplete
            self._loaded = True

    def _search(self, name: str) -> None:
        condition = {"equals": name} if len(name) <= LONGEST else {"starts_with": name[:LONGEST]}
        where = {"property": "title", "rich_text": condition}
        for answer in self._client.query(self._data_source_id, where=where, properties=("title",)):
            if answer.incomplete:
                raise UnavailableError(f"Too many playlist pages are called “{text.visible(name)[:80]}”.")
            self._keep_all(answer.rows)

    def _keep_all(self, rows: Iterable[JsonObject]) -> None:
        for row in sorted(rows, key=lambda r: (str(r.get("created_time")), str(r.get("id")))):
            properties = row.get("properties")
            for prop in properties.values() if isinstance(properties, dict) else ():
                if isinstance(prop, dict) and prop.get("type") == "title":
                    self._keep(str(row.get("id")), coerce.plain_text(prop.get("title")))

    def _keep(self, page_id: str, title: str) -> None:
        self._titles[page_id] = title
        if text.fold(title):
            self._ids.setdefault(text.fold(title), page_id)

    def _name(self, page_id: str) -> str:
        title = self._titles.get(page_id, "")
        speaks = self._ids.get(text.fold(title)) == page_id and not title.startswith(TOKEN)
        return title if speaks else TOKEN + page_id

    def _id(self, name: str) -> str:
        with self._lock:
            known = self._ids.get(text.fold(name))
        if known is None and name.startswith(TOKEN) and _ID.fullmatch(name.removeprefix(TOKEN)):
            return name.removeprefix(TOKEN)
        found = known or self.find(name)
        if found is None:
            raise RejectedError(
                f"There is no playlist page “{text.visible(name)[:80]}” in Notion to link the row to.",
                hint="Run the same command again: the page is made first.",
            )
        return found
