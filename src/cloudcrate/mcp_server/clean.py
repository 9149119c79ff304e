"""Foreign texts made fit to be read by a language model: nothing invisible, nothing that commands, not too long."""

import unicodedata
from collections.abc import Mapping

from cloudcrate.core.redaction import redacted

LONGEST = 300
"""Characters of one foreign text; a title has a hundred at most, a reason two hundred."""

LOOKED_AT = 4 * LONGEST
"""Characters of a foreign text that are looked at: enough to fill ``LONGEST`` with what is left of them."""

CUT = "…"

_DROPPED = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})
"""Controls, formats (zero-width, direction, U+E0000 tags), lone surrogates, private use, and what is no character."""

_UNSEEN = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
"""Characters of other categories that show nothing."""


def clean(text: str) -> str:
    """``text`` on one line, NFC, at most ``LONGEST`` characters, without what does not show and without secrets.

    Words that were hidden in tag characters or variation selectors are gone, not spelt out.
    """
    seen = text[:LOOKED_AT]
    kept = "".join(char for char in " ".join(seen.split()) if not _hidden(char))
    line = redacted(unicodedata.normalize("NFC", " ".join(kept.split())))
    if len(line) <= LONGEST and len(seen) == len(text):
        return line
    return line[: LONGEST - 1].rstrip().removesuffix(CUT) + CUT


def cleaned(texts: Mapping[str, str]) -> dict[str, str]:
    """These texts by their names, each ``clean``, those with nothing in them left out."""
    return {name: line for name, text in texts.items() if (line := clean(text))}


def _hidden(char: str) -> bool:
    code = ord(char)
    selects = 0xFE00 <= code <= 0xFE0F or 0xE0100 <= code <= 0xE01EF  # variation selectors can smuggle any bytes
    return selects or char in _UNSEEN or unicodedata.category(char) in _DROPPED
