"""Tags: what is known of a track travels in its file, in the form that players read."""

from dataclasses import replace
from pathlib import Path

import mutagen
import pytest
from library_bench import AAC_HLS, ARTWORK, JPEG, PROGRESSIVE, Bench, Page, mp3, run_ffmpeg
from tinytag import TinyTag

from cloudcrate.adapters.library import tag
from cloudcrate.core.model import Track, TrackId
from cloudcrate.core.tagging import tags_of
from cloudcrate.errors import DamagedError, StoppedError

PNG = b"\x89PNG\r\n\x1a\n" + b"\x00" * 100 + b"IEND"
TEXTS = {
    "title": "Träume 🌙 \u202eevil\n(Live)",
    "artist": "Ada & Βήτα",
    "genre": "Dub Techno",
    "label": "All Lo",
    "isrc": "GBABC2600001",
    "released": "2026-05-04",
    "posted": "2025-01-01",
    "artwork_url": ARTWORK,
}
CLEAN_TITLE = "Träume 🌙 evil (Live)"


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    bench = Bench(tmp_path / "library")
    bench.track = replace(bench.track, **TEXTS)  # type: ignore[arg-type]  # every value is a text
    bench.site.put(ARTWORK, Page(body=JPEG))
    return bench


def fetched(bench: Bench, container: str, track: Track | None = None) -> Path:
    if container == "m4a":
        bench.serve_fmp4()
        return bench.staged_path(bench.fetch(AAC_HLS, track))
    return bench.staged_path(bench.fetched(track))


@pytest.mark.parametrize("container", ["mp3", "m4a"])
def test_another_library_reads_every_tag(bench: Bench, container: str) -> None:
    found = TinyTag.get(fetched(bench, container), image=True)
    assert (found.title, found.artist, found.genre, found.year) == (CLEAN_TITLE, "Ada & Βήτα", "Dub Techno", "2026")
    other = {name.lower(): values for name, values in found.other.items()}
    assert other["isrc"] == ["GBABC2600001"]
    assert other["soundcloud_id"] == ["7"]
    assert other.get("publisher", other.get("label")) == ["All Lo"]
    assert other["woaf" if container == "mp3" else "url"] == [bench.track.url]
    assert found.comment == bench.track.url
    picture = found.images.front_cover
    assert picture is not None
    assert picture.data == JPEG


@pytest.mark.parametrize("container", ["mp3", "m4a"])
def test_ffmpeg_reads_the_tags_too(bench: Bench, container: str) -> None:
    told = run_ffmpeg("-v", "fatal", "-i", f"file:{fetched(bench, container)}", "-f", "ffmetadata", "-").decode()
    assert f"title={CLEAN_TITLE}" in told
    assert "genre=Dub Techno" in told


def test_mp3_gets_the_version_of_id3_that_every_player_reads(bench: Bench) -> None:
    path = fetched(bench, "mp3")
    assert path.read_bytes()[:4] == b"ID3\x03"
    tags = mutagen.id3.ID3(path, translate=False)
    assert {frame.encoding for frame in tags.values() if hasattr(frame, "encoding") and frame.FrameID != "APIC"} == {1}
    assert tags["TYER"].text == ["2026"]
    assert tags["WOAF"].url == bench.track.url
    assert [(frame.lang, frame.desc, frame.text) for frame in tags.getall("COMM")] == [("eng", "", [bench.track.url])]


def test_m4a_gets_the_atoms_that_players_read(bench: Bench) -> None:
    tags = mutagen.mp4.MP4(fetched(bench, "m4a")).tags
    assert tags["\xa9day"] == ["2026"]
    assert tags["----:com.apple.iTunes:URL"] == [bench.track.url.encode()]
    assert tags["----:com.apple.iTunes:SOUNDCLOUD_ID"] == [b"7"]
    assert tags["covr"][0].imageformat == mutagen.mp4.MP4Cover.FORMAT_JPEG


@pytest.mark.parametrize("container", ["mp3", "m4a"])
def test_the_id_is_read_back(bench: Bench, container: str) -> None:
    far = replace(bench.track, id=TrackId(2_245_221_971_000))
    assert tag.read_id(fetched(bench, container, far)) == 2_245_221_971_000


def test_the_sound_is_not_touched(bench: Bench) -> None:
    assert fetched(bench, "mp3").read_bytes().endswith(mp3())


def test_the_tags_that_a_file_comes_with_are_replaced(bench: Bench, tmp_path: Path) -> None:
    plain = tmp_path / "plain"
    plain.write_bytes(mp3())
    words = ["-metadata", "title=Free download", "-metadata", "comment=spam", "-metadata", "SOUNDCLOUD_ID=99"]
    foreign = run_ffmpeg("-f", "mp3", "-i", f"file:{plain}", "-c", "copy", *words, "-f", "mp3", "-")
    bench.site.put(PROGRESSIVE, Page(body=foreign))
    path = bench.staged_path(bench.fetch())
    assert tag.read_id(path) == 7
    assert b"spam" not in path.read_bytes()
    assert TinyTag.get(path).title == CLEAN_TITLE


