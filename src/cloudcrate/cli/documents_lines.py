"""What is printed on stderr with ``--log-format json``: one object a line."""

from collections.abc import Mapping
from typing import NotRequired, TypedDict

from cloudcrate.core.model import Candidate
from cloudcrate.core.report import Outcome


class MessageLine(TypedDict):
    """Something worth knowing that is not the answer."""

    message: str  # in words


class PhaseLine(TypedDict):
    """Something has begun."""

    message: str  # what, in words


class BeganLine(TypedDict):
    """A plan is made and is about to be carried out."""

    playlist: str  # its name
    url: str  # its link
    tracks: int  # of the playlist, each counted once
    operations: int  # that change something: as many `advanced` lines follow at the most


class AdvancedLine(TypedDict):
    """An operation that changes something has ended."""

    track_id: int  # SoundCloud's number of the track
    title: str  # of the track; empty when nothing is known of it
    position: int  # of its first entry, from 1; 0 when it has left the playlist
    operation: str  # by its name in a plan: CreatePage, Download …
    reason: str  # why it was done
    outcome: Outcome  # how it ended


class ErrorLine(TypedDict):
    """The error that ended the command. Printed with `--json`, too, in place of words."""

    code: str  # its stable name: see the errors' page
    message: str  # what happened
    hint: str  # what to do; empty when there is nothing to say
    exit_code: int  # that of the command
    candidates: NotRequired[tuple[Candidate, ...]]  # of the code `ambiguous`: those to choose from, best first


EVENTS: Mapping[str, type] = {
    "message": MessageLine,
    "phase": PhaseLine,
    "began": BeganLine,
    "advanced": AdvancedLine,
    "error": ErrorLine,
}
"""The lines on stderr with ``--log-format json``, by their ``event``; besides it each has its version and time."""
