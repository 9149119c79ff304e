"""How loud a file is over its length: decoded once per content, then kept as a small JSON file."""

import array
import json
import os
import sys
import tempfile
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from itertools import pairwise
from pathlib import Path
from typing import IO

from cloudcrate.adapters.library.ffmpeg import Ffmpeg
from cloudcrate.adapters.library.verify import container_of
from cloudcrate.core.model import StoredFile
from cloudcrate.errors import DamagedError, DiskError
from cloudcrate.ports.library import Store

COUNT = 800
"""Peaks of a file: more than a player has pixels, few enough to be sent at once (4 kB)."""

RATE = 8000
"""Samples per second that are looked at: drums keep their edges, and an hour is 58 MB that are never held."""

FINER = 8
"""So many parts are looked at for each peak: how long the sound really is is known only at its end."""

PIECE = 1024 * 1024
FULL_SCALE = 32768.0
LAYOUT = 1
"""Counts when what is kept changes its meaning."""

_HEX = frozenset("0123456789abcdef")


class StoredPeaks:
    """See ``ports.library.Peaks``. ``folder`` is a cache: what is in it can be worked out again."""

    def __init__(self, folder: Path, store: Store, ffmpeg: Ffmpeg | None = None) -> None:
        self._folder = folder
        self._store = store
        self._ffmpeg = ffmpeg or Ffmpeg()
        self._decoding = threading.Lock()  # a file that is asked for twice at once is decoded once

    def of(self, file: StoredFile) -> tuple[float, ...]:
        """See ``ports.library.Peaks.of``."""
        kept = self._kept(file)
        if kept is not None:
            return kept
        with self._decoding:
            kept = self._kept(file)
            if kept is None:
                kept = self._worked_out(file)
                self._keep(file, kept)
        return kept

    def _worked_out(self, file: StoredFile) -> tuple[float, ...]:
        self._store.size(file)  # before anything is made for it
        with self._copied(file) as path:
            container = container_of(path)
            block = max(1, round(file.seconds * RATE / (COUNT * FINER)))
            with self._ffmpeg.samples(path, container, rate=RATE, expected_seconds=file.seconds) as samples:
                loudest = _loudest(samples, block)
        if not loudest:
            raise DamagedError(f"Nothing of {file.path} can be decoded.", hint="Look at it: cloudcrate verify")
        return tuple(round(value / FULL_SCALE, 3) for value in _reduced(loudest, COUNT))

    @contextmanager
    def _copied(self, file: StoredFile) -> Iterator[Path]:
        """The file as ffmpeg can read it, whatever kind of library it is in; gone afterwards."""
        with self._disk_errors():
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            descriptor, name = tempfile.mkstemp(prefix="decoding-", dir=self._folder)
        try:
            with self._disk_errors(), os.fdopen(descriptor, "wb") as copy:
                at = 0
                while piece := self._store.read(file, at, PIECE):
                    copy.write(piece)
                    at += len(piece)
            yield Path(name)
        finally:
            with suppress(OSError):
                os.unlink(name)

    def _kept(self, file: StoredFile) -> tuple[float, ...] | None:
        path = self._path(file)
        if path is None:
            return None
        try:
            found = json.loads(path.read_bytes())
            if found["layout"] != LAYOUT:
                return None
            return tuple(float(value) for value in found["peaks"]) or None
        except (OSError, ValueError, KeyError, TypeError):
            return None  # not there, or damaged: then it is worked out again

    def _keep(self, file: StoredFile, peaks: Sequence[float]) -> None:
        """Keeps the peaks, whole or not at all. They are still told when the disk takes nothing more."""
        path = self._path(file)
        if path is None:
            return
        text = json.dumps({"layout": LAYOUT, "peaks": peaks}, separators=(",", ":"))
        with suppress(OSError):
            descriptor, name = tempfile.mkstemp(prefix="keeping-", dir=self._folder)
            try:
                with os.fdopen(descriptor, "w", encoding="ascii") as opened:
                    opened.write(text)
                os.replace(name, path)
            except OSError:
                os.unlink(name)
                raise

    def _path(self, file: StoredFile) -> Path | None:
        """Where the peaks of this content are kept; None when its checksum is none."""
        named = len(file.sha256) == 64 and _HEX.issuperset(file.sha256)
        return self._folder / f"{file.sha256}.json" if named else None

    @contextmanager
    def _disk_errors(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise DiskError(
                f"{self._folder} cannot be written: {error.strerror}.", hint="Make room there; it is a cache."
            ) from error


def _loudest(samples: IO[bytes], block: int) -> list[int]:
    """The loudest sample of each ``block`` of them, without its sign."""
    found = []
    while piece := samples.read(2 * block):
        values = array.array("h", piece[: len(piece) // 2 * 2])
        if sys.byteorder == "big":
            values.byteswap()
        if values:
            high, low = max(values), min(values)
            found.append(max(high, -low))
    return found


def _reduced(values: Sequence[int], count: int) -> list[int]:
    """``count`` maxima of equally long parts; a part that is shorter than one value repeats it."""
    total = len(values)
    bounds = [n * total // count for n in range(count + 1)]
    return [max(values[low : max(high, low + 1)]) for low, high in pairwise(bounds)]
