"""From what the user gave for a database to the one data source that is meant, in one or two requests."""

from cloudcrate.adapters.notion.client import JsonObject, NotionClient
from cloudcrate.adapters.notion.identify import identifier, same
from cloudcrate.core import text
from cloudcrate.errors import NotSharedError, RejectedError, UsageError

OPEN_AS_FULL_PAGE = "In Notion, open the database itself as a full page and copy its link."


def data_source(client: NotionClient, given: str, *, known: str | None = None) -> JsonObject:
    """The data source (schema included) that ``given`` leads to: an id or link of it or of its database.

    ``known`` is the data source's id from an earlier run; it saves a request and is checked.
    Raises: UsageError (no id, several data sources, a page, in the trash), NotSharedError.
    """
    wanted = identifier(given)
    source = _known(client, wanted, known) if known else None
    source = source or _found(client, wanted)
    if source.get("in_trash") is True:
        raise UsageError(
            f"The Notion database “{title(source)}” is in the trash.", hint="Restore it, or use another one."
        )
    return source


def title(thing: JsonObject) -> str:
    """The title of a database or data source, or its name, fit to be shown."""
    parts = thing.get("title")
    if isinstance(parts, list):
        said = "".join(str(p.get("plain_text", "")) for p in parts if isinstance(p, dict))
    else:
        said = str(thing.get("name", ""))
    return text.visible(text.clean(said))[:200] or "untitled"


def _known(client: NotionClient, wanted: str, known: str) -> JsonObject | None:
    try:
        source = client.data_source(identifier(known))
    except (NotSharedError, RejectedError, UsageError):
        return None
    parent = source.get("parent")
    database = parent.get("database_id") if isinstance(parent, dict) else None
    belongs = same(wanted, known) or not isinstance(database, str) or same(wanted, database)
    return source if belongs else None


def _found(client: NotionClient, wanted: str) -> JsonObject:
    try:
        database = client.database(wanted)
    except (NotSharedError, RejectedError) as missing:
        return _by_its_own_id(client, wanted, missing)
    listed = database.get("data_sources")
    sources = [s for s in listed if isinstance(s, dict)] if isinstance(listed, list) else []
    if database.get("in_trash") is True:
        raise UsageError(
            f"The Notion database “{title(database)}” is in the trash.",
            hint="Restore it, or use another one.",
        )
    if len(sources) == 1:
        return client.data_source(str(sources[0].get("id")))
    if not sources:
        raise UsageError(
            f"The Notion database “{title(database)}” has no data source that the token may see.",
            hint="It may be a linked view of another database. " + OPEN_AS_FULL_PAGE,
        )
    names = "; ".join(f"{title(s)}: {text.visible(str(s.get('id')))[:40]}" for s in sources)
    raise UsageError(
        f"The Notion database “{title(database)}” has {len(sources)} data sources.",
        hint=f"Give the id of the one that is meant instead of the link: {names}",
    )


def _by_its_own_id(client: NotionClient, wanted: str, missing: Exception) -> JsonObject:
    try:
        return client.data_source(wanted)
    except (NotSharedError, RejectedError):
        pass
    try:
        client.page(wanted)
    except NotSharedError:
        if isinstance(missing, NotSharedError):
            raise missing from None
        raise UsageError(f"Notion knows no database {wanted}.", hint=OPEN_AS_FULL_PAGE) from missing
    except RejectedError as error:
        raise UsageError(f"Notion knows no database {wanted}.", hint=OPEN_AS_FULL_PAGE) from error
    raise UsageError("This link leads to a Notion page, not to a database.", hint=OPEN_AS_FULL_PAGE)
