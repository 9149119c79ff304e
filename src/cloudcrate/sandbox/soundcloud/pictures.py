"""Covers for the sandbox: small JPEGs, a different one per key."""

import subprocess
from functools import cache

import imageio_ffmpeg

_SIDE = 500
_COLOURS = 12


@cache
def _bank() -> tuple[bytes, ...]:
    """A few pictures of two colours, encoded at the first use."""
    raw = bytearray()
    for n in range(_COLOURS):
        upper = bytes([40 + 17 * n % 200, 200 - 13 * n, 90 + 11 * n % 160])
        lower = bytes([20 + 19 * n % 200, 60 + 7 * n, 180 - 9 * n])
        raw += upper * (_SIDE * _SIDE // 2) + lower * (_SIDE * _SIDE // 2)
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-nostdin", "-v", "error", "-f", "rawvideo", "-pix_fmt", "rgb24"]
    command += ["-s", f"{_SIDE}x{_SIDE}", "-i", "pipe:0", "-c:v", "mjpeg", "-q:v", "6", "-fflags", "+bitexact"]
    command += ["-flags:v", "+bitexact", "-f", "image2pipe", "pipe:1"]
    data = subprocess.run(command, input=bytes(raw), capture_output=True, check=True, timeout=60).stdout  # noqa: S603  # our own words
    pictures = [b"\xff\xd8\xff" + part for part in data.split(b"\xff\xd8\xff")[1:]]
    if len(pictures) != _COLOURS:
        raise RuntimeError(f"ffmpeg made {len(pictures)} pictures of {_COLOURS}")
    return tuple(pictures)


def jpeg(key: int) -> bytes:
    """A cover of 500 × 500 pixels; a comment segment makes it the key's own."""
    picture, comment = _bank()[key % _COLOURS], f"cloudcrate sandbox {key}".encode()
    return picture[:2] + b"\xff\xfe" + (2 + len(comment)).to_bytes(2, "big") + comment + picture[2:]
