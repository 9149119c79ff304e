"""Every answer of Notion's error catalogue becomes the right error, with a hint."""

import json
from pathlib import Path
from typing import Any  # Any: JSON

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudcrate.adapters import patience
from cloudcrate.adapters.http import Reply
from cloudcrate.adapters.notion import refusals
from cloudcrate.core.text import visible
from cloudcrate.errors import (
    CloudcrateError,
    CredentialsError,
    NotSharedError,
    RefusedError,
    RejectedError,
    Retry,
    ThrottledError,
    UnavailableError,
)

NOW = 1_800_000_000.0
NOT_SHARED = 'Could not find database with ID: 1. Make sure it is shared with your integration "Crates".'


def refused(status: int, body: object, headers: dict[str, str] | None = None) -> CloudcrateError:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    reply = Reply(status=status, url="https://api.notion.com/v1/x", headers=headers or {}, body=raw, received=0)
    return refusals.refusal(refusals.read(reply, now=NOW))


def envelope(code: str, message: str = "No.", **details: object) -> dict[str, object]:
    more = {"additional_data": details} if details else {}
    return {"object": "error", "code": code, "message": message, **more}


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (400, envelope("validation_error"), RejectedError),
        (400, envelope("invalid_json"), RejectedError),
        (400, envelope("a_code_of_tomorrow"), RejectedError),
        (401, envelope("unauthorized"), CredentialsError),
        (403, envelope("restricted_resource"), CredentialsError),
        (403, envelope("restricted_resource", block_limit="block_creation"), RefusedError),
        (404, envelope("object_not_found", NOT_SHARED), NotSharedError),
        (409, envelope("conflict_error"), UnavailableError),
        (409, envelope("row_limit_exceeded"), RefusedError),
        (413, {"isNotionError": False, "name": "PayloadTooLargeError", "code": 413}, RejectedError),
        (418, envelope("teapot"), RejectedError),
        (429, envelope("rate_limited"), ThrottledError),
        (429, b"", ThrottledError),
        (429, envelope("rate_limited", rate_limit_reason="public_api_request_blocked"), CredentialsError),
        (500, envelope("internal_server_error"), UnavailableError),
        (502, b"<html>Bad Gateway</html>", UnavailableError),
        (503, envelope("service_unavailable"), UnavailableError),
        (504, envelope("gateway_timeout"), UnavailableError),
        (529, envelope("service_overload"), ThrottledError),
    ],
)
def test_status_and_code_decide_the_error(status: int, body: object, kind: type[CloudcrateError]) -> None:
    error = refused(status, body)
    assert type(error) is kind
    assert error.hint


@pytest.mark.parametrize("status", [301, 401, 403, 404, 407])
def test_what_a_proxy_answers_says_nothing_about_the_request(status: int) -> None:
    error = refused(status, b"<html>Sign in to the hotel's network</html>")
    assert type(error) is UnavailableError
    assert "hotel" not in error.message


def test_a_database_that_is_not_shared_names_the_integration_and_the_clicks() -> None:
    error = refused(404, envelope("object_not_found", NOT_SHARED))
    assert "“Crates”" in error.message
    assert "••• → Connections → add “Crates”" in error.hint
    assert "personal access token needs no sharing" in error.hint


def test_a_refused_value_is_named() -> None:
    error = refused(400, envelope("validation_error", "Invalid select option, commas not allowed: a, b"))
    assert "commas not allowed: a, b" in error.message


@pytest.mark.parametrize(
    ("header", "detail", "seconds"),
    [
        ("17", None, 17.0),
        (None, "9", 9.0),
        ("17", "9", 17.0),
        ("soon", "9", 9.0),
        (None, None, refusals.DEFAULT_WAIT),
        ("-4", None, 0.0),
        ("1e9", None, patience.LONGEST_WAIT),
        ("nan", None, refusals.DEFAULT_WAIT),
        ("Fri, 15 Jan 2027 08:00:30 GMT", None, 30.0),
    ],
)
def test_the_wait_is_what_the_service_asks_for(header: str | None, detail: str | None, seconds: float) -> None:
    body = envelope("rate_limited", **({"retry_after": detail} if detail else {}))
    error = refused(429, body, {"retry-after": header} if header else {})
    assert isinstance(error, ThrottledError)
    assert error.retry_after == seconds


def test_foreign_text_reaches_no_terminal() -> None:
    error = refused(400, envelope("validation_error", "\x1b[2Jgone\u202e" + "x" * 5000))
    assert "\x1b" not in str(error)
    assert "\u202e" not in str(error)
    assert len(str(error)) < 600


@given(
    st.integers(300, 599),
    st.binary(max_size=60)
    | st.recursive(
        st.none() | st.text(),
        lambda c: (
            st.lists(c)
            | st.dictionaries(st.sampled_from(["object", "code", "message", "additional_data", "retry_after"]), c)
        ),
    ).map(lambda v: json.dumps(v).encode()),
)
def test_no_answer_is_beyond_words(status: int, body: bytes) -> None:
    error = refused(status, body, {"retry-after": "1"})
    assert isinstance(error, CloudcrateError)
    assert error.message


