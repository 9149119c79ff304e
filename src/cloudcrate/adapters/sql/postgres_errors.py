"""What PostgreSQL's errors mean, said without the user, the password or the address they came from."""

import re
from contextlib import suppress
from dataclasses import dataclass, field

import psycopg
from psycopg.conninfo import conninfo_to_dict

from cloudcrate.core.text import visible
from cloudcrate.errors import (
    BusyError,
    CloudcrateError,
    CredentialsError,
    DiskError,
    StateError,
    UnavailableError,
    UsageError,
)

AGAIN = "Check that it runs and can be reached from here, then run the same command again: it goes on where it was."
ADDRESS = "postgresql://USER:PASSWORD@HOST/DATABASE; in a password, write @ / : ? # % as %40 %2F %3A %3F %23 %25."

_LOST = frozenset({"57P01", "57P02", "57P03", "57P05", "57014", "25P03", "25P04", "25006", "53200", "53300"})
"""Ends of a session that say nothing about the next one: a restart, an idle timeout, a standby, no free place."""

_CONFLICTS = frozenset({"40001", "40P01"})

_NO_ACCESS = re.compile(
    r"authentication failed|no password supplied|pg_hba\.conf|role .* does not exist|is not permitted to log in|"
    r"permission denied for database|certificate|does not have CONNECT privilege",
    re.IGNORECASE,
)
_NO_DATABASE = re.compile(r"database .* does not exist", re.IGNORECASE)
_WORDS = ("host", "port", "dbname")
_PLAIN = re.compile(r"[^@\s]*")


class LostError(UnavailableError):
    """The connection is gone, or the work met another's, and is not known to be committed: it can be done again."""

    def __init__(self, message: str, *, conflict: bool = False) -> None:
        super().__init__(message, hint=AGAIN)
        self.conflict = conflict


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Where a database is, as messages may name it, and what they must not hold."""

    place: str  # host/dbname
    secrets: tuple[str, ...] = field(repr=False)

    def shown(self, text: str) -> str:
        """A foreign text for a message: on one line, its end without a full stop, secrets left out."""
        for secret in self.secrets:
            text = re.sub(rf"(?<!\w){re.escape(secret)}(?!\w)", "…", text)
        return visible(" ".join(text.split())).rstrip(".")


def parsed(dsn: str) -> tuple[dict[str, str], Address]:
    """The parts of an address (a libpq connection string or URI). Raises: UsageError, which quotes none of it."""
    parts: dict[str, str] | None = None
    with suppress(psycopg.Error, UnicodeError):  # they quote what they stumbled over: not to be chained either
        parts = {key: str(value) for key, value in conninfo_to_dict(dsn).items() if value is not None}
    if parts is None or not _unmistakable(parts):
        raise UsageError("The address of the state's database cannot be understood.", hint=f"It is like {ADDRESS}")
    host = parts.get("host") or parts.get("hostaddr") or "localhost"
    place = visible(f"{host}/{parts.get('dbname') or parts.get('user') or ''}")
    secrets = [parts[key] for key in ("password", "sslpassword", "user") if parts.get(key)]
    return parts, Address(place=place, secrets=tuple(sorted(secrets, key=len, reverse=True)))


def _unmistakable(parts: dict[str, str]) -> bool:
    """Says whether no part of a password can have become a host, a port or a name: ``@`` and ``/`` split a URI."""
    port = parts.get("port", "")
    return all(_PLAIN.fullmatch(parts.get(word, "")) for word in _WORDS) and not port.strip("0123456789,")


def refusal(error: psycopg.Error, address: Address) -> CloudcrateError:
    """What it means that no connection was made. libpq tells it in words only; unknown ones count as passing."""
    said = str(error)
    if error.sqlstate == "3D000" or _NO_DATABASE.search(said):
        hint = "Make it, or correct the address of the state."
        return UsageError(f"There is no database {address.place}.", hint=hint)
    if (error.sqlstate or "")[:2] == "28" or _NO_ACCESS.search(said):
        hint = "Correct the user and the password in the address of the state, or give the user the right to connect."
        return CredentialsError(f"The database {address.place} refuses the user or the password.", hint=hint)
    return _lost(address, said)


def meaning(error: Exception, address: Address, *, name: str, remedy: str) -> CloudcrateError:
    """What an error of a statement means."""
    code = (error.sqlstate if isinstance(error, psycopg.Error) else None) or ""
    if code in _CONFLICTS:
        return LostError(f"Others keep writing to the same rows of the {name} {address.place}.", conflict=True)
    if code[:2] == "08" or code in _LOST or (not code and isinstance(error, psycopg.OperationalError)):
        return _lost(address, str(error))
    if not code and isinstance(error, psycopg.InterfaceError):
        return _lost(address, "the connection was closed")
    said = address.shown(_primary(error))
    if code == "55P03":
        hint = "Run the same command again when the other one has ended."
        return BusyError(f"Another process has held a row of the {name} {address.place} for too long.", hint=hint)
    if code == "42501":
        hint = "Give the user the right to make a schema in the database, or make it for the user."
        return CredentialsError(f"The user of the database {address.place} may not do this: {said}.", hint=hint)
    if code == "53100":
        hint = "Make room on the database's disk, then run the same command again."
        return DiskError(f"The {name} {address.place} cannot be written: {said}.", hint=hint)
    return StateError(f"The {name} {address.place} is damaged or cannot be used: {said}.", hint=remedy)


def _lost(address: Address, said: str) -> LostError:
    return LostError(f"The database of the state, {address.place}, cannot be reached: {address.shown(said)}.")


def _primary(error: Exception) -> str:
    primary = error.diag.message_primary if isinstance(error, psycopg.Error) else None
    return primary or type(error).__name__
