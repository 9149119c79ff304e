"""How a run ended, for programs and for people: whole, and without any secret."""

import json
import re

import pytest
from endings_made import ASKED, CHANGED, FAILED, UNCHANGED, UNOBTAINABLE, made, poisoned, report_of, result
from hypothesis import given
from hypothesis import strategies as st

from cloudcrate.core import codec
from cloudcrate.core.ending import Ending, When, document, ending, file_name, summary, text, wants
from cloudcrate.core.report import FileState, RowState
from cloudcrate.errors import CloudcrateError, DiskError, NotSharedError, StoppedError, UnavailableError

NAME = re.compile(r"\d{8}T\d{6}Z__HANDOFF__(.+)__(.+)\.json")


def test_it_holds_everything_needed_to_go_on() -> None:
    error = UnavailableError("api.notion.com did not answer.", hint="Run it again.")
    found = json.loads(text(made(FAILED, error, exit_code=3)))
    assert found["schema_version"] == 1
    assert found["run_id"] == "a1b2"
    assert found["ended_at"] == "2026-11-26T08:42:03Z"
    assert found["request"] == {
        "playlist": "Night Mix",
        "url": "https://soundcloud.com/ada/sets/night-mix",
        "understood": "Sync and download the playlist",
    }
    assert found["report"]["rows"]["created"] == 1
    assert [(p["track_id"], p["kind"], p["reason"]) for p in found["problems"]] == [
        (1, "failed", "it did not answer"),
        (2, "pending", "not reached"),
        (3, "review", "two rows fit"),
        (4, "unobtainable", "only a preview"),
        (5, "left", "it broke"),
    ]
    assert found["next_step"] == "Run it again."
    assert found["exit_code"] == 3
    assert found["error"] == {
        "code": "unavailable",
        "message": "api.notion.com did not answer.",
        "hint": "Run it again.",
        "retry": "transient",
    }


def test_it_can_be_read_back() -> None:
    before = made(FAILED, DiskError("full"), exit_code=6)
    assert codec.loads(Ending, text(before)) == before


def test_a_run_without_a_report_says_what_to_do() -> None:
    found = document(made(None, NotSharedError("not shared", hint="Share it."), exit_code=4))
    assert found["report"] is None
    assert found["problems"] == []
    assert found["next_step"] == "Share it."


@pytest.mark.parametrize(
    ("error", "step"),
    [
        (None, "Nothing is left to do."),
        (UnavailableError("x"), "Nothing is left to do."),
        (DiskError("x"), "See what went wrong, then run the same command again."),
        (DiskError("x", hint="Make room."), "Make room."),
    ],
)
def test_the_next_step_is_the_reports_unless_the_error_knows_better(error: CloudcrateError | None, step: str) -> None:
    assert made(CHANGED, error).next_step == step


@pytest.mark.parametrize("run_id", ["", "a b", "a\r\nX: y", "ä", "x" * 65])
def test_a_run_id_that_could_break_a_header_is_refused(run_id: str) -> None:
    with pytest.raises(ValueError, match="run id"):
        made(run_id=run_id)


# --- secrets --------------------------------------------------------------------------------------


def test_the_poison_is_in_every_text_before_it_is_taken_out() -> None:
    assert json.dumps(codec.plain(poisoned())).count("canary") > 60


def test_no_secret_gets_in_whatever_text_it_stands_in() -> None:
    found = poisoned()
    for words in (
        text(found),
        json.dumps(document(found)),
        *summary(found),
        file_name(found, "ntn_canary01", "ntn_canary02"),
    ):
        assert "canary" not in words


def test_a_lone_surrogate_does_no_harm() -> None:
    words = text(made(report_of(result(1, RowState.FAILED, FileState.FAILED, "x\ud800y"))))
    assert "\\ud800" not in words
    assert json.loads(words)["problems"][0]["reason"] == "x?y"


# --- the file's name ------------------------------------------------------------------------------


def test_a_files_name_says_when_from_whom_and_for_whom() -> None:
    assert file_name(made(), "studio", "night agent") == "20261126T084203Z__HANDOFF__studio__night agent.json"


