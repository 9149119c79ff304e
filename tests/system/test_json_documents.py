"""Every document and every line that is printed as data is exactly what the reference says, down to the last field."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any  # Any: JSON

import pytest
from documented import document_faults, faults, line_faults
from running import URL, Machine, Ran, run_command, world
from sandboxes import running_sandbox
from several import several

from cloudcrate.app.sharing import Going
from cloudcrate.cli.documents import GoingLine
from cloudcrate.cli.exits import codes
from cloudcrate.core import codec
from cloudcrate.core.report import Report, Traffic
from cloudcrate.ports.running import Spent
from cloudcrate.ports.work import Progress, SharedRun, Stage
from cloudcrate.sandbox.process import Sandbox

TRACKS = (4711, 4712, 4713, 4714, 4715, 4716)
DOUBLE, OTHER, THIRD = TRACKS[:3]


def double(number: int) -> dict[str, Any]:  # Any: as above
    """A row of its user's, as Notion takes it."""
    return {"SoundCloud ID": {"number": number}, "Name": {"title": [{"text": {"content": f"Row of {number}"}}]}}


def scenario() -> dict[str, Any]:  # Any: as above
    """A playlist with tracks of several kinds, three of them with two rows; a shorter one; and two of one name."""
    made = world(1)
    ids = list(TRACKS)
    kinds = dict.fromkeys(ids, "full") | {4715: "preview", 4716: "protected_late"}
    made["soundcloud"]["tracks"] = [{"id": n, "title": f"Track {n}", "seconds": 1.0, "kind": kinds[n]} for n in ids]
    made["soundcloud"]["playlists"] = [
        {"user": "ada", "slug": "mix", "title": "Ada's mix", "tracks": ids},
        {"user": "ada", "slug": "short", "title": "Short", "tracks": ids[3:4]},
        *({"user": user, "slug": "night-bus", "title": "Night Bus", "count": 1} for user in ("ada", "bob")),
    ]
    rows = [double(n) for n in (DOUBLE, DOUBLE, OTHER, OTHER, THIRD, THIRD)]
    made["notion"]["databases"] = [{"title": "Music Tracks", "rows": rows}]
    return made


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with running_sandbox(scenario()) as running:
        yield running


