"""The address of a library in an object store: ``s3://bucket/prefix``."""

import re
from dataclasses import dataclass

from cloudcrate.core.text import visible
from cloudcrate.errors import DiskError, UsageError

SCHEME = "s3://"
MOST_BYTES = 1024
"""Of a key in UTF-8, prefix included; the service refuses longer ones."""

HINT = "Write it as s3://bucket or s3://bucket/music"

_BUCKET = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{1,253}[A-Za-z0-9]", re.ASCII)
"""What Amazon's buckets are called, and those of services that allow a little more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Where the library's objects are."""

    bucket: str
    prefix: str  # empty, or ends with a slash

    @property
    def url(self) -> str:
        """The address as it is written, without a slash at its end."""
        return f"{SCHEME}{self.bucket}/{self.prefix}".rstrip("/")


def is_address(text: str) -> bool:
    """Says whether this is meant to be in an object store rather than in a folder."""
    return text.strip()[: len(SCHEME)].lower() == SCHEME


def address(text: str) -> Address:
    """Reads an address. Raises: UsageError, whose message holds nothing of what may be a password."""
    rest = text.strip()[len(SCHEME) :]
    if not is_address(text):
        raise UsageError("The library's address does not begin with s3://.", hint=HINT)
    bucket, _, path = rest.partition("/")
    if "@" in rest or ":" in bucket:
        raise UsageError(
            "The library's address holds a name, a password or a port.",
            hint="Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE; a host in AWS_ENDPOINT_URL.",
        )
    if not _BUCKET.fullmatch(bucket):
        raise UsageError(f"{visible(bucket)!r} cannot be the name of a bucket.", hint=HINT)
    parts = [part for part in path.split("/") if part]
    if any(part in (".", "..") or part.startswith(".") for part in parts) or not path.isprintable():
        raise UsageError("A part of the library's address begins with a dot or cannot be printed.", hint=HINT)
    if set(path) & set("?#\\*"):
        raise UsageError("The library's address holds one of ? # \\ *.", hint=HINT)
    return Address(bucket=bucket, prefix="".join(f"{part}/" for part in parts))


def require_inside(relative: str, url: str) -> None:
    """Raises: DiskError when a path would leave the library, or cannot be a key."""
    parts = relative.split("/")
    if (
        any(part in ("", ".", "..") for part in parts)
        or "\0" in relative
        or len(relative.encode("utf-8", "replace")) > MOST_BYTES
    ):
        raise DiskError(
            f"{visible(relative)} leads out of {url}, or cannot be a key there.",
            hint="Choose another name or template.",
        )
