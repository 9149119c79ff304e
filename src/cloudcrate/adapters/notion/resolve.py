"""From what the user gave for a database to the one data source that is meant, in one or two requests."""

import re
from dataclasses import dataclass

from cloudcrate.adapters.notion import refusals
from cloudcrate.adapters.notion.client import JsonObject, NotionClient
from cloudcrate.adapters.notion.identify import identifier, same
from cloudcrate.core import text
from cloudcrate.errors import CloudcrateError, NotSharedError, RejectedError, StoppedError, UsageError

OPEN_AS_FULL_PAGE = "In Notion, open the database itself as a full page and copy its link."
RESTORE = "Restore it from Notion's trash, or give the link of another database."
FREE_UPLOAD = 5 * 1024 * 1024
"""The largest file, in bytes, that may be uploaded to a workspace of the free plan."""

_ID = re.compile(r"[0-9a-fA-F-]{32,36}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    """Whose token it is, as ``GET users/me`` says; the names are fit to be shown, and may be empty."""

    integration: str
    workspace: str
    looks_free: bool  # by the size of the files that may be uploaded

    @property
    def shown(self) -> str:
        """In words: the integration “Crates” of the workspace “Ada's”; empty when nothing is known."""
        whose = f"the integration “{self.integration}”" if self.integration else ""
        where = f"the workspace “{self.workspace}”" if self.workspace else ""
        return " of ".join(filter(None, (whose, where)))


def read_owner(me: JsonObject) -> Owner:
    """Reads the answer to ``GET users/me``."""
    bot = me.get("bot")
    bot = bot if isinstance(bot, dict) else {}
    limits = bot.get("workspace_limits")
    largest = limits.get("max_file_upload_size_in_bytes") if isinstance(limits, dict) else None
    return Owner(
        integration=_name(me.get("name")), workspace=_name(bot.get("workspace_name")), looks_free=largest == FREE_UPLOAD
    )


def data_source(client: NotionClient, given: str, *, known: str | None = None) -> JsonObject:
    """The data source (schema included) that ``given`` leads to: an id or link of it or of its database.

    ``known`` is the data source's id from an earlier run; it saves a request and is checked.
    Raises: UsageError (no id, several data sources, a page, a linked view, in the trash); NotSharedError,
    which says whose token it is, for the link may belong to another workspace; RejectedError.
    """
    wanted = identifier(given)
    source = _known(client, wanted, known) if known else None
    try:
        source = source or _found(client, wanted)
    except NotSharedError as error:
        raise _with_owner(client, error) from error
    if source.get("in_trash") is True:
        raise UsageError(f"The Notion database “{title(source)}” is in the trash.", hint=RESTORE)
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
    except RejectedError as error:
        if re.search(refusals.LINKED_VIEW, error.message):
            raise UsageError(
                f"The Notion database {wanted} has no data source that the token may see.", hint=refusals.LINKED
            ) from error
        return _by_its_own_id(client, wanted, error)
    except NotSharedError as missing:
        return _by_its_own_id(client, wanted, missing)
    listed = database.get("data_sources")
    sources = [s for s in listed if isinstance(s, dict)] if isinstance(listed, list) else []
    if database.get("in_trash") is True:
        raise UsageError(
            f"The Notion database “{title(database)}” is in the trash.",
            hint=RESTORE,
        )
    if len(sources) == 1:
        return client.data_source(str(sources[0].get("id")))
    if not sources:
        raise UsageError(
            f"The Notion database “{title(database)}” has no data source that the token may see.",
            hint=refusals.LINKED,
        )
    names = "; ".join(f"{title(s)}: {text.visible(str(s.get('id')))[:40]}" for s in sources)
    raise UsageError(
        f"The Notion database “{title(database)}” has {len(sources)} data sources.",
        hint=f"Give the id of the one that is meant instead of the link: {names}",
    )


def _by_its_own_id(client: NotionClient, wanted: str, missing: CloudcrateError) -> JsonObject:
    try:
        return client.data_source(wanted)
    except (NotSharedError, RejectedError):
        pass
    try:
        page = client.page(wanted)
    except NotSharedError:
        if isinstance(missing, NotSharedError):
            raise missing from None
        raise UsageError(f"Notion knows no database {wanted}.", hint=OPEN_AS_FULL_PAGE) from missing
    except RejectedError as error:
        raise UsageError(f"Notion knows no database {wanted}.", hint=OPEN_AS_FULL_PAGE) from error
    raise _a_page(page)


def _a_page(page: JsonObject) -> UsageError:
    parent = page.get("parent")
    home = parent.get("database_id") if isinstance(parent, dict) else None
    row = f" It is a row; the id of its database is {home}." if isinstance(home, str) and _ID.fullmatch(home) else ""
    return UsageError(
        f"This link leads to a Notion page, not to a database: “{_page_title(page)}”.{row}", hint=OPEN_AS_FULL_PAGE
    )


def _page_title(page: JsonObject) -> str:
    properties = page.get("properties")
    named = properties.values() if isinstance(properties, dict) else ()
    return title(next((p for p in named if isinstance(p, dict) and p.get("type") == "title"), {}))


def _with_owner(client: NotionClient, error: NotSharedError) -> NotSharedError:
    """``error`` with whose token it is; as it is when that cannot be known."""
    try:
        owner = read_owner(client.me())
    except StoppedError:
        raise
    except CloudcrateError:
        return error
    if not owner.shown:
        return error
    return NotSharedError(
        f"{error.message} The token belongs to {owner.shown}.",
        hint=f"{error.hint} If the link belongs to another workspace, use a token of that one.",
    )


def _name(value: object) -> str:
    return text.visible(text.clean(value))[:80] if isinstance(value, str) else ""
