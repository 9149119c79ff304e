"""Pictures of pages: links to artwork, which cost no upload and no request of their own."""

import re

from cloudcrate.adapters.notion.client import JsonObject

_SIZE = re.compile(r"-(?:large|original|crop|badge|small|tiny|mini|t\d+x\d+)(?=\.\w{3,4}$)")
COVER, ICON = "t500x500", "t200x200"
LONGEST = 2000  # characters of a link in Notion


def dressed(artwork: str | None) -> JsonObject:
    """The cover and the icon of a page with this artwork; empty when there is no link that Notion would take."""
    if not artwork or not artwork.startswith("https://") or len(artwork) > LONGEST or not artwork.isascii():
        return {}
    return {
        part: {"type": "external", "external": {"url": _SIZE.sub(f"-{size}", artwork)}}
        for part, size in (("cover", COVER), ("icon", ICON))
    }
