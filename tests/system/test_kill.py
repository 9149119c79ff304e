"""kill -9 at chosen moments, then the same command again: nothing twice, nothing missing, nothing torn."""

import hashlib
from collections import Counter
from pathlib import Path
from typing import Any  # Any: fault rules are JSON

import pytest
from running import URL, Machine, world
from sandboxes import running_sandbox

from cloudcrate.adapters.library import tag

TRACKS = 6


def create(nth: int, phase: str) -> dict[str, Any]:  # Any: as above
    return {
        "host": "api.notion.com",
        "method": "POST",
        "path": "^/v1/pages$",
        "nth": nth,
        "kind": "hold",
        "phase": phase,
    }


def update(nth: int, phase: str) -> dict[str, Any]:  # Any: as above
    return {"host": "api.notion.com", "method": "PATCH", "nth": nth, "kind": "hold", "phase": phase}


def media(nth: int, phase: str) -> dict[str, Any]:  # Any: as above
    return {"host": "playback.*", "nth": nth, "kind": "hold", "phase": phase}


def api(nth: int) -> dict[str, Any]:  # Any: as above
    return {"host": "api-v2.soundcloud.com", "nth": nth, "kind": "hold", "phase": "before"}


MOMENTS = [
    *(create(nth, phase) for nth, phase in ((1, "before"), (1, "after"), (3, "after"), (6, "after"))),
    *(media(nth, phase) for nth, phase in ((1, "before"), (5, "body"), (17, "before"))),
    *(update(nth, phase) for nth, phase in ((1, "before"), (4, "after"))),
    *(api(nth) for nth in (1, 4)),
    {"host": "i1.sndcdn.com", "nth": 2, "kind": "hold", "phase": "before"},
]


def _named(rule: dict[str, Any]) -> str:  # Any: as above
    return f"{rule.get('method', 'GET')}-{rule['host']}-{rule['nth']}-{rule['phase']}".replace("*", "any")


def published(machine: Machine) -> dict[str, str]:
    """The audio files that have their final names, and what is in them."""
    names = [f for f in machine.files() if not f.startswith(".cloudcrate/") and f.endswith((".mp3", ".m4a"))]
    return {name: hashlib.sha256((machine.library / name).read_bytes()).hexdigest() for name in names}


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What a run that nobody kills leaves in the library."""
    with running_sandbox(world(TRACKS, seconds=[1, 2])) as sandbox:
        machine = Machine(sandbox=sandbox, home=tmp_path_factory.mktemp("undisturbed"))
        assert machine.run("sync", URL).code == 0
        return published(machine)


@pytest.mark.parametrize("moment", MOMENTS, ids=_named)
def test_a_run_killed_in_a_request_is_finished_by_the_next(
    moment: dict[str, Any],  # Any: as above
    undisturbed: dict[str, str],
    tmp_path: Path,
) -> None:
    with running_sandbox(world(TRACKS, seconds=[1, 2]) | {"faults": [moment]}) as sandbox:
        machine = Machine(sandbox=sandbox, home=tmp_path)
        with machine.start("sync", URL) as process:
            held = sandbox.wait_held(60)
            process.kill()
        assert len(held) == 1  # the moment was inside this very request
        assert published(machine).items() <= undisturbed.items()  # nothing torn has a final name
        sandbox.release()  # a request that was on its way arrives, although nobody waits for its answer
        sandbox.faults([])

        again = machine.run("sync", URL, "--json")
        assert again.code == 0, again.err
        ids = Counter(row["properties"]["SoundCloud ID"] for row in sandbox.rows())
        assert set(ids.values()) == {1}
        assert len(ids) == TRACKS
        assert published(machine) == undisturbed
        assert {tag.read_id(machine.library / name) for name in undisturbed} == set(ids)
        assert [f for f in machine.files() if f.startswith(".cloudcrate/")] == []
        assert all(row["properties"]["Downloaded"] for row in sandbox.rows())

        sandbox.mark()
        assert machine.run("sync", URL).code == 0
        assert sandbox.counts()["notion_writes"] == 0
        assert sandbox.counts()["media_bytes"] == 0
