"""Reading playlists: requests counted by the sandbox, both ways giving the same."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any  # Any: scenarios and reports are JSON

import pytest
from running import EVERY_KIND, URL, Machine, world

from cloudcrate.sandbox.process import Sandbox, running_sandbox

SITE = ("api-v2.soundcloud.com", "soundcloud.com", "a-v2.sndcdn.com", "on.soundcloud.com")


def scenario() -> dict[str, Any]:  # Any: as above
    made = world(8, seconds=[1, 2], repeats=1, short="abc")
    made["soundcloud"]["playlists"] += [
        {"user": "bo", "slug": "big", "title": "Big", "count": 500, "mix": dict.fromkeys(EVERY_KIND, 3), "repeats": 4},
        {"user": "bo", "slug": "album", "title": "Album", "count": 7, "album": True},
    ]
    made["soundcloud"]["users"] = [
        {"permalink": "ada", "username": "Ada"},
        {"permalink": "bo", "username": "Bo", "likes": 30, "reposts": 5, "hidden": 25},
    ]
    made["soundcloud"]["tracks"] = [{"user": "bo", "title": f"Own {n}", "slug": f"own-{n}"} for n in range(12)]
    return made


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with running_sandbox(scenario()) as running:
        yield running


@pytest.fixture
def machine(sandbox: Sandbox, tmp_path: Path) -> Machine:
    sandbox.faults([])
    sandbox.mark()
    return Machine(sandbox=sandbox, home=tmp_path, notion=False)


def plan_of(machine: Machine, what: str, *words: str) -> Any:  # Any: as above
    ran = machine.run("plan", what, "--json", *words)
    assert ran.code == 0, ran.err
    return ran.data["plan"]


def requests(sandbox: Sandbox) -> int:
    return sum(count for host, count in sandbox.counts()["hosts"].items() if host in SITE)


def test_500_tracks_cost_twelve_requests_cold_in_order_with_repetitions(machine: Machine, sandbox: Sandbox) -> None:
    made = plan_of(machine, "https://soundcloud.com/bo/sets/big")
    assert requests(sandbox) <= 12
    assert made["entries"] == 500
    assert len(made["units"]) == 496
    assert [u["position"] for u in made["units"]] == sorted(u["position"] for u in made["units"])
    left = [o["availability"] for u in made["units"] for o in u["operations"] if o.get("side") == "file"]
    found = {kind: left.count(kind) for kind in ("preview", "blocked", "protected", "gone")}
    assert found == {"preview": 3, "blocked": 3, "protected": 3, "gone": 6}  # private ones cannot be told from gone


@pytest.mark.parametrize(
    ("what", "tracks"),
    [
        ("soundcloud.com/ada/sets/mix", 7),
        ("https://m.soundcloud.com/ada/sets/mix?utm_source=x#t=1", 7),
        ("https://on.soundcloud.com/abc", 7),
        ("https://w.soundcloud.com/player/?url=https%3A//api.soundcloud.com/playlists/1700000000", 7),
        ("https://api.soundcloud.com/playlists/soundcloud%3Aplaylists%3A1700000000", 7),
        ("https://soundcloud.com/bo/own-3", 1),
        ("https://soundcloud.com/bo/own-3?in=ada/sets/mix", 1),
        ("https://soundcloud.com/bo", 12),
        ("https://soundcloud.com/bo/tracks", 12),
        ("https://soundcloud.com/bo/likes", 30),
        ("https://soundcloud.com/bo/reposts", 5),
        ("https://soundcloud.com/bo/albums", 7),
    ],
)
def test_every_form_of_link_is_read(machine: Machine, what: str, tracks: int) -> None:
    assert len(plan_of(machine, what)["units"]) == tracks


def test_empty_pages_do_not_end_a_list(machine: Machine, sandbox: Sandbox) -> None:
    assert len(plan_of(machine, "https://soundcloud.com/bo/likes")["units"]) == 30
    pages = [e for e in sandbox.journal() if e["path"].endswith("/likes")]
    assert len(pages) > 1


def test_max_tracks_reads_no_further(machine: Machine, sandbox: Sandbox) -> None:
    assert plan_of(machine, "https://soundcloud.com/bo/sets/big", "--max-tracks", "5")["entries"] == 5
    assert requests(sandbox) <= 3


def test_a_client_id_that_was_rotated_is_renewed_once(machine: Machine, sandbox: Sandbox) -> None:
    plan_of(machine, URL)
    sandbox.knobs(soundcloud={"rotate": True})
    sandbox.mark()
    plan_of(machine, URL)
    assert sandbox.counts()["hosts"]["soundcloud.com"] == 1


def test_without_hydration_the_client_id_comes_from_the_beginning_of_the_script(
    machine: Machine, sandbox: Sandbox
) -> None:
    sandbox.knobs(soundcloud={"hydration": False})
    try:
        plan_of(machine, URL)
    finally:
        sandbox.knobs(soundcloud={"hydration": True})
    script = [e for e in sandbox.journal() if e["host"] == "a-v2.sndcdn.com"][-1]
    assert script["bytes"] < 100_000


def test_an_unknown_shape_goes_through_ytdlp_with_the_same_tracks_in_the_same_order(
    machine: Machine, sandbox: Sandbox
) -> None:
    direct = plan_of(machine, URL)
    sandbox.faults(
        [
            {
                "host": "api-v2.soundcloud.com",
                "path": "^/resolve",
                "nth": 1,
                "kind": "status",
                "status": 200,
                "body": '{"kind": "something new"}',
                "headers": {"content-type": "application/json"},
            }
        ]
    )
    second = plan_of(machine, URL)
    assert [u["track_id"] for u in second["units"]] == [u["track_id"] for u in direct["units"]]
    assert [u["position"] for u in second["units"]] == [u["position"] for u in direct["units"]]
    assert any("yt-dlp" in note for note in second["notes"])


def test_the_second_way_downloads_too(machine: Machine, sandbox: Sandbox) -> None:
    sandbox.faults(
        [
            {
                "host": "api-v2.soundcloud.com",
                "path": "^/resolve",
                "nth": 1,
                "kind": "status",
                "status": 200,
                "body": '{"kind": "something new"}',
                "headers": {"content-type": "application/json"},
            }
        ]
    )
    ran = machine.run("sync", URL, "--max-tracks", "2", "--json")
    assert ran.code == 0, ran.err + ran.out
    assert ran.data["report"]["files"]["downloaded"] == 2


def test_a_batch_that_fails_for_good_reports_no_track_as_gone(machine: Machine, sandbox: Sandbox) -> None:
    sandbox.faults(
        [{"host": "api-v2.soundcloud.com", "path": "^/tracks$", "kind": "status", "status": 500, "body": "{}"}]
    )
    ran = machine.run("sync", "https://soundcloud.com/bo/sets/big", timeout=200)
    assert ran.code == 3, ran.out
    assert "gone" not in ran.out
