"""Foreign texts made fit to be shown, stored and compared."""

import re
import unicodedata

_BLANKS = "\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0"
"""Characters that count as printable and show nothing."""

_STEALTHY = re.compile(rf"[{_BLANKS}\ufe00-\ufe0d\U000e0100-\U000e01ef]")
"""These, and the variation selectors that can smuggle text; the two that style emoji may stay."""

_JOINERS = "\u200c\u200d"
"""Needed by Persian, by Indic scripts and by compound emoji."""


def visible(text: str) -> str:
    """``text`` for terminals and logs: what is invisible or commands a terminal stands there in print.

    C0 controls become their pictures (``␛``, ``␊``), everything else of the kind its code (``\\u202e``);
    spaces of any width become plain ones. One line in, one line out; doing it twice changes nothing.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(map(_shown, text))


def _shown(char: str) -> str:
    code = ord(char)
    if char.isprintable() and not _STEALTHY.match(char):
        return char
    if code < 0x20:
        return chr(0x2400 + code)
    if code == 0x7F:
        return "\u2421"
    if unicodedata.category(char) == "Zs":
        return " "
    if code <= 0xFF:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"


def fold(text: str) -> str:
    """``text`` for comparing: compatibility forms and case folded, invisible characters dropped.

    Runs of spaces become one. Folding twice changes nothing.
    """
    if text.isascii():
        folded = text.lower()
    else:
        folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFD", text).casefold())
        folded = unicodedata.normalize("NFKC", folded.casefold())
    folded = " ".join(folded.split())
    if folded.isprintable() and folded.isascii():
        return folded
    kept = "".join(c for c in folded if unicodedata.category(c) not in ("Cc", "Cf") and not _STEALTHY.match(c))
    return " ".join(unicodedata.normalize("NFKC", kept).split())


def clean(text: str) -> str:
    """``text`` for cells and tags: NFC, on one line, without controls, direction marks or lone surrogates."""
    if text.isascii() and text.isprintable():
        return " ".join(text.split())
    kept = "".join(c for c in " ".join(text.split()) if _storable(c))
    return " ".join(unicodedata.normalize("NFC", kept).split())


def _storable(char: str) -> bool:
    return char in _JOINERS or unicodedata.category(char) not in ("Cc", "Cf", "Cs")


def spaced(name: str) -> str:
    """A class's name for people: ``CreatePage`` is ``create page``."""
    return "".join((" " if c.isupper() and i else "") + c.lower() for i, c in enumerate(name))
