"""What a value that is printed as data is made of: its fields, their types in words, and what they mean.

The meaning of a field is the comment behind it where it is defined, or the text below it. Only the reference
pages and tests read this; no command does.
"""

import ast
import dataclasses
import inspect
import io
import tokenize
import types
import typing
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any  # Any: type expressions have no type of their own

SCALARS: Mapping[object, str] = {
    str: "text",
    int: "whole number",
    float: "number",
    bool: "true or false",
    type(None): "null",
    object: "anything",
}
LISTS = (tuple, list, frozenset, set)


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A field of an object, or a value of an enumeration."""

    name: str  # as it is printed
    kind: Any  # Any: a type expression
    meaning: str  # empty where its definition says nothing
    always: bool = True  # False: left out where there is nothing to say


def is_object(kind: object) -> bool:
    """Whether values of this type are printed as objects with fields of their own."""
    return isinstance(kind, type) and (dataclasses.is_dataclass(kind) or typing.is_typeddict(kind))


def is_enumeration(kind: object) -> bool:
    """Whether values of this type are printed as one of several words."""
    return isinstance(kind, type) and issubclass(kind, Enum)


def is_tagged(kind: object) -> bool:
    """Whether such an object says which it is, under ``is``."""
    return bool(getattr(kind, "TAGGED", False))


def members(kind: type) -> tuple[Member, ...]:
    """The fields of an object, or the values of an enumeration, in the order in which they are printed."""
    said = comments(kind)
    if issubclass(kind, Enum):
        return tuple(Member(name=str(m.value), kind=str, meaning=said.get(m.name, "")) for m in kind)
    hints = typing.get_type_hints(kind)
    optional: frozenset[str] = getattr(kind, "__optional_keys__", frozenset())
    names = [f.name for f in dataclasses.fields(kind)] if dataclasses.is_dataclass(kind) else list(hints)
    return tuple(
        Member(name=name.removesuffix("_"), kind=hints[name], meaning=said.get(name, ""), always=name not in optional)
        for name in names
    )


def comments(kind: type) -> dict[str, str]:
    """What the source of a class says of its fields, by their names in it."""
    source = inspect.cleandoc("\n" + inspect.getsource(kind))
    behind = {
        token.start[0]: token.string.lstrip("# ").strip()
        for token in tokenize.generate_tokens(io.StringIO(source).readline)
        if token.type == tokenize.COMMENT
    }
    body = next(node for node in ast.parse(source).body if isinstance(node, ast.ClassDef)).body
    found: dict[str, str] = {}
    for statement, following in zip(body, [*body[1:], None], strict=True):
        name = _assigned(statement)
        if not name:
            continue
        below = following.value if isinstance(following, ast.Expr) else None
        text = below.value if isinstance(below, ast.Constant) and isinstance(below.value, str) else ""
        said = behind.get(statement.end_lineno or statement.lineno, "") or " ".join(text.split())
        if said:
            found[name] = _plainly(said)
    return found


def about(kind: type) -> str:
    """What a class is, by its docstring."""
    return _plainly(" ".join((inspect.getdoc(kind) or "").split()))


def parts(kind: object) -> Iterator[type]:
    """The objects and enumerations that a type expression names."""
    if isinstance(kind, typing.NewType):
        yield from parts(kind.__supertype__)
    elif is_object(kind) or is_enumeration(kind):
        yield typing.cast(type, kind)  # cast: both say that it is a class
    else:
        for argument in typing.get_args(kind):
            yield from parts(argument)


def reachable(kinds: Iterable[object]) -> tuple[type, ...]:
    """Every object and enumeration that occurs in values of these types, in the order in which they are met."""
    found: dict[type, None] = {}
    waiting = [part for kind in kinds for part in parts(kind)]
    while waiting:
        kind = waiting.pop(0)
        if kind in found:
            continue
        found[kind] = None
        if is_object(kind):
            waiting += [part for member in members(kind) for part in parts(member.kind)]
    return tuple(found)


def alternatives(kind: object) -> tuple[object, ...]:
    """The types that a union is of; any other type is its own."""
    return typing.get_args(kind) if typing.get_origin(kind) in (typing.Union, types.UnionType) else (kind,)


def item_of(kind: object) -> object:
    """The type of a list's items. A list of a fixed length has ``positions``."""
    return typing.get_args(kind)[0]


def positions(kind: object) -> tuple[object, ...] | None:
    """The types in a list of a fixed length; None: it is no such list."""
    arguments = typing.get_args(kind)
    fixed = typing.get_origin(kind) is tuple and Ellipsis not in arguments
    return arguments if fixed else None


def is_list(kind: object) -> bool:
    """Whether values of this type are printed as lists."""
    return typing.get_origin(kind) in LISTS


def is_mapping(kind: object) -> bool:
    """Whether values of this type are printed as objects whose keys are values, too."""
    origin = typing.get_origin(kind)
    return isinstance(origin, type) and issubclass(origin, Mapping)  # a dict is one


def key_and_value(kind: object) -> tuple[object, object]:
    """The types of such an object's keys and of what stands under them."""
    key, value = typing.get_args(kind)
    return key, value


def _assigned(statement: ast.stmt) -> str:
    if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
        return statement.target.id
    if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name):
        return statement.targets[0].id
    return ""


def _plainly(words: str) -> str:
    return words.replace("``", "`")
