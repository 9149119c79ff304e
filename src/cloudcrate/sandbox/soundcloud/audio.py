"""Sound for the sandbox's tracks: generated, decodable, different for every track, any length, and cheap.

A small bank of notes is encoded once per process; a track is a sequence of notes that its key decides,
joined frame by frame. That works because the frames are self-contained: the mp3 encoder runs without its
bit reservoir, and AAC frames only overlap with their neighbours.
"""

import math
import random
import struct
import subprocess
from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

import imageio_ffmpeg

RATE = 44_100
MP3_SAMPLES = 1152  # per frame
AAC_SAMPLES = 1024
NOTES = 24
GROUP = 20  # frames per note
SEED_WORDS = "cloudcrate sandbox"


@dataclass(frozen=True, slots=True, kw_only=True)
class Bank:
    """Encoded notes: for each, its frames."""

    mp3: tuple[tuple[bytes, ...], ...]
    aac: tuple[tuple[bytes, ...], ...]
    pcm: tuple[bytes, ...]  # 16-bit stereo


@cache
def bank() -> Bank:
    """The notes, encoded at the first use."""
    samples = GROUP * MP3_SAMPLES
    notes = [_note(110 * 2 ** (n / 6), samples) for n in range(NOTES)]
    pcm = b"".join(notes)
    mp3 = _mp3_frames(_encode(pcm, "libmp3lame", "mp3", "128k", "-reservoir", "0", "-write_xing", "0"))
    aac = _adts_frames(_encode(pcm, "aac", "adts", "160k"))
    return Bank(mp3=_grouped(mp3), aac=_grouped(aac), pcm=tuple(notes))


def _note(frequency: float, samples: int) -> bytes:
    """A tone with a soft attack and decay, the same in both channels."""
    wave = array("h")
    for n in range(samples):
        loud = min(1.0, n / 400, (samples - n) / 400)
        value = int(9000 * loud * math.sin(2 * math.pi * frequency * n / RATE))
        wave.append(value)
        wave.append(value)
    return wave.tobytes()


def _encode(pcm: bytes, codec: str, container: str, rate: str, *options: str) -> bytes:
    command = ["-f", "s16le", "-ar", str(RATE), "-ac", "2", "-i", "pipe:0"]
    command += ["-c:a", codec, "-b:a", rate, *options, "-map_metadata", "-1", "-id3v2_version", "0"]
    command += ["-fflags", "+bitexact", "-flags:a", "+bitexact", "-f", container, "pipe:1"]
    if container == "adts":
        command = [word for word in command if word not in ("-id3v2_version",)]
        command = [word for n, word in enumerate(command) if not (word == "0" and command[n - 1] == "-1")]
    return ffmpeg(command, pcm)


def ffmpeg(words: Sequence[str], data: bytes) -> bytes:
    """What ffmpeg writes to its output when it is given ``data``."""
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-nostdin", "-v", "error", *words]
    return subprocess.run(command, input=data, capture_output=True, check=True, timeout=60).stdout  # noqa: S603  # our own words


def _mp3_frames(data: bytes) -> list[bytes]:
    """Frames of 128 kbit/s at 44.1 kHz: 417 bytes, and one more where the padding bit says so."""
    frames, at = [], 0
    while at + 4 <= len(data):
        size = 417 + (data[at + 2] >> 1 & 1)
        frames.append(data[at : at + size])
        at += size
    return frames


def _adts_frames(data: bytes) -> list[bytes]:
    """Raw AAC frames, their ADTS headers taken off."""
    frames, at = [], 0
    while at + 7 <= len(data):
        size = (data[at + 3] & 3) << 11 | data[at + 4] << 3 | data[at + 5] >> 5
        header = 7 if data[at + 1] & 1 else 9
        frames.append(data[at + header : at + size])
        at += size
    return frames


def _grouped(frames: list[bytes]) -> tuple[tuple[bytes, ...], ...]:
    whole = len(frames) // GROUP
    return tuple(tuple(frames[n * GROUP : (n + 1) * GROUP]) for n in range(whole))


@lru_cache(maxsize=512)
def _melody(key: int, groups: int) -> tuple[int, ...]:
    return tuple(random.Random(f"{SEED_WORDS} {key}").choices(range(NOTES), k=groups))


def mp3_frame_count(seconds: float) -> int:
    """How many frames make ``seconds``."""
    return max(1, round(seconds * RATE / MP3_SAMPLES))


def aac_frame_count(seconds: float) -> int:
    """How many frames make ``seconds``."""
    return max(1, round(seconds * RATE / AAC_SAMPLES))


def mp3(key: int, seconds: float, start: int = 0, end: int | None = None) -> bytes:
    """The frames from ``start`` to ``end`` of a track's mp3 (128 kbit/s, no header); all by default."""
    return b"".join(_frames(bank().mp3, key, mp3_frame_count(seconds), start, end))


def aac_frames(key: int, seconds: float, start: int, end: int) -> list[bytes]:
    """Raw AAC frames of a track."""
    return _frames(bank().aac, key, aac_frame_count(seconds), start, end)


def _frames(notes: tuple[tuple[bytes, ...], ...], key: int, count: int, start: int, end: int | None) -> list[bytes]:
    melody = _melody(key, count // GROUP + 1)
    last = count if end is None else min(end, count)
    return [notes[melody[n // GROUP] % len(notes)][n % GROUP] for n in range(start, last)]


def pcm(key: int, seconds: float) -> bytes:
    """A track's sound as it was made: 16-bit stereo samples."""
    wanted = round(seconds * RATE) * 4
    notes = bank().pcm
    melody = _melody(key, wanted // len(notes[0]) + 1)
    return b"".join(notes[n] for n in melody)[:wanted]


def wav(key: int, seconds: float) -> bytes:
    """A track's sound as a 16-bit stereo WAV."""
    return riff(pcm(key, seconds), bits=16)


def riff(data: bytes, *, bits: int) -> bytes:
    """Stereo samples with the head of a WAV file."""
    size = bits // 4  # bytes of both channels
    form = struct.pack("<HHIIHH", 1, 2, RATE, RATE * size, size, bits)
    return (
        b"RIFF"
        + struct.pack("<I", 36 + len(data))
        + b"WAVEfmt "
        + struct.pack("<I", 16)
        + form
        + b"data"
        + struct.pack("<I", len(data))
        + data
    )
