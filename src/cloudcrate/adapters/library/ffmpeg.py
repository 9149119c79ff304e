"""ffmpeg on local files only: it never gets a link or a manifest, and never guesses the format.

Measured: a "mp3" that holds an HLS playlist made ffmpeg open other local files even with a protocol
whitelist; forcing the demuxer stopped it. Its exit code says nothing about damage; its messages do.
"""

import io
import re
import signal
import subprocess
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import IO

import imageio_ffmpeg

from cloudcrate.errors import DamagedError, DiskError, UnavailableError

SAMPLES = 1 << 16
"""Samples that are counted together."""

TIMEOUT = 60.0
"""Seconds, and a tenth of the track's length besides, or half of it when it is encoded."""

KILLED = (-signal.SIGKILL, -signal.SIGTERM)
"""How a process ends that somebody has ended: the kernel for want of memory, a person."""

MAX_MESSAGES = 64 * 1024
"""Bytes of complaints that are kept: a file can be damaged a million times."""

DEMUXERS = {"mp3": "mp3", "m4a": "mp4", "flac": "flac", "wav": "wav", "aiff": "aiff", "opus": "ogg"}

CHECKS = {"flac": ("-err_detect", "crccheck")}
"""Measured: without it ffmpeg takes no notice of a FLAC frame's checksum, and 21 of 25 changed bytes pass."""

QUIET = ("-nostdin", "-v", "error")
READING = ("-protocol_whitelist", "file,pipe", "-c:v", "wrapped_avframe")
"""The decoder named for pictures decodes none from a file: a strange cover says nothing about the sound
(measured: ffmpeg complains about it though only the sound is asked for), and need not meet its decoder."""

