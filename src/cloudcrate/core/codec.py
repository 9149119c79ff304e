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
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from functools import cache
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
    return _ENCODER.encode(plain(value))


_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), sort_keys=True)
"""Made once: a snapshot is written in tens of thousands of pieces."""


def dumps_long(value: object) -> str:
    """What ``dumps`` gives, for a value with long arrays: never all of it as plain dicts at once."""
    return "".join(_pieces(value, DEPTH - 1))


def loads(kind: type[T], text: str) -> T:
    """Reads a value of ``kind`` from JSON. Raises: StateError when it does not fit."""
    try:
        decode = _decoder(typing.cast(Hashable, kind))  # cast: mypy takes no class that is generic for hashable
        return typing.cast(T, decode(json.loads(text)))  # cast: it builds what kind says
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
        fields: dict[str, object] = {name: getattr(value, name) for name in _names(type(value))}
        value = {"is": type(value).__name__, **fields} if _tagged(value) else fields
    if depth and isinstance(value, (tuple, list)):
        yield from _pieces_of_array(value, depth - 1)
        return
    if not depth or not isinstance(value, Mapping):
        yield dumps(value)
        return
    comma = "{"
    for key, item in sorted(((str(plain(key)), item) for key, item in value.items()), key=itemgetter(0)):
        yield f"{comma}{dumps(key)}:"
        yield from _pieces(item, depth - 1)
        comma = ","
    yield "}" if value else "{}"


def _pieces_of_array(items: Sequence[object], depth: int) -> Iterator[str]:
    comma = "["
    for item in items:
        yield comma
        yield from _pieces(item, depth)
        comma = ","
    yield "]" if items else "[]"


def cells_to_json(cells: Cells) -> str:
    """A row's cells as canonical JSON."""
    return dumps(cells)


def cells_from_json(text: str) -> dict[Field, CellValue]:
    """Reads a row's cells. Raises: StateError when they do not fit."""
    try:
        return dict(_decoder(Mapping[Field, CellValue])(json.loads(text)))
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise StateError(f"Stored cells cannot be read: {error}") from error


def tagged(text: str) -> dict[str, Any]:  # Any: for showing only
    """A stored value as plain JSON, for showing one whose kind may be newer than this cloudcrate."""
    value = json.loads(text)
    return value if isinstance(value, dict) else {}


def plain(value: object) -> Any:  # Any: the answer is JSON
    """``value`` as plain dicts, lists and scalars."""
    if type(value) in _SCALARS:
        return value
    if isinstance(value, enum.Enum):
        return value.value
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = {name: plain(getattr(value, name)) for name in _names(type(value))}
        return {"is": type(value).__name__, **fields} if _tagged(value) else fields
    if isinstance(value, Mapping):
        return {str(plain(key)): plain(item) for key, item in value.items()}
    if isinstance(value, (tuple, list)):
        return [plain(item) for item in value]
    if isinstance(value, (set, frozenset)):
        return sorted((plain(item) for item in value), key=str)
    return value


_SCALARS = frozenset({str, int, float, bool, type(None)})


@cache
def _names(kind: Any) -> tuple[str, ...]:  # Any: a dataclass
    return tuple(f.name for f in dataclasses.fields(kind))


def _tagged(value: object) -> bool:
    return bool(getattr(type(value), "TAGGED", False))


Decoder = Callable[[Any], Any]  # Any: JSON in, a value of some kind out


@cache
def _decoder(kind: Any) -> Decoder:  # Any: kinds are type expressions
    """What reads a value of ``kind``; made once, for a run reads hundreds of thousands."""
    origin = typing.get_origin(kind)
    if origin in (typing.Union, types.UnionType):
        return _decoder_of_union(typing.get_args(kind))
    if isinstance(kind, typing.NewType):
        return _decoder(kind.__supertype__)
    if origin is tuple:
        of_item = _decoder(typing.get_args(kind)[0])
        return lambda value: tuple([of_item(item) for item in _expected(list, kind, value)])
    if origin is frozenset:
        of_member = _decoder(typing.get_args(kind)[0])
        return lambda value: frozenset([of_member(item) for item in value])
    if origin is not None and issubclass(origin, Mapping):
        return _decoder_of_mapping(kind)
    if dataclasses.is_dataclass(kind):
        return _decoder_of_dataclass(kind)
    if isinstance(kind, type) and issubclass(kind, enum.Enum):
        return kind
    if kind is float:
        return lambda value: float(value) if type(value) is int else _expected(float, kind, value)
    return lambda value: _expected(kind, kind, value)


def _decoder_of_dataclass(kind: Any) -> Decoder:  # Any: a type expression
    decoders: dict[str, Decoder] = {}

    def decode(value: Any) -> Any:  # Any: see Decoder
        _expected(dict, kind, value)
        if not decoders:  # only now: a dataclass may hold others of its kind
            hints = typing.get_type_hints(kind)
            decoders.update({name: _decoder(hints[name]) for name in _names(kind)})
        return kind(**{name: decoders[name](item) for name, item in value.items() if name in decoders})

    return decode


def _decoder_of_mapping(kind: Any) -> Decoder:  # Any: a type expression
    of_key, of_item = typing.get_args(kind)
    supertype = of_key.__supertype__ if isinstance(of_key, typing.NewType) else of_key
    key: Decoder = int if supertype is int else _decoder(of_key)
    item = _decoder(of_item)
    return lambda value: {key(k): item(v) for k, v in _expected(dict, kind, value).items()}


def _decoder_of_union(kinds: tuple[Any, ...]) -> Decoder:  # Any: a type expression
    """By the tag, or else the first kind that fits."""
    named = {_name(kind): _decoder(kind) for kind in reversed(kinds)}
    others = [_decoder(kind) for kind in kinds if kind is not type(None)]
    optional = type(None) in kinds

    def decode(value: Any) -> Any:  # Any: see Decoder
        if value is None and optional:
            return None
        if isinstance(value, dict) and value.get("is") in named:
            return named[value["is"]](value)
        for other in others:
            try:
                return other(value)
            except (ValueError, TypeError, KeyError):
                continue
        raise ValueError(f"{value!r:.60} is none of {', '.join(map(_name, kinds))}")

    return decode


def _expected(form: type, kind: Any, value: Any) -> Any:  # Any: kind is only named in the message
    """``value``, which must be of exactly this form."""
    if type(value) is not form:
        raise ValueError(f"{value!r:.60} is not a {_name(kind)}")
    return value


def _name(kind: Any) -> str:  # Any: a type expression
    return getattr(kind, "__name__", str(kind))
