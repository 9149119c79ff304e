"""What a file is and how long it is: told by its content and by its decoded sound, never by a header."""

import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from library_bench import SECONDS, fmp4, mp3, mp3_pieces, run_ffmpeg

from cloudcrate.adapters.library.ffmpeg import Ffmpeg, executable
from cloudcrate.adapters.library.verify import container_of, frame_length, segment, sniff, tolerance, verify
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
        (b"fLaC\x00\x00", None),
        (b"RIFF\x00\x00\x00\x00WAVE", None),
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
