"""Playlist files: M3U8, UTF-8, paths relative to the file, which lies at the library's top."""

from collections.abc import Sequence
from pathlib import PurePosixPath

from cloudcrate.core.model import StoredFile, Track
from cloudcrate.core.text import clean


def render(title: str, entries: Sequence[tuple[StoredFile, Track | None]]) -> bytes:
    """The file's content. Foreign texts stay on their line, so none of them can become an entry."""
    lines = ["#EXTM3U", f"#PLAYLIST:{clean(title)}"]
    for file, track in entries:
        name = f"{track.artist} - {track.title}" if track else PurePosixPath(file.path).stem
        # An artist may be called "#1 Hits"; a line that begins so would be a comment.
        path = f"./{file.path}" if file.path.startswith("#") else file.path
        lines += [f"#EXTINF:{round(file.seconds)},{clean(name)}", path.replace("\n", " ").replace("\r", " ")]
    return ("\n".join(lines) + "\n").encode("utf-8", "replace")


def paths(data: bytes) -> tuple[PurePosixPath, ...]:
    """The paths that a playlist file lists."""
    lines = [line.rstrip("\r") for line in data.decode("utf-8-sig", "replace").split("\n")]
    return tuple(PurePosixPath(line) for line in lines if line and not line.startswith("#"))