MEANT = {
    "conflict_error": UnavailableError,
    "internal_server_error": UnavailableError,
    "bad_gateway": UnavailableError,
    "service_unavailable": UnavailableError,
    "gateway_timeout": UnavailableError,
    "invalid_json": RejectedError,
    "invalid_request_url": RefusedError,
    "missing_version": RefusedError,
    "object_not_found": NotSharedError,
    "rate_limited": ThrottledError,
    "restricted_resource": CredentialsError,
    "row_limit_exceeded": RefusedError,
    "service_overload": ThrottledError,
    "unauthorized": CredentialsError,
    "validation_error": RejectedError,
    "": RejectedError,  # 413, which is not Notion's envelope
}
"""What each code of the catalogue is to become, but for the two that their details turn into something else."""


def meant(entry: dict[str, Any]) -> type[CloudcrateError]:  # Any: JSON
    if "block_limit" in entry.get("additional_data", {}):
        return RefusedError
    if "find user" in entry.get("message", ""):
        return CredentialsError
    return MEANT[entry.get("code", "")]


def test_every_entry_of_the_catalogue_becomes_the_right_error_with_a_remedy(contracts: Path) -> None:
    catalogue = json.loads((contracts / "samples/notion/error_catalogue.json").read_text("utf-8"))["errors"]
    assert len(catalogue) > 30
    for entry in catalogue:
        body = entry.get("raw") or envelope(entry["code"], entry["message"], **entry.get("additional_data", {}))
        error = refused(entry["status"], body)
        assert type(error) is meant(entry), entry
        assert len(error.message) > 20, entry
        assert len(error.hint) > 20, entry
        assert "?" not in error.message, entry  # a message that nobody knows is not repeated
        raw = json.dumps(body)
        assert raw not in error.message
        assert not {'"object"', "isNotionError", "additional_data"} & set(error.message.split()), entry
        assert error.message == visible(error.message)
        assert not {"\u240a", "\n"} & set(error.message), entry  # one line, and no picture of a line break


def test_a_validation_error_says_what_to_do_about_it(contracts: Path) -> None:
    catalogue = json.loads((contracts / "samples/notion/error_catalogue.json").read_text("utf-8"))["errors"]
    remedies = {e["message"]: refused(400, envelope(e["code"], e["message"])).hint for e in catalogue if "code" in e}
    for words, remedy in (
        ("commas not allowed", "Take the comma out"),
        ("contain any data sources", "linked view"),
        ("multiple data sources", "id of the data source"),
        ("valid uuid", "copy the link again"),
        ("block that is archived", "trash"),
        ("formula", "Map the field to another column"),
        ("`2000`", "shorten it"),
        ("start_cursor provided", "Run the same command again"),
        ("not a property that exists", "renamed, removed or changed its type"),
        ("sort property", "renamed, removed or changed its type"),
        ("Invalid property value", "renamed, removed or changed its type"),
        ("Notion-Version header", "newest cloudcrate"),
        ("parsing JSON", "proxy"),
    ):
        found = [hint for message, hint in remedies.items() if words in message]
        assert found
        assert all(remedy in hint for hint in found), (words, found)


@pytest.mark.parametrize(
    ("words", "remedy"),
    [
        ("Your database schema has exceeded the maximum size. The largest property is Genre.", "too many options"),
        ("Created is a read-only property.", "Map the field to another column"),
        ("BPM is expected to be rollup.", "Map the field to another column"),
        ("BPM is expected to be number.", "renamed, removed or changed its type"),
        ("Invalid select option, commas not allowed: archived, gold", "Take the comma out"),
        ('Invalid status option. Status option "Done" does not exist.', "status column"),
    ],
)
def test_the_remedy_follows_from_the_words(words: str, remedy: str) -> None:
    error = refused(400, envelope("validation_error", words))
    assert words in error.message
    assert remedy in error.hint


def test_a_request_that_notion_does_not_understand_ends_the_run_and_asks_for_a_newer_cloudcrate() -> None:
    for code in ("missing_version", "invalid_request_url"):
        error = refused(400, envelope(code, "Some header failed."))
        assert error.retry is Retry.GUARD
        assert "newest cloudcrate" in error.hint


def test_a_limit_of_the_workspace_or_the_database_ends_the_run() -> None:
    for status, body in (
        (403, envelope("restricted_resource", "No.", block_limit="block_creation")),
        (409, envelope("row_limit_exceeded", "?")),
    ):
        error = refused(status, body)
        assert error.retry is Retry.GUARD
        assert error.exit_code == 5
    blocked = refused(429, envelope("rate_limited", rate_limit_reason="public_api_request_blocked"))
    assert blocked.retry is Retry.CREDENTIALS  # waiting does not help


def test_a_token_that_may_not_do_this_is_told_which_capabilities_it_needs() -> None:
    error = refused(403, envelope("restricted_resource", "Insufficient permissions for this endpoint."))
    assert "Insufficient permissions" in error.message
    assert "read, insert and update content" in error.hint
    assert "edit the database" in error.hint


def test_what_is_not_found_is_named_by_its_kind() -> None:
    for kind, shown in (("database", "this database"), ("data_source", "this data source"), ("page", "this page")):
        message = f'Could not find {kind} with ID: 1. Shared with your integration "Crates"?'
        assert shown in refused(404, envelope("object_not_found", message)).message


def test_recorded_errors_are_understood(contracts: Path) -> None:
    for entry in json.loads((contracts / "samples/notion/errors_recorded.json").read_text("utf-8")):
        response = entry["response"]
        error = refused(response["status"], response["body"])
        assert not isinstance(error, UnavailableError), response
