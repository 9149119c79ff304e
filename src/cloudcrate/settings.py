"""Settings: flags over environment over ``.env`` over file over defaults, as frozen values. Secrets never print."""

import os
import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, TypeVar  # Any: TOML holds anything until it is checked

import platformdirs

from cloudcrate import settings_endings, settings_tables
from cloudcrate.core import naming, quality
from cloudcrate.core.model import Field, KnownPlaylist, MappedColumn
from cloudcrate.core.timetable import Timetable
from cloudcrate.errors import CloudcrateError, UsageError
from cloudcrate.settings_dotenv import Dotenv, read_dotenv
from cloudcrate.settings_endings import Handoff, Notify, Webhook
from cloudcrate.settings_keys import Given, Origin, Places, look_up, nearest
from cloudcrate.settings_known import KEYS
from cloudcrate.settings_tokens import TokenPlace, locate
from cloudcrate.tokens import (
    NOTION,
    SOUNDCLOUD,
    KeptInKeyring,
    Keyrings,
    Secret,
    TokenKind,
    kept_secret,
    system_keyring,
)

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
    token_source: str = ""  # the environment variable, the file, or the keyring
    notion_token_keyring: bool = False  # the keyring is to be asked
    soundcloud_token: Secret | None = None  # None: nobody is signed in
    soundcloud_token_source: str = ""  # as ``token_source``
    soundcloud_token_keyring: bool = False  # as ``notion_token_keyring``
    profile: str = ""  # the user's own page on SoundCloud, as a link
    database: str | None = None
    playlists_database: str | None = None
    columns: Mapping[Field, MappedColumn] = field(default_factory=dict)
    playlists: tuple[KnownPlaylist, ...] = ()
    watch: Timetable = field(default_factory=Timetable)  # when `watch` syncs which playlist
    notify: Notify = field(default_factory=Notify)
    handoff: Handoff = field(default_factory=Handoff)
    webhook: Webhook = field(default_factory=Webhook)
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
class Fault:
    """What is wrong, and with which setting."""

    place: str
    error: CloudcrateError


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """The settings, where each comes from, and all that is wrong; what is wrong counts as not given."""

    settings: Settings
    given: Mapping[str, Given]  # by key
    tokens: Mapping[str, TokenPlace]  # by service
    places: Places
    faults: tuple[Fault, ...]


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
    folder: Path | None = None,
) -> Settings:
    """Reads the settings. ``flags`` holds those given on the command line, by key; None is not given.

    ``may_be_new``: a settings file that CLOUDCRATE_CONFIG names need not be there yet. ``with_tokens``: look for
    the tokens and other secrets, which may fail; who is about to replace one does without. ``folder``: whose
    ``.env`` is read; the working directory's by default.
    Raises: UsageError that names the setting, where it stands and what it should be; CredentialsError.
    """
    env = os.environ if environment is None else environment
    must_exist = bool(env.get("CLOUDCRATE_CONFIG")) and not may_be_new
    reading = _Reading(flags, env, must_exist=must_exist, folder=folder, collect=False)
    return reading.survey(keyring, with_tokens=with_tokens).settings


def survey(
    flags: Mapping[str, object],
    environment: Mapping[str, str] | None = None,
    *,
    with_tokens: bool = True,
    keyring: Keyrings = system_keyring,
    folder: Path | None = None,
) -> Survey:
    """Reads the settings as ``load`` does, and fails at nothing: what is wrong stands in ``faults``.

    Without tokens it is still said where they would come from.
    """
    env = os.environ if environment is None else environment
    reading = _Reading(flags, env, must_exist=bool(env.get("CLOUDCRATE_CONFIG")), folder=folder, collect=True)
    return reading.survey(keyring, with_tokens=with_tokens)


T = TypeVar("T")


