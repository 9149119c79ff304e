"""Properties of a table: as sent, kept, changed and answered."""

from collections.abc import Mapping
from typing import Any  # Any: JSON

from cloudcrate.sandbox.notion import ids
from cloudcrate.sandbox.notion.refusals import Json, invalid
from cloudcrate.sandbox.notion.tables import DataSource, Property, Workspace

COLOURS = ("default", "gray", "brown", "orange", "yellow", "green", "blue", "purple", "pink", "red")
EMPTY = frozenset(
    {
        "title",
        "rich_text",
        "date",
        "people",
        "files",
        "checkbox",
        "url",
        "email",
        "phone_number",
        "created_time",
        "created_by",
        "last_edited_time",
        "last_edited_by",
        "button",
        "place",
        "verification",
    }
)
WITH_OPTIONS = frozenset({"select", "multi_select", "status"})
GROUPS = (("To-do", "gray"), ("In progress", "blue"), ("Complete", "green"))


class SchemaEditor:
    """Makes and changes properties; relations reach into other tables."""

    def __init__(self, workspace: Workspace, mint: ids.Mint) -> None:
        self._workspace = workspace
        self._mint = mint

    def properties(self, wanted: Mapping[str, Any], database_id: str) -> dict[str, Property]:  # Any: JSON
        """The columns of a new table; without a title one called Name is added."""
        made = {p.id: p for p in (self.make(name, value) for name, value in wanted.items())}
        if not any(p.type == "title" for p in made.values()):
            made["title"] = Property(id="title", name="Name", type="title", config={})
        return made

    def make(self, name: str, wanted: Any) -> Property:  # Any: JSON
        """One column. Raises: Refusal."""
        kind = _kind(wanted)
        if kind is None:
            raise invalid(f"body failed validation: body.properties.{name} should be defined, instead was `undefined`.")
        property_id = "title" if kind == "title" else self._mint.property()
        config = self._config(kind, wanted.get(kind) or {})
        return Property(id=property_id, name=name, type=kind, config=config, description=wanted.get("description"))

    def change(self, source: DataSource, wanted: Mapping[str, Any]) -> None:  # Any: JSON
        """Adds, renames, retypes and deletes columns."""
        for key, value in wanted.items():
            prop = source.find(key)
            if value is None:
                if prop is None:
                    raise invalid(f"{key} is not a property that exists.")
                self._delete(source, prop)
            elif prop is None:
                added = self.make(str(value.get("name", key)), value)
                source.properties[added.id] = added
                self.link(source, added)
            else:
                self._alter(source, prop, value)

    def link(self, source: DataSource, prop: Property) -> None:
        """Gives a two-way relation its other side."""
        if prop.type != "relation" or prop.config.get("type") != "dual_property":
            return
        target = self._workspace.sources.get(prop.config["data_source_id"])
        if target is None or prop.config["dual_property"].get("synced_property_id"):
            return
        title = "".join(s["plain_text"] for s in source.title)
        other = Property(
            id=self._mint.property(),
            name=f"Related to {title} ({prop.name})",
            type="relation",
            config=_relation(source, {"synced_property_name": prop.name, "synced_property_id": prop.id}),
        )
        target.properties[other.id] = other
        prop.config["dual_property"] = {"synced_property_name": other.name, "synced_property_id": other.id}

    def option(self, prop: Property, wanted: Any) -> Json:  # Any: JSON
        """The option that a value names; an unknown one is added. Raises: Refusal."""
        wanted = {"name": wanted} if isinstance(wanted, str) else wanted
        options: list[Json] = prop.config["options"]
        for option in options:
            if option["id"] == wanted.get("id") or option["name"] == wanted.get("name"):
                return option
        name = wanted.get("name")
        if not isinstance(name, str) or not name:
            raise invalid(f"Invalid property value for: {prop.name!r}.")
        if prop.type == "status":
            raise invalid(f'Invalid status option. Status option "{name}" does not exist.')
        added = self._option(prop.type, wanted, len(options))
        options.append(added)
        return added

    def _alter(self, source: DataSource, prop: Property, wanted: Mapping[str, Any]) -> None:  # Any: JSON
        kind = _kind(wanted)
        if "name" in wanted and wanted["name"] != prop.name:
            prop.name = str(wanted["name"])
            self._rename_other_side(prop)
        if "description" in wanted:
            prop.description = wanted["description"]
        if kind is None or (kind == prop.type and not wanted.get(kind)):
            if kind == "unique_id":
                prop.config = {"prefix": None}
            return
        if kind != prop.type:
            for row in source.rows:
                row.values.pop(prop.id, None)
                row.plain.clear()
        prop.type = kind
        prop.config = self._config(kind, wanted.get(kind) or {}, prop.config)
        self.link(source, prop)

    def _rename_other_side(self, prop: Property) -> None:
        if prop.type != "relation" or prop.config.get("type") != "dual_property":
            return
        target = self._workspace.sources.get(prop.config["data_source_id"])
        other = target.properties.get(prop.config["dual_property"].get("synced_property_id", "")) if target else None
        if other is not None:
            other.config["dual_property"]["synced_property_name"] = prop.name

    def _delete(self, source: DataSource, prop: Property) -> None:
        if prop.type == "title":
            raise invalid("Cannot delete the title property.")
        del source.properties[prop.id]
        for row in source.rows:
            row.values.pop(prop.id, None)
            row.plain.clear()

    def _config(self, kind: str, given: Mapping[str, Any], before: Json | None = None) -> Json:  # Any: JSON
        if kind in EMPTY:
            return {}
        if kind == "number":
            return {"format": given.get("format", "number")}
        if kind in WITH_OPTIONS:
            return self._options(kind, given, (before or {}).get("options", []))
        if kind == "relation":
            return self._relation(given)
        if kind == "unique_id":
            return {"prefix": given.get("prefix")}
        if kind == "formula":
            return {"expression": given.get("expression", "")}
        if kind == "rollup":
            return dict(given)
        raise invalid(f"body failed validation: a property of type {kind} cannot be made.")

    def _relation(self, given: Mapping[str, Any]) -> Json:  # Any: JSON
        target = self._workspace.sources.get(ids.normal(str(given.get("data_source_id", ""))))
        if target is None:
            raise invalid("body failed validation: the relation's data_source_id is not that of a data source.")
        if "dual_property" in given or given.get("type") == "dual_property":
            return _relation(target, {})
        made = _relation(target, {})
        del made["dual_property"]
        return {**made, "type": "single_property", "single_property": {}}

    def _options(self, kind: str, given: Mapping[str, Any], before: list[Json]) -> Json:  # Any: JSON
        known = {option["id"]: option for option in before} | {option["name"]: option for option in before}
        made = []
        for n, wanted in enumerate(given.get("options") or ()):
            old = known.get(wanted.get("id")) or known.get(wanted.get("name"))
            made.append(old or self._option(kind, wanted, n))
        if kind != "status":
            return {"options": made}
        made = made or [
            self._option(kind, {"name": name}, n) for n, name in enumerate(("Not started", "In progress", "Done"))
        ]
        groups = [
            {
                "id": self._mint.uuid4(),
                "name": name,
                "color": colour,
                "option_ids": [made[n]["id"]] if n < len(made) else [],
            }
            for n, (name, colour) in enumerate(GROUPS)
        ]
        return {"options": made, "groups": groups}

    def _option(self, kind: str, wanted: Mapping[str, Any], number: int) -> Json:  # Any: JSON
        name = str(wanted.get("name", ""))
        if "," in name and kind != "status":
            raise invalid(f"Invalid select option, commas not allowed: {name}")
        if len(name) > 100:
            raise invalid(
                f"body failed validation: a select option's name.length should be ≤ `100`, instead was `{len(name)}`."
            )
        colour = wanted.get("color") or COLOURS[number % len(COLOURS)]
        return {"id": self._mint.uuid4(), "name": name, "color": colour, "description": None}


def _relation(target: DataSource, other: Json) -> Json:
    return {
        "database_id": target.database_id,
        "data_source_id": target.id,
        "type": "dual_property",
        "dual_property": other,
    }


def _kind(wanted: Any) -> str | None:  # Any: JSON
    """A property's type: said, or the key that is one."""
    if not isinstance(wanted, Mapping):
        return None
    kind = wanted.get("type")
    if isinstance(kind, str):
        return kind
    known = EMPTY | WITH_OPTIONS | {"number", "relation", "formula", "rollup", "unique_id"}
    return next((key for key in wanted if key in known), None)


def answered(prop: Property) -> Json:
    """A column as answers carry it."""
    config = prop.config
    if prop.type == "relation" and config["type"] == "dual_property":
        other = dict(config["dual_property"])
        if "synced_property_id" in other:
            other["synced_property_id"] = ids.encoded(other["synced_property_id"])
        config = {**config, "dual_property": other}
    return {
        "id": ids.encoded(prop.id),
        "name": prop.name,
        "description": prop.description,
        "type": prop.type,
        prop.type: config,
    }
