"""Find stretches in which the camera shows nothing: covered, or in the dark."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import takewhile

from lms.proctoring.contracts import CheckSample, FaceBox, Finding, FrameFacts

__all__ = ["DarkCameraCheck"]

FACE = FaceBox(0.35, 0.25, 0.3, 0.45, 0.95)
#: A picture this dark, or this even, shows nothing; an empty room in lamp light is brighter and far less even.
DARK, EVEN = 0.06, 0.02
FRAMES = 3


def _shows_nothing(facts: FrameFacts) -> bool:
    if facts.faces or facts.light is None or facts.contrast is None:
        return False
    return facts.light < DARK or facts.contrast < EVEN


class DarkCameraCheck:
    """Three frames in a row that are black or of one colour."""

    name = "dark_camera"
    kinds: tuple[str, ...] = ("camera_dark",)

    def examine(self, history: Sequence[FrameFacts]) -> list[Finding]:
        """Return one finding while the newest three or more frames show nothing."""
        blind = list(takewhile(_shows_nothing, reversed(history)))
        if len(blind) < FRAMES:
            return []
        since = blind[-1].at_s
        detail = {"frames": len(blind), "light": blind[0].light}
        return [Finding("camera_dark", 0.8, since, blind[0].at_s - since, detail)]

    def samples(self) -> list[CheckSample]:
        """Return a covered camera, an empty room, a short shadow, and frames without measures."""

        def run(*lights: tuple[float, float]) -> tuple[FrameFacts, ...]:
            return tuple(FrameFacts(n, n * 5.0, (), {}, *light) for n, light in enumerate(lights, 1))

        black, grey, room = (0.01, 0.005), (0.5, 0.004), (0.5, 0.2)
        return [
            CheckSample("a hand on the camera", run(room, black, black, black), frozenset({"camera_dark"})),
            CheckSample("a paper before the camera", run(grey, grey, grey), frozenset({"camera_dark"})),
            CheckSample("an empty room is not dark", run(room, room, room), frozenset()),
            CheckSample("a short shadow", run(black, black, room), frozenset()),
            CheckSample("nothing was measured", (FrameFacts(1, 5.0, ()),) * 4, frozenset()),
            CheckSample("a face in poor light", (FrameFacts(1, 5.0, (FACE,), {}, *black),) * 4, frozenset()),
        ]
