"""What a library needs of an object store, and how an upload is proved."""

import base64
import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from cloudcrate.adapters.library.disk import disk_errors
from cloudcrate.errors import DamagedError

MOST = 5 * 1024**3
"""Bytes that one upload or one copy may have. Nothing is sent in parts, so that no parts can be left over."""

_MD5 = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """An object as a listing tells it."""

    key: str
    size: int
    etag: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """An object as the store has it now."""

    key: str
    size: int
    etag: str  # names this version of its bytes
    metadata: Mapping[str, str] = field(default_factory=dict)  # names in lower case
    sha256: str = ""  # in hex, when the store knows it
    is_md5: bool = True  # the ETag can be the MD5 of the bytes: it is not of an object that the store has encrypted
    kind: str = ""  # its media type
    storage_class: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Digests:
    """What tells bytes apart."""

    size: int
    sha256: str
    md5: str

    @property
    def sha256_base64(self) -> str:
        """The SHA-256 as headers have it."""
        return base64.b64encode(bytes.fromhex(self.sha256)).decode("ascii")

    @property
    def md5_base64(self) -> str:
        """The MD5 as headers have it (RFC 1864)."""
        return base64.b64encode(bytes.fromhex(self.md5)).decode("ascii")


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """What lies in one folder: the objects, and the names of the folders below."""

    objects: tuple[Listed, ...]
    folders: tuple[str, ...]


class Bucket(Protocol):
    """An object store below one prefix; keys are relative to it, and ``/`` makes folders.

    Safe to use from many threads. A put and a copy happen at once or not at all. ``over`` says over what they may
    go: over anything (None), over nothing (empty), or over the version with this ETag; where something else is
    there, they change nothing and answer False. All raise: UnavailableError, CredentialsError, UsageError (there is
    no such bucket), DiskError (no room, or a name that is too long).
    """

    @property
    def url(self) -> str:
        """The address of the prefix, without a slash at its end."""

    def list(self, prefix: str = "") -> Iterator[Listed]:
        """The objects whose keys begin so. One request for every 1,000."""

    def folder(self, prefix: str) -> Beside:
        """What lies in a folder; ``prefix`` is empty or ends with a slash. One request for every 1,000 names."""

    def head(self, key: str) -> Held | None:
        """The object; None when there is none."""

    def read(self, key: str, *, etag: str = "") -> Iterator[bytes]:
        """The bytes of the object, of this version when one is named.

        Raises: NotFoundError; DamagedError when it broke off, or the version is another by now.
        """

    def part(self, key: str, start: int, count: int) -> bytes:
        """At most ``count`` bytes (one or more) of the object from ``start`` on; fewer only where it ends.

        One request. Raises: NotFoundError; DamagedError when it broke off.
        """

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
        """Uploads an object with its metadata and media type, and its digests, which the store compares."""

    def copy(self, source: Held, key: str, metadata: Mapping[str, str], *, over: str | None) -> bool:
        """Copies that version of an object within the store. Raises: NotFoundError when it is not there any more."""

    def delete(self, key: str, *, etag: str = "") -> bool:
        """Removes an object, where the store can tell only that version; False when another one is there."""

    def close(self) -> None:
        """Ends all connections."""


def digests_of(chunks: Iterable[bytes]) -> Digests:
    """The digests of bytes that come in pieces."""
    sha256, md5, size = hashlib.sha256(), hashlib.md5(usedforsecurity=False), 0
    for chunk in chunks:
        sha256.update(chunk)
        md5.update(chunk)
        size += len(chunk)
    return Digests(size=size, sha256=sha256.hexdigest(), md5=md5.hexdigest())


def digests_of_file(path: Path) -> Digests:
    """The digests of a file. Raises: DiskError."""
    with disk_errors(path), path.open("rb") as file:
        return digests_of(iter(lambda: file.read(1024 * 1024), b""))


def verify_upload(bucket: Bucket, key: str, digests: Digests) -> Held:
    """Proves that the object has these bytes, and answers with it.

    By its size, and by a checksum that the store computed: the ETag, which is the MD5 of what was put in one piece
    unless the store encrypts with a key of its own; of those the SHA-256. When neither tells, the object is read
    back once. Raises: DamagedError.
    """
    held = bucket.head(key)
    if held is None:
        raise DamagedError(f"{bucket.url}/{key} is not there after its upload.")
    if held.size != digests.size:
        raise DamagedError(f"{bucket.url}/{key} has {held.size} bytes after an upload of {digests.size}.")
    by_etag = held.is_md5 and held.etag.strip('"') == digests.md5
    by_sha256 = not held.is_md5 and held.sha256 == digests.sha256
    if not by_etag and not by_sha256 and digests_of(bucket.read(key, etag=held.etag)).sha256 != digests.sha256:
        raise DamagedError(f"{bucket.url}/{key} has other bytes than were uploaded.")
    return held


def verify_copy(bucket: Bucket, source: Held, key: str) -> Held:
    """Proves that a copy has the bytes of its source, and answers with it. Raises: DamagedError.

    The ETags of both are equal where both are MD5s; else both are read.
    """
    held = bucket.head(key)
    if held is None or held.size != source.size:
        raise DamagedError(f"{bucket.url}/{key} is not whole after it was copied.")
    if not have_same_bytes(bucket, source, held):
        raise DamagedError(f"{bucket.url}/{key} has other bytes than what it was copied from.")
    return held


def have_same_bytes(bucket: Bucket, one: Held, other: Held) -> bool:
    """Says whether two objects have the same bytes."""
    if one.size != other.size:
        return False
    etag = one.etag.strip('"')
    if one.is_md5 and other.is_md5 and _MD5.fullmatch(etag) and etag == other.etag.strip('"'):
        return True
    first, second = (digests_of(bucket.read(held.key, etag=held.etag)) for held in (one, other))
    return first == second