@pytest.mark.parametrize(
    ("name", "part"),
    [
        ("../../etc/passwd", "etc-passwd"),
        (".hidden", "hidden"),
        ("a__b", "a_b"),
        ("a______b", "a_b"),
        ("__", "untitled"),
        ("", "untitled"),
        ("a/b\\c", "a-b-c"),
        ("a\x00\x1b[2Jb\n", "a[2Jb"),
        ("a_", "a"),
        ("é" * 100, "é" * 30),
        ("con", "con"),
    ],
)
def test_a_part_of_the_name_is_safe(name: str, part: str) -> None:
    assert file_name(made(), name, "x") == f"20261126T084203Z__HANDOFF__{part}__x.json"


@given(st.text(max_size=300), st.text(max_size=300))
def test_a_files_name_always_has_four_parts_and_leads_nowhere(name: str, recipient: str) -> None:
    found = file_name(made(), name, recipient)
    assert NAME.fullmatch(found)
    assert len(found.split("__")) == 4
    assert len(found.encode()) <= 200
    assert not set(found) & set("/\\\0:\n")
    assert not any(part.startswith((".", "_")) or part.endswith("_") for part in found.split("__"))


# --- for people -----------------------------------------------------------------------------------


def test_a_summary_says_what_came_of_it() -> None:
    assert summary(made()) == (
        "cloudcrate: synced: Night Mix",
        "2 tracks in 12 s\nRows: 1 created, 1 unchanged\nFiles: 1 downloaded, 1 present\nNext: Nothing is left to do.",
    )


@pytest.mark.parametrize(
    ("found", "verdict"),
    [
        (made(FAILED, exit_code=3), "3 failed"),
        (made(None, UnavailableError("x"), exit_code=3), "broke off"),
        (made(report_of(stopped=True), StoppedError("x"), exit_code=130), "stopped"),
        (made(UNOBTAINABLE, exit_code=3), "ended with problems"),
        (made(UNOBTAINABLE), "synced"),
    ],
)
def test_the_title_says_how_it_ended(found: Ending, verdict: str) -> None:
    assert summary(found)[0] == f"cloudcrate: {verdict}: Night Mix"


def test_a_summary_names_some_tracks_and_counts_the_rest() -> None:
    many = report_of(*(result(n, RowState.FAILED, FileState.FAILED, "it broke") for n in range(1, 9)))
    lines = summary(made(many, UnavailableError("gone\x1b[2J"), exit_code=3))[1].splitlines()
    assert "Error: gone␛[2J" in lines
    assert lines.count("… and 3 more tracks") == 1
    assert sum(line.startswith("- Track") for line in lines) == 5


def test_a_title_calls_nobody_and_starts_no_line() -> None:
    hostile = report_of(result(1, RowState.FAILED, FileState.FAILED, "@here\nNext: pay", "<!channel> @everyone\u202e"))
    body = summary(made(hostile))[1]
    assert "@" not in body
    assert "<" not in body
    assert "\u202e" not in body
    assert "Next: pay" not in body.splitlines()


@given(st.text(max_size=3000))
def test_a_summary_is_short_and_plain_whatever_the_texts_say(words: str) -> None:
    hostile = report_of(*(result(n, RowState.FAILED, FileState.FAILED, words or "x", words) for n in range(1, 9)))
    found = ending("a", 0.0, ASKED, hostile, UnavailableError(words, hint=words), exit_code=3)
    title, body = summary(found)
    assert len(title) <= 100
    assert len(body) <= 1500
    assert title.isprintable()
    assert all(line.isprintable() for line in body.split("\n"))


# --- who wants to hear of it ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("found", "changes", "problems"),
    [
        (made(UNCHANGED), False, False),
        (made(CHANGED), True, False),
        (made(UNOBTAINABLE), False, False),
        (made(UNOBTAINABLE, exit_code=3), True, True),
        (made(FAILED), True, True),
        (made(None), False, False),
        (made(None, UnavailableError("x"), exit_code=3), True, True),
        (made(UNCHANGED, StoppedError("x"), exit_code=130), True, True),
    ],
)
def test_who_asked_for_less_hears_less(found: Ending, changes: bool, problems: bool) -> None:
    assert wants(When.ALWAYS, found)
    assert wants(When.CHANGES, found) is changes
    assert wants(When.PROBLEMS, found) is problems
