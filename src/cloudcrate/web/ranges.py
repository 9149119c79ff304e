"""Which part of a file a player asks for (RFC 9110, 14). Pure."""

import re
from dataclasses import dataclass

_RANGE = re.compile(r"bytes=([0-9]{0,18})-([0-9]{0,18})", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """The bytes from ``start`` to before ``end``."""

    start: int
    end: int

    def __len__(self) -> int:
        return self.end - self.start


def part_of(asked: str | None, size: int) -> Part | None:
    """The part of a file of ``size`` bytes that a Range header asks for.

    None: there is no such part (416). Several parts at once, other units and what cannot be read are answered with
    the whole, as is allowed.
    """
    whole = Part(start=0, end=size)
    told = _RANGE.fullmatch(asked.strip()) if asked is not None else None
    if told is None or told.groups() == ("", ""):
        return whole
    first, last = told.groups()
    if not first:
        start, end = max(0, size - int(last)), size
    else:
        start, end = int(first), min(size, int(last) + 1 if last else size)
        if last and int(last) < start:
            return whole
    return Part(start=start, end=end) if start < size and start < end else None
