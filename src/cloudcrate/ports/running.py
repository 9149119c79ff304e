"""How work is carried out, and who hears of it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from cloudcrate.core.model import TrackId
from cloudcrate.core.operations import Plan, TrackOperation, Unit
from cloudcrate.core.report import Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One piece of a run's work: small, serialisable, named. ``lane`` is what it waits for."""

    lane: str  # ``rows`` | ``files``
    name: str
    track_id: TrackId


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    """What has gone over the network."""

    soundcloud_requests: int = 0
    notion_requests: int = 0
    media_bytes: int = 0

    def __add__(self, other: "Spent") -> "Spent":
        """Both together."""
        return Spent(
            soundcloud_requests=self.soundcloud_requests + other.soundcloud_requests,
            notion_requests=self.notion_requests + other.notion_requests,
            media_bytes=self.media_bytes + other.media_bytes,
        )

    def __sub__(self, other: "Spent") -> "Spent":
        """What has come since ``other``."""
        return Spent(
            soundcloud_requests=self.soundcloud_requests - other.soundcloud_requests,
            notion_requests=self.notion_requests - other.notion_requests,
            media_bytes=self.media_bytes - other.media_bytes,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class BudgetState:
    """How much of what a service allows is spent."""

    name: str  # for people: ``Notion``
    spent: int  # requests within the window
    limit: int  # of them
    window: float  # seconds
    parked_until: float | None  # epoch seconds until which the service asked for no more; None: it does not now


class Listener(Protocol):
    """Hears how a run goes on; called from any thread, must not block."""

    def phase(self, words: str) -> None:
        """Something has begun: ``reading the playlist``."""

    def began(self, plan: Plan) -> None:
        """The plan is made and is about to be carried out."""

    def advanced(self, unit: Unit, operation: TrackOperation, outcome: Outcome) -> None:
        """An operation has ended."""


class Silent:
    """A listener that nobody hears anything of."""

    def phase(self, words: str) -> None:
        """Says nothing."""

    def began(self, plan: Plan) -> None:
        """Says nothing."""

    def advanced(self, unit: Unit, operation: TrackOperation, outcome: Outcome) -> None:
        """Says nothing."""


class Engine(Protocol):
    """Carries jobs out, several at once per lane. At least once: jobs look before they act."""

    def run(self, jobs: Sequence[Job], perform: Callable[[Job], Sequence[Job]]) -> None:
        """Performs every job and the jobs those answer with; returns when none is left.

        An error that ``perform`` raises stops the run: what is in flight is finished, the rest is not
        begun, and the first error is raised. Raises StoppedError when the user asked to stop.
        """
