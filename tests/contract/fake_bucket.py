"""A bucket in memory that fails and spoils as a test tells it, and counts what it is asked."""

import hashlib
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from cloudcrate.adapters.library.objects.bucket import Beside, Digests, Held, Listed
from cloudcrate.errors import DamagedError, NotFoundError


@dataclass(kw_only=True)
class MemoryBucket:
    """See ``objects.bucket.Bucket``."""

    url: str = "s3://memory/music"
    bodies: dict[str, bytes] = field(default_factory=dict)
    facts: dict[str, Held] = field(default_factory=dict)
    asked: Counter[str] = field(default_factory=Counter)
    failures: dict[str, list[Exception]] = field(default_factory=dict)  # by method: raised before it does anything
    lost_answers: dict[str, list[Exception]] = field(default_factory=dict)  # the same, once it is done
    spoils: list[Callable[[bytes], bytes]] = field(default_factory=list)  # what the next uploads become
    before_put: Callable[[str], None] = lambda key: None
    encrypted: bool = False  # by a key of its own: ETags are not MD5s
    knows_sha256: bool = True
    conditional: bool = True  # else one upload may replace another

    def __post_init__(self) -> None:
        self._lock = threading.Lock()

    def list(self, prefix: str = "") -> Iterator[Listed]:
        self._count("list")
        with self._lock:
            found = [held for key, held in sorted(self.facts.items()) if key.startswith(prefix)]
        yield from (Listed(key=held.key, size=held.size, etag=held.etag) for held in found)

    def folder(self, prefix: str) -> Beside:
        self._count("folder")
        with self._lock:
            below = sorted(key for key in self.facts if key.startswith(prefix))
            objects = [self.facts[key] for key in below if "/" not in key[len(prefix) :]]
        folders = {key[len(prefix) :].partition("/")[0] for key in below if "/" in key[len(prefix) :]}
        listed = tuple(Listed(key=held.key, size=held.size, etag=held.etag) for held in objects)
        return Beside(objects=listed, folders=tuple(sorted(folders)))

    def head(self, key: str) -> Held | None:
        self._count("head")
        return self.facts.get(key)

    def read(self, key: str, *, etag: str = "") -> Iterator[bytes]:
        self._count("read")
        with self._lock:
            held, body = self.facts.get(key), self.bodies.get(key, b"")
        if held is None:
            raise NotFoundError(f"{key} is not there.")
        if etag not in ("", held.etag):
            raise DamagedError(f"{key} was changed meanwhile.")
        yield from (body[start : start + 10_000] for start in range(0, len(body), 10_000))

    def part(self, key: str, start: int, count: int) -> bytes:
        self._count("part")
        with self._lock:
            if key not in self.facts:
                raise NotFoundError(f"{key} is not there.")
            return self.bodies[key][start : start + count]

    def put(
        self,
        key: str,
        body: Path | bytes,
        digests: Digests,
        metadata: Mapping[str, str],
        *,
        over: str | None,
        kind: str,
    ) -> bool:
        self._count("put")
        self.before_put(key)
        content = body if isinstance(body, bytes) else body.read_bytes()
        assert len(content) == digests.size
        if self.spoils:
            content = self.spoils.pop(0)(content)
        return self._written(
            "put", key, content, Held(key=key, size=0, etag="", metadata=dict(metadata), kind=kind), over
        )

    def copy(self, source: Held, key: str, metadata: Mapping[str, str], *, over: str | None) -> bool:
        self._count("copy")
        there = self.facts.get(source.key)
        if there is None or there.etag != source.etag:
            raise NotFoundError(f"{source.key} is not there.")
        content = self.bodies[source.key]
        if self.spoils:
            content = self.spoils.pop(0)(content)
        return self._written("copy", key, content, replace(source, key=key, metadata=dict(metadata)), over)

    def delete(self, key: str, *, etag: str = "") -> bool:
        self._count("delete")
        with self._lock:
            there = self.facts.get(key)
            if etag and (there is None or there.etag != etag):
                return False
            self.facts.pop(key, None)
            self.bodies.pop(key, None)
        return True

    def close(self) -> None:
        pass

    def _written(self, method: str, key: str, content: bytes, held: Held, over: str | None) -> bool:
        with self._lock:
            there = self.facts.get(key)
            if self.conditional and over is not None and (there.etag if there else "") != over:
                return False
            md5 = hashlib.md5(content).hexdigest()
            self.bodies[key] = content
            self.facts[key] = replace(
                held,
                size=len(content),
                etag=f'"{md5[::-1] if self.encrypted else md5}"',
                sha256=hashlib.sha256(content).hexdigest() if self.knows_sha256 else "",
                is_md5=not self.encrypted,
            )
        if self.lost_answers.get(method):
            raise self.lost_answers[method].pop(0)
        return True

    def _count(self, method: str) -> None:
        with self._lock:
            self.asked[method] += 1
        if self.failures.get(method):
            raise self.failures[method].pop(0)
