"""What every bucket must do, held against S3 as moto plays it and against the fake."""

import secrets
from collections.abc import Iterator

import pytest
from fake_bucket import MemoryBucket
from s3_server import REQUESTS, fill, hands, s3_environment

from cloudcrate.adapters.library.objects.address import address
from cloudcrate.adapters.library.objects.bucket import (
    Beside,
    Bucket,
    Listed,
    digests_of,
    have_same_bytes,
    verify_upload,
)
from cloudcrate.adapters.library.objects.s3 import S3Bucket
from cloudcrate.errors import DamagedError, NotFoundError

NOTE = {"cloudcrate-track": "7"}


def put(bucket: Bucket, key: str, body: bytes = b"sound", *, over: str | None = None) -> bool:
    return bucket.put(key, body, digests_of([body]), NOTE, over=over, kind="audio/mpeg")


class BucketContract:
    """The tests; a subclass provides ``bucket``, which is empty."""

    def test_what_was_put_is_told_and_read(self, bucket: Bucket) -> None:
        assert put(bucket, "Ada/Ünder – 7.mp3")
        held = bucket.head("Ada/Ünder – 7.mp3")
        assert held is not None
        assert (held.size, dict(held.metadata), held.kind) == (5, NOTE, "audio/mpeg")
        assert b"".join(bucket.read("Ada/Ünder – 7.mp3", etag=held.etag)) == b"sound"
        assert list(bucket.list()) == [Listed(key="Ada/Ünder – 7.mp3", size=5, etag=held.etag)]
        assert verify_upload(bucket, "Ada/Ünder – 7.mp3", digests_of([b"sound"])) == held

    def test_what_is_not_there_is_said_so(self, bucket: Bucket) -> None:
        assert bucket.head("x") is None
        with pytest.raises(NotFoundError):
            list(bucket.read("x"))
        assert list(bucket.list()) == []
        bucket.delete("x")

    def test_a_part_is_read_alone(self, bucket: Bucket) -> None:
        put(bucket, "x", b"0123456789")
        assert bucket.part("x", 2, 3) == b"234"
        assert bucket.part("x", 8, 100) == b"89"
        assert bucket.part("x", 10, 5) == bucket.part("x", 100, 5) == b""
        with pytest.raises(NotFoundError):
            bucket.part("y", 0, 1)

    def test_over_nothing_goes_only_over_nothing(self, bucket: Bucket) -> None:
        assert put(bucket, "x", b"first", over="")
        assert not put(bucket, "x", b"second", over="")
        assert b"".join(bucket.read("x")) == b"first"

    def test_over_a_version_goes_only_over_that_version(self, bucket: Bucket) -> None:
        put(bucket, "x", b"first")
        first = bucket.head("x")
        assert first is not None
        assert put(bucket, "x", b"second", over=first.etag)
        assert not put(bucket, "x", b"third", over=first.etag)
        assert not put(bucket, "gone", b"third", over=first.etag)
        assert b"".join(bucket.read("x")) == b"second"
        with pytest.raises(DamagedError):
            list(bucket.read("x", etag=first.etag))

    def test_a_copy_has_the_bytes_and_the_metadata_that_it_is_given(self, bucket: Bucket) -> None:
        put(bucket, "a b/ü?.mp3")
        source = bucket.head("a b/ü?.mp3")
        assert source is not None
        assert bucket.copy(source, "copy.mp3", {"cloudcrate-copy": "1"}, over="")
        made = bucket.head("copy.mp3")
        assert made is not None
        assert (dict(made.metadata), made.kind, made.size) == ({"cloudcrate-copy": "1"}, "audio/mpeg", 5)
        assert have_same_bytes(bucket, source, made)

    def test_what_is_gone_cannot_be_copied(self, bucket: Bucket) -> None:
        put(bucket, "x")
        source = bucket.head("x")
        assert source is not None
        assert bucket.delete("x", etag=source.etag)
        with pytest.raises(NotFoundError):
            bucket.copy(source, "y", {}, over="")
        assert bucket.head("y") is None

    def test_a_folder_is_its_objects_and_the_folders_below(self, bucket: Bucket) -> None:
        for key in ("top.mp3", "Ada/x.mp3", "Ada/live/y.mp3", "Adam/z.mp3"):
            put(bucket, key)
        top, ada = bucket.folder(""), bucket.folder("Ada/")
        assert ([o.key for o in top.objects], sorted(top.folders)) == (["top.mp3"], ["Ada", "Adam"])
        assert ([o.key for o in ada.objects], list(ada.folders)) == (["Ada/x.mp3"], ["live"])
        assert bucket.folder("Nobody/") == Beside(objects=(), folders=())


class TestS3(BucketContract):
    @pytest.fixture
    def bucket(self) -> Iterator[Bucket]:
        name = f"bucket-{secrets.token_hex(6)}"
        with s3_environment(), hands() as client:
            client.create_bucket(Bucket=name)
            client.put_object(Bucket=name, Key="other/x.mp3", Body=b"another library's")
            bucket = S3Bucket(address(f"s3://{name}/music"))
            try:
                yield bucket
            finally:
                bucket.close()

    def test_a_listing_costs_a_request_for_every_thousand(self, bucket: Bucket) -> None:
        name = bucket.url.removeprefix("s3://").partition("/")[0]
        for number in range(1100):
            fill(name, f"music/{number:04}.mp3")
        REQUESTS.clear()
        assert [listed.key for listed in bucket.list()] == [f"{number:04}.mp3" for number in range(1100)]
        assert len(REQUESTS) == 2


class TestMemory(BucketContract):
    @pytest.fixture
    def bucket(self) -> Bucket:
        return MemoryBucket()
