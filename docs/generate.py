"""Writes the pages that the code knows best: ``python docs/generate.py``. ``--check`` says what is out of date."""

import sys
from pathlib import Path

from pages_commands import commands_page
from pages_json import json_page
from pages_settings import settings_page
from pages_tools import tools_page

FOLDER = Path(__file__).parent
PAGES = {
    "reference/commands.md": commands_page,
    "reference/json.md": json_page,
    "reference/tools.md": tools_page,
    "settings.md": settings_page,
}


def main(words: list[str]) -> int:
    """Writes the pages, or with ``--check`` compares them. Answers the exit code."""
    stale = []
    for name, made in PAGES.items():
        path = FOLDER / name
        text = made()
        if path.is_file() and path.read_text("utf-8") == text:
            continue
        stale.append(name)
        if "--check" not in words:
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, "utf-8")
    if stale:
        print(f"{'out of date' if '--check' in words else 'written'}: {', '.join(stale)}")
    if stale and "--check" in words:
        print("Run: python docs/generate.py")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
