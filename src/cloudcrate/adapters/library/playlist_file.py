"""Playlist files: M3U8, UTF-8, paths relative to the file, which lies at the library's top."""

from collections.abc import Sequence
from pathlib import PurePosixPath

from cloudcrate.core.model import StoredFile, Track
from cloudcrate.core.text import clean


def render(title: str, entries: Sequence[tuple[StoredFile, Track | None]]) -> bytes:
    """The file's content. Foreign texts are kept on their line."""
    lines = ["#EXTM3U", f"#PLAYLIST:{_line(title)}"]
    for file, track in entries:
        name = f"{track.artist} - {track.title}" if track else PurePosixPath(file.path).stem
        lines += [f"#EXTINF:{round(file.seconds)},{_line(name)}", file.path]
    return ("\n".join(lines) + "\n").encode("utf-8", "replace")


def paths(data: bytes) -> tuple[PurePosixPath, ...]:
    """The paths that a playlist file lists."""
    lines = data.decode("utf-8", "replace").split("\n")
    return tuple(PurePosixPath(line) for line in lines if line and not line.startswith("#"))


def _line(text: str) -> str:
    return " ".join(clean(text).split())
