"""Counts the requests that syncs cost in Notion, and the time against what its budget allows.

``python benchmarks/notion_requests.py [--rows 20000] [--slow]`` runs the real command and prints what the sandbox's
log says; it ends with 1 when a figure is missed. ``--slow`` takes two minutes more: 500 new tracks at 180 requests
a minute, with 50 ms before every answer.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parents[1] / "tests" / "system")]

from crowded import add_rows, add_tables, scenario, tracks  # noqa: E402  # it is the tests' own world
from running import URL  # noqa: E402  # it is the tests' own world

from cloudcrate.sandbox.process import Sandbox, running_sandbox  # noqa: E402  # as above

TRACKS, KNOWN = 500, 450
PER_MINUTE, WINDOW = 180, 60.0
LATENCY = 0.05
NOTION = "api.notion.com"
OURS = ("CLOUDCRATE_", "NOTION_", "SOUNDCLOUD_", "TRACKS_DB", "PLAYLISTS_DB")


@dataclass
class Table:
    """Prints figures as they come, and remembers whether one was missed."""

    missed: list[str] = field(default_factory=list)

    def line(self, case: str, what: str, figure: float, most: float) -> None:
        """One figure and its bound."""
        good = figure <= most
        self.missed += [] if good else [case]
        print(f"{case:<44}{what:<20}{figure:>9,.2f}  (at most {most:g}){'' if good else '  MISSED'}", flush=True)


def sync(sandbox: Sandbox, home: Path, tables: Mapping[str, str], *, learning: bool = False) -> float:
    """Runs the command in a home; when it began (epoch seconds). ``learning``: the budget is not told."""
    home.mkdir(exist_ok=True)
    (home / "config.toml").touch()
    kept = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
    places = {"CONFIG": "config.toml", "LIBRARY": "library", "STATE": "state"}
    env = {
        **kept,
        **sandbox.env,
        **{f"CLOUDCRATE_{name}": str(home / place) for name, place in places.items()},
        **({} if learning else {"CLOUDCRATE_NOTION_PER_MINUTE": "100000"}),
        **{name: value for name, value in tables.items() if name.isupper()},
    }
    sandbox.mark()
    began = time.time()
    command = [sys.executable, "-m", "cloudcrate", "sync", URL, "--no-download", "--json"]
    ran = subprocess.run(command, env=env, cwd=home, capture_output=True, text=True, timeout=900, check=False)
    if ran.returncode != 0:
        raise SystemExit(f"the command ended with {ran.returncode}: {ran.stderr}")
    shown = {name: count for name, count in json.loads(ran.stdout)["report"]["rows"].items() if count}
    print(f"    {', '.join(f'{count} {name}' for name, count in shown.items())}; {time.time() - began:.1f} s")
    return began


def requests(sandbox: Sandbox) -> int:
    """What Notion saw since the command began."""
    found: Mapping[str, int] = sandbox.counts()["hosts"]
    return found.get(NOTION, 0)


def all_new(table: Table, home: Path) -> None:
    """Into an empty database, against the floor that the windows of the budget set."""
    limits = {"per_minute": PER_MINUTE}
    with running_sandbox({**scenario(tracks(TRACKS), TRACKS, **limits), "latency": {"*": LATENCY}}) as sandbox:
        tables = add_tables(sandbox, relation=True)
        began = sync(sandbox, home / "slow", tables, learning=True)
        log = [entry for entry in sandbox.journal() if entry["host"] == NOTION and entry["time"] >= began]
        made = [entry for entry in log if entry["method"] == "POST" and entry["path"] == "/v1/pages"]
        rows = len({row["properties"]["SoundCloud ID"] for row in sandbox.rows(tables["data_source_id"])})
    floor = (len(log) - 1) // PER_MINUTE * WINDOW
    elapsed = log[-1]["time"] - log[0]["time"]
    case = f"{TRACKS} new, {PER_MINUTE} a minute"
    table.line(case, "Notion requests", len(log), TRACKS + 10)
    table.line(case, "rows missing", TRACKS - rows, 0)
    table.line(case, "times the floor", elapsed / floor, 1.05)
    table.line(case, "refused (429)", sum(entry["status"] == 429 for entry in log), 2)
    first = next(entry["time"] for entry in made if entry["path"] == "/v1/pages" and entry["status"] == 200)
    table.line(case, "s to the first row", first + LATENCY - began, 3)


def among_many(table: Table, home: Path, rows: int, *, relation: bool) -> None:
    """Most are there among many rows; nothing is remembered, then an earlier sync is, then nothing is new."""
    case = f"among {rows:,} rows, {'pages' if relation else 'names'}: "
    uploads = tracks(TRACKS)
    with running_sandbox(scenario(uploads, KNOWN)) as sandbox:
        tables = add_tables(sandbox, relation=relation)
        began = time.time()
        add_rows(sandbox, tables["data_source_id"], rows)
        print(f"    {rows:,} rows stand there; {time.time() - began:.1f} s")
        sync(sandbox, home / "first", tables)
        before = {row["id"] for row in sandbox.rows(tables["data_source_id"])}
        for upload in uploads[KNOWN:]:
            sandbox.knobs(soundcloud={"add_to_playlist": ["mix", upload["id"]]})
        sync(sandbox, home / "second", tables)
        table.line(case + "cold", "Notion requests", requests(sandbox), 62)
        made = [row["id"] for row in sandbox.rows(tables["data_source_id"]) if row["id"] not in before]
        sandbox.knobs(notion={"trash": made})
        sync(sandbox, home / "first", tables)
        table.line(case + "warm", "Notion requests", requests(sandbox), 56)
        sync(sandbox, home / "first", tables)
        table.line(case + "nothing new", "Notion requests", requests(sandbox), 2)


def main() -> int:
    """Runs the cases."""
    parser = argparse.ArgumentParser(description="Counts the requests that syncs cost in Notion.")
    parser.add_argument("--rows", type=int, default=20_000)
    parser.add_argument("--slow", action="store_true", help="with 500 new tracks at Notion's pace: two minutes")
    given = parser.parse_args()
    table = Table()
    for relation in (True, False):
        with tempfile.TemporaryDirectory() as folder:
            among_many(table, Path(folder), given.rows, relation=relation)
    if given.slow:
        with tempfile.TemporaryDirectory() as folder:
            all_new(table, Path(folder))
    return 1 if table.missed else 0


if __name__ == "__main__":
    sys.exit(main())
