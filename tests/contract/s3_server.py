"""An S3 service on loopback (moto), one for all tests of a process, and its user's hands."""

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any  # Any: boto3 has no types

import boto3  # type: ignore[import-untyped]  # it ships none
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.moto_server.threaded_moto_server import ThreadedMotoServer
from moto.s3.models import s3_backends

SECRET = "canary-of-a-secret-key"
REQUESTS: list[str] = []
"""What the server was asked, a line each; a test clears it."""


class _Journal(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        REQUESTS.append(record.getMessage())


@cache
def endpoint() -> str:
    """Starts the server; it ends with the process."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    log = logging.getLogger("werkzeug")
    log.setLevel(logging.INFO)
    log.propagate = False
    log.addHandler(_Journal())
    return "http://{}:{}".format(*server.get_host_and_port())


@contextmanager
def s3_environment(**more: str) -> Iterator[None]:
    """The environment in which the AWS tools find the server, and nothing of the machine's own."""
    before = dict(os.environ)
    for name in [name for name in os.environ if name.startswith("AWS_") or name.lower().endswith("_proxy")]:
        del os.environ[name]
    os.environ |= {
        "AWS_ENDPOINT_URL": endpoint(),
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": SECRET,
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        **more,
    }
    try:
        yield
    finally:
        os.environ.clear()
        os.environ |= before


@contextmanager
def hands() -> Iterator[Any]:  # Any: boto3 has no types
    """A client of another make than ours."""
    client = boto3.client("s3")
    try:
        yield client
    finally:
        client.close()


def fill(bucket: str, key: str) -> None:
    """Puts an object without a request: a thousand of them take seconds by requests."""
    s3_backends[DEFAULT_ACCOUNT_ID]["aws"].put_object(bucket, key, b"sound")
