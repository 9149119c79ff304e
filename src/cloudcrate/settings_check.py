"""What the settings are, where each comes from, and what about them deserves a word although it is not wrong."""

import difflib
import os
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from cloudcrate.core.link import parse_link
from cloudcrate.core.text import visible
from cloudcrate.errors import UsageError
from cloudcrate.settings import Survey
from cloudcrate.settings_dotenv import NAMES
from cloudcrate.settings_keys import Given, Key, Origin, file_of
from cloudcrate.settings_known import KEYS
from cloudcrate.settings_tables import entries
from cloudcrate.tokens import NOTION, SOUNDCLOUD


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """One setting, fit to be shown: a secret only says that it is set."""

    key: str
    value: str
    is_set: bool  # False: what holds by default
    origin: Origin
    where: str  # a flag, a variable, or a file and the name in it; empty for a default


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """Something to know, and what can be done about it."""

    message: str
    remedy: str


def shown(survey: Survey) -> tuple[Shown, ...]:
    """Every setting, and every entry of the tables. What is faulty is shown as not given."""
    filled = [key for key in KEYS if key.kind is dict and entries(survey.given, key.name)]
    tables = (row for key in filled for row in _entries(key, survey))
    return (*(_setting(key, survey) for key in KEYS if key not in filled), *_tokens(survey), *tables)


def notes(survey: Survey) -> tuple[Note, ...]:
    """What is not wrong and still not as it may be meant."""
    return (*_dotenv(survey), *_variables(survey), *_unlike(survey), *_idle(survey), *_readable(survey))


# --- what is shown ------------------------------------------------------------------------------


def _setting(key: Key, survey: Survey) -> Shown:
    given = survey.given.get(key.name)
    if given is None or given.value == {}:
        usual = {"library": str(survey.settings.library), "state": str(survey.settings.state)}
        value = visible(usual.get(key.name, key.usual.replace("`", "")))
        return Shown(key=key.name, value=value, is_set=False, origin=Origin.DEFAULT, where="")
    where = visible(given.where)
    value = f"set (from {where})" if key.secret else visible(_text(given))
    return Shown(key=key.name, value=value, is_set=True, origin=given.origin, where=where)


def _text(given: Given) -> str:
    value = given.value
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple):
        return ",".join(map(str, value))
    text = f"{value:g}" if isinstance(value, float) else str(value)
    return _without_secrets(text) if "://" in text else text


def _without_secrets(address: str) -> str:
    """An address without a user, a password and what follows a question mark."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return "…"
    user = "…@" if "@" in parts.netloc else ""
    query = "?…" if parts.query or parts.fragment else ""
    return f"{parts.scheme}://{user}{parts.netloc.rpartition('@')[2]}{parts.path}{query}"


def _tokens(survey: Survey) -> Iterator[Shown]:
    for kind in (NOTION, SOUNDCLOUD):
        name = kind.file_key.removesuffix("_file")
        found = survey.tokens.get(kind.service)
        if found is None:
            yield Shown(key=name, value="not set", is_set=False, origin=Origin.DEFAULT, where="")
            continue
        unlike = f"; {found.unlike} holds another one and is not used" if found.unlike else ""
        source = visible(found.source)
        yield Shown(key=name, value=f"set (from {source}{unlike})", is_set=True, origin=found.origin, where=source)


def _entries(key: Key, survey: Survey) -> Iterator[Shown]:
    """The entries of a table, as they are written, but for secret links."""
    given = survey.given[key.name]
    for name, value in _flat(entries(survey.given, key.name)):
        text = visible(_link(value)) if key.name == "playlists" else visible(str(value))
        entry = visible(f"{key.name}.{name}")
        yield Shown(key=entry, value=text, is_set=True, origin=given.origin, where=visible(given.where))


def _flat(table: Mapping[str, object], before: str = "") -> Iterator[tuple[str, object]]:
    for name, value in table.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{before}{name}.")
        else:
            yield f"{before}{name}", value


def _link(value: object) -> str:
    """A playlist's link without its secret token."""
    try:
        link = parse_link(str(value))
    except UsageError:
        link = None
    return "not a link" if link is None else link.url


# --- what is noted ------------------------------------------------------------------------------


def _dotenv(survey: Survey) -> Iterator[Note]:
    dotenv = survey.places.dotenv
    if dotenv.is_folder:
        yield Note(message=f"{dotenv.path} is a folder and says nothing.", remedy="Nothing need be done.")
    for name in dotenv.idle:
        yield Note(
            message=f"{dotenv.path}: {name} has no effect here.",
            remedy=f"Set it in the environment or in the settings file; only {', '.join(NAMES)} count there.",
        )


def _variables(survey: Survey) -> Iterator[Note]:
    """Variables that look like one of ours and are none."""
    known = [name for key in KEYS for name in (*key.variables, *key.secret_variables)]
    for name in survey.places.environment:
        if name.startswith("CLOUDCRATE_") and name not in known:
            near = difflib.get_close_matches(name, known, n=1, cutoff=0.9)
            if near:
                yield Note(message=f"{name} in the environment is no setting.", remedy=f"Did you mean {near[0]}?")


def _unlike(survey: Survey) -> Iterator[Note]:
    for found in survey.tokens.values():
        if found.unlike:
            yield Note(
                message=f"{found.source} and {found.unlike} hold different tokens; the first is used.",
                remedy=f"Take one of them away, most likely {found.unlike}.",
            )


def _idle(survey: Survey) -> Iterator[Note]:
    """Settings of a table that is off."""
    needs = {
        "notify": ("notify.urls", "notify.urls_file", "notify.keyring"),
        "handoff": ("handoff.folder",),
        "webhook": ("webhook.url", "webhook.keyring"),
    }
    faulty = {fault.place for fault in survey.faults}
    for table, needed in needs.items():
        given = [key.name for key in KEYS if key.table == table and key.name in survey.given]
        if given and not set(needed) & (set(given) | faulty):
            yield Note(message=f"{given[0]} has no effect without {needed[0]}.", remedy=f"Set {needed[0]}, too.")


def _readable(survey: Survey) -> Iterator[Note]:
    """Files with secrets that others can read. Windows has no such modes."""
    if os.name == "nt":
        return
    for file in dict.fromkeys(_secret_files(survey)):
        try:
            mode = file.stat().st_mode
        except OSError:
            continue
        if mode & (stat.S_IRWXG | stat.S_IRWXO):
            yield Note(
                message=f"{file} holds a secret, and others on this machine may reach it.",
                remedy=f"Let it be yours alone: chmod 600 '{file}'",
            )


def _secret_files(survey: Survey) -> Iterator[Path]:
    yield from (found.file for found in survey.tokens.values() if found.file is not None)
    path = survey.places.path
    for name in ("notify.urls_file", "webhook.secret_file"):
        if name in survey.given:
            yield file_of(survey.given[name], path)
    in_file = {key.name for key in KEYS if key.secret and key.kind is not dict} | (
        {"state"} if survey.settings.state_url else set()
    )
    if any(name in survey.given and survey.given[name].origin is Origin.FILE for name in in_file):
        yield path
    if any(found.origin is Origin.DOTENV for found in survey.tokens.values()):
        yield survey.places.dotenv.path
