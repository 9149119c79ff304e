"""What Notion refuses, in its words: they are a part of its interface."""

from collections.abc import Mapping
from typing import Any  # Any: JSON

Json = dict[str, Any]  # Any: JSON


class Refusal(Exception):  # noqa: N818  # Notion's answer, not a fault of ours
    """An answer other than 200."""

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        *,
        additional: Mapping[str, Any] | None = None,  # Any: JSON
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.additional = additional
        self.headers = dict(headers or {})

    def body(self, request_id: str) -> Json:
        """The error object."""
        made: Json = {"object": "error", "status": self.status, "code": self.code, "message": self.message}
        if self.additional is not None:
            made["additional_data"] = dict(self.additional)
        return {**made, "request_id": request_id}


def invalid(message: str) -> Refusal:
    """A request that does not fit."""
    return Refusal(400, "validation_error", message)


def unreadable() -> Refusal:
    """A body that is not JSON."""
    return Refusal(400, "invalid_json", "Error parsing JSON body.")


def no_such_url() -> Refusal:
    """An unknown path or method."""
    return Refusal(400, "invalid_request_url", "Invalid request URL.")


def not_found(kind: str, object_id: str, integration: str, bot: str) -> Refusal:
    """An object that does not exist, or is not shared with the integration: the same answer."""
    message = (
        f"Could not find {kind} with ID: {object_id}. Make sure the relevant pages and databases are "
        f'shared with your integration "{integration}".'
    )
    return Refusal(404, "object_not_found", message, additional={"integration_id": bot})


def unauthorized(message: str = "API token is invalid.") -> Refusal:
    """A bad credential."""
    return Refusal(401, "unauthorized", message)


def missing_version(given: str | None) -> Refusal:
    """No version header, or an unpublished one."""
    if given is None:
        should = "should be defined, instead was `undefined`."
    else:
        known = '`"2021-05-11"`, `"2021-05-13"`, `"2021-08-16"`, `"2022-02-22"`, `"2022-06-28"`, `"2025-09-03"`'
        should = f'should be {known}, or `"2026-03-11"`, instead was `"{given}"`.'
    return Refusal(400, "missing_version", f"Notion-Version header failed validation: Notion-Version header {should}")


def rate_limited(seconds: int, reason: str) -> Refusal:
    """A budget is spent."""
    return Refusal(
        429,
        "rate_limited",
        "You have been rate limited. Please try again in a few minutes.",
        additional={"rate_limit_reason": reason, "retry_after": str(seconds)},
        headers={"retry-after": str(seconds)},
    )


def block_limit() -> Refusal:
    """A shared workspace of the free plan is full."""
    return Refusal(
        403,
        "restricted_resource",
        "This workspace has reached its block limit.",
        additional={"block_limit": "block_creation"},
    )


def read_only() -> Refusal:
    """An integration without the capability to insert or update."""
    return Refusal(403, "restricted_resource", "Insufficient permissions for this endpoint.")


def quoted(value: str) -> str:
    """A value as Notion repeats it: cut at 55 UTF-16 units."""
    units = value.encode("utf-16-le")
    cut = units[: 55 * 2].decode("utf-16-le", "ignore")
    return f'`"{cut}{"..." if len(units) > 110 else ""}"`'
