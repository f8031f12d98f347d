"""Build the address of a place once, not for each link to it: a page has dozens of them, to a few kinds of places."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any
from uuid import UUID

from flask import Flask, has_request_context, request

from lms.core.web.api import JsonOfPrograms

__all__ = ["AddressBook"]

#: Words that stand in an address as they are, whatever part of it they are.
_PLAIN = re.compile(r"[A-Za-z0-9_-]{1,200}").fullmatch
#: So many ids and words an address has at most; what stands for each of them while its pattern is made.
_MOST = 3
_UUIDS = tuple(UUID(int=n) for n in range(_MOST))
_WORDS = tuple(f"stands-for-{n}" for n in range(_MOST))
_NUMBERS = tuple(range(7_300_951_000, 7_300_951_000 + _MOST))


class AddressBook(Flask):
    """A Flask application that remembers the addresses of its menu, and the patterns of those with ids in them."""

    json_provider_class = JsonOfPrograms

    def __init__(self, *arguments: Any, **options: Any) -> None:
        """Take what Flask takes."""
        super().__init__(*arguments, **options)
        self._kept = lru_cache(maxsize=4096)(self._build)
        self._patterns = lru_cache(maxsize=4096)(self._pattern)

    def url_for(self, endpoint: str, /, **values: Any) -> str:  # type: ignore[override]  # Flask names its options
        """Return an address as Flask does."""
        if endpoint.startswith(".") or not has_request_context():
            return super().url_for(endpoint, **values)
        if None in values.values():  # Flask's own function names all its options; what is None is not said
            values = {name: value for name, value in values.items() if value is not None}
        if not values:
            return self._kept(endpoint, request.method, request.script_root)
        kinds = tuple([(name, _kind(value)) for name, value in values.items()])
        if len(kinds) > _MOST or None in [kind for _name, kind in kinds]:
            return super().url_for(endpoint, **values)
        pattern = self._patterns(endpoint, request.method, request.script_root, kinds)
        return pattern.format(*values.values()) if pattern else super().url_for(endpoint, **values)

    def _build(self, endpoint: str, _method: str, _root: str) -> str:
        """Return an address; besides the endpoint it depends on the method and the folder of the present request only."""
        return super().url_for(endpoint)

    def _pattern(
        self, endpoint: str, _method: str, _root: str, kinds: tuple[tuple[str, tuple[Any, ...]], ...]
    ) -> str:
        """Return how such an address is written, with numbered places for its values; empty where one is written otherwise."""
        places = [kind[number] for number, (_name, kind) in enumerate(kinds)]
        names = [name for name, _kind in kinds]
        written = super().url_for(endpoint, **dict(zip(names, places, strict=True)))
        if not all(str(place) in written for place in places):
            return ""
        pattern = written.replace("{", "{{").replace("}", "}}")
        for number, place in enumerate(places):
            pattern = pattern.replace(str(place), f"{{{number}}}")
        return pattern


def _kind(value: Any) -> tuple[Any, ...] | None:
    """Return what stands for values of this kind, or None for a value that an address writes in its own way."""
    if type(value) is UUID:
        return _UUIDS
    if type(value) is int and value >= 0:
        return _NUMBERS
    return _WORDS if type(value) is str and _PLAIN(value) else None
