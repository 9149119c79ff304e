"""The client's promises: budgets, retries, unknown outcomes, and nothing shown of the token."""

import json
import logging
from collections.abc import Mapping
from functools import partial

import httpx
import pytest
from memory import MemoryLedger, SimulatedClock
from notion_fakes import BUDGET, ID, TOKEN, Token, Wire, error, in_turn, line, results, row

from cloudcrate.adapters.http import Budget, Door
from cloudcrate.adapters.notion.client import NOTION_VERSION, SMALLEST_PAGE_SIZE, NotionClient
from cloudcrate.errors import (
    CloudcrateError,
    CredentialsError,
    NotSharedError,
    RefusedError,
    RejectedError,
    Retry,
    StoppedError,
    ThrottledError,
    UnavailableError,
    UnknownOutcomeError,
)

OK = httpx.Response(200, json={"object": "page", "id": ID})
BUSY = error(503, "service_unavailable", "Try a smaller page_size.")
LIMITED = error(429, "rate_limited", headers={"retry-after": "40"})


def test_every_request_is_pinned_to_one_version_and_counted() -> None:
    at = line(in_turn(OK))
    assert at.client.me()["id"] == ID
    request = at.wire.asked[0]
    assert str(request.url) == "https://api.notion.com/v1/users/me"
    assert request.headers["notion-version"] == NOTION_VERSION == "2026-03-11"
    assert request.headers["authorization"] == f"Bearer {TOKEN}"
    assert at.budgets.taken == 1


@pytest.mark.parametrize(
    "trouble", [BUSY, error(502, ""), LIMITED, httpx.ReadTimeout("slow"), httpx.ConnectError("no route")]
)
def test_reads_and_updates_are_repeated(trouble: httpx.Response | Exception) -> None:
    assert line(in_turn(trouble, trouble, OK)).client.page(ID)["id"] == ID
    assert line(in_turn(trouble, OK)).client.update_page(ID, {"properties": {}})["id"] == ID
    at = line(in_turn(trouble, results(row(ID))))
    assert [len(answer.rows) for answer in at.client.query(ID)] == [1]


def test_a_conflict_is_repeated_for_updates() -> None:
    at = line(in_turn(error(409, "conflict_error"), OK))
    at.client.update_page(ID, {"properties": {}})
    assert at.wire.lines == [f"PATCH pages/{ID}"] * 2


def test_a_read_whose_answer_never_comes_is_unavailable_not_unknown() -> None:
    at = line(in_turn(httpx.ReadTimeout("slow")))
    with pytest.raises(UnavailableError) as caught:
        at.client.page(ID)
    assert not isinstance(caught.value, UnknownOutcomeError)
    assert len(at.wire.asked) > 1


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (error(400, "validation_error"), RejectedError),
        (error(401, "unauthorized"), CredentialsError),
        (error(403, "restricted_resource"), CredentialsError),
        (error(404, "object_not_found"), NotSharedError),
        (
            error(429, "rate_limited", details={"rate_limit_reason": "public_api_request_blocked"}),
            CredentialsError,
        ),
    ],
)
def test_what_repeating_cannot_change_is_asked_once(answer: httpx.Response, kind: type[CloudcrateError]) -> None:
    at = line(in_turn(answer))
    with pytest.raises(kind):
        at.client.page(ID)
    assert len(at.wire.asked) == 1


@pytest.mark.parametrize("status", [429, 529])
def test_a_spent_budget_parks_everybody(status: int) -> None:
    at = line(in_turn(error(status, "rate_limited", headers={"retry-after": "40"}), OK))
    began = at.clock.now()
    with pytest.raises(ThrottledError) as caught:
        at.client.create_page({})
    assert caught.value.retry_after == 40
    assert 40 <= at.budgets.parked[BUDGET.name] - began <= 40.25
    at.client.page(ID)
    assert at.clock.now() - began >= 40


