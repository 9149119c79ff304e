"""A network that fails in every way, through the real command: all of it arrives, or is named, and nothing is wrong."""

from pathlib import Path
from typing import Any  # Any: entries of the sandbox's log

import pytest
from faulty_network import CREATE, KINDS, Judged, early, judge, mixed, refer, scenario
from sandboxes import running_sandbox


@pytest.mark.parametrize(("p", "tracks"), [(0.2, 8), (0.5, 4)])
def test_all_kinds_of_faults_at_once_break_nothing(tmp_path: Path, p: float, tracks: int) -> None:
    with running_sandbox(scenario(tracks)) as sandbox:
        reference = refer(sandbox, tmp_path)
        judged = judge(sandbox, tmp_path / "faulty", reference, mixed(p, 1), p)
        struck = set(sandbox.counts(since=0)["faults"])
    assert judged.wrong == (), judged.said
    assert judged.faults > p * reference.requests / 2
    assert {"status", "stall", "slow"} <= struck, "what lasts strikes by its number, a refusal by any draw"
    assert len(struck) >= 5, struck  # so few requests need not draw every kind


def test_the_rules_of_every_kind_strike_as_often_as_they_say() -> None:
    """Of the rules for one request the first that strikes counts; together they must strike with p."""
    for kind, rules in KINDS.items():
        made = rules(0.4, 1)
        for creates in (True, False):
            missed = 1.0
            for rule in made:
                concerned = creates if CREATE.items() <= rule.items() else not creates or "path" not in rule
                missed *= 1 - rule["p"] if concerned else 1
            assert 1 - missed == pytest.approx(0.4), kind


def entry(at: float, status: int = 200, host: str = "api.notion.com") -> dict[str, Any]:  # Any: as above
    return {"time": at, "status": status, "host": host}


def test_a_request_before_retry_after_is_over_is_counted() -> None:
    refused = entry(100.0, 429)
    assert early([refused, entry(101.5)]) == 1
    assert early([refused, entry(100.9)]) == 0  # it was on its way
    assert early([refused, entry(103.0)]) == 0
    assert early([refused, entry(101.5, host="i1.sndcdn.com")]) == 0


def judged(**more: object) -> Judged:
    good: dict[str, Any] = {  # Any: as above
        "p": 0.2,
        "tracks": 20,
        "code": 0,
        "seconds": 1.0,
        "requests": 100,
        "faults": 20,
        "ratio": 1.2,
        "early": 0,
        "beyond": -30.0,
        "duplicates": 0,
        "missing": 0,
        "unlisted": 0,
        "damaged": 0,
        "heals": True,
    }
    return Judged(**good | more)


@pytest.mark.parametrize(
    "broken",
    [
        {"code": 3},
        {"ratio": 1.9},
        {"early": 1},
        {"beyond": 5.1},
        {"beyond": float("inf")},
        {"duplicates": 1},
        {"missing": 1},
        {"p": 0.5, "missing": 1, "unlisted": 1, "code": 3},
        {"p": 0.5, "code": 1},
        {"damaged": 1},
        {"heals": False},
        {"faults": 0},
    ],
    ids=str,
)
def test_every_broken_promise_is_told(broken: dict[str, object]) -> None:
    assert judged().wrong == ()
    assert judged(p=0.5, missing=1, code=3).wrong == ()
    assert len(judged(**broken).wrong) == 1
