"""Parts of streams that broke off: beside each one a note that says what its bytes are, and how parts outlive a run.

Beside ``X.part`` lies ``X.part.json``. Without a note that can be read a part is worth nothing: a transfer begins
anew. Nothing here is made to last (no fsync): what a power cut tears is found by the store, which verifies every
byte of the whole file. A note goes as soon as everything has arrived, so that a file that turns out damaged
after a resumption is fetched from its beginning.
"""

import json
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import TypeGuard

from cloudcrate.core.model import TrackId

WORTH_KEEPING = 64 * 1024
"""Bytes up to which a part is not worth a request that may fail."""

KEPT = "kept-"
MAX_NOTE = 4096
MAX_NUMBER = 2**53

_ETAG = re.compile(r'"[\x21\x23-\x7e]{1,200}"')
_DATE = re.compile(r"[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT", re.ASCII)
_DIGEST = re.compile(r"[0-9a-f]{64}")
_PRESET = re.compile(r"[a-z0-9_]{1,64}")
_KEPT_PART = re.compile(rf"{KEPT}\d+-[a-z0-9_]+\.part", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Progressive:
    """The first bytes of the one version of a file that ``validator`` names."""

    validator: str  # a strong ETag or a date that counts as one (RFC 9110, 8.8)
    total: int | None  # bytes of the whole, when they were told


@dataclass(frozen=True, slots=True, kw_only=True)
class Pieces:
    """The first ``written`` pieces of the HLS stream with this digest, and their bytes."""

    digest: str
    written: int
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """What is known about a part."""

    track_id: TrackId
    preset: str
    state: Progressive | Pieces
    stamp: tuple[int, int] | None = None  # of a kept part: its size and mtime, which tell it from any other


def note_path(part: Path) -> Path:
    """Where a part's note lies."""
    return part.with_name(f"{part.name}.json")


def write_note(part: Path, note: Note) -> None:
    """Writes a part's note whole, or leaves the old one. Raises: OSError."""
    match note.state:
        case Progressive(validator=validator, total=total):
            state: dict[str, object] = {"kind": "progressive", "validator": validator, "total": total}
        case Pieces(digest=digest, written=written, size=size):
            state = {"kind": "hls", "digest": digest, "written": written, "bytes": size}
    if note.stamp is not None:
        state["stamp"] = note.stamp
    path, new = note_path(part), part.with_name(f"{part.name}.json.new")
    try:
        new.write_text(json.dumps({"track": note.track_id, "preset": note.preset, **state}), "utf-8")
        new.replace(path)
    except BaseException:
        new.unlink(missing_ok=True)
        raise


def read_note(part: Path) -> Note | None:
    """A part's note; None when there is none, or none that makes sense."""
    try:
        with note_path(part).open("rb") as file:
            found = json.loads(file.read(MAX_NOTE))
    except (FileNotFoundError, ValueError, RecursionError):
        return None
    if not isinstance(found, dict):
        return None
    track, preset, state = found.get("track"), found.get("preset"), _state(found)
    if not _is_count(track) or not _matches(preset, _PRESET) or state is None:
        return None
    return Note(track_id=TrackId(track), preset=preset, state=state, stamp=_stamp(found.get("stamp")))


def forget(part: Path) -> None:
    """Removes a part and its note."""
    note_path(part).unlink(missing_ok=True)
    part.unlink(missing_ok=True)


def validator_of(headers: Mapping[str, str]) -> str | None:
    """What If-Range may name of an answer (RFC 9110, 13.1.5): its strong ETag, else its Last-Modified.

    Beside a weak ETag a date must not be named. A date is strong when the answer was given a minute later
    or more: what changes twice within one second has one date. A compressed body has no validator here.
    """
    if headers.get("content-encoding", "identity").lower() != "identity":
        return None
    if (etag := headers.get("etag")) is not None:
        return etag if _ETAG.fullmatch(etag) else None
    changed = headers.get("last-modified", "")
    try:
        age = parsedate_to_datetime(headers.get("date", "")) - parsedate_to_datetime(changed)
    except (ValueError, TypeError):  # TypeError: only one of them names a zone
        return None
    return changed if _DATE.fullmatch(changed) and age >= timedelta(minutes=1) else None


class Notebook:
    """The note of one part, written and read for one stream of one track; without a track nothing is noted."""

    def __init__(self, part: Path, track_id: TrackId | None, preset: str) -> None:
        self._part = part
        self._track_id = track_id
        self._preset = preset

    def read(self) -> Progressive | Pieces | None:
        """What the bytes that are there are; None when nothing tells, or they are another stream's."""
        note = read_note(self._part)
        if note is None or (note.track_id, note.preset) != (self._track_id, self._preset):
            return None
        return note.state

    def write(self, state: Progressive | Pieces) -> None:
        """Notes what the bytes are. Of a preset with a strange name nothing is noted. Raises: OSError."""
        if self._track_id is not None and _PRESET.fullmatch(self._preset):
            write_note(self._part, Note(track_id=self._track_id, preset=self._preset, state=state))

    def drop(self) -> None:
        """Takes the note away."""
        note_path(self._part).unlink(missing_ok=True)


# --- parts that outlive a run -------------------------------------------------------------------


def keep(part: Path, track_id: TrackId, preset: str) -> None:
    """Gives a part of a transfer that ended the name under which ``claim`` finds it, or removes it.

    It is kept when its note says that it is this track's and preset's and it is worth it. The note moves first,
    the part last: a kill between them leaves a note without a part and a part without a note, which ``sweep``
    removes. The note holds the part's size and mtime, so that no note is ever taken for that of another part,
    whatever two processes do at once.
    """
    note = read_note(part)
    if note is None or (note.track_id, note.preset) != (track_id, preset):
        return forget(part)
    kept = _kept_path(part.parent, track_id, preset)
    try:
        stamp = _stamp_of(part)
        if stamp[0] <= WORTH_KEEPING:
            return forget(part)
        write_note(part, Note(track_id=track_id, preset=preset, state=note.state, stamp=stamp))
        note_path(part).replace(note_path(kept))
        part.replace(kept)
    except OSError:  # a full disk is most likely what ended the transfer
        forget(part)


def claim(staging: Path, track_id: TrackId, preset: str, to: Path) -> bool:
    """Moves a kept part and its note to the working name ``to``. Of two that want it one gets it.

    The part moves first: that decides who gets it. A kill between leaves a part without a note at ``to``, with
    which a transfer begins anew, and a note without a part; ``sweep`` removes both. Raises: OSError.
    """
    if not _PRESET.fullmatch(preset):
        return False
    kept = _kept_path(staging, track_id, preset)
    try:
        kept.replace(to)
    except FileNotFoundError:
        return False
    try:
        note_path(kept).replace(note_path(to))
    except FileNotFoundError:
        forget(to)
        return False
    note = read_note(to)
    if note is None or note.stamp != _stamp_of(to):
        forget(to)
        return False
    return True


def sweep(staging: Path, oldest: float, is_dead: Callable[[Path], bool]) -> None:
    """Tidies a staging folder: keeps the parts of dead processes, removes what is nobody's.

    ``is_dead`` says of a path whether the process that its name tells is known not to live any more. What was
    last written before ``oldest`` (seconds since the epoch) goes, whoever made it: kept parts, too. Folders
    stay. Raises: OSError.
    """
    paths = [path for path in staging.iterdir() if path.is_symlink() or not path.is_dir()]
    for path in sorted(path for path in paths if path.suffix == ".part"):
        _sweep_part(path, oldest, is_dead)
    for path in sorted(path for path in paths if path.suffix != ".part"):
        if _is_old(path, oldest) or _is_lone_kept_note(path) or (not _is_kept_note(path) and is_dead(path)):
            path.unlink(missing_ok=True)


def _sweep_part(part: Path, oldest: float, is_dead: Callable[[Path], bool]) -> None:
    if _is_old(part, oldest):
        forget(part)
    elif _KEPT_PART.fullmatch(part.name):
        if not note_path(part).exists():
            part.unlink(missing_ok=True)
    elif is_dead(part):
        note = read_note(part)
        if note is None or part.is_symlink():
            forget(part)
        else:
            keep(part, note.track_id, note.preset)


def _is_kept_note(path: Path) -> bool:
    return path.suffix == ".json" and _KEPT_PART.fullmatch(path.stem) is not None


def _is_lone_kept_note(path: Path) -> bool:
    return _is_kept_note(path) and not path.with_suffix("").exists()


def _is_old(path: Path, oldest: float) -> bool:
    try:
        return path.lstat().st_mtime < oldest
    except FileNotFoundError:
        return False  # its process has moved it meanwhile


def _kept_path(staging: Path, track_id: TrackId, preset: str) -> Path:
    return staging / f"{KEPT}{track_id}-{preset}.part"


def _stamp_of(part: Path) -> tuple[int, int]:
    status = os.stat(part)
    return status.st_size, status.st_mtime_ns


# --- what a note may say ------------------------------------------------------------------------


def _state(found: Mapping[str, object]) -> Progressive | Pieces | None:
    if found.get("kind") == "progressive":
        validator, total = found.get("validator"), found.get("total")
        if (_matches(validator, _ETAG) or _matches(validator, _DATE)) and (total is None or _is_count(total)):
            return Progressive(validator=validator, total=total)
    if found.get("kind") == "hls":
        digest, written, size = found.get("digest"), found.get("written"), found.get("bytes")
        if _matches(digest, _DIGEST) and _is_count(written) and _is_count(size):
            return Pieces(digest=digest, written=written, size=size)
    return None


def _stamp(value: object) -> tuple[int, int] | None:
    match value:
        case [int(size), int(changed)]:
            return size, changed
        case _:
            return None


def _is_count(value: object) -> TypeGuard[int]:
    return type(value) is int and 0 < value < MAX_NUMBER


def _matches(value: object, pattern: re.Pattern[str]) -> TypeGuard[str]:
    return isinstance(value, str) and pattern.fullmatch(value) is not None
