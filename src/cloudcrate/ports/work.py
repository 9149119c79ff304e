"""Runs that several machines carry out together."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from enum import Enum
from typing import Protocol

from cloudcrate.core.model import TrackId
from cloudcrate.ports.ledger import Claim
from cloudcrate.ports.running import Spent

END = "end"
"""The job that ends a run; its track is 0."""


class Stage(Enum):
    """How far a shared run is."""

    GOING = "going"
    STOPPING = "stopping"  # nothing is begun any more; what is in flight is finished
    ENDED = "ended"


@dataclass(frozen=True, slots=True, kw_only=True)
class Errand:
    """One job of one track of one run: small, and all that is sent to a worker."""

    run_id: str
    track_id: TrackId
    job: str  # of ``app.performer``, or ``END``
    deliveries: int = 0  # how often it was begun before and broke off
    among: int = 1  # how many were delivered together
    postponed: int = 0  # how often it was


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a run is, in numbers, and who works on it."""

    tracks: int
    done: int  # tracks of which no job is left
    failed: int  # tracks with an operation that failed
    workers: int  # that were heard of lately


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedRun:
    """One run that is shared."""

    run_id: str
    name: str  # of the playlist
    stage: Stage
    started_at: float  # epoch seconds
    by: str  # which command on which machine began it
    scope: str  # a digest of the catalog and the library it is about
    stopping_since: float | None  # epoch seconds
    error: str  # what ended it before its time, as JSON; empty: nothing has
    spent: Spent


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedPiece:
    """One track of a shared run. Texts are JSON by ``core.codec``."""

    track_id: TrackId
    piece: str
    waiting: frozenset[str]  # its jobs that are not done
    outcomes: Mapping[int, str]  # by the place of the operation


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPiece:
    """One track of a run that begins."""

    track_id: TrackId
    piece: str
    jobs: frozenset[str]
    outcomes: Mapping[int, str]


class Work(Protocol):
    """The runs that are shared. Every write is durable when the method returns; all may be called again.

    What is to be done and that it is to be done are written together, so that neither is ever without the
    other. A run is alone: while one is going on none begins.
    """

    def begin(self, run: SharedRun, frame: str, pieces: Callable[[], Iterator[NewPiece]], *, together: int = 1) -> None:
        """Begins a run and hands out its first jobs, so many in one delivery; what is kept of ended runs goes.

        Raises: BusyError when another one is going on.
        """

    def run(self, run_id: str) -> SharedRun | None:
        """The run of this id; None: there is none, or another one has begun since it ended."""

    def frame(self, run_id: str) -> str | None:
        """What was given to ``begin``; None as above."""

    def going(self) -> SharedRun | None:
        """The run that has not ended."""

    def piece(self, run_id: str, track_id: TrackId) -> SharedPiece | None:
        """One track of a run that is going on; None when there is none, or nothing of it is to begin any more."""

    def pieces(self, run_id: str) -> Iterator[SharedPiece]:
        """Every track, in the order of ``begin``."""

    def done(self, errand: Errand, claim: Claim, outcomes: Mapping[int, str], *, follow: str, spent: Spent) -> None:
        """Takes the outcomes of a job, hands out ``follow`` when it was the track's last, and ends the last of all.

        The claim is given back.

        Raises: StaleClaimError when another worker has taken it over.
        """

    def postpone(self, errand: Errand, seconds: float) -> None:
        """Hands a job out again, so many seconds from now."""

    def stop(self, run_id: str, error: str = "") -> bool:
        """Lets nothing more of a run begin, and hands out its end. False: it was not going on."""

    def busy(self, run_id: str) -> int:
        """How many of a run's jobs are being done now."""

    def end(self, run_id: str) -> None:
        """The run is over; its report is kept elsewhere."""

    def changed(self, run_id: str, after: int) -> tuple[tuple[SharedPiece, ...], int]:
        """The tracks with outcomes that were taken after ``after``, and what to ask with next; 0: all."""

    def progress(self, run_id: str) -> Progress:
        """How far a run is."""


class Crew(Protocol):
    """Those who work: the jobs of ``Work`` are delivered to them, each at least once."""

    def serve(self, perform: Callable[[Errand], None], scope: str) -> AbstractContextManager[None]:
        """Works beside the block, in threads of its own, on the runs of ``scope``; finishes what is in flight then.

        What ``perform`` raises lets the job be delivered again. Raises nothing when the database is away for a
        while: it goes on when that is back.
        """


class Gate(Protocol):
    """Lets one command at a time read and plan."""

    def held(self) -> AbstractContextManager[None]:
        """Keeps others out while the block runs. Raises: BusyError when it may not wait, StoppedError."""

    def confirm(self) -> None:
        """Makes sure that others are still kept out. Raises: BusyError when the database was away meanwhile."""

    def wait_for(self, whom: str) -> None:
        """Says once for whom this command is about to wait. Raises: BusyError when it may not."""
