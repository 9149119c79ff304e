"""``cloudcrate review`` and tracks that leave a playlist: the real command against the sandbox."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any  # Any: Notion's JSON

import pytest
from running import URL, Machine, world
from sandboxes import running_sandbox

from cloudcrate.sandbox.process import Sandbox

HOSTILE = "\x1b]0;pwned\x07\u202e../../etc/passwd"
TRACKS = (4711, 4712, 4713, 4714)
SYNC = ("sync", URL, "--no-download", "--json")


def row(number: int | None = None, **texts: str) -> dict[str, Any]:  # Any: as above
    """A row of its user's, as Notion takes it."""
    made: dict[str, Any] = {} if number is None else {"SoundCloud ID": {"number": number}}
    for name, words in texts.items():
        column = {"name": "Name", "artist": "Artist", "key": "Key", "url": "SoundCloud URL"}[name]
        part = [{"text": {"content": words}}]
        made[column] = {
            "Name": {"title": part},
            "Artist": {"rich_text": part},
            "Key": {"select": {"name": words}},
            "SoundCloud URL": {"url": words},
        }[column]
    return made


def scenario(*rows: Mapping[str, Any]) -> dict[str, Any]:  # Any: as above
    made = world(1)
    hostile = {"id": TRACKS[0], "title": HOSTILE, "genre": "House"}
    made["soundcloud"]["tracks"] = [hostile, *({"id": number} for number in TRACKS[1:])]
    made["soundcloud"]["playlists"] = [{"user": "ada", "slug": "mix", "title": "Ada's mix", "tracks": list(TRACKS)}]
    made["notion"]["databases"] = [{"rows": list(rows)}]
    return made


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "home").mkdir()
    return tmp_path / "home"


def ids(sandbox: Sandbox) -> list[int | None]:
    return [found["properties"]["SoundCloud ID"] for found in sandbox.rows()]


def synced(machine: Machine, *more: str, env: Mapping[str, str] | None = None) -> dict[str, Any]:  # Any: a report
    ran = machine.run(*SYNC, *more, env=env)
    assert ran.code == 0, ran.err + ran.out
    report: dict[str, Any] = ran.data["report"]  # Any: as above
    return report


def test_questions_are_listed_from_both_sides_and_answered(home: Path) -> None:
    first, second = TRACKS[:2]
    doubles = [row(first, name=HOSTILE, key="4A"), row(first, name="Plain")]
    others = [row(second, name="One"), row(second, name="Two"), row(4713, name="Three"), row(4713, name="Four")]
    with running_sandbox(scenario(*doubles, *others)) as sandbox:
        machine = Machine(sandbox=sandbox, home=home)
        assert "Nothing is under review." in machine.run("review", "--list").out
        report = synced(machine)
        assert (report["rows"]["review"], report["rows"]["created"]) == (3, 1)
        sandbox.mark()
        listed = machine.run("review", "--list")
        assert listed.code == 0, listed.err
        assert "\x1b" not in listed.out
        assert "\u202e" not in listed.out
        assert "␛]0;pwned␇\\u202e../../etc/passwd" in listed.out  # a title of Notion's
        assert ") Plain [4711]" in listed.out
        assert "2 rows carry its SoundCloud ID" in listed.out
        asked = machine.run("review", "--json")
        assert asked.out.isascii()
        questions = asked.data["questions"]
        assert [len(question["pages"]) for question in questions] == [2, 2, 2]
        assert questions[0]["track"]["title"] == HOSTILE
        for words, code, named in (
            ((str(first), "--adopt", "3"), 2, "no row 3"),
            ((str(first), "--adopt", "1", "--new"), 2, "exclude each other"),
            (("--skip",), 2, "needs a track"),
            (("4714", "--skip"), 2, "not under review"),
            (("9", "--new"), 2, "not under review"),
        ):
            ran = machine.run("review", *words)
            assert (ran.code, named in ran.err) == (code, True), ran.err
        assert sandbox.counts()["notion_writes"] == 0
        link = questions[1]["track"]["url"]
        number = next(n for n, page in enumerate(questions[0]["pages"], 1) if page["cells"].get("key") == "4A")
        assert machine.run("review", str(first), "--adopt", str(number)).code == 0
        assert machine.run("review", link, "--new").code == 0
        assert machine.run("review", "4713", "--skip").code == 0
        assert "decided: skip" in machine.run("review", "4713").out
        report = synced(machine)
        assert {name: n for name, n in report["rows"].items() if n} == {"created": 1, "updated": 1, "unchanged": 2}
        mine = sandbox.rows()[0]["properties"]
        assert (mine["Name"], mine["Key"], mine["Genre"], mine["Playlists"]) == (HOSTILE, "4A", "House", ["Ada's mix"])
        assert sorted(map(str, ids(sandbox))) == ["4711"] * 2 + ["4712"] * 3 + ["4713"] * 2 + ["4714"]
        sandbox.mark()
        assert synced(machine)["rows"]["unchanged"] == 4
        assert sandbox.counts()["notion_writes"] == 0
        assert "Taken back." in machine.run("review", "4713", "--reconsider").out
        assert synced(machine)["rows"]["review"] == 1


