"""Compare faces with dlib's ResNet as the package face_recognition ships it.

Only the 5-point model aligns (the 68-point model's training data is non-commercial), and the package itself is not
imported: that loads every model twice and fails with newer setuptools. dlib wants contiguous RGB.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from lms.core.errors import InvalidInput
from lms.proctoring.contracts import Comparison, ModelRef, Phase, Picture, TemplateValue
from lms.proctoring.rules.compare import L2_AT_MOST, decide_lower, distance, median_of
from lms.proctoring.types import Outcome
from lms.proctoring.verifiers.pictures import YUNET, DetectedFace, count_people, find_faces
from lms.proctoring.verifiers.weights import Weights, give_back, missing_reason

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["FIVE_POINTS", "RESNET", "DlibVerifier"]

RESNET = Weights(
    "face_recognition_models",
    "dlib_face_recognition_resnet_model_v1.dat",
    "55533b28a95800a551ba546ba62fe69625c7e95a7061c338adffead08719da30",
)
FIVE_POINTS = Weights(
    "face_recognition_models",
    "shape_predictor_5_face_landmarks.dat",
    "c4b1e9804792707d3a405c2c16a80a20269e6675021f64a41d30fffafbc41888",
)
#: What the net was trained on: a square of so many pixels, a quarter of it around the face.
CHIP_PX, CHIP_PADDING = 150, 0.25
_LOCAL = threading.local()


def _nets() -> tuple[Any, Any]:
    """Return this thread's landmark predictor and embedding net."""
    if not hasattr(_LOCAL, "nets"):
        import dlib  # loaded where it is used: the web never needs it

        _LOCAL.nets = dlib.shape_predictor(FIVE_POINTS.path()), dlib.face_recognition_model_v1(RESNET.path())
    nets: tuple[Any, Any] = _LOCAL.nets
    return nets


class DlibVerifier:
    """Euclidean distance of 128 numbers; alone FNMR 10 % at FMR 0.09 % (docs/measures.md), so it seldom decides alone."""

    name = "face_recognition"
    model = ModelRef("dlib-resnet", "v1", RESNET.sha256)
    models: tuple[ModelRef, ...] = (model,)

    @property
    def unavailable_reason(self) -> str | None:
        """Return what is missing, or None."""
        if find_spec("dlib") is None:
            return "dlib is not installed"
        return missing_reason(YUNET, RESNET, FIVE_POINTS)

    def embed(self, picture: Picture, face: DetectedFace, phase: Phase = Phase.START) -> NDArray[np.float32]:
        """Return the vector of one found face; for a sample and at a start the mean of it and its mirror image."""
        import cv2
        import dlib
        import numpy as np

        predictor, net = _nets()
        rgb = np.ascontiguousarray(cv2.cvtColor(picture, cv2.COLOR_BGR2RGB))
        x, y, w, h = (float(value) for value in face.row[:4])
        # The predictor was trained on squarer boxes than YuNet's: keep the middle, take the mean side and a tenth.
        side, middle_x, middle_y = 0.55 * (w + h), x + w / 2, y + h / 2 + 0.04 * h
        corners = (middle_x - side / 2, middle_y - side / 2, middle_x + side / 2, middle_y + side / 2)
        shape = predictor(rgb, dlib.rectangle(*(round(value) for value in corners)))
        chip = dlib.get_face_chip(rgb, shape, CHIP_PX, CHIP_PADDING)
        sides = [chip, np.ascontiguousarray(chip[:, ::-1])] if phase is Phase.START else [chip]
        vectors = [np.asarray(net.compute_face_descriptor(side), np.float32) for side in sides]
        give_back()  # a tenth of a second of work leaves 20 MB behind
        return np.asarray(np.mean(vectors, axis=0), np.float32)

    def release(self) -> None:
        """Give the net's 40 MB back; it is loaded again when it is asked for."""
        if hasattr(_LOCAL, "nets"):
            del _LOCAL.nets
            give_back()

    def enrol(self, pictures: Sequence[Picture]) -> tuple[TemplateValue, ...]:
        """Return one template with a vector per picture; raise InvalidInput ``proctoring.no_usable_face``."""
        import numpy as np

        vectors = []
        for picture in pictures:
            people = count_people(find_faces(picture))
            if not people:
                raise InvalidInput("proctoring.no_usable_face")
            vectors.append(self.embed(picture, people[0]))
        return (TemplateValue(self.model, np.stack(vectors)),)

    def score(
        self, templates: Sequence[TemplateValue], picture: Picture, face: DetectedFace, phase: Phase
    ) -> float | None:
        """Return the median distance to the vectors of this model's template, or None without one."""
        mine = [t for t in templates if t.model.digest == self.model.digest]
        if not mine:
            return None
        probe = self.embed(picture, face, phase)
        return median_of([distance(vector, probe) for template in mine for vector in template.vectors])

    def compare(self, templates: Sequence[TemplateValue], picture: Picture, phase: Phase) -> Comparison:
        """Compare the main face of ``picture`` with the templates."""
        at_most = L2_AT_MOST[phase]
        people = count_people(find_faces(picture))
        if not people:
            return Comparison(Outcome.COULD_NOT_TELL, "l2", None, at_most, self.model, "no_face")
        if phase is Phase.START and len(people) > 1:
            return Comparison(Outcome.COULD_NOT_TELL, "l2", None, at_most, self.model, "several_faces")
        return self.compare_face(templates, picture, people[0], phase)

    def compare_face(
        self, templates: Sequence[TemplateValue], picture: Picture, face: DetectedFace, phase: Phase
    ) -> Comparison:
        """Compare one found face with the templates."""
        at_most = L2_AT_MOST[phase]
        score = self.score(templates, picture, face, phase)
        reason = "" if score is not None else "no_template"
        return Comparison(decide_lower(score, at_most), "l2", score, at_most, self.model, reason)