class _Reading:
    """Reads everything once. Raises the first fault, or collects them all."""

    def __init__(
        self,
        flags: Mapping[str, object],
        env: Mapping[str, str],
        *,
        must_exist: bool,
        folder: Path | None,
        collect: bool,
    ) -> None:
        self._collect = collect
        self._faults: list[Fault] = []
        self._given: dict[str, Given] = {}
        path = place(env)
        nothing: dict[str, Any] = {}  # Any: TOML
        document = self._attempt(str(path), partial(_read, path, must_exist=must_exist), nothing)
        self._document = document
        self._places = Places(flags=flags, environment=env, dotenv=_dotenv(folder), document=document, path=path)

    def survey(self, keyring: Keyrings, *, with_tokens: bool) -> Survey:
        self._names()
        for key in KEYS:
            found = self._attempt(key.name, partial(look_up, key, self._places), None)
            if found is not None:
                self._given[key.name] = found
        tokens = {kind.service: self._token_place(kind, keyring) for kind in (NOTION, SOUNDCLOUD)}
        self._check_dotenv(tokens[NOTION.service], with_tokens=with_tokens)
        values = self._values() | self._tables()
        if with_tokens:
            values |= self._secrets(tokens, partial(kept_secret, keyring))
        return Survey(
            settings=Settings(**values, file=self._places.path if self._document else None),
            given=self._given,
            tokens={service: found for service, found in tokens.items() if found is not None},
            places=self._places,
            faults=tuple(self._faults),
        )

    def _attempt(self, name: str, question: Callable[[], T], otherwise: T) -> T:
        try:
            return question()
        except CloudcrateError as error:
            self._refuse(name, error)
            return otherwise

    def _refuse(self, name: str, error: CloudcrateError) -> None:
        if not self._collect:
            raise error
        if all(known.error.message != error.message for known in self._faults):
            self._faults.append(Fault(place=name, error=error))

    def _names(self) -> None:
        """Refuses the names in the file that nothing is known by."""
        path = self._places.path
        tables = {key.table for key in KEYS if key.table}
        known = [*(key.name for key in KEYS if not key.table), *sorted(tables)]
        for name, value in self._document.items():
            if name not in known:
                self._refuse(name, _stranger(name, value, known, path))
            elif name in tables:
                self._names_in(name, value)

    def _names_in(self, table: str, value: object) -> None:
        path = self._places.path
        known = [key.name.rpartition(".")[2] for key in KEYS if key.table == table]
        if not isinstance(value, dict):
            hint = "Known in it: " + ", ".join(known)
            self._refuse(table, UsageError(f"{path}: [{table}] should be a table.", hint=hint))
            return
        for name in value:
            if name not in known:
                error = UsageError(f"{path}: [{table}] has an unknown key {name!r}.", hint=nearest(name, known))
                self._refuse(f"{table}.{name}", error)

    def _token_place(self, kind: TokenKind, keyring: Keyrings) -> TokenPlace | None:
        asked = self._given.get(kind.keyring_key)
        kept = KeptInKeyring(keyring, kind) if asked is not None and asked.value else None
        return locate(kind, self._given.get(kind.file_key), self._places, kept)

    def _check_dotenv(self, notion: TokenPlace | None, *, with_tokens: bool) -> None:
        """Refuses a ``.env`` that cannot be read, unless what it could say would not count."""
        above = (Origin.FLAG, Origin.VARIABLE)
        database = self._given.get("database")
        token_is_given = not with_tokens or (notion is not None and notion.origin in above)
        if self._collect or database is None or database.origin not in above or not token_is_given:
            for error in self._places.dotenv.faults:
                self._refuse(".env", error)

    def _values(self) -> dict[str, Any]:  # Any: paths, numbers and texts
        """The values of the keys that stand in no table."""
        apart = {"state", "library", "playlists", "columns", NOTION.file_key, SOUNDCLOUD.file_key}
        found = {name: one.value for name, one in self._given.items() if name not in apart and "." not in name}
        state = self._attempt("state", self._state, "")
        library = self._attempt("library", self._library, "")
        usual = Path(platformdirs.user_state_dir("cloudcrate", appauthor=False))
        state_folder, state_url = _folder_or_address(state, usual)
        library_folder, library_url = _folder_or_address(library, Path.home() / "Music" / "cloudcrate")
        return found | {
            "state": state_folder,
            "cache": state_folder / "cache",
            "state_url": Secret(state_url) if state_url else None,
            "library": library_folder,
            "library_url": library_url,
        }

    def _text(self, name: str) -> str:
        return str(self._given[name].value) if name in self._given else ""

    def _state(self) -> str:
        state = self._text("state")
        if not _ADDRESS.match(state):
            return state
        if not state.startswith(_DATABASES):
            raise UsageError(
                f"{self._given['state'].where}: the state should be a folder, or the address of a database.",
                hint="Such an address looks like postgresql://HOST/NAME.",
            )
        on_the_line = self._given["state"].origin is Origin.FLAG
        if on_the_line and ("password" in state or ":" in state.partition("://")[2].rpartition("@")[0]):
            raise UsageError(
                "--state holds a password, which every user of this machine can read in the list of processes.",
                hint="Put the address into CLOUDCRATE_STATE or into the settings file, or the password into ~/.pgpass.",
            )
        return state

    def _library(self) -> str:
        library = self._text("library")
        if library.startswith(_DATABASES):
            raise UsageError(
                f"{self._given['library'].where}: the library should be a folder, or the address of an object store.",
                hint="Such an address looks like s3://BUCKET/PREFIX.",
            )
        return library

    def _tables(self) -> dict[str, Any]:  # Any: what the tables mean
        found: dict[str, Any] = {}  # Any: as above
        readers: tuple[tuple[str, str, Callable[[Mapping[str, Given]], object]], ...] = (
            ("columns", "columns", settings_tables.columns),
            ("playlists", "playlists", settings_tables.playlists),
            ("watch", "watch.playlists", settings_tables.watch),
        )
        for name, table, read in readers:
            for piece in settings_tables.pieces(self._given, table) if self._collect else ():
                self._attempt(f"[{table}]", partial(read, piece), None)
            value = self._attempt(f"[{table}]", partial(read, self._given), None)
            if value is not None:
                found[name] = value
        found["handoff"] = settings_endings.handoff(self._given, self._places.path)
        return found

    def _secrets(
        self, tokens: Mapping[str, TokenPlace | None], kept: Callable[[str], str]
    ) -> dict[str, Any]:  # Any: secrets and more
        given, path = self._given, self._places.path
        found: dict[str, Any] = {  # Any: as above
            "notify": self._attempt("[notify]", partial(settings_endings.notify, given, path, kept), Notify()),
            "webhook": self._attempt("[webhook]", partial(settings_endings.webhook, given, path, kept), Webhook()),
        }
        names = ((NOTION, "notion_token", "token_source"), (SOUNDCLOUD, "soundcloud_token", "soundcloud_token_source"))
        for kind, token, source in names:
            where = tokens[kind.service]
            if where is not None:
                found |= {token: self._attempt(token, where.read, None), source: where.source}
        return found