@pytest.mark.parametrize("container", ["mp3", "m4a"])
def test_a_title_that_holds_its_artist_is_tagged_as_two(bench: Bench, container: str) -> None:
    track = replace(bench.track, title="Bob - Song", artist="Lab", uploader="Lab")
    found = TinyTag.get(fetched(bench, container, track))
    assert (found.artist, found.title) == ("Bob", "Song")


def test_a_track_of_which_little_is_known_is_tagged_with_that(bench: Bench) -> None:
    nothing = {"genre": None, "label": None, "isrc": None, "released": None, "posted": "?", "artwork_url": None}
    bare = replace(bench.track, title="", url="", **nothing)  # type: ignore[arg-type]  # texts and None
    for container in ("mp3", "m4a"):
        found = TinyTag.get(fetched(bench, container, bare), image=True)
        assert (found.title or None, found.genre, found.year) == (None, None, None)
        assert found.images.front_cover is None


def test_a_link_that_is_not_latin_is_written_in_its_encoded_form(bench: Bench) -> None:
    track = replace(bench.track, url="https://soundcloud.com/ada/träume-夜\n")
    tags = mutagen.id3.ID3(fetched(bench, "mp3", track))
    assert tags["WOAF"].url == "https://soundcloud.com/ada/tr%C3%A4ume-%E5%A4%9C"


def test_without_a_release_date_the_year_is_that_of_the_upload(bench: Bench) -> None:
    assert TinyTag.get(fetched(bench, "mp3", replace(bench.track, released=None))).year == "2025"


@pytest.mark.parametrize(("data", "mime"), [(JPEG, "image/jpeg"), (PNG, "image/png")])
def test_a_picture_is_embedded_as_what_it_is(bench: Bench, data: bytes, mime: str) -> None:
    bench.site.put(ARTWORK, Page(body=data, headers={"content-type": "text/html"}))
    picture = mutagen.id3.ID3(fetched(bench, "mp3")).getall("APIC")[0]
    assert (picture.mime, picture.data, picture.type) == (mime, data, 3)


BAD_PICTURES = {
    "a page": Page(body=b"<html></html>"),
    "a picture that is too large": Page(body=JPEG + bytes(tag.MAX_ARTWORK)),
    "not there": Page(body=b"", status=404),
    "a failing server": Page(body=b"", status=500),
    "half a picture": Page(body=JPEG[:100], length=None),
    "a vector": Page(body=b"<svg onload='x'/>"),
    "elsewhere": Page(body=b"", status=302, headers={"location": "http://127.0.0.1/x.jpg"}),
}


@pytest.mark.parametrize("why", BAD_PICTURES)
def test_a_track_does_not_fail_for_its_picture(bench: Bench, why: str) -> None:
    bench.site.put(ARTWORK, BAD_PICTURES[why])
    assert mutagen.id3.ID3(fetched(bench, "mp3")).getall("APIC") == []
    assert {request.url.host for request in bench.wire.asked} == {"cf-media.sndcdn.com", "i1.sndcdn.com"}


def test_a_picture_on_a_foreign_host_is_not_asked_for(bench: Bench) -> None:
    path = fetched(bench, "mp3", replace(bench.track, artwork_url="https://evil.example/x.jpg"))
    assert mutagen.id3.ID3(path).getall("APIC") == []
    assert {request.url.host for request in bench.wire.asked} == {"cf-media.sndcdn.com"}


def test_a_stop_while_the_picture_is_awaited_is_a_stop(bench: Bench) -> None:
    bench.site.put(ARTWORK, Page(body=JPEG + bytes(tag.MAX_ARTWORK)))  # asked for again, after a pause
    bench.clock.stopped = True
    with pytest.raises(StoppedError):
        bench.fetched()
    assert bench.staging == []


@pytest.mark.parametrize("suffix", [".mp3", ".m4a", ".txt", ""])
@pytest.mark.parametrize("content", [b"", b"ID3", b"\x00\x00\x00\x08ftyp", b"\xff\xfb\x90\x00" * 50, bytes(range(256))])
def test_what_is_not_ours_has_no_id(tmp_path: Path, suffix: str, content: bytes) -> None:
    path = tmp_path / f"x{suffix}"
    path.write_bytes(content)
    assert tag.read_id(path) is None
    assert tag.bit_rate(path) >= 0


@pytest.mark.parametrize("text", ["", "7x", "-7", "٧", "9" * 40])
def test_an_id_that_is_no_number_is_none(tmp_path: Path, text: str) -> None:
    path = tmp_path / "x.mp3"
    path.write_bytes(mp3())
    tags = mutagen.id3.ID3()
    tags.add(mutagen.id3.TXXX(encoding=3, desc="SOUNDCLOUD_ID", text=[text]))
    tags.save(path)
    assert tag.read_id(path) is None


@pytest.mark.parametrize(("container", "content"), [("m4a", b"\x00\x00\x00\x18ftypM4A " + bytes(40)), ("mp3", b"ID3")])
def test_what_cannot_be_tagged_is_damaged(bench: Bench, tmp_path: Path, container: str, content: bytes) -> None:
    path = tmp_path / f"x.{container}"
    path.write_bytes(content)
    with pytest.raises(DamagedError, match="cannot be tagged"):
        tag.write(path, container, tags_of(bench.track), None)
