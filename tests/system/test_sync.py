"""The main job, with the real command: counted on both sides, and looked at from outside."""

import json
from pathlib import Path

import pytest
from running import EVERY_KIND, URL, Machine, world
from sandboxes import running_sandbox

from cloudcrate.adapters.library import tag


@pytest.mark.parametrize("count", [10, 50, 200])
def test_every_track_gets_one_row_and_every_obtainable_one_a_file(count: int, tmp_path: Path) -> None:
    mix = {kind: number * max(1, count // 25) for kind, number in EVERY_KIND.items()} if count > 10 else {}
    with running_sandbox(world(count, mix=mix, repeats=2, seconds=[1, 2])) as sandbox:
        machine = Machine(sandbox=sandbox, home=tmp_path)
        ran = machine.run("sync", URL, "--json")
        report = ran.data["report"]
        distinct, gone = count - 2, mix.get("private", 0) + mix.get("gone", 0)
        unobtainable = sum(mix.values())
        assert ran.code == 0, ran.err
        assert report["listed"] == distinct == sum(report["rows"].values()) == sum(report["files"].values())
        assert report["rows"]["created"] == distinct - gone
        assert report["rows"]["without_metadata"] == gone
        assert report["files"]["downloaded"] == distinct - unobtainable
        assert report["files"]["unobtainable"] == unobtainable
        rows = sandbox.rows()
        ids = [row["properties"]["SoundCloud ID"] for row in rows]
        assert len(ids) == len(set(ids)) == distinct - gone
        audio = [f for f in machine.files() if f.endswith((".mp3", ".m4a"))]
        assert len(audio) == distinct - unobtainable
        by_path = {row["properties"]["File path"]: row["properties"]["SoundCloud ID"] for row in rows}
        for path in audio:
            assert by_path[path] == tag.read_id(machine.library / path)
        assert sum(bool(row["properties"]["Downloaded"]) for row in rows) == len(audio)
        listed = (machine.library / "Ada's mix.m3u8").read_text("utf-8")
        assert sum(not line.startswith("#") for line in listed.splitlines()) >= len(audio)
        for track in report["tracks"]:
            assert track["file"] != "unobtainable" or track["reason"]

        sandbox.mark()
        again = machine.run("sync", URL, "--json")
        counts = sandbox.counts()
        assert again.code == 0
        assert again.data["report"]["rows"]["unchanged"] == distinct - gone
        assert again.data["report"]["files"]["present"] == len(audio)
        assert counts["notion_writes"] == 0
        assert counts["media_bytes"] == 0
        assert counts["requests"] <= 4


def test_500_tracks_cost_twelve_requests_to_read_and_one_each_to_write(tmp_path: Path) -> None:
    mix = dict.fromkeys(EVERY_KIND, 5)
    with running_sandbox(world(500, mix=mix, repeats=4)) as sandbox:
        machine = Machine(sandbox=sandbox, home=tmp_path)
        ran = machine.run("sync", URL, "--no-download", "--json", timeout=240)
        counts = sandbox.counts()
        assert ran.code == 0, ran.err
        report = ran.data["report"]
        assert (report["entries"], report["listed"]) == (500, 496)
        assert report["rows"] | {"created": 486, "without_metadata": 10} == report["rows"]
        assert counts["hosts"]["api-v2.soundcloud.com"] + counts["hosts"]["soundcloud.com"] <= 12
        assert counts["hosts"]["api.notion.com"] <= 496
        assert counts["media_bytes"] == 0
        assert len({row["properties"]["SoundCloud ID"] for row in sandbox.rows()}) == len(sandbox.rows()) == 486

        sandbox.mark()
        assert machine.run("sync", URL, "--no-download", "--json").code == 0
        assert sandbox.counts()["requests"] <= 4
        assert sandbox.counts()["notion_writes"] == 0


def test_a_dry_run_prints_the_plan_that_the_run_then_carries_out(tmp_path: Path) -> None:
    with running_sandbox(world(10, mix=EVERY_KIND, repeats=1, seconds=[1, 2])) as sandbox:
        machine = Machine(sandbox=sandbox, home=tmp_path)
        dry = machine.run("sync", URL, "--dry-run", "--json")
        planned = machine.run("plan", URL, "--json")
        counts = sandbox.counts()
        assert dry.code == planned.code == 0, dry.err
        assert dry.data == planned.data
        assert counts["notion_writes"] == 0
        assert counts["media_bytes"] == 0
        assert machine.files() == []
        wanted = [
            (unit["track_id"], operation["is"], operation["reason"])
            for unit in planned.data["plan"]["units"]
            for operation in unit["operations"]
        ]
        assert machine.run("sync", URL).code == 0
        done = []
        for unit in planned.data["plan"]["units"]:
            why = machine.run("why", str(unit["track_id"]), "--json").data["why"]
            events = [json.loads(event["operation"]) for event in reversed(why["events"])]
            done += [(unit["track_id"], operation["is"], operation["reason"]) for operation in events]
        assert sorted(done) == sorted(wanted)


def test_without_notion_the_same_command_fills_the_local_catalog(tmp_path: Path) -> None:
    with running_sandbox(world(10, seconds=[1, 2])) as sandbox:
        machine = Machine(sandbox=sandbox, home=tmp_path, notion=False)
        first = machine.run("sync", URL, "--json")
        assert first.code == 0, first.err
        assert first.data["report"]["rows"]["created"] == 10
        assert "api.notion.com" not in sandbox.counts()["hosts"]
        sandbox.mark()
        again = machine.run("sync", URL, "--json")
        assert again.data["report"]["rows"]["unchanged"] == 10
        assert sandbox.counts()["requests"] == 1


def test_the_sentence_works_for_a_playlist_never_seen_one_synced_before_and_one_in_the_settings(
    tmp_path: Path,
) -> None:
    scenario = world(5, seconds=[1, 2])
    scenario["soundcloud"]["users"] = [{"permalink": "ada", "username": "all:Lo Collective"}]
    with running_sandbox(scenario) as sandbox:
        machine = Machine(sandbox=sandbox, home=tmp_path)
        sentence = "Make sure the all:Lo Collective playlist is synced and downloaded"
        met = machine.run("sync", sentence, "--json")
        assert met.code == 0, met.err
        assert "understood" in met.err
        assert met.data["report"]["rows"]["created"] == 5
        before = sandbox.counts()["requests"]
        again = machine.run("sync", sentence, "--json")
        assert again.code == 0, again.err
        assert again.data["report"]["rows"]["unchanged"] == 5
        assert sandbox.counts()["requests"] - before <= 4
        assert machine.run("sync", "don't sync the all:Lo Collective playlist").code == 2
        (machine.home / "config.toml").write_text(f'[playlists]\n"Evening" = "{URL}"\n', "utf-8")
        named = machine.run("sync", "Make sure the Evening playlist is synced and downloaded", "--json")
        assert named.code == 0, named.err


def test_max_tracks_takes_the_first_and_a_later_run_the_rest(tmp_path: Path) -> None:
    with running_sandbox(world(12, seconds=[1, 2])) as sandbox:
        machine = Machine(sandbox=sandbox, home=tmp_path)
        part = machine.run("sync", URL, "--max-tracks", "4", "--json")
        assert part.data["report"]["rows"]["created"] == 4
        whole = machine.run("sync", URL, "--json")
        assert whole.data["report"]["rows"] | {"created": 8, "unchanged": 4} == whole.data["report"]["rows"]


def test_status_why_and_doctor_answer(tmp_path: Path) -> None:
    with running_sandbox(world(5, mix={"preview": 1}, seconds=[1, 2])) as sandbox:
        machine = Machine(sandbox=sandbox, home=tmp_path)
        assert "No playlist yet" in machine.run("status").out
        results = tmp_path / "results.json"
        report = machine.run("sync", URL, "--json", "--results-file", str(results)).data
        assert json.loads(results.read_text("utf-8")) == report
        assert report["schema_version"] == 1
        status = machine.run("status")
        assert "Ada's mix" in status.out
        assert "5 rows created, 4 files downloaded" in status.out
        preview = next(t for t in report["report"]["tracks"] if t["availability"] == "preview")
        why = machine.run("why", str(preview["track_id"]))
        assert "30-second preview" in why.out
        assert machine.run("why", "1").code == 2
        doctor = machine.run("doctor")
        assert doctor.code == 0, doctor.out
        assert "SoundCloud: answers" in doctor.out
        assert "Music Tracks" in doctor.out


def test_strict_makes_an_unobtainable_track_an_error(tmp_path: Path) -> None:
    with running_sandbox(world(3, mix={"blocked": 1}, seconds=[1, 2])) as sandbox:
        machine = Machine(sandbox=sandbox, home=tmp_path)
        assert machine.run("sync", URL).code == 0
        assert machine.run("sync", URL, "--strict").code == 3
