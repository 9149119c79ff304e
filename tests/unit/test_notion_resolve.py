"""From a link to the one data source that is meant."""

import httpx
import pytest
from notion_fakes import ID, Answer, error, line

from cloudcrate.adapters.notion import resolve
from cloudcrate.errors import CredentialsError, NotSharedError, RefusedError, UsageError

SOURCE = "dd713f3e-c074-4523-a172-4b0419fc4768"
NOT_FOUND = error(404, "object_not_found", 'Could not find it. Shared with your integration "Crates"?')
TITLE = [{"plain_text": "Music "}, {"plain_text": "Tracks"}]


def ok(**body: object) -> httpx.Response:
    return httpx.Response(200, json=body)


def serve(**answers: httpx.Response) -> Answer:
    """Answers by the kind of thing asked for; what is not given is not found."""

    def answer(request: httpx.Request) -> httpx.Response:
        kind = request.url.path.split("/")[2]
        given = answers.get(kind, NOT_FOUND)
        return httpx.Response(given.status_code, content=given.content)

    return answer


def container(*sources: str, **more: object) -> httpx.Response:
    listed = [{"id": source, "name": f"Source {n}"} for n, source in enumerate(sources)]
    return ok(object="database", id=ID, title=TITLE, data_sources=listed, **more)


def source(**more: object) -> httpx.Response:
    return ok(object="data_source", id=SOURCE, title=TITLE, parent={"database_id": ID}, **more)


def test_a_database_leads_to_its_only_data_source_in_two_requests() -> None:
    at = line(serve(databases=container(SOURCE), data_sources=source()))
    assert resolve.data_source(at.client, ID)["id"] == SOURCE
    assert at.wire.lines == [f"GET databases/{ID}", f"GET data_sources/{SOURCE}"]


def test_a_known_data_source_costs_one_request() -> None:
    at = line(serve(databases=container(SOURCE), data_sources=source()))
    assert resolve.data_source(at.client, ID, known=SOURCE)["id"] == SOURCE
    assert at.wire.lines == [f"GET data_sources/{SOURCE}"]


def test_a_known_data_source_of_another_database_is_not_used() -> None:
    other = "f" * 32
    at = line(serve(databases=container(SOURCE), data_sources=source()))
    resolve.data_source(at.client, other, known=SOURCE)
    assert at.wire.lines[1].startswith("GET databases/ffff")


def test_a_known_data_source_that_is_gone_is_found_anew() -> None:
    gone = "0" * 32

    def answer(request: httpx.Request) -> httpx.Response:
        if "00000000" in request.url.path:
            return NOT_FOUND
        return container(SOURCE) if "databases" in request.url.path else source()

    assert resolve.data_source(line(answer).client, ID, known=gone)["id"] == SOURCE
    assert resolve.data_source(line(answer).client, ID, known="damaged")["id"] == SOURCE


def test_the_id_of_a_data_source_will_do() -> None:
    at = line(serve(data_sources=source()))
    assert resolve.data_source(at.client, SOURCE)["id"] == SOURCE


def test_several_data_sources_are_never_chosen_from() -> None:
    at = line(serve(databases=container(SOURCE, "f" * 32)))
    with pytest.raises(UsageError, match="has 2 data sources") as caught:
        resolve.data_source(at.client, ID)
    assert f"Source 0: {SOURCE}; Source 1: {'f' * 32}" in caught.value.hint
    assert len(at.wire.asked) == 1


def test_a_page_is_not_a_database() -> None:
    wording = error(400, "validation_error", "Provided ID is a page, not a database.")
    for first in (NOT_FOUND, wording):
        at = line(serve(databases=first, pages=ok(object="page", id=ID)))
        with pytest.raises(UsageError, match="leads to a Notion page, not to a database"):
            resolve.data_source(at.client, ID)


def test_what_the_integration_may_not_see_is_not_shared() -> None:
    with pytest.raises(NotSharedError, match="Crates"):
        resolve.data_source(line(serve()).client, ID)


def test_what_is_not_shared_says_whose_token_it_is_for_the_link_may_belong_to_another_workspace() -> None:
    me = ok(object="user", name="Crates\x1b[2J", bot={"workspace_name": "Ada's " + "x" * 300})
    at = line(serve(users=me))
    with pytest.raises(NotSharedError) as caught:
        resolve.data_source(at.client, ID)
    assert "does not show this to “Crates”" in caught.value.message
    assert "The token belongs to the integration “Crates" in caught.value.message
    assert "of the workspace “Ada's xxx" in caught.value.message
    assert "another workspace" in caught.value.hint
    assert "••• → Connections" in caught.value.hint
    assert "\x1b" not in caught.value.message
    assert len(caught.value.message) < 400
    assert at.wire.lines.count("GET users/me") == 1


