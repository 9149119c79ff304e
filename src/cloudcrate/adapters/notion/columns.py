"""A data source's columns, as far as they matter for writing rows."""

import urllib.parse
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any  # Any: JSON is whatever the service says it is

from cloudcrate.core import text


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column. ``id`` is decoded: it is the key for writes, filters and ``filter_properties``."""

    id: str
    name: str
    type: str
    options: tuple[str, ...] = ()  # of select, multi_select, status
    complete: tuple[str, ...] = ()  # the status options that mean done
    todo: tuple[str, ...] = ()  # the status options that mean not begun
    target: str | None = None  # a relation's data source
    targets: tuple[str, ...] = ()  # every id that names the relation's target

    @property
    def shown(self) -> str:
        """Its name, fit to be shown."""
        return text.visible(self.name)[:80]


def read_columns(source: Mapping[str, Any]) -> tuple[Column, ...]:  # Any: JSON
    """The columns of a data source's JSON, in its order; what has no usable form is left out."""
    properties = source.get("properties")
    if not isinstance(properties, dict):
        return ()
    return tuple(
        _column(str(name), prop)
        for name, prop in properties.items()
        if isinstance(prop, dict) and isinstance(prop.get("id"), str) and isinstance(prop.get("type"), str)
    )


def _column(name: str, prop: Mapping[str, Any]) -> Column:  # Any: JSON
    config = prop.get(prop["type"])
    config = config if isinstance(config, dict) else {}
    options = [o for o in _list(config.get("options")) if isinstance(o.get("name"), str)]
    targets = [config[key] for key in ("data_source_id", "database_id") if isinstance(config.get(key), str)]
    return Column(
        id=urllib.parse.unquote(prop["id"]),
        name=name,
        type=prop["type"],
        options=tuple(o["name"] for o in options),
        complete=_grouped(config, options, "complete"),
        todo=_grouped(config, options, "to-do"),
        target=config.get("data_source_id") if isinstance(config.get("data_source_id"), str) else None,
        targets=tuple(targets),
    )


def _grouped(
    config: Mapping[str, Any],  # Any: JSON
    options: list[dict[str, Any]],  # Any: JSON
    group: str,
) -> tuple[str, ...]:
    ids = [
        option_id
        for g in _list(config.get("groups"))
        if str(g.get("name", "")).casefold() == group and isinstance(g.get("option_ids"), list)
        for option_id in g["option_ids"]
    ]
    return tuple(o["name"] for option_id in ids for o in options if o.get("id") == option_id)


def _list(value: object) -> list[dict[str, Any]]:  # Any: JSON
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []
