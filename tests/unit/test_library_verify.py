"""What a file is and how long it is: told by its content and by its decoded sound, never by a header."""

import random
import stat
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from library_bench import SECONDS, audio, fmp4, mp3, mp3_pieces, run_ffmpeg

from cloudcrate.adapters.library.ffmpeg import Ffmpeg, executable
from cloudcrate.adapters.library.verify import (
    CONTAINERS,
    container_of,
    frame_length,
    segment,
    sniff,
    tolerance,
    verify,
)
from cloudcrate.errors import DamagedError, DiskError


@pytest.mark.parametrize(
    ("head", "container"),
    [
        (b"ID3\x04\x00\x00\x00\x00\x00\x00", "mp3"),
        (b"\x00\x00\x00\x1cftypM4A ", "m4a"),
        (b"\x00\x00\x00\x18stypmsdh", "m4a"),
        (b"\x00\x00\x00\x18moof\x00\x00", "m4a"),
        (b"\x00\x00\x00\x18sidx\x00\x00", "m4a"),
        (b"OggS\x00\x02", None),
        (b"OggS\x00\x02" + bytes(20) + b"\x01\x13OpusHead", "opus"),
        (b"OggS\x00\x02" + bytes(20) + b"\x01\x1e\x01vorbis", None),
        (b"OggS\x00\x02" + bytes(20) + b"\x01\x33\x7fFLAC", None),
        (b"fLaC\x00\x00", "flac"),
        (b"ID3\x03\x00\x00\x00\x00\x00\x05" + bytes(5) + b"fLaC", "flac"),
        (b"ID3\x04\x00\x10\x00\x00\x00\x05" + bytes(5) + b"3DI" + bytes(7) + b"fLaC", "flac"),
        (b"RIFF\x00\x00\x00\x00WAVE", "wav"),
        (b"RF64\xff\xff\xff\xffWAVEds64", "wav"),
        (b"RIFF\x00\x00\x00\x00WEBPVP8 ", None),
        (b"RIFF\x00\x00\x00\x00AVI LIST", None),
        (b"FORM\x00\x00\x00\x00AIFFCOMM", "aiff"),
        (b"FORM\x00\x00\x00\x00AIFCFVER", "aiff"),
        (b"FORM\x00\x00\x00\x00ILBMBMHD", None),
        (b"\x00\x00\x00\x1cftypavif", None),
        (b"\x00\x00\x00\x18ftypheic", None),
        (b"\xff\xd8\xff\xe0" + b"\xff\xfb\x90\x00" * 500, None),
        (b"\x89PNG\r\n\x1a\n" + b"\xff\xfb\x90\x00" * 500, None),
        (b"GIF89a" + b"\xff\xfb\x90\x00" * 500, None),
        (b"PK\x03\x04" + b"\xff\xfb\x90\x00" * 500, None),
        (b"\x47\x40\x00\x10" + b"\xff" * 40, None),  # MPEG-TS
        (b"\xff\xf1\x50\x80\x02\x1f\xfc", None),  # ADTS
        (b"#EXTM3U\n#EXT-X-VERSION:3\n", None),
        (b"<html>", None),
        (b"{}", None),
        (b"", None),
        (b"\xff\xfb", None),
    ],
)
def test_a_container_is_told_by_its_content(head: bytes, container: str | None) -> None:
    assert sniff(head) == container


def test_frames_are_found_behind_a_little_padding() -> None:
    assert sniff(bytes(100) + mp3()[:2000]) == "mp3"
    assert sniff(bytes(3000) + mp3()[:1000]) is None


@given(st.text())
def test_no_text_is_ever_audio(text: str) -> None:
    head = b" " * 8 + text.encode("utf-8", "replace")  # so that it cannot begin with a name of four letters
    assert sniff(head) is None


def test_a_frame_says_how_long_it_is() -> None:
    assert frame_length(b"\xff\xfb\x90\x00") == 417  # 128 kbit/s at 44.1 kHz
    assert frame_length(b"\xff\xfb\x92\x00") == 418  # padded
    assert frame_length(b"\xff\xf3\x80\x00") == 208  # MPEG 2, 64 kbit/s at 22.05 kHz
    assert frame_length(b"\xff\xfb\xf0\x00") == 0  # a bit rate that is not
    assert frame_length(b"\xff\xfb\x9c\x00") == 0  # a sampling rate that is not
    assert frame_length(b"\xff\xfd\x90\x00") == 0  # layer II


@pytest.mark.parametrize(("seconds", "off"), [(6, 0.5), (166, 0.5), (200, 0.6), (400, 1.2), (667, 2.0), (3600, 2.0)])
def test_the_tolerance_grows_with_the_track_up_to_two_seconds(seconds: float, off: float) -> None:
    assert tolerance(seconds) == pytest.approx(off, abs=0.002)


def test_a_missing_fragment_is_missing_from_the_measured_length(tmp_path: Path) -> None:
    """Though every header, and ffmpeg's own duration, still say the whole length."""
    init, pieces = fmp4()
    gap, whole = tmp_path / "gap.mp4", tmp_path / "gap.m4a"
    gap.write_bytes(init + b"".join(body for number, (_, body) in enumerate(pieces) if number != 2))
    Ffmpeg().remux(gap, whole, expected_seconds=SECONDS)
    decoded = Ffmpeg().decode(whole, "m4a", expected_seconds=SECONDS)
    assert decoded.errors == ()
    assert decoded.seconds == pytest.approx(SECONDS - pieces[2][0], abs=0.05)
    with pytest.raises(DamagedError, match=r"shorter than the track"):
        verify(Ffmpeg(), whole, "m4a", SECONDS)


def test_an_mp3_whose_header_promises_more_is_measured(tmp_path: Path) -> None:
    path = tmp_path / "cut.mp3"
    whole = run_ffmpeg("-f", "mp3", "-i", "file:" + str(_written(tmp_path, mp3())), "-c", "copy", "-f", "mp3", "-")
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(DamagedError, match=r"3\.0 s shorter than the track"):
        verify(Ffmpeg(), path, "mp3", SECONDS)


def _written(folder: Path, content: bytes) -> Path:
    path = folder / "written"
    path.write_bytes(content)
    return path


@pytest.mark.parametrize(
    "text",
    [
        "#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\nsecret.ts\n#EXT-X-ENDLIST\n",
        "ffconcat version 1.0\nfile secret.ts\n",
    ],
)
def test_a_playlist_that_poses_as_audio_opens_no_other_file(tmp_path: Path, text: str) -> None:
    """ffmpeg follows it when it is let guess: this one's version the second, older ones both."""
    secret = run_ffmpeg("-f", "lavfi", "-i", "sine=d=2", "-c:a", "mp2", "-f", "mpegts", "-")
    (tmp_path / "secret.ts").write_bytes(secret)
    evil = tmp_path / "evil.mp3"
    evil.write_text(text)
    with pytest.raises(DamagedError, match="neither mp3 nor m4a"):
        container_of(evil)
    assert Ffmpeg().decode(evil, "mp3", expected_seconds=2).seconds == 0


def test_a_segment_that_ends_inside_a_box_is_cut() -> None:
    _, pieces = fmp4()
    assert segment(pieces[0][1]) == ("m4a", pieces[0][1])
    for cut in (1, 100, len(pieces[0][1]) - 20):
        with pytest.raises(DamagedError, match="is cut off"):
            segment(pieces[0][1][:-cut])


def test_a_segment_of_mp3_is_taken_as_it_is() -> None:
    for _, body in mp3_pieces(mp3()):
        assert segment(body) == ("mp3", body)


def test_an_ffmpeg_that_hangs_is_killed(tmp_path: Path) -> None:
    with pytest.raises(DamagedError, match="in time"):
        hanging(tmp_path).decode(_written(tmp_path, mp3()), "mp3", expected_seconds=0)
    with pytest.raises(DamagedError, match="in time"):
        hanging(tmp_path).remux(_written(tmp_path, mp3()), tmp_path / "out", expected_seconds=0)


def hanging(folder: Path) -> Ffmpeg:
    """An ffmpeg that never ends, and is given up soon."""
    script = folder / "ffmpeg"
    script.write_text("#!/bin/sh\nexec tail -f /dev/null\n")
    script.chmod(script.stat().st_mode | stat.S_IXUSR)
    return Ffmpeg(lambda: script, timeout=0.2)


def test_an_ffmpeg_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(DiskError, match="ffmpeg cannot be run"):
        Ffmpeg(lambda: tmp_path / "nowhere").decode(_written(tmp_path, mp3()), "mp3", expected_seconds=1)


def test_a_file_that_begins_with_a_dash_or_holds_a_percent_sign_is_a_file(tmp_path: Path) -> None:
    path = tmp_path / "-i %03d.mp3"
    path.write_bytes(mp3())
    assert verify(Ffmpeg(executable), path, "mp3", SECONDS) == pytest.approx(SECONDS, abs=0.1)


def _with_middle(content: bytes, middle: bytes) -> bytes:
    start = (len(content) - len(middle)) // 2
    return content[:start] + middle + content[start + len(middle) :]


DAMAGE: dict[str, tuple[Callable[[bytes], bytes], frozenset[str]]] = {
    "the second half is missing": (lambda content: content[: len(content) // 2], frozenset()),
    "4 kB in the middle are random": (
        lambda content: _with_middle(content, random.Random(1).randbytes(4096)),
        frozenset({"wav", "aiff"}),
    ),
    "64 kB in the middle are zero": (
        lambda content: _with_middle(content, bytes(65536)),
        frozenset({"wav", "aiff"}),
    ),
    "the last 200 bytes are missing": (
        lambda content: content[:-200],
        frozenset({"mp3", "wav", "aiff", "opus"}),
    ),
    "it is a page of HTML": (lambda _: b"<!DOCTYPE html><html><body>No</body></html>" * 20, frozenset()),
    "it is empty": (lambda _: b"", frozenset()),
}
"""What is done to a file, and in which containers that is not seen: samples without a checksum, and an end
that is missing within the tolerance (200 bytes are 13 ms of mp3 and less of the others)."""


@pytest.mark.parametrize("damage", DAMAGE)
@pytest.mark.parametrize("container", CONTAINERS)
def test_damage_is_found_where_the_format_lets_it_be_found(tmp_path: Path, container: str, damage: str) -> None:
    harm, unseen_in = DAMAGE[damage]
    path = _written(tmp_path, harm(audio(container)))
    if container in unseen_in:
        assert verify(Ffmpeg(), path, container, SECONDS) == pytest.approx(SECONDS, abs=0.05)
    else:
        with pytest.raises(DamagedError):
            verify(Ffmpeg(), path, container, SECONDS)


@pytest.mark.parametrize("container", CONTAINERS)
def test_a_whole_file_of_every_container_is_measured(tmp_path: Path, container: str) -> None:
    path = _written(tmp_path, audio(container))
    assert container_of(path) == container
    assert verify(Ffmpeg(), path, container, SECONDS) == pytest.approx(SECONDS, abs=0.05)
    with pytest.raises(DamagedError, match=r"1\.0 s shorter than the track"):
        verify(Ffmpeg(), path, container, SECONDS + 1)


@pytest.mark.parametrize("content", CONTAINERS)
@pytest.mark.parametrize("container", CONTAINERS)
def test_a_file_of_another_container_does_not_pass_under_a_wrong_name(
    tmp_path: Path, container: str, content: str
) -> None:
    path = tmp_path / f"named.{container}"
    path.write_bytes(audio(content))
    assert container_of(path) == content
    if container != content:
        with pytest.raises(DamagedError):
            verify(Ffmpeg(), path, container, SECONDS)


@pytest.mark.parametrize("container", ["flac", "opus"])
def test_one_changed_byte_is_found_by_the_checksums(tmp_path: Path, container: str) -> None:
    sound = audio(container)
    for at in random.Random(2).sample(range(20_000, len(sound) - 10_000), 8):
        changed = sound[:at] + bytes([sound[at] ^ 0x10]) + sound[at + 1 :]
        with pytest.raises(DamagedError, match="damaged"):
            verify(Ffmpeg(), _written(tmp_path, changed), container, SECONDS)


@pytest.mark.parametrize(("container", "at"), [("wav", 40), ("aiff", 22), ("flac", 22)])
def test_a_header_that_promises_another_length_is_not_believed(tmp_path: Path, container: str, at: int) -> None:
    """The bytes of WAV's data, the frames of AIFF, the samples of FLAC: all say far more than there is."""
    sound = audio(container, extra=("-bitexact",))
    lying = _written(tmp_path, sound[:at] + b"\x7f" * 4 + sound[at + 4 :])
    assert verify(Ffmpeg(), lying, container, SECONDS) == pytest.approx(SECONDS, abs=0.05)
    half = _written(tmp_path, (sound[:at] + b"\x7f" * 4 + sound[at + 4 :])[: len(sound) // 2 // 4096 * 4096])
    with pytest.raises(DamagedError):
        verify(Ffmpeg(), half, container, SECONDS)


@pytest.mark.parametrize("tag", [200, 300_000])
def test_flac_behind_an_id3_tag_of_any_length_is_flac(tmp_path: Path, tag: int) -> None:
    size = bytes(tag >> shift & 0x7F for shift in (21, 14, 7, 0))
    path = _written(tmp_path, b"ID3\x03\x00\x00" + size + bytes(tag) + audio("flac"))
    assert container_of(path) == "flac"
    assert verify(Ffmpeg(), path, "flac", SECONDS) == pytest.approx(SECONDS, abs=0.05)


def test_a_wav_of_64_bits_and_an_aiff_of_little_endian_samples_are_read(tmp_path: Path) -> None:
    path = _written(tmp_path, audio("wav", extra=("-rf64", "always")))
    assert path.read_bytes()[:4] == b"RF64"
    assert container_of(path) == "wav"
    assert verify(Ffmpeg(), path, "wav", SECONDS) == pytest.approx(SECONDS, abs=0.01)
    path = _written(tmp_path, audio("aiff", extra=("-c:a", "pcm_s16le")))
    assert path.read_bytes()[8:12] == b"AIFC"
    assert container_of(path) == "aiff"
    assert verify(Ffmpeg(), path, "aiff", SECONDS) == pytest.approx(SECONDS, abs=0.01)


def test_what_is_accepted_is_named_when_something_else_arrives(tmp_path: Path) -> None:
    with pytest.raises(DamagedError, match="neither mp3 nor m4a, flac, wav, aiff or Ogg Opus"):
        container_of(_written(tmp_path, b"<html>"))
    vorbis = b"OggS\x00\x02" + bytes(20) + b"\x01\x1e\x01vorbis"
    with pytest.raises(DamagedError, match="Ogg Vorbis; of Ogg only Opus is taken"):
        container_of(_written(tmp_path, vorbis))


@pytest.mark.parametrize("container", ["flac", "wav", "aiff"])
def test_a_segment_is_mp3_mp4_or_opus(container: str) -> None:
    with pytest.raises(DamagedError, match="is not audio"):
        segment(audio(container))
