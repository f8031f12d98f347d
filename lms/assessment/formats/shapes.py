"""Understand QTI's shapes: circle, rect, ellipse, poly, default; and lay boxes around them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from lms.assessment.formats.qti_values import as_number
from lms.assessment.formats.values import Area, Refusal

__all__ = ["Box", "box_of", "is_inside", "numbers_of", "places_of"]

#: x, y, width, height in percent of the picture's sides.
Box = tuple[Decimal, Decimal, Decimal, Decimal]
#: A strip beside the right places is a place of its own from so many percent of the picture on.
LEAST_STRIP = Decimal(5)


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


def box_of(area: Mapping[str, str], sides: Sequence[Decimal]) -> Box:
    """Return the box around a shape in percent of the picture's ``sides``."""
    at, shape = numbers_of(area.get("coords", "")), area.get("shape", "")
    if shape == "circle" and len(at) == 3:
        at = [at[0] - at[2], at[1] - at[2], at[0] + at[2], at[1] + at[2]]
    elif shape == "ellipse" and len(at) == 4:
        at = [at[0] - at[2], at[1] - at[3], at[0] + at[2], at[1] + at[3]]
    elif shape == "poly" and len(at) >= 4 and not len(at) % 2:
        at = [min(at[::2]), min(at[1::2]), max(at[::2]), max(at[1::2])]
    elif shape != "rect" or len(at) != 4:
        raise Refusal("qti.shape", shape)
    x1, y1, x2, y2 = (
        min(Decimal(100), max(Decimal(0), place * 100 / sides[number % 2])).quantize(Decimal("0.01"))
        for number, place in enumerate(at)
    )
    return min(x1, x2), min(y1, y2), abs(x2 - x1), abs(y2 - y1)


def places_of(right: Sequence[Box]) -> tuple[Area, ...]:
    """Return places to choose from: the right ones, and the strips of the picture that lie wholly beside them.

    They stand from top to bottom, numbered, so that nothing but the picture tells which is right. Raises Refusal ``qti.shape``
    where an area has no size or nothing is left beside them.
    """
    if not right or not all(width and height for _x, _y, width, height in right):
        raise Refusal("qti.shape")
    left, top = min(box[0] for box in right), min(box[1] for box in right)
    end, bottom = max(box[0] + box[2] for box in right), max(box[1] + box[3] for box in right)
    whole, zero = Decimal(100), Decimal(0)
    beside = [
        (zero, zero, whole, top),
        (zero, top, left, bottom - top),
        (end, top, whole - end, bottom - top),
        (zero, bottom, whole, whole - bottom),
    ]
    kept = [box for box in beside if box[2] >= LEAST_STRIP and box[3] >= LEAST_STRIP]
    if not kept:
        raise Refusal("qti.shape")
    rows = sorted(
        [(box, True) for box in right] + [(box, False) for box in kept], key=lambda row: row[0][1::-1]
    )
    return tuple(Area(str(number), *box, is_right) for number, (box, is_right) in enumerate(rows, start=1))
