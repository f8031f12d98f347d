"""Say what changed between two versions of a question, part by part and word by word."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

__all__ = ["Difference", "Piece", "differences", "pieces"]

#: Longer texts are shown as a whole, before and after: comparing words takes quadratic time.
_COMPARED_MAX = 6000


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of text: ``kind`` is same, gone or come."""

    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Difference:
    """One part that changed: its dotted path, what stood there and what stands there ('' = nothing)."""

    path: str
    before: str
    after: str

    @property
    def pieces(self) -> list[Piece]:
        """Return the change word by word."""
        return pieces(self.before, self.after)


def differences(before: Any, after: Any) -> list[Difference]:
    """Return every part of JSON content that changed; rows are matched by their ``id`` where they have one."""
    old, new = dict(_parts("", before)), dict(_parts("", after))
    return [
        Difference(path, old.get(path, ""), new.get(path, ""))
        for path in [*old, *(path for path in new if path not in old)]
        if old.get(path, "") != new.get(path, "")
    ]


def _parts(path: str, value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            if key != "id":
                yield from _parts(f"{path}.{key}" if path else str(key), inner)
    elif isinstance(value, list):
        for number, inner in enumerate(value, start=1):
            name = inner["id"] if isinstance(inner, Mapping) and "id" in inner else number
            yield from _parts(f"{path}.{name}", inner)
    elif value is not None:
        yield path, str(value)


def pieces(before: str, after: str) -> list[Piece]:
    """Return two texts as one: what stayed, what went, what came."""
    if len(before) + len(after) > _COMPARED_MAX:
        return [piece for piece in (Piece("gone", before), Piece("come", after)) if piece.text]
    old, new = re.findall(r"\s+|\w+|\W", before), re.findall(r"\s+|\w+|\W", after)
    found = []
    for act, a, b, c, d in SequenceMatcher(a=old, b=new, autojunk=False).get_opcodes():
        if act == "equal":
            found.append(Piece("same", "".join(old[a:b])))
            continue
        found.extend(
            piece
            for piece in (Piece("gone", "".join(old[a:b])), Piece("come", "".join(new[c:d])))
            if piece.text
        )
    return found
