"""The sandbox's Notion against recorded real traffic, scored by the replayer that comes with the recordings."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from sandboxes import running_sandbox

ROOT = "00000000-0000-4000-8000-000000000001"
ENDPOINTS = ("databases", "data_sources", "pages")


@pytest.fixture(scope="module")
def score(contracts: Path) -> dict[str, int]:
    """What the replayer counts over the endpoints that cloudcrate uses: n, status, rows, queries, body."""
    recordings = contracts / "recordings"
    with running_sandbox({"notion": {"per_minute": None, "root_page": ROOT, "token": "ntn_test"}}) as sandbox:
        command = [
            sys.executable,
            recordings / "replay.py",
            "--set",
            recordings / "notion.jsonl",
            "--base",
            sandbox.notion_url,
        ]
        printed = subprocess.run(
            [*map(str, command), "--root", ROOT], capture_output=True, text=True, check=True, timeout=200
        ).stdout
    total = {"n": 0, "status": 0, "rows": 0, "queries": 0, "body": 0}
    for line in printed.splitlines():
        found = re.fullmatch(r"\S+ /v1/(\S+?)((?:/\S*)?)\s+(\d+)\s+(\d+)\s+(\d+)\s+(\d+)\s+(\d+)\s+(\d+)", line.strip())
        if found and found[1].split("/")[0] in ENDPOINTS:
            numbers = list(map(int, found.groups()[2:]))
            total["n"] += numbers[0]
            total["status"] += numbers[1]
            total["body"] += numbers[4]
            if line.split()[1].endswith("/query"):
                total["queries"], total["rows"] = numbers[0], numbers[2]
    return total


def test_enough_is_replayed_to_mean_something(score: dict[str, int]) -> None:
    assert score["n"] >= 680
    assert score["queries"] >= 100


def test_statuses_are_right(score: dict[str, int]) -> None:
    assert score["status"] / score["n"] >= 0.98


def test_queries_answer_the_right_rows_in_order(score: dict[str, int]) -> None:
    assert score["rows"] / score["queries"] >= 0.92


def test_bodies_match(score: dict[str, int]) -> None:
    assert score["body"] / score["n"] >= 0.85
