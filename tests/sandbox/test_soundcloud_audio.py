"""The sandbox's sound: decodable, of the right length, different for every track, the same everywhere."""

import hashlib
import subprocess
import sys
from pathlib import Path

import imageio_ffmpeg
import pytest

from cloudcrate.sandbox.soundcloud import audio, fmp4

SECONDS = 24.7


def aac(key: int) -> bytes:
    count = audio.aac_frame_count(SECONDS)
    pieces = [fmp4.init_segment()]
    for number, first in enumerate(range(0, count, 431), 1):
        pieces.append(fmp4.media_segment(number, first, audio.aac_frames(key, SECONDS, first, first + 431)))
    return b"".join(pieces)


@pytest.mark.parametrize(
    ("form", "data"),
    [("mp3", audio.mp3(7, SECONDS)), ("mov", aac(7)), ("wav", audio.wav(7, SECONDS))],
    ids=["mp3", "fragmented-mp4", "wav"],
)
def test_it_decodes_without_complaint_to_its_length(form: str, data: bytes, tmp_path: Path) -> None:
    path = tmp_path / "sound"
    path.write_bytes(data)
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-nostdin", "-v", "error", "-f", form, "-i", str(path)]
    done = subprocess.run(
        [*command, "-ac", "1", "-ar", "8000", "-f", "s16le", "-"], capture_output=True, check=True, timeout=60
    )
    assert done.stderr == b""
    assert len(done.stdout) / 16_000 == pytest.approx(SECONDS, abs=0.05)
    assert any(done.stdout)


def test_segments_joined_are_the_whole() -> None:
    count = audio.mp3_frame_count(SECONDS)
    parts = [audio.mp3(7, SECONDS, start, start + 100) for start in range(0, count, 100)]
    assert b"".join(parts) == audio.mp3(7, SECONDS)


def test_every_track_sounds_different() -> None:
    assert len({audio.mp3(key, 5.0) for key in range(200)}) == 200


def test_another_process_makes_the_same_bytes() -> None:
    code = "import hashlib; from cloudcrate.sandbox.soundcloud import audio; "
    code += "print(hashlib.sha256(audio.mp3(7, 9.5) + b''.join(audio.aac_frames(7, 9.5, 0, 50))).hexdigest())"
    other = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    mine = hashlib.sha256(audio.mp3(7, 9.5) + b"".join(audio.aac_frames(7, 9.5, 0, 50))).hexdigest()
    assert other.stdout.strip() == mine
