"""Settings: flags over environment over file over defaults, as frozen values. Secrets never print."""

import difflib
import hashlib
import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any  # Any: TOML holds anything until it is checked

import platformdirs

from cloudcrate.core.link import parse_link
from cloudcrate.core.model import Field, KnownPlaylist, MappedColumn
from cloudcrate.errors import CredentialsError, UsageError

NOTION_BUDGETS = (180, 600)
"""Requests per minute of a Notion connection on Free and Plus, and on Business and Enterprise plans."""


class Secret:
    """A text that does not print."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """The text itself, for the one header that needs it."""
        return self._value

    @property
    def name(self) -> str:
        """Tells one secret from another without giving it away: under it the ledger keeps the token's budget."""
        return "notion-" + hashlib.sha256(b"cloudcrate" + self._value.encode()).hexdigest()[:12]

    def __repr__(self) -> str:
        return "Secret(…)"

    __str__ = __repr__

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._value == self._value

    def __hash__(self) -> int:
        return hash(self._value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything that can be set."""

    library: Path
    state: Path
    cache: Path
    jobs: int = 4  # downloads at once
    notion_token: Secret | None = None
    token_source: str = ""  # the environment variable or the file that gave it
    database: str | None = None
    playlists_database: str | None = None
    columns: Mapping[Field, MappedColumn] = field(default_factory=dict)
    playlists: tuple[KnownPlaylist, ...] = ()
    notion_per_minute: int | None = None  # None: one of NOTION_BUDGETS, which is learnt
    media_per_10_minutes: int = 600
    settle_seconds: float = 90.0
    file: Path | None = None  # the settings file that was read


@dataclass(frozen=True, slots=True, kw_only=True)
class _Key:
    """One setting: its key in the file, its environment variables, its type and its bounds."""

    name: str
    variables: tuple[str, ...]
    kind: type
    low: float = 0
    high: float = float("inf")


KEYS = (
    _Key(name="library", variables=("CLOUDCRATE_LIBRARY",), kind=Path),
    _Key(name="state", variables=("CLOUDCRATE_STATE",), kind=Path),
    _Key(name="jobs", variables=("CLOUDCRATE_JOBS",), kind=int, low=1, high=32),
    _Key(name="database", variables=("TRACKS_DB_ID",), kind=str),
    _Key(name="playlists_database", variables=("PLAYLISTS_DB_ID",), kind=str),
    _Key(name="notion_token_file", variables=("NOTION_TOKEN_FILE",), kind=Path),
    _Key(name="notion_per_minute", variables=("CLOUDCRATE_NOTION_PER_MINUTE",), kind=int, low=1, high=100_000),
    _Key(
        name="media_per_10_minutes",
        variables=("CLOUDCRATE_MEDIA_PER_10_MINUTES",),
        kind=int,
        low=1,
        high=100_000,
    ),
    _Key(name="settle_seconds", variables=("CLOUDCRATE_SETTLE_SECONDS",), kind=float, high=3600),
)
TABLES = ("columns", "playlists")
TOKEN_VARIABLES = ("NOTION_TOKEN", "NOTION_API_TOKEN")
KEPT_IN = "notion-token"
"""The name of the file beside the settings file that holds the token when nothing else does."""


def place(environment: Mapping[str, str] | None = None) -> Path:
    """Where the settings file is, or would be: CLOUDCRATE_CONFIG says it, else the platform does."""
    named = (os.environ if environment is None else environment).get("CLOUDCRATE_CONFIG")
    folder = platformdirs.user_config_dir("cloudcrate", appauthor=False)
    return Path(named).expanduser().absolute() if named else Path(folder) / "config.toml"


def load(
    flags: Mapping[str, object], environment: Mapping[str, str] | None = None, *, may_be_new: bool = False
) -> Settings:
    """Reads the settings. ``flags`` holds those given on the command line, by key; None is not given.

    ``may_be_new``: a settings file that CLOUDCRATE_CONFIG names need not be there yet.
    Raises: UsageError that names the setting, where it stands and what it should be; CredentialsError.
    """
    env = os.environ if environment is None else environment
    path = place(env)
    document = _read(path, must_exist=bool(env.get("CLOUDCRATE_CONFIG")) and not may_be_new)
    values: dict[str, Any] = {}  # Any: paths, numbers and texts
    for key in KEYS:
        found = _look_up(key, flags, env, document, path)
        if found is not None:
            values[key.name] = found
    state = values.pop("state", Path(platformdirs.user_state_dir("cloudcrate", appauthor=False)))
    library = values.pop("library", Path.home() / "Music" / "cloudcrate")
    token, source = _token(values.pop("notion_token_file", None), flags, env, path)
    return Settings(
        state=state.expanduser().absolute(),
        library=library.expanduser().absolute(),
        cache=state.expanduser().absolute() / "cache",
        notion_token=token,
        token_source=source,
        columns=_columns(document.get("columns", {}), path),
        playlists=_playlists(document.get("playlists", {}), path),
        file=path if document else None,
        **values,
    )


def _read(path: Path, *, must_exist: bool) -> dict[str, Any]:  # Any: TOML
    try:
        document = tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError as error:
        if must_exist:
            raise UsageError(f"There is no settings file {path}.", hint="CLOUDCRATE_CONFIG names it.") from error
        return {}
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise UsageError(f"The settings file {path} cannot be read: {error}") from error
    known = [key.name for key in KEYS] + list(TABLES)
    for name in document:
        if name in known:
            continue
        if "token" in name.lower():
            raise UsageError(
                f"{path}: {name!r} does not belong into the settings file.",
                hint="Let `cloudcrate init` keep it, or put it into the environment variable NOTION_TOKEN, "
                "or into a file of its own that NOTION_TOKEN_FILE or the key notion_token_file names.",
            )
        near = difflib.get_close_matches(name, known, n=1)
        hint = f"Did you mean {near[0]!r}?" if near else "Known: " + ", ".join(known)
        raise UsageError(f"{path}: unknown setting {name!r}.", hint=hint)
    return document


def _look_up(
    key: _Key, flags: Mapping[str, object], env: Mapping[str, str], document: Mapping[str, object], path: Path
) -> object:
    if flags.get(key.name) is not None:
        return _checked(key, flags[key.name], f"--{key.name.replace('_', '-')}")
    for variable in key.variables:
        if env.get(variable):
            return _checked(key, env[variable], variable)
    if key.name in document:
        return _checked(key, document[key.name], f"{path}: {key.name}")
    return None


def _checked(key: _Key, value: object, where: str) -> object:
    try:
        if isinstance(value, bool):
            raise ValueError("a yes or no")
        converted = key.kind(value)
    except (ValueError, TypeError) as error:
        raise UsageError(f"{where} is {value!r}; it should be a {_KINDS[key.kind]}.") from error
    if isinstance(converted, (int, float)) and not key.low <= converted <= key.high:
        raise UsageError(f"{where} is {value!r}; it should be from {key.low:g} to {key.high:g}.")
    return converted


_KINDS = {Path: "path", int: "whole number", float: "number", str: "text"}


def _token(
    named: Path | None, flags: Mapping[str, object], env: Mapping[str, str], path: Path
) -> tuple[Secret | None, str]:
    """The token and what gave it: a flag's file, the environment, a file named there or in the settings, ours."""
    if flags.get("notion_token_file") is None:
        for variable in TOKEN_VARIABLES:
            if env.get(variable, "").strip():
                return as_token(env[variable], variable), variable
    default = path.parent / KEPT_IN
    if named is None and not default.is_file():
        return None, ""
    from_settings = named is not None and flags.get("notion_token_file") is None and not env.get("NOTION_TOKEN_FILE")
    found = default if named is None else named.expanduser()
    found = (path.parent / found) if from_settings else found.absolute()
    try:
        return as_token(found.read_text("utf-8-sig"), f"What is in {found}"), str(found)
    except (OSError, ValueError) as error:
        raise CredentialsError(
            f"The token file {found} cannot be read: {type(error).__name__}.",
            hint="Write the token into it, readable by you alone; or name another: cloudcrate init --token-file PATH",
        ) from error


def as_token(text: str, where: str) -> Secret:
    """The token in a text. Raises: CredentialsError, which does not repeat the text, when there is none."""
    token = text.strip()
    if not token or not token.isascii() or not token.isprintable() or " " in token:
        raise CredentialsError(f"{where} is no Notion token.", hint="It should be one word, such as ntn_… or secret_….")
    return Secret(token)


def _columns(table: object, path: Path) -> dict[Field, MappedColumn]:
    if not isinstance(table, dict):
        raise UsageError(f'{path}: [columns] should be a table of field = "column".')
    columns = {}
    names = {f.value: f for f in Field}
    for name, column in table.items():
        if name not in names:
            near = difflib.get_close_matches(name, names, n=1)
            hint = f"Did you mean {near[0]!r}?" if near else "Known: " + ", ".join(names)
            raise UsageError(f"{path}: [columns] has an unknown field {name!r}.", hint=hint)
        columns[names[name]] = _column(column, f"{path}: [columns] {name}")
    return columns


def _column(value: object, where: str) -> MappedColumn:
    if isinstance(value, str):
        return MappedColumn(name=value)
    parts = value if isinstance(value, dict) else {}
    known = {"id", "name", "type"}
    if not (parts.get("id") or parts.get("name")) or not set(parts) <= known or not all(map(_is_text, parts.values())):
        raise UsageError(
            f"{where} should be a column's name or id, in quotes.",
            hint='Empty quotes mean no column. A table {id = "…", name = "…", type = "…"} will do as well.',
        )
    return MappedColumn(**parts)


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _playlists(table: object, path: Path) -> tuple[KnownPlaylist, ...]:
    if not isinstance(table, dict):
        raise UsageError(f'{path}: [playlists] should be a table of "name" = "link".')
    known = []
    for name, url in table.items():
        link = parse_link(url) if isinstance(url, str) else None
        if link is None:
            raise UsageError(f"{path}: [playlists] {name!r} should be a SoundCloud link, in quotes.")
        known.append(KnownPlaylist(url=url, title=name, name=name))
    return tuple(known)