_ADDRESS = re.compile(r"[a-z][a-z0-9+.-]+://", re.IGNORECASE)
_DATABASES = ("postgresql://", "postgres://")


def _folder_or_address(text: str, usual: Path) -> tuple[Path, str]:
    """A folder, and an address when the text is one; the folder is then the usual one."""
    if _ADDRESS.match(text):
        return usual.expanduser().absolute(), text
    return (Path(text) if text else usual).expanduser().absolute(), ""


def _dotenv(folder: Path | None) -> Dotenv:
    try:
        return read_dotenv(Path.cwd() if folder is None else folder)
    except OSError:  # the working directory was removed
        return Dotenv(path=Path(".env"))


def _read(path: Path, *, must_exist: bool) -> dict[str, Any]:  # Any: TOML
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError as error:
        if must_exist:
            raise UsageError(f"There is no settings file {path}.", hint="CLOUDCRATE_CONFIG names it.") from error
        return {}
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise UsageError(
            f"The settings file {path} cannot be read: {error}", hint="Mend it: cloudcrate config edit"
        ) from error


def _stranger(name: str, value: object, known: list[str], path: Path) -> UsageError:
    if "token" in name.lower() and not isinstance(value, bool):
        kind = SOUNDCLOUD if "soundcloud" in name.lower() else NOTION
        return UsageError(
            f"{path}: {name!r} does not belong into the settings file.",
            hint=f"Let `{kind.keeper}` keep it, or put it into the environment variable {kind.variables[0]}, "
            f"or into a file of its own that {kind.file_variable} or the key {kind.file_key} names.",
        )
    return UsageError(f"{path}: unknown setting {name!r}.", hint=nearest(name, known))
