"""What each command prints as data: the one table that the reference page and the tests are made from.

No command imports this; it imports everything that a document may hold.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NotRequired, TypedDict

from cloudcrate.app.keeping import Checked, Notes
from cloudcrate.app.overview import Overview
from cloudcrate.app.problems import Problem
from cloudcrate.app.repair import Look, Repaired
from cloudcrate.app.review import Merge, Question, Sweep
from cloudcrate.app.service import Check, Holding, Status, Why
from cloudcrate.app.sharing import Going
from cloudcrate.cli import documents_made as made
from cloudcrate.cli.playlists import Noted
from cloudcrate.cli.syncing import Failure
from cloudcrate.core.operations import Plan
from cloudcrate.core.report import Report
from cloudcrate.core.sentences_request import Request
from cloudcrate.core.timetable import Upcoming
from cloudcrate.ports.ledger import RunRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """One document that a command may print. ``kind`` is a TypedDict of its keys, without ``schema_version``."""

    kind: type
    when: str = ""  # which words lead to it; empty: it is the command's only one
    lines: bool = False  # one is printed after the other, each on a line of its own


class SyncReport(TypedDict):
    """A sync of one playlist."""

    report: Report  # how it ended


class SyncReports(TypedDict):
    """Syncs of several playlists, or of none."""

    reports: tuple[Report, ...]  # how each ended that came to a plan, in the order in which they were synced
    errors: tuple[Failure, ...]  # what ended one before its time; the others were synced all the same


class RetryReports(TypedDict):
    """Syncs of the playlists that had a problem."""

    reports: tuple[Report, ...]  # how each ended, in the order in which they were synced


class ScheduleAnswer(TypedDict):
    """A standing order that was noted in the settings."""

    schedule: Noted  # what is synced when


class OnePlan(TypedDict):
    """What a sync would do."""

    plan: Plan  # the run, before it is carried out


class SeveralPlans(TypedDict):
    """What the syncs of several playlists would do."""

    plans: tuple[Plan, ...]  # one for each playlist


class StatusAnswer(TypedDict):
    """How everything stands."""

    status: Status  # what is kept, the last runs, what is next


class OverviewAnswer(TypedDict):
    """How the playlists that were asked for stand."""

    overview: tuple[Overview, ...]  # one for each


class TracksAnswer(TypedDict):
    """What there is of a playlist's tracks, or of one track."""

    tracks: tuple[Holding, ...]  # in the playlist's order


class GoingLine(TypedDict):
    """How the run that is going on stands; printed when it has changed."""

    going: Going  # the run, and how far it is


class ProblemsAnswer(TypedDict):
    """What is not as it should be."""

    problems: tuple[Problem, ...]  # the oldest first


class StoppedAnswer(TypedDict):
    """A run that was asked to stop."""

    stopped: str  # its playlist; empty when no run was going on


class RequestAnswer(TypedDict):
    """How a sentence is understood. Nothing was done, and no name was looked up."""

    request: Request  # what it asks for


class KeptAnswer(TypedDict):
    """The playlists that are kept."""

    playlists: tuple[Upcoming, ...]  # each with when it is next; those never synced by a schedule last


class AddedAnswer(TypedDict):
    """A playlist that is kept from now on."""

    added: made.Added  # which


class RemovedAnswer(TypedDict):
    """A playlist that is kept no more."""

    removed: made.Removed  # which


class RenamedAnswer(TypedDict):
    """A playlist that has another name."""

    renamed: made.Renamed  # which, and how it is called


class WhyAnswer(TypedDict):
    """What was decided and done about a track."""

    why: Why  # the track and its events


class ChecksAnswer(TypedDict):
    """What a run needs, looked at."""

    checks: tuple[Check, ...]  # one for each thing


class RunsAnswer(TypedDict):
    """How the last runs ended."""

    runs: tuple[RunRecord, ...]  # the newest first


class UpcomingAnswer(TypedDict):
    """When what is due."""

    upcoming: tuple[Upcoming, ...]  # the soonest first
    strangers: tuple[str, ...]  # names in the table [watch.playlists] that fit no playlist


class TriedLine(TypedDict):
    """A playlist whose time had come."""

    tried: made.Tried  # what became of it


class ServiceAnswer(TypedDict):
    """A watch as a service of the user."""

    service: made.ServiceFile  # the file, and how to start it


class QuestionsAnswer(TypedDict):
    """What only the user can tell."""

    questions: tuple[Question, ...]  # the oldest first
    sweep: NotRequired[Sweep]  # with --sweep: what looking through the table has found


class DecidedAnswer(TypedDict):
    """A decision that was taken."""

    decided: made.Decided  # about which track, and what follows


class ReconsideredAnswer(TypedDict):
    """A decision that was taken back."""

    reconsidered: made.Reconsidered  # about which track


class MergedAnswer(TypedDict):
    """Rows of one track that are one now."""

    merged: Merge  # what was done to them


class CheckedAnswer(TypedDict):
    """What checking the files has found."""

    checked: Checked  # as it was before anything was fetched again
    reports: tuple[Report, ...]  # with --fetch: of the runs that fetched damaged files again


