"""httpx without its own command line, which would load rich and pygments whenever a command starts."""

import sys

sys.modules["httpx._main"] = None  # type: ignore[assignment]  # to the import system: it is not installed
import httpx  # noqa: E402  # after the line above, that is the point

del sys.modules["httpx._main"]

__all__ = ["httpx"]
