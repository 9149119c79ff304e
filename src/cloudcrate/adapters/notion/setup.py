"""Finding or making the tables of a catalog in Notion, and agreeing on their columns."""

import itertools
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TypeVar

from cloudcrate.adapters.notion import proposal, resolve
from cloudcrate.adapters.notion.client import JsonObject, NotionClient
from cloudcrate.adapters.notion.columns import Column, read_columns
from cloudcrate.adapters.notion.identify import identifier, same
from cloudcrate.adapters.notion.schema import NAMES, OURS, TYPES
from cloudcrate.core import text
from cloudcrate.core.model import Field
from cloudcrate.errors import NotSharedError, RejectedError, UnavailableError, UnknownOutcomeError, UsageError
from cloudcrate.ports.catalog import ColumnChoice, TableChoice

TRACKS = "Music Tracks"
PLAYLISTS = "Playlists"
MIRROR = "Tracks"
"""The column of the playlists that shows their tracks: the other side of the relation."""

MOST = 1000  # of what a search finds: ten requests
MIRROR_LOOKS = 3  # the other side of a relation may take some seconds to be there

CAMELOT = tuple(f"{number}{letter}" for number in range(1, 13) for letter in "AB")
COLOURS = ("gray", "brown", "orange", "yellow", "green", "blue", "purple", "pink", "red", "default")

PLAYLIST_COLUMNS: Mapping[str, JsonObject] = {
    "Name": {"title": {}},
    "URL": {"url": {}},
    "Owner": {"rich_text": {}},
    "Track count": {"number": {"format": "number"}},
    "Status": {
        "select": {
            "options": [
                {"name": "synced", "color": "green"},
                {"name": "partial", "color": "yellow"},
                {"name": "failed", "color": "red"},
            ]
        }
    },
    "Last sync": {"date": {}},
    "Track order": {"rich_text": {}},
}
"""The columns of "Playlists", without the one that the relation adds."""

NOT_READ = "Notion does not give the table"
NOT_MADE = "Notion does not make the tables here"
NOT_ADDED = "Notion does not add the columns"
CHOOSE_A_PAGE = (
    "Choose a page that is shared with the integration. At the top of a workspace only a personal access token "
    "or a public integration can make tables."
)
TOO_MANY = (
    "A table can have too many columns, or options too many to be changed from outside (about 50 KB). Remove some, "
    "or add the columns in Notion by hand."
)

T = TypeVar("T")


