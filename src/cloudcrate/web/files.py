"""The files that pages are drawn with. They are read once, so that nothing else can ever be asked for."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).parent / "static"

KINDS = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".ico": "image/x-icon",
    ".txt": "text/plain; charset=utf-8",
}
"""What is served; anything else in the folder is not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StaticFile:
    """One file, whole."""

    content: bytes
    kind: str
    etag: str


def static_files(folder: Path = FOLDER) -> dict[str, StaticFile]:
    """The files below a folder, by their path in it."""
    found = {}
    for path in sorted(folder.rglob("*")):
        kind = KINDS.get(path.suffix)
        if kind is not None and path.is_file() and not path.is_symlink():
            content = path.read_bytes()
            etag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
            found[path.relative_to(folder).as_posix()] = StaticFile(content=content, kind=kind, etag=etag)
    return found
