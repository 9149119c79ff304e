"""Why the direct way is left. These never leave the package: the second way is taken, or the user is told."""


class DetourError(Exception):
    """The direct way cannot go on; the text says why, in words for the user."""


class NoClientIdError(DetourError):
    """There is no client id that SoundCloud accepts."""


class ChallengedError(DetourError):
    """SoundCloud's bot management wants to see a browser."""

    def __init__(self) -> None:
        super().__init__("SoundCloud wanted to see a browser")


class ShapeError(DetourError):
    """The answer is not of a shape that is known here."""

    def __init__(self, what: str) -> None:
        super().__init__(f"SoundCloud answered in an unknown shape ({what})")
