"""Built-in checks of what a camera shows during a sitting. No emotion, no gaze as guilt."""

from __future__ import annotations

from lms.proctoring.checks.dark_camera import DarkCameraCheck
from lms.proctoring.checks.no_face import NoFaceCheck
from lms.proctoring.checks.other_person import OtherPersonCheck
from lms.proctoring.checks.several_faces import SeveralFacesCheck
from lms.proctoring.checks.still_picture import StillPictureCheck
from lms.proctoring.contracts import ProctoringCheck

__all__ = ["builtin"]


def builtin() -> list[ProctoringCheck]:
    """Return the built-in checks."""
    return [NoFaceCheck(), DarkCameraCheck(), SeveralFacesCheck(), OtherPersonCheck(), StillPictureCheck()]
