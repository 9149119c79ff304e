"""Shared runs as text."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from cloudcrate.core.text import visible

if TYPE_CHECKING:
    from cloudcrate.app.sharing import Going


def going_lines(going: "Going") -> Iterator[str]:
    """One line: how far a run is."""
    run, progress = going.run, going.progress
    failed = f", {progress.failed} with something that failed" if progress.failed else ""
    stopping = ", stopping" if run.stopping_since is not None else ""
    nobody = "" if progress.workers else "; no worker is alive (cloudcrate worker)"
    yield f"{visible(run.name)}: {progress.done} of {progress.tracks} tracks done{failed}{stopping}{nobody}"
