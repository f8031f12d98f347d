"""Find pictures that no camera takes: one that came before, and a face that does not move by a hair."""

from __future__ import annotations

from collections.abc import Sequence

from lms.proctoring.checks.dark_camera import DARK, EVEN
from lms.proctoring.contracts import CheckSample, FaceBox, Finding, FrameFacts

__all__ = ["StillPictureCheck"]

FACE = FaceBox(0.35, 0.25, 0.3, 0.45, 0.95)
MOVED = FaceBox(0.351, 0.2504, 0.3, 0.45, 0.95)
FRAMES = 3
#: A sensor's noise alone moves a found face by more than this share of the picture, and whoever breathes by far more.
SAME = 0.0001


def _shows_something(facts: FrameFacts) -> bool:
    """Tell whether there is light and shade in a picture: black ones are all alike."""
    return (facts.light or 0.0) >= DARK and (facts.contrast or 0.0) >= EVEN


def _is_same(one: FrameFacts, other: FrameFacts) -> bool:
    if not one.faces or len(one.faces) != len(other.faces):
        return False
    pairs = [(one.light or 0.0, other.light or 0.0), (one.contrast or 0.0, other.contrast or 0.0)]
    for a, b in zip(one.faces, other.faces, strict=True):
        pairs += [(a.x, b.x), (a.y, b.y), (a.width, b.width), (a.height, b.height)]
    return all(abs(before - after) <= SAME for before, after in pairs)


class StillPictureCheck:
    """The very same picture again, or three in a row on which the face has not moved at all."""

    name = "still_picture"
    kinds: tuple[str, ...] = ("still_picture", "repeated_picture")

    def examine(self, history: Sequence[FrameFacts]) -> list[Finding]:
        """Return what is true of the newest frame; pictures without light say nothing."""
        if not history or not _shows_something(history[-1]):
            return []
        newest, found = history[-1], []
        if newest.is_repeat:
            found.append(Finding("repeated_picture", 0.9, newest.at_s, 0.0))
        last = history[-FRAMES:]
        if len(last) == FRAMES and all(_is_same(facts, newest) for facts in last):
            found.append(Finding("still_picture", 0.7, last[0].at_s, newest.at_s - last[0].at_s))
        return found

    def samples(self) -> list[CheckSample]:
        """Return a photograph, somebody who hardly moves, a picture that came before, and a covered camera."""

        def run(*faces: FaceBox, is_repeat: bool = False, light: float = 0.5) -> tuple[FrameFacts, ...]:
            return tuple(
                FrameFacts(n, n * 5.0, (face,), {}, light, 0.2, is_repeat) for n, face in enumerate(faces, 1)
            )

        return [
            CheckSample("a photograph", run(FACE, FACE, FACE), frozenset({"still_picture"})),
            CheckSample("somebody who hardly moves", run(FACE, MOVED, FACE), frozenset()),
            CheckSample(
                "a film from before", run(FACE, MOVED, is_repeat=True), frozenset({"repeated_picture"})
            ),
            CheckSample(
                "black pictures are alike", run(FACE, FACE, FACE, is_repeat=True, light=0.01), frozenset()
            ),
            CheckSample("nothing was measured", (FrameFacts(1, 5.0, (FACE,)),) * 4, frozenset()),
        ]
