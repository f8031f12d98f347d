"""Fetch one small public document from another site, and reach nothing else: https, public addresses, bounded size and time.

The host is looked up once, every address that it has must be public, and the connection goes to that very address: a name that
answers otherwise the second time leads nowhere. Redirects are not followed, proxies of the environment not asked.
Source: OWASP, Server Side Request Forgery Prevention.
"""

from __future__ import annotations

import http.client
import ipaddress
import socket
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from lms.core.sites import site_of

__all__ = ["Fetcher", "NotFetched"]


class NotFetched(Exception):
    """A document that is not reached, or not as it has to be; the text says why, for the log."""


def _lookup(host: str, port: int) -> list[str]:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(row[4][0]) for row in found))


def _is_public(address: str) -> bool:
    """Tell whether an address belongs to everybody's network; one that carries another one counts as that."""
    found = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(found, ipaddress.IPv6Address):
        inside = found.ipv4_mapped or found.sixtofour or (found.teredo or (None,))[-1]
        if found in _TRANSLATED:
            inside = ipaddress.IPv4Address(int(found) & 0xFFFFFFFF)
        if inside is not None and not (inside.is_global and not inside.is_multicast):
            return False
    return found.is_global and not found.is_multicast


_TRANSLATED = ipaddress.ip_network("64:ff9b::/96")


class _Pinned(http.client.HTTPSConnection):
    """A connection to an address that was looked up before; the certificate must be that of the name."""

    def __init__(self, host: str, port: int, address: str, timeout_s: float, context: ssl.SSLContext) -> None:
        super().__init__(host, port, timeout=timeout_s, context=context)
        self.address, self.secure = address, context

    def connect(self) -> None:
        """Connect to the address, and ask for the name."""
        plain = socket.create_connection((self.address, self.port), self.timeout)
        try:
            self.sock = self.secure.wrap_socket(plain, server_hostname=self.host)
        except BaseException:
            plain.close()
            raise


@dataclass(frozen=True, slots=True)
class Fetcher:
    """Fetches documents of at most ``most_bytes`` within ``most_s``; tests bring a look-up and certificates of their own."""

    most_bytes: int = 64 * 1024
    most_s: float = 5.0
    lookup: Callable[[str, int], list[str]] = _lookup
    is_public: Callable[[str], bool] = _is_public
    context: ssl.SSLContext = field(default_factory=ssl.create_default_context)

    def fetch(self, address: str) -> bytes:
        """Return the document at an address; raise NotFetched."""
        parts, host = urlsplit(address), site_of(address)
        if parts.scheme != "https" or not host:
            raise NotFetched("not https")
        port, ends = parts.port or 443, time.monotonic() + self.most_s
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        try:
            found = self.lookup(host, port)
            if not found or not all(map(self.is_public, found)):
                raise NotFetched("not a public address")
            connection = _Pinned(host, port, found[0], self.most_s, self.context)
            try:
                connection.request("GET", path, headers={"Accept": "application/json", "Connection": "close"})
                return self._read(connection, connection.getresponse(), ends)
            finally:
                connection.close()
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise NotFetched(type(error).__name__) from None

    def _read(self, connection: _Pinned, answer: http.client.HTTPResponse, ends: float) -> bytes:
        if answer.status != http.client.OK:
            raise NotFetched(f"status {answer.status}")
        pieces, size = [], 0
        while piece := answer.read1(8192):
            size += len(piece)
            if size > self.most_bytes:
                raise NotFetched("too large")
            if (left := ends - time.monotonic()) <= 0:
                raise NotFetched("too slow")
            if connection.sock is not None:
                connection.sock.settimeout(left)
            pieces.append(piece)
        return b"".join(pieces)
