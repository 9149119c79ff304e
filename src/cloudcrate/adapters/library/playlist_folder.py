"""A playlist's folder: its tracks' files under numbered names, for players that know no playlist files.

A hidden manifest lists what cloudcrate put there. It is written before names are added, naming what comes besides
what is there, and again when all is done: whatever breaks off between, no name of ours is ever taken for a file
of the user's, and the next run ends where this one would have.
"""

import errno
import json
import os
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from dataclasses import asdict, dataclass, replace
from itertools import count
from pathlib import Path, PurePosixPath

from cloudcrate.adapters.library import disk, place, scan, tag
from cloudcrate.adapters.library.disk import Disk, disk_errors
from cloudcrate.core import naming
from cloudcrate.core.model import StoredFile
from cloudcrate.errors import DiskError

LINKS, COPIES = naming.FOLDER_KINDS

DIGITS = 3
"""Of a number at least, so that names sort as the playlist does."""

MAX_MANIFEST = 32 * 1024 * 1024
"""Bytes. A playlist of 10,000 tracks needs 4."""

VERSION = 1
PARTIAL, COPYING = f"{scan.MANIFEST}.part", f"{scan.MANIFEST}.copy"
"""The names that a manifest and a copy have until they are whole."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A name that cloudcrate gave in a playlist's folder."""

    name: str
    path: str  # of the library's file
    size: int
    sha256: str
    link: bool  # a hard link of the library's file; else a copy


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What cloudcrate put into a folder, in order; ``done`` is False from before the first change till the last."""

    how: str
    done: bool
    entries: tuple[Entry, ...]


NOTHING = Manifest(how="", done=False, entries=())


def read(root: Path, path: str, how: str = "") -> tuple[str, ...] | None:
    """See ``ports.PlaylistFiles.read_folder``. With ``how``, a folder made the other way is not as it should be.

    A copy is compared by its size, with what was copied and with what its file is now.
    """
    with disk_errors(root / path):
        if not disk.is_inside(root / path, root):
            return None
        folder = place.target_of(root, f"{path}/{scan.MANIFEST}").parent
        manifest = _manifest(root, folder)
        if not manifest.done or how not in ("", manifest.how):
            return None
        whole = all(_is_whole(root, folder / entry.name, entry) for entry in manifest.entries)
        return tuple(entry.path for entry in manifest.entries) if whole else None


def write(root: Path, calls: Disk, path: str, how: str, files: Sequence[StoredFile]) -> None:
    """See ``ports.PlaylistFiles.write_folder``. Where there are no hard links, copies take their place.

    A name that the user's own file has gets a number. What the user changed of ours is the user's from then on.
    """
    target = place.target_of(root, f"{path}/{scan.MANIFEST}")
    with disk_errors(target.parent):
        disk.make_folder(calls, target.parent, root)
        _Rewriting(root, calls, target.parent, how, files).run()


class _Rewriting:
    """One rewriting of a folder."""

    def __init__(self, root: Path, calls: Disk, folder: Path, how: str, files: Sequence[StoredFile]) -> None:
        self._root = root
        self._disk = calls
        self._folder = folder
        self._how = how
        self._files = [(file, root / file.path) for file in files]
        self._old = _manifest(root, folder)
        inodes = {_inode(source) for _, source in self._files}
        own = {source.name for _, source in self._files if source.parent == folder}  # the library's, put here by hand
        listed = [entry for entry in self._old.entries if entry.name not in own]
        self._ours = {e.name: e for e in listed if _is_ours(root, folder / e.name, e, inodes)}

    def run(self) -> None:
        """Brings the folder to hold the files, in order."""
        wanted = self._wanted()
        there = {entry.name: fitting for entry in wanted if (fitting := self._fitting(entry)) is not None}
        surplus = {name: entry for name, entry in self._ours.items() if name not in there}
        missing = [entry for entry in wanted if entry.name not in there]
        for leftover in (PARTIAL, COPYING):
            self._disk.unlink(self._folder / leftover)
        settled = Manifest(how=self._how, done=True, entries=tuple(there.get(e.name, e) for e in wanted))
        if not surplus and not missing and settled == self._old:
            return
        # Until all is done it says how the folder was made: what was copied on purpose is no stand-in for links.
        coming = Manifest(how=self._old.how or self._how, done=False, entries=(*self._old.entries, *missing))
        self._record(coming)
        renamed = dict(self._renamed(surplus, missing))
        for name in sorted(surplus.keys() - renamed.values()):
            self._disk.unlink(self._folder / name)
        for entry in missing:
            there[entry.name] = self._made(entry, renamed.get(entry.name), coming)
        self._disk.sync(self._folder)
        self._record(Manifest(how=self._how, done=True, entries=tuple(there[entry.name] for entry in wanted)))

    def _wanted(self) -> list[Entry]:
        """The entries that are to be there. Raises: DiskError when a file of the library is not."""
        theirs = {naming.path_key(name) for name in os.listdir(self._folder) if name not in self._ours}
        width, wanted = max(DIGITS, len(str(len(self._files)))), []
        link = self._how == LINKS
        for number, (file, source) in enumerate(self._files, 1):
            size = scan.size_of(source, self._root)
            if size is None:
                raise DiskError(f"{file.path} is not in the library.", hint="Run the same command again.")
            for name in names(f"{number:0{width}}", file):
                # A further name of the very file is as good as ours, whoever gave it.
                if naming.path_key(name) not in theirs or (link and disk.is_same_file(self._folder / name, source)):
                    break
            wanted.append(Entry(name=name, path=file.path, size=size, sha256=file.sha256, link=link))
        return wanted

    def _fitting(self, wanted: Entry) -> Entry | None:
        """What is there under the name already, when it is what is wanted."""
        path, there = self._folder / wanted.name, self._ours.get(wanted.name)
        if disk.is_same_file(path, self._root / wanted.path):
            return wanted if wanted.link else None
        if there is None or there.link or (wanted.link and not self._copies_stand_in):
            return None
        same = (there.path, there.size, there.sha256) == (wanted.path, wanted.size, wanted.sha256)
        return there if same and path.lstat().st_size == wanted.size else None

    @property
    def _copies_stand_in(self) -> bool:
        """Says whether copies are there because links could not be had."""
        return self._old.how == LINKS

    def _renamed(self, surplus: Mapping[str, Entry], missing: Sequence[Entry]) -> Iterator[tuple[str, str]]:
        """New and old name of every copy that is needed under another number: nothing is copied for those."""
        copies = [entry for entry in surplus.values() if not entry.link]
        free = {
            (entry.sha256, entry.size): entry.name
            for entry in copies
            if (self._folder / entry.name).lstat().st_size == entry.size
        }
        for entry in missing:
            may = not entry.link or self._copies_stand_in
            if may and not os.path.lexists(self._folder / entry.name):
                old = free.pop((entry.sha256, entry.size), None)
                if old is not None:
                    yield entry.name, old

    def _made(self, entry: Entry, old: str | None, coming: Manifest) -> Entry:
        """Gives the entry its file, and says what became of it."""
        path, source = self._folder / entry.name, self._root / entry.path
        if old is not None:
            disk.name_without_overwriting(self._disk, self._folder / old, path)
            return replace(entry, link=False)
        if entry.link:
            try:
                self._disk.link(source, path)
            except FileExistsError:
                raise
            except OSError as error:
                if error.errno not in (*disk.NO_HARD_LINKS, errno.EXDEV):
                    raise
            else:
                return entry
        partial = self._folder / COPYING
        shutil.copyfile(source, partial)
        self._disk.sync(partial)
        made = replace(entry, link=False, size=partial.stat().st_size, sha256=disk.sha256(partial))
        if (made.size, made.sha256) != (entry.size, entry.sha256):
            # The file was changed since it was recorded; the manifest must know the bytes before they get a name.
            self._record(replace(coming, entries=(*coming.entries, made)))
        disk.name_without_overwriting(self._disk, partial, path)
        return made

    def _record(self, manifest: Manifest) -> None:
        disk.replace_durably(
            self._disk, self._folder / scan.MANIFEST, rendered(manifest), partial=self._folder / PARTIAL
        )


def names(number: str, file: StoredFile) -> Iterator[str]:
    """The names an entry may have, best first."""
    path = PurePosixPath(file.path)
    suffix = path.suffix if path.suffix.lower() in tag.SUFFIXES else f".{file.format}"
    stem = f"{number} {naming.safe_name(path.stem)}"
    yield f"{stem}{suffix}"
    for n in count(2):
        yield f"{stem} ({n}){suffix}"


def _is_whole(root: Path, path: Path, entry: Entry) -> bool:
    """Says whether an entry is there as it was made, and its file in the library is still the same."""
    size = scan.size_of(path, root)
    if size is None or entry.link:
        return size is not None and disk.is_same_file(path, root / entry.path)
    return size == entry.size == scan.size_of(root / entry.path, root)


def _is_ours(root: Path, path: Path, entry: Entry, inodes: Set[tuple[int, int]]) -> bool:
    """Says whether what bears an entry's name is what cloudcrate put there, and can go without a loss.

    A further name of one of the library's files, ``inodes``, can, whatever was written to it since.
    """
    size = scan.size_of(path, root)
    if size is None or path == root / entry.path:
        return False
    if size == 0 or _inode(path) in inodes or disk.is_same_file(path, root / entry.path):
        return True  # a name that was only reserved for a copy, or one of several
    return size == entry.size and disk.sha256(path) == entry.sha256


def _inode(path: Path) -> tuple[int, int]:
    """What all names of a file have in common; the same for all that are not there."""
    try:
        found = path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return 0, 0
    return found.st_dev, found.st_ino


def _manifest(root: Path, folder: Path) -> Manifest:
    """What a folder's manifest says; nothing when there is none, or one that is damaged."""
    path = folder / scan.MANIFEST
    size = scan.size_of(path, root)
    if size is None or size > MAX_MANIFEST:
        return NOTHING
    return parsed(path.read_bytes(), lambda inside: disk.is_inside(root / inside, root))


