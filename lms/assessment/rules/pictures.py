"""Find the pictures of a question, whatever its type: its own and those of its options or lines."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

__all__ = ["picture_addresses", "with_addresses"]


def picture_addresses(content: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the address of every picture {url, alt} in a content, each once, in the order in which they stand there."""
    return tuple(dict.fromkeys(_addresses(content)))


def _addresses(part: Any) -> list[str]:
    if isinstance(part, Mapping):
        own = [str(part["url"])] if {"url", "alt"} <= set(part) else []
        return own + [address for inner in part.values() for address in _addresses(inner)]
    if isinstance(part, list):
        return [address for inner in part for address in _addresses(inner)]
    return []


def with_addresses(content: Mapping[str, Any], addresses: Mapping[str, str]) -> dict[str, Any]:
    """Return a content whose pictures have other addresses: ``addresses`` maps the old ones to the new ones."""

    def changed(part: Any) -> Any:
        if isinstance(part, Mapping):
            found = {name: changed(inner) for name, inner in part.items()}
            is_picture = {"url", "alt"} <= set(part)
            return found | ({"url": addresses.get(part["url"], part["url"])} if is_picture else {})
        return [changed(inner) for inner in part] if isinstance(part, list) else part

    return {name: changed(inner) for name, inner in content.items()}
