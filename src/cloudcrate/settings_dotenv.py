"""The file ``.env`` in the working directory, which may set four names and no others.

It belongs to whatever project lies there, so it is read with care: nothing is interpolated or run, and no message
repeats what stands in it.
"""

import os
import re
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from cloudcrate.errors import UsageError

NAMES = ("NOTION_TOKEN", "NOTION_API_TOKEN", "TRACKS_DB_ID", "PLAYLISTS_DB_ID")
LIMIT = 64 * 1024
"""Bytes of a file that is read."""

_LINE = re.compile(
    r"""^[ \t]*(?:export[ \t]+)?(?P<name>[A-Za-z_]\w*)[ \t]*=[ \t]*
    (?:
        (?:'(?P<plain>[^']*+)'|"(?P<escaped>(?:[^"\\]|\\.)*+)")[ \t]*(?:\#[^\r\n]*)?\r?$
        |(?P<bare>[^\r\n]*)
    )""",
    re.MULTILINE | re.DOTALL | re.VERBOSE | re.ASCII,
)
_COMMENT = re.compile(r"(?:^|[ \t]+)#.*", re.DOTALL)
_OURS = re.compile(r"CLOUDCRATE_\w+|\w+_TOKEN_FILE|SOUNDCLOUD_TOKEN")


@dataclass(frozen=True, slots=True, kw_only=True)
class Dotenv:
    """What the file says. Without one everything is empty."""

    path: Path
    values: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}), repr=False)
    idle: tuple[str, ...] = ()  # names of cloudcrate's that have no effect there
    faults: tuple[UsageError, ...] = ()  # why it, or a line of it, cannot be read
    is_folder: bool = False  # such as a virtual environment of that name, which says nothing


def read_dotenv(folder: Path) -> Dotenv:
    """Reads the file in a folder. Never fails: what is wrong stands in ``faults``."""
    path = folder / ".env"
    try:
        target = path.resolve()
        if path.is_symlink() and not target.is_relative_to(folder.resolve()):
            return _refused(path, "is a link that leads out of its folder", "Put a file in its place.")
        content = _content(target)
    except (FileNotFoundError, NotADirectoryError):
        return Dotenv(path=path)
    except IsADirectoryError:
        return Dotenv(path=path, is_folder=True)
    except OSError as error:
        return _refused(path, f"cannot be read: {error.strerror}", "Let it be a file that you may read.")
    except RuntimeError:  # Python 3.11 and 3.12 say so of links that lead in a circle
        return _refused(path, "is a link that leads nowhere", "Put a file in its place.")
    if len(content) > LIMIT:
        return _refused(path, f"is larger than {LIMIT // 1024} kB", "Keep what is not a setting elsewhere.")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return _refused(path, "is not UTF-8", "Save it as UTF-8.")
    return _parsed(path, text)


def _content(path: Path) -> bytes:
    """The bytes of a regular file, and at most one more than LIMIT. Raises: OSError; it never waits."""
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    with os.fdopen(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise OSError(None, "it is no file")
        return file.read(LIMIT + 1)


def _refused(path: Path, why: str, remedy: str) -> Dotenv:
    names = ", ".join(NAMES)
    hint = f"{remedy} Or work in another folder, or set {names} in the environment, which goes before."
    return Dotenv(path=path, faults=(UsageError(f"{path} {why}.", hint=hint),))


def _parsed(path: Path, text: str) -> Dotenv:
    values: dict[str, str] = {}
    idle: dict[str, None] = {}
    faults = []
    for line in _LINE.finditer(text):
        name = line["name"]
        if _OURS.fullmatch(name):
            idle[name] = None
        if name not in NAMES:
            continue
        value = _value(line)
        if value is None:
            number = text.count("\n", 0, line.start()) + 1
            faults.append(
                UsageError(f"{path}, line {number}: the quotes of {name} do not fit.", hint=f'Write {name}="…"')
            )
        else:
            values[name] = value
    return Dotenv(path=path, values=MappingProxyType(values), idle=tuple(idle), faults=tuple(faults))


def _value(line: re.Match[str]) -> str | None:
    """What a line sets its name to; None when its quotes do not fit."""
    plain, escaped, bare = line["plain"], line["escaped"], line["bare"]
    if plain is not None:
        return plain
    if escaped is not None:
        return re.sub(r"\\(.)", r"\1", escaped, flags=re.DOTALL)
    return None if bare.startswith(("'", '"')) else _COMMENT.sub("", bare).strip()
