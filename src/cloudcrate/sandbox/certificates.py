"""The sandbox's own certificate authority. Its keys live in memory only and die with the process."""

import ssl
import threading
from pathlib import Path

import trustme


class Authority:
    """Issues one certificate per host, on demand, and keeps its TLS context. Thread-safe."""

    def __init__(self) -> None:
        self._authority = trustme.CA(organization_name="cloudcrate sandbox")
        self._lock = threading.Lock()
        self._contexts: dict[str, ssl.SSLContext] = {}

    def pem(self) -> str:
        """The authority's certificate, which clients must trust."""
        return self._authority.cert_pem.bytes().decode("ascii")

    def write(self, path: Path) -> None:
        """Writes the authority's certificate to ``path``."""
        path.write_text(self.pem(), encoding="ascii")

    def trusting_context(self) -> ssl.SSLContext:
        """A client's TLS context that trusts this authority and nobody else."""
        return ssl.create_default_context(cadata=self.pem())

    def server_context(self, host: str) -> ssl.SSLContext:
        """The TLS context that speaks as ``host``; one per host, so that sessions can be resumed."""
        with self._lock:
            if host not in self._contexts:
                context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
                self._authority.issue_cert(host).configure_cert(context)
                context.set_alpn_protocols(["http/1.1"])
                self._contexts[host] = context
            return self._contexts[host]
