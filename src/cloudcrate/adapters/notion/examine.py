"""What ``doctor`` finds out about Notion: whose token it is, whether rows may be edited, where playlists are.

Each function asks as little as it can: one request for the token, two for editing, three for playlists.
"""

from collections.abc import Sequence

from cloudcrate.adapters.notion import resolve
from cloudcrate.adapters.notion.client import NotionClient
from cloudcrate.adapters.notion.columns import read_columns
from cloudcrate.adapters.notion.identify import same
from cloudcrate.app.service import Check
from cloudcrate.core.model import CatalogInfo
from cloudcrate.errors import CredentialsError, NotSharedError, RejectedError

NEWEST_FIRST = ({"timestamp": "created_time", "direction": "descending"},)
FREE_PLAN = (
    "looks like a free plan: with more than one member it may hold only 1,000 blocks in all, and every row is one; "
    "a personal access token is not bound by it"
)


def token(client: NotionClient) -> Sequence[Check]:
    """Whose token it is. Raises: CredentialsError when it is missing, malformed or revoked."""
    owner = resolve.read_owner(client.me())
    whose = owner.shown or "an integration whose name is not told"
    found = [Check(name="Notion token", state="fine", message=f"belongs to {whose}")]
    if owner.looks_free:
        place = f"the workspace “{owner.workspace}”" if owner.workspace else "the workspace"
        found.append(Check(name="Notion token", state="note", message=f"{place} {FREE_PLAN}"))
    return found


def editing(client: NotionClient, catalog: CatalogInfo) -> Sequence[Check]:
    """Whether rows may be edited: an update of the newest one that names no property and so changes none.

    Notion answers 403 to it without the capability to update content, and may answer 404 where the database
    is shared for reading only. Whether rows may be added cannot be known without adding one.
    """
    first = next(client.query(_data_source(catalog), sorts=NEWEST_FIRST, properties=("title",)))
    if not first.rows:
        return [_editing("note", "there is no row yet, so whether rows may be edited is not known before the first")]
    try:
        client.update_page(str(first.rows[0].get("id")), {"properties": {}})
    except NotSharedError:
        return [
            _editing(
                "wrong",
                "the token may read rows and not edit them",
                "In Notion, give its integration the right to edit the database (••• → Connections).",
            )
        ]
    except CredentialsError as error:
        return [_editing("wrong", error.message, error.hint)]
    except RejectedError as error:
        return [_editing("note", f"could not be found out: {error.message}")]
    return [_editing("fine", "rows may be edited")]


def playlists(client: NotionClient, catalog: CatalogInfo, *, given: str) -> Sequence[Check]:
    """Whether the playlists database ``given`` (id or link) can be reached, and a column leads to it.

    Raises: UsageError, NotSharedError as ``resolve.data_source`` does.
    """
    target = resolve.data_source(client, given)
    name = resolve.title(target)
    parent = target.get("parent")
    database = parent.get("database_id") if isinstance(parent, dict) else None
    ids = [str(found) for found in (target.get("id"), database) if isinstance(found, str)]
    relations = [c for c in read_columns(client.data_source(_data_source(catalog))) if c.type == "relation"]
    for column in relations:
        if any(same(one, other) for one in column.targets for other in ids):
            return [_playlists("fine", f"{name}, by the column “{column.shown}”")]
    others = ", ".join(f"“{column.shown}”" for column in relations)
    why = f"the relations {others} lead elsewhere" if relations else "there is no relation"
    return [
        _playlists(
            "wrong",
            f"no column of the tracks database leads to “{name}”: {why}",
            "In Notion, add a relation to it in the tracks database, or leave the playlists database out.",
        )
    ]


def _data_source(catalog: CatalogInfo) -> str:
    return catalog.id.removeprefix("notion:")


def _editing(state: str, message: str, hint: str = "") -> Check:
    return Check(name="editing", state=state, message=message, hint=hint)


def _playlists(state: str, message: str, hint: str = "") -> Check:
    return Check(name="playlists", state=state, message=message, hint=hint)
