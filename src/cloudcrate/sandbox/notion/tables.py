"""What a workspace holds: pages, databases, data sources with their properties and rows."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any  # Any: JSON

from cloudcrate.sandbox.notion.refusals import Json


@dataclass(slots=True, kw_only=True)
class Property:
    """A column. ``config`` is what stands under its type; ids are decoded."""

    id: str
    name: str
    type: str
    config: Json
    description: str | None = None


@dataclass(slots=True, kw_only=True)
class Page:
    """A page or a row. ``values`` holds, by property id, what stands under the property's type."""

    id: str
    number: int  # counts up: the order of creation
    parent: Json
    created: float
    edited: float
    values: dict[str, Any]  # Any: JSON
    icon: Json | None = None
    cover: Json | None = None
    in_trash: bool = False
    archived: bool = False
    plain: dict[str, Any] = field(default_factory=dict)  # Any: values as filters see them, made when asked for


@dataclass(slots=True, kw_only=True)
class DataSource:
    """A table."""

    id: str
    database_id: str
    title: list[Json]
    properties: dict[str, Property]  # by id
    created: float
    edited: float
    description: list[Json] = field(default_factory=list)
    icon: Json | None = None
    cover: Json | None = None
    in_trash: bool = False
    rows: list[Page] = field(default_factory=list)  # oldest first
    serial: int = 0  # the last number of a unique id

    def find(self, key: str) -> Property | None:
        """A property by its id, decoded or not, or by its name."""
        for prop in self.properties.values():
            if key in (prop.id, prop.name):
                return prop
        from cloudcrate.sandbox.notion.ids import decoded  # noqa: PLC0415  # the rare case

        return self.properties.get(decoded(key))

    @property
    def title_property(self) -> Property:
        """Every table has one."""
        return next(p for p in self.properties.values() if p.type == "title")


@dataclass(slots=True, kw_only=True)
class Database:
    """A container of tables."""

    id: str
    title: list[Json]
    parent: Json
    created: float
    edited: float
    description: list[Json] = field(default_factory=list)
    icon: Json | None = None
    cover: Json | None = None
    is_inline: bool = False
    in_trash: bool = False
    shared: bool = True
    sources: list[DataSource] = field(default_factory=list)


class Workspace:
    """Everything, by id."""

    def __init__(self) -> None:
        self.pages: dict[str, Page] = {}
        self.databases: dict[str, Database] = {}
        self.sources: dict[str, DataSource] = {}
        self.made = 0

    def source_of(self, page: Page) -> DataSource | None:
        """The table that a row stands in."""
        return self.sources.get(page.parent.get("data_source_id", ""))

    def is_shared(self, source: DataSource) -> bool:
        """Says whether the integration may see a table."""
        return self.databases[source.database_id].shared

    def rows_newest_first(self, source: DataSource) -> Iterator[Page]:
        """Rows that are not in the trash."""
        return (page for page in reversed(source.rows) if not page.in_trash)