@pytest.mark.parametrize(
    ("status", "details", "own"),
    [
        (429, {"rate_limit_reason": "public_api_request_rate_limit"}, True),
        (429, {}, True),
        (429, {"rate_limit_reason": "public_api_space_request_rate_limit"}, False),
        (429, {"rate_limit_reason": "public_api_endpoint_rate_limit"}, False),
        (529, {}, False),
    ],
)
def test_only_a_spent_budget_of_the_token_itself_teaches_how_large_it_is(
    status: int, details: Mapping[str, object], *, own: bool
) -> None:
    clock, budget = SimulatedClock(), Budget(name="b", limit=2, window=60.0, most=6)
    ledger = MemoryLedger(clock)
    wire = Wire(in_turn(*[OK] * 4, error(status, "rate_limited", details=details, headers={"retry-after": "60"}), OK))
    door = Door(clock=clock, budgets=ledger, notes=ledger, transport=wire)
    client = NotionClient(door, Token(), budget=budget)
    for _ in range(5):
        client.me()
    assert [json.loads(note)["limit"] for note in [ledger.note("pace:b")] if note] == [2] * own
    assert len(wire.asked) == 6


def test_a_blocked_token_ends_the_run_and_is_never_waited_for() -> None:
    blocked = error(
        429, "rate_limited", "No.", {"rate_limit_reason": "public_api_request_blocked"}, {"retry-after": "9"}
    )
    for number in range(3):
        at = line(in_turn(blocked))
        call = (at.client.me, partial(at.client.create_page, {}), partial(at.client.update_page, ID, {}))[number]
        began, asked = at.clock.now(), len(at.wire.asked)
        with pytest.raises(CredentialsError, match="Notion has blocked this token") as caught:
            call()
        assert (caught.value.exit_code, caught.value.retry) == (4, Retry.CREDENTIALS)
        assert "another token" in caught.value.hint
        assert (at.clock.now(), len(at.wire.asked), at.budgets.parked) == (began, asked + 1, {})


def test_a_stop_ends_the_waiting() -> None:
    at = line(in_turn(LIMITED))
    at.clock.stopped = True
    with pytest.raises(StoppedError):
        at.client.page(ID)


@pytest.mark.parametrize(
    "answer",
    [
        error(500, "internal_server_error"),
        httpx.Response(502, content=b"<html>Bad Gateway</html>"),
        error(503, "service_unavailable"),
        error(504, "gateway_timeout"),
        httpx.Response(200, content=b"<html>welcome</html>"),
        httpx.Response(200, content=b'{"object": "pa'),
        httpx.Response(200, json=[]),
        httpx.Response(200, json={"object": "page"}),
        httpx.Response(302, headers={"location": "https://api.notion.com/v1/pages"}),
        httpx.ReadTimeout("slow"),
        httpx.RemoteProtocolError("closed"),
        httpx.ReadError("reset"),
    ],
)
def test_a_create_without_a_clear_answer_is_unknown_and_never_repeated(
    answer: httpx.Response | Exception,
) -> None:
    at = line(in_turn(answer))
    with pytest.raises(UnknownOutcomeError) as caught:
        at.client.create_page({"parent": {}})
    assert caught.value.committed_id is None
    assert at.wire.lines == ["POST pages"]


def test_a_create_that_was_saved_but_not_answered_gives_its_page() -> None:
    saved = error(503, "service_unavailable", "The change was saved.", {"committed_resource_id": ID})
    at = line(in_turn(saved))
    with pytest.raises(UnknownOutcomeError) as caught:
        at.client.create_page({})
    assert caught.value.committed_id == ID
    assert len(at.wire.asked) == 1


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (error(400, "validation_error"), RejectedError),
        (error(401, "unauthorized"), CredentialsError),
        (error(403, "restricted_resource", details={"block_limit": "block_creation"}), RefusedError),
        (error(404, "object_not_found"), NotSharedError),
        (error(409, "conflict_error"), UnavailableError),
        (httpx.Response(413, json={"isNotionError": False}), RejectedError),
        (LIMITED, ThrottledError),
        (error(529, "service_overload"), ThrottledError),
        (httpx.ConnectError("no route"), UnavailableError),
    ],
)
def test_a_create_that_is_known_not_to_have_happened_says_so(
    answer: httpx.Response | Exception, kind: type[CloudcrateError]
) -> None:
    at = line(in_turn(answer))
    with pytest.raises(kind) as caught:
        at.client.create_page({})
    assert not isinstance(caught.value, UnknownOutcomeError)
    assert len(at.wire.asked) == 1