def rendered(manifest: Manifest) -> bytes:
    """A manifest as it is kept."""
    text = json.dumps({"version": VERSION, **asdict(manifest)}, ensure_ascii=False, indent=1)
    return text.encode("utf-8", "surrogatepass")


def parsed(data: bytes, is_inside: Callable[[str], bool]) -> Manifest:
    """What a manifest says, nothing when it is damaged; ``is_inside``: a path stays in the library."""
    try:
        told = json.loads(data)
        entries = tuple(Entry(**entry) for entry in told["entries"])
        manifest = Manifest(how=told["how"], done=told["done"] is True, entries=entries)
        version = told["version"]
    except (ValueError, LookupError, TypeError, RecursionError):
        return NOTHING
    sound = version == VERSION and manifest.how in (LINKS, COPIES) and all(_is_sound(e, is_inside) for e in entries)
    return manifest if sound else NOTHING


def _is_sound(entry: Entry, is_inside: Callable[[str], bool]) -> bool:
    """Says whether an entry of a manifest, which anybody can write, names what it may name."""
    texts = (entry.name, entry.path, entry.sha256)
    if not all(isinstance(text, str) for text in texts) or type(entry.size) is not int or type(entry.link) is not bool:
        return False
    plain = entry.name == PurePosixPath(entry.name).name and not entry.name.startswith(".") and "\\" not in entry.name
    return plain and "\0" not in entry.name and bool(entry.path) and is_inside(entry.path)
