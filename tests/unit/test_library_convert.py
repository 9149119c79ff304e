"""Conversions: the samples stay what they are where the format allows it, and what players refuse is not written."""

import stat
import wave
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from library_bench import JPEG, audio, run_ffmpeg
from mutagen.flac import FLAC, Picture
from mutagen.id3 import ID3, ID3NoHeaderError
from mutagen.mp3 import MP3, BitrateMode
from mutagen.mp4 import MP4

from cloudcrate.adapters.library.convert import (
    CONTAINER_OF,
    LOSSLESS,
    bit_depth,
    convert,
    is_lossless,
    shape,
    why_not,
)
from cloudcrate.adapters.library.ffmpeg import DEMUXERS, Ffmpeg
from cloudcrate.adapters.library.verify import container_of, verify
from cloudcrate.errors import DamagedError, DiskError, RefusedError, UnavailableError

SECONDS = 2.0


def source(
    folder: Path, form: str, *, bits: int = 16, rate: int = 44100, channels: int = 2, extra: tuple[str, ...] = ()
) -> Path:
    """A file of ``form`` on the disk."""
    path = folder / f"source.{CONTAINER_OF.get(form, form)}"
    path.write_bytes(audio(form, seconds=SECONDS, bits=bits, rate=rate, channels=channels, extra=extra))
    return path


def converted(path: Path, to: str, ffmpeg: Ffmpeg | None = None) -> Path:
    target = path.parent / f"converted.{CONTAINER_OF[to]}"
    convert(ffmpeg or Ffmpeg(), path, container_of(path), target, to, SECONDS)
    return target


def pcm(path: Path) -> bytes:
    """The MD5 of a file's samples at 32 bits, which holds each of 8, 16 and 24 as it is."""
    reading = ["-f", DEMUXERS[container_of(path)], "-i", f"file:{path}"]
    return run_ffmpeg(*reading, "-map", "0:a:0", "-c:a", "pcm_s32le", "-f", "md5", "-")


@pytest.mark.parametrize("to", LOSSLESS)
@pytest.mark.parametrize("form", ["flac", "wav", "aiff", "alac"])
def test_24_bits_stay_bit_for_bit_what_they_are(tmp_path: Path, form: str, to: str) -> None:
    path = source(tmp_path, form, bits=24)
    target = converted(path, to)
    assert pcm(target) == pcm(path)
    assert container_of(target) == CONTAINER_OF[to]
    assert shape(target, CONTAINER_OF[to]) == replace(shape(path, container_of(path)), plain=True)
    assert bit_depth(target, CONTAINER_OF[to]) == 24


@pytest.mark.parametrize("to", LOSSLESS)
def test_up_to_16_bits_become_16_bits_of_the_same_samples(tmp_path: Path, to: str) -> None:
    path = source(tmp_path, "wav", bits=8 if to == "aiff" else 16)
    target = converted(path, to)
    assert pcm(target) == pcm(path)
    assert bit_depth(target, CONTAINER_OF[to]) == 16


@pytest.mark.parametrize(("form", "to"), [("wav", "aiff"), ("wav", "wav"), ("aiff", "flac"), ("aiff", "alac")])
def test_floating_point_becomes_24_bits(tmp_path: Path, form: str, to: str) -> None:
    path = source(tmp_path, form, bits=32)
    assert is_lossless(path, form)
    assert shape(converted(path, to), CONTAINER_OF[to]).bits == 24


