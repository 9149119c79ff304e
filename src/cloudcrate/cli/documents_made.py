"""The parts of documents that are put together where they are printed, and are no values of the domain.

A name that Python keeps for itself has an underscore behind it here; it is printed without.
"""

from collections.abc import Mapping
from typing import TypedDict

from cloudcrate.core.model import Field, KnownPlaylist
from cloudcrate.core.report import Report
from cloudcrate.ports.catalog import TableChoice


class Added(TypedDict):
    """A playlist that is kept."""

    name: str  # by which it can be said
    title: str  # SoundCloud's
    url: str  # its link


class Removed(TypedDict):
    """A playlist that is kept no more."""

    name: str  # by which it was said
    url: str  # its link


class Renamed(TypedDict):
    """A playlist with another name."""

    from_: str  # its name before
    name: str  # its name now
    url: str  # its link


class ErrorTold(TypedDict):
    """An error, as data."""

    code: str  # its stable name: see the errors' page
    message: str  # what happened
    hint: str  # what to do; empty when there is nothing to say


class Tried(TypedDict):
    """What became of a playlist whose time had come."""

    playlist: KnownPlaylist  # as it was kept before
    report: Report | None  # how its run ended; null: it did not come to a plan
    error: ErrorTold | None  # what ended the run before its time
    exit_code: int  # that of a sync which ends so; 0: nothing is left to do


class ServiceFile(TypedDict):
    """A systemd unit or a launchd agent."""

    kind: str  # systemd, launchd
    path: str  # where it belongs
    written: bool  # false with --print
    text: str  # what it holds
    next_step: str  # the command that starts it


class Decided(TypedDict):
    """A decision about a track under review."""

    track_id: int  # SoundCloud's number of the track
    choice: str  # adopt, new, skip
    page_id: str | None  # the row to adopt
    next_step: str  # what follows, in words


class Reconsidered(TypedDict):
    """A decision that was to be taken back."""

    track_id: int  # SoundCloud's number of the track
    taken_back: bool  # false: there was none


class InitColumn(TypedDict):
    """The column of a field."""

    field: str  # the settings file's name for it
    column: str  # its name in Notion; empty: there is none
    id: str  # its id in Notion, which survives a renaming
    type: str  # as Notion names it
    standing: str  # kept, renamed, chosen, proposed, missing
    reason: str  # why this column


class Init(TypedDict):
    """What was agreed on, and what was written."""

    workspace: str  # whose token it is
    database: TableChoice | None  # the table of tracks; null: it would have been made
    playlists_database: TableChoice | None  # the table of playlists
    made: bool  # the tables are new: made now, or by an earlier init that broke off
    columns: tuple[InitColumn, ...]  # one for each field
    missing: tuple[Field, ...]  # the fields without a column
    added: tuple[Field, ...]  # the fields for which a column was made
    settings_file: str  # where it is
    written: tuple[str, ...]  # the files that have changed
    notes: tuple[str, ...]  # what goes before the settings file
    next_step: str  # the command to go on with; empty with --dry-run


class SignedIn(TypedDict):
    """Whose token is kept."""

    service: str  # SoundCloud, Notion
    account: str  # the name of the account, or of the integration and its workspace
    kept_in: str  # a file, or the keyring


class SignedOut(TypedDict):
    """Whose token is forgotten."""

    service: str  # SoundCloud, Notion
    forgotten: bool  # false: none was kept


class SettingsPath(TypedDict):
    """Where the settings file is."""

    path: str  # of the file, or where it would be
    exists: bool  # whether it is there


class SettingShown(TypedDict):
    """One setting."""

    key: str  # its name in the settings file; in a table, with that and a dot
    value: str  # as text; a secret only says that it is set
    set: bool  # false: it holds by default
    origin: str  # flag, variable, .env, file, default
    where: str  # which flag or variable, or which file and the name in it; empty for a default


class SettingFault(TypedDict):
    """Something that is wrong with the settings."""

    place: str  # the setting, or the file
    message: str  # what is wrong
    remedy: str  # what to do
    code: str  # the error's stable name: see the errors' page


class SettingNote(TypedDict):
    """Something to know about the settings that is not wrong."""

    message: str  # what
    remedy: str  # what can be done about it


class Settings(TypedDict):
    """Every setting, and what is wrong."""

    file: str  # the settings file, whether it is there or not
    settings: tuple[SettingShown, ...]  # every one, those that hold by default included
    faults: tuple[SettingFault, ...]  # with any, the exit code is 2


class SettingsChecked(TypedDict):
    """What is wrong with the settings, and what is worth knowing."""

    file: str  # the settings file, whether it is there or not
    ok: bool  # nothing is wrong
    faults: tuple[SettingFault, ...]  # with any, the exit code is 2
    notes: tuple[SettingNote, ...]  # none of these is wrong


class Install(TypedDict):
    """What an AI assistant's settings are to hold."""

    client: str  # claude, cursor, vscode
    file: str  # where the client looks, in the folder of a project
    content: Mapping[str, object]  # what goes into that file
    command: str  # one that does so; empty where the client has none


class SecondRun(TypedDict):
    """The same sync again."""

    exit_code: int  # 0: it is complete
    requests: int  # that it made, to both services
    notion_writes: int  # of those, the ones that change something in Notion


class Demo(TypedDict):
    """What the demo has made."""

    files: tuple[str, ...]  # relative to the library, POSIX
    rows: int  # in the pretended Notion database
    second_run: SecondRun  # what it cost to say it again
    kept_in: str | None  # the folder with the files, with --keep
