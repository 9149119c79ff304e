"""Texts kept in tests/golden: what plans and reports look like."""

from pathlib import Path

FOLDER = Path(__file__).parents[1] / "golden"


class Golden:
    """Compares a text with the one kept in tests/golden."""

    def __init__(self, *, write: bool) -> None:
        self._write = write

    def check(self, name: str, text: str) -> None:
        """Fails when ``text`` is not the kept one."""
        path = FOLDER / name
        if self._write:
            path.write_text(text, "utf-8")
        assert text == path.read_text("utf-8")
