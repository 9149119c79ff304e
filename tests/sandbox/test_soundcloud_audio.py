"""The sandbox's sound, as its delivery hosts give it: decodable, of the right length, the same everywhere."""

import hashlib
import re
import subprocess
import sys
from email.utils import parsedate_to_datetime
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import imageio_ffmpeg
import pytest
from soundcloud_site import TOKEN, Site

from cloudcrate.sandbox.soundcloud import audio, originals
from cloudcrate.sandbox.soundcloud.cdn import Cdn
from cloudcrate.sandbox.soundcloud.world import World
from cloudcrate.sandbox.wire import Request

TRACK, ORIGINAL, PREVIEW, PROTECTED = 100, 101, 102, 104
SECONDS = 40.0  # of each of them


@pytest.fixture
def site() -> Site:
    return Site()


def progressive(site: Site, number: int = TRACK, preset: str = "mp3_1_0") -> bytes:
    answer = site.get(site.stream_url(number, preset, "progressive"))
    assert (answer.status, answer.headers["content-type"]) == (200, "audio/mpeg")
    return answer.body


def segments(site: Site, number: int, preset: str, protocol: str = "hls") -> tuple[bytes, list[tuple[float, bytes]]]:
    """An HLS stream: its initialisation segment, if it has one, and its segments with their stated seconds."""
    address = site.stream_url(number, preset, protocol)
    playlist = site.get(address).body.decode()
    lines = playlist.splitlines()
    assert (lines[0], lines[-1]) == ("#EXTM3U", "#EXT-X-ENDLIST")

    def read(url: str) -> bytes:
        answer = site.get(urljoin(address, url))
        assert answer.status == 200, url
        return answer.body

    initial = re.search(r'#EXT-X-MAP:URI="([^"]+)"', playlist)
    stated = re.findall(r"#EXTINF:([\d.]+),\n(.+)", playlist)
    longest = re.search(r"#EXT-X-TARGETDURATION:(\d+)", playlist)
    assert longest is not None
    assert all(round(float(seconds)) <= int(longest.group(1)) for seconds, _ in stated)
    return read(initial.group(1)) if initial else b"", [(float(seconds), read(url)) for seconds, url in stated]


def joined(site: Site, number: int, preset: str) -> bytes:
    initial, parts = segments(site, number, preset)
    return initial + b"".join(data for _, data in parts)


def original(site: Site) -> bytes:
    link = site.json(f"/tracks/{ORIGINAL}/download", authorization=f"OAuth {TOKEN}")["redirectUri"]
    return site.get(link).body


def decode(data: bytes, form: str, folder: Path) -> "subprocess.CompletedProcess[bytes]":
    """Decodes ``data`` to 16-bit samples, 8,000 a second."""
    path = folder / "sound"
    path.write_bytes(data)
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-nostdin", "-v", "error", "-xerror", "-f", form, "-i", str(path)]
    return subprocess.run(
        [*command, "-ac", "1", "-ar", "8000", "-f", "s16le", "-"], capture_output=True, check=False, timeout=60
    )


def decoded_seconds(data: bytes, form: str, folder: Path) -> float:
    """How long ``data`` plays. A decoder that complains fails the test."""
    done = decode(data, form, folder)
    assert (done.returncode, done.stderr) == (0, b"")
    assert any(done.stdout)
    return len(done.stdout) / 16_000


def test_every_way_to_a_track_decodes_without_complaint_to_its_length(site: Site, tmp_path: Path) -> None:
    mp3, aac, wav = progressive(site), joined(site, TRACK, "aac_160k"), original(site)
    assert joined(site, TRACK, "mp3_1_0") == mp3
    for data, form in ((mp3, "mp3"), (aac, "mov"), (wav, "wav")):
        assert decoded_seconds(data, form, tmp_path) == pytest.approx(SECONDS, abs=0.05), form


def test_a_preview_plays_half_a_minute(site: Site, tmp_path: Path) -> None:
    data = progressive(site, PREVIEW, "mp3_0_0")
    assert joined(site, PREVIEW, "mp3_0_0") == data
    assert decoded_seconds(data, "mp3", tmp_path) == pytest.approx(30.0, abs=0.05)


