"""Pages, tables and databases as answers carry them, in both versions."""

import re
from collections.abc import Collection

from cloudcrate.sandbox.notion import schema, texts, times
from cloudcrate.sandbox.notion.refusals import Json
from cloudcrate.sandbox.notion.tables import Database, DataSource, Page, Workspace
from cloudcrate.sandbox.notion.values import BOT, Values

OLD = "2025-09-03"
USER = {"object": "user", "id": BOT}


class Answers:
    """Builds answers."""

    def __init__(self, workspace: Workspace, values: Values) -> None:
        self._workspace = workspace
        self._values = values

    def page(self, page: Page, version: str, now: float, only: Collection[str] | None = None) -> Json:
        """A page with every property of its table, or with those in ``only`` (ids)."""
        source = self._workspace.source_of(page)
        if source is None:
            title = page.values.get("title") or []
            properties: Json = {"title": {"id": "title", "type": "title", "title": title}}
        else:
            title = page.values.get(source.title_property.id) or []
            properties = {
                prop.name: self._values.answered(page, prop, now)
                for prop in source.properties.values()
                if only is None or prop.id in only
            }
        made: Json = {
            "object": "page",
            "id": page.id,
            "created_time": times.to_minute(page.created),
            "last_edited_time": times.to_minute(page.edited),
            "created_by": USER,
            "last_edited_by": USER,
            "cover": page.cover,
            "icon": page.icon,
            "parent": page.parent,
            "in_trash": page.in_trash,
            "is_archived": page.archived,
            "is_locked": False,
            "properties": properties,
            "url": _url(texts.plain(title), page.id),
            "public_url": None,
        }
        return made | ({"archived": page.in_trash} if version <= OLD else {})

    def source(self, source: DataSource, version: str) -> Json:
        """A table with its columns."""
        database = self._workspace.databases[source.database_id]
        made: Json = {
            "object": "data_source",
            "id": source.id,
            "cover": source.cover,
            "icon": source.icon,
            "created_time": times.to_minute(source.created),
            "created_by": USER,
            "last_edited_by": USER,
            "last_edited_time": times.to_minute(source.edited),
            "title": source.title,
            "description": source.description,
            "is_inline": database.is_inline,
            "properties": {prop.name: schema.answered(prop) for prop in source.properties.values()},
            "parent": {"type": "database_id", "database_id": source.database_id},
            "database_parent": database.parent,
            "url": _url("", source.database_id),
            "public_url": None,
            "in_trash": source.in_trash,
        }
        return made | ({"archived": source.in_trash} if version <= OLD else {})

    def database(self, database: Database, version: str) -> Json:
        """A container with the names of its tables."""
        made: Json = {
            "object": "database",
            "id": database.id,
            "title": database.title,
            "description": database.description,
            "parent": database.parent,
            "is_inline": database.is_inline,
            "in_trash": database.in_trash,
            "is_locked": False,
            "created_time": times.to_millisecond(database.created),
            "last_edited_time": times.to_millisecond(database.edited),
            "data_sources": [{"id": s.id, "name": texts.plain(s.title)} for s in database.sources if not s.in_trash],
            "icon": database.icon,
            "cover": database.cover,
            "url": _url("", database.id),
            "public_url": None,
        }
        return made | ({"archived": database.in_trash} if version <= OLD else {})


def _url(title: str, object_id: str) -> str:
    slug = "-".join(filter(None, re.split(r"[^0-9A-Za-z]+", title)))
    plain = object_id.replace("-", "")
    return f"https://www.notion.so/{slug + '-' if slug else ''}{plain}"
