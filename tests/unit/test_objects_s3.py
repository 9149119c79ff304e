"""The door to S3: addresses, errors in our words, secrets, proxies and certificates."""

import hashlib
import socket
import socketserver
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import botocore.exceptions  # type: ignore[import-untyped]  # it ships none
import pytest
import trustme
from s3_server import SECRET, s3_environment

from cloudcrate.adapters.library.objects import s3_errors
from cloudcrate.adapters.library.objects.address import address, is_address
from cloudcrate.adapters.library.objects.bucket import digests_of
from cloudcrate.adapters.library.objects.s3 import S3Bucket
from cloudcrate.errors import (
    CloudcrateError,
    CredentialsError,
    DamagedError,
    DiskError,
    NotFoundError,
    RejectedError,
    UnavailableError,
    UsageError,
)


class Raw(socketserver.ThreadingTCPServer):
    """Answers every request with the same bytes, whatever it is; keeps what it was asked."""

    daemon_threads = True

    def __init__(self, answer: bytes, context: ssl.SSLContext | None = None) -> None:
        self.answer = answer
        self.context = context
        self.asked: list[bytes] = []
        super().__init__(("127.0.0.1", 0), _Exchange)

    def get_request(self) -> tuple[socket.socket, object]:
        connection, address = super().get_request()
        if self.context is not None:  # the handshake is made by the thread that serves it
            connection = self.context.wrap_socket(connection, server_side=True, do_handshake_on_connect=False)
        return connection, address

    def shutdown_request(self, request: object) -> None:
        assert isinstance(request, socket.socket)
        request.close()

    @property
    def port(self) -> int:
        return int(self.server_address[1])


class _Exchange(socketserver.StreamRequestHandler):
    server: Raw

    def handle(self) -> None:
        head = b""
        with suppress(ssl.SSLError, ConnectionError):
            while (line := self.rfile.readline()) not in (b"", b"\r\n"):
                head += line
            if b"100-continue" in head.lower():
                self.wfile.write(b"HTTP/1.1 100 Continue\r\n\r\n")
            for line in head.lower().splitlines():
                if line.startswith(b"content-length:"):
                    self.rfile.read(int(line.partition(b":")[2]))
            if head:
                self.server.asked.append(head)
                self.wfile.write(self.server.answer)


@contextmanager
def answering(answer: bytes, context: ssl.SSLContext | None = None) -> Iterator[Raw]:
    with Raw(answer, context) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


def reply(status: int, body: bytes = b"", *, length: int | None = None, etag: str = "") -> bytes:
    lines = [f"HTTP/1.1 {status} X", f"Content-Length: {len(body) if length is None else length}", "Connection: close"]
    lines += [f"ETag: {etag}"] if etag else []
    return "\r\n".join([*lines, "", ""]).encode() + body


def refusal(status: int, code: str) -> bytes:
    return reply(status, f"<Error><Code>{code}</Code><Message>{SECRET}</Message></Error>".encode())


@contextmanager
def bucket_at(endpoint: str, **more: str) -> Iterator[S3Bucket]:
    with s3_environment(AWS_ENDPOINT_URL=endpoint, **more):
        bucket = S3Bucket(address("s3://crate/music"))
        try:
            yield bucket
        finally:
            bucket.close()


# --- addresses ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "bucket", "prefix", "url"),
    [
        ("s3://crate", "crate", "", "s3://crate"),
        ("s3://crate/", "crate", "", "s3://crate"),
        (" S3://crate//my music/dj/ ", "crate", "my music/dj/", "s3://crate/my music/dj"),
    ],
)
def test_an_address_names_a_bucket_and_a_prefix(text: str, bucket: str, prefix: str, url: str) -> None:
    found = address(text)
    assert (found.bucket, found.prefix, found.url) == (bucket, prefix, url)
    assert is_address(text)
    assert address(found.url) == found