def test_doubles_are_found_and_merged_only_when_that_is_said(home: Path) -> None:
    with running_sandbox(scenario()) as sandbox:
        machine = Machine(sandbox=sandbox, home=home)
        synced(machine)
        (owned,) = [found for found in sandbox.rows() if found["properties"]["SoundCloud ID"] == TRACKS[0]]
        more = [row(TRACKS[0], key="4A"), row(url=owned["properties"]["SoundCloud URL"], artist="Somebody else")]
        sandbox.knobs(notion={"rows": [sandbox.data_source_id, 1_700_000_000, more]})
        assert len(ids(sandbox)) == 6
        sandbox.mark()
        swept = machine.run("review", "--sweep", "--json")
        assert "Looked at 6 rows: 1 tracks have more than one." in swept.err
        (question,) = swept.data["questions"]
        assert (len(question["pages"]), question["owned"]) == (3, owned["id"])
        place = question["review"]["page_ids"].index(owned["id"]) + 1
        words = ("review", str(TRACKS[0]), "--merge", str(place))
        refused = machine.run(*words)
        assert refused.code == 5, refused.err
        assert "Nothing was changed" in refused.err
        assert "artist = Somebody else" in refused.err
        assert (sandbox.counts()["notion_writes"], len(ids(sandbox))) == (0, 6)
        merged = machine.run(*words, "--yes")
        assert (merged.code, "2 rows are in the trash" in merged.out) == (0, True), merged.err
        assert sandbox.counts()["notion_writes"] == 3
        assert sorted(map(str, ids(sandbox))) == list(map(str, TRACKS))
        (kept,) = [found["properties"] for found in sandbox.rows() if found["id"] == owned["id"]]
        assert kept == {**owned["properties"], "Key": "4A"}
        assert "Nothing is under review." in machine.run("review").out
        again = machine.run("review", "--sweep")
        assert "Looked at 4 rows: 0 tracks have more than one." in again.err
        assert "Nothing is under review." in again.out
        sandbox.knobs(notion={"rows": [sandbox.data_source_id, sandbox.state()["time"], [row(TRACKS[0], key="5A")]]})
        assert "1 tracks have more than one." in machine.run("review", "--sweep").err
        (double,) = [found["id"] for found in sandbox.rows() if found["properties"]["Key"] == "5A"]
        sandbox.knobs(notion={"trash": [double]})
        settled = machine.run("review", "--sweep")
        assert "0 tracks have more than one." in settled.err
        assert "Nothing is under review." in settled.out
        sandbox.mark()
        assert synced(machine)["rows"]["unchanged"] == 4
        assert sandbox.counts()["notion_writes"] == 0


def tables(sandbox: Sandbox) -> tuple[dict[str, str], dict[str, str]]:
    """A table of tracks and one of playlists, related."""
    about: dict[str, Any] = {  # Any: as above
        "Name": {"title": {}},
        "URL": {"url": {}},
        "Owner": {"rich_text": {}},
        "Track count": {"number": {}},
        "Status": {"select": {}},
        "Last sync": {"date": {}},
        "Track order": {"rich_text": {}},
    }
    playlists = sandbox.add_database(title="Playlists", properties=about)
    leads = {"data_source_id": playlists["data_source_id"], "type": "dual_property", "dual_property": {}}
    columns = {
        "Name": {"title": {}},
        "Artist": {"rich_text": {}},
        "SoundCloud ID": {"number": {}},
        "Playlists": {"relation": leads},
    }
    return sandbox.add_database(title="Related", properties=columns), playlists


