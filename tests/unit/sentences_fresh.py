"""Sentences the grammar was not made for: five sets, each written whole before it was read for the first time.

The rules by which doubtful cases are decided are those of the table of sentences.
"""

from sentences_fresh_fifth import FIFTH
from sentences_fresh_first import FIRST
from sentences_fresh_fourth import FOURTH
from sentences_fresh_second import SECOND
from sentences_fresh_third import THIRD
from sentences_shape import Sentence

__all__ = ["FRESH", "Sentence"]

FRESH: dict[str, tuple[Sentence, ...]] = {
    "everyday": FIRST,
    "other styles": SECOND,
    "mixed voices": THIRD,
    "the rest": FOURTH,
    "the promised forms": FIFTH,
}