@pytest.fixture(scope="module")
def machine(sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Machine:
    return Machine(sandbox=sandbox, home=tmp_path_factory.mktemp("home"))


def check(command: str, ran: Ran, key: str, *, lines: bool = False) -> list[Any]:  # Any: as above
    """Holds what a command printed against the reference; answers what stands under ``key`` in each document."""
    assert ran.code in codes(command), ran.err
    assert ran.out, ran.err
    assert ran.out.isascii()
    documents = [json.loads(line) for line in ran.out.splitlines()] if lines else [ran.data]
    for document in documents:
        assert document_faults(command, document) == []
    assert key in documents[-1] or lines, list(documents[-1])
    return [document[key] for document in documents if key in document]


Asked = tuple[str, str, tuple[str, ...]]


def ask(machine: Machine, *asked: Asked) -> dict[str, Any]:  # Any: as above
    """Runs commands, each given as its name, the key of its answer and more words; the last answer under each key."""
    ended = several(machine, [(*command.split(), "--json", *words) for command, _, words in asked])
    found = {}
    for (command, key, _), ran in zip(asked, ended, strict=True):
        found[key] = check(command, ran, key)[0]
    return found


def test_every_document_of_a_sync_and_of_looking_back_is_as_it_is_described(machine: Machine, tmp_path: Path) -> None:
    found = ask(
        machine,
        ("add", "added", (URL, "--name", "Mix")),
        ("list", "playlists", ()),
        ("ask", "request", ("keep Mix synced every 6 hours",)),
        ("plan", "plan", ("Mix",)),
        ("sync", "report", ("Mix",)),
        ("add", "added", (f"{URL.removesuffix('mix')}short",)),
        ("sync", "plans", ("--all", "--dry-run")),
        ("sync", "reports", ("--all",)),
        ("sync", "overview", ("is Mix up to date?",)),
        ("sync", "problems", ("what is missing from Mix?",)),
        ("sync", "stopped", ("stop the sync",)),
        ("sync", "schedule", ("keep Mix synced every 6 hours",)),
        ("sync", "status", ("how is the sync going?",)),
        ("status", "status", ()),
        ("status", "tracks", ("Mix",)),
        ("why", "why", (str(TRACKS[3]),)),
        ("doctor", "checks", ()),
        ("runs", "runs", ()),
        ("cancel", "stopped", ()),
        ("problems", "problems", ()),
        ("retry", "reports", (str(TRACKS[4]),)),
        ("watch", "upcoming", ("--dry-run",)),
        ("watch", "service", ("--install", "--print", "--kind", "systemd")),
        ("config path", "path", ()),
        ("config show", "config", ()),
        ("config check", "config", ()),
        ("mcp install", "install", ("--client", "claude")),
    )
    assert found["report"]["rows"]["review"] == 3
    assert found["report"]["files"]["unobtainable"] == 2
    assert [len(found[key]) for key in ("playlists", "plans", "runs", "tracks")] == [1, 2, 3, 6]
    assert {problem["kind"] for problem in found["problems"]} == {"review", "unobtainable"}
    assert found["stopped"] == ""

    found = ask(
        machine,
        ("review", "sweep", ("--sweep",)),
        ("review", "decided", (str(DOUBLE), "--adopt", "1")),
        ("review", "decided", (str(OTHER), "--skip")),
        ("review", "questions", ()),
        ("review", "reconsidered", (str(OTHER), "--reconsider")),
        ("review", "merged", (str(THIRD), "--merge", "1", "--yes")),
    )
    assert found["questions"][0]["decision"]["choice"] == "skip"
    assert all(question["track"]["authorization"] is None for question in found["questions"])
    assert found["reconsidered"]["taken_back"] is True
    assert len(found["merged"]["trash"]) == 1

    kept = next(path for path in machine.files() if path.endswith((".m4a", ".mp3")))
    with (machine.library / kept).open("r+b") as file:
        file.truncate(2000)
    (tmp_path / "old").mkdir()
    found = ask(
        machine,
        ("verify", "checked", ("--all", "--fetch")),
        ("restore", "files", ("--list",)),
        ("import", "files", (str(tmp_path / "old"),)),
        ("retag", "files", ()),
        ("rename", "renamed", ("Mix", "The mix")),
        ("remove", "removed", ("The mix",)),
        ("repair", "state", ()),
    )
    assert {note["state"] for note in found["checked"]["notes"]} == {"damaged", "sound"}
    assert len(found["files"]) == 4
    (machine.home / "state" / "ledger.db").write_bytes(b"spoiled")
    assert ask(machine, ("repair", "repaired", ("--yes",)))["repaired"]["files"][0]["moved_to"]


def test_a_watch_prints_a_line_for_every_run_and_what_is_next(sandbox: Sandbox, tmp_path: Path) -> None:
    machine = Machine(sandbox=sandbox, home=tmp_path, notion=False)
    (tmp_path / "config.toml").write_text(f'[playlists]\n"Gone" = "{URL}-gone"\n"Mix" = "{URL}"\n', "utf-8")
    tried = check("watch", machine.run("watch", "--once", "--json"), "tried", lines=True)
    assert sorted((one["playlist"]["name"], one["exit_code"]) for one in tried) == [("Gone", 2), ("Mix", 0)]
    assert {one["report"] is None for one in tried} == {True, False}
    with machine.start("watch", "--json") as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        process.terminate()
        process.communicate(timeout=30)
    assert process.returncode == 0
    check("watch", Ran(code=0, out=line, err=""), "upcoming", lines=True)


def test_setting_up_and_signing_in_print_data_without_the_token(sandbox: Sandbox, tmp_path: Path) -> None:
    machine = Machine(sandbox=sandbox, home=tmp_path)
    database = machine.environment()["TRACKS_DB_ID"]
    made = machine.run("init", "--json", "--yes", "--add-missing", "--database", database, env={"TRACKS_DB_ID": ""})
    check("init", made, "init")
    token = machine.environment()["NOTION_TOKEN"]
    signed_in = piped(machine, f"{token}\n", "login", "--notion", "--json")
    assert check("login", signed_in, "signed_in")[0]["service"] == "Notion"
    signed_out = machine.run("logout", "--notion", "--json")
    assert check("logout", signed_out, "signed_out")[0]["forgotten"] is True
    assert token not in made.out + signed_in.out + signed_out.out


def test_the_demo_prints_what_it_came_to_and_nothing_else_on_stdout(sandbox: Sandbox, tmp_path: Path) -> None:
    demo = check("demo", Machine(sandbox=sandbox, home=tmp_path).run("demo", "--json"), "demo")[0]
    assert (demo["rows"], demo["second_run"]["notion_writes"]) == (22, 0)
    assert len(demo["files"]) > 10


def test_the_lines_of_a_run_and_its_error_are_as_they_are_described(sandbox: Sandbox, tmp_path: Path) -> None:
    machine = Machine(sandbox=sandbox, home=tmp_path, notion=False)
    failing = (("sync", f"{URL}-gone", "--json"), ("--log-format", "json", "why", "no track"))
    ran, *failed = several(machine, (("--log-format", "json", "sync", URL), *failing))
    lines = [json.loads(line) for line in ran.err.splitlines() if line.startswith("{")]
    assert [fault for line in lines for fault in line_faults(line)] == []
    assert {line["event"] for line in lines} >= {"phase", "began", "advanced"}
    assert {line["outcome"]["is"] for line in lines if line["event"] == "advanced"} >= {"Done", "Skipped"}

    for one in failed:
        (error,) = [json.loads(line) for line in one.err.splitlines() if '"error"' in line]
        assert line_faults(error) == []
        assert (error["event"], error["exit_code"]) == ("error", one.code)


def test_the_candidates_of_an_ambiguous_name_are_as_they_are_described(sandbox: Sandbox, tmp_path: Path) -> None:
    ran = Machine(sandbox=sandbox, home=tmp_path, notion=False).run("sync", "Night Bus", "--json")
    assert ran.code == 2, ran.err
    error = json.loads(ran.err.splitlines()[-1])
    assert line_faults(error) == []
    assert len(error["candidates"]) == 2


def test_a_shared_run_is_as_it_is_described() -> None:
    """What `status --follow` prints; the run itself needs PostgreSQL."""
    run = SharedRun(
        run_id="r",
        name="Mix",
        stage=Stage.GOING,
        started_at=1.0,
        by="here",
        scope="s",
        stopping_since=None,
        error="",
        spent=Spent(),
    )
    going = Going(run=run, progress=Progress(tracks=3, done=1, failed=0, workers=2))
    assert list(faults(codec.plain({"going": going}), GoingLine, "going")) == []
    stopping = codec.plain({"going": replace(going, run=replace(run, stage=Stage.STOPPING, stopping_since=2.0))})
    assert list(faults(stopping, GoingLine, "going")) == []
    stopping["going"]["run"]["new"] = 1
    assert list(faults(stopping, GoingLine, "going")) == ["going.going.run: ['new'] is not documented"]


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        ({"rows": 3}, "report.rows: 3 is no object"),
        ({"entries": "6"}, "report.entries: '6' is no int"),
        ({"tracks": [{}]}, "report.tracks[0]: without "),
        ({"more": 1}, "report: ['more'] is not documented"),
    ],
)
def test_a_document_that_says_otherwise_is_seen(spoil: Mapping[str, Any], said: str) -> None:  # Any: as above
    report = codec.plain(
        Report(
            playlist="Mix",
            url=URL,
            catalog="",
            library="",
            entries=6,
            listed=6,
            rows={"created": 6},
            files={},
            tracks=(),
            playlist_file="",
            notes=(),
            traffic=Traffic(seconds=1.5, soundcloud_requests=1, notion_requests=1, media_bytes=0),
            stopped=False,
            next_step="",
        )
    )
    assert document_faults("sync", {"schema_version": 1, "report": report}) == []
    (fault,) = document_faults("sync", {"schema_version": 1, "report": report | dict(spoil)})
    assert fault.startswith(f"sync.{said}")
    assert document_faults("sync", {"report": report}) == ["schema_version is None"]
    assert document_faults("sync", {"schema_version": 1, "outcome": report}) == [
        "sync: no document has the keys ['outcome']"
    ]


def piped(machine: Machine, text: str, *words: str) -> Ran:
    """Runs a command with a text on standard input, and without the tokens of the environment."""
    env = {name: value for name, value in machine.environment().items() if name != "NOTION_TOKEN"}
    return run_command(words, env, machine.home, typed=text)