@pytest.mark.parametrize(("bits", "rate"), [(16, 44100), (24, 44100), (16, 96000), (24, 96000)])
def test_a_wav_names_itself_plain_pcm(tmp_path: Path, bits: int, rate: int) -> None:
    """CDJs refuse WAVE_FORMAT_EXTENSIBLE, which is what ffmpeg makes of 24 bits and of 96 kHz."""
    path = source(tmp_path, "aiff", bits=bits, rate=rate)
    target = converted(path, "wav")
    assert target.read_bytes()[20:22] == b"\1\0"
    assert pcm(target) == pcm(path)
    with wave.open(str(target)) as read:
        assert (read.getnchannels(), read.getframerate(), read.getsampwidth()) == (2, rate, bits // 8)
        frames = read.readframes(read.getnframes())
    samples = run_ffmpeg("-f", "aiff", "-i", f"file:{path}", "-c:a", f"pcm_s{bits}le", "-f", f"s{bits}le", "-")
    assert frames == samples


@pytest.mark.parametrize("to", LOSSLESS)
def test_a_lossless_target_keeps_the_sampling_rate(tmp_path: Path, to: str) -> None:
    path = source(tmp_path, "wav", bits=24, rate=96000)
    target = converted(path, to)
    assert shape(target, CONTAINER_OF[to]).rate == 96000
    assert pcm(target) == pcm(path)


@pytest.mark.parametrize(
    ("to", "rate", "made"),
    [
        ("mp3", 22050, 22050),
        ("mp3", 48000, 48000),
        ("mp3", 88200, 44100),
        ("mp3", 96000, 48000),
        ("mp3", 192000, 48000),
        ("m4a", 44100, 44100),
        ("m4a", 176400, 44100),
        ("m4a", 96000, 48000),
    ],
)
def test_a_lossy_target_gets_at_most_48_khz(tmp_path: Path, to: str, rate: int, made: int) -> None:
    target = converted(source(tmp_path, "wav", rate=rate), to)
    assert shape(target, to).rate == made


def test_mp3_has_320_kbit_and_m4a_aac_of_256(tmp_path: Path) -> None:
    path = source(tmp_path, "flac", bits=24)
    info = MP3(converted(path, "mp3")).info
    assert (info.bitrate, info.bitrate_mode, info.channels) == (320_000, BitrateMode.CBR, 2)
    info = MP4(converted(path, "m4a")).info
    assert info.codec == "mp4a.40.2"
    assert info.bitrate == pytest.approx(256_000, rel=0.15)


@pytest.mark.parametrize("to", CONTAINER_OF)
def test_mono_stays_mono(tmp_path: Path, to: str) -> None:
    assert shape(converted(source(tmp_path, "flac", channels=1), to), CONTAINER_OF[to]).channels == 1


@pytest.mark.parametrize(
    ("form", "to"),
    [("mp3", "aiff"), ("mp3", "m4a"), ("m4a", "wav"), ("m4a", "mp3"), ("opus", "flac"), ("opus", "alac")],
)
def test_a_lossy_source_is_converted_when_it_is_forced(tmp_path: Path, form: str, to: str) -> None:
    path = source(tmp_path, form)
    assert bit_depth(path, form) == 16
    target = converted(path, to)
    assert verify(Ffmpeg(), target, CONTAINER_OF[to], SECONDS) == pytest.approx(SECONDS, abs=0.06)
    assert bit_depth(target, CONTAINER_OF[to]) == 16


@pytest.mark.parametrize("to", CONTAINER_OF)
def test_tags_and_pictures_do_not_go_along(tmp_path: Path, to: str) -> None:
    path = source(tmp_path, "flac")
    tagged = FLAC(path)
    tagged.update({"TITLE": "Song", "BPM": "174", "INITIALKEY": "Am"})
    picture = Picture()
    picture.data, picture.mime, picture.type = JPEG, "image/jpeg", 3
    tagged.add_picture(picture)
    tagged.save()
    content = converted(path, to).read_bytes()
    assert JPEG not in content
    assert b"Song" not in content
    assert b"174" not in content[:2000]
    if to == "mp3":
        with pytest.raises(ID3NoHeaderError):
            ID3(path.parent / "converted.mp3")


@pytest.mark.parametrize("to", CONTAINER_OF)
def test_the_same_sound_makes_the_same_bytes(tmp_path: Path, to: str) -> None:
    path = source(tmp_path, "aiff", bits=24)
    assert converted(path, to).read_bytes() == converted(path, to).read_bytes()


@pytest.mark.parametrize("form", ["wav", "flac", "m4a", "opus"])
def test_more_than_two_channels_are_refused(tmp_path: Path, form: str) -> None:
    path = source(tmp_path, form, channels=6)
    with pytest.raises(RefusedError, match="has 6 channels; only mono and stereo") as refused:
        converted(path, "aiff")
    assert refused.value.hint
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("to", ["aiff", "m4a"])
def test_half_a_source_leaves_nothing_behind(tmp_path: Path, to: str) -> None:
    path = source(tmp_path, "wav", extra=("-bitexact",))
    path.write_bytes(path.read_bytes()[: 44 + 44100 * 4])  # a second of the two, at a sample's end: no complaint
    with pytest.raises(DamagedError, match=r"1\.0 s shorter"):
        converted(path, to)
    assert list(tmp_path.iterdir()) == [path]


def test_a_damaged_source_leaves_nothing_behind(tmp_path: Path) -> None:
    path = source(tmp_path, "flac")
    sound = path.read_bytes()
    path.write_bytes(sound[:90_000] + bytes([sound[90_000] ^ 1]) + sound[90_001:])
    with pytest.raises(DamagedError, match="damaged"):
        converted(path, "aiff")
    assert list(tmp_path.iterdir()) == [path]


def test_a_conversion_is_verified_against_the_length_that_is_expected(tmp_path: Path) -> None:
    path, target = source(tmp_path, "flac"), tmp_path / "converted.aiff"
    with pytest.raises(DamagedError, match=r"1\.0 s shorter than the track"):
        convert(Ffmpeg(), path, "flac", target, "aiff", SECONDS + 1)
    assert not target.exists()


@pytest.mark.parametrize("text", ["ffconcat version 1.0\nfile secret.wav\n", "#EXTM3U\n#EXTINF:2,\nsecret.wav\n"])
@pytest.mark.parametrize("container", ["wav", "aiff", "flac", "mp3", "opus", "m4a"])
def test_a_playlist_that_poses_as_audio_is_not_converted(tmp_path: Path, container: str, text: str) -> None:
    (tmp_path / "secret.wav").write_bytes(audio("wav", seconds=SECONDS))
    evil, target = tmp_path / f"evil.{container}", tmp_path / "converted.flac"
    evil.write_text(text)
    with pytest.raises(DamagedError):
        convert(Ffmpeg(), evil, container, target, "flac", SECONDS)
    with pytest.raises(DamagedError):
        Ffmpeg().encode(evil, container, target, ("-c:a", "flac", "-f", "flac"), expected_seconds=SECONDS)
    assert not target.exists() or target.stat().st_size < 200  # no sound


def an_ffmpeg_that(folder: Path, does: str) -> Ffmpeg:
    script = folder / "ffmpeg"
    script.write_text(f"#!/bin/sh\n{does}\n")
    script.chmod(script.stat().st_mode | stat.S_IXUSR)
    return Ffmpeg(lambda: script, timeout=0.2)


def test_a_full_disk_is_no_damage(tmp_path: Path) -> None:
    path = source(tmp_path, "flac")
    complaint = "[out#0/flac @ 0x55] Error writing trailer: No space left on device"
    with pytest.raises(DiskError, match="the disk is full"):
        converted(path, "wav", an_ffmpeg_that(tmp_path, f"echo '{complaint}' >&2; exit 228"))


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    path = source(tmp_path, "flac")
    with pytest.raises((DiskError, DamagedError), match="nowhere"):
        convert(Ffmpeg(), path, "flac", tmp_path / "nowhere" / "made.wav", "wav", SECONDS)
    with pytest.raises(DiskError, match="a part of its path is not there"):
        convert(Ffmpeg(), tmp_path / "nothing.mp3", "mp3", tmp_path / "made.wav", "wav", SECONDS)


def test_an_ffmpeg_that_was_killed_says_nothing_about_the_file(tmp_path: Path) -> None:
    path = source(tmp_path, "flac")
    for name in ("KILL", "TERM"):
        with pytest.raises(UnavailableError, match="ended from outside"):
            an_ffmpeg_that(tmp_path, f"kill -{name} $$").decode(path, "flac", expected_seconds=SECONDS)


def test_an_ffmpeg_that_hangs_is_killed(tmp_path: Path) -> None:
    path = source(tmp_path, "flac")
    with pytest.raises(DamagedError, match="in time"):
        convert(an_ffmpeg_that(tmp_path, "exec tail -f /dev/null"), path, "flac", tmp_path / "made.wav", "wav", 0)


def test_a_name_with_a_dash_and_a_percent_sign_is_a_file(tmp_path: Path) -> None:
    path, target = tmp_path / "-i %03d.flac", tmp_path / "-y %03d.aiff"
    path.write_bytes(audio("flac", seconds=SECONDS))
    convert(Ffmpeg(), path, "flac", target, "aiff", SECONDS)
    assert pcm(target) == pcm(path)


LOSSY_IN_LOSSLESS = {
    "ADPCM in WAV": ("wav", ("-c:a", "adpcm_ms")),
    "mp3 in WAV": ("wav", ("-c:a", "libmp3lame")),
    "mu-law in AIFF-C": ("aiff", ("-c:a", "pcm_mulaw")),
    "AAC in m4a": ("m4a", ()),
    "mp3": ("mp3", ()),
    "Opus": ("opus", ()),
}


@pytest.mark.parametrize("name", LOSSY_IN_LOSSLESS)
def test_lossy_is_told_by_the_codec(tmp_path: Path, name: str) -> None:
    form, extra = LOSSY_IN_LOSSLESS[name]
    assert not is_lossless(source(tmp_path, form, extra=extra), form)


LOSSLESS_KINDS = {
    "WAV": ("wav", 16, ()),
    "extensible WAV": ("wav", 24, ()),
    "WAV of floats": ("wav", 32, ()),
    "RF64": ("wav", 24, ("-rf64", "always")),
    "AIFF": ("aiff", 16, ()),
    "AIFF-C of little-endian samples": ("aiff", 16, ("-c:a", "pcm_s16le")),
    "AIFF-C of floats": ("aiff", 32, ()),
    "FLAC": ("flac", 24, ()),
    "ALAC": ("alac", 16, ()),
    "ALAC of 24 bits": ("alac", 24, ()),
}


@pytest.mark.parametrize("name", LOSSLESS_KINDS)
def test_lossless_and_its_depth_are_told_by_the_codec(tmp_path: Path, name: str) -> None:
    form, bits, extra = LOSSLESS_KINDS[name]
    path = source(tmp_path, form, bits=bits, extra=extra)
    found = shape(path, container_of(path))
    assert (found.lossless, found.bits, found.channels, found.rate) == (True, min(bits, 24), 2, 44100)
    assert pcm(converted(path, "flac")) == pcm(path) or bits == 32


def test_flac_behind_an_id3_tag_is_converted(tmp_path: Path) -> None:
    path = source(tmp_path, "flac", bits=24)
    plain = pcm(path)
    path.write_bytes(b"ID3\x03\x00\x00\x00\x01\x00\x00" + bytes(1 << 14) + path.read_bytes())
    assert container_of(path) == "flac"
    assert pcm(converted(path, "aiff")) == plain


BEGINNINGS = {
    "wav": b"RIFF\x00\x00\x00\x00WAVE",
    "aiff": b"FORM\x00\x00\x00\x00AIFF",
    "flac": b"fLaC",
    "m4a": b"\x00\x00\x00\x1cftypM4A ",
    "mp3": b"\xff\xfb\x90\x00",
    "opus": b"OggS\x00\x02" + bytes(20) + b"\x01\x13OpusHead",
}


@given(st.sampled_from(sorted(BEGINNINGS)), st.binary(max_size=200))
def test_a_header_made_to_hurt_is_damage(tmp_path_factory: pytest.TempPathFactory, container: str, rest: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "hostile"
    path.write_bytes(BEGINNINGS[container] + rest)
    try:
        found = shape(path, container)
    except DamagedError:
        return
    assert found.bits in (16, 24)
    assert found.channels > 0
    assert found.rate > 0


def test_a_header_of_endless_empty_chunks_is_given_up(tmp_path: Path) -> None:
    path = tmp_path / "empty.wav"
    path.write_bytes(b"RIFF\x00\x00\x00\x00WAVE" + b"junk\x00\x00\x00\x00" * 2000 + audio("wav", seconds=SECONDS)[12:])
    with pytest.raises(DamagedError, match="there is no chunk b'fmt '"):
        shape(path, "wav")


@pytest.mark.parametrize("to", CONTAINER_OF)
def test_only_what_is_lossless_is_converted_unless_it_is_forced(to: str) -> None:
    assert why_not("flac", lossless=True, to=to, force=False) is None
    assert why_not("mp3", lossless=False, to=to, force=True) is None
    reason = why_not("mp3", lossless=False, to=to, force=False)
    assert reason is not None
    assert reason.startswith("This mp3 is lossy already")


def test_the_reason_says_what_it_would_cost() -> None:
    assert "bigger and sound the same" in str(why_not("m4a", lossless=False, to="wav", force=False))
    assert "lose more" in str(why_not("m4a", lossless=False, to="mp3", force=False))


@pytest.mark.parametrize("force", [False, True])
def test_a_format_that_is_not_written_is_named_with_those_that_are(force: bool) -> None:
    reason = why_not("flac", lossless=True, to="opus", force=force)
    assert reason == "There is no conversion to opus; choose one of aiff, wav, flac, alac, mp3, m4a."
