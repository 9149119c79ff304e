"""What an S3 service and its client say when something fails, in our words.

A service's own sentence is not repeated: it may hold anything. The client's errors are told apart by the names of
their classes, so that nothing has to be imported for it.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from cloudcrate.core.text import visible
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

WITHOUT_CREDENTIALS = frozenset({
    "NoCredentialsError", "PartialCredentialsError", "CredentialRetrievalError", "NoAuthTokenError",
    "TokenRetrievalError", "SSOError", "LoginError", "MetadataRetrievalError", "RefreshWithMFAUnsupportedError",
    "ProfileNotFound", "ConfigParseError", "ConfigNotFound",
})  # fmt: skip
"""Errors of botocore's when it finds no credentials, or none that are good."""

MISCONFIGURED = frozenset({
    "NoRegionError", "InvalidRegionError", "InvalidEndpointConfigurationError", "InvalidConfigError",
    "UnknownRegionError", "UnknownEndpointError", "ParamValidationError", "EndpointProviderError",
    "InvalidProxiesConfigError", "UnsupportedS3ConfigurationError",
})  # fmt: skip
"""Errors of botocore's that settings cause."""

REFUSED = frozenset({
    "AccessDenied", "AllAccessDisabled", "AccountProblem", "InvalidAccessKeyId", "SignatureDoesNotMatch",
    "ExpiredToken", "InvalidToken", "InvalidSecurity", "RequestTimeTooSkewed", "TokenRefreshRequired", "NotSignedUp",
})  # fmt: skip
"""Codes of S3 that are about who asks. RequestTimeTooSkewed: this computer's clock is wrong."""

ELSEWHERE = frozenset({"PermanentRedirect", "AuthorizationHeaderMalformed", "IllegalLocationConstraintException"})
DAMAGED = frozenset({"BadDigest", "InvalidDigest", "XAmzContentSHA256Mismatch", "IncompleteBody"})
FULL = frozenset({"QuotaExceeded", "XMinioStorageFull", "InsufficientStorage", "XMinioAdminBucketQuotaExceeded"})
AGAIN = frozenset({"SlowDown", "RequestTimeout", "OperationAborted", "ConditionalRequestConflict", "InternalError"})

UNCONDITIONAL = frozenset({"NotImplemented", "501"})
"""Codes of services that do not know conditional requests."""

UNMET = frozenset({"PreconditionFailed", "412"})
BEYOND = frozenset({"InvalidRange", "416"})
"""Codes for bytes that are asked for behind an object's end."""

CREDENTIALS_HINT = (
    "Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE, and see that this computer's clock is right."
)


@contextmanager
def s3_errors(url: str) -> Iterator[None]:
    """Turns the errors of s3fs, botocore and aiohttp into ours. ``url`` is the library's, without credentials."""
    try:
        yield
    except CloudcrateError:
        raise
    except Exception as error:
        raise ours(error, url) from error


def code_of(error: BaseException) -> str:
    """The code of S3's answer; empty for what is no answer. s3fs wraps botocore's error."""
    answer = _answer(error)
    told = answer.get("Error") if answer is not None else None
    code = told.get("Code") if isinstance(told, dict) else None
    return code if isinstance(code, str) else ""


def ours(error: BaseException, url: str) -> CloudcrateError:
    """The error as ours."""
    answer = _answer(error)
    if answer is not None:
        facts = answer.get("ResponseMetadata")
        status = facts.get("HTTPStatusCode") if isinstance(facts, dict) else None
        return _answered(code_of(error), status if isinstance(status, int) else 0, url)
    names = {kind.__name__ for cause in _causes(error) for kind in type(cause).__mro__}
    if names & WITHOUT_CREDENTIALS:
        return CredentialsError(f"There are no good credentials for {url}.", hint=CREDENTIALS_HINT)
    if names & MISCONFIGURED:
        name = type(error).__name__
        return UsageError(
            f"{url} cannot be asked: {name}.", hint="Look at AWS_REGION, AWS_ENDPOINT_URL and ~/.aws/config."
        )
    return UnavailableError(
        f"{url} cannot be reached: {type(error).__name__}.",
        hint="Check the network, AWS_ENDPOINT_URL and HTTPS_PROXY; try again later.",
    )


def _answered(code: str, status: int, url: str) -> CloudcrateError:
    shown = visible(code)[:60] or str(status)
    if code == "NoSuchBucket":
        return UsageError(f"There is no bucket for {url}.", hint="Make it, or correct the library's address.")
    if code in ("NoSuchKey", "404") or status == 404:
        return NotFoundError(f"{url} does not have the object.")
    if code in ELSEWHERE or status in (301, 307):
        return UsageError(f"The bucket of {url} is in another region ({shown}).", hint="Set AWS_REGION to its region.")
    if code in REFUSED or status in (401, 403):
        return CredentialsError(f"{url} may not be used so: {shown}.", hint=CREDENTIALS_HINT)
    if code in DAMAGED:
        return DamagedError(f"{url} got other bytes than were sent ({shown}).", hint="Try again.")
    if code in FULL or status == 507:
        return DiskError(f"{url} has no room left ({shown}).", hint="Make room in the object store.")
    if code == "KeyTooLongError":
        return DiskError(f"A name is too long for {url}.", hint="Choose a shorter prefix or template.")
    if code in AGAIN or status >= 500 or status in (408, 409, 412, 429):
        return UnavailableError(f"{url} answered {shown}.", hint="Try again later.")
    return RejectedError(f"{url} refuses the request: {shown}.")


def _answer(error: BaseException) -> dict[str, object] | None:
    for cause in _causes(error):
        answer = getattr(cause, "response", None)
        if isinstance(answer, dict):
            return answer
    return None


def _causes(error: BaseException) -> Iterator[BaseException]:
    for _ in range(8):
        yield error
        following = error.__cause__ or error.__context__
        if following is None:
            return
        error = following
