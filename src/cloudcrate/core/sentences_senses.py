"""What a phrase can say, and the numbers that are written in words."""

from collections.abc import Mapping
from enum import Enum, auto


class Sense(Enum):
    """What a phrase says."""

    NOTE = auto()  # nothing: politeness, an article, a preposition
    COMMA = auto()
    MORE = auto()  # a connective: another clause follows
    SYNC = auto()
    DOWNLOAD = auto()
    NOT_SYNC = auto()
    NOT_DOWNLOAD = auto()
    NOT_BOTH = auto()
    FILES = auto()  # files only
    ROWS = auto()  # rows only
    WANTED = auto()  # a state that follows is wished for
    STATE = auto()  # synced, downloaded
    KEEP = auto()
    EVERY = auto()
    LIMIT = auto()
    ALL = auto()
    IT = auto()
    BUT_NOT = auto()  # a name follows that is left out
    STOP = auto()
    ANY_MORE = auto()
    PREVIEW = auto()
    STATUS = auto()
    MISSING = auto()
    PROGRESS = auto()
    ASKED = auto()  # a question mark
    REFUSE = auto()
    CLARIFY = auto()


_UNITS = "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen"
_ONES = [*_UNITS.split(), "seventeen", "eighteen", "nineteen"]
_TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
NUMBERS: Mapping[str, float] = {
    **{word: float(value) for value, word in enumerate(_ONES)},
    **{word: float(value) for value, word in zip(range(20, 100, 10), _TENS, strict=True)},
    **{f"{ten}-{_ONES[one]}": float(10 * at + one) for at, ten in enumerate(_TENS, 2) for one in range(1, 10)},
    "dozen": 12.0,
    "hundred": 100.0,
    "thousand": 1000.0,
}

STRONG = frozenset(Sense) - {Sense.NOTE, Sense.COMMA, Sense.MORE, Sense.LIMIT, Sense.ALL, Sense.IT}
"""With these a new clause begins."""

NO = frozenset({Sense.NOT_SYNC, Sense.NOT_DOWNLOAD, Sense.NOT_BOTH})
"""What forbids."""

YES = frozenset({Sense.SYNC, Sense.ROWS, Sense.DOWNLOAD, Sense.FILES, Sense.STATE, Sense.WANTED, Sense.KEEP})
"""What asks for something."""
