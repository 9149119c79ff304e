"""The peaks of real files: where it is loud and where it is quiet, in every format, worked out once."""

import hashlib
import json
import stat
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from library_bench import Bench, audio, run_ffmpeg

from cloudcrate.adapters.library.ffmpeg import Ffmpeg, executable
from cloudcrate.adapters.library.peaks import COUNT, StoredPeaks
from cloudcrate.core.model import StoredFile
from cloudcrate.errors import DamagedError, DiskError, NotFoundError


def kept(bench: Bench, content: bytes, *, seconds: float = 6.0, path: str = "Ada/Song.mp3") -> StoredFile:
    (bench.root / path).parent.mkdir(parents=True, exist_ok=True)
    (bench.root / path).write_bytes(content)
    digest = hashlib.sha256(content).hexdigest()
    return StoredFile(path=path, size=len(content), sha256=digest, format="mp3", bitrate=0, seconds=seconds)


def wav(sound: str, seconds: float) -> bytes:
    return run_ffmpeg("-f", "lavfi", "-i", f"aevalsrc={sound}:d={seconds}:s=44100", "-bitexact", "-f", "wav", "-")


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path / "library")


@pytest.fixture
def peaks(bench: Bench, tmp_path: Path) -> StoredPeaks:
    return StoredPeaks(tmp_path / "cache" / "peaks", bench.store)


def test_peaks_follow_the_sound(bench: Bench, peaks: StoredPeaks) -> None:
    """Two seconds of silence, two at half of full scale, two at a tenth."""
    sound = "sin(440*2*PI*t)*(between(t\\,2\\,4)*0.5+gt(t\\,4)*0.1)"
    found = peaks.of(kept(bench, wav(sound, 6)))
    assert len(found) == COUNT
    third = COUNT // 3
    assert max(found[: third - 4]) == 0
    assert found[third + 4 : 2 * third - 4] == pytest.approx([0.5] * (third - 8), abs=0.02)
    assert found[2 * third + 5 : -2] == pytest.approx([0.1] * len(found[2 * third + 5 : -2]), abs=0.02)


@pytest.mark.parametrize("form", ["mp3", "m4a", "alac", "opus", "flac", "wav", "aiff"])
def test_every_format_has_peaks(bench: Bench, peaks: StoredPeaks, form: str) -> None:
    found = peaks.of(kept(bench, audio(form)))
    assert len(found) == COUNT
    assert all(0.05 < peak <= 1 for peak in found[10:-10])


def test_a_sound_much_shorter_or_longer_than_recorded_still_fills_the_width(bench: Bench, peaks: StoredPeaks) -> None:
    content = wav("0.5*sin(440*2*PI*t)", 3)
    for n, seconds in enumerate((0.0, 0.01, 1.0, 300.0)):
        file = replace(kept(bench, content, seconds=seconds), sha256=f"{n}" * 64)
        found = peaks.of(file)
        assert len(found) == COUNT
        assert max(found) == pytest.approx(0.5, abs=0.02)


def test_a_sound_of_a_moment_has_all_peaks(bench: Bench, peaks: StoredPeaks) -> None:
    assert len(peaks.of(kept(bench, wav("0.5*sin(440*2*PI*t)", 0.02), seconds=0.02))) == COUNT


def test_peaks_are_worked_out_once_per_content(bench: Bench, tmp_path: Path) -> None:
    asked: list[int] = []

    def find() -> Path:
        asked.append(1)
        return executable()

    peaks = StoredPeaks(tmp_path / "peaks", bench.store, Ffmpeg(find))
    file = kept(bench, wav("0.5*sin(440*2*PI*t)", 1))
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(peaks.of, [file] * 4))
    again = StoredPeaks(tmp_path / "peaks", bench.store, Ffmpeg(find)).of(replace(file, path="Elsewhere/Song.mp3"))
    assert len({*found, again}) == 1
    assert asked == [1]
    names = [path.name for path in (tmp_path / "peaks").iterdir()]
    assert names == [f"{file.sha256}.json"]


def test_what_is_kept_is_the_users_alone(bench: Bench, peaks: StoredPeaks, tmp_path: Path) -> None:
    peaks.of(kept(bench, wav("0.5*sin(440*2*PI*t)", 1)))
    assert stat.S_IMODE((tmp_path / "cache/peaks").stat().st_mode) & 0o077 == 0


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"layout": 0, "peaks": [1]}', '{"layout": 1, "peaks": ["x"]}', "null"]
)
def test_damaged_peaks_are_worked_out_again(bench: Bench, peaks: StoredPeaks, tmp_path: Path, text: str) -> None:
    file = kept(bench, wav("0.5*sin(440*2*PI*t)", 1))
    found = peaks.of(file)
    path = tmp_path / "cache/peaks" / f"{file.sha256}.json"
    path.write_text(text)
    assert peaks.of(file) == found
    assert len(json.loads(path.read_text())["peaks"]) == COUNT


@pytest.mark.parametrize("digest", ["", "../../evil", "g" * 64, "../" * 21 + "a"])
def test_a_checksum_that_is_none_names_no_file(bench: Bench, peaks: StoredPeaks, tmp_path: Path, digest: str) -> None:
    file = replace(kept(bench, wav("0.5*sin(440*2*PI*t)", 1)), sha256=digest)
    assert len(peaks.of(file)) == COUNT
    assert list((tmp_path / "cache/peaks").iterdir()) == []
    assert not list(tmp_path.glob("**/*.json"))


@pytest.mark.parametrize(
    "content", [b"", b"#EXTM3U\n#EXTINF:1,\nfile:///etc/hostname\n", b"ID3" + b"\0" * 5000, b"\xff\xfb\x90\x00" * 3]
)
def test_what_is_no_sound_has_no_peaks(bench: Bench, peaks: StoredPeaks, tmp_path: Path, content: bytes) -> None:
    with pytest.raises(DamagedError):
        peaks.of(kept(bench, content))
    assert list((tmp_path / "cache/peaks").iterdir()) == []


def test_a_file_that_is_gone_has_no_peaks(bench: Bench, peaks: StoredPeaks, tmp_path: Path) -> None:
    file = kept(bench, b"mine")
    (bench.root / file.path).unlink()
    with pytest.raises(NotFoundError):
        peaks.of(file)
    assert not (tmp_path / "cache").exists()


def test_a_cache_that_cannot_be_written_is_said(bench: Bench, tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file")
    with pytest.raises(DiskError, match="cache"):
        StoredPeaks(tmp_path / "cache" / "peaks", bench.store).of(kept(bench, wav("0.5*sin(440*2*PI*t)", 1)))
