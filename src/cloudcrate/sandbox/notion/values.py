"""Property values: as sent, kept, answered, and as filters and people see them."""

from datetime import datetime
from typing import Any  # Any: JSON

from cloudcrate.sandbox.notion import formulas, ids, texts, times
from cloudcrate.sandbox.notion.refusals import Json, invalid
from cloudcrate.sandbox.notion.schema import SchemaEditor
from cloudcrate.sandbox.notion.tables import DataSource, Page, Property, Workspace

READ_ONLY = frozenset(
    {
        "formula",
        "rollup",
        "created_time",
        "created_by",
        "last_edited_time",
        "last_edited_by",
        "unique_id",
        "button",
        "verification",
    }
)
SHOWN_RELATIONS = 25
MOST = 100
BOT = "00000000-0000-4000-8000-00000000b07a"


class Values:
    """Reads and answers values; relations reach into other tables."""

    def __init__(self, workspace: Workspace, editor: SchemaEditor) -> None:
        self._workspace = workspace
        self._editor = editor

    # --- writing ----------------------------------------------------------------------------

    def read(self, source: DataSource, sent: Any) -> dict[str, Any]:  # Any: JSON
        """Values by property id. All of them are judged before any is kept. Raises: Refusal."""
        if not isinstance(sent, dict):
            raise invalid("body failed validation: body.properties should be an object, instead was `undefined`.")
        problems = [f"{key} is not a property that exists." for key in sent if source.find(key) is None]
        if problems:
            raise invalid(" ".join(problems))
        read = {}
        for key, value in sent.items():
            prop = source.find(key)
            if prop is not None:
                read[prop.id] = self._one(prop, value, f"body.properties.{key}")
        return read

    def _one(self, prop: Property, sent: Any, where: str) -> Any:  # Any: JSON
        if prop.type in READ_ONLY:
            raise invalid(f"Property {prop.name!r} of type {prop.type} cannot be written.")
        inner = sent if isinstance(sent, list) and prop.type in ("title", "rich_text") else None
        if inner is None:
            if not isinstance(sent, dict) or prop.type not in sent:
                kinds = [k for k in sent if k not in ("type", "id", "has_more")] if isinstance(sent, dict) else []
                if kinds:
                    raise invalid(f"{prop.name} is expected to be {prop.type}.")
                raise invalid(f'Body Validation Failed. Fix the following:\nInvalid property value for: "{prop.name}".')
            inner = sent[prop.type]
        return self._inner(prop, inner, where)

    def _inner(self, prop: Property, inner: Any, where: str) -> Any:  # noqa: C901, PLR0911  # one line per type  # Any: JSON
        match prop.type:
            case "title" | "rich_text":
                return texts.stored(inner, f"{where}.{prop.type}")
            case "number":
                return _checked(inner, (int, float), f"{where}.number should be a number")
            case "checkbox":
                if not isinstance(inner, bool):
                    raise invalid(
                        f"body failed validation: {where}.checkbox should be a boolean, instead was `{inner}`."
                    )
                return inner
            case "url":
                return self._short(inner, f"{where}.url", 2_000)
            case "email" | "phone_number":
                return self._short(inner, f"{where}.{prop.type}", 200)
            case "select" | "status":
                return None if inner is None else _shown_option(self._editor.option(prop, inner))
            case "multi_select":
                return [_shown_option(self._editor.option(prop, item)) for item in _array(inner, where, MOST)]
            case "date":
                return _date(inner, where)
            case "relation":
                return [self._related(prop, item) for item in _array(inner, where, MOST)]
            case "people":
                return [{"object": "user", "id": item.get("id")} for item in _array(inner, where, MOST)]
            case "place":
                return None if inner is None else {"name": None, **inner}
            case _:
                return inner

    def _short(self, inner: Any, where: str, most: int) -> str | None:  # Any: JSON
        text = _checked(inner, (str,), f"{where} should be a string")
        if isinstance(text, str) and len(text) > most:
            raise invalid(f"body failed validation: {where}.length should be ≤ `{most}`, instead was `{len(text)}`.")
        return text or None

    def _related(self, prop: Property, item: Any) -> str:  # Any: JSON
        page_id = ids.normal(str(item.get("id", ""))) if isinstance(item, dict) else ""
        page = self._workspace.pages.get(page_id)
        if page is None or page.parent.get("data_source_id") != prop.config["data_source_id"]:
            raise invalid(f"Could not find a page with ID {page_id} in the relation's data source.")
        return page_id

    def keep(self, source: DataSource, page: Page, read: dict[str, Any]) -> None:  # Any: JSON
        """Puts values into a row; two-way relations show on the other side too."""
        for property_id, value in read.items():
            prop = source.properties[property_id]
            if prop.type == "relation" and prop.config["type"] == "dual_property":
                self._mirror(page, prop, set(page.values.get(property_id) or ()), value)
            page.values[property_id] = value
        page.plain.clear()

    def _mirror(self, page: Page, prop: Property, before: set[str], after: list[str]) -> None:
        other = prop.config["dual_property"].get("synced_property_id", "")
        for page_id in {*before, *after}:
            related = self._workspace.pages[page_id]
            listed = [i for i in related.values.get(other) or [] if i != page.id]
            related.values[other] = [*listed, page.id] if page_id in after else listed
            related.plain.clear()

    # --- answering --------------------------------------------------------------------------

    def answered(self, page: Page, prop: Property, now: float) -> Json:
        """A value as answers carry it."""
        made: Json = {"id": ids.encoded(prop.id), "type": prop.type, prop.type: self._answer(page, prop, now)}
        if prop.type == "relation":
            related = page.values.get(prop.id) or []
            made["has_more"] = len(related) > SHOWN_RELATIONS
        return made

    def _answer(self, page: Page, prop: Property, now: float) -> Any:  # noqa: PLR0911  # one line per type  # Any: JSON
        value = page.values.get(prop.id)
        match prop.type:
            case "title" | "rich_text" | "people" | "files" | "multi_select":
                return value or []
            case "checkbox":
                return bool(value)
            case "status":
                return value or _shown_option(prop.config["options"][0])
            case "relation":
                return [{"id": page_id} for page_id in (value or [])[:SHOWN_RELATIONS]]
            case "created_time":
                return times.to_minute(page.created)
            case "last_edited_time":
                return times.to_minute(page.edited)
            case "created_by" | "last_edited_by":
                return {"object": "user", "id": BOT}
            case "unique_id":
                return {"prefix": prop.config.get("prefix"), "number": value}
            case "formula":
                return self._formula(page, prop, now)
            case "rollup":
                return {"type": "number", "number": 0, "function": prop.config.get("function", "count")}
            case "button":
                return {}
            case _:
                return value

    def _formula(self, page: Page, prop: Property, now: float) -> Json:
        source = self._workspace.source_of(page)
        named = (
            {p.name: self.plain(page, p, now) for p in source.properties.values() if p.type != "formula"}
            if source
            else {}
        )
        value = formulas.evaluate(str(prop.config.get("expression", "")), named)
        if isinstance(value, bool):
            return {"type": "boolean", "boolean": value}
        if isinstance(value, (int, float)):
            return {"type": "number", "number": value}
        if isinstance(value, datetime):
            return {"type": "date", "date": {"start": value.date().isoformat(), "end": None, "time_zone": None}}
        return {"type": "string", "string": value}

    def plain(self, page: Page, prop: Property, now: float) -> Any:  # Any: what it holds
        """A value as filters, sorts and people see it; None when it is empty."""
        if prop.id in page.plain:
            return page.plain[prop.id]
        value = page.values.get(prop.id)
        match prop.type:
            case "title" | "rich_text":
                found: Any = texts.plain(value or []) or None  # Any: as above
            case "select":
                found = value["name"] if value else None
            case "status":
                found = (value or prop.config["options"][0])["name"]
            case "multi_select":
                found = tuple(option["name"] for option in value or ())
            case "people":
                found = tuple(person["id"] for person in value or ())
            case "relation":
                found = tuple(value or ())
            case "checkbox":
                found = bool(value)
            case "created_time":
                return times.to_minute(page.created)
            case "last_edited_time":
                return times.to_minute(page.edited)
            case "formula":
                answer = self._formula(page, prop, now)
                return answer[answer["type"]]
            case _:
                found = value
        page.plain[prop.id] = found
        return found


def _checked(inner: Any, kinds: tuple[type, ...], words: str) -> Any:  # Any: JSON
    if inner is None or (isinstance(inner, kinds) and not isinstance(inner, bool)):
        return inner
    raise invalid(f"body failed validation: {words}, instead was `{str(inner)[:55]}`.")


def _array(inner: Any, where: str, most: int) -> list[Any]:  # Any: JSON
    if not isinstance(inner, list):
        raise invalid(f"body failed validation: {where} should be an array, instead was `{str(inner)[:55]}`.")
    if len(inner) > most:
        raise invalid(f"body failed validation: {where}.length should be ≤ `{most}`, instead was `{len(inner)}`.")
    return inner


def _date(inner: Any, where: str) -> Json | None:  # Any: JSON
    if inner is None:
        return None
    try:
        zone = inner.get("time_zone")
        end = inner.get("end")
        return {
            "start": times.stored(inner["start"], zone),
            "end": times.stored(end, zone) if end else None,
            "time_zone": None,
        }
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise invalid(f"body failed validation: {where}.date.start should be a valid ISO 8601 date string.") from error


def _shown_option(option: Json) -> Json:
    return {key: option[key] for key in ("id", "name", "color")}
