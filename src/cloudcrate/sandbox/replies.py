"""What each kind of fault makes of an answer: pure functions from a rule and a response to an ``Action``."""

import gzip
import json
import random
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from email.utils import formatdate

from cloudcrate.sandbox.action import RESET, Action, Ending, Phase, whole
from cloudcrate.sandbox.faults import Rule
from cloudcrate.sandbox.journal import Call
from cloudcrate.sandbox.wire import Response, json_response

_PORTAL = (
    "<!DOCTYPE html><html><head><title>Welcome to the guest network</title></head>"
    "<body><h1>Please accept the terms to go online</h1></body></html>"
)
_NOTION_CODES: Mapping[int, tuple[str, str]] = {
    400: ("validation_error", "The request is not valid."),
    401: ("unauthorized", "API token is invalid."),
    403: ("restricted_resource", "This connection may not do that."),
    404: ("object_not_found", "There is no such object, or it is not shared with this connection."),
    409: ("conflict_error", "Another change was being saved."),
    429: ("rate_limited", "Too many requests."),
    500: ("internal_server_error", "Something went wrong."),
    502: ("bad_gateway", "Bad gateway."),
    503: ("service_unavailable", "The service is not available."),
    504: ("gateway_timeout", "The gateway waited in vain."),
    529: ("service_overload", "The service is overloaded."),
}
_CONTENT_RANGE = re.compile(r"bytes (\d+)-(\d+)/(\d+|\*)")


def faulty(rule: Rule, call: Call, response: Response) -> Action:
    """The action of ``rule`` for ``call``.

    ``response`` is the service's answer, or an empty 200 where the rule does not let the request reach it.
    """
    if rule.kind == "status":
        return whole(_status(rule, call))
    if rule.kind == "committed_503":
        return whole(_committed_503(call, response))
    return _SHAPES[rule.kind](rule, response)


def _status(rule: Rule, call: Call) -> Response:
    status = int(rule.params.get("status", 500))
    headers = {str(name).lower(): str(value) for name, value in rule.params.get("headers", {}).items()}
    seconds = rule.params.get("retry_after", rule.params.get("retry_after_date"))
    if "retry_after" in rule.params:
        headers["retry-after"] = f"{seconds:g}"
    elif "retry_after_date" in rule.params:
        headers["retry-after"] = formatdate(call.time + seconds, usegmt=True)
    if "body" in rule.params:
        headers = {"content-type": "text/html; charset=utf-8", **headers}
        return Response(status=status, headers=headers, body=rule.params["body"].encode())
    if "json" in rule.params:
        return json_response(status, rule.params["json"], headers)
    return json_response(status, _notion_error(status, seconds) if call.service == "notion" else {}, headers)


def _notion_error(status: int, retry_after: float | None) -> dict[str, object]:
    code, message = _NOTION_CODES.get(status, ("internal_server_error", "Something went wrong."))
    error: dict[str, object] = {"object": "error", "status": status, "code": code, "message": message}
    if status == 429:
        error["additional_data"] = {
            "rate_limit_reason": "public_api_request_rate_limit",
            "retry_after": f"{retry_after or 0:g}",
        }
    return error


def _json(rule: Rule, response: Response) -> Action:
    value = rule.params.get("json", {"error": "temporarily unavailable"})
    return whole(json_response(_status_of(rule), value, rule.params.get("headers")))


def _html(rule: Rule, response: Response) -> Action:
    headers = {"content-type": "text/html; charset=utf-8", **rule.params.get("headers", {})}
    body = rule.params.get("body", _PORTAL).encode()
    return whole(Response(status=_status_of(rule), headers=headers, body=body))


def _empty(rule: Rule, response: Response) -> Action:
    return whole(Response(status=_status_of(rule), headers=rule.params.get("headers", {})))


def _garbage(rule: Rule, response: Response) -> Action:
    text = rule.params.get("body", "\x16\x03 this is no HTTP \x00\r\n\r\n")
    return Action(body=text.encode(), ending=Ending.CLOSE)


def _reset(rule: Rule, response: Response) -> Action:
    return RESET


def _timeout(rule: Rule, response: Response) -> Action:
    return Action(ending=Ending.SILENCE, silence=rule.number("seconds", 300))


def _late(rule: Rule, response: Response) -> Action:
    if rule.params.get("then", "reset") == "reset":
        return RESET
    return Action(ending=Ending.SILENCE, silence=rule.number("silence", 300))


def _delay(rule: Rule, response: Response) -> Action:
    return replace(whole(response), delay=rule.number("seconds", 1))


def _slow(rule: Rule, response: Response) -> Action:
    return replace(whole(response), rate=rule.number("bytes_per_second", 100))


def _stall(rule: Rule, response: Response) -> Action:
    part = response.body[: rule.portion(len(response.body))]
    silence = rule.number("seconds", 300)
    return replace(whole(response), body=part, ending=Ending.SILENCE, silence=silence)


