"""Say what is wrong with one picture of a sample, as a code the pages put into words with what to do.

The order matters: a picture that lies on its side has "no face" too, and the useful advice is to turn it.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

__all__ = ["FAULTS", "MIN_FACE_PX", "MIN_SHARPNESS", "PictureMeasures", "fault_of"]

#: Every code that `fault_of` can return.
FAULTS = (
    "unreadable",
    "sideways",
    "no_face",
    "several_faces",
    "too_small",
    "too_dark",
    "blurred",
    "turned_away",
)

#: Least width of the face in pixels: below, the nets (112 and 150 pixels wide) see mostly guesses.
MIN_FACE_PX = 50
#: Least variance of the Laplacian over the aligned 112 x 112 grey face.
MIN_SHARPNESS = 60.0
#: Mean brightness 0..255 of the face below which it is too dark.
MIN_BRIGHTNESS = 40.0
#: Nose off the middle of the eyes, in eye distances, above which the head is turned away.
MAX_TURN = 0.42


@dataclass(frozen=True, slots=True)
class PictureMeasures:
    """What was measured on one picture; faces are counted after the size filter."""

    faces: int
    is_sideways: bool
    face_px: float = 0.0
    sharpness: float = 0.0
    brightness: float = 0.0
    turn: float = 0.0

    def as_dict(self) -> dict[str, Any]:
        """Return the numbers for storage."""
        return {
            name: round(value, 3) if isinstance(value, float) else value
            for name, value in asdict(self).items()
        }


def fault_of(measures: PictureMeasures) -> str:
    """Return the first fault, or the empty text when the picture is good."""
    checks = (
        ("sideways", measures.is_sideways),
        ("no_face", measures.faces == 0),
        ("several_faces", measures.faces > 1),
        ("too_small", measures.face_px < MIN_FACE_PX),
        ("too_dark", measures.brightness < MIN_BRIGHTNESS),
        ("blurred", measures.sharpness < MIN_SHARPNESS),
        ("turned_away", measures.turn > MAX_TURN),
    )
    return next((code for code, is_true in checks if is_true), "")
