"""Tell whether a point lies in one of QTI's shapes: circle, rect, ellipse, poly, default."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from lms.assessment.formats.qti_values import as_number
from lms.assessment.formats.values import Refusal

__all__ = ["is_inside", "numbers_of"]


def numbers_of(coords: str) -> list[Decimal]:
    """Return the numbers of a ``coords`` attribute; raise Refusal ``qti.value``."""
    return [as_number(part) for part in re.split(r"[,\s]+", coords.strip()) if part]


def is_inside(area: Mapping[str, str], point: Any) -> bool:
    """Tell whether ``point`` (x, y) lies in the area that ``shape`` and ``coords`` describe, its edge included."""
    if not (isinstance(point, tuple) and all(isinstance(place, Decimal) for place in point)):
        raise Refusal("qti.value", "point")
    x, y = point
    shape, at = area.get("shape", "default"), numbers_of(area.get("coords", ""))
    if shape == "default":
        return True
    if shape == "circle" and len(at) == 3:
        return bool((x - at[0]) ** 2 + (y - at[1]) ** 2 <= at[2] ** 2)
    if shape == "rect" and len(at) == 4:
        return bool(
            min(at[0], at[2]) <= x <= max(at[0], at[2]) and min(at[1], at[3]) <= y <= max(at[1], at[3])
        )
    if shape == "ellipse" and len(at) == 4 and at[2] > 0 and at[3] > 0:
        return bool(((x - at[0]) / at[2]) ** 2 + ((y - at[1]) / at[3]) ** 2 <= 1)
    if shape == "poly" and len(at) >= 6:
        return _in_polygon(list(zip(at[::2], at[1::2], strict=False)), x, y)
    raise Refusal("qti.shape", shape)


def _in_polygon(corners: list[tuple[Decimal, Decimal]], x: Decimal, y: Decimal) -> bool:
    """Count the edges that a ray from the point crosses; an odd number means inside."""
    inside = False
    for (ax, ay), (bx, by) in zip(corners, [*corners[1:], corners[0]], strict=True):
        if (ay > y) != (by > y) and x < (bx - ax) * (y - ay) / (by - ay) + ax:
            inside = not inside
    return inside