DISK_WORDS = {
    "No space left": "the disk is full",
    "Disk quota exceeded": "the quota is used up",
    "Read-only file system": "the filesystem is read-only",
    "Input/output error": "the disk fails",
}
"""What ffmpeg says of a disk, and what it means."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decoded:
    """What a full decode found."""

    seconds: float  # of decoded sound; a gap in the timestamps counts nothing
    errors: tuple[str, ...]


@cache
def executable() -> Path:
    """The ffmpeg of the imageio-ffmpeg package (or the one that IMAGEIO_FFMPEG_EXE names).

    Raises: DiskError when there is none.
    """
    try:
        return Path(imageio_ffmpeg.get_ffmpeg_exe())
    except RuntimeError as error:
        raise DiskError("There is no ffmpeg.", hint="Install the imageio-ffmpeg package again.") from error


class Ffmpeg:
    """Runs ffmpeg. ``find`` is asked for it at the first use."""

    def __init__(self, find: Callable[[], Path] = executable, *, timeout: float = TIMEOUT) -> None:
        self._find = find
        self._timeout = timeout

    def decode(self, path: Path, container: str, *, expected_seconds: float) -> Decoded:
        """Decodes a whole file and measures the sound. Raises: DamagedError when that does not end in time."""
        # One thread and few frames: an ordinary input hands every frame of 23 ms through five threads, which costs
        # more than it gains. (As the source of a filter a file costs least, but ffmpeg 9.0.2 then corrupts its memory
        # on ALAC.)
        # No filter with ``async``: a gap in the timestamps must stay missing, not become silence.
        gathered = ["-map", "0:a:0", "-af", f"asetnsamples=n={SAMPLES}:p=0"]
        words = ["-threads", "1", *_reading(path, container), *gathered, "-f", "framecrc", "pipe:1"]
        with self._running(words, expected_seconds / 10) as (frames, complaints):
            seconds = _counted(frames)
        return Decoded(seconds=seconds, errors=tuple(complaints))

    @contextmanager
    def samples(self, path: Path, container: str, *, rate: int, expected_seconds: float) -> Iterator[IO[bytes]]:
        """The sound of a file as mono 16-bit samples, little-endian, ``rate`` per second; damage is left out.

        Raises: DamagedError when that does not end in time.
        """
        output = ["-map", "0:a:0", "-ac", "1", "-ar", str(rate), "-f", "s16le", "pipe:1"]
        words = ["-threads", "1", *_reading(path, container), *output]
        with self._running(words, expected_seconds / 10) as (samples, _):
            yield samples

    def remux(self, source: Path, target: Path, *, expected_seconds: float) -> None:
        """Copies the sound of a fragmented MP4 into an ordinary m4a. Raises: DamagedError, DiskError."""
        output = ["-map_metadata", "-1", "-c", "copy", "-movflags", "+faststart", "-f", "ipod"]
        self._write(source, "m4a", target, output, expected_seconds / 10)

    def encode(
        self, source: Path, container: str, target: Path, codec: Sequence[str], *, expected_seconds: float
    ) -> None:
        """Writes the sound of a file anew, without its tags, chapters and pictures, over what is at ``target``.

        ``codec`` names the encoder, its settings and the format. The same sound makes the same bytes.
        Raises: DamagedError, DiskError.
        """
        output = ["-map_metadata", "-1", "-map_chapters", "-1", "-fflags", "+bitexact", "-flags:a", "+bitexact", *codec]
        self._write(source, container, target, output, expected_seconds / 2)

    def _write(self, source: Path, container: str, target: Path, output: list[str], allowance: float) -> None:
        writing = ["-map", "0:a:0", *output, "-y", f"file:{target.absolute()}"]
        with self._running([*_reading(source, container), *writing], allowance) as (_, complaints):
            pass
        for said, meaning in DISK_WORDS.items():
            if any(said in line for line in complaints):
                raise DiskError(f"ffmpeg could not write: {meaning}.", hint="Make room and run the command again.")
        if complaints or not target.is_file():
            raise DamagedError(f"The stream is damaged: {complaints[0] if complaints else 'it cannot be read'}.")

    @contextmanager
    def _running(self, words: Sequence[str], allowance: float) -> Iterator[tuple[IO[bytes], list[str]]]:
        """Runs ffmpeg on one file; the list holds its complaints at the end. Killed when it takes too long.

        ``allowance``: seconds that this file may take besides the timeout.
        """
        command = [str(self._find()), *QUIET, *words]
        try:
            process = subprocess.Popen(  # noqa: S603  # our own words and absolute paths, no shell
                command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE
            )
        except OSError as error:
            raise DiskError(
                f"ffmpeg cannot be run: {error.strerror}.", hint="Install the imageio-ffmpeg package again."
            ) from error
        late = threading.Event()

        def give_up() -> None:
            late.set()
            process.kill()

        watchdog = threading.Timer(self._timeout + allowance, give_up)
        watchdog.daemon = True
        watchdog.start()
        complaints: list[str] = []
        try:
            with process, ThreadPoolExecutor(1) as reader:
                messages = reader.submit(_read_some, process.stderr)
                try:
                    yield process.stdout or io.BytesIO(), complaints
                except BaseException:
                    process.kill()
                    raise
                complaints += map(_without_address, messages.result().splitlines())
        finally:
            watchdog.cancel()
        if late.is_set():
            raise DamagedError("ffmpeg did not come to an end with the file in time.")
        if process.returncode in KILLED:
            raise UnavailableError(
                f"ffmpeg was ended from outside (signal {-process.returncode}), which says nothing about the file.",
                hint="Is there too little memory? Run the same command again, with fewer --jobs.",
            )


def _reading(path: Path, container: str) -> list[str]:
    """A file as ffmpeg's ordinary input."""
    return [*READING, *CHECKS.get(container, ()), "-f", DEMUXERS[container], "-i", f"file:{path.absolute()}"]


def _counted(frames: IO[bytes]) -> float:
    """The seconds of a framecrc listing: its lines give each frame's samples, its head what a sample lasts."""
    samples, unit = 0, 0.0
    for line in frames:
        if line.startswith(b"#tb 0:"):
            over, under = line.removeprefix(b"#tb 0:").split(b"/")
            unit = int(over) / int(under)
        elif not line.startswith(b"#"):
            samples += int(line.split(b",")[3])
    return samples * unit


def _read_some(pipe: IO[bytes] | None) -> str:
    """The beginning of what comes; the rest is read and dropped, so that nobody waits on a full pipe."""
    kept = b""
    while pipe is not None and (chunk := pipe.read(1 << 16)):
        kept += chunk[: MAX_MESSAGES - len(kept)]
    return kept.decode("utf-8", "replace")


def _without_address(line: str) -> str:
    """A complaint without the names of ffmpeg's parts: ``[mp3float @ 0x55ba] Header missing``."""
    return re.sub(r"^(\[[^\]]*\] )+", "", line.strip())[:120].rstrip(".")
