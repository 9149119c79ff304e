"""Where a service's token is found, of all the places where one may stand."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from cloudcrate.errors import CredentialsError
from cloudcrate.settings_keys import Given, Origin, Places, file_of
from cloudcrate.tokens import KEYRING, KeptInKeyring, Secret, TokenKind, as_token


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenPlace:
    """The place that goes first. ``read`` gives the token. Raises: CredentialsError, UsageError."""

    source: str  # an environment variable, a file, or KEYRING
    origin: Origin
    read: Callable[[], Secret]
    unlike: str = ""  # another variable of the same place, which holds another token and is not used
    file: Path | None = None


def locate(kind: TokenKind, named: Given | None, places: Places, kept: KeptInKeyring | None) -> TokenPlace | None:
    """The place of a token; None when there is none.

    That is a flag's file, the environment, a file named there, ``.env``, a file named in the settings, the keyring
    when the settings say so, the file beside them. A keyring is not asked before ``read``.
    """
    origin = None if named is None else named.origin
    if named is not None and origin is Origin.FLAG:
        return _in_file(kind, file_of(named, places.path), Origin.FLAG)
    found = _in_variables(kind, places, Origin.VARIABLE)
    if found is None and named is not None and origin is Origin.VARIABLE:
        found = _in_file(kind, file_of(named, places.path), Origin.VARIABLE)
    found = found or _in_variables(kind, places, Origin.DOTENV)
    if found is not None:
        return found
    if named is not None:
        return _in_file(kind, file_of(named, places.path), Origin.FILE)
    if kept is not None:
        return TokenPlace(source=KEYRING, origin=Origin.FILE, read=kept.token)
    beside = places.path.parent / kind.kept_in
    return _in_file(kind, beside, Origin.DEFAULT) if beside.is_file() else None


def _in_variables(kind: TokenKind, places: Places, origin: Origin) -> TokenPlace | None:
    values = places.environment if origin is Origin.VARIABLE else places.dotenv.values
    held = [variable for variable in kind.variables if values.get(variable, "").strip()]
    if not held:
        return None
    name = held[0]
    source = name if origin is Origin.VARIABLE else f"{name} in {places.dotenv.path}"
    unlike = next((other for other in held[1:] if values[other].strip() != values[name].strip()), "")
    text = values[name]
    return TokenPlace(source=source, origin=origin, read=lambda: as_token(text, source, kind), unlike=unlike)


def _in_file(kind: TokenKind, file: Path, origin: Origin) -> TokenPlace:
    return TokenPlace(source=str(file), origin=origin, read=lambda: _read(kind, file), file=file)


def _read(kind: TokenKind, file: Path) -> Secret:
    try:
        return as_token(file.read_text("utf-8-sig"), f"What is in {file}", kind)
    except (OSError, ValueError) as error:
        raise CredentialsError(
            f"The token file {file} cannot be read: {type(error).__name__}.",
            hint=f"Write the token into it, readable by you alone; {kind.remedy}",
        ) from error
