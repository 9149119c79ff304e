"""The Python functions, called by a script as a user would: in a process of its own, against the sandbox."""

import dataclasses
import inspect
import json
import re
import subprocess
import sys
import textwrap
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any  # Any: the script's JSON

import pytest
from running import EVERY_KIND, URL, Machine, world
from sandboxes import running_sandbox

import cloudcrate
from cloudcrate import Report
from cloudcrate.sandbox.process import Sandbox

PAGE = Path(__file__).parents[2] / "docs" / "python.md"
BLOCK = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)
SIGNATURES = re.compile(r"(<!-- signatures: [^\n]*-->\n\n```text\n)(.*?)(```\n\n<!-- end of signatures -->)", re.DOTALL)

PLAIN = "https://soundcloud.com/eve/sets/plain"

HEAD = """
import dataclasses, json, sys
import cloudcrate
from cloudcrate import *
said = {}
def plain(value):
    return {k: v for k, v in dataclasses.asdict(value).items() if k != "report"}
"""
TAIL = """
print(json.dumps(said, default=lambda value: getattr(value, "value", str(value))))
"""


def start(machine: Machine, script: str) -> "subprocess.Popen[str]":
    """Starts a script of the user's."""
    return subprocess.Popen(
        [sys.executable, "-W", "error", "-c", script],
        env=machine.environment(),
        cwd=machine.home,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def run(machine: Machine, script: str) -> Any:  # Any: as above
    """What a script has put into ``said``; it must print nothing else."""
    with start(machine, HEAD + script + TAIL) as process:
        out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    assert err == ""
    return json.loads(out)


def holds(found: Mapping[str, Any]) -> None:  # Any: as above
    """Checks both sums."""
    rows = [value for name, value in found.items() if name.startswith("tracks_")]
    files = [value for name, value in found.items() if name.startswith("files_")]
    assert sum(rows) == sum(files) == found["total_tracks"] == len(found["track_ids"])


SYNCS = f"""
url = {URL!r}
said["listed"] = plain(extract_playlist_tracks(url))
said["would"] = plain(sync_and_download_playlist(url, dry_run=True))
heard = []
said["rows"] = plain(sync_playlist_to_notion(url, on_progress=heard.append))
said["heard"] = [plain(p) for p in heard]
said["files"] = plain(sync_and_download_playlist(url, jobs=2))
said["again"] = plain(sync_and_download_playlist(url))
"""


@pytest.fixture(scope="module")
def shared() -> Iterator[Sandbox]:
    """A sandbox with a playlist of every kind of track, and one of plain ones."""
    scenario = world(12, mix=EVERY_KIND, repeats=1, seconds=[1, 2])
    plain = {"user": "eve", "slug": "plain", "title": "Eve's plain one", "count": 4, "seconds": [1, 2]}
    scenario["soundcloud"]["playlists"].append(plain)
    with running_sandbox(scenario) as sandbox:
        yield sandbox


CATALOGS = pytest.mark.parametrize("notion", [True, False], ids=["Notion", "the local catalog"])


@CATALOGS
def test_a_playlist_is_listed_foretold_synced_and_downloaded(notion: bool, shared: Sandbox, tmp_path: Path) -> None:
    machine = Machine(sandbox=shared, home=tmp_path, notion=notion)
    shared.mark()
    said = run(machine, SYNCS)
    writes, rows_there = shared.counts()["notion_writes"], shared.rows()
    listed = said["listed"]
    assert (listed["playlist"], listed["entries"], listed["total_tracks"]) == ("Ada's mix", 12, 11)
    assert len(listed["tracks"]) == 9
    assert len(listed["unavailable"]) == 2
    assert {entry["availability"] for entry in listed["unavailable"]} <= {"private", "gone"}
    for name in ("would", "rows", "files", "again"):
        holds(said[name])
        assert said[name]["errors"] == []
    would, rows, files, again = said["would"], said["rows"], said["files"], said["again"]
    assert would["dry_run"] is True
    assert rows["dry_run"] is False
    assert would["tracks_added"] == rows["tracks_added"] == 9
    assert would["tracks_unavailable"] == rows["tracks_unavailable"] == 2
    assert rows["files_not_asked"] + rows["files_unobtainable"] == 11
    assert would["files_downloaded"] == 6  # one of them turns out to be protected only when it is fetched
    assert (files["files_downloaded"], files["files_unobtainable"], files["tracks_added"]) == (5, 6, 0)
    assert (again["files_present"], again["tracks_skipped"], again["tracks_updated"]) == (5, 9, 0)
    ids = [row["properties"]["SoundCloud ID"] for row in rows_there]
    assert (len(set(ids) & set(rows["track_ids"])), writes > 0) == (9, True) if notion else writes == 0
    assert len(ids) == len(set(ids))
    assert len([f for f in machine.files() if f.endswith((".mp3", ".m4a"))]) == 5
    assert said["heard"][-1]["done"] == said["heard"][-1]["total"] == 9
    assert (rows["notion_requests"] > 0) is notion


TRACKS = f"""
listed = extract_playlist_tracks({PLAIN!r})
first, second, third = listed.tracks[:3]
said["first"] = first.track_id
said["before"] = plain(check_track_exists(soundcloud_url=first.url))
said["would"] = plain(add_track_to_notion(first, dry_run=True))
said["made"] = plain(add_track_to_notion(first))
said["twice"] = plain(add_track_to_notion(first.url))
said["number"] = plain(add_track_to_notion(second.track_id, playlist_name="Single tracks"))
said["numeral"] = plain(add_track_to_notion(str(second.track_id)))
said["linked"] = plain(add_track_to_notion(first, playlist_name="Single tracks"))
said["after"] = plain(check_track_exists(soundcloud_url=first.url))
said["words"] = plain(check_track_exists(first.title, first.artist))
said["length"] = plain(check_track_exists(first.title, first.artist, seconds=first.seconds))
said["third"] = plain(check_track_exists(third.title, third.artist, third.url))
said["synced"] = plain(sync_playlist_to_notion({PLAIN!r}))
said["errors"] = []
for track in ({PLAIN!r}, "words alone", "https://soundcloud.com/eve/nothing-here"):
    try:
        add_track_to_notion(track)
    except UsageError as error:
        said["errors"].append(error.code)
for call in (
    lambda: add_track_to_notion(first, playlist_name="eve's PLAIN one"),
    lambda: sync_playlist_to_notion({PLAIN!r}, max_tracks=0),
    lambda: sync_playlist_to_notion({PLAIN!r}, librari="x"),
):
    try:
        call()
    except (UsageError, TypeError) as error:
        said["errors"].append(type(error).__name__)
"""


@CATALOGS
def test_a_track_gets_one_row_in_whatever_way_it_is_given(notion: bool, shared: Sandbox, tmp_path: Path) -> None:
    machine = Machine(sandbox=shared, home=tmp_path, notion=notion)
    said = run(machine, TRACKS)
    kept = machine.run("status", "--json").data["status"]["playlists"]
    rows = [r for r in shared.rows() if r["properties"]["SoundCloud ID"] in said["synced"]["track_ids"]]
    assert said["before"]["exists"] is False
    assert (said["would"]["outcome"], said["would"]["page_id"]) == ("created", "")
    page = said["made"]["page_id"]
    assert (said["made"]["outcome"], said["twice"]["outcome"], said["linked"]["outcome"]) == (
        "created",
        "unchanged",
        "updated",
    )
    assert page == said["twice"]["page_id"] == said["linked"]["page_id"] == said["after"]["page_id"] != ""
    assert said["after"]["exists"] is True
    assert said["after"]["track_id"] == said["made"]["track_id"] == said["first"]
    assert (said["number"]["outcome"], said["numeral"]["outcome"]) == ("created", "unchanged")
    assert said["words"]["exists"] is None
    assert [c["page_id"] for c in said["words"]["candidates"]] == [page]
    assert said["third"]["exists"] is False
    assert (said["synced"]["tracks_added"], said["synced"]["tracks_updated"]) == (2, 2)
    assert said["errors"] == ["usage", "usage", "not_found", "UsageError", "UsageError", "TypeError"]
    assert [playlist["title"] for playlist in kept] == ["Eve's plain one"]  # the single tracks are no playlists to keep
    assert [f for f in machine.files() if f.endswith((".mp3", ".m4a", ".m3u8"))] == []
    if notion:
        assert said["made"]["row_url"].endswith(page.replace("-", ""))
        assert len(rows) == 4
        names = {row["properties"]["SoundCloud ID"]: row["properties"]["Playlists"] for row in rows}
        assert "Single tracks" in names[said["first"]]


INTERRUPTED = f"""
import os, signal, threading
handlers = [signal.getsignal(n) for n in (signal.SIGINT, signal.SIGTERM)]
def hear(progress):
    if progress.done == 3:
        threading.Thread(target=os.kill, args=(os.getpid(), signal.SIGINT)).start()
try:
    sync_playlist_to_notion({URL!r}, on_progress=hear)
except KeyboardInterrupt:
    said["interrupted"] = True
said["threads"] = [t.name for t in threading.enumerate() if t is not threading.main_thread()]
said["same"] = handlers == [signal.getsignal(n) for n in (signal.SIGINT, signal.SIGTERM)]
found = []
call = lambda: found.append(plain(sync_playlist_to_notion({URL!r})))
threads = [threading.Thread(target=call) for _ in range(2)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
said["after"] = found
"""


def test_an_interrupt_ends_a_run_in_order_and_calls_in_other_threads_go_on_in_turns(tmp_path: Path) -> None:
    with running_sandbox(world(40) | {"latency": {"api.notion.com": 0.05}}) as sandbox:
        said = run(Machine(sandbox=sandbox, home=tmp_path), INTERRUPTED)
        ids = [row["properties"]["SoundCloud ID"] for row in sandbox.rows()]
    assert said["interrupted"] is True
    assert said["threads"] == []
    assert said["same"] is True
    first, second = said["after"]
    assert 0 < first["tracks_added"] < 40
    assert first["tracks_added"] + first["tracks_skipped"] == second["tracks_skipped"] == first["total_tracks"] == 40
    assert len(ids) == len(set(ids)) == 40


# --- the page about it --------------------------------------------------------------------------


def test_the_page_s_examples_run(tmp_path: Path) -> None:
    blocks = BLOCK.findall(PAGE.read_text("utf-8"))
    assert len(blocks) >= 6
    for name in ("extract_playlist_tracks", "check_track_exists", "add_track_to_notion", "sync_and_download_playlist"):
        assert any(f"{name}(" in block for block in blocks), name
    with (
        running_sandbox({"notion": {"per_minute": 100_000}}) as sandbox,
        start(Machine(sandbox=sandbox, home=tmp_path), "\n".join(blocks)) as process,
    ):
        out, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (0, "")
    for words in (
        "Night Bus Home by all:Lo Collective",
        "rows would be made",
        "cannot be had",
        "files apart, and 0 more rows",
        "not_found - ",
    ):
        assert words in out, words


def test_the_page_gives_every_signature_as_it_is(request: pytest.FixtureRequest) -> None:
    functions = [getattr(cloudcrate, name) for name in cloudcrate.__all__ if name.islower()]
    answers = [getattr(cloudcrate, name) for name in cloudcrate.__all__]
    values = [value for value in answers if dataclasses.is_dataclass(value) and value.__module__ != Report.__module__]
    listed = "\n".join([*map(_signature, functions), "", *map(_fields, [cloudcrate.Places, *values])]) + "\n"
    text = PAGE.read_text("utf-8")
    if request.config.getoption("--golden-write"):
        PAGE.write_text(SIGNATURES.sub(lambda found: found[1] + listed + found[3], text), "utf-8")
        return
    found = SIGNATURES.search(text)
    assert found is not None
    assert found[2] == listed


def _signature(function: Any) -> str:  # Any: a function
    """Its signature on several lines, names without their modules."""
    text = f"{function.__name__}{inspect.signature(function)}"
    text = re.sub(r"\b(?:[a-z_]+\.)+(?=[A-Z])", "", text).replace("*<class 'Places'>", "Unpack[Places]")
    inside, _, answer = text.partition("(")[2].rpartition(")")
    parts = re.split(r", (?![^\[]*\])", inside)
    return f"{function.__name__}(\n" + "".join(f"    {part},\n" for part in parts) + f"){answer}"


def _fields(value: Any) -> str:  # Any: a class
    """Its name, and what it holds."""
    shown = value.__annotations__ if value is cloudcrate.Places else [field.name for field in dataclasses.fields(value)]
    lines = textwrap.wrap(", ".join(shown), 100)
    return "\n    ".join([f"{value.__name__}:", *lines])
