"""Plans, outcomes, reports and remembered values as versioned JSON, and back.

Dataclasses become objects (unions carry ``"is": "ClassName"``), enums their values, tuples arrays,
mappings objects with text keys. Unknown keys are ignored on reading, so that an older cloudcrate can read
what a newer one wrote as long as nothing it needs has changed; ``SCHEMA_VERSION`` counts when it has.
"""

import dataclasses
import enum
import hashlib
import json
import types
import typing
from collections.abc import Iterator, Mapping
from functools import lru_cache
from operator import itemgetter
from typing import Any, TypeVar  # Any: JSON holds anything until it is decoded

from cloudcrate.core.model import Cells, CellValue, Field
from cloudcrate.errors import StateError

SCHEMA_VERSION = 1

DEPTH = 3
"""So deep in a snapshot is a single track: snapshot, listing, tracks."""

T = TypeVar("T")


def dumps(value: object) -> str:
    """``value`` as canonical JSON: compact, keys sorted, so that equal values give equal texts."""
    return json.dumps(plain(value), ensure_ascii=False, separators=(",", ":"), sort_keys=True)


def loads(kind: type[T], text: str) -> T:
    """Reads a value of ``kind`` from JSON. Raises: StateError when it does not fit."""
    try:
        return typing.cast(T, _decode(kind, json.loads(text)))  # cast: _decode builds what kind says
    except (ValueError, TypeError, KeyError) as error:
        raise StateError(f"A stored {_name(kind)} cannot be read: {error}") from error


def digest(value: object) -> str:
    """A short hash of what ``value`` says."""
    found = hashlib.sha256()
    for piece in _pieces(value, DEPTH):
        found.update(piece.encode("utf-8", "surrogatepass"))
    return found.hexdigest()[:16]


def _pieces(value: object, depth: int) -> Iterator[str]:
    """What ``dumps`` gives, piece by piece: the whole text of a long playlist takes a hundred megabytes to make."""
    if depth and dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields: dict[str, object] = {f.name: getattr(value, f.name) for f in dataclasses.fields(value)}
        value = {"is": type(value).__name__, **fields} if _tagged(value) else fields
    if not depth or not isinstance(value, Mapping):
        yield dumps(value)
        return
    comma = "{"
    for key, item in sorted(((str(plain(key)), item) for key, item in value.items()), key=itemgetter(0)):
        yield f"{comma}{dumps(key)}:"
        yield from _pieces(item, depth - 1)
        comma = ","
    yield "}" if value else "{}"


def cells_to_json(cells: Cells) -> str:
    """A row's cells as canonical JSON."""
    return dumps(cells)


def cells_from_json(text: str) -> dict[Field, CellValue]:
    """Reads a row's cells. Raises: StateError when they do not fit."""
    try:
        return dict(_decode(Mapping[Field, CellValue], json.loads(text)))
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise StateError(f"Stored cells cannot be read: {error}") from error


def tagged(text: str) -> dict[str, Any]:  # Any: for showing only
    """A stored value as plain JSON, for showing one whose kind may be newer than this cloudcrate."""
    value = json.loads(text)
    return value if isinstance(value, dict) else {}


def plain(value: object) -> Any:  # Any: the answer is JSON
    """``value`` as plain dicts, lists and scalars."""
    if isinstance(value, enum.Enum):
        return value.value
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = {f.name: plain(getattr(value, f.name)) for f in dataclasses.fields(value)}
        return {"is": type(value).__name__, **fields} if _tagged(value) else fields
    if isinstance(value, Mapping):
        return {str(plain(key)): plain(item) for key, item in value.items()}
    if isinstance(value, (tuple, list)):
        return [plain(item) for item in value]
    if isinstance(value, (set, frozenset)):
        return sorted((plain(item) for item in value), key=str)
    return value


def _tagged(value: object) -> bool:
    return bool(getattr(type(value), "TAGGED", False))


def _decode(kind: Any, value: Any) -> Any:  # Any: kinds are type expressions, values are JSON
    origin = typing.get_origin(kind)
    if origin in (typing.Union, types.UnionType):
        return _decode_union(typing.get_args(kind), value)
    if isinstance(kind, typing.NewType):
        return _decode(kind.__supertype__, value)
    if origin is tuple:
        _expect(isinstance(value, list), kind, value)
        return tuple(_decode(typing.get_args(kind)[0], item) for item in value)
    if origin is frozenset:
        return frozenset(_decode(typing.get_args(kind)[0], item) for item in value)
    if origin is not None and issubclass(origin, Mapping):
        _expect(isinstance(value, dict), kind, value)
        of_key, of_item = typing.get_args(kind)
        return {_decode_key(of_key, key): _decode(of_item, item) for key, item in value.items()}
    if dataclasses.is_dataclass(kind):
        return _decode_dataclass(kind, value)
    if isinstance(kind, type) and issubclass(kind, enum.Enum):
        return kind(value)
    return _decode_scalar(kind, value)


@lru_cache
def _hints(kind: Any) -> dict[str, Any]:  # Any: see _decode
    return typing.get_type_hints(kind)  # half of a decode's time when asked for every value


def _decode_dataclass(kind: Any, value: Any) -> Any:  # Any: see _decode
    _expect(isinstance(value, dict), kind, value)
    hints = _hints(kind)
    known = {f.name for f in dataclasses.fields(kind)}
    return kind(**{name: _decode(hints[name], item) for name, item in value.items() if name in known})


def _decode_union(kinds: tuple[Any, ...], value: Any) -> Any:  # Any: see _decode
    if value is None and type(None) in kinds:
        return None
    if isinstance(value, dict) and "is" in value:
        for kind in kinds:
            if _name(kind) == value["is"]:
                return _decode(kind, value)
    for kind in kinds:
        if kind is not type(None):
            try:
                return _decode(kind, value)
            except (ValueError, TypeError, KeyError):
                continue
    raise ValueError(f"{value!r:.60} is none of {', '.join(map(_name, kinds))}")


def _decode_key(kind: Any, key: str) -> Any:  # Any: see _decode
    supertype = kind.__supertype__ if isinstance(kind, typing.NewType) else kind
    return int(key) if supertype is int else _decode(kind, key)


def _decode_scalar(kind: Any, value: Any) -> Any:  # Any: see _decode
    if kind is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    _expect(type(value) is kind, kind, value)
    return value


def _expect(holds: bool, kind: Any, value: Any) -> None:  # Any: only named in the message
    if not holds:
        raise ValueError(f"{value!r:.60} is not a {_name(kind)}")


def _name(kind: Any) -> str:  # Any: see _decode
    return getattr(kind, "__name__", str(kind))
