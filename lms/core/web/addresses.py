"""Build the address of a place without variables once, not for each link to it: a page has a dozen of them."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from flask import Flask, has_request_context, request

__all__ = ["AddressBook"]


class AddressBook(Flask):
    """A Flask application that remembers the addresses of its menu, its header and its footer."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        """Take what Flask takes."""
        super().__init__(*arguments, **options)
        self._kept = lru_cache(maxsize=4096)(self._build)

    def url_for(self, endpoint: str, /, **values: Any) -> str:  # type: ignore[override]  # Flask names its options
        """Return an address as Flask does."""
        if values or endpoint.startswith(".") or not has_request_context():
            return super().url_for(endpoint, **values)
        return self._kept(endpoint, request.method, request.script_root)

    def _build(self, endpoint: str, _method: str, _root: str) -> str:
        """Return an address; besides the endpoint it depends on the method and the folder of the present request only."""
        return super().url_for(endpoint)
