"""Holds JSON that was printed against what the reference says of it."""

from collections.abc import Iterator, Mapping
from typing import Any  # Any: JSON, and type expressions

from cloudcrate.cli import fields
from cloudcrate.cli.documents import DOCUMENTS
from cloudcrate.cli.documents_lines import EVENTS
from cloudcrate.core.codec import SCHEMA_VERSION

SCALARS: Mapping[object, tuple[type, ...]] = {
    str: (str,),
    int: (int,),
    float: (int, float),
    bool: (bool,),
    type(None): (type(None),),
}


def document_faults(command: str, printed: Mapping[str, Any]) -> list[str]:  # Any: JSON
    """What a document holds otherwise than the reference says, by the one of the command's that has its keys."""
    if printed.get("schema_version") != SCHEMA_VERSION:
        return [f"schema_version is {printed.get('schema_version')}"]
    rest = {key: value for key, value in printed.items() if key != "schema_version"}
    keys = set(rest)
    for document in DOCUMENTS[command]:
        members = fields.members(document.kind)
        if {m.name for m in members if m.always} <= keys <= {m.name for m in members}:
            return list(faults(rest, document.kind, command))
    return [f"{command}: no document has the keys {sorted(keys)}"]


def line_faults(printed: Mapping[str, Any]) -> list[str]:  # Any: JSON
    """The same of a line on stderr."""
    rest = {key: value for key, value in printed.items() if key not in ("schema_version", "event", "time")}
    event = printed.get("event")
    if printed.get("schema_version") != SCHEMA_VERSION or not isinstance(printed.get("time"), float):
        return [f"{event}: no schema_version or no time"]
    return list(faults(rest, EVENTS[str(event)], str(event)))


def faults(value: Any, kind: Any, place: str) -> Iterator[str]:  # Any: JSON, and a type expression
    """How ``value`` differs from what values of ``kind`` are printed like."""
    if hasattr(kind, "__supertype__"):
        yield from faults(value, kind.__supertype__, place)
    elif fields.is_enumeration(kind):
        if value not in [member.name for member in fields.members(kind)]:
            yield f"{place}: {value!r} is no {kind.__name__}"
    elif fields.is_object(kind):
        yield from _object_faults(value, kind, place)
    elif len(kinds := fields.alternatives(kind)) > 1:
        yield from _nearest(value, kinds, place)
    elif fields.is_list(kind) or fields.is_mapping(kind):
        yield from _collection_faults(value, kind, place)
    elif kind is not object and type(value) not in SCALARS[kind]:
        yield f"{place}: {value!r:.60} is no {kind.__name__}"


def _object_faults(value: Any, kind: type, place: str) -> Iterator[str]:  # Any: JSON
    if not isinstance(value, dict):
        yield f"{place}: {value!r:.60} is no object"
        return
    members = {member.name: member for member in fields.members(kind)}
    needed = {name for name, member in members.items() if member.always}
    known = set(members)
    if fields.is_tagged(kind):
        needed, known = needed | {"is"}, known | {"is"}
        if value.get("is") != kind.__name__:
            yield f"{place}: it is {value.get('is')!r}, not {kind.__name__}"
    if missing := needed - set(value):
        yield f"{place}: without {sorted(missing)}"
    if more := set(value) - known:
        yield f"{place}: {sorted(more)} is not documented"
    for name, item in value.items():
        if name in members:
            yield from faults(item, members[name].kind, f"{place}.{name}")


def _nearest(value: Any, kinds: tuple[Any, ...], place: str) -> Iterator[str]:  # Any: JSON, and type expressions
    tried = [list(faults(value, kind, place)) for kind in kinds]
    yield from min(tried, key=len)


def _collection_faults(value: Any, kind: Any, place: str) -> Iterator[str]:  # Any: JSON, and a type expression
    if fields.is_mapping(kind):
        key, item = fields.key_and_value(kind)
        if not isinstance(value, dict):
            yield f"{place}: {value!r:.60} is no object"
            return
        for name, under in value.items():
            yield from faults(name, key, f"{place}: the key {name}")
            yield from faults(under, item, f"{place}.{name}")
        return
    if not isinstance(value, list):
        yield f"{place}: {value!r:.60} is no list"
        return
    positions = fields.positions(kind)
    kinds = positions if positions is not None else [fields.item_of(kind)] * len(value)
    if len(kinds) != len(value):
        yield f"{place}: {len(value)} items"
    for number, (item, of) in enumerate(zip(value, kinds, strict=False)):
        yield from faults(item, of, f"{place}[{number}]")
