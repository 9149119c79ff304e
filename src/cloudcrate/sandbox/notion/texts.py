"""Rich text, as written and as answered."""

from collections.abc import Sequence
from typing import Any  # Any: JSON

from cloudcrate.sandbox.notion.refusals import Json, invalid

PLAIN = {"bold": False, "italic": False, "strikethrough": False, "underline": False, "code": False, "color": "default"}
LONGEST = 2_000
MOST_SEGMENTS = 100


def stored(segments: Any, where: str) -> list[Json]:  # Any: whatever was sent
    """Segments as Notion answers them. Raises: Refusal."""
    if not isinstance(segments, list):
        raise invalid(f"body failed validation: {where} should be an array, instead was `{_shown(segments)}`.")
    if len(segments) > MOST_SEGMENTS:
        raise invalid(f"body failed validation: {where}.length should be ≤ `100`, instead was `{len(segments)}`.")
    made = [_segment(segment, f"{where}[{n}]") for n, segment in enumerate(segments)]
    return [segment for segment in made if segment["plain_text"]]


def _segment(segment: Any, where: str) -> Json:  # Any: whatever was sent
    if not isinstance(segment, dict):
        raise invalid(f"body failed validation: {where} should be an object, instead was `{_shown(segment)}`.")
    kind = segment.get("type") or next((k for k in ("text", "mention", "equation") if k in segment), "text")
    annotations = {**PLAIN, **(segment.get("annotations") or {})}
    if kind == "equation":
        expression = str((segment.get("equation") or {}).get("expression", ""))
        return {
            "type": kind,
            "equation": {"expression": expression},
            "annotations": annotations,
            "plain_text": expression,
            "href": None,
        }
    if kind == "mention":
        plain = str(segment.get("plain_text") or "@")
        return {
            "type": kind,
            "mention": segment.get("mention"),
            "annotations": annotations,
            "plain_text": plain,
            "href": None,
        }
    text = segment.get("text")
    if not isinstance(text, dict) or not isinstance(text.get("content"), str):
        raise invalid(f"body failed validation: {where}.text should be defined, instead was `undefined`.")
    content, link = text["content"], text.get("link")
    length = len(content.encode("utf-16-le")) // 2
    if length > LONGEST:
        raise invalid(
            f"body failed validation: {where}.text.content.length should be ≤ `{LONGEST}`, instead was `{length}`."
        )
    href = link.get("url") if isinstance(link, dict) else None
    return {
        "type": "text",
        "text": {"content": content, "link": {"url": href} if href else None},
        "annotations": annotations,
        "plain_text": content,
        "href": href,
    }


def plain(segments: Sequence[Json]) -> str:
    """The text alone."""
    return "".join(str(segment.get("plain_text", "")) for segment in segments)


def of(text: str) -> list[Json]:
    """Rich text of one segment."""
    return stored([{"text": {"content": text}}], "text") if text else []


def _shown(value: object) -> str:
    return "null" if value is None else str(value)[:55]
