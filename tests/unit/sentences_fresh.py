"""Sentences the grammar was not made for: nine sets, each written whole before it was read for the first time.

The rules by which doubtful cases are decided are those of the table of sentences.
"""

from sentences_fresh_eighth import EIGHTH, EIGHTH_HARMLESS
from sentences_fresh_fifth import FIFTH
from sentences_fresh_first import FIRST
from sentences_fresh_fourth import FOURTH
from sentences_fresh_ninth import NINTH, NINTH_HARMLESS
from sentences_fresh_second import SECOND
from sentences_fresh_seventh import SEVENTH, SEVENTH_HARMLESS
from sentences_fresh_sixth import SIXTH, SIXTH_HARMLESS
from sentences_fresh_third import THIRD
from sentences_shape import Sentence

__all__ = ["FRESH", "FRESH_HARMLESS", "Sentence"]

FRESH: dict[str, tuple[Sentence, ...]] = {
    "everyday": FIRST,
    "other styles": SECOND,
    "mixed voices": THIRD,
    "the rest": FOURTH,
    "the promised forms": FIFTH,
    "twelve people": SIXTH,
    "twelve others": SEVENTH,
    "everyday wordings": EIGHTH,
    "hard names": NINTH,
}

FRESH_HARMLESS: tuple[str, ...] = (*SIXTH_HARMLESS, *SEVENTH_HARMLESS, *EIGHTH_HARMLESS, *NINTH_HARMLESS)
"""Sentences of the same people that ask for no change."""