class FilesAnswer(TypedDict):
    """What became of files."""

    files: Notes  # one note a file


class StateAnswer(TypedDict):
    """What is left of what cloudcrate remembers. Nothing was changed."""

    state: tuple[Look, ...]  # one for each of its files


class RepairedAnswer(TypedDict):
    """A state that was repaired."""

    repaired: Repaired  # what was done


class InitAnswer(TypedDict):
    """What `init` has agreed on and written."""

    init: made.Init  # the tables, their columns and the files


class SignedInAnswer(TypedDict):
    """An account whose token is kept."""

    signed_in: made.SignedIn  # whose, and where


class SignedOutAnswer(TypedDict):
    """A token that is forgotten."""

    signed_out: made.SignedOut  # of which service


class SettingsAnswer(TypedDict):
    """All settings."""

    config: made.Settings  # what they are, where each comes from, what is wrong


class SettingsCheckedAnswer(TypedDict):
    """What is wrong with the settings."""

    config: made.SettingsChecked  # the faults, each with a remedy


class InstallAnswer(TypedDict):
    """How to add cloudcrate to an AI assistant."""

    install: made.Install  # what goes where


class DemoAnswer(TypedDict):
    """What the demo came to."""

    demo: made.Demo  # files, rows, and what a second run cost


QUESTION = "when WHAT asks"
DOCUMENTS: Mapping[str, tuple[Document, ...]] = {
    "sync": (
        Document(kind=SyncReport, when="one playlist"),
        Document(kind=SyncReports, when="several playlists, or --all"),
        Document(kind=OnePlan, when="--dry-run"),
        Document(kind=SeveralPlans, when="--dry-run, several playlists"),
        Document(kind=StatusAnswer, when=f"{QUESTION} how things stand"),
        Document(kind=OverviewAnswer, when=f"{QUESTION} how a playlist stands"),
        Document(kind=ProblemsAnswer, when=f"{QUESTION} what is missing"),
        Document(kind=StoppedAnswer, when="when WHAT says to stop"),
        Document(kind=ScheduleAnswer, when="when WHAT says to keep it synced"),
    ),
    "plan": (
        Document(kind=OnePlan, when="one playlist"),
        Document(kind=SeveralPlans, when="several playlists"),
    ),
    "ask": (Document(kind=RequestAnswer),),
    "add": (Document(kind=AddedAnswer),),
    "list": (Document(kind=KeptAnswer),),
    "remove": (Document(kind=RemovedAnswer),),
    "rename": (Document(kind=RenamedAnswer),),
    "watch": (
        Document(kind=TriedLine, when="after each run", lines=True),
        Document(kind=UpcomingAnswer, when="at the beginning, and when it has changed", lines=True),
        Document(kind=UpcomingAnswer, when="--dry-run"),
        Document(kind=ServiceAnswer, when="--install"),
    ),
    "runs": (Document(kind=RunsAnswer),),
    "status": (
        Document(kind=StatusAnswer, when="without WHAT"),
        Document(kind=TracksAnswer, when="WHAT"),
        Document(kind=GoingLine, when="--follow: before the document, while a run is going on", lines=True),
    ),
    "why": (Document(kind=WhyAnswer),),
    "doctor": (Document(kind=ChecksAnswer),),
    "review": (
        Document(kind=QuestionsAnswer, when="without a decision"),
        Document(kind=DecidedAnswer, when="--adopt, --new, --skip"),
        Document(kind=ReconsideredAnswer, when="--reconsider"),
        Document(kind=MergedAnswer, when="--merge"),
    ),
    "problems": (Document(kind=ProblemsAnswer),),
    "retry": (Document(kind=RetryReports),),
    "verify": (Document(kind=CheckedAnswer),),
    "retag": (Document(kind=FilesAnswer),),
    "restore": (Document(kind=FilesAnswer),),
    "import": (Document(kind=FilesAnswer),),
    "repair": (
        Document(kind=StateAnswer, when="nothing is damaged, or --yes is missing"),
        Document(kind=RepairedAnswer, when="--yes"),
    ),
    "init": (Document(kind=InitAnswer),),
    "login": (Document(kind=SignedInAnswer),),
    "logout": (Document(kind=SignedOutAnswer),),
    "config path": (Document(kind=made.SettingsPath),),
    "config show": (Document(kind=SettingsAnswer),),
    "config check": (Document(kind=SettingsCheckedAnswer),),
    "cancel": (Document(kind=StoppedAnswer),),
    "mcp install": (Document(kind=InstallAnswer),),
    "demo": (Document(kind=DemoAnswer),),
}

WITHOUT: Mapping[str, str] = {
    "config": "It only holds its subcommands.",
    "config edit": "It opens an editor; `config check --json` says what came of it.",
    "worker": "It works until it is stopped; `status --follow --json` says how the run goes on.",
    "web": "It serves until it is stopped; the link is the one line that it prints.",
    "mcp": "It speaks JSON over standard input and output as it is: the Model Context Protocol.",
    "sandbox": "It serves until it is stopped; the one line that it prints is JSON, without `--print-env`.",
    "completion": "It prints a script for a shell.",
}
"""The commands without ``--json``, and why."""
