"""The pages that a PLAYLISTS relation leads to, known by their titles.

A row's relation holds page ids; its cell holds names. A page whose title cannot stand for it (unknown,
empty, or the same as another's) goes through the cell as ``notion:<page id>``, so that writing the cell
again loses nothing.
"""

import json
import re
import threading
from collections.abc import Iterable, Mapping

from cloudcrate.adapters.notion import coerce
from cloudcrate.adapters.notion.client import JsonObject, NotionClient
from cloudcrate.adapters.notion.covers import dressed
from cloudcrate.adapters.notion.lookups import LONGEST
from cloudcrate.adapters.notion.playlist_columns import (
    PlaylistPage,
    candidate_of,
    columns_of,
    encoded,
    read,
    values_of,
)
from cloudcrate.core import text
from cloudcrate.core.model import Candidate, CellValue, PlaylistFacts
from cloudcrate.errors import RejectedError, UnavailableError, UnknownOutcomeError
from cloudcrate.ports.ledger import Notes

TOKEN = "notion:"  # noqa: S105  # not a password: it marks an id in a cell
_ID = re.compile(r"[0-9a-f]{8}(?:-?[0-9a-f]{4}){3}-?[0-9a-f]{12}")


class PlaylistDirectory:
    """One data source of playlist pages. What was looked up is kept for the run; safe from many threads.

    ``settle`` is how long, in seconds, a create whose outcome is unknown may still appear.
    """

    def __init__(self, client: NotionClient, data_source_id: str, *, settle: float, notes: Notes) -> None:
        self._client = client
        self._notes = notes
        self._data_source_id = data_source_id
        self._settle = settle
        self._rows: dict[str, JsonObject] = {}
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

    def named(self) -> tuple[Candidate, ...]:
        """The pages with a link to music on SoundCloud, oldest first."""
        with self._lock:
            self._load_all()
            rows = sorted(self._rows.values(), key=_age)
            titles = dict(self._titles)
        found = (candidate_of(row, titles.get(str(row.get("id")), "")) for row in rows if not _put_away(row))
        return tuple(candidate for candidate in found if candidate is not None)

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

    def ensure(self, name: str, facts: PlaylistFacts) -> None:
        """Makes a page titled ``name`` if there is none; one thread at a time, so that none is made twice."""
        with self._lock:
            if self.find(name) is None:
                body = self._body(name, facts)
                page_id = self._client.door.retried(lambda: self._created(name, body), attempts=3)
                self._keep(page_id, name)
                self._told(page_id, values_of(facts))

    def lacks(self, name: str, facts: PlaylistFacts) -> tuple[str, ...]:
        """What the page ``name`` would have to be told."""
        page = self._page(name)
        return () if page is None else tuple(page.lacks(facts))

    def tell(self, name: str, facts: PlaylistFacts) -> bool:
        """Tells the page ``name`` what it lacks, in one write."""
        page = self._page(name)
        body = {} if page is None else page.body(facts)
        if page is None or not body:
            return False
        self._take(self._client.update_page(page.id, body))
        self._told(page.id, {**page.told, **values_of(facts)})
        return True

    def _page(self, name: str) -> PlaylistPage | None:
        with self._lock:
            page_id = self.find(name)
            row = self._rows.get(page_id) if page_id is not None else None
        if page_id is None or row is None:
            return None
        properties = row.get("properties")
        properties = properties if isinstance(properties, dict) else {}
        columns = columns_of(properties)
        return PlaylistPage(
            id=page_id,
            columns=columns,
            values=read(columns, properties),
            covered=row.get("cover") is not None,
            told=self._last_told(page_id),
        )

    def _told(self, page_id: str, values: Mapping[str, CellValue]) -> None:
        self._notes.keep_note(f"playlist:{page_id}", json.dumps(dict(values)))

    def _last_told(self, page_id: str) -> Mapping[str, CellValue]:
        try:
            told = json.loads(self._notes.note(f"playlist:{page_id}") or "{}")
        except ValueError:
            return {}
        return told if isinstance(told, dict) else {}

    def _created(self, name: str, body: JsonObject) -> str:
        try:
            return self._take(self._client.create_page(body))
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

    def _body(self, name: str, facts: PlaylistFacts) -> JsonObject:
        properties = self._client.data_source(self._data_source_id).get("properties")
        columns = columns_of(properties if isinstance(properties, dict) else {})
        values = {kind: value for kind, value in values_of(facts).items() if kind in columns}
        return {
            "parent": {"type": "data_source_id", "data_source_id": self._data_source_id},
            "properties": {"title": {"title": coerce.rich_text(name)}, **encoded(columns, values)},
            **dressed(facts.artwork_url),
        }

    def _load(self) -> None:
        """Reads the first hundred pages, which is all of them for nearly everybody."""
        if not self._loaded:
            first = next(self._client.query(self._data_source_id))
            self._keep_all(first.rows)
            self._whole = not first.more and not first.incomplete
            self._loaded = True

    def _load_all(self) -> None:
        """Reads every page there is, or as many as Notion lists."""
        self._load()
        if not self._whole:
            for answer in self._client.query(self._data_source_id):
                self._keep_all(answer.rows)
                self._whole = not answer.more and not answer.incomplete

    def _search(self, name: str) -> None:
        condition = {"equals": name} if len(name) <= LONGEST else {"starts_with": name[:LONGEST]}
        where = {"property": "title", "rich_text": condition}
        for answer in self._client.query(self._data_source_id, where=where):
            if answer.incomplete:
                raise UnavailableError(f"Too many playlist pages are called “{text.visible(name)[:80]}”.")
            self._keep_all(answer.rows)

    def _keep_all(self, rows: Iterable[JsonObject]) -> None:
        for row in sorted(rows, key=_age):
            self._take(row)

    def _take(self, row: JsonObject) -> str:
        """Keeps a page as it stands, and answers its id."""
        page_id, properties = str(row.get("id")), row.get("properties")
        self._rows[page_id] = row
        for prop in properties.values() if isinstance(properties, dict) else ():
            if isinstance(prop, dict) and prop.get("type") == "title":
                self._keep(page_id, coerce.plain_text(prop.get("title")))
        return page_id

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


def _age(row: JsonObject) -> tuple[str, str]:
    return str(row.get("created_time")), str(row.get("id"))


def _put_away(row: JsonObject) -> bool:
    return row.get("in_trash") is True or row.get("is_archived") is True
