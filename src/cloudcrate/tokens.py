"""The tokens of both services: secrets that never print, and the places where they may stand."""

import hashlib
import importlib
from collections.abc import Callable
from dataclasses import dataclass
from types import ModuleType

from cloudcrate.errors import CredentialsError, missing_extra


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
    keyring_key: str  # says that the keyring is to be asked
    keyring_name: str  # the user name under which the keyring holds it; the service's name there is cloudcrate
    keeper: str  # the command that keeps it
    example: str
    remedy: str
    keyring_remedy: str
    scheme: str = ""  # a leading word that may be pasted along


NOTION = TokenKind(
    service="Notion",
    variables=TOKEN_VARIABLES,
    file_key="notion_token_file",
    file_variable="NOTION_TOKEN_FILE",
    kept_in=KEPT_IN,
    keyring_key="notion_token_keyring",
    keyring_name="notion",
    keeper="cloudcrate init",
    example="ntn_… or secret_…",
    remedy="or name another: cloudcrate init --token-file PATH",
    keyring_remedy="Put it there: cloudcrate login --notion --keyring; or forget about it: cloudcrate logout --notion",
)
SOUNDCLOUD = TokenKind(
    service="SoundCloud",
    variables=("SOUNDCLOUD_TOKEN",),
    file_key="soundcloud_token_file",
    file_variable="SOUNDCLOUD_TOKEN_FILE",
    kept_in="soundcloud-token",
    keyring_key="soundcloud_token_keyring",
    keyring_name="soundcloud",
    keeper="cloudcrate login",
    example="2-…",
    remedy="or sign in: cloudcrate login",
    keyring_remedy="Sign in: cloudcrate login --keyring; or forget about it: cloudcrate logout",
    scheme="OAuth",
)


Keyrings = Callable[[], ModuleType]


def system_keyring() -> ModuleType:
    """The system's keyring: get_password, set_password, delete_password. Raises: UsageError without the package."""
    try:
        return importlib.import_module("keyring")
    except ImportError as error:
        otherwise = "; or keep it in a file: cloudcrate login, cloudcrate init"
        raise missing_extra("The system's keyring", "keyring", otherwise=otherwise) from error


class KeptInKeyring:
    """A service's token in a keyring, which is asked for only when it is used."""

    def __init__(self, keyring: Keyrings = system_keyring, kind: TokenKind = SOUNDCLOUD) -> None:
        self._keyring = keyring
        self._kind = kind

    def read(self) -> str | None:
        """The token that is kept. Raises: UsageError, CredentialsError when the keyring does not open."""
        return self._asked(lambda keyring: keyring.get_password("cloudcrate", self._kind.keyring_name))

    def keep(self, token: Secret) -> None:
        """Keeps a token in place of what was there. Raises: as ``read``."""
        self._asked(lambda keyring: keyring.set_password("cloudcrate", self._kind.keyring_name, token.reveal()))

    def token(self) -> Secret:
        """The token. Raises: as ``read``; CredentialsError when there is none, or what is there is no token."""
        text = self.read()
        if text is None:
            raise CredentialsError(
                f"The system's keyring holds no {self._kind.service} token.", hint=self._kind.keyring_remedy
            )
        return as_token(text, "What the keyring holds", self._kind)

    def forget(self) -> bool:
        """Takes the token out; says whether there was one. Raises: as ``read``."""
        if self.read() is None:
            return False
        self._asked(lambda keyring: keyring.delete_password("cloudcrate", self._kind.keyring_name))
        return True

    def _asked(self, question: Callable[[ModuleType], str | None]) -> str | None:
        return _asked(self._keyring, question, f"Unlock it; or keep the token in a file: {self._kind.keeper}")


def kept_secret(keyring: Keyrings, name: str) -> str:
    """What the user keeps in the keyring under cloudcrate and ``name``.

    Raises: UsageError without the package; CredentialsError when the keyring does not open or holds nothing of it.
    """
    text = _asked(keyring, lambda opened: opened.get_password("cloudcrate", name), "Unlock it, or use a file.")
    if text is None:
        raise CredentialsError(
            f"The system's keyring holds no {name}.", hint=f"Put it there: keyring set cloudcrate {name}"
        )
    return text


def _asked(keyring: Keyrings, question: Callable[[ModuleType], str | None], remedy: str) -> str | None:
    opened = keyring()
    try:
        return question(opened)
    except Exception as error:  # of D-Bus, of the Keychain, of Windows: errors of any kind
        raise CredentialsError(f"The system's keyring does not open: {type(error).__name__}.", hint=remedy) from error


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