def test_an_encrypted_stream_does_not_decode(site: Site, tmp_path: Path) -> None:
    for preset, protocol in (("aac_160k", "ctr-encrypted-hls"), ("abr_sq", "cbc-encrypted-hls")):
        initial, parts = segments(site, PROTECTED, preset, protocol)
        assert decode(initial + b"".join(data for _, data in parts), "mov", tmp_path).stderr


@pytest.mark.parametrize("seconds", [0.5, 1.0, 9.99, 61.3])
def test_any_length_decodes(seconds: float, tmp_path: Path) -> None:
    assert decoded_seconds(audio.mp3(7, seconds), "mp3", tmp_path) == pytest.approx(seconds, abs=0.05)
    assert decoded_seconds(audio.wav(7, seconds), "wav", tmp_path) == pytest.approx(seconds, abs=0.001)


@pytest.mark.parametrize("preset", ["mp3_1_0", "aac_160k"])
def test_the_segments_add_up_to_the_length(site: Site, preset: str) -> None:
    initial, parts = segments(site, TRACK, preset)
    assert sum(seconds for seconds, _ in parts) == pytest.approx(SECONDS, abs=0.05)
    assert bool(initial) == (preset == "aac_160k")
    assert len({data for _, data in parts}) == len(parts) > 3


def test_an_mp3_segment_plays_as_long_as_it_says(site: Site, tmp_path: Path) -> None:
    for seconds, data in segments(site, TRACK, "mp3_1_0")[1]:
        assert decoded_seconds(data, "mp3", tmp_path) == pytest.approx(seconds, abs=0.001)


def test_a_segment_needs_its_signature_and_must_exist(site: Site) -> None:
    for preset, name in (("mp3_1_0", "/media/none/x/"), ("aac_160k", "data999999.m4s")):
        address = site.stream_url(TRACK, preset, "hls")
        line = next(line for line in site.get(address).body.decode().splitlines() if not line.startswith("#"))
        url = urljoin(address, line)
        assert site.get(url).status == 200
        assert site.get(url.partition("?")[0]).status == 403
        missing = re.sub(r"/media/\d+/\d+/|data\d+\.m4s", name, url)
        assert missing != url
        assert site.get(missing).status == 404


def test_every_track_sounds_different() -> None:
    assert len({audio.mp3(key, 5.0) for key in range(200)}) == 200
    assert len({b"".join(audio.aac_frames(key, 5.0, 0, 216)) for key in range(200)}) == 200


PRINT = """
import hashlib
from cloudcrate.sandbox.soundcloud import audio, originals
from cloudcrate.sandbox.soundcloud.cdn import Cdn
from cloudcrate.sandbox.soundcloud.world import World
from cloudcrate.sandbox.wire import Request
data = audio.mp3(7, 9.5) + b"".join(audio.aac_frames(7, 9.5, 0, 50)) + audio.wav(7, 9.5)
print(hashlib.sha256(data).hexdigest())
"""


def test_another_process_makes_the_same_bytes() -> None:
    other = subprocess.run([sys.executable, "-c", PRINT], capture_output=True, text=True, check=True, timeout=60)
    mine = audio.mp3(7, 9.5) + b"".join(audio.aac_frames(7, 9.5, 0, 50)) + audio.wav(7, 9.5)
    assert other.stdout.strip() == hashlib.sha256(mine).hexdigest()


@pytest.mark.parametrize(
    ("asked", "start", "end"),
    [("bytes=0-99", 0, 100), ("bytes=1000-", 1000, None), ("bytes=-50", -50, None), ("bytes=100-99999999", 100, None)],
)
def test_a_range_gives_that_part(site: Site, asked: str, start: int, end: int | None) -> None:
    whole = progressive(site)
    part = site.get(site.stream_url(TRACK, "mp3_1_0", "progressive"), range=asked)
    assert part.status == 206
    assert part.body == whole[start:end]
    first = start % len(whole)
    assert part.headers["content-range"] == f"bytes {first}-{first + len(part.body) - 1}/{len(whole)}"


def test_a_range_of_another_version_gives_the_whole(site: Site) -> None:
    link = site.stream_url(TRACK, "mp3_1_0", "progressive")
    first = site.get(link)
    same = site.get(link, range="bytes=100-", if_range=first.headers["etag"])
    other = site.get(link, range="bytes=100-", if_range='"other"')
    assert (same.status, same.body) == (206, first.body[100:])
    assert (other.status, other.body) == (200, first.body)


