"""The tokens of both services: secrets that never print, and the places where they may stand."""

import hashlib
import importlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

from cloudcrate.errors import CredentialsError, UsageError


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
        """Under this the ledger keeps the budget of a Notion token."""
        return f"notion-{self.digest}"

    @property
    def digest(self) -> str:
        """Tells one secret from another without giving it away."""
        return hashlib.sha256(b"cloudcrate" + self._value.encode()).hexdigest()[:12]

    def __repr__(self) -> str:
        return "Secret(…)"

    __str__ = __repr__

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._value == self._value

    def __hash__(self) -> int:
        return hash(self._value)


TOKEN_VARIABLES = ("NOTION_TOKEN", "NOTION_API_TOKEN")
KEPT_IN = "notion-token"
"""The name of the file beside the settings file that holds the token when nothing else does."""

KEYRING = "the keyring"
"""What is said to be the source of a token that the system's keyring holds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenKind:
    """One service's token: where it may stand, and what is said when it is not there."""

    service: str
    variables: tuple[str, ...]
    file_key: str  # names a file that holds it
    file_variable: str
    kept_in: str  # as KEPT_IN
    example: str
    remedy: str
    scheme: str = ""  # a leading word that may be pasted along


NOTION = TokenKind(
    service="Notion",
    variables=TOKEN_VARIABLES,
    file_key="notion_token_file",
    file_variable="NOTION_TOKEN_FILE",
    kept_in=KEPT_IN,
    example="ntn_… or secret_…",
    remedy="or name another: cloudcrate init --token-file PATH",
)
SOUNDCLOUD = TokenKind(
    service="SoundCloud",
    variables=("SOUNDCLOUD_TOKEN",),
    file_key="soundcloud_token_file",
    file_variable="SOUNDCLOUD_TOKEN_FILE",
    kept_in="soundcloud-token",
    example="2-…",
    remedy="or sign in: cloudcrate login",
    scheme="OAuth",
)


Keyrings = Callable[[], ModuleType]


def system_keyring() -> ModuleType:
    """The system's keyring: get_password, set_password, delete_password. Raises: UsageError without the package."""
    try:
        return importlib.import_module("keyring")
    except ImportError as error:
        raise UsageError(
            "The system's keyring cannot be used: the package keyring is not installed.",
            hint="Install cloudcrate[keyring], or keep the token in a file: cloudcrate login",
        ) from error


class KeptInKeyring:
    """The SoundCloud token in a keyring, which is asked for only when it is used."""

    def __init__(self, keyring: Keyrings = system_keyring) -> None:
        self._keyring = keyring

    def read(self) -> str | None:
        """The token that is kept. Raises: UsageError, CredentialsError when the keyring does not open."""
        return self._asked(lambda keyring: keyring.get_password("cloudcrate", "soundcloud"))

    def keep(self, token: Secret) -> None:
        """Keeps a token in place of what was there. Raises: as ``read``."""
        self._asked(lambda keyring: keyring.set_password("cloudcrate", "soundcloud", token.reveal()))

    def forget(self) -> bool:
        """Takes the token out; says whether there was one. Raises: as ``read``."""
        if self.read() is None:
            return False
        self._asked(lambda keyring: keyring.delete_password("cloudcrate", "soundcloud"))
        return True

    def _asked(self, question: Callable[[ModuleType], str | None]) -> str | None:
        keyring = self._keyring()
        try:
            return question(keyring)
        except Exception as error:  # of D-Bus, of the Keychain, of Windows: errors of any kind
            raise CredentialsError(
                f"The system's keyring does not open: {type(error).__name__}.",
                hint="Unlock it; or keep the token in a file: cloudcrate login",
            ) from error


def find_token(
    kind: TokenKind,
    named: Path | None,
    flags: Mapping[str, object],
    env: Mapping[str, str],
    path: Path,
    kept: KeptInKeyring | None = None,
) -> tuple[Secret | None, str]:
    """The token and what gave it.

    That is a flag's file, the environment, a file named there or in the settings, the keyring when the settings
    say so, the file beside them.
    """
    from_flag = flags.get(kind.file_key) is not None
    for variable in () if from_flag else kind.variables:
        if env.get(variable, "").strip():
            return as_token(env[variable], variable, kind), variable
    if named is None and kept is not None:
        return _from_keyring(kind, kept), KEYRING
    default = path.parent / kind.kept_in
    if named is None and not default.is_file():
        return None, ""
    from_settings = named is not None and not from_flag and not env.get(kind.file_variable)
    found = default if named is None else named.expanduser()
    found = (path.parent / found) if from_settings else found.absolute()
    try:
        return as_token(found.read_text("utf-8-sig"), f"What is in {found}", kind), str(found)
    except (OSError, ValueError) as error:
        raise CredentialsError(
            f"The token file {found} cannot be read: {type(error).__name__}.",
            hint=f"Write the token into it, readable by you alone; {kind.remedy}",
        ) from error


def _from_keyring(kind: TokenKind, kept: KeptInKeyring) -> Secret:
    text = kept.read()
    if text is None:
        raise CredentialsError(
            f"The system's keyring holds no {kind.service} token.",
            hint="Sign in: cloudcrate login --keyring; or forget about it: cloudcrate logout",
        )
    return as_token(text, "What the keyring holds", kind)


def as_token(text: str, where: str, kind: TokenKind = NOTION) -> Secret:
    """The token in a text. Raises: CredentialsError, which does not repeat the text, when there is none."""
    token = text.strip()
    scheme, _, rest = token.partition(" ")
    if kind.scheme and scheme.casefold() == kind.scheme.casefold():
        token = rest.strip()
    if not token or not token.isascii() or not token.isprintable() or " " in token:
        raise CredentialsError(
            f"{where} is no {kind.service} token.", hint=f"It should be one word, such as {kind.example}."
        )
    return Secret(token)