class NotionSetup:
    """CatalogSetup on one token. Ids of tables are those of their data sources.

    Tables that are made get an emoji for an icon and no cover: one would have to be uploaded, or be a link
    to somebody's server that may vanish. ``settle`` is how long, in seconds, a create whose outcome is
    unknown may still appear in Notion's search.
    """

    def __init__(self, client: NotionClient, *, settle: float = 90.0) -> None:
        self._client = client
        self._settle = settle
        self._made: dict[tuple[str, str], str] = {}  # data sources by title and parent: search may not show them yet

    def workspace(self) -> str:
        """Whose token this is: one request."""
        owner = resolve.read_owner(self._client.me())
        return owner.shown or "an integration that Notion does not name"

    def tables(self, name: str) -> tuple[TableChoice, ...]:
        """The tables of this title, newest first; one request more for each page that one lies in."""
        found = [source for source in self._search("data_source", name) if _is_called(source, name)]
        found.sort(key=lambda source: str(source.get("created_time")), reverse=True)
        pages: dict[str, str] = {}
        return tuple(_choice(source, self._place(source, pages)) for source in found)

    def tables_at(self, given: str) -> tuple[TableChoice, ...]:
        """The tables behind an id or a link: every data source of a database, or the one that is meant."""
        several = self._with_several(identifier(given))
        if several is None:
            with _refusals(NOT_READ, resolve.OPEN_AS_FULL_PAGE):
                source = resolve.data_source(self._client, given)
            return (_choice(source, self._place(source, {})),)
        place, url = resolve.title(several), _link(several)
        return tuple(
            TableChoice(id=str(source.get("id")), name=resolve.title(source), place=place, url=url)
            for source in _listed(several)
        )

    def parents(self) -> tuple[TableChoice, ...]:
        """The pages that are no rows of a table, last edited first, out of the first thousand found."""
        found = [page for page in self._search("page") if not page.get("in_trash") and not _is_row(page)]
        titles = {str(page.get("id")): _page_title(page) for page in found}
        return tuple(
            TableChoice(
                id=str(page.get("id")),
                name=_page_title(page),
                place=titles.get(_parent_page(page.get("parent")) or "", ""),
                url=_link(page),
            )
            for page in found
        )

    def create_tables(self, parent: str | None) -> tuple[TableChoice, TableChoice]:
        """Makes both tables; complete ones of these names below the same page are taken instead."""
        home = identifier(parent) if parent is not None else ""
        with _refusals(NOT_MADE, CHOOSE_A_PAGE):
            playlists = self._ensure(PLAYLISTS, home, PLAYLIST_COLUMNS, "🎧")
            columns = track_columns(str(playlists["id"]))
            tracks = self._ensure(TRACKS, home, columns, "🎵")
            self._name_mirror(tracks, playlists, ours=(TRACKS, home) in self._made)
        pages: dict[str, str] = {}
        return _choice(tracks, self._place(tracks, pages)), _choice(playlists, self._place(playlists, pages))

    def propose(self, table: str, *, playlists: str | None = None) -> tuple[ColumnChoice, ...]:
        """Proposes from the columns and the first hundred rows: two requests when ``table`` is a data source."""
        with _refusals(NOT_READ, resolve.OPEN_AS_FULL_PAGE):
            source = resolve.data_source(self._client, table, known=table)
            rows = next(self._client.query(str(source["id"]))).rows
        wanted = (identifier(playlists),) if playlists else ()
        return proposal.propose(read_columns(source), rows, playlists=wanted)

    def add_missing(self, table: str, fields: Collection[Field], *, playlists: str | None = None) -> None:
        """Adds what is not there in one write, after a look at the columns; the title is always there.

        A column that has the name and the type is taken for the one wanted. The relation leads one way: the
        playlists table may be the user's own and is not changed.
        """
        target = str(resolve.data_source(self._client, playlists, known=playlists)["id"]) if playlists else None

        def attempt() -> None:
            source = resolve.data_source(self._client, table, known=table)
            wanted = missing(read_columns(source), fields, target)
            if wanted:
                self._client.update_data_source(str(source["id"]), {"properties": wanted})

        with _refusals(NOT_ADDED, TOO_MANY):
            self._repeated(attempt)

    # --- looking ----------------------------------------------------------------------------

    def _search(self, kind: str, words: str = "") -> Iterator[JsonObject]:
        return itertools.islice(self._client.search(kind, words), MOST)

    def _place(self, source: JsonObject, pages: dict[str, str]) -> str:
        """The title of the page that a table lies in; ``pages`` are those looked up before."""
        page_id = _parent_page(source.get("database_parent"))
        if page_id is None:
            return ""
        if page_id not in pages:
            try:
                pages[page_id] = _page_title(self._client.page(page_id))
            except (NotSharedError, RejectedError):  # a table may be shared without its page
                pages[page_id] = ""
        return pages[page_id]

    def _with_several(self, database_id: str) -> JsonObject | None:
        try:
            database = self._client.database(database_id)
        except (NotSharedError, RejectedError):
            return None
        return database if len(_listed(database)) > 1 and database.get("in_trash") is not True else None

    def _standing(self, title: str, home: str, columns: Mapping[str, JsonObject]) -> JsonObject | None:
        """The oldest table of this title in this place that has all of these columns."""
        found = [source for source in self._search("data_source", title) if _is_called(source, title)]
        for source in sorted(found, key=lambda s: (str(s.get("created_time")), str(s.get("id")))):
            if _lies_in(source, home):
                try:
                    fresh = self._client.data_source(str(source.get("id")))  # search may show old columns
                except NotSharedError:  # or a table that is gone
                    continue
                if _has_all(fresh, columns) and fresh.get("in_trash") is not True:
                    return fresh
        return None

    # --- making -----------------------------------------------------------------------------

    def _ensure(self, title: str, home: str, columns: Mapping[str, JsonObject], emoji: str) -> JsonObject:
        standing = self._made_before(title, home) or self._standing(title, home, columns)
        if standing is not None:
            return standing
        body: JsonObject = {
            "parent": {"type": "page_id", "page_id": home} if home else {"type": "workspace", "workspace": True},
            "title": [{"type": "text", "text": {"content": title}}],
            "icon": {"type": "emoji", "emoji": emoji},
            "initial_data_source": {"properties": dict(columns)},
        }
        database = self._client.door.retried(lambda: self._created(title, home, columns, body), attempts=3)
        listed = _listed(database) or _listed(self._client.database(str(database["id"])))
        if not listed:
            raise UnavailableError(f"Notion made the table “{title}” and does not show what is in it.")
        self._made[title, home] = str(listed[0].get("id"))
        return self._client.data_source(self._made[title, home])

    def _made_before(self, title: str, home: str) -> JsonObject | None:
        known = self._made.get((title, home))
        source = self._client.data_source(known) if known else None
        return source if source is not None and source.get("in_trash") is not True else None

    def _created(self, title: str, home: str, columns: Mapping[str, JsonObject], body: JsonObject) -> JsonObject:
        """The new database, or the one that an unanswered request made after all."""
        try:
            return self._client.create_database(body)
        except UnknownOutcomeError as error:
            if error.committed_id is not None:
                return {"id": error.committed_id}
            standing = self._standing(title, home, columns)
            if standing is None:
                self._client.door.pause(self._settle)
                standing = self._standing(title, home, columns)
            if standing is not None:
                return {"data_sources": [{"id": standing["id"]}]}
            raise UnavailableError(
                f"The table “{title}” was not made: {error.message}", hint="Run the same command again."
            ) from error

    def _name_mirror(self, tracks: JsonObject, playlists: JsonObject, *, ours: bool) -> None:
        """Names the other side of the relation; when it was not made just now, only if nobody has named it."""
        mirror = _mirror(tracks)
        name = str(mirror.get("synced_property_name", ""))
        if name == MIRROR or not (ours or name.startswith("Related to ")) or not mirror.get("synced_property_id"):
            return
        change = {"properties": {str(mirror["synced_property_id"]): {"name": MIRROR}}}
        for _ in range(MIRROR_LOOKS):
            try:
                self._repeated(lambda: self._client.update_data_source(str(playlists["id"]), change))
            except RejectedError:  # it is not there yet, or the name is taken: the relation works all the same
                self._client.door.pause(1.0)
            else:
                return

    def _repeated(self, call: Callable[[], T]) -> T:
        """Repeats a write that looks first, or that may be done twice."""
        try:
            return self._client.door.retried(call)
        except UnknownOutcomeError as error:
            raise UnavailableError(error.message, hint="Run the same command again.") from error


