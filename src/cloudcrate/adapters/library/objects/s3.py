"""The door to S3 and to what speaks as it does: s3fs, through fsspec.

Credentials, region and endpoint come from where the AWS tools look (the environment, ``~/.aws``, the machine's
role), never from the library's address. HTTPS_PROXY and NO_PROXY are honoured by botocore itself; it knows
AWS_CA_BUNDLE and not SSL_CERT_FILE, which is handed to it here.
"""

import base64
import io
import os
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from importlib.util import find_spec
from pathlib import Path
from typing import Any  # Any: s3fs and fsspec have no types, and S3's answers are JSON-like

from cloudcrate.adapters.library.objects.address import Address
from cloudcrate.adapters.library.objects.bucket import MOST, Beside, Digests, Held, Listed
from cloudcrate.adapters.library.objects.s3_errors import BEYOND, UNCONDITIONAL, UNMET, code_of, ours, s3_errors
from cloudcrate.errors import DamagedError, NotFoundError, RejectedError, missing_extra

PIECE = 1024 * 1024
"""Bytes that are read at a time."""

ATTEMPTS = 3
"""Of one request, by botocore: on connections that fail, 5xx, 429 and SlowDown, with growing pauses."""

CONNECT_TIMEOUT, READ_TIMEOUT = 10, 60
"""Seconds; of reading, those without a byte."""

DEADLINE, SLOWEST = 300.0, 20_000
"""Seconds for one request with its repetitions, and besides them a second for so many bytes that go up. Nothing
below has a limit of its own while it waits for leave to send a body (Expect: 100-continue)."""

CONNECTIONS = 32

OVER_NOTHING, OVER_ANYTHING = "", None


class S3Bucket:
    """See ``bucket.Bucket``. Nothing is asked before the first call."""

    def __init__(self, address: Address) -> None:
        self._address = address
        self._filesystem = _filesystem()

    @property
    def url(self) -> str:
        """See ``Bucket.url``."""
        return self._address.url

    def list(self, prefix: str = "") -> Iterator[Listed]:
        """See ``Bucket.list``."""
        for page in self._pages(Prefix=self._key(prefix)):
            yield from self._objects(page)

    def folder(self, prefix: str) -> Beside:
        """See ``Bucket.folder``."""
        top, objects, folders = self._key(prefix), list[Listed](), list[str]()
        for page in self._pages(Prefix=top, Delimiter="/"):
            objects += self._objects(page)
            folders += (str(found["Prefix"])[len(top) : -1] for found in page.get("CommonPrefixes") or ())
        return Beside(objects=tuple(objects), folders=tuple(folders))

    def head(self, key: str) -> Held | None:
        """See ``Bucket.head``."""
        try:
            found = self._call("head_object", Key=self._key(key), ChecksumMode="ENABLED")
        except NotFoundError:
            return None
        return Held(
            key=key,
            size=int(found["ContentLength"]),
            etag=str(found.get("ETag", "")),
            metadata={str(name).lower(): str(text) for name, text in (found.get("Metadata") or {}).items()},
            sha256=_hex(found.get("ChecksumSHA256")) if found.get("ChecksumType") != "COMPOSITE" else "",
            is_md5=found.get("ServerSideEncryption") in (None, "AES256") and not found.get("SSECustomerAlgorithm"),
            kind=str(found.get("ContentType", "")),
            storage_class=str(found.get("StorageClass", "")),
        )

    def read(self, key: str, *, etag: str = "") -> Iterator[bytes]:
        """See ``Bucket.read``."""
        return self._read(key, {"IfMatch": etag} if etag else {})

    def part(self, key: str, start: int, count: int) -> bytes:
        """See ``Bucket.part``."""
        return b"".join(self._read(key, {"Range": f"bytes={start}-{start + count - 1}"}))

    def _read(self, key: str, wanted: Mapping[str, object]) -> Iterator[bytes]:
        try:
            answer = self._sent("get_object", Key=self._key(key), **wanted)
        except Exception as error:
            if code_of(error) in BEYOND:
                return
            if code_of(error) in UNMET:
                raise DamagedError(f"{self.url}/{key} was changed meanwhile.", hint="Try again.") from error
            raise _named(error, self.url, key) from error
        body, left = answer["Body"], int(answer["ContentLength"])
        try:
            while piece := self._awaited(body.read, PIECE, timeout=DEADLINE):
                left -= len(piece)
                yield piece
        except GeneratorExit:
            raise
        except Exception as error:
            raise DamagedError(f"{self.url}/{key} broke off: {type(error).__name__}.", hint="Try again.") from error
        finally:
            self._filesystem.loop.call_soon_threadsafe(body.close)
        if left:
            raise DamagedError(f"{self.url}/{key} broke off: {left} bytes are missing.", hint="Try again.")

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
        """See ``Bucket.put``. The service refuses what does not arrive as its digests say (BadDigest)."""
        self._require_small(key, digests.size)
        told = {
            "ContentMD5": digests.md5_base64,
            "ChecksumSHA256": digests.sha256_base64,
            "ContentLength": digests.size,
            "ContentType": kind,
            "Metadata": dict(metadata),
        }
        with ExitStack() as stack:
            opened = io.BytesIO(body) if isinstance(body, bytes) else stack.enter_context(body.open("rb"))
            return self._conditional("put_object", key, over, {**told, "Body": opened})

    def copy(self, source: Held, key: str, metadata: Mapping[str, str], *, over: str | None) -> bool:
        """See ``Bucket.copy``."""
        self._require_small(key, source.size)
        told: dict[str, object] = {
            "CopySource": {"Bucket": self._address.bucket, "Key": self._key(source.key)},
            "CopySourceIfMatch": source.etag,
            "MetadataDirective": "REPLACE",
            "Metadata": dict(metadata),
        }
        told |= {"ContentType": source.kind} if source.kind else {}
        told |= {"StorageClass": source.storage_class} if source.storage_class else {}
        return self._conditional("copy_object", key, over, told)

    def delete(self, key: str, *, etag: str = "") -> bool:
        """See ``Bucket.delete``."""
        return self._conditional("delete_object", key, etag or OVER_ANYTHING, {})

    def close(self) -> None:
        """See ``Bucket.close``."""
        if self._filesystem._s3 is not None:  # s3fs connects by itself when its public ``s3`` is asked for
            self._awaited(self._filesystem.s3.close, timeout=DEADLINE)

    # --- requests ---------------------------------------------------------------------------

    def _conditional(self, method: str, key: str, over: str | None, told: Mapping[str, object]) -> bool:
        """Sends a write on its condition. Where the service knows none, what is there is looked at just before."""
        condition: dict[str, str] = {}
        if over is not OVER_ANYTHING:
            condition = {"IfMatch": over} if over else {"IfNoneMatch": "*"}
        try:
            self._sent(method, Key=self._key(key), **told, **condition)
        except Exception as error:
            code = code_of(error)
            if condition and (code in UNMET or (over and isinstance(ours(error, self.url), NotFoundError))):
                return False
            if not condition or code not in UNCONDITIONAL:
                raise _named(error, self.url, key) from error
            held = self.head(key)
            if (held.etag if held is not None else OVER_NOTHING) != over:
                return False
            self._call(method, Key=self._key(key), **told)
        return True

    def _pages(self, **told: object) -> Iterator[dict[str, Any]]:  # Any: S3's answers
        token: dict[str, object] = {}
        while True:
            page = self._call("list_objects_v2", **told, **token)
            yield page
            if not page.get("IsTruncated") or not page.get("NextContinuationToken"):
                return
            token = {"ContinuationToken": page["NextContinuationToken"]}

    def _objects(self, page: Mapping[str, Any]) -> Iterator[Listed]:  # Any: S3's answers
        for found in page.get("Contents") or ():
            key = str(found["Key"])[len(self._address.prefix) :]
            if key and not key.endswith("/"):  # what consoles put there to show an empty folder
                yield Listed(key=key, size=int(found["Size"]), etag=str(found.get("ETag", "")))

    def _call(self, method: str, **told: object) -> dict[str, Any]:  # Any: S3's answers
        with s3_errors(self.url):
            return self._sent(method, **told)

    def _sent(self, method: str, **told: object) -> dict[str, Any]:  # Any: S3's answers
        body, size = told.get("Body"), told.get("ContentLength", 0)
        if isinstance(body, io.IOBase):
            body.seek(0)
        seconds = DEADLINE + (size / SLOWEST if isinstance(size, int) else 0.0)
        call, bucket = self._filesystem._call_s3, self._address.bucket  # fsspec's own name for what can be awaited
        answer: dict[str, Any] = self._awaited(call, method, timeout=seconds, Bucket=bucket, **told)  # Any: as above
        return answer

    def _awaited(self, call: Any, *words: object, **told: object) -> Any:  # Any: coroutines of untyped libraries
        return _fsspec().asyn.sync(self._filesystem.loop, call, *words, **told)

    def _key(self, key: str) -> str:
        return f"{self._address.prefix}{key}"

    def _require_small(self, key: str, size: int) -> None:
        if size > MOST:
            raise RejectedError(
                f"{self.url}/{key} would have {size} bytes; {MOST} can be put at once.",
                hint="Convert it to something smaller, as --convert flac.",
            )


