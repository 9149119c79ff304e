"""SoundCloud's JSON: what of a track can be had, and what is made of odd, missing and hostile values."""

import pytest
from soundcloud_bench import AAC, ABR, CLEAR, LOCKED, MP3, MP3_HLS, OPUS, Json, full, playlist, stub

from cloudcrate.adapters.soundcloud import shapes
from cloudcrate.adapters.soundcloud.detours import ShapeError
from cloudcrate.core.model import Availability, PlaylistId, Protocol, TrackId

OFFERED: Json = {"downloadable": True, "has_downloads_left": True}


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        (full(1), Availability.FULL),
        (full(1, [MP3]), Availability.FULL),
        (full(1, [MP3_HLS, OPUS]), Availability.FULL),
        (full(1, policy="MONETIZE"), Availability.FULL),
        (full(1, policy=None), Availability.FULL),
        (full(1, [], policy="BLOCK"), Availability.BLOCKED),
        (full(1, policy="BLOCK"), Availability.BLOCKED),
        (full(1, policy="SNIP"), Availability.PREVIEW),
        (full(1, [MP3, MP3_HLS], snipped=True), Availability.PREVIEW),
        (full(1, [LOCKED, MP3, MP3_HLS, OPUS]), Availability.PROTECTED),
        (full(1, [LOCKED]), Availability.PROTECTED),
        (full(1, [LOCKED, AAC]), Availability.FULL),
        (full(1, [OPUS, ABR]), Availability.FULL),
        (full(1, [LOCKED, OPUS]), Availability.PROTECTED),
        (full(1, [ABR]), Availability.PROTECTED),
        (full(1, []), Availability.PROTECTED),
        (full(1, media=None), Availability.PROTECTED),
    ],
)
def test_what_can_be_had_follows_from_policy_and_streams(item: Json, expected: Availability) -> None:
    assert shapes.track(item).availability is expected


def test_the_original_is_only_offered_to_whom_is_signed_in_while_downloads_are_left() -> None:
    assert shapes.availability(full(1, **OFFERED), signed_in=True) is Availability.ORIGINAL
    assert shapes.availability(full(1, **OFFERED)) is Availability.FULL
    assert shapes.availability(full(1, **{**OFFERED, "has_downloads_left": False}), signed_in=True) is Availability.FULL


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        (full(1, [MP3, MP3_HLS], snipped=True, policy="SNIP", **OFFERED), Availability.ORIGINAL),
        (full(1, [MP3], snipped=True, **OFFERED), Availability.ORIGINAL),
        (full(1, [], **OFFERED), Availability.ORIGINAL),
        (full(1, [LOCKED, MP3], **OFFERED), Availability.PROTECTED),
        (full(1, [LOCKED, OPUS], **OFFERED), Availability.PROTECTED),
        (full(1, [LOCKED, AAC], **OFFERED), Availability.ORIGINAL),
        (full(1, [], policy="BLOCK", **OFFERED), Availability.BLOCKED),
        (full(1, [MP3], snipped=True, **{**OFFERED, "downloadable": "yes"}), Availability.PREVIEW),
    ],
)
def test_an_original_makes_up_for_a_preview_but_not_for_a_block_or_encryption(
    item: Json, expected: Availability
) -> None:
    assert shapes.availability(item, signed_in=True) is expected


def test_the_original_stands_first_and_only_for_who_is_signed_in() -> None:
    first, *rest = shapes.track(full(7, **OFFERED), account="digest").streams
    assert (first.url, first.preset) == ("https://api-v2.soundcloud.com/tracks/7/download", "original")
    assert (first.protocol, first.mime) == (Protocol.PROGRESSIVE, "")
    assert tuple(rest) == shapes.track(full(7, **OFFERED)).streams == shapes.track(full(7), account="digest").streams


def test_beside_an_original_the_streams_of_a_preview_are_not_listed() -> None:
    for item in (full(1, CLEAR, policy="SNIP", **OFFERED), full(1, CLEAR, snipped=True, **OFFERED)):
        assert [s.preset for s in shapes.streams(item, signed_in=True)] == ["original"]


def test_a_track_says_for_whom_its_availability_holds() -> None:
    assert (shapes.track(full(1)).account, shapes.track(full(1), account="digest").account) == ("", "digest")


