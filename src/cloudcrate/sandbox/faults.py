"""Fault rules: which requests go wrong, and how. Rules are JSON; the same seed picks the same requests."""

import random
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from typing import Any  # Any: a rule's parameters are JSON until they are checked here

from cloudcrate.sandbox.action import Phase
from cloudcrate.sandbox.wire import Request


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A way to go wrong: whether the request still reaches the service, and the parameters it understands."""

    commits: bool
    params: frozenset[str] = frozenset()


def _kind(commits: bool, *params: str) -> Kind:
    return Kind(commits=commits, params=frozenset(params))


KINDS: Mapping[str, Kind] = {
    "status": _kind(False, "status", "body", "json", "headers", "retry_after", "retry_after_date"),
    "json": _kind(False, "status", "json", "headers"),
    "html": _kind(False, "status", "body", "headers"),
    "empty": _kind(False, "status", "headers"),
    "garbage": _kind(False, "body"),
    "refuse": _kind(False),
    "reset_before": _kind(False),
    "reset_after": _kind(True),
    "timeout_before": _kind(False, "seconds"),
    "timeout_after": _kind(True, "seconds"),
    "late_commit": _kind(False, "seconds", "then", "silence"),
    "committed_503": _kind(True),
    "delay": _kind(True, "seconds"),
    "slow": _kind(True, "bytes_per_second"),
    "stall": _kind(True, "bytes", "fraction", "seconds"),
    "cut": _kind(True, "bytes", "fraction", "declared"),
    "cut_silent": _kind(True, "bytes", "fraction"),
    "gzip_cut": _kind(True, "bytes", "fraction"),
    "extra": _kind(True, "bytes", "declared", "at"),
    "flip": _kind(True, "count"),
    "zeros": _kind(True, "bytes", "at"),
    "rewrite": _kind(True, "find", "put"),
    "partial": _kind(True, "bytes", "fraction"),
    "wrong_range": _kind(True, "bytes"),
    "short_range": _kind(True, "bytes", "fraction"),
    "foreign": _kind(True, "to_path", "to_query"),
    "hold": _kind(True, "phase"),
}
_ANSWERING = frozenset({"status", "json", "html", "empty", "garbage"})
_ANYWHERE_BETWEEN = "seconds"
"""The parameter that may be a pair [from, to]: every strike draws its own."""
_RANGED = frozenset({"wrong_range", "short_range"})
_SELECTORS = frozenset(
    {"kind", "host", "method", "path", "query", "body_matches", "nth", "p", "seed", "times", "skip", "commit"}
)
_CHECKS: Mapping[str, tuple[type | tuple[type, ...], str]] = {
    "status": (int, "a whole number"),
    "body": (str, "a text"),
    "json": (object, "JSON"),
    "headers": (dict, "an object"),
    "retry_after": ((int, float), "a number of seconds"),
    "retry_after_date": ((int, float), "a number of seconds"),
    "seconds": ((int, float, list), "a number of seconds, or [from, to]"),
    "silence": ((int, float), "a number of seconds"),
    "then": (str, "'reset' or 'timeout'"),
    "bytes_per_second": ((int, float), "a number above 0"),
    "bytes": (int, "a whole number"),
    "fraction": ((int, float), "a number from 0 to 1"),
    "declared": (bool, "true or false"),
    "at": ((int, float), "a number from 0 to 1"),
    "count": (int, "a whole number"),
    "find": (str, "a regular expression"),
    "put": (str, "a text"),
    "to_path": (str, "a path"),
    "to_query": (str, "a query string"),
    "phase": (str, "'before', 'after' or 'body'"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One fault rule. ``matches`` says which requests it counts; ``Rules`` says which of those it strikes."""

    kind: str
    host: str = "*"
    method: str = "*"
    path: re.Pattern[str] | None = None
    query: re.Pattern[str] | None = None
    body_matches: re.Pattern[str] | None = None
    nth: frozenset[int] = frozenset()
    p: float = 1.0
    seed: int = 0
    times: int | None = None
    skip: int = 0
    commit: bool = True
    params: Mapping[str, Any] = field(default_factory=dict)  # Any: checked JSON values

    def matches(self, request: Request) -> bool:
        """Says whether ``request`` is one this rule counts."""
        if not fnmatchcase(request.host, self.host) or not fnmatchcase(request.method, self.method):
            return False
        if self.path is not None and not self.path.search(request.path):
            return False
        if self.query is not None and not self.query.search(request.query):
            return False
        if self.kind in _RANGED and "range" not in request.headers:
            return False
        body = self.body_matches
        return body is None or body.search(request.body.decode("utf-8", "replace")) is not None

    def number(self, name: str, default: float) -> float:
        """A numeric parameter."""
        return float(self.params.get(name, default))

    def portion(self, size: int) -> int:
        """How many of ``size`` bytes are meant by ``bytes`` or ``fraction`` (default: half)."""
        if "bytes" in self.params:
            return max(0, min(int(self.params["bytes"]), size))
        return int(size * self.number("fraction", 0.5))


