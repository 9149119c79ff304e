"""Sends a run's end to people, through Apprise: mail, chats, phones. The only importer of ``apprise``.

Apprise's links hold passwords, so nothing of what it says is shown: its log is off, and an error names the kind of
service alone. It goes through ``requests``, which honours HTTPS_PROXY by itself, and for certificates reads
REQUESTS_CA_BUNDLE.
"""

import logging
import os
import threading
import warnings
from collections.abc import MutableMapping, Sequence
from importlib.util import find_spec
from types import ModuleType
from typing import TYPE_CHECKING

from cloudcrate.core.ending import Ending, summary
from cloudcrate.errors import UnavailableError, UsageError, missing_extra
from cloudcrate.tokens import Secret

if TYPE_CHECKING:
    from apprise import AppriseAsset

TIMEOUT = 8.0
"""Seconds for one service, its own pauses included."""

_BUNDLES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")  # what requests reads, in this order
_loading = threading.Lock()
_QUIET = ("apprise", "requests", "urllib3")


def targets(urls: Sequence[Secret]) -> tuple["AppriseTarget", ...]:
    """A herald for each link, so that only those that failed are tried again.

    Raises: UsageError without the extra ``notify``.
    """
    if urls and find_spec("apprise") is None:
        raise missing_extra("[notify]", "notify")
    return tuple(AppriseTarget(url, number=number) for number, url in enumerate(urls, start=1))


class AppriseTarget:
    """One of Apprise's services. ``number`` is its place in the settings, the only thing that tells it from others."""

    def __init__(self, url: Secret, *, number: int) -> None:
        self._url = url
        self._number = number

    @property
    def name(self) -> str:
        """See ``Herald``."""
        return f"notification {self._number}"

    def tell(self, ending: Ending) -> None:
        """Sends the summary. Raises: UnavailableError; UsageError for a link that Apprise does not know."""
        apprise = _loaded()
        trust(os.environ)
        for name in _QUIET:  # each time: whoever sets logging up may have set them anew
            logging.getLogger(name).setLevel(logging.CRITICAL + 1)
        title, body = summary(ending)
        sender = apprise.Apprise(asset=_asset(apprise))
        if not sender.add(self._url.reveal()):
            raise UsageError(
                f"Link {self._number} of the notifications is none that Apprise knows.",
                hint="See Apprise's list of services; links look like mailto://USER:PASSWORD@HOST",
            )
        failed = ending.error is not None or ending.exit_code != 0
        sent = sender.notify(
            body=body,
            title=title,
            notify_type=apprise.NotifyType.WARNING if failed else apprise.NotifyType.INFO,
            body_format=apprise.NotifyFormat.TEXT,
            interpret_escapes=False,
            timeout=TIMEOUT,
        )
        if not sent:
            raise UnavailableError(
                f"{sender[0].service_name} did not take it.", hint="Try its link with the command apprise."
            )


def trust(environment: MutableMapping[str, str]) -> None:
    """Lets ``requests`` trust what everything else here trusts, unless it is told so itself."""
    if any(environment.get(name) for name in _BUNDLES):
        return
    for name in ("SSL_CERT_FILE", "SSL_CERT_DIR"):
        if path := environment.get(name):
            environment[_BUNDLES[0]] = path
            return


def _loaded() -> ModuleType:
    """Apprise with all its services: seconds, so only when there is something to send."""
    with _loading, warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of old modules that its services load
        import apprise  # noqa: PLC0415  # an extra, and slow

        apprise.Apprise.instantiate("json://localhost")  # loads the services
    return apprise


def _asset(apprise: ModuleType) -> "AppriseAsset":
    """Nothing is stored, run from plug-ins, or followed elsewhere."""
    asset: AppriseAsset = apprise.AppriseAsset(
        app_id="cloudcrate",
        app_desc="cloudcrate",
        plugin_paths=[],
        storage_mode="memory",
        secure_logging=True,
        service_timeout=TIMEOUT,
        http_redirects=False,
        async_mode=False,
    )
    return asset
