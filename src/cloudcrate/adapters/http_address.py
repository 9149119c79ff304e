"""Where a direct connection ends: never inside the user's own network."""

import ipaddress
import urllib.parse
from collections.abc import Callable, Mapping
from typing import Any  # Any: httpx's trace values

from cloudcrate.errors import RefusedError


def host_of(url: str) -> str:
    """The host of a link, for messages."""
    return urllib.parse.urlsplit(url).hostname or "?"


def public_only(url: str) -> Callable[[str, Mapping[str, Any]], None]:
    """Watches a connection being made: a direct one must end at a public address (no TLS byte sent yet)."""
    direct: list[bool] = []

    def trace(name: str, info: Mapping[str, Any]) -> None:
        if name.endswith("connect_tcp.started"):
            direct.append(info.get("host") in (host_of(url), host_of(url).encode()))
        elif name.endswith("connect_tcp.complete") and direct and direct[-1]:
            address = info["return_value"].get_extra_info("server_addr")
            if address and not ipaddress.ip_address(address[0].split("%")[0]).is_global:
                info["return_value"].close()
                raise RefusedError(
                    f"{host_of(url)} resolves to a private address.",
                    hint="A media link must not lead into your own network.",
                )

    return trace
