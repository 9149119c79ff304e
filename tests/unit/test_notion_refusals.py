"""Every answer of Notion's error catalogue becomes the right error, with a hint."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudcrate.adapters.http import Reply
from cloudcrate.adapters.notion import refusals
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
        ("1e9", None, refusals.LONGEST_WAIT),
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


def test_the_whole_catalogue_is_understood(contracts: Path) -> None:
    catalogue = json.loads((contracts / "samples/notion/error_catalogue.json").read_text("utf-8"))["errors"]
    assert len(catalogue) > 30
    for entry in catalogue:
        body = entry.get("raw") or envelope(entry["code"], entry["message"], **entry.get("additional_data", {}))
        error = refused(entry["status"], body)
        expected = {401: Retry.CREDENTIALS, 404: Retry.CREDENTIALS, 429: Retry.QUOTA, 529: Retry.QUOTA}
        transient = entry["status"] >= 500 or entry.get("code") == "conflict_error"
        fallback = Retry.TRANSIENT if transient else error.retry
        assert error.retry is expected.get(entry["status"], fallback), entry


def test_recorded_errors_are_understood(contracts: Path) -> None:
    for entry in json.loads((contracts / "samples/notion/errors_recorded.json").read_text("utf-8")):
        response = entry["response"]
        error = refused(response["status"], response["body"])
        assert not isinstance(error, UnavailableError), response
