"""Turn one seed into everything that varies in a form, the same way on any machine and for ever.

Only SHA-256 is used, never `random`: the order of a form must not depend on a version of Python.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TypeVar

__all__ = ["derive_seed", "named_tokens", "shuffled", "shuffled_around", "token"]

T = TypeVar("T")

#: The tokens that `named_tokens` listens to, with what they stand for; None when nobody listens.
_LISTENING: ContextVar[dict[str, tuple[object, ...]] | None] = ContextVar("tokens", default=None)


def _digest(*parts: object) -> bytes:
    return hashlib.sha256("\x1f".join(map(str, parts)).encode()).digest()


def derive_seed(seed: int, *salt: object) -> int:
    """Return a seed of 0..2^53-1 that follows from ``seed`` and ``salt`` (safe in JSON and in a database)."""
    return int.from_bytes(_digest(seed, *salt)[:8]) >> 11


def shuffled(values: Iterable[T], seed: int, *salt: object, key: Callable[[T], object] = str) -> list[T]:
    """Return ``values`` in an order that follows from the seed; ``key`` names a value (unique)."""
    return sorted(values, key=lambda value: _digest(seed, *salt, key(value)))


def shuffled_around(
    values: Sequence[T],
    seed: int,
    *salt: object,
    key: Callable[[T], object] = str,
    is_pinned: Callable[[T], bool],
) -> list[T]:
    """Return ``values`` in an order that follows from the seed; those that are pinned keep their places."""
    mixed = iter(shuffled((v for v in values if not is_pinned(v)), seed, *salt, key=key))
    return [value if is_pinned(value) else next(mixed) for value in values]


def token(seed: int, *parts: object) -> str:
    """Return a short opaque name: it tells nothing about ``parts`` to those who do not know the seed."""
    made = _digest("token", seed, *parts).hex()[:10]
    listening = _LISTENING.get()
    if listening is not None:
        listening[made] = parts
    return made


@contextmanager
def named_tokens() -> Iterator[dict[str, tuple[object, ...]]]:
    """Collect the tokens that are made inside the block, with the parts that they stand for."""
    found: dict[str, tuple[object, ...]] = {}
    before = _LISTENING.set(found)
    try:
        yield found
    finally:
        _LISTENING.reset(before)


def unshuffled(tokens: Sequence[str], seed: int, names: Iterable[str], *salt: object) -> list[str | None]:
    """Return the names behind ``tokens`` (None for a token that stands for none of them)."""
    known = {token(seed, *salt, name): name for name in names}
    return [known.get(item) for item in tokens]
