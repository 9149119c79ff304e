"""What doctor finds out about Notion before a run."""

import json

import httpx
import pytest
from notion_bench import Bench
from notion_fakes import ID, error, line, results

from cloudcrate.adapters.notion import examine
from cloudcrate.core.model import CatalogInfo
from cloudcrate.errors import CredentialsError, NotSharedError, UsageError

ME = {"object": "user", "name": "Crates", "bot": {"workspace_name": "Ada's"}}
FREE = {"workspace_limits": {"max_file_upload_size_in_bytes": 5_242_880}}
CATALOG = CatalogInfo(id=f"notion:{ID}", name="Music Tracks", fields=frozenset(), needs_playlist_page=False)
FORBIDDEN = error(403, "restricted_resource", "Insufficient permissions for this endpoint.")


def test_a_token_is_told_by_its_integration_and_workspace_in_one_request() -> None:
    at = line(lambda _: httpx.Response(200, json=ME))
    (check,) = examine.token(at.client)
    assert (check.name, check.state) == ("Notion token", "fine")
    assert "“Crates” of the workspace “Ada's”" in check.message
    assert at.wire.lines == ["GET users/me"]


def test_a_free_plan_is_noted_with_its_limit() -> None:
    me = {**ME, "bot": {"workspace_name": "Ada's", **FREE}}
    fine, note = examine.token(line(lambda _: httpx.Response(200, json=me)).client)
    assert (fine.state, note.state) == ("fine", "note")
    assert "“Ada's” looks like a free plan" in note.message
    assert "1,000 blocks" in note.message
    assert "personal access token" in note.message


def test_a_revoked_or_malformed_token_is_an_error() -> None:
    with pytest.raises(CredentialsError, match="wrong or was revoked"):
        examine.token(line(lambda _: error(401, "unauthorized", "API token is invalid.")).client)
    with pytest.raises(CredentialsError, match="characters that no token has"):
        examine.token(line(lambda _: httpx.Response(200, json=ME), token="two words").client)


def test_an_empty_table_does_not_tell_whether_rows_may_be_edited() -> None:
    at = line(lambda _: results())
    (check,) = examine.editing(at.client, CATALOG)
    assert check.state == "note"
    assert "before the first" in check.message
    assert at.wire.lines == [f"POST data_sources/{ID}/query"]


def test_the_newest_row_is_updated_with_nothing() -> None:
    bench = Bench()
    bench.fill(2)
    catalog = CatalogInfo(id=f"notion:{bench.source.id}", name="", fields=frozenset(), needs_playlist_page=False)
    before = json.dumps(bench.source.pages)
    (check,) = examine.editing(bench.at.client, catalog)
    assert check.state == "fine"
    assert json.dumps(bench.source.pages) == before
    asked = bench.at.wire.asked
    assert [r.method for r in asked] == ["POST", "PATCH"]
    assert json.loads(asked[0].content)["sorts"] == [{"timestamp": "created_time", "direction": "descending"}]
    assert json.loads(asked[1].content) == {"properties": {}}


@pytest.mark.parametrize(
    ("answer", "state", "words"),
    [
        (FORBIDDEN, "wrong", "Insufficient permissions"),
        (error(404, "object_not_found", "Could not find page."), "wrong", "may read rows and not edit them"),
        (error(400, "validation_error", "body.properties should be defined"), "note", "could not be found out"),
    ],
)
def test_a_refused_update_says_whether_it_is_the_right_to_edit_that_lacks(
    answer: httpx.Response, state: str, words: str
) -> None:
    def serve(request: httpx.Request) -> httpx.Response:
        if request.method == "PATCH":
            return httpx.Response(answer.status_code, content=answer.content)
        return results({"object": "page", "id": "1"})

    (check,) = examine.editing(line(serve).client, CATALOG)
    assert check.state == state
    assert words in check.message
    assert check.hint or state == "note"


def related(bench: Bench) -> CatalogInfo:
    return CatalogInfo(id=f"notion:{bench.source.id}", name="", fields=frozenset(), needs_playlist_page=True)


def test_a_playlists_database_that_a_column_leads_to_is_fine_by_whichever_id() -> None:
    bench = Bench(relation=True)
    for given in (bench.playlists.database_id, bench.playlists.id):
        (check,) = examine.playlists(bench.at.client, related(bench), given=given)
        assert check.state == "fine"
        assert "“Playlists”" in check.message


def test_a_playlists_database_that_no_column_leads_to_is_wrong() -> None:
    bench = Bench(relation=True)
    other = bench.notion.add("Other", bench.playlists.properties)
    (check,) = examine.playlists(bench.at.client, related(bench), given=other.database_id)
    assert check.state == "wrong"
    assert "leads to “Other”" in check.message
    assert "“Playlists” lead elsewhere" in check.message
    assert "add a relation" in check.hint
    plain = Bench()
    (check,) = examine.playlists(plain.at.client, related(plain), given=plain.playlists.database_id)
    assert "there is no relation" in check.message


def test_a_playlists_database_that_cannot_be_reached_is_an_error() -> None:
    bench = Bench(relation=True)
    with pytest.raises(NotSharedError, match="Crates"):
        examine.playlists(bench.at.client, related(bench), given="f" * 32)
    with pytest.raises(UsageError, match="no id in it"):
        examine.playlists(bench.at.client, related(bench), given="hello")
