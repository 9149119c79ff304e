"""Every error cloudcrate raises on purpose.

    CloudcrateError                     exit 1
    ├── UsageError                      exit 2   the words or settings cannot be understood
    │   ├── LinkError                            not a link that leads to SoundCloud music
    │   ├── AmbiguousError                       the name fits several playlists
    │   └── NotFoundError                        the link leads nowhere: deleted, private or mistyped
    ├── UnavailableError                exit 3   a service did not answer well; trying again may help
    │   ├── DamagedError                         what arrived is not whole or not the track
    │   └── UnknownOutcomeError                  a write may or may not have happened
    ├── ThrottledError                  exit 3   a budget is spent; everyone waits
    ├── RejectedError                   exit 3   the service refuses this one item
    ├── StreamGoneError                 exit 3   this stream of the track is not there (any more)
    ├── ProtectedError                  exit 3   only encrypted streams are left
    ├── CredentialsError                exit 4   a token is missing, wrong or may not do this
    │   └── NotSharedError                       the database is not shared with the integration
    ├── RefusedError                    exit 5   a guard says no
    ├── DiskError                       exit 6   the disk is full, read-only or failing
    ├── StateError                      exit 7   the state is damaged or too new
    │   └── StaleClaimError                      another worker owns this track by now
    ├── BusyError                       exit 8   another run holds the lock
    └── StoppedError                    exit 130 the user asked to stop

``retry`` says what may be done about an error; it is decided here and nowhere else.
"""

from enum import Enum


class Retry(Enum):
    """What an error asks for."""

    TRANSIENT = "transient"  # try again after a pause
    PERMANENT = "permanent"  # trying again changes nothing
    CREDENTIALS = "credentials"  # a person must fix access
    QUOTA = "quota"  # wait until the service says so
    GUARD = "guard"  # a person must decide


class CloudcrateError(Exception):
    """An error with a sentence of what happened and a hint of what to do."""

    exit_code = 1
    retry = Retry.PERMANENT
    final = False
    """Says that it was tried as often as makes sense: whoever is above does not try again in this run."""

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    @property
    def code(self) -> str:
        """The stable name of this kind of error, for machines: ``not_shared``."""
        name = type(self).__name__.removesuffix("Error")
        return "".join(("_" if c.isupper() and i else "") + c.lower() for i, c in enumerate(name))


class UsageError(CloudcrateError):
    """The words or settings cannot be understood."""

    exit_code = 2


def missing_extra(what: str, extra: str, *, otherwise: str = "") -> UsageError:
    """What is said where an optional part of cloudcrate is not installed."""
    return UsageError(
        f"{what} needs the extra {extra}, which is not installed.",
        hint=f"In the checkout: uv tool install --force '.[{extra}]', or: pip install '.[{extra}]'{otherwise}",
    )


class LinkError(UsageError):
    """This is not a link that leads to SoundCloud music."""


class AmbiguousError(UsageError):
    """A name fits several playlists, or none but for likeness; ``candidates`` are those to choose from, best first."""

    def __init__(self, message: str, *, hint: str = "", candidates: tuple[object, ...] = ()) -> None:
        super().__init__(message, hint=hint)
        self.candidates = candidates


class NotFoundError(UsageError):
    """The link leads nowhere: deleted, private or mistyped."""


class UnavailableError(CloudcrateError):
    """A service did not answer well; trying again may help."""

    exit_code = 3
    retry = Retry.TRANSIENT


class DamagedError(UnavailableError):
    """What arrived is not whole, or is not the track."""


class UnknownOutcomeError(UnavailableError):
    """A write may or may not have happened; look before doing it again.

    ``committed_id`` is the id of the object when the service said that it was written.
    """

    def __init__(self, message: str, *, hint: str = "", committed_id: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.committed_id = committed_id


class ThrottledError(CloudcrateError):
    """A service's budget is spent; ``retry_after`` is in seconds."""

    exit_code = 3
    retry = Retry.QUOTA

    def __init__(self, message: str, *, hint: str = "", retry_after: float = 0.0) -> None:
        super().__init__(message, hint=hint)
        self.retry_after = retry_after


class RejectedError(CloudcrateError):
    """The service refuses this one item; the others go on."""

    exit_code = 3


class StreamGoneError(CloudcrateError):
    """This stream of the track is not there (any more); another one may be."""

    exit_code = 3


class ProtectedError(CloudcrateError):
    """Only encrypted streams are left of this track; they are never touched."""

    exit_code = 3


class CredentialsError(CloudcrateError):
    """A token is missing, wrong, revoked, or may not do this."""

    exit_code = 4
    retry = Retry.CREDENTIALS


class NotSharedError(CredentialsError):
    """The Notion database is not shared with the integration, or does not exist."""


class RefusedError(CloudcrateError):
    """A guard says no: going on could lose something."""

    exit_code = 5
    retry = Retry.GUARD


class DiskError(CloudcrateError):
    """The disk is full, read-only or failing, or a folder cannot be written."""

    exit_code = 6


class StateError(CloudcrateError):
    """What cloudcrate remembers is damaged, or written by a newer cloudcrate."""

    exit_code = 7


class StaleClaimError(StateError):
    """Another worker has taken over this track; this one's writes are refused."""


class BusyError(CloudcrateError):
    """Another run works on the same state."""

    exit_code = 8


class StoppedError(CloudcrateError):
    """The user asked to stop; what was in flight is finished and recorded."""

    exit_code = 130
