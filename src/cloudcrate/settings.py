"""Settings: flags over environment over file over defaults, as frozen values. Secrets never print."""

import difflib
import os
import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any  # Any: TOML holds anything until it is checked

import platformdirs

from cloudcrate.core import naming, quality
from cloudcrate.core.link import parse_link
from cloudcrate.core.model import Field, KnownPlaylist, MappedColumn
from cloudcrate.core.timetable import Timetable, read_timetable
from cloudcrate.errors import UsageError
from cloudcrate.tokens import NOTION, SOUNDCLOUD, KeptInKeyring, Keyrings, Secret, find_token, system_keyring

NOTION_BUDGETS = (180, 600)
"""Requests per minute of a Notion connection on Free and Plus, and on Business and Enterprise plans."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything that can be set."""

    library: Path
    state: Path  # the folder for what this machine alone needs, too, when the state is in a database
    cache: Path
    library_url: str = ""  # of an object store, in place of the folder
    state_url: Secret | None = None  # of a PostgreSQL database, in place of the folder; may hold a password
    jobs: int = 4  # downloads at once
    notion_token: Secret | None = None
    token_source: str = ""  # the environment variable or the file that gave it
    soundcloud_token: Secret | None = None  # None: nobody is signed in
    soundcloud_token_source: str = ""  # the environment variable, the file, or the keyring
    soundcloud_token_keyring: bool = False  # the keyring is to be asked
    database: str | None = None
    playlists_database: str | None = None
    columns: Mapping[Field, MappedColumn] = field(default_factory=dict)
    playlists: tuple[KnownPlaylist, ...] = ()
    watch: Timetable = field(default_factory=Timetable)  # when `watch` syncs which playlist
    notion_per_minute: int | None = None  # None: one of NOTION_BUDGETS, which is learnt
    media_per_10_minutes: int = 600
    settle_seconds: float = 90.0
    worker_timeout_seconds: float = 20.0  # after its last sign of life a worker counts as dead
    template: str = naming.TEMPLATE  # where files lie
    prefer: tuple[str, ...] = quality.PREFERRED  # kinds of streams, best first
    upgrade: bool = False  # replace files that are offered in a better quality
    convert: str = ""  # the format that files are converted to
    convert_lossy: bool = False
    keep_original: bool = False
    playlist_folders: str = ""  # links, copies: a folder per playlist besides its file
    file: Path | None = None  # the settings file that was read


@dataclass(frozen=True, slots=True, kw_only=True)
class _Key:
    """One setting: its key in the file, its environment variables, its type and its bounds."""

    name: str
    variables: tuple[str, ...]
    kind: type
    low: float = 0
    high: float = float("inf")
    read: Callable[[str], object] = str  # of a text: what it means. Raises: UsageError


KEYS = (
    _Key(name="library", variables=("CLOUDCRATE_LIBRARY",), kind=str),  # a folder, or an address
    _Key(name="state", variables=("CLOUDCRATE_STATE",), kind=str),  # as above
    _Key(name="jobs", variables=("CLOUDCRATE_JOBS",), kind=int, low=1, high=32),
    _Key(name="database", variables=("TRACKS_DB_ID",), kind=str),
    _Key(name="playlists_database", variables=("PLAYLISTS_DB_ID",), kind=str),
    _Key(name="notion_token_file", variables=("NOTION_TOKEN_FILE",), kind=Path),
    _Key(name="soundcloud_token_file", variables=("SOUNDCLOUD_TOKEN_FILE",), kind=Path),
    _Key(name="soundcloud_token_keyring", variables=("CLOUDCRATE_SOUNDCLOUD_TOKEN_KEYRING",), kind=bool),
    _Key(name="notion_per_minute", variables=("CLOUDCRATE_NOTION_PER_MINUTE",), kind=int, low=1, high=100_000),
    _Key(name="media_per_10_minutes", variables=("CLOUDCRATE_MEDIA_PER_10_MINUTES",), kind=int, low=1, high=100_000),
    _Key(name="settle_seconds", variables=("CLOUDCRATE_SETTLE_SECONDS",), kind=float, high=3600),
    _Key(name="worker_timeout_seconds", variables=("CLOUDCRATE_WORKER_TIMEOUT_SECONDS",), kind=float, low=1, high=3600),
    _Key(name="template", variables=("CLOUDCRATE_TEMPLATE",), kind=str, read=naming.check_template),
    _Key(name="prefer", variables=("CLOUDCRATE_PREFER",), kind=str, read=quality.preference),
    _Key(name="upgrade", variables=("CLOUDCRATE_UPGRADE",), kind=bool),
    _Key(name="convert", variables=("CLOUDCRATE_CONVERT",), kind=str, read=quality.format_named),
    _Key(name="convert_lossy", variables=("CLOUDCRATE_CONVERT_LOSSY",), kind=bool),
    _Key(name="keep_original", variables=("CLOUDCRATE_KEEP_ORIGINAL",), kind=bool),
    _Key(name="playlist_folders", variables=("CLOUDCRATE_PLAYLIST_FOLDERS",), kind=str, read=naming.folder_kind),
)
TABLES = ("columns", "playlists", "watch")