@pytest.mark.parametrize(
    "text",
    ["s3://AKIA:pass/word@crate/x", "s3://pass@crate", "s3://crate:pass", "s3://AKIA:pass@crate", "s3://crate/pass@x"],
)
def test_an_address_that_may_hold_a_password_is_refused_and_not_repeated(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        address(text)
    assert "pass@" not in caught.value.message
    assert "AKIA" not in f"{caught.value.message}{caught.value.hint.replace('AWS_', '')}"
    assert "AWS_ACCESS_KEY_ID" in caught.value.hint


@pytest.mark.parametrize(
    "text",
    [
        "s3://",
        "s3:///x",
        "gs://crate",
        "/music",
        "s3://a",
        "s3://crate/../x",
        "s3://ccc/.x",
        "s3://ccc/x?y",
        "s3://ccc/\x1b",
    ],
)
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(UsageError):
        address(text)


# --- errors ------------------------------------------------------------------------------------


def test_every_error_that_is_known_by_name_is_one_of_botocores() -> None:
    for name in s3_errors.WITHOUT_CREDENTIALS | s3_errors.MISCONFIGURED:
        kind = getattr(botocore.exceptions, name, None)
        assert isinstance(kind, type), name
        assert issubclass(kind, Exception), name


def test_every_error_of_botocores_is_ours_and_repeats_nothing() -> None:
    named = vars(botocore.exceptions).values()
    kinds: list[type[Exception]] = [kind for kind in named if isinstance(kind, type) and issubclass(kind, Exception)]
    assert len(kinds) > 80
    for kind in kinds:
        error: BaseException = kind.__new__(kind)
        error.args = (SECRET,)
        found = s3_errors.ours(error, "s3://crate/music")
        assert isinstance(found, (CredentialsError, UsageError, UnavailableError)), kind
        assert SECRET not in f"{found.message}{found.hint}"


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (403, "SignatureDoesNotMatch", CredentialsError),
        (403, "InvalidAccessKeyId", CredentialsError),
        (403, "RequestTimeTooSkewed", CredentialsError),
        (403, "", CredentialsError),
        (400, "ExpiredToken", CredentialsError),
        (404, "NoSuchBucket", UsageError),
        (404, "NoSuchKey", NotFoundError),
        (301, "PermanentRedirect", UsageError),
        (400, "AuthorizationHeaderMalformed", UsageError),
        (400, "BadDigest", DamagedError),
        (400, "KeyTooLongError", DiskError),
        (507, "XMinioStorageFull", DiskError),
        (409, "ConditionalRequestConflict", UnavailableError),
        (400, "RequestTimeout", UnavailableError),
        (400, "EntityTooLarge", RejectedError),
    ],
)
def test_an_answer_is_told_in_our_words(status: int, code: str, kind: type[CloudcrateError]) -> None:
    told = {"Error": {"Code": code, "Message": SECRET}, "ResponseMetadata": {"HTTPStatusCode": status}}
    wrapped = OSError("as s3fs does")
    wrapped.__cause__ = botocore.exceptions.ClientError(told, "PutObject")
    found = s3_errors.ours(wrapped, "s3://crate/music")
    assert type(found) is kind
    assert SECRET not in f"{found.message}{found.hint}"


def test_a_code_that_was_made_to_hurt_is_shown_in_print() -> None:
    told = {"Error": {"Code": "\x1b[31m" + "x" * 1000}, "ResponseMetadata": {"HTTPStatusCode": 400}}
    found = s3_errors.ours(botocore.exceptions.ClientError(told, "PutObject"), "s3://crate/music")
    assert "\x1b" not in found.message
    assert len(found.message) < 200


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [(403, "AccessDenied", CredentialsError), (404, "NoSuchBucket", UsageError), (400, "BadDigest", DamagedError)],
)
def test_an_answer_on_the_wire_is_told_in_our_words(status: int, code: str, kind: type[CloudcrateError]) -> None:
    with answering(refusal(status, code)) as server, bucket_at(f"http://127.0.0.1:{server.port}") as bucket:
        with pytest.raises(kind) as caught:
            bucket.put("x", b"sound", digests_of([b"sound"]), {}, over=None, kind="")
        assert SECRET not in f"{caught.value.message}{caught.value.hint}"


def test_a_service_that_fails_is_asked_a_few_times() -> None:
    with answering(refusal(503, "SlowDown")) as server, bucket_at(f"http://127.0.0.1:{server.port}") as bucket:
        with pytest.raises(UnavailableError, match="SlowDown"):
            list(bucket.list())
        assert 3 <= len(server.asked) <= 6


