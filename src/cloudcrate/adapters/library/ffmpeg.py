"""ffmpeg on local files only: it never gets a link or a manifest, and never guesses the format.

Measured: a "mp3" that holds an HLS playlist made ffmpeg open other local files even with a protocol
whitelist; forcing the demuxer stopped it. Its exit code says nothing about damage; its messages do.
"""

import subprocess
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import IO

import imageio_ffmpeg

from cloudcrate.errors import DamagedError, DiskError

RATE = 8_000
"""Samples per second to which a file is decoded for measuring: enough to count, cheap to carry."""

DEMUXERS = {"mp3": "mp3", "m4a": "mov"}


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


def decode(path: Path, container: str, *, timeout: float) -> Decoded:
    """Decodes a whole file and measures the sound. Raises: DamagedError when ffmpeg cannot end it in time."""
    output = ["-map", "0:a:0", "-ac", "1", "-ar", str(RATE), "-f", "s16le", "pipe:1"]
    process = subprocess.Popen(  # noqa: S603  # our own words and an absolute path
        _command(path, container, output),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    watchdog = threading.Timer(timeout, process.kill)
    watchdog.start()
    with process, ThreadPoolExecutor(1) as reader:
        complaints = reader.submit(_read_all, process.stderr)
        counted = 0
        while chunk := process.stdout.read(1 << 16) if process.stdout else b"":
            counted += len(chunk)
        errors = complaints.result()
    if not watchdog.is_alive():
        raise DamagedError("The file could not be decoded in time.")
    watchdog.cancel()
    return Decoded(seconds=counted / (2 * RATE), errors=tuple(errors.splitlines()))


def _read_all(pipe: IO[bytes] | None) -> str:
    return pipe.read().decode("utf-8", "replace") if pipe else ""


def remux(source: Path, target: Path, *, timeout: float) -> None:
    """Copies the sound of a fragmented MP4 into an ordinary m4a. Raises: DamagedError."""
    output = ["-map", "0:a:0", "-map_metadata", "-1", "-c", "copy", "-movflags", "+faststart", "-f", "ipod", "-y"]
    try:
        done = subprocess.run(  # noqa: S603  # our own words and absolute paths
            _command(source, "m4a", [*output, str(target)]),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=timeout,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise DamagedError("The file could not be rewritten in time.") from error
    complaints = done.stderr.decode("utf-8", "replace").strip()
    if "No space left" in complaints:
        raise DiskError("The disk is full.", hint="Make room and run the same command again.")
    if done.returncode or complaints or not target.is_file():
        raise DamagedError(f"The stream is damaged: {complaints.splitlines()[-1] if complaints else 'not readable'}.")


def _command(path: Path, container: str, output: list[str]) -> list[str]:
    reading = ["-nostdin", "-v", "error", "-protocol_whitelist", "file,pipe", "-f", DEMUXERS[container]]
    return [str(executable()), *reading, "-i", f"file:{path.absolute()}", *output]
