"""Notion's ids: uuids in the shapes it gives, and four-character property ids."""

import random
import re
import uuid
from urllib.parse import quote, unquote

from cloudcrate.sandbox.notion.refusals import invalid, quoted

_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz~_:;<=>?@[]^`{|}%"
_DASHED = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_NIL = "00000000-0000-0000-0000-000000000000"


class Mint:
    """Makes ids, deterministic from a seed."""

    def __init__(self, seed: int) -> None:
        self._dice = random.Random(f"cloudcrate sandbox notion {seed}")

    def uuid4(self) -> str:
        """The id of a database, an option or a request."""
        return str(uuid.UUID(int=self._dice.getrandbits(128), version=4))

    def page(self) -> str:
        """The id of a page: of version 8, as they have been since 2025."""
        bits = self._dice.getrandbits(128)
        bits = bits & ~(0xF << 76) | 8 << 76
        return str(uuid.UUID(int=bits & ~(0x3 << 62) | 0x2 << 62))

    def property(self) -> str:
        """A property's id, decoded."""
        return "".join(self._dice.choices(_LETTERS, k=4))


def encoded(property_id: str) -> str:
    """A property id as answers carry it."""
    return quote(property_id, safe="~_")


def decoded(property_id: str) -> str:
    """A property id as it was before encoding."""
    return unquote(property_id)


def dashed(text: str, where: str) -> str:
    """An id with its dashes. Raises: Refusal when it is none; other variants than the RFC's are refused."""
    plain = text.replace("-", "").lower()
    if re.fullmatch(r"[0-9a-f]{32}", plain):
        made = f"{plain[:8]}-{plain[8:12]}-{plain[12:16]}-{plain[16:20]}-{plain[20:]}"
        if made == _NIL or made[19] in "89ab":
            return made
    raise invalid(f"path failed validation: {where} should be a valid uuid, instead was {quoted(text)}.")


def is_uuid(text: object) -> bool:
    """Says whether a text is an id, dashed or not."""
    return isinstance(text, str) and bool(
        _DASHED.fullmatch(text.lower()) or re.fullmatch(r"[0-9a-f]{32}", text.lower())
    )


def normal(text: str) -> str:
    """The dashed form of what ``is_uuid``."""
    plain = text.replace("-", "").lower()
    return f"{plain[:8]}-{plain[8:12]}-{plain[12:16]}-{plain[16:20]}-{plain[20:]}"
