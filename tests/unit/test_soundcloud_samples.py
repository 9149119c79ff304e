"""Every recorded answer of SoundCloud's goes through the code that reads the live ones."""

import json
from pathlib import Path
from typing import Any  # Any: JSON

import pytest

from cloudcrate.adapters.soundcloud import shapes
from cloudcrate.core.model import Availability

TABLE = {
    "resolve_track_BLOCK_geo": Availability.BLOCKED,
    "resolve_track_SNIP_goplus": Availability.PREVIEW,
    "resolve_track_cc": Availability.FULL,
    "resolve_track_monetize_drm_aac_plus_legacy": Availability.PROTECTED,
    "resolve_track_simple": Availability.FULL,
}
"""Written by hand from what each recording's ``policy`` and ``transcodings`` say."""

BATCH = [Availability.FULL] * 15
LIKES = 20
STREAMS = {
    "resolve_track_cc": ["mp3_1_0 progressive", "mp3_1_0 hls"],
    "resolve_track_simple": ["mp3_0_0 progressive", "mp3_0_0 hls"],
    "resolve_track_BLOCK_geo": [],
    "resolve_track_SNIP_goplus": [],
}


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


def test_a_recorded_batch_is_read_whole(contracts: Path) -> None:
    tracks = [shapes.track(item) for item in sample(contracts, "tracks_batch_15ids")]
    assert [t.availability for t in tracks] == BATCH
    assert all(t.streams and t.artist and t.title for t in tracks)


def test_recorded_likes_hold_full_tracks(contracts: Path) -> None:
    items = sample(contracts, "user_likes_tracks_page1")["collection"]
    tracks = [shapes.track(item["track"]) for item in items if "track" in item]
    assert tracks
    assert all(t.artwork_url is None or t.artwork_url.endswith("-t500x500.jpg") for t in tracks)


def test_a_recorded_empty_page_goes_on(contracts: Path) -> None:
    page = sample(contracts, "user_tracks_empty_page_with_next")
    assert page["collection"] == []
    assert page["next_href"].startswith("https://api-v2.soundcloud.com/")


def test_the_recorded_homepage_carries_the_client_id(contracts: Path) -> None:
    from cloudcrate.adapters.soundcloud.client import client_id_of_page  # noqa: PLC0415

    page = (contracts / "samples" / "soundcloud" / "homepage_hydration_2026-02-21.html").read_text("utf-8")
    found = client_id_of_page(page)
    assert found is not None
    assert len(found) == 32
