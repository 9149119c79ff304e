"""A keyring in memory, in place of the package keyring and the system behind it."""

from collections.abc import Mapping
from types import ModuleType

NAMES = tuple[str, str]
"""A service and a user name."""


class PretendKeyring(ModuleType):
    """Holds texts. Calling it opens it, as ``tokens.system_keyring`` does; ``locked``: it answers nothing then."""

    def __init__(self, kept: Mapping[NAMES, str] | None = None, *, locked: bool = False) -> None:
        super().__init__("keyring")
        self.kept = dict(kept or {})
        self.locked = locked
        self.opened = 0

    def __call__(self) -> ModuleType:
        self.opened += 1
        return self

    def get_password(self, service: str, username: str) -> str | None:
        self._open()
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self._open()
        self.kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        self._open()
        del self.kept[service, username]

    def _open(self) -> None:
        if self.locked:
            raise RuntimeError("locked: canary")