@pytest.mark.parametrize("kind", ["relation", "multi_select"])
def test_a_track_that_left_is_unlinked_in_notion(kind: str, home: Path) -> None:
    with running_sandbox(scenario()) as sandbox:
        tracks = tables(sandbox)[0] if kind == "relation" else sandbox.databases[0]
        machine, env = Machine(sandbox=sandbox, home=home), {"TRACKS_DB_ID": tracks["database_id"]}
        synced(machine, env=env)
        sandbox.knobs(soundcloud={"playlist": {"mix": TRACKS[1:]}})
        dry = machine.run("plan", URL, "--no-download", env=env)
        assert "    1  unlink" in dry.out, dry.out
        assert "\x1b" not in dry.out
        sandbox.mark()
        ran = machine.run("sync", URL, "--no-download", env=env)
        assert (ran.code, "Left the playlist: 1 tracks, 1 of them unlinked" in ran.out) == (0, True), ran.err
        held = {
            found["properties"]["SoundCloud ID"]: len(found["properties"]["Playlists"])
            for found in sandbox.rows(tracks["data_source_id"])
        }
        assert held == {4711: 0, 4712: 1, 4713: 1, 4714: 1}
        assert sandbox.counts()["notion_writes"] == (2 if kind == "relation" else 1)  # the playlist's page, too
        sandbox.mark()
        assert synced(machine, env=env)["departures"] == []
        assert sandbox.counts()["notion_writes"] == 0
        sandbox.knobs(soundcloud={"playlist": {"mix": [4712]}})
        refused = machine.run("sync", URL, "--no-download", env=env)
        assert (refused.code, "--max-removals 2" in refused.err) == (5, True), refused.err
        assert sandbox.counts()["notion_writes"] == 0
        assert len(synced(machine, "--max-removals", "2", env=env)["departures"]) == 2


def test_the_playlists_page_tells_how_it_stands(home: Path) -> None:
    with running_sandbox(scenario()) as sandbox:
        tracks, playlists = tables(sandbox)
        machine, env = Machine(sandbox=sandbox, home=home), {"TRACKS_DB_ID": tracks["database_id"]}

        def page() -> dict[str, Any]:  # Any: plain values
            (found,) = sandbox.rows(playlists["data_source_id"])
            told: dict[str, Any] = found["properties"]  # Any: as above
            return told

        synced(machine, "--max-tracks", "3", env=env)
        assert (page()["Status"], page()["Track count"], page()["Last sync"]) == ("partial", None, None)
        synced(machine, "--write-order", env=env)
        told = page()
        assert (told["Name"], told["URL"], told["Owner"]) == ("Ada's mix", URL, "Ada")
        assert (told["Track count"], told["Status"]) == (4, "synced")
        assert told["Last sync"]["start"].startswith("20")
        lines = str(told["Track order"]).splitlines()
        assert [line.split(". ")[0] for line in lines] == ["1", "2", "3", "4"]
        assert "\x1b" not in lines[0]
        sandbox.mark()
        for more in (("--write-order",), ()):
            synced(machine, *more, env=env)
        assert sandbox.counts()["notion_writes"] == 0
        sandbox.knobs(soundcloud={"playlist": {"mix": TRACKS[::-1]}})
        synced(machine, "--write-order", env=env)
        assert str(page()["Track order"]).splitlines()[3][3:] == lines[0][3:]
        assert sandbox.counts()["notion_writes"] == 1
        fault = {"host": "api.notion.com", "method": "PATCH", "path": "^/v1/pages/", "kind": "status", "status": 400}
        sandbox.knobs(soundcloud={"playlist": {"mix": TRACKS[1:]}})
        sandbox.faults([{**fault, "times": 1}])
        ran = machine.run(*SYNC, env=env)
        assert (ran.code, page()["Status"], page()["Track count"]) == (3, "partial", 3), ran.out
        assert [departure["unlinked"] for departure in ran.data["report"]["departures"]] == [False]
        synced(machine, env=env)
        assert page()["Status"] == "synced"
