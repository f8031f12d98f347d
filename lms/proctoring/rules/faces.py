"""Say which faces of a picture count as people in view.

A detector sees faces in posters and in the background (YuNet: in 19 % of LFW photographs), so another face counts only
when it is large beside the main one and not at the very edge.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from lms.proctoring.contracts import FaceBox

__all__ = ["MIN_SCORE", "has_moved", "main_face", "people_in_view", "prominence"]

MIN_SCORE = 0.7
#: Another face counts from this share of the main face's area on.
MIN_SHARE = 0.30
#: The middle of another face must be at least so far from the edge.
EDGE = 0.04
#: So far from the middle of the picture, as a share of it, a face counts for 0.6 of its size.
SPREAD = 0.25


def prominence(box: FaceBox) -> float:
    """Return how much a face is what the picture is of: its visible area, less the farther from the middle it is."""
    across = min(1.0, box.x + box.width) - max(0.0, box.x)
    down = min(1.0, box.y + box.height) - max(0.0, box.y)
    away = (box.centre[0] - 0.5) ** 2 + (box.centre[1] - 0.5) ** 2
    return max(across, 0.0) * max(down, 0.0) * math.exp(-away / (2 * SPREAD**2))


def main_face(boxes: Sequence[FaceBox]) -> FaceBox | None:
    """Return the most prominent face that the detector is sure of, or None.

    The largest one alone would often be somebody whom the edge cuts off, nearer to the camera than who sits before it.
    """
    sure = [box for box in boxes if box.score >= MIN_SCORE]
    return max(sure, key=prominence, default=None)


def people_in_view(boxes: Sequence[FaceBox]) -> tuple[FaceBox, ...]:
    """Return the main face first, then every other face that counts as a person in view."""
    main = main_face(boxes)
    if main is None:
        return ()
    others = [
        box
        for box in boxes
        if box is not main
        and box.score >= MIN_SCORE
        and box.area >= MIN_SHARE * main.area
        and all(EDGE <= value <= 1 - EDGE for value in box.centre)
    ]
    return (main, *sorted(others, key=lambda box: -box.area))


def has_moved(before: FaceBox, after: FaceBox) -> bool:
    """Tell whether the face has jumped: the middle moved by more than its own size, or the size doubled."""
    moved = max(
        abs(before.centre[0] - after.centre[0]) / max(before.width, 1e-6),
        abs(before.centre[1] - after.centre[1]) / max(before.height, 1e-6),
    )
    ratio = after.area / max(before.area, 1e-9)
    return moved > 1 or ratio > 2 or ratio < 0.5