def test_a_service_that_is_not_there_is_unavailable() -> None:
    with answering(b"") as server:
        port = server.port
    with bucket_at(f"http://127.0.0.1:{port}") as bucket, pytest.raises(UnavailableError, match="reached"):
        list(bucket.list())


def test_a_body_that_breaks_off_is_damaged() -> None:
    cut = reply(200, b"sou", length=5, etag='"x"')
    with answering(cut) as server, bucket_at(f"http://127.0.0.1:{server.port}") as bucket, pytest.raises(DamagedError):
        list(bucket.read("x"))


def test_a_service_without_conditional_requests_is_looked_at_before() -> None:
    with answering(refusal(501, "NotImplemented")) as server, bucket_at(f"http://127.0.0.1:{server.port}") as bucket:
        with pytest.raises(UnavailableError):
            bucket.put("x", b"sound", digests_of([b"sound"]), {}, over="", kind="")
        assert [head.split(b" ")[0] for head in server.asked][:2] == [b"PUT", b"HEAD"]


def test_without_credentials_that_is_said_and_how_to_give_them() -> None:
    with answering(reply(200)) as server:
        endpoint = f"http://127.0.0.1:{server.port}"
        nobody = bucket_at(endpoint, AWS_ACCESS_KEY_ID="", AWS_SECRET_ACCESS_KEY="")
        with nobody as bucket, pytest.raises(CredentialsError) as caught:
            list(bucket.list())
        assert "AWS_PROFILE" in caught.value.hint
        assert server.asked == []


# --- what goes out -----------------------------------------------------------------------------


def test_an_upload_tells_its_digests_and_its_condition_and_no_secret(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG", logger="cloudcrate")
    with answering(reply(200)) as server, bucket_at(f"http://127.0.0.1:{server.port}") as bucket:
        bucket.put("x.mp3", b"sound", digests_of([b"sound"]), {"cloudcrate-track": "7"}, over="", kind="audio/mpeg")
        (head,) = server.asked
    sent = dict(line.lower().split(": ", 1) for line in head.decode().splitlines()[1:])
    assert sent["if-none-match"] == "*"
    assert sent["content-md5"] == digests_of([b"sound"]).md5_base64.lower()
    assert sent["x-amz-checksum-sha256"] == digests_of([b"sound"]).sha256_base64.lower()
    assert sent["x-amz-content-sha256"] in (hashlib.sha256(b"sound").hexdigest(), "unsigned-payload")
    assert (sent["x-amz-meta-cloudcrate-track"], sent["content-length"]) == ("7", "5")
    assert SECRET.encode() not in head
    assert SECRET not in caplog.text
    assert SECRET not in repr(bucket)


def test_a_proxy_is_used_unless_the_host_is_excepted() -> None:
    with answering(b"HTTP/1.1 502 X\r\nContent-Length: 0\r\n\r\n") as proxy:
        there = f"http://127.0.0.1:{proxy.port}"
        with bucket_at("https://s3.example", HTTPS_PROXY=there) as bucket, pytest.raises(UnavailableError):
            list(bucket.list())
        assert {head.split(b"\r\n")[0] for head in proxy.asked} == {b"CONNECT s3.example:443 HTTP/1.1"}
    with answering(refusal(403, "AccessDenied")) as server, answering(b"") as proxy:
        there, endpoint = f"http://127.0.0.1:{proxy.port}", f"http://127.0.0.1:{server.port}"
        excepted = bucket_at(endpoint, HTTP_PROXY=there, NO_PROXY="127.0.0.1")
        with excepted as bucket, pytest.raises(CredentialsError):
            list(bucket.list())
        assert proxy.asked == []


@pytest.mark.parametrize("trusted", [True, False])
def test_certificates_are_those_of_ssl_cert_file(tmp_path: Path, trusted: bool) -> None:
    authority, other = trustme.CA(), trustme.CA()
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    (authority if trusted else other).cert_pem.write_to_path(tmp_path / "ca.pem")
    with answering(refusal(403, "AccessDenied"), context) as server:
        endpoint = f"https://127.0.0.1:{server.port}"
        expected = CredentialsError if trusted else UnavailableError
        trusting = bucket_at(endpoint, SSL_CERT_FILE=str(tmp_path / "ca.pem"))
        with trusting as bucket, pytest.raises(expected):
            list(bucket.list())
        assert bool(server.asked) is trusted
