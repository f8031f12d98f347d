"""Tell the sites that people may be led to from all others."""

from __future__ import annotations

import re
from collections.abc import Sequence
from urllib.parse import SplitResult, urlsplit

__all__ = ["is_known_host", "site_of"]

_HOST = re.compile(r"[a-z0-9.-]+")


def is_known_host(address: str, known: Sequence[str]) -> bool:
    """Tell whether an address stays within the known sites and their subdomains; ``*`` knows all.

    What does not leave the page (an anchor, a mail address) is no site; what a browser might read in another way than it
    is written is none that is known.
    """
    parts = _split(address)
    if parts is None:
        return False
    if parts.scheme not in {"http", "https"} and not parts.netloc:
        return parts.scheme in {"", "mailto", "tel"} and not address.startswith("//")
    host = site_of(address)
    return bool(host) and (
        "*" in known or any(host == name or host.endswith(f".{name}") for name in map(_plain, known))
    )


def site_of(address: str) -> str:
    """Return the host that an address of the web leads every browser to, in plain letters; "" where there is none."""
    parts = _split(address)
    if parts is None or parts.scheme not in {"", "http", "https"} or "@" in parts.netloc:
        return ""
    host = _plain(parts.hostname or "")
    return host if _HOST.fullmatch(host) else ""


def _split(address: str) -> SplitResult | None:
    """Take an address apart; None for one that is broken or holds signs that browsers drop or turn into others."""
    if any(sign == "\\" or sign.isspace() or not sign.isprintable() for sign in address):
        return None
    try:
        parts = urlsplit(address)
        _port = parts.port
    except ValueError:
        return None
    return parts


def _plain(host: str) -> str:
    """Return a host as it is looked up; "" for what is no name."""
    try:
        return host.encode("idna").decode("ascii").rstrip(".").lower()
    except UnicodeError:
        return ""
