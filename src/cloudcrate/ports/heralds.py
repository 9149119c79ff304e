"""Who is told that a run has ended."""

from typing import Protocol

from cloudcrate.core.ending import Ending


class Herald(Protocol):
    """Tells somebody outside how a run ended. It makes one attempt: whoever calls it tries again."""

    @property
    def name(self) -> str:
        """Who is told, in words for people: ``the webhook``. Without any secret."""

    def tell(self, ending: Ending) -> None:
        """Tells of it, within ten seconds or so. After an error nothing, or all of it, may have been told.

        Raises: CloudcrateError without any secret in it; transient when another attempt may help.
        """
