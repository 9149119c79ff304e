"""What became of the library's files, as text. Every foreign text goes through ``visible``."""

from collections import Counter
from collections.abc import Iterator, Sequence

from cloudcrate.app.keeping import Checked, FileNote, Notes
from cloudcrate.app.service import Holding
from cloudcrate.core.model import TrackId
from cloudcrate.core.text import visible
from cloudcrate.ports.library import State

QUIET = (State.SOUND.value, "unchanged")
"""States that are counted and not listed."""


def checked_lines(found: Checked, *, fetches: bool) -> Iterator[str]:
    """What a check has found, what is wrong, and what to do about it unless that ``fetches`` already."""
    counts = " + ".join(f"{found.count(state)} {state.value}" for state in State)
    failed = sum(note.state == "failed" for note in found.notes)
    yield f"Checked {counted(len(found.notes), 'file')} = {counts}" + (f" + {failed} failed" if failed else "")
    if found.fresh:
        yield f"Passed over, as checked in the last 30 days: {counted(found.fresh, 'file')} (--all reads them, too)."
    for note in found.notes:
        if note.state not in QUIET:
            yield _line(note)
    if damaged(found) and not fetches:
        yield "Next: cloudcrate verify --fetch moves damaged files to quarantine and fetches them again."
    elif missing(found):
        yield "Next: cloudcrate sync PLAYLIST --restore fetches again what is missing."


def damaged(found: Checked) -> tuple[TrackId, ...]:
    """The tracks whose file is damaged."""
    return _in(found, State.DAMAGED)


def missing(found: Checked) -> tuple[TrackId, ...]:
    """The tracks whose file is not there."""
    return _in(found, State.MISSING)


def note_lines(notes: Notes) -> Iterator[str]:
    """How many files there are of each kind, then those about which there is something to say."""
    counts = Counter(note.state for note in notes)
    yield counted(len(notes), "file") + (
        ": " + ", ".join(f"{n} {state}" for state, n in counts.items()) if notes else "."
    )
    for note in notes:
        if note.state not in QUIET:
            yield _line(note)


def holding_lines(holdings: Sequence[Holding]) -> Iterator[str]:
    """What there is of each track: how many files, then each track with its file, or why it has none."""
    files = sum(bool(held.path) for held in holdings)
    lacking = Counter(held.availability.value for held in holdings if not held.path and held.reason)
    yield f"{counted(len(holdings), 'track')}, {counted(files, 'file')}" + "".join(
        f", {n} {word} without" for word, n in lacking.items()
    )
    for held in holdings:
        name = f"{visible(held.title) or 'track'} [{held.track_id}]"
        yield f"  {held.availability.value:<10} {name}: {visible(held.path or held.reason)}"
        if held.hint:
            yield f"             {visible(held.hint)}"


def counted(number: int, name: str) -> str:
    """``1 file``, ``2 files``."""
    return f"{number} {name}{'' if number == 1 else 's'}"


def _in(found: Checked, state: State) -> tuple[TrackId, ...]:
    return tuple(note.track_id for note in found.notes if note.state == state.value and note.track_id is not None)


def _line(note: FileNote) -> str:
    number = f" [{note.track_id}]" if note.track_id is not None else ""
    reason = f" ({visible(note.reason)})" if note.reason else ""
    return f"  {note.state}: {visible(note.title) or 'track'}{number}: {visible(note.path)}{reason}"