@pytest.mark.parametrize(
    ("listed", "expected"),
    [
        (CLEAR, ["aac_160k hls", "mp3_1_0 progressive", "mp3_1_0 hls", "opus_0_0 hls"]),
        ([OPUS, ABR, LOCKED], ["opus_0_0 hls"]),
        ([("aac_96k", "hls", ""), MP3_HLS, ("mp3_standard", "progressive", "")],
         ["mp3_standard progressive", "mp3_1_0 hls", "aac_96k hls"]),
        ([("flac_new", "hls", ""), ("mp3_1_0", "quic", "")], []),
    ],
)  # fmt: skip
def test_clear_streams_stand_best_first(listed: list[tuple[str, str, str]], expected: list[str]) -> None:
    found = shapes.streams(full(1, listed))
    assert [f"{s.preset} {s.protocol.value}" for s in found] == expected


def test_snipped_streams_are_never_listed() -> None:
    assert shapes.streams(full(1, CLEAR, snipped=True)) == ()


def test_metadata_is_read() -> None:
    track = shapes.track(
        full(
            3_000_000_000,
            tag_list='"Night Ferry" deep  "a b" ',
            genre="",
            label_name=" Night ",
            publisher_metadata={"artist": "Grace", "isrc": "QZ1"},
            artwork_url="https://i1.sndcdn.com/artworks-x-large.png",
            release_date="2026-01-30T00:00:00Z",
            created_at="2026-01-10T20:25:48Z",
            purchase_url="https://shop.example/1",
        )
    )
    assert track.id == 3_000_000_000
    assert (track.title, track.artist, track.uploader) == ("Song 3000000000", "Grace", "Ada")
    assert track.tags == ("Night Ferry", "deep", "a b")
    assert (track.genre, track.label, track.isrc) == (None, "Night", "QZ1")
    assert track.artwork_url == "https://i1.sndcdn.com/artworks-x-t500x500.jpg"
    assert (track.released, track.posted) == ("2026-01-30", "2026-01-10")
    assert track.purchase_url == "https://shop.example/1"
    assert track.duration_ms == 180_000
    assert track.authorization == "jwt-3000000000"


def test_a_preview_has_the_length_of_the_whole_track() -> None:
    assert shapes.track(full(1, [MP3], snipped=True)).duration_ms == 180_000


def test_what_is_missing_is_filled_in() -> None:
    track = shapes.track(full(1, publisher_metadata=None, full_duration=None))
    assert track.artist == "Ada"
    assert track.artwork_url == "https://i1.sndcdn.com/avatars-7-t500x500.jpg"
    assert track.duration_ms == 180_250
    assert shapes.track(full(1, user=None)).artist == ""
    assert (
        shapes.track(full(1, user={"avatar_url": "https://a1.sndcdn.com/images/default_avatar_large.png"})).artwork_url
        is None
    )


@pytest.mark.parametrize("title", ["", "  ", None, 7])
def test_a_track_without_a_usable_title_goes_by_its_link(title: object) -> None:
    assert shapes.track(full(1, title=title)).title == "song-1"


def test_values_of_unknown_kinds_do_no_harm() -> None:
    track = shapes.track(
        full(
            1,
            genre=["x"],
            tag_list=None,
            label_name=5,
            publisher_metadata="no",
            release_date="soon",
            brand_new={"a": 1},
        )
    )
    assert (track.genre, track.tags, track.label, track.isrc, track.released) == (None, (), None, None, None)
    odd = {"transcodings": ["x", {}, {"url": 1, "preset": None, "format": []}]}
    assert shapes.streams(full(1, media=odd)) == ()


@pytest.mark.parametrize("missing", ["id", "title", "permalink_url"])
def test_a_track_without_what_is_needed_is_an_unknown_shape(missing: str) -> None:
    item = full(1)
    del item[missing]
    with pytest.raises(ShapeError):
        shapes.track(item)


@pytest.mark.parametrize("number", [None, "7", True, 7.0])
def test_an_id_is_a_whole_number(number: object) -> None:
    with pytest.raises(ShapeError):
        shapes.track_id({"id": number})