def test_a_file_names_its_version_by_a_strong_tag_and_a_date(site: Site) -> None:
    link = site.stream_url(TRACK, "mp3_1_0", "progressive")
    first = site.get(link)
    assert first.headers["accept-ranges"] == "bytes"
    assert re.fullmatch(r'"[^"]+"', first.headers["etag"])
    assert parsedate_to_datetime(first.headers["last-modified"]).timestamp() < site.now
    rest = site.get(link, range="bytes=100-", if_range=first.headers["last-modified"])
    assert (rest.status, rest.body) == (206, first.body[100:])
    assert {rest.headers[name] == first.headers[name] for name in ("etag", "last-modified")} == {True}
    other = site.get(link, range="bytes=100-", if_range="Wed, 21 Oct 2015 07:28:00 GMT")
    assert (other.status, other.body) == (200, first.body)


@pytest.mark.parametrize("preset", ["mp3_1_0", "aac_160k"])
def test_a_segment_can_be_had_in_part(site: Site, preset: str) -> None:
    address = site.stream_url(TRACK, preset, "hls")
    name = next(line for line in site.get(address).body.decode().splitlines() if not line.startswith("#"))
    whole = site.get(urljoin(address, name)).body
    part = site.get(urljoin(address, name), range="bytes=10-19")
    assert (part.status, part.body) == (206, whole[10:20])
    assert part.headers["content-range"] == f"bytes 10-19/{len(whole)}"


def test_a_range_beyond_the_end_is_refused(site: Site) -> None:
    size = len(progressive(site))
    link = site.stream_url(TRACK, "mp3_1_0", "progressive")
    for asked in (f"bytes={size}-", f"bytes={size + 5}-{size + 9}", "bytes=-0"):
        refused = site.get(link, range=asked)
        assert (refused.status, refused.body) == (416, b"")
        assert refused.headers["content-range"] == f"bytes */{size}"
    assert site.get(link, range=f"bytes={size - 1}-").status == 206


@pytest.mark.parametrize(
    ("place", "form", "head", "kind", "name"),
    [
        (0, "mp3", b"\xff\xfb", "audio/mpeg", "mp3"),
        (1, "wav", b"RIFF", "audio/x-wav", "wav"),
        (2, "wav", b"RIFF", "audio/x-wav", "wav"),
        (3, "aiff", b"FORM", "audio/x-aiff", "aiff"),
        (4, "flac", b"fLaC", "audio/flac", "flac"),
    ],
)
def test_originals_come_in_five_formats_of_the_same_sound(
    place: int, form: str, head: bytes, kind: str, name: str, tmp_path: Path
) -> None:
    title = 'N\u00e4cht "live"\x1b\ud800'
    tracks = [{"id": 200 + place, "user": "ada", "kind": "original", "seconds": 3.5, "title": title, "slug": "o"}]
    world = World.from_dict({"tracks": tracks})
    cdn, track = Cdn(world), world.tracks[200 + place]
    parts = urlsplit(cdn.original(track, 0.0))
    assert parts.path.endswith(f".{name}")
    answer = cdn.answer(Request(method="GET", host=parts.hostname or "", path=parts.path, query=parts.query), 60.0)
    assert (answer.status, answer.headers["content-type"], answer.body[: len(head)]) == (200, kind, head)
    assert decoded_seconds(answer.body, form, tmp_path) == pytest.approx(3.5, abs=0.03)
    wanted = f"filename=\"N_cht _live___.{name}\"; filename*=UTF-8''N%C3%A4cht%20%22live%22%1B%3F.{name}"
    assert answer.headers["content-disposition"] == f"attachment; {wanted}"
    if place == 2:
        assert (answer.body[34], len(answer.body)) == (24, 44 + round(3.5 * audio.RATE) * 6)
    if place in (1, 3, 4):
        same = decode(answer.body, form, tmp_path).stdout
        assert same == decode(audio.wav(track.id, 3.5), "wav", tmp_path).stdout


def test_a_flac_original_states_its_length() -> None:
    world = World.from_dict({"tracks": [{"id": 204, "kind": "original", "seconds": 1.0}]})
    data = originals.original(world.tracks[204]).data
    samples = int.from_bytes(data[8 + 13 : 8 + 18]) & (1 << 36) - 1
    assert samples == audio.RATE
    assert any(data[8 + 18 : 8 + 34])
