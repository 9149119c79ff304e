"""Filters and sorts of a query, compiled once and asked per row."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any  # Any: JSON

from cloudcrate.sandbox.notion import times
from cloudcrate.sandbox.notion.refusals import invalid
from cloudcrate.sandbox.notion.tables import DataSource, Page, Property
from cloudcrate.sandbox.notion.values import Values

Test = Callable[[Page], bool]

TEXTS = frozenset({"title", "rich_text", "url", "email", "phone_number"})
MOST = 100
DEEPEST = 2


class Filters:
    """Compiles the filters of one query on one table at one time."""

    def __init__(self, source: DataSource, values: Values, now: float) -> None:
        self._source = source
        self._values = values
        self._now = now

    def compile(self, wanted: Any, depth: int = 0) -> Test:  # Any: JSON
        """A test for rows. Raises: Refusal."""
        if not isinstance(wanted, Mapping):
            raise invalid("body failed validation: body.filter should be an object or `undefined`.")
        for word, all_of in (("and", True), ("or", False)):
            if word in wanted:
                return self._group(wanted[word], word, all_of, depth)
        if "timestamp" in wanted:
            return self._timestamp(wanted)
        return self._property(wanted)

    def _group(self, listed: Any, word: str, all_of: bool, depth: int) -> Test:  # Any: JSON
        if not isinstance(listed, list) or depth >= DEEPEST:
            raise invalid(
                f"body failed validation: body.filter.{word} should be an array, two levels deep at the most."
            )
        if len(listed) > MOST:
            raise invalid(
                f"body failed validation: body.filter.{word}.length should be ≤ `100`, instead was `{len(listed)}`."
            )
        fast, slow = ({}, listed) if all_of else self._keyed(listed)
        tests = [self.compile(item, depth + 1) for item in slow]
        if all_of:
            return lambda page: all(test(page) for test in tests)
        plain, now = self._values.plain, self._now
        sets = [(prop, keys) for prop, keys in fast.values()]

        def any_of(page: Page) -> bool:
            for prop, keys in sets:
                value = plain(page, prop, now)
                if (value.casefold() if isinstance(value, str) else value) in keys:
                    return True
            return any(test(page) for test in tests)

        return any_of

    def _keyed(self, listed: list[Any]) -> tuple[dict[str, tuple[Property, set[Any]]], list[Any]]:  # Any: JSON
        """Equalities of one property are one look into a set: a hundred of them are as cheap as one."""
        fast: dict[str, tuple[Property, set[Any]]] = {}  # Any: numbers and texts
        slow = []
        for item in listed:
            prop = self._source.find(str(item.get("property"))) if isinstance(item, Mapping) else None
            kind = next(
                (k for k in ("number", "rich_text", "title", "url") if isinstance(item, Mapping) and k in item), None
            )
            condition = item.get(kind) if kind and prop is not None else None
            fits = prop is not None and (prop.type == kind or (kind == "rich_text" and prop.type in TEXTS))
            if prop is None or not fits or not isinstance(condition, Mapping) or list(condition) != ["equals"]:
                slow.append(item)
                continue
            key = condition["equals"]
            fast.setdefault(prop.id, (prop, set()))[1].add(key.casefold() if isinstance(key, str) else key)
        return fast, slow

    def _timestamp(self, wanted: Mapping[str, Any]) -> Test:  # Any: JSON
        name = wanted["timestamp"]
        if name not in ("created_time", "last_edited_time") or name not in wanted:
            raise invalid("body failed validation: body.filter.timestamp should be created_time or last_edited_time.")
        test = self._date(wanted[name])
        if name == "created_time":
            return lambda page: test(times.to_minute(page.created))
        return lambda page: test(times.to_minute(page.edited))

    def _property(self, wanted: Mapping[str, Any]) -> Test:  # Any: JSON
        key = wanted.get("property")
        prop = self._source.find(str(key))
        if key is None or prop is None:
            raise invalid(f"Could not find property with name or id: {key}")
        kind = next((k for k in wanted if k not in ("property", "type")), None)
        if kind is None or not isinstance(wanted[kind], Mapping):
            raise invalid("body failed validation: body.filter should have a condition.")
        fits = (
            kind == prop.type
            or (kind in TEXTS and prop.type in TEXTS)
            or (kind == "date" and prop.type in ("created_time", "last_edited_time"))
        )
        if not fits:
            raise invalid(
                "The property type in the database does not match the property type of the filter provided: "
                f"database property {prop.type} does not match filter {kind}"
            )
        condition = wanted[kind]
        if kind == "formula":
            kind = next(iter(condition), "string")
            condition = condition.get(kind, {})
        test = self._condition(kind, condition, prop)
        plain, now = self._values.plain, self._now
        return lambda page: test(plain(page, prop, now))

    def _condition(self, kind: str, condition: Mapping[str, Any], prop: Property) -> Callable[[Any], bool]:  # Any: JSON
        if "is_empty" in condition:
            return lambda value: value in (None, "", ())
        if "is_not_empty" in condition:
            return lambda value: value not in (None, "", ())
        if kind in TEXTS or kind == "string":
            return _text(condition)
        if kind in ("number", "unique_id"):
            return _number(condition)
        if kind == "checkbox":
            wanted = condition.get("equals", not condition.get("does_not_equal", True))
            return lambda value: bool(value) is bool(wanted)
        if kind in ("select", "status"):
            return _choice(condition)
        if kind in ("multi_select", "people", "relation"):
            return _members(condition)
        if kind in ("date", "created_time", "last_edited_time"):
            return self._date(condition)
        raise invalid(f"body failed validation: a filter on {prop.type} is not known.")

    def _date(self, condition: Mapping[str, Any]) -> Callable[[Any], bool]:  # Any: JSON
        if "is_empty" in condition:
            return lambda value: value is None
        if "is_not_empty" in condition:
            return lambda value: value is not None
        name, given = next(iter(condition.items()), ("", None))
        now = datetime.fromtimestamp(self._now, UTC)
        if (span := times.relative(name, now)) is not None:
            first, last = span
            return lambda value: (moment := _moment(value)) is not None and first <= moment <= last
        try:
            day = isinstance(given, str) and len(given) == 10
            wanted = times.parse(str(given))
        except ValueError as error:
            raise invalid(
                f"body failed validation: body.filter.{name} should be a valid ISO 8601 date string."
            ) from error
        return _compared(name, wanted, day=day)


def _moment(value: Any) -> datetime | None:  # Any: a date value or a timestamp
    if value is None:
        return None
    start = value["start"] if isinstance(value, Mapping) else value
    return times.parse(start) if isinstance(start, str) else None


def _compared(name: str, wanted: datetime, *, day: bool) -> Callable[[Any], bool]:  # Any: as above
    """Compares to the minute; a day stands for all of it."""
    first = wanted.replace(second=0, microsecond=0)
    last = first + (timedelta(days=1) if day else times.MINUTE) - timedelta(microseconds=1)
    tests: dict[str, Callable[[datetime], bool]] = {
        "equals": lambda m: first <= m <= last,
        "before": lambda m: m < first,
        "after": lambda m: m > last,
        "on_or_before": lambda m: m <= last,
        "on_or_after": lambda m: m >= first,
    }
    if name not in tests:
        raise invalid(f"body failed validation: body.filter has an unknown date condition {name}.")
    return lambda value: (moment := _moment(value)) is not None and tests[name](moment)


def _text(condition: Mapping[str, Any]) -> Callable[[Any], bool]:  # Any: JSON
    """Case makes no difference (as recorded)."""
    name, given = next(iter(condition.items()), ("", ""))
    wanted = str(given).casefold()
    tests: dict[str, Callable[[str], bool]] = {
        "equals": lambda v: v == wanted,
        "does_not_equal": lambda v: v != wanted,
        "contains": lambda v: wanted in v,
        "does_not_contain": lambda v: wanted not in v,
        "starts_with": lambda v: v.startswith(wanted),
        "ends_with": lambda v: v.endswith(wanted),
    }
    if name not in tests:
        raise invalid(f"body failed validation: body.filter has an unknown text condition {name}.")
    test = tests[name]
    return lambda value: test(str(value or "").casefold())


def _number(condition: Mapping[str, Any]) -> Callable[[Any], bool]:  # Any: JSON
    name, wanted = next(iter(condition.items()), ("", None))
    if not isinstance(wanted, (int, float)) or isinstance(wanted, bool):
        raise invalid(f"body failed validation: body.filter.number.{name} should be a number.")
    tests: dict[str, Callable[[float], bool]] = {
        "equals": lambda v: v == wanted,
        "greater_than": lambda v: v > wanted,
        "less_than": lambda v: v < wanted,
        "greater_than_or_equal_to": lambda v: v >= wanted,
        "less_than_or_equal_to": lambda v: v <= wanted,
    }
    if name == "does_not_equal":
        return lambda value: value != wanted
    if name not in tests:
        raise invalid(f"body failed validation: body.filter has an unknown number condition {name}.")
    test = tests[name]
    return lambda value: value is not None and test(value)


def _choice(condition: Mapping[str, Any]) -> Callable[[Any], bool]:  # Any: JSON
    """``equals`` takes one name or several."""
    name, given = next(iter(condition.items()), ("", None))
    wanted = set(given) if isinstance(given, list) else {given}
    if name == "equals":
        return lambda value: value in wanted
    if name == "does_not_equal":
        return lambda value: value not in wanted
    raise invalid(f"body failed validation: body.filter has an unknown select condition {name}.")


def _members(condition: Mapping[str, Any]) -> Callable[[Any], bool]:  # Any: JSON
    name, given = next(iter(condition.items()), ("", None))
    wanted = set(given) if isinstance(given, list) else {given}
    if name == "contains":
        return lambda value: bool(wanted & set(value or ()))
    if name == "does_not_contain":
        return lambda value: not wanted & set(value or ())
    raise invalid(f"body failed validation: body.filter has an unknown condition {name}.")


def ordered(rows: list[Page], sorts: Any, source: DataSource, values: Values, now: float) -> list[Page]:  # Any: JSON
    """Rows in the order that a query asks for, empty values last; newest first where it does not say."""
    if not isinstance(sorts, list):
        raise invalid("body failed validation: body.sorts should be an array or `undefined`.")
    for wanted in reversed(sorts):
        backwards = wanted.get("direction") == "descending"
        key = _key(wanted, source, values, now)
        filled = [row for row in rows if key(row) is not None]
        filled.sort(key=key, reverse=backwards)
        rows = [*filled, *(row for row in rows if key(row) is None)]
    return rows


def _key(
    wanted: Mapping[str, Any], source: DataSource, values: Values, now: float
) -> Callable[[Page], Any]:  # Any: JSON
    if "timestamp" in wanted:
        created = wanted["timestamp"] == "created_time"
        return lambda page: (page.created if created else page.edited) // 60
    prop = source.find(str(wanted.get("property")))
    if prop is None:
        raise invalid(f"Could not find sort property with name or id: {wanted.get('property')}")

    def key(page: Page) -> Any:  # Any: what a column holds
        value = values.plain(page, prop, now)
        if isinstance(value, Mapping):
            return _moment(value)
        return value.casefold() if isinstance(value, str) else value or None if value == () else value

    return key