def test_a_query_follows_its_cursors_and_names_its_columns() -> None:
    at = line(in_turn(results(row("a"), {"object": "data_source"}, cursor="s:1"), results(row("b"))))
    answers = list(at.client.query(ID, where={"or": []}, sorts=[{"property": "x"}], properties=("]Vh=", "title")))
    assert [[r["id"] for r in answer.rows] for answer in answers] == [["a"], ["b"]]
    assert [answer.more for answer in answers] == [True, False]
    first, second = at.wire.bodies()
    assert first == {"page_size": 100, "result_type": "page", "sorts": [{"property": "x"}]} | {
        k: first[k] for k in first if k == "filter"
    }
    assert second["start_cursor"] == "s:1"
    assert at.wire.asked[0].url.params.get_list("filter_properties") == ["]Vh=", "title"]


def test_a_query_that_takes_too_long_is_asked_for_smaller_pages() -> None:
    at = line(in_turn(*[BUSY] * 4, httpx.ReadTimeout("slow"), results(row(ID), cursor="c"), results()))
    assert sum(len(answer.rows) for answer in at.client.query(ID)) == 1
    sizes = [body["page_size"] for body in at.wire.bodies()]
    assert sizes == [100, 50, 25, 12, SMALLEST_PAGE_SIZE, SMALLEST_PAGE_SIZE, SMALLEST_PAGE_SIZE]


def test_an_answer_cut_at_the_cap_says_so() -> None:
    cut = {"type": "incomplete", "incomplete_reason": "query_result_limit_reached"}
    at = line(in_turn(results(row(ID), request_status=cut)))
    assert [answer.incomplete for answer in at.client.query(ID)] == [True]
    assert [answer.incomplete for answer in line(in_turn(results())).client.query(ID)] == [False]


@pytest.mark.parametrize(
    "body",
    [
        {"results": [], "has_more": True, "next_cursor": None},
        {"has_more": False},
        {"results": "none", "has_more": False},
        [],
    ],
)
def test_a_list_without_sense_proves_nothing(body: object) -> None:
    with pytest.raises(UnavailableError):
        list(line(in_turn(httpx.Response(200, json=body))).client.query(ID))


def test_a_cursor_that_leads_to_itself_ends() -> None:
    with pytest.raises(UnavailableError, match="leads nowhere"):
        list(line(in_turn(results(row(ID), cursor="same"))).client.query(ID))


def test_a_long_relation_is_read_whole() -> None:
    def item(page_id: str) -> dict[str, object]:
        return {"object": "property_item", "type": "relation", "relation": {"id": page_id}}

    at = line(in_turn(results(item("a"), item("b"), cursor="c"), results(item("d"))))
    assert at.client.related(ID, "QJ}^") == ("a", "b", "d")
    assert at.wire.asked[0].url.raw_path.decode() == f"/v1/pages/{ID}/properties/QJ%7D%5E?page_size=100"


@pytest.mark.parametrize("token", ["", "  ", "ntn_a\r\nx-evil: 1", "ntn_é", "two words"])
def test_what_is_no_token_is_never_sent(token: str) -> None:
    at = line(in_turn(OK), token)
    with pytest.raises(CredentialsError) as caught:
        at.client.me()
    assert at.wire.asked == []
    assert "evil" not in str(caught.value)


def test_the_token_shows_nowhere(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    said = [repr(line(in_turn(OK)).client)]
    for answer in (error(401, "unauthorized"), httpx.ReadTimeout("slow"), httpx.Response(200, content=b"<")):
        at = line(in_turn(answer))
        for call in (at.client.me, partial(at.client.create_page, {})):
            with pytest.raises(CloudcrateError) as caught:
                call()
            said += [str(caught.value), repr(caught.value), caught.value.hint]
    assert TOKEN not in json.dumps(said) + caplog.text


def test_a_path_holds_no_surprise() -> None:
    at = line(in_turn(OK))
    at.client.page("../users?x=#1")
    assert at.wire.asked[0].url.raw_path == b"/v1/pages/..%2Fusers%3Fx%3D%231"