def track_columns(playlists: str) -> dict[str, JsonObject]:
    """The columns of "Music Tracks", related both ways to the data source ``playlists``."""
    both_ways = {"data_source_id": playlists, "type": "dual_property", "dual_property": {}}
    columns = {NAMES[field]: standard(field) for field in Field if field is not Field.TITLE}
    return {"Name": {"title": {}}, **columns, NAMES[Field.PLAYLISTS]: {"relation": both_ways}}


def standard(field: Field, playlists: str | None = None) -> JsonObject:
    """A column as cloudcrate makes it for a field; ``playlists``: the data source a relation leads to."""
    if field is Field.PLAYLISTS:
        one_way: JsonObject = {"data_source_id": playlists, "type": "single_property", "single_property": {}}
        return {"relation": one_way} if playlists else {"multi_select": {}}
    if field is Field.KEY:
        options = [{"name": key, "color": COLOURS[place // 2 % len(COLOURS)]} for place, key in enumerate(CAMELOT)]
        return {"select": {"options": options}}
    kind = TYPES[field][0]
    return {kind: {"format": "number"} if kind == "number" else {}}


def missing(columns: Sequence[Column], fields: Collection[Field], playlists: str | None) -> dict[str, JsonObject]:
    """The columns to be added for these fields, by name; the title never is.

    Raises: UsageError when every name for one is taken by a column of another type.
    """
    wanted: dict[str, JsonObject] = {}
    for field in (field for field in Field if field in fields and field is not Field.TITLE):
        made = standard(field, playlists)
        for name in (NAMES[field], NAMES[field] + OURS):
            called = [column for column in columns if column.name.strip().casefold() == name.casefold()]
            if not called:
                wanted[name] = made
            if not called or any(_is_such(column, made) for column in called):
                break
        else:
            raise UsageError(
                f"The columns “{NAMES[field]}” and “{NAMES[field]}{OURS}” have other types than a new one would.",
                hint="Rename one of them in Notion, or choose one for this field.",
            )
    return wanted


def _is_such(column: Column, made: JsonObject) -> bool:
    """Says whether a column is what would be made."""
    if column.type not in made:
        return False
    return column.type != "relation" or any(same(made["relation"]["data_source_id"], t) for t in column.targets)


def _has_all(source: JsonObject, columns: Mapping[str, JsonObject]) -> bool:
    held = {column.name: column for column in read_columns(source)}
    return all(name in held and _is_such(held[name], made) for name, made in columns.items())


def _mirror(tracks: JsonObject) -> JsonObject:
    """What Notion says about the other side of the relation of playlists."""
    found: object = tracks
    for key in ("properties", NAMES[Field.PLAYLISTS], "relation", "dual_property"):
        found = found.get(key) if isinstance(found, dict) else None
    return found if isinstance(found, dict) else {}


def _listed(database: JsonObject) -> list[JsonObject]:
    sources = database.get("data_sources")
    return [s for s in sources if isinstance(s, dict)] if isinstance(sources, list) else []


def _is_called(source: JsonObject, name: str) -> bool:
    return text.fold(resolve.title(source)) == text.fold(name) and source.get("in_trash") is not True


def _lies_in(source: JsonObject, home: str) -> bool:
    parent = source.get("database_parent")
    if home:
        page_id = _parent_page(parent)
        return page_id is not None and same(page_id, home)
    return isinstance(parent, dict) and parent.get("type") == "workspace"


def _parent_page(parent: object) -> str | None:
    page_id = parent.get("page_id") if isinstance(parent, dict) else None
    return page_id if isinstance(page_id, str) else None


def _is_row(page: JsonObject) -> bool:
    parent = page.get("parent")
    return isinstance(parent, dict) and bool({"data_source_id", "database_id"} & parent.keys())


def _page_title(page: JsonObject) -> str:
    properties = page.get("properties")
    titles = [p for p in properties.values() if isinstance(p, dict)] if isinstance(properties, dict) else []
    return resolve.title(next((p for p in titles if p.get("type") == "title"), {}))


def _choice(source: JsonObject, place: str) -> TableChoice:
    return TableChoice(id=str(source.get("id")), name=resolve.title(source), place=place, url=_link(source))


def _link(thing: JsonObject) -> str:
    url = thing.get("url")
    return text.visible(url) if isinstance(url, str) and url.startswith("https://") else ""


@contextmanager
def _refusals(what: str, hint: str) -> Iterator[None]:
    """What Notion refuses here is for the user to change."""
    try:
        yield
    except RejectedError as error:
        raise UsageError(f"{what}: {error.message}", hint=hint) from error
