"""Find stretches in which nobody is in view."""

from __future__ import annotations

from collections.abc import Sequence

from lms.proctoring.contracts import CheckSample, FaceBox, Finding, FrameFacts

__all__ = ["NoFaceCheck"]

FACE = FaceBox(0.35, 0.25, 0.3, 0.45, 0.95)


class NoFaceCheck:
    """Three frames in a row without a face: the student may have left, or the light is gone."""

    name = "no_face"
    kinds: tuple[str, ...] = ("no_face",)

    def examine(self, history: Sequence[FrameFacts]) -> list[Finding]:
        """Return one finding while the newest three or more frames show nobody."""
        empty: list[FrameFacts] = []
        for facts in reversed(history):
            if facts.faces:
                break
            empty.append(facts)
        if len(empty) < 3:
            return []
        since = empty[-1].at_s
        return [Finding("no_face", 0.9, since, history[-1].at_s - since, {"frames": len(empty)})]

    def samples(self) -> list[CheckSample]:
        """Return a stretch without a face, a short gap, and an ordinary stretch."""
        gone = tuple(FrameFacts(n, n * 5.0, () if n > 1 else (FACE,)) for n in range(1, 5))
        blink = tuple(FrameFacts(n, n * 5.0, () if n == 2 else (FACE,)) for n in range(1, 4))
        there = tuple(FrameFacts(n, n * 5.0, (FACE,)) for n in range(1, 6))
        return [
            CheckSample("three frames with nobody", gone, frozenset({"no_face"})),
            CheckSample("one frame with nobody", blink, frozenset()),
            CheckSample("always there", there, frozenset()),
        ]
