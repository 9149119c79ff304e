"""The stock notion-client package creates, queries and pages through the sandbox, by the real host name."""

import ssl
from collections.abc import Iterator
from typing import Any  # Any: the package's answers are untyped JSON

import httpx
import pytest
from notion_client import APIResponseError, Client
from sandboxes import running_sandbox

from cloudcrate.sandbox.process import Sandbox


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with running_sandbox({"notion": {"per_minute": 10_000}}) as running:
        yield running


@pytest.fixture
def client(sandbox: Sandbox) -> Iterator[Client]:
    trust = ssl.create_default_context(cafile=str(sandbox.ca_file))
    with httpx.Client(proxy=sandbox.proxy_url, verify=trust) as connection:
        yield Client(auth=sandbox.token, client=connection, notion_version="2026-03-11")


def title(text: str) -> dict[str, Any]:  # Any: as above
    return {"title": [{"text": {"content": text}}]}


def test_it_creates_queries_and_pages(sandbox: Sandbox, client: Client) -> None:
    made: Any = client.databases.create(  # Any: as above
        parent={"type": "page_id", "page_id": sandbox.root_page},
        title=[{"text": {"content": "Songs"}}],
        initial_data_source={"properties": {"Song": {"title": {}}, "Number": {"number": {}}}},
    )
    source = made["data_sources"][0]["id"]
    for number in range(110):
        client.pages.create(
            parent={"data_source_id": source},
            properties={"Song": title(f"Song {number}"), "Number": {"number": number}},
        )
    sorts = [{"property": "Number", "direction": "ascending"}]
    first: Any = client.data_sources.query(data_source_id=source, sorts=sorts)  # Any: as above
    rest: Any = client.data_sources.query(data_source_id=source, sorts=sorts, start_cursor=first["next_cursor"])  # Any
    rows = [*first["results"], *rest["results"]]
    assert [row["properties"]["Number"]["number"] for row in rows] == list(range(110))
    assert first["has_more"] is True
    assert rest["has_more"] is False
    found: Any = client.data_sources.query(  # Any: as above
        data_source_id=source, filter={"property": "Number", "number": {"equals": 42}}
    )
    assert [row["properties"]["Song"]["title"][0]["plain_text"] for row in found["results"]] == ["Song 42"]
    page = found["results"][0]["id"]
    client.pages.update(page_id=page, in_trash=True)
    gone: Any = client.data_sources.query(  # Any: as above
        data_source_id=source, filter={"property": "Number", "number": {"equals": 42}}
    )
    assert gone["results"] == []


def test_it_meets_the_real_refusals(sandbox: Sandbox, client: Client) -> None:
    with pytest.raises(APIResponseError, match="Could not find page with ID"):
        client.pages.retrieve(page_id="11111111-1111-4111-8111-111111111111")
    with pytest.raises(APIResponseError, match="is not a property that exists"):
        client.pages.create(parent={"data_source_id": sandbox.data_source_id}, properties={"Nowhere": {"number": 1}})
