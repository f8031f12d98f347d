"""Read what a marker drew and wrote on a picture; places are percent of its width and height, so that any size shows them."""

from __future__ import annotations

import json
from collections.abc import Iterable
from decimal import Decimal, InvalidOperation
from typing import Any

__all__ = ["MAX_COMMENTS", "read_comments", "read_strokes"]

MAX_STROKES, MAX_POINTS, MAX_COMMENTS, MAX_COMMENT = 300, 20_000, 50, 1000


def _place(value: Any) -> float | None:
    """Return a percentage with two decimals, or None."""
    try:
        number = Decimal(str(value).replace(",", "."))
    except InvalidOperation:
        return None
    return float(round(number, 2)) if number.is_finite() and 0 <= number <= 100 else None


def read_strokes(text: str) -> list[list[list[float]]] | None:
    """Return the lines of a drawing, each a list of [x, y], from JSON; None when it is not one."""
    try:
        found = json.loads(text or "[]")
    except (ValueError, RecursionError):
        return None
    if not isinstance(found, list) or len(found) > MAX_STROKES:
        return None
    strokes: list[list[list[float]]] = []
    for stroke in found:
        if not isinstance(stroke, list) or not all(isinstance(p, list) and len(p) == 2 for p in stroke):
            return None
        points = [[_place(x), _place(y)] for x, y in stroke]
        if any(place is None for point in points for place in point):
            return None
        strokes.append([[place for place in point if place is not None] for point in points])
    return strokes if sum(map(len, strokes)) <= MAX_POINTS else None


def read_comments(rows: Iterable[tuple[str, str, str]]) -> list[dict[str, Any]] | None:
    """Return the comments {x, y, text} of (x, y, text) rows, without empty ones; None when a place or length is wrong."""
    comments = []
    for x, y, text in rows:
        if not text.strip():
            continue
        across, down = _place(x or "0"), _place(y or "0")
        if across is None or down is None or len(text) > MAX_COMMENT:
            return None
        comments.append({"x": across, "y": down, "text": text.strip()})
    return comments if len(comments) <= MAX_COMMENTS else None
