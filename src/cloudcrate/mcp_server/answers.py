"""What the tools answer. The client gets these as structured content, and their shapes as output schemas.

Whatever stands in an ``untrusted`` mapping comes from other people or may quote them: titles, names, links,
cells, reasons, error messages. It went through ``clean``. All the rest is numbers, ids and words of ours.
Times are ISO 8601 in UTC. ``more`` says how many rows of a list were left out.

The answers themselves have no slots: the SDK would take a slot's descriptor for a default.
"""

from dataclasses import dataclass

Untrusted = dict[str, str]
"""Foreign texts by what they are (``title``, ``link``, ``reason``); those that are empty are left out."""


# --- parts --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundPlaylist:
    """A playlist that a name may mean. Pass its link to plan_sync."""

    origin: str  # link, kept, notion, profile, soundcloud, found
    tracks: int | None
    untrusted: Untrusted


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptPlaylist:
    """A playlist that is kept, with its distinct tracks counted by how they stand."""

    tracks: int
    standing: dict[str, int]
    last_synced_at: str | None
    next_sync_at: str | None
    untrusted: Untrusted


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """How much of what a service allows is spent; runs wait when it is."""

    name: str
    spent: int
    limit: int
    window_seconds: float
    parked_until: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A run of one playlist. Without an end it was broken off, or is going on."""

    run_id: str
    started_at: str
    ended_at: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedOperation:
    """One thing that the plan would do. Without a track it is about the playlist itself."""

    track_id: int | None
    position: int | None
    operation: str
    untrusted: Untrusted


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One thing that was decided about a track, and what came of it."""

    at: str
    run_id: str
    side: str  # row, file, record
    operation: str
    outcome: str
    untrusted: Untrusted


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A row of the catalog that may be the track's; its number is for decide_review."""

    number: int
    own: bool  # it is known as the track's row already
    untrusted: Untrusted


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What only the user can tell: which of these rows is the track's."""

    rows: list[Row]
    answered: str | None  # new, skip: what the user said already
    untrusted: Untrusted


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackProblem:
    """A track that lacks its row or its file. ``retry`` says what helps: see the words of list_problems."""

    track_id: int
    side: str
    kind: str
    retry: str
    since: str
    next_check: str | None  # null: the next sync looks at it
    untrusted: Untrusted


@dataclass(frozen=True, slots=True, kw_only=True)
class UnfinishedTrack:
    """A track of a run about which there is something to say."""

    track_id: int
    position: int
    row: str
    file: str
    availability: str | None
    untrusted: Untrusted


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """One thing that a run needs: fine, note or wrong."""

    name: str
    state: str
    untrusted: Untrusted


# --- answers ------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class FindAnswer:
    """find_playlist."""

    found: list[FoundPlaylist]
    more: int
    next: str


@dataclass(frozen=True, kw_only=True)
class PlaylistsAnswer:
    """list_playlists."""

    playlists: list[KeptPlaylist]
    more: int


@dataclass(frozen=True, kw_only=True)
class JobAnswer:
    """apply_plan, sync_playlist, cancel_job: a background run, as it stands."""

    job_id: str
    plan_id: str
    state: str  # waiting, running, done, failed, stopped
    operations: int
    operations_done: int
    operations_failed: int
    started_at: str
    ended_at: str | None
    seconds_left: int | None
    rows: dict[str, int] | None
    files: dict[str, int] | None
    error_code: str | None
    next: str
    untrusted: Untrusted


@dataclass(frozen=True, kw_only=True)
class StatusAnswer:
    """get_status."""

    playlists: int
    jobs: list[JobAnswer]
    runs: list[Run]
    budgets: list[Budget]
    more: int


@dataclass(frozen=True, kw_only=True)
class PlanAnswer:
    """plan_sync."""

    plan_id: str
    lives_seconds: int
    entries: int
    tracks: int
    changes: int
    counts: dict[str, int]
    operations: list[PlannedOperation]
    more: int
    next: str
    untrusted: Untrusted
    untrusted_notes: list[str]


@dataclass(frozen=True, kw_only=True)
class TrackAnswer:
    """explain_track."""

    track_id: int
    events: list[Event]
    question: Question | None
    untrusted: Untrusted


@dataclass(frozen=True, kw_only=True)
class ProblemsAnswer:
    """list_problems."""

    counts: dict[str, int]
    problems: list[TrackProblem]
    more: int


@dataclass(frozen=True, kw_only=True)
class ReportAnswer:
    """get_report."""

    run_id: str
    entries: int
    tracks: int
    rows: dict[str, int]
    files: dict[str, int]
    stopped: bool
    seconds: float
    unfinished: list[UnfinishedTrack]
    more: int
    untrusted: Untrusted
    untrusted_notes: list[str]


@dataclass(frozen=True, kw_only=True)
class DoctorAnswer:
    """run_doctor."""

    wrong: int
    checks: list[Checked]


@dataclass(frozen=True, kw_only=True)
class DecisionAnswer:
    """decide_review."""

    track_id: int
    choice: str
    next: str
