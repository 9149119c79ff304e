"""The environment variables that point programs at a running sandbox."""

from collections.abc import Mapping
from typing import Any  # Any: a sandbox's facts are JSON


def environment(facts: Mapping[str, Any]) -> dict[str, str]:  # Any: JSON
    """What to add to a program's environment.

    Lower-case twins and the other two names for a CA file are set because, where a machine already has them,
    most clients prefer them.
    """
    ca_file = str(facts["ca_file"])
    return {
        "HTTPS_PROXY": str(facts["proxy_url"]),
        "https_proxy": str(facts["proxy_url"]),
        "NO_PROXY": "",
        "no_proxy": "",
        "SSL_CERT_FILE": ca_file,
        "REQUESTS_CA_BUNDLE": ca_file,
        "CURL_CA_BUNDLE": ca_file,
        "NOTION_TOKEN": str(facts["token"]),
    }
