"""What yt-dlp says of tracks and playlists, read as ours."""

import subprocess
import sys
from collections.abc import Mapping
from typing import Any  # Any: yt-dlp's values are untyped

import pytest

from cloudcrate.adapters import soundcloud_ytdlp_info as info
from cloudcrate.core.link import Link, LinkKind
from cloudcrate.core.model import Availability, TrackId
from cloudcrate.errors import UnavailableError

SET = Link(kind=LinkKind.SET, url="https://soundcloud.com/ada/sets/mix")


def track(*formats: str, **more: object) -> dict[str, Any]:  # Any: as above
    """A track as yt-dlp gives it."""
    return {
        "id": "3000000000",
        "title": "Song",
        "uploader": "Ada",
        "artists": ["Grace"],
        "webpage_url": "https://soundcloud.com/ada/song",
        "duration": 180.0,
        "formats": [{"format_id": name, "url": "https://x"} for name in formats],
        **more,
    }


def test_metadata_is_read() -> None:
    found = info.track(
        track(
            "http_mp3_1_0",
            genres=["House"],
            tags=["a", "b c"],
            timestamp=1768076748,
            release_timestamp=1769731200,
            thumbnails=[{"url": "https://i1.sndcdn.com/artworks-x-t500x500.jpg"}],
        ),
        None,
    )
    assert (found.id, found.title, found.artist, found.uploader) == (3_000_000_000, "Song", "Grace", "Ada")
    assert (found.duration_ms, found.genre, found.tags) == (180_000, "House", ("a", "b c"))
    assert (found.posted, found.released) == ("2026-01-10", "2026-01-30")
    assert found.artwork_url == "https://i1.sndcdn.com/artworks-x-t500x500.jpg"
    assert info.track(track(artists=None), None).artist == "Ada"


def test_streams_stand_best_first_and_say_that_they_are_yt_dlps() -> None:
    found = info.track(track("hls_opus_0_0", "hls_mp3_1_0", "http_mp3_1_0", "hls_aac_160k"), None)
    assert [f"{s.preset} {s.protocol.value}" for s in found.streams] == ["aac_160k hls", "mp3 progressive", "mp3 hls"]
    assert {s.url for s in found.streams} == {"yt-dlp:3000000000"}


@pytest.mark.parametrize(
    ("formats", "verdict", "expected"),
    [
        (["http_mp3_1_0"], None, Availability.FULL),
        (["http_mp3_0_0_preview", "hls_mp3_0_0_preview"], None, Availability.PREVIEW),
        (["http_mp3_0_0_preview", "http_mp3_1_0"], None, Availability.FULL),
        ([], Availability.PROTECTED, Availability.PROTECTED),
        ([], Availability.BLOCKED, Availability.BLOCKED),
        ([], None, Availability.PROTECTED),
        (["hls_opus_0_0"], None, Availability.PROTECTED),
    ],
)
def test_what_can_be_had_follows_from_formats_and_verdict(
    formats: list[str], verdict: Availability | None, expected: Availability
) -> None:
    found = track(*formats)
    assert info.track({**found, "verdict": verdict or info.verdict(found)}, None).availability is expected


def test_a_private_link_loses_its_token_and_the_track_keeps_it() -> None:
    found = info.track(track("http_mp3_1_0", webpage_url="https://soundcloud.com/ada/song/s-abc"), "s-abc")
    assert (found.url, found.secret_token) == ("https://soundcloud.com/ada/song", "s-abc")


@pytest.mark.parametrize(
    ("found", "link", "own"),
    [
        ({"_type": "playlist", "id": "99", "title": "Mix", "uploader": "Ada"}, SET, ("playlists:99", "Mix", "Ada")),
        (
            {"_type": "playlist", "id": "7", "title": "Ada (Likes)"},
            Link(kind=LinkKind.LIKES, url="https://soundcloud.com/ada/likes"),
            ("users:7:likes", "Likes of Ada", "Ada"),
        ),
        (
            {"_type": "playlist", "id": "soundcloud:system-playlists:x", "title": "Top"},
            Link(kind=LinkKind.SET, url="https://soundcloud.com/discover/sets/x"),
            ("soundcloud:system-playlists:x", "Top", ""),
        ),
        (
            {"_type": "playlist", "id": "5", "title": "Station"},
            Link(kind=LinkKind.SET, url="https://soundcloud.com/stations/track/ada/song"),
            ("soundcloud:system-playlists:track-stations:5", "Station", ""),
        ),
        (
            track(),
            Link(kind=LinkKind.TRACK, url="https://soundcloud.com/ada/song"),
            ("tracks:3000000000", "Song", "Ada"),
        ),
    ],
)
def test_a_playlist_has_the_id_and_name_that_the_direct_way_gives_it(
    found: Mapping[str, Any],  # Any: as above
    link: Link,
    own: tuple[str, str, str],
) -> None:
    read = info.playlist(found, link, (TrackId(1),))
    assert (read.id, read.title, read.owner) == own
    assert read.entries == (1,)


@pytest.mark.parametrize("own", [None, "", "x", "1.5"])
def test_a_track_without_its_number_is_refused(own: object) -> None:
    with pytest.raises(UnavailableError):
        info.number({"id": own})


@pytest.mark.parametrize(("kind", "ids"), [(LinkKind.LIKES, ["1", "2"]), (LinkKind.ALBUMS, ["1", "8", "9", "2"])])
def test_playlists_in_a_users_list_count_only_as_albums(kind: LinkKind, ids: list[str]) -> None:
    entries = [
        {"id": "1", "url": "https://soundcloud.com/ada/a"},
        {"id": "5", "url": "https://soundcloud.com/ada/sets/b"},
        {"id": "2", "url": "https://soundcloud.com/ada/c"},
    ]
    album = {"_type": "playlist", "entries": [{"id": n, "url": f"https://soundcloud.com/ada/{n}"} for n in "89"]}
    found = info.entries(
        {"_type": "playlist", "entries": entries}, Link(kind=kind, url="https://soundcloud.com/ada/x"), lambda _: album
    )
    assert [entry["id"] for entry in found] == ids


def test_yt_dlp_is_not_loaded_before_it_is_needed() -> None:
    code = "import sys, cloudcrate.adapters.soundcloud_ytdlp; print('yt_dlp' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "False\n"
