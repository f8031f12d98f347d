"""Tell the sites that people may be led to from all others."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlsplit

__all__ = ["is_known_host"]


def is_known_host(address: str, known: Sequence[str]) -> bool:
    """Tell whether an address stays within the known sites and their subdomains; ``*`` knows all.

    What does not leave the page (an anchor, a mail address) is no site.
    """
    try:
        parts = urlsplit(address)
        host = (parts.hostname or "").rstrip(".").casefold()
    except ValueError:
        return False
    if parts.scheme not in {"", "http", "https"} or not (parts.netloc or parts.scheme in {"http", "https"}):
        return True
    return "*" in known or any(host == name or host.endswith(f".{name}") for name in known)
