"""Runs the real command against a sandbox, in a folder of its own."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any  # Any: the command's JSON

import ready

from cloudcrate.sandbox.process import Sandbox

OURS = ("CLOUDCRATE_", "NOTION_", "SOUNDCLOUD_", "TRACKS_DB", "PLAYLISTS_DB")


@dataclass(frozen=True, kw_only=True)
class Ran:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def data(self) -> Any:  # Any: as above
        """What it printed, as JSON."""
        return json.loads(self.out)


def says(ran: Ran, code: int, *words: str) -> None:
    """Checks that a command ended so, with one error that says these words."""
    assert ran.code == code, ran.err + ran.out
    errors = [line for line in ran.err.splitlines() if line.startswith("error: ")]
    assert len(errors) == 1, ran.err
    for word in words:
        assert word in ran.err
    assert "Traceback" not in ran.err


@dataclass(frozen=True, kw_only=True)
class Machine:
    """One user's machine: a home of its own, pointed at a sandbox."""

    sandbox: Sandbox
    home: Path
    notion: bool = True

    @property
    def library(self) -> Path:
        """Where the files go."""
        return self.home / "library"

    def environment(self, more: Mapping[str, str] | None = None) -> dict[str, str]:
        """What the command sees."""
        kept = {k: v for k, v in os.environ.items() if not k.startswith(OURS)}
        (self.home / "config.toml").touch()
        found = {
            **kept,
            **self.sandbox.env,
            "CLOUDCRATE_CONFIG": str(self.home / "config.toml"),
            "CLOUDCRATE_LIBRARY": str(self.library),
            "CLOUDCRATE_STATE": str(self.home / "state"),
            "CLOUDCRATE_SETTLE_SECONDS": "1",
            "CLOUDCRATE_NOTION_PER_MINUTE": "100000",
            "CLOUDCRATE_MEDIA_PER_10_MINUTES": "100000",
            "TRACKS_DB_ID": self.sandbox.database_id,
        }
        if not self.notion:
            del found["TRACKS_DB_ID"], found["NOTION_TOKEN"]
        return found | dict(more or {})

    def start(self, *words: str, env: Mapping[str, str] | None = None) -> "subprocess.Popen[str]":
        """Starts the command."""
        return subprocess.Popen(
            [sys.executable, "-m", "cloudcrate", *words],
            env=self.environment(env),
            cwd=self.home,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *words: str, env: Mapping[str, str] | None = None, timeout: float = 120) -> Ran:
        """Runs the command to its end."""
        return run_command(words, self.environment(env), self.home, timeout=timeout)

    def files(self) -> list[str]:
        """Every file of the library, staging included, relative to it."""
        found = (p for p in self.library.rglob("*") if p.is_file())
        return sorted(p.relative_to(self.library).as_posix() for p in found)


def run_command(
    words: Sequence[str], env: Mapping[str, str], cwd: Path, *, typed: str = "", timeout: float = 120
) -> Ran:
    """Runs a command to its end, with ``typed`` on its standard input. Raises: TimeoutExpired."""
    if ready.can_be_used(env):
        code, out, err = ready.run(words, env, cwd, typed=typed, timeout=timeout)
        return Ran(code=code, out=out, err=err)
    done = subprocess.run(
        [sys.executable, "-m", "cloudcrate", *words],
        env=env,
        cwd=cwd,
        input=typed,
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )
    return Ran(code=done.returncode, out=done.stdout, err=done.stderr)


def world(count: int, *, mix: Mapping[str, int] | None = None, **more: Any) -> dict[str, Any]:  # Any: a scenario
    """A scenario with one playlist of ``count`` entries and generous budgets."""
    playlist = {"user": "ada", "slug": "mix", "title": "Ada's mix", "count": count, "mix": dict(mix or {}), **more}
    return {
        "soundcloud": {"playlists": [playlist], "media_per_10_minutes": 100_000},
        "notion": {"per_minute": 100_000},
    }


URL = "https://soundcloud.com/ada/sets/mix"
EVERY_KIND = {"preview": 1, "blocked": 1, "protected": 1, "protected_late": 1, "private": 1, "gone": 1}