@pytest.mark.parametrize(
    "me", [error(403, "restricted_resource"), error(500, "internal_server_error"), ok(object="user"), ok(bot="?")]
)
def test_what_is_not_shared_is_said_though_nobody_knows_whose_token_it_is(me: httpx.Response) -> None:
    with pytest.raises(NotSharedError, match="does not show this to “Crates”") as caught:
        resolve.data_source(line(serve(users=me)).client, ID)
    assert "token belongs" not in caught.value.message
    assert "Connections" in caught.value.hint


def test_nobody_is_asked_whose_token_it_is_when_the_database_is_found() -> None:
    at = line(serve(databases=container(SOURCE), data_sources=source(), users=ok(name="Crates")))
    resolve.data_source(at.client, ID)
    assert "GET users/me" not in at.wire.lines


def test_the_size_of_uploads_tells_a_free_plan() -> None:
    def limits(largest: object) -> dict[str, object]:
        return {"name": "Crates", "bot": {"workspace_limits": {"max_file_upload_size_in_bytes": largest}}}

    assert resolve.read_owner(limits(5 * 1024 * 1024)).looks_free
    assert not resolve.read_owner(limits(5 * 1024**3)).looks_free
    assert not resolve.read_owner({"bot": {"workspace_limits": None}}).looks_free
    assert resolve.read_owner({"bot": {"workspace_name": "Ada's"}}).shown == "the workspace “Ada's”"


def test_a_page_is_named_and_a_row_leads_to_its_database() -> None:
    home = "11111111-2222-4333-8444-555555555555"
    named = {"Name": {"type": "title", "title": [{"plain_text": "Night bus"}]}}
    at = line(serve(pages=ok(object="page", id=ID, properties=named, parent={"database_id": home})))
    with pytest.raises(UsageError, match="not to a database: “Night bus”") as caught:
        resolve.data_source(at.client, ID)
    assert home in caught.value.message


def test_a_linked_view_that_notion_refuses_is_told_from_a_wrong_id() -> None:
    words = f"Database with ID {ID} does not contain any data sources accessible by this API bot."
    at = line(serve(databases=error(400, "validation_error", words)))
    with pytest.raises(UsageError, match="no data source") as caught:
        resolve.data_source(at.client, ID)
    assert "linked view" in caught.value.hint
    assert len(at.wire.asked) == 1


def test_a_version_that_notion_has_dropped_is_not_taken_for_a_wrong_link() -> None:
    at = line(serve(databases=error(400, "missing_version", "Notion-Version header failed validation.")))
    with pytest.raises(RefusedError, match="does not understand cloudcrate"):
        resolve.data_source(at.client, ID)


def test_an_id_that_notion_refuses_is_a_usage_error() -> None:
    invalid = error(400, "validation_error", "path failed validation: should be a valid uuid")
    at = line(serve(databases=invalid, data_sources=invalid, pages=invalid))
    with pytest.raises(UsageError, match="knows no database"):
        resolve.data_source(at.client, ID)
    at = line(serve(databases=invalid))
    with pytest.raises(UsageError, match="knows no database"):
        resolve.data_source(at.client, ID)


@pytest.mark.parametrize(
    "answers",
    [
        {"databases": container(SOURCE, in_trash=True)},
        {"databases": container(SOURCE), "data_sources": source(in_trash=True)},
    ],
)
def test_a_database_in_the_trash_is_not_used(answers: dict[str, httpx.Response]) -> None:
    with pytest.raises(UsageError, match="“Music Tracks” is in the trash"):
        resolve.data_source(line(serve(**answers)).client, ID)


def test_a_linked_view_has_no_data_source() -> None:
    with pytest.raises(UsageError, match="no data source") as caught:
        resolve.data_source(line(serve(databases=container())).client, ID)
    assert "linked view" in caught.value.hint


def test_a_wrong_token_is_said_at_once() -> None:
    at = line(serve(databases=error(401, "unauthorized", "API token is invalid.")))
    with pytest.raises(CredentialsError, match="wrong or was revoked"):
        resolve.data_source(at.client, ID)
    assert len(at.wire.asked) == 1
