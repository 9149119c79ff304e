"""One setting: where it may stand, what goes before what, and what it should be."""

import difflib
import os
import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path

from cloudcrate.errors import UsageError
from cloudcrate.settings_dotenv import Dotenv


class Origin(Enum):
    """What gave a value. The first goes before the others."""

    FLAG = "flag"
    VARIABLE = "variable"
    DOTENV = ".env"
    FILE = "file"
    DEFAULT = "default"


ORDER = tuple(Origin)


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """A value that was given, and where it stands."""

    value: object = field(repr=False)  # may be a secret
    origin: Origin
    where: str  # a flag, a variable, or a file and the name in it


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """One setting. ``name`` is its key in the settings file; one with a dot stands in a table."""

    name: str
    about: str
    usual: str = ""  # what holds when it is not given, in words
    variables: tuple[str, ...] = ()
    secret_variables: tuple[str, ...] = ()  # in place of ``variables``: what they hold is never shown or copied
    flag: str = ""
    kind: type = str  # tuple: a list of texts, between spaces in a variable; dict: a table, which a variable has inline
    low: float = 0
    high: float = float("inf")
    read: Callable[[str], object] = str  # of a text: what it means. Raises: UsageError
    example: str = ""  # as TOML

    @property
    def secret(self) -> bool:
        """Whether its value is never shown."""
        return bool(self.secret_variables)

    @property
    def literal(self) -> bool:
        """Whether the default is said as it would be written."""
        return self.kind is bool or self.usual == self.example.strip('"')

    @property
    def table(self) -> str:
        """The table of the file in which it stands; empty for none."""
        return self.name.rpartition(".")[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """Everything that can give a value."""

    flags: Mapping[str, object] = field(repr=False)
    environment: Mapping[str, str] = field(repr=False)
    dotenv: Dotenv
    document: Mapping[str, object] = field(repr=False)  # the settings file
    path: Path  # of the settings file


def look_up(key: Key, places: Places) -> Given | None:
    """What is given, from the place that goes first. Raises: UsageError when it is not what it should be."""
    if places.flags.get(key.name) is not None:
        return _checked(key, places.flags[key.name], Origin.FLAG, f"--{key.name.replace('_', '-')}")
    for variable in (*key.variables, *key.secret_variables):
        if places.environment.get(variable):
            return _checked(key, places.environment[variable], Origin.VARIABLE, variable)
    for variable in key.variables:
        if places.dotenv.values.get(variable):
            where = f"{variable} in {places.dotenv.path}"
            return _checked(key, places.dotenv.values[variable], Origin.DOTENV, where)
    held = places.document.get(key.table, {}) if key.table else places.document
    name = key.name.rpartition(".")[2]
    if isinstance(held, Mapping) and name in held:
        where = f"[{key.name}]" if key.kind is dict else key.name
        return _checked(key, held[name], Origin.FILE, f"{places.path}: {where}")
    return None


def first(*found: Given | None) -> tuple[Given, ...]:
    """Those of several values that come from the place that goes first."""
    given = [one for one in found if one is not None]
    best = min((ORDER.index(one.origin) for one in given), default=0)
    return tuple(one for one in given if ORDER.index(one.origin) == best)


def file_of(given: Given, path: Path) -> Path:
    """The file that a value names: one in the settings file by ``path``, its own, others by the working directory."""
    named = Path(str(given.value)).expanduser()
    return path.parent / named if given.origin is Origin.FILE else named.absolute()


def nearest(name: str, known: Iterable[str]) -> str:
    """The remedy for a name that is not known."""
    names = list(known)
    near = difflib.get_close_matches(name, names, n=1)
    return f"Did you mean {near[0]!r}?" if near else "Known: " + ", ".join(names)


def _checked(key: Key, value: object, origin: Origin, where: str) -> Given:
    shown = "not what it should be" if key.secret or key.kind is dict else repr(value)
    remedy = f"{key.name}: {key.about}"
    try:
        converted = _converted(key, value)
    except (ValueError, TypeError, KeyError):
        raise UsageError(f"{where} is {shown}; it should be a {_KINDS[key.kind]}.", hint=remedy) from None
    if isinstance(converted, (int, float)) and not key.low <= converted <= key.high:
        raise UsageError(f"{where} is {shown}; it should be from {key.low:g} to {key.high:g}.", hint=remedy)
    try:
        read = _read(key, converted)
    except UsageError as error:
        raise UsageError(f"{where}: {error.message}", hint=error.hint or remedy) from error
    return Given(value=read, origin=origin, where=where)


def _converted(key: Key, value: object) -> object:
    """The value in the kind that it should have. Raises: ValueError, TypeError, KeyError."""
    if key.kind is bool:
        return value if isinstance(value, bool) else _YES_OR_NO[_text(value).lower()]
    if isinstance(value, bool):
        raise TypeError
    if key.kind is tuple:
        parts = value.split() if isinstance(value, str) else value
        if not isinstance(parts, list):
            raise TypeError
        return tuple(map(_text, parts))
    if key.kind is dict:
        return value if isinstance(value, dict) else _inline_table(_text(value))
    if key.kind is int:
        return value if isinstance(value, int) else int(_text(value))
    if key.kind is float:
        return float(value) if isinstance(value, (int, float)) else float(_text(value))
    return key.kind(_text(value))


def _inline_table(text: str) -> object:
    """A table as TOML writes it on one line; the braces may be left out. Raises: ValueError, KeyError."""
    inside = text.strip()
    document = tomllib.loads(f"it = {inside if inside.startswith('{') else f'{{{inside}}}'}")
    if not isinstance(document["it"], dict) or len(document) != 1:
        raise ValueError
    return document["it"]


def _text(value: object) -> str:
    if isinstance(value, os.PathLike):
        value = os.fspath(value)
    if not isinstance(value, str):
        raise TypeError
    return value


def _read(key: Key, value: object) -> object:
    if isinstance(value, tuple):
        return tuple(key.read(part) for part in value)
    return key.read(value) if isinstance(value, str) else value


_KINDS = {
    Path: "path",
    int: "whole number",
    float: "number",
    str: "text",
    bool: "yes or no: true or false",
    tuple: "list of texts",
    dict: 'table, such as {name = "value"}',
}
_YES_OR_NO = {"1": True, "true": True, "yes": True, "on": True, "0": False, "false": False, "no": False, "off": False}