def place(environment: Mapping[str, str] | None = None) -> Path:
    """Where the settings file is, or would be: CLOUDCRATE_CONFIG says it, else the platform does."""
    named = (os.environ if environment is None else environment).get("CLOUDCRATE_CONFIG")
    folder = platformdirs.user_config_dir("cloudcrate", appauthor=False)
    return Path(named).expanduser().absolute() if named else Path(folder) / "config.toml"


def load(
    flags: Mapping[str, object],
    environment: Mapping[str, str] | None = None,
    *,
    may_be_new: bool = False,
    with_tokens: bool = True,
    keyring: Keyrings = system_keyring,
) -> Settings:
    """Reads the settings. ``flags`` holds those given on the command line, by key; None is not given.

    ``may_be_new``: a settings file that CLOUDCRATE_CONFIG names need not be there yet. ``with_tokens``: look for
    the tokens, which may fail; who is about to replace one does without.
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
    state, state_url = _place(values.pop("state", ""), Path(platformdirs.user_state_dir("cloudcrate", appauthor=False)))
    library, library_url = _place(values.pop("library", ""), Path.home() / "Music" / "cloudcrate")
    _refuse_places(state_url, library_url, flags)
    files = {kind.file_key: values.pop(kind.file_key, None) for kind in (NOTION, SOUNDCLOUD)}
    if with_tokens:
        token, source = find_token(NOTION, files[NOTION.file_key], flags, env, path)
        kept = KeptInKeyring(keyring) if values.get("soundcloud_token_keyring") else None
        user, user_source = find_token(SOUNDCLOUD, files[SOUNDCLOUD.file_key], flags, env, path, kept)
        values |= {"notion_token": token, "token_source": source}
        values |= {"soundcloud_token": user, "soundcloud_token_source": user_source}
    return Settings(
        state=state,
        library=library,
        cache=state / "cache",
        state_url=Secret(state_url) if state_url else None,
        library_url=library_url,
        columns=_columns(document.get("columns", {}), path),
        playlists=_playlists(document.get("playlists", {}), path),
        watch=_watch(document.get("watch", {}), path),
        file=path if document else None,
        **values,
    )


def _place(text: str, usual: Path) -> tuple[Path, str]:
    """A folder, and an address when the text is one; the folder is then the usual one."""
    if _ADDRESS.match(text):
        return usual.expanduser().absolute(), text
    return (Path(text) if text else usual).expanduser().absolute(), ""


_ADDRESS = re.compile(r"[a-z][a-z0-9+.-]+://", re.IGNORECASE)
_DATABASES = ("postgresql://", "postgres://")


def _refuse_places(state: str, library: str, flags: Mapping[str, object]) -> None:
    """Raises: UsageError for addresses that lead to nothing of use, and for a password that everybody can read."""
    if state and not state.startswith(_DATABASES):
        raise UsageError("The state should be a folder, or the address of a database: postgresql://HOST/NAME.")
    if library.startswith(_DATABASES):
        raise UsageError("The library should be a folder, or the address of an object store: s3://BUCKET/PREFIX.")
    given = str(flags.get("state") or "")
    holds_password = "password" in given or ":" in given.partition("://")[2].rpartition("@")[0]
    if state and holds_password:
        raise UsageError(
            "--state holds a password, which every user of this machine can read in the list of processes.",
            hint="Put the address into CLOUDCRATE_STATE or into the settings file, or the password into ~/.pgpass.",
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
        if "token" in name.lower() and not isinstance(document[name], bool):
            kind, keeper = (SOUNDCLOUD, "login") if "soundcloud" in name.lower() else (NOTION, "init")
            raise UsageError(
                f"{path}: {name!r} does not belong into the settings file.",
                hint=f"Let `cloudcrate {keeper}` keep it, or put it into the environment variable {kind.variables[0]}, "
                f"or into a file of its own that {kind.file_variable} or the key {kind.file_key} names.",
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
        if isinstance(value, bool) is not (key.kind is bool) and not (key.kind is bool and isinstance(value, str)):
            raise ValueError("a yes or no, or none")
        converted = _YES_OR_NO[value.lower()] if key.kind is bool and isinstance(value, str) else key.kind(value)
    except (ValueError, TypeError, KeyError) as error:
        raise UsageError(f"{where} is {value!r}; it should be a {_KINDS[key.kind]}.") from error
    if isinstance(converted, (int, float)) and not key.low <= converted <= key.high:
        raise UsageError(f"{where} is {value!r}; it should be from {key.low:g} to {key.high:g}.")
    try:
        return key.read(converted) if isinstance(converted, str) else converted
    except UsageError as error:
        raise UsageError(f"{where}: {error.message}", hint=error.hint) from error


_KINDS = {Path: "path", int: "whole number", float: "number", str: "text", bool: "yes or no: true or false"}
_YES_OR_NO = {"1": True, "true": True, "yes": True, "on": True, "0": False, "false": False, "no": False, "off": False}


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


def _watch(table: object, path: Path) -> Timetable:
    try:
        return read_timetable(table)
    except UsageError as error:
        raise UsageError(f"{path}: {error.message}", hint=error.hint) from error
