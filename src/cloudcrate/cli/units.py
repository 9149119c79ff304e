"""A watch as a service of the user: the text of a systemd unit and of a launchd agent, and where each belongs.

Neither holds a token: those are read from where ``init`` and ``login`` keep them.
"""

import plistlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from cloudcrate.errors import UsageError

LABEL = "cloudcrate"
PAUSE = 60
"""Seconds before it is started again after it has failed."""

GRACE = 30
"""Seconds to end in before it is killed; it takes ten at most."""

HOPELESS = (2, 4, 7)
"""Exit codes after which starting it again helps nothing: settings, tokens, damaged state."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What is to be run, with which variables, and the folders that it writes to."""

    command: Sequence[str]
    environment: Mapping[str, str]
    writes: Sequence[Path]


def systemd_unit(job: Job) -> str:
    """The text of a unit for systemd's user manager (systemd.service(5), systemd.exec(5)). Raises: UsageError."""
    first, *words = job.command
    command = " ".join([_quoted(first), *(_quoted(word.replace("$", "$$")) for word in words)])
    lines = [
        "[Unit]",
        "Description=cloudcrate watch: keeps SoundCloud playlists synced",
        "",
        "[Service]",
        "Type=simple",
        f"ExecStart={command}",
        *(f"Environment={_quoted(f'{name}={value}')}" for name, value in sorted(job.environment.items())),
        "Restart=on-failure",
        f"RestartSec={PAUSE}",
        f"RestartPreventExitStatus={' '.join(map(str, HOPELESS))}",
        "SuccessExitStatus=130",
        "KillMode=mixed",
        f"TimeoutStopSec={GRACE}",
        "NoNewPrivileges=yes",
        "PrivateTmp=yes",
        "ProtectSystem=strict",
        *(f"ReadWritePaths={_path(folder)}" for folder in job.writes),
        "",
        "[Install]",
        "WantedBy=default.target",
    ]
    return "\n".join(lines) + "\n"


def launchd_agent(job: Job, log: Path) -> str:
    """The text of a launchd agent (launchd.plist(5)); what it prints goes to ``log``. Raises: UsageError."""
    for text in (*job.command, *job.environment.values(), str(log)):
        _checked(text)
    agent = {
        "Label": LABEL,
        "ProgramArguments": list(job.command),
        "EnvironmentVariables": dict(sorted(job.environment.items())),
        "RunAtLoad": True,
        "KeepAlive": {"SuccessfulExit": False},
        "ThrottleInterval": PAUSE,
        "ExitTimeOut": GRACE,
        "ProcessType": "Background",
        "StandardOutPath": str(log),
        "StandardErrorPath": str(log),
    }
    return plistlib.dumps(agent, sort_keys=False).decode("utf-8")


def _quoted(text: str) -> str:
    """A word of a unit file: in quotes, with what means something to systemd taken literally."""
    escaped = _checked(text).replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%")
    return f'"{escaped}"'


def _path(path: Path) -> str:
    """A folder in a list of paths, in which systemd unquotes, but takes a backslash as it stands."""
    text = _checked(str(path)).replace("%", "%%")
    if '"' not in text:
        return f'"{text}"'
    if "'" not in text:
        return f"'{text}'"
    raise UsageError(
        f"{path!s} holds both kinds of quotes, which no systemd unit can name.", hint="Use another folder."
    )


def _checked(text: str) -> str:
    if any(ord(character) < 32 or ord(character) == 127 for character in text):
        raise UsageError(f"{text!r} holds a line break or a control character.", hint="Use another folder.")
    return text
