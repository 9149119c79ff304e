"""Notion loses answers, carries requests out late and lets its index lag: every track still gets one row."""

from typing import Any  # Any: a rule is JSON

import pytest
from lossy_notion import CREATES, LATE, lose_some

from cloudcrate.sandbox.faults import Rules, parse_rules
from cloudcrate.sandbox.notion.service import NotionService
from cloudcrate.sandbox.wire import Request


def test_a_thousand_creates_make_a_thousand_rows_though_replies_are_lost() -> None:
    tally = lose_some(1000, runs=10)
    assert (tally.duplicates, tally.missing, tally.unowned) == (0, 0, 0)
    lost = tally.faults["reset_after"] + tally.faults["timeout_after"]
    assert 0.25 < lost / tally.sent < 0.35
    assert 0.06 < (tally.faults["committed_503"] + tally.faults["status"]) / tally.sent < 0.14
    assert tally.faults["late_commit"] > 100
    assert tally.faults["reset_before"] > 20
    assert tally.ambiguous > 400


def test_rows_of_unknown_outcome_are_looked_up_together() -> None:
    tally = lose_some(300, runs=1, seed=1)
    assert tally.ambiguous > 100
    assert 0 < tally.lookups <= tally.allowed


@pytest.mark.parametrize("settle", [0.0, LATE / 2])
def test_who_does_not_wait_long_enough_makes_rows_twice(settle: float) -> None:
    assert lose_some(200, runs=2, settle=settle).duplicates > 0


def test_rows_made_by_many_at_once_are_made_once_as_well() -> None:
    tally = lose_some(300, runs=3, seed=2, threads=8)
    assert (tally.duplicates, tally.missing, tally.unowned) == (0, 0, 0)
    assert tally.ambiguous > 100
    assert tally.lookups <= tally.allowed


def test_a_fault_s_seconds_may_be_drawn_anew_for_every_strike() -> None:
    struck = Request(method="POST", host="api.notion.com", path="/v1/pages")

    def drawn(seconds: Any) -> list[float]:  # Any: as above
        rules = Rules(parse_rules([{**CREATES, "kind": "late_commit", "seconds": seconds, "p": 0.5, "seed": 3}]))
        picked = [rules.pick(struck) for _ in range(200)]
        return [-1.0 if rule is None else rule.number("seconds", 30) for rule in picked]

    several, one = drawn([10, 60]), drawn(5)
    assert [s < 0 for s in several] == [s < 0 for s in one]  # a pair strikes the same requests
    late = [s for s in several if s >= 0]
    assert 10 <= min(late) < 20 < 50 < max(late) <= 60
    assert drawn([10, 60]) == several


@pytest.mark.parametrize("pair", [[1], [60, 10], [-1, 10], ["1", "2"], [1, 2, 3]])
def test_what_is_no_pair_of_seconds_is_refused(pair: list[Any]) -> None:  # Any: as above
    with pytest.raises(ValueError, match="seconds must be"):
        parse_rules([{"kind": "late_commit", "seconds": pair}])
    with pytest.raises(ValueError, match="index_lag is"):
        NotionService(index_lag=pair)
