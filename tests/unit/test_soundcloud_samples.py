"""Every recorded answer of SoundCloud's goes through the code that reads the live ones."""

import json
from pathlib import Path
from typing import Any  # Any: JSON

import pytest

from cloudcrate.adapters.http import MEDIA_HOSTS
from cloudcrate.adapters.soundcloud import shapes
from cloudcrate.adapters.soundcloud.client import client_id_of_page
from cloudcrate.core.model import Availability

TABLE = {
    "resolve_track_BLOCK_geo": Availability.BLOCKED,
    "resolve_track_SNIP_goplus": Availability.PREVIEW,
    "resolve_track_cc": Availability.FULL,
    "resolve_track_monetize_drm_aac_plus_legacy": Availability.PROTECTED,
    "resolve_track_simple": Availability.FULL,
}
"""Written by hand from what each recording's ``policy`` and ``transcodings`` say."""

LISTS = {
    "tracks_batch_15ids": 15,
    "user_likes_tracks_page1": 19,
    "playlist_451_compact_5full_446stubs": 5,
}
"""Recordings of several tracks, and how many stand there with metadata: all of them list clear AAC."""

STREAMS = {
    "resolve_track_cc": ["mp3_1_0 progressive", "mp3_1_0 hls", "opus_0_0 hls"],
    "resolve_track_simple": ["mp3_0_0 progressive", "mp3_0_0 hls"],
    "resolve_track_BLOCK_geo": [],
    "resolve_track_SNIP_goplus": [],
    "resolve_track_monetize_drm_aac_plus_legacy": ["mp3_1_0 progressive", "mp3_1_0 hls", "opus_0_0 hls"],
}
"""The clear ones beside encrypted ones are listed though they are not counted on."""


def sample(contracts: Path, name: str) -> Any:  # Any: JSON
    return json.loads((contracts / "samples" / "soundcloud" / f"{name}.json").read_text("utf-8"))


def test_every_sample_of_a_track_is_in_the_table(contracts: Path) -> None:
    folder = contracts / "samples" / "soundcloud"
    names = {p.stem for p in folder.glob("resolve_track_*.json") if not p.stem.endswith(".meta")}
    assert names == set(TABLE)


@pytest.mark.parametrize("name", TABLE)
def test_a_recorded_track_has_the_availability_that_was_judged_by_hand(contracts: Path, name: str) -> None:
    track = shapes.track(sample(contracts, name))
    assert track.availability is TABLE[name]
    assert track.duration_ms > 30_000 or track.availability is Availability.FULL
    assert track.url.startswith("https://soundcloud.com/")
    assert "?" not in track.url


@pytest.mark.parametrize("name", STREAMS)
def test_the_clear_streams_of_a_recorded_track_stand_in_order(contracts: Path, name: str) -> None:
    track = shapes.track(sample(contracts, name))
    assert [f"{s.preset} {s.protocol.value}" for s in track.streams] == STREAMS[name]


def test_the_recorded_set_of_451_gives_451_positions_in_order(contracts: Path) -> None:
    found = sample(contracts, "playlist_451_compact_5full_446stubs")
    entries = shapes.entries(found)
    ids = tuple(map(shapes.track_id, entries))
    assert len(ids) == 451 == found["track_count"]
    assert list(ids) == [entry["id"] for entry in found["tracks"]]
    assert sum(not shapes.is_stub(entry) for entry in entries) == 5
    assert shapes.playlist(found, ids).entries == ids
    assert all(shapes.track(entry).id for entry in entries[:5])


def items(found: Any) -> list[Any]:  # Any: JSON
    """The tracks with metadata of a recorded list."""
    listed = found if isinstance(found, list) else found.get("collection") or found.get("tracks")
    held = [item.get("track", item) for item in listed]
    return [item for item in held if not shapes.is_stub(item)]


@pytest.mark.parametrize("name", LISTS)
def test_every_track_of_a_recorded_list_is_read_whole(contracts: Path, name: str) -> None:
    tracks = [shapes.track(item) for item in items(sample(contracts, name))]
    assert [t.availability for t in tracks] == [Availability.FULL] * LISTS[name]
    assert all(t.streams[0].preset == "aac_160k" for t in tracks)
    assert all(t.artist and t.title and t.authorization for t in tracks)
    assert all(t.artwork_url is None or t.artwork_url.endswith("-t500x500.jpg") for t in tracks)


def test_a_recorded_empty_page_goes_on(contracts: Path) -> None:
    page = sample(contracts, "user_tracks_empty_page_with_next")
    assert page["collection"] == []
    assert page["next_href"].startswith("https://api-v2.soundcloud.com/")


def test_the_recorded_homepage_carries_the_client_id(contracts: Path) -> None:
    page = (contracts / "samples" / "soundcloud" / "homepage_hydration_2026-02-21.html").read_text("utf-8")
    found = client_id_of_page(page)
    assert found is not None
    assert len(found) == 32


@pytest.mark.parametrize("name", ["media_progressive_mp3", "media_hls_mp3", "media_hls_opus"])
def test_a_recorded_signed_link_leads_where_audio_may_come_from(contracts: Path, name: str) -> None:
    assert MEDIA_HOSTS.allows(sample(contracts, name)["url"])
