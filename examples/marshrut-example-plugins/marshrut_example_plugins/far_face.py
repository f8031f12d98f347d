"""Find stretches in which a face is so small that a comparison could not tell anything."""

from __future__ import annotations

from collections.abc import Sequence

from lms.proctoring.contracts import CheckSample, FaceBox, Finding, FrameFacts

__all__ = ["FarFaceCheck"]

#: A face that takes less of the picture than this is too small to be compared well.
SMALLEST_AREA = 0.02
#: It must be so in this many frames in a row: leaning back is nobody's business.
FRAMES = 3

NEAR = FaceBox(0.35, 0.25, 0.3, 0.45, 0.95)
FAR = FaceBox(0.45, 0.4, 0.08, 0.12, 0.9)


class FarFaceCheck:
    """The only face in view has been too small in three frames in a row: the camera's trouble, not the person's."""

    name = "far_face"
    kinds: tuple[str, ...] = ("far_face",)

    def examine(self, history: Sequence[FrameFacts]) -> list[Finding]:
        """Return one finding while the face is too small at the newest frame."""
        window = list(history[-FRAMES:])
        if len(window) < FRAMES or any(len(facts.faces) != 1 for facts in window):
            return []
        areas = [facts.faces[0].area for facts in window]
        if max(areas) >= SMALLEST_AREA:
            return []
        confidence = 1 - max(areas) / SMALLEST_AREA
        since = window[0].at_s
        return [
            Finding("far_face", confidence, since, window[-1].at_s - since, {"area": round(max(areas), 4)})
        ]

    def samples(self) -> list[CheckSample]:
        """Return somebody who sits far away, somebody who leans back once, and an empty chair."""
        far = tuple(FrameFacts(n, n * 5.0, (FAR,)) for n in range(1, 4))
        leaning = tuple(FrameFacts(n, n * 5.0, (FAR if n == 2 else NEAR,)) for n in range(1, 4))
        empty = tuple(FrameFacts(n, n * 5.0, ()) for n in range(1, 4))
        return [
            CheckSample("somebody sits far away", far, frozenset({"far_face"})),
            CheckSample("somebody leans back once", leaning, frozenset()),
            CheckSample("nobody is there", empty, frozenset()),
        ]