def _cut(rule: Rule, response: Response) -> Action:
    part = response.body[: rule.portion(len(response.body))]
    if rule.params.get("declared"):
        return whole(replace(response, body=part))
    return replace(whole(response), body=part, ending=Ending.CLOSE)


def _cut_silent(rule: Rule, response: Response) -> Action:
    return replace(_cut(rule, response), length=None)


def _flip(rule: Rule, response: Response) -> Action:
    """The same bits every time: the rule's seed and the body's length choose them."""
    body, dice = bytearray(response.body), random.Random(f"flip {rule.seed} {len(response.body)}")
    for place in dice.sample(range(8 * len(body)), min(int(rule.params.get("count", 1)), 8 * len(body))):
        body[place // 8] ^= 1 << place % 8
    return whole(replace(response, body=bytes(body)))


def _zeros(rule: Rule, response: Response) -> Action:
    run = min(int(rule.params.get("bytes", 64)), len(response.body))
    start = int((len(response.body) - run) * rule.number("at", 0.5))
    body = response.body[:start] + bytes(run) + response.body[start + run :]
    return whole(replace(response, body=body))


def _rewrite(rule: Rule, response: Response) -> Action:
    text = response.body.decode("utf-8", "surrogateescape")
    changed = re.sub(rule.params.get("find", "$^"), rule.params.get("put", ""), text)
    return whole(replace(response, body=changed.encode("utf-8", "surrogateescape")))


def _unasked(rule: Rule, response: Response) -> Action:
    """A 206 for the first part of what was asked for whole."""
    size = len(response.body)
    part = response.body[: max(rule.portion(size), 1)]
    headers = {**response.headers, "content-range": f"bytes 0-{len(part) - 1}/{size}"}
    return whole(Response(status=206, headers=headers, body=part))


def _gzip_cut(rule: Rule, response: Response) -> Action:
    packed = gzip.compress(response.body, mtime=0)
    part = packed[: rule.portion(len(packed))]
    encoded = replace(response, headers={**response.headers, "content-encoding": "gzip"}, body=part)
    return whole(encoded)


def _extra(rule: Rule, response: Response) -> Action:
    place = int(len(response.body) * rule.number("at", 1))
    more = response.body[:place] + b"\x00" * int(rule.params.get("bytes", 64)) + response.body[place:]
    length = len(more) if rule.params.get("declared") else len(response.body)
    return replace(whole(response), body=more, length=length, ending=Ending.CLOSE)


def _wrong_range(rule: Rule, response: Response) -> Action:
    """A partial answer that begins later than was asked, and says so."""
    skip = min(int(rule.params.get("bytes", 1)), max(len(response.body) - 1, 0))
    return whole(_partial(response, skip, len(response.body)))


def _short_range(rule: Rule, response: Response) -> Action:
    """A partial answer that ends earlier than was asked, and says so."""
    return whole(_partial(response, 0, max(rule.portion(len(response.body)), 1)))


def _partial(response: Response, start: int, stop: int) -> Response:
    known = _CONTENT_RANGE.fullmatch(response.headers.get("content-range", ""))
    if response.status != 206 or known is None or not response.body:
        return response
    first = int(known[1])
    stated = f"bytes {first + start}-{first + stop - 1}/{known[3]}"
    return replace(response, headers={**response.headers, "content-range": stated}, body=response.body[start:stop])


def _committed_503(call: Call, response: Response) -> Response:
    """A 503 for a write that was saved. It names the page that a create made, as Notion documents it."""
    if response.status != 200:
        return response
    made = json.loads(response.body or b"{}")
    created = call.method == "POST" and isinstance(made, dict) and "id" in made
    error = _notion_error(503, None) | {
        "message": "The change is saved; its answer was not ready in time. Read again, do not repeat.",
        "additional_data": {
            **({"committed_resource_id": made["id"]} if created else {}),
            "elapsed_ms": "55000",
            "deadline_ms": "55000",
        },
    }
    return json_response(503, error)


def _foreign(rule: Rule, response: Response) -> Action:
    return whole(response)


def _hold(rule: Rule, response: Response) -> Action:
    phase = Phase(rule.params.get("phase", "before"))
    return replace(whole(response), hold=None if phase is Phase.BEFORE else phase)


def _status_of(rule: Rule) -> int:
    return int(rule.params.get("status", 200))


_SHAPES: Mapping[str, Callable[[Rule, Response], Action]] = {
    "json": _json,
    "html": _html,
    "empty": _empty,
    "garbage": _garbage,
    "refuse": _reset,
    "reset_before": _reset,
    "reset_after": _reset,
    "timeout_before": _timeout,
    "timeout_after": _timeout,
    "late_commit": _late,
    "delay": _delay,
    "slow": _slow,
    "stall": _stall,
    "cut": _cut,
    "cut_silent": _cut_silent,
    "gzip_cut": _gzip_cut,
    "extra": _extra,
    "flip": _flip,
    "zeros": _zeros,
    "rewrite": _rewrite,
    "partial": _unasked,
    "wrong_range": _wrong_range,
    "short_range": _short_range,
    "foreign": _foreign,
    "hold": _hold,
}