class Rules:
    """The rules in force, with what each has counted so far. Not thread-safe."""

    def __init__(self, rules: Iterable[Rule] = ()) -> None:
        self._rules = [_Counted(rule) for rule in rules]

    def pick(self, request: Request, *, connecting: bool = False) -> Rule | None:
        """The first rule that strikes ``request``. Every rule counts every request it matches, struck or not.

        ``connecting`` asks the ``refuse`` rules, which act on a connection before there is a request.
        """
        struck: Rule | None = None
        for counted in self._rules:
            if (counted.rule.kind == "refuse") is connecting and counted.rule.matches(request):
                strikes = counted.strikes(spare=struck is not None)
                struck = counted.drawn() if strikes else struck
        return struck


class _Counted:
    def __init__(self, rule: Rule) -> None:
        self.rule = rule
        self._seen = 0
        self._struck = 0
        self._random = random.Random(rule.seed)
        self._lengths = random.Random(f"seconds {rule.seed}")  # its own, so that a pair strikes the same requests

    def strikes(self, *, spare: bool) -> bool:
        """Counts one more match and says whether it is struck; ``spare``: another rule has struck already."""
        rule = self.rule
        self._seen += 1
        number = self._seen - rule.skip
        chosen = number > 0 and (not rule.nth or number in rule.nth) and self._random.random() < rule.p
        if not chosen or spare or (rule.times is not None and self._struck >= rule.times):
            return False
        self._struck += 1
        return True

    def drawn(self) -> Rule:
        """The rule for one strike, with one number in place of a pair."""
        pair = self.rule.params.get(_ANYWHERE_BETWEEN)
        if not isinstance(pair, list):
            return self.rule
        return replace(self.rule, params={**self.rule.params, _ANYWHERE_BETWEEN: self._lengths.uniform(*pair)})


def parse_rules(value: object) -> list[Rule]:
    """Reads a JSON list of rules.

    Raises:
      ValueError: a rule is malformed; the message says which and why.
    """
    if not isinstance(value, list):
        raise ValueError("faults: a list of rules is expected")
    return [_parse_rule(number, entry) for number, entry in enumerate(value, start=1)]


def _parse_rule(number: int, entry: object) -> Rule:
    try:
        if not isinstance(entry, dict):
            raise ValueError("an object is expected")
        kind = entry.get("kind")
        if not isinstance(kind, str) or kind not in KINDS:
            raise ValueError(f"kind must be one of {', '.join(sorted(KINDS))}")
        _check_keys(kind, entry)
        selectors = {key: _selector(key, entry[key]) for key in _SELECTORS & entry.keys() - {"kind", "commit"}}
        params = {key: entry[key] for key in entry if key not in _SELECTORS}
        commit = bool(entry.get("commit", KINDS[kind].commits))
        return Rule(kind=kind, commit=commit, params=params, **selectors)
    except (ValueError, TypeError, re.error) as error:
        raise ValueError(f"fault rule {number}: {error}") from None


def _check_keys(kind: str, entry: Mapping[str, Any]) -> None:  # Any: JSON
    unknown = entry.keys() - _SELECTORS - KINDS[kind].params
    if unknown:
        raise ValueError(f"{kind} does not know {', '.join(sorted(unknown))}")
    if "commit" in entry and kind not in _ANSWERING:
        raise ValueError(f"commit is only for {', '.join(sorted(_ANSWERING))}")
    for name in entry.keys() & _CHECKS.keys():
        wanted, words = _CHECKS[name]
        if not isinstance(entry[name], wanted):
            raise ValueError(f"{name} must be {words}")
    pair = entry.get(_ANYWHERE_BETWEEN)
    if isinstance(pair, list) and not (len(pair) == 2 and all(map(_is_number, pair)) and 0 <= pair[0] <= pair[1]):
        raise ValueError(f"{_ANYWHERE_BETWEEN} must be a number of seconds, or [from, to]")
    for name in ("fraction", "at"):
        if not 0 <= entry.get(name, 0) <= 1:
            raise ValueError(f"{name} must be a number from 0 to 1")
    re.sub(entry.get("find", ""), entry.get("put", ""), "")  # both are read here, so that a slip is told now
    if entry.get("bytes_per_second", 1) <= 0:
        raise ValueError("bytes_per_second must be a number above 0")
    if entry.get("then", "reset") not in {"reset", "timeout"}:
        raise ValueError("then must be 'reset' or 'timeout'")
    Phase(entry.get("phase", "before"))


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float))


def _selector(key: str, value: Any) -> Any:  # Any: JSON in, the field's own type out
    match key:
        case "path" | "query" | "body_matches":
            return re.compile(value)
        case "nth":
            return frozenset(int(number) for number in (value if isinstance(value, list) else [value]))
        case "p":
            return float(value)
        case "method":
            return str(value).upper()
        case "host":
            return str(value).lower()
        case _:
            return int(value)
