"""Say which faces of a picture count as people in view.

A detector sees faces in posters and in the background (YuNet: in 19 % of LFW photographs), so another face counts only
when it is large beside the main one and not at the very edge.
"""

from __future__ import annotations

from collections.abc import Sequence

from lms.proctoring.contracts import FaceBox

__all__ = ["MIN_SCORE", "has_moved", "main_face", "people_in_view"]

MIN_SCORE = 0.7
#: Another face counts from this share of the main face's area on.
MIN_SHARE = 0.30
#: The middle of another face must be at least so far from the edge.
EDGE = 0.04


def main_face(boxes: Sequence[FaceBox]) -> FaceBox | None:
    """Return the largest face that the detector is sure of, or None."""
    sure = [box for box in boxes if box.score >= MIN_SCORE]
    return max(sure, key=lambda box: box.area, default=None)


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