def test_half_a_character_can_be_stored() -> None:
    title = shapes.track(full(1, title="a\ud800b")).title
    assert title.encode("utf-8") == b"a?b"


@pytest.mark.parametrize(
    ("url", "public"),
    [
        ("https://soundcloud.com/ada/song/s-AbC123", "https://soundcloud.com/ada/song"),
        ("https://soundcloud.com/ada/song?utm_source=x", "https://soundcloud.com/ada/song"),
        ("https://soundcloud.com/ada/s-abc", "https://soundcloud.com/ada/s-abc"),
        ("https://soundcloud.com/ada/None", "https://soundcloud.com/ada/None"),
    ],
)
def test_a_link_loses_its_secret_and_nothing_else(url: str, public: str) -> None:
    assert shapes.track(full(1, permalink_url=url)).url == public


def test_a_private_track_keeps_the_token_it_was_found_by() -> None:
    assert shapes.track(full(1), secret_token="s-given").secret_token == "s-given"
    assert shapes.track(full(1, secret_token="s-own"), secret_token="s-given").secret_token == "s-own"


def test_a_set_is_read() -> None:
    found = playlist([full(1), stub(2)], artwork_url="https://i1.sndcdn.com/artworks-p-large.jpg")
    read = shapes.playlist(found, (TrackId(1), TrackId(2)))
    assert read.id == PlaylistId("playlists:99")
    assert (read.title, read.owner, read.url) == ("Mix", "Ada", "https://soundcloud.com/ada/sets/mix")
    assert read.artwork_url == "https://i1.sndcdn.com/artworks-p-t500x500.jpg"
    assert read.last_modified == "2026-03-01T08:00:00Z"


@pytest.mark.parametrize(
    ("more", "album"),
    [
        ({"set_type": "album"}, True),
        ({"set_type": "ep", "is_album": False}, True),
        ({"set_type": "single"}, True),
        ({"set_type": "compilation"}, True),
        ({"set_type": "", "is_album": True}, True),
        ({"set_type": "", "is_album": False}, False),
        ({"set_type": "mixtape"}, False),
        ({"set_type": ["album"], "is_album": "yes"}, False),
        ({}, False),
    ],
)
def test_a_release_is_told_from_a_selection(more: Json, album: bool) -> None:
    assert shapes.playlist(playlist([], **more), ()).album is album


def test_a_system_playlist_goes_by_its_urn() -> None:
    found = {
        "id": "soundcloud:system-playlists:charts-top:all-music:de",
        "kind": "system-playlist",
        "short_title": "Top 50",
        "permalink_url": "https://soundcloud.com/discover/sets/charts-top:all-music:de",
        "calculated_artwork_url": "https://i1.sndcdn.com/artworks-c-large.jpg",
        "last_updated": "2026-03-01T00:00:00Z",
        "tracks": [{"id": 1, "kind": "track"}],
    }
    read = shapes.playlist(found, (TrackId(1),))
    assert read.id == "soundcloud:system-playlists:charts-top:all-music:de"
    assert read.title == "Top 50"
    assert read.url == "https://soundcloud.com/discover/sets/charts-top:all-music:de"
    assert read.artwork_url == "https://i1.sndcdn.com/artworks-c-t500x500.jpg"
    assert read.last_modified == "2026-03-01T00:00:00Z"


@pytest.mark.parametrize("broken", [{"id": None}, {"permalink_url": None}, {"id": [1]}])
def test_a_set_without_id_or_link_is_an_unknown_shape(broken: Json) -> None:
    with pytest.raises(ShapeError):
        shapes.playlist(playlist([], **broken), ())


@pytest.mark.parametrize("tracks", [None, {}, [1], [full(1), None]])
def test_a_set_without_entries_is_an_unknown_shape(tracks: object) -> None:
    with pytest.raises(ShapeError):
        shapes.entries({"tracks": tracks})


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        (stub(1), Availability.GONE),
        ({"id": 1, "kind": "track"}, Availability.GONE),
        (stub(1, sharing="private"), Availability.PRIVATE),
        (stub(1, public=False), Availability.PRIVATE),
    ],
)
def test_a_stub_says_why_it_has_no_metadata_if_it_can(item: Json, expected: Availability) -> None:
    assert shapes.is_stub(item)
    assert shapes.absence(item) is expected
