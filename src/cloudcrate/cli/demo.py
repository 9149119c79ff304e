"""The main job, against the sandbox: nothing of the user's is read, written or sent."""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, TextIO  # Any: the sandbox's rows are JSON

from cloudcrate.cli.opening import as_json_text
from cloudcrate.core.text import visible
from cloudcrate.errors import DiskError
from cloudcrate.sandbox.process import Sandbox, running_sandbox

PLAYLIST = "https://soundcloud.com/all-lo-collective/sets/night-bus-home"
OURS = ("CLOUDCRATE_", "NOTION_", "SOUNDCLOUD_")
OTHERS = ("TRACKS_DB_ID", "PLAYLISTS_DB_ID")


def run(*, keep: bool, as_json: bool = False) -> int:
    """Runs the demo and prints what a user would look at, or as data what it came to.

    Answers the exit code of the first failing sync.
    """
    try:
        folder = Path(tempfile.mkdtemp(prefix="cloudcrate-demo-"))
    except OSError as error:
        raise DiskError(f"The demo needs a temporary folder: {error.strerror}.") from error
    try:
        with running_sandbox({"soundcloud": {}}) as sandbox:
            return _show(sandbox, folder, as_json=as_json, kept=keep)
    finally:
        if keep:
            _say(f"\nKept: {folder}", sys.stderr if as_json else sys.stdout)
        else:
            shutil.rmtree(folder, ignore_errors=True)


def _show(sandbox: Sandbox, folder: Path, *, as_json: bool, kept: bool) -> int:
    out = sys.stderr if as_json else sys.stdout
    say = partial(_say, out=out)
    say("SoundCloud and Notion are played on this machine; nothing leaves it.")
    say(f"\n$ cloudcrate sync {PLAYLIST}")
    code = _sync(sandbox, folder, out)
    if code:
        return code
    library = folder / "library"
    files = sorted(p.relative_to(library) for p in library.rglob("*") if p.is_file() and ".cloudcrate" not in p.parts)
    say(f"\nThe library, {len(files)} files in {library}:")
    for path in files:
        say(f"  {(library / path).stat().st_size / 1000:>7.1f} kB  {visible(str(path))}")
    rows = sandbox.rows()
    say(f"\nThe Notion database, {len(rows)} rows:")
    for line in table(rows, ("Name", "Artist", "Duration", "Downloaded", "Playlists")):
        say(f"  {line}")
    say("\nThe same command again:")
    sandbox.mark()
    code = _sync(sandbox, folder, out)
    counts = sandbox.counts()
    say(f"\nThe second run made {counts['requests']} requests, {counts['notion_writes']} writes to Notion.")
    if as_json:
        second = {"exit_code": code, "requests": counts["requests"], "notion_writes": counts["notion_writes"]}
        told = {"files": [path.as_posix() for path in files], "rows": len(rows), "second_run": second}
        print(as_json_text({"demo": {**told, "kept_in": str(folder) if kept else None}}), flush=True)
    return code


def _sync(sandbox: Sandbox, folder: Path, out: TextIO) -> int:
    started = time.monotonic()
    code = subprocess.run(  # noqa: S603  # our own command line, words of our own
        [sys.executable, "-m", "cloudcrate", "sync", PLAYLIST],
        env=environment(os.environ, sandbox, folder),
        stdout=None if out is sys.stdout else out,
        check=False,
    ).returncode
    _say(f"(exit code {code}, {time.monotonic() - started:.1f} s)", out)
    return code


def environment(outer: Mapping[str, str], sandbox: Sandbox, folder: Path) -> dict[str, str]:
    """The environment of a command that must only know the sandbox and ``folder``."""
    (folder / "config.toml").touch()
    kept = {k: v for k, v in outer.items() if not k.startswith(OURS) and k not in OTHERS}
    return {
        **kept,
        **sandbox.env,
        "TRACKS_DB_ID": sandbox.database_id,
        "CLOUDCRATE_CONFIG": str(folder / "config.toml"),
        "CLOUDCRATE_LIBRARY": str(folder / "library"),
        "CLOUDCRATE_STATE": str(folder / "state"),
    }


def table(rows: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> Iterator[str]:  # Any: JSON
    """Rows as aligned text, cut to a terminal's width."""
    cells = [[_cell(row["properties"].get(column)) for column in columns] for row in rows]
    widths = [max(len(column), *(len(line[i]) for line in cells), 1) for i, column in enumerate(columns)]
    for line in [list(columns), ["-" * width for width in widths], *cells]:
        yield "  ".join(text.ljust(width) for text, width in zip(line, widths, strict=True)).rstrip()


def _cell(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (list, tuple)):
        value = ", ".join(map(str, value))
    text = visible("" if value is None else str(value))
    return text if len(text) <= 34 else text[:33] + "…"


def _say(words: str, out: TextIO) -> None:
    print(words, file=out, flush=True)
