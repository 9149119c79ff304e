"""Scenarios: JSON that says what the sandbox holds when it starts."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any  # Any: a scenario is JSON

from cloudcrate.sandbox.notion.service import ROOT_PAGE_ID, NotionService
from cloudcrate.sandbox.soundcloud.service import SoundCloudService
from cloudcrate.sandbox.soundcloud.world import World
from cloudcrate.sandbox.wire import Request, Service

TOKEN = "ntn_sandbox"  # noqa: S105 - opens nothing but a sandbox
NOTION_VERSION = "2026-03-11"
_SECTIONS = frozenset({"seed", "soundcloud", "notion", "latency", "bandwidth", "connect", "faults"})
_NOTION_BUDGETS = {"per_minute": 180, "workspace_per_minute": None, "window_anchor": "first"}
_NOTION_KNOBS = frozenset({"index_lag", "query_cap", "block_limit", "root_page"})
_SOUNDCLOUD_KNOBS = frozenset({"media_per_10_minutes", "oauth_tokens"})
_SEEDED_BEFORE = 3600.0  # seconds: rows that are there from the start leave the first budget window untouched
_KEYS = [f"{number}{letter}" for number in range(1, 13) for letter in "AB"]

MUSIC_TRACKS: Mapping[str, Any] = {  # Any: Notion's property schema
    "Name": {"title": {}},
    "Artist": {"rich_text": {}},
    "SoundCloud URL": {"url": {}},
    "SoundCloud ID": {"number": {"format": "number"}},
    "Playlists": {"multi_select": {"options": []}},
    "Downloaded": {"checkbox": {}},
    "BPM": {"number": {"format": "number"}},
    "Key": {"select": {"options": [{"name": key} for key in _KEYS]}},
    "Duration": {"number": {"format": "number"}},
    "Genre": {"select": {"options": []}},
    "File path": {"rich_text": {}},
    "Posted": {"date": {}},
    "Added": {"date": {}},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Database:
    """A Notion database of the sandbox, and its one data source."""

    title: str
    database_id: str
    data_source_id: str


def token_of(scenario: Mapping[str, Any]) -> str:  # Any: JSON
    """The Notion token that the scenario's sandbox accepts."""
    return str(scenario.get("notion", {}).get("token", TOKEN))


def root_page_of(scenario: Mapping[str, Any]) -> str:  # Any: JSON
    """The page that is shared with the token from the start."""
    return str(scenario.get("notion", {}).get("root_page", ROOT_PAGE_ID))


def furnish(scenario: Mapping[str, Any], now: float) -> tuple[dict[str, Service], list[Database]]:  # Any: JSON
    """Builds the services that ``scenario`` describes, with the databases that stand in Notion.

    Raises:
      ValueError: an unknown section or key, or a row that Notion refuses.
    """
    _refuse_unknown("the scenario", scenario, _SECTIONS)
    seed = int(scenario.get("seed", 0))
    notion, databases = _furnish_notion(scenario.get("notion", {}), seed, now)
    return {
        "notion": notion,
        "soundcloud": _furnish_soundcloud(scenario.get("soundcloud", {}), seed),
    }, databases


def _furnish_soundcloud(section: Mapping[str, Any], seed: int) -> SoundCloudService:  # Any: JSON
    knobs = {key: section[key] for key in _SOUNDCLOUD_KNOBS & section.keys()}
    world = {"seed": seed, **{key: value for key, value in section.items() if key not in _SOUNDCLOUD_KNOBS}}
    return SoundCloudService(World.from_dict(world), **knobs)


def _furnish_notion(
    section: Mapping[str, Any],  # Any: JSON
    seed: int,
    now: float,
) -> tuple[NotionService, list[Database]]:
    _refuse_unknown("notion", section, _NOTION_KNOBS | _NOTION_BUDGETS.keys() | {"token", "databases", "integration"})
    knobs = {key: section[key] for key in _NOTION_KNOBS & section.keys()}
    token = str(section.get("token", TOKEN))
    tokens = {token: str(section.get("integration", "cloudcrate sandbox"))}
    notion = NotionService(seed=seed, tokens=tokens, per_minute=None, **knobs)
    earlier = now - _SEEDED_BEFORE
    databases = []
    for wanted in section.get("databases", [{}]):
        _refuse_unknown("a database", wanted, {"title", "properties", "rows", "shared"})
        database = add_database(notion, wanted, earlier)
        databases.append(database)
        _add_rows(notion, database, wanted.get("rows", []), token, earlier)
    notion.set(**{name: section.get(name, default) for name, default in _NOTION_BUDGETS.items()})
    return notion, databases


def add_database(notion: NotionService, wanted: Mapping[str, Any], now: float) -> Database:  # Any: JSON
    """Adds a database: {"title", "properties", "shared"}, all optional (default: "Music Tracks", shared)."""
    title = str(wanted.get("title", "Music Tracks"))
    properties = wanted.get("properties", MUSIC_TRACKS)
    ids = notion.new_database(title, properties, now=now, shared=bool(wanted.get("shared", True)))
    return Database(title=title, database_id=ids[0], data_source_id=ids[1])


def _add_rows(
    notion: NotionService,
    database: Database,
    rows: Sequence[Mapping[str, Any]],  # Any: Notion's page properties
    token: str,
    now: float,
) -> None:
    for properties in rows:
        body = {
            "parent": {"type": "data_source_id", "data_source_id": database.data_source_id},
            "properties": properties,
        }
        request = Request(
            method="POST",
            host="api.notion.com",
            path="/v1/pages",
            headers={
                "authorization": f"Bearer {token}",
                "notion-version": NOTION_VERSION,
                "content-type": "application/json",
            },
            body=json.dumps(body).encode(),
        )
        response = notion.handle(request, now)
        if response.status != 200:
            raise ValueError(f"a row of {database.title!r} is refused: {response.body.decode('utf-8', 'replace')}")


def _refuse_unknown(where: str, section: Mapping[str, Any], known: frozenset[str] | set[str]) -> None:  # Any: JSON
    unknown = section.keys() - known
    if unknown:
        raise ValueError(f"{where} does not know {', '.join(sorted(unknown))}; it knows {', '.join(sorted(known))}")
