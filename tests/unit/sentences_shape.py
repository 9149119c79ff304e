"""The shape of one row in the table of sentences."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentence:
    """What somebody says, and what is to be understood.

    `playlists` holds names exactly as said (case and punctuation kept, without the quotes around them), or links. It
    is empty for everything, and for `refuse` and `clarify`, of which the action alone is decided.
    """

    text: str
    action: str
    playlists: tuple[str, ...] = ()
    limit: int | None = None
    every_hours: float | None = None


def said(
    action: str, text: str, *playlists: str, limit: int | None = None, every_hours: float | None = None
) -> Sentence:
    """Writes one row on one line."""
    return Sentence(text=text, action=action, playlists=playlists, limit=limit, every_hours=every_hours)