def _fsspec() -> Any:  # Any: fsspec has no types
    """The library, loaded when the first store is opened. Raises: UsageError when it is not installed."""
    if find_spec("fsspec") is None or find_spec("s3fs") is None:
        raise missing_extra("A library in an object store", "s3")
    import fsspec.asyn  # type: ignore[import-untyped]  # noqa: PLC0415 - it ships no types; loaded when used

    return fsspec


def _filesystem() -> Any:  # Any: fsspec has no types
    """An s3fs of our own: not one that other code shares and may have set up otherwise."""
    certificates = os.environ.get("AWS_CA_BUNDLE") or os.environ.get("SSL_CERT_FILE")
    filesystem = _fsspec().filesystem(
        "s3",
        skip_instance_cache=True,
        use_listings_cache=False,
        client_kwargs={"verify": certificates} if certificates else {},
        config_kwargs={
            "retries": {"mode": "standard", "max_attempts": ATTEMPTS},
            "connect_timeout": CONNECT_TIMEOUT,
            "read_timeout": READ_TIMEOUT,
            "max_pool_connections": CONNECTIONS,
            # Checksums are sent where we say so: services other than Amazon's know no trailing ones.
            "request_checksum_calculation": "when_required",
            "response_checksum_validation": "when_required",
        },
    )
    filesystem.retries = 1  # botocore's are enough
    return filesystem


def _named(error: BaseException, url: str, key: str) -> Exception:
    found = ours(error, url)
    return NotFoundError(f"{url}/{key} is not there.") if isinstance(found, NotFoundError) else found


def _hex(digest: object) -> str:
    """A digest in base64 as hex; empty for what is none."""
    try:
        return base64.b64decode(str(digest or ""), validate=True).hex()
    except ValueError:
        return ""
